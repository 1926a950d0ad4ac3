//! What rings: a WAV file, or a tone of ours.

use std::path::Path;
use std::sync::Arc;

use crate::media::{Resampler, Tone, Wav};

/// Rate at which our own tone is made before it is converted.
const OWN_RATE: u32 = 16_000;

/// The ring tone at a device's rate. A file that cannot be read gives our own tone: never silence.
pub(super) fn tone(file: Option<&Path>, rate: u32) -> Arc<[i16]> {
    let read = file.and_then(|path| std::fs::read(path).ok()).and_then(|bytes| Wav::parse(&bytes).ok());
    let wav = read.filter(|wav| !wav.samples.is_empty()).unwrap_or_else(own);
    if wav.rate == rate {
        return wav.samples.into();
    }
    Resampler::new(wav.rate, rate).convert(&wav.samples).into()
}

/// Two soft strokes of two tones, then a pause: three seconds.
fn own() -> Wav {
    let mut tone = Tone::pair(523.25, 659.25, 0.5, f64::from(OWN_RATE));
    let total = OWN_RATE as usize * 3;
    let stroke = OWN_RATE as usize * 2 / 5;
    let samples = (0..total).map(|at| {
        let within = at % (stroke * 5 / 4);
        if at < stroke * 5 / 2 && within < stroke {
            // Rises in 20 ms and fades: no click.
            let rise = (within as f64 / (f64::from(OWN_RATE) / 50.0)).min(1.0);
            let fall = 1.0 - within as f64 / stroke as f64;
            (f64::from(tone.sample()) * rise * fall) as i16
        } else {
            0
        }
    });
    Wav { rate: OWN_RATE, samples: samples.collect() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_is_always_a_tone_and_it_pauses() {
        let tone = tone(Some(Path::new("/nowhere/ring.wav")), 48_000);
        assert!(tone.len().abs_diff(3 * 48_000) <= 3);
        let loud = tone.iter().filter(|sample| sample.unsigned_abs() > 500).count();
        assert!(loud > tone.len() / 10 && loud < tone.len() / 2);
    }
}
