//! What goes wrong with the telephone: its account, the exchange, the headset. It is said, and it is mended.

#![allow(clippy::unwrap_used, reason = "a story that cannot go on fails")]

use stories::errand;
use stories::peers::asterisk::{Asterisk, Settings};
use stories::peers::baresip::VOICE;
use stories::peers::desk::Desk;
use stories::peers::service::Service;
use stories::shift::{Shift, is_called, is_offered};
use stories::sound::{Sink, Unplugged, hears};

/// Asks for calls in vain.
async fn cannot_become_ready(desk: &Desk, why: &str) {
    desk.page.press("Alt+R").await;
    desk.page.sees(why).await;
    desk.page.element("[data-agent-state=\"offline\"]").await;
    desk.page.picture("cannot-become-ready").await;
    desk.page.element("#message button").await.click().await.unwrap();
    desk.page.no_longer_sees(why).await;
}

#[tokio::test]
async fn a_phone_account_that_the_exchange_refuses_is_said_and_its_correction_is_taken() {
    let Some(asterisk) = Asterisk::start().await else { return };
    let mut service = Service::start_with_phones(&asterisk, "not-the-password").await;
    let Some(desk) = Desk::at(&service).await else { return };
    errand::sign_in(&desk.page, "agent", service.password("agent")).await;
    desk.page.sees("Växeln godtar inte telefonkontot").await;
    desk.page.sees("så inga samtal kommer hit").await;
    desk.page.picture("phone-account-refused").await;
    cannot_become_ready(&desk, "Telefonen har ingen kontakt med växeln").await;

    service.set_phones(&asterisk.sip_secret);
    service.program.end().await;
    service.start_again().await;
    errand::becomes_ready(&desk.page).await;
    is_called(&asterisk, &desk).await;
}

#[tokio::test]
async fn an_exchange_that_is_away_at_the_start_is_said_and_used_when_it_comes() {
    let Some(mut asterisk) = Asterisk::not_started(Settings::default()) else { return };
    let service = Service::start(&asterisk).await;
    let Some(desk) = Desk::at(&service).await else { return };
    errand::sign_in(&desk.page, "agent", service.password("agent")).await;
    desk.page.sees("Växeln nås inte, så inga samtal kommer hit").await;
    desk.page.picture("exchange-away").await;
    cannot_become_ready(&desk, "Telefonen har ingen kontakt med växeln").await;

    asterisk.start_again().await;
    errand::becomes_ready(&desk.page).await;
    is_called(&asterisk, &desk).await;
}

#[tokio::test]
async fn an_exchange_that_falls_and_rises_in_a_shift_goes_on_offering_calls() {
    let Some(Shift { mut asterisk, service: _service, desk }) = Shift::begin().await else { return };
    asterisk.kill().await;
    asterisk.start_again().await;
    // Whoever calls first may wait until the service has told the exchange who answers.
    is_called(&asterisk, &desk).await;
}

#[tokio::test]
async fn without_sound_nobody_is_made_to_wait_for_calls() {
    let Some(asterisk) = Asterisk::start().await else { return };
    let service = Service::start(&asterisk).await;
    let Some(desk) = Desk::at(&service).await else { return };
    errand::sign_in(&desk.page, "agent", service.password("agent")).await;
    desk.page.sees("Telefon klar").await;

    let unplugged = Unplugged::all().await;
    cannot_become_ready(&desk, "Mikrofon eller högtalare saknas, så du kan inte ta emot samtal").await;
    // What a sound server puts up in the place of a device is none.
    unplugged.stand_in().await;
    cannot_become_ready(&desk, "Mikrofon eller högtalare saknas, så du kan inte ta emot samtal").await;

    unplugged.plug_in();
    errand::becomes_ready(&desk.page).await;
    desk.page.no_longer_sees("Mikrofon eller högtalare saknas").await;
    is_called(&asterisk, &desk).await;
}

#[tokio::test]
async fn a_headset_that_is_pulled_out_is_told_before_the_answer_and_in_the_call() {
    let Some(Shift { asterisk, service: _service, desk }) = Shift::begin().await else { return };
    let mut caller = is_offered(&asterisk, &desk).await;
    let unplugged = Unplugged::all().await;
    desk.page.press("F2").await;
    desk.page.sees("Varken mikrofon eller högtalare hittas").await;
    // It still rings: nobody has been answered by silence.
    errand::is_offered(&desk.page).await;
    desk.page.picture("offered-without-sound").await;
    unplugged.plug_in();
    errand::answers(&desk.page).await;
    hears(Sink::Headset, f64::from(VOICE)).await;
    desk.page.no_longer_sees("Varken mikrofon eller högtalare hittas").await;

    let unplugged = Unplugged::all().await;
    desk.page.sees("Varken mikrofon eller högtalare hittas").await;
    desk.page.element("#call[data-call-state=\"in_call\"]").await;
    desk.page.picture("in-call-without-sound").await;
    unplugged.plug_in();
    errand::hangs_up(&desk.page).await;
    caller.ended().await;
}

#[tokio::test]
async fn a_caller_who_is_offered_again_gets_a_case_through_any_dialog() {
    let Some(shift) = Shift::begin().await else { return };
    let mut caller = shift.is_offered().await;
    let page = &shift.desk.page;
    page.press("F9").await;
    let ringing = "return !!document.querySelector('#call[data-call-state=\"ringing\"]')";
    page.awaits("the end of the first offer", || async {
        let rings = page.client.execute(ringing, vec![]).await.ok()?;
        (rings.as_bool() == Some(false)).then_some(())
    })
    .await;
    errand::is_offered(page).await;
    page.press("F1").await;
    page.element("dialog[open]").await;
    errand::answers(page).await;
    page.types("altan").await;
    page.element("#call[data-call-state=\"in_call\"]").await;
    let subject = page.element("#subject").await.prop("value").await.unwrap();
    assert_eq!(subject.as_deref(), Some("altan"), "the draft is the new call's");
    errand::hangs_up(page).await;
    caller.ended().await;
}
