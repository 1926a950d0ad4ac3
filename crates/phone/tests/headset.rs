//! A headset at a phone with real calls: press, call, light.
#![cfg(all(feature = "sip", feature = "rtp", feature = "headset", target_os = "linux"))]
#![allow(clippy::unwrap_used, clippy::panic, reason = "test code")]

mod common;
#[path = "common/virtual_headset.rs"]
mod virtual_headset;

use common::{Exchange, credentials, within};
use phone::Softphone;
use phone::call::{CallState, EndCause, PhoneState, Side};
use phone::rtp::Recorded;
use phone::sip::{DigestAlgorithm, Transport};
use phone::softphone::{Headsets, SoftphoneConfig, Sound};
use virtual_headset::{Plugged, Port};

/// A headset of the telephony page in report 2: hook (a switch), mute (a button); off-hook, mute, ring, hold.
const DESCRIPTOR: &[u8] = &[
    0x05, 0x0B, 0x09, 0x05, 0xA1, 0x01, 0x85, 0x02, 0x15, 0x00, 0x25, 0x01, 0x75, 0x01, 0x95, 0x01, 0x09,
    0x20, 0x81, 0x22, 0x09, 0x2F, 0x81, 0x06, 0x95, 0x06, 0x81, 0x01, 0x05, 0x08, 0x09, 0x17, 0x09, 0x09,
    0x09, 0x18, 0x09, 0x20, 0x95, 0x04, 0x91, 0x22, 0x91, 0x01, 0xC0,
];
const HOOK: u8 = 0b01;
const MUTE: u8 = 0b10;
const OFF_HOOK: u8 = 0b0001;
const MUTED: u8 = 0b0010;
const RING: u8 = 0b0100;

async fn shows(headset: &mut Plugged, lights: u8) {
    let report = within("the lights", headset.written.recv()).await.unwrap();
    assert_eq!(report, [2, lights]);
}

async fn until(phone: &Softphone, what: &str, stands: impl FnMut(&PhoneState) -> bool) -> PhoneState {
    within(what, phone.state().wait_for(stands)).await.unwrap().clone()
}

fn stands(state: CallState) -> impl Fn(&PhoneState) -> bool {
    move |phone| phone.calls.first().is_some_and(|call| call.state == state)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_headset_answers_mutes_and_ends_a_call_and_may_go_and_come_meanwhile() {
    let port = Port::new();
    let mut exchange = Exchange::start(Transport::Udp, DigestAlgorithm::Md5).await;
    let sound = Sound::Recorded(Recorded::Silence);
    let mut config = SoftphoneConfig::new(exchange.server(), credentials("hemligt"), sound);
    config.headsets = Headsets::Among(Box::new(port.clone()));
    let phone = Softphone::start(config).unwrap();

    let mut headset = port.plug(DESCRIPTOR);
    shows(&mut headset, 0).await;
    let party = exchange.call().await;
    shows(&mut headset, RING).await;
    headset.send(&[2, HOOK]);
    until(&phone, "the answer", stands(CallState::InCall)).await;
    shows(&mut headset, OFF_HOOK).await;
    headset.send(&[2, HOOK | MUTE]);
    until(&phone, "silence", |phone| phone.calls.first().is_some_and(|call| call.muted)).await;
    shows(&mut headset, OFF_HOOK | MUTED).await;

    // What it does not describe, what is cut off, and its end do nothing to the call.
    for report in [&[7, 0xFF, 0xFF][..], &[2]] {
        headset.send(report);
    }
    drop(headset);
    let mut headset = port.plug(DESCRIPTOR);
    shows(&mut headset, OFF_HOOK | MUTED).await;
    assert!(stands(CallState::InCall)(&phone.state().borrow()));
    // The echo of the light, and then a hand.
    headset.send(&[2, HOOK]);
    headset.send(&[2, 0]);
    let ended = CallState::Ended { cause: EndCause::HungUp { by: Side::Here } };
    until(&phone, "the end", stands(ended)).await;
    shows(&mut headset, 0).await;
    drop(party);

    // A phone that ends leaves no light on.
    let _party = exchange.call().await;
    shows(&mut headset, RING).await;
    tokio::task::spawn_blocking(move || phone.stop()).await.unwrap();
    shows(&mut headset, 0).await;
}
