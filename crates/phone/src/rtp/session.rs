//! One RTP session.

use std::hash::{BuildHasher, RandomState};
use std::io::ErrorKind;
use std::net::{IpAddr, SocketAddr, UdpSocket};
use std::ops::RangeInclusive;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, Sender, TryRecvError, channel};
use std::sync::{Arc, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use crate::call::{CallQuality, KeysFault, SoundFault};
use crate::media::quality::Quality;
use crate::media::rtcp::Control as Report;
use crate::media::{
    Agreed, Clocks, Codec, Digit, DigitReceiver, DigitSender, FRAME_MS, FrameKind, Keying, Packet,
    PacketError, Packetizer, SILENCE,
};

use super::Ends;
use super::conference::Bridge;
use super::counts::{Counts, RtpStats, SessionView};
use super::handshake::Identity;
use super::hearing::{Hearing, Speaking};
use super::monitor::Monitor;
use super::ringback::Ringback;
use super::sealing::{Sealing, Secured};

/// Where a session lives.
#[derive(Debug, Clone)]
pub struct RtpConfig {
    /// The address that the other end shall send to.
    pub address: IpAddr,
    /// Ports to choose from; even ones are tried (RFC 3550 §11). `0..=0` takes any.
    pub ports: RangeInclusive<u16>,
    /// Nothing heard for this long is told as [`RtpEvent::Silent`].
    pub silence: Duration,
    /// For keys by handshake; without it none is made.
    pub identity: Option<Identity>,
}

impl RtpConfig {
    /// Any port, five seconds of silence, no handshake.
    pub fn new(address: IpAddr) -> Self {
        Self { address, ports: 0..=0, silence: Duration::from_secs(5), identity: None }
    }
}

/// What a session tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RtpEvent {
    /// Nothing is heard although sound is agreed.
    Silent,
    /// Something is heard again.
    Heard,
    /// The other end pressed a key.
    Digit(Digit),
    /// The sound is encrypted now, both ways; or is so no longer.
    Encrypted(bool),
    /// There are no keys for sound that was to be encrypted: nothing is sent or heard.
    NoKeys(KeysFault),
    /// How it sounds has become another word.
    Quality {
        /// Of late.
        now: CallQuality,
        /// Since the session began.
        whole: CallQuality,
    },
}

/// The other end takes no telephone-events: digits must go by signalling.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("no telephone-event was agreed on")]
pub struct NoEvents;

enum Control {
    Agree(Agreed),
    Gate { microphone: bool, speaker: bool },
    Early(bool),
    Ringback(bool),
    Digit(Digit),
    Ends(Ends),
    Bridge(Option<Box<Bridge>>),
}

/// A session; ends when dropped.
pub struct Session {
    local: SocketAddr,
    control: Option<Sender<Control>>,
    /// telephone-events are agreed on.
    events: AtomicBool,
    counts: Arc<Counts>,
    thread: Option<JoinHandle<()>>,
}

impl std::fmt::Debug for Session {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Session").field("local", &self.local).finish_non_exhaustive()
    }
}

impl Session {
    /// Opens the socket and starts the thread. Nothing is sent before [`Self::agree`], nothing passes the
    /// gate before [`Self::gate`]. `tell` is called on the session's thread.
    pub fn open(
        config: RtpConfig,
        ends: Ends,
        tell: impl FnMut(RtpEvent) + Send + 'static,
    ) -> Result<Self, SoundFault> {
        let socket = bind(config.address, &config.ports).ok_or(SoundFault::NoPort)?;
        let local = socket.local_addr().map_err(|_| SoundFault::NoPort)?;
        let (control, orders) = channel();
        let counts = Arc::new(Counts::default());
        let sealing = Sealing::new(local, config.identity);
        let mut worker = Worker::new(socket, ends, orders, counts.clone(), sealing, Box::new(tell));
        worker.silence = config.silence;
        let thread = std::thread::Builder::new().name("rtp".into()).spawn(move || worker.run());
        let thread = thread.map_err(|_| SoundFault::NoPort)?;
        let events = AtomicBool::new(false);
        Ok(Self { local, control: Some(control), events, counts, thread: Some(thread) })
    }

    /// Where the other end shall send to.
    pub fn local_addr(&self) -> SocketAddr {
        self.local
    }

    /// Follows what offer and answer agreed on.
    pub fn agree(&self, agreed: Agreed) {
        self.events.store(agreed.telephone_event.is_some(), Ordering::Relaxed);
        self.order(Control::Agree(agreed));
    }

