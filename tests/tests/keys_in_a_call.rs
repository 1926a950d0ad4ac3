//! Keys that are pressed in a call, and what the call list tells afterwards.

#![allow(clippy::unwrap_used, reason = "a story that cannot go on fails")]

use stories::peers::desk::Desk;
use stories::shift::Shift;
use stories::sound::{Sink, falls_silent, hears};

/// What the exchange plays once it has heard the keys.
const MILLIWATT: f64 = 1004.0;

async fn has_caret(desk: &Desk, id: &str) {
    let there = || async { (desk.page.focused_id().await == id).then_some(()) };
    desk.page.awaits(&format!("the caret in {id}"), there).await;
}

#[tokio::test]
async fn the_exchange_hears_exactly_the_keys_that_are_pressed_and_the_call_can_be_made_again() {
    let Some(shift) = Shift::begin().await else { return };
    let desk = &shift.desk;
    let mut ami = shift.asterisk.ami().await;
    desk.page.sees("Inga samtal än").await;
    desk.page.press("Alt+D").await;
    has_caret(desk, "dial-number").await;
    desk.page.types("7004").await;
    desk.page.press("Enter").await;
    desk.page.element("#call[data-call-state=\"in_call\"]").await;

    desk.page.press("Alt+T").await;
    has_caret(desk, "keys").await;
    desk.page.types("19*x0").await;
    desk.page.click("2").await;
    desk.page.click("0").await;
    let shown = || async {
        let value = desk.page.element("#keys").await.prop("value").await.ok()??;
        (value == "19*020").then_some(())
    };
    desk.page.awaits("the keys that were pressed", shown).await;
    desk.page.picture("keys-pressed").await;
    let told = ami.event("UserEvent", |event| event["UserEvent"] == "Keys").await;
    assert_eq!(told["Pressed"], "19*020");
    hears(Sink::Headset, MILLIWATT).await;
    desk.page.sees("Ljudet är bra").await;

    desk.page.press("F9").await;
    desk.page.element(".call-line").await;
    desk.page.sees("Du lade på").await;
    desk.page.picture("call-list").await;
    falls_silent(Sink::Headset).await;
    desk.page.press("Alt+O").await;
    desk.page.element("#call[data-call-state=\"in_call\"]").await;
    desk.page.press("F9").await;
    desk.page.element("#call[data-call-state=\"ended\"]").await;
    // By the row, too.
    desk.page.element(".call-line").await.send_keys("\u{E007}").await.unwrap();
    desk.page.element("#call[data-call-state=\"in_call\"]").await;
}
