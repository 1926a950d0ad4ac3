//! The call state machine and its snapshot. Inputs go in with the time, actions come out; nothing else
//! happens here (D-T2, rules 6).

mod input;
mod machine;
mod snapshot;
mod target;

pub use input::{Action, CancelReason, Failure, Input, PhoneCommand, Ring, SoundFault};
pub use machine::{DIAL_LIMIT_MS, KEPT_ENDED, Machine, RING_LIMIT_MS};
pub use snapshot::{
    Call, CallId, CallState, Direction, EndCause, Fault, Hold, PhoneState, QueueInfo, Registration,
    RegistrationFault, Remote, Side,
};
pub use target::{BadTarget, DialTarget};

#[cfg(test)]
mod tests;
