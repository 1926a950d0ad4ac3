//! Two sounds at once.

use super::Frame;

/// Adds a sound to another; what is too loud for both is clipped, never wrapped.
pub fn mix(frame: &mut Frame, other: &Frame) {
    for (sample, more) in frame.iter_mut().zip(other) {
        *sample = sample.saturating_add(*more);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::media::{SILENCE, Tone, ToneMeter};

    #[test]
    fn two_tones_are_both_heard_and_silence_changes_nothing() {
        let (mut low, mut high) = (Tone::new(440.0, 0.4), Tone::new(1_000.0, 0.4));
        let mut meters = [ToneMeter::new(440.0), ToneMeter::new(1_000.0)];
        for _ in 0..50 {
            let mut frame = low.frame();
            mix(&mut frame, &high.frame());
            let alone = frame;
            mix(&mut frame, &SILENCE);
            assert_eq!(frame, alone);
            meters.iter_mut().for_each(|meter| meter.hear(&frame));
        }
        for meter in &mut meters {
            let share = meter.share();
            assert!((0.45..0.55).contains(&share), "{share}");
        }
    }

    #[test]
    fn what_is_too_loud_is_clipped() {
        let (mut loud, mut low) = ([i16::MAX; SILENCE.len()], [i16::MIN; SILENCE.len()]);
        mix(&mut loud, &[1; SILENCE.len()]);
        assert_eq!(loud, [i16::MAX; SILENCE.len()]);
        mix(&mut low, &[-1; SILENCE.len()]);
        assert_eq!(low, [i16::MIN; SILENCE.len()]);
    }
}
