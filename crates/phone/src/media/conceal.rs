//! Concealment of lost sound: the last pitch period again, fading, for 60 ms at most.

/// Samples of 8 kHz; scaled to the stream's rate.
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
    /// Times 8 kHz.
    scale: usize,
    history: Vec<i16>,
    /// What is repeated, kept for the blending.
    tail: Vec<i16>,
    period: usize,
    /// Samples concealed in this hole.
    filled: usize,
}

impl Concealer {
    /// For a stream of so many samples a second, a multiple of 8,000.
    pub fn new(rate: u32) -> Self {
        let scale = (rate as usize / 8_000).max(1);
        Self { scale, history: vec![0; HISTORY * scale], tail: Vec::new(), period: 0, filled: 0 }
    }

    /// Real sound is played; after a hole it is blended in.
    pub fn heard(&mut self, frame: &mut [i16]) {
        if self.filled > 0 {
            let blend = BLEND * self.scale;
            let mut tail = std::mem::take(&mut self.tail);
            tail.clear();
            tail.resize(frame.len(), 0);
            self.repeat(&mut tail);
            for (i, (sample, old)) in frame.iter_mut().zip(&tail).take(blend).enumerate() {
                let share = (i + 1) as i32;
                let blended = i32::from(*sample) * share + i32::from(*old) * (blend as i32 - share);
                *sample = (blended / blend as i32) as i16;
            }
            self.tail = tail;
            self.filled = 0;
        }
        self.remember(frame);
    }

    /// Fills a hole of the frame's length.
    pub fn fill(&mut self, frame: &mut [i16]) {
        if self.filled == 0 {
            self.period = self.find_period();
        }
        self.repeat(frame);
        self.filled = (self.filled + frame.len()).min(FADED * self.scale);
        self.remember(frame);
    }

    fn repeat(&self, frame: &mut [i16]) {
        frame.fill(0);
        let faded = FADED * self.scale;
        if self.filled >= faded || self.period == 0 {
            return;
        }
        let last = self.history.get(self.history.len() - self.period..).unwrap_or_default();
        for (i, (slot, sample)) in frame.iter_mut().zip(last.iter().cycle()).enumerate() {
            // The history already carries the fade of the frames before.
            let (before, after) = (faded - self.filled, faded.saturating_sub(self.filled + i));
            *slot = (i32::from(*sample) * after as i32 / before as i32) as i16;
        }
    }

    fn remember(&mut self, frame: &[i16]) {
        let kept = self.history.len().saturating_sub(frame.len());
        let gone = self.history.len() - kept;
        self.history.copy_within(gone.., 0);
        let newest = frame.get(frame.len().saturating_sub(self.history.len())..).unwrap_or_default();
        if let Some(end) = self.history.get_mut(kept..) {
            end.copy_from_slice(newest);
        }
    }

    /// The lag at which the end of the history resembles itself most.
    fn find_period(&self) -> usize {
        let (length, compared) = (self.history.len(), COMPARED * self.scale);
        let end = self.history.get(length - compared..).unwrap_or_default();
        let mut best = (LONGEST * self.scale, f64::MIN);
        for lag in SHORTEST * self.scale..=LONGEST * self.scale {
            let from = length - compared - lag;
            let past = self.history.get(from..from + compared).unwrap_or_default();
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
