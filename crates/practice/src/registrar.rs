//! Who may register, and who is reachable where. Nonces are good for one answer.

use crate::floor::Chance;
use exchange::AgentPhone;
use phone::sip::{DigestAlgorithm, Password, RegisterRequest, Verdict};
use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

/// The realm of the challenge.
const REALM: &str = "svarsplats-practice";
/// The longest binding that is granted, seconds.
const LONGEST: u32 = 3_600;
/// A refresh may be this late.
const GRACE: Duration = Duration::from_secs(5);

/// Secrets of this run, made when first asked for; and the source of all randomness here.
pub(crate) struct Secrets {
    chance: Mutex<Chance>,
    known: Mutex<BTreeMap<AgentPhone, String>>,
}

impl Secrets {
    pub(crate) fn new(chance: Chance) -> Self {
        Self { chance: Mutex::new(chance), known: Mutex::default() }
    }

    pub(crate) fn random(&self) -> u64 {
        (self.chance.lock().unwrap_or_else(PoisonError::into_inner))()
    }

    fn text(&self) -> String {
        format!("{:016x}{:016x}", self.random(), self.random())
    }

    /// The secret of an agent's account.
    pub(crate) fn of(&self, agent: &AgentPhone) -> String {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        known.entry(agent.clone()).or_insert_with(|| self.text()).clone()
    }

    fn known(&self, agent: &AgentPhone) -> Option<String> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner).get(agent).cloned()
    }
}

struct Binding {
    contact: String,
    until: Duration,
}

/// The bindings.
#[derive(Default)]
pub(crate) struct Registrar {
    bindings: BTreeMap<AgentPhone, Binding>,
    nonces: BTreeMap<AgentPhone, String>,
}

impl Registrar {
    /// Answers a REGISTER; gives whose reachability changed to what.
    pub(crate) fn answer(
        &mut self,
        now: Duration,
        request: RegisterRequest,
        secrets: &Secrets,
    ) -> Option<(AgentPhone, bool)> {
        let agent = AgentPhone::new(request.user()).ok();
        let Some((agent, secret)) = agent.and_then(|agent| Some((agent.clone(), secrets.known(&agent)?)))
        else {
            tokio::spawn(request.reject(403));
            return None;
        };
        let nonce = self.nonces.remove(&agent).unwrap_or_default();
        let verdict =
            if nonce.is_empty() { Verdict::Missing } else { request.verify(&nonce, &Password::new(secret)) };
        match verdict {
            Verdict::Wrong => {
                tracing::warn!(%agent, "a phone tried to register with a wrong secret");
                tokio::spawn(request.reject(403));
                None
            }
            Verdict::Missing => {
                let nonce = secrets.text();
                self.nonces.insert(agent, nonce.clone());
                tokio::spawn(async move { request.challenge(REALM, &nonce, DigestAlgorithm::Sha256).await });
                None
            }
            Verdict::Right => self.bind(now, agent, request),
        }
    }

    fn bind(
        &mut self,
        now: Duration,
        agent: AgentPhone,
        request: RegisterRequest,
    ) -> Option<(AgentPhone, bool)> {
        let expires = request.expires().min(LONGEST);
        let change = match request.contact() {
            // Asks only what is bound.
            None => None,
            Some(_) if expires == 0 => self.bindings.remove(&agent).map(|_| (agent, false)),
            Some(contact) => {
                let until = now + Duration::from_secs(expires.into()) + GRACE;
                let before = self.bindings.insert(agent.clone(), Binding { contact, until });
                before.is_none().then_some((agent, true))
            }
        };
        tokio::spawn(request.accept(expires));
        change
    }

    /// Where to ring.
    pub(crate) fn contact(&self, agent: &AgentPhone) -> Option<&str> {
        self.bindings.get(agent).map(|binding| binding.contact.as_str())
    }

    /// Takes away a binding that has run out; call again until none is left.
    pub(crate) fn expired(&mut self, now: Duration) -> Option<AgentPhone> {
        let agent = self.bindings.iter().find(|(_, binding)| binding.until <= now)?.0.clone();
        self.bindings.remove(&agent);
        Some(agent)
    }

    pub(crate) fn deadline(&self) -> Option<Duration> {
        self.bindings.values().map(|binding| binding.until).min()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_made_once_per_account_and_run() {
        let mut next = 0;
        let secrets = Secrets::new(Box::new(move || {
            next += 1;
            next
        }));
        let agent = AgentPhone::new("1001").unwrap();
        let other = AgentPhone::new("1002").unwrap();
        assert_eq!(secrets.known(&agent), None, "nobody registers before the service has asked");
        let secret = secrets.of(&agent);
        assert_eq!(secrets.of(&agent), secret);
        assert_ne!(secrets.of(&other), secret);
        assert_eq!(secret.len(), 32);
    }

    #[test]
    fn a_binding_runs_out() {
        let agent = AgentPhone::new("1001").unwrap();
        let mut registrar = Registrar::default();
        let binding = Binding { contact: "sip:1001@127.0.0.1:5062".into(), until: Duration::from_secs(65) };
        registrar.bindings.insert(agent.clone(), binding);
        assert_eq!(registrar.deadline(), Some(Duration::from_secs(65)));
        assert_eq!(registrar.expired(Duration::from_secs(64)), None);
        assert_eq!(registrar.expired(Duration::from_secs(65)), Some(agent.clone()));
        assert_eq!(registrar.contact(&agent), None);
    }
}
