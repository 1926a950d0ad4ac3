//! More than one call at a desk: sent on, asked first and connected, one who waits.

#![allow(clippy::unwrap_used, reason = "a story that cannot go on fails")]

use stories::peers::baresip::{Baresip, VOICE};
use stories::peers::desk::Desk;
use stories::shift::Shift;
use stories::sound::{Sink, falls_silent, hears, hears_both, play};

/// What the exchange's test line 7001 says.
const MILLIWATT: f64 = 1004.0;
/// What the agent says.
const AGENT: f64 = 1600.0;

async fn goes_to_the_number(desk: &Desk) {
    desk.page.press("F4").await;
    let there = || async { (desk.page.focused_id().await == "dial-number").then_some(()) };
    desk.page.awaits("the caret in the number", there).await;
}

#[tokio::test]
async fn a_call_is_sent_on_and_comes_back_when_nobody_is_there() {
    let Some(shift) = Shift::begin().await else { return };
    let (_caller, desk) = (shift.is_called().await, &shift.desk);
    desk.page.press("F4").await;
    desk.page
        .awaits("the caret in the number", || async {
            (desk.page.focused_id().await == "dial-number").then_some(())
        })
        .await;
    desk.page.types("7999").await;
    desk.page.press("F4").await;
    desk.page.sees("Samtalet är kvar hos dig").await;
    desk.page.picture("transfer-failed").await;
    desk.page.element("#call[data-call-state=\"in_call\"][data-held=\"false\"]").await;
    hears(Sink::Headset, f64::from(VOICE)).await;

    let number = desk.page.element("#dial-number").await;
    number.clear().await.unwrap();
    number.send_keys("7001").await.unwrap();
    desk.page.press("F4").await;
    desk.page.sees("Du kopplade samtalet vidare").await;
    desk.page.element("[data-agent-state=\"wrap_up\"]").await;
    hears(Sink::Caller, MILLIWATT).await;
    falls_silent(Sink::Headset).await;
}

#[tokio::test]
async fn a_colleague_is_asked_first_and_then_connected_with_the_resident() {
    let Some(shift) = Shift::begin().await else { return };
    let (_caller, desk) = (shift.is_called().await, &shift.desk);
    let _colleague = Baresip::colleague(&shift.asterisk, "1002", 700).await;
    goes_to_the_number(desk).await;
    desk.page.types("1002").await;
    desk.page.press("Enter").await;
    desk.page.element("#other-calls [data-held=\"true\"]").await;
    hears(Sink::Headset, 700.0).await;
    desk.page.picture("asks-first").await;
    // Back to the resident, and to the colleague again.
    desk.page.press("F3").await;
    hears(Sink::Headset, f64::from(VOICE)).await;
    desk.page.press("F3").await;
    hears(Sink::Headset, 700.0).await;
    desk.page.press("F4").await;
    desk.page.sees("Du kopplade samtalet vidare").await;
    hears(Sink::Caller, 700.0).await;
    hears(Sink::Colleague, f64::from(VOICE)).await;
    falls_silent(Sink::Headset).await;
}

#[tokio::test]
async fn three_talk_with_each_other_until_one_leaves() {
    let Some(shift) = Shift::begin().await else { return };
    let (_caller, desk) = (shift.is_called().await, &shift.desk);
    let _agent = play(Sink::Microphone, AGENT);
    let mut colleague = Baresip::colleague(&shift.asterisk, "1002", 700).await;
    goes_to_the_number(desk).await;
    desk.page.types("1002").await;
    desk.page.press("Enter").await;
    hears(Sink::Headset, 700.0).await;
    desk.page.press("Alt+G").await;
    desk.page.sees("Trepartssamtal").await;
    let resident = f64::from(VOICE);
    hears_both(Sink::Headset, [resident, 700.0]).await;
    hears_both(Sink::Caller, [AGENT, 700.0]).await;
    hears_both(Sink::Colleague, [AGENT, resident]).await;
    desk.page.picture("three-way").await;
    // With the microphone off the two still hear each other.
    desk.page.press("F8").await;
    hears(Sink::Caller, 700.0).await;
    hears(Sink::Colleague, resident).await;
    desk.page.press("F8").await;
    hears_both(Sink::Caller, [AGENT, 700.0]).await;
    // Split: the resident waits, as before.
    desk.page.press("Alt+G").await;
    desk.page.element("#other-calls [data-held=\"true\"]").await;
    hears(Sink::Headset, 700.0).await;
    hears(Sink::Colleague, AGENT).await;
    desk.page.press("Alt+G").await;
    hears_both(Sink::Headset, [resident, 700.0]).await;
    colleague.hang_up().await;
    hears(Sink::Headset, resident).await;
    hears(Sink::Caller, AGENT).await;
    desk.page.element("#call[data-call-state=\"in_call\"][data-held=\"false\"]").await;
}

#[tokio::test]
async fn a_colleague_who_rings_in_a_call_waits_and_can_be_answered() {
    let Some(shift) = Shift::begin().await else { return };
    let (_caller, desk) = (shift.is_called().await, &shift.desk);
    let mut colleague = Baresip::colleague(&shift.asterisk, "1002", 700).await;
    colleague.dial("1001").await;
    desk.page.element("#other-calls [data-call-state=\"ringing\"]").await;
    desk.page.picture("another-waits").await;
    desk.page.press("F2").await;
    hears(Sink::Headset, 700.0).await;
    // F9 ends what one hears, not what is on hold.
    desk.page.press("F9").await;
    colleague.ended().await;
    desk.page.element("#call[data-held=\"true\"]").await;
    desk.page.press("F3").await;
    hears(Sink::Headset, f64::from(VOICE)).await;
}
