//! Handoffs that came back.

use domain::case::Case;
use domain::{HandoffId, ResponseGroupId, ReturnReasonId};

/// So many came back from a group in one way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReturnCount {
    /// From which group.
    pub group: ResponseGroupId,
    /// It was not accepted in time; else it was given back.
    pub expired: bool,
    /// Why, where a reason of the list was given.
    pub why: Option<ReturnReasonId>,
    /// How many.
    pub count: u32,
}

/// What came back within a time.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Returns {
    /// Most first; each group, way and reason once.
    pub counts: Vec<ReturnCount>,
    /// The newest: the case, and which handoff of it. Newest first.
    pub newest: Vec<(Case, HandoffId)>,
}
