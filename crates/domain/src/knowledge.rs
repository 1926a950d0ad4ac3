//! The answer support: articles, talmanus and checklists (D-K1).

use crate::{
    ArticleId, CallScriptId, CaseTypeId, ChecklistId, ChecklistItemId, DepartmentId, FieldId, ResponseGroupId,
};
use serde::{Deserialize, Serialize};

/// All answer support of a municipality, at one version.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct KnowledgeBase {
    /// Articles.
    pub articles: Vec<Article>,
    /// Talmanus.
    pub scripts: Vec<CallScript>,
    /// Checklists.
    pub checklists: Vec<Checklist>,
}

/// An FAQ article.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Article {
    /// Identity.
    pub id: ArticleId,
    /// Title.
    pub title: String,
    /// The question as a resident puts it.
    pub question: String,
    /// Public answer, Markdown.
    pub answer: String,
    /// What only staff see, Markdown; empty when there is nothing.
    pub internal: String,
    /// Other words for it.
    pub keywords: Vec<String>,
    /// Case types it belongs to.
    pub case_types: Vec<CaseTypeId>,
    /// The department whose folder it lies in.
    pub department: DepartmentId,
    /// The group that answers for it.
    pub owner: ResponseGroupId,
    /// Who wrote it.
    pub author: String,
    /// Last reviewed, `YYYY-MM-DD`.
    pub reviewed: String,
    /// Review before, `YYYY-MM-DD`.
    pub review_by: String,
}

/// A talmanus: what to say, step by step.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct CallScript {
    /// Identity.
    pub id: CallScriptId,
    /// Title.
    pub title: String,
    /// Case types it is for.
    pub case_types: Vec<CaseTypeId>,
    /// The group that answers for it.
    pub owner: ResponseGroupId,
    /// Steps in order.
    pub steps: Vec<ScriptStep>,
}

/// One step of a talmanus.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ScriptStep {
    /// Heading.
    pub title: String,
    /// Markdown; `> ` lines are said aloud.
    pub text: String,
}

/// A checklist.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Checklist {
    /// Identity.
    pub id: ChecklistId,
    /// Title.
    pub title: String,
    /// Case types it is for.
    pub case_types: Vec<CaseTypeId>,
    /// Lines.
    pub items: Vec<ChecklistItem>,
}

/// One line of a checklist.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ChecklistItem {
    /// Identity within the list.
    pub id: ChecklistItemId,
    /// What to ask or do.
    pub text: String,
    /// A handoff waits for it.
    pub required: bool,
    /// The own field that the answer fills.
    pub field: Option<FieldId>,
}
