//! Cases and handoffs over the border.

use domain::alarm::{AlarmKind, AlarmStep};
use domain::case::{CaseNumber, CaseStatus, FrontStanding, Rest, WaitsFor};
use domain::contact::{Channel, Contact, Disposition, FollowUpWish};
use domain::customer::{CustomerDetails, ProtectedIdentity};
use domain::handoff::{CaseText, FieldValue, HandoffStage, Include};
use domain::service_hours::CivilDate;
use domain::structure::AfterHandoff;
use domain::{
    ArticleId, CaseId, CaseTypeId, HandoffId, Personal, ResponseGroupId, ReturnReasonId, Timestamp, UserId,
};
use serde::{Deserialize, Serialize};

mod asking;
mod customers;
mod returns;
pub use asking::{
    AskAboutCase, AskWhom, GuestOf, InformOfCase, QuestionView, ReplyToQuestion, WithdrawQuestion,
};
pub use customers::{CustomerCard, CustomerMatch, MatchCustomer};
pub use returns::{ListReturns, ReturnCount, ReturnList, ReturnedCase};

/// A contact to register as a case.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct RegisterCase {
    /// The case's identity, made by the desk.
    pub case_id: CaseId,
    /// The contact.
    pub contact: Contact,
    /// What was written.
    pub text: CaseText,
    /// Articles used (D-K4).
    pub articles: Vec<ArticleId>,
    /// How the contact ended; `HandedOver` exactly when `handoff` is given.
    pub disposition: Disposition,
    /// Hand over in the same step.
    pub handoff: Option<SendHandoff>,
}

/// A handoff to send.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct SendHandoff {
    /// Identity, made by the desk.
    pub id: HandoffId,
    /// Receiver; `None`: the type's own.
    pub group: Option<ResponseGroupId>,
    /// What goes along.
    pub include: Include,
    /// What becomes of the source.
    pub after: AfterHandoff,
}

/// The answer to a registration.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct RegisterReply {
    /// The case.
    pub case_id: CaseId,
    /// Its number; `None`: it waits in the desk's outbox and gets one when sent.
    pub number: Option<CaseNumber>,
    /// The handoff can be undone until then.
    pub leaves_at: Option<Timestamp>,
    /// The group answers before.
    pub response_due: Option<Timestamp>,
    /// It waits in the desk's outbox.
    pub queued: bool,
}

/// An open case to hand over.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct HandOffCase {
    /// The case, as read.
    #[serde(flatten)]
    pub case: CaseAt,
    /// The handoff.
    pub handoff: SendHandoff,
}

/// A handoff to undo.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct UndoHandoff {
    /// The case.
    pub case_id: CaseId,
    /// The handoff.
    pub handoff: HandoffId,
}

/// How a handoff stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct HandoffReply {
    /// The case's version now.
    pub version: u32,
    /// Can be undone until then.
    pub leaves_at: Option<Timestamp>,
    /// The group answers before.
    pub response_due: Option<Timestamp>,
    /// It waits in the desk's outbox.
    #[serde(default)]
    pub queued: bool,
}

/// A preview to make.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct PreviewHandoff {
    /// What was written.
    pub text: CaseText,
    /// Receiver; `None`: the type's own.
    pub group: Option<ResponseGroupId>,
    /// What goes along; `None`: the receiver's default.
    pub include: Option<Include>,
}

/// A case at the version that was read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct CaseAt {
    /// Which.
    pub case_id: CaseId,
    /// As read; another now gives `Stale`.
    pub version: u32,
}

/// A case to give to another officer of the group.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct AssignCase {
    /// The case, as read.
    #[serde(flatten)]
    pub case: CaseAt,
    /// To whom, of those that [`CaseView::colleagues`] gives.
    pub to: UserId,
}

/// Given back, with a reason.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct GiveBackCase {
    /// The case, as read.
    #[serde(flatten)]
    pub case: CaseAt,
    /// Why, of those that [`CaseView::return_reasons`] gives.
    pub why: ReturnReasonId,
    /// What else is to be said of it; some reasons say nothing without.
    #[serde(default)]
    pub reason: Personal<String>,
}

