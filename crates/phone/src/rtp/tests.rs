//! Sessions on loopback.

use std::net::SocketAddr;
use std::sync::mpsc::channel;
use std::time::Duration;

use super::*;
use crate::media::{
    Agreed, Codec, Digit, Events, Flow, Handshake, KEY, Keying, Keys, MasterKey, Role, Suite, Tone,
};

fn toward(remote: SocketAddr, flow: Flow) -> Agreed {
    Agreed::new(Codec::Pcma, remote, flow)
}

fn open(ends: Ends) -> (Session, std::sync::mpsc::Receiver<RtpEvent>) {
    let (tell, events) = channel();
    let mut config = RtpConfig::new("127.0.0.1".parse().unwrap());
    config.silence = Duration::from_millis(200);
    (Session::open(config, ends, move |event| tell.send(event).unwrap_or(())).unwrap(), events)
}

#[test]
fn a_tone_passes_and_silence_is_told() {
    let (tell, shares) = channel();
    let sink = MeterSink::new(440.0, move |share| tell.send(share).unwrap_or(()));
    let (hears, events) = open(Ends { source: Box::new(Mute), sink: Box::new(sink) });
    let tone = ToneSource(Tone::new(440.0, 0.5));
    let (sends, _) = open(Ends { source: Box::new(tone), sink: Box::new(Mute) });
    hears.agree(toward(sends.local_addr(), Flow::RecvOnly));
    hears.gate(false, true);
    sends.agree(toward(hears.local_addr(), Flow::SendOnly));
    sends.gate(true, false);
    let limit = Duration::from_secs(10);
    while shares.recv_timeout(limit).unwrap() < 0.9 {}
    drop(sends);
    while events.recv_timeout(limit).unwrap() != RtpEvent::Silent {}
    assert_eq!(hears.stats().sent, 0, "receive only");
}

#[test]
fn a_closed_microphone_sends_silence_and_ports_come_from_the_range() {
    let (tell, shares) = channel();
    let sink = MeterSink::new(440.0, move |share| tell.send(share).unwrap_or(()));
    let (hears, _) = open(Ends { source: Box::new(Mute), sink: Box::new(sink) });
    let mut config = RtpConfig::new("127.0.0.1".parse().unwrap());
    config.ports = 41_000..=41_999;
    let ends = Ends { source: Box::new(ToneSource(Tone::new(440.0, 0.5))), sink: Box::new(Mute) };
    let sends = Session::open(config, ends, |_| ()).unwrap();
    assert!((41_000..=41_999).contains(&sends.local_addr().port()));
    assert_eq!(sends.local_addr().port() % 2, 0);
    hears.agree(toward(sends.local_addr(), Flow::SendRecv));
    hears.gate(true, true);
    sends.agree(toward(hears.local_addr(), Flow::SendRecv));
    sends.gate(true, true);
    let limit = Duration::from_secs(10);
    while shares.recv_timeout(limit).unwrap() < 0.9 {}
    sends.gate(false, true);
    while shares.recv_timeout(limit).unwrap() > 0.01 {}
    assert!(hears.stats().received > 0);
}
fn hears_440() -> (Ends, std::sync::mpsc::Receiver<f64>) {
    let (tell, shares) = channel();
    let sink = MeterSink::new(440.0, move |share| tell.send(share).unwrap_or(()));
    (Ends { source: Box::new(Mute), sink: Box::new(sink) }, shares)
}

fn says_440(toward_session: SocketAddr) -> Session {
    let tone = ToneSource(Tone::new(440.0, 0.5));
    let (sends, _) = open(Ends { source: Box::new(tone), sink: Box::new(Mute) });
    sends.agree(toward(toward_session, Flow::SendOnly));
    sends.gate(true, false);
    sends
}

fn wait_for(shares: &std::sync::mpsc::Receiver<f64>, wanted: impl Fn(f64) -> bool) {
    // Ten seconds of measurements bound a failure.
    let mut measured = (0..50).map(|_| shares.recv_timeout(Duration::from_secs(10)).unwrap());
    assert!(measured.any(wanted), "the tone did not come or go");
}

