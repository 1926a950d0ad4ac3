//! Rate conversion between devices and the phone: a windowed average down, a straight line up. Speech in
//! the telephone band needs no more on this floor.

/// Converts a stream from one rate to another, sample by sample, without allocating.
#[derive(Debug, Clone)]
pub struct Resampler {
    /// Input samples per output sample.
    step: f64,
    position: f64,
    previous: f64,
    /// Low-pass before going down: mean of the last samples.
    window: [f64; 16],
    window_len: usize,
    window_at: usize,
    sum: f64,
}

impl Resampler {
    /// From `from` to `to` samples a second; a rate of 0 counts as 1.
    pub fn new(from: u32, to: u32) -> Self {
        let step = f64::from(from.max(1)) / f64::from(to.max(1));
        let window_len = (step.round() as usize).clamp(1, 16);
        Self { step, position: 0.0, previous: 0.0, window: [0.0; 16], window_len, window_at: 0, sum: 0.0 }
    }

    /// Takes one sample in and gives `out` none, one or several.
    pub fn push(&mut self, sample: i16, mut out: impl FnMut(i16)) {
        let smooth = self.smooth(f64::from(sample));
        // Between the previous sample (0.0) and this one (1.0).
        while self.position < 1.0 {
            let value = self.previous + (smooth - self.previous) * self.position;
            out(value.clamp(f64::from(i16::MIN), f64::from(i16::MAX)) as i16);
            self.position += self.step;
        }
        self.position -= 1.0;
        self.previous = smooth;
    }

    /// Converts a whole piece.
    pub fn convert(&mut self, samples: &[i16]) -> Vec<i16> {
        let mut converted = Vec::with_capacity((samples.len() as f64 / self.step) as usize + 1);
        for sample in samples {
            self.push(*sample, |value| converted.push(value));
        }
        converted
    }

    fn smooth(&mut self, sample: f64) -> f64 {
        if self.window_len == 1 {
            return sample;
        }
        if let Some(slot) = self.window.get_mut(self.window_at) {
            self.sum += sample - *slot;
            *slot = sample;
        }
        self.window_at = (self.window_at + 1) % self.window_len;
        self.sum / self.window_len as f64
    }
}
