use proptest::prelude::*;

use std::net::SocketAddr;

use super::*;

#[test]
fn g711_round_trips_within_its_steps_and_known_codes() {
    // ITU-T G.711: silence and the extremes.
    assert_eq!(Law::A.encode(0), 0xd5);
    assert_eq!(Law::Mu.encode(0), 0xff);
    assert_eq!(Law::A.encode(i16::MAX), 0xaa);
    assert_eq!(Law::A.encode(i16::MIN), 0x2a);
    assert_eq!(Law::Mu.encode(i16::MAX), 0x80);
    assert_eq!(Law::Mu.encode(i16::MIN), 0x00);
    for codec in [Law::A, Law::Mu] {
        for octet in 0..=255u8 {
            let again = codec.encode(codec.decode(octet));
            // µ-law has two zeroes.
            assert!(again == octet || codec.decode(octet) == 0, "{codec:?} {octet:#x} {again:#x}");
        }
        for sample in (i16::MIN..=i16::MAX).step_by(7) {
            let error = (i32::from(sample) - i32::from(codec.decode(codec.encode(sample)))).abs();
            assert!(error <= 16 + i32::from(sample).abs() / 16, "{codec:?} {sample}: off by {error}");
        }
    }
}

#[test]
fn a_tone_is_heard_as_itself_alone_also_through_g711() {
    let mut tone = Tone::new(1000.0, 0.5);
    let (mut own, mut other) = (ToneMeter::new(1000.0), ToneMeter::new(440.0));
    for _ in 0..25 {
        let coded: Vec<i16> = tone.frame().iter().map(|s| Law::A.decode(Law::A.encode(*s))).collect();
        own.hear(&coded);
        other.hear(&coded);
    }
    assert!(own.share() > 0.95);
    assert!(other.share() < 0.01);
    assert_eq!(own.share(), 0.0, "a reading starts over");
}

#[test]
fn rates_are_converted_without_losing_the_tone_or_the_length() {
    for (from, to) in [
        (48_000, 8_000),
        (44_100, 8_000),
        (8_000, 48_000),
        (8_000, 44_100),
        (22_050, 48_000),
        (48_000, 16_000),
    ] {
        for hz in [440.0, 3_300.0] {
            let converted = converted(hz, from, to);
            assert!(converted.len().abs_diff(to as usize) <= 1);
            let mut meter = ToneMeter::at(hz, to);
            meter.hear(&converted[to as usize / 10..]);
            let peak = converted.iter().skip(to as usize / 10).max().unwrap();
            assert!(meter.share() > 0.999, "{hz} Hz, {from} to {to}: {}", meter.share());
            assert!((15_700..=17_000).contains(peak), "{hz} Hz, {from} to {to}: peak {peak}");
        }
    }
}

/// A second of a tone of half the full scale.
fn converted(hz: f64, from: u32, to: u32) -> Vec<i16> {
    let mut tone = Tone::pair(hz, 0.0, 0.5, f64::from(from));
    let samples: Vec<i16> = (0..from).map(|_| tone.sample()).collect();
    Resampler::new(from, to).convert(&samples)
}

#[test]
fn what_a_lower_rate_cannot_carry_does_not_come_back_as_another_tone() {
    let alias = converted(5_000.0, 48_000, 8_000);
    let loudest = alias.iter().skip(1_000).map(|s| s.unsigned_abs()).max().unwrap();
    assert!(loudest < 33, "{loudest}: less than 54 dB down");
}

#[test]
fn g722_keeps_the_levels_of_both_bands_and_takes_any_octets() {
    for hz in [300.0, 1_000.0, 3_000.0, 6_000.0] {
        let mut tone = Tone::pair(hz, 0.0, 0.5, 16_000.0);
        let samples: Vec<i16> = (0..16_000).map(|_| tone.sample()).collect();
        let (mut octets, mut back) = (Vec::new(), Vec::new());
        g722::Encoder::default().encode(&samples, &mut octets);
        g722::Decoder::default().decode(&octets, &mut back);
        assert_eq!((octets.len(), back.len()), (8_000, 16_000));
        let mut meter = ToneMeter::at(hz, 16_000);
        meter.hear(&back[1_600..]);
        let share = meter.share();
        let peak = *back.iter().skip(1_600).max().unwrap();
        assert!(share > 0.98 && (14_500..=18_500).contains(&peak), "{hz} Hz: {share}, peak {peak}");
    }
}

