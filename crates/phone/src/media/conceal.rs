//! Concealment of lost sound: the last periods of the voice go on, fading, for 60 ms at most, and meet what follows
//! in step with it where that is known already.

/// Samples of 8 kHz; scaled to the stream's rate.
const HISTORY: usize = 480;
/// 2.5–16 ms: voices between 62 and 400 Hz.
const SHORTEST: usize = 20;
const LONGEST: usize = 128;
/// Samples compared to find the period.
const COMPARED: usize = 160;
/// After this many samples nothing is repeated any more.
const FADED: usize = 480;
/// Samples before the fading begins.
const FULL: usize = 80;
/// Samples over which real sound takes over again.
const BLEND: usize = 20;
/// Samples of what follows that the repetition is set in step with.
const MET: usize = 100;
/// Likeness from which a sound counts as a voice with a period, and from which it is also led back from what follows.
const VOICED: f64 = 0.5;
const LED_BACK: f64 = 0.6;
/// The step to the repetition is levelled out over so many samples.
const LEVELLED: usize = 40;

/// Remembers what was played and fills holes with it.
#[derive(Debug, Clone)]
pub struct Concealer {
    /// Times 8 kHz.
    scale: usize,
    history: Vec<i16>,
    /// The last periods as they were when the hole began, to be repeated.
    voice: Vec<f32>,
    /// From the end of what was played to the repetition without a step.
    step: f32,
    period: usize,
    /// Samples concealed in this hole.
    filled: usize,
    /// How loud the repetition ends up towards what follows, and over how many samples.
    toward: Option<(f32, usize)>,
    /// What would have gone on, kept for the blending.
    tail: Vec<i16>,
}

impl Concealer {
    /// For a stream of so many samples a second, a multiple of 8,000.
    pub fn new(rate: u32) -> Self {
        let scale = (rate as usize / 8_000).max(1);
        Self {
            scale,
            history: vec![0; HISTORY * scale],
            voice: Vec::new(),
            step: 0.0,
            period: 0,
            filled: 0,
            toward: None,
            tail: Vec::new(),
        }
    }

    /// Real sound is played; after a hole it is blended in.
    pub fn heard(&mut self, frame: &mut [i16]) {
        if self.filled > 0 {
            let blend = BLEND * self.scale;
            let mut tail = std::mem::take(&mut self.tail);
            tail.clear();
            tail.resize(blend.min(frame.len()), 0);
            self.go_on(&mut tail);
            for (i, (sample, old)) in frame.iter_mut().zip(&tail).enumerate() {
                let share = (i + 1) as i32;
                let blended = i32::from(*sample) * share + i32::from(*old) * (blend as i32 - share);
                *sample = (blended / blend as i32) as i16;
            }
            self.tail = tail;
            self.filled = 0;
        }
        self.remember(frame);
    }

    /// Fills a hole of the frame's length. `following`: what comes right after it, where it is there already.
    pub fn fill(&mut self, frame: &mut [i16], following: Option<&[i16]>) {
        if self.filled == 0 {
            self.begin(frame.len(), following);
        }
        self.go_on(frame);
        if let Some(next) = following.filter(|_| self.filled + frame.len() <= FADED * self.scale) {
            self.lead_back(frame, next);
        }
        self.filled = (self.filled + frame.len()).min(FADED * self.scale);
        self.remember(frame);
    }

    /// The repetition from where it stands.
    fn go_on(&self, frame: &mut [i16]) {
        let soft = (LEVELLED * self.scale) as f32;
        for (i, slot) in frame.iter_mut().enumerate() {
            let at = self.filled + i;
            let step = self.step * (1.0 - at as f32 / soft).max(0.0);
            // `as` saturates.
            *slot = ((self.repeated(at) + step) * self.loudness(at)).round() as i16;
        }
    }

    /// Fades over to the first period of what follows, repeated backwards.
    fn lead_back(&self, frame: &mut [i16], next: &[i16]) {
        let compared = 80 * self.scale;
        let Some(beginning) = next.get(..compared) else { return };
        let longest = (80 * self.scale).min(next.len().saturating_sub(compared));
        let mut best = (0, LED_BACK);
        for lag in SHORTEST * self.scale..=longest {
            let found = likeness(beginning, next.get(lag..lag + compared).unwrap_or_default());
            if found > best.1 {
                best = (lag, found);
            }
        }
        let (period, length) = (best.0, frame.len());
        if period == 0 {
            return;
        }
        for (at, slot) in frame.iter_mut().enumerate() {
            let back = (length - at) % period;
            let from = next.get(if back == 0 { 0 } else { period - back }).copied().map_or(0.0, f32::from);
            let share = (at + 1) as f32 / (length + 1) as f32;
            *slot = (f32::from(*slot) * (1.0 - share) + from * share).round() as i16;
        }
    }

