//! The jitter buffer: packets in as they arrive, frames out every 20 ms, in order, once. A packet is decoded
//! when its turn comes, so that codecs with a memory meet the packets in order. Time is an argument,
//! milliseconds of any monotonic clock.

use std::collections::BTreeMap;

use super::delay::Delay;
use super::stretch::Stretch;
use super::{Concealer, Decode, FRAME_MS};

/// Never more sound than this waits, milliseconds.
const BOUND_MS: i64 = 400;
/// A jump this long, milliseconds, is a new stream rather than a hole.
const JUMP_MS: i64 = 1_000;
/// Frames in a row that are concealed: 60 ms. After that a hole is silence.
const CONCEALED: u32 = 3;
/// A packet may have waited so much more than a frame longer, or so much shorter, than is aimed at, milliseconds; then
/// sound is played faster or slower.
const MORE_MS: f64 = 5.0;
const LESS_MS: f64 = 3.0;
/// From here on a change that is heard is better than the delay or the holes, milliseconds.
const FAR_MORE_MS: f64 = 60.0;
const MUCH_MORE_MS: f64 = 20.0;
const FAR_LESS_MS: f64 = 30.0;
/// How like itself the voice must be for a change, and in that case; and nothing is: a change waits for a pause.
const ALIKE: f64 = 0.85;
const BARELY_ALIKE: f64 = 0.4;
const IN_PAUSES: f64 = 2.0;
/// What a frame leaves of the share of lost ones before it, and the share below which a line is good again.
const REMEMBERED: f64 = 0.996;
const GOOD: f64 = 0.001;
/// Frames that have to have been in excess before one is left out.
const PATIENCE: u32 = 50;

/// What became of a packet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Arrival {
    /// It waits for its turn.
    Kept,
    /// Its turn had passed.
    Late,
    /// It was there already.
    Duplicate,
    /// Its time lies far from the others': the first such packet, which may be a stray one, is kept apart.
    Stray,
    /// So does the one before it: the buffer began again with both.
    Restarted,
    /// Nothing in it.
    Empty,
}

/// What a frame is made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FrameKind {
    /// Sound that was sent.
    Sound,
    /// A hole that was filled, wholly or in part.
    Concealed,
    /// Nothing to play: before the first packet, while the buffer fills, or long after the last.
    Silence,
}

/// Counts since the start.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct JitterStats {
    /// Packets kept.
    pub kept: u64,
    /// Packets too late.
    pub late: u64,
    /// Packets that came twice.
    pub duplicate: u64,
    /// Frames concealed.
    pub concealed: u64,
    /// Frames left out to catch up.
    pub skipped: u64,
    /// Times that a period of the voice was left out, and put in.
    pub shortened: u64,
    /// See [`Self::shortened`].
    pub lengthened: u64,
}

/// A packet that waits.
#[derive(Debug)]
struct Waiting {
    payload: Vec<u8>,
    /// Samples that it lasts.
    length: usize,
    /// Decoded, once its turn has come.
    sound: Option<Vec<i16>>,
}

impl Waiting {
    fn sound<D: Decode>(&mut self, decoder: &mut D) -> &[i16] {
        let Self { payload, length, sound } = self;
        sound.get_or_insert_with(|| {
            let mut samples = Vec::with_capacity(*length);
            decoder.decode(payload, &mut samples);
            samples.resize(*length, 0);
            samples
        })
    }
}

/// The buffer of one stream, with its decoder.
#[derive(Debug)]
pub struct JitterBuffer<D> {
    decoder: D,
    /// Samples in a frame of 20 ms, and for each tick of the timestamp.
    frame: usize,
    per_tick: i64,
    /// By place in the stream, samples.
    waiting: BTreeMap<i64, Waiting>,
    /// The place of the next sample to decode; `None` before the first frame.
    next: Option<i64>,
    newest: Option<i64>,
    /// What came last, if it lies far from what came before.
    stray: Option<(i64, Vec<u8>)>,
    /// Decoded or concealed, and not played yet.
    ready: Vec<i16>,
    delay: Delay,
    stretch: Stretch,
    /// The share of frames lost of late.
    lost: f64,
    lossy: bool,
    playing: bool,
    excess: u32,
    dry: u32,
    /// Frames concealed in a row.
    hole: u32,
    concealer: Concealer,
    stats: JitterStats,
}

