//! The codecs, their names on the wire, and one encoder and decoder each.

use super::g711::Law;
use super::g722;

/// A codec.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Codec {
    /// Opus (RFC 6716, RFC 7587), mono at 48 kHz.
    Opus,
    /// G.722 at 64 kbit/s: 7 kHz of speech.
    G722,
    /// G.711 A-law.
    Pcma,
    /// G.711 µ-law.
    Pcmu,
}

impl Codec {
    /// All, in the order we prefer: wideband first; A-law is what European exchanges speak.
    pub const PREFERRED: [Self; 4] = [Self::Opus, Self::G722, Self::Pcma, Self::Pcmu];
    /// Those of the telephone band.
    pub const NARROWBAND: [Self; 2] = [Self::Pcma, Self::Pcmu];

    /// The RTP payload type: static (RFC 3551 table 4), and for Opus the dynamic one that we offer.
    pub fn payload_type(self) -> u8 {
        match self {
            Self::Opus => 111,
            Self::G722 => 9,
            Self::Pcma => 8,
            Self::Pcmu => 0,
        }
    }

    /// The codec of a static payload type.
    pub fn from_static(payload_type: u8) -> Option<Self> {
        let mut of_all = [Self::G722, Self::Pcma, Self::Pcmu].into_iter();
        of_all.find(|codec| codec.payload_type() == payload_type)
    }

    /// Name, clock and channels as in `a=rtpmap`.
    pub fn rtpmap(self) -> &'static str {
        match self {
            // Always two channels by name, whatever is sent (RFC 7587 §7).
            Self::Opus => "opus/48000/2",
            Self::G722 => "G722/8000",
            Self::Pcma => "PCMA/8000",
            Self::Pcmu => "PCMU/8000",
        }
    }

    /// Ticks per second of the RTP timestamp. G.722's is half its sample rate, by an old mistake that has
    /// become the rule (RFC 3551 §4.5.2).
    pub fn clock_rate(self) -> u32 {
        match self {
            Self::Opus => 48_000,
            Self::G722 | Self::Pcma | Self::Pcmu => 8_000,
        }
    }

    /// Samples per second of its sound.
    pub fn sample_rate(self) -> u32 {
        match self {
            Self::Opus => 48_000,
            Self::G722 => 16_000,
            Self::Pcma | Self::Pcmu => 8_000,
        }
    }
}

/// The library of a codec refused to start.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the codec could not be started")]
pub struct CodecError;

impl From<opus::Error> for CodecError {
    fn from(_: opus::Error) -> Self {
        Self
    }
}

/// Bits per second of Opus: full speech quality with room for its error correction.
const OPUS_BITRATE: i32 = 32_000;
/// Loss that Opus prepares for before any is reported, percent: its error correction is off at 0.
const OPUS_EXPECTED_LOSS: i32 = 5;
/// An Opus packet of 20 ms is never longer (RFC 6716 §3.4).
const OPUS_LONGEST: usize = 1_275;
/// Samples of the longest Opus packet, 120 ms.
const OPUS_MOST: usize = 5_760;

/// Encodes one stream.
pub struct Encoder(Encoding);

enum Encoding {
    G711(Law),
    G722(Box<g722::Encoder>),
    Opus(opus::Encoder),
}

impl std::fmt::Debug for Encoder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Encoder").finish_non_exhaustive()
    }
}

impl Encoder {
    /// For a codec. `correction`: the other end makes use of Opus' error correction.
    pub fn new(codec: Codec, correction: bool) -> Result<Self, CodecError> {
        Ok(Self(match codec {
            Codec::Pcma => Encoding::G711(Law::A),
            Codec::Pcmu => Encoding::G711(Law::Mu),
            Codec::G722 => Encoding::G722(Box::default()),
            Codec::Opus => {
                let mut encoder =
                    opus::Encoder::new(codec.sample_rate(), opus::Channels::Mono, opus::Application::Voip)?;
                encoder.set_bitrate(opus::Bitrate::Bits(OPUS_BITRATE))?;
                encoder.set_inband_fec(correction)?;
                encoder.set_packet_loss_perc(OPUS_EXPECTED_LOSS)?;
                Encoding::Opus(encoder)
            }
        }))
    }

