//! Handoffs that came back, for the team lead.

use super::CaseSummary;
use domain::{ResponseGroupId, Timestamp};
use serde::{Deserialize, Serialize};

/// What came back within a time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ListReturns {
    /// The last so many days, 1–366.
    pub days: u16,
}

/// How often cases came back, and the newest that did.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ReturnList {
    /// By group and reason, most first.
    pub counts: Vec<ReturnCount>,
    /// At most fifty, newest first.
    pub newest: Vec<ReturnedCase>,
}

/// So many came back from a group for one reason.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ReturnCount {
    /// The group.
    pub group: ResponseGroupId,
    /// It was not accepted in time; else it was given back.
    pub expired: bool,
    /// The name of the reason, where one of the list was given.
    pub why: Option<String>,
    /// How many.
    pub count: u32,
}

/// A case that came back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ReturnedCase {
    /// As it is now.
    pub case: CaseSummary,
    /// From which group.
    pub group: ResponseGroupId,
    /// As in [`ReturnCount`].
    pub expired: bool,
    /// Likewise.
    pub why: Option<String>,
    /// When.
    pub at: Timestamp,
}
