//! axe-core on every view of a browser, of the phone and behind a link, in both themes. The views before work are
//! looked at in the stories that come to them: `first_start`, `bad_storage`, `bad_weather`.

#![allow(clippy::unwrap_used, reason = "a story that cannot go on fails")]

use stories::errand::{self, DECK};
use stories::peers::browser::{Page, Theme};
use stories::peers::desk::Desk;
use stories::peers::mail::MailServer;
use stories::peers::service::Service;

#[tokio::test]
async fn no_view_in_a_browser_breaches_wcag_in_either_theme() {
    let service = Service::start_with("").await;
    let mut breaches = Vec::new();
    let agent = browser("agent", &service).await;
    let Some(agent) = agent else { return };
    agent.element("#user").await;
    look(&agent, "sign-in", &mut breaches).await;
    errand::sign_in(&agent, "agent", service.password("agent")).await;
    look(&agent, "empty", &mut breaches).await;
    errand::has_a_case_to_send(&agent, &DECK).await;
    look(&agent, "case", &mut breaches).await;
    dialogs(&agent, "", &mut breaches).await;
    agent.press("Alt+L").await;
    agent.element("#send:enabled").await;
    look(&agent, "handover", &mut breaches).await;
    agent.press("Ctrl+Enter").await;
    agent.sees("lämnas till").await;
    look(&agent, "undo", &mut breaches).await;

    let account = "handlaggare.bygglov";
    let Some(officer) = browser("officer", &service).await else { return };
    errand::sign_in(&officer, account, service.password(account)).await;
    look(&officer, "inbox", &mut breaches).await;
    officer.element(".inbox-row").await.click().await.unwrap();
    officer.element("#case-view").await;
    look(&officer, "reader", &mut breaches).await;
    errand::works_in_english(&officer).await;
    look(&officer, "english", &mut breaches).await;
    officer.element("#give-back").await;
    officer.press("Alt+B").await;
    errand::has_caret_in(&officer, "give-back-why").await;
    officer.types("Fel").await;
    officer.press("Ctrl+Enter").await;

    let Some(lead) = browser("lead", &service).await else { return };
    errand::sign_in(&lead, "teamledare", service.password("teamledare")).await;
    lead.element("#returns").await.click().await.unwrap();
    lead.element("#dialog table tbody tr").await;
    look(&lead, "returns", &mut breaches).await;
    lead.press("Esc").await;
    errand::works_in_english(&lead).await;
    lead.element("#returns").await.click().await.unwrap();
    lead.element("#dialog table tbody tr").await;
    look(&lead, "returns-english", &mut breaches).await;

    errand::works_in_english(&agent).await;
    look(&agent, "english", &mut breaches).await;
    agent.press("Alt+N").await;
    errand::has_caret_in(&agent, "subject").await;
    agent.types(DECK.subject).await;
    agent.press("Alt+1").await;
    agent.element("#reader [data-article]").await;
    look(&agent, "case-english", &mut breaches).await;
    dialogs(&agent, "-english", &mut breaches).await;
    assert!(breaches.is_empty(), "{}", breaches.join("\n"));
}

/// The dialogs that a browser has: keys, settings, search.
async fn dialogs(agent: &Page, language: &str, breaches: &mut Vec<String>) {
    for (chord, shown, name) in [
        ("F1", "#dialog .key-columns", "keys"),
        ("Ctrl+,", "#dialog #set-theme", "settings"),
        ("Ctrl+K", "#palette", "search"),
    ] {
        agent.press(chord).await;
        agent.element(shown).await;
        look(agent, &format!("{name}{language}"), breaches).await;
        agent.press("Esc").await;
        agent.awaits(&format!("{name} closed"), || is_gone(agent, shown)).await;
    }
}

async fn is_gone(page: &Page, css: &str) -> Option<()> {
    let found = page.client.find_all(fantoccini::Locator::Css(css)).await.ok()?;
    for element in found {
        if element.is_displayed().await.ok()? {
            return None;
        }
    }
    Some(())
}

