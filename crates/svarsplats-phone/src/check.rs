//! The self-test: what a person would look at before the shift, or send to support. Nothing secret is in its result.

use std::error::Error;
use std::net::{IpAddr, Ipv4Addr, TcpListener, UdpSocket};
use std::time::Duration;

use phone::audio::{DeviceBoard, DeviceConfig, devices};
use phone::call::{PhoneCommand, Registration};
use phone::media::{Codec, Flow, LocalMedia, RemoteMedia, SILENCE, SdpError, Secrecy};
use phone::rtp::{RtpConfig, Session, SoundBoard};
use phone::softphone::Sound;
use serde_json::{Map, Value, json};
use tokio::time::{Instant, interval, sleep, timeout};

use crate::arguments::{Options, Way};
use crate::echo::{Echoed, Probe, parrot};
use crate::report::{stands, tenths};
use crate::run;

/// How long the exchange may take to answer, or a call to be taken.
const PATIENCE: Duration = Duration::from_secs(12);
/// How long is listened for the echo, unless told otherwise.
const ECHO: Duration = Duration::from_secs(5);
/// A microphone that is this quiet, dB below full scale, gives nothing at all: it is off, or of a stand-in.
const NOTHING_DB: f64 = -90.0;

/// One part of the test.
struct Finding {
    name: &'static str,
    /// `None`: not tried.
    ok: Option<bool>,
    value: Value,
    text: String,
}

impl Finding {
    fn new(name: &'static str, ok: bool, value: Value, text: impl Into<String>) -> Self {
        Self { name, ok: Some(ok), value, text: text.into() }
    }

    fn untried(name: &'static str, why: &str) -> Self {
        Self { name, ok: None, value: Value::Null, text: why.to_owned() }
    }
}

/// Whether all that was tried works.
pub async fn check(options: &Options, echo: Option<&str>) -> Result<bool, Box<dyn Error>> {
    let mut findings = vec![seen(), microphone(options).await, ports(options), loopback().await];
    findings.extend(exchange(options, echo).await?);
    let fine = findings.iter().all(|finding| finding.ok != Some(false));
    print(&findings, fine, options.json);
    Ok(fine)
}

fn print(findings: &[Finding], fine: bool, json: bool) {
    let mut parts = Map::new();
    for finding in findings {
        let word = match finding.ok {
            Some(true) => "works",
            Some(false) => "FAILS",
            None => "not tried",
        };
        if !json {
            println!("{:<13} {word:<10} {}", finding.name, finding.text);
        }
        let part = json!({ "ok": finding.ok, "found": finding.value, "text": finding.text });
        parts.insert(finding.name.to_owned(), part);
    }
    parts.insert("ok".into(), fine.into());
    parts.insert("version".into(), env!("CARGO_PKG_VERSION").into());
    parts.insert("system".into(), format!("{} {}", std::env::consts::OS, std::env::consts::ARCH).into());
    println!("{}", json!({ "check": parts }));
}

fn seen() -> Finding {
    let list = devices();
    let text = format!("{} to talk into, {} to listen to", list.inputs.len(), list.outputs.len());
    let fine = !list.inputs.is_empty() && !list.outputs.is_empty();
    Finding::new("devices", fine, json!(list), text)
}

/// Opens the devices as a call does and listens for a second.
async fn microphone(options: &Options) -> Finding {
    let config = match &options.way {
        Way::Devices(config) => config.clone(),
        Way::Files { .. } => DeviceConfig::default(),
    };
    let begun = Instant::now();
    let mut board = DeviceBoard::new(config);
    let mut ends = match board.open() {
        Ok(ends) => ends,
        Err(fault) => return Finding::new("sound", false, Value::Null, fault.to_string()),
    };
    let opened = tenths(begun.elapsed().as_secs_f64() * 1_000.0);
    let (mut frame, mut peak) = (SILENCE, 0);
    let mut tick = interval(Duration::from_millis(20));
    for _ in 0..50 {
        tick.tick().await;
        ends.source.fill(&mut frame);
        peak = frame.iter().map(|sample| sample.unsigned_abs()).fold(peak, u16::max);
    }
    drop(ends);
    board.close();
    let level = tenths(20.0 * (f64::from(peak.max(1)) / f64::from(i16::MAX)).log10());
    let heard = if level < NOTHING_DB {
        "the microphone gives nothing".to_owned()
    } else {
        format!("peak {level} dB")
    };
    let text = format!("opened in {opened} ms; {heard}");
    Finding::new("sound", true, json!({ "opened_ms": opened, "peak_db": level }), text)
}

