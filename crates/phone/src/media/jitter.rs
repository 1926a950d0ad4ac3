//! The jitter buffer: packets in as they arrive, frames out every 20 ms, in order, once. A packet is decoded
//! when its turn comes, so that codecs with a memory meet the packets in order. Time is an argument,
//! milliseconds of any monotonic clock.

use std::collections::BTreeMap;

use super::{Concealer, Decode, FRAME_MS};

/// Shortest and longest delay that the buffer aims at, milliseconds.
const DELAY_MS: (f64, f64) = (20.0, 160.0);
/// Never more sound than this waits, milliseconds.
const BOUND_MS: i64 = 400;
/// A jump this long, milliseconds, is a new stream rather than a hole.
const JUMP_MS: i64 = 1_000;
/// Frames in a row that are concealed: 60 ms. After that a hole is silence.
const CONCEALED: u32 = 3;
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
    /// Its time lies far from the others; the buffer began again with it.
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
    /// The place of the next sample to play; `None` before the first frame.
    next: Option<i64>,
    newest: Option<i64>,
    /// Arrival minus timestamp, milliseconds: the least, slowly forgotten, and the peak above it.
    base: Option<f64>,
    peak: f64,
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
            base: None,
            peak: 0.0,
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
        (self.peak + DELAY_MS.0).clamp(DELAY_MS.0, DELAY_MS.1) as u64
    }

    /// Sound that waits, samples from the next to play to the newest.
    pub fn depth(&self) -> usize {
        let Some((first, _)) = self.waiting.first_key_value() else { return 0 };
        let from = self.next.unwrap_or(*first);
        self.end().map_or(0, |end| usize::try_from(end - from).unwrap_or(0))
    }

    fn end(&self) -> Option<i64> {
        self.waiting.last_key_value().map(|(at, packet)| at + packet.length as i64)
    }

    /// So many milliseconds in samples.
    fn samples(&self, ms: i64) -> i64 {
        ms * self.frame as i64 / FRAME_MS as i64
    }

    /// Takes the payload of a packet.
    pub fn push(&mut self, now_ms: u64, timestamp: u32, payload: &[u8]) -> Arrival {
        let length = self.decoder.samples(payload);
        if length == 0 || length as i64 > self.samples(BOUND_MS) {
            return Arrival::Empty;
        }
        let at = self.extend(timestamp);
        let restarted = self.jumped(at);
        if restarted {
            self.restart(at);
        }
        self.measure(now_ms, at);
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
    pub fn pop(&mut self, frame: &mut [i16]) -> FrameKind {
        if !self.playing && !self.begin() {
            return self.idle(frame);
        }
        self.catch_up();
        self.close_hole();
        let Some(next) = self.next else { return self.idle(frame) };
        let there = self.there(next);
        if there >= self.frame {
            self.copy(next, frame);
            if !self.decoder.conceals() {
                self.concealer.heard(frame);
            }
            self.hole = 0;
            self.advance(next);
            return FrameKind::Sound;
        }
        if self.waiting.is_empty() {
            return self.run_dry(frame);
        }
        // A hole before sound that has come: lost. What is there of the frame is kept.
        self.conceal((there == 0).then_some(next), frame);
        self.copy(next, frame);
        self.advance(next);
        FrameKind::Concealed
    }

    /// Begins playing when enough waits.
    fn begin(&mut self) -> bool {
        let needed = (self.target_ms() / FRAME_MS * self.frame as u64).max(self.frame as u64) as usize;
        let Some((first, _)) = self.waiting.first_key_value() else { return false };
        let from = self.next.map_or(*first, |next| next.max(*first));
        let enough = self.end().is_some_and(|end| (end - from) as usize >= needed);
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
            return self.idle(frame);
        }
        self.conceal(None, frame);
        FrameKind::Concealed
    }

    fn idle(&mut self, frame: &mut [i16]) -> FrameKind {
        frame.fill(0);
        FrameKind::Silence
    }

    /// Fills a hole. `lost`: the place of a whole frame that is lost, which the packet right after it may
    /// tell of.
    fn conceal(&mut self, lost: Option<i64>, frame: &mut [i16]) {
        self.stats.concealed += 1;
        self.hole = self.hole.saturating_add(1);
        if !self.decoder.conceals() {
            self.concealer.fill(frame);
            return;
        }
        let following = lost.and_then(|at| self.waiting.get(&(at + self.frame as i64)));
        let following = following.map(|packet| packet.payload.as_slice());
        self.decoder.conceal(following, frame);
        if self.hole > CONCEALED && following.is_none() {
            frame.fill(0);
        }
    }

    /// Leaves one frame out when more than the target has waited for a second.
    fn catch_up(&mut self) {
        let wanted = self.target_ms() as usize * self.frame / FRAME_MS as usize + self.frame;
        self.excess = if self.depth() > wanted { self.excess + 1 } else { 0 };
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

    fn jumped(&self, at: i64) -> bool {
        match (self.newest, self.next) {
            (Some(newest), _) if (at - newest).abs() > self.samples(JUMP_MS) => true,
            // After a pause the place in the stream is long past.
            (Some(_), Some(next)) if !self.playing && at - next > self.frame as i64 => {
                self.waiting.is_empty()
            }
            _ => false,
        }
    }

    fn restart(&mut self, at: i64) {
        self.waiting.clear();
        self.next = Some(at);
        self.newest = Some(at);
        self.playing = false;
        self.base = None;
        self.excess = 0;
    }

    /// Follows how much later than the quickest packets arrive.
    fn measure(&mut self, now_ms: u64, at: i64) {
        let transit = now_ms as f64 - at as f64 * FRAME_MS as f64 / self.frame as f64;
        let base = self.base.map_or(transit, |base| (base + 0.01).min(transit));
        self.base = Some(base);
        self.peak = (self.peak * 0.995).max((transit - base).min(DELAY_MS.1));
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
