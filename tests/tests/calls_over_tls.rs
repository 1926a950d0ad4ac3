//! A desk's telephone at an exchange that is spoken to over TLS: nobody on the way hears a call, and an exchange that
//! is not the one that is meant is told by what is wrong with it.

#![allow(clippy::unwrap_used, reason = "a story that cannot go on fails")]

use serde_json::Value;
use stories::errand;
use stories::peers::asterisk::{Asterisk, Settings};
use stories::peers::desk::Desk;
use stories::peers::place::Folder;
use stories::peers::program::Program;
use stories::peers::service::{Service, binary};
use stories::shift::is_called;
use stories::sound::{Sink, end_of_wav, hears, play, share, wav_of};
use tokio::process::Command;

/// A telephone of desk `user` over TLS at `port`, with more words; it says and hears files of that folder.
fn phone(asterisk: &Asterisk, user: &str, port: u16, words: &[&str]) -> Command {
    let mut command = Command::new(binary("svarsplats-phone"));
    let server = format!("localhost:{port}");
    command.args(["--server", &server, "--user", user, "--transport", "tls", "--encryption", "require"]);
    command.args(["--json"]).args(words).env("SVARSPLATS_PHONE_PASSWORD", &asterisk.sip_secret);
    command
}

/// The last of what a telephone told of that kind.
fn told(phone: &Program, kind: &str) -> Value {
    let lines = phone.lines();
    let all = lines.iter().filter_map(|line| serde_json::from_str::<Value>(line).ok());
    all.filter_map(|line| line.get(kind).cloned()).next_back().unwrap()
}

#[tokio::test]
async fn a_call_between_two_desks_is_encrypted_and_heard_in_both_directions() {
    let settings = Settings { encrypted: true, ..Settings::default() };
    let Some(asterisk) = Asterisk::start_with(settings).await else { return };
    let folder = Folder::new("tls");
    let file = |name: &str| folder.path().join(name).display().to_string();
    std::fs::write(file("440.wav"), wav_of(440.0, 1)).unwrap();
    std::fs::write(file("700.wav"), wav_of(700.0, 1)).unwrap();
    let authorities = asterisk.authorities().display().to_string();
    let port = asterisk.tls_port;

    let (says, hears) = (file("700.wav"), file("called.wav"));
    let words = ["answer", "--auto", "--calls", "1", "--ca", &authorities, "--say", &says, "--hear", &hears];
    let mut called = Program::start("the called desk", phone(&asterisk, "1002", port, &words));
    called.line_with("registered").await;
    let (says, hears) = (file("440.wav"), file("caller.wav"));
    let words = ["call", "1002", "--seconds", "4", "--ca", &authorities, "--say", &says, "--hear", &hears];
    let mut caller = Program::start("the calling desk", phone(&asterisk, "1001", port, &words));

    assert_eq!((caller.ended().await, called.ended().await), (Some(0), Some(0)));
    for phone in [&caller, &called] {
        assert_eq!(told(phone, "call")["encrypted"], true, "{:?}", phone.lines());
    }
    for (heard, hz) in [("caller.wav", 700.0), ("called.wav", 440.0)] {
        let end = end_of_wav(&std::fs::read(file(heard)).unwrap(), 2);
        let shares: Vec<f64> = end.chunks_exact(4_000).map(|quarter| share(quarter, hz)).collect();
        assert!(
            shares.iter().filter(|share| **share > 0.8).count() > shares.len() / 2,
            "{heard}: {shares:?}"
        );
    }
}

#[tokio::test]
async fn an_exchange_that_is_not_the_one_that_is_meant_is_told_by_what_is_wrong() {
    let Some(asterisk) = Asterisk::start().await else { return };
    let folder = Folder::new("tls");
    let ours = asterisk.authorities().display().to_string();
    let other = stories::peers::certificates::Authority::new();
    let other = folder.write("other.pem", other.pem()).display().to_string();
    for (port, authorities, fault) in [
        (asterisk.tls_port, &other, "unknown_issuer"),
        (asterisk.tls_expired_port, &ours, "expired"),
        (asterisk.tls_elsewhere_port, &ours, "wrong_name"),
        (asterisk.sip_port, &ours, "refused"),
    ] {
        let words = ["call", "7001", "--ca", authorities];
        let mut phone = Program::start(fault, phone(&asterisk, "1001", port, &words));
        assert_eq!(phone.ended().await, Some(1));
        assert_eq!(told(&phone, "registration")["reason"]["fault"], fault);
    }
}

#[tokio::test]
async fn a_desk_comes_back_by_itself_when_the_exchange_was_gone() {
    let Some(mut asterisk) = Asterisk::start().await else { return };
    let authorities = asterisk.authorities().display().to_string();
    let words = ["register", "--ca", &authorities];
    let mut desk = Program::start("the desk", phone(&asterisk, "1001", asterisk.tls_port, &words));
    desk.line_with("\"registered\"").await;
    asterisk.kill().await;
    desk.line_with("unreachable").await;
    asterisk.start_again().await;
    stories::peers::until("the desk at the exchange", || async {
        let lines = desk.lines();
        lines.last().is_some_and(|line| line.contains("\"registered\"")).then_some(())
    })
    .await;
}

#[tokio::test]
async fn a_window_says_why_it_trusts_no_exchange_and_locks_the_call_at_the_right_one() {
    let settings = Settings { encrypted: true, ..Settings::default() };
    let Some(asterisk) = Asterisk::start_with(settings).await else { return };
    let mut service = Service::start_over_tls(&asterisk, asterisk.tls_expired_port).await;
    let Some(desk) = Desk::at(&service).await else { return };
    errand::sign_in(&desk.page, "agent", service.password("agent")).await;
    desk.page.sees("Ingen säker anslutning till växeln").await;
    desk.page.sees("växelns certifikat har gått ut").await;
    desk.page.picture("exchange-not-trusted").await;

    service.set_tls_port(&asterisk, asterisk.tls_port);
    service.program.end().await;
    service.start_again().await;
    errand::becomes_ready(&desk.page).await;
    let _caller = is_called(&asterisk, &desk).await;
    desk.page.element("#call [data-secure=\"true\"]").await;
    desk.page.sees("Krypterat").await;
    desk.page.picture("encrypted").await;
    let _agent = play(Sink::Microphone, 900.0);
    hears(Sink::Caller, 900.0).await;
}
