//! What the workstation does, without a window: start, session, drafts, outbox, cache, phone.
//!
//! The shell gives it an [`Environment`] and passes calls to [`Desk::rpc`]; what happens comes out of
//! [`Desk::events`]. Calls go on, cases are registered and typed text is kept whether the service can be
//! reached or not (D-S4).

mod checkup;
mod client;
mod clock;
mod config;
mod host;
mod knowledge;
mod line;
mod link;
mod outgoing;
mod secrets;
mod start;
mod state;
mod store;

pub use clock::{Clock, SystemClock};
pub use line::{SoundOf, devices};
pub use phone::rtp::Recorded;
pub use phone::softphone::Sound;
pub use secrets::{Secrets, SecretsError, StoreKey, WrappedKey, WrongPassphrase};
pub use store::{Counts, Next, OpenError, Opened, Place, Refused, Salvaged, Store, StoreError, Waiting};

use async_trait::async_trait;
use contract::agents::SetAgentState;
use contract::desk::Connection;
use contract::domain::rights::Role;
use contract::domain::{CommandId, Personal};
use contract::error::Error;
use contract::phone::ResidentSaid;
use contract::session::Me;
use contract::{AgentSet, Call, Event, dispatch_desk};
use serde_json::Value;
use state::State;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::sync::{broadcast, mpsc, watch};

/// The embedded service of practice, as the shell starts it.
pub struct PracticeService {
    /// Its address on loopback.
    pub address: String,
    /// The session of the one who practises.
    pub bearer: Personal<String>,
    /// What residents begin to say from now on.
    pub said: mpsc::UnboundedReceiver<ResidentSaid>,
}

/// Starts the embedded service and the practice exchange. A port: the desk knows neither.
#[async_trait]
pub trait PracticeHost: Send + Sync {
    /// Starts them with their data in `folder`, once; a second call gives the same service.
    ///
    /// # Errors
    /// When they cannot start.
    async fn start(&self, folder: &Path) -> Result<PracticeService, Error>;
    /// Stops them, cleanly.
    async fn stop(&self);
}

/// What the desk needs of the computer.
pub struct Environment {
    /// Folder of everything it writes.
    pub data: PathBuf,
    /// The hunspell-derived dictionary of compounds, when installed.
    pub dictionary: Option<PathBuf>,
    /// Time and randomness.
    pub clock: Arc<dyn Clock>,
    /// The keyring.
    pub secrets: Arc<dyn Secrets>,
    /// Practice on this computer.
    pub practice: Arc<dyn PracticeHost>,
    /// Whether a window starts on this computer at the same time, and tells how far it is: [`Desk::window_is`].
    pub window: bool,
    /// Where the phone's sound goes.
    pub sound: SoundOf,
}

/// How the desk is asked to begin.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Launch {
    /// As it was left; the first time it asks.
    #[default]
    AsLeft,
    /// Straight to practice.
    Practice,
    /// To this service.
    Connect(String),
}

/// How far the window has come. Its processes and the desk begin at the same moment and share the processor.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Stage {
    /// Its processes start.
    Opens,
    /// Its own loop runs and its processes have been started: what the first frame shows is asked for next.
    Loads,
    /// It can be worked in: what is heavy and not asked for yet may begin.
    Drawn,
}

/// A window that has come no further by then is no longer waited for.
const WINDOW_WITHIN: std::time::Duration = std::time::Duration::from_secs(2);

/// The service hears a goodbye within this, or not at all.
const GOODBYE: std::time::Duration = std::time::Duration::from_secs(2);

/// The desk. Clones are the same desk.
#[derive(Clone)]
pub struct Desk(Arc<Shared>);

struct Shared {
    environment: Environment,
    state: Mutex<State>,
    events: broadcast::Sender<Event>,
    /// One sender at a time, so that changes go in order.
    outgoing: tokio::sync::Mutex<()>,
    awaited: Mutex<outgoing::Awaited>,
    /// Wakes whoever sends or connects: something is worth another try.
    wake: tokio::sync::Notify,
    /// How far the window has come.
    window: watch::Sender<Stage>,
    /// Held while the phone is tried.
    checkup: tokio::sync::Mutex<()>,
    /// Whether the cache was looked through for answers.
    answers_sought: watch::Sender<bool>,
}

