//! Calls to and from an independent peer: sipp with its own scenarios. Skipped, and said so, where it is
//! not installed.
#![cfg(all(feature = "sip", feature = "rtp"))]
#![allow(clippy::unwrap_used, reason = "test code")]

mod common;
#[path = "../../../tests/src/excuse.rs"]
mod excuse;

use std::net::UdpSocket;
use std::process::{Child, Command, Stdio};

use common::{Desk, DeskOptions, EXCHANGE_HZ, Exchange, Party, within};
use phone::call::{CallState, EndCause, Side};
use phone::media::Encryption;
use phone::sip::{DigestAlgorithm, Ended, InviteRequest, Transport};

struct Peer(Child);

impl Drop for Peer {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn free_port() -> String {
    UdpSocket::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port().to_string()
}

fn sipp(arguments: &[&str]) -> Option<Peer> {
    let mut command = Command::new("sipp");
    command.args(["-i", "127.0.0.1", "-mi", "127.0.0.1", "-nostdin", "-m", "1"]).args(arguments);
    command.current_dir(std::env::temp_dir());
    let started = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn();
    excuse::or_skip(started.ok().map(Peer), "no sipp on this machine")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_foreign_callee_answers_and_sends_our_sound_back() {
    let (port, media) = (free_port(), free_port());
    let Some(_peer) = sipp(&["-sn", "uas", "-p", &port, "-mp", &media, "-rtp_echo"]) else { return };
    let exchange = Exchange::start(Transport::Udp, DigestAlgorithm::Md5).await;
    let mut caller = Party::listening_for(EXCHANGE_HZ);
    let (leg, events) = exchange
        .endpoint
        .invite(InviteRequest {
            to: format!("sip:echo@127.0.0.1:{port}"),
            from: format!("sip:0701740605@{}", exchange.server()),
            offer: caller.local.offer(),
            ..InviteRequest::default()
        })
        .unwrap();
    (caller.leg, caller.events) = (Some(leg), Some(events));
    caller.answered().await;
    caller.hears(true).await;
    within("the end", caller.leg().hung_up()).await;
    assert_eq!(caller.ended().await, Ended::Here);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_foreign_caller_rings_is_answered_and_hangs_up() {
    let mut exchange = Exchange::start(Transport::Udp, DigestAlgorithm::Md5).await;
    let mut desk = Desk::start(exchange.server(), Transport::Udp, DeskOptions::default());
    desk.registered().await;
    let contact = within("the binding", exchange.contact.wait_for(Option::is_some)).await;
    let address = contact.unwrap().clone().unwrap();
    let address = address.rsplit('@').next().unwrap().to_owned();
    let port = free_port();
    let Some(_peer) = sipp(&["-sn", "uac", "-s", "anna", "-p", &port, "-d", "200", &address]) else { return };
    let call = desk.active(CallState::Ringing).await;
    desk.answer(call);
    desk.active(CallState::InCall).await;
    assert_eq!(desk.ended(call).await, EndCause::HungUp { by: Side::There });
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_foreign_caller_holds_by_update_and_is_refused_what_nobody_speaks() {
    let exchange = Exchange::start(Transport::Udp, DigestAlgorithm::Md5).await;
    let options = DeskOptions { encryption: Encryption::Off, ..DeskOptions::default() };
    let mut desk = Desk::start(exchange.server(), Transport::Udp, options);
    desk.registered().await;
    let mut contact = exchange.contact.clone();
    let address = within("the binding", contact.wait_for(Option::is_some)).await.unwrap().clone().unwrap();
    let address = address.rsplit('@').next().unwrap().to_owned();
    let scenario =
        format!("{}/tests/scenarios/update_hold.xml", std::env::var("CARGO_MANIFEST_DIR").unwrap());
    let Some(mut peer) = sipp(&["-sf", &scenario, "-s", "anna", "-p", &free_port(), &address]) else {
        return;
    };
    let call = desk.active(CallState::Ringing).await;
    desk.answer(call);
    desk.until("the hold", |state| state.call(call).is_some_and(|call| call.hold.there)).await;
    assert_eq!(desk.ended(call).await, EndCause::HungUp { by: Side::There });
    // It checks what it was told.
    assert!(peer.0.wait().unwrap().success());
}
