//! Alarms of a case's deadlines: which there are, when each is raised, and whom it concerns (rules.md 1.5).
//!
//! - A deadline is warned of while there is time, raised to the group when it is past, then to the case's
//!   owner, then to the team lead. What ends an alarm is the work; an acknowledgement tells who has seen it.
//! - What is due follows from the case, the groups' hours and what was raised before, and from nothing else:
//!   who looks late raises what was missed, who looks twice raises it once.
//! - No alarm concerns anyone who may not see the case.

use crate::case::{Asked, Case, CaseStatus, Question, WaitsFor};
use crate::handoff::{Handoff, HandoffStage};
use crate::rights::{Actor, Role};
use crate::service_hours::{AlarmHours, Pause, ServiceHours, ServiceTime, alarms, counted, due};
use crate::structure::{Confirmer, Structure};
use crate::{HandoffId, ResponseGroupId, Timestamp, UserId};
use serde::{Deserialize, Serialize};

/// A deadline is warned of when so much of its service time has passed, percent.
pub const WARN_AT_PERCENT: u8 = 75;
/// The owner is told when the due moment lies behind by this share of the time given, percent, and no less
/// than these minutes; in service time.
const OWNER: (i64, i64) = (25, 30);
/// The team lead, likewise.
const LEAD: (i64, i64) = (50, 60);
const MINUTE: i64 = 60_000;

/// What a deadline is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum AlarmKind {
    /// The group accepts. Past it the case goes back to its owner, who is told by that.
    Receipt,
    /// The customer hears.
    Response,
    /// It is solved.
    Resolution,
    /// What the customer was promised.
    Promise,
    /// Another group gives its opinion.
    Opinion,
    /// It has come back a third time, or more often. It is past from the beginning, and the team lead's alone.
    Returned,
}

/// How far an alarm has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum AlarmStep {
    /// There is time yet.
    Soon,
    /// It is past.
    Overdue,
    /// The case's owner is told.
    Owner,
    /// The team lead is told.
    Lead,
}

/// An alarm within its case: each is raised once.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Alarm {
    /// Of what.
    pub kind: AlarmKind,
    /// Of which handoff, or which question; `None`: of the case itself.
    pub handoff: Option<HandoffId>,
    /// Which step.
    pub step: AlarmStep,
}

/// An alarm with its time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Planned {
    /// Which.
    pub alarm: Alarm,
    /// What it warns of, or tells is past.
    pub due: Timestamp,
    /// Raised then.
    pub at: Timestamp,
}

/// An alarm that was raised.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Raised {
    /// Which.
    pub alarm: Alarm,
    /// What it warned of, or told was past.
    pub due: Timestamp,
    /// When it was raised.
    pub at: Timestamp,
    /// Who has seen it first, and when.
    pub acknowledged: Option<(UserId, Timestamp)>,
}

/// What a look at a case's alarms gives.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Look {
    /// To raise now.
    pub raise: Vec<Planned>,
    /// To look again then, unless the case changes before.
    pub next: Option<Timestamp>,
}

/// A deadline that runs, or is past and still matters.
struct Running<'a> {
    kind: AlarmKind,
    handoff: Option<HandoffId>,
    /// In whose hours.
    group: Option<&'a ResponseGroupId>,
    start: Timestamp,
    due: Timestamp,
    /// What between them is not of the time given.
    pauses: Vec<Pause>,
    steps: &'static [AlarmStep],
}

const ALL_STEPS: &[AlarmStep] = &[AlarmStep::Soon, AlarmStep::Overdue, AlarmStep::Owner, AlarmStep::Lead];
/// The promise is the owner's from the beginning.
const OWNERS_STEPS: &[AlarmStep] = &[AlarmStep::Soon, AlarmStep::Overdue, AlarmStep::Lead];

impl Case {
    /// Whether any deadline of the case runs.
    #[must_use]
    pub fn may_alarm(&self) -> bool {
        self.running().next().is_some()
    }

    /// The alarms to raise at `now` beside those that were, and when to look again. Of a deadline that is past
    /// no warning is raised any more.
    #[must_use]
    pub fn look_at_alarms(&self, structure: &Structure, raised: &[Raised], now: Timestamp) -> Look {
        let mut look = Look::default();
        for running in self.running() {
            let known = |step| raised.iter().any(|raised| running.is(&raised.alarm, step));
            let planned = running.plan(structure, self);
            let past = planned.iter().any(|p| p.alarm.step != AlarmStep::Soon && p.at <= now);
            for plan in planned {
                let step = plan.alarm.step;
                if known(step) || (step == AlarmStep::Soon && (past || known(AlarmStep::Overdue))) {
                    continue;
                }
                if plan.at <= now {
                    look.raise.push(plan);
                } else {
                    look.next = Some(look.next.map_or(plan.at, |next| next.min(plan.at)));
                }
            }
        }
        look
    }

