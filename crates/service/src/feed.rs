//! What is pushed: the store's stream of changes, turned into events for each receiver by their rights.

use crate::cases::{LoadedCase, sight};
use crate::core::Core;
use crate::failure;
use contract::agents::{AgentView, QueueStatus};
use contract::{Error, Event};
use domain::agent::AgentStatus;
use domain::alarm::{AlarmKind, AlarmStep};
use domain::rights::Actor;
use domain::{CaseId, Personal, UserId};
use std::collections::HashSet;
use std::sync::Arc;
use store::{Change, Cursor, User};
use tokio::sync::broadcast;

/// Events that a slow receiver may lie behind before it is told to read everything again.
const BEHIND: usize = 1_024;
const AT_A_TIME: u16 = 256;
/// After so many missed changes it is cheaper to read everything again.
const REPLAYED: u16 = 500;

/// One change, loaded once for all receivers.
#[derive(Debug)]
pub(crate) enum Told {
    Case(Box<LoadedCase>),
    /// No group accepted it in time.
    NotAccepted(Box<LoadedCase>),
    /// An alarm of it was raised.
    Alarm(Box<LoadedCase>, AlarmKind, AlarmStep),
    Agent {
        status: AgentStatus,
        name: Personal<String>,
    },
    Queue(QueueStatus),
    Knowledge {
        version: u64,
    },
    SignedOut {
        user: UserId,
    },
    /// A change could not be read: what it was is not known.
    Unreadable,
}

/// A change with its place in the stream.
pub(crate) type Item = Arc<(Cursor, Told)>;

/// Fan-out to those who are connected.
#[derive(Debug)]
pub(crate) struct Feed(broadcast::Sender<Item>);

impl Default for Feed {
    fn default() -> Self {
        Self(broadcast::Sender::new(BEHIND))
    }
}

/// What was missed since a cursor.
pub(crate) enum Missed {
    /// These.
    Items(Vec<Item>),
    /// Too much: read everything again.
    TooMuch(Cursor),
}

impl Feed {
    pub(crate) fn listen(&self) -> broadcast::Receiver<Item> {
        self.0.subscribe()
    }
}

impl Core {
    /// Follows the store's stream until the service stops.
    pub(crate) async fn follow_changes(&self, mut cursor: Cursor) {
        let mut head = self.store.head();
        loop {
            head.mark_unchanged();
            match self.follow_once(cursor).await {
                Ok(next) if next > cursor => {
                    cursor = next;
                    continue;
                }
                Ok(_) => {}
                Err(error) => tracing::warn!(code = ?error.code, "changes could not be read"),
            }
            tokio::select! {
                moved = head.changed() => if moved.is_err() { return },
                () = self.stopped() => return,
            }
        }
    }

    async fn follow_once(&self, cursor: Cursor) -> Result<Cursor, Error> {
        let changes = self.store.changes_after(cursor, AT_A_TIME).await.map_err(failure::store)?;
        if changes.gap {
            // What was missed is not known; everything is read again, and what comes after is told.
            let head = *self.store.head().borrow();
            let _ = self.feed.0.send(Arc::new((head, Told::Unreadable)));
            return Ok(head);
        }
        let Some((last, _)) = changes.changes.last() else { return Ok(cursor) };
        let (last, mut seen) = (*last, HashSet::new());
        let mut queues = false;
        for (at, change) in &changes.changes {
            queues |= matches!(change, Change::Agent { .. } | Change::Call { .. });
            // Several changes of one thing are told once, as it is now.
            if !seen.insert(change) {
                continue;
            }
            // One that cannot be read must not hold up those after it.
            let told = self.told(change).await.unwrap_or(Some(Told::Unreadable));
            // Told here alone, in the stream's order: an older state never comes after a newer one.
            if let Some(Told::Agent { status, .. }) = &told
                && let Ok(Some(user)) = self.user(status.user).await
            {
                self.queues.agent(status.clone(), &user);
            }
            // Fails when nobody listens.
            let _ = told.map(|told| self.feed.0.send(Arc::new((*at, told))));
        }
        if queues {
            self.tell_queues(last).await?;
        }
        Ok(last)
    }

    async fn tell_queues(&self, at: Cursor) -> Result<(), Error> {
        let now = self.now();
        self.queues.follow(&*self.store, now).await.map_err(failure::store)?;
        for status in self.queues.all(&self.reference.now().structure, now) {
            let _ = self.feed.0.send(Arc::new((at, Told::Queue(status))));
        }
        Ok(())
    }

