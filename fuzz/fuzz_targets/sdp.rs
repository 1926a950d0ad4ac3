//! Session descriptions: read as an offer and as an answer; an answer of ours fits its offer.
#![no_main]

use libfuzzer_sys::fuzz_target;
use phone::media::{
    Codec, Encryption, Fingerprint, Flow, KEY, KeyExchange, LocalMedia, MasterKey, RemoteMedia, Secrecy,
};

fn local(encryption: Encryption) -> LocalMedia {
    let keys = [MasterKey::new([1; KEY]), MasterKey::new([2; KEY])];
    let secrecy =
        Secrecy::new(encryption, keys).with_certificate(Fingerprint::new([3; 32]), KeyExchange::Sdes);
    LocalMedia {
        address: [127, 0, 0, 1].into(),
        port: 6000,
        session: 5,
        version: 1,
        codecs: Codec::PREFERRED.to_vec(),
        flow: Flow::SendRecv,
        secrecy,
    }
}

fuzz_target!(|body: &[u8]| {
    let Ok(theirs) = RemoteMedia::parse(body) else { return };
    assert!(body.len() <= 16 * 1024 && theirs.address.port() != 0);
    for encryption in [Encryption::Off, Encryption::Prefer, Encryption::Require] {
        let ours = local(encryption);
        let agreed = ours.agree(&theirs);
        let answered = ours.answer(&theirs);
        assert_eq!(agreed.is_ok(), answered.is_ok());
        let Ok((answer, agreed)) = answered else { continue };
        assert!(agreed.format.payload_type < 128 && ours.codecs.contains(&agreed.format.codec));
        assert!(agreed.keys.is_some() || encryption != Encryption::Require, "in clear");
        let text = String::from_utf8(answer.clone()).expect("text");
        // One stream is taken (RFC 3264 §6).
        assert_eq!(text.matches("\r\nm=audio 6000 ").count(), 1, "{text}");
        // What was offered at great length is refused at as great.
        if answer.len() > 16 * 1024 {
            continue;
        }
        let back = RemoteMedia::parse(&answer).expect("an answer of ours");
        assert_eq!(back.address.port(), 6000);
        assert_eq!(back.formats.first().map(|format| format.codec), Some(agreed.format.codec));
        assert_eq!(back.flow.sends(), agreed.flow.sends());
    }
});
