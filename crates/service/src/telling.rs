//! The exchange is told how it shall be with agents: by one task, which always tells the newest state. Nobody
//! who changes a state waits for an exchange that does not answer.

use crate::core::Core;
use crate::failure;
use contract::Error;
use domain::agent::{AgentState, PauseReason};
use domain::{QueueId, ResponseGroupId, Timestamp, UserId};
use exchange::{AgentPhone, Exchange, ExchangeError};
use futures_util::future::join_all;
use std::collections::HashSet;
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::Notify;

/// What the exchange did not answer to is said again after so long, seconds.
const AGAIN: i64 = 10;

/// Agents whose state the exchange is to be told.
#[derive(Debug, Default)]
pub(crate) struct Telling {
    users: Mutex<HashSet<UserId>>,
    woken: Notify,
}

impl Core {
    /// The exchange is told the agent's state soon.
    pub(crate) fn tell_exchange(&self, user: UserId) {
        if self.exchange.is_some() {
            self.telling.users.lock().unwrap_or_else(PoisonError::into_inner).insert(user);
            self.telling.woken.notify_one();
        }
    }

    /// The exchange is told every agent's state: it was away.
    pub(crate) async fn tell_exchange_all(&self) -> Result<(), Error> {
        for status in self.store.agents().await.map_err(failure::store)? {
            self.tell_exchange(status.user);
        }
        Ok(())
    }

    /// Tells until the service stops.
    pub(crate) async fn keep_telling(&self, exchange: Arc<dyn Exchange>) {
        let mut unanswered: HashSet<UserId> = HashSet::new();
        let mut again = None;
        loop {
            tokio::select! {
                () = self.telling.woken.notified() => {}
                () = self.clock.until(again.unwrap_or(Timestamp(i64::MAX))), if again.is_some() => {
                    let mut users = self.telling.users.lock().unwrap_or_else(PoisonError::into_inner);
                    users.extend(unanswered.drain());
                }
                () = self.stopped() => return,
            }
            let users =
                std::mem::take(&mut *self.telling.users.lock().unwrap_or_else(PoisonError::into_inner));
            let exchange = &*exchange;
            let told = users.into_iter().map(|user| async move { (user, self.tell(exchange, user).await) });
            for (user, answered) in join_all(told).await {
                if answered {
                    unanswered.remove(&user);
                } else {
                    unanswered.insert(user);
                }
            }
            again = (!unanswered.is_empty()).then(|| self.now().plus_seconds(AGAIN));
        }
    }

    /// Tells an agent's newest state; whether it need not be said again.
    async fn tell(&self, exchange: &dyn Exchange, user: UserId) -> bool {
        let (Ok(status), Ok(Some(user))) = (self.agent_status(user).await, self.user(user).await) else {
            return false;
        };
        let Some(phone) = &user.phone else { return true };
        let Ok(phone) = AgentPhone::new(phone.clone()) else {
            tracing::warn!("a user's phone account has no possible name");
            return true;
        };
        let queues = self.queues_of(&user.group);
        let told = match status.state {
            AgentState::Ready => exchange.agent_ready(&phone, &queues).await,
            // While it rings, nothing is changed under the call.
            AgentState::Offered => Ok(()),
            AgentState::Offline => exchange.agent_gone(&phone).await,
            AgentState::InCall => exchange.agent_paused(&phone, &queues, "in-call").await,
            AgentState::WrapUp { .. } => exchange.agent_paused(&phone, &queues, "wrap-up").await,
            AgentState::Paused { reason } => exchange.agent_paused(&phone, &queues, pause_word(reason)).await,
        };
        match told {
            Ok(()) => true,
            Err(ExchangeError::Unreachable) => false,
            Err(error) => {
                tracing::warn!(%error, "the exchange did not take an agent's state");
                true
            }
        }
    }

    /// The queues that a group answers.
    fn queues_of(&self, group: &ResponseGroupId) -> Vec<QueueId> {
        let reference = self.reference.now();
        let queues = reference.structure.queues.iter().filter(|queue| queue.group == *group);
        queues.map(|queue| queue.id.clone()).collect()
    }
}

const fn pause_word(reason: PauseReason) -> &'static str {
    match reason {
        PauseReason::Break => "break",
        PauseReason::Lunch => "lunch",
        PauseReason::Meeting => "meeting",
        PauseReason::Training => "training",
        PauseReason::OtherWork => "other-work",
    }
}
