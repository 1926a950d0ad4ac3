//! E-mail to groups outside the system, and the links in it.

use domain::{CaseId, HandoffId, LetterId, ResponseGroupId, Timestamp};
use serde::{Deserialize, Serialize};

/// What an e-mail is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LetterKind {
    /// A case has arrived.
    Arrived,
    /// It was accepted: here it is answered.
    Accepted,
}

/// An e-mail to a group outside the system. Holds no personal value: what it says is read when it goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Letter {
    /// Identity; the link in it carries the same.
    pub id: LetterId,
    /// Of which case.
    pub case_id: CaseId,
    /// Of which handoff.
    pub handoff: HandoffId,
    /// To which group.
    pub group: ResponseGroupId,
    /// What it is about.
    pub kind: LetterKind,
    /// When it was written.
    pub at: Timestamp,
    /// The link holds until then.
    pub expires_at: Timestamp,
}

/// What became of an attempt to send.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LetterOutcome {
    /// The mail server took it.
    Sent,
    /// It surely did not: tried again then.
    Again(Timestamp),
    /// It never will, or there is nothing to send any more.
    Dropped,
}

/// A letter as its link finds it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeptLetter {
    /// The letter.
    pub letter: Letter,
    /// When its link was used.
    pub used_at: Option<Timestamp>,
    /// How often it has been tried to send.
    pub tries: u32,
}
