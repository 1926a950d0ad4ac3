//! Rate conversion between codecs, files and devices: a windowed sinc in phases, so that the images and
//! aliases of speech lie 60 dB down.

/// Zero crossings of the sinc on each side; its delay at the lower of the two rates, samples.
const CROSSINGS: usize = 16;
/// The pass band ends at this share of the lower Nyquist frequency.
const CUTOFF: f64 = 0.95;
/// Kaiser's window: 60 dB.
const BETA: f64 = 6.0;
/// Rates without a small common measure share this many phases.
const MOST_PHASES: u64 = 512;
/// The finest change of a rate that can be tuned: its share of a sample.
const FINE: u64 = 1 << 24;

/// Converts a stream from one rate to another, sample by sample, without allocating.
#[derive(Debug, Clone)]
pub struct Resampler {
    /// Output samples to input samples, in lowest terms, or in fine ones.
    up: u64,
    down: u64,
    /// `down` before any tuning.
    untuned: u64,
    taps: usize,
    phases: u64,
    /// One row of taps for each phase, oldest input first.
    filter: Vec<f32>,
    /// The last inputs, twice in a row, so that they lie together wherever the newest is.
    line: Vec<f32>,
    newest: usize,
    /// Place of the next output after the newest input, in parts of `up`.
    place: u64,
}

impl Resampler {
    /// From `from` to `to` samples a second; a rate of 0 counts as 1.
    pub fn new(from: u32, to: u32) -> Self {
        let (from, to) = (u64::from(from.max(1)), u64::from(to.max(1)));
        let measure = common_measure(from, to);
        Self::with(to / measure, from / measure)
    }

    /// The same, to be tuned with [`Self::tune`].
    pub fn tunable(from: u32, to: u32) -> Self {
        let (from, to) = (u64::from(from.max(1)), u64::from(to.max(1)));
        let measure = common_measure(from, to);
        // Not equal even where the rates are: a whole sample is never just passed on.
        Self::with(to / measure * FINE, from / measure * FINE + 1)
    }

    fn with(up: u64, down: u64) -> Self {
        let stretch = (down as f64 / up as f64).max(1.0);
        let half = ((CROSSINGS as f64 * stretch - 1e-3).ceil() as usize).next_multiple_of(2);
        let (taps, phases) = if up == down { (0, 0) } else { (half * 2, up.min(MOST_PHASES)) };
        let filter = (0..phases).flat_map(|phase| row(half, phase as f64 / phases as f64, stretch)).collect();
        Self { up, down, untuned: down, taps, phases, filter, line: vec![0.0; taps * 2], newest: 0, place: 0 }
    }

    /// Takes the input by so many millionths faster than the rates say: gives that many fewer samples. Only of
    /// [`Self::tunable`], and within some thousand millionths.
    pub fn tune(&mut self, millionths: f64) {
        if self.untuned >= FINE {
            self.down = (self.untuned as f64 * (1.0 + millionths.clamp(-5_000.0, 5_000.0) * 1e-6)) as u64;
        }
    }

    /// Takes one sample in and gives `out` none, one or several.
    pub fn push(&mut self, sample: i16, mut out: impl FnMut(i16)) {
        if self.up == self.down {
            out(sample);
            return;
        }
        self.newest = if self.newest + 1 >= self.taps { 0 } else { self.newest + 1 };
        for at in [self.newest, self.newest + self.taps] {
            if let Some(slot) = self.line.get_mut(at) {
                *slot = f32::from(sample);
            }
        }
        while self.place < self.up {
            out(self.value());
            self.place += self.down;
        }
        self.place -= self.up;
    }

    /// Converts a whole piece.
    pub fn convert(&mut self, samples: &[i16]) -> Vec<i16> {
        let mut converted = Vec::with_capacity((samples.len() as u64 * self.up / self.down) as usize + 1);
        for sample in samples {
            self.push(*sample, |value| converted.push(value));
        }
        converted
    }

    fn value(&self) -> i16 {
        let phase = (self.place * self.phases / self.up) as usize;
        let filter = self.filter.get(phase * self.taps..).unwrap_or_default();
        let line = self.line.get(self.newest + 1..).unwrap_or_default();
        // Four sums side by side: one after the other would wait for each addition.
        let mut sums = [0.0f32; 4];
        for (weights, values) in filter.chunks_exact(4).zip(line.chunks_exact(4)).take(self.taps / 4) {
            for ((sum, weight), value) in sums.iter_mut().zip(weights).zip(values) {
                *sum += weight * value;
            }
        }
        // `as` saturates.
        sums.iter().sum::<f32>().round() as i16
    }
}

fn common_measure(a: u64, b: u64) -> u64 {
    if b == 0 { a } else { common_measure(b, a % b) }
}

/// The taps of one phase, oldest input first, with a sum of 1.
fn row(half: usize, phase: f64, stretch: f64) -> Vec<f32> {
    let taps = half * 2;
    let weight = |at: usize| {
        let distance = (taps - 1 - at) as f64 - half as f64 + phase;
        let x = distance / stretch * CUTOFF * std::f64::consts::PI;
        let sinc = if x.abs() < 1e-9 { 1.0 } else { x.sin() / x };
        let edge = (distance / half as f64).clamp(-1.0, 1.0);
        sinc * bessel(BETA * (1.0 - edge * edge).sqrt())
    };
    let sum: f64 = (0..taps).map(weight).sum();
    (0..taps).map(|at| (weight(at) / sum) as f32).collect()
}

/// The modified Bessel function of the first kind and order 0.
fn bessel(x: f64) -> f64 {
    let (mut term, mut sum) = (1.0, 1.0);
    for k in 1..30 {
        term *= (x / 2.0 / f64::from(k)).powi(2);
        sum += term;
    }
    sum
}
