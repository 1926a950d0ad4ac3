//! Keys pressed in a call, against a tiny exchange on loopback.
#![cfg(all(feature = "sip", feature = "rtp"))]
#![allow(clippy::unwrap_used, reason = "test code")]

mod common;

use common::{Desk, DeskOptions, Exchange, Party};
use phone::call::{CallId, CallState, Fault, PhoneCommand};
use phone::media::Flow;
use phone::sip::{DigestAlgorithm, Transport};

async fn pair() -> (Exchange, Desk) {
    let exchange = Exchange::start(Transport::Udp, DigestAlgorithm::Md5).await;
    let mut desk = Desk::start(exchange.server(), Transport::Udp, DeskOptions::default());
    desk.registered().await;
    (exchange, desk)
}

fn press(call: CallId, keys: &str) -> PhoneCommand {
    PhoneCommand::Press { call, keys: keys.to_owned().try_into().unwrap() }
}

/// A call to somebody who takes no telephone-events.
async fn talks_with_an_old_end(exchange: &mut Exchange, desk: &mut Desk) -> (CallId, Party) {
    desk.phone.command(PhoneCommand::Dial { target: "0846500404".into() });
    let (mut old, parts) = exchange.called().await;
    let (sdp, _) = old.answer_sdp(&parts.offer);
    let lines = String::from_utf8(sdp).unwrap();
    let plain: String =
        lines.lines().filter(|line| !line.contains("telephone-event")).map(|l| format!("{l}\r\n")).collect();
    old.leg().answer(plain.into_bytes()).unwrap();
    (desk.active(CallState::InCall).await, old)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_key_is_heard_once_and_in_order_also_with_the_microphone_off() {
    let (mut exchange, mut desk) = pair().await;
    let (call, mut one) = desk.talks_with(&mut exchange).await;
    desk.phone.command(PhoneCommand::Mute { call, muted: true });
    for keys in ["1", "9", "02*#", "0"] {
        desk.phone.command(press(call, keys));
    }
    assert_eq!(one.keys(7).await, "1902*#0");
    assert_eq!(desk.state.borrow().fault, None);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_takes_no_events_is_told_of_each_key_and_a_refusal_is_said() {
    let (mut exchange, mut desk) = pair().await;
    let (call, mut old) = talks_with_an_old_end(&mut exchange, &mut desk).await;
    desk.phone.command(press(call, "5"));
    desk.phone.command(press(call, "*#"));
    for key in ['5', '*', '#'] {
        assert_eq!(old.informed(true).await, Some(key));
    }
    assert_eq!(desk.state.borrow().fault, None);
    desk.phone.command(press(call, "7"));
    assert_eq!(old.informed(false).await, Some('7'));
    desk.until("the refusal", |state| state.fault == Some(Fault::KeysRefused)).await;
    // Over with the next that is taken, or with the call.
    desk.phone.command(press(call, "8"));
    assert_eq!(old.informed(true).await, Some('8'));
    desk.until("the key", |state| state.fault.is_none()).await;
    old.hears(true).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn keys_for_a_held_call_are_refused_and_not_sent_later() {
    let (mut exchange, mut desk) = pair().await;
    let (call, mut one) = desk.talks_with(&mut exchange).await;
    desk.phone.command(PhoneCommand::Hold { call });
    assert_eq!(one.agrees().await, Flow::RecvOnly);
    desk.stands(call, CallState::Held).await;
    desk.phone.command(press(call, "1"));
    desk.until("the refusal", |state| state.fault == Some(Fault::KeysRefused)).await;
    desk.phone.command(PhoneCommand::Resume { call });
    assert_eq!(one.agrees().await, Flow::SendRecv);
    desk.stands(call, CallState::InCall).await;
    desk.phone.command(press(call, "2"));
    assert_eq!(one.keys(1).await, "2");
}
