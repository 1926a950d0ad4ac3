//! A case that a group gives back (D-C5): with a reason of the closed list, and counted.

use super::{Case, CaseEvent, CaseStatus, Refusal};
use crate::TextId;
use crate::handoff::Handoff;
use crate::rights::Actor;
use crate::structure::ReturnReason;

/// Coming back so often, a case is the team lead's to look at.
const TOO_OFTEN: usize = 3;

impl Case {
    /// Given back by the group: why, and what else it says.
    ///
    /// # Errors
    /// [`Refusal`].
    pub fn give_back(
        &self,
        actor: &Actor,
        why: &ReturnReason,
        text: Option<(TextId, &str)>,
    ) -> Result<CaseEvent, Refusal> {
        let handoff = self.check_give_back(actor)?.id;
        let reason = text.filter(|(_, text)| !text.trim().is_empty()).map(|(id, _)| id);
        if why.explain && reason.is_none() {
            return Err(Refusal::TextMissing);
        }
        Ok(CaseEvent::Returned { handoff, reason, why: Some(why.id.clone()) })
    }

    /// The handoff that may be given back.
    ///
    /// # Errors
    /// [`Refusal`].
    pub fn check_give_back(&self, actor: &Actor) -> Result<&Handoff, Refusal> {
        let handoff = self.officers_handoff(actor)?;
        match self.status {
            CaseStatus::HandedOver | CaseStatus::Accepted => Ok(handoff),
            _ => Err(Refusal::WrongState),
        }
    }

    /// How often it has come back: given back, or not accepted in time.
    #[must_use]
    pub fn returns(&self) -> usize {
        self.handoffs.iter().filter(|handoff| handoff.stage.came_back()).count()
    }

    /// The handoff that it came back from last, when that was once too often and nobody has answered yet.
    pub(crate) fn returned_too_often(&self) -> Option<&Handoff> {
        let answered =
            matches!(self.status, CaseStatus::Answered | CaseStatus::Confirming | CaseStatus::Closed);
        let often = !answered && self.returns() >= TOO_OFTEN;
        self.handoffs.iter().rfind(|handoff| often && handoff.stage.came_back())
    }
}
