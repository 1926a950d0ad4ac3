//! axe-core on every view that a browser shows, in both themes.

#![allow(clippy::unwrap_used, reason = "a story that cannot go on fails")]

use stories::errand::{self, DECK};
use stories::peers::browser::{Page, Theme};
use stories::peers::service::Service;

#[tokio::test]
async fn no_view_breaches_wcag_in_light_colours() {
    every_view(Theme::Light, "light").await;
}

#[tokio::test]
async fn no_view_breaches_wcag_in_dark_colours() {
    every_view(Theme::Dark, "dark").await;
}

async fn every_view(theme: Theme, name: &str) {
    let service = Service::start_with("").await;
    let mut breaches = Vec::new();
    let agent = Page::browser_in(theme, &format!("agent-{name}"), &service.address()).await;
    let Some(agent) = agent else { return };
    agent.element("#user").await;
    look(&agent, "sign-in", &mut breaches).await;
    errand::sign_in(&agent, "agent", service.password("agent")).await;
    look(&agent, "empty", &mut breaches).await;
    agent.press("Alt+N").await;
    agent
        .awaits("the caret in Det gäller", || async {
            (agent.focused_id().await == "subject").then_some(())
        })
        .await;
    errand::finds_the_article(&agent, &DECK).await;
    errand::fills_in(&agent, &DECK).await;
    // No call tells the number.
    agent.tab_back_to("customer-phone").await;
    agent.types("070-174 06 12").await;
    look(&agent, "case", &mut breaches).await;
    agent.press("F1").await;
    agent.element("dialog[open]").await;
    look(&agent, "keys", &mut breaches).await;
    agent.press("Esc").await;
    agent.press("Ctrl+K").await;
    agent.element("#palette").await;
    look(&agent, "search", &mut breaches).await;
    agent.press("Esc").await;
    agent.press("Alt+L").await;
    agent.element("#send:enabled").await;
    look(&agent, "handover", &mut breaches).await;
    agent.press("Ctrl+Enter").await;
    agent.sees("lämnas till").await;

    let account = "handlaggare.bygglov";
    let officer = Page::browser_in(theme, &format!("officer-{name}"), &service.address()).await;
    let Some(officer) = officer else { return };
    errand::sign_in(&officer, account, service.password(account)).await;
    look(&officer, "inbox", &mut breaches).await;
    officer.element(".inbox-row").await.click().await.unwrap();
    officer.element("#case-view").await;
    look(&officer, "reader", &mut breaches).await;
    errand::works_in_english(&officer).await;
    look(&officer, "english", &mut breaches).await;
    assert!(breaches.is_empty(), "{}", breaches.join("\n"));
}

async fn look(page: &Page, view: &str, breaches: &mut Vec<String>) {
    page.picture(view).await;
    let found = page.accessibility_breaches().await;
    breaches.extend(found.into_iter().map(|breach| format!("{view}: {breach}")));
}