    async fn told(&self, change: &Change) -> Result<Option<Told>, Error> {
        Ok(match change {
            Change::Case { case_id } => self.loaded(*case_id).await?.map(Told::Case),
            Change::NotAccepted { case_id } => self.loaded(*case_id).await?.map(Told::NotAccepted),
            Change::Alarm { case_id, kind, step } => {
                self.loaded(*case_id).await?.map(|loaded| Told::Alarm(loaded, *kind, *step))
            }
            Change::Agent { user } => {
                let status = self.store.agent(*user).await.map_err(failure::store)?;
                let (Some(status), Some(user)) = (status, self.user(*user).await?) else { return Ok(None) };
                Some(Told::Agent { status, name: user.name.clone() })
            }
            Change::Call { .. } => None,
            Change::Knowledge { version } => Some(Told::Knowledge { version: *version }),
            Change::SignedOut { user } => Some(Told::SignedOut { user: *user }),
        })
    }

    async fn loaded(&self, id: CaseId) -> Result<Option<Box<LoadedCase>>, Error> {
        let Some(case) = self.store.case(id).await.map_err(failure::store)? else { return Ok(None) };
        LoadedCase::load(self, case, Vec::new()).await.map(|loaded| Some(Box::new(loaded)))
    }

    /// What a receiver missed since `cursor`.
    pub(crate) async fn missed(&self, cursor: Cursor) -> Result<Missed, Error> {
        let head = *self.store.head().borrow();
        let changes = self.store.changes_after(cursor, REPLAYED).await.map_err(failure::store)?;
        if changes.gap || changes.changes.len() == usize::from(REPLAYED) {
            return Ok(Missed::TooMuch(head));
        }
        let mut seen = HashSet::new();
        let mut items = Vec::new();
        let last = changes.changes.last().map_or(cursor, |(at, _)| *at);
        let queues =
            changes.changes.iter().any(|(_, c)| matches!(c, Change::Agent { .. } | Change::Call { .. }));
        for (at, change) in &changes.changes {
            if seen.insert(change)
                && let Some(told) = self.told(change).await?
            {
                items.push(Arc::new((*at, told)));
            }
        }
        if queues {
            let now = self.now();
            let all = self.queues.all(&self.reference.now().structure, now);
            items.extend(all.into_iter().map(|status| Arc::new((last, Told::Queue(status)))));
        }
        Ok(Missed::Items(items))
    }

    /// The event that `user` gets for it, if any.
    pub(crate) fn event_for(&self, told: &Told, user: &User) -> Option<Event> {
        match told {
            Told::Case(loaded) => self.changed(loaded, &user.actor()),
            Told::Alarm(loaded, kind, step) => self.alarm(loaded, *kind, *step, &user.actor()),
            // It is theirs alone to act on, and only while nobody has.
            Told::NotAccepted(loaded) => {
                let case = &loaded.case;
                let sight = sight::of(case, &user.actor(), &self.reference.now().structure)?;
                let theirs = case.owner == user.id && case.not_accepted();
                theirs.then(|| Event::CaseNotAccepted(loaded.summary(&sight)))
            }
            Told::Agent { status, name } if status.user == user.id => Some(Event::AgentChanged(AgentView {
                status: status.clone(),
                name: name.clone(),
                now: self.now(),
            })),
            Told::Agent { .. } | Told::SignedOut { .. } => None,
            Told::Unreadable => Some(Event::Resync),
            Told::Queue(status) => Some(Event::QueueChanged(status.clone())),
            Told::Knowledge { version } => Some(Event::KnowledgeChanged { version: *version }),
        }
    }
    /// The case as it is now, for whoever may see it.
    fn changed(&self, loaded: &LoadedCase, actor: &Actor) -> Option<Event> {
        let sight = sight::of(&loaded.case, actor, &self.reference.now().structure)?;
        if sight.is_past() {
            return Some(Event::CaseGone { case_id: loaded.case.id });
        }
        Some(Event::CaseChanged(loaded.summary(&sight)))
    }

    /// Those concerned are alarmed, unless somebody has seen it or it matters no more; others who may see the
    /// case get it as it is.
    fn alarm(&self, loaded: &LoadedCase, kind: AlarmKind, step: AlarmStep, actor: &Actor) -> Option<Event> {
        let event = self.changed(loaded, actor)?;
        let theirs = loaded.raised.iter().any(|raised| {
            (raised.alarm.kind, raised.alarm.step) == (kind, step)
                && raised.acknowledged.is_none()
                && loaded.case.alarm_concerns(&raised.alarm, actor)
        });
        match event {
            Event::CaseChanged(summary) if theirs => Some(Event::CaseAlarm(summary)),
            other => Some(other),
        }
    }
}