    fn repeated(&self, at: usize) -> f32 {
        if self.period == 0 {
            return 0.0;
        }
        let from = self.voice.len().saturating_sub(self.period);
        self.voice.get(from + at % self.period).copied().unwrap_or(0.0)
    }

    fn loudness(&self, at: usize) -> f32 {
        let (full, faded) = ((FULL * self.scale) as f32, (FADED * self.scale) as f32);
        let at = at as f32;
        let fading = ((faded - at) / (faded - full)).clamp(0.0, 1.0);
        match self.toward {
            Some((ratio, length)) if at < length as f32 => 1.0 + (ratio - 1.0) * at / length as f32,
            Some((ratio, _)) => ratio.min(fading),
            None => fading,
        }
    }

    fn begin(&mut self, hole: usize, following: Option<&[i16]>) {
        self.period = self.find_period(hole, following);
        let end = self.history.len();
        let last = |back: usize| self.history.get(end.wrapping_sub(back)).copied().map_or(0.0, f32::from);
        let (period, quarter) = (self.period, self.period / 4);
        self.voice.clear();
        for back in (1..=period).rev() {
            // Its last quarter leads over to its beginning, one period earlier.
            let share =
                if back <= quarter { (quarter - back + 1) as f32 / (quarter + 1) as f32 } else { 0.0 };
            self.voice.push(last(back) * (1.0 - share) + last(back + period) * share);
        }
        self.step = last(1) - last(period + 1);
        self.toward = following.map(|next| (self.ratio(next), hole));
    }

    /// How loud what follows is beside what was.
    fn ratio(&self, following: &[i16]) -> f32 {
        let compared = COMPARED * self.scale;
        let before = energy(self.history.get(self.history.len() - compared..).unwrap_or_default());
        let after = energy(following.get(..compared.min(following.len())).unwrap_or_default());
        ((after + 1.0) / (before + 1.0)).sqrt().clamp(0.0, 1.0) as f32
    }

    /// The lag at which the end of the history resembles itself most, and leads on to what follows.
    fn find_period(&self, hole: usize, following: Option<&[i16]>) -> usize {
        let (length, compared) = (self.history.len(), COMPARED * self.scale);
        let end = self.history.get(length - compared..).unwrap_or_default();
        let met = following.and_then(|next| next.get(..MET * self.scale));
        let mut best = (LONGEST * self.scale, f64::MIN, 0.0);
        for lag in SHORTEST * self.scale..=LONGEST * self.scale {
            let from = length - compared - lag;
            let past = self.history.get(from..from + compared).unwrap_or_default();
            let itself = likeness(end, past);
            let last = self.history.get(length - lag..).unwrap_or_default();
            let meets = met.map_or(0.0, |next| {
                let on = last.iter().cycle().skip(hole % lag.max(1));
                likeness_of(next.iter().copied().zip(on.copied()))
            });
            let value = itself + 0.6 * meets;
            if value > best.1 {
                best = (lag, value, itself);
            }
        }
        // Noise repeated in short periods becomes a tone.
        if best.2 < VOICED && met.is_none() { LONGEST * self.scale } else { best.0 }
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
}

fn energy(samples: &[i16]) -> f64 {
    let sum: f64 = samples.iter().map(|sample| f64::from(*sample).powi(2)).sum();
    sum / samples.len().max(1) as f64
}

/// −1 to 1.
pub(super) fn likeness(a: &[i16], b: &[i16]) -> f64 {
    likeness_of(a.iter().copied().zip(b.iter().copied()))
}

fn likeness_of(pairs: impl Iterator<Item = (i16, i16)>) -> f64 {
    let (mut cross, mut first, mut second) = (0.0f32, 1.0f32, 1.0f32);
    for (a, b) in pairs {
        let (a, b) = (f32::from(a), f32::from(b));
        cross += a * b;
        first += a * a;
        second += b * b;
    }
    f64::from(cross / (first * second).sqrt())
}
