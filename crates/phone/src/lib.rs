//! The softphone: call logic and media without I/O, drivers behind features.
//!
//! - [`call`]: what a call is and what happens to it. No I/O, no clock; always there, for any target.
//! - `media` (feature `media`): Opus, G.722, G.711, RTP, jitter buffer, SDP, tones. No I/O, no clock.
//! - `sip` (feature `sip`): endpoint, registration and call legs over UDP and TCP.
//! - `rtp` (feature `rtp`): RTP sessions on sockets of their own threads.
//! - `audio` (feature `audio`): talk and ring devices.
//! - [`headset`]: headset buttons and lights; the devices themselves with feature `headset`.
//! - `checkup` (feature `audio`): the self-test before the shift.
//! - `softphone` (features `sip` + `rtp`): all of it behind one handle; the sound lives in its own threads
//!   and does not depend on any window.

pub mod call;
pub mod headset;
#[cfg(feature = "media")]
pub mod media;
#[cfg(feature = "rtp")]
pub mod rtp;
#[cfg(feature = "sip")]
pub mod sip;
#[cfg(all(feature = "sip", feature = "rtp"))]
pub mod softphone;

#[cfg(all(feature = "sip", feature = "rtp"))]
pub use softphone::{Softphone, SoftphoneConfig};
#[cfg(feature = "audio")]
pub mod audio;
#[cfg(feature = "audio")]
pub mod checkup;
