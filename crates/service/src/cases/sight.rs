//! What a reader may see of a case. Enforced here, for every view, list and event.

use domain::ResponseGroupId;
use domain::case::{Case, CaseStatus, FrontStanding};
use domain::handoff::{Handoff, Include};
use domain::rights::{Actor, Role};
use domain::structure::Structure;

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
    /// Groups behind a confidentiality wall whose words are not the reader's: at the front they are for the
    /// owner and the team lead alone, and no other group reads them.
    walled: Vec<ResponseGroupId>,
    /// Groups that may have answered: those that accepted it.
    answers: Vec<ResponseGroupId>,
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
    pub(crate) fn sees_answer(&self) -> bool {
        !self.past && !self.answers.iter().any(|group| self.walled.contains(group))
    }

    /// Whether an alarm of the case, or of that handoff of it, is the reader's to see.
    pub(crate) fn sees_alarm(&self, handoff: Option<&Handoff>) -> bool {
        !self.past && handoff.is_none_or(|handoff| self.sees(handoff))
    }

    /// Whether what the group wrote when it gave the case back is the reader's to see.
    pub(crate) fn sees_reason(&self, handoff: &Handoff) -> bool {
        self.sees(handoff) && !self.walled.contains(&handoff.group)
    }
}

/// What `actor` may see; `None`: nothing, not even that there is such a case.
pub(crate) fn of(case: &Case, actor: &Actor, structure: &Structure) -> Option<Sight> {
    if !case.visible_to(actor) {
        return None;
    }
    // Closed and reopened, or answered and given back, a case keeps the answer that it had.
    let answered = case.handoffs.iter().filter(|handoff| handoff.accepted_by.is_some());
    let answers = answered.map(|handoff| handoff.group.clone()).collect();
    let groups = case.handoffs.iter().map(|handoff| &handoff.group);
    let walled = groups.filter(|group| structure.behind_wall(group)).cloned();
    if actor.at_front() || actor.is_any(&[Role::Auditor]) {
        let owns = case.owner == actor.user;
        let reads_all = owns || actor.is_any(&[Role::Lead]);
        let walled = walled.filter(|_| !reads_all).collect();
        let works_on_it = owns && case.front() != FrontStanding::Closed;
        return Some(Sight { group: None, include: Include::ALL, past: false, works_on_it, walled, answers });
    }
    let theirs = |h: &&Handoff| actor.officer_of(&h.group) && h.stage.has_left();
    let latest = case.handoffs.iter().rev().find(theirs)?;
    Some(Sight {
        group: Some(latest.group.clone()),
        include: latest.include,
        past: !latest.stage.is_current(),
        works_on_it: latest.stage.is_current() && case.status != CaseStatus::Closed,
        walled: walled.filter(|group| *group != latest.group).collect(),
        answers,
    })
}
