//! Handoff of a case to a response group (rules.md 2).

use crate::contact::FollowUpWish;
use crate::customer::CustomerDetails;
use crate::service_hours::{Deadline, HoursError, due};
use crate::structure::{AfterHandoff, CaseType, Required, ResponseGroup, Structure};
use crate::{
    CaseTypeId, ChecklistItemId, FieldId, HandoffId, Personal, ResponseGroupId, ReturnReasonId, TextId,
    Timestamp, UserId,
};
use serde::{Deserialize, Serialize};

/// Milliseconds between sending and leaving (rules.md 2: ten seconds of undo).
pub const UNDO_MILLIS: i64 = 10_000;

/// What goes along. Across a confidentiality wall nothing does unless the agent chooses it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Include {
    /// Who asked and how they are reached.
    pub customer: bool,
    /// What it is about, in the agent's words.
    pub subject: bool,
    /// The note.
    pub note: bool,
    /// Place, own fields and the checklist.
    pub fields: bool,
}

impl Include {
    /// Everything.
    pub const ALL: Self = Self { customer: true, subject: true, note: true, fields: true };
    /// Nothing but the case type.
    pub const NONE: Self = Self { customer: false, subject: false, note: false, fields: false };

    /// What is in both.
    #[must_use]
    pub const fn and(self, other: Self) -> Self {
        Self {
            customer: self.customer && other.customer,
            subject: self.subject && other.subject,
            note: self.note && other.note,
            fields: self.fields && other.fields,
        }
    }
}

/// Where a handoff stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum HandoffStage {
    /// Can be undone.
    Leaving,
    /// Was undone.
    Undone,
    /// With the group, not accepted.
    Waiting,
    /// Accepted.
    Accepted,
    /// Given back with a reason.
    Returned,
    /// Not accepted in time.
    Expired,
    /// Taken back by the front from a group outside the system.
    TakenBack,
    /// Answered and closed; what came after is another matter.
    Done,
}

impl HandoffStage {
    /// On its way or with the group.
    #[must_use]
    pub const fn is_current(self) -> bool {
        matches!(self, Self::Leaving | Self::Waiting | Self::Accepted)
    }
    /// The case came back from it.
    #[must_use]
    pub const fn came_back(self) -> bool {
        matches!(self, Self::Returned | Self::Expired)
    }
    /// The group has or had it.
    #[must_use]
    pub const fn has_left(self) -> bool {
        !matches!(self, Self::Leaving | Self::Undone)
    }
}

/// One handover of a case.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Handoff {
    /// Identity.
    pub id: HandoffId,
    /// Receiver.
    pub group: ResponseGroupId,
    /// Sent.
    pub sent_at: Timestamp,
    /// By whom.
    pub sent_by: Option<UserId>,
    /// Leaves then.
    pub leaves_at: Timestamp,
    /// Accepted before.
    pub receipt_due: Timestamp,
    /// Answered before.
    pub response_due: Timestamp,
    /// Solved before.
    pub resolution_due: Timestamp,
    /// What goes along.
    pub include: Include,
    /// What becomes of the source.
    pub after: AfterHandoff,
    /// Where it stands.
    pub stage: HandoffStage,
    /// Who accepted.
    pub accepted_by: Option<UserId>,
    /// Who works on it, when that is another than accepted it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub assigned_to: Option<UserId>,
    /// Why it was given back, in the group's own words.
    pub reason: Option<TextId>,
    /// Why it was given back.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub why: Option<ReturnReasonId>,
    /// When it came back: given back, taken back, or not accepted in time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub back_at: Option<Timestamp>,
    /// When a group outside the system was sent a new link: those of before do nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub link_at: Option<Timestamp>,
}

impl Handoff {
    /// The officer who works on it: whoever accepted it, until it was given to another.
    #[must_use]
    pub fn officer(&self) -> Option<UserId> {
        self.assigned_to.or(self.accepted_by)
    }
}

/// An own field's value as typed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct FieldValue {
    /// The field.
    pub field: FieldId,
    /// Its value.
    pub value: Personal<String>,
}

/// What the agent has written, as far as a handoff needs it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct CaseText {
    /// What it is about.
    pub case_type: CaseTypeId,
    /// The customer.
    pub customer: CustomerDetails,
    /// Det gäller.
    pub subject: Personal<String>,
    /// Note.
    pub note: Personal<String>,
    /// Place.
    pub place: Personal<String>,
    /// Own fields.
    pub fields: Vec<FieldValue>,
    /// Ticked lines.
    pub checked: Vec<ChecklistItemId>,
    /// Wanted reply.
    pub follow_up: Option<FollowUpWish>,
}