#[test]
fn a_lost_opus_packet_comes_back_from_the_one_after_it() {
    let mut tone = Tone::pair(200.0, 330.0, 0.5, 48_000.0);
    let mut encoder = Encoder::new(Codec::Opus, true).unwrap();
    encoder.expect_loss(30);
    let mut buffer = JitterBuffer::new(Decoder::new(Codec::Opus).unwrap());
    let (mut kinds, mut quiet) = (Vec::new(), 0);
    let mut frame = vec![0; buffer.frame_length()];
    for tick in 0..200u32 {
        let mut payload = Vec::new();
        encoder.encode(&tone.frame(), &mut payload);
        if tick % 10 != 9 {
            buffer.push(u64::from(tick) * FRAME_MS, tick * 960, &payload);
        }
        // One more than is aimed at, so that the packet after a lost one is there.
        if tick >= 2 {
            let kind = buffer.pop(u64::from(tick) * FRAME_MS, &mut frame);
            kinds.push(kind);
            let loud = frame.iter().map(|s| s.unsigned_abs()).max().unwrap();
            quiet += u32::from(tick > 10 && loud < 4_000);
        }
    }
    assert!(kinds.iter().filter(|kind| **kind == FrameKind::Concealed).count() >= 15);
    assert_eq!(quiet, 0, "no hole is heard");
}

#[test]
fn wav_files_come_back_and_foreign_ones_are_refused() {
    let wav = Wav { rate: 16_000, samples: (0..320).map(|i| i * 10).collect() };
    assert_eq!(Wav::parse(&wav.to_bytes()), Ok(wav.clone()));
    assert_eq!(wav.clone().into_phone_rate().len(), FRAME);
    assert_eq!(Wav::parse(b"OggS"), Err(WavError::NotWav));
    let mut bytes = wav.to_bytes();
    bytes[34] = 8;
    assert_eq!(Wav::parse(&bytes), Err(WavError::Unsupported));
}

#[test]
fn packets_are_numbered_and_read_back() {
    let mut packetizer = Packetizer::new(7, u16::MAX, u32::MAX - 100);
    let mut out = Vec::new();
    packetizer.packet(8, &[1, 2, 3], 160, &mut out);
    let first = Packet::parse(&out).unwrap();
    assert_eq!((first.sequence, first.marker, first.payload), (u16::MAX, true, &[1, 2, 3][..]));
    let mut second = Vec::new();
    packetizer.packet(8, &[4], 160, &mut second);
    let second = Packet::parse(&second).unwrap();
    assert_eq!((second.sequence, second.timestamp, second.marker), (0, 59, false));
    assert_eq!(Packet::parse(&[0x80, 200, 0, 0]), Err(PacketError::Control));
    assert_eq!(Packet::parse(&[0x80, 8, 0]), Err(PacketError::Malformed));
    assert_eq!(Packet::parse(&[0; 4000]), Err(PacketError::TooLong(4000)));
}

const OFFER: &str = "v=0\r\no=- 1 1 IN IP4 192.0.2.1\r\ns=-\r\nc=IN IP4 192.0.2.1\r\nt=0 0\r\n\
    m=video 5000 RTP/AVP 96\r\nm=audio 4000 RTP/AVP 111 0 8 101\r\na=rtpmap:111 opus/48000/2\r\n\
    a=rtpmap:0 PCMU/8000\r\na=rtpmap:8 PCMA/8000\r\na=rtpmap:101 telephone-event/8000\r\na=sendonly\r\n";

fn local(flow: Flow) -> LocalMedia {
    LocalMedia {
        address: "127.0.0.1".parse().unwrap(),
        port: 6000,
        session: 5,
        version: 1,
        codecs: Codec::PREFERRED.to_vec(),
        flow,
        secrecy: Secrecy::default(),
    }
}

