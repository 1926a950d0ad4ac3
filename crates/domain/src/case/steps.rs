//! What may be done with a case, by whom, and what the clock does to it.

use super::{AfterAnswer, Case, CaseEvent, CaseStatus, Refusal};
use crate::contact::{Channel, Disposition};
use crate::handoff::{Handoff, HandoffStage};
use crate::rights::Actor;
use crate::structure::CaseType;
use crate::{HandoffId, TextId, Timestamp};

impl Case {
    /// Whether it may be handed over: by the front, while it is open there.
    ///
    /// # Errors
    /// [`Refusal`].
    pub fn check_handoff(&self, actor: &Actor) -> Result<(), Refusal> {
        match (actor.at_front(), self.status) {
            (false, _) => Err(Refusal::NotAllowed),
            (true, CaseStatus::Open) => Ok(()),
            (true, _) => Err(Refusal::WrongState),
        }
    }

    /// Undo of a handoff that has not left.
    ///
    /// # Errors
    /// [`Refusal`].
    pub fn undo_handoff(
        &self,
        actor: &Actor,
        handoff: HandoffId,
        now: Timestamp,
    ) -> Result<CaseEvent, Refusal> {
        if !actor.at_front() {
            return Err(Refusal::NotAllowed);
        }
        match self.handoffs.iter().find(|h| h.id == handoff) {
            Some(h) if h.stage == HandoffStage::Leaving && now < h.leaves_at => {
                Ok(CaseEvent::HandoffUndone { handoff })
            }
            Some(h) if h.stage == HandoffStage::Leaving || h.stage.has_left() => Err(Refusal::TooLate),
            _ => Err(Refusal::WrongState),
        }
    }

    /// Receipt by an officer of the group.
    ///
    /// # Errors
    /// [`Refusal`].
    pub fn accept(&self, actor: &Actor) -> Result<CaseEvent, Refusal> {
        let handoff = self.officers_handoff(actor)?;
        if handoff.stage != HandoffStage::Waiting {
            return Err(Refusal::WrongState);
        }
        Ok(CaseEvent::Accepted { handoff: handoff.id })
    }

    /// Given to another officer of the group that works on it.
    ///
    /// # Errors
    /// [`Refusal`]; `NotAllowed` also when `to` is no officer of that group.
    pub fn assign(&self, actor: &Actor, to: &Actor) -> Result<CaseEvent, Refusal> {
        let handoff = self.check_assign(actor)?;
        if !to.officer_of(&handoff.group) {
            return Err(Refusal::NotAllowed);
        }
        if handoff.officer() == Some(to.user) {
            return Err(Refusal::WrongState);
        }
        Ok(CaseEvent::Assigned { handoff: handoff.id, to: to.user })
    }

    /// The handoff that may be given to another of the group.
    ///
    /// # Errors
    /// [`Refusal`].
    pub fn check_assign(&self, actor: &Actor) -> Result<&Handoff, Refusal> {
        let handoff = self.officers_handoff(actor)?;
        if self.status == CaseStatus::Accepted { Ok(handoff) } else { Err(Refusal::WrongState) }
    }

    /// The customer was answered: by the group that accepted, or by the front for a case of its own.
    ///
    /// # Errors
    /// [`Refusal`].
    pub fn answer(
        &self,
        actor: &Actor,
        id: TextId,
        text: &str,
        channel: Channel,
        then: AfterAnswer,
    ) -> Result<CaseEvent, Refusal> {
        match self.status {
            CaseStatus::Accepted => {
                self.officers_handoff(actor)?;
            }
            CaseStatus::Open if actor.at_front() => {}
            CaseStatus::Open => return Err(Refusal::NotAllowed),
            _ => return Err(Refusal::WrongState),
        }
        if text.trim().is_empty() {
            return Err(Refusal::TextMissing);
        }
        Ok(CaseEvent::Answered {
            text: id,
            channel,
            confirm: then.confirm.is_some(),
            confirmer: then.confirm.unwrap_or_default(),
            close_at: then.close_at,
            resolution_due: then.resolution_due,
        })
    }

    /// Closed, once answered; a case of the front also unanswered.
    ///
    /// # Errors
    /// [`Refusal`].
    pub fn close(&self, actor: &Actor) -> Result<CaseEvent, Refusal> {
        match self.status {
            CaseStatus::Answered => {
                let officer =
                    self.handoffs.iter().any(|h| h.stage.is_current() && actor.officer_of(&h.group));
                if officer || actor.at_front() { Ok(CaseEvent::Closed) } else { Err(Refusal::NotAllowed) }
            }
            CaseStatus::Open if actor.at_front() => Ok(CaseEvent::Closed),
            CaseStatus::Open => Err(Refusal::NotAllowed),
            _ => Err(Refusal::WrongState),
        }
    }

    /// When the clock does something to the case, unless somebody does before.
    #[must_use]
    pub fn next_tick(&self) -> Option<Timestamp> {
        let handoff = self.current_handoff();
        match self.status {
            CaseStatus::Leaving => handoff.map(|handoff| handoff.leaves_at),
            CaseStatus::HandedOver => handoff.map(|handoff| handoff.receipt_due),
            CaseStatus::Open => self.rest.filter(|rest| !rest.over).map(|rest| rest.until),
            CaseStatus::Answered | CaseStatus::Confirming => self.close_at,
            CaseStatus::Accepted | CaseStatus::Closed => None,
        }
    }

    /// What the clock does to the case at `now`: a handoff leaves, a receipt expires, a rest is over, an answered
    /// case is closed.
    #[must_use]
    pub fn tick(&self, now: Timestamp) -> Option<CaseEvent> {
        if self.next_tick().is_none_or(|at| now < at) {
            return None;
        }
        let handoff = self.current_handoff().map(|handoff| handoff.id);
        match self.status {
            CaseStatus::Leaving => Some(CaseEvent::HandoffLeft { handoff: handoff?, receipt_due: None }),
            CaseStatus::HandedOver => Some(CaseEvent::ReceiptExpired { handoff: handoff? }),
            CaseStatus::Open => Some(CaseEvent::Unparked),
            CaseStatus::Answered | CaseStatus::Confirming => Some(CaseEvent::Closed),
            CaseStatus::Accepted | CaseStatus::Closed => None,
        }
    }

    pub(super) fn officers_handoff(&self, actor: &Actor) -> Result<&Handoff, Refusal> {
        let handoff = self.current_handoff().filter(|h| h.stage.has_left()).ok_or(Refusal::WrongState)?;
        if actor.officer_of(&handoff.group) { Ok(handoff) } else { Err(Refusal::NotAllowed) }
    }
}

/// Whether a contact may be registered so: by the front, solved only where the type lets the
/// kontaktcenter solve it, handed over exactly when a handoff goes along.
///
/// # Errors
/// [`Refusal`].
pub fn check_registration(
    actor: &Actor,
    case_type: &CaseType,
    disposition: Disposition,
    handed_over: bool,
) -> Result<(), Refusal> {
    if !actor.at_front() {
        return Err(Refusal::NotAllowed);
    }
    let handed_over_alone = (disposition == Disposition::HandedOver) == handed_over;
    if !handed_over_alone || !disposition.is_open_to(case_type.may_solve) {
        return Err(Refusal::Disposition);
    }
    Ok(())
}
