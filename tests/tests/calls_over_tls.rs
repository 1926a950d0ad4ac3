//! A desk's telephone at an exchange that is spoken to over TLS: nobody on the way hears a call, and an exchange that
//! is not the one that is meant is told by what is wrong with it.

#![allow(clippy::unwrap_used, reason = "a story that cannot go on fails")]

use serde_json::Value;
use stories::errand;
use stories::peers::asterisk::{Asterisk, Settings, Sound};
use stories::peers::desk::Desk;
use stories::peers::phone::{Tapes, Way, phone, told};
use stories::peers::place::Folder;
use stories::peers::service::Service;
use stories::shift::is_called;
use stories::sound::{Sink, hears, play};

/// Over TLS at that port, encrypted.
fn over_tls(port: u16) -> Way<'static> {
    Way { transport: "tls", port, encryption: ["require", "sdes"] }
}

/// Two desks talk over TLS; gives what each told of the call.
async fn a_call(sound: Sound) -> Option<[Value; 2]> {
    let asterisk = Asterisk::start_with(Settings { sound, ..Settings::default() }).await?;
    let tapes = Tapes::new("tls");
    let way = Way { encryption: ["require", sound.encryption], ..over_tls(asterisk.tls_port) };
    let (says, hears) = (tapes.tone(700.0), tapes.at("called.wav"));
    let words = ["answer", "--auto", "--calls", "1", "--say", &says, "--hear", &hears];
    let mut called = phone(&asterisk, "1002", way, &words);
    called.line_with("registered").await;
    let (says, hears) = (tapes.tone(440.0), tapes.at("caller.wav"));
    let words = ["call", "1002", "--say", &says, "--hear", &hears];
    let mut caller = phone(&asterisk, "1001", way, &words);
    tapes.hears("caller.wav", 700.0).await;
    tapes.hears("called.wav", 440.0).await;
    assert_eq!((caller.interrupt().await, called.ended().await), (Some(0), Some(0)));
    Some([told(&mut caller, "call").await, told(&mut called, "call").await])
}

#[tokio::test]
async fn a_call_between_two_desks_is_encrypted_and_heard_in_both_directions() {
    let Some(calls) = a_call(Sound { encryption: "sdes", codecs: "g722,alaw" }).await else { return };
    for call in calls {
        assert_eq!(call["encrypted"], true, "{call}");
    }
}

#[tokio::test]
async fn keys_by_a_handshake_are_agreed_on_by_whoever_calls_and_whoever_is_called() {
    let Some(calls) = a_call(Sound { encryption: "dtls", codecs: "opus" }).await else { return };
    for call in calls {
        assert_eq!((&call["encrypted"], &call["sound"]["codec"]), (&true.into(), &"opus".into()), "{call}");
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
        let mut phone = phone(&asterisk, "1001", over_tls(port), &words);
        assert_eq!(phone.ended().await, Some(1));
        assert_eq!(told(&mut phone, "registration").await["reason"]["fault"], fault);
    }
}

#[tokio::test]
async fn a_desk_comes_back_by_itself_when_the_exchange_was_gone() {
    let Some(mut asterisk) = Asterisk::start().await else { return };
    let mut desk = phone(&asterisk, "1001", over_tls(asterisk.tls_port), &["register"]);
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
    let sound = Sound { encryption: "sdes", codecs: "g722,alaw" };
    let settings = Settings { sound, ..Settings::default() };
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
