//! When a deadline calls for attention (rules.md 1.5).

use super::{Deadline, ServiceHours, next_open};
use crate::Timestamp;
use serde::{Deserialize, Serialize};

/// When a group wants its alarms.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum AlarmHours {
    /// Only when somebody is there; what falls outside waits for the next opening.
    #[default]
    InHours,
    /// At once.
    Always,
}

/// When the alarms of a deadline go out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct AlarmTimes {
    /// The warning before.
    pub warning: Timestamp,
    /// The alarm that it is past.
    pub overdue: Timestamp,
}

/// The alarm times of a deadline: a warning when `warn_at_percent` of its service time has passed, an
/// alarm when it is due. In hours, what falls due at closing alarms at the next opening.
#[must_use]
pub fn alarms(
    hours: &ServiceHours,
    deadline: &Deadline,
    warn_at_percent: u8,
    when: AlarmHours,
) -> AlarmTimes {
    let goes_out = |moment| when.goes_out(hours, moment);
    AlarmTimes { warning: goes_out(deadline.reached(warn_at_percent)), overdue: goes_out(deadline.due) }
}

impl AlarmHours {
    /// When what calls for attention at `moment` goes out.
    #[must_use]
    pub fn goes_out(self, hours: &ServiceHours, moment: Timestamp) -> Timestamp {
        match self {
            Self::Always => moment,
            // A group that never opens again is told at once rather than never.
            Self::InHours => next_open(hours, moment).unwrap_or(moment),
        }
    }

    /// Whether it is what a group has that says nothing.
    #[must_use]
    pub fn is_default(&self) -> bool {
        *self == Self::default()
    }
}