impl<D: Decode> JitterBuffer<D> {
    /// An empty buffer.
    pub fn new(decoder: D) -> Self {
        let rate = decoder.sample_rate().max(1_000);
        Self {
            frame: (u64::from(rate) * FRAME_MS / 1_000) as usize,
            per_tick: i64::from(rate / decoder.clock_rate().max(1)).max(1),
            concealer: Concealer::new(rate),
            decoder,
            waiting: BTreeMap::new(),
            next: None,
            newest: None,
            stray: None,
            ready: Vec::new(),
            delay: Delay::new(),
            stretch: Stretch::new(rate),
            lost: 0.0,
            lossy: false,
            playing: false,
            excess: 0,
            dry: 0,
            hole: 0,
            stats: JitterStats::default(),
        }
    }

    /// Its decoder.
    pub fn decoder(&self) -> &D {
        &self.decoder
    }

    /// Samples in a frame of 20 ms at the decoder's rate.
    pub fn frame_length(&self) -> usize {
        self.frame
    }

    /// Counts since the start.
    pub fn stats(&self) -> JitterStats {
        self.stats
    }

    /// The delay aimed at, milliseconds.
    pub fn target_ms(&self) -> u64 {
        self.aim_ms() as u64
    }

    /// On a line that loses packets the one after a lost one shall be there when the hole is filled: it tells of it.
    fn aim_ms(&self) -> f64 {
        self.delay.target_ms() + if self.lossy { FRAME_MS as f64 } else { 0.0 }
    }

    fn count_lost(&mut self, frames: i64) {
        let now = if frames > 0 { 1.0 } else { 0.0 };
        self.lost = self.lost * REMEMBERED + now * (1.0 - REMEMBERED);
        self.lossy = frames > 0 || (self.lossy && self.lost > GOOD);
    }

    /// Sound that waits, samples from the next to play to the newest.
    pub fn depth(&self) -> usize {
        let Some((first, _)) = self.waiting.first_key_value() else { return self.ready.len() };
        let from = self.next.unwrap_or(*first);
        self.ready.len() + self.end().map_or(0, |end| usize::try_from(end - from).unwrap_or(0))
    }

    fn end(&self) -> Option<i64> {
        self.waiting.last_key_value().map(|(at, packet)| at + packet.length as i64)
    }

    /// So many milliseconds in samples.
    fn samples(&self, ms: i64) -> i64 {
        ms * self.frame as i64 / FRAME_MS as i64
    }

    /// A place in the stream in milliseconds.
    fn ms(&self, place: i64) -> f64 {
        place as f64 * FRAME_MS as f64 / self.frame as f64
    }

    /// Takes the payload of a packet.
    pub fn push(&mut self, now_ms: u64, timestamp: u32, payload: &[u8]) -> Arrival {
        let length = self.decoder.samples(payload);
        if length == 0 || length as i64 > self.samples(BOUND_MS) {
            return Arrival::Empty;
        }
        let at = self.extend(timestamp);
        let before = self.stray.take();
        let restarted = self.newest.is_some_and(|newest| self.far(at, newest));
        if restarted {
            let Some((began, first)) = before.filter(|(before, _)| !self.far(at, *before)) else {
                self.stray = Some((at, payload.to_vec()));
                return Arrival::Stray;
            };
            self.restart(began.min(at));
            self.push(now_ms, (began / self.per_tick) as u32, &first);
        }
        self.delay.arrived(now_ms, self.ms(at));
        let end = at + length as i64;
        if self.next.is_some_and(|next| end <= next) {
            self.stats.late += 1;
            return Arrival::Late;
        }
        if self.waiting.contains_key(&at) {
            self.stats.duplicate += 1;
            return Arrival::Duplicate;
        }
        self.newest = self.newest.max(Some(at));
        self.waiting.insert(at, Waiting { payload: payload.to_vec(), length, sound: None });
        self.stats.kept += 1;
        self.bound();
        if restarted { Arrival::Restarted } else { Arrival::Kept }
    }

    /// Gives the next 20 ms ([`Self::frame_length`] samples). To be called every 20 ms.
    pub fn pop(&mut self, now_ms: u64, frame: &mut [i16]) -> FrameKind {
        if !self.playing && !self.begin(now_ms) {
            return self.idle(frame);
        }
        self.catch_up(now_ms);
        let (excess, short) = self.excess_ms(now_ms).unwrap_or_default();
        let mut kind = FrameKind::Sound;
        if self.ready.len() < self.frame {
            kind = self.take();
            if kind == FrameKind::Silence {
                return self.idle(frame);
            }
            // Nothing is put in twice in a packet.
            if kind == FrameKind::Sound {
                self.fit(excess, short);
            }
        }
        for (slot, sample) in frame.iter_mut().zip(self.ready.drain(..self.frame.min(self.ready.len()))) {
            *slot = sample;
        }
        kind
    }

