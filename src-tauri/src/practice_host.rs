//! Practice on one's own computer: the service, its store and the practice exchange, in this process.

use async_trait::async_trait;
use contract::phone::ResidentSaid;
use contract::{Code, Error};
use desk::{Clock, PracticeHost, PracticeService, SystemClock};
use practice::{Office, Practice};
use service::{Seed, Service, ServiceConfig};
use std::path::Path;
use std::sync::Arc;
use store_sqlite::SqliteStore;
use tokio::sync::broadcast::error::RecvError;
use tokio::sync::{Mutex, broadcast, mpsc};

/// The embedded service, while it runs.
#[derive(Default)]
pub struct Embedded {
    running: Mutex<Option<Running>>,
}

struct Running {
    service: Service,
    exchange: Arc<Practice>,
}

#[async_trait]
impl PracticeHost for Embedded {
    async fn start(&self, folder: &Path) -> Result<PracticeService, Error> {
        let mut running = self.running.lock().await;
        if running.is_none() {
            *running = Some(start(folder).await?);
        }
        let Some(Running { service, exchange }) = running.as_ref() else { return Err(Code::Internal.into()) };
        let bearer = service.practice_session(None).await.map_err(|error| not_started(&error))?;
        Ok(PracticeService {
            address: format!("http://{}", service.address()),
            bearer,
            said: words(exchange.said()),
        })
    }

    async fn stop(&self) {
        let Some(Running { service, exchange }) = self.running.lock().await.take() else { return };
        exchange.stop().await;
        if let Err(error) = service.stop().await {
            tracing::warn!(%error, "the embedded service did not stop cleanly");
        }
    }
}

/// What residents say, in the contract's words, for as long as the desk listens.
fn words(mut said: broadcast::Receiver<practice::Said>) -> mpsc::UnboundedReceiver<ResidentSaid> {
    let (tell, words) = mpsc::unbounded_channel();
    tokio::spawn(async move {
        loop {
            let said = match said.recv().await {
                Ok(said) => said,
                // What was missed is missed; what comes next is told.
                Err(RecvError::Lagged(_)) => continue,
                Err(RecvError::Closed) => return,
            };
            if tell.send(ResidentSaid { contact: said.contact, text: said.text.into() }).is_err() {
                return;
            }
        }
    });
    words
}

async fn start(folder: &Path) -> Result<Running, Error> {
    let folder = folder.to_owned();
    let opened = tokio::task::spawn_blocking(move || {
        std::fs::create_dir_all(&folder).map_err(|error| not_started(&error))?;
        SqliteStore::open(&folder.join("service.db")).map_err(|error| not_started(&error))
    });
    let store = opened.await.map_err(|error| not_started(&error))??;
    let seed = Seed::exempelkoping()
        .map_err(|flaws| Error::new(Code::Internal, format!("{} flaws", flaws.len())))?;
    let config = practice::Config { offices: offices(&seed), ..practice::Config::default() };
    let exchange = Practice::start(config, Arc::new(|| SystemClock.now()), Box::new(chance))
        .await
        .map_err(|error| not_started(&error))?;
    // The groups of the made-up municipality work in a browser, as those of a real one.
    let interface = crate::interface::folder();
    let config = ServiceConfig { practice: true, interface, seed: Some(seed), ..ServiceConfig::loopback() };
    let (clock, random) = (service::clock::SystemClock, service::clock::SystemRandom);
    let service =
        Service::start(config, Arc::new(store), Some(exchange.clone()), Arc::new(clock), Arc::new(random))
            .await
            .map_err(|error| not_started(&error))?;
    Ok(Running { service, exchange })
}

/// Where an agent can call the groups.
fn offices(seed: &Seed) -> Vec<Office> {
    let groups = seed.structure.groups.iter();
    groups
        .filter_map(|group| {
            let (number, group, name) = (group.phone.clone()?, group.id.clone(), group.name.clone());
            Some(Office { number, group, name })
        })
        .collect()
}

/// Which errand comes, and when: nothing that needs to be secret.
fn chance() -> u64 {
    let mut bytes = [0; 8];
    if getrandom::fill(&mut bytes).is_err() {
        tracing::warn!("no randomness from the system: residents come in one order");
    }
    u64::from_le_bytes(bytes)
}

fn not_started(error: &dyn std::fmt::Display) -> Error {
    Error::new(Code::Internal, error.to_string())
}
