//! From payloads to the phone's frames, and back.

use crate::media::{
    Codec, CodecError, Decoder, Encoder, FRAME_MS, Format, Frame, FrameKind, JitterBuffer, Resampler,
    SAMPLE_RATE,
};

/// One stream that is heard: jitter buffer and decoder at the codec's rate, then the phone's.
pub(super) struct Hearing {
    jitter: JitterBuffer<Decoder>,
    up: Resampler,
    samples: Vec<i16>,
}

impl Hearing {
    pub(super) fn new(codec: Codec) -> Result<Self, CodecError> {
        let jitter = JitterBuffer::new(Decoder::new(codec)?);
        let samples = vec![0; jitter.frame_length()];
        Ok(Self { jitter, up: Resampler::new(codec.sample_rate(), SAMPLE_RATE), samples })
    }

    pub(super) fn codec(&self) -> Codec {
        self.jitter.decoder().codec()
    }

    pub(super) fn push(&mut self, now_ms: u64, timestamp: u32, payload: &[u8]) {
        self.jitter.push(now_ms, timestamp, payload);
    }

    /// Packets too late, and the delay aimed at, milliseconds.
    pub(super) fn late_and_delay(&self) -> (u64, f64) {
        (self.jitter.stats().late, self.jitter.target_ms() as f64)
    }

    /// The next 20 ms.
    pub(super) fn play(&mut self, now_ms: u64, frame: &mut Frame) -> FrameKind {
        let Self { jitter, up, samples } = self;
        let kind = jitter.pop(now_ms, samples);
        let mut slots = frame.iter_mut();
        for sample in samples {
            up.push(*sample, |converted| {
                if let Some(slot) = slots.next() {
                    *slot = converted;
                }
            });
        }
        kind
    }
}

/// One stream that is said: the phone's rate, then the codec's, and its encoder.
pub(super) struct Speaking {
    format: Format,
    encoder: Encoder,
    down: Resampler,
    samples: Vec<i16>,
    payload: Vec<u8>,
}

impl Speaking {
    pub(super) fn new(format: Format) -> Result<Self, CodecError> {
        let rate = format.codec.sample_rate();
        Ok(Self {
            format,
            encoder: Encoder::new(format.codec, format.correction)?,
            down: Resampler::new(SAMPLE_RATE, rate),
            samples: Vec::with_capacity((u64::from(rate) * FRAME_MS / 1_000) as usize + 1),
            payload: Vec::new(),
        })
    }

    pub(super) fn format(&self) -> Format {
        self.format
    }

    /// Ticks of the timestamp in a frame.
    pub(super) fn ticks(&self) -> u32 {
        self.format.codec.clock_rate() / 1_000 * FRAME_MS as u32
    }

    /// The other end reports this loss, percent.
    pub(super) fn expect_loss(&mut self, percent: u8) {
        self.encoder.expect_loss(percent);
    }

    /// The payload of a frame.
    pub(super) fn encode(&mut self, frame: &Frame) -> &[u8] {
        let Self { encoder, down, samples, payload, .. } = self;
        samples.clear();
        for sample in frame {
            down.push(*sample, |converted| samples.push(converted));
        }
        payload.clear();
        encoder.encode(samples, payload);
        payload
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::media::{SILENCE, Tone, ToneMeter};

    #[test]
    fn each_codec_carries_a_tone_from_frame_to_frame_and_wideband_the_higher_ones() {
        for (codec, hz, passes) in [
            (Codec::Opus, 440.0, true),
            (Codec::G722, 440.0, true),
            (Codec::Pcma, 440.0, true),
            (Codec::Pcmu, 440.0, true),
            (Codec::Opus, 6_000.0, true),
            (Codec::G722, 6_000.0, true),
            (Codec::Pcma, 6_000.0, false),
        ] {
            let (mut says, mut hears) =
                (Speaking::new(Format::ours(codec)).unwrap(), Hearing::new(codec).unwrap());
            let (mut tone, mut meter) = (Tone::new(hz, 0.5), ToneMeter::new(hz));
            let mut energy = 0.0;
            for tick in 0..100u32 {
                let payload = says.encode(&tone.frame()).to_vec();
                hears.push(u64::from(tick) * FRAME_MS, tick * says.ticks(), &payload);
                let mut frame = SILENCE;
                hears.play(u64::from(tick) * FRAME_MS, &mut frame);
                if tick >= 50 {
                    meter.hear(&frame);
                    energy += frame.iter().map(|s| f64::from(*s).powi(2)).sum::<f64>();
                }
            }
            let level = (energy / (50.0 * frame_length())).sqrt();
            let (share, loud) = (meter.share(), level > 3_000.0);
            assert_eq!(share > 0.9 && loud, passes, "{codec:?} at {hz} Hz: {share} at level {level}");
        }
    }

    fn frame_length() -> f64 {
        SILENCE.len() as f64
    }
}
