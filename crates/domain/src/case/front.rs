//! A case as the front stands to it: whether it is open there, and what its owner does with it.

use super::{Case, CaseEvent, CaseStatus, Refusal};
use crate::TextId;
use crate::handoff::HandoffStage;
use crate::rights::Actor;
use crate::structure::AfterHandoff;
use serde::{Deserialize, Serialize};

/// How a case stands at the front, as was chosen at its handoff (rules.md 2).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum FrontStanding {
    /// Among its owner's open cases.
    #[default]
    Open,
    /// Among them, and nothing to do until the group answers.
    Parked,
    /// Not among them: the group's alone, or done.
    Closed,
}

impl Case {
    /// How it stands at the front. One that is closed there opens again when the group gives it back or does
    /// not accept it, and when the customer is to be asked.
    #[must_use]
    pub fn front(&self) -> FrontStanding {
        let after = self.current_handoff().map(|handoff| handoff.after);
        match (self.status, after) {
            (CaseStatus::Closed, _) => FrontStanding::Closed,
            (CaseStatus::Open | CaseStatus::Leaving | CaseStatus::Confirming, _) => FrontStanding::Open,
            (_, Some(AfterHandoff::Close)) => FrontStanding::Closed,
            (CaseStatus::HandedOver | CaseStatus::Accepted, Some(AfterHandoff::Park)) => {
                FrontStanding::Parked
            }
            _ => FrontStanding::Open,
        }
    }

    /// It came back because no officer accepted it in time, and nobody has done anything about it.
    #[must_use]
    pub fn not_accepted(&self) -> bool {
        let last = self.handoffs.iter().rfind(|handoff| handoff.stage != HandoffStage::Undone);
        self.status == CaseStatus::Open && last.is_some_and(|handoff| handoff.stage == HandoffStage::Expired)
    }

    /// The texts anew, by the owner, while the case is open at the front and no group has had it.
    ///
    /// # Errors
    /// [`Refusal`].
    pub fn check_rewrite(&self, actor: &Actor) -> Result<(), Refusal> {
        if !actor.at_front() || actor.user != self.owner {
            return Err(Refusal::NotAllowed);
        }
        if self.status != CaseStatus::Open || self.has_left() {
            return Err(Refusal::WrongState);
        }
        Ok(())
    }

    /// What the customer said of the answer, asked by the front: nothing to complain of, or `reason`.
    ///
    /// # Errors
    /// [`Refusal`].
    pub fn confirm(&self, actor: &Actor, reason: Option<(TextId, &str)>) -> Result<CaseEvent, Refusal> {
        if !actor.at_front() {
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
}
