//! The practice exchange as the service and the shell see it.

use crate::driver::{Driver, Order};
use crate::floor::{Chance, ECHO, Floor, Input, Office, Rhythm};
use crate::registrar::{Registrar, Secrets};
use crate::scenario::Scenario;
use crate::voice::{Speech, Spoken};
use domain::{ContactId, Personal, QueueId, Timestamp};
use exchange::{AgentPhone, EventStream, Exchange, ExchangeError, Hub, PhoneAccount, Reachability};
use phone::sip::{Endpoint, EndpointConfig, SipError};
use std::collections::BTreeMap;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use tokio::sync::mpsc::{UnboundedSender, unbounded_channel};
use tokio::sync::{broadcast, oneshot, watch};
use tokio::time::Instant;

/// The wall clock, for what is reported.
pub type Clock = Arc<dyn Fn() -> Timestamp + Send + Sync>;

/// How to practise.
#[derive(Debug, Clone)]
pub struct Config {
    /// Where SIP is spoken; loopback, and port 0 takes any.
    pub address: SocketAddr,
    /// When things happen.
    pub rhythm: Rhythm,
    /// The errands that come.
    pub scenarios: Vec<Scenario>,
    /// The groups that can be called.
    pub offices: Vec<Office>,
    /// How residents sound.
    pub speech: Speech,
}

impl Default for Config {
    /// Any port of 127.0.0.1, the product's errands, speech where a synthesiser is installed.
    fn default() -> Self {
        Self {
            address: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
            rhythm: Rhythm::default(),
            scenarios: Scenario::pack(),
            offices: Vec::new(),
            speech: Speech::default(),
        }
    }
}

/// Why practice did not start.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum StartError {
    /// Only loopback: practice has no secrets worth the network.
    #[error("practice listens on loopback only")]
    NotLoopback,
    /// The address could not be bound.
    #[error(transparent)]
    Sip(#[from] SipError),
}

/// What a simulated resident, or who answers for a group, says, as it begins to be said.
#[derive(Clone, PartialEq, Eq)]
pub struct Said {
    /// When.
    pub at: Timestamp,
    /// In which contact; `None` when the agent called.
    pub contact: Option<ContactId>,
    /// The words.
    pub text: String,
}

impl std::fmt::Debug for Said {
    /// Residents name themselves: the words are not told.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Said").field("contact", &self.contact).finish_non_exhaustive()
    }
}

/// An errand that can be chosen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Errand {
    /// For [`Practice::next_caller`].
    pub id: String,
    /// One line in Swedish.
    pub title: String,
}

/// A running practice exchange; ends when stopped or dropped.
pub struct Practice {
    orders: UnboundedSender<Order>,
    secrets: Arc<Secrets>,
    hub: Arc<Hub>,
    said: broadcast::Sender<Said>,
    reach: watch::Sender<Reachability>,
    server: SocketAddr,
    errands: Vec<Errand>,
}

impl std::fmt::Debug for Practice {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Practice").field("server", &self.server).finish_non_exhaustive()
    }
}

/// Words that a slow listener may be behind.
const WORDS_KEPT: usize = 64;

impl Practice {
    /// Binds and begins on the current tokio runtime. Callers come once an agent is ready and its phone is
    /// registered.
    ///
    /// # Errors
    /// [`StartError`].
    pub async fn start(config: Config, clock: Clock, chance: Chance) -> Result<Arc<Self>, StartError> {
        if !config.address.ip().is_loopback() {
            return Err(StartError::NotLoopback);
        }
        let sip = EndpointConfig { udp: Some(config.address), ..EndpointConfig::default() };
        let (endpoint, incoming) = Endpoint::bind(sip).await?;
        let address = endpoint.udp().unwrap_or(config.address);
        let secrets = Arc::new(Secrets::new(chance));
        let shared = secrets.clone();
        let errands = config
            .scenarios
            .iter()
            .map(|scenario| Errand { id: scenario.id.clone(), title: scenario.title.clone() })
            .collect();
        let floor =
            Floor::new(config.rhythm, config.scenarios, config.offices, Box::new(move || shared.random()));
        let (tell, events) = unbounded_channel();
        let (orders, inbox) = unbounded_channel();
        let (said, _) = broadcast::channel(WORDS_KEPT);
        let (reach, _) = watch::channel(Reachability::Reachable);
        let hub = Arc::new(Hub::default());
        let driver = Driver {
            floor,
            endpoint,
            address,
            registrar: Registrar::default(),
            secrets: secrets.clone(),
            hub: hub.clone(),
            said: said.clone(),
            clock,
            started: Instant::now(),
            speech: config.speech,
            spoken: Spoken::default(),
            wires: BTreeMap::new(),
            contacts: BTreeMap::new(),
            serials: 0,
            tell,
        };
        tokio::spawn(driver.run(inbox, incoming, events));
        tracing::info!(%address, "practice exchange listens");
        Ok(Arc::new(Self { orders, secrets, hub, said, reach, server: address, errands }))
    }