/// Whether the ports that a call takes can be had.
fn ports(options: &Options) -> Finding {
    let any = Ipv4Addr::UNSPECIFIED;
    let udp = UdpSocket::bind((any, 0)).is_ok();
    let tcp = TcpListener::bind((any, 0)).is_ok();
    let (first, last) = options.ports;
    let free = (first..=last).filter(|port| UdpSocket::bind((any, *port)).is_ok()).count();
    let text = match (udp && tcp, free) {
        (false, _) => "no port for signalling".to_owned(),
        (true, 0) => "no port for sound".to_owned(),
        (true, _) if last == 0 => "any port".to_owned(),
        (true, free) => format!("{free} of {} ports for sound are free", last - first + 1),
    };
    Finding::new("ports", udp && tcp && free > 0, json!({ "udp": udp, "tcp": tcp, "free": free }), text)
}

/// A call of the engine with itself, without the exchange: what the phone alone adds.
async fn loopback() -> Finding {
    let probe = Probe::default();
    match talk_with_oneself(&probe).await {
        Ok(()) => echo_finding("loopback", probe.echoed()),
        Err(fault) => Finding::new("loopback", false, Value::Null, fault.to_string()),
    }
}

async fn talk_with_oneself(probe: &Probe) -> Result<(), Box<dyn Error>> {
    let here = IpAddr::V4(Ipv4Addr::LOCALHOST);
    let ours = Session::open(RtpConfig::new(here), probe.ends(), |_| {})?;
    let theirs = Session::open(RtpConfig::new(here), parrot(), |_| {})?;
    let media = |session: &Session| LocalMedia {
        address: here,
        port: session.local_addr().port(),
        session: 1,
        version: 1,
        codecs: Codec::PREFERRED.to_vec(),
        flow: Flow::SendRecv,
        secrecy: Secrecy::default(),
    };
    let meet = || -> Result<_, SdpError> {
        let (calls, takes) = (media(&ours), media(&theirs));
        let (answer, taken) = takes.answer(&RemoteMedia::parse(&calls.offer())?)?;
        Ok((calls.agree(&RemoteMedia::parse(&answer)?)?, taken))
    };
    let (called, taken) = meet()?;
    for (session, agreed) in [(&ours, called), (&theirs, taken)] {
        session.agree(agreed);
        session.gate(true, true);
    }
    sleep(Duration::from_secs(3)).await;
    Ok(())
}

fn echo_finding(name: &'static str, echoed: Echoed) -> Finding {
    let delay = echoed.delay_ms.map(tenths);
    let value = json!({ "said": echoed.said, "heard": echoed.heard, "delay_ms": delay });
    let text = match delay {
        Some(delay) => format!("{} of {} strokes came back, after {delay} ms", echoed.heard, echoed.said),
        None => "nothing came back".to_owned(),
    };
    Finding::new(name, delay.is_some(), value, text)
}

/// Registration, and the echo of a call to `target`.
async fn exchange(options: &Options, target: Option<&str>) -> Result<Vec<Finding>, Box<dyn Error>> {
    if options.server.is_none() || options.user.is_none() {
        let why = "no --server and --user";
        return Ok(vec![Finding::untried("registration", why), Finding::untried("echo", why)]);
    }
    let probe = Probe::default();
    let board = probe.clone();
    let begun = Instant::now();
    let phone = run::start(options, Sound::Custom(Box::new(move || Box::new(board))))?;
    let mut state = phone.state();
    let registration =
        timeout(PATIENCE, run::registered(&mut state)).await.unwrap_or(Registration::Registering);
    let took = tenths(begun.elapsed().as_secs_f64() * 1_000.0);
    let fine = registration == Registration::Registered;
    let text = if fine { format!("in {took} ms") } else { stands(registration) };
    let mut findings =
        vec![Finding::new("registration", fine, json!({ "ms": took, "stands": registration }), text)];
    findings.push(match target {
        Some(target) if fine => {
            phone.command(PhoneCommand::Dial { target: target.to_owned() });
            let answered = timeout(
                PATIENCE,
                state.wait_for(|state| {
                    state.calls.iter().any(|call| call.answered.is_some() || call.state.is_ended())
                }),
            )
            .await;
            if answered.is_ok() {
                sleep(options.seconds.map_or(ECHO, Duration::from_secs)).await;
            }
            echo_finding("echo", probe.echoed())
        }
        Some(_) => Finding::untried("echo", "not registered"),
        None => Finding::untried("echo", "no --echo"),
    });
    Ok(findings)
}
