//! The program as a person at a terminal has it, at a small exchange on loopback.
#![allow(clippy::unwrap_used, clippy::panic, reason = "test code")]

use std::process::{Output, Stdio};
use std::time::Duration;

use phone::media::{Codec, Flow, Frame, LocalMedia, RemoteMedia, Tone, ToneMeter, Wav};
use phone::rtp::{Ends, FrameSource, MeterSink, RtpConfig, Session};
use phone::sip::{
    DigestAlgorithm, Endpoint, EndpointConfig, Incoming, InviteRequest, LegEvent, Password, Verdict,
};
use serde_json::Value;
use tokio::process::Command;
use tokio::sync::{mpsc::UnboundedReceiver, watch};
use tokio::time::timeout;

const LIMIT: Duration = Duration::from_secs(20);
const PASSWORD: &str = "hemligt-7391";

async fn exchange() -> (Endpoint, UnboundedReceiver<Incoming>) {
    let any = Some("127.0.0.1:0".parse().unwrap());
    Endpoint::bind(EndpointConfig { udp: any, tcp: None }).await.unwrap()
}

/// Answers registrations until one is right; gives where that phone is reached.
async fn registered(incoming: &mut UnboundedReceiver<Incoming>) -> String {
    loop {
        let Some(Incoming::Register(request)) = timeout(LIMIT, incoming.recv()).await.unwrap() else {
            continue;
        };
        match request.verify("n", &Password::new(PASSWORD)) {
            Verdict::Right => {
                let contact = request.contact().unwrap();
                request.accept(60).await;
                return contact;
            }
            Verdict::Missing => request.challenge("bench", "n", DigestAlgorithm::Md5).await,
            Verdict::Wrong => request.reject(403).await,
        }
    }
}

fn program(server: &Endpoint, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_svarsplats-phone"));
    command
        .args(["--server", &server.udp().unwrap().to_string(), "--user", "anna", "--json"])
        .args(arguments);
    command.env("SVARSPLATS_PHONE_PASSWORD", PASSWORD).env_remove("PULSE_SERVER");
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).kill_on_drop(true);
    command
}

/// What a command says to its end, beside an exchange that takes registrations.
async fn served(command: &mut Command, incoming: &mut UnboundedReceiver<Incoming>) -> Output {
    let serve = async {
        loop {
            registered(incoming).await;
        }
    };
    tokio::select! {
        output = timeout(LIMIT, command.spawn().unwrap().wait_with_output()) => output.unwrap().unwrap(),
        () = serve => panic!("the exchange ended"),
    }
}

/// A tone, and how many frames of it have been sent.
struct Counted(Tone, watch::Sender<u32>);

impl FrameSource for Counted {
    fn fill(&mut self, frame: &mut Frame) {
        *frame = self.0.frame();
        self.1.send_modify(|sent| *sent += 1);
    }
}

/// The line of JSON of that kind.
fn told(output: &Output, kind: &str) -> Value {
    let text = String::from_utf8_lossy(&output.stdout);
    let lines = text.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
    lines
        .filter_map(|line| line.get(kind).cloned())
        .next_back()
        .unwrap_or_else(|| panic!("no {kind} in {text}"))
}

#[tokio::test]
async fn it_answers_says_a_file_writes_what_it_hears_and_tells_how_it_was() {
    let folder = tempfile::tempdir().unwrap();
    let (say, hear) = (folder.path().join("say.wav"), folder.path().join("hear.wav"));
    let mut tone = Tone::pair(440.0, 0.0, 0.5, 16_000.0);
    let samples = (0..16_000).map(|_| tone.sample()).collect();
    std::fs::write(&say, Wav { rate: 16_000, samples }.to_bytes()).unwrap();

    let (endpoint, mut incoming) = exchange().await;
    let files = ["--say", say.to_str().unwrap(), "--hear", hear.to_str().unwrap()];
    let phone = program(&endpoint, &["answer", "--auto", "--calls", "1"]).args(files).spawn().unwrap();
    let contact = registered(&mut incoming).await;

    let (tell, mut hears) = watch::channel(0.0);
    let sink = MeterSink::new(440.0, move |share| {
        tell.send_replace(share);
    });
    let (count, mut sent) = watch::channel(0);
    let ends = Ends { source: Box::new(Counted(Tone::new(1_000.0, 0.5), count)), sink: Box::new(sink) };
    let address = "127.0.0.1".parse().unwrap();
    let media = Session::open(RtpConfig::new(address), ends, |_| ()).unwrap();
    media.gate(true, true);
    let local = LocalMedia {
        address,
        port: media.local_addr().port(),
        session: 1,
        version: 1,
        codecs: vec![Codec::Pcma],
        flow: Flow::SendRecv,
        secrecy: phone::media::Secrecy::default(),
    };
    let from = format!("sip:0701740605@{}", endpoint.udp().unwrap());
    let request = InviteRequest { to: contact, from, offer: local.offer(), ..InviteRequest::default() };
    let (leg, mut events) = endpoint.invite(request).unwrap();
    loop {
        match timeout(LIMIT, events.recv()).await.unwrap().unwrap() {
            LegEvent::Answered { sdp } => {
                break media.agree(local.agree(&RemoteMedia::parse(&sdp).unwrap()).unwrap());
            }
            LegEvent::Ended(ended) => panic!("{ended:?}"),
            _ => {}
        }
    }
    timeout(LIMIT, hears.wait_for(|share| *share > 0.9)).await.unwrap().unwrap();
    // The other way has had two seconds since: the last third of what was heard lies in them.
    let before = *sent.borrow();
    timeout(LIMIT, sent.wait_for(|sent| *sent >= before + 100)).await.unwrap().unwrap();
    leg.hang_up();
    let serve = async { while incoming.recv().await.is_some() {} };
    let output = tokio::select! {
        output = timeout(LIMIT, phone.wait_with_output()) => output.unwrap().unwrap(),
        () = serve => panic!("the exchange ended"),
    };

    assert!(output.status.success(), "{output:?}");
    let call = told(&output, "call");
    assert_eq!(call.pointer("/sound/codec").unwrap(), "PCMA");
    assert_eq!(call.pointer("/end/cause/by").unwrap(), "there");
    assert!(call.pointer("/sound/received").unwrap().as_u64().unwrap() > 5, "{call}");
    let heard = Wav::parse(&std::fs::read(&hear).unwrap()).unwrap();
    let mut meter = ToneMeter::new(1_000.0);
    meter.hear(&heard.samples[heard.samples.len() * 2 / 3..]);
    assert!(meter.share() > 0.8, "{}", meter.share());
    let all = format!("{output:?}");
    assert!(!all.contains(PASSWORD) && !all.contains("0701740605"), "neither secret nor number is told");
}

