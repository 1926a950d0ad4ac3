//! The line to the exchange: an endpoint on the right address, and its registration.

use std::net::{IpAddr, SocketAddr, UdpSocket};
use std::time::Duration;

use tokio::sync::mpsc::UnboundedReceiver;

use crate::sip::{
    Credentials, Endpoint, EndpointConfig, Incoming, RegisterFault, Registration, SipError, Transport,
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
    registration: Registration,
}

impl Link {
    pub(super) async fn open(
        server: &str,
        transport: Transport,
        credentials: &Credentials,
    ) -> Result<(Self, UnboundedReceiver<Incoming>), SipError> {
        let peer = resolved(server).await.ok_or(SipError::NoAnswer)?;
        let address = address_toward(peer).ok_or(SipError::NoAnswer)?;
        let any = Some(SocketAddr::new(address, 0));
        let config = match transport {
            Transport::Udp => EndpointConfig { udp: any, tcp: None },
            Transport::Tcp => EndpointConfig { udp: None, tcp: any },
        };
        let (endpoint, incoming) = Endpoint::bind(config).await?;
        let registration = Registration::new(&endpoint, server, transport, credentials)?;
        Ok((Self { endpoint, address, peer, registration }, incoming))
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

async fn resolved(server: &str) -> Option<SocketAddr> {
    let target = if has_port(server) { server.to_owned() } else { format!("{server}:5060") };
    tokio::net::lookup_host(target).await.ok()?.next()
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
    }
}
