//! What the front does about a case that lies at a group outside the system, which has nothing but a letter.

use super::{Case, CaseEvent, CaseStatus, Refusal};
use crate::Timestamp;
use crate::handoff::{Handoff, HandoffStage};
use crate::rights::Actor;
use crate::service_hours::due;
use crate::structure::Structure;

impl Case {
    /// Taken back from a group outside the system: its link does nothing from then on.
    ///
    /// # Errors
    /// [`Refusal`].
    pub fn take_back(&self, actor: &Actor, structure: &Structure) -> Result<CaseEvent, Refusal> {
        let handoff = self.check_outside(actor, structure)?.id;
        Ok(CaseEvent::TakenBack { handoff })
    }

    /// A new link for a group outside the system, whose letter got lost or whose link ran out. One that has not
    /// accepted has the whole of its time for that from now.
    ///
    /// # Errors
    /// [`Refusal`].
    pub fn renew_link(
        &self,
        actor: &Actor,
        structure: &Structure,
        now: Timestamp,
    ) -> Result<CaseEvent, Refusal> {
        let handoff = self.check_outside(actor, structure)?;
        let group = structure.group(&handoff.group).ok_or(Refusal::WrongState)?;
        let waits = handoff.stage == HandoffStage::Waiting;
        let receipt_due = waits.then(|| due(&group.hours, now, group.receipt_time, &[]).ok()).flatten();
        Ok(CaseEvent::LinkRenewed { handoff: handoff.id, receipt_due: receipt_due.map(|due| due.due) })
    }

    /// The handoff that lies at a group outside the system and is the front's to do something about.
    ///
    /// # Errors
    /// [`Refusal`].
    pub fn check_outside(&self, actor: &Actor, structure: &Structure) -> Result<&Handoff, Refusal> {
        if !actor.at_front() {
            return Err(Refusal::NotAllowed);
        }
        let works = matches!(self.status, CaseStatus::HandedOver | CaseStatus::Accepted);
        let handoff = self.current_handoff().filter(|_| works).ok_or(Refusal::WrongState)?;
        // One that is no more in the structure gives nothing back either.
        let outside = structure.group(&handoff.group).is_none_or(|group| group.outside);
        if outside { Ok(handoff) } else { Err(Refusal::WrongState) }
    }
}
