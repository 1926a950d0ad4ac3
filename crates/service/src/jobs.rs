//! What the clock does: handoffs leave, receipts expire, alarms are raised, wrap-ups end, sessions run out.
//!
//! Woken by the next due time and by every change. What is due is read from the store, so a restart
//! forgets nothing; each step is written against the version that was read, so it is done once.

use crate::core::Core;
use crate::failure;
use contract::Error;
use domain::Timestamp;
use domain::agent::{AgentEvent, AgentState};
use domain::case::{Case, CaseEvent, Recorded};
use domain::service_hours::due;
use std::collections::HashSet;
use store::{CaseAppend, Change, Commit, Cursor, Letter, StoreError};

const AT_A_TIME: u16 = 100;
/// Sessions are looked at so often, milliseconds; and nothing sleeps longer.
const ROUND: i64 = 60_000;
/// A handoff that leaves so long after its time has waited for the service, milliseconds.
const LATE: i64 = 5_000;
/// Receipts of commands are kept for so long: longer than a desk may be offline.
const RECEIPTS_KEPT: i64 = 90 * 24 * 3_600_000;
/// Sessions that are over are kept for so long, milliseconds.
const SESSIONS_KEPT: i64 = 24 * 3_600_000;
/// What somebody wrote of a case and never sent is kept for so long, milliseconds.
const ANSWER_DRAFTS_KEPT: i64 = 90 * 24 * 3_600_000;
/// So many changes stay for those who come back.
const CHANGES_KEPT: i64 = 20_000;
/// Old receipts and changes are forgotten so often, milliseconds.
const CARE: i64 = 3_600_000;

impl Core {
    /// Runs until the service stops.
    pub(crate) async fn run_jobs(&self) {
        let mut head = self.store.head();
        let mut next_round = Timestamp(i64::MIN);
        let mut next_care = Timestamp(i64::MIN);
        loop {
            head.mark_unchanged();
            let now = self.now();
            if now >= next_round {
                next_round = now.plus_millis(ROUND);
                self.forget_users();
                log(self.end_lost_agents().await, "agents without a session");
            }
            if now >= next_care {
                next_care = now.plus_millis(CARE);
                log(self.forget_old(now).await, "old receipts");
            }
            let wake = self.do_what_is_due(now).await.min(next_round);
            tokio::select! {
                () = self.clock.until(wake) => {}
                changed = head.changed() => if changed.is_err() { return },
                () = self.presence.changed() => {}
                () = self.stopped() => return,
            }
        }
    }

    /// Does what is due at `now`; gives when something is due next. What fails is tried again in the next
    /// round and holds up nothing else.
    async fn do_what_is_due(&self, now: Timestamp) -> Timestamp {
        let next = [
            self.end_wrap_ups(now).await,
            self.end_absent(now).await,
            self.tick_cases(now).await,
            self.raise_alarms(now).await,
        ];
        let next = next.into_iter().filter_map(|part| {
            part.unwrap_or_else(|error| {
                tracing::warn!(code = ?error.code, "what is due was not done; tried again");
                None
            })
        });
        next.min().unwrap_or(Timestamp(i64::MAX))
    }

    async fn end_wrap_ups(&self, now: Timestamp) -> Result<Option<Timestamp>, Error> {
        let mut next: Option<Timestamp> = None;
        for status in self.store.agents().await.map_err(failure::store)? {
            match status.state {
                AgentState::WrapUp { until } if until <= now => {
                    self.agent_event_if(status, AgentEvent::WrapUpEnded).await?;
                }
                AgentState::WrapUp { until } => next = Some(next.map_or(until, |next| next.min(until))),
                _ => {}
            }
        }
        Ok(next)
    }

    async fn end_absent(&self, now: Timestamp) -> Result<Option<Timestamp>, Error> {
        let agents = self.store.agents().await.map_err(failure::store)?;
        self.end_absent_agents(agents, now).await
    }

