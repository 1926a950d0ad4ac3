//! An exchange that does nothing but remember what it was told.

use async_trait::async_trait;
use domain::{ContactId, QueueId, Timestamp};
use exchange::{
    AgentPhone, EventStream, Exchange, ExchangeError, ExchangeEvent, Hub, PhoneAccount, Reachability,
    Reported,
};
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};
use tokio::sync::watch;

pub struct Told {
    hub: Hub,
    pub reachability: watch::Sender<Reachability>,
    told: watch::Sender<Vec<String>>,
    pub nexts: Mutex<u32>,
    pub in_call: Mutex<Vec<AgentPhone>>,
    /// It accepts and does not answer.
    pub hangs: AtomicBool,
}

impl Default for Told {
    fn default() -> Self {
        Self {
            hub: Hub::default(),
            reachability: watch::Sender::new(Reachability::Reachable),
            told: watch::Sender::default(),
            nexts: Mutex::default(),
            in_call: Mutex::default(),
            hangs: AtomicBool::new(false),
        }
    }
}

impl Told {
    /// Something happens to a call.
    pub fn happens(&self, at: Timestamp, contact: ContactId, event: ExchangeEvent) {
        self.hub.send(&Reported { at, contact, event });
    }

    /// Waits until it has been told so.
    pub async fn until(&self, what: &str) {
        let mut told = self.told.subscribe();
        let told = told.wait_for(|told| told.iter().any(|line| line == what));
        if tokio::time::timeout(std::time::Duration::from_secs(20), told).await.is_err() {
            panic!("not told {what:?} but {:?}", self.told.borrow());
        }
        self.told.send_modify(Vec::clear);
    }

    async fn hears(&self, what: String) -> Result<(), ExchangeError> {
        if self.hangs.load(Ordering::Relaxed) {
            std::future::pending::<()>().await;
        }
        let reachable = *self.reachability.borrow() == Reachability::Reachable;
        self.told.send_modify(|told| told.push(if reachable { what } else { "in vain".to_owned() }));
        if reachable { Ok(()) } else { Err(ExchangeError::Unreachable) }
    }
}

#[async_trait]
impl Exchange for Told {
    async fn agent_ready(&self, agent: &AgentPhone, queues: &[QueueId]) -> Result<(), ExchangeError> {
        let queues: Vec<_> = queues.iter().map(QueueId::as_str).collect();
        self.hears(format!("{agent} ready {}", queues.join(" "))).await
    }
    async fn agent_paused(
        &self,
        agent: &AgentPhone,
        _: &[QueueId],
        reason: &str,
    ) -> Result<(), ExchangeError> {
        self.hears(format!("{agent} paused {reason}")).await
    }
    async fn agent_gone(&self, agent: &AgentPhone) -> Result<(), ExchangeError> {
        self.hears(format!("{agent} gone")).await
    }
    fn events(&self) -> EventStream {
        self.hub.listen()
    }
    fn reachability(&self) -> watch::Receiver<Reachability> {
        self.reachability.subscribe()
    }
    fn in_call(&self) -> Vec<AgentPhone> {
        self.in_call.lock().unwrap().clone()
    }
    fn phone_account(&self, agent: &AgentPhone) -> Option<PhoneAccount> {
        Some(PhoneAccount {
            server: "127.0.0.1:5060".into(),
            proxy: Some("proxy.example:5061".into()),
            transport: "tls".into(),
            encryption: "require".into(),
            keys: "dtls".into(),
            authorities: Some("PEM".into()),
            echo: Some("*43".into()),
            user: agent.to_string(),
            secret: "hemligt".into(),
        })
    }
    async fn practice_next(&self) -> Result<(), ExchangeError> {
        *self.nexts.lock().unwrap() += 1;
        Ok(())
    }
}
