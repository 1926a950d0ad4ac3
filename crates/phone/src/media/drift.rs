//! Two clocks that do not run alike: a store between them fills or empties. From its fill follows by how much faster what
//! goes through it must go. Frames are the measure of time.

use super::{FRAME_MS, SAMPLE_RATE};

/// Frames from look to look: a second. Devices hand over in portions, so that only the lowest fill counts.
const LOOK: u32 = 50;
/// Millionths for each millisecond off the band, and for each millisecond and second: so the store swings in without
/// overshoot, in half a minute.
const AT_ONCE: f64 = 60.0;
const LEARNED: f64 = 0.9;
/// No change of pitch that anybody hears, and more than two clocks differ by. Millionths.
const MOST: f64 = 500.0;
/// From the lowest fill to the highest that is left alone, and what the fill may swing beside a portion, milliseconds.
const BAND_MS: f64 = 5.0;
const SWING_MS: f64 = 8.0;
/// Beyond a portion, milliseconds.
const MARGIN_MS: f64 = 2.0;

/// What to do about the fill.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Advice {
    /// Nothing new.
    Keep,
    /// The store must be emptied by so many millionths faster from now on; slower when below zero.
    Tune(f64),
    /// So many samples are too much at once, as after a stall: they are to be left out.
    Cut(usize),
}

/// Follows the fill of one store.
#[derive(Debug, Clone)]
pub struct Drift {
    /// Samples a millisecond.
    scale: f64,
    /// The lowest fill that is left alone, milliseconds.
    low: f64,
    /// What is beyond that is cut, milliseconds; at the first look and later.
    most: (f64, f64),
    least: usize,
    frames: u32,
    /// How much faster the one clock runs, as far as known, millionths.
    learned: f64,
}

impl Drift {
    /// For a store of samples at `rate`, on whose one side a device takes or gives `portion_ms` at a time. No less than
    /// `piece_ms` is cut out of it.
    pub fn new(rate: u32, portion_ms: f64, piece_ms: f64) -> Self {
        let portion = portion_ms.min(FRAME_MS as f64);
        // As the clocks slide, a portion comes before a frame's moment or after it.
        let low = portion + MARGIN_MS;
        let high = low + BAND_MS;
        let later = high + piece_ms.max(portion + SWING_MS);
        Self {
            scale: f64::from(rate) / 1_000.0,
            low,
            most: (high + piece_ms, later),
            least: usize::MAX,
            frames: 0,
            learned: 0.0,
        }
    }

    /// For the phone's own rate.
    pub fn at_phone_rate(portion_ms: f64) -> Self {
        Self::new(SAMPLE_RATE, portion_ms, 0.0)
    }

    /// The fill, samples, that shall be there before anything is taken.
    pub fn cushion(&self) -> usize {
        (self.low * self.scale) as usize
    }

