//! What a reader may see of a case. Enforced here, for every view, list and event.

use domain::ResponseGroupId;
use domain::case::{Case, CaseStatus};
use domain::handoff::{Handoff, Include};
use domain::rights::{Actor, Role};

/// What a reader may see of a case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Sight {
    /// The front and auditors see all of it; an officer their own group's handoffs and what went along.
    pub(crate) group: Option<ResponseGroupId>,
    /// Which parts.
    pub(crate) include: Include,
    /// The group has given it back or lost it.
    past: bool,
    /// They work on it: a protected customer is shown when the case is opened, and the look is kept.
    pub(crate) works_on_it: bool,
}

impl Sight {
    /// The reader's group had it and has it no more.
    pub(crate) const fn is_past(&self) -> bool {
        self.past
    }

    /// Whether the handoff is the reader's to see.
    pub(crate) fn sees(&self, handoff: &Handoff) -> bool {
        self.group.as_ref().is_none_or(|group| handoff.group == *group && handoff.stage.has_left())
    }

    /// Whether the answer is the reader's to see: a group that gave the case back did not give it.
    pub(crate) const fn sees_answer(&self) -> bool {
        !self.past
    }
}

/// What `actor` may see; `None`: nothing, not even that there is such a case.
pub(crate) fn of(case: &Case, actor: &Actor) -> Option<Sight> {
    if !case.visible_to(actor) {
        return None;
    }
    if actor.at_front() || actor.is_any(&[Role::Auditor]) {
        let works_on_it = case.owner == actor.user && case.status != CaseStatus::Closed;
        return Some(Sight { group: None, include: Include::ALL, past: false, works_on_it });
    }
    let theirs = |h: &&Handoff| actor.officer_of(&h.group) && h.stage.has_left();
    let latest = case.handoffs.iter().rev().find(theirs)?;
    Some(Sight {
        group: Some(latest.group.clone()),
        include: latest.include,
        past: !latest.stage.is_current(),
        works_on_it: latest.stage.is_current() && case.status != CaseStatus::Closed,
    })
}
