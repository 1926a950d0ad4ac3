//! Agents and queues, as the desk shows them.

use domain::agent::{AgentStatus, PauseReason};
use domain::{Personal, QueueId, Timestamp};
use serde::{Deserialize, Serialize};

/// An agent's state with the service's time, so that a desk with a wrong clock counts right.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct AgentView {
    /// The state.
    #[serde(flatten)]
    pub status: AgentStatus,
    /// Name.
    pub name: Personal<String>,
    /// The service's time when this was said.
    pub now: Timestamp,
}

/// What an agent asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum SetAgentState {
    /// Calls, please.
    Ready,
    /// None for a while.
    Paused {
        /// Why.
        reason: PauseReason,
    },
    /// Gone for the day.
    Offline,
}

/// More wrap-up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Prolong {
    /// Seconds more, 1–600.
    pub seconds: u32,
}

/// A queue as it stands (D-F1).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct QueueStatus {
    /// Which.
    pub queue: QueueId,
    /// Calls that wait.
    pub waiting: u32,
    /// Since when the longest waits.
    pub longest_since: Option<Timestamp>,
    /// Agents that can take a call now.
    pub ready: u32,
    /// Offered today: entered the queue in opening hours.
    pub offered: u32,
    /// Answered today.
    pub answered: u32,
    /// Answered within the queue's target.
    pub answered_within: u32,
    /// Abandoned today.
    pub abandoned: u32,
    /// The service's time when this was said.
    pub now: Timestamp,
}
