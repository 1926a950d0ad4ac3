//! Asks for names: services by NAPTR and SRV, and addresses (RFC 3263).

use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use hickory_resolver::config::{ConnectionConfig, NameServerConfig, ResolverConfig};
use hickory_resolver::net::runtime::TokioRuntimeProvider;
use hickory_resolver::proto::rr::{RData, RecordType};
use hickory_resolver::{ResolverBuilder, TokioResolver};

use super::locate::{self, Named, Naptr, Srv};
use crate::sip::Transport;

/// How long each question may take: whoever names no services is found by its address after that.
const PATIENCE: Duration = Duration::from_secs(2);

/// Where a server is, best first. Only the transport of the settings is asked for: what a domain would rather have is
/// said by somebody whom nobody vouches for, and shall not talk a desk out of encryption. `resolver` is asked if it is
/// given, else whom the system asks.
pub(super) async fn places(
    named: Named,
    transport: Transport,
    resolver: Option<SocketAddr>,
) -> Vec<SocketAddr> {
    let usual = if transport == Transport::Tls { 5061 } else { 5060 };
    match named {
        Named::Address(address, port) => vec![SocketAddr::new(address, port.unwrap_or(usual))],
        Named::Host(host, port) => addresses(&host, port, resolver).await,
        Named::Domain(domain) => {
            let servers = servers(&domain, transport, resolver).await;
            let mut places = Vec::new();
            for Srv { target, port, .. } in &servers {
                places.extend(addresses(target, *port, resolver).await);
            }
            // A domain without services is a host (§4.2).
            if servers.is_empty() { addresses(&domain, usual, resolver).await } else { places }
        }
    }
}

async fn servers(domain: &str, transport: Transport, resolver: Option<SocketAddr>) -> Vec<Srv> {
    // A name of one label is a host of the local network.
    if !domain.contains('.') {
        return Vec::new();
    }
    let Some(names) = asked(resolver) else { return Vec::new() };
    let naptr: Vec<Naptr> =
        records(&names, domain, RecordType::NAPTR).await.into_iter().filter_map(naptr).collect();
    let mut services = locate::services(&naptr, &[transport]);
    if services.is_empty() {
        services = locate::usual(domain, &[transport]);
    }
    let mut servers = Vec::new();
    for (_, service) in services {
        let found = records(&names, &service, RecordType::SRV).await.into_iter().filter_map(srv).collect();
        servers.extend(locate::ordered(found, random));
    }
    servers
}

async fn addresses(host: &str, port: u16, resolver: Option<SocketAddr>) -> Vec<SocketAddr> {
    let found: Vec<IpAddr> = match (resolver, asked(resolver)) {
        (Some(_), Some(names)) => {
            names.lookup_ip(absolute(host)).await.map_or_else(|_| vec![], |all| all.iter().collect())
        }
        // The system knows names that no server does.
        _ => {
            let found = tokio::net::lookup_host((host, port)).await;
            return found.map(Iterator::collect).unwrap_or_default();
        }
    };
    found.into_iter().map(|address| SocketAddr::new(address, port)).collect()
}

fn asked(resolver: Option<SocketAddr>) -> Option<TokioResolver> {
    let builder = match resolver {
        Some(resolver) => Ok(asking(resolver)),
        None => TokioResolver::builder_tokio(),
    };
    let built = builder.and_then(|mut builder| {
        builder.options_mut().timeout = PATIENCE;
        builder.options_mut().attempts = 1;
        builder.build()
    });
    built.inspect_err(|error| tracing::debug!(%error, "there is nobody to ask for names")).ok()
}

fn asking(resolver: SocketAddr) -> ResolverBuilder<TokioRuntimeProvider> {
    let connections = [ConnectionConfig::udp(), ConnectionConfig::tcp()].map(|mut connection| {
        connection.port = resolver.port();
        connection
    });
    let mut server = NameServerConfig::udp(resolver.ip());
    server.connections = connections.to_vec();
    let config = ResolverConfig::from_parts(None, vec![], vec![server]);
    TokioResolver::builder_with_config(config, TokioRuntimeProvider::default())
}

async fn records(names: &TokioResolver, name: &str, kind: RecordType) -> Vec<RData> {
    match names.lookup(absolute(name), kind).await {
        Ok(found) => found.answers().iter().map(|record| record.data.clone()).collect(),
        Err(_) => Vec::new(),
    }
}

/// No search list: what is meant is written out.
fn absolute(name: &str) -> String {
    format!("{name}.")
}

fn naptr(record: RData) -> Option<Naptr> {
    let RData::NAPTR(found) = record else { return None };
    let text = |octets: &[u8]| String::from_utf8_lossy(octets).into_owned();
    Some(Naptr {
        order: found.order,
        preference: found.preference,
        flags: text(&found.flags),
        service: text(&found.services),
        replacement: found.replacement.to_string(),
    })
}

fn srv(record: RData) -> Option<Srv> {
    let RData::SRV(found) = record else { return None };
    let target = found.target.to_string();
    Some(Srv {
        priority: found.priority,
        weight: found.weight,
        port: found.port,
        target: target.trim_end_matches('.').to_owned(),
    })
}

/// Any number up to and including the one that is given.
fn random(most: u32) -> u32 {
    let drawn = getrandom::u32().unwrap_or_default();
    most.checked_add(1).map_or(drawn, |many| drawn % many)
}
