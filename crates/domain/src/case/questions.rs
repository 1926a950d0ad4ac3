//! What is asked while a case stays where it is: the customer, the front, or another group (remiss); and which
//! groups are told of it for information (D-C13).

use super::{Case, CaseEvent, CaseStatus, Recorded, Refusal};
use crate::handoff::Include;
use crate::rights::Actor;
use crate::service_hours::{CivilDate, Pause, ServiceHours, ServiceTime, due, elapsed, moment};
use crate::structure::Structure;
use crate::{HandoffId, QuestionId, ResponseGroupId, TextId, Timestamp, UserId};
use serde::{Deserialize, Serialize};

/// A group that is asked for an opinion has so many days of service where no day is given.
const OPINION_DAYS: u32 = 5;
/// The furthest that an opinion is waited for, milliseconds: a year.
const OPINION_AT_MOST: i64 = 366 * 24 * 3_600_000;
const MINUTE: u128 = 60_000;

/// Whom a case waits for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum WaitsFor {
    /// The customer.
    Customer,
    /// The kontaktcenter.
    Front,
}

crate::read_by_name!(WaitsFor { Customer: "customer", Front: "front" });

/// Who is asked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(tag = "whom", rename_all = "snake_case")]
pub enum Asked {
    /// The customer: the case waits, and its resolution clock stands still (rules.md 1.7).
    Customer,
    /// The kontaktcenter: the case waits, and its clocks run on.
    Front,
    /// Another group, for its opinion: nothing waits.
    Group {
        /// Which.
        group: ResponseGroupId,
        /// What it may read of the case beside the question.
        include: Include,
        /// Answered before.
        due: Timestamp,
    },
}

impl Asked {
    /// Whom the case waits for by it.
    #[must_use]
    pub const fn waits_for(&self) -> Option<WaitsFor> {
        match self {
            Self::Customer => Some(WaitsFor::Customer),
            Self::Front => Some(WaitsFor::Front),
            Self::Group { .. } => None,
        }
    }
}

/// A question with what became of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Question {
    /// Identity.
    pub id: QuestionId,
    /// Who is asked.
    pub of: Asked,
    /// The handoff whose group asks; `None`: the front does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub handoff: Option<HandoffId>,
    /// When it was asked.
    pub at: Timestamp,
    /// By whom.
    pub by: Option<UserId>,
    /// What was asked.
    pub text: TextId,
    /// What was answered.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reply: Option<Reply>,
    /// Nobody waits for an answer any more.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub dropped: bool,
    /// Since when.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dropped_at: Option<Timestamp>,
    /// Why those who asked have withdrawn it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub withdrawn: Option<TextId>,
}

/// The answer to a question.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Reply {
    /// What.
    pub text: TextId,
    /// When it was written down.
    pub at: Timestamp,
    /// By whom.
    pub by: Option<UserId>,
}

/// A group that was told of a case for information.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Informed {
    /// Which.
    pub group: ResponseGroupId,
    /// What it may read.
    pub include: Include,
}

/// A group that may see a case without having it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Guest<'a> {
    /// Which.
    pub group: &'a ResponseGroupId,
    /// What it may read.
    pub include: Include,
    /// Its opinion is wanted before; `None`: it is told for information.
    pub due: Option<Timestamp>,
    /// It has given its opinion, or the matter is over.
    pub past: bool,
}

impl Question {
    /// Whether an answer is waited for.
    #[must_use]
    pub const fn is_open(&self) -> bool {
        self.reply.is_none() && !self.dropped
    }

    /// The group that is asked.
    #[must_use]
    pub const fn group(&self) -> Option<&ResponseGroupId> {
        match &self.of {
            Asked::Group { group, .. } => Some(group),
            Asked::Customer | Asked::Front => None,
        }
    }

    fn guest(&self) -> Option<Guest<'_>> {
        match &self.of {
            Asked::Group { group, include, due } => {
                Some(Guest { group, include: *include, due: Some(*due), past: !self.is_open() })
            }
            Asked::Customer | Asked::Front => None,
        }
    }
}

