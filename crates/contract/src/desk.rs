//! The desk's own: phase, settings, drafts, outbox.

use crate::error::Code;
use crate::session::Me;
use domain::contact::{Contact, Disposition, FollowUpWish};
use domain::customer::CustomerDetails;
use domain::handoff::FieldValue;
use domain::{ArticleId, CaseId, CaseTypeId, ChecklistItemId, CommandId, DraftId, Personal, Timestamp};
use serde::{Deserialize, Serialize};

/// How the desk stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct DeskView {
    /// What the window shows.
    pub phase: Phase,
    /// Nothing here is real (D-P1).
    pub practice: bool,
    /// The municipality, once known.
    pub municipality: Option<String>,
    /// The service.
    pub connection: Connection,
    /// Changes that wait to be sent.
    pub unsent: u32,
    /// Changes that the service refused and somebody must look at.
    pub refused: u32,
    /// Drafts and changes that other users of this desk left: they wait for their own sign-in.
    #[serde(default)]
    pub of_others: u32,
    /// How old the knowledge is.
    pub knowledge_from: Option<Timestamp>,
    /// Who is signed in.
    pub me: Option<Me>,
    /// What must be told once.
    pub notices: Vec<Notice>,
}

/// What the window shows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(tag = "phase", rename_all = "snake_case")]
pub enum Phase {
    /// The first start: practise here, or connect.
    Choose,
    /// Something takes time; the step tells what.
    Starting {
        /// Which step.
        step: StartStep,
    },
    /// There is no keyring: a passphrase opens the store, or is set now.
    Passphrase {
        /// None has been set yet.
        new: bool,
    },
    /// The key is not in the keyring: wait for it; nothing is touched.
    KeyMissing,
    /// The store could not be opened. Nothing was touched; it can be tried again.
    Stopped {
        /// Why.
        code: Code,
    },
    /// Sign in.
    SignIn {
        /// The service's address, to be shown.
        address: String,
    },
    /// At work.
    Ready,
}

/// A step of the start.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum StartStep {
    /// Opening the store.
    Store,
    /// Starting the embedded service.
    Service,
    /// Fetching the knowledge.
    Knowledge,
}

/// The service, seen from the desk.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(tag = "connection", rename_all = "snake_case")]
pub enum Connection {
    /// None is chosen.
    None,
    /// Trying for the first time.
    Connecting,
    /// Connected.
    Connected,
    /// Not reached; work goes on.
    Offline {
        /// Since when.
        since: Timestamp,
    },
    /// The service speaks another version of the contract: update. Work goes on as when it is not reached.
    OtherVersion,
    /// The session ended while a call goes on: sign in when it is over.
    SessionEnded,
}

/// What must be told once.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(tag = "notice", rename_all = "snake_case")]
pub enum Notice {
    /// The store was damaged, set aside and rebuilt.
    StoreRebuilt {
        /// Drafts that could be saved from it.
        drafts_saved: u32,
        /// Registered changes that could be saved from it.
        changes_saved: u32,
        /// Something in it could not be read.
        cut: bool,
        /// File name of the one set aside, in the data folder.
        set_aside: String,
    },
    /// There is no keyring; a passphrase is used.
    NoKeyring,
    /// The service refused a queued change.
    ChangeRefused {
        /// Why.
        code: Code,
        /// The case.
        case_id: Option<CaseId>,
        /// It lies among the drafts again.
        draft: bool,
    },
    /// Kept drafts or changes that this release cannot read. They stay where they are.
    Unreadable {
        /// How many.
        count: u32,
    },
    /// What came from the service could not be kept for work without it.
    NotCached {
        /// Why.
        code: Code,
    },
}

/// Address of a service.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Connect {
    /// `https://…`; plain HTTP only to loopback.
    pub address: String,
}

/// A passphrase.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Unlock {
    /// The passphrase.
    pub passphrase: Personal<String>,
}

/// Settings of this desk.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default)]
pub struct Settings {
    /// `sv` or `en`; `None`: Swedish, which is what the people at the desk speak.
    pub locale: Option<String>,
    /// Light or dark; `None`: the system's.
    pub theme: Option<Theme>,
    /// Remapped keys: action → key, as in the key table.
    pub keys: Vec<(String, String)>,
}

/// Theme.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Theme {
    /// Light.
    Light,
    /// Dark.
    Dark,
}

/// What an agent has typed and not registered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Draft {
    /// Identity.
    pub id: DraftId,
    /// The case it becomes.
    pub case_id: CaseId,
    /// The contact, tied to the call.
    pub contact: Contact,
    /// The type, once chosen.
    #[serde(default)]
    pub case_type: Option<CaseTypeId>,
    /// The customer.
    #[serde(default)]
    pub customer: CustomerDetails,
    /// Det gäller.
    #[serde(default)]
    pub subject: Personal<String>,
    /// Note.
    #[serde(default)]
    pub note: Personal<String>,
    /// Place.
    #[serde(default)]
    pub place: Personal<String>,
    /// Own fields.
    #[serde(default)]
    pub fields: Vec<FieldValue>,
    /// Ticked lines.
    #[serde(default)]
    pub checked: Vec<ChecklistItemId>,
    /// Articles used.
    #[serde(default)]
    pub articles: Vec<ArticleId>,
    /// Chosen disposition.
    #[serde(default)]
    pub disposition: Option<Disposition>,
    /// Wanted reply.
    #[serde(default)]
    pub follow_up: Option<FollowUpWish>,
    /// Begun.
    pub created_at: Timestamp,
    /// Kept; the desk sets it.
    pub updated_at: Timestamp,
}

/// Drafts, newest first.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Drafts {
    /// The drafts.
    pub drafts: Vec<Draft>,
}

/// A draft to keep.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct SaveDraft {
    /// The draft.
    pub draft: Draft,
}

/// A draft to throw away.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct DiscardDraft {
    /// Which.
    pub id: DraftId,
}

/// What waits to be sent.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct UnsentList {
    /// Oldest first.
    pub unsent: Vec<Unsent>,
}

/// A change in the outbox.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Unsent {
    /// Its command id.
    pub id: CommandId,
    /// Name of the command.
    pub command: String,
    /// Put there.
    pub at: Timestamp,
    /// Why the service refused it; `None`: not tried or not reached.
    pub refused: Option<Code>,
}
