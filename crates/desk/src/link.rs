//! The link to the service: connects, keeps up to date, forwards events, tries again by itself.

use crate::Desk;
use crate::client::{Client, hello};
use crate::line::Line;
use crate::store::Store;
use contract::desk::{Connection, Notice, Phase};
use contract::domain::Timestamp;
use contract::error::{Code, Error};
use contract::knowledge::KnowledgeSince;
use contract::phone::PhoneAccount;
use contract::{
    CONTRACT, Call, Event, HandshakeCommand, KnowledgeGet, Nothing, PhoneAccountGet, StructureGet, WhoAmI,
};
use futures_util::{Stream, StreamExt};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::broadcast::error::RecvError;

/// The waits between tries: soon at first, never longer than the last.
const BACK_OFF: [u64; 6] = [250, 500, 1_000, 2_000, 4_000, 8_000];

/// The name of the phone account in the store.
const ACCOUNT: &str = "phone-account";

impl Desk {
    pub(crate) fn start_link(&self) {
        let desk = self.clone();
        let task = tokio::spawn(async move { desk.keep_linked().await });
        let before = self.state().link.replace(task.abort_handle());
        if let Some(before) = before {
            before.abort();
        }
    }

    async fn keep_linked(&self) {
        let mut tries = 0;
        loop {
            let mut code = Code::Unavailable;
            if let Err(error) = self.linked_once(&mut tries).await {
                tracing::info!(code = ?error.code, detail = error.detail, "the link to the service ended");
                code = error.code;
            }
            if code == Code::Unauthenticated {
                return self.session_ended().await;
            }
            self.went_offline(code);
            let wait = BACK_OFF.get(tries).or(BACK_OFF.last()).copied().unwrap_or(8_000);
            tries += 1;
            let _ = tokio::time::timeout(Duration::from_millis(wait), self.0.wake.notified()).await;
        }
    }

    fn went_offline(&self, code: Code) {
        let now = self.0.environment.clock.now();
        let before = self.state().connection;
        let after = match (code, before) {
            (Code::ContractMismatch, _) => Connection::OtherVersion,
            (_, Connection::Offline { .. }) => before,
            _ => Connection::Offline { since: now },
        };
        if before != after {
            self.change(|state| state.connection = after);
        }
    }

    /// The service does not know the session any more. Nobody is hung up on for that: the door comes when the
    /// call is over, and what is registered until then waits.
    async fn session_ended(&self) {
        self.keep_bearer(None).await;
        let mut events = self.events();
        if self.in_call() {
            self.change(|state| state.connection = Connection::SessionEnded);
        }
        while self.in_call() {
            if let Err(RecvError::Closed) = events.recv().await {
                break;
            }
        }
        // This task is the link: it ends by itself, not in the middle of the next step.
        self.state().link = None;
        self.end_session().await;
    }

    /// One connection, from the first word to its end.
    async fn linked_once(&self, tries: &mut usize) -> Result<(), Error> {
        let client = self.state().client.clone().ok_or(Error::from(Code::Unauthenticated))?;
        let store = self.store()?;
        // The stream first: what happens while the rest is read is not missed.
        let events = client.events().await?;
        // Calls and what was registered before everything that only helps: a full disk stops neither.
        self.greet(&client, &store).await?;
        let corrected = self.start_phone(&client, &store).await?;
        tokio::select! {
            ended = self.follow(events, &client, &store, tries) => ended,
            () = self.keep_sending(&client) => Ok(()),
            () = self.use_after_the_call(corrected) => Ok(()),
        }
    }

    async fn follow(
        &self,
        events: impl Stream<Item = Result<Event, Error>>,
        client: &Client,
        store: &Store,
        tries: &mut usize,
    ) -> Result<(), Error> {
        let mut events = std::pin::pin!(events);
        self.catch_up(client, store).await?;
        *tries = 0;
        self.change(|state| {
            state.connection = Connection::Connected;
            state.phase = Phase::Ready;
        });
        self.emit(Event::Resync);
        while let Some(event) = events.next().await {
            self.received(event?, client, store).await?;
        }
        Err(Error::new(Code::Unavailable, "the stream ended"))
    }

    async fn received(&self, event: Event, client: &Client, store: &Store) -> Result<(), Error> {
        match &event {
            Event::KnowledgeChanged { .. } => self.fetch_knowledge(client, store).await?,
            Event::SignedOut => return Err(Code::Unauthenticated.into()),
            Event::Resync => self.catch_up(client, store).await?,
            _ => {}
        }
        self.emit(event);
        Ok(())
    }

    /// Who the service is, and who we are to it.
    async fn greet(&self, client: &Client, store: &Store) -> Result<(), Error> {
        let greeting = client.ask::<HandshakeCommand>(Call::of::<HandshakeCommand>(None, &hello())?).await?;
        if greeting.contract != CONTRACT {
            return Err(Error::new(
                Code::ContractMismatch,
                format!("the service speaks {}", greeting.contract),
            ));
        }
        let me = client.ask::<WhoAmI>(Call::of::<WhoAmI>(None, &Nothing {})?).await?;
        self.cached(store.keep("me", &me, self.0.environment.clock.now()).await);
        if self.state().me.as_ref() != Some(&me) {
            self.change(|state| state.signed_in(me));
        }
        Ok(())
    }

