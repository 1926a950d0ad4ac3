//! Changes of a session by UPDATE (RFC 3311), before and after the answer, asked for by sipp.
#![cfg(feature = "sip")]
#![allow(clippy::unwrap_used, clippy::panic, reason = "test code")]

mod dialog;

use dialog::{LIMIT, SDP, content, endpoint, free_port, next, sipp, to_anna};
use phone::sip::{Ended, Endpoint, Incoming, IncomingCall, InviteRequest, LegEvent, Offer, Transport};
use tokio::process::Child;
use tokio::sync::mpsc::UnboundedReceiver;
use tokio::time::timeout;

async fn called(scenario: &str) -> Option<(IncomingCall, Child, Endpoint)> {
    let (endpoint, mut incoming) = endpoint().await;
    let address = endpoint.udp().unwrap().to_string();
    let peer = sipp(scenario, &free_port(), &["-s", "anna", &address])?;
    let Ok(Some(Incoming::Call(call))) = timeout(LIMIT, incoming.recv()).await else { panic!("no call") };
    Some((call, peer, endpoint))
}

async fn reoffered(told: &mut UnboundedReceiver<LegEvent>) -> Offer {
    match next("the change", told).await {
        LegEvent::Reoffered(offer) => offer,
        other => panic!("another event: {other:?}"),
    }
}

fn says(sdp: &[u8], text: &str) -> bool {
    std::str::from_utf8(sdp).unwrap().contains(text)
}

#[tokio::test]
async fn a_caller_that_is_not_answered_changes_nothing_and_is_told_when_to_ask_again() {
    let Some((mut call, peer, _endpoint)) = called("update_early").await else { return };
    call.leg.ring();
    assert!(matches!(next("the end", &mut call.events).await, LegEvent::Ended(Ended::Cancelled(_))));
    content(peer).await;
}

#[tokio::test]
async fn a_caller_changes_the_session_before_the_answer_and_one_thing_at_a_time() {
    let Some((mut call, peer, _endpoint)) = called("update_caller").await else { return };
    call.leg.progress(SDP.to_vec()).unwrap();
    let early = reoffered(&mut call.events).await;
    assert!(says(&early.sdp, "40002") && says(&early.sdp, "sendonly"));
    early.accept(SDP.to_vec());
    call.leg.answer(SDP.to_vec()).unwrap();
    assert!(matches!(next("the ACK", &mut call.events).await, LegEvent::Confirmed { .. }));
    let first = reoffered(&mut call.events).await;
    // The other one was refused by now.
    assert!(matches!(next("the word", &mut call.events).await, LegEvent::Informed(_)));
    assert!(says(&first.sdp, "o=- 7 3"));
    first.accept(SDP.to_vec());
    assert!(matches!(next("the end", &mut call.events).await, LegEvent::Ended(Ended::HungUp)));
    content(peer).await;
}

#[tokio::test]
async fn a_callee_changes_the_session_when_it_has_answered_the_offer_and_not_before() {
    let port = free_port();
    let Some(peer) = sipp("update_callee", &port, &[]) else { return };
    let (from, _) = endpoint().await;
    let request =
        InviteRequest { through: Some((format!("127.0.0.1:{port}"), Transport::Udp)), ..to_anna(&port) };
    let (_leg, mut told) = from.invite(request).unwrap();
    assert!(matches!(next("the ring", &mut told).await, LegEvent::Progress { status: 180, sdp: None }));
    let LegEvent::Progress { status: 183, sdp: Some(sdp) } = next("the sound", &mut told).await else {
        panic!("no sound")
    };
    assert!(says(&sdp, "40002"));
    let early = reoffered(&mut told).await;
    assert!(says(&early.sdp, "40004") && says(&early.sdp, "sendonly"));
    early.accept(SDP.to_vec());
    let LegEvent::Answered { sdp } = next("the answer", &mut told).await else { panic!("no answer") };
    assert_eq!(sdp, b"");
    let later = reoffered(&mut told).await;
    assert!(says(&later.sdp, "sendrecv"));
    later.accept(SDP.to_vec());
    assert!(matches!(next("the end", &mut told).await, LegEvent::Ended(Ended::HungUp)));
    content(peer).await;
}
