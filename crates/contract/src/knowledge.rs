//! Answer support over the border.

use domain::knowledge::{Article, CallScript, Checklist, KnowledgeBase};
use domain::structure::Structure;
use domain::{ArticleId, CallScriptId, CaseTypeId, ChecklistId, QueueId, Timestamp};
use serde::{Deserialize, Serialize};

/// The structure at one version.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct StructureReply {
    /// Version; changes when anything in it does.
    pub version: u64,
    /// The structure.
    pub structure: Structure,
}

/// What the desk already has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct KnowledgeSince {
    /// Its version; `None`: nothing.
    pub version: Option<u64>,
}

/// The knowledge base, when it is newer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct KnowledgeReply {
    /// The service's version.
    pub version: u64,
    /// Current as of.
    pub as_of: Timestamp,
    /// `None` when the caller's is the same.
    pub knowledge: Option<KnowledgeBase>,
}

/// What to suggest from.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default)]
pub struct Suggest {
    /// What is being typed.
    pub text: String,
    /// The note so far.
    pub note: String,
    /// The call's queue.
    pub queue: Option<QueueId>,
    /// The chosen case type.
    pub case_type: Option<CaseTypeId>,
    /// At most so many of each kind, 1–50; 9 when absent.
    pub limit: Option<u8>,
}

/// Suggestions, best first.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Suggestions {
    /// Articles.
    pub articles: Vec<Suggestion<ArticleId>>,
    /// Talmanus.
    pub scripts: Vec<Suggestion<CallScriptId>>,
    /// Checklists.
    pub checklists: Vec<Suggestion<ChecklistId>>,
    /// Case types.
    pub case_types: Vec<Suggestion<CaseTypeId>>,
    /// How old the knowledge is (D-K2).
    pub as_of: Option<Timestamp>,
}

/// One suggestion.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Suggestion<Id> {
    /// What.
    pub id: Id,
    /// Title.
    pub title: String,
    /// One line more: an article's question, a type's group.
    pub line: String,
    /// Words of it that matched, to be marked.
    pub matched: Vec<String>,
    /// Higher is better; comparable within one reply.
    pub score: f32,
}

/// One thing by its id.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Get<Id> {
    /// Which.
    pub id: Id,
}

/// An article to read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ArticleView {
    /// The article.
    pub article: Article,
    /// The owner's name.
    pub owner_name: String,
}

/// A talmanus to read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ScriptView {
    /// The talmanus.
    pub script: CallScript,
}

/// A checklist to tick.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ChecklistView {
    /// The checklist.
    pub checklist: Checklist,
}
