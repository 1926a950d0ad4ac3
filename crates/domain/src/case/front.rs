//! A case as the front stands to it: whether it is open there, and what its owner does with it.

use super::{Case, CaseEvent, CaseStatus, Refusal, WaitsFor};
use crate::Timestamp;
use crate::handoff::HandoffStage;
use crate::rights::Actor;
use crate::service_hours::{CivilDate, ServiceHours, moment, next_open};
use crate::structure::{AfterHandoff, Confirmer};
use serde::{Deserialize, Serialize};

/// The furthest that a case is parked ahead, milliseconds: a year. Whoever writes the wrong year would not see
/// it again.
const PARKED_AT_MOST: i64 = 366 * 24 * 3_600_000;

/// A rest that its owner has given a case.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Rest {
    /// When it comes back.
    pub until: Timestamp,
    /// It has come back.
    pub over: bool,
}

/// When a case that rests until `date` comes back: when those with these hours open that day, or the first time
/// after it; without hours when the day begins. `None` beyond the calendar.
#[must_use]
pub fn rests_until(date: CivilDate, hours: Option<&ServiceHours>) -> Option<Timestamp> {
    let day = moment(date, 0)?;
    // Of hours that never open again nothing is lost: it comes back with the day.
    Some(hours.and_then(|hours| next_open(hours, day).ok()).unwrap_or(day))
}

/// How a case stands at the front, as was chosen at its handoff (rules.md 2).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum FrontStanding {
    /// Among its owner's open cases.
    #[default]
    Open,
    /// Among them, and nothing to do until the group answers or its rest is over.
    Parked,
    /// Not among them: the group's alone, or done.
    Closed,
}

impl Case {
    /// How it stands at the front. One that is closed there opens again when the group gives it back or does
    /// not accept it, when the group asks the front, and when the customer is to be asked.
    #[must_use]
    pub fn front(&self) -> FrontStanding {
        let after = self.current_handoff().map(|handoff| handoff.after);
        match (self.status, after) {
            (CaseStatus::Closed, _) => FrontStanding::Closed,
            (CaseStatus::Open, _) if self.rests() => FrontStanding::Parked,
            (CaseStatus::Open | CaseStatus::Leaving, _) => FrontStanding::Open,
            (CaseStatus::Accepted, _) if self.waits_for() == Some(WaitsFor::Front) => FrontStanding::Open,
            (CaseStatus::Confirming, _) if self.confirmer == Confirmer::Front => FrontStanding::Open,
            (_, Some(AfterHandoff::Close)) => FrontStanding::Closed,
            (
                CaseStatus::HandedOver | CaseStatus::Accepted | CaseStatus::Confirming,
                Some(AfterHandoff::Park),
            ) => FrontStanding::Parked,
            _ => FrontStanding::Open,
        }
    }

    /// It came back because no officer accepted it in time, and nobody has done anything about it.
    #[must_use]
    pub fn not_accepted(&self) -> bool {
        let last = self.handoffs.iter().rfind(|handoff| handoff.stage != HandoffStage::Undone);
        let nothing_done = self.status == CaseStatus::Open && self.rest.is_none();
        nothing_done && last.is_some_and(|handoff| handoff.stage == HandoffStage::Expired)
    }

    /// Whether it rests now.
    fn rests(&self) -> bool {
        self.rest.is_some_and(|rest| !rest.over)
    }

    /// Parked until `until`, by the front while it is open there; parked again from another moment.
    ///
    /// # Errors
    /// [`Refusal`]; `Moment` when it is no later than `now`, or more than a year ahead.
    pub fn park(&self, actor: &Actor, until: Timestamp, now: Timestamp) -> Result<CaseEvent, Refusal> {
        self.check_park(actor)?;
        if until <= now || until > now.plus_millis(PARKED_AT_MOST) {
            return Err(Refusal::Moment);
        }
        Ok(CaseEvent::Parked { until })
    }

    /// Whether it may be parked.
    ///
    /// # Errors
    /// [`Refusal`].
    pub fn check_park(&self, actor: &Actor) -> Result<(), Refusal> {
        match (actor.at_front(), self.status) {
            (false, _) => Err(Refusal::NotAllowed),
            (true, CaseStatus::Open) => Ok(()),
            (true, _) => Err(Refusal::WrongState),
        }
    }

    /// Taken up before its rest is over.
    ///
    /// # Errors
    /// [`Refusal`].
    pub fn unpark(&self, actor: &Actor) -> Result<CaseEvent, Refusal> {
        self.check_park(actor)?;
        if self.rests() { Ok(CaseEvent::Unparked) } else { Err(Refusal::WrongState) }
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
}
