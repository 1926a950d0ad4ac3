//! The line to the exchange: an endpoint on the right address, and its registration.

use std::net::{IpAddr, SocketAddr, UdpSocket};
use std::time::Duration;

use tokio::sync::mpsc::UnboundedReceiver;

use super::locate::{Choice, Named};
use super::names;
use crate::sip::{
    Credentials, Endpoint, EndpointConfig, Incoming, RegisterFault, Registration, SecureServer, SipError,
    Transport, Trust,
};

/// Waits between attempts: 1, 2, 4 … 30 seconds.
pub(super) fn back_off(failures: u32) -> Duration {
    Duration::from_secs(1u64.checked_shl(failures.min(6)).unwrap_or(64).min(30))
}

pub(super) struct Link {
    pub(super) endpoint: Endpoint,
    /// Our address as the exchange's side of the network sees it.
    pub(super) address: IpAddr,
    /// The exchange, as its name was resolved.
    pub(super) peer: SocketAddr,
    /// Which of the exchange's servers that is.
    pub(super) choice: Choice,
    registration: Registration,
}

/// What a link leads to.
pub(super) struct Goal {
    /// The exchange: `host` or `host:port`.
    pub(super) server: String,
    /// Through which all goes, if not straight to it.
    pub(super) proxy: Option<String>,
    pub(super) transport: Transport,
    pub(super) trust: Trust,
    pub(super) credentials: Credentials,
    /// Who is asked for names; else whom the system asks.
    pub(super) resolver: Option<SocketAddr>,
}

impl Goal {
    /// Where all is sent to.
    pub(super) fn next(&self) -> &str {
        self.proxy.as_ref().unwrap_or(&self.server)
    }

    fn is_domain(&self) -> bool {
        matches!(Named::read(self.next()), Ok(Named::Domain(_)))
    }
}

/// Where all is sent to, best first.
async fn places(goal: &Goal) -> Vec<SocketAddr> {
    let Ok(named) = Named::read(goal.next()) else { return Vec::new() };
    names::places(named, goal.transport, goal.resolver).await
}

/// A link, what comes over it, and what came of registering.
type Opened = (Link, UnboundedReceiver<Incoming>, Result<Duration, RegisterFault>);

impl Link {
    /// To the first server that takes us: the next one is tried where one cannot be reached, does not answer in time
    /// or says that it has no time (RFC 3263 §4.3). Any other refusal is the exchange's word.
    pub(super) async fn open(goal: &Goal) -> Result<Opened, RegisterFault> {
        let places = places(goal).await;
        let mut last = Err(RegisterFault::Unreachable);
        let mut choice = Choice::default();
        for peer in &places {
            last = Self::tried(*peer, goal, choice).await;
            choice = choice.next();
            match &last {
                Err(RegisterFault::Unreachable) => {}
                Ok((link, _, Err(RegisterFault::Unreachable))) if choice.at() < places.len() => {
                    link.endpoint.close()
                }
                _ => break,
            }
        }
        last
    }

    /// To the first server, if it takes us.
    pub(super) async fn first(goal: &Goal) -> Option<(Self, UnboundedReceiver<Incoming>)> {
        let first = *places(goal).await.first()?;
        let (link, incoming, registered) = Self::tried(first, goal, Choice::default()).await.ok()?;
        match registered {
            Ok(_) => Some((link, incoming)),
            Err(_) => {
                link.endpoint.close();
                None
            }
        }
    }

    async fn tried(peer: SocketAddr, goal: &Goal, choice: Choice) -> Result<Opened, RegisterFault> {
        let (mut link, incoming) = Self::at(peer, goal, choice).await?;
        let registered = link.register().await;
        Ok((link, incoming, registered))
    }

    /// Takes the registration back and closes.
    pub(super) async fn leave(mut self) {
        self.unregister().await;
        self.endpoint.close();
    }

    async fn at(
        peer: SocketAddr,
        goal: &Goal,
        choice: Choice,
    ) -> Result<(Self, UnboundedReceiver<Incoming>), SipError> {
        let address = address_toward(peer).ok_or(SipError::NoAnswer)?;
        let any = Some(SocketAddr::new(address, 0));
        let config = match goal.transport {
            Transport::Udp => EndpointConfig { udp: any, tcp: None },
            Transport::Tcp | Transport::Tls => EndpointConfig { udp: None, tcp: any },
        };
        let (endpoint, incoming) = match (goal.transport, &goal.proxy) {
            (Transport::Tls, _) => {
                let (name, trust) = (host(goal.next()).to_owned(), goal.trust.clone());
                Endpoint::connect(SecureServer { name, address: peer, trust }).await?
            }
            // A domain's server is known here alone.
            (transport, proxy) if proxy.is_some() || goal.is_domain() => {
                Endpoint::behind(config, peer, transport).await?
            }
            (_, _) => Endpoint::bind(config).await?,
        };
        let registration = Registration::new(&endpoint, &goal.server, goal.transport, &goal.credentials)?;
        Ok((Self { endpoint, address, peer, choice, registration }, incoming))
    }

    /// Registers or refreshes; gives the time to the next refresh.
    pub(super) async fn register(&mut self) -> Result<Duration, RegisterFault> {
        self.registration.register().await
    }

    pub(super) async fn unregister(&mut self) {
        if let Err(fault) = self.registration.unregister().await {
            tracing::debug!(%fault, "the registration could not be taken back");
        }
    }
}

/// The address from which the exchange is reached: the route decides, nothing is sent.
pub(super) fn address_toward(peer: SocketAddr) -> Option<IpAddr> {
    let any: SocketAddr = if peer.is_ipv4() { ([0, 0, 0, 0], 0).into() } else { ([0u16; 8], 0).into() };
    let socket = UdpSocket::bind(any).ok()?;
    socket.connect(peer).ok()?;
    socket.local_addr().ok().map(|address| address.ip())
}

fn has_port(server: &str) -> bool {
    let after_bracket = server.rsplit(']').next().unwrap_or(server);
    after_bracket.contains(':')
}

/// Without port and brackets: what a certificate is for.
fn host(server: &str) -> &str {
    let name =
        if has_port(server) { server.rsplit_once(':').map_or(server, |(name, _)| name) } else { server };
    name.trim_start_matches('[').trim_end_matches(']')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn back_off_grows_to_half_a_minute() {
        let waits: Vec<u64> = (0..8).map(|failures| back_off(failures).as_secs()).collect();
        assert_eq!(waits, [1, 2, 4, 8, 16, 30, 30, 30]);
    }

    #[test]
    fn ports_are_found_behind_names_and_brackets() {
        assert!(has_port("sip.example.org:5070"));
        assert!(!has_port("sip.example.org"));
        assert!(has_port("[::1]:5060"));
        assert!(!has_port("[::1]"));
        let servers = ["sip.example.org:5070", "sip.example.org", "[::1]:5061", "[::1]", "192.0.2.7:5061"];
        assert_eq!(servers.map(host), ["sip.example.org", "sip.example.org", "::1", "::1", "192.0.2.7"]);
    }
}