/// An end that knows the telephone band alone.
fn narrow(flow: Flow) -> LocalMedia {
    LocalMedia { codecs: Codec::NARROWBAND.to_vec(), ..local(flow) }
}

#[test]
fn an_offer_is_answered_line_by_line_with_the_first_codec_of_theirs_that_we_know() {
    let remote = RemoteMedia::parse(OFFER.as_bytes()).unwrap();
    let (body, agreed) = narrow(Flow::SendRecv).answer(&remote).unwrap();
    assert_eq!(agreed.format.codec, Codec::Pcmu);
    assert_eq!(agreed.remote, SocketAddr::from(([192, 0, 2, 1], 4000)));
    assert_eq!((agreed.flow, agreed.held), (Flow::RecvOnly, true));
    assert_eq!(agreed.telephone_event, Some(Events { payload_type: 101, clock_rate: 8_000 }));
    let text = String::from_utf8(body).unwrap();
    assert!(text.contains("m=video 0 RTP/AVP 96\r\nm=audio 6000 RTP/AVP 0 101\r\n"), "{text}");
    assert!(text.contains("a=recvonly\r\n"), "{text}");
}

#[test]
fn our_offer_and_its_answer_agree_on_both_sides() {
    for ours in [Flow::SendRecv, Flow::SendOnly, Flow::RecvOnly, Flow::Inactive] {
        for theirs in [Flow::SendRecv, Flow::SendOnly, Flow::RecvOnly, Flow::Inactive] {
            let offer = RemoteMedia::parse(&local(ours).offer()).unwrap();
            let mut answerer = local(theirs);
            answerer.port = 7000;
            let (body, there) = answerer.answer(&offer).unwrap();
            let here = local(ours).agree(&RemoteMedia::parse(&body).unwrap()).unwrap();
            assert_eq!(here.format, Format { codec: Codec::Opus, payload_type: 111, correction: true });
            assert_eq!(here.telephone_event, Some(Events { payload_type: 110, clock_rate: 48_000 }));
            assert_eq!(here.telephone_event, there.telephone_event);
            assert_eq!(here.flow.sends(), there.flow.receives(), "{ours:?} {theirs:?}");
            assert_eq!(here.flow.receives(), there.flow.sends(), "{ours:?} {theirs:?}");
            assert_eq!(here.remote.port(), 7000);
        }
    }
}

#[test]
fn wideband_is_offered_first_and_an_answerer_of_the_telephone_band_is_met() {
    let offer = local(Flow::SendRecv).offer();
    let text = String::from_utf8(offer.clone()).unwrap();
    assert!(text.contains("m=audio 6000 RTP/AVP 111 9 8 0 110 101\r\n"), "{text}");
    for line in ["rtpmap:111 opus/48000/2", "fmtp:111 useinbandfec=1", "rtpmap:9 G722/8000"] {
        assert!(text.contains(&format!("a={line}\r\n")), "{text}");
    }
    let offer = RemoteMedia::parse(&offer).unwrap();
    for (codecs, chosen, clock) in [
        (vec![Codec::Pcmu, Codec::Pcma], Codec::Pcma, 8_000),
        (vec![Codec::Pcmu], Codec::Pcmu, 8_000),
        (vec![Codec::G722, Codec::Pcma], Codec::G722, 8_000),
        (vec![Codec::Opus], Codec::Opus, 48_000),
    ] {
        let answerer = LocalMedia { codecs, ..local(Flow::SendRecv) };
        let (body, there) = answerer.answer(&offer).unwrap();
        let here = local(Flow::SendRecv).agree(&RemoteMedia::parse(&body).unwrap()).unwrap();
        assert_eq!((here.format.codec, there.format.codec), (chosen, chosen));
        assert_eq!(here.telephone_event.map(|events| events.clock_rate), Some(clock));
    }
}

