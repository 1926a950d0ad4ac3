//! A case: its events are the truth, its state is derived (architecture.md, truth and time).
//!
//! Events hold no text and no personal value: they point by [`TextId`] and [`CustomerId`] to side rows
//! that can be erased while the replay stays whole.

use crate::contact::{Channel, Contact, Disposition, FollowUpWish};
use crate::handoff::{Handoff, HandoffStage};
use crate::rights::{Actor, Role};
use crate::structure::Confirmer;
use crate::{
    ArticleId, CaseId, CaseTypeId, ChecklistItemId, CustomerId, HandoffId, TextId, Timestamp, UserId,
};
use serde::{Deserialize, Serialize};

mod ending;
mod event;
mod front;
mod outside;
mod questions;
mod returns;
mod steps;
pub use ending::AfterAnswer;
pub use event::{CaseEvent, CaseNumber, FieldText, Recorded, Registration, TextKind};
pub use front::{FrontStanding, Rest, rests_until};
pub use questions::{Asked, Guest, Informed, Question, Reply, WaitsFor, opinion_due};
pub use steps::check_registration;

/// Where a case stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum CaseStatus {
    /// At the kontaktcenter.
    Open,
    /// Sent, can still be undone.
    Leaving,
    /// With a group that has not accepted it.
    HandedOver,
    /// A group works on it.
    Accepted,
    /// The customer has been answered.
    Answered,
    /// Answered; the customer is asked whether it can be closed.
    Confirming,
    /// Done.
    Closed,
}

crate::read_by_name!(CaseStatus {
    Open: "open",
    Leaving: "leaving",
    HandedOver: "handed_over",
    Accepted: "accepted",
    Answered: "answered",
    Confirming: "confirming",
    Closed: "closed",
});

/// A case as its events leave it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Case {
    /// Identity.
    pub id: CaseId,
    /// Events so far. Case commands carry the version that was read.
    pub version: u32,
    /// Number.
    pub number: CaseNumber,
    /// What it is about.
    pub case_type: CaseTypeId,
    /// The first contact.
    pub contact: Contact,
    /// Owner towards the customer.
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
    /// Ticked lines.
    pub checked: Vec<ChecklistItemId>,
    /// Articles used.
    pub articles: Vec<ArticleId>,
    /// How the contact ended; handed over once a handoff has left.
    pub disposition: Disposition,
    /// Wanted reply.
    pub follow_up: Option<FollowUpWish>,
    /// Where it stands.
    pub status: CaseStatus,
    /// Registered.
    pub registered_at: Timestamp,
    /// Answered.
    pub answered_at: Option<Timestamp>,
    /// The answer.
    pub answer: Option<TextId>,
    /// How it was given.
    pub answer_channel: Option<Channel>,
    /// What the customer was not satisfied with in it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub not_satisfied: Option<TextId>,
    /// Who asks the customer about the answer.
    #[serde(default, skip_serializing_if = "Confirmer::is_default")]
    pub confirmer: Confirmer,
    /// The clock closes it then.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub close_at: Option<Timestamp>,
    /// It has been closed before: the figure of the first contact is none of its own any more.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub reopened: bool,
    /// It rests at the front, or came back from its rest and nobody has done anything about it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rest: Option<Rest>,
    /// Closed.
    pub closed_at: Option<Timestamp>,
    /// Handoffs, oldest first.
    pub handoffs: Vec<Handoff>,
    /// What was asked while it stayed where it is, oldest first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub questions: Vec<Question>,
    /// Groups that were told of it for information.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub informed: Vec<Informed>,
}

/// Why a command on a case was refused. Nothing was changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// The person may not.
    #[error("not allowed")]
    NotAllowed,
    /// The case does not stand so that it can be done.
    #[error("the case stands otherwise")]
    WrongState,
    /// The ten seconds have passed.
    #[error("too late to undo")]
    TooLate,
    /// A reason or an answer is missing.
    #[error("a text is missing")]
    TextMissing,
    /// The disposition does not fit.
    #[error("the disposition does not fit")]
    Disposition,
    /// The moment has passed, or lies further ahead than anybody plans.
    #[error("the moment is not one to wait for")]
    Moment,
}

/// Events that do not follow on one another: a store is damaged or a newer release wrote them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("event {index} does not follow on those before it")]
pub struct BrokenHistory {
    /// Zero-based.
    pub index: usize,
}

