//! What a call and the phone do while the session or the service goes away (rules: nobody is hung up on).

#![allow(clippy::unwrap_used, clippy::panic, reason = "shared by the tests of this file")]

mod common;

use common::{Keyring, Kontaktcenter, SOON, ask, command_id, exchange, launch, sign_in, solved, until};
use contract::agents::SetAgentState;
use contract::desk::{Connection, Phase};
use contract::phone::{CallState, OnCall, PhoneView, Registration};
use contract::{
    AgentSet, CaseRegister, Code, DeskState, Event, Nothing, PhoneAnswer, PhoneHangUp, PhoneState, SignOut,
};
use desk::Desk;
use std::sync::Arc;
use std::time::Duration;

/// Waits, by events, until the phone stands so.
async fn until_phone(desk: &Desk, what: &str, stands: impl Fn(&PhoneView) -> bool) -> PhoneView {
    let mut events = desk.events();
    let mut last = PhoneView::default();
    let waited = tokio::time::timeout(SOON, async {
        loop {
            last = ask::<PhoneState>(desk, None, &Nothing {}).await.unwrap();
            if stands(&last) {
                return;
            }
            let _ = events.recv().await;
        }
    });
    let came = waited.await.is_ok();
    assert!(came, "not within the bound: {what}, but {last:?}");
    last
}

async fn in_call(desk: &Desk) -> u64 {
    until_phone(desk, "registered", |p| p.registration == Registration::Registered).await;
    ask::<AgentSet>(desk, Some(command_id()), &SetAgentState::Ready).await.unwrap();
    let ringing = |p: &PhoneView| p.calls.iter().any(|c| c.state == CallState::Ringing);
    let call = until_phone(desk, "a call", ringing).await.calls.last().unwrap().number;
    ask::<PhoneAnswer>(desk, Some(command_id()), &OnCall { call }).await.unwrap();
    until_phone(desk, "in call", |p| p.calls.iter().any(|c| c.state == CallState::InCall)).await;
    call
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_that_ends_in_a_call_waits_for_its_end_at_the_door() {
    let (service, data) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let exchange = exchange().await;
    let kontaktcenter = Kontaktcenter::with(service.path(), None, Some(exchange.clone())).await;
    let desk = launch(data.path(), &Arc::new(Keyring::default()), kontaktcenter.address);
    sign_in(&desk, &kontaktcenter, "agent").await;
    let call = in_call(&desk).await;
    let refused = ask::<SignOut>(&desk, Some(command_id()), &Nothing {}).await.unwrap_err();
    assert_eq!(refused.code, Code::WrongState);

    kontaktcenter.service.revoke_sessions("agent").await.unwrap();
    let view = until(&desk, "told", |view| view.connection == Connection::SessionEnded).await;
    assert_eq!(view.phase, Phase::Ready, "the work goes on");
    assert!(desk.in_call());
    let asked = ask::<DeskState>(&desk, None, &Nothing {});
    let asked = tokio::time::timeout(Duration::from_secs(1), asked).await;
    asked.unwrap_or_else(|_| panic!("everything stands still meanwhile")).unwrap();
    assert!(ask::<CaseRegister>(&desk, Some(command_id()), &solved(1)).await.unwrap().queued);

    let mut events = desk.events();
    ask::<PhoneHangUp>(&desk, Some(command_id()), &OnCall { call }).await.unwrap();
    until(&desk, "the door", |view| matches!(view.phase, Phase::SignIn { .. })).await;
    let mut ended = false;
    while let Ok(event) = events.try_recv() {
        if let Event::PhoneChanged(phone) = event {
            ended |= phone.calls.iter().any(|c| matches!(c.state, CallState::Ended { .. }));
        }
    }
    assert!(ended, "by the agent, not by the desk");
    sign_in(&desk, &kontaktcenter, "agent").await;
    until(&desk, "sent", |view| view.unsent == 0).await;
    assert_eq!(common::mine(&desk).await, 1);
    desk.stop().await;
    exchange.stop().await;
    kontaktcenter.service.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn without_the_service_the_phone_is_there_all_the_same() {
    let (service, data) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let exchange = exchange().await;
    let kontaktcenter = Kontaktcenter::with(service.path(), None, Some(exchange.clone())).await;
    let keyring = Arc::new(Keyring::default());
    let desk = launch(data.path(), &keyring, kontaktcenter.address);
    sign_in(&desk, &kontaktcenter, "agent").await;
    until_phone(&desk, "registered", |p| p.registration == Registration::Registered).await;
    desk.stop().await;
    kontaktcenter.service.stop().await.unwrap();

    let desk = launch(data.path(), &keyring, kontaktcenter.address);
    let view = until(&desk, "offline", |v| matches!(v.connection, Connection::Offline { .. })).await;
    assert_eq!(view.phase, Phase::Ready);
    until_phone(&desk, "registered", |p| p.registration == Registration::Registered).await;
    desk.stop().await;
    exchange.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_account_that_is_corrected_in_a_call_is_taken_when_the_call_ends() {
    let (service, data) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let (first, second) = (exchange().await, exchange().await);
    let kontaktcenter = Kontaktcenter::with(service.path(), None, Some(first.clone())).await;
    let address = kontaktcenter.address;
    let desk = launch(data.path(), &Arc::new(Keyring::default()), address);
    sign_in(&desk, &kontaktcenter, "agent").await;
    let call = in_call(&desk).await;

    // The service comes back with an account at another exchange, while the call goes on at the first.
    kontaktcenter.service.stop().await.unwrap();
    until(&desk, "offline", |v| matches!(v.connection, Connection::Offline { .. })).await;
    let kontaktcenter = Kontaktcenter::with(service.path(), Some(address), Some(second.clone())).await;
    until(&desk, "connected", |v| v.connection == Connection::Connected).await;
    let talks = |p: &PhoneView| p.calls.iter().any(|c| c.number == call && c.state == CallState::InCall);
    assert!(talks(&ask::<PhoneState>(&desk, None, &Nothing {}).await.unwrap()), "nobody is hung up on");

    ask::<PhoneHangUp>(&desk, Some(command_id()), &OnCall { call }).await.unwrap();
    until_phone(&desk, "the end", |p| !talks(p)).await;
    // From here a resident can come by the second exchange alone.
    first.stop().await;
    in_call(&desk).await;
    desk.stop().await;
    second.stop().await;
    kontaktcenter.service.stop().await.unwrap();
}
