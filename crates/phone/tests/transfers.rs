//! Transfers against a tiny exchange on loopback: what is asked, told and heard.
#![cfg(all(feature = "sip", feature = "rtp"))]

mod common;

use common::{Desk, DeskOptions, Exchange, within};
use phone::call::{CallId, CallState, EndCause, PhoneCommand, Side, Transfer, TransferFailure};
use phone::media::Flow;
use phone::sip::{DigestAlgorithm, Ended, SipError, Transport};

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