#[test]
fn an_answer_keeps_the_offers_payload_types_and_both_numbers_are_heard() {
    let offer = OFFER.replace("111", "98").replace("98 0 8 101", "98 101");
    let (body, agreed) =
        local(Flow::SendRecv).answer(&RemoteMedia::parse(offer.as_bytes()).unwrap()).unwrap();
    let text = String::from_utf8(body).unwrap();
    assert!(text.contains("RTP/AVP 98 101\r\na=rtpmap:98 opus/48000/2\r\n"), "{text}");
    assert_eq!(agreed.format, Format { codec: Codec::Opus, payload_type: 98, correction: false });
    let heard = [98, 111, 9, 8, 0, 97].map(|payload_type| agreed.codec_of(payload_type));
    let opus = Some(Codec::Opus);
    assert_eq!(heard, [opus, opus, Some(Codec::G722), Some(Codec::Pcma), Some(Codec::Pcmu), None]);
    assert_eq!(agreed.events_of(101).map(|events| events.clock_rate), Some(8_000));
}

#[test]
fn what_cannot_be_agreed_has_a_name() {
    let parse = |text: &str| RemoteMedia::parse(text.as_bytes());
    let base = "v=0\r\no=- 1 1 IN IP4 192.0.2.1\r\ns=-\r\nt=0 0\r\n";
    assert_eq!(parse("hej"), Err(SdpError::Malformed));
    assert_eq!(parse(base), Err(SdpError::NoAudio));
    assert_eq!(parse(&format!("{base}m=audio 0 RTP/AVP 8\r\n")), Err(SdpError::NoAudio));
    assert_eq!(parse(&format!("{base}m=audio 4000 RTP/SAVPX 8\r\n")), Err(SdpError::NoAudio));
    assert_eq!(parse(&format!("{base}m=audio 4000 RTP/AVP 8\r\n")), Err(SdpError::NoAddress));
    assert_eq!(parse(&" ".repeat(20_000)), Err(SdpError::TooLong));
    let opus = OFFER.replace("111 0 8 101", "111");
    let remote = parse(&opus).unwrap();
    assert_eq!(narrow(Flow::SendRecv).answer(&remote).map(|_| ()), Err(SdpError::NoCommonCodec));
    let old_hold = OFFER.replace("c=IN IP4 192.0.2.1", "c=IN IP4 0.0.0.0").replace("a=sendonly\r\n", "");
    assert!(local(Flow::SendRecv).agree(&parse(&old_hold).unwrap()).unwrap().held);
}

#[test]
fn what_is_no_description_of_a_call_is_refused_and_what_is_odd_is_left_out() {
    let parse = |text: &str| RemoteMedia::parse(text.as_bytes());
    let many = format!("{OFFER}{}", "a=x:1\r\n".repeat(10_000));
    assert_eq!(parse(&many), Err(SdpError::TooLong));
    assert!(parse(&format!("{OFFER}{}", "a=x:1\r\n".repeat(1_000))).is_ok());
    for address in [
        "IP4 192.0.2",
        "IP4 224.2.1.1",
        "IP4 224.2.1.1/127",
        "IP4 255.255.255.255",
        "IP6 ff02::1",
        "IP4 host",
    ] {
        let text = OFFER.replace("c=IN IP4 192.0.2.1", &format!("c=IN {address}"));
        assert_eq!(parse(&text), Err(SdpError::NoAddress), "{address}");
    }
    for (from, to) in
        [("4000", "65536"), ("4000", "-1"), ("m=audio 4000", "m=audio"), ("t=0 0", "t=x"), ("v=0", "v=9")]
    {
        assert!(parse(&OFFER.replace(from, to)).is_err(), "{to}");
    }
    // Names of codecs at rates that they do not have, and payload types that there are not.
    let odd = OFFER
        .replace("RTP/AVP 111 0 8 101", "RTP/AVP 111 0 8 101 102 103 128 300 -1 x")
        .replace("opus/48000/2", "opus/8000/2")
        .replace("PCMU/8000", "PCMU/16000")
        .replace("telephone-event/8000", "telephone-event/0");
    let odd =
        format!("{odd}a=rtpmap:102 telephone-event/4294967295\r\na=rtpmap:103 telephone-event/16000\r\n");
    let odd = parse(&odd).unwrap();
    assert_eq!(odd.formats.iter().map(|format| format.codec).collect::<Vec<_>>(), [Codec::Pcma]);
    assert_eq!(odd.telephone_events, [Events { payload_type: 103, clock_rate: 16_000 }]);
    let none = OFFER.replace("111 0 8 101", "3 4 18").replace("a=rtpmap:8 ", "a=rtpmap:18 ");
    assert_eq!(
        local(Flow::SendRecv).answer(&parse(&none).unwrap()).map(|_| ()),
        Err(SdpError::NoCommonCodec)
    );
}

