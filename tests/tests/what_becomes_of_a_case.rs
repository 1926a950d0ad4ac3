//! What becomes of a case at the contact centre after its handoff, in two browsers.

#![allow(clippy::unwrap_used, reason = "a story that cannot go on fails")]

use stories::errand;
use stories::peers::browser::Page;
use stories::peers::service::Service;

const IN_THREE_DAYS: &str = "const day = document.getElementById('park-until');
    day.value = new Date(Date.now() + 3 * 864e5).toISOString().slice(0, 10);
    day.dispatchEvent(new Event('input', { bubbles: true }));";

const HAS_A_DAY: &str = "return document.getElementById('ask-by') !== null";

const CHOOSES_A_GROUP: &str = "const who = document.getElementById('who');
    who.value = [...who.options].find(option => option.text.startsWith('Byg')).value;
    who.dispatchEvent(new Event('change', { bubbles: true }));";

/// Looks at the preview, has the case closed here, and sends it.
async fn hands_over_and_closes(agent: &Page) {
    agent.press("Alt+L").await;
    agent.element("#send:enabled").await;
    agent.tab_to("after").await;
    // The first letters choose, as in any list: Avslutas när det har lämnats över.
    agent.types("Av").await;
    agent.picture("after").await;
    agent.press("Ctrl+Enter").await;
    agent.sees("lämnas till").await;
}

async fn begins_to_ask(officer: &Page) {
    officer.element("#ask").await;
    officer.press("Alt+Q").await;
    officer
        .awaits("the caret in whom", || async { (officer.focused_id().await == "who").then_some(()) })
        .await;
}

/// What was typed before somebody was asked stands there after.
async fn still_answers(officer: &Page, text: &str) {
    officer
        .awaits("the answer that was begun", || async {
            let answer = officer.element("#answer-text").await;
            (answer.prop("value").await.ok()?? == text).then_some(())
        })
        .await;
}

/// The customer need not be asked after all.
async fn asks_and_withdraws(officer: &Page) {
    begins_to_ask(officer).await;
    // Another group has a day for its opinion, and is told what the asker chooses.
    officer.execute(CHOOSES_A_GROUP).await;
    officer.element("#ask-by").await;
    officer.tab_to("along-note").await;
    officer.press("Space").await;
    officer.picture("ask-a-group").await;
    assert_eq!(officer.accessibility_breaches().await, Vec::<String>::new());
    officer.tab_back_to("who").await;
    // A group is called Kundservice.
    officer.types("Kunden").await;
    officer
        .awaits("no day for a customer", || async {
            (officer.execute(HAS_A_DAY).await == false).then_some(())
        })
        .await;
    officer.tab_to("give-back-reason").await;
    officer.types("Vilken tid?").await;
    officer.press("Ctrl+Enter").await;
    officer.sees("Väntar på kunden").await;
    errand::presses(officer, "withdraw").await;
    officer
        .awaits("the caret in which", || async { (officer.focused_id().await == "who").then_some(()) })
        .await;
    officer.types("Kun").await;
    officer.tab_to("give-back-reason").await;
    officer.types("Stod i anteckningen").await;
    officer.picture("withdraw").await;
    assert_eq!(officer.accessibility_breaches().await, Vec::<String>::new());
    officer.press("Ctrl+Enter").await;
    officer.sees("Stod i anteckningen").await;
    officer.no_longer_sees("Väntar på kunden").await;
}

/// The group lacks something; the case waits until its owner has answered.
async fn asks_the_contact_centre(officer: &Page, agent: &Page) {
    begins_to_ask(officer).await;
    // The first letters choose, as in any list: Kontaktcentret.
    officer.types("Kon").await;
    assert_eq!(officer.execute(HAS_A_DAY).await, false, "nor is the contact centre");
    officer.tab_to("give-back-reason").await;
    officer.types("Vilka dagar?").await;
    officer.picture("ask").await;
    assert_eq!(officer.accessibility_breaches().await, Vec::<String>::new());
    officer.press("Ctrl+Enter").await;
    officer.sees("Väntar på kontaktcentret").await;
    agent.sees("gruppen frågar dig").await;
    errand::opens_own_case(agent).await;
    agent.element("#reply").await;
    agent.press("Alt+Y").await;
    agent
        .awaits("the caret in the answer", || async {
            (agent.focused_id().await == "give-back-reason").then_some(())
        })
        .await;
    agent.types("Varje vardag").await;
    agent.picture("reply").await;
    agent.press("Ctrl+Enter").await;
    officer.sees("Varje vardag").await;
}

