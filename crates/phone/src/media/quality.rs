//! How a call sounds, by the E-model (ITU-T G.107) with its default values: only loss and delay vary.

use super::Codec;
use crate::call::CallQuality;

pub use crate::call::Cause;

/// The rating of an undisturbed line with all default values (G.107 table 2): R₀ − Iₛ.
const UNDISTURBED: f64 = 93.2;
/// Delay above which conversation itself suffers, milliseconds; the two lines below are those of Cole and
/// Rosenbluth, which follow G.107's curve of Idd.
const CONVERSATION_MS: f64 = 177.3;
/// The shortest buffer of ours, milliseconds: what it adds above this is the jitter's doing.
const LEAST_BUFFER_MS: f64 = 20.0;
/// What packets of 20 ms, codec, filters and devices add in any case, milliseconds.
const ENDS_MS: f64 = 50.0;

/// What was measured of what is heard.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Conditions {
    /// How the sound is coded.
    pub codec: Codec,
    /// Packets that never came, share of those expected, 0–1.
    pub lost: f64,
    /// Packets that came too late to be played, share, 0–1.
    pub late: f64,
    /// Mean length of the holes against that of random loss (BurstR); 1 when random.
    pub burst: f64,
    /// There and back through the network, milliseconds; 0 when unknown.
    pub round_trip_ms: f64,
    /// What waits in the jitter buffer, milliseconds.
    pub buffer_ms: f64,
}

/// How it sounds, in a word.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Grade {
    /// Users are satisfied (R from 80, G.107 annex B).
    Good,
    /// Some or many are not (R from 60).
    Fair,
    /// Nearly all are not.
    Bad,
}

/// The figure of a call.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Quality {
    /// The rating R, 0–100.
    pub rating: f64,
    /// The mean opinion that people would give, 1–4.5.
    pub mos: f64,
    /// In a word.
    pub grade: Grade,
    /// Of a grade that is not good.
    pub cause: Option<Cause>,
}

impl Quality {
    /// As the agent is told.
    pub fn word(&self) -> CallQuality {
        match (self.grade, self.cause) {
            (Grade::Fair, Some(cause)) => CallQuality::Fair(cause),
            (Grade::Bad, Some(cause)) => CallQuality::Bad(cause),
            (_, None) | (Grade::Good, _) => CallQuality::Good,
        }
    }
}

impl Conditions {
    /// A line without fault.
    pub fn clean(codec: Codec) -> Self {
        Self { codec, lost: 0.0, late: 0.0, burst: 1.0, round_trip_ms: 0.0, buffer_ms: LEAST_BUFFER_MS }
    }

    /// Judges.
    pub fn quality(&self) -> Quality {
        let rating = self.rating();
        let grade = match rating {
            80.0.. => Grade::Good,
            60.0.. => Grade::Fair,
            _ => Grade::Bad,
        };
        let cause = (grade != Grade::Good).then(|| self.cause());
        Quality { rating, mos: mos(rating), grade, cause }
    }

    fn rating(&self) -> f64 {
        (UNDISTURBED - self.delay_impairment() - self.loss_impairment()).clamp(0.0, 100.0)
    }

    /// Id.
    fn delay_impairment(&self) -> f64 {
        let network = finite(self.round_trip_ms) / 2.0;
        let delay = network + finite(self.buffer_ms) + ENDS_MS;
        0.024 * delay + 0.11 * (delay - CONVERSATION_MS).max(0.0)
    }

    /// Ie,eff (G.107 §3.5), loss in percent.
    fn loss_impairment(&self) -> f64 {
        let percent = (finite(self.lost) + finite(self.late)).min(1.0) * 100.0;
        let (equipment, robustness) = equipment(self.codec);
        let burst = finite(self.burst).max(1.0);
        equipment + (95.0 - equipment) * percent / (percent / burst + robustness)
    }

    /// That without which it would be best.
    fn cause(&self) -> Cause {
        let without = |cause| match cause {
            Cause::Loss => Self { lost: 0.0, ..*self },
            Cause::Jitter => Self { late: 0.0, buffer_ms: self.buffer_ms.min(LEAST_BUFFER_MS), ..*self },
            Cause::Delay => Self { round_trip_ms: 0.0, ..*self },
        };
        let gain = |cause| {
            let better = without(cause);
            self.delay_impairment() + self.loss_impairment()
                - better.delay_impairment()
                - better.loss_impairment()
        };
        let (loss, jitter, delay) = (gain(Cause::Loss), gain(Cause::Jitter), gain(Cause::Delay));
        if loss >= jitter && loss >= delay {
            Cause::Loss
        } else if jitter >= delay {
            Cause::Jitter
        } else {
            Cause::Delay
        }
    }
}