    /// Whether the alarm is of a deadline that still matters.
    #[must_use]
    pub fn still_alarms(&self, alarm: &Alarm) -> bool {
        self.alarms_at(alarm).is_some()
    }

    /// The moment that the alarm is about, as the deadline stands now; `None`: it matters no more.
    #[must_use]
    pub fn alarms_at(&self, alarm: &Alarm) -> Option<Timestamp> {
        self.running().find(|r| r.steps.contains(&alarm.step) && r.is(alarm, alarm.step)).map(|r| r.due)
    }

    /// The opinion that the alarm is of.
    #[must_use]
    pub fn opinion_of(&self, alarm: &Alarm) -> Option<&Question> {
        let of = alarm.handoff.filter(|_| alarm.kind == AlarmKind::Opinion)?;
        self.questions.iter().find(|question| question.id.0 == of.0)
    }

    /// Whether the alarm is `actor`'s to act on. Never true for one who may not see the case.
    #[must_use]
    pub fn alarm_concerns(&self, alarm: &Alarm, actor: &Actor) -> bool {
        let officer = self.with_group().is_some_and(|handoff| actor.officer_of(&handoff.group));
        let owner = actor.user == self.owner && actor.at_front();
        // The group has done its part: the front asks the customer.
        let asking = self.status == CaseStatus::Confirming && self.confirmer == Confirmer::Front;
        let asked = self.opinion_of(alarm).and_then(Question::group);
        let theirs = match alarm.step {
            AlarmStep::Soon | AlarmStep::Overdue if asked.is_some() => {
                asked.is_some_and(|group| actor.officer_of(group))
            }
            // Whoever asked decides what becomes of the case without it.
            AlarmStep::Owner if asked.is_some() => officer || owner,
            AlarmStep::Soon | AlarmStep::Overdue if alarm.kind == AlarmKind::Promise => officer || owner,
            AlarmStep::Soon | AlarmStep::Overdue if asking => owner,
            AlarmStep::Soon | AlarmStep::Overdue => officer,
            AlarmStep::Owner => owner,
            AlarmStep::Lead => actor.is_any(&[Role::Lead]),
        };
        theirs && self.still_alarms(alarm) && self.visible_to(actor)
    }

    /// Whether `actor` may acknowledge the case's alarms: the front, the group that has it, and one that is asked.
    #[must_use]
    pub fn may_acknowledge(&self, actor: &Actor) -> bool {
        let asked = |question: &Question| {
            question.is_open() && question.group().is_some_and(|group| actor.officer_of(group))
        };
        actor.at_front()
            || self.with_group().is_some_and(|handoff| actor.officer_of(&handoff.group))
            || self.questions.iter().any(asked)
    }

    fn with_group(&self) -> Option<&Handoff> {
        self.current_handoff().filter(|handoff| handoff.stage.has_left())
    }

    fn running(&self) -> impl Iterator<Item = Running<'_>> {
        let all = [self.receipt(), self.response(), self.resolution(), self.promise(), self.returned()];
        all.into_iter().flatten().chain(self.opinions())
    }

    fn receipt(&self) -> Option<Running<'_>> {
        let of = |handoff, steps| running_of(handoff, AlarmKind::Receipt, handoff.receipt_due, steps);
        if let Some(handoff) = self.with_group() {
            return (handoff.stage == HandoffStage::Waiting).then(|| of(handoff, &[AlarmStep::Soon]));
        }
        // The owner has been told by its coming back; whether they do something is the lead's to know.
        let last = self.handoffs.iter().rfind(|handoff| handoff.stage != HandoffStage::Undone);
        last.filter(|_| self.not_accepted()).map(|handoff| of(handoff, &[AlarmStep::Lead]))
    }

    fn response(&self) -> Option<Running<'_>> {
        let handoff = self.with_group()?;
        let waits = matches!(self.status, CaseStatus::HandedOver | CaseStatus::Accepted);
        waits.then(|| running_of(handoff, AlarmKind::Response, handoff.response_due, ALL_STEPS))
    }

    fn resolution(&self) -> Option<Running<'_>> {
        // The customer's time is not the group's (rules.md 1.7).
        let counts = self.status != CaseStatus::Closed && self.waits_for() != Some(WaitsFor::Customer);
        let handoff = self.with_group().filter(|_| counts)?;
        let running = running_of(handoff, AlarmKind::Resolution, handoff.resolution_due, ALL_STEPS);
        Some(Running { pauses: self.pauses(), ..running })
    }

    fn opinions(&self) -> impl Iterator<Item = Running<'_>> {
        let open = self.questions.iter().filter(|question| question.is_open());
        open.filter_map(|question| match &question.of {
            Asked::Group { group, due, .. } => Some(Running {
                kind: AlarmKind::Opinion,
                handoff: Some(HandoffId(question.id.0)),
                group: Some(group),
                start: question.at,
                due: *due,
                pauses: Vec::new(),
                steps: ALL_STEPS,
            }),
            Asked::Customer | Asked::Front => None,
        })
    }

    fn returned(&self) -> Option<Running<'_>> {
        let last = self.returned_too_often()?;
        let (handoff, at) = (Some(last.id), last.back_at.unwrap_or(last.receipt_due));
        let kind = AlarmKind::Returned;
        let (pauses, steps) = (Vec::new(), &[AlarmStep::Lead]);
        Some(Running { kind, handoff, group: None, start: at, due: at, pauses, steps })
    }

    fn promise(&self) -> Option<Running<'_>> {
        let due = self.follow_up.as_ref()?.before?;
        let kept = matches!(self.status, CaseStatus::Answered | CaseStatus::Confirming | CaseStatus::Closed);
        let group = self.with_group().map(|handoff| &handoff.group);
        (!kept).then_some(Running {
            kind: AlarmKind::Promise,
            handoff: None,
            group,
            start: self.registered_at,
            due,
            pauses: Vec::new(),
            steps: OWNERS_STEPS,
        })
    }
}

