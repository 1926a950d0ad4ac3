//! A deadline and how it came about (rules.md 1.10).

use super::CivilDate;
use super::day::{Opening, Span};
use crate::Timestamp;
use crate::holidays::PublicHoliday;
use serde::{Deserialize, Serialize};

/// When something is due, line by line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Deadline {
    /// When it is due.
    pub due: Timestamp,
    /// The stretches of service time that were counted, in order. They add up to the time given.
    pub counted: Vec<Counted>,
    /// Service time that pauses took, in order.
    pub paused: Vec<Paused>,
    /// Days up to the due moment that counted nothing, in order.
    pub skipped: Vec<Skipped>,
}

/// A stretch of counted service time within a day.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Counted {
    /// The day.
    pub date: CivilDate,
    /// From.
    pub from: Timestamp,
    /// To.
    pub to: Timestamp,
    /// What decides that day's hours.
    pub reason: Opening,
}

/// A stretch of open time that did not count.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Paused {
    /// The day.
    pub date: CivilDate,
    /// From.
    pub from: Timestamp,
    /// To.
    pub to: Timestamp,
}

/// A day that counted nothing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Skipped {
    /// The day.
    pub date: CivilDate,
    /// Why.
    pub reason: SkipReason,
}

/// Why a day counted nothing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(tag = "why", rename_all = "snake_case")]
pub enum SkipReason {
    /// The weekday has no hours.
    ClosedWeekday,
    /// A public holiday.
    Holiday {
        /// Which.
        holiday: PublicHoliday,
    },
    /// The group's own exception.
    Exception {
        /// Its reason, as the administrator wrote it.
        reason: String,
    },
    /// The clock started after closing.
    AfterClosing,
    /// The whole of it was paused.
    Paused,
}

impl From<Opening> for SkipReason {
    fn from(opening: Opening) -> Self {
        match opening {
            Opening::Weekday => Self::ClosedWeekday,
            Opening::Holiday { holiday } => Self::Holiday { holiday },
            Opening::Exception { reason } => Self::Exception { reason },
        }
    }
}

impl Deadline {
    /// The counted service time, milliseconds.
    #[must_use]
    pub fn service_millis(&self) -> i64 {
        self.counted.iter().map(|line| line.span().length()).sum()
    }

    /// The earliest moment at which `percent` of the service time has passed; 100 and above: due.
    #[must_use]
    pub fn reached(&self, percent: u8) -> Timestamp {
        let mut left = self.service_millis().saturating_mul(i64::from(percent.min(100))) / 100;
        for span in self.counted.iter().map(Counted::span) {
            if left <= span.length() {
                return Timestamp(span.from.saturating_add(left));
            }
            left -= span.length();
        }
        self.due
    }
}

impl Counted {
    pub(super) const fn span(&self) -> Span {
        Span { from: self.from.0, to: self.to.0 }
    }
}
