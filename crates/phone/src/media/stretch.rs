//! Plays a little faster or slower without a change of pitch: one period of the voice is left out or put in.

use super::conceal::likeness;

/// 2.5–16 ms, samples of 8 kHz.
const SHORTEST: usize = 20;
const LONGEST: usize = 128;
/// Samples compared, of 8 kHz.
const COMPARED: usize = 120;
/// What is no louder than this is silence, where nothing is heard of a change.
const QUIET: f64 = 150.0;

/// Changes the length of sound that waits to be played.
#[derive(Debug, Clone, Copy)]
pub(super) struct Stretch {
    /// Times 8 kHz.
    scale: usize,
}

impl Stretch {
    pub(super) fn new(rate: u32) -> Self {
        Self { scale: (rate as usize / 8_000).max(1) }
    }

    /// Leaves one period of at most `most` samples out, if the voice is at least so like itself (0–1). Gives the
    /// samples left out.
    pub(super) fn shorten(&self, samples: &mut Vec<i16>, most: usize, alike: f64) -> usize {
        let Some(period) = self.period(samples, most, alike) else { return 0 };
        for at in 0..period {
            let share = (at + 1) as f32 / (period + 1) as f32;
            let (now, later) = (value(samples, at), value(samples, at + period));
            if let Some(slot) = samples.get_mut(at + period) {
                *slot = (now * (1.0 - share) + later * share).round() as i16;
            }
        }
        samples.drain(..period);
        period
    }

    /// Puts one period of at most `most` samples in, likewise. Gives the samples put in.
    pub(super) fn lengthen(&self, samples: &mut Vec<i16>, most: usize, alike: f64) -> usize {
        let Some(period) = self.period(samples, most, alike) else { return 0 };
        let more: Vec<i16> = (0..period)
            .map(|at| {
                let share = (at + 1) as f32 / (period + 1) as f32;
                let (now, before) = (value(samples, at + period), value(samples, at));
                (now * (1.0 - share) + before * share).round() as i16
            })
            .collect();
        samples.splice(period..period, more);
        period
    }

    /// The period in which the sound repeats itself best.
    fn period(&self, samples: &[i16], most: usize, alike: f64) -> Option<usize> {
        let longest = (LONGEST * self.scale).min(most).min(samples.len() / 2);
        let shortest = SHORTEST * self.scale;
        if longest < shortest {
            return None;
        }
        let energy: f64 = samples.iter().map(|sample| f64::from(*sample).powi(2)).sum();
        if energy <= QUIET * QUIET * samples.len() as f64 {
            return Some(longest);
        }
        let likeness_at = |lag: usize| {
            let length = (COMPARED * self.scale).min(samples.len() - lag);
            likeness(
                samples.get(..length).unwrap_or_default(),
                samples.get(lag..lag + length).unwrap_or_default(),
            )
        };
        let best = |lags: &mut dyn Iterator<Item = usize>| {
            lags.map(|lag| (lag, likeness_at(lag))).max_by(|a, b| a.1.total_cmp(&b.1))
        };
        let (near, _) = best(&mut (shortest..=longest).step_by(self.scale))?;
        let around = near.saturating_sub(self.scale - 1).max(shortest)..=(near + self.scale - 1).min(longest);
        best(&mut { around }).filter(|(_, found)| *found >= alike).map(|(lag, _)| lag)
    }
}

fn value(samples: &[i16], at: usize) -> f32 {
    samples.get(at).copied().map_or(0.0, f32::from)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::media::{Tone, ToneMeter};

    #[test]
    fn a_voice_is_made_shorter_and_longer_by_whole_periods_and_keeps_its_pitch() {
        for rate in [8_000u32, 16_000, 48_000] {
            let mut tone = Tone::pair(150.0, 0.0, 0.5, f64::from(rate));
            let mut said: Vec<i16> = (0..rate / 25).map(|_| tone.sample()).collect();
            let length = said.len();
            let stretch = Stretch::new(rate);
            let removed = stretch.shorten(&mut said, usize::MAX, 0.9);
            let periods = removed as f64 * 150.0 / f64::from(rate);
            assert!(periods > 0.5 && (periods - periods.round()).abs() < 0.05, "{rate}: {periods} periods");
            assert_eq!(said.len(), length - removed);
            let added = stretch.lengthen(&mut said, usize::MAX, 0.9);
            assert_eq!(said.len(), length - removed + added);
            let mut meter = ToneMeter::at(150.0, rate);
            meter.hear(&said);
            assert!(meter.share() > 0.97, "{rate}: {}", meter.share());
            let steps = said.windows(2).map(|pair| pair[0].abs_diff(pair[1])).max().unwrap();
            assert!(f64::from(steps) < 3_000.0 * 8_000.0 / f64::from(rate), "{rate}: a step of {steps}");
        }
    }

    #[test]
    fn what_does_not_repeat_is_left_alone_unless_it_must_and_silence_always_gives() {
        let mut seed = 1u32;
        let mut noise: Vec<i16> = (0..320)
            .map(|_| {
                seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                (seed >> 18) as i16 - 8_192
            })
            .collect();
        let stretch = Stretch::new(8_000);
        assert_eq!(stretch.shorten(&mut noise, usize::MAX, 0.8), 0);
        assert_eq!(noise.len(), 320);
        assert!(stretch.shorten(&mut noise, usize::MAX, -1.0) > 0);
        assert_eq!(stretch.shorten(&mut vec![3; 320], 100, 0.9), 100);
        assert_eq!(stretch.shorten(&mut vec![3; 320], 10, 0.9), 0, "less than a period");
    }
}
