//! Codecs, RTP, jitter buffer, SDP and tones: no I/O, no clock. Sound is 16-bit linear, mono, in frames of
//! 20 ms: at the codec's own rate up to the jitter buffer, at 48 kHz beyond it.

mod codec;
mod conceal;
mod delay;
mod drift;
mod dtmf;
mod g711;
mod g722;
#[cfg(feature = "voice")]
mod gain;
mod handshake;
mod jitter;
#[cfg(test)]
mod jitter_tests;
mod mix;
pub mod quality;
mod resample;
pub mod rtcp;
mod rtp;
mod sdes;
mod sdp;
mod secrecy;
mod srtp;
mod stretch;
mod tone;
#[cfg(feature = "voice")]
mod voice;
#[cfg(all(test, feature = "voice"))]
mod voice_tests;
mod wav;
pub mod xr;

pub use codec::{Codec, CodecError, Decode, Decoder, Encoder};
pub use conceal::Concealer;
pub use drift::{Advice, Drift};
pub use dtmf::{Clocks, Digit, DigitReceiver, DigitSender, EventPayload};
pub use g711::Law;
#[cfg(feature = "voice")]
pub use gain::Gain;
pub use handshake::{Fingerprint, Handshake, Role, Setup};
pub use jitter::{Arrival, FrameKind, JitterBuffer, JitterStats};
pub use mix::mix;
pub use resample::Resampler;
pub use rtp::{Packet, PacketError, Packetizer};
pub use sdes::{Crypto, Encryption, KEY, KeyExchange, Keys, MasterKey, Suite};
pub use sdp::{Agreed, Events, Flow, Format, LocalMedia, RemoteMedia, SdpError};
pub use secrecy::{Keying, Means, Profile, Secrecy};
pub use srtp::Shield;
pub use tone::{Tone, ToneMeter};
#[cfg(feature = "voice")]
pub use voice::{Voice, VoiceSettings};
pub use wav::{Wav, WavError};

/// Samples per second of the sound between the sessions and what they hear from and speak to: what devices
/// run at, and what every codec's rate divides.
pub const SAMPLE_RATE: u32 = 48_000;
/// Samples in a frame of 20 ms.
pub const FRAME: usize = 960;
/// Milliseconds in a frame.
pub const FRAME_MS: u64 = 20;

/// 20 ms of sound.
pub type Frame = [i16; FRAME];
/// 20 ms of nothing.
pub const SILENCE: Frame = [0; FRAME];

#[cfg(test)]
mod tests;