impl Case {
    /// The case that the events tell of.
    ///
    /// # Errors
    /// [`BrokenHistory`] when they do not begin with a registration or do not follow on one another.
    pub fn replay(id: CaseId, events: &[Recorded]) -> Result<Self, BrokenHistory> {
        let (first, rest) = events.split_first().ok_or(BrokenHistory { index: 0 })?;
        let mut case = Self::registered(id, first).ok_or(BrokenHistory { index: 0 })?;
        for (event, index) in rest.iter().zip(1..) {
            case.apply(event).ok_or(BrokenHistory { index })?;
        }
        Ok(case)
    }

    fn registered(id: CaseId, recorded: &Recorded) -> Option<Self> {
        let CaseEvent::Registered(registration) = &recorded.event else {
            return None;
        };
        let r = registration.as_ref().clone();
        Some(Self {
            id,
            version: 1,
            number: r.number,
            case_type: r.case_type,
            contact: r.contact,
            owner: r.owner,
            customer: r.customer,
            customer_text: r.customer_text,
            subject: r.subject,
            note: r.note,
            place: r.place,
            fields: r.fields,
            checked: r.checked,
            articles: r.articles,
            disposition: r.disposition,
            follow_up: r.follow_up,
            status: CaseStatus::Open,
            registered_at: recorded.at,
            answered_at: None,
            answer: None,
            answer_channel: None,
            not_satisfied: None,
            confirmer: Confirmer::Front,
            close_at: None,
            reopened: false,
            rest: None,
            closed_at: None,
            handoffs: Vec::new(),
            questions: Vec::new(),
            informed: Vec::new(),
        })
    }

    /// Takes one more event; `None` when it does not follow, and then the case is as before.
    pub fn apply(&mut self, recorded: &Recorded) -> Option<()> {
        let at = recorded.at;
        match &recorded.event {
            CaseEvent::Registered(_) => return None,
            CaseEvent::HandoffSent {
                handoff,
                group,
                leaves_at,
                receipt_due,
                response_due,
                resolution_due,
                include,
                after,
            } => {
                self.handoffs.push(Handoff {
                    id: *handoff,
                    group: group.clone(),
                    sent_at: at,
                    sent_by: recorded.by,
                    leaves_at: *leaves_at,
                    receipt_due: *receipt_due,
                    response_due: *response_due,
                    resolution_due: *resolution_due,
                    include: *include,
                    after: *after,
                    stage: HandoffStage::Leaving,
                    accepted_by: None,
                    assigned_to: None,
                    reason: None,
                    why: None,
                    back_at: None,
                    link_at: None,
                });
                self.status = CaseStatus::Leaving;
                self.rest = None;
            }
            CaseEvent::HandoffUndone { handoff } => {
                self.handoff_mut(*handoff)?.stage = HandoffStage::Undone;
                if self.disposition == Disposition::HandedOver && !self.has_left() {
                    // No group ever had it.
                    self.disposition = Disposition::ReceivedAndRegistered;
                }
                self.status = CaseStatus::Open;
            }
            CaseEvent::HandoffLeft { handoff, receipt_due } => {
                let entry = self.handoff_mut(*handoff)?;
                entry.stage = HandoffStage::Waiting;
                entry.receipt_due = receipt_due.unwrap_or(entry.receipt_due);
                self.disposition = Disposition::HandedOver;
                self.status = CaseStatus::HandedOver;
            }
            CaseEvent::Accepted { handoff } => {
                let entry = self.handoff_mut(*handoff)?;
                entry.stage = HandoffStage::Accepted;
                entry.accepted_by = recorded.by;
                self.status = CaseStatus::Accepted;
            }
            CaseEvent::Assigned { handoff, to } => self.handoff_mut(*handoff)?.assigned_to = Some(*to),
            CaseEvent::Asked { .. }
            | CaseEvent::Replied { .. }
            | CaseEvent::Withdrawn { .. }
            | CaseEvent::Informed { .. } => {
                self.apply_question(recorded)?;
            }
            CaseEvent::Returned { handoff, reason, why } => {
                let entry = self.handoff_mut(*handoff)?;
                entry.stage = HandoffStage::Returned;
                (entry.reason, entry.back_at) = (*reason, Some(at));
                entry.why.clone_from(why);
                self.drop_questions(false, at);
                self.status = CaseStatus::Open;
            }
            CaseEvent::TakenBack { handoff } => {
                let entry = self.handoff_mut(*handoff)?;
                (entry.stage, entry.back_at) = (HandoffStage::TakenBack, Some(at));
                self.drop_questions(false, at);
                self.status = CaseStatus::Open;
            }
            CaseEvent::LinkRenewed { handoff, receipt_due } => {
                let entry = self.handoff_mut(*handoff)?;
                entry.receipt_due = receipt_due.unwrap_or(entry.receipt_due);
                entry.link_at = Some(at);
            }
            CaseEvent::ReceiptExpired { handoff } => {
                let entry = self.handoff_mut(*handoff)?;
                (entry.stage, entry.back_at) = (HandoffStage::Expired, Some(at));
                self.status = CaseStatus::Open;
            }
            CaseEvent::Rewritten { subject, note, place, customer, customer_text, fields } => {
                (self.subject, self.note, self.place) = (*subject, *note, *place);
                // Whoever was known stays: a protected identity is not lost by what is typed.
                self.customer = self.customer.or(*customer);
                self.customer_text = customer_text.or(self.customer_text);
                if let Some(fields) = fields {
                    self.fields.clone_from(fields);
                }
            }
            CaseEvent::Answered { text, channel, confirm, confirmer, close_at, resolution_due } => {
                self.resolved_before(*resolution_due);
                (self.confirmer, self.close_at) = (*confirmer, *close_at);
                self.answered_at = Some(at);
                self.answer = Some(*text);
                self.answer_channel = Some(*channel);
                self.not_satisfied = None;
                self.rest = None;
                self.drop_questions(false, at);
                self.status = if *confirm { CaseStatus::Confirming } else { CaseStatus::Answered };
            }
            CaseEvent::NotSatisfied { reason } => {
                self.dissatisfied(*reason);
                let with_group = self.current_handoff().is_some();
                self.status = if with_group { CaseStatus::Accepted } else { CaseStatus::Open };
            }
            CaseEvent::Parked { until } => self.rest = Some(Rest { until: *until, over: false }),
            CaseEvent::Unparked => {
                // Whoever takes it up before its time has seen it; the clock has not.
                let over = |rest| Rest { over: true, ..rest };
                self.rest = self.rest.filter(|_| recorded.by.is_none()).map(over);
            }
            CaseEvent::Confirmed | CaseEvent::Closed => self.end(at),
            CaseEvent::Reopened { reason } => {
                self.dissatisfied(*reason);
                if let Some(handoff) = self.handoffs.last_mut().filter(|h| h.stage.is_current()) {
                    handoff.stage = HandoffStage::Done;
                }
                (self.closed_at, self.reopened) = (None, true);
                self.status = CaseStatus::Open;
            }
        }
        self.version = self.version.saturating_add(1);
        Some(())
    }

