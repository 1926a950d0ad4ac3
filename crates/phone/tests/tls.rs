//! The phone at an exchange that is spoken to over TLS: whom it believes, and what goes over the one connection.
#![cfg(all(feature = "sip", feature = "rtp"))]
#![allow(clippy::unwrap_used, reason = "test code")]

mod common;

use common::front::{Authority, Front, NOW};
use common::{Desk, DeskOptions, Exchange, Party, within};
use phone::call::{CallState, PhoneCommand, Registration, RegistrationFault, TlsFault};
use phone::media::{Encryption, KEY, MasterKey, Secrecy};
use phone::sip::{DigestAlgorithm, Ended, Transport, Trust};
use tokio::net::TcpListener;

/// An exchange behind a front, and a phone that is registered with it.
async fn registered() -> (Exchange, Front, Desk) {
    let authority = Authority::new();
    let exchange = Exchange::start(Transport::Tls, DigestAlgorithm::Sha256).await;
    let front = Front::start(exchange.endpoint.tcp().unwrap(), authority.server("localhost", NOW)).await;
    let mut desk = at(&front, authority.trust());
    desk.registered().await;
    (exchange, front, desk)
}

fn at(front: &Front, trust: Trust) -> Desk {
    let options = DeskOptions { encryption: Encryption::Require, trust, ..DeskOptions::default() };
    Desk::start(format!("localhost:{}", front.address.port()), Transport::Tls, options)
}

fn party() -> Party {
    let mut party = Party::new();
    let keys = [MasterKey::new([7; KEY]), MasterKey::new([8; KEY])];
    party.local.secrecy = Secrecy::new(Encryption::Require, keys);
    party
}

async fn fault(desk: &mut Desk) -> TlsFault {
    let failed = |registration| match registration {
        Registration::Failed { reason: RegistrationFault::Insecure { fault }, retry_at: Some(_) } => {
            Some(fault)
        }
        _ => None,
    };
    let state = desk.until("the fault", |state| failed(state.registration).is_some()).await;
    failed(state.registration).unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn registration_and_encrypted_calls_in_both_directions_go_over_one_connection() {
    let (mut exchange, front, mut desk) = registered().await;
    let mut caller = exchange.call_to(party()).await;
    let call = desk.rings_as_new().await;
    desk.answer(call);
    caller.answered().await;
    caller.hears(true).await;
    desk.hears(true).await;
    desk.encrypted(call, true).await;
    desk.phone.command(PhoneCommand::HangUp { call });
    assert_eq!(caller.ended().await, Ended::HungUp);

    desk.phone.command(PhoneCommand::Dial { target: "0846500402".into() });
    let (mut callee, parts) = exchange.called_at(party()).await;
    let (sdp, _) = callee.answer_sdp(&parts.offer);
    callee.leg().answer(sdp).unwrap();
    let call = desk.active(CallState::InCall).await;
    callee.hears(true).await;
    desk.hears(true).await;
    desk.encrypted(call, true).await;
    callee.leg().hang_up();
    desk.ended(call).await;
    assert_eq!(front.came.borrow().len(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_exchange_that_is_not_believed_is_told_with_its_fault() {
    let authority = Authority::new();
    let exchange = Exchange::start(Transport::Tls, DigestAlgorithm::Md5).await;
    let behind = exchange.endpoint.tcp().unwrap();
    let ours = authority.trust();
    for (name, years, trust, wanted) in [
        ("localhost", (2020, 2021), ours.clone(), TlsFault::Expired),
        ("localhost", (3000, 3001), ours.clone(), TlsFault::NotYetValid),
        ("vaxel.example.se", NOW, ours.clone(), TlsFault::WrongName),
        ("localhost", NOW, Authority::new().trust(), TlsFault::UnknownIssuer),
        ("localhost", NOW, Trust::default(), TlsFault::UnknownIssuer),
        ("localhost", NOW, Trust::with_authorities("en fil"), TlsFault::NotACertificate),
    ] {
        let front = Front::start(behind, authority.server(name, years)).await;
        let mut desk = at(&front, trust);
        assert_eq!(fault(&mut desk).await, wanted);
        assert!(front.came.borrow().is_empty() && exchange.contact.borrow().is_none());
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_speaks_no_tls_has_refused_and_who_is_not_there_is_not_reached() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let closes = tokio::spawn(async move {
        let (stream, _) = listener.accept().await.unwrap();
        stream.readable().await.unwrap();
    });
    let options = DeskOptions::default();
    let mut desk = Desk::start(address.to_string(), Transport::Tls, options);
    assert_eq!(fault(&mut desk).await, TlsFault::Refused);
    within("the end of the connection", closes).await.unwrap();
    let gone = RegistrationFault::Unreachable;
    desk.until(
        "the failure",
        |s| matches!(s.registration, Registration::Failed { reason, .. } if reason == gone),
    )
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_fallen_connection_is_made_again_from_the_same_port_and_the_call_goes_on() {
    let (mut exchange, mut front, mut desk) = registered().await;
    let mut caller = exchange.call_to(party()).await;
    let call = desk.rings_as_new().await;
    desk.answer(call);
    caller.answered().await;
    desk.stands(call, CallState::InCall).await;
    caller.hears(true).await;

    let before = exchange.contact.borrow().clone();
    front.cut();
    desk.until("the word", |state| state.registration == Registration::Registering).await;
    desk.registered().await;
    let came = within("a new connection", front.came.wait_for(|came| came.len() == 2)).await.unwrap().clone();
    assert_eq!(came[0], came[1]);
    desk.stands(call, CallState::InCall).await;
    caller.hears(true).await;
    desk.hears(true).await;
    desk.phone.command(PhoneCommand::HangUp { call });
    assert_eq!(caller.ended().await, Ended::HungUp);

    // The exchange sees another port of the front's: the phone learns it, and says so.
    let moved = |contact: &Option<String>| contact.is_some() && *contact != before;
    within("the new contact", exchange.contact.wait_for(moved)).await.unwrap();
    let mut next = exchange.call_to(party()).await;
    let call = desk.rings_as_new().await;
    desk.answer(call);
    next.answered().await;
    next.hears(true).await;
}
