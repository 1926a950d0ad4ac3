//! What the clock does: handoffs leave, receipts expire, wrap-ups end, sessions run out.
//!
//! Woken by the next due time and by every change. What is due is read from the store, so a restart
//! forgets nothing; each step is written against the version that was read, so it is done once.

use crate::core::Core;
use crate::failure;
use contract::Error;
use domain::Timestamp;
use domain::agent::{AgentEvent, AgentState};
use domain::case::{Case, Recorded};
use store::{CaseAppend, Commit, Cursor, StoreError};

const AT_A_TIME: u16 = 100;
/// Sessions are looked at so often, milliseconds; and nothing sleeps longer.
const ROUND: i64 = 60_000;
/// Receipts of commands are kept for so long: longer than a desk may be offline.
const RECEIPTS_KEPT: i64 = 90 * 24 * 3_600_000;
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
                log(self.end_lost_agents().await, "agents without a session");
            }
            if now >= next_care {
                next_care = now.plus_millis(CARE);
                log(self.forget_old(now).await, "old receipts");
            }
            let wake = match self.do_what_is_due(now).await {
                Ok(next) => next.map_or(next_round, |next| next.min(next_round)),
                Err(error) => {
                    tracing::warn!(code = ?error.code, "what is due was not done; tried again");
                    next_round
                }
            };
            tokio::select! {
                () = self.clock.until(wake) => {}
                changed = head.changed() => if changed.is_err() { return },
                () = self.stopped() => return,
            }
        }
    }

    /// Does what is due at `now`; gives when something is due next.
    async fn do_what_is_due(&self, now: Timestamp) -> Result<Option<Timestamp>, Error> {
        loop {
            let due = self.store.due_cases(now, AT_A_TIME).await.map_err(failure::store)?;
            if due.is_empty() {
                break;
            }
            for case in due {
                self.tick(&case, now).await?;
            }
        }
        let mut next = self.store.next_due().await.map_err(failure::store)?;
        for status in self.store.agents().await.map_err(failure::store)? {
            match status.state {
                AgentState::WrapUp { until } if until <= now => self.end_wrap_up(status).await?,
                AgentState::WrapUp { until } => next = Some(next.map_or(until, |next| next.min(until))),
                _ => {}
            }
        }
        Ok(next)
    }

    async fn tick(&self, case: &Case, now: Timestamp) -> Result<(), Error> {
        let Some(event) = case.tick(now) else {
            return Err(failure::internal("a due case has nothing to do"));
        };
        let events = vec![Recorded { at: now, by: None, event }];
        let append =
            CaseAppend { case_id: case.id, expected: case.version, events, texts: Vec::new(), phone: None };
        match self.store.commit(Commit { cases: vec![append], ..Commit::default() }).await {
            // Somebody was faster: undone, accepted, or done by another instance.
            Ok(_) | Err(StoreError::Stale) => Ok(()),
            Err(error) => Err(failure::store(error)),
        }
    }

    /// An agent whose sessions have all run out takes no calls.
    async fn end_lost_agents(&self) -> Result<(), Error> {
        for status in self.store.agents().await.map_err(failure::store)? {
            let gone = status.state == AgentState::Offline || status.leaving;
            if gone {
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
        let head = self.store.head().borrow().0;
        self.store.forget_changes(Cursor(head.saturating_sub(CHANGES_KEPT))).await.map_err(failure::store)
    }
}

fn log(outcome: Result<(), Error>, what: &str) {
    if let Err(error) = outcome {
        tracing::warn!(code = ?error.code, what, "a round was not done; tried again");
    }
}
