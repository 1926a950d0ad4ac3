//! Nothing that an agent or an officer typed is lost.

use stories::errand::{self, DECK};
use stories::peers::browser::Page;
use stories::peers::desk::Desk;
use stories::peers::service::Service;

#[tokio::test]
async fn a_draft_is_back_after_a_power_cut() {
    let Some(mut desk) = Desk::practising().await else { return };
    errand::works(&desk.page).await;
    desk.page.press("Alt+N").await;
    desk.page
        .awaits("the caret in Det gäller", || async {
            (desk.page.focused_id().await == "subject").then_some(())
        })
        .await;
    desk.page.types("granskning av plank").await;
    desk.page.tab_to("note").await;
    desk.page.types("Grannen ringde om ett plank på två meter.").await;
    desk.page.sees("Utkast sparat").await;
    // The word may be of the text a moment ago: the last letters are on disk within a second.
    desk.page
        .awaits("the draft on disk", || async {
            let text = desk.page.client.execute(SAVED, vec![]).await.ok()?;
            text.as_bool()?.then_some(())
        })
        .await;
    desk.kill().await;
    desk.start_again().await;
    errand::works(&desk.page).await;
    desk.page.sees("granskning av plank").await;
    let note = desk.page.element("#note").await.prop("value").await.unwrap();
    assert_eq!(note.as_deref(), Some("Grannen ringde om ett plank på två meter."));
}

/// The interface says that it is saving until the last letter is on disk.
const SAVED: &str = "return !document.body.innerText.includes('Sparar utkastet')";

/// Keys a second: slower than this nobody types who makes no pause, and no pause is long enough to save in.
const PACE: u64 = 5;
const TYPED: &str = "grannens plank ar for hogt";

#[tokio::test]
async fn what_was_typed_a_second_ago_is_on_disk_though_nobody_paused_or_waited() {
    let Some(mut desk) = Desk::practising().await else { return };
    errand::works(&desk.page).await;
    errand::begins_a_case(&desk.page).await;
    desk.page.types_at(PACE, TYPED).await;
    desk.kill().await;
    desk.start_again().await;
    errand::works(&desk.page).await;
    let kept = desk.page.element("#subject").await.prop("value").await.unwrap().unwrap();
    assert!(TYPED.starts_with(&kept), "{kept:?}");
    let typed_before = u64::try_from(TYPED.len()).unwrap() - PACE;
    assert!(u64::try_from(kept.len()).unwrap() >= typed_before, "{kept:?}");
}

#[tokio::test]
async fn a_field_says_when_it_is_full_and_takes_nothing_in_silence() {
    let service = Service::start_with("").await;
    let Some(agent) = Page::browser("agent", &service.address()).await else { return };
    errand::sign_in(&agent, "agent", service.password("agent")).await;
    errand::begins_a_case(&agent).await;
    agent.tab_to("note").await;
    agent.execute("document.execCommand('insertText', false, 'a '.repeat(3990))").await;
    agent.sees("20 tecken kvar").await;
    agent.types("Så mycket kan ingen läsa.").await;
    agent.sees("Fältet är fullt: 8000 tecken får plats.").await;
    agent.picture("field-is-full").await;
}

const ANSWER: &str = "Lov krävs inom strandskydd. Vi skickar blanketten.";

async fn has_the_answer(officer: &Page, text: &str) {
    officer
        .awaits("the answer as it was written", || async {
            let answer = officer.element("#answer-text").await;
            (answer.prop("value").await.ok()?? == text).then_some(())
        })
        .await;
}

#[tokio::test]
async fn an_answer_being_written_in_a_browser_is_back_after_a_reload_until_it_is_sent() {
    let service = Service::start_with("").await;
    let Some(agent) = Page::browser("agent", &service.address()).await else { return };
    errand::sign_in(&agent, "agent", service.password("agent")).await;
    errand::begins_a_case(&agent).await;
    errand::finds_the_article(&agent, &DECK).await;
    errand::fills_in(&agent, &DECK).await;
    agent.element("#customer-phone").await.send_keys("070-174 06 12").await.unwrap();
    errand::hands_over(&agent, &DECK).await;
    let Some(officer) = Page::browser("officer", &service.address()).await else { return };
    let account = "handlaggare.bygglov";
    errand::sign_in(&officer, account, service.password(account)).await;
    errand::is_accepted(&officer, &DECK).await;
    officer.element("#answer-text").await.click().await.unwrap();
    officer.types(ANSWER).await;
    officer.sees("Utkast sparat").await;
    officer.no_longer_sees("Sparar utkastet").await;
    officer.picture("answer-kept").await;

    officer.client.refresh().await.unwrap();
    errand::works(&officer).await;
    officer.element(".inbox-row").await.click().await.unwrap();
    has_the_answer(&officer, ANSWER).await;
    assert_eq!(service.count("answer_draft"), 1);
    officer.element("#answer-save").await.click().await.unwrap();
    officer.element(".inbox-row[data-status=\"answered\"]").await;
    assert_eq!((service.count("answer_draft"), service.events("answered")), (0, 1));
    officer.sees(ANSWER).await;
}
