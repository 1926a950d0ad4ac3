//! A case officer whose group works in the desk's own window, by keyboard alone.

use stories::errand::{self, DECK};
use stories::peers::browser::Page;
use stories::peers::desk::Desk;
use stories::peers::service::Service;

#[tokio::test]
async fn a_case_is_accepted_answered_and_closed_in_the_window() {
    let service = Service::start_with("").await;
    let Some(desk) = Desk::at(&service).await else { return };
    let account = "handlaggare.bygglov";
    errand::sign_in(&desk.page, account, service.password(account)).await;
    desk.page.sees("Bygglovsgruppen").await;
    errand::has_caret_in(&desk.page, "inbox-pane").await;
    desk.screen("officer-waits").await;

    let Some(agent) = Page::browser("agent", &service.address()).await else { return };
    errand::sign_in(&agent, "agent", service.password("agent")).await;
    errand::has_a_case_to_send(&agent, &DECK).await;
    errand::hands_over(&agent, &DECK).await;

    errand::is_accepted(&desk.page, &DECK).await;
    agent.sees("Mottaget").await;
    desk.page.picture("officer-accepted").await;
    assert_eq!(desk.page.accessibility_breaches().await, Vec::<String>::new());
    errand::is_answered(&desk.page).await;
    agent.sees("Besvarat").await;
    desk.page.picture("officer-answered").await;
    errand::is_closed(&desk.page).await;
    agent.sees("Du har inga öppna ärenden").await;
    assert_eq!((service.count("case_state"), service.events("closed")), (1, 1));
    // The next one is where one came from.
    desk.page.press("Esc").await;
    errand::has_caret_in(&desk.page, "inbox-pane").await;
}
