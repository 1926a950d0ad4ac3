//! A service on loopback with a stepped clock, and those who call it.

#![allow(dead_code, reason = "each test file uses some of it")]

pub mod exchange;
pub mod seed;
pub mod smtp;

pub use contract::cases::RegisterCase;
use contract::cases::{CaseView, GetCase, RegisterReply, SendHandoff};
use contract::session::SignIn;
use contract::{Call, Code, Command, Event};
use domain::contact::{Channel, Contact, Disposition};
use domain::customer::CustomerDetails;
use domain::handoff::{CaseText, Include};
use domain::structure::AfterHandoff;
use domain::{CaseId, CommandId, ContactId, HandoffId, Timestamp};
use service::clock::{SteppedClock, SystemRandom};
use service::{Service, ServiceConfig};
use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;
use store::Store;
use store_sqlite::SqliteStore;

/// A Tuesday at ten in Sweden.
pub const TUESDAY_TEN: Timestamp = Timestamp(1_773_133_200_000);

/// Distinct ids.
pub fn random() -> [u8; 10] {
    static NEXT: AtomicU32 = AtomicU32::new(1);
    let mut bytes = [0; 10];
    bytes[6..].copy_from_slice(&NEXT.fetch_add(1, Ordering::Relaxed).to_be_bytes());
    bytes
}

pub fn command_id() -> CommandId {
    CommandId::new(TUESDAY_TEN, random())
}

/// A service under test.
pub struct Town {
    pub service: Service,
    pub clock: Arc<SteppedClock>,
    pub store: Arc<dyn Store>,
    pub exchange: Arc<exchange::Told>,
    pub passwords: HashMap<String, String>,
    pub folder: tempfile::TempDir,
}

impl Town {
    pub async fn start() -> Self {
        Self::start_with(|_| {}).await
    }

    pub async fn start_with(change: impl FnOnce(&mut ServiceConfig)) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let clock = Arc::new(SteppedClock::new(TUESDAY_TEN));
        Self::open(folder, clock, HashMap::new(), Arc::default(), change).await
    }

    async fn open(
        folder: tempfile::TempDir,
        clock: Arc<SteppedClock>,
        mut passwords: HashMap<String, String>,
        exchange: Arc<exchange::Told>,
        change: impl FnOnce(&mut ServiceConfig),
    ) -> Self {
        let file = folder.path().join("svarsplats.db");
        let store: Arc<dyn Store> = Arc::new(SqliteStore::open(&file).unwrap());
        let mut config = ServiceConfig { seed: Some(seed::seed()), ..ServiceConfig::loopback() };
        change(&mut config);
        let random = Arc::new(SystemRandom);
        let mut service =
            Service::start(config, Arc::clone(&store), Some(exchange.clone()), clock.clone(), random)
                .await
                .unwrap();
        for account in service.take_accounts() {
            passwords.insert(account.user, account.password.into_inner());
        }
        Self { service, clock, store, exchange, passwords, folder }
    }

    /// Stops, and starts again on the same data.
    pub async fn restart(self) -> Self {
        self.restart_with(exchange::Told::default()).await
    }

    /// Stops, and starts again with an exchange of which more is known.
    pub async fn restart_with(self, exchange: exchange::Told) -> Self {
        let Self { service, clock, store, passwords, folder, .. } = self;
        service.stop().await.unwrap();
        drop(store);
        Self::open(folder, clock, passwords, Arc::new(exchange), |_| {}).await
    }

    /// Stops, and starts again on the same data with other settings.
    pub async fn restart_as(self, change: impl FnOnce(&mut ServiceConfig)) -> Self {
        let Self { service, clock, store, passwords, folder, .. } = self;
        service.stop().await.unwrap();
        drop(store);
        Self::open(folder, clock, passwords, Arc::default(), change).await
    }

    /// Starts again on the data of one that was stopped.
    pub async fn open_again(
        folder: tempfile::TempDir,
        clock: Arc<SteppedClock>,
        passwords: HashMap<String, String>,
    ) -> Self {
        Self::open(folder, clock, passwords, Arc::default(), |_| {}).await
    }

    pub fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.service.address())
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Nobody yet.
    pub fn guest(&self) -> Desk {
        Desk { client: client(), url: self.url(""), bearer: None }
    }

    pub async fn sign_in(&self, user: &str) -> Desk {
        let mut desk = self.guest();
        let request = SignIn { user: user.into(), password: self.passwords[user].as_str().into() };
        let me = desk.change::<contract::SignIn>(&request).await.unwrap();
        desk.bearer = Some(me.bearer.unwrap().into_inner());
        desk
    }
}

/// A desk that calls.
#[derive(Clone)]
pub struct Desk {
    pub client: reqwest::Client,
    pub url: String,
    pub bearer: Option<String>,
}

impl Desk {
    pub async fn ask<C: Command>(&self, request: &C::Request) -> Result<C::Reply, Code> {
        self.call::<C>(None, request).await
    }

    pub async fn change<C: Command>(&self, request: &C::Request) -> Result<C::Reply, Code> {
        self.call::<C>(Some(command_id()), request).await
    }

    pub async fn call<C: Command>(
        &self,
        id: Option<CommandId>,
        request: &C::Request,
    ) -> Result<C::Reply, Code> {
        self.sent::<C>(Call::of::<C>(id, request).unwrap()).await
    }

    /// A change that lay in the desk's outbox for so many milliseconds.
    pub async fn late<C: Command>(&self, waited: u64, request: &C::Request) -> Result<C::Reply, Code> {
        let call = Call::of::<C>(Some(command_id()), request).unwrap();
        self.sent::<C>(Call { waited, ..call }).await
    }