    /// Where SIP is spoken.
    #[must_use]
    pub fn server(&self) -> SocketAddr {
        self.server
    }

    /// The errands that can be asked for.
    #[must_use]
    pub fn errands(&self) -> &[Errand] {
        &self.errands
    }

    /// A resident calls at once, with this errand or any. One who is in a call already does not call twice.
    ///
    /// # Errors
    /// [`ExchangeError::Refused`] for an unknown errand, [`ExchangeError::Unreachable`] after the end.
    pub fn next_caller(&self, errand: Option<&str>) -> Result<(), ExchangeError> {
        if errand.is_some_and(|errand| !self.errands.iter().any(|known| known.id == errand)) {
            return Err(ExchangeError::Refused("no such errand".into()));
        }
        self.order(Input::Next(errand.map(str::to_owned)))
    }

    /// What residents say from now on, as text. A listener that falls far behind misses the oldest.
    #[must_use]
    pub fn said(&self) -> broadcast::Receiver<Said> {
        self.said.subscribe()
    }

    /// Hangs up all calls and ends; waits a second at most for the phones' answers.
    pub async fn stop(&self) {
        self.reach.send_replace(Reachability::Unreachable);
        let (done, stopped) = oneshot::channel();
        if self.orders.send(Order::Stop(done)).is_ok() {
            // An error is a driver that ended on its own.
            let _ = stopped.await;
        }
    }

    fn order(&self, input: Input) -> Result<(), ExchangeError> {
        self.orders.send(Order::Floor(input)).map_err(|_| ExchangeError::Unreachable)
    }
}

/// Pauses that belong to a call rather than to the agent's choice, as the service names them.
const OF_A_CALL: [&str; 2] = ["in-call", "wrap-up"];

#[async_trait::async_trait]
impl Exchange for Practice {
    async fn agent_ready(&self, agent: &AgentPhone, queues: &[QueueId]) -> Result<(), ExchangeError> {
        self.order(Input::Ready(agent.clone(), queues.to_vec()))
    }

    async fn agent_paused(
        &self,
        agent: &AgentPhone,
        _: &[QueueId],
        reason: &str,
    ) -> Result<(), ExchangeError> {
        self.order(Input::NotReady { agent: agent.clone(), rested: !OF_A_CALL.contains(&reason) })
    }

    async fn agent_gone(&self, agent: &AgentPhone) -> Result<(), ExchangeError> {
        self.order(Input::NotReady { agent: agent.clone(), rested: true })
    }

    fn events(&self) -> EventStream {
        self.hub.listen()
    }

    fn reachability(&self) -> watch::Receiver<Reachability> {
        self.reach.subscribe()
    }

    fn phone_account(&self, agent: &AgentPhone) -> Option<PhoneAccount> {
        Some(PhoneAccount {
            server: self.server.to_string(),
            proxy: None,
            transport: "udp".into(),
            // It stays on this computer.
            encryption: "off".into(),
            keys: "sdes".into(),
            authorities: None,
            echo: Some(ECHO.into()),
            user: agent.as_str().to_owned(),
            secret: Personal::new(self.secrets.of(agent)),
        })
    }

    async fn practice_next(&self) -> Result<(), ExchangeError> {
        self.next_caller(None)
    }
}
