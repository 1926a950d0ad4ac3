//! Tones and their measure: ring tones, and tests that hear whether sound passes.

use super::{FRAME, Frame, SAMPLE_RATE};

/// A sine, or two summed, sample by sample.
#[derive(Debug, Clone)]
pub struct Tone {
    steps: [f64; 2],
    phases: [f64; 2],
    amplitude: f64,
    rate: f64,
}

impl Tone {
    /// A sine of `hz` with a peak of `amplitude` (0–1 of full scale) at the phone's rate.
    pub fn new(hz: f64, amplitude: f64) -> Self {
        Self::pair(hz, 0.0, amplitude, f64::from(SAMPLE_RATE))
    }

    /// Two sines of half the amplitude each (the second is left out when 0 Hz), at `rate` samples a second.
    pub fn pair(hz: f64, other_hz: f64, amplitude: f64, rate: f64) -> Self {
        let share = if other_hz > 0.0 { 0.5 } else { 1.0 };
        Self {
            steps: [hz, other_hz],
            phases: [0.0; 2],
            amplitude: amplitude.clamp(0.0, 1.0) * share * f64::from(i16::MAX),
            rate,
        }
    }

    /// The next sample.
    pub fn sample(&mut self) -> i16 {
        let mut sum = 0.0;
        for (step, phase) in self.steps.iter().zip(self.phases.iter_mut()) {
            if *step > 0.0 {
                sum += (*phase * std::f64::consts::TAU).sin();
                *phase = (*phase + step / self.rate).fract();
            }
        }
        (sum * self.amplitude) as i16
    }

    /// The next 20 ms at the phone's rate.
    pub fn frame(&mut self) -> Frame {
        let mut frame = [0; FRAME];
        for sample in &mut frame {
            *sample = self.sample();
        }
        frame
    }
}

/// Goertzel's filter: how much of what is heard is one frequency.
#[derive(Debug, Clone)]
pub struct ToneMeter {
    coefficient: f64,
    previous: f64,
    before: f64,
    energy: f64,
    samples: u32,
}

impl ToneMeter {
    /// Listens for `hz` at the phone's rate.
    pub fn new(hz: f64) -> Self {
        Self::at(hz, SAMPLE_RATE)
    }

    /// Listens for `hz` at `rate` samples a second.
    pub fn at(hz: f64, rate: u32) -> Self {
        let coefficient = 2.0 * (std::f64::consts::TAU * hz / f64::from(rate)).cos();
        Self { coefficient, previous: 0.0, before: 0.0, energy: 0.0, samples: 0 }
    }

    /// Listens to more samples.
    pub fn hear(&mut self, samples: &[i16]) {
        for sample in samples {
            let x = f64::from(*sample);
            let next = x + self.coefficient * self.previous - self.before;
            self.before = self.previous;
            self.previous = next;
            self.energy += x * x;
            self.samples += 1;
        }
    }

    /// The share of the tone in all that was heard since the last reading, 0–1; silence is 0.
    pub fn share(&mut self) -> f64 {
        let power = self.previous * self.previous + self.before * self.before
            - self.coefficient * self.previous * self.before;
        let all = self.energy * f64::from(self.samples) / 2.0;
        let share = if all > 0.0 { (power / all).min(1.0) } else { 0.0 };
        (self.previous, self.before, self.energy, self.samples) = (0.0, 0.0, 0.0, 0);
        share
    }
}
