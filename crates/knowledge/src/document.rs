//! What can be found.

use serde::{Deserialize, Serialize};

/// What a document is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// An FAQ article.
    Article,
    /// A talmanus.
    CallScript,
    /// A checklist.
    Checklist,
    /// An ärendetyp.
    CaseType,
}

impl Kind {
    /// Every kind.
    pub const ALL: [Self; 4] = [Self::Article, Self::CallScript, Self::Checklist, Self::CaseType];
}

/// Kind and id together: an article and a case type may bear the same id.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Key {
    /// What it is.
    pub kind: Kind,
    /// Its id within the kind.
    pub id: String,
}

/// A text that can be found, whole.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Document {
    /// Id within the kind.
    pub id: String,
    /// What it is.
    pub kind: Kind,
    /// Title; the name of a case type.
    pub title: String,
    /// The question as a resident puts it; may be empty.
    pub question: String,
    /// The rest of the text, Markdown or plain.
    pub body: String,
    /// Other words for it, as residents say it.
    pub keywords: Vec<String>,
    /// Case types it belongs to; for a case type its own id.
    pub case_types: Vec<String>,
    /// Queues where it is asked for most.
    pub queues: Vec<String>,
}

/// A document without its body: enough to list and rank it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Head {
    /// Kind and id.
    pub key: Key,
    /// Title.
    pub title: String,
    /// Question; may be empty.
    pub question: String,
    /// Other words for it.
    pub keywords: Vec<String>,
    /// Case types it belongs to.
    pub case_types: Vec<String>,
    /// Queues where it is asked for most.
    pub queues: Vec<String>,
}

impl Document {
    /// Kind and id.
    #[must_use]
    pub fn key(&self) -> Key {
        Key { kind: self.kind, id: self.id.clone() }
    }
}