#[tokio::test]
async fn no_view_of_the_phone_breaches_wcag_in_either_theme() {
    let Some(desk) = Desk::practising().await else { return };
    let (page, mut breaches) = (&desk.page, Vec::new());
    errand::works(page).await;
    page.sees("Telefon klar").await;
    page.press("Ctrl+,").await;
    page.element("#set-ring").await;
    look(page, "settings", &mut breaches).await;
    page.element("#check-phone").await.click().await.unwrap();
    page.element("#level").await;
    look(page, "checkup-runs", &mut breaches).await;
    page.element("#check-again").await;
    look(page, "checkup", &mut breaches).await;
    page.press("Esc").await;

    errand::becomes_ready(page).await;
    look(page, "ready", &mut breaches).await;
    page.press("Alt+X").await;
    errand::is_offered(page).await;
    look(page, "offered", &mut breaches).await;
    errand::answers(page).await;
    page.element("#said p:nth-of-type(2)").await;
    page.press("Alt+T").await;
    errand::has_caret_in(page, "keys").await;
    look(page, "keypad", &mut breaches).await;
    page.press("F4").await;
    errand::has_caret_in(page, "dial-number").await;
    page.types(OFFICE).await;
    page.press("Enter").await;
    page.element("#other-calls [data-held=\"true\"]").await;
    page.element("#call[data-call-state=\"in_call\"] #join").await;
    look(page, "two-lines", &mut breaches).await;
    page.press("F9").await;
    page.element("#call[data-held=\"true\"]").await;
    look(page, "on-hold", &mut breaches).await;
    page.press("F3").await;
    page.element("#call[data-held=\"false\"]").await;
    errand::hangs_up(page).await;
    page.element(".call-line").await;
    look(page, "wrap-up", &mut breaches).await;

    // Twice as large, the panes stand under each other and the call is a strip at the top.
    page.press("Alt+K").await;
    page.element("[data-agent-state=\"ready\"]").await;
    for _ in 0..5 {
        page.press("Ctrl++").await;
    }
    page.press("Alt+X").await;
    page.element("#call[data-call-state=\"ringing\"]").await;
    page.element(".call-strip .offered").await;
    look(page, "strip-offered", &mut breaches).await;
    errand::answers(page).await;
    page.element(".call-strip [data-call-state=\"in_call\"]").await;
    look(page, "strip-in-call", &mut breaches).await;
    assert!(breaches.is_empty(), "{}", breaches.join("\n"));
}

/// Where one of the groups answers.
const OFFICE: &str = "08-46500420";

#[tokio::test]
async fn no_page_behind_a_link_breaches_wcag_in_either_theme() {
    let Some(mail) = MailServer::start().await else { return };
    let mut service = Service::start_with(&mail.settings()).await;
    service.program.end().await;
    service.puts_outside("bygglov");
    service.start_again().await;
    let mut breaches = Vec::new();
    let Some(agent) = browser("agent", &service).await else { return };
    errand::sign_in(&agent, "agent", service.password("agent")).await;
    errand::has_a_case_to_send(&agent, &DECK).await;
    errand::hands_over(&agent, &DECK).await;
    let link = format!("{}{}", service.address(), mail.letter(1).await.1);

    let Some(group) = Page::browser_in(Theme::Dark, "group", &link).await else { return };
    group.sees(DECK.note).await;
    look(&group, "link", &mut breaches).await;
    group.click("Ta emot ärendet").await;
    group.awaits("no more to accept", || is_gone(&group, "[value=accept]")).await;
    look(&group, "link-accepted", &mut breaches).await;
    group.element("#answer").await.send_keys(" ").await.unwrap();
    group.element("[value=answer]").await.click().await.unwrap();
    group.sees("Något saknas").await;
    look(&group, "link-lacks", &mut breaches).await;
    group.element("#answer").await.send_keys("Lov krävs inom strandskydd.").await.unwrap();
    group.element("[value=answer]").await.click().await.unwrap();
    group.awaits("a word of thanks", || is_gone(&group, "#answer")).await;
    look(&group, "link-thanks", &mut breaches).await;
    let bad = format!("{}/lank/0", service.address());
    for (path, name) in [(link.as_str(), "link-used"), (bad.as_str(), "link-bad")] {
        group.client.goto(path).await.unwrap();
        group.sees("Ingenting har ändrats").await;
        look(&group, name, &mut breaches).await;
    }
    agent.sees("Besvarat").await;
    assert!(breaches.is_empty(), "{}", breaches.join("\n"));
}

/// Of somebody who prefers dark colours; the light ones are chosen, as elsewhere the dark ones are.
async fn browser(name: &str, service: &Service) -> Option<Page> {
    Page::browser_in(Theme::Dark, name, &service.address()).await
}

async fn look(page: &Page, view: &str, breaches: &mut Vec<String>) {
    page.picture(view).await;
    let found = page.accessibility_breaches().await;
    breaches.extend(found.into_iter().map(|breach| format!("{view}: {breach}")));
}
