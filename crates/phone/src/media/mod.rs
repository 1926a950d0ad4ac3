//! Codecs, RTP, jitter buffer, SDP and tones: no I/O, no clock. Sound is 16-bit linear, mono, 8 kHz, in
//! frames of 20 ms.

mod conceal;
mod g711;
mod jitter;
mod resample;
mod rtp;
mod sdp;
mod tone;
mod wav;

pub use conceal::Concealer;
pub use g711::Codec;
pub use jitter::{Arrival, FrameKind, JitterBuffer, JitterStats};
pub use resample::Resampler;
pub use rtp::{Packet, PacketError, Packetizer};
pub use sdp::{Agreed, Flow, LocalMedia, RemoteMedia, SdpError};
pub use tone::{Tone, ToneMeter};
pub use wav::{Wav, WavError};

/// Samples per second of all sound inside the phone.
pub const SAMPLE_RATE: u32 = 8_000;
/// Samples in a frame of 20 ms.
pub const FRAME: usize = 160;
/// Milliseconds in a frame.
pub const FRAME_MS: u64 = 20;

/// 20 ms of sound.
pub type Frame = [i16; FRAME];
/// 20 ms of nothing.
pub const SILENCE: Frame = [0; FRAME];

#[cfg(test)]
mod tests;