#[tokio::test]
async fn the_self_test_says_what_works_and_ends_badly_when_something_does_not() {
    let (endpoint, mut incoming) = exchange().await;
    let output = served(program(&endpoint, &["check"]).env("HOME", "/nonexistent"), &mut incoming).await;
    let check = told(&output, "check");
    for part in ["ports", "loopback", "registration"] {
        assert_eq!(check.pointer(&format!("/{part}/ok")).unwrap(), true, "{check}");
    }
    let delay = check.pointer("/loopback/found/delay_ms").unwrap().as_f64().unwrap();
    assert!(delay < 400.0, "{delay}");
    assert_eq!(check.get("ok").unwrap().as_bool().unwrap(), output.status.success());
    assert!(!format!("{output:?}").contains(PASSWORD));
}

/// ALSA's `null` takes and gives samples as fast as one asks: what opens, plays and listens is cpal.
#[cfg(target_os = "linux")]
#[tokio::test]
async fn without_a_sound_server_the_systems_own_devices_are_used() {
    let (endpoint, mut incoming) = exchange().await;
    let folder = tempfile::tempdir().unwrap();
    let mut check = program(&endpoint, &["check", "--microphone", "alsa:null", "--speaker", "alsa:null"]);
    check.env("PULSE_SERVER", "unix:/nonexistent").env("XDG_RUNTIME_DIR", folder.path());
    let check = told(&served(&mut check, &mut incoming).await, "check");
    let ids = check.pointer("/devices/found/inputs").unwrap().as_array().unwrap();
    assert!(ids.iter().all(|device| device["id"].as_str().unwrap().starts_with("alsa:")), "{check}");
    assert!(check.pointer("/microphone/found/opened_ms").is_some(), "{check}");
    for part in ["microphone", "speaker"] {
        assert_ne!(check.pointer(&format!("/{part}/ok")).unwrap(), false, "{check}");
    }
}

#[tokio::test]
async fn a_wrong_password_is_told_and_is_a_failure() {
    let (endpoint, mut incoming) = exchange().await;
    let mut call = program(&endpoint, &["call", "1000"]);
    let output = served(call.env("SVARSPLATS_PHONE_PASSWORD", "fel"), &mut incoming).await;
    assert!(!output.status.success());
    assert_eq!(told(&output, "registration").pointer("/reason/kind").unwrap(), "wrong_credentials");
}

#[tokio::test]
async fn what_does_not_work_is_a_sentence_for_people_and_a_code_for_programs() {
    let nobody = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().to_string();
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("ca.pem");
    std::fs::write(&file, "ingen utfärdare").unwrap();
    for (transport, sentence, code) in [
        ("tcp", "not registered: the exchange cannot be reached", ("/reason/kind", "unreachable")),
        (
            "tls",
            "not registered: what should be a certificate is none",
            ("/reason/fault", "not_a_certificate"),
        ),
    ] {
        let run = |json: &'static [&'static str]| {
            let mut command = Command::new(env!("CARGO_BIN_EXE_svarsplats-phone"));
            command.args(["--server", &nobody, "--user", "anna", "--transport", transport, "call", "1000"]);
            if transport == "tls" {
                command.arg("--ca").arg(&file);
            }
            command.args(json).env("SVARSPLATS_PHONE_PASSWORD", PASSWORD).stdin(Stdio::null());
            timeout(LIMIT, command.output())
        };
        let read = run(&[]).await.unwrap().unwrap();
        let text = String::from_utf8_lossy(&read.stdout).into_owned();
        assert!(text.starts_with(sentence) && !text.contains('{'), "{text}");
        let told = told(&run(&["--json"]).await.unwrap().unwrap(), "registration");
        assert_eq!(told.pointer(code.0).unwrap(), code.1);
    }
}