    async fn catch_up(&self, client: &Client, store: &Store) -> Result<(), Error> {
        let now = self.0.environment.clock.now();
        let structure = client.ask::<StructureGet>(Call::of::<StructureGet>(None, &Nothing {})?).await?;
        self.cached(store.keep("structure", &structure, now).await);
        self.change(|state| state.structure = Some(Arc::new(structure)));
        self.fetch_knowledge(client, store).await
    }

    async fn fetch_knowledge(&self, client: &Client, store: &Store) -> Result<(), Error> {
        let version = store.kept::<u64>("knowledge-version").await.ok().flatten().map(|(version, _)| version);
        let version = version.filter(|_| self.state().answers.is_some());
        let reply =
            client.ask::<KnowledgeGet>(Call::of::<KnowledgeGet>(None, &KnowledgeSince { version })?).await?;
        if let Some(knowledge) = reply.knowledge {
            let replaced = self.replace_knowledge(store, knowledge, reply.version, reply.as_of).await;
            let failed = replaced.is_err();
            self.cached(replaced);
            if failed {
                return Ok(());
            }
        }
        self.knowledge_is_from(store, reply.as_of).await;
        Ok(())
    }

    /// What cannot be kept is told, and stops nothing: the service is there.
    fn cached(&self, kept: Result<(), Error>) {
        let failed = |notice: &Notice| matches!(notice, Notice::NotCached { .. });
        if let Err(error) = kept {
            tracing::warn!(code = ?error.code, detail = error.detail, "what the service said was not kept");
            if !self.state().notices.iter().any(failed) {
                self.change(|state| state.notify(Notice::NotCached { code: error.code }));
            }
        }
    }

    async fn knowledge_is_from(&self, store: &Store, as_of: Timestamp) {
        self.cached(store.keep("knowledge-as-of", &as_of, as_of).await);
        if self.state().knowledge_from != Some(as_of) {
            self.change(|state| state.knowledge_from = Some(as_of));
        }
    }

    /// Starts the phone. One that runs keeps its calls through a lost service; it registers again, since what
    /// took the service away (sleep, another network) may have taken the exchange too, and starts anew when
    /// its account is another by now: after the call, if there is one, with the account that is returned.
    async fn start_phone(&self, client: &Client, store: &Store) -> Result<Option<PhoneAccount>, Error> {
        let Some(account) = self.account(client, store).await? else { return Ok(None) };
        let same = self.state().line.as_ref().is_some_and(|line| line.is_of(&account));
        let in_call = self.in_call();
        if same || in_call {
            self.state().line.iter().for_each(Line::register_now);
            return Ok(Some(account).filter(|_| !same));
        }
        self.renew_phone(account).await;
        Ok(None)
    }

    /// Nobody is hung up on for a corrected account; it is used once the call is over.
    async fn use_after_the_call(&self, account: Option<PhoneAccount>) {
        let mut events = self.events();
        if let Some(account) = account {
            while self.in_call() {
                if let Err(RecvError::Closed) = events.recv().await {
                    break;
                }
            }
            self.renew_phone(account).await;
        }
        std::future::pending().await
    }

    async fn renew_phone(&self, account: PhoneAccount) {
        let other = self.state().line.take();
        if let Some(other) = other {
            other.stop(self).await;
        }
        self.run_phone(account);
    }

    /// The account of whoever is signed in, kept for a start without the service. A failure of the phone alone
    /// does not keep the rest of the work from the agent.
    async fn account(&self, client: &Client, store: &Store) -> Result<Option<PhoneAccount>, Error> {
        let has_phone = self.state().me.as_ref().is_some_and(|me| me.has_phone);
        if !has_phone {
            return Ok(None);
        }
        let asked = client.ask::<PhoneAccountGet>(Call::of::<PhoneAccountGet>(None, &Nothing {})?).await;
        let account = match asked {
            Ok(account) => account,
            // The service has an account for them but the exchange has none.
            Err(error) if error.code == Code::NotFound => {
                self.cached(store.forget(ACCOUNT).await);
                return Ok(None);
            }
            Err(error) if matches!(error.code, Code::Unavailable | Code::Unauthenticated) => {
                return Err(error);
            }
            Err(error) => {
                tracing::warn!(code = ?error.code, detail = error.detail, "there is no phone account");
                return Ok(None);
            }
        };
        if let Ok(owner) = self.owner() {
            let now = self.0.environment.clock.now();
            self.cached(store.keep(ACCOUNT, &(owner, account.clone()), now).await);
        }
        Ok(Some(account))
    }

    /// The phone of the last connection, before the service is reached: the exchange may be there.
    pub(crate) async fn start_known_phone(&self) {
        let (Ok(store), Ok(owner)) = (self.store(), self.owner()) else { return };
        let kept = store.kept::<(String, PhoneAccount)>(ACCOUNT).await.ok().flatten();
        if let Some(((whose, account), _)) = kept
            && whose == owner
            && self.state().line.is_none()
        {
            self.run_phone(account);
        }
    }

    fn run_phone(&self, account: PhoneAccount) {
        let devices = self.state().config.devices.clone();
        match Line::start(self, account, &devices) {
            Ok(line) => self.state().line = Some(line),
            Err(error) => tracing::error!(detail = error.detail, "the phone did not start"),
        }
    }
}
