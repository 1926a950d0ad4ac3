//! What happened to a case, line by line: its events, and its alarms, which are none.

use super::sight::Sight;
use crate::core::Core;
use crate::failure;
use contract::Error;
use contract::cases::{CaseAlarm, HistoryKind, HistoryLine};
use domain::alarm::Raised;
use domain::case::{Case, CaseEvent, Recorded};
use domain::{HandoffId, ResponseGroupId, Timestamp, UserId};

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
        let mut lines = Vec::new();
        for recorded in events {
            if let CaseEvent::HandoffSent { handoff, group, .. } = &recorded.event {
                groups.push((*handoff, group.clone()));
            }
            let (what, handoff) = kind(&recorded.event);
            let group = handoff
                .and_then(|id| groups.iter().find(|(known, _)| *known == id))
                .map(|(_, group)| group.clone());
            let others = |own: &ResponseGroupId| group.as_ref().is_some_and(|group| group != own);
            if sight.group.as_ref().is_some_and(others) {
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
        let handoff = |id| case.handoffs.iter().find(|handoff| Some(handoff.id) == id);
        all.retain(|raised| sight.sees_alarm(handoff(raised.alarm.handoff)));
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

fn kind(event: &CaseEvent) -> (HistoryKind, Option<HandoffId>) {
    match event {
        CaseEvent::Registered(_) => (HistoryKind::Registered, None),
        CaseEvent::HandoffSent { handoff, .. } => (HistoryKind::HandoffSent, Some(*handoff)),
        CaseEvent::HandoffUndone { handoff } => (HistoryKind::HandoffUndone, Some(*handoff)),
        CaseEvent::HandoffLeft { handoff, .. } => (HistoryKind::HandoffLeft, Some(*handoff)),
        CaseEvent::Accepted { handoff } => (HistoryKind::Accepted, Some(*handoff)),
        CaseEvent::Assigned { handoff, .. } => (HistoryKind::Assigned, Some(*handoff)),
        CaseEvent::Returned { handoff, .. } => (HistoryKind::Returned, Some(*handoff)),
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
