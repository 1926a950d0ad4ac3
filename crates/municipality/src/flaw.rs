//! What is wrong with a municipality's files.

use std::fmt;

/// A flaw and where it is.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, thiserror::Error)]
#[error("{path}{}: {what}", line.map(|line| format!(":{line}")).unwrap_or_default())]
pub struct Flaw {
    /// The file, as it was named.
    pub path: String,
    /// Line in the file, from 1, where one is to blame.
    pub line: Option<usize>,
    /// What is wrong.
    pub what: Fault,
}

/// What is wrong.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, thiserror::Error)]
pub enum Fault {
    /// The file must exist.
    #[error("the file is missing")]
    Missing,
    /// Nothing reads a file of that name.
    #[error("a file of this name has no meaning here")]
    Stray,
    /// A value, key or the file itself cannot be read: hours, durations, numbers, spelling of keys.
    #[error("{0}")]
    Unreadable(String),
    /// Two of the same name.
    #[error("{kind} {id:?} exists already, in {first}")]
    Duplicate {
        /// Kind.
        kind: Kind,
        /// Its id.
        id: String,
        /// Where the first is.
        first: String,
    },
    /// A name that stands for nothing.
    #[error("there is no {kind} {id:?}")]
    Unknown {
        /// Kind.
        kind: Kind,
        /// The id.
        id: String,
    },
    /// A group without hours could never answer.
    #[error("the group is never open")]
    NeverOpen,
    /// Something that must be said is not.
    #[error("{0} is empty")]
    Empty(&'static str),
    /// A Markdown file must begin with its facts.
    #[error("the file does not begin with facts between two lines of +++")]
    NoFrontMatter,
    /// Reviewed after its own next review.
    #[error("review_by is not later than reviewed")]
    ReviewOrder,
    /// A choice has at least two options, another field none.
    #[error("a choice needs two options or more, and no other field has options")]
    Options,
    /// A key of a telephone menu.
    #[error("{0:?} is not a key of a telephone (0–9, *, #)")]
    MenuKey(String),
    /// A share.
    #[error("{0} % is more than all")]
    Share(u8),
}

/// Kinds of what has an id.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// A department.
    Department,
    /// A response group.
    Group,
    /// A number into the municipality.
    Entry,
    /// A queue.
    Queue,
    /// A key of a menu.
    MenuKey,
    /// A case type.
    CaseType,
    /// A case type's own field.
    Field,
    /// An article.
    Article,
    /// A talmanus.
    Script,
    /// A checklist.
    Checklist,
    /// A line of a checklist.
    ChecklistItem,
    /// A reason to give a case back.
    ReturnReason,
    /// An account.
    Person,
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Department => "department",
            Self::Group => "group",
            Self::Entry => "entry",
            Self::Queue => "queue",
            Self::MenuKey => "menu key",
            Self::CaseType => "case type",
            Self::Field => "own field",
            Self::Article => "article",
            Self::Script => "script",
            Self::Checklist => "checklist",
            Self::ChecklistItem => "checklist item",
            Self::ReturnReason => "reason to give back",
            Self::Person => "person",
        })
    }
}