#[test]
fn after_a_new_agreement_another_end_behind_another_address_is_heard() {
    let (ends, shares) = hears_440();
    let (hears, _) = open(ends);
    let told = |port| SocketAddr::from(([127, 0, 0, 1], port));
    hears.gate(false, true);
    hears.agree(toward(told(9), Flow::SendRecv));
    let first = says_440(hears.local_addr());
    wait_for(&shares, |share| share > 0.9);
    drop(first);
    wait_for(&shares, |share| share < 0.01);
    hears.agree(toward(told(11), Flow::SendRecv));
    let _second = says_440(hears.local_addr());
    wait_for(&shares, |share| share > 0.9);
}

#[test]
fn a_stray_packet_of_another_source_takes_nothing_over_and_two_in_a_row_do() {
    let (ends, shares) = hears_440();
    let (hears, _) = open(ends);
    let other = std::net::UdpSocket::bind("127.0.0.1:0").unwrap();
    hears.gate(false, true);
    hears.agree(toward(other.local_addr().unwrap(), Flow::SendRecv));
    let say = |source: u32, number: u16| {
        let mut packet = vec![0x80, 8];
        packet.extend(number.to_be_bytes());
        packet.extend((u32::from(number) * 160).to_be_bytes());
        packet.extend(source.to_be_bytes());
        packet.extend([0xd5; 160]);
        other.send_to(&packet, hears.local_addr()).unwrap();
    };
    let received = || hears.stats().received;
    // The agreement is taken in its own time.
    while received() == 0 {
        say(1, 1);
        shares.recv_timeout(Duration::from_secs(10)).unwrap();
    }
    let before = received();
    for number in [2, 3, 4] {
        say(2, number * 10);
        say(1, number);
    }
    wait_for(&shares, |_| received() >= before + 3);
    assert_eq!(received(), before + 3, "each of the one that is heard, and no other");
    [50, 51, 52].iter().for_each(|number| say(2, *number));
    wait_for(&shares, |_| received() >= before + 5);
    assert_eq!(received(), before + 5, "from the second on");
}

#[test]
fn keys_are_told_once_each_in_order_and_refused_where_nobody_takes_them() {
    for (codec, clock_rate) in [(Codec::Opus, 48_000), (Codec::Opus, 8_000), (Codec::Pcma, 8_000)] {
        let mute = || Ends { source: Box::new(Mute), sink: Box::new(Mute) };
        let ((says, _), (hears, told)) = (open(mute()), open(mute()));
        let key = |key| Digit::from_char(key).unwrap();
        assert_eq!(says.send_dtmf(key('1')), Err(NoEvents));
        let agreed = |remote| {
            let telephone_event = Some(Events { payload_type: 101, clock_rate });
            Agreed { telephone_event, ..Agreed::new(codec, remote, Flow::SendRecv) }
        };
        hears.agree(agreed(says.local_addr()));
        says.agree(agreed(hears.local_addr()));
        "1#1".chars().for_each(|pressed| says.send_dtmf(key(pressed)).unwrap());
        let digits = std::iter::repeat_with(|| told.recv_timeout(Duration::from_secs(10)).unwrap())
            .filter_map(|event| match event {
                RtpEvent::Digit(digit) => Some(digit.to_char()),
                _ => None,
            });
        assert_eq!(digits.take(3).collect::<String>(), "1#1");
        drop(says);
        assert!(told.try_iter().all(|event| !matches!(event, RtpEvent::Digit(_))));
    }
}

#[test]
fn reports_go_over_either_port_and_a_line_on_loopback_is_good() {
    for mux in [true, false] {
        let (ends, shares) = hears_440();
        let (hears, _) = open(ends);
        let tone = ToneSource(Tone::new(440.0, 0.5));
        let (says, _) = open(Ends { source: Box::new(tone), sink: Box::new(Mute) });
        let agreed = |remote| Agreed { mux, ..Agreed::new(Codec::G722, remote, Flow::SendRecv) };
        hears.agree(agreed(says.local_addr()));
        says.agree(agreed(hears.local_addr()));
        hears.gate(true, true);
        says.gate(true, true);
        assert_eq!(hears.quality(), None);
        wait_for(&shares, |_| hears.quality().is_some_and(|quality| quality.mos > 4.0));
        wait_for(&shares, |_| says.stats().reports > 0);
    }
}