/// The customer has been answered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct AnswerCase {
    /// The case, as read.
    #[serde(flatten)]
    pub case: CaseAt,
    /// What was answered.
    pub text: Personal<String>,
    /// How.
    pub channel: Channel,
}

/// What somebody has written of a case and not sent. It is theirs alone, and forgotten when it is sent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct AnswerDraft {
    /// The case.
    pub case_id: CaseId,
    /// An answer.
    #[serde(default)]
    pub answer: Personal<String>,
    /// How it will be given, once chosen.
    #[serde(default)]
    pub channel: Option<Channel>,
    /// Why the case is given back.
    #[serde(default)]
    pub reason: Personal<String>,
}

impl AnswerDraft {
    /// Nothing of a case.
    #[must_use]
    pub fn none(case_id: CaseId) -> Self {
        Self { case_id, answer: Personal::default(), channel: None, reason: Personal::default() }
    }

    /// Whether no text is in it: there is nothing to keep.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.answer.expose().is_empty() && self.reason.expose().is_empty()
    }
}

/// What the customer said of the answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ConfirmCase {
    /// The case, as read.
    #[serde(flatten)]
    pub case: CaseAt,
    /// What they are not satisfied with; `None`: satisfied, and the case is closed.
    #[serde(default)]
    pub not_satisfied: Option<Personal<String>>,
}

/// A closed case whose customer is not satisfied.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ReopenCase {
    /// The case, as read.
    #[serde(flatten)]
    pub case: CaseAt,
    /// With what.
    pub reason: Personal<String>,
}

/// A case to let rest, or to take up before its time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ParkCase {
    /// The case, as read.
    #[serde(flatten)]
    pub case: CaseAt,
    /// It comes back when the front opens that day, or the first day it opens after; `None`: now.
    pub until: Option<CivilDate>,
}

/// The texts of a case, written anew.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct RewriteCase {
    /// The case, as read.
    #[serde(flatten)]
    pub case: CaseAt,
    /// Det gäller.
    pub subject: Personal<String>,
    /// Note.
    pub note: Personal<String>,
    /// Place.
    pub place: Personal<String>,
    /// The customer; `None`: as before. Whom the case is known to be about stays.
    #[serde(default)]
    pub customer: Option<CustomerDetails>,
    /// Own fields, all of them; `None`: as before.
    #[serde(default)]
    pub fields: Option<Vec<FieldValue>>,
}

/// An alarm of a case that the caller has seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct AcknowledgeAlarm {
    /// The case.
    pub case_id: CaseId,
    /// Of what, as shown.
    pub kind: AlarmKind,
    /// How far it had come, as shown: this step and those before it.
    pub step: AlarmStep,
}

/// A case to read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct GetCase {
    /// Which.
    pub case_id: CaseId,
}

/// Which cases.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum CaseList {
    /// Those the caller owns towards the customer, newest first.
    Mine,
    /// What the caller's group has: not accepted first, then by deadline; and what it is asked or told of.
    Inbox,
    /// All of the front, newest first.
    Front,
}

/// A page of cases.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ListCases {
    /// Which.
    pub list: CaseList,
    /// Closed ones too; in [`CaseList::Mine`] also those that are closed for the front alone.
    #[serde(default)]
    pub closed: bool,
    /// From where the last page ended.
    #[serde(default)]
    pub after: Option<String>,
    /// At most so many, 1–100; 50 when absent.
    #[serde(default)]
    pub limit: Option<u8>,
}

/// A page.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct CasePage {
    /// The cases.
    pub cases: Vec<CaseSummary>,
    /// More from here.
    pub next: Option<String>,
}

/// An alarm of a case.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct CaseAlarm {
    /// Of what.
    pub kind: AlarmKind,
    /// How far it has come.
    pub step: AlarmStep,
    /// What it warns of, or tells is past.
    pub due: Timestamp,
    /// Name of the first who has seen it.
    pub acknowledged_by: Option<Personal<String>>,
}