    fn dissatisfied(&mut self, reason: TextId) {
        (self.answered_at, self.close_at) = (None, None);
        self.not_satisfied = Some(reason);
    }

    fn end(&mut self, at: Timestamp) {
        // Every handoff was undone and the kontaktcenter answered: it solved the case itself.
        if !self.handoffs.is_empty() && !self.has_left() && self.answer.is_some() {
            self.disposition = Disposition::Solved;
        }
        (self.rest, self.close_at) = (None, None);
        self.drop_questions(true, at);
        self.closed_at = Some(at);
        self.status = CaseStatus::Closed;
    }

    /// Whether any group has had it.
    fn has_left(&self) -> bool {
        self.handoffs.iter().any(|handoff| handoff.stage.has_left())
    }

    fn handoff_mut(&mut self, id: HandoffId) -> Option<&mut Handoff> {
        self.handoffs.iter_mut().find(|h| h.id == id)
    }

    /// The handoff that is on its way or with a group now.
    #[must_use]
    pub fn current_handoff(&self) -> Option<&Handoff> {
        self.handoffs.last().filter(|h| h.stage.is_current())
    }

    /// Solved in the first contact, measure (a) of rules.md 4.
    #[must_use]
    pub fn first_contact_resolution(&self) -> bool {
        let solved = self.status == CaseStatus::Closed && self.disposition.solved_in_first_contact();
        solved && !self.has_left() && !self.reopened
    }

    /// Whether `actor` may see the case: the front sees what it registered, a group what it has or had, and what
    /// it is or was asked or told of;
    /// a group never sees a case before it has left.
    #[must_use]
    pub fn visible_to(&self, actor: &Actor) -> bool {
        actor.at_front()
            || actor.is_any(&[Role::Auditor])
            || self.handoffs.iter().any(|h| actor.officer_of(&h.group) && h.stage.has_left())
            || self.guests().any(|guest| actor.officer_of(guest.group))
    }
}
