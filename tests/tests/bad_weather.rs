//! What goes wrong around a desk, and what must not.

#![allow(clippy::unwrap_used, reason = "a story that cannot go on fails")]

use stories::errand::{self, DECK};
use stories::peers::asterisk::Asterisk;
use stories::peers::baresip::{Baresip, VOICE};
use stories::peers::desk::Desk;
use stories::peers::service::Service;
use stories::sound::{Sink, falls_silent, hears};

struct Shift {
    asterisk: Asterisk,
    service: Service,
    desk: Desk,
}

/// A desk that takes calls.
async fn shift() -> Option<Shift> {
    let asterisk = Asterisk::start().await?;
    let service = Service::start(&asterisk).await;
    let desk = Desk::at(&service).await?;
    errand::sign_in(&desk.page, "agent", service.password("agent")).await;
    errand::becomes_ready(&desk.page).await;
    Some(Shift { asterisk, service, desk })
}

#[tokio::test]
async fn a_reload_of_the_window_does_not_touch_the_sound() {
    let Some(Shift { asterisk, service: _service, desk }) = shift().await else { return };
    let mut caller = Baresip::caller(&asterisk, "+46701740612").await;
    caller.dial("bygg").await;
    errand::is_offered(&desk.page).await;
    errand::answers(&desk.page).await;
    hears(Sink::Headset, f64::from(VOICE)).await;
    desk.page.types("granskning").await;
    desk.page.sees("Utkast sparat").await;
    desk.page.client.refresh().await.unwrap();
    hears(Sink::Headset, f64::from(VOICE)).await;
    desk.page.element("#call[data-call-state=\"in_call\"]").await;
    desk.page.sees("granskning").await;
    errand::hangs_up(&desk.page).await;
    caller.ended().await;
    falls_silent(Sink::Headset).await;
}

#[tokio::test]
async fn a_caller_who_gives_up_is_told_and_the_next_one_rings() {
    let Some(Shift { asterisk, service: _service, desk }) = shift().await else { return };
    let mut caller = Baresip::caller(&asterisk, "+46701740612").await;
    caller.dial("bygg").await;
    errand::is_offered(&desk.page).await;
    caller.hang_up().await;
    desk.page.sees("Den som ringde lade på innan du svarade").await;
    desk.page.element("[data-agent-state=\"ready\"]").await;
    let mut next = Baresip::caller(&asterisk, "+46701740613").await;
    next.dial("bygg").await;
    errand::is_offered(&desk.page).await;
    errand::answers(&desk.page).await;
    desk.page.sees("070-174 06 13").await;
}

#[tokio::test]
async fn a_case_registered_without_the_service_is_sent_once_when_it_is_back() {
    let Some(Shift { asterisk: _asterisk, mut service, desk }) = shift().await else { return };
    service.program.kill().await;
    desk.page.sees("Tjänsten nås inte").await;
    desk.page.press("Alt+N").await;
    desk.page
        .awaits("the caret in Det gäller", || async {
            (desk.page.focused_id().await == "subject").then_some(())
        })
        .await;
    errand::finds_the_article(&desk.page, &DECK).await;
    errand::fills_in(&desk.page, &DECK).await;
    errand::registers(&desk.page).await;
    desk.page.sees("1 osända").await;
    desk.page.picture("offline").await;
    service.start_again().await;
    desk.page.sees("0 osända").await;
    desk.page.sees("Ansluten").await;
    assert_eq!(service.count("case_state"), 1);
    assert_eq!(service.events("registered"), 1);
}

#[tokio::test]
async fn a_wrong_password_is_said_and_nothing_opens() {
    let service = Service::start_with("").await;
    let Some(desk) = Desk::at(&service).await else { return };
    desk.page.element("#user").await;
    desk.page.tab_to("user").await;
    desk.page.types("agent").await;
    desk.page.tab_to("password").await;
    desk.page.types("not-the-password").await;
    desk.page.press("Enter").await;
    desk.page.element("#message").await;
    desk.page.element("main[data-phase=\"sign_in\"]").await;
    errand_then(&desk, &service).await;
}

/// The right one opens it after all.
async fn errand_then(desk: &Desk, service: &Service) {
    desk.page.element("#password").await.clear().await.unwrap();
    desk.page.element("#password").await.send_keys(service.password("agent")).await.unwrap();
    desk.page.press("Enter").await;
    errand::works(&desk.page).await;
}
