//! Queues as they stand, counted from the calls' events.

use contract::agents::QueueStatus;
use domain::agent::AgentStatus;
use domain::calls::{Call, CallDay, CallStage};
use domain::service_hours::{moment, wall_clock};
use domain::structure::{Queue, Structure};
use domain::{ContactId, ResponseGroupId, Timestamp, UserId};
use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use store::{Store, StoreError, User};

/// Calls that began so long before midnight may go on after it, milliseconds.
const OVER_MIDNIGHT: i64 = 12 * 3_600_000;
const AT_A_TIME: u16 = 1_000;

/// What the figures are counted from, in memory; the store has it all.
#[derive(Debug, Default)]
pub(crate) struct Queues(Mutex<Inner>);

#[derive(Debug, Default)]
struct Inner {
    day: CallDay,
    position: i64,
    /// Those who have a telephone: nobody else can take a call.
    agents: HashMap<UserId, (AgentStatus, ResponseGroupId)>,
}

/// Midnight in Sweden.
fn day_start(now: Timestamp) -> Timestamp {
    wall_clock(now).and_then(|shown| moment(shown.date, 0)).unwrap_or(now)
}

impl Queues {
    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes the calls' events that are new.
    pub(crate) async fn follow(&self, store: &dyn Store, now: Timestamp) -> Result<(), StoreError> {
        let start = day_start(now);
        loop {
            let position = self.inner().position;
            let calls = store.calls_after(position, start.plus_millis(-OVER_MIDNIGHT), AT_A_TIME).await?;
            let mut inner = self.inner();
            for call in &calls {
                // Two may follow at once; what one has taken the other passes over.
                if call.position > inner.position {
                    inner.day.apply(&call.recorded);
                    inner.position = call.position;
                }
            }
            if calls.len() < usize::from(AT_A_TIME) {
                inner.day.begin(start);
                return Ok(());
            }
        }
    }

    /// Takes an agent's state.
    pub(crate) fn agent(&self, status: AgentStatus, user: &User) {
        if user.phone.is_some() {
            self.inner().agents.insert(status.user, (status, user.group.clone()));
        }
    }

    /// A call of today, or one that goes on.
    pub(crate) fn call(&self, contact: ContactId) -> Option<Call> {
        self.inner().day.call(contact).cloned()
    }

    /// Calls that wait or are with an agent.
    pub(crate) fn going_on(&self) -> Vec<(ContactId, CallStage)> {
        self.inner().day.going_on().collect()
    }

    /// Every queue as it stands.
    pub(crate) fn all(&self, structure: &Structure, now: Timestamp) -> Vec<QueueStatus> {
        let inner = self.inner();
        structure.queues.iter().map(|queue| inner.status(queue, now)).collect()
    }
}

impl Inner {
    fn status(&self, queue: &Queue, now: Timestamp) -> QueueStatus {
        let figures = self.day.figures(&queue.id, queue.answer_target_seconds, day_start(now));
        let ready =
            self.agents.values().filter(|(status, group)| status.available() && *group == queue.group);
        QueueStatus {
            queue: queue.id.clone(),
            waiting: figures.waiting,
            longest_since: figures.longest_since,
            ready: u32::try_from(ready.count()).unwrap_or(u32::MAX),
            offered: figures.offered,
            answered: figures.answered,
            answered_within: figures.answered_within,
            abandoned: figures.abandoned,
            now,
        }
    }
}
