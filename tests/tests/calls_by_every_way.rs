//! A desk's telephone by every way that an exchange may ask for: transport, codec and encryption, and through a proxy.

#![allow(clippy::unwrap_used, reason = "a story that cannot go on fails")]

use stories::peers::asterisk::{Asterisk, CODECS, RELIABLE, Settings, account_for};
use stories::peers::given;
use stories::peers::kamailio::Kamailio;
use stories::peers::phone::{Tapes, Way, phone, told};

/// Transport, and how keys are agreed on.
const WAYS: [(&str, &str); 4] = [("udp", "no"), ("tcp", "no"), ("tls", "sdes"), ("tls", "dtls")];
/// Each way and each codec once.
const EACH_ONCE: [(usize, usize); 4] = [(0, 2), (1, 1), (2, 1), (3, 0)];

#[tokio::test]
async fn each_transport_codec_and_encryption_carries_a_call() {
    let Some(asterisk) = Asterisk::start().await else { return };
    let tapes = Tapes::new("ways");
    let says = tapes.tone(440.0);
    let all = (0..WAYS.len()).flat_map(|way| (0..CODECS.len()).map(move |codec| (way, codec)));
    let long = given("SVARSPLATS_LONG").is_some();
    let pairs: Vec<(usize, usize)> = if long { all.collect() } else { EACH_ONCE.to_vec() };
    // Two at once: each keeps the time of its sound by itself.
    for some in pairs.chunks(2) {
        let mut phones = Vec::new();
        for (way, codec) in some {
            let ((transport, keys), codec) = (WAYS[*way], CODECS[*codec]);
            let name = format!("{transport}-{keys}-{codec}.wav");
            let encryption = if keys == "no" { ["off", "sdes"] } else { ["require", keys] };
            let port = if transport == "tls" { asterisk.tls_port } else { asterisk.sip_port };
            let user = account_for(keys, codec);
            let hears = tapes.at(&name);
            // Whoever hears an echo of themselves is heard.
            let words = ["call", "7002", "--say", &says, "--hear", &hears];
            let phone = phone(&asterisk, &user, Way { transport, port, encryption }, &words);
            phones.push((phone, name, keys, codec));
        }
        for (mut phone, name, keys, codec) in phones {
            tapes.hears(&name, 440.0).await;
            assert_eq!(phone.interrupt().await, Some(0), "{name}: {:?}", phone.lines());
            let call = told(&mut phone, "call").await;
            assert_eq!(call["encrypted"], keys != "no", "{name}: {call}");
            let spoken = call["sound"]["codec"].as_str().unwrap().to_lowercase().replace("pcma", "alaw");
            assert_eq!(spoken, codec, "{name}");
        }
    }
}

#[tokio::test]
async fn desks_behind_a_proxy_register_there_call_and_are_called_through_it() {
    let Some(mut kamailio) = Kamailio::not_started() else { return };
    let settings = Settings { proxy: Some(kamailio.port), ..Settings::default() };
    let Some(asterisk) = Asterisk::start_with(settings).await else { return };
    kamailio.start(asterisk.sip_port, &asterisk.sip_secret).await;
    let tapes = Tapes::new("proxy");
    let way = Way { transport: "udp", port: kamailio.port, encryption: ["off", "sdes"] };
    let (says, hears) = (tapes.tone(700.0), tapes.at("called.wav"));
    let words = ["answer", "--auto", "--calls", "1", "--say", &says, "--hear", &hears];
    let mut called = phone(&asterisk, "1002", way, &words);
    called.line_with("registered").await;
    let (says, hears) = (tapes.tone(440.0), tapes.at("caller.wav"));
    // This one knows the exchange by a name that leads nowhere but through the proxy.
    let proxy = format!("127.0.0.1:{}", kamailio.port);
    let words = ["call", "1002", "--server", "vaxel.example", "--proxy", &proxy];
    let words = [&words[..], &["--say", &says, "--hear", &hears]].concat();
    let mut caller = phone(&asterisk, "1001", way, &words);
    tapes.hears("caller.wav", 700.0).await;
    tapes.hears("called.wav", 440.0).await;
    assert_eq!((caller.interrupt().await, called.ended().await), (Some(0), Some(0)));
    let end = told(&mut called, "call").await;
    assert_eq!(end["end"]["cause"]["by"], "there", "{end}");
}

#[tokio::test]
async fn a_desk_calls_and_is_called_where_each_word_before_the_answer_is_acknowledged() {
    let Some(asterisk) = Asterisk::start().await else { return };
    let tapes = Tapes::new("reliable");
    let way = Way { transport: "udp", port: asterisk.sip_port, encryption: ["off", "sdes"] };
    // Called: the exchange requires that the ring is acknowledged.
    let (says, hears) = (tapes.tone(700.0), tapes.at("called.wav"));
    let words = ["answer", "--auto", "--calls", "1", "--say", &says, "--hear", &hears];
    let mut called = phone(&asterisk, RELIABLE, way, &words);
    called.line_with("registered").await;
    let (says, hears) = (tapes.tone(440.0), tapes.at("caller.wav"));
    let mut caller = phone(&asterisk, "1001", way, &["call", RELIABLE, "--say", &says, "--hear", &hears]);
    tapes.hears("caller.wav", 700.0).await;
    tapes.hears("called.wav", 440.0).await;
    assert_eq!((caller.interrupt().await, called.ended().await), (Some(0), Some(0)));
    // Calls: the exchange tells of the ring, and goes on when that is acknowledged.
    let (says, hears) = (tapes.tone(600.0), tapes.at("other.wav"));
    let words = ["answer", "--auto", "--calls", "1", "--say", &says, "--hear", &hears];
    let mut called = phone(&asterisk, "1002", way, &words);
    called.line_with("registered").await;
    let (says, hears) = (tapes.tone(500.0), tapes.at("own.wav"));
    let mut caller = phone(&asterisk, RELIABLE, way, &["call", "1002", "--say", &says, "--hear", &hears]);
    tapes.hears("own.wav", 600.0).await;
    tapes.hears("other.wav", 500.0).await;
    assert_eq!((caller.interrupt().await, called.ended().await), (Some(0), Some(0)));
}
