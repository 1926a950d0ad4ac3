//! The connection: signs in, asks, listens, and comes back after it was lost.

use super::actions;
use super::message::{Message, Reader};
use super::translate::Translator;
use crate::{AgentPhone, EventStream, Exchange, ExchangeError, Hub, PhoneAccount, Reachability};
use async_trait::async_trait;
use domain::{ContactId, Personal, QueueId, Timestamp};
use std::collections::{BTreeSet, HashMap};
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::{mpsc, oneshot, watch};
use tokio::task::JoinHandle;

/// The first and the longest wait before it is tried again: nobody is called as long as it lasts.
const FIRST_WAIT: Duration = Duration::from_secs(1);
const LONGEST_WAIT: Duration = Duration::from_secs(5);
/// Without a word for so long, Asterisk is asked for one; without an answer for twice that, it is gone.
const QUIET: Duration = Duration::from_secs(20);
/// Asterisk answers an action within this, or not at all.
const ANSWER: Duration = Duration::from_secs(5);

/// Where Asterisk is and how it is spoken to.
#[derive(Clone)]
pub struct AsteriskConfig {
    /// `host:port` of the manager interface; 5038 as a rule. Loopback or a network of its own: the
    /// interface is not encrypted.
    pub address: String,
    /// Its user.
    pub user: String,
    /// Its secret.
    pub secret: Personal<String>,
    /// Accounts of the agents' phones.
    pub accounts: SipAccounts,
    /// Tells the time.
    pub now: Arc<dyn Fn() -> Timestamp + Send + Sync>,
}

impl fmt::Debug for AsteriskConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AsteriskConfig").field("address", &self.address).finish_non_exhaustive()
    }
}

/// SIP accounts of the agents.
#[derive(Debug, Clone, Default)]
pub struct SipAccounts {
    /// `host:port` for the desks.
    pub server: String,
    /// `host:port` of a proxy through which desks speak to it, if there is one.
    pub proxy: Option<String>,
    /// `udp`, `tcp` or `tls`.
    pub transport: String,
    /// Of the desks' sound: `off`, `prefer` or `require`.
    pub encryption: String,
    /// How its keys are agreed on in the desks' offers: `sdes` or `dtls`.
    pub keys: String,
    /// Authorities (PEM) that vouch for it beside those of the desks' systems.
    pub authorities: Option<String>,
    /// A number at which it says again what it hears, if it has one.
    pub echo: Option<String>,
    /// Passwords by account name.
    pub secrets: HashMap<String, Personal<String>>,
}

type Members = Arc<Mutex<HashMap<AgentPhone, BTreeSet<String>>>>;
type InCall = Arc<Mutex<Vec<AgentPhone>>>;

/// What is asked, and where the answers go.
struct Asked {
    messages: Vec<Message>,
    reply: oneshot::Sender<Result<(), ExchangeError>>,
}

/// Asterisk.
pub struct Asterisk {
    accounts: SipAccounts,
    ask: mpsc::UnboundedSender<Asked>,
    hub: Arc<Hub>,
    reachability: watch::Receiver<Reachability>,
    members: Members,
    in_call: InCall,
    task: JoinHandle<()>,
}

impl fmt::Debug for Asterisk {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Asterisk").field("reachability", &*self.reachability.borrow()).finish_non_exhaustive()
    }
}

impl Drop for Asterisk {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Asterisk {
    /// Connects, and again whenever it is lost, until dropped. Within a tokio runtime.
    #[must_use]
    pub fn connect(config: AsteriskConfig) -> Self {
        let (ask, asked) = mpsc::unbounded_channel();
        let (told, reachability) = watch::channel(Reachability::default());
        let (hub, members) = (Arc::new(Hub::default()), Members::default());
        let in_call = InCall::default();
        let accounts = config.accounts.clone();
        let line = Line {
            config,
            asked,
            told,
            hub: Arc::clone(&hub),
            members: Arc::clone(&members),
            in_call: Arc::clone(&in_call),
            translator: Translator::default(),
        };
        let task = tokio::spawn(line.run());
        Self { accounts, ask, hub, reachability, members, in_call, task }
    }

    async fn ask(&self, messages: Vec<Message>) -> Result<(), ExchangeError> {
        let (reply, answer) = oneshot::channel();
        self.ask.send(Asked { messages, reply }).map_err(|_| ExchangeError::Unreachable)?;
        let answer = tokio::time::timeout(ANSWER, answer).await.map_err(|_| ExchangeError::Unreachable)?;
        answer.map_err(|_| ExchangeError::Unreachable)?
    }

