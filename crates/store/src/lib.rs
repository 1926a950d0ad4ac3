//! What the service keeps, as ports: no word here knows a database.
//!
//! - Everything that belongs together is one [`Commit`]: events, texts, receipts and what others are
//!   told of are written together or not at all.
//! - Cases, calls and agent states are append-only events; what lists and views read is derived from
//!   them by the adapter in the same transaction.
//! - Personal values lie in side rows that events point to, so that they can be erased.
//! - Every adapter passes the suite (feature `suite`).

mod alarms;
mod commit;
mod error;
mod letters;
mod page;
mod people;
mod port;
mod returns;
#[cfg(feature = "suite")]
pub mod suite;

pub use alarms::{Acknowledgement, AlarmLook, AlarmsDue};
pub use commit::{
    AgentAppend, CaseAppend, Change, Changes, Commit, Committed, Cursor, Look, Numbered, Receipt, Text,
};
pub use error::StoreError;
pub use letters::{KeptLetter, Letter, LetterKind, LetterOutcome};
pub use page::{CasePage, ListedCases, PageRequest};
pub use people::{Credential, Door, Session, TokenHash, User};
pub use port::{BackupReport, Store, StoredCall};
pub use returns::{ReturnCount, Returns};
