//! Two ends of a dialog on loopback, of which one may be sipp with a scenario of its own.
#![allow(dead_code, clippy::unwrap_used, clippy::panic, reason = "test code")]

#[path = "../../../../tests/src/excuse.rs"]
mod excuse;

use std::process::Stdio;
use std::time::Duration;

use phone::sip::{Endpoint, EndpointConfig, Incoming, InviteRequest, LegEvent};
use tokio::sync::mpsc::UnboundedReceiver;
use tokio::time::timeout;

/// Bounds a failure.
pub const LIMIT: Duration = Duration::from_secs(15);
pub const SDP: &[u8] =
    b"v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio 40000 RTP/AVP 8\r\n";

pub async fn endpoint() -> (Endpoint, UnboundedReceiver<Incoming>) {
    let udp = Some("127.0.0.1:0".parse().unwrap());
    Endpoint::bind(EndpointConfig { udp, tcp: None }).await.unwrap()
}

/// A call with an offer to whoever listens at that port of loopback.
pub fn to_anna(port: &str) -> InviteRequest {
    InviteRequest {
        to: format!("sip:anna@127.0.0.1:{port}"),
        from: "sip:0701740605@127.0.0.1".to_owned(),
        offer: SDP.to_vec(),
        ..InviteRequest::default()
    }
}

/// The clock goes on at once, then as it was.
pub async fn later(seconds: u64) {
    tokio::time::pause();
    tokio::time::advance(Duration::from_secs(seconds)).await;
    tokio::time::resume();
}

/// A foreign peer that checks each message as its scenario says; its exit tells whether all were as they should.
pub fn sipp(scenario: &str, port: &str, more: &[&str]) -> Option<tokio::process::Child> {
    let scenario = format!("{}/tests/scenarios/{scenario}.xml", std::env::var("CARGO_MANIFEST_DIR").unwrap());
    let mut command = tokio::process::Command::new("sipp");
    command.args(["-sf", &scenario, "-i", "127.0.0.1", "-p", port, "-nostdin", "-m", "1"]).args(more);
    command.current_dir(std::env::temp_dir()).kill_on_drop(true);
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    excuse::or_skip(command.spawn().ok(), "no sipp on this machine")
}

pub async fn content(mut peer: tokio::process::Child) {
    let exit = timeout(LIMIT, peer.wait()).await.unwrap().unwrap();
    assert!(exit.success(), "the peer found a message that is not as it should be");
}

pub fn free_port() -> String {
    std::net::UdpSocket::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port().to_string()
}

/// What happens next.
pub async fn next(what: &str, told: &mut UnboundedReceiver<LegEvent>) -> LegEvent {
    match timeout(LIMIT, told.recv()).await {
        Ok(event) => event.unwrap(),
        Err(_) => panic!("{what} did not happen"),
    }
}
