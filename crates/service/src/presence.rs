//! Whose desk is there. A desk holds a stream of events open; one that is closed, asleep or has crashed does
//! not, and its agent takes no calls (rules.md 6).

use crate::core::Core;
use contract::Error;
use domain::agent::{AgentEvent, AgentState, AgentStatus};
use domain::{Timestamp, UserId};
use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use store::{Door, User};
use tokio::sync::Notify;

/// A desk may be gone for so long before its agent stops taking calls, seconds: longer than a restart of
/// either side and a change of network.
const GONE: i64 = 60;

/// Open streams of each user.
#[derive(Debug, Default)]
pub(crate) struct Presence {
    users: Mutex<HashMap<UserId, Streams>>,
    changed: Notify,
}

#[derive(Debug, Clone, Copy, Default)]
struct Streams {
    desks: u32,
    browsers: u32,
    desk_gone: Option<Timestamp>,
    all_gone: Option<Timestamp>,
}

impl Streams {
    const fn of(&mut self, door: Door) -> &mut u32 {
        match door {
            Door::Desk => &mut self.desks,
            Door::Browser => &mut self.browsers,
        }
    }

    /// Since when nobody is there; `Ok` when somebody is. A telephone rings at a desk alone.
    const fn gone(&self, has_phone: bool) -> Option<Option<Timestamp>> {
        let (here, since) = if has_phone {
            (self.desks > 0, self.desk_gone)
        } else {
            (self.desks + self.browsers > 0, self.all_gone)
        };
        if here { None } else { Some(since) }
    }
}

impl Presence {
    pub(crate) fn came(&self, user: UserId, door: Door) {
        let mut users = self.users.lock().unwrap_or_else(PoisonError::into_inner);
        *users.entry(user).or_default().of(door) += 1;
    }

    pub(crate) fn went(&self, user: UserId, door: Door, now: Timestamp) {
        let mut users = self.users.lock().unwrap_or_else(PoisonError::into_inner);
        let streams = users.entry(user).or_default();
        let open = streams.of(door);
        *open = open.saturating_sub(1);
        if streams.desks == 0 && door == Door::Desk {
            streams.desk_gone = Some(now);
        }
        if streams.desks + streams.browsers == 0 {
            streams.all_gone = Some(now);
        }
        drop(users);
        self.changed.notify_one();
    }

    /// Returns when a stream has ended.
    pub(crate) async fn changed(&self) {
        self.changed.notified().await;
    }

    fn gone(&self, user: &User) -> Option<Option<Timestamp>> {
        let users = self.users.lock().unwrap_or_else(PoisonError::into_inner);
        users.get(&user.id).copied().unwrap_or_default().gone(user.phone.is_some())
    }
}

impl Core {
    /// Agents whose desk has been gone for too long leave ready and wrap-up; gives when it is time to look
    /// again. Never during a call: then it is looked at when the call is over.
    pub(crate) async fn end_absent_agents(
        &self,
        agents: Vec<AgentStatus>,
        now: Timestamp,
    ) -> Result<Option<Timestamp>, Error> {
        let mut next: Option<Timestamp> = None;
        for status in agents {
            if !matches!(status.state, AgentState::Ready | AgentState::WrapUp { .. }) {
                continue;
            }
            let Some(user) = self.user(status.user).await? else { continue };
            let Some(gone) = self.presence.gone(&user) else { continue };
            // One who was never seen has as long from the start, or from when they said that they are ready.
            let since = gone.unwrap_or_else(|| self.started.max(status.since));
            let until = since.plus_seconds(GONE);
            if until > now {
                next = Some(next.map_or(until, |next| next.min(until)));
                continue;
            }
            tracing::info!("an agent whose desk is gone takes no more calls");
            self.agent_event_if(status, AgentEvent::WentOffline).await?;
        }
        Ok(next)
    }
}