/// Nothing measured counts as nothing wrong.
fn finite(value: f64) -> f64 {
    if value.is_finite() { value.max(0.0) } else { 0.0 }
}

/// Ie and Bpl: G.711 with concealment, G.113 appendix I. Wideband codecs are judged by the same figures, since the
/// rating is the narrowband one: what they gain over G.711 (G.107.1) does not show in it.
fn equipment(codec: Codec) -> (f64, f64) {
    match codec {
        Codec::Opus | Codec::G722 | Codec::Pcma | Codec::Pcmu => (0.0, 25.1),
    }
}

/// From rating to mean opinion (G.107 annex B).
pub fn mos(rating: f64) -> f64 {
    let rating = rating.clamp(0.0, 100.0);
    (1.0 + 0.035 * rating + 7e-6 * rating * (rating - 60.0) * (100.0 - rating)).clamp(1.0, 4.5)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn close(value: f64, wanted: f64) -> bool {
        (value - wanted).abs() < 0.01
    }

    #[test]
    fn opinions_follow_the_recommendations_table() {
        // G.107 annex B, table B.1, whose last decimal is not everywhere rounded to the nearest.
        for (rating, opinion) in [(90.0, 4.34), (80.0, 4.03), (70.0, 3.60), (60.0, 3.10), (50.0, 2.58)] {
            assert!((mos(rating) - opinion).abs() < 0.01, "{rating}: {}", mos(rating));
        }
        assert!(close(mos(93.2), 4.41));
        assert!(close(mos(0.0), 1.0) && close(mos(100.0), 4.5));
    }

    #[test]
    fn loss_and_delay_take_away_what_the_model_says() {
        let clean = Conditions::clean(Codec::Pcma);
        // 70 ms: 0.024 · 70.
        assert!(close(clean.quality().rating, 93.2 - 1.68));
        // 95 · 1 / (1 + 25.1); 95 · 5 / (5 + 25.1); in bursts of twice the length 95 · 5 / (2.5 + 25.1).
        for (lost, burst, taken) in [(0.01, 1.0, 3.640), (0.05, 1.0, 15.781), (0.05, 2.0, 17.210)] {
            let rating = Conditions { lost, burst, ..clean }.quality().rating;
            assert!(close(rating, 93.2 - 1.68 - taken), "{lost} {burst}: {rating}");
        }
        // 300 ms one way in all: 7.2 + 0.11 · 122.7.
        let far = Conditions { round_trip_ms: 460.0, ..clean };
        assert!(close(far.quality().rating, 93.2 - 7.2 - 13.497));
    }

    #[test]
    fn the_cause_is_what_takes_most_away() {
        let clean = Conditions::clean(Codec::Opus);
        assert_eq!((clean.quality().grade, clean.quality().cause), (Grade::Good, None));
        let judged = |conditions: Conditions| (conditions.quality().grade, conditions.quality().cause);
        assert_eq!(judged(Conditions { lost: 0.06, ..clean }), (Grade::Fair, Some(Cause::Loss)));
        assert_eq!(judged(Conditions { lost: 0.2, ..clean }), (Grade::Bad, Some(Cause::Loss)));
        let uneven = Conditions { late: 0.06, lost: 0.01, buffer_ms: 160.0, ..clean };
        assert_eq!(judged(uneven), (Grade::Fair, Some(Cause::Jitter)));
        let far = Conditions { round_trip_ms: 600.0, ..clean };
        assert_eq!(judged(far), (Grade::Fair, Some(Cause::Delay)));
    }

    proptest! {
        #[test]
        fn more_trouble_never_sounds_better(
            lost in 0.0f64..1.0, late in 0.0f64..1.0, burst in 0.0f64..9.0,
            trip in 0.0f64..3_000.0, buffer in 0.0f64..400.0, more in 0.0f64..0.5,
        ) {
            let base = Conditions {
                codec: Codec::G722, lost, late, burst, round_trip_ms: trip, buffer_ms: buffer,
            };
            let quality = base.quality();
            prop_assert_eq!(quality.cause.is_none(), quality.grade == Grade::Good);
            prop_assert_eq!(quality.word() == CallQuality::Good, quality.grade == Grade::Good);
            prop_assert!((1.0..=4.5).contains(&quality.mos) && (0.0..=100.0).contains(&quality.rating));
            for worse in [
                Conditions { lost: lost + more, ..base },
                Conditions { late: late + more, ..base },
                Conditions { round_trip_ms: trip + more * 500.0, ..base },
                Conditions { buffer_ms: buffer + more * 500.0, ..base },
            ] {
                prop_assert!(worse.quality().rating <= quality.rating + 1e-9);
                prop_assert!(worse.quality().grade >= quality.grade, "a worse line in a better word");
            }
        }
    }
}