/// A case on a line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct CaseSummary {
    /// Identity.
    pub id: CaseId,
    /// Version.
    pub version: u32,
    /// Number.
    pub number: CaseNumber,
    /// Type.
    pub case_type: CaseTypeId,
    /// Where it stands.
    pub status: CaseStatus,
    /// How it stands at the front.
    #[serde(default)]
    pub front: FrontStanding,
    /// No group accepted it in time: its owner decides what now.
    #[serde(default)]
    pub not_accepted: bool,
    /// It rests at the front, or has come back from its rest.
    #[serde(default)]
    pub rest: Option<Rest>,
    /// Whom it waits for.
    #[serde(default)]
    pub waits_for: Option<WaitsFor>,
    /// The reader's group is not the one that has it.
    #[serde(default)]
    pub guest: Option<GuestOf>,
    /// The most pressing alarm that was raised and still matters.
    #[serde(default)]
    pub alarm: Option<CaseAlarm>,
    /// Det gäller; absent when it did not go along or was erased.
    pub subject: Option<Personal<String>>,
    /// Name or number of the customer, masked when protected; absent when anonymous or not included.
    pub customer: Option<Personal<String>>,
    /// Channel of the first contact.
    pub channel: Channel,
    /// The group it is with.
    pub group: Option<ResponseGroupId>,
    /// Name of the officer who works on it.
    #[serde(default)]
    pub officer: Option<Personal<String>>,
    /// The group answers before.
    pub response_due: Option<Timestamp>,
    /// Registered.
    pub registered_at: Timestamp,
    /// Name of its owner towards the customer.
    pub owner_name: Personal<String>,
}

/// A case to read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct CaseView {
    /// On a line.
    pub summary: CaseSummary,
    /// How the contact ended.
    pub disposition: Disposition,
    /// The customer, as far as the reader may see.
    pub customer: Option<CustomerDetails>,
    /// Protection of the customer.
    pub protected: ProtectedIdentity,
    /// Note.
    pub note: Option<Personal<String>>,
    /// Place.
    pub place: Option<Personal<String>>,
    /// Own fields: label and value.
    pub fields: Vec<(String, Personal<String>)>,
    /// Ticked lines, as text.
    pub checked: Vec<String>,
    /// Articles used.
    pub articles: Vec<ArticleId>,
    /// Their titles, in the same order.
    #[serde(default)]
    pub article_titles: Vec<String>,
    /// The reply that the customer chose: part of every handoff (D-C3).
    pub follow_up: Option<FollowUpWish>,
    /// The answer.
    pub answer: Option<Personal<String>>,
    /// How the customer was answered.
    pub answer_channel: Option<Channel>,
    /// What the customer was not satisfied with in it.
    #[serde(default)]
    pub not_satisfied: Option<Personal<String>>,
    /// The clock closes it then, unless somebody does something before.
    #[serde(default)]
    pub closes_at: Option<Timestamp>,
    /// Handoffs, oldest first.
    pub handoffs: Vec<HandoffView>,
    /// What was asked while it stayed where it is, oldest first, as far as the reader may see.
    #[serde(default)]
    pub questions: Vec<QuestionView>,
    /// Groups that can be asked or told, each with what goes along unless another is chosen, and what can at most.
    #[serde(default)]
    pub consults: Vec<(ResponseGroupId, Include, Include)>,
    /// How often it has come back: given back, or not accepted in time.
    #[serde(default)]
    pub returns: u32,
    /// Officers of the group that the reader may give it to, id and name.
    #[serde(default)]
    pub colleagues: Vec<(String, Personal<String>)>,
    /// Why the reader may give it back, id and name; empty when they cannot.
    #[serde(default)]
    pub return_reasons: Vec<(String, String)>,
    /// What happened, oldest first.
    pub history: Vec<HistoryLine>,
    /// What the reader can do now.
    pub actions: Vec<CaseAction>,
}

/// A handoff to read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct HandoffView {
    /// Identity.
    pub id: HandoffId,
    /// Receiver.
    pub group: ResponseGroupId,
    /// Where it stands.
    pub stage: HandoffStage,
    /// Can be undone until.
    pub leaves_at: Timestamp,
    /// Accepted before.
    pub receipt_due: Timestamp,
    /// Answered before.
    pub response_due: Timestamp,
    /// Solved before.
    pub resolution_due: Timestamp,
    /// Who works on it.
    pub accepted_by: Option<Personal<String>>,
    /// Why it was given back: the name of the reason.
    #[serde(default)]
    pub why: Option<String>,
    /// What else the group said of it.
    pub reason: Option<Personal<String>>,
}