#[test]
fn packets_that_are_none_are_refused_and_what_is_beside_the_payload_is_left_out() {
    let head = |first: u8| [first, 8, 0, 1, 0, 0, 0, 160, 0, 0, 0, 7];
    let with = |first: u8, rest: &[u8]| [&head(first)[..], rest].concat();
    let malformed =
        |datagram: &[u8]| assert_eq!(Packet::parse(datagram), Err(PacketError::Malformed), "{datagram:?}");
    (0..12).for_each(|length| malformed(&head(0x80)[..length]));
    [0x00, 0x40, 0xc0].iter().for_each(|version| malformed(&with(*version, &[1, 2, 3, 4])));
    // Padding longer than the packet, CSRCs and an extension that are not there.
    malformed(&with(0xa0, &[1, 2, 200]));
    malformed(&with(0x8f, &[0; 59]));
    malformed(&with(0x90, &[0xbe]));
    malformed(&with(0x90, &[0xbe, 0xde, 0, 9, 1, 2, 3, 4]));
    let payload = |datagram: &[u8]| Packet::parse(datagram).unwrap().payload.to_vec();
    assert_eq!(payload(&with(0xa0, &[1, 2, 0, 2])), [1, 2]);
    assert_eq!(payload(&with(0x81, &[9, 9, 9, 9, 5])), [5]);
    assert_eq!(payload(&with(0x90, &[0xbe, 0xde, 0, 1, 1, 2, 3, 4, 6])), [6]);
    assert!(payload(&head(0x80)).is_empty());
}

#[test]
fn concealment_fades_within_sixty_milliseconds() {
    for rate in [8_000, 16_000] {
        let mut concealer = Concealer::new(rate);
        let mut tone = Tone::pair(200.0, 0.0, 0.5, f64::from(rate));
        let mut frame = vec![0; rate as usize / 50];
        for _ in 0..4 {
            frame.iter_mut().for_each(|sample| *sample = tone.sample());
            concealer.heard(&mut frame);
        }
        concealer.fill(&mut frame, None);
        let mut meter = ToneMeter::at(200.0, rate);
        meter.hear(&frame);
        assert!(meter.share() > 0.8, "the voice goes on");
        (0..3).for_each(|_| concealer.fill(&mut frame, None));
        assert!(frame.iter().all(|sample| *sample == 0), "{rate}");
    }
}

proptest! {
    #[test]
    fn foreign_input_never_panics(
        body in proptest::collection::vec(any::<u8>(), 0..400),
        text in "(v=0\r\n)?([a-z]=[ -~]{0,40}\r\n){0,12}",
    ) {
        let _ = RemoteMedia::parse(&body);
        let _ = RemoteMedia::parse(text.as_bytes()).map(|remote| local(Flow::SendRecv).answer(&remote));
        let _ = Packet::parse(&body);
        for codec in Codec::PREFERRED {
            let mut buffer = JitterBuffer::new(Decoder::new(codec).unwrap());
            let mut frame = vec![0; buffer.frame_length()];
            let mut at = 0u32;
            for piece in body.chunks(40) {
                buffer.push(u64::from(at), at * 160, piece);
                buffer.pop(u64::from(at), &mut frame);
                at += 20;
            }
            (0..4).for_each(|_| {
                buffer.pop(u64::from(at), &mut frame);
            });
        }
        let _ = Wav::parse(&body);
    }
}

/// An end that asks for this; its keys are of this seed.
fn secret(encryption: Encryption, seed: u8) -> LocalMedia {
    let keys = [MasterKey::new([seed; KEY]), MasterKey::new([seed + 1; KEY])];
    LocalMedia { secrecy: Secrecy::new(encryption, keys), ..local(Flow::SendRecv) }
}

