//! Practice on one's own computer: the service, its store and the practice exchange, in this process.

use async_trait::async_trait;
use contract::{Code, Error};
use desk::{Clock, PracticeHost, PracticeService, SystemClock};
use practice::Practice;
use service::{Seed, Service, ServiceConfig};
use std::path::Path;
use std::sync::Arc;
use store_sqlite::SqliteStore;
use tokio::sync::Mutex;

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
        let Some(Running { service, .. }) = running.as_ref() else { return Err(Code::Internal.into()) };
        let bearer = service.practice_session(None).await.map_err(|error| not_started(&error))?;
        Ok(PracticeService { address: format!("http://{}", service.address()), bearer })
    }

    async fn stop(&self) {
        let Some(Running { service, exchange }) = self.running.lock().await.take() else { return };
        exchange.stop().await;
        if let Err(error) = service.stop().await {
            tracing::warn!(%error, "the embedded service did not stop cleanly");
        }
    }
}

async fn start(folder: &Path) -> Result<Running, Error> {
    let folder = folder.to_owned();
    let opened = tokio::task::spawn_blocking(move || {
        std::fs::create_dir_all(&folder).map_err(|error| not_started(&error))?;
        SqliteStore::open(&folder.join("service.db")).map_err(|error| not_started(&error))
    });
    let store = opened.await.map_err(|error| not_started(&error))??;
    let exchange =
        Practice::start(practice::Config::default(), Arc::new(|| SystemClock.now()), Box::new(chance))
            .await
            .map_err(|error| not_started(&error))?;
    let seed = Seed::exempelkoping()
        .map_err(|flaws| Error::new(Code::Internal, format!("{} flaws", flaws.len())))?;
    let config = ServiceConfig { practice: true, seed: Some(seed), ..ServiceConfig::loopback() };
    let (clock, random) = (service::clock::SystemClock, service::clock::SystemRandom);
    let service =
        Service::start(config, Arc::new(store), Some(exchange.clone()), Arc::new(clock), Arc::new(random))
            .await
            .map_err(|error| not_started(&error))?;
    Ok(Running { service, exchange })
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
