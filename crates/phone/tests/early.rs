//! Provisional responses that are acknowledged (RFC 3262), between two endpoints on loopback and with sipp.
#![cfg(feature = "sip")]
#![allow(clippy::unwrap_used, clippy::panic, reason = "test code")]

mod dialog;

use std::time::Duration;

use dialog::{LIMIT, SDP, content, endpoint, free_port, next, sipp, to_anna};
use phone::sip::{
    Ended, Endpoint, Incoming, IncomingCall, InviteRequest, Leg, LegEvent, SipError, Transport,
};
use tokio::sync::mpsc::UnboundedReceiver;
use tokio::time::{Instant, timeout};

struct Call {
    caller: Leg,
    told: UnboundedReceiver<LegEvent>,
    callee: IncomingCall,
    /// Of the one who calls.
    endpoint: Endpoint,
    _endpoint: Endpoint,
}

async fn offered(headers: &[(&str, &str)], offer: &[u8]) -> Call {
    let ((there, mut incoming), (here, _)) = (endpoint().await, endpoint().await);
    let headers = headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
    let request = InviteRequest {
        to: there.contact("anna", Transport::Udp).unwrap(),
        from: "sip:0701740605@127.0.0.1".to_owned(),
        offer: offer.to_vec(),
        headers: headers.collect(),
        ..InviteRequest::default()
    };
    let (caller, told) = here.invite(request).unwrap();
    let Some(Incoming::Call(callee)) = incoming.recv().await else { panic!("no call") };
    Call { caller, told, callee, endpoint: here, _endpoint: there }
}

async fn progress(told: &mut UnboundedReceiver<LegEvent>) -> (u16, Option<Vec<u8>>) {
    match next("progress", told).await {
        LegEvent::Progress { status, sdp } => (status, sdp),
        other => panic!("another event: {other:?}"),
    }
}

#[tokio::test]
async fn sound_before_the_answer_is_the_answer_and_arrives() {
    let mut call = offered(&[], SDP).await;
    call.callee.leg.ring();
    assert_eq!(progress(&mut call.told).await, (180, None));
    call.callee.leg.progress(SDP.to_vec()).unwrap();
    // The answer waits for the acknowledgement of what is on its way.
    call.callee.leg.answer(SDP.to_vec()).unwrap();
    assert_eq!(progress(&mut call.told).await, (183, Some(SDP.to_vec())));
    let LegEvent::Answered { sdp } = next("the answer", &mut call.told).await else { panic!("no answer") };
    assert_eq!(sdp, b"");
    assert!(matches!(next("the ACK", &mut call.callee.events).await, LegEvent::Confirmed { sdp: None }));
    call.caller.hang_up();
    assert!(matches!(next("the end", &mut call.callee.events).await, LegEvent::Ended(Ended::HungUp)));
}

#[tokio::test]
async fn a_ring_arrives_where_that_is_required_before_anything_else_is_told() {
    let mut call = offered(&[("Require", "100rel")], SDP).await;
    call.callee.leg.ring();
    call.callee.leg.progress(SDP.to_vec()).unwrap();
    assert_eq!(progress(&mut call.told).await, (180, None));
    assert_eq!(progress(&mut call.told).await, (183, Some(SDP.to_vec())));
    call.callee.leg.reject(486);
    assert!(matches!(next("the end", &mut call.told).await, LegEvent::Ended(Ended::Refused(486))));
}

#[tokio::test]
async fn whoever_leaves_the_offer_to_us_hears_nothing_before_the_answer() {
    let mut call = offered(&[("Require", "100rel")], b"").await;
    call.callee.leg.ring();
    assert_eq!(call.callee.leg.progress(SDP.to_vec()), Err(SipError::WrongState));
    call.callee.leg.answer(SDP.to_vec()).unwrap();
    let LegEvent::Answered { sdp } = next("the answer", &mut call.told).await else { panic!("no answer") };
    assert_eq!(sdp, SDP);
}

#[tokio::test(start_paused = true)]
async fn a_caller_that_vanished_while_it_was_told_of_the_ring_is_given_up() {
    let mut call = offered(&[("Require", "100rel")], SDP).await;
    call.endpoint.close();
    let before = Instant::now();
    call.callee.leg.ring();
    let over = timeout(Duration::from_secs(40), call.callee.events.recv()).await.unwrap();
    assert!(matches!(over, Some(LegEvent::Ended(Ended::Lost))), "{over:?}");
    assert_eq!(before.elapsed().as_secs(), 32);
}

#[tokio::test]
async fn an_answer_that_still_waits_is_taken_back_when_the_call_is_hung_up() {
    let mut call = offered(&[], SDP).await;
    call.endpoint.close();
    call.callee.leg.progress(SDP.to_vec()).unwrap();
    call.callee.leg.answer(SDP.to_vec()).unwrap();
    call.callee.leg.hang_up();
    assert!(matches!(next("the end", &mut call.callee.events).await, LegEvent::Ended(Ended::Here)));
}

#[tokio::test]
async fn a_foreign_callee_gets_one_acknowledgement_of_each_response_in_its_order() {
    let port = free_port();
    let Some(peer) = sipp("prack_callee", &port, &[]) else { return };
    let (from, _) = endpoint().await;
    let request =
        InviteRequest { through: Some((format!("127.0.0.1:{port}"), Transport::Udp)), ..to_anna(&port) };
    let (leg, mut told) = from.invite(request).unwrap();
    let (status, sdp) = progress(&mut told).await;
    assert_eq!((status, String::from_utf8(sdp.unwrap()).unwrap().contains("40002")), (183, true));
    assert_eq!(progress(&mut told).await, (181, None));
    assert_eq!(progress(&mut told).await, (180, None));
    let LegEvent::Answered { sdp } = next("the answer", &mut told).await else { panic!("no answer") };
    assert_eq!(sdp, b"");
    leg.hang_up();
    content(peer).await;
}

#[tokio::test]
async fn a_foreign_caller_hears_the_ring_until_it_says_so() {
    let (endpoint, mut incoming) = endpoint().await;
    let address = endpoint.udp().unwrap().to_string();
    // It shall see repetitions, not take them for its transport's.
    let Some(peer) = sipp("prack_caller", &free_port(), &["-nr", "-s", "anna", &address]) else { return };
    let Ok(Some(Incoming::Call(mut call))) = timeout(LIMIT, incoming.recv()).await else { panic!("no call") };
    call.leg.ring();
    call.leg.progress(SDP.to_vec()).unwrap();
    assert!(matches!(next("the end", &mut call.events).await, LegEvent::Ended(Ended::Cancelled(_))));
    content(peer).await;
}

#[tokio::test]
async fn a_foreign_caller_is_answered_when_it_has_heard_what_came_before() {
    let (endpoint, mut incoming) = endpoint().await;
    let address = endpoint.udp().unwrap().to_string();
    let Some(peer) = sipp("sound_caller", &free_port(), &["-s", "anna", &address]) else { return };
    let Ok(Some(Incoming::Call(mut call))) = timeout(LIMIT, incoming.recv()).await else { panic!("no call") };
    call.leg.ring();
    call.leg.progress(SDP.to_vec()).unwrap();
    call.leg.answer(SDP.to_vec()).unwrap();
    assert!(matches!(next("the ACK", &mut call.events).await, LegEvent::Confirmed { .. }));
    assert!(matches!(next("the end", &mut call.events).await, LegEvent::Ended(Ended::HungUp)));
    content(peer).await;
}
