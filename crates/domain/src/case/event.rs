//! What happens to a case. Events hold no text and no personal value: they point to side rows.

use super::Asked;
use crate::contact::{Channel, Contact, Disposition, FollowUpWish};
use crate::handoff::Include;
use crate::structure::{AfterHandoff, Confirmer};
use crate::{
    ArticleId, CaseTypeId, ChecklistItemId, CustomerId, FieldId, HandoffId, QuestionId, ResponseGroupId,
    ReturnReasonId, TextId, Timestamp, UserId,
};
use serde::{Deserialize, Serialize};

/// The number that people say: year and serial, `2026-000123`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct CaseNumber {
    /// Year of registration, Europe/Stockholm.
    pub year: i16,
    /// Serial within the year, from 1.
    pub serial: u32,
}

impl std::fmt::Display for CaseNumber {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:04}-{:06}", self.year, self.serial)
    }
}

/// What a side row is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum TextKind {
    /// Det gäller.
    Subject,
    /// Anteckning.
    Note,
    /// Plats.
    Place,
    /// An own field's value.
    Field,
    /// What the customer is called and reached by, as JSON of `CustomerDetails`.
    Customer,
    /// The group's answer.
    Answer,
    /// Why it was given back, or what the customer was not satisfied with.
    Reason,
    /// What somebody was asked.
    Question,
    /// What they answered.
    Reply,
}

/// An own field's value, apart from the event.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct FieldText {
    /// The field.
    pub field: FieldId,
    /// Its value.
    pub text: TextId,
}

/// What was registered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Registration {
    /// Number.
    pub number: CaseNumber,
    /// What it is about.
    pub case_type: CaseTypeId,
    /// The contact.
    pub contact: Contact,
    /// The person at the kontaktcenter who owns it towards the customer (D-C5).
    pub owner: UserId,
    /// Known customer.
    pub customer: Option<CustomerId>,
    /// What was typed about the customer.
    pub customer_text: Option<TextId>,
    /// Det gäller.
    pub subject: TextId,
    /// Note.
    pub note: Option<TextId>,
    /// Place.
    pub place: Option<TextId>,
    /// Own fields.
    pub fields: Vec<FieldText>,
    /// Lines of the checklist that were ticked.
    pub checked: Vec<ChecklistItemId>,
    /// Articles that were used (D-K4).
    pub articles: Vec<ArticleId>,
    /// How the contact ended.
    pub disposition: Disposition,
    /// The reply the customer wants.
    pub follow_up: Option<FollowUpWish>,
}

/// What happened to a case.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(tag = "event", rename_all = "snake_case")]
pub enum CaseEvent {
    /// The contact was registered.
    Registered(Box<Registration>),
    /// It was sent to a group; it leaves at `leaves_at` unless undone.
    HandoffSent {
        /// Identity.
        handoff: HandoffId,
        /// Receiver.
        group: ResponseGroupId,
        /// Until then it can be undone; ten seconds after receipt by the service.
        leaves_at: Timestamp,
        /// The group accepts before.
        receipt_due: Timestamp,
        /// The customer hears before.
        response_due: Timestamp,
        /// It is solved before.
        resolution_due: Timestamp,
        /// What goes along.
        include: Include,
        /// What becomes of the source.
        after: AfterHandoff,
    },
    /// It was undone within the ten seconds.
    HandoffUndone {
        /// Which.
        handoff: HandoffId,
    },
    /// The ten seconds passed: the group has it.
    HandoffLeft {
        /// Which.
        handoff: HandoffId,
        /// The group accepts before, when it left so late that the time given at sending is not the group's.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        receipt_due: Option<Timestamp>,
    },
    /// An officer of the group accepted: the receipt.
    Accepted {
        /// Which.
        handoff: HandoffId,
    },
    /// An officer of the group gave it to another of the group.
    Assigned {
        /// Which.
        handoff: HandoffId,
        /// To whom.
        to: UserId,
    },
    /// Somebody was asked; the case stays where it is.
    Asked {
        /// Identity.
        question: QuestionId,
        /// Who.
        of: Asked,
        /// What.
        text: TextId,
    },
    /// What was asked has been answered.
    Replied {
        /// Which.
        question: QuestionId,
        /// What was answered.
        text: TextId,
        /// It is solved before, where waiting for the customer has moved that.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        resolution_due: Option<Timestamp>,
    },
    /// What was asked is no longer wanted: those who asked have withdrawn it.
    Withdrawn {
        /// Which.
        question: QuestionId,
        /// Why.
        reason: TextId,
        /// It is solved before, where waiting for the customer has moved that.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        resolution_due: Option<Timestamp>,
    },
    /// Another group was told of it for information.
    Informed {
        /// Which.
        group: ResponseGroupId,
        /// What it may read.
        include: Include,
    },
    /// The group gave it back, with a reason (D-C5).
    Returned {
        /// Which.
        handoff: HandoffId,
        /// Why, in the group's own words.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        reason: Option<TextId>,
        /// Why, of the closed list.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        why: Option<ReturnReasonId>,
    },
    /// The front took it back from a group outside the system.
    TakenBack {
        /// Which.
        handoff: HandoffId,
    },
    /// The front sent a group outside the system a new link: those of before do nothing.
    LinkRenewed {
        /// Which.
        handoff: HandoffId,
        /// The group accepts before, when it had not: its time begins with the letter that it gets.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        receipt_due: Option<Timestamp>,
    },
    /// The group did not accept in time: back at the kontaktcenter.
    ReceiptExpired {
        /// Which.
        handoff: HandoffId,
    },
    /// Its owner wrote the texts anew before any group had it. Those of before stay as side rows.
    Rewritten {
        /// Det gäller.
        subject: TextId,
        /// Note.
        note: Option<TextId>,
        /// Place.
        place: Option<TextId>,
        /// The customer that is now known by what was typed, where none was known before.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        customer: Option<CustomerId>,
        /// What was typed about the customer; `None`: as before.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        customer_text: Option<TextId>,
        /// Own fields, all of them; `None`: as before.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        fields: Option<Vec<FieldText>>,
    },
    /// The customer was answered.
    Answered {
        /// What was answered.
        text: TextId,
        /// How.
        channel: Channel,
        /// The customer confirms before it is closed (D-C6).
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        confirm: bool,
        /// Who asks the customer.
        #[serde(default, skip_serializing_if = "Confirmer::is_default")]
        confirmer: Confirmer,
        /// The clock closes it then, unless somebody does something before.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        close_at: Option<Timestamp>,
        /// It is solved before, where waiting for the customer has moved that.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        resolution_due: Option<Timestamp>,
    },
    /// The customer was asked and is satisfied. Closed.
    Confirmed,
    /// The customer was asked and is not satisfied. Back with whoever answered.
    NotSatisfied {
        /// With what.
        reason: TextId,
    },
    /// Its owner lets it rest: nothing to do before then.
    Parked {
        /// When it comes back.
        until: Timestamp,
    },
    /// The rest is over: the time came, or somebody took it up before.
    Unparked,
    /// It was closed.
    Closed,
    /// The customer was not satisfied after all (D-C6): open at the front again, whoever had it.
    Reopened {
        /// With what.
        reason: TextId,
    },
}

/// An event with its moment and its author. `by` is `None` for the clock.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Recorded {
    /// When it was done.
    pub at: Timestamp,
    /// When the service heard of it, if that was later: it was done without the network.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub heard_at: Option<Timestamp>,
    /// Who.
    pub by: Option<UserId>,
    /// What.
    #[serde(flatten)]
    pub event: CaseEvent,
}
