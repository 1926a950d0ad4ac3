//! What all parts of a running service share.

use crate::caller::Caller;
use crate::calls::Unsettled;
use crate::clock::{Clock, NoRandomness, Random};
use crate::config::ServiceConfig;
use crate::failure;
use crate::feed::Feed;
use crate::metrics::Metrics;
use crate::passwords::Passwords;
use crate::presence::Presence;
use crate::queues::Queues;
use crate::reference::Reference;
use crate::telling::Telling;
use crate::throttle::Throttle;
use contract::{Code, Error};
use domain::{CommandId, Personal, Timestamp, UserId};
use exchange::Exchange;
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::collections::HashMap;
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use store::{Commit, Committed, Receipt, Store, User};
use tokio::sync::watch;

/// What all parts of a running service share.
pub(crate) struct Core {
    pub(crate) config: ServiceConfig,
    pub(crate) store: Arc<dyn Store>,
    pub(crate) exchange: Option<Arc<dyn Exchange>>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) random: Arc<dyn Random>,
    pub(crate) reference: Reference,
    pub(crate) queues: Queues,
    pub(crate) feed: Feed,
    pub(crate) passwords: Passwords,
    pub(crate) throttle: Mutex<Throttle>,
    pub(crate) metrics: Metrics,
    /// Changes of agents, one after the other.
    pub(crate) agents: tokio::sync::Mutex<()>,
    pub(crate) telling: Telling,
    pub(crate) presence: Presence,
    /// Until the exchange has told what became of the calls of before.
    pub(crate) unsettled: Mutex<Option<Unsettled>>,
    pub(crate) started: Timestamp,
    /// A task has ended by a defect.
    pub(crate) broken: AtomicBool,
    /// When it was last asked whether all is well, and the answer.
    pub(crate) health: tokio::sync::Mutex<Option<(Timestamp, bool)>>,
    /// The port is known once the listener is bound.
    pub(crate) port: std::sync::OnceLock<u16>,
    pub(crate) stopping: watch::Sender<bool>,
    /// In practice: the passwords of officers that were asked for.
    pub(crate) officers: tokio::sync::Mutex<HashMap<UserId, Personal<String>>>,
    users: RwLock<HashMap<UserId, Arc<User>>>,
}

/// A change under way: its id and the hash that tells a repeat from something else.
#[derive(Debug, Clone, Copy)]
pub(crate) struct ChangeKey {
    id: CommandId,
    hash: [u8; 32],
    at: Timestamp,
}

impl ChangeKey {
    /// The receipt with the reply that a repeat gets.
    pub(crate) fn receipt<R: Serialize>(&self, reply: &R) -> Result<Receipt, Error> {
        let reply = serde_json::to_string(reply).map_err(|_| failure::internal("a reply is no JSON"))?;
        Ok(Receipt { id: self.id, hash: self.hash, reply: Personal::new(reply), at: self.at })
    }
}

/// Whether a change is new.
pub(crate) enum Asked<R> {
    /// Do it, and keep the receipt with it.
    First(ChangeKey),
    /// It was done; the reply of then.
    Before(R),
}

impl Core {
    pub(crate) fn new(
        config: ServiceConfig,
        store: Arc<dyn Store>,
        exchange: Option<Arc<dyn Exchange>>,
        clock: Arc<dyn Clock>,
        random: Arc<dyn Random>,
        reference: Reference,
    ) -> Result<Self, NoRandomness> {
        let (passwords, started) = (Passwords::new(&*random)?, clock.now());
        Ok(Self {
            config,
            store,
            exchange,
            clock,
            random,
            reference,
            queues: Queues::default(),
            feed: Feed::default(),
            passwords,
            throttle: Mutex::default(),
            metrics: Metrics::default(),
            agents: tokio::sync::Mutex::default(),
            telling: Telling::default(),
            presence: Presence::default(),
            unsettled: Mutex::default(),
            started,
            broken: AtomicBool::new(false),
            health: tokio::sync::Mutex::default(),
            port: std::sync::OnceLock::new(),
            stopping: watch::Sender::new(false),
            officers: tokio::sync::Mutex::default(),
            users: RwLock::default(),
        })
    }

    pub(crate) fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// Returns when the service stops.
    pub(crate) async fn stopped(&self) {
        // Fails only when the sender is gone, and it is ours.
        let _ = self.stopping.subscribe().wait_for(|stop| *stop).await;
    }

    /// Random bytes.
    pub(crate) fn random<const N: usize>(&self) -> Result<[u8; N], Error> {
        let mut bytes = [0; N];
        self.random.fill(&mut bytes).map_err(|_| failure::internal("no randomness"))?;
        Ok(bytes)
    }

    /// Whether the change was done before. The same id with another payload, or from somebody else: `Conflict`.
    pub(crate) async fn asked<R: DeserializeOwned>(
        &self,
        caller: &Caller,
        id: Option<CommandId>,
    ) -> Result<Asked<R>, Error> {
        let id = id.ok_or_else(|| failure::invalid("a change carries an id"))?;
        let hash = crate::hash::of(&[&caller.payload, caller.user()?.id.0.as_bytes()]);
        match self.store.receipt(id).await.map_err(failure::store)? {
            None => Ok(Asked::First(ChangeKey { id, hash, at: self.now() })),
            Some(receipt) if receipt.hash == hash => read_reply(&receipt.reply).map(Asked::Before),
            Some(_) => Err(Code::Conflict.into()),
        }
    }

    /// A refusal, unless the same command was done meanwhile: a repeat may overtake the first's commit between
    /// its two questions, and what it is refused for is then its own doing.
    pub(crate) async fn asked_again<R: DeserializeOwned>(
        &self,
        caller: &Caller,
        id: Option<CommandId>,
        refused: Error,
    ) -> Result<R, Error> {
        match self.asked(caller, id).await {
            Ok(Asked::Before(reply)) => Ok(reply),
            _ => Err(refused),
        }
    }

    /// Writes a commit; the reply is `reply`, or that of the first time when somebody was faster with the same command.
    pub(crate) async fn commit<R: DeserializeOwned>(&self, commit: Commit, reply: R) -> Result<R, Error> {
        match self.store.commit(commit).await.map_err(failure::store)? {
            Committed::Done(_) => Ok(reply),
            Committed::Repeated(stored) => read_reply(&stored),
        }
    }

    /// Users may be changed beside the running service: what is kept of them in memory is read anew.
    pub(crate) fn forget_users(&self) {
        self.users.write().unwrap_or_else(PoisonError::into_inner).clear();
    }

    /// A user by id; kept in memory, since every line of a list names one.
    pub(crate) async fn user(&self, id: UserId) -> Result<Option<Arc<User>>, Error> {
        if let Some(user) = self.users.read().unwrap_or_else(PoisonError::into_inner).get(&id) {
            return Ok(Some(Arc::clone(user)));
        }
        let Some(user) = self.store.user(id).await.map_err(failure::store)?.map(Arc::new) else {
            return Ok(None);
        };
        self.users.write().unwrap_or_else(PoisonError::into_inner).insert(id, Arc::clone(&user));
        Ok(Some(user))
    }

    /// A user's name; empty when there is no such user.
    pub(crate) async fn name(&self, id: UserId) -> Result<Personal<String>, Error> {
        Ok(self.user(id).await?.map(|user| user.name.clone()).unwrap_or_default())
    }
}

/// A stored reply.
pub(crate) fn read_reply<R: DeserializeOwned>(reply: &Personal<String>) -> Result<R, Error> {
    serde_json::from_str(reply.expose()).map_err(|_| failure::internal("a stored reply cannot be read"))
}
