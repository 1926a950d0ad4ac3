//! What is done to the microphone's sound on its way to the other party: the echo of what the speaker plays is taken
//! out, then noise, then it is brought to an even level. Each can be left out. Counts frames, reads no clock.

use serde::{Deserialize, Serialize};
use sonora::config::{EchoCanceller, NoiseSuppression, NoiseSuppressionLevel};
use sonora::{AudioProcessing, Config, StreamConfig};

use super::{Frame, Gain, SAMPLE_RATE};

/// Samples that the canceller takes at a time: 10 ms.
const PORTION: usize = SAMPLE_RATE as usize / 100;

/// What is done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct VoiceSettings {
    /// The echo of the speaker is cancelled; delays up to about half a second are found by themselves.
    pub echo: bool,
    /// Noise that lasts is made fainter.
    pub noise: bool,
    /// Quiet and loud speakers are brought to one level.
    pub gain: bool,
}

impl VoiceSettings {
    /// All of it.
    pub const ALL: Self = Self { echo: true, noise: true, gain: true };
    /// The sound as the microphone gives it.
    pub const NONE: Self = Self { echo: false, noise: false, gain: false };
}

impl Default for VoiceSettings {
    fn default() -> Self {
        Self::ALL
    }
}

/// The processing of one microphone, beside one speaker.
#[derive(Debug)]
pub struct Voice {
    cleaning: Option<Cleaning>,
    gain: Option<Gain>,
}

#[derive(Debug)]
struct Cleaning {
    processing: Box<AudioProcessing>,
    echo: bool,
}

impl Voice {
    /// `None` when nothing is to be done.
    pub fn new(settings: VoiceSettings) -> Option<Self> {
        let VoiceSettings { echo, noise, gain } = settings;
        if settings == VoiceSettings::NONE {
            return None;
        }
        let cleaning = (echo || noise).then(|| Cleaning::new(echo, noise));
        Some(Self { cleaning, gain: gain.then(Gain::default) })
    }

    /// Processes what the microphone heard in place; `played` is what the speaker was given meanwhile.
    pub fn process(&mut self, played: &Frame, heard: &mut Frame) {
        if let Some(cleaning) = &mut self.cleaning {
            cleaning.clean(played, heard);
        }
        if let Some(gain) = &mut self.gain {
            gain.apply(heard);
        }
    }
}

impl Cleaning {
    fn new(echo: bool, noise: bool) -> Self {
        let suppression =
            NoiseSuppression { level: NoiseSuppressionLevel::High, ..NoiseSuppression::default() };
        let config = Config {
            echo_canceller: echo.then(EchoCanceller::default),
            noise_suppression: noise.then_some(suppression),
            ..Config::default()
        };
        let mono = StreamConfig::new(SAMPLE_RATE, 1);
        let processing = AudioProcessing::builder().config(config).capture_config(mono).render_config(mono);
        Self { processing: Box::new(processing.build()), echo }
    }

    fn clean(&mut self, played: &Frame, heard: &mut Frame) {
        let mut given = [0; PORTION];
        for (far, near) in played.chunks_exact(PORTION).zip(heard.chunks_exact_mut(PORTION)) {
            // Refused are only formats other than the one that it was built for.
            if self.echo {
                let _ = self.processing.process_render_i16(far, &mut given);
            }
            given.copy_from_slice(near);
            let _ = self.processing.process_capture_i16(&given, near);
        }
    }
}
