//! Identities. What people create has a UUIDv7 (RFC 9562); what administrators name has a slug.

use crate::Timestamp;
use serde::{Deserialize, Serialize};
use std::fmt;
use uuid::Uuid;

macro_rules! uuid_ids {
    ($($(#[$doc:meta])* $name:ident;)*) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
        #[serde(transparent)]
        pub struct $name(pub Uuid);

        impl $name {
            /// A UUIDv7 from a moment and ten random bytes.
            #[must_use]
            pub fn new(at: Timestamp, random: [u8; 10]) -> Self {
                let millis = u64::try_from(at.0).unwrap_or(0);
                Self(uuid::Builder::from_unix_timestamp_millis(millis, &random).into_uuid())
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }

        impl std::str::FromStr for $name {
            type Err = uuid::Error;
            fn from_str(text: &str) -> Result<Self, Self::Err> {
                Uuid::parse_str(text).map(Self)
            }
        }
    )*};
}

uuid_ids! {
    /// One question or errand, from first contact until closed.
    CaseId;
    /// One interaction with a customer.
    ContactId;
    /// One handover of a case to a response group.
    HandoffId;
    /// A customer, kept or anonymous.
    CustomerId;
    /// A person who signs in.
    UserId;
    /// A signed-in session.
    SessionId;
    /// One changing command; a repeat carries the same id (architecture.md, one contract).
    CommandId;
    /// A side row that holds a personal or free text, apart from the event that points to it.
    TextId;
    /// Something asked of somebody while a case stays where it is.
    QuestionId;
    /// An e-mail to a group outside the system, and the link in it.
    LetterId;
    /// A draft on the desk.
    DraftId;
}

/// A slug that cannot be one.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is not a slug of a–z, 0–9, '-' and '.' (1–64 characters)")]
pub struct BadSlug(pub String);

macro_rules! slug_ids {
    ($($(#[$doc:meta])* $name:ident;)*) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
        #[serde(try_from = "String", into = "String")]
        pub struct $name(String);

        impl $name {
            /// The slug as text.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl TryFrom<String> for $name {
            type Error = BadSlug;
            fn try_from(text: String) -> Result<Self, BadSlug> {
                if is_slug(&text) { Ok(Self(text)) } else { Err(BadSlug(text)) }
            }
        }

        impl std::str::FromStr for $name {
            type Err = BadSlug;
            fn from_str(text: &str) -> Result<Self, BadSlug> {
                Self::try_from(text.to_owned())
            }
        }

        impl From<$name> for String {
            fn from(id: $name) -> Self {
                id.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    )*};
}

slug_ids! {
    /// An organisation that owns response groups.
    DepartmentId;
    /// A group that answers a kind of question.
    ResponseGroupId;
    /// Where calls wait.
    QueueId;
    /// A number into the municipality.
    EntryId;
    /// What a case is about.
    CaseTypeId;
    /// A case type's own field.
    FieldId;
    /// A knowledge article.
    ArticleId;
    /// A talmanus.
    CallScriptId;
    /// A checklist.
    ChecklistId;
    /// One line of a checklist.
    ChecklistItemId;
    /// Why a group gives a case back.
    ReturnReasonId;
}

fn is_slug(text: &str) -> bool {
    (1..=64).contains(&text.len())
        && text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-' || b == b'.')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_sort_by_their_moment() {
        let early = CaseId::new(Timestamp(1_000), [0xff; 10]);
        let late = CaseId::new(Timestamp(1_001), [0; 10]);
        assert!(early < late);
        assert_eq!(early.0.get_version_num(), 7);
    }

    #[test]
    fn a_slug_is_checked_where_it_enters() {
        assert!("bygglov-fraga".parse::<CaseTypeId>().is_ok());
        for bad in ["", "Bygglov", "två", "a b", "../etc"] {
            assert!(serde_json::from_value::<CaseTypeId>(bad.into()).is_err(), "{bad}");
        }
    }
}
