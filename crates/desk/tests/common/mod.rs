//! A desk against a real service on loopback, with a keyring of the test's own.
#![allow(
    dead_code,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "shared by several tests"
)]

pub mod between;

use async_trait::async_trait;
use contract::cases::{CaseList, CaseSummary, ListCases, RegisterCase};
use contract::desk::{Connection, DeskView, Draft, Phase};
use contract::domain::contact::{Channel, Contact, Disposition};
use contract::domain::handoff::CaseText;
use contract::domain::{CaseId, CommandId, ContactId, DraftId, Personal, Timestamp};
use contract::session::SignIn as Who;
use contract::{Call, CasesList, Code, Command, DeskState, Error, Nothing, SignIn};
use desk::{
    Clock, Desk, Environment, Launch, PracticeHost, PracticeService, Recorded, Secrets, SecretsError, Sound,
    SystemClock,
};
use practice::Practice;
use service::clock::{SystemClock as ServiceClock, SystemRandom};
use service::{NewAccount, Seed, Service, ServiceConfig};
use std::collections::HashMap;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use store_sqlite::SqliteStore;

/// A bound for what must happen; failing, not waiting, is what it is for.
pub const SOON: Duration = Duration::from_secs(30);

/// A keyring in memory, that can be absent or locked.
#[derive(Default)]
pub struct Keyring {
    pub kept: Mutex<HashMap<String, Personal<String>>>,
    pub fails: Mutex<Option<SecretsError>>,
}

impl Keyring {
    fn check(&self) -> Result<(), SecretsError> {
        self.fails.lock().unwrap().map_or(Ok(()), Err)
    }
}

impl Secrets for Keyring {
    fn get(&self, name: &str) -> Result<Option<Personal<String>>, SecretsError> {
        self.check()?;
        Ok(self.kept.lock().unwrap().get(name).cloned())
    }
    fn set(&self, name: &str, secret: &Personal<String>) -> Result<(), SecretsError> {
        self.check()?;
        self.kept.lock().unwrap().insert(name.to_owned(), secret.clone());
        Ok(())
    }
    fn delete(&self, name: &str) -> Result<(), SecretsError> {
        self.check()?;
        self.kept.lock().unwrap().remove(name);
        Ok(())
    }
}

/// These desks do not practise.
pub struct NoPractice;

#[async_trait]
impl PracticeHost for NoPractice {
    async fn start(&self, _: &Path) -> Result<PracticeService, Error> {
        Err(Code::Unavailable.into())
    }
    async fn stop(&self) {}
}

/// A service with Exempelköping on a file.
pub struct Kontaktcenter {
    pub service: Service,
    pub address: SocketAddr,
    pub accounts: Vec<NewAccount>,
}

impl Kontaktcenter {
    pub async fn start(folder: &Path, listen: Option<SocketAddr>) -> Self {
        Self::with(folder, listen, None).await
    }

    pub async fn with(
        folder: &Path,
        listen: Option<SocketAddr>,
        exchange: Option<Arc<dyn exchange::Exchange>>,
    ) -> Self {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let store = SqliteStore::open(&folder.join("service.db")).unwrap();
        let mut config =
            ServiceConfig { seed: Some(Seed::exempelkoping().unwrap()), ..ServiceConfig::loopback() };
        if let Some(listen) = listen {
            config.listen = listen;
        }
        let (clock, random) = (Arc::new(ServiceClock), Arc::new(SystemRandom));
        let mut service = Service::start(config, Arc::new(store), exchange, clock, random).await.unwrap();
        let accounts = service.take_accounts();
        Self { address: service.address(), accounts, service }
    }

    pub fn password(&self, user: &str) -> Personal<String> {
        self.accounts.iter().find(|a| a.user == user).unwrap().password.clone()
    }
}

/// An exchange of the test's own, where a resident calls as soon as an agent is ready.
pub async fn exchange() -> Arc<Practice> {
    let rhythm = practice::Rhythm { first_caller: Duration::ZERO, ..practice::Rhythm::default() };
    let config = practice::Config { rhythm, ..practice::Config::default() };
    Practice::start(config, Arc::new(now), Box::new(|| 4)).await.unwrap()
}

