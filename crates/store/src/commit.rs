//! What is written in one step.

use crate::{Acknowledgement, Letter, StoreError};
use domain::agent::{AgentEvent, AgentStatus};
use domain::alarm::{AlarmKind, AlarmStep};
use domain::calls::RecordedCall;
use domain::case::{CaseNumber, Recorded, TextKind};
use domain::customer::Customer;
use domain::phone_number::PhoneNumber;
use domain::{CaseId, CommandId, ContactId, CustomerId, LetterId, Personal, TextId, Timestamp, UserId};
use serde::{Deserialize, Serialize};

/// What is written together or not at all.
#[derive(Debug, Clone, Default)]
pub struct Commit {
    /// The command that asked for it. A command whose id is known is not done again.
    pub receipt: Option<Receipt>,
    /// Events of cases.
    pub cases: Vec<CaseAppend>,
    /// Customers, new or changed.
    pub customers: Vec<Customer>,
    /// Events of agents.
    pub agents: Vec<AgentAppend>,
    /// Events of calls.
    pub calls: Vec<RecordedCall>,
    /// Looks at protected customers.
    pub looks: Vec<Look>,
    /// Whose drafts of answers to which cases are sent with it: they are forgotten.
    pub sent_drafts: Vec<(UserId, CaseId)>,
    /// Alarms that somebody has seen. One that was not raised gives `NotFound`.
    pub acknowledged: Vec<Acknowledgement>,
    /// E-mail to write to groups outside the system.
    pub letters: Vec<Letter>,
    /// Links that are used by it, with the moment. One that was used before gives `Stale`.
    pub used_letters: Vec<(LetterId, Timestamp)>,
    /// Others are told of these beside the cases, agents and calls that the events concern.
    pub changes: Vec<Change>,
}

/// That a command was done, with its reply.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Receipt {
    /// The command's id.
    pub id: CommandId,
    /// Hash of who asked, the command and the payload.
    pub hash: [u8; 32],
    /// The reply as JSON.
    pub reply: Personal<String>,
    /// When.
    pub at: Timestamp,
}

/// A side row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Text {
    /// What events point to.
    pub id: TextId,
    /// What it is.
    pub kind: TextKind,
    /// The text.
    pub text: Personal<String>,
}

/// Events of one case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CaseAppend {
    /// Which.
    pub case_id: CaseId,
    /// The version that was read; 0: the case is new.
    pub expected: u32,
    /// Events, oldest first.
    pub events: Vec<Recorded>,
    /// Texts that the events point to.
    pub texts: Vec<Text>,
    /// The number of the one who asks, to find the case by.
    pub phone: Option<PhoneNumber>,
}

/// An event of an agent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AgentAppend {
    /// Who.
    pub user: UserId,
    /// When.
    pub at: Timestamp,
    /// What.
    pub event: AgentEvent,
    /// Only if the status is this; another gives `Stale`.
    pub expected: Option<AgentStatus>,
}

/// A look at a protected customer (D-S2).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Look {
    /// When.
    pub at: Timestamp,
    /// Who looked.
    pub user: UserId,
    /// At whom.
    pub customer: CustomerId,
    /// Through which case, if one.
    pub case_id: Option<CaseId>,
}

/// Builds a commit from the case number that was drawn in the same transaction; asked again for each
/// attempt. None is lost when the commit fails.
pub type Numbered = Box<dyn Fn(CaseNumber) -> Result<Commit, StoreError> + Send + Sync>;

/// Outcome of a commit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Committed {
    /// Written.
    Done(Cursor),
    /// The same command was done before; its stored reply.
    Repeated(Personal<String>),
}

/// A position in the stream of changes. Everything up to it has been committed: nothing may appear
/// before it later.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Cursor(pub i64);

/// What others are told of. Holds no personal value.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(tag = "change", rename_all = "snake_case")]
pub enum Change {
    /// A case got events.
    Case {
        /// Which.
        case_id: CaseId,
    },
    /// No group accepted a case in time: its owner is told.
    NotAccepted {
        /// Which.
        case_id: CaseId,
    },
    /// An alarm of a case was raised: those concerned are told.
    Alarm {
        /// Of which case.
        case_id: CaseId,
        /// Of what.
        kind: AlarmKind,
        /// Which step.
        step: AlarmStep,
    },
    /// An agent's state changed.
    Agent {
        /// Whose.
        user: UserId,
    },
    /// A call got events.
    Call {
        /// Which.
        contact: ContactId,
    },
    /// There is a newer structure or knowledge base.
    Knowledge {
        /// Its version.
        version: u64,
    },
    /// Sessions of a user ended.
    SignedOut {
        /// Whose.
        user: UserId,
    },
}

/// Changes after a cursor, oldest first.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Changes {
    /// Each with its position.
    pub changes: Vec<(Cursor, Change)>,
    /// Some after the asked cursor are no longer kept: read everything again.
    pub gap: bool,
}
