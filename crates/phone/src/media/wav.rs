//! WAV files of 16-bit PCM, as speech and ring tones come.

use super::{Resampler, SAMPLE_RATE};

/// Sound from a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wav {
    /// Samples per second.
    pub rate: u32,
    /// Mono; several channels are averaged.
    pub samples: Vec<i16>,
}

/// Why a file is not sound for us.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum WavError {
    /// No RIFF/WAVE header, or cut off.
    #[error("not a WAV file")]
    NotWav,
    /// Something else than 16-bit PCM with one or two channels at 4–192 kHz.
    #[error("a WAV file of another kind than 16-bit PCM")]
    Unsupported,
}

impl Wav {
    /// Reads a whole file.
    pub fn parse(bytes: &[u8]) -> Result<Self, WavError> {
        let riff = bytes.get(0..4) == Some(b"RIFF") && bytes.get(8..12) == Some(b"WAVE");
        let mut rest = bytes.get(12..).filter(|_| riff).ok_or(WavError::NotWav)?;
        let mut format = None;
        while let Some((id, size)) = chunk(rest) {
            let body = rest.get(8..).unwrap_or_default();
            // A streamed file has no true size; what is there counts.
            let data = body.get(..size.min(body.len())).unwrap_or_default();
            match id {
                b"fmt " => format = Some(read_format(data)?),
                b"data" => return Ok(samples(data, format.ok_or(WavError::NotWav)?)),
                _ => {}
            }
            rest = body.get(size + (size & 1)..).unwrap_or_default();
        }
        Err(WavError::NotWav)
    }

    /// The sound at the phone's rate.
    pub fn into_phone_rate(self) -> Vec<i16> {
        self.at_rate(SAMPLE_RATE)
    }

    /// The sound at `rate` samples a second.
    pub fn at_rate(self, rate: u32) -> Vec<i16> {
        if self.rate == rate { self.samples } else { Resampler::new(self.rate, rate).convert(&self.samples) }
    }

    /// Writes a file.
    pub fn to_bytes(&self) -> Vec<u8> {
        let size = (self.samples.len() * 2) as u32;
        let mut out = Vec::with_capacity(self.samples.len() * 2 + 44);
        out.extend_from_slice(b"RIFF");
        out.extend_from_slice(&(size + 36).to_le_bytes());
        out.extend_from_slice(b"WAVEfmt \x10\0\0\0\x01\0\x01\0");
        out.extend_from_slice(&self.rate.to_le_bytes());
        out.extend_from_slice(&self.rate.saturating_mul(2).to_le_bytes());
        out.extend_from_slice(b"\x02\0\x10\0data");
        out.extend_from_slice(&size.to_le_bytes());
        out.extend(self.samples.iter().flat_map(|sample| sample.to_le_bytes()));
        out
    }
}

fn chunk(rest: &[u8]) -> Option<(&[u8], usize)> {
    let size: [u8; 4] = rest.get(4..8)?.try_into().ok()?;
    Some((rest.get(..4)?, u32::from_le_bytes(size) as usize))
}

fn read_format(data: &[u8]) -> Result<(u32, usize), WavError> {
    let short = |at: usize| -> Result<u16, WavError> {
        let bytes = data.get(at..at + 2).and_then(|b| b.try_into().ok()).ok_or(WavError::NotWav)?;
        Ok(u16::from_le_bytes(bytes))
    };
    let (kind, channels, bits) = (short(0)?, short(2)?, short(14)?);
    let rate = u32::from(short(4)?) | (u32::from(short(6)?) << 16);
    // 0xfffe is the extensible form of the same.
    let fits = matches!(kind, 1 | 0xfffe)
        && bits == 16
        && (1..=2).contains(&channels)
        && (4_000..=192_000).contains(&rate);
    if fits { Ok((rate, usize::from(channels))) } else { Err(WavError::Unsupported) }
}

fn samples(data: &[u8], (rate, channels): (u32, usize)) -> Wav {
    let samples = data
        .chunks_exact(2 * channels)
        .map(|frame| {
            let sum: i32 = frame
                .chunks_exact(2)
                .filter_map(|pair| pair.try_into().ok().map(i16::from_le_bytes))
                .map(i32::from)
                .sum();
            (sum / channels as i32) as i16
        })
        .collect();
    Wav { rate, samples }
}