    /// Puts an agent into exactly these queues.
    async fn put(
        &self,
        agent: &AgentPhone,
        queues: &[QueueId],
        pause: Option<&str>,
    ) -> Result<(), ExchangeError> {
        let wanted: BTreeSet<String> = queues.iter().map(ToString::to_string).collect();
        let before = self.now_in(agent);
        let mut messages: Vec<Message> =
            before.difference(&wanted).map(|queue| actions::remove(agent, queue)).collect();
        for queue in queues {
            messages.push(actions::add(agent, queue.as_str(), pause.is_some()));
            messages.push(actions::pause(agent, queue, pause.is_some(), pause.unwrap_or_default()));
        }
        if *self.reachability.borrow() != Reachability::Reachable {
            return Err(ExchangeError::Unreachable);
        }
        // Until every answer is there the agent may be in any of them.
        self.lock().insert(agent.clone(), before.union(&wanted).cloned().collect());
        self.ask(messages).await?;
        self.lock().insert(agent.clone(), wanted);
        Ok(())
    }

    fn now_in(&self, agent: &AgentPhone) -> BTreeSet<String> {
        self.lock().get(agent).cloned().unwrap_or_default()
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, HashMap<AgentPhone, BTreeSet<String>>> {
        self.members.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl Exchange for Asterisk {
    async fn agent_ready(&self, agent: &AgentPhone, queues: &[QueueId]) -> Result<(), ExchangeError> {
        self.put(agent, queues, None).await
    }

    async fn agent_paused(
        &self,
        agent: &AgentPhone,
        queues: &[QueueId],
        reason: &str,
    ) -> Result<(), ExchangeError> {
        self.put(agent, queues, Some(reason)).await
    }

    async fn agent_gone(&self, agent: &AgentPhone) -> Result<(), ExchangeError> {
        self.put(agent, &[], None).await
    }

    fn events(&self) -> EventStream {
        self.hub.listen()
    }

    fn reachability(&self) -> watch::Receiver<Reachability> {
        self.reachability.clone()
    }

    fn in_call(&self) -> Vec<AgentPhone> {
        self.in_call.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn phone_account(&self, agent: &AgentPhone) -> Option<PhoneAccount> {
        let secret = self.accounts.secrets.get(agent.as_str())?.clone();
        let SipAccounts { server, proxy, transport, encryption, keys, authorities, echo, .. } =
            self.accounts.clone();
        let user = agent.to_string();
        Some(PhoneAccount { server, proxy, transport, encryption, keys, authorities, echo, user, secret })
    }
}

/// The task that holds the connection.
struct Line {
    config: AsteriskConfig,
    asked: mpsc::UnboundedReceiver<Asked>,
    told: watch::Sender<Reachability>,
    hub: Arc<Hub>,
    members: Members,
    in_call: InCall,
    translator: Translator,
}

/// Why a connection ended.
enum Lost {
    /// The account is not accepted.
    Refused,
    /// Anything else.
    Line,
    /// Nobody asks any more.
    Over,
}

impl From<std::io::Error> for Lost {
    fn from(_: std::io::Error) -> Self {
        Self::Line
    }
}

impl Line {
    async fn run(mut self) {
        let mut wait = FIRST_WAIT;
        loop {
            let lost = self.connected().await;
            let was_up = *self.told.borrow() == Reachability::Reachable;
            let state = match lost {
                Lost::Over => return,
                Lost::Refused => Reachability::Refused,
                Lost::Line => Reachability::Unreachable,
            };
            self.told.send_if_modified(|now| std::mem::replace(now, state) != state);
            if was_up {
                tracing::warn!("the line to Asterisk was lost");
                wait = FIRST_WAIT;
            }
            tokio::time::sleep(wait).await;
            wait = (wait * 2).min(LONGEST_WAIT);
            // What was asked meanwhile is told again once it is back.
            while let Ok(asked) = self.asked.try_recv() {
                let _ = asked.reply.send(Err(ExchangeError::Unreachable));
            }
        }
    }

    /// One connection, from sign-in to its end.
    async fn connected(&mut self) -> Lost {
        match self.speak().await {
            Ok(never) => match never {},
            Err(lost) => lost,
        }
    }

    async fn speak(&mut self) -> Result<std::convert::Infallible, Lost> {
        let connecting = TcpStream::connect(&self.config.address);
        let stream = tokio::time::timeout(QUIET, connecting).await.map_err(|_| Lost::Line)??;
        stream.set_nodelay(true)?;
        let mut talk =
            Talk { stream, reader: Reader::default(), next: 0, waiting: HashMap::new(), quiet: false };
        let login = talk.send(actions::login(&self.config.user, self.config.secret.expose())).await?;
        let status = talk.send(actions::status()).await?;
        let mut status_told = Status::default();
        loop {
            let messages = tokio::select! {
                read = talk.read() => read?,
                asked = self.asked.recv() => {
                    talk.ask(asked.ok_or(Lost::Over)?).await?;
                    continue;
                }
            };
            for message in messages {
                let id = message.get("ActionID");
                let refused = message.get("Response") == Some("Error");
                if refused && id == Some(login.as_str()) {
                    return Err(Lost::Refused);
                }
                // Asterisk lets in before it has started wholly: it knows no queues yet.
                if refused && id == Some(status.as_str()) {
                    return Err(Lost::Line);
                }
                match message.get("Event") {
                    Some("QueueMember") => status_told.member(&message),
                    Some("QueueEntry") => {
                        let call =
                            message.variable("SVARSPLATS_CALL").and_then(|id| id.parse::<ContactId>().ok());
                        status_told.waiting.extend(call);
                    }
                    Some("QueueStatusComplete") if id == Some(status.as_str()) => {
                        self.resynchronised(std::mem::take(&mut status_told));
                    }
                    _ => talk.answered(&message),
                }
                self.tell(&message);
            }
        }
    }

    fn tell(&mut self, message: &Message) {
        for event in self.translator.take(message, (self.config.now)()) {
            self.hub.send(&event);
        }
    }

    fn resynchronised(&mut self, status: Status) {
        let at = (self.config.now)();
        for event in self.translator.gone_meanwhile(&status.waiting, &status.in_call, at) {
            self.hub.send(&event);
        }
        *self.in_call.lock().unwrap_or_else(PoisonError::into_inner) = status.in_call;
        *self.members.lock().unwrap_or_else(PoisonError::into_inner) = status.members;
        self.told.send_replace(Reachability::Reachable);
        tracing::info!("connected to Asterisk");
    }
}

/// What Asterisk says of its queues after sign-in.
#[derive(Default)]
struct Status {
    members: HashMap<AgentPhone, BTreeSet<String>>,
    waiting: Vec<ContactId>,
    in_call: Vec<AgentPhone>,
}

impl Status {
    fn member(&mut self, message: &Message) {
        let interface = message.get("Location").or_else(|| message.get("StateInterface"));
        let Some(agent) = interface.and_then(actions::agent_of) else { return };
        if message.get("InCall") == Some("1") {
            self.in_call.push(agent.clone());
        }
        // Those that stand in Asterisk's own files are its administrator's.
        if let Some(queue) = message.get("Queue").filter(|_| message.get("Membership") != Some("static")) {
            self.members.entry(agent).or_default().insert(queue.to_owned());
        }
    }
}

/// Answers that are waited for, of one request.
struct Waiting {
    left: usize,
    refused: Option<String>,
    reply: Option<oneshot::Sender<Result<(), ExchangeError>>>,
}

/// The bytes of one connection.
struct Talk {
    stream: TcpStream,
    reader: Reader,
    next: u64,
    waiting: HashMap<String, Arc<Mutex<Waiting>>>,
    quiet: bool,
}

impl Talk {
    /// Sends an action; gives its id.
    async fn send(&mut self, message: Message) -> Result<String, Lost> {
        self.next += 1;
        let id = format!("svarsplats-{}", self.next);
        self.stream.write_all(message.with("ActionID", &id).to_wire().as_bytes()).await?;
        Ok(id)
    }

    async fn ask(&mut self, asked: Asked) -> Result<(), Lost> {
        let waiting = Waiting { left: asked.messages.len(), refused: None, reply: Some(asked.reply) };
        let waiting = Arc::new(Mutex::new(waiting));
        finish(&waiting);
        for message in asked.messages {
            let id = self.send(message).await?;
            self.waiting.insert(id, Arc::clone(&waiting));
        }
        Ok(())
    }

    fn answered(&mut self, message: &Message) {
        let waiting = message.get("ActionID").and_then(|id| self.waiting.remove(id));
        let Some(waiting) = waiting else { return };
        {
            let mut waiting = waiting.lock().unwrap_or_else(PoisonError::into_inner);
            waiting.left = waiting.left.saturating_sub(1);
            let text = message.get("Message").unwrap_or_default();
            // It was so already: that is what was asked for.
            let already = ["Already there", "Not there"].iter().any(|word| text.contains(word));
            if message.get("Response") == Some("Error") && !already {
                waiting.refused.get_or_insert_with(|| text.to_owned());
            }
        }
        finish(&waiting);
    }

    /// The next messages; a ping goes out when it is quiet. Safe to be cancelled.
    async fn read(&mut self) -> Result<Vec<Message>, Lost> {
        let mut piece = [0; 4096];
        let Ok(read) = tokio::time::timeout(QUIET, self.stream.read(&mut piece)).await else {
            if std::mem::replace(&mut self.quiet, true) {
                return Err(Lost::Line);
            }
            self.send(actions::ping()).await?;
            return Ok(Vec::new());
        };
        self.quiet = false;
        match read? {
            0 => Err(Lost::Line),
            length => self.reader.take(piece.get(..length).unwrap_or_default()).map_err(|_| Lost::Line),
        }
    }
}

/// Replies when nothing is waited for any more.
fn finish(waiting: &Mutex<Waiting>) {
    let mut waiting = waiting.lock().unwrap_or_else(PoisonError::into_inner);
    if waiting.left == 0
        && let Some(reply) = waiting.reply.take()
    {
        let outcome = waiting.refused.take().map_or(Ok(()), |text| Err(ExchangeError::Refused(text)));
        // The one who asked may have gone.
        let _ = reply.send(outcome);
    }
}
