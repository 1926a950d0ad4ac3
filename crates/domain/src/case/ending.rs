//! How a case ends: who says that the customer is satisfied, when the clock closes it, and its reopening (D-C6).

use super::{Case, CaseEvent, CaseStatus, Refusal};
use crate::rights::Actor;
use crate::service_hours::due;
use crate::structure::{Confirmer, Structure};
use crate::{TextId, Timestamp};

/// What follows on an answer, as the case's type and its clocks say.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct AfterAnswer {
    /// Who asks the customer before it is closed; `None`: nobody.
    pub confirm: Option<Confirmer>,
    /// The clock closes it then.
    pub close_at: Option<Timestamp>,
    /// It is solved before, where waiting for the customer has moved that.
    pub resolution_due: Option<Timestamp>,
}

impl AfterAnswer {
    /// For an answer at `now`: closed in the hours of whoever gives it, solved in those of the group that has the
    /// case. Hours that give no moment close nothing.
    #[must_use]
    pub fn of(case: &Case, actor: &Actor, structure: &Structure, now: Timestamp) -> Self {
        let hours_of = |id| structure.group(id).map(|group| &group.hours);
        let case_type = structure.case_type(&case.case_type);
        let closes = case_type.and_then(|known| known.closes_after).zip(hours_of(&actor.group));
        let group = case.current_handoff().and_then(|handoff| hours_of(&handoff.group));
        Self {
            confirm: case_type.filter(|known| known.confirm_before_close).map(|known| known.confirmed_by),
            close_at: closes.and_then(|(time, hours)| due(hours, now, time, &[]).ok()).map(|due| due.due),
            resolution_due: group.and_then(|hours| case.resolved_after_waiting(hours, now)),
        }
    }
}

impl Case {
    /// What the customer said of the answer, asked by whoever the type says: nothing to complain of, or `reason`.
    ///
    /// # Errors
    /// [`Refusal`].
    pub fn confirm(&self, actor: &Actor, reason: Option<(TextId, &str)>) -> Result<CaseEvent, Refusal> {
        let group = self.current_handoff().filter(|handoff| handoff.stage.has_left()).map(|h| &h.group);
        let groups = self.confirmer == Confirmer::Group && group.is_some_and(|group| actor.officer_of(group));
        if !groups && !actor.at_front() {
            return Err(Refusal::NotAllowed);
        }
        if self.status != CaseStatus::Confirming {
            return Err(Refusal::WrongState);
        }
        match reason {
            None => Ok(CaseEvent::Confirmed),
            Some((_, text)) if text.trim().is_empty() => Err(Refusal::TextMissing),
            Some((reason, _)) => Ok(CaseEvent::NotSatisfied { reason }),
        }
    }

    /// A closed case whose customer is not satisfied, reopened by the front: it decides who has it now, and is
    /// not bound to those who had it.
    ///
    /// # Errors
    /// [`Refusal`].
    pub fn reopen(&self, actor: &Actor, reason: TextId, text: &str) -> Result<CaseEvent, Refusal> {
        match (actor.at_front(), self.status) {
            (false, _) => Err(Refusal::NotAllowed),
            (true, CaseStatus::Closed) if text.trim().is_empty() => Err(Refusal::TextMissing),
            (true, CaseStatus::Closed) => Ok(CaseEvent::Reopened { reason }),
            (true, _) => Err(Refusal::WrongState),
        }
    }
}