/// The preview: what would go, what is missing, by when the group answers. No side effects.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct HandoffPreview {
    /// Receiver.
    pub group: ResponseGroupId,
    /// What goes along as chosen.
    pub include: Include,
    /// The default of `include` for this receiver.
    pub default_include: Include,
    /// The receiver stands behind a confidentiality wall.
    pub wall: bool,
    /// What the type requires and does not go along. A handoff with any is refused.
    pub missing: Vec<Required>,
    /// What to think of; does not hinder.
    pub warnings: Vec<HandoffWarning>,
    /// Accepted before.
    pub receipt: Deadline,
    /// The customer hears before, with its derivation (rules.md 1.10).
    pub response: Deadline,
    /// Solved before.
    pub resolution: Deadline,
    /// What becomes of the source by default.
    pub after: AfterHandoff,
}

/// What to think of before sending.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum HandoffWarning {
    /// The group is closed now; its clock starts at the next opening.
    GroupClosed,
    /// The kontaktcenter may solve this itself.
    MayBeSolvedHere,
    /// A reply is wanted but nothing tells how to reach the customer.
    NoWayToReply,
    /// A personnummer stands in the free text.
    PersonnummerInText,
    /// The promise to the customer is before the group's deadline.
    PromiseBeforeDeadline,
}

/// Why no preview can be made.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NoPreview {
    /// No such case type.
    #[error("no such case type")]
    UnknownCaseType,
    /// No such group.
    #[error("no such response group")]
    UnknownGroup,
    /// The group's hours give no deadline.
    #[error(transparent)]
    Hours(#[from] HoursError),
}

/// The preview of a handoff at `now`; `group` overrides the type's own, `include` the default.
///
/// # Errors
/// [`NoPreview`].
pub fn preview(
    structure: &Structure,
    text: &CaseText,
    group: Option<&ResponseGroupId>,
    include: Option<Include>,
    now: Timestamp,
) -> Result<HandoffPreview, NoPreview> {
    let case_type = structure.case_type(&text.case_type).ok_or(NoPreview::UnknownCaseType)?;
    let group = structure.group(group.unwrap_or(&case_type.group)).ok_or(NoPreview::UnknownGroup)?;
    let wall = structure.behind_wall(&group.id);
    let default_include = if wall { Include::NONE } else { Include::ALL };
    let include = include.unwrap_or(default_include);
    let agreement = &case_type.agreement;
    let response = due(&group.hours, now, agreement.response_time, &[])?;
    Ok(HandoffPreview {
        group: group.id.clone(),
        include,
        default_include,
        wall,
        missing: missing(case_type, text, include),
        warnings: warnings(case_type, group, text, include, &response, now),
        receipt: due(&group.hours, now, group.receipt_time, &[])?,
        resolution: due(&group.hours, now, agreement.resolution_time, &[])?,
        response,
        after: agreement.after_handoff,
    })
}

fn missing(case_type: &CaseType, text: &CaseText, include: Include) -> Vec<Required> {
    let filled = |value: &Personal<String>| !value.expose().trim().is_empty();
    let carried = |required: &Required| match required {
        Required::CustomerName => include.customer && filled(&text.customer.name),
        Required::CustomerPhone => include.customer && filled(&text.customer.phone),
        Required::CustomerEmail => include.customer && filled(&text.customer.email),
        Required::Note => include.note && filled(&text.note),
        Required::Place => include.fields && filled(&text.place),
        Required::Field(id) => {
            include.fields && text.fields.iter().any(|f| f.field == *id && filled(&f.value))
        }
    };
    case_type.required.iter().filter(|r| !carried(r)).cloned().collect()
}

fn warnings(
    case_type: &CaseType,
    group: &ResponseGroup,
    text: &CaseText,
    include: Include,
    response: &Deadline,
    now: Timestamp,
) -> Vec<HandoffWarning> {
    let mut warnings = Vec::new();
    if !group.hours.is_open(now) {
        warnings.push(HandoffWarning::GroupClosed);
    }
    if case_type.may_solve {
        warnings.push(HandoffWarning::MayBeSolvedHere);
    }
    let reachable = include.customer && !text.customer.is_anonymous();
    let wish = text.follow_up.as_ref();
    if wish.is_some_and(|w| w.channel.is_some()) && !reachable {
        warnings.push(HandoffWarning::NoWayToReply);
    }
    if wish.and_then(|w| w.before).is_some_and(|promised| promised < response.due) {
        warnings.push(HandoffWarning::PromiseBeforeDeadline);
    }
    if [&text.subject, &text.note].iter().any(|t| crate::personnummer::occurs_in(t.expose())) {
        warnings.push(HandoffWarning::PersonnummerInText);
    }
    warnings
}