    /// Decodes or conceals the next 20 ms.
    fn take(&mut self) -> FrameKind {
        self.close_hole();
        let Some(next) = self.next else { return FrameKind::Silence };
        let there = self.there(next);
        let mut frame = vec![0; self.frame];
        let kind = if there >= self.frame {
            self.copy(next, &mut frame);
            if !self.decoder.conceals() {
                self.concealer.heard(&mut frame);
            }
            self.hole = 0;
            self.count_lost(0);
            self.advance(next);
            FrameKind::Sound
        } else if self.waiting.is_empty() {
            self.run_dry(&mut frame)
        } else {
            // A hole before sound that has come: lost. What is there of the frame is kept.
            self.conceal((there == 0).then_some(next), &mut frame);
            self.copy(next, &mut frame);
            self.count_lost(1);
            self.advance(next);
            FrameKind::Concealed
        };
        if kind != FrameKind::Silence {
            self.ready.extend(frame);
        }
        kind
    }

    /// How much longer than it has to the next sample will have waited, milliseconds; below zero when too short, and
    /// then whether packets may come too late for it.
    ///
    /// Packets are taken whole, at the pace of the frames: one is due when less than a frame is ready, and shall then
    /// have waited as long as is aimed at. What is ready beyond whole frames is delay for nothing.
    fn excess_ms(&self, now_ms: u64) -> Option<(f64, bool)> {
        let frames = (self.ready.len() / self.frame) as u64;
        let due = self.delay.wait_ms(now_ms + frames * FRAME_MS, self.ms(self.next?))?;
        let (over, frame) = (due - self.aim_ms(), FRAME_MS as f64);
        let steps = if over < -LESS_MS {
            (over / frame).floor()
        } else {
            ((over - MORE_MS) / frame).floor().max(0.0)
        };
        let excess = steps * frame + self.ms((self.ready.len() % self.frame) as i64);
        Some((excess, due - self.delay.target_ms() < -LESS_MS))
    }

    /// Plays faster or slower when the delay is not the one that is aimed at. Where that can wait, it waits for a pause
    /// in the voice.
    fn fit(&mut self, excess: f64, short: bool) {
        let most = (excess.abs() * self.frame as f64 / FRAME_MS as f64) as usize;
        if excess > 0.0 {
            let next = self.next.unwrap_or_default();
            if most >= self.frame && self.there(next) >= self.frame {
                self.take();
            }
            let alike = match excess {
                FAR_MORE_MS.. => BARELY_ALIKE,
                MUCH_MORE_MS.. => ALIKE,
                _ => IN_PAUSES,
            };
            // A whole frame has to be left.
            let most = most.min(self.ready.len().saturating_sub(self.frame));
            let changed = self.stretch.shorten(&mut self.ready, most, alike);
            self.stats.shortened += u64::from(changed > 0);
        } else if excess < 0.0 {
            let alike = match short {
                true if excess < -FAR_LESS_MS => BARELY_ALIKE,
                true => ALIKE,
                false => IN_PAUSES,
            };
            let changed = self.stretch.lengthen(&mut self.ready, most, alike);
            self.stats.lengthened += u64::from(changed > 0);
        }
    }

    /// Begins playing when the first has waited as long as is aimed at.
    fn begin(&mut self, now_ms: u64) -> bool {
        let Some((first, _)) = self.waiting.first_key_value() else { return false };
        let from = self.next.map_or(*first, |next| next.max(*first));
        let waited = self.delay.wait_ms(now_ms, self.ms(from));
        let enough = waited.is_some_and(|waited| waited >= self.aim_ms());
        if enough {
            self.next = Some(from);
            self.playing = true;
            self.dry = 0;
        }
        enough
    }

    /// Nothing waits: the sender paused, or the next packet is late. The place in the stream is kept, so
    /// that a late packet is still played; the delay grows by what it was late.
    fn run_dry(&mut self, frame: &mut [i16]) -> FrameKind {
        self.dry += 1;
        if self.dry > CONCEALED {
            self.playing = false;
            return FrameKind::Silence;
        }
        self.conceal(None, frame);
        FrameKind::Concealed
    }