    async fn tick_cases(&self, now: Timestamp) -> Result<Option<Timestamp>, Error> {
        let mut failed = HashSet::new();
        loop {
            let mut due = self.store.due_cases(now, AT_A_TIME).await.map_err(failure::store)?;
            due.retain(|case| !failed.contains(&case.id));
            if due.is_empty() {
                break;
            }
            for case in due {
                if let Err(error) = self.tick(&case, now).await {
                    tracing::warn!(case = %case.id, code = ?error.code, "a case's clock was not kept");
                    failed.insert(case.id);
                }
            }
        }
        self.store.next_due(now).await.map_err(failure::store)
    }

    async fn tick(&self, case: &Case, now: Timestamp) -> Result<(), Error> {
        let Some(mut event) = case.tick(now) else {
            return Err(failure::internal("a due case has nothing to do"));
        };
        if let (CaseEvent::HandoffLeft { receipt_due, .. }, Some(handoff)) =
            (&mut event, case.current_handoff())
            && now > handoff.leaves_at.plus_millis(LATE)
        {
            // It could not leave in time: the group has the whole of its time from now.
            let reference = self.reference.now();
            let group = reference.structure.group(&handoff.group);
            *receipt_due =
                group.and_then(|group| due(&group.hours, now, group.receipt_time, &[]).ok()).map(|d| d.due);
        }
        let letters = match &event {
            CaseEvent::HandoffLeft { receipt_due, .. } => self.letters(case, *receipt_due, now).await?,
            _ => Vec::new(),
        };
        let alarm = matches!(event, CaseEvent::ReceiptExpired { .. });
        let changes = alarm.then_some(Change::NotAccepted { case_id: case.id }).into_iter().collect();
        let events = vec![Recorded { at: now, heard_at: None, by: None, event }];
        let append =
            CaseAppend { case_id: case.id, expected: case.version, events, texts: Vec::new(), phone: None };
        match self.store.commit(Commit { cases: vec![append], changes, letters, ..Commit::default() }).await {
            // Somebody was faster: undone, accepted, or done by another instance.
            Ok(_) | Err(StoreError::Stale) => Ok(()),
            Err(error) => Err(failure::store(error)),
        }
    }

    /// The letter to a group outside the system, of a case that leaves now.
    async fn letters(
        &self,
        case: &Case,
        receipt_due: Option<Timestamp>,
        now: Timestamp,
    ) -> Result<Vec<Letter>, Error> {
        let letter = self.arrived(case, now).await?;
        let due = receipt_due.filter(|_| letter.is_some());
        Ok(letter
            .map(|letter| Letter { expires_at: due.unwrap_or(letter.expires_at), ..letter })
            .into_iter()
            .collect())
    }

    /// An agent whose sessions have all run out takes no calls.
    async fn end_lost_agents(&self) -> Result<(), Error> {
        for status in self.store.agents().await.map_err(failure::store)? {
            let leaves = status.leaving && matches!(status.state, AgentState::Offered | AgentState::InCall);
            if status.state == AgentState::Offline || leaves {
                continue;
            }
            let sessions = self.store.sessions_of(status.user, self.now()).await.map_err(failure::store)?;
            if sessions.is_empty() {
                self.agent_event(status.user, AgentEvent::WentOffline).await?;
            }
        }
        Ok(())
    }

    async fn forget_old(&self, now: Timestamp) -> Result<(), Error> {
        let before = now.plus_millis(-RECEIPTS_KEPT);
        self.store.forget_receipts(before).await.map_err(failure::store)?;
        self.store.forget_sessions(now.plus_millis(-SESSIONS_KEPT)).await.map_err(failure::store)?;
        let before = now.plus_millis(-ANSWER_DRAFTS_KEPT);
        self.store.forget_answer_drafts(before).await.map_err(failure::store)?;
        let head = self.store.head().borrow().0;
        self.store.forget_changes(Cursor(head.saturating_sub(CHANGES_KEPT))).await.map_err(failure::store)
    }
}

fn log(outcome: Result<(), Error>, what: &str) {
    if let Err(error) = outcome {
        tracing::warn!(code = ?error.code, what, "a round was not done; tried again");
    }
}