    /// What may pass, beside what was agreed on.
    pub fn gate(&self, microphone: bool, speaker: bool) {
        self.order(Control::Gate { microphone, speaker });
    }

    /// Whether the call only rings yet. A handshake that nobody answers so long is no fault: the other end may do so
    /// with its answer to the call.
    pub fn early(&self, early: bool) {
        self.order(Control::Early(early));
    }

    /// Plays the tone of a call that rings at the other end.
    pub fn ringback(&self, on: bool) {
        self.order(Control::Ringback(on));
    }

    /// Sends a key as telephone-event (RFC 4733), after those that are being sent; also with the microphone
    /// closed. Keys pressed on hold are lost.
    pub fn send_dtmf(&self, digit: Digit) -> Result<(), NoEvents> {
        if !self.events.load(Ordering::Relaxed) {
            return Err(NoEvents);
        }
        self.order(Control::Digit(digit));
        Ok(())
    }

    /// Takes frames from and gives them to other ends from now on: another device.
    pub fn use_ends(&self, ends: Ends) {
        self.order(Control::Ends(ends));
    }

    /// No longer mixed with another session.
    pub fn part(&self) {
        self.bridge(None);
    }

    pub(super) fn bridge(&self, bridge: Option<Bridge>) {
        self.order(Control::Bridge(bridge.map(Box::new)));
    }

    /// Counts so far.
    pub fn stats(&self) -> RtpStats {
        self.counts.stats()
    }

    /// How what is heard has sounded so far; `None` before a second of it.
    pub fn quality(&self) -> Option<Quality> {
        self.view().heard().and_then(|heard| heard.quality)
    }

    /// What can be read of the session, also when it is over.
    pub fn view(&self) -> SessionView {
        SessionView(self.counts.clone())
    }

