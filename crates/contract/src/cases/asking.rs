//! What is asked about a case while it stays where it is, and who is told of it for information.

use super::CaseAt;
use domain::case::WaitsFor;
use domain::handoff::Include;
use domain::service_hours::CivilDate;
use domain::{Personal, QuestionId, ResponseGroupId, Timestamp};
use serde::{Deserialize, Serialize};

/// Who is asked about a case.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum AskWhom {
    /// The customer: the case waits, and so does its resolution.
    Customer,
    /// The kontaktcenter: the case waits.
    Front,
    /// Another group, for its opinion.
    Group(ResponseGroupId),
}

/// Something to ask while the case stays where it is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct AskAboutCase {
    /// The case, as read.
    #[serde(flatten)]
    pub case: CaseAt,
    /// Who.
    pub whom: AskWhom,
    /// What.
    pub text: Personal<String>,
    /// A group's opinion is wanted by the end of that day; `None`: within five days of its service.
    #[serde(default)]
    pub by: Option<CivilDate>,
    /// What a group may read beside the question, of what the asker may; `None`: all of that, and nothing across
    /// a confidentiality wall.
    #[serde(default)]
    pub include: Option<Include>,
}

/// The answer to what was asked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ReplyToQuestion {
    /// The case, as read.
    #[serde(flatten)]
    pub case: CaseAt,
    /// Which question.
    pub question: QuestionId,
    /// What was answered.
    pub text: Personal<String>,
}

/// A question that those who asked have withdrawn.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct WithdrawQuestion {
    /// The case, as read.
    #[serde(flatten)]
    pub case: CaseAt,
    /// Which question.
    pub question: QuestionId,
    /// Why.
    pub reason: Personal<String>,
}

/// A group to tell of a case for information.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct InformOfCase {
    /// The case, as read.
    #[serde(flatten)]
    pub case: CaseAt,
    /// Which.
    pub group: ResponseGroupId,
    /// What it may read, as in [`AskAboutCase`].
    #[serde(default)]
    pub include: Option<Include>,
}

/// Why a group reads a case that it does not have.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct GuestOf {
    /// Its opinion is wanted before; `None`: for information.
    pub due: Option<Timestamp>,
}

/// A question to read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct QuestionView {
    /// Identity.
    pub id: QuestionId,
    /// Whom the case waits for by it; `None`: another group was asked.
    pub waits_for: Option<WaitsFor>,
    /// That group.
    pub group: Option<ResponseGroupId>,
    /// Its opinion is wanted before.
    pub due: Option<Timestamp>,
    /// When it was asked.
    pub at: Timestamp,
    /// By whom.
    pub by: Personal<String>,
    /// What was asked; absent when it is not the reader's to see or was erased.
    pub text: Option<Personal<String>>,
    /// What was answered, likewise.
    pub reply: Option<Personal<String>>,
    /// When.
    pub replied_at: Option<Timestamp>,
    /// By whom.
    pub replied_by: Option<Personal<String>>,
    /// The reader can answer it.
    pub can_reply: bool,
    /// Why it was withdrawn; absent when it was not, is not the reader's to see or was erased.
    #[serde(default)]
    pub withdrawn: Option<Personal<String>>,
    /// The reader can withdraw it.
    #[serde(default)]
    pub can_withdraw: bool,
}