fn stated(agreed: &Agreed) -> Option<Keys> {
    match agreed.keys? {
        Keying::Stated(keys) => Some(keys),
        Keying::Handshake(_) => None,
    }
}

#[test]
fn what_two_ends_ask_for_decides_whether_the_sound_is_encrypted() {
    use Encryption::{Off, Prefer, Require};
    for caller in [Off, Prefer, Require] {
        for callee in [Off, Prefer, Require] {
            let (from, to) = (secret(caller, 10), secret(callee, 20));
            let offer = RemoteMedia::parse(&from.offer()).unwrap();
            assert_eq!(offer.means.profile == Profile::Stated, caller == Require);
            let met = to.answer(&offer);
            if (caller, callee) == (Off, Require) || (caller, callee) == (Require, Off) {
                assert_eq!(met.err(), Some(SdpError::NoCommonEncryption));
                continue;
            }
            let (answer, there) = met.unwrap();
            let answer = RemoteMedia::parse(&answer).unwrap();
            assert_eq!(answer.means.profile, offer.means.profile, "the answer keeps the profile");
            let here = from.agree(&answer).unwrap();
            assert_eq!(here.keys.is_some(), caller != Off && callee != Off, "{caller:?} {callee:?}");
            assert_eq!(
                stated(&here).map(|keys| (keys.ours, keys.theirs)),
                stated(&there).map(|k| (k.theirs, k.ours))
            );
            assert!(stated(&here).is_none_or(|keys| keys.suite == Suite::Sha1With80));
        }
    }
}

#[test]
fn a_weaker_signature_is_taken_where_there_is_no_other_and_the_answer_repeats_its_number() {
    let body = String::from_utf8(secret(Encryption::Require, 10).offer()).unwrap();
    let weaker: String = body.split_inclusive("\r\n").filter(|line| !line.contains("SHA1_80")).collect();
    let (answer, agreed) =
        secret(Encryption::Prefer, 20).answer(&RemoteMedia::parse(weaker.as_bytes()).unwrap()).unwrap();
    assert_eq!(stated(&agreed).map(|keys| keys.suite), Some(Suite::Sha1With32));
    let answer = String::from_utf8(answer).unwrap();
    assert!(answer.contains("a=crypto:2 AES_CM_128_HMAC_SHA1_32 inline:"), "{answer}");
    assert!(!answer.contains("SHA1_80"), "{answer}");
    let none: String = body.split_inclusive("\r\n").filter(|line| !line.contains("crypto")).collect();
    let refused = secret(Encryption::Prefer, 20).agree(&RemoteMedia::parse(none.as_bytes()).unwrap());
    assert_eq!(refused, Err(SdpError::NoCommonEncryption), "a secure profile without a key");
}

/// The same, which takes part in handshakes.
fn shaking(encryption: Encryption, exchange: KeyExchange, seed: u8) -> LocalMedia {
    let mut local = secret(encryption, seed);
    local.secrecy = local.secrecy.with_certificate(Fingerprint::new([seed; 32]), exchange);
    local
}

fn shaken(agreed: &Agreed) -> Option<Handshake> {
    match agreed.keys? {
        Keying::Handshake(handshake) => Some(handshake),
        Keying::Stated(_) => None,
    }
}

#[test]
fn an_offered_handshake_is_begun_by_who_answers_and_each_expects_the_others_certificate() {
    use Encryption::{Prefer, Require};
    for (ours, profile) in [(Require, "UDP/TLS/RTP/SAVP "), (Prefer, "RTP/AVP ")] {
        let (from, to) = (shaking(ours, KeyExchange::Dtls, 10), shaking(Prefer, KeyExchange::Dtls, 20));
        let offer = String::from_utf8(from.offer()).unwrap();
        assert!(offer.contains(&format!(" {profile}")) && !offer.contains("crypto"), "{offer}");
        assert!(offer.contains("a=setup:actpass\r\n") && offer.contains("a=connection:new\r\n"), "{offer}");
        let (answer, there) = to.answer(&RemoteMedia::parse(offer.as_bytes()).unwrap()).unwrap();
        let here = from.agree(&RemoteMedia::parse(&answer).unwrap()).unwrap();
        let expected = |role, seed| Some(Handshake { role, theirs: Fingerprint::new([seed; 32]) });
        assert_eq!((shaken(&here), shaken(&there)), (expected(Role::Server, 20), expected(Role::Client, 10)));
        let answer = String::from_utf8(answer).unwrap();
        assert!(answer.contains(&format!(" {profile}")) && answer.contains("a=setup:active"), "{answer}");
    }
}