    fn order(&self, order: Control) {
        if let Some(control) = &self.control {
            // The thread lives as long as the sender; a thread that died has nothing more to do.
            let _ = control.send(order);
        }
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        self.control = None;
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

fn bind(address: IpAddr, ports: &RangeInclusive<u16>) -> Option<UdpSocket> {
    if *ports.end() == 0 {
        return UdpSocket::bind((address, 0)).ok();
    }
    let span = u64::from(ports.end().saturating_sub(*ports.start()) / 2) + 1;
    let first = random() % span;
    (0..span)
        .map(|i| (first + i) % span * 2)
        .filter_map(|step| u16::try_from(u64::from(ports.start().next_multiple_of(2)) + step).ok())
        .filter(|port| ports.contains(port))
        .find_map(|port| UdpSocket::bind((address, port)).ok())
}

/// Enough to tell streams apart (RFC 3550 §8.1); the standard library seeds each state anew.
fn random() -> u64 {
    RandomState::new().hash_one(0u8)
}

struct Worker {
    socket: UdpSocket,
    /// The next port, for reports that do not go over the first.
    reports: Option<UdpSocket>,
    monitor: Monitor,
    ticks: u64,
    ends: Ends,
    /// Mixed with another session.
    bridge: Option<Box<Bridge>>,
    orders: Receiver<Control>,
    counts: Arc<Counts>,
    silence: Duration,
    tell: Box<dyn FnMut(RtpEvent) + Send>,
    agreed: Option<Agreed>,
    sealing: Sealing,
    remote: Option<SocketAddr>,
    /// The source address has been taken over from what is heard (symmetric RTP).
    latched: bool,
    source: Option<u32>,
    /// Another source, and its next packet: heard when nothing comes before that (RFC 3550 A.1).
    other: Option<(u32, u16)>,
    microphone: bool,
    speaker: bool,
    early: bool,
    ringback: Option<Ringback>,
    /// `None` before anything is heard.
    hearing: Option<Hearing>,
    /// `None` before anything is agreed on.
    speaking: Option<Speaking>,
    packetizer: Packetizer,
    keys: DigitSender,
    their_keys: DigitReceiver,
    started: Instant,
    heard: Instant,
    silent: bool,
    /// How it sounds, as it was told last.
    judged: Option<(CallQuality, CallQuality)>,
    /// Something was heard and judged.
    known: bool,
    packet: Vec<u8>,
}

/// The only clock of a session: it paces the packets and times what arrives.
#[allow(clippy::disallowed_methods, reason = "the driver owns the monotonic clock that paces the sound")]
fn now() -> Instant {
    Instant::now()
}

impl Worker {
    fn new(
        socket: UdpSocket,
        ends: Ends,
        orders: Receiver<Control>,
        counts: Arc<Counts>,
        sealing: Sealing,
        tell: Box<dyn FnMut(RtpEvent) + Send>,
    ) -> Self {
        let seed = random();
        let reports = socket.local_addr().ok().and_then(|local| {
            let next = UdpSocket::bind((local.ip(), local.port().checked_add(1)?)).ok()?;
            next.set_nonblocking(true).ok().map(|()| next)
        });
        Self {
            socket,
            reports,
            monitor: Monitor::new(seed as u32, random()),
            ticks: 0,
            ends,
            bridge: None,
            orders,
            counts,
            silence: Duration::ZERO,
            tell,
            agreed: None,
            sealing,
            remote: None,
            latched: false,
            source: None,
            other: None,
            microphone: false,
            speaker: false,
            early: false,
            ringback: None,
            hearing: None,
            speaking: None,
            packetizer: Packetizer::new(seed as u32, (seed >> 32) as u16, (seed >> 40) as u32),
            keys: DigitSender::default(),
            their_keys: DigitReceiver::default(),
            started: now(),
            heard: now(),
            silent: false,
            judged: None,
            known: false,
            packet: Vec::new(),
        }
    }

    fn run(mut self) {
        let frame = Duration::from_millis(FRAME_MS);
        let mut due = now() + frame;
        let mut buffer = [0u8; 2048];
        loop {
            let left = due.saturating_duration_since(now());
            if left.is_zero() {
                if !self.obey() {
                    self.judge();
                    return;
                }
                self.tick();
                due += frame;
                // After sleep or a stall the past is not caught up with.
                if now().saturating_duration_since(due) > frame * 5 {
                    due = now() + frame;
                }
                continue;
            }
            let waits = self.socket.set_read_timeout(Some(left.max(Duration::from_millis(1))));
            match self.socket.recv_from(&mut buffer) {
                Ok((length, from)) => self.receive(buffer.get(..length).unwrap_or_default(), from),
                Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => {}
                // An ICMP answer to what we sent: the watchdog tells when it lasts.
                Err(_) if waits.is_ok() => {}
                Err(_) => return,
            }
        }
    }

    /// Takes the orders that wait; `false` when the session is over.
    fn obey(&mut self) -> bool {
        loop {
            match self.orders.try_recv() {
                Ok(Control::Agree(agreed)) => self.follow(agreed),
                Ok(Control::Gate { microphone, speaker }) => {
                    (self.microphone, self.speaker) = (microphone, speaker);
                }
                Ok(Control::Early(early)) => self.early = early,
                Ok(Control::Ringback(on)) => self.ringback = on.then(Ringback::default),
                Ok(Control::Digit(digit)) => {
                    // More than fit are no dialling any more.
                    let _ = self.keys.push(digit);
                }
                Ok(Control::Ends(ends)) => self.ends = ends,
                Ok(Control::Bridge(bridge)) => self.bridge = bridge,
                Err(TryRecvError::Empty) => return true,
                Err(TryRecvError::Disconnected) => return false,
            }
        }
    }

    fn follow(&mut self, agreed: Agreed) {
        if self.agreed.is_none_or(|before| before.remote != agreed.remote) {
            self.remote = Some(agreed.remote).filter(|remote| !remote.ip().is_unspecified());
        }
        // An agreement may bring another end in, behind another address: its first packet decides anew.
        self.latched = false;
        self.source = None;
        if self.speaking.as_ref().is_none_or(|speaking| speaking.format() != agreed.format) {
            let started = Speaking::new(agreed.format);
            self.speaking = started.inspect_err(|error| tracing::error!(%error, "no encoder")).ok();
        }
        self.sealing.agree(now(), agreed.keys, agreed.remote);
        self.shake();
        self.agreed = Some(agreed);
        self.heard = now();
    }

    fn receive(&mut self, datagram: &[u8], from: SocketAddr) {
        // What is plain is borrowed from what opened it.
        let mut sealing = std::mem::take(&mut self.sealing);
        if let (Some(plain), Some(agreed)) = (sealing.open(now(), from, datagram), self.agreed) {
            self.take(agreed, plain, from);
        }
        self.sealing = sealing;
        self.shake();
    }

    /// Sends what a handshake says.
    fn shake(&mut self) {
        while let Some((to, datagram)) = self.sealing.outgoing() {
            // What does not arrive is said again.
            let _ = self.socket.send_to(&datagram, to);
        }
    }

    fn take(&mut self, agreed: Agreed, datagram: &[u8], from: SocketAddr) {
        let packet = match Packet::parse(datagram) {
            Ok(packet) => packet,
            Err(PacketError::Control) => return self.reported(datagram, from),
            Err(PacketError::Malformed | PacketError::TooLong(_)) => return,
        };
        let codec = agreed.codec_of(packet.payload_type);
        if codec.is_none() && agreed.events_of(packet.payload_type).is_none() {
            return;
        }
        let before = self.other.take();
        if self.source.is_some_and(|source| source != packet.ssrc)
            && before != Some((packet.ssrc, packet.sequence))
        {
            self.other = Some((packet.ssrc, packet.sequence.wrapping_add(1)));
            return;
        }
        if self.remote != Some(from) {
            // Behind address translation sound comes from elsewhere than the description says. The first
            // stream that is heard decides; nobody may take a running stream over.
            if self.latched || (self.source.is_some() && self.source != Some(packet.ssrc)) {
                return;
            }
            self.remote = Some(from);
        }
        self.latched = true;
        if self.source != Some(packet.ssrc) {
            self.source = Some(packet.ssrc);
            self.hearing = None;
            self.their_keys = DigitReceiver::default();
        }
        self.heard = now();
        self.counts.received.fetch_add(1, Ordering::Relaxed);
        if std::mem::take(&mut self.silent) {
            (self.tell)(RtpEvent::Heard);
        }
        let arrived = self.heard.saturating_duration_since(self.started).as_secs_f64() * 1_000.0;
        match codec {
            Some(codec) => self.monitor.heard(arrived, codec, &packet),
            None => self.monitor.heard_event(&packet),
        }
        if !agreed.flow.receives() {
            return;
        }
        let since = self.heard.saturating_duration_since(self.started).as_millis() as u64;
        match codec {
            None => {
                if let Some(digit) = self.their_keys.hear(since, packet.timestamp, packet.payload) {
                    (self.tell)(RtpEvent::Digit(digit));
                }
            }
            Some(codec) => {
                if let Some(hearing) = self.hearing(codec) {
                    hearing.push(since, packet.timestamp, packet.payload);
                }
            }
        }
    }

    /// What hears this codec; begun anew when the other end goes over to another one.
    fn hearing(&mut self, codec: Codec) -> Option<&mut Hearing> {
        if self.hearing.as_ref().is_none_or(|hearing| hearing.codec() != codec) {
            let started = Hearing::new(codec);
            self.hearing = started.inspect_err(|error| tracing::error!(%error, "no decoder")).ok();
        }
        self.hearing.as_mut()
    }

    /// A report, from where the sound comes from.
    fn reported(&mut self, datagram: &[u8], from: SocketAddr) {
        if self.remote.is_none_or(|remote| remote.ip() != from.ip()) {
            return;
        }
        let since = now().saturating_duration_since(self.started).as_millis() as u64;
        let told = Report::parse(datagram).and_then(|report| self.monitor.told(since, &report));
        let Some(percent) = told else { return };
        self.counts.reports.fetch_add(1, Ordering::Relaxed);
        if let Some(speaking) = &mut self.speaking {
            speaking.expect_loss(percent);
        }
    }

    /// Takes and sends reports, and judges the sound once a second.
    fn report(&mut self) {
        let mut buffer = [0u8; 2048];
        while let Some(Ok((length, from))) = self.reports.as_ref().map(|next| next.recv_from(&mut buffer)) {
            let datagram = buffer.get(..length).unwrap_or_default();
            // A handshake here would be that of reports alone: its keys are not those of the sound.
            if !matches!(datagram, [128..=191, ..]) {
                continue;
            }
            let mut sealing = std::mem::take(&mut self.sealing);
            if let Some(plain) = sealing.open(now(), from, datagram) {
                self.reported(plain, from);
            }
            self.sealing = sealing;
        }
        let (Some(agreed), Some(remote)) = (self.agreed, self.remote) else { return };
        let since = now().saturating_duration_since(self.started).as_millis() as u64;
        let timestamp = self.packetizer.timestamp();
        // On a port of their own they would take a handshake of their own (RFC 5764 §5.1).
        let apart = !agreed.mux && matches!(agreed.keys, Some(Keying::Handshake(_)));
        if self.monitor.report(since, timestamp, random(), &mut self.packet)
            && !apart
            && self.sealing.seal(&mut self.packet)
        {
            let mut toward = remote;
            if !agreed.mux {
                toward.set_port(remote.port().wrapping_add(1));
            }
            let through = if agreed.mux { Some(&self.socket) } else { self.reports.as_ref() };
            // A report that does not arrive is followed by another.
            let _ = through.map(|socket| socket.send_to(&self.packet, toward));
        }
        self.ticks += 1;
        // Once a second, and as soon as there is anything: a short call is told of as well.
        if self.ticks.is_multiple_of(50) || !self.known {
            self.judge();
        }
    }

    /// Once a second.
    fn judge(&mut self) {
        let Some(hearing) = &self.hearing else { return };
        let (late, delay) = hearing.late_and_delay();
        let heard = self.monitor.judged(late, delay);
        self.known = heard.is_some();
        *self.counts.heard.lock().unwrap_or_else(PoisonError::into_inner) = heard;
        let Some((now, whole)) = self.monitor.judge(late, delay) else { return };
        let words = (now.word(), whole.word());
        if self.judged.replace(words) != Some(words) {
            (self.tell)(RtpEvent::Quality { now: words.0, whole: words.1 });
        }
    }

    fn tick(&mut self) {
        self.play();
        self.send();
        self.report();
        if self.early {
            self.sealing.waits(now());
        }
        match self.sealing.news(now()) {
            Some(Secured::Encrypted(encrypted)) => (self.tell)(RtpEvent::Encrypted(encrypted)),
            Some(Secured::Failed(fault)) => (self.tell)(RtpEvent::NoKeys(fault)),
            None => {}
        }
        self.shake();
        let Some(agreed) = self.agreed else { return };
        if !agreed.flow.receives() {
            self.heard = now();
        } else if !self.silent && now().saturating_duration_since(self.heard) > self.silence {
            self.silent = true;
            (self.tell)(RtpEvent::Silent);
        }
    }

    fn play(&mut self) {
        let mut frame = SILENCE;
        let since = now().saturating_duration_since(self.started).as_millis() as u64;
        let mut kind =
            self.hearing.as_mut().map_or(FrameKind::Silence, |hearing| hearing.play(since, &mut frame));
        if kind == FrameKind::Concealed {
            self.counts.concealed.fetch_add(1, Ordering::Relaxed);
        }
        if let Some(ringback) = &mut self.ringback {
            frame = ringback.frame();
            kind = FrameKind::Sound;
        } else if !self.speaker {
            frame = SILENCE;
            kind = FrameKind::Silence;
        }
        if let Some(bridge) = &mut self.bridge {
            frame = bridge.hear(&frame);
            kind = FrameKind::Sound;
        }
        self.ends.sink.take(&frame, kind);
    }

    fn send(&mut self) {
        // The source is drained also when nothing is sent: what was said on hold is not sent afterwards.
        let mut frame = SILENCE;
        self.ends.source.fill(&mut frame);
        if let Some(bridge) = &mut self.bridge {
            frame = bridge.say(&frame);
        }
        let Some(speaking) = &mut self.speaking else { return };
        let sends = self.agreed.is_some_and(|agreed| agreed.flow.sends());
        let Some(remote) = self.remote.filter(|_| sends) else {
            self.packetizer.skip(speaking.ticks());
            self.keys.clear();
            return;
        };
        if !self.microphone {
            frame = SILENCE;
        }
        let (format, ticks) = (speaking.format(), speaking.ticks());
        let stream = format.codec.clock_rate();
        let key = self.agreed.and_then(|agreed| agreed.telephone_event).is_some_and(|events| {
            let clocks = Clocks { stream, events: events.clock_rate };
            self.keys.packet(clocks, events.payload_type, &mut self.packetizer, &mut self.packet)
        });
        if !key {
            let payload = speaking.encode(&frame);
            self.packetizer.packet(format.payload_type, payload, ticks, &mut self.packet);
        }
        let octets = self.packet.len().saturating_sub(12);
        if self.sealing.seal(&mut self.packet) && self.socket.send_to(&self.packet, remote).is_ok() {
            self.monitor.sent(octets);
            self.counts.sent.fetch_add(1, Ordering::Relaxed);
            self.sealing.sent();
        }
    }
}