pub fn environment(data: PathBuf, keyring: &Arc<Keyring>) -> Environment {
    Environment {
        data,
        dictionary: None,
        clock: Arc::new(SystemClock),
        secrets: Arc::clone(keyring) as _,
        practice: Arc::new(NoPractice),
        window: false,
        sound: Arc::new(|_| Sound::Recorded(Recorded::Silence)),
    }
}

/// The computer's clock, moved on by so many milliseconds: time that passed while a desk was closed.
pub struct Later(pub i64);

impl Clock for Later {
    fn now(&self) -> Timestamp {
        now().plus_millis(self.0)
    }
    fn random(&self) -> [u8; 10] {
        SystemClock.random()
    }
}

pub fn launch(data: &Path, keyring: &Arc<Keyring>, address: SocketAddr) -> Desk {
    Desk::launch(environment(data.to_owned(), keyring), Launch::Connect(format!("http://{address}")))
}

pub fn command_id() -> CommandId {
    CommandId::new(now(), SystemClock.random())
}

pub fn now() -> Timestamp {
    SystemClock.now()
}

pub async fn ask<C: Command>(
    desk: &Desk,
    id: Option<CommandId>,
    request: &C::Request,
) -> Result<C::Reply, Error> {
    let reply = desk.rpc(C::INFO.name, Call::of::<C>(id, request).unwrap()).await?;
    Ok(serde_json::from_value(reply).unwrap())
}

/// Waits, by events, until the desk stands so.
pub async fn until(desk: &Desk, what: &str, stands: impl Fn(&DeskView) -> bool) -> DeskView {
    let mut events = desk.events();
    let waited = tokio::time::timeout(SOON, async {
        loop {
            let view = ask::<DeskState>(desk, None, &Nothing {}).await.unwrap();
            if stands(&view) {
                return view;
            }
            let _ = events.recv().await;
        }
    });
    waited.await.unwrap_or_else(|_| panic!("not within the bound: {what}"))
}

pub async fn ready(desk: &Desk) -> DeskView {
    until(desk, "ready", |view| view.phase == Phase::Ready).await
}

pub async fn sign_in(desk: &Desk, kontaktcenter: &Kontaktcenter, user: &str) {
    until(desk, "sign in", |view| matches!(view.phase, Phase::SignIn { .. })).await;
    let who = Who { user: user.into(), password: kontaktcenter.password(user) };
    ask::<SignIn>(desk, Some(command_id()), &who).await.unwrap();
    until(desk, "connected", |view| view.connection == Connection::Connected).await;
}

fn contact(n: u8) -> Contact {
    Contact {
        id: ContactId::new(now(), [n; 10]),
        channel: Channel::Call,
        entry: None,
        queue: None,
        started_at: now(),
        waited_seconds: None,
    }
}

/// A registration that the kontaktcenter solved itself.
pub fn solved(n: u8) -> RegisterCase {
    RegisterCase {
        case_id: CaseId::new(now(), [n; 10]),
        contact: contact(n),
        text: CaseText {
            case_type: "kommun-allmant".parse().unwrap(),
            customer: Default::default(),
            subject: "Öppettider".into(),
            note: "".into(),
            place: "".into(),
            fields: vec![],
            checked: vec![],
            follow_up: None,
        },
        articles: vec![],
        disposition: Disposition::Solved,
        handoff: None,
    }
}

/// What was typed before it was registered.
pub fn draft_of(request: &RegisterCase) -> Draft {
    Draft {
        id: DraftId::new(now(), [9; 10]),
        case_id: request.case_id,
        contact: request.contact.clone(),
        case_type: Some(request.text.case_type.clone()),
        customer: request.text.customer.clone(),
        subject: request.text.subject.clone(),
        note: request.text.note.clone(),
        place: request.text.place.clone(),
        fields: vec![],
        checked: vec![],
        articles: vec![],
        disposition: None,
        follow_up: None,
        created_at: now(),
        updated_at: now(),
    }
}

/// How many cases the signed-in person owns, as the service says.
pub async fn mine(desk: &Desk) -> usize {
    own_cases(desk).await.len()
}

/// The agent's own cases, the last registered first.
pub async fn own_cases(desk: &Desk) -> Vec<CaseSummary> {
    let list = ListCases { list: CaseList::Mine, closed: true, after: None, limit: None };
    ask::<CasesList>(desk, None, &list).await.unwrap().cases
}
