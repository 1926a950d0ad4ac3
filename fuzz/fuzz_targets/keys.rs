//! What a description says of encryption: lines of SDES keys, fingerprints, and who begins a handshake.
#![no_main]

use libfuzzer_sys::fuzz_target;
use phone::media::{
    Agreed, Codec, Encryption, Fingerprint, Flow, KEY, KeyExchange, Keying, LocalMedia, MasterKey,
    RemoteMedia, Secrecy,
};

fn agreed(profile: &str, lines: &str) -> Option<Agreed> {
    let mut body = format!(
        "v=0\r\no=- 1 1 IN IP4 192.0.2.1\r\ns=-\r\nc=IN IP4 192.0.2.1\r\nt=0 0\r\nm=audio 4000 {profile} 8\r\n"
    );
    for line in lines.lines().take(40) {
        let (kind, value) = line.split_at_checked(1)?;
        let name = match kind {
            "c" => "crypto",
            "f" => "fingerprint",
            _ => "setup",
        };
        body.push_str(&format!("a={name}:{value}\r\n"));
    }
    let keys = [MasterKey::new([1; KEY]), MasterKey::new([2; KEY])];
    let secrecy = Secrecy::new(Encryption::Require, keys);
    let ours = LocalMedia {
        address: [127, 0, 0, 1].into(),
        port: 6000,
        session: 5,
        version: 1,
        codecs: Codec::PREFERRED.to_vec(),
        flow: Flow::SendRecv,
        secrecy: secrecy.with_certificate(Fingerprint::new([3; 32]), KeyExchange::Dtls),
    };
    let theirs = RemoteMedia::parse(body.as_bytes()).ok()?;
    let (answer, agreed) = ours.answer(&theirs).ok()?;
    let answer = String::from_utf8(answer).expect("text");
    match agreed.keys.expect("encryption was required") {
        Keying::Stated(_) => assert!(answer.contains("a=crypto:") && !answer.contains("a=setup:")),
        Keying::Handshake(_) => assert!(answer.contains("a=setup:") && !answer.contains("a=crypto:")),
    }
    Some(agreed)
}

fuzz_target!(|lines: &str| {
    for profile in ["RTP/AVP", "RTP/SAVP", "UDP/TLS/RTP/SAVP"] {
        let _ = agreed(profile, lines);
    }
});
