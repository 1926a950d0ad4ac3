//! What goes wrong around a desk, and what must not.

#![allow(clippy::unwrap_used, reason = "a story that cannot go on fails")]

use serde_json::{Value, json};
use stories::errand::{self, DECK};
use stories::peers::baresip::{Baresip, VOICE};
use stories::peers::desk::Desk;
use stories::peers::service::Service;
use stories::shift::{Shift, is_offered};
use stories::sound::{Sink, falls_silent, hears};
use uuid::Uuid;

#[tokio::test]
async fn a_reload_of_the_window_does_not_touch_the_sound() {
    let Some(Shift { asterisk, service: _service, desk }) = Shift::begin().await else { return };
    let mut caller = is_offered(&asterisk, &desk).await;
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
async fn a_window_does_not_close_while_somebody_is_on_the_line() {
    let Some(mut shift) = Shift::begin().await else { return };
    let mut caller = shift.is_offered().await;
    shift.desk.presses_the_cross().await;
    shift.desk.page.sees("Ett samtal pågår, så fönstret står kvar.").await;
    errand::answers(&shift.desk.page).await;
    hears(Sink::Headset, f64::from(VOICE)).await;
    shift.desk.presses_the_cross().await;
    shift.desk.page.sees("Ett samtal pågår, så fönstret står kvar.").await;
    hears(Sink::Headset, f64::from(VOICE)).await;
    errand::hangs_up(&shift.desk.page).await;
    caller.ended().await;
    shift.desk.close().await;
}

#[tokio::test]
async fn a_caller_who_gives_up_is_told_and_the_next_one_rings() {
    let Some(Shift { asterisk, service: _service, desk }) = Shift::begin().await else { return };
    let mut caller = is_offered(&asterisk, &desk).await;
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
async fn a_caller_about_whom_nobody_can_be_asked_is_not_called_unknown() {
    let Some(Shift { asterisk, mut service, desk }) = Shift::begin().await else { return };
    service.program.kill().await;
    desk.page.sees("Tjänsten nås inte").await;
    let _caller = is_offered(&asterisk, &desk).await;
    desk.page.sees("Kan inte slås upp, tjänsten nås inte").await;
    assert!(!desk.page.text().await.contains("Inte känd"));
    service.start_again().await;
    desk.page.sees("Känd kund").await;
}

#[tokio::test]
async fn a_case_registered_without_the_service_is_sent_once_when_it_is_back() {
    let Some(Shift { asterisk: _asterisk, mut service, desk }) = Shift::begin().await else { return };
    service.program.kill().await;
    desk.page.sees("Tjänsten nås inte").await;
    errand::registers_a_case(&desk.page, &DECK).await;
    desk.page.sees("1 osänt").await;
    desk.page.picture("offline").await;
    service.start_again().await;
    desk.page.sees("0 osända").await;
    desk.page.sees("Ansluten").await;
    assert_eq!(service.count("case_state"), 1);
    assert_eq!(service.events("registered"), 1);

    // Opened while the service is away, the case says so, and comes by itself.
    service.program.kill().await;
    desk.page.sees("Tjänsten nås inte").await;
    desk.page.click("Öppna").await;
    desk.page.sees("Ärendet kan inte visas just nu").await;
    desk.page.picture("case-away").await;
    service.start_again().await;
    desk.page.element("#case-view .case-head").await;
    desk.page.no_longer_sees("Ärendet kan inte visas just nu").await;
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
    let message = desk.page.element("#message").await.text().await.unwrap();
    assert!(message.contains("Användarnamnet eller lösenordet stämmer inte."), "{message}");
    desk.page.element("main[data-phase=\"sign_in\"]").await;
    assert_eq!(desk.page.accessibility_breaches().await, Vec::<String>::new());
    errand_then(&desk, &service).await;
}

/// The right one opens it after all.
async fn errand_then(desk: &Desk, service: &Service) {
    desk.page.element("#password").await.clear().await.unwrap();
    desk.page.element("#password").await.send_keys(service.password("agent")).await.unwrap();
    desk.page.press("Enter").await;
    errand::works(&desk.page).await;
}

#[tokio::test]
async fn a_service_that_is_away_at_the_start_is_said_and_used_when_it_comes() {
    let mut service = Service::start_with("").await;
    service.program.kill().await;
    let Some(mut desk) = Desk::at(&service).await else { return };
    for (field, text) in [("#user", "agent"), ("#password", service.password("agent"))] {
        desk.page.element(field).await.send_keys(text).await.unwrap();
    }
    desk.page.press("Enter").await;
    desk.page.sees("Tjänsten nås inte just nu").await;
    desk.page.picture("service-away-at-sign-in").await;
    service.start_again().await;
    desk.page.press("Enter").await;
    errand::works(&desk.page).await;
    desk.page.sees("Ansluten").await;

    // Whoever was signed in works on with what the desk has, and it is sent when the service comes.
    desk.kill().await;
    service.program.kill().await;
    desk.start_again().await;
    errand::works(&desk.page).await;
    desk.page.sees("Tjänsten nås inte").await;
    errand::registers_a_case(&desk.page, &DECK).await;
    desk.page.sees("1 osänt").await;
    desk.page.picture("service-away-at-the-start").await;
    service.start_again().await;
    desk.page.sees("Ansluten").await;
    desk.page.sees("0 osända").await;
    assert_eq!(service.count("case_state"), 1);
}

/// Without its store a desk has nothing to work on until the service has given it.
#[tokio::test]
async fn a_desk_that_has_nothing_yet_tells_that_it_waits_for_the_service() {
    let mut service = Service::start_with("").await;
    let Some(mut desk) = Desk::at(&service).await else { return };
    errand::sign_in(&desk.page, "agent", service.password("agent")).await;
    desk.page.sees("Ansluten").await;
    desk.close().await;
    service.program.kill().await;
    std::fs::remove_dir_all(desk.data().join("desk")).unwrap();
    desk.start_again().await;
    desk.page.element("main[data-phase=\"starting\"]").await;
    desk.page.sees("Hämtar kunskapen").await;
    desk.screen("starting").await;
    assert_eq!(desk.page.accessibility_breaches().await, Vec::<String>::new());
    service.start_again().await;
    errand::works(&desk.page).await;
    desk.page.sees("Ansluten").await;
}

#[tokio::test]
async fn nonsense_from_the_page_gets_a_clear_code_and_changes_nothing() {
    let service = Service::start_with("").await;
    let Some(desk) = Desk::at(&service).await else { return };
    errand::sign_in(&desk.page, "agent", service.password("agent")).await;
    desk.page.sees("Ansluten").await;
    let refused = async |name: &str, call: Value| {
        let error = desk.page.invoke("rpc", json!({ "name": name, "call": call })).await.unwrap_err();
        error.get("code").and_then(Value::as_str).unwrap_or_else(|| panic!("{name}: {error}")).to_owned()
    };
    let id = Uuid::from_u128(7).to_string();
    let call = |payload: Value| json!({ "id": id, "payload": payload });
    assert_eq!(refused("cases.register", json!("no call")).await, "invalid");
    assert_eq!(refused("cases.register", json!({ "payload": {} })).await, "invalid");
    assert_eq!(refused("cases.register", call(json!({ "case_id": "../../etc" }))).await, "invalid");
    assert_eq!(refused("drafts.save", call(json!({ "draft": [] }))).await, "invalid");
    assert_eq!(refused("no.such.command", call(json!({}))).await, "not_found");
    assert_eq!(refused(&"x".repeat(65), call(json!({}))).await, "too_large");
    assert_eq!(refused("drafts.save", call(json!("x".repeat(600 * 1024)))).await, "too_large");
    // What the capability does not name, the page cannot do at all.
    for command in ["plugin:window|close", "plugin:event|emit", "plugin:webview|create_webview_window"] {
        assert!(desk.page.invoke(command, json!({})).await.is_err(), "{command}");
    }
    // Nor does a page of anybody else's come into the window, to try the same.
    let stopped = desk.page.client.execute_async(FRAME, vec![json!(service.address())]).await.unwrap();
    assert_eq!(stopped, "frame-src");

    errand::works(&desk.page).await;
    desk.page.sees("0 osända").await;
    desk.page.sees("Inget ärende öppet").await;
    assert_eq!((service.count("case_state"), service.events("registered")), (0, 0));
}

/// Puts a page of another origin in the window; gives the rule of the window that stopped it.
const FRAME: &str = r"
const [address, done] = arguments;
document.addEventListener('securitypolicyviolation', (event) => done(event.effectiveDirective), { once: true });
const frame = document.createElement('iframe');
frame.src = address;
document.body.append(frame);
";
