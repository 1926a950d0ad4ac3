//! How a call sounds, in a word.

use serde::{Deserialize, Serialize};

/// How a call sounds to the agent, and why when it is not good.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "grade", content = "cause", rename_all = "snake_case")]
pub enum CallQuality {
    /// Users are satisfied.
    Good,
    /// Some or many are not.
    Fair(Cause),
    /// Nearly all are not.
    Bad(Cause),
}

/// What takes most away.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Cause {
    /// Packets that never come.
    Loss,
    /// Packets that come unevenly: too late, or waited for.
    Jitter,
    /// The way is long.
    Delay,
}
