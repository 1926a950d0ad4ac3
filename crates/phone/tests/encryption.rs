//! Encrypted sound (SRTP, with keys by SDES and by DTLS) between the phone and an exchange on loopback.
#![cfg(all(feature = "sip", feature = "rtp"))]
#![allow(clippy::unwrap_used, reason = "test code")]

mod common;

use common::{Desk, DeskOptions, EXCHANGE_HZ, Exchange, PHONE_HZ, Party};
use phone::call::{CallState, EndCause, KeysFault, PhoneCommand};
use phone::media::{Encryption, Fingerprint, Flow, KEY, KeyExchange, MasterKey, Secrecy};
use phone::rtp::Identity;
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

/// A party that agrees on keys by a handshake, and names this certificate, or its own.
fn shaking(encryption: Encryption, names: Option<Fingerprint>) -> Party {
    let identity = Identity::new().unwrap();
    let names = names.unwrap_or(identity.fingerprint());
    let mut party = Party::showing(EXCHANGE_HZ, PHONE_HZ, Some(identity));
    party.local.secrecy = secrecy(encryption, 7).with_certificate(names, KeyExchange::Dtls);
    party
}

async fn shaking_desk(encryption: Encryption) -> (Exchange, Desk) {
    let exchange = Exchange::start(Transport::Udp, DigestAlgorithm::Md5).await;
    let options = DeskOptions { encryption, keys: KeyExchange::Dtls, ..DeskOptions::default() };
    let mut desk = Desk::start(exchange.server(), Transport::Udp, options);
    desk.registered().await;
    (exchange, desk)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn keys_by_handshake_come_whoever_begins_and_stay_over_hold() {
    for incoming in [true, false] {
        let (mut exchange, mut desk) = shaking_desk(Encryption::Require).await;
        let (call, mut party) = if incoming {
            let mut caller = exchange.call_to(shaking(Encryption::Require, None)).await;
            let call = desk.rings_as_new().await;
            desk.answer(call);
            caller.answered().await;
            (call, caller)
        } else {
            desk.phone.command(PhoneCommand::Dial { target: "0846500402".into() });
            let (mut callee, parts) = exchange.called_at(shaking(Encryption::Prefer, None)).await;
            let (sdp, _) = callee.answer_sdp(&parts.offer);
            callee.leg().answer(sdp).unwrap();
            (desk.active(CallState::InCall).await, callee)
        };
        party.hears(true).await;
        desk.hears(true).await;
        desk.encrypted(call, true).await;
        desk.phone.command(PhoneCommand::Hold { call });
        party.agrees().await;
        assert!(desk.stands(call, CallState::Held).await.encrypted);
        desk.phone.command(PhoneCommand::Resume { call });
        party.agrees().await;
        assert!(desk.stands(call, CallState::InCall).await.encrypted, "the keys stay");
        party.hears(true).await;
        desk.hears(true).await;
        // The other end offers a change of its own.
        party.reoffers().await;
        party.hears(true).await;
        assert!(desk.stands(call, CallState::InCall).await.encrypted);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_end_that_shows_another_certificate_than_was_named_ends_the_call() {
    let (mut exchange, mut desk) = shaking_desk(Encryption::Prefer).await;
    let other = Identity::new().unwrap().fingerprint();
    let mut caller = exchange.call_to(shaking(Encryption::Require, Some(other))).await;
    let call = desk.rings_as_new().await;
    desk.answer(call);
    caller.answered().await;
    let fault = KeysFault::WrongFingerprint;
    assert_eq!(desk.ended(call).await, EndCause::NotEncrypted { fault });
    assert_eq!(caller.ended().await, Ended::HungUp);
    assert!(*desk.hears.borrow() < 0.1 && *caller.hears.borrow() < 0.1, "nothing was heard");
}
