//! The service: commands over HTTP, events over SSE, and the jobs of the clock.
//!
//! Decisions are the domain's; here lies what needs everyone's data: numbers, versions, rights over what
//! is stored, agents' states, queues. It holds no state that the store does not: a restart changes nothing.

mod agents;
mod alarms;
mod caller;
mod calls;
mod cases;
pub mod clock;
mod config;
mod core;
mod failure;
mod feed;
mod hash;
mod host;
mod http;
mod jobs;
mod metrics;
mod outside;
mod passwords;
mod practice;
mod presence;
mod queues;
mod reference;
mod seed;
mod sessions;
mod telling;
mod throttle;

pub use {domain, exchange, store};

pub use config::{NewAccount, PATIENCE, PostConfig, PostEncryption, Seed, ServiceConfig, TlsFiles};
pub use http::ServeError;
pub use outside::groups_outside;
pub use seed::{AccountChange, AccountError, change_account};

use crate::core::Core;
use clock::{Clock, NoRandomness, Random};
use domain::Personal;
use domain::rights::Role;
use domain::structure::Structure;
use exchange::Exchange;
use http::Running;
use reference::Reference;
use std::net::SocketAddr;
use std::sync::Arc;
use store::{Door, Store, StoreError};
use tokio::task::JoinHandle;

/// Why a service does not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The settings do not hold; the text says what to do.
    #[error("{0}")]
    Config(String),
    /// The store.
    #[error("the store: {0}")]
    Store(#[from] StoreError),
    /// The system gives no randomness.
    #[error(transparent)]
    Randomness(#[from] NoRandomness),
    /// The listener.
    #[error(transparent)]
    Serve(#[from] ServeError),
    /// A part ended before it had begun.
    #[error("the service could not begin: {0}")]
    Begin(String),
}

impl From<seed::SeedError> for StartError {
    fn from(error: seed::SeedError) -> Self {
        match error {
            seed::SeedError::Store(error) => Self::Store(error),
            seed::SeedError::Randomness(error) => Self::Randomness(error),
            seed::SeedError::Stopped => Self::Begin(error.to_string()),
        }
    }
}

/// Puts a municipality's files into a store that no service runs on; gives the accounts that were made.
///
/// # Errors
/// [`StartError`].
pub async fn import(
    store: &dyn Store,
    seed: &Seed,
    clock: &dyn Clock,
    random: &dyn Random,
) -> Result<Vec<NewAccount>, StartError> {
    Ok(seed::import(store, seed, clock, random).await?)
}

/// Without a way for letters a case that is handed over to a group outside the system reaches nobody.
fn warn_of_letters(structure: &Structure) {
    for group in outside::outside_of(structure) {
        tracing::warn!(%group, "a group outside the system is reached by e-mail, and no mail server is set (post)");
    }
}

/// A running service. Ends with [`Service::stop`]; dropped without, its tasks end with the runtime.
pub struct Service {
    core: Arc<Core>,
    running: Running,
    tasks: Vec<JoinHandle<()>>,
    accounts: Vec<NewAccount>,
}

impl std::fmt::Debug for Service {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Service").field("address", &self.running.address).finish_non_exhaustive()
    }
}

impl Service {
    /// Starts a service on a store; an empty one is seeded first. Returns when it listens.
    ///
    /// # Errors
    /// [`StartError`]; then nothing runs.
    pub async fn start(
        config: ServiceConfig,
        store: Arc<dyn Store>,
        exchange: Option<Arc<dyn Exchange>>,
        clock: Arc<dyn Clock>,
        random: Arc<dyn Random>,
    ) -> Result<Self, StartError> {
        config.check().map_err(StartError::Config)?;
        let seeded = seed::begin(&*store, config.seed.as_ref(), &*clock, &*random).await;
        let accounts = seeded?;
        let reference = Reference::load(&*store, config.dictionary.clone()).await?;
        let core = Arc::new(Core::new(config, store, exchange, clock, random, reference)?);
        core.queues.follow(&*core.store, core.now()).await?;
        // The hours that alarms were planned by may be others since.
        core.store.look_at_alarms_again().await?;
        // Made once: links that are signed by two keys would not hold.
        core.link_key().await.map_err(|error| StartError::Begin(error.detail))?;
        core.begin_settling().await.map_err(|error| StartError::Begin(error.detail))?;
        core.know_agents().await.map_err(|error| StartError::Begin(error.detail))?;
        let running = http::serve(&core)?;
        let tasks = core.begin_tasks();
        if core.config.post.is_none() {
            warn_of_letters(&core.reference.now().structure);
        }
        tracing::info!(address = %running.address, practice = core.config.practice, "listening");
        Ok(Self { core, running, tasks, accounts })
    }

    /// Where it listens.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.running.address
    }

    /// Accounts that were made at this start, with their passwords: shown once, kept nowhere.
    pub fn take_accounts(&mut self) -> Vec<NewAccount> {
        std::mem::take(&mut self.accounts)
    }

    /// The bearer of a new session of the local practice user: `user`, else the first agent with a phone.
    ///
    /// # Errors
    /// `Config` when this is no practice or there is no such user.
    pub async fn practice_session(&self, user: Option<&str>) -> Result<Personal<String>, StartError> {
        if !self.core.config.practice {
            return Err(StartError::Config("sessions without a password are for practice alone".into()));
        }
        let users = self.core.store.users().await?;
        let chosen = users.iter().find(|known| match user {
            Some(name) => known.user == name,
            None => known.roles.contains(&Role::Agent) && known.phone.is_some(),
        });
        let chosen = chosen.ok_or_else(|| StartError::Config("no such practice user".into()))?;
        let opened = self.core.open_session(chosen, Door::Desk).await;
        opened.map_err(|error| StartError::Begin(error.detail))
    }

    /// Ends every session of a user, at once.
    ///
    /// # Errors
    /// `Config` when there is no such user, `Begin` when the store fails.
    pub async fn revoke_sessions(&self, user: &str) -> Result<(), StartError> {
        let users = self.core.store.users().await?;
        let user = users.iter().find(|known| known.user == user);
        let user = user.ok_or_else(|| StartError::Config("no such user".into()))?;
        self.core.revoke_all(user.id).await.map_err(|error| StartError::Begin(error.detail))
    }

    /// Stops cleanly: streams end, calls that go on are answered, jobs end, the store is closed.
    ///
    /// # Errors
    /// The store's, when it cannot be closed.
    pub async fn stop(self) -> Result<(), StartError> {
        self.core.stopping.send_replace(true);
        self.running.stop().await;
        for task in self.tasks {
            // A task that ended by a defect has told so.
            let _ = task.await;
        }
        self.core.store.close().await.map_err(StartError::Store)
    }
}

