//! What happened to a case, line by line: its events, and its alarms, which are none.

use super::sight::Sight;
use crate::core::Core;
use crate::failure;
use contract::Error;
use contract::cases::{CaseAlarm, HistoryKind, HistoryLine};
use domain::alarm::Raised;
use domain::case::{Asked, Case, CaseEvent, Recorded};
use domain::{HandoffId, QuestionId, ResponseGroupId, Timestamp, UserId};

impl Core {
    /// What the reader may see of it, oldest first.
    pub(crate) async fn history(
        &self,
        case: &Case,
        events: &[Recorded],
        sight: &Sight,
    ) -> Result<Vec<HistoryLine>, Error> {
        let mut lines = self.happened(events, sight).await?;
        // The events stand as they were written, whatever their times.
        for line in self.alarmed(case, sight).await? {
            let place = lines.iter().position(|known| known.at > line.at).unwrap_or(lines.len());
            lines.insert(place, line);
        }
        Ok(lines)
    }

    async fn happened(&self, events: &[Recorded], sight: &Sight) -> Result<Vec<HistoryLine>, Error> {
        let mut groups: Vec<(HandoffId, ResponseGroupId)> = Vec::new();
        let mut asked: Vec<(QuestionId, &Asked)> = Vec::new();
        let mut lines = Vec::new();
        for recorded in events {
            if let CaseEvent::HandoffSent { handoff, group, .. } = &recorded.event {
                groups.push((*handoff, group.clone()));
            }
            if let CaseEvent::Asked { question, of, .. } = &recorded.event {
                asked.push((*question, of));
            }
            let (what, handoff) = kind(&recorded.event);
            let with = groups.last().map(|(_, group)| group.clone());
            let group = handoff
                .and_then(|id| groups.iter().find(|(known, _)| *known == id))
                .map(|(_, group)| group.clone());
            let group = group.or_else(|| consulted(&recorded.event, &asked));
            let others = |own: &ResponseGroupId| group.as_ref().is_some_and(|group| group != own);
            // Of what is asked of another group, the one that has the case knows too.
            let asks = is_question(&recorded.event) && !sight.is_guest() && sight.group == with;
            let own_alone = sight.is_guest() && group.is_none();
            let first_or_last = matches!(what, HistoryKind::Registered | HistoryKind::Closed);
            if (sight.group.as_ref().is_some_and(others) && !asks) || (own_alone && !first_or_last) {
                continue;
            }
            let until = match &recorded.event {
                CaseEvent::Parked { until } => Some(*until),
                _ => None,
            };
            let to = match &recorded.event {
                CaseEvent::Assigned { to, .. } => Some(self.name(*to).await?),
                _ => None,
            };
            let line = self.line(recorded.at, recorded.by, what).await?;
            lines.push(HistoryLine { group, until, to, heard_at: recorded.heard_at, ..line });
        }
        Ok(lines)
    }

    /// Each alarm when it was raised, and once for each time that somebody said that they had seen it.
    async fn alarmed(&self, case: &Case, sight: &Sight) -> Result<Vec<HistoryLine>, Error> {
        let mut all = self.store.alarms(&[case.id]).await.map_err(failure::store)?;
        let mut all = all.remove(&case.id).unwrap_or_default();
        all.retain(|raised| sight.sees_alarm(case, &raised.alarm));
        // The furthest step last: it is what was seen.
        all.sort_unstable_by_key(|raised| (raised.at, raised.alarm));
        let mut lines = Vec::new();
        for raised in &all {
            lines.push(told(self.line(raised.at, None, HistoryKind::AlarmRaised).await?, raised));
        }
        for (index, raised) in all.iter().enumerate() {
            let Some((by, at)) = raised.acknowledged else { continue };
            let same = |later: &Raised| {
                (later.acknowledged, later.alarm.kind) == (raised.acknowledged, raised.alarm.kind)
            };
            if !all.iter().skip(index.saturating_add(1)).any(same) {
                lines.push(told(self.line(at, Some(by), HistoryKind::AlarmSeen).await?, raised));
            }
        }
        Ok(lines)
    }

