//! The telephone exchange as the service sees it: which agents take calls, and what happens to calls.
//!
//! Sound and SIP are none of this: agents' desks register with the exchange themselves. An adapter
//! tells what it sees as [`ExchangeEvent`]s and does what it is asked; who may take a call is decided
//! by the service.

pub mod asterisk;
mod event;
mod hub;

pub use event::{EndedBy, ExchangeEvent, OfferEnd, Reported};
pub use hub::{EventStream, Hub};

use async_trait::async_trait;
use domain::{Personal, QueueId};
use std::fmt;
use tokio::sync::watch;

/// An agent's phone at the exchange: the name of its SIP account, `1001`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AgentPhone(String);

/// What cannot be the name of a SIP account.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a SIP account name is 1–64 of a–z, A–Z, 0–9, '-', '_' and '.'")]
pub struct BadAgentPhone;

impl AgentPhone {
    /// Checks the name, so that it can stand in a channel name and on a protocol line.
    ///
    /// # Errors
    /// [`BadAgentPhone`].
    pub fn new(name: impl Into<String>) -> Result<Self, BadAgentPhone> {
        let name = name.into();
        let fits = (1..=64).contains(&name.len())
            && name.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.'));
        if fits { Ok(Self(name)) } else { Err(BadAgentPhone) }
    }

    /// The name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for AgentPhone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// An agent's own SIP account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PhoneAccount {
    /// `host:port`.
    pub server: String,
    /// `host:port` of a proxy through which all goes, if there is one.
    pub proxy: Option<String>,
    /// `udp`, `tcp` or `tls`.
    pub transport: String,
    /// Of the sound: `off`, `prefer` or `require`.
    pub encryption: String,
    /// How its keys are agreed on in the desk's offers: `sdes` or `dtls`.
    pub keys: String,
    /// Authorities (PEM) that vouch for the exchange beside those of the desk's system.
    pub authorities: Option<String>,
    /// A number that says again what it hears, if the exchange has one.
    pub echo: Option<String>,
    /// SIP user.
    pub user: String,
    /// SIP password.
    pub secret: Personal<String>,
}

/// Whether the exchange can be reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Reachability {
    /// Not tried, or lost; tried again by itself.
    #[default]
    Unreachable,
    /// It does not accept the service's account.
    Refused,
    /// Connected; events come.
    Reachable,
}

/// Why the exchange did not do it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ExchangeError {
    /// It cannot be reached now. The service says it again when it can.
    #[error("the exchange cannot be reached")]
    Unreachable,
    /// It refused; the text is the exchange's own and holds no personal data.
    #[error("the exchange refused: {0}")]
    Refused(String),
    /// Only a practice exchange does this.
    #[error("only a practice exchange does this")]
    PracticeOnly,
}

/// The port. All calls may be repeated: they tell how it shall be, not what to change.
#[async_trait]
pub trait Exchange: Send + Sync + 'static {
    /// The agent takes calls from exactly these queues.
    ///
    /// # Errors
    /// [`ExchangeError`].
    async fn agent_ready(&self, agent: &AgentPhone, queues: &[QueueId]) -> Result<(), ExchangeError>;

    /// The agent stays in the queues and takes no calls; `reason` is a short code for the exchange's own log.
    ///
    /// # Errors
    /// [`ExchangeError`].
    async fn agent_paused(
        &self,
        agent: &AgentPhone,
        queues: &[QueueId],
        reason: &str,
    ) -> Result<(), ExchangeError>;

    /// The agent is in no queue.
    ///
    /// # Errors
    /// [`ExchangeError`].
    async fn agent_gone(&self, agent: &AgentPhone) -> Result<(), ExchangeError>;

    /// What happens from now on. Nothing is lost to a slow reader. Each call gives a stream of its own.
    fn events(&self) -> EventStream;

    /// Whether it can be reached, as it changes. When it becomes reachable, the service tells every
    /// agent's state again.
    fn reachability(&self) -> watch::Receiver<Reachability>;

    /// Agents that were in a call of a queue when the exchange last became reachable: what went on before
    /// the service began, and still does.
    fn in_call(&self) -> Vec<AgentPhone> {
        Vec::new()
    }

    /// The SIP account of an agent's phone.
    fn phone_account(&self, agent: &AgentPhone) -> Option<PhoneAccount>;

    /// In practice: the next simulated resident rings.
    ///
    /// # Errors
    /// [`ExchangeError::PracticeOnly`] from every other exchange.
    async fn practice_next(&self) -> Result<(), ExchangeError> {
        Err(ExchangeError::PracticeOnly)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_phone_name_cannot_carry_a_protocol_line() {
        assert!(AgentPhone::new("1001").is_ok());
        for bad in ["", "10 01", "1001\r\nAction: Originate", "å"] {
            assert!(AgentPhone::new(bad).is_err(), "{bad:?}");
        }
    }
}
