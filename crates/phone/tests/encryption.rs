//! Encrypted sound (SDES and SRTP) between the phone and an exchange on loopback.
#![cfg(all(feature = "sip", feature = "rtp"))]
#![allow(clippy::unwrap_used, reason = "test code")]

mod common;

use common::{Desk, DeskOptions, Exchange, Party};
use phone::call::{CallState, EndCause, PhoneCommand};
use phone::media::{Encryption, Flow, KEY, MasterKey, Secrecy};
use phone::sip::{DigestAlgorithm, Ended, Transport};

fn secrecy(encryption: Encryption, seed: u8) -> Secrecy {
    Secrecy::new(encryption, [MasterKey::new([seed; KEY]), MasterKey::new([seed + 1; KEY])])
}

fn party(encryption: Encryption) -> Party {
    let mut party = Party::new();
    party.local.secrecy = secrecy(encryption, 7);
    party
}

async fn desk(encryption: Encryption) -> (Exchange, Desk) {
    let exchange = Exchange::start(Transport::Udp, DigestAlgorithm::Md5).await;
    let options = DeskOptions { encryption, ..DeskOptions::default() };
    let mut desk = Desk::start(exchange.server(), Transport::Udp, options);
    desk.registered().await;
    (exchange, desk)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_call_that_comes_in_is_encrypted_over_hold_and_new_keys() {
    let (mut exchange, mut desk) = desk(Encryption::Prefer).await;
    let mut caller = exchange.call_to(party(Encryption::Require)).await;
    let call = desk.rings_as_new().await;
    desk.answer(call);
    caller.answered().await;
    caller.hears(true).await;
    desk.hears(true).await;
    desk.encrypted(call, true).await;

    desk.phone.command(PhoneCommand::Hold { call });
    assert_eq!(caller.agrees().await, Flow::RecvOnly);
    desk.stands(call, CallState::Held).await;
    desk.phone.command(PhoneCommand::Resume { call });
    caller.agrees().await;
    assert!(desk.stands(call, CallState::InCall).await.encrypted, "the keys stay");
    caller.hears(true).await;
    desk.hears(true).await;

    // The exchange takes new keys, and then none at all: the call goes on, and what it is is told.
    caller.local.secrecy = secrecy(Encryption::Require, 40);
    assert!(caller.reoffers().await.keys.is_some());
    desk.encrypted(call, true).await;
    caller.hears(true).await;
    desk.hears(true).await;
    caller.local.secrecy = Secrecy::default();
    assert!(caller.reoffers().await.keys.is_none());
    desk.encrypted(call, false).await;
    caller.hears(true).await;
    desk.hears(true).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_call_of_ours_is_encrypted_where_the_other_end_takes_part() {
    for (ours, theirs, encrypted) in [
        (Encryption::Prefer, Encryption::Prefer, true),
        (Encryption::Require, Encryption::Prefer, true),
        (Encryption::Prefer, Encryption::Off, false),
        (Encryption::Off, Encryption::Prefer, false),
    ] {
        let (mut exchange, mut desk) = desk(ours).await;
        desk.phone.command(PhoneCommand::Dial { target: "0846500402".into() });
        let (mut callee, parts) = exchange.called_at(party(theirs)).await;
        let (sdp, _) = callee.answer_sdp(&parts.offer);
        callee.leg().answer(sdp).unwrap();
        let call = desk.active(CallState::InCall).await;
        callee.hears(true).await;
        desk.hears(true).await;
        desk.encrypted(call, encrypted).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn plain_sound_is_refused_where_encryption_is_required_and_the_other_way_round() {
    for (ours, theirs) in [(Encryption::Require, Encryption::Off), (Encryption::Off, Encryption::Require)] {
        let (mut exchange, mut desk) = desk(ours).await;
        let mut caller = exchange.call_to(party(theirs)).await;
        assert_eq!(caller.ended().await, Ended::Refused(488));
        assert!(desk.phone.state().borrow().calls.is_empty(), "it does not ring");

        if ours == Encryption::Require {
            desk.phone.command(PhoneCommand::Dial { target: "0846500402".into() });
            let (callee, _) = exchange.called().await;
            let plain = callee.local.offer();
            callee.leg().answer(plain).unwrap();
            let call = desk.phone.state().borrow().calls[0].id;
            assert_eq!(desk.ended(call).await, EndCause::NoCommonMedia);
        }
    }
}
