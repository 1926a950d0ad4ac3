//! An exchange that is known by its domain: its servers are asked for, and tried one after the other (RFC 3263). A real
//! dnsmasq answers; skipped, and said so, where there is none.
#![cfg(all(feature = "sip", feature = "rtp"))]
#![allow(clippy::unwrap_used, clippy::panic, reason = "test code")]

mod common;
#[path = "../../../tests/src/excuse.rs"]
mod excuse;

use std::io::{BufRead, BufReader};
use std::net::{SocketAddr, UdpSocket};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use common::{Desk, DeskOptions, Exchange, within};
use phone::call::CallState;
use phone::sip::{DigestAlgorithm, Endpoint, EndpointConfig, Incoming, Transport};

/// Knows one domain, `vaxel.test`.
struct Names(Child, SocketAddr);

impl Names {
    /// Whose servers are at these ports, best first.
    fn start(ports: &[u16]) -> Option<Self> {
        let free = UdpSocket::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
        let mut command = Command::new("dnsmasq");
        command.args([
            "--keep-in-foreground",
            "--conf-file=/dev/null",
            "--no-resolv",
            "--no-hosts",
            "--pid-file",
        ]);
        command.args(["--user=", "--listen-address=127.0.0.1", "--bind-interfaces", "--log-facility=-"]);
        command.arg(format!("--port={}", free.port())).arg("--local=/test/");
        command.arg("--naptr-record=vaxel.test,10,10,s,SIP+D2U,,_sip._udp.here.test");
        for (at, port) in ports.iter().enumerate() {
            command.arg(format!("--srv-host=_sip._udp.here.test,server{at}.test,{port},{at},1"));
            command.arg(format!("--host-record=server{at}.test,127.0.0.1"));
        }
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped());
        let mut child = excuse::or_skip(command.spawn().ok(), "no dnsmasq on this machine")?;
        let mut said = BufReader::new(child.stderr.take().unwrap()).lines();
        let names = Self(child, free);
        assert!(said.any(|line| line.unwrap().contains("started")), "dnsmasq did not start");
        // It shall not stumble over a reader that has gone.
        std::thread::spawn(move || said.for_each(drop));
        Some(names)
    }
}

impl Drop for Names {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn options(names: &Names) -> DeskOptions {
    DeskOptions { resolver: Some(names.1), ..DeskOptions::default() }
}

fn port(exchange: &Exchange) -> u16 {
    exchange.endpoint.udp().unwrap().port()
}

fn desk(options: DeskOptions) -> Desk {
    Desk::start("vaxel.test".into(), Transport::Udp, options)
}

/// Answers each REGISTER with 503.
async fn busy() -> Endpoint {
    let udp = Some("127.0.0.1:0".parse().unwrap());
    let (endpoint, mut incoming) = Endpoint::bind(EndpointConfig { udp, tcp: None }).await.unwrap();
    tokio::spawn(async move {
        while let Some(next) = incoming.recv().await {
            if let Incoming::Register(request) = next {
                request.reject(503).await;
            }
        }
    });
    endpoint
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_desk_registers_with_the_first_server_that_has_time_and_calls_through_it() {
    let busy = busy().await;
    let mut exchange = Exchange::start(Transport::Udp, DigestAlgorithm::Md5).await;
    let Some(names) = Names::start(&[busy.udp().unwrap().port(), port(&exchange)]) else { return };
    let mut desk = desk(options(&names));
    desk.registered().await;
    let target = "0701740612".parse().unwrap();
    desk.phone.command(phone::call::PhoneCommand::Dial { target });
    let (mut callee, parts) = exchange.called().await;
    let (sdp, _) = callee.answer_sdp(&parts.offer);
    callee.leg().answer(sdp).unwrap();
    desk.active(CallState::InCall).await;
    desk.hears(true).await;
    callee.hears(true).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_desk_goes_back_to_the_first_server_when_that_answers_again() {
    let place = UdpSocket::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let second = Exchange::start(Transport::Udp, DigestAlgorithm::Md5).await;
    let Some(names) = Names::start(&[place.port(), port(&second)]) else { return };
    let now = Arc::new(AtomicU64::new(1_700_000_000_000));
    let clock = {
        let now = now.clone();
        Arc::new(move || now.load(Ordering::Relaxed))
    };
    let mut desk = desk(DeskOptions { clock: Some(clock), ..options(&names) });
    desk.registered().await;
    let mut left = second.contact.clone();
    within("the registration", left.wait_for(Option::is_some)).await.unwrap();
    let mut first = Exchange::at(place).await;
    now.fetch_add(400_000, Ordering::Relaxed);
    within("the way back", first.contact.wait_for(Option::is_some)).await.unwrap();
    within("the leave", left.wait_for(Option::is_none)).await.unwrap();
    let mut caller = first.call().await;
    let call = desk.rings_as_new().await;
    desk.answer(call);
    caller.answered().await;
    caller.hears(true).await;
}
