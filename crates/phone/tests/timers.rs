//! Session timers (RFC 4028) between two endpoints on loopback, on a clock that nobody waits for.
#![cfg(feature = "sip")]
#![allow(clippy::unwrap_used, clippy::panic, reason = "test code")]

mod dialog;

use std::time::Duration;

use dialog::{LIMIT, SDP, content, endpoint, free_port, later, next, sipp, to_anna};
use phone::sip::{Ended, Endpoint, Incoming, IncomingCall, InviteRequest, Leg, LegEvent, Transport};
use tokio::sync::mpsc::UnboundedReceiver;
use tokio::time::timeout;

struct Call {
    _caller: Leg,
    told: UnboundedReceiver<LegEvent>,
    callee: IncomingCall,
    /// Of the one who is called.
    endpoint: Endpoint,
    _endpoint: Endpoint,
}

/// A call that is offered with these headers.
async fn offered(headers: &[(&str, &str)], timed: bool) -> (Call, Vec<(String, String)>) {
    let ((endpoint, mut incoming), (from, _)) = (endpoint().await, endpoint().await);
    let headers = headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
    let request = InviteRequest {
        to: endpoint.contact("anna", Transport::Udp).unwrap(),
        from: "sip:0701740605@127.0.0.1".to_owned(),
        offer: SDP.to_vec(),
        headers: headers.collect(),
        timed,
        ..InviteRequest::default()
    };
    let (caller, told) = from.invite(request).unwrap();
    let Some(Incoming::Call(callee)) = incoming.recv().await else { panic!("no call") };
    let asked = callee.headers.clone();
    (Call { _caller: caller, told, callee, endpoint, _endpoint: from }, asked)
}

async fn answered(headers: &[(&str, &str)], timed: bool) -> Call {
    let (mut call, _) = offered(headers, timed).await;
    call.callee.leg.answer(SDP.to_vec()).unwrap();
    loop {
        match call.told.recv().await.unwrap() {
            LegEvent::Answered { .. } => return call,
            LegEvent::Progress { .. } => {}
            other => panic!("not answered: {other:?}"),
        }
    }
}

async fn ended(told: &mut UnboundedReceiver<LegEvent>) -> Ended {
    loop {
        if let LegEvent::Ended(ended) = told.recv().await.unwrap() {
            return ended;
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_call_of_ours_offers_a_timer() {
    let (_call, headers) = offered(&[], true).await;
    let told = |name: &str, value: &str| {
        headers.iter().any(|(n, v)| n.eq_ignore_ascii_case(name) && v.contains(value))
    };
    assert!(
        told("session-expires", "1800") && told("supported", "timer") && told("min-se", "90"),
        "{headers:?}"
    );
}

#[tokio::test(start_paused = true)]
async fn a_call_whose_other_end_vanished_is_over_within_the_interval() {
    for refresher in ["uas", "uac"] {
        let value = format!("90;refresher={refresher}");
        let mut call = answered(&[("Supported", "timer"), ("Session-Expires", &value)], false).await;
        call.endpoint.close();
        let over = timeout(Duration::from_secs(95), ended(&mut call.told)).await;
        assert_eq!(over.ok(), Some(Ended::Expired), "{refresher}");
    }
}

#[tokio::test(start_paused = true)]
async fn an_interval_that_is_too_short_is_refused() {
    let ((endpoint, _incoming), (from, _)) = (endpoint().await, endpoint().await);
    let headers = [("Supported", "timer"), ("Session-Expires", "30")];
    let request = InviteRequest {
        to: endpoint.contact("anna", Transport::Udp).unwrap(),
        from: "sip:0701740605@127.0.0.1".to_owned(),
        offer: SDP.to_vec(),
        headers: headers.map(|(name, value)| (name.to_owned(), value.to_owned())).to_vec(),
        ..InviteRequest::default()
    };
    let (_leg, mut told) = from.invite(request).unwrap();
    assert_eq!(ended(&mut told).await, Ended::Refused(422));
}

#[tokio::test]
async fn a_foreign_callee_gets_the_interval_it_wants_and_its_silence_ends_the_call() {
    let port = free_port();
    let Some(peer) = sipp("session_timers", &port, &[]) else { return };
    let (from, _) = endpoint().await;
    let request = InviteRequest { timed: true, ..to_anna(&port) };
    let (_leg, mut told) = from.invite(request).unwrap();
    assert!(matches!(next("the answer", &mut told).await, LegEvent::Answered { .. }));
    later(60).await;
    assert!(matches!(next("the refresh", &mut told).await, LegEvent::Refreshed { .. }));
    later(60).await;
    later(28).await;
    assert!(matches!(next("the end", &mut told).await, LegEvent::Ended(Ended::Expired)));
    content(peer).await;
}

#[tokio::test]
async fn a_foreign_caller_is_told_that_we_are_there_and_its_refresh_changes_nothing() {
    let (endpoint, mut incoming) = endpoint().await;
    let address = endpoint.udp().unwrap().to_string();
    let Some(peer) = sipp("session_refreshes", &free_port(), &["-s", "anna", &address]) else { return };
    let Ok(Some(Incoming::Call(mut call))) = timeout(LIMIT, incoming.recv()).await else { panic!("no call") };
    call.leg.answer(SDP.to_vec()).unwrap();
    assert!(matches!(next("the ACK", &mut call.events).await, LegEvent::Confirmed { .. }));
    later(45).await;
    let LegEvent::Reoffered(offer) = next("their refresh", &mut call.events).await else {
        panic!("another event")
    };
    let said = offer.said();
    offer.accept(said);
    assert!(matches!(next("the end", &mut call.events).await, LegEvent::Ended(Ended::HungUp)));
    content(peer).await;
}