    /// Notes the fill when it is lowest, once a frame.
    pub fn note(&mut self, fill: usize) -> Advice {
        self.least = self.least.min(fill);
        self.frames += 1;
        if self.frames < LOOK {
            return Advice::Keep;
        }
        let fill = self.least as f64 / self.scale;
        (self.least, self.frames) = (usize::MAX, 0);
        let high = self.low + BAND_MS;
        let (first, later) = self.most;
        self.most = (later, later);
        if fill > first {
            return Advice::Cut(((fill - high) * self.scale) as usize);
        }
        let off = (fill - high).max(0.0) + (fill - self.low).min(0.0);
        self.learned = (self.learned + off * LEARNED).clamp(-MOST, MOST);
        Advice::Tune((self.learned + off * AT_ONCE).clamp(-MOST, MOST))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FRAME_OF: f64 = FRAME_MS as f64;

    /// A device whose clock is off by so many millionths; when its next portion comes, milliseconds.
    struct Device {
        portion: f64,
        off: f64,
        given: f64,
        chance: u32,
    }

    impl Device {
        fn new(portion: f64, ppm: f64) -> Self {
            Self { portion, off: 1.0 + ppm * 1e-6, given: 0.0, chance: 1 }
        }

        /// Portions until that moment; each is up to 3 ms late.
        fn portions(&mut self, now: f64) -> u32 {
            let mut count = 0;
            loop {
                self.chance = self.chance.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                let late = f64::from(self.chance >> 8) / f64::from(1 << 24) * 3.0;
                if (self.given + 1.0) * self.portion / self.off + late > now {
                    return count;
                }
                self.given += 1.0;
                count += 1;
            }
        }
    }

    /// An hour; gives the gaps after the first second, and the lowest and highest fill after the first minute.
    struct Hour {
        gaps: u32,
        fill: (f64, f64),
        cuts: u32,
    }

    impl Hour {
        fn note(&mut self, tick: u32, fill: f64) {
            if tick > 3_000 {
                self.fill = (self.fill.0.min(fill), self.fill.1.max(fill));
            }
        }
    }

    const NONE: Hour = Hour { gaps: 0, fill: (f64::MAX, 0.0), cuts: 0 };

    /// A microphone's store: portions come in, frames go out.
    fn said(portion: f64, ppm: f64, follows: bool) -> Hour {
        let (mut device, mut drift) = (Device::new(portion, ppm), Drift::at_phone_rate(portion));
        let (mut hour, mut store, mut tuned, mut flows) = (NONE, 0.0, 0.0, false);
        for tick in 1..180_000u32 {
            let came = f64::from(device.portions(f64::from(tick) * FRAME_OF));
            store += came * portion * (1.0 - tuned * 1e-6);
            flows |= store >= FRAME_OF + drift.cushion() as f64 / 48.0;
            if flows && store < FRAME_OF {
                (flows, store) = (false, 0.0);
                hour.gaps += u32::from(tick > 50);
            }
            store -= if flows { FRAME_OF } else { 0.0 };
            match drift.note((store * 48.0) as usize) {
                Advice::Tune(ppm) if follows => tuned = ppm,
                Advice::Cut(samples) => {
                    store -= samples as f64 / 48.0;
                    hour.cuts += u32::from(tick > 50);
                }
                Advice::Tune(_) | Advice::Keep => {}
            }
            hour.note(tick, store);
        }
        hour
    }

    /// A speaker's store: frames come in, portions go out.
    fn heard(portion: f64, ppm: f64) -> Hour {
        let (mut device, mut drift) = (Device::new(portion, ppm), Drift::new(48_000, portion, FRAME_OF));
        let (mut hour, mut store, mut tuned, mut flows) = (NONE, 0.0, 0.0, false);
        for tick in 1..180_000u32 {
            for _ in 0..device.portions(f64::from(tick) * FRAME_OF) {
                flows |= store >= 40.0f64.max(portion);
                if flows && store < portion {
                    flows = false;
                    hour.gaps += u32::from(tick > 50);
                }
                store -= if flows { portion } else { 0.0 };
            }
            hour.note(tick, store);
            match drift.note((store * 48.0) as usize) {
                Advice::Cut(_) => {
                    hour.cuts += u32::from(tick > 50);
                    continue;
                }
                Advice::Tune(ppm) => tuned = ppm,
                Advice::Keep => {}
            }
            store += FRAME_OF * (1.0 - tuned * 1e-6);
        }
        hour
    }

    #[test]
    fn clocks_that_differ_give_in_an_hour_neither_growing_delay_nor_gaps() {
        for portion in [10.0, 20.0] {
            for ppm in [-200.0, -50.0, 0.0, 20.0, 200.0] {
                for (hour, which) in [(said(portion, ppm, true), "said"), (heard(portion, ppm), "heard")] {
                    let seen = format!("{which} by {portion} ms, {ppm}: {:?}", hour.fill);
                    assert_eq!((hour.gaps, hour.cuts), (0, 0), "{seen}");
                    // The band, a portion, and some milliseconds' swing.
                    assert!(hour.fill.1 < 7.0 + 2.0 * portion + SWING_MS + 3.0, "{seen}");
                }
            }
        }
    }

    #[test]
    fn without_following_the_same_hour_has_gaps_or_cuts() {
        assert!(said(10.0, -200.0, false).gaps > 20);
        assert!(said(10.0, 200.0, false).cuts > 10);
    }

    #[test]
    fn what_a_stall_leaves_is_cut_at_once() {
        let mut drift = Drift::at_phone_rate(10.0);
        let advice = |drift: &mut Drift, fill| (0..LOOK).map(|_| drift.note(fill)).last().unwrap();
        assert_eq!(advice(&mut drift, 15 * 48), Advice::Tune(0.0), "within the band");
        assert_eq!(advice(&mut drift, 500 * 48), Advice::Cut(483 * 48));
        let Advice::Tune(faster) = advice(&mut drift, 20 * 48) else { panic!("little is no cut") };
        assert!(faster > 0.0);
    }
}
