//! The call state machine and its snapshot. Inputs go in with the time, actions come out; nothing else
//! happens here (D-T2, rules 6).

mod conference;
mod ending;
mod floor;
mod input;
mod keys;
mod line;
mod machine;
mod quality;
mod snapshot;
mod target;
mod transfer;

pub use ending::{EndedBy, Ending, Outcome};
pub use input::{Action, CancelReason, Failure, Input, PhoneCommand, Ring, SoundFault};
pub use keys::{BadKeys, Keys};
pub use machine::{DIAL_LIMIT_MS, KEPT_ENDED, KNOCK_MS, LINES, Machine, RING_LIMIT_MS};
pub use quality::{CallQuality, Cause};
pub use snapshot::{
    Call, CallId, CallState, Direction, EndCause, Fault, Hold, HoldFailure, KeysFault, PhoneState, QueueInfo,
    Registration, RegistrationFault, Remote, Side, TlsFault, Transfer, TransferFailure,
};
pub use target::{BadTarget, DialTarget};

#[cfg(test)]
mod conference_tests;
#[cfg(test)]
mod ending_tests;
#[cfg(test)]
mod floor_tests;
#[cfg(test)]
mod properties;
#[cfg(test)]
mod tests;
#[cfg(test)]
mod transfer_tests;