#[test]
fn an_offer_decides_how_keys_are_agreed_on_and_what_cannot_be_met_is_refused() {
    use Encryption::{Off, Prefer, Require};
    let offer = |local: &LocalMedia| RemoteMedia::parse(&local.offer()).unwrap();
    let (by_keys, by_handshake) =
        (shaking(Require, KeyExchange::Sdes, 10), shaking(Require, KeyExchange::Dtls, 10));
    for exchange in [KeyExchange::Sdes, KeyExchange::Dtls] {
        let to = shaking(Prefer, exchange, 20);
        assert!(stated(&to.agree(&offer(&by_keys)).unwrap()).is_some());
        assert!(shaken(&to.agree(&offer(&by_handshake)).unwrap()).is_some());
    }
    let none = Err(SdpError::NoCommonEncryption);
    assert_eq!(secret(Prefer, 20).agree(&offer(&by_handshake)), none, "without a certificate");
    assert_eq!(shaking(Off, KeyExchange::Dtls, 20).agree(&offer(&by_handshake)), none);
    let body = String::from_utf8(by_handshake.offer()).unwrap();
    let to = shaking(Prefer, KeyExchange::Dtls, 20);
    for (was, is) in [("sha-256", "sha-1"), ("setup:actpass", "setup:holdconn"), ("a=fingerprint", "a=x")] {
        let body = body.replace(was, is);
        assert_eq!(to.agree(&RemoteMedia::parse(body.as_bytes()).unwrap()), none, "{is}");
    }
    // Stated for the whole session it is as good.
    let (head, media) = body.split_once("m=").unwrap();
    let line = media.split_inclusive("\r\n").find(|line| line.starts_with("a=fingerprint")).unwrap();
    let moved = format!("{head}{line}m={}", media.replace(line, ""));
    assert!(shaken(&to.agree(&RemoteMedia::parse(moved.as_bytes()).unwrap()).unwrap()).is_some());
}

#[test]
fn who_began_a_handshake_begins_it_for_good_and_another_certificate_begins_anew() {
    use Encryption::Require;
    let (mut from, mut to) =
        (shaking(Require, KeyExchange::Dtls, 10), shaking(Require, KeyExchange::Sdes, 20));
    let offer = RemoteMedia::parse(&from.offer()).unwrap();
    let (answer, there) = to.answer(&offer).unwrap();
    let answer = RemoteMedia::parse(&answer).unwrap();
    let here = from.agree(&answer).unwrap();
    from.secrecy.settle(answer.means.profile, here.keys);
    to.secrecy.settle(offer.means.profile, there.keys);
    // The end that answered offers a change; it goes on as it was.
    let again = to.offer();
    let text = String::from_utf8(again.clone()).unwrap();
    assert!(text.contains("UDP/TLS/RTP/SAVP") && text.contains("a=connection:existing"), "{text}");
    let (answer, agreed) = from.answer(&RemoteMedia::parse(&again).unwrap()).unwrap();
    assert_eq!(agreed.keys, here.keys);
    let answer = String::from_utf8(answer).unwrap();
    assert!(answer.contains("a=setup:passive") && answer.contains("a=connection:existing"), "{answer}");
    to.secrecy.fingerprint = Some(Fingerprint::new([30; 32]));
    let (answer, agreed) = from.answer(&RemoteMedia::parse(&to.offer()).unwrap()).unwrap();
    assert_ne!(agreed.keys, here.keys);
    assert!(String::from_utf8(answer).unwrap().contains("a=connection:new"));
}
