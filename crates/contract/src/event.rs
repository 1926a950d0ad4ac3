//! What is pushed: one tagged enum.

use crate::agents::{AgentView, QueueStatus};
use crate::cases::CaseSummary;
use crate::desk::DeskView;
use crate::phone::PhoneView;
use domain::{CaseId, Personal};
use serde::{Deserialize, Serialize};

/// What happened. The service sends the first kinds over SSE; a desk passes them on and adds its own.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(tag = "event", content = "data", rename_all = "snake_case")]
pub enum Event {
    /// A queue changed.
    QueueChanged(QueueStatus),
    /// The receiver's own state changed.
    AgentChanged(AgentView),
    /// A case that the receiver may see changed.
    CaseChanged(CaseSummary),
    /// A case is no longer the receiver's to see.
    CaseGone {
        /// Which.
        case_id: CaseId,
    },
    /// There is a newer knowledge base.
    KnowledgeChanged {
        /// Its version.
        version: u64,
    },
    /// Events may have been missed: read everything again.
    Resync,
    /// The session has ended.
    SignedOut,
    /// The phone changed. From the desk.
    PhoneChanged(PhoneView),
    /// The desk changed. From the desk.
    DeskChanged(Box<DeskView>),
    /// A link asks to dial: confirm. From the desk.
    DialRequested {
        /// The number.
        number: Personal<String>,
    },
}