    fn idle(&mut self, frame: &mut [i16]) -> FrameKind {
        self.ready.clear();
        frame.fill(0);
        FrameKind::Silence
    }

    /// Fills a hole. `lost`: the place of a whole frame that is lost, which the packet right after it may
    /// tell of.
    fn conceal(&mut self, lost: Option<i64>, frame: &mut [i16]) {
        self.stats.concealed += 1;
        self.hole = self.hole.saturating_add(1);
        if !self.decoder.conceals() {
            let following = lost.and_then(|at| self.waiting.get_mut(&(at + self.frame as i64)));
            let following = following.map(|packet| packet.sound(&mut self.decoder));
            self.concealer.fill(frame, following);
            return;
        }
        let following = lost.and_then(|at| self.waiting.get(&(at + self.frame as i64)));
        let following = following.map(|packet| packet.payload.as_slice());
        self.decoder.conceal(following, frame);
        if self.hole > CONCEALED && following.is_none() {
            frame.fill(0);
        }
    }

    /// Leaves one frame out when far more than is aimed at has waited for a second and no period could be left out.
    fn catch_up(&mut self, now_ms: u64) {
        let far = self.excess_ms(now_ms).is_some_and(|(excess, _)| excess > FAR_MORE_MS);
        self.excess = if far { self.excess + 1 } else { 0 };
        if self.excess > PATIENCE {
            self.excess = 0;
            self.stats.skipped += 1;
            if let Some(next) = self.next {
                // Decoded all the same: what comes after builds on it.
                self.copy(next, &mut []);
                self.advance(next);
            }
        }
    }

    /// What was concealed while nothing waited turns out to be lost rather than late: it is not concealed
    /// again.
    fn close_hole(&mut self) {
        let Some((first, _)) = self.waiting.first_key_value() else { return };
        let frame = self.frame as i64;
        let hole = self.next.map_or(0, |next| (first - next) / frame);
        let filled = hole.clamp(0, i64::from(self.dry));
        self.next = self.next.map(|next| next + filled * frame);
        if filled > 0 {
            self.count_lost(filled);
        }
        self.dry = 0;
    }

    fn advance(&mut self, next: i64) {
        let next = next + self.frame as i64;
        self.next = Some(next);
        self.dry = 0;
        while let Some(entry) = self.waiting.first_entry() {
            if entry.key() + entry.get().length as i64 > next {
                break;
            }
            entry.remove();
        }
    }

    /// How many samples of the frame from there on have come.
    fn there(&self, from: i64) -> usize {
        let to = from + self.frame as i64;
        let (mut found, mut seen) = (0, from);
        for (at, packet) in self.waiting.range(..to) {
            let end = (at + packet.length as i64).min(to);
            let begin = (*at).max(seen);
            found += usize::try_from(end - begin).unwrap_or(0);
            seen = seen.max(end);
        }
        found
    }

    /// Decodes what has come of the frame from there on, and lays it over `frame`.
    fn copy(&mut self, from: i64, frame: &mut [i16]) {
        for (at, packet) in self.waiting.range_mut(..from + self.frame as i64) {
            let skip = usize::try_from(from - at).unwrap_or(0);
            let place = usize::try_from(at - from).unwrap_or(0);
            let source = packet.sound(&mut self.decoder).get(skip..).unwrap_or_default();
            for (slot, sample) in frame.iter_mut().skip(place).zip(source) {
                *slot = *sample;
            }
        }
    }

    fn extend(&self, timestamp: u32) -> i64 {
        let Some(newest) = self.newest.map(|place| place / self.per_tick) else {
            return i64::from(timestamp) * self.per_tick;
        };
        let step = timestamp.wrapping_sub(newest as u32) as i32;
        (newest + i64::from(step)) * self.per_tick
    }

    fn far(&self, at: i64, from: i64) -> bool {
        (at - from).abs() > self.samples(JUMP_MS)
    }

    fn restart(&mut self, at: i64) {
        self.waiting.clear();
        self.next = Some(at);
        self.newest = Some(at);
        self.ready.clear();
        self.playing = false;
        self.delay.restart();
        self.excess = 0;
    }

    fn bound(&mut self) {
        let Some(end) = self.end() else { return };
        let oldest = end - self.samples(BOUND_MS);
        while let Some(entry) = self.waiting.first_entry() {
            if *entry.key() >= oldest {
                break;
            }
            entry.remove();
        }
        if self.next.is_some_and(|next| next < oldest) {
            self.next = self.waiting.first_key_value().map(|(at, _)| *at);
        }
    }
}