    /// Encodes 20 ms at the codec's sample rate after `out`.
    pub fn encode(&mut self, samples: &[i16], out: &mut Vec<u8>) {
        match &mut self.0 {
            Encoding::G711(law) => out.extend(samples.iter().map(|sample| law.encode(*sample))),
            Encoding::G722(encoder) => encoder.encode(samples, out),
            Encoding::Opus(encoder) => {
                let mut packet = [0; OPUS_LONGEST];
                // Fails only for lengths that no frame of ours has; an empty payload is not sent.
                let length = encoder.encode(samples, &mut packet).unwrap_or(0);
                out.extend(packet.iter().take(length));
            }
        }
    }

    /// The other end reports this loss, percent: Opus corrects for it.
    pub fn expect_loss(&mut self, percent: u8) {
        if let Encoding::Opus(encoder) = &mut self.0 {
            let percent = i32::from(percent).clamp(OPUS_EXPECTED_LOSS, 50);
            // Within its range: never refused.
            let _ = encoder.set_packet_loss_perc(percent);
        }
    }
}

/// Decodes one stream, packet by packet in order.
pub trait Decode {
    /// Samples per second that it gives.
    fn sample_rate(&self) -> u32;

    /// Ticks per second of the stream's timestamps.
    fn clock_rate(&self) -> u32;

    /// Samples that a payload lasts; 0 when it is none of this codec's.
    fn samples(&self, payload: &[u8]) -> usize;

    /// Decodes a payload after `out`.
    fn decode(&mut self, payload: &[u8], out: &mut Vec<i16>);

    /// Whether the codec fills holes by itself.
    fn conceals(&self) -> bool {
        false
    }

    /// Fills a hole, with what the packet right after it tells of it.
    fn conceal(&mut self, following: Option<&[u8]>, frame: &mut [i16]) {
        let _ = following;
        frame.fill(0);
    }
}

/// The decoder of a codec.
pub struct Decoder {
    codec: Codec,
    decoding: Decoding,
}

enum Decoding {
    G711(Law),
    G722(Box<g722::Decoder>),
    Opus(opus::Decoder),
}

impl std::fmt::Debug for Decoder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Decoder").field("codec", &self.codec).finish_non_exhaustive()
    }
}

impl Decoder {
    /// For a codec.
    pub fn new(codec: Codec) -> Result<Self, CodecError> {
        let decoding = match codec {
            Codec::Pcma => Decoding::G711(Law::A),
            Codec::Pcmu => Decoding::G711(Law::Mu),
            Codec::G722 => Decoding::G722(Box::default()),
            Codec::Opus => Decoding::Opus(opus::Decoder::new(codec.sample_rate(), opus::Channels::Mono)?),
        };
        Ok(Self { codec, decoding })
    }

    /// Its codec.
    pub fn codec(&self) -> Codec {
        self.codec
    }
}

impl Decode for Decoder {
    fn sample_rate(&self) -> u32 {
        self.codec.sample_rate()
    }

    fn clock_rate(&self) -> u32 {
        self.codec.clock_rate()
    }

    fn samples(&self, payload: &[u8]) -> usize {
        match &self.decoding {
            Decoding::G711(_) => payload.len(),
            Decoding::G722(_) => payload.len() * 2,
            Decoding::Opus(_) if payload.is_empty() => 0,
            Decoding::Opus(decoder) => decoder.get_nb_samples(payload).unwrap_or(0).min(OPUS_MOST),
        }
    }

    fn decode(&mut self, payload: &[u8], out: &mut Vec<i16>) {
        let samples = self.samples(payload);
        match &mut self.decoding {
            Decoding::G711(law) => out.extend(payload.iter().map(|octet| law.decode(*octet))),
            Decoding::G722(decoder) => decoder.decode(payload, out),
            Decoding::Opus(decoder) => {
                let before = out.len();
                out.resize(before + samples, 0);
                let room = out.get_mut(before..).unwrap_or_default();
                // Damaged beyond its first octet: as good as lost.
                if decoder.decode(payload, room, false).is_err() {
                    self.conceal(None, room);
                }
            }
        }
    }

    fn conceals(&self) -> bool {
        matches!(self.decoding, Decoding::Opus(_))
    }

    fn conceal(&mut self, following: Option<&[u8]>, frame: &mut [i16]) {
        let Decoding::Opus(decoder) = &mut self.decoding else {
            frame.fill(0);
            return;
        };
        let told = following.is_some_and(|payload| decoder.decode(payload, frame, true).is_ok());
        if !told && decoder.decode(&[], frame, false).is_err() {
            frame.fill(0);
        }
    }
}