    async fn line(&self, at: Timestamp, by: Option<UserId>, what: HistoryKind) -> Result<HistoryLine, Error> {
        let by = match by {
            Some(user) => Some(self.name(user).await?),
            None => None,
        };
        Ok(HistoryLine { at, heard_at: None, by, what, group: None, until: None, to: None, alarm: None })
    }
}

fn told(line: HistoryLine, raised: &Raised) -> HistoryLine {
    let (kind, step, due) = (raised.alarm.kind, raised.alarm.step, raised.due);
    HistoryLine { alarm: Some(CaseAlarm { kind, step, due, acknowledged_by: None }), ..line }
}

const fn is_question(event: &CaseEvent) -> bool {
    matches!(
        event,
        CaseEvent::Asked { .. }
            | CaseEvent::Replied { .. }
            | CaseEvent::Withdrawn { .. }
            | CaseEvent::Informed { .. }
    )
}

/// The group that is asked or told by the event.
fn consulted(event: &CaseEvent, asked: &[(QuestionId, &Asked)]) -> Option<ResponseGroupId> {
    let of = match event {
        CaseEvent::Informed { group, .. } => return Some(group.clone()),
        CaseEvent::Asked { of, .. } => of,
        CaseEvent::Replied { question, .. } | CaseEvent::Withdrawn { question, .. } => {
            asked.iter().find(|(known, _)| known == question)?.1
        }
        _ => return None,
    };
    match of {
        Asked::Group { group, .. } => Some(group.clone()),
        Asked::Customer | Asked::Front => None,
    }
}

fn kind(event: &CaseEvent) -> (HistoryKind, Option<HandoffId>) {
    match event {
        CaseEvent::Registered(_) => (HistoryKind::Registered, None),
        CaseEvent::HandoffSent { handoff, .. } => (HistoryKind::HandoffSent, Some(*handoff)),
        CaseEvent::HandoffUndone { handoff } => (HistoryKind::HandoffUndone, Some(*handoff)),
        CaseEvent::HandoffLeft { handoff, .. } => (HistoryKind::HandoffLeft, Some(*handoff)),
        CaseEvent::Accepted { handoff } => (HistoryKind::Accepted, Some(*handoff)),
        CaseEvent::Assigned { handoff, .. } => (HistoryKind::Assigned, Some(*handoff)),
        CaseEvent::Asked { .. } => (HistoryKind::Asked, None),
        CaseEvent::Replied { .. } => (HistoryKind::Replied, None),
        CaseEvent::Withdrawn { .. } => (HistoryKind::Withdrawn, None),
        CaseEvent::Informed { .. } => (HistoryKind::Informed, None),
        CaseEvent::Returned { handoff, .. } => (HistoryKind::Returned, Some(*handoff)),
        CaseEvent::TakenBack { handoff } => (HistoryKind::TakenBack, Some(*handoff)),
        CaseEvent::LinkRenewed { handoff, .. } => (HistoryKind::LinkRenewed, Some(*handoff)),
        CaseEvent::ReceiptExpired { handoff } => (HistoryKind::ReceiptExpired, Some(*handoff)),
        CaseEvent::Rewritten { .. } => (HistoryKind::Rewritten, None),
        CaseEvent::Answered { .. } => (HistoryKind::Answered, None),
        CaseEvent::Confirmed => (HistoryKind::Confirmed, None),
        CaseEvent::NotSatisfied { .. } => (HistoryKind::NotSatisfied, None),
        CaseEvent::Parked { .. } => (HistoryKind::Parked, None),
        CaseEvent::Unparked => (HistoryKind::Unparked, None),
        CaseEvent::Closed => (HistoryKind::Closed, None),
        CaseEvent::Reopened { .. } => (HistoryKind::Reopened, None),
    }
}
