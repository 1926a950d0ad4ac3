//! What became of a call, as a call list tells it.

use serde::{Deserialize, Serialize};

use super::snapshot::{EndCause, Side};

/// The end of a call in the words of a call list. [`EndCause`] says more about why.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ending {
    /// What became of it.
    pub outcome: Outcome,
    /// Who ended it; `None` when the connection was lost.
    pub by: Option<EndedBy>,
    /// The SIP status that ended it, if one did: a refusal, sent or received.
    pub status: Option<u16>,
}

/// What became of a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// The parties talked, and one hung up.
    Answered,
    /// Turned away.
    Declined,
    /// The dialled party was busy.
    Busy,
    /// Whoever called gave up before the answer.
    Cancelled,
    /// Nobody took it here, or there, in time.
    Unanswered,
    /// The parties talk without this phone.
    Transferred,
    /// It could not be made, or not go on.
    Failed,
}

/// Who ended a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EndedBy {
    /// This phone.
    Here,
    /// The other party.
    There,
    /// The exchange between them.
    Exchange,
}

impl From<Side> for EndedBy {
    fn from(side: Side) -> Self {
        match side {
            Side::Here => Self::Here,
            Side::There => Self::There,
        }
    }
}

/// What was noted of a call's end on the way to it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Noted {
    /// Who ended it, where the cause does not say.
    pub(super) by: Option<EndedBy>,
    /// SIP status, sent or received.
    pub(super) status: Option<u16>,
}

impl Ending {
    /// Tells the end from its cause; `answered` when the parties had talked.
    pub(super) fn of(cause: EndCause, answered: bool, noted: Noted) -> Self {
        let outcome = match cause {
            EndCause::HungUp { .. } if answered => Outcome::Answered,
            EndCause::HungUp { .. } | EndCause::Cancelled { .. } => Outcome::Cancelled,
            EndCause::Transferred { .. } => Outcome::Transferred,
            EndCause::Declined { .. } => Outcome::Declined,
            EndCause::Busy => Outcome::Busy,
            EndCause::NotTaken | EndCause::TakenElsewhere | EndCause::TimedOut => Outcome::Unanswered,
            EndCause::NoMicrophone
            | EndCause::NoSpeaker
            | EndCause::NoDevice
            | EndCause::Network
            | EndCause::NoCommonMedia
            | EndCause::NotEncrypted { .. }
            | EndCause::Refused { .. } => Outcome::Failed,
        };
        let by = match cause {
            // Who may not call is told so by the exchange.
            EndCause::Declined { .. } if noted.status == Some(403) => Some(EndedBy::Exchange),
            EndCause::HungUp { by }
            | EndCause::Declined { by }
            | EndCause::Cancelled { by }
            | EndCause::Transferred { by } => Some(by.into()),
            EndCause::Busy => Some(EndedBy::There),
            EndCause::TakenElsewhere | EndCause::Refused { .. } => Some(EndedBy::Exchange),
            EndCause::NotEncrypted { .. } => Some(EndedBy::Here),
            EndCause::NoMicrophone | EndCause::NoSpeaker | EndCause::NoDevice | EndCause::NotTaken => {
                noted.by.or(Some(EndedBy::Here))
            }
            // 408 is a proxy's word for an end that says nothing (RFC 3261 §16.8).
            EndCause::TimedOut if noted.status == Some(408) => Some(EndedBy::Exchange),
            EndCause::TimedOut | EndCause::NoCommonMedia => {
                noted.by.or(noted.status.map(|_| EndedBy::There)).or(Some(EndedBy::Here))
            }
            EndCause::Network => noted.by,
        };
        Self { outcome, by, status: noted.status }
    }
}
