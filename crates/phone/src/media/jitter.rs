//! The jitter buffer: packets in as they arrive, frames out every 20 ms, in order, once. Time is an
//! argument, milliseconds of any monotonic clock.

use std::collections::BTreeMap;

use super::{Concealer, FRAME, FRAME_MS, Frame, SILENCE};

/// Shortest and longest delay that the buffer aims at, milliseconds.
const DELAY_MS: (f64, f64) = (20.0, 160.0);
/// Never more sound than this waits, samples (400 ms).
const BOUND: i64 = 3_200;
/// A jump this long, samples, is a new stream rather than a hole (1 s).
const JUMP: i64 = 8_000;
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

/// The buffer of one stream.
#[derive(Debug, Default)]
pub struct JitterBuffer {
    /// Samples by extended timestamp.
    waiting: BTreeMap<i64, Vec<i16>>,
    /// The extended timestamp of the next sample to play; `None` before the first frame.
    next: Option<i64>,
    newest: Option<i64>,
    /// Arrival minus timestamp, milliseconds: the least, slowly forgotten, and the peak above it.
    base: Option<f64>,
    peak: f64,
    playing: bool,
    excess: u32,
    dry: u32,
    concealer: Concealer,
    stats: JitterStats,
}

impl JitterBuffer {
    /// An empty buffer.
    pub fn new() -> Self {
        Self::default()
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
        self.waiting.last_key_value().map(|(at, samples)| at + samples.len() as i64)
    }

    /// Takes the decoded samples of a packet.
    pub fn push(&mut self, now_ms: u64, timestamp: u32, samples: &[i16]) -> Arrival {
        if samples.is_empty() || samples.len() as i64 > BOUND {
            return Arrival::Empty;
        }
        let at = self.extend(timestamp);
        let restarted = self.jumped(at);
        if restarted {
            self.restart(at);
        }
        self.measure(now_ms, at);
        let end = at + samples.len() as i64;
        if self.next.is_some_and(|next| end <= next) {
            self.stats.late += 1;
            return Arrival::Late;
        }
        if self.waiting.contains_key(&at) {
            self.stats.duplicate += 1;
            return Arrival::Duplicate;
        }
        self.newest = self.newest.max(Some(at));
        self.waiting.insert(at, samples.to_vec());
        self.stats.kept += 1;
        self.bound();
        if restarted { Arrival::Restarted } else { Arrival::Kept }
    }

    /// Gives the next 20 ms. To be called every 20 ms.
    pub fn pop(&mut self, frame: &mut Frame) -> FrameKind {
        if !self.playing && !self.begin() {
            *frame = self.idle();
            return FrameKind::Silence;
        }
        let Some(next) = self.next else {
            *frame = SILENCE;
            return FrameKind::Silence;
        };
        self.catch_up();
        self.close_hole();
        let next = self.next.unwrap_or(next);
        match self.take(next, frame) {
            FRAME => {
                self.advance(next);
                self.concealer.heard(frame);
                FrameKind::Sound
            }
            _ if self.waiting.is_empty() => self.run_dry(frame),
            filled => {
                // A hole before sound that has come: lost. What is there of the frame is kept.
                self.advance(next);
                let cover = self.concealer.fill();
                if filled == 0 {
                    *frame = cover;
                }
                self.stats.concealed += 1;
                FrameKind::Concealed
            }
        }
    }

    /// Begins playing when enough waits.
    fn begin(&mut self) -> bool {
        let needed = (self.target_ms() / FRAME_MS * FRAME as u64).max(FRAME as u64) as usize;
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
    fn run_dry(&mut self, frame: &mut Frame) -> FrameKind {
        self.dry += 1;
        if self.dry > 3 {
            self.playing = false;
            *frame = self.idle();
            return FrameKind::Silence;
        }
        *frame = self.concealer.fill();
        self.stats.concealed += 1;
        FrameKind::Concealed
    }

    fn idle(&mut self) -> Frame {
        self.concealer.fill()
    }

    /// Leaves one frame out when more than the target has waited for a second.
    fn catch_up(&mut self) {
        let wanted = self.target_ms() as usize * FRAME / FRAME_MS as usize + FRAME;
        self.excess = if self.depth() > wanted { self.excess + 1 } else { 0 };
        if self.excess > PATIENCE {
            self.excess = 0;
            self.stats.skipped += 1;
            if let Some(next) = self.next {
                self.advance(next);
            }
        }
    }

    /// What was concealed while nothing waited turns out to be lost rather than late: it is not concealed
    /// again.
    fn close_hole(&mut self) {
        let Some((first, _)) = self.waiting.first_key_value() else { return };
        let hole = self.next.map_or(0, |next| (first - next) / FRAME as i64);
        let filled = hole.clamp(0, i64::from(self.dry));
        self.next = self.next.map(|next| next + filled * FRAME as i64);
        self.dry = 0;
    }

    fn advance(&mut self, next: i64) {
        let next = next + FRAME as i64;
        self.next = Some(next);
        self.dry = 0;
        while let Some(entry) = self.waiting.first_entry() {
            if entry.key() + entry.get().len() as i64 > next {
                break;
            }
            entry.remove();
        }
    }

    /// Copies what is there of `[from, from + FRAME)`; gives the number of samples found.
    fn take(&self, from: i64, frame: &mut Frame) -> usize {
        *frame = SILENCE;
        let mut found = 0;
        for (at, samples) in self.waiting.range(..from + FRAME as i64) {
            let skip = usize::try_from(from - at).unwrap_or(0);
            let place = usize::try_from(at - from).unwrap_or(0);
            let source = samples.get(skip..).unwrap_or_default();
            for (slot, sample) in frame.iter_mut().skip(place).zip(source) {
                *slot = *sample;
                found += 1;
            }
        }
        found.min(FRAME)
    }

    fn extend(&self, timestamp: u32) -> i64 {
        let Some(newest) = self.newest else { return i64::from(timestamp) };
        let step = timestamp.wrapping_sub(newest as u32) as i32;
        newest + i64::from(step)
    }

    fn jumped(&self, at: i64) -> bool {
        match (self.newest, self.next) {
            (Some(newest), _) if (at - newest).abs() > JUMP => true,
            // After a pause the place in the stream is long past.
            (Some(_), Some(next)) if !self.playing && at - next > FRAME as i64 => self.waiting.is_empty(),
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
        let transit = now_ms as f64 - at as f64 * FRAME_MS as f64 / FRAME as f64;
        let base = self.base.map_or(transit, |base| (base + 0.01).min(transit));
        self.base = Some(base);
        self.peak = (self.peak * 0.995).max((transit - base).min(DELAY_MS.1));
    }

    fn bound(&mut self) {
        let Some(end) = self.end() else { return };
        let oldest = end - BOUND;
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
