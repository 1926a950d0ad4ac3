//! The link to the service: connects, keeps up to date, forwards events, tries again by itself.

use crate::Desk;
use crate::client::{Client, hello};
use crate::line::Line;
use crate::store::Store;
use contract::desk::{Connection, Phase};
use contract::domain::Timestamp;
use contract::error::{Code, Error};
use contract::knowledge::KnowledgeSince;
use contract::{
    CONTRACT, Call, Event, HandshakeCommand, KnowledgeGet, Nothing, PhoneAccountGet, StructureGet, WhoAmI,
};
use futures_util::StreamExt;
use std::sync::Arc;
use std::time::Duration;

/// The waits between tries: soon at first, never longer than the last.
const BACK_OFF: [u64; 6] = [250, 500, 1_000, 2_000, 4_000, 8_000];

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
            let reached = self.linked_once(&mut tries).await;
            if let Err(error) = reached {
                tracing::info!(code = ?error.code, detail = error.detail, "the link to the service ended");
                if error.code == Code::Unauthenticated {
                    self.keep_bearer(None).await;
                    return self.ask_to_sign_in();
                }
            }
            self.went_offline();
            let wait = BACK_OFF.get(tries).or(BACK_OFF.last()).copied().unwrap_or(8_000);
            tries += 1;
            let _ = tokio::time::timeout(Duration::from_millis(wait), self.0.wake.notified()).await;
        }
    }

    fn went_offline(&self) {
        let now = self.0.environment.clock.now();
        if !matches!(self.state().connection, Connection::Offline { .. }) {
            self.change(|state| state.connection = Connection::Offline { since: now });
        }
    }

    /// One connection, from the first word to its end.
    async fn linked_once(&self, tries: &mut usize) -> Result<(), Error> {
        let client = self.state().client.clone().ok_or(Error::from(Code::Unauthenticated))?;
        let store = self.store()?;
        // The stream first: what happens while the rest is read is not missed.
        let mut events = std::pin::pin!(client.events().await?);
        self.catch_up(&client, &store).await?;
        *tries = 0;
        self.change(|state| {
            state.connection = Connection::Connected;
            state.phase = Phase::Ready;
        });
        self.emit(Event::Resync);
        self.flush_all().await;
        while let Some(event) = events.next().await {
            self.received(event?, &client, &store).await?;
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

    async fn catch_up(&self, client: &Client, store: &Store) -> Result<(), Error> {
        let greeting = client.ask::<HandshakeCommand>(Call::of::<HandshakeCommand>(None, &hello())?).await?;
        if greeting.contract != CONTRACT {
            return Err(Error::new(
                Code::ContractMismatch,
                format!("the service speaks {}", greeting.contract),
            ));
        }
        let now = self.0.environment.clock.now();
        let me = client.ask::<WhoAmI>(Call::of::<WhoAmI>(None, &Nothing {})?).await?;
        store.keep("me", &me, now).await?;
        let structure = client.ask::<StructureGet>(Call::of::<StructureGet>(None, &Nothing {})?).await?;
        store.keep("structure", &structure, now).await?;
        let has_phone = me.has_phone;
        self.change(|state| {
            state.me = Some(me);
            state.structure = Some(Arc::new(structure));
        });
        self.fetch_knowledge(client, store).await?;
        if has_phone { self.start_phone(client).await } else { Ok(()) }
    }

    async fn fetch_knowledge(&self, client: &Client, store: &Store) -> Result<(), Error> {
        let version = store.kept::<u64>("knowledge-version").await?.map(|(version, _)| version);
        let version = version.filter(|_| self.state().answers.is_some());
        let reply =
            client.ask::<KnowledgeGet>(Call::of::<KnowledgeGet>(None, &KnowledgeSince { version })?).await?;
        if let Some(knowledge) = reply.knowledge {
            self.replace_knowledge(store, knowledge, reply.version, reply.as_of).await?;
        }
        self.knowledge_is_from(store, reply.as_of).await
    }

    async fn knowledge_is_from(&self, store: &Store, as_of: Timestamp) -> Result<(), Error> {
        store.keep("knowledge-as-of", &as_of, as_of).await?;
        if self.state().knowledge_from != Some(as_of) {
            self.change(|state| state.knowledge_from = Some(as_of));
        }
        Ok(())
    }

    /// Starts the phone once; a phone that runs keeps its calls through a lost service.
    async fn start_phone(&self, client: &Client) -> Result<(), Error> {
        if self.state().line.is_some() {
            return Ok(());
        }
        let account = client.ask::<PhoneAccountGet>(Call::of::<PhoneAccountGet>(None, &Nothing {})?).await;
        let account = match account {
            // The service has an account for them but the exchange has none.
            Err(error) if error.code == Code::NotFound => return Ok(()),
            other => other?,
        };
        let devices = self.state().config.devices.clone();
        let line = Line::start(self, account, &devices)?;
        self.state().line = Some(line);
        Ok(())
    }
}
