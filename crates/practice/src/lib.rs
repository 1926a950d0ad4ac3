//! Practice: a small exchange that speaks real SIP and RTP on loopback, with simulated residents (D-P1).
//!
//! - [`scenario`]: what a resident wants and says, as readable files.
//! - [`resident`]: one resident's turns and patience. Pure.
//! - [`queue`]: who waits, and who is offered whom. Pure.
//! - [`floor`]: the exchange without wires. Pure.
//! - [`Practice`]: all of it on the wire, behind the port [`exchange::Exchange`].
//!
//! Residents speak through espeak-ng where it is installed, and in tones where it is not; what they say is
//! told as text in both cases ([`Practice::said`]), for who does not hear. Nothing here reaches a real
//! number, and every number and name is fiction.

mod driver;
pub mod floor;
mod practice;
pub mod queue;
mod referral;
mod registrar;
pub mod resident;
pub mod scenario;
mod sound;
mod voice;
mod wire;

pub use floor::{Chance, Office, Rhythm};
pub use practice::{Clock, Config, Errand, Practice, Said, StartError};
pub use voice::Speech;
