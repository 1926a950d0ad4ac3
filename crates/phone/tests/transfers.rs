//! Transfers against a tiny exchange on loopback: what is asked, told and heard.
#![cfg(all(feature = "sip", feature = "rtp"))]
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "test code")]

mod common;

use common::{Desk, DeskOptions, Exchange, within};
use phone::call::{CallId, CallState, CancelReason, EndCause, PhoneCommand, Side, Transfer, TransferFailure};
use phone::media::Flow;
use phone::sip::{DigestAlgorithm, Ended, InviteRequest, SipError, Transport};

const LIMIT: u64 = 30_000;

async fn pair(transport: Transport) -> (Exchange, Desk) {
    let exchange = Exchange::start(transport, DigestAlgorithm::Md5).await;
    let mut desk = Desk::start(exchange.server(), transport, DeskOptions::default());
    desk.registered().await;
    (exchange, desk)
}

fn transfer(call: CallId, limit_ms: u64) -> PhoneCommand {
    PhoneCommand::Transfer { call, target: "08-465 004 02".into(), limit_ms }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_blind_transfer_is_told_of_until_the_phone_leaves() {
    for transport in [Transport::Udp, Transport::Tcp] {
        let (mut exchange, mut desk) = pair(transport).await;
        let (call, mut one) = desk.talks_with(&mut exchange).await;
        desk.phone.command(transfer(call, LIMIT));
        assert_eq!(one.agrees().await, Flow::RecvOnly);
        let referral = one.referred().await;
        let number = format!("<sip:0846500402@{}{}>", exchange.server(), transport.parameter());
        assert_eq!(referral.to, number);
        let by = referral.by.clone().expect("who asks");
        assert!(by.starts_with("<sip:anna@"), "{by}");
        referral.accept();
        for (status, shown) in [(100, Transfer::Trying), (180, Transfer::Ringing)] {
            within("the word", one.leg().tell_progress(status)).await.unwrap();
            desk.transfer(call, shown).await;
        }
        within("the word", one.leg().tell_progress(200)).await.unwrap();
        assert_eq!(desk.ended(call).await, EndCause::Transferred { by: Side::Here });
        assert_eq!(one.ended().await, Ended::HungUp);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_transfer_that_fails_gives_the_call_back_with_its_sound_and_the_reason() {
    let (mut exchange, mut desk) = pair(Transport::Udp).await;
    let (call, mut one) = desk.talks_with(&mut exchange).await;
    for told in [true, false] {
        desk.phone.command(transfer(call, LIMIT));
        assert_eq!(one.agrees().await, Flow::RecvOnly);
        let referral = one.referred().await;
        let reason = if told {
            referral.accept();
            within("the word", one.leg().tell_progress(486)).await.unwrap();
            TransferFailure::Refused { status: 486 }
        } else {
            drop(referral);
            TransferFailure::Refused { status: 603 }
        };
        desk.transfer(call, Transfer::Failed { reason }).await;
        assert_eq!(one.agrees().await, Flow::SendRecv);
        desk.stands(call, CallState::InCall).await;
        one.hears(true).await;
        desk.hears(true).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_transfer_that_nobody_answers_in_time_gives_the_call_back() {
    let (mut exchange, mut desk) = pair(Transport::Udp).await;
    let (call, mut one) = desk.talks_with(&mut exchange).await;
    desk.phone.command(transfer(call, 700));
    assert_eq!(one.agrees().await, Flow::RecvOnly);
    one.referred().await.accept();
    desk.transfer(call, Transfer::Failed { reason: TransferFailure::NoAnswer }).await;
    assert_eq!(one.agrees().await, Flow::SendRecv);
    one.hears(true).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_call_that_others_want_to_send_elsewhere_stays() {
    let (mut exchange, mut desk) = pair(Transport::Udp).await;
    let (call, mut one) = desk.talks_with(&mut exchange).await;
    let asked = within("the answer", one.leg().refer("sip:0846500403@example.org")).await;
    assert_eq!(asked, Err(SipError::Refused(603)));
    desk.stands(call, CallState::InCall).await;
    one.hears(true).await;
}

/// What a transferee reads out of `<sip:…?Replaces=…>`.
fn place_in(refer_to: &str) -> String {
    let escaped = refer_to.trim_end_matches('>').split_once("?Replaces=").unwrap().1;
    escaped.replace("%3B", ";").replace("%3D", "=").replace("%40", "@")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_parties_are_connected_and_the_phone_leaves_both() {
    let (mut exchange, mut desk) = pair(Transport::Udp).await;
    let (call, mut one) = desk.talks_with(&mut exchange).await;
    desk.phone.command(PhoneCommand::Dial { target: "0846500401".into() });
    one.agrees().await;
    let (mut two, parts) = exchange.called().await;
    let (sdp, _) = two.answer_sdp(&parts.offer);
    two.leg().answer(sdp).unwrap();
    let with = desk.active(CallState::InCall).await;
    desk.phone.command(PhoneCommand::Connect { call, with, limit_ms: LIMIT });
    let referral = one.referred().await;
    let place = place_in(&referral.to);
    assert!(referral.to.starts_with(&format!("<sip:0846500401@{}", exchange.server())), "{}", referral.to);
    referral.accept();

    // The transferee calls, naming the place; the consulted party knows it as its own call.
    let request = InviteRequest {
        to: format!("sip:0846500401@{}", exchange.server()),
        from: format!("sip:0701740605@{}", exchange.server()),
        offer: one.local.offer(),
        headers: vec![("Replaces".into(), place)],
        ..InviteRequest::default()
    };
    let (_leg, _events) = exchange.endpoint.invite(request).unwrap();
    let (three, parts) = exchange.called().await;
    assert!(two.leg().has_place(&parts.replaces.expect("a place")));
    three.leg().answer(two.local.offer()).unwrap();
    two.leg().hang_up();
    assert_eq!(desk.ended(with).await, EndCause::Transferred { by: Side::Here });
    within("the word", one.leg().tell_progress(200)).await.unwrap();
    assert_eq!(desk.ended(call).await, EndCause::Transferred { by: Side::Here });
    assert_eq!(one.ended().await, Ended::HungUp);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn another_party_takes_the_place_of_ours_and_is_heard() {
    let (mut exchange, mut desk) = pair(Transport::Udp).await;
    let (old, mut one) = desk.talks_with(&mut exchange).await;
    let mut two = exchange.call_in_place(one.leg().place()).await;
    two.answered().await;
    assert_eq!(one.ended().await, Ended::HungUp);
    assert_eq!(desk.ended(old).await, EndCause::Transferred { by: Side::There });
    let call = desk.active(CallState::InCall).await;
    assert_ne!(call, old);
    two.hears(true).await;
    desk.hears(true).await;
    let queue = desk.state.borrow().call(call).unwrap().queue.clone();
    assert_eq!(
        queue.and_then(|queue| queue.queue).as_deref(),
        Some("allmant"),
        "still that resident's contact"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_takes_a_held_calls_place_is_held() {
    let (mut exchange, mut desk) = pair(Transport::Udp).await;
    let (old, mut one) = desk.talks_with(&mut exchange).await;
    desk.phone.command(PhoneCommand::Hold { call: old });
    assert_eq!(one.agrees().await, Flow::RecvOnly);
    desk.stands(old, CallState::Held).await;
    let mut two = exchange.call_in_place(one.leg().place()).await;
    two.answered().await;
    assert_eq!(one.ended().await, Ended::HungUp);
    let call = desk.active(CallState::Held).await;
    two.hears(false).await;
    desk.phone.command(PhoneCommand::Resume { call });
    assert_eq!(two.agrees().await, Flow::SendRecv);
    two.hears(true).await;
    desk.hears(true).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_picks_up_elsewhere_takes_the_place_of_whom_the_phone_calls() {
    let (mut exchange, mut desk) = pair(Transport::Udp).await;
    desk.phone.command(PhoneCommand::Dial { target: "0846500401".into() });
    let (mut rings, _) = exchange.called().await;
    rings.leg().ring();
    let old = desk.active(CallState::Early).await;
    let mut two = exchange.call_in_place(format!("{};early-only", rings.leg().place())).await;
    two.answered().await;
    assert_eq!(rings.ended().await, Ended::Cancelled(CancelReason::GaveUp));
    assert_eq!(desk.ended(old).await, EndCause::Transferred { by: Side::There });
    desk.active(CallState::InCall).await;
    two.hears(true).await;
    desk.hears(true).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_place_that_is_none_or_only_wanted_early_is_refused() {
    let (mut exchange, mut desk) = pair(Transport::Udp).await;
    let (call, mut one) = desk.talks_with(&mut exchange).await;
    let place = one.leg().place();
    for (place, status) in [
        ("a84b@host;to-tag=us;from-tag=them".to_owned(), 481),
        (format!("{place};early-only"), 486),
        (place.split(';').next().unwrap().to_owned(), 400),
    ] {
        let mut two = exchange.call_in_place(place).await;
        assert_eq!(two.ended().await, Ended::Refused(status));
    }
    desk.stands(call, CallState::InCall).await;
    one.hears(true).await;
}