fn running_of<'a>(
    handoff: &'a Handoff,
    kind: AlarmKind,
    due: Timestamp,
    steps: &'static [AlarmStep],
) -> Running<'a> {
    let (group, pauses) = (Some(&handoff.group), Vec::new());
    Running { kind, handoff: Some(handoff.id), group, start: handoff.sent_at, due, pauses, steps }
}

impl Running<'_> {
    fn is(&self, alarm: &Alarm, step: AlarmStep) -> bool {
        *alarm == Alarm { kind: self.kind, handoff: self.handoff, step }
    }

    fn plan(&self, structure: &Structure, case: &Case) -> Vec<Planned> {
        // Without a group that has it: in the hours of whoever answered the queue it came by.
        let of_queue = || case.contact.queue.as_ref().and_then(|id| structure.queue(id)).map(|q| &q.group);
        let group = self.group.or_else(of_queue).and_then(|id| structure.group(id));
        let times = group
            .and_then(|group| self.in_hours(&group.hours, group.alarms))
            .unwrap_or_else(|| self.by_the_clock());
        let planned = ALL_STEPS.iter().zip(times).filter(|(step, _)| self.steps.contains(step));
        let alarm = |step| Alarm { kind: self.kind, handoff: self.handoff, step };
        planned.map(|(step, at)| Planned { alarm: alarm(*step), due: self.due, at }).collect()
    }

    fn in_hours(&self, hours: &ServiceHours, when: AlarmHours) -> Option<[Timestamp; 4]> {
        if self.kind == AlarmKind::Returned {
            return Some([when.goes_out(hours, self.due); 4]);
        }
        let deadline = counted(hours, self.start, self.due, &self.pauses).ok()?;
        let given = deadline.service_millis();
        let times = alarms(hours, &deadline, WARN_AT_PERCENT, when);
        let later = |(percent, least): (i64, i64)| {
            let minutes = (given.saturating_mul(percent) / 100 / MINUTE).max(least);
            let time = ServiceTime::Minutes(u32::try_from(minutes).unwrap_or(u32::MAX));
            due(hours, self.due, time, &self.pauses).ok().map(|late| when.goes_out(hours, late.due))
        };
        let overdue = times.overdue.max(times.warning);
        let owner = later(OWNER)?.max(overdue);
        Some([times.warning, overdue, owner, later(LEAD)?.max(owner)])
    }

    // Nobody's hours are known, or they end: told too early rather than never.
    fn by_the_clock(&self) -> [Timestamp; 4] {
        if self.kind == AlarmKind::Returned {
            return [self.due; 4];
        }
        let paused = self.pauses.iter().map(|pause| {
            let to = pause.to.map_or(self.due, |to| to.min(self.due));
            to.0.saturating_sub(pause.from.max(self.start).0).max(0)
        });
        let given = self.due.0.saturating_sub(self.start.0).saturating_sub(paused.sum()).max(0);
        let later = |(percent, least): (i64, i64)| {
            self.due.plus_millis((given / 100).saturating_mul(percent).max(least * MINUTE))
        };
        let warning = self.due.plus_millis((given / 100).saturating_mul(i64::from(WARN_AT_PERCENT) - 100));
        [warning.min(self.due), self.due, later(OWNER), later(LEAD)]
    }
}
