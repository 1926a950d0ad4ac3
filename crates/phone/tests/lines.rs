//! Two calls on one phone, against a tiny exchange on loopback: who is heard, and when.
#![cfg(all(feature = "sip", feature = "rtp"))]

mod common;

use common::{Desk, DeskOptions, Exchange, within};
use phone::call::{
    CallState, CancelReason, EndCause, EndedBy, Ending, Fault, HoldFailure, Outcome, PhoneCommand, Side,
};
use phone::media::Flow;
use phone::sip::{DigestAlgorithm, Ended, SipError, Transport};

async fn pair() -> (Exchange, Desk) {
    let exchange = Exchange::start(Transport::Udp, DigestAlgorithm::Md5).await;
    let mut desk = Desk::start(exchange.server(), Transport::Udp, DeskOptions::default());
    desk.registered().await;
    (exchange, desk)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_waiting_call_is_answered_and_the_agent_swaps_between_the_two() {
    let (mut exchange, mut desk) = pair().await;
    let (first, mut one) = desk.talks_with(&mut exchange).await;
    let mut two = exchange.call().await;
    let second = desk.rings_as_new().await;
    desk.answer(second);
    assert_eq!(one.agrees().await, Flow::RecvOnly);
    two.answered().await;
    desk.stands(second, CallState::InCall).await;
    assert!(desk.stands(first, CallState::Held).await.hold.here);
    two.hears(true).await;
    one.hears(false).await;
    desk.hears(true).await;

    desk.phone.command(PhoneCommand::Resume { call: first });
    assert_eq!(two.agrees().await, Flow::RecvOnly);
    assert_eq!(one.agrees().await, Flow::SendRecv);
    desk.stands(first, CallState::InCall).await;
    desk.stands(second, CallState::Held).await;
    one.hears(true).await;
    two.hears(false).await;
    desk.hears(true).await;

    desk.phone.command(PhoneCommand::HangUp { call: first });
    assert_eq!(one.ended().await, Ended::HungUp);
    assert_eq!(desk.ended(first).await, EndCause::HungUp { by: Side::Here });
    desk.phone.command(PhoneCommand::Resume { call: second });
    assert_eq!(two.agrees().await, Flow::SendRecv);
    two.hears(true).await;
    desk.hears(true).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_consultation_is_dialled_while_the_first_call_is_held_and_either_can_end() {
    let (mut exchange, mut desk) = pair().await;
    let (first, mut one) = desk.talks_with(&mut exchange).await;
    desk.phone.command(PhoneCommand::Dial { target: "0846500401".into() });
    assert_eq!(one.agrees().await, Flow::RecvOnly);
    let (mut two, parts) = exchange.called().await;
    let (sdp, _) = two.answer_sdp(&parts.offer);
    two.leg().answer(sdp).unwrap();
    let second = desk.active(CallState::InCall).await;
    assert_ne!(second, first);
    two.hears(true).await;
    two.leg().hang_up();
    assert_eq!(desk.ended(second).await, EndCause::HungUp { by: Side::There });
    assert!(desk.stands(first, CallState::Held).await.hold.here);
    desk.phone.command(PhoneCommand::Resume { call: first });
    assert_eq!(one.agrees().await, Flow::SendRecv);
    one.hears(true).await;
    desk.hears(true).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_first_call_that_refuses_to_be_held_goes_on_and_the_other_rings_on() {
    let (mut exchange, mut desk) = pair().await;
    let (first, mut one) = desk.talks_with(&mut exchange).await;
    let _two = exchange.call().await;
    let second = desk.rings_as_new().await;
    desk.answer(second);
    one.reoffered().await.refuse();
    let state = desk.until("the refusal", |state| state.fault == Some(Fault::HoldRefused)).await;
    assert_eq!(state.call(first).unwrap().hold_failed, Some(HoldFailure::Refused { status: 488 }));
    desk.stands(first, CallState::InCall).await;
    desk.stands(second, CallState::Ringing).await;
    one.hears(true).await;
    desk.hears(true).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn changes_that_meet_are_refused_with_491_and_offered_again() {
    let (mut exchange, mut desk) = pair().await;
    let (call, mut one) = desk.talks_with(&mut exchange).await;
    desk.phone.command(PhoneCommand::Hold { call });
    let offer = one.reoffered().await;
    one.local.version += 1;
    let leg = one.leg().clone();
    let met = within("the refusal of the other's", leg.reoffer(one.local.offer())).await;
    assert_eq!(met, Err(SipError::Refused(491)));
    offer.refuse_with(491);
    // The phone did not begin the call: it tries again within two seconds.
    assert_eq!(one.agrees().await, Flow::RecvOnly);
    desk.stands(call, CallState::Held).await;
    one.hears(false).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_list_of_calls_tells_what_became_of_each_and_who_ended_it() {
    let (mut exchange, mut desk) = pair().await;
    let (talked, one) = desk.talks_with(&mut exchange).await;
    one.leg().hang_up();
    desk.ended(talked).await;
    let two = exchange.call().await;
    let elsewhere = desk.rings_as_new().await;
    two.leg().take_back(CancelReason::Elsewhere);
    desk.ended(elsewhere).await;
    desk.phone.command(PhoneCommand::Dial { target: "0846500404".into() });
    let (three, _) = exchange.called().await;
    let refused = desk.active(CallState::Dialling).await;
    three.leg().reject(404);
    desk.ended(refused).await;
    let list: Vec<_> = desk.state.borrow().calls.iter().map(|call| (call.id, call.ending)).collect();
    let ended = |outcome, by, status| Some(Ending { outcome, by: Some(by), status });
    assert_eq!(
        list,
        [
            (refused, ended(Outcome::Failed, EndedBy::Exchange, Some(404))),
            (elsewhere, ended(Outcome::Unanswered, EndedBy::Exchange, None)),
            (talked, ended(Outcome::Answered, EndedBy::There, None)),
        ]
    );
}