impl Core {
    fn begin_tasks(self: &Arc<Self>) -> Vec<JoinHandle<()>> {
        let head = *self.store.head().borrow();
        let mut tasks = vec![
            self.begin_task(move |core| async move { core.follow_changes(head).await }),
            self.begin_task(|core| async move { core.run_jobs().await }),
        ];
        if let Some(post) = self.config.post.clone() {
            tasks.push(self.begin_task(|core| async move { core.keep_posting(post).await }));
        }
        if let Some(exchange) = self.exchange.clone() {
            let (events, told) = (exchange.events(), Arc::clone(&exchange));
            tasks.push(self.begin_task(move |core| async move { core.listen_to(exchange, events).await }));
            tasks.push(self.begin_task(move |core| async move { core.keep_telling(told).await }));
        }
        tasks
    }

    /// A task that runs until the service stops; one that ends by a defect is told by `/healthz`.
    fn begin_task<W>(self: &Arc<Self>, work: impl FnOnce(Arc<Self>) -> W) -> JoinHandle<()>
    where
        W: Future<Output = ()> + Send + 'static,
    {
        let (core, task) = (Arc::clone(self), tokio::spawn(work(Arc::clone(self))));
        tokio::spawn(async move {
            if task.await.is_err() {
                tracing::error!("a part of the service ended by a defect");
                core.broken.store(true, std::sync::atomic::Ordering::Relaxed);
            }
        })
    }

    async fn know_agents(&self) -> Result<(), contract::Error> {
        for status in self.store.agents().await.map_err(failure::store)? {
            if let Some(user) = self.user(status.user).await? {
                self.queues.agent(status, &user);
            }
        }
        Ok(())
    }
}
