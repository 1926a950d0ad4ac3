//! RTP sessions: a socket and a thread each, paced at 20 ms, frames in and out through two small traits.

mod board;
mod conference;
mod counts;
mod ends;
#[cfg(feature = "fuzz")]
pub mod fuzz;
mod handshake;
mod hearing;
mod monitor;
mod ringback;
mod sealing;
mod session;
#[cfg(feature = "voice")]
mod voiced;

pub use board::{BoardMaker, News, Recorded, SoundBoard};
pub use conference::Conference;
pub use counts::{RtpStats, SessionView};
pub use ends::{
    ChannelSink, ChannelSource, Ends, FrameSink, FrameSource, LoopSource, MeterSink, Mute, ToneSource,
};
pub use handshake::Identity;
pub use monitor::Heard;
pub use session::{NoEvents, RtpConfig, RtpEvent, Session};

#[cfg(test)]
mod tests;