#[test]
fn other_ends_take_over_a_session_that_runs() {
    let (ends, _) = hears_440();
    let (hears, _) = open(ends);
    hears.gate(false, true);
    hears.agree(toward(SocketAddr::from(([127, 0, 0, 1], 9)), Flow::SendRecv));
    let _sends = says_440(hears.local_addr());
    let (others, shares) = hears_440();
    hears.use_ends(others);
    wait_for(&shares, |share| share > 0.9);
}

#[test]
fn who_moves_with_the_same_certificate_shakes_hands_anew() {
    let [here, there] = [(); 2].map(|()| Identity::new().unwrap());
    let shaken = |agreed: Agreed, role, of: &Identity| {
        let handshake = Handshake { role, theirs: of.fingerprint() };
        Agreed { mux: true, keys: Some(Keying::Handshake(handshake)), ..agreed }
    };
    let end = |ends, identity: &Identity| {
        let (tell, events) = channel();
        let config = RtpConfig { identity: Some(identity.clone()), ..RtpConfig::new([127, 0, 0, 1].into()) };
        (Session::open(config, ends, move |event| tell.send(event).unwrap_or(())).unwrap(), events)
    };
    let (ends, shares) = hears_440();
    let (hears, events) = end(ends, &here);
    hears.gate(true, true);
    for _ in 0..2 {
        let tone = ToneSource(Tone::new(440.0, 0.5));
        let (says, _told) = end(Ends { source: Box::new(tone), sink: Box::new(Mute) }, &there);
        says.gate(true, true);
        hears.agree(shaken(toward(says.local_addr(), Flow::SendRecv), Role::Server, &there));
        says.agree(shaken(toward(hears.local_addr(), Flow::SendRecv), Role::Client, &here));
        wait_for(&shares, |share| share > 0.9);
        while events.recv_timeout(Duration::from_secs(10)).unwrap() != RtpEvent::Encrypted(true) {}
        drop(says);
        wait_for(&shares, |share| share < 0.01);
    }
}

fn sealed(agreed: Agreed, ours: u8, theirs: u8) -> Agreed {
    let [ours, theirs] = [ours, theirs].map(|seed| MasterKey::new([seed; KEY]));
    Agreed { keys: Some(Keying::Stated(Keys { suite: Suite::Sha1With80, ours, theirs })), ..agreed }
}

#[test]
fn encrypted_sound_is_told_when_it_goes_both_ways_and_nothing_else_is_heard() {
    let (ends, shares) = hears_440();
    let (hears, events) = open(ends);
    let tone = ToneSource(Tone::new(440.0, 0.5));
    let (sends, _) = open(Ends { source: Box::new(tone), sink: Box::new(Mute) });
    let (here, there) = (hears.local_addr(), sends.local_addr());
    hears.agree(sealed(toward(there, Flow::SendRecv), 1, 2));
    hears.gate(true, true);
    // Plain, and then with a key that nobody agreed on.
    sends.agree(toward(here, Flow::SendRecv));
    sends.gate(true, true);
    let limit = Duration::from_secs(10);
    assert_eq!(events.recv_timeout(limit).unwrap(), RtpEvent::Silent);
    sends.agree(sealed(toward(here, Flow::SendRecv), 9, 1));
    wait_for(&shares, |share| share < 0.1);
    assert_eq!(hears.stats().received, 0);

    sends.agree(sealed(toward(here, Flow::SendRecv), 2, 1));
    wait_for(&shares, |share| share > 0.9);
    while events.recv_timeout(limit).unwrap() != RtpEvent::Encrypted(true) {}
    // New keys for one direction: not encrypted until they are used, and then again.
    hears.agree(sealed(toward(there, Flow::SendRecv), 1, 3));
    sends.agree(sealed(toward(here, Flow::SendRecv), 3, 1));
    while events.recv_timeout(limit).unwrap() != RtpEvent::Encrypted(false) {}
    while events.recv_timeout(limit).unwrap() != RtpEvent::Encrypted(true) {}
    hears.agree(toward(there, Flow::SendRecv));
    while events.recv_timeout(limit).unwrap() != RtpEvent::Encrypted(false) {}
}
