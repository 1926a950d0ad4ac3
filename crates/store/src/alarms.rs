//! What is kept of a case's alarms.

use domain::alarm::{Alarm, Planned, Raised};
use domain::case::Case;
use domain::{CaseId, Timestamp, UserId};

/// A case whose alarms are to be looked at, with those that were raised.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AlarmsDue {
    /// The case.
    pub case: Case,
    /// What was raised of it, in no order.
    pub raised: Vec<Raised>,
}

/// What a look at a case's alarms gave, for the version that was looked at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AlarmLook {
    /// Which case.
    pub case_id: CaseId,
    /// As looked at. A case that has changed meanwhile is looked at again, and nothing of this is kept.
    pub version: u32,
    /// To raise; what was raised before is not raised again.
    pub raise: Vec<Planned>,
    /// To look again then, unless the case changes before.
    pub next: Option<Timestamp>,
}

/// That somebody has seen an alarm. The first to see it stays.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Acknowledgement {
    /// Of which case.
    pub case_id: CaseId,
    /// Which.
    pub alarm: Alarm,
    /// Who.
    pub by: UserId,
    /// When.
    pub at: Timestamp,
}