/// When an opinion is due that is wanted on `date`, or in the usual time, by a group with these hours. `None`:
/// beyond the calendar, or the group never opens.
#[must_use]
pub fn opinion_due(date: Option<CivilDate>, hours: &ServiceHours, now: Timestamp) -> Option<Timestamp> {
    match date {
        Some(date) => moment(date, 24 * 60),
        None => due(hours, now, ServiceTime::Days(OPINION_DAYS), &[]).ok().map(|due| due.due),
    }
}

impl Case {
    /// Whom the case waits for.
    #[must_use]
    pub fn waits_for(&self) -> Option<WaitsFor> {
        self.waiting().and_then(|question| question.of.waits_for())
    }

    /// The question that the case waits for the answer to.
    #[must_use]
    pub fn waiting(&self) -> Option<&Question> {
        self.questions.iter().rfind(|question| question.is_open() && question.of.waits_for().is_some())
    }

    /// Groups that may see the case without having it; those that are still concerned first.
    pub fn guests(&self) -> impl Iterator<Item = Guest<'_>> {
        let asked = || self.questions.iter().filter_map(Question::guest);
        let told = self.informed.iter().map(|informed| Guest {
            group: &informed.group,
            include: informed.include,
            due: None,
            past: self.status == CaseStatus::Closed,
        });
        asked().filter(|guest| !guest.past).chain(told).chain(asked().filter(|guest| guest.past))
    }

    /// Asked, by the group that works on it or by the front while it is open there.
    ///
    /// # Errors
    /// [`Refusal`]; `WrongState` also when the same is asked already, `Moment` for an opinion that is due in the
    /// past or more than a year ahead.
    pub fn ask(
        &self,
        actor: &Actor,
        question: QuestionId,
        of: Asked,
        text: (TextId, &str),
        now: Timestamp,
    ) -> Result<CaseEvent, Refusal> {
        match &of {
            Asked::Customer | Asked::Front => self.check_ask(actor)?,
            Asked::Group { group, due, .. } => {
                self.check_consult(actor)?;
                let same = |known: &Question| known.is_open() && known.group() == Some(group);
                if self.has_it(group) || self.questions.iter().any(same) {
                    return Err(Refusal::WrongState);
                }
                if *due <= now || *due > now.plus_millis(OPINION_AT_MOST) {
                    return Err(Refusal::Moment);
                }
            }
        }
        if text.1.trim().is_empty() {
            return Err(Refusal::TextMissing);
        }
        Ok(CaseEvent::Asked { question, of, text: text.0 })
    }

    /// Whether the customer or the front may be asked: by the group that works on it, one at a time.
    ///
    /// # Errors
    /// [`Refusal`].
    pub fn check_ask(&self, actor: &Actor) -> Result<(), Refusal> {
        self.officers_handoff(actor)?;
        let free = self.status == CaseStatus::Accepted && self.waiting().is_none();
        if free { Ok(()) } else { Err(Refusal::WrongState) }
    }

    /// Whether another group may be asked or told: by the group that works on it, or by the front while it is
    /// open there.
    ///
    /// # Errors
    /// [`Refusal`].
    pub fn check_consult(&self, actor: &Actor) -> Result<(), Refusal> {
        match self.status {
            CaseStatus::Accepted => self.officers_handoff(actor).map(drop),
            CaseStatus::Open if actor.at_front() => Ok(()),
            CaseStatus::Open => Err(Refusal::NotAllowed),
            _ => Err(Refusal::WrongState),
        }
    }

    /// Answered: what the customer says is written down by the group or the front, what the front is asked by the
    /// front, an opinion by the group that was asked. `hours`: of the group that works on the case.
    ///
    /// # Errors
    /// [`Refusal`].
    pub fn reply(
        &self,
        actor: &Actor,
        question: QuestionId,
        text: (TextId, &str),
        hours: Option<&ServiceHours>,
        now: Timestamp,
    ) -> Result<CaseEvent, Refusal> {
        let asked = self.check_reply(actor, question)?.of.waits_for();
        if text.1.trim().is_empty() {
            return Err(Refusal::TextMissing);
        }
        let resolution_due = self.resolved_without(asked, hours, now);
        Ok(CaseEvent::Replied { question, text: text.0, resolution_due })
    }

    /// The question that may be answered.
    ///
    /// # Errors
    /// [`Refusal`].
    pub fn check_reply(&self, actor: &Actor, question: QuestionId) -> Result<&Question, Refusal> {
        let asked = self.questions.iter().find(|known| known.id == question).ok_or(Refusal::WrongState)?;
        let may = match &asked.of {
            Asked::Customer => actor.at_front() || self.officers_handoff(actor).is_ok(),
            Asked::Front => actor.at_front(),
            Asked::Group { group, .. } => actor.officer_of(group),
        };
        match (may, asked.is_open()) {
            (false, _) => Err(Refusal::NotAllowed),
            (true, false) => Err(Refusal::WrongState),
            (true, true) => Ok(asked),
        }
    }

    /// Withdrawn by those who asked, with a reason; the clocks go on as after an answer. `hours`: of the group that
    /// works on the case.
    ///
    /// # Errors
    /// [`Refusal`].
    pub fn withdraw(
        &self,
        actor: &Actor,
        question: QuestionId,
        reason: (TextId, &str),
        hours: Option<&ServiceHours>,
        now: Timestamp,
    ) -> Result<CaseEvent, Refusal> {
        let asked = self.check_withdraw(actor, question)?.of.waits_for();
        if reason.1.trim().is_empty() {
            return Err(Refusal::TextMissing);
        }
        let resolution_due = self.resolved_without(asked, hours, now);
        Ok(CaseEvent::Withdrawn { question, reason: reason.0, resolution_due })
    }

    /// The question that may be withdrawn: by the group that asked while it has the case, else by the front.
    ///
    /// # Errors
    /// [`Refusal`].
    pub fn check_withdraw(&self, actor: &Actor, question: QuestionId) -> Result<&Question, Refusal> {
        let asked = self.questions.iter().find(|known| known.id == question).ok_or(Refusal::WrongState)?;
        let group = self.current_handoff().filter(|handoff| asked.handoff == Some(handoff.id));
        let may = group.map_or(actor.at_front(), |handoff| actor.officer_of(&handoff.group));
        match (may, asked.is_open()) {
            (false, _) => Err(Refusal::NotAllowed),
            (true, false) => Err(Refusal::WrongState),
            (true, true) => Ok(asked),
        }
    }

    /// A group is told of it for information: it has nothing to do.
    ///
    /// # Errors
    /// [`Refusal`]; `WrongState` also when the group knows of it already.
    pub fn inform(
        &self,
        actor: &Actor,
        group: &ResponseGroupId,
        include: Include,
    ) -> Result<CaseEvent, Refusal> {
        self.check_consult(actor)?;
        if self.has_it(group) || self.informed.iter().any(|known| known.group == *group) {
            return Err(Refusal::WrongState);
        }
        Ok(CaseEvent::Informed { group: group.clone(), include })
    }

    /// What may go along to a group that is asked or told: no more than the actor has, and across a
    /// confidentiality wall nothing that is not chosen (rules.md 2).
    #[must_use]
    pub fn goes_along(
        &self,
        actor: &Actor,
        structure: &Structure,
        group: &ResponseGroupId,
        chosen: Option<Include>,
    ) -> Include {
        let own = self.officers_handoff(actor).map_or(Include::ALL, |handoff| handoff.include);
        let from = self.officers_handoff(actor).ok().map(|handoff| &handoff.group);
        let wall = structure.behind_wall(group) || from.is_some_and(|from| structure.behind_wall(from));
        let usual = if wall { Include::NONE } else { Include::ALL };
        own.and(chosen.unwrap_or(usual))
    }

    /// Each other group of this system with what goes along to it unless another is chosen, and what can at most.
    /// Empty when nobody may be asked or told.
    #[must_use]
    pub fn parts_for(
        &self,
        actor: &Actor,
        structure: &Structure,
    ) -> Vec<(ResponseGroupId, Include, Include)> {
        if self.check_consult(actor).is_err() {
            return Vec::new();
        }
        let others = structure.groups.iter().filter(|group| !group.outside && !self.has_it(&group.id));
        let along = |group, chosen| self.goes_along(actor, structure, group, chosen);
        others.map(|g| (g.id.clone(), along(&g.id, None), along(&g.id, Some(Include::ALL)))).collect()
    }

    /// Solved before, when `now` the customer is waited for no more, by the group with these hours: what was left
    /// when they were asked counts on from now (rules.md 1.7). `None`: it stays as it was.
    pub(super) fn resolved_after_waiting(&self, hours: &ServiceHours, now: Timestamp) -> Option<Timestamp> {
        let at = self.waiting().filter(|question| question.of == Asked::Customer)?.at;
        let due_before = self.current_handoff()?.resolution_due;
        if due_before <= at {
            return None;
        }
        let left = elapsed(hours, at, due_before, &[]).ok()?.as_millis();
        let minutes = u32::try_from(left.div_ceil(MINUTE)).ok()?;
        let deadline = due(hours, now, ServiceTime::Minutes(minutes), &[]).ok()?;
        let mut left = i64::try_from(left).ok()?;
        // The last minute may be a part of one.
        for line in &deadline.counted {
            let length = line.to.0.saturating_sub(line.from.0);
            if left <= length {
                return Some(line.from.plus_millis(left));
            }
            left = left.saturating_sub(length);
        }
        Some(deadline.due)
    }

    /// The same, when nobody waits any more for whom a question made the case wait for.
    fn resolved_without(
        &self,
        waited: Option<WaitsFor>,
        hours: Option<&ServiceHours>,
        now: Timestamp,
    ) -> Option<Timestamp> {
        let hours = hours.filter(|_| waited == Some(WaitsFor::Customer))?;
        self.resolved_after_waiting(hours, now)
    }

    /// When the customer was waited for: no time of the group's.
    pub(crate) fn pauses(&self) -> Vec<Pause> {
        let asked = self.questions.iter().filter(|question| question.of == Asked::Customer);
        let over = |question: &Question| question.reply.map(|reply| reply.at).or(question.dropped_at);
        // Of one that is over nobody knows since when: it stopped no clock.
        let known = asked.filter(|question| question.is_open() || over(question).is_some());
        known.map(|question| Pause { from: question.at, to: over(question) }).collect()
    }

    /// What waiting for the customer has moved.
    pub(super) fn resolved_before(&mut self, moved: Option<Timestamp>) {
        let current = self.handoffs.last_mut().filter(|handoff| handoff.stage.is_current());
        if let (Some(handoff), Some(due)) = (current, moved) {
            handoff.resolution_due = due;
        }
    }

    fn has_it(&self, group: &ResponseGroupId) -> bool {
        self.current_handoff().is_some_and(|handoff| handoff.group == *group)
    }

    pub(super) fn apply_question(&mut self, recorded: &Recorded) -> Option<()> {
        let (at, by) = (recorded.at, recorded.by);
        match &recorded.event {
            CaseEvent::Asked { question, of, text } => self.questions.push(Question {
                id: *question,
                of: of.clone(),
                handoff: self.current_handoff().map(|handoff| handoff.id),
                at,
                by,
                text: *text,
                reply: None,
                dropped: false,
                dropped_at: None,
                withdrawn: None,
            }),
            CaseEvent::Replied { question, text, resolution_due } => {
                let entry = self.questions.iter_mut().find(|known| known.id == *question)?;
                entry.reply = Some(Reply { text: *text, at, by });
                self.resolved_before(*resolution_due);
            }
            CaseEvent::Withdrawn { question, reason, resolution_due } => {
                let entry = self.questions.iter_mut().find(|known| known.id == *question)?;
                (entry.dropped, entry.dropped_at, entry.withdrawn) = (true, Some(at), Some(*reason));
                self.resolved_before(*resolution_due);
            }
            CaseEvent::Informed { group, include } => {
                self.informed.push(Informed { group: group.clone(), include: *include });
            }
            _ => return None,
        }
        Some(())
    }

    /// Nobody waits for the customer or the front any more; with `all`, not for another group either.
    pub(super) fn drop_questions(&mut self, all: bool, at: Timestamp) {
        let over = |question: &&mut Question| all || question.of.waits_for().is_some();
        for question in self.questions.iter_mut().filter(|question| question.is_open()).filter(over) {
            (question.dropped, question.dropped_at) = (true, Some(at));
        }
    }
}
