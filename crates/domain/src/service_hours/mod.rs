//! The service-hours clock (rules.md 1). STUB with the names that the rest of the crate uses; replace the bodies.
#![allow(missing_docs)]
use crate::Timestamp;
use serde::{Deserialize, Serialize};

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ServiceHours {}

/// `"4h"`, `"30m"`, `"2d"`
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ServiceTime {}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Deadline {
    pub due: Timestamp,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pause {
    pub from: Timestamp,
    pub to: Timestamp,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("never open")]
pub enum HoursError {
    NeverOpen,
}

impl ServiceHours {
    pub fn is_open(&self, _at: Timestamp) -> bool {
        false
    }
}

pub fn due(
    _hours: &ServiceHours,
    _start: Timestamp,
    _time: ServiceTime,
    _pauses: &[Pause],
) -> Result<Deadline, HoursError> {
    Err(HoursError::NeverOpen)
}