impl Desk {
    /// A desk that begins at once in the background. Must be called within a tokio runtime.
    #[must_use]
    pub fn launch(environment: Environment, launch: Launch) -> Self {
        let shared = Shared {
            environment,
            state: Mutex::new(State::default()),
            events: broadcast::channel(1024).0,
            outgoing: tokio::sync::Mutex::default(),
            awaited: Mutex::default(),
            wake: tokio::sync::Notify::new(),
            window: watch::channel(Stage::Opens).0,
            checkup: tokio::sync::Mutex::new(()),
            answers_sought: watch::channel(false).0,
        };
        let desk = Self(Arc::new(shared));
        let begun = desk.clone();
        tokio::spawn(async move { begun.begin(launch).await });
        desk
    }

    /// Answers a call of the window.
    ///
    /// # Errors
    /// With the closed code that the window acts on.
    pub async fn rpc(&self, name: &str, call: Call) -> Result<Value, Error> {
        dispatch_desk(self, name, call).await
    }

    /// What happens from now on. A receiver that lags reads everything again.
    #[must_use]
    pub fn events(&self) -> broadcast::Receiver<Event> {
        self.0.events.subscribe()
    }

    /// A link asks to dial: the window confirms first.
    pub fn dial_requested(&self, link: &str) {
        let number = link.strip_prefix("tel:").unwrap_or(link).to_owned();
        self.state().dial = Some(number.into());
        self.offer_to_dial();
    }

    /// Hands the link on once a window is there to ask, and a phone to dial with.
    pub(crate) fn offer_to_dial(&self) {
        let number = {
            let mut state = self.state();
            let ready = state.window_seen && state.phase == contract::desk::Phase::Ready;
            if ready { state.dial.take() } else { None }
        };
        if let Some(number) = number {
            self.emit(Event::DialRequested { number });
        }
    }

    /// The window has come so far.
    pub fn window_is(&self, stage: Stage) {
        self.0.window.send_if_modified(|now| {
            let further = *now < stage;
            *now = (*now).max(stage);
            further
        });
    }

    /// Leaves the processor to a window that starts at the same time; for a while, since it may never come.
    async fn after_the_window(&self, stage: Stage) {
        if self.0.environment.window {
            let mut window = self.0.window.subscribe();
            let _ = tokio::time::timeout(WINDOW_WITHIN, window.wait_for(|now| *now >= stage)).await;
        }
    }

    /// The window was asked to close and stays.
    pub fn close_refused(&self) {
        self.emit(Event::CloseRefused);
    }

    /// Whether a call is offered or goes on: then the window does not close without asking (rules.md 6).
    #[must_use]
    pub fn in_call(&self) -> bool {
        self.state().line.as_ref().is_some_and(line::Line::in_call)
    }

    /// Stops cleanly: the service told that no more calls are taken, phone unregistered, link closed,
    /// embedded service stopped.
    pub async fn stop(&self) {
        self.say_goodbye().await;
        let store = self.state().store.clone();
        self.disconnect().await;
        if let Some(store) = store {
            store.settle().await;
        }
        self.0.environment.practice.stop().await;
    }

    /// A closed window leaves no agent taking calls (rules.md 6). When the service does not hear it, its own
    /// clock does the same a minute later.
    async fn say_goodbye(&self) {
        let (client, takes_calls) = {
            let state = self.state();
            let front = |me: &Me| me.roles.iter().any(|role| matches!(role, Role::Agent | Role::Lead));
            let linked = state.connection == Connection::Connected;
            (state.client.clone(), linked && state.me.as_ref().is_some_and(front))
        };
        let Some(client) = client.filter(|_| takes_calls) else { return };
        let clock = &self.0.environment.clock;
        let id = CommandId::new(clock.now(), clock.random());
        let Ok(call) = Call::of::<AgentSet>(Some(id), &SetAgentState::Offline) else { return };
        let _ = tokio::time::timeout(GOODBYE, client.ask::<AgentSet>(call)).await;
    }

    /// Tells the window what residents say, until they say no more.
    fn hear_residents(&self, mut said: mpsc::UnboundedReceiver<ResidentSaid>) {
        let desk = self.clone();
        let task = tokio::spawn(async move {
            while let Some(words) = said.recv().await {
                desk.emit(Event::ResidentSaid(words));
            }
        });
        let before = self.state().hearing.replace(task.abort_handle());
        if let Some(before) = before {
            before.abort();
        }
    }

    fn emit(&self, event: Event) {
        // Nobody listens: the window is being reloaded, and reads everything afterwards.
        let _ = self.0.events.send(event);
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Changes the state, and tells the window.
    fn change(&self, change: impl FnOnce(&mut State)) {
        let view = {
            let mut state = self.state();
            change(&mut state);
            state.view()
        };
        self.emit(Event::DeskChanged(Box::new(view)));
        self.offer_to_dial();
    }
}