    async fn sent<C: Command>(&self, call: Call) -> Result<C::Reply, Code> {
        let response = self.post(C::INFO.name).json(&call).send().await.unwrap();
        let status = response.status().as_u16();
        let text = response.text().await.unwrap();
        if status == 200 {
            return Ok(
                serde_json::from_str(&text).unwrap_or_else(|e| panic!("{}: {e}: {text}", C::INFO.name))
            );
        }
        let error: contract::Error = serde_json::from_str(&text).unwrap();
        assert_eq!(error.code.http_status(), status);
        Err(error.code)
    }

    pub fn post(&self, name: &str) -> reqwest::RequestBuilder {
        self.with_bearer(self.client.post(format!("{}/rpc/{name}", self.url)))
    }

    pub fn with_bearer(&self, request: reqwest::RequestBuilder) -> reqwest::RequestBuilder {
        match &self.bearer {
            Some(bearer) => request.bearer_auth(bearer),
            None => request,
        }
    }

    pub async fn case(&self, id: CaseId) -> Result<CaseView, Code> {
        self.ask::<contract::CaseGet>(&GetCase { case_id: id }).await
    }

    pub async fn register(&self, request: &RegisterCase) -> RegisterReply {
        self.change::<contract::CaseRegister>(request).await.unwrap()
    }

    pub async fn events(&self) -> Events {
        self.events_after(None).await
    }

    pub async fn events_after(&self, last: Option<&str>) -> Events {
        let mut request = self.with_bearer(self.client.get(format!("{}/events", self.url)));
        if let Some(last) = last {
            request = request.header("Last-Event-ID", last);
        }
        let response = request.send().await.unwrap();
        assert_eq!(response.status(), 200);
        let mut events = Events { response, buffer: String::new(), last_id: String::new() };
        // The first lines tell that the service listens for us.
        while events.last_id.is_empty() {
            events.read().await;
        }
        events
    }
}

/// A stream of events.
pub struct Events {
    response: reqwest::Response,
    buffer: String,
    pub last_id: String,
}

impl Events {
    /// One block; its event if it carries one. `None` at the end.
    async fn read(&mut self) -> Option<Option<Event>> {
        loop {
            if let Some((block, rest)) = self.buffer.split_once("\n\n") {
                let (block, rest) = (block.to_owned(), rest.to_owned());
                self.buffer = rest;
                if let Some(id) = block.lines().find_map(|line| line.strip_prefix("id: ")) {
                    self.last_id = id.to_owned();
                }
                let data = block.lines().find_map(|line| line.strip_prefix("data: "));
                return Some(data.map(|json| serde_json::from_str(json).unwrap()));
            }
            let chunk = tokio::time::timeout(Duration::from_secs(20), self.response.chunk());
            let chunk = chunk.await.expect("an event within the bound").unwrap()?;
            self.buffer.push_str(std::str::from_utf8(&chunk).unwrap());
        }
    }

    pub async fn next(&mut self) -> Option<Event> {
        loop {
            if let Some(event) = self.read().await? {
                return Some(event);
            }
        }
    }

    /// The next event that fits. The signs of life of a stream that has nothing to tell do not prolong it.
    pub async fn until<T>(&mut self, mut fits: impl FnMut(&Event) -> Option<T>) -> T {
        let found = async {
            loop {
                let event = self.next().await.expect("the stream goes on");
                if let Some(found) = fits(&event) {
                    return found;
                }
            }
        };
        tokio::time::timeout(Duration::from_secs(60), found).await.expect("the event within the bound")
    }

    /// The next change of the case to that status.
    pub async fn until_case(
        &mut self,
        id: CaseId,
        status: domain::case::CaseStatus,
    ) -> contract::cases::CaseSummary {
        self.until(|event| match event {
            Event::CaseChanged(case) if case.id == id && case.status == status => Some(case.clone()),
            _ => None,
        })
        .await
    }
}

/// A contact by telephone about a deck; solved.
pub fn registration() -> RegisterCase {
    RegisterCase {
        case_id: CaseId::new(TUESDAY_TEN, random()),
        contact: Contact {
            id: ContactId::new(TUESDAY_TEN, random()),
            channel: Channel::Call,
            entry: None,
            queue: Some("bygg".parse().unwrap()),
            started_at: TUESDAY_TEN,
            waited_seconds: Some(12),
        },
        text: CaseText {
            case_type: "bygglov-fraga".parse().unwrap(),
            customer: CustomerDetails {
                id: None,
                name: "Karin Exempel".into(),
                phone: "070-174 06 05".into(),
                email: String::new().into(),
            },
            subject: "Bygga altan".into(),
            note: "Vill bygga i vår, undrar om höjden".into(),
            place: "Storgatan 1".into(),
            fields: Vec::new(),
            checked: Vec::new(),
            follow_up: None,
        },
        articles: vec!["bygga-altan".parse().unwrap()],
        disposition: Disposition::Solved,
        handoff: None,
    }
}

/// The same, handed over with everything.
pub fn handed_over() -> RegisterCase {
    let handoff = SendHandoff {
        id: HandoffId::new(TUESDAY_TEN, random()),
        group: None,
        include: Include::ALL,
        after: AfterHandoff::Park,
    };
    RegisterCase { disposition: Disposition::HandedOver, handoff: Some(handoff), ..registration() }
}

/// A client with the workspace's TLS provider: another crate of the build may have left reqwest without one.
pub fn client() -> reqwest::Client {
    // Another story of this process may have been first.
    let _ = rustls::crypto::ring::default_provider().install_default();
    reqwest::Client::new()
}
