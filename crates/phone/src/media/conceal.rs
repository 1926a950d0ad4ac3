//! Concealment of lost sound: the last pitch period again, fading, for 60 ms at most.

use super::{FRAME, Frame, SILENCE};

const HISTORY: usize = 320;
/// 2.5–15 ms: voices between 66 and 400 Hz.
const SHORTEST: usize = 20;
const LONGEST: usize = 120;
/// Samples compared to find the period.
const COMPARED: usize = 100;
/// After this many samples nothing is repeated any more.
const FADED: usize = 480;
/// Samples over which real sound takes over again.
const BLEND: usize = 40;

/// Remembers what was played and fills holes with it.
#[derive(Debug, Clone)]
pub struct Concealer {
    history: [i16; HISTORY],
    period: usize,
    /// Samples concealed in this hole.
    filled: usize,
}

impl Default for Concealer {
    fn default() -> Self {
        Self { history: [0; HISTORY], period: 0, filled: 0 }
    }
}

impl Concealer {
    /// Real sound is played; after a hole it is blended in.
    pub fn heard(&mut self, frame: &mut Frame) {
        if self.filled > 0 {
            let tail = self.continued();
            for (i, (sample, old)) in frame.iter_mut().zip(tail).take(BLEND).enumerate() {
                let share = (i + 1) as i32;
                let blended = i32::from(*sample) * share + i32::from(old) * (BLEND as i32 - share);
                *sample = (blended / BLEND as i32) as i16;
            }
            self.filled = 0;
        }
        self.remember(frame);
    }

    /// Fills a hole of 20 ms.
    pub fn fill(&mut self) -> Frame {
        if self.filled == 0 {
            self.period = self.find_period();
        }
        let frame = self.continued();
        self.filled += FRAME;
        self.remember(&frame);
        frame
    }

    fn continued(&self) -> Frame {
        if self.filled >= FADED || self.period == 0 {
            return SILENCE;
        }
        let mut frame = SILENCE;
        let last: &[i16] = self.history.get(HISTORY - self.period..).unwrap_or_default();
        for (i, (slot, sample)) in frame.iter_mut().zip(last.iter().cycle()).enumerate() {
            // The history already carries the fade of the frames before.
            let (before, after) = (FADED - self.filled, FADED.saturating_sub(self.filled + i));
            *slot = (i32::from(*sample) * after as i32 / before as i32) as i16;
        }
        frame
    }

    fn remember(&mut self, frame: &Frame) {
        self.history.copy_within(FRAME.., 0);
        if let Some(end) = self.history.get_mut(HISTORY - FRAME..) {
            end.copy_from_slice(frame);
        }
    }

    /// The lag at which the end of the history resembles itself most.
    fn find_period(&self) -> usize {
        let end = self.history.get(HISTORY - COMPARED..).unwrap_or_default();
        let mut best = (LONGEST, f64::MIN);
        for lag in SHORTEST..=LONGEST {
            let from = HISTORY - COMPARED - lag;
            let past = self.history.get(from..from + COMPARED).unwrap_or_default();
            let (mut cross, mut energy) = (0.0, 1.0);
            for (a, b) in end.iter().zip(past) {
                cross += f64::from(*a) * f64::from(*b);
                energy += f64::from(*b) * f64::from(*b);
            }
            let likeness = cross / energy.sqrt();
            if likeness > best.1 {
                best = (lag, likeness);
            }
        }
        best.0
    }
}
