//! What a reader may see of a case. Enforced here, for every view, list and event.

use domain::ResponseGroupId;
use domain::alarm::{Alarm, AlarmKind};
use domain::case::{Case, CaseStatus, FrontStanding, Guest, Question};
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
    /// Their group does not have it: it is asked, or told for information.
    guest: bool,
    /// Groups behind a confidentiality wall whose words are not the reader's: at the front they are for the
    /// owner and the team lead alone, and no other group reads them.
    walled: Vec<ResponseGroupId>,
    /// Groups that may have answered: those that accepted it.
    answers: Vec<ResponseGroupId>,
}

impl Sight {
    /// Whether the reader's group is asked or told alone.
    pub(crate) const fn is_guest(&self) -> bool {
        self.guest
    }

    /// The reader's group had it and has it no more.
    pub(crate) const fn is_past(&self) -> bool {
        self.past
    }

    /// Whether the handoff is the reader's to see.
    pub(crate) fn sees(&self, handoff: &Handoff) -> bool {
        let own = |group: &ResponseGroupId| handoff.group == *group && handoff.stage.has_left();
        !self.guest && self.group.as_ref().is_none_or(own)
    }

    /// Whether the answer is the reader's to see: a group that gave the case back did not give it.
    pub(crate) fn sees_answer(&self) -> bool {
        !self.past && !self.guest && !self.answers.iter().any(|group| self.walled.contains(group))
    }

    /// Whether an alarm of the case is the reader's to see.
    pub(crate) fn sees_alarm(&self, case: &Case, alarm: &Alarm) -> bool {
        if alarm.kind == AlarmKind::Opinion {
            return !self.past && case.opinion_of(alarm).is_some_and(|asked| self.sees_question(case, asked));
        }
        let handoff = case.handoffs.iter().find(|handoff| Some(handoff.id) == alarm.handoff);
        !self.past && !self.guest && handoff.is_none_or(|handoff| self.sees(handoff))
    }

    /// Whether the reader may know of the question: those who asked, those who are asked, and the front.
    pub(crate) fn sees_question(&self, case: &Case, question: &Question) -> bool {
        let Some(own) = &self.group else { return true };
        let asker = case.handoffs.iter().find(|handoff| Some(handoff.id) == question.handoff);
        question.group() == Some(own) || (!self.guest && asker.is_some_and(|handoff| handoff.group == *own))
    }

    /// Whether what was asked and answered is the reader's to read: neither side's wall stands between.
    pub(crate) fn sees_words(&self, case: &Case, question: &Question) -> bool {
        let asker = case.handoffs.iter().find(|handoff| Some(handoff.id) == question.handoff);
        let sides = [question.group(), asker.map(|handoff| &handoff.group)];
        // Between the two sides nothing is hidden; at the front a wall leaves it to the owner and the lead.
        let theirs = self.group.is_some();
        self.sees_question(case, question)
            && (theirs || !sides.into_iter().flatten().any(|group| self.walled.contains(group)))
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
    let asked = case.questions.iter().filter_map(Question::group);
    let groups = case.handoffs.iter().map(|handoff| &handoff.group).chain(asked);
    let walled = groups.filter(|group| structure.behind_wall(group));
    if actor.at_front() || actor.is_any(&[Role::Auditor]) {
        let owns = case.owner == actor.user;
        let reads_all = owns || actor.is_any(&[Role::Lead]);
        let walled = walled.filter(|_| !reads_all).cloned().collect();
        let works_on_it = owns && case.front() != FrontStanding::Closed;
        return Some(Sight {
            group: None,
            include: Include::ALL,
            past: false,
            works_on_it,
            guest: false,
            walled,
            answers,
        });
    }
    let theirs = |h: &&Handoff| actor.officer_of(&h.group) && h.stage.has_left();
    let latest = case.handoffs.iter().rev().find(theirs);
    let guest = case.guests().find(|guest| actor.officer_of(guest.group));
    let Some(latest) = latest.filter(|had| had.stage.is_current() || guest.is_none_or(|guest| guest.past))
    else {
        return guest.map(|guest| as_guest(case, &guest, walled.cloned().collect(), answers));
    };
    Some(Sight {
        group: Some(latest.group.clone()),
        include: latest.include,
        past: !latest.stage.is_current(),
        works_on_it: latest.stage.is_current() && case.status != CaseStatus::Closed,
        guest: false,
        walled: walled.filter(|group| **group != latest.group).cloned().collect(),
        answers,
    })
}

fn as_guest(
    case: &Case,
    guest: &Guest<'_>,
    walled: Vec<ResponseGroupId>,
    answers: Vec<ResponseGroupId>,
) -> Sight {
    Sight {
        group: Some(guest.group.clone()),
        include: guest.include,
        past: guest.past,
        works_on_it: guest.due.is_some() && !guest.past && case.status != CaseStatus::Closed,
        guest: true,
        walled,
        answers,
    }
}