/// One line of history.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct HistoryLine {
    /// When.
    pub at: Timestamp,
    /// When the service heard of it, if that was later: it was done without the network.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub heard_at: Option<Timestamp>,
    /// Who; `None`: the clock.
    pub by: Option<Personal<String>>,
    /// What.
    pub what: HistoryKind,
    /// The group concerned.
    pub group: Option<ResponseGroupId>,
    /// Until when it rests.
    #[serde(default)]
    pub until: Option<Timestamp>,
    /// To whom it was given.
    #[serde(default)]
    pub to: Option<Personal<String>>,
    /// The alarm that was raised or seen.
    #[serde(default)]
    pub alarm: Option<CaseAlarm>,
}

/// What happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum HistoryKind {
    /// Registered.
    Registered,
    /// Sent to a group.
    HandoffSent,
    /// Undone.
    HandoffUndone,
    /// Left.
    HandoffLeft,
    /// Accepted.
    Accepted,
    /// Given to another of the group.
    Assigned,
    /// Somebody was asked.
    Asked,
    /// They answered.
    Replied,
    /// It was withdrawn by those who asked.
    Withdrawn,
    /// A group was told for information.
    Informed,
    /// Given back.
    Returned,
    /// Not accepted in time.
    ReceiptExpired,
    /// Taken back from a group outside the system.
    TakenBack,
    /// A group outside the system was sent a new link.
    LinkRenewed,
    /// The owner wrote the texts anew.
    Rewritten,
    /// Answered.
    Answered,
    /// The customer was satisfied: closed.
    Confirmed,
    /// The customer was not satisfied.
    NotSatisfied,
    /// It rests.
    Parked,
    /// It came back from its rest.
    Unparked,
    /// Closed.
    Closed,
    /// The customer was not satisfied after all.
    Reopened,
    /// An alarm was raised.
    AlarmRaised,
    /// Somebody has seen it.
    AlarmSeen,
}

domain::read_by_name!(HistoryKind {
    Registered: "registered",
    HandoffSent: "handoff_sent",
    HandoffUndone: "handoff_undone",
    HandoffLeft: "handoff_left",
    Accepted: "accepted",
    Assigned: "assigned",
    Asked: "asked",
    Replied: "replied",
    Withdrawn: "withdrawn",
    Informed: "informed",
    Returned: "returned",
    ReceiptExpired: "receipt_expired",
    TakenBack: "taken_back",
    LinkRenewed: "link_renewed",
    Rewritten: "rewritten",
    Answered: "answered",
    Confirmed: "confirmed",
    NotSatisfied: "not_satisfied",
    Parked: "parked",
    Unparked: "unparked",
    Closed: "closed",
    Reopened: "reopened",
    AlarmRaised: "alarm_raised",
    AlarmSeen: "alarm_seen",
});

/// What can be done with a case.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum CaseAction {
    /// Hand over.
    HandOff,
    /// Undo the handoff.
    Undo,
    /// Accept.
    Accept,
    /// Give back.
    GiveBack,
    /// Answer.
    Answer,
    /// Write the texts anew.
    Rewrite,
    /// Tell what the customer said of the answer.
    Confirm,
    /// Let it rest.
    Park,
    /// Take it up before its rest is over.
    Unpark,
    /// Ask the customer or the kontaktcenter.
    Ask,
    /// Ask another group for its opinion, or tell it.
    Consult,
    /// Take it back from a group outside the system.
    TakeBack,
    /// Send a group outside the system a new link.
    RenewLink,
    /// Close.
    Close,
    /// Reopen: the customer is not satisfied after all.
    Reopen,
}

domain::read_by_name!(CaseAction {
    HandOff: "hand_off",
    Undo: "undo",
    Accept: "accept",
    GiveBack: "give_back",
    Answer: "answer",
    Rewrite: "rewrite",
    Confirm: "confirm",
    Park: "park",
    Unpark: "unpark",
    Ask: "ask",
    Consult: "consult",
    TakeBack: "take_back",
    RenewLink: "renew_link",
    Close: "close",
    Reopen: "reopen",
});