#[tokio::test]
async fn a_case_is_rewritten_closed_here_answered_and_confirmed() {
    let service = Service::start_with("").await;
    let Some(agent) = Page::browser("agent", &service.address()).await else { return };
    let Some(officer) = Page::browser("officer", &service.address()).await else { return };
    errand::sign_in(&agent, "agent", service.password("agent")).await;
    let account = "handlaggare.hemtjanst";
    errand::sign_in(&officer, account, service.password(account)).await;

    errand::begins_a_case(&agent).await;
    agent.types("fel tider").await;
    agent.tab_to("case-type").await;
    agent.types("Synpunkt på hemtj").await;
    agent.press("Enter").await;
    agent.tab_to("note").await;
    agent.types("Kommer när hon sover").await;
    agent.press("Ctrl+Enter").await;
    agent.element(".receipt button").await;
    agent.tab_to_first(".receipt button").await;
    agent.press("Enter").await;

    // Registered without what the group demands, which is filled in from the preview.
    agent.element("#hand-over").await;
    for (field, id, text) in
        [("Namn", "customer-name", "Kim Ekdahl"), ("Telefon", "customer-phone", "070-174 06 05")]
    {
        agent.press("Alt+L").await;
        agent.click(&format!("Fyll i {field}")).await;
        agent
            .awaits("the caret in what is filled in", || async {
                (agent.focused_id().await == format!("rewrite-{id}")).then_some(())
            })
            .await;
        agent.types(text).await;
        agent.picture("fill-in").await;
        agent.press("Ctrl+Enter").await;
        agent.sees(text).await;
        agent.element("#hand-over").await;
    }
    hands_over_and_closes(&agent).await;

    // Taken back within its ten seconds: the text was not right.
    agent.press("Alt+Z").await;
    agent.sees("Öppet").await;
    errand::opens_own_case(&agent).await;
    errand::presses(&agent, "rewrite").await;
    agent
        .awaits("the caret in the text", || async {
            (agent.focused_id().await == "rewrite-subject").then_some(())
        })
        .await;
    agent.types("ständigt ").await;
    agent.picture("rewrite").await;
    agent.press("Ctrl+Enter").await;
    agent.sees("Texten skrevs om").await;
    agent.sees("ständigt").await;

    hands_over_and_closes(&agent).await;
    errand::opens_the_first_case(&officer).await;
    agent.sees("Du har inga öppna ärenden").await;
    officer.element("#accept").await;
    officer.press("Alt+A").await;
    errand::has_caret_in(&officer, "answer-text").await;
    officer.types("Vi ändrar ").await;
    asks_the_contact_centre(&officer, &agent).await;
    still_answers(&officer, "Vi ändrar ").await;
    asks_and_withdraws(&officer).await;
    still_answers(&officer, "Vi ändrar ").await;
    officer.tab_to("answer-text").await;
    officer.types("tiden.").await;
    officer.press("Ctrl+Enter").await;
    officer.sees("Kontaktcentret frågar kunden").await;

    agent.sees("Väntar på kundens besked").await;
    errand::opens_own_case(&agent).await;
    agent.element("#close-case").await;
    agent.sees("Ärendet avslutas först när kunden är nöjd").await;
    agent.picture("confirm").await;
    assert_eq!(agent.accessibility_breaches().await, Vec::<String>::new());
    agent.press("Alt+C").await;
    agent.sees("Kunden var nöjd").await;

    // It did not help after all: reopened, and let rest until somebody can look at it.
    agent.element("#give-back").await;
    agent.press("Alt+B").await;
    agent
        .awaits("the caret in why", || async {
            (agent.focused_id().await == "give-back-reason").then_some(())
        })
        .await;
    agent.types("Kommer fortfarande för sent").await;
    agent.press("Ctrl+Enter").await;
    agent.sees("Öppnades igen").await;
    errand::presses(&agent, "park").await;
    agent
        .awaits("the caret in the day", || async { (agent.focused_id().await == "park-until").then_some(()) })
        .await;
    // How a day is typed is the browser's own.
    agent.execute(IN_THREE_DAYS).await;
    agent.picture("rest").await;
    agent.press("Ctrl+Enter").await;
    agent.sees("Vilar till").await;
    agent.picture("rests").await;
    assert_eq!(agent.accessibility_breaches().await, Vec::<String>::new());
    errand::presses(&agent, "unpark").await;
    agent.sees("Vilan är slut").await;

    // Sent once more, and given back with a reason of the list, by keyboard alone.
    hands_over_and_closes(&agent).await;
    officer.element(".inbox-row[data-status=handed_over]").await;
    // From the case back to the list.
    officer.press("Esc").await;
    officer.tab_to_first(".inbox-row[data-status=handed_over]").await;
    officer.press("Enter").await;
    officer.element("#give-back").await;
    officer.press("Alt+B").await;
    officer
        .awaits("the caret in the reasons", || async {
            (officer.focused_id().await == "give-back-why").then_some(())
        })
        .await;
    // Nothing chosen, nothing sent.
    officer.press("Ctrl+Enter").await;
    officer.types("Fel").await;
    officer.picture("give-back").await;
    assert_eq!(officer.accessibility_breaches().await, Vec::<String>::new());
    officer.press("Ctrl+Enter").await;
    agent.sees("har kommit tillbaka").await;
    errand::opens_own_case(&agent).await;
    agent.sees("Fel grupp").await;
    let events = [
        "rewritten",
        "confirmed",
        "closed",
        "reopened",
        "parked",
        "unparked",
        "returned",
        "asked",
        "replied",
        "withdrawn",
    ];
    assert_eq!(events.map(|name| service.events(name)), [3, 1, 0, 1, 1, 1, 1, 2, 1, 1]);
}
