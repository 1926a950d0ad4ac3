//! What is pushed: one tagged enum.

use crate::agents::{AgentView, QueueStatus};
use crate::cases::CaseSummary;
use crate::desk::DeskView;
use crate::phone::{PhoneView, ResidentSaid};
use domain::case::CaseNumber;
use domain::{CaseId, Personal, Timestamp};
use serde::{Deserialize, Serialize};

/// What became of a change that waited in a desk's outbox.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ChangeSent {
    /// The case.
    pub case_id: CaseId,
    /// Its number, when it got one.
    #[serde(default)]
    pub number: Option<CaseNumber>,
    /// The handoff can be undone until then.
    #[serde(default)]
    pub leaves_at: Option<Timestamp>,
    /// The group answers before.
    #[serde(default)]
    pub response_due: Option<Timestamp>,
}

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
    /// No group accepted a case of the receiver's in time: it is back, and theirs to decide about.
    CaseNotAccepted(CaseSummary),
    /// An alarm of a case was raised that is the receiver's to act on.
    CaseAlarm(CaseSummary),
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
    /// What a simulated resident begins to say, for whoever does not hear it. From a desk in practice.
    ResidentSaid(ResidentSaid),
    /// How loud the microphone is while the phone is tried, dB below full scale. From the desk.
    MicrophoneLevel(i32),
    /// A link asks to dial: confirm. From the desk.
    DialRequested {
        /// The number.
        number: Personal<String>,
    },
    /// A change that waited has been sent. From the desk.
    ChangeSent(ChangeSent),
    /// Drafts have come: read them again. From the desk.
    DraftsChanged,
    /// The window was asked to close, and stays: a call is offered or goes on. From the desk.
    CloseRefused,
}
