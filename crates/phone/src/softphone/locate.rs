//! Where an exchange is that is known by its domain alone (RFC 3263): which transports its NAPTR records name, in which
//! order its SRV records are tried (RFC 2782), and when the first is tried again after it failed. Reads no clock, asks
//! nobody.

use std::net::IpAddr;

use crate::sip::Transport;

/// How long another one is stayed with before the first is tried again.
/// Milliseconds.
const RETURN: u64 = 300_000;

/// A server as it is written in the settings.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Named {
    /// An address: nobody is asked.
    Address(IpAddr, Option<u16>),
    /// A host at that port: only its addresses are asked for (§4.2).
    Host(String, u16),
    /// A domain: its services are asked for.
    Domain(String),
}

/// Neither a host nor an address, with a port or without one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct BadName;

impl Named {
    /// Reads `host`, `host:port`, an address, or `[address]:port`.
    pub(super) fn read(server: &str) -> Result<Self, BadName> {
        if let Ok(address) = server.parse() {
            return Ok(Self::Address(address, None));
        }
        if let Some(bracketed) = server.strip_prefix('[') {
            let (address, rest) = bracketed.split_once(']').ok_or(BadName)?;
            let port = match rest.strip_prefix(':') {
                Some(port) => Some(port_of(port)?),
                None if rest.is_empty() => None,
                None => return Err(BadName),
            };
            return Ok(Self::Address(address.parse().map_err(|_| BadName)?, port));
        }
        let (host, port) = match server.split_once(':') {
            Some((host, port)) => (host, Some(port_of(port)?)),
            None => (server, None),
        };
        let host = host.strip_suffix('.').unwrap_or(host);
        if host.is_empty() || host.contains(|c: char| c.is_whitespace() || c.is_control()) {
            return Err(BadName);
        }
        Ok(match (host.parse(), port) {
            (Ok(address), port) => Self::Address(address, port),
            (Err(_), Some(port)) => Self::Host(host.to_owned(), port),
            (Err(_), None) => Self::Domain(host.to_owned()),
        })
    }
}

fn port_of(text: &str) -> Result<u16, BadName> {
    let digits = text.bytes().all(|byte| byte.is_ascii_digit());
    text.parse().ok().filter(|port| digits && *port != 0).ok_or(BadName)
}

/// A NAPTR record (RFC 3403 §4.1).
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Naptr {
    pub(super) order: u16,
    pub(super) preference: u16,
    pub(super) flags: String,
    pub(super) service: String,
    pub(super) replacement: String,
}

/// The transports that a domain names, best first, each with the name of its SRV records; those that are not taken are
/// left out (§4.1). Without any, [`usual`] applies.
pub(super) fn services(records: &[Naptr], taken: &[Transport]) -> Vec<(Transport, String)> {
    let mut records: Vec<&Naptr> = records.iter().collect();
    records.sort_by_key(|record| (record.order, record.preference));
    let mut services = Vec::new();
    for record in records {
        let transport = match record.service.to_ascii_uppercase().as_str() {
            "SIP+D2U" => Transport::Udp,
            "SIP+D2T" => Transport::Tcp,
            "SIPS+D2T" => Transport::Tls,
            _ => continue,
        };
        let service = (transport, record.replacement.trim_end_matches('.').to_owned());
        let usable =
            record.flags.eq_ignore_ascii_case("s") && taken.contains(&transport) && !service.1.is_empty();
        if usable && !services.contains(&service) {
            services.push(service);
        }
    }
    services
}

/// What is asked for where a domain names no transports (§4.1): each one that is taken, in that order.
pub(super) fn usual(domain: &str, taken: &[Transport]) -> Vec<(Transport, String)> {
    let name = |transport| match transport {
        Transport::Udp => format!("_sip._udp.{domain}"),
        Transport::Tcp => format!("_sip._tcp.{domain}"),
        Transport::Tls => format!("_sips._tcp.{domain}"),
    };
    taken.iter().map(|transport| (*transport, name(*transport))).collect()
}

/// An SRV record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Srv {
    pub(super) priority: u16,
    pub(super) weight: u16,
    pub(super) port: u16,
    /// A host.
    pub(super) target: String,
}

/// The records in the order that they are tried (RFC 2782): by priority, and within one at random by weight. `random`
/// gives a number up to and including the one that it is given. A domain that says that it has no such service (a sole
/// target of `.`) has none.
pub(super) fn ordered(mut records: Vec<Srv>, mut random: impl FnMut(u32) -> u32) -> Vec<Srv> {
    records.retain(|record| !record.target.trim_end_matches('.').is_empty());
    // Those without weight first: they are chosen by nothing but a zero.
    records.sort_by_key(|record| (record.priority, record.weight != 0));
    let mut ordered = Vec::with_capacity(records.len());
    while let Some(priority) = records.first().map(|record| record.priority) {
        let alike = records.iter().take_while(|record| record.priority == priority);
        let total = alike.clone().map(|record| u32::from(record.weight)).sum();
        let drawn = random(total).min(total);
        let mut sum = 0;
        let at = alike.clone().position(|record| {
            sum += u32::from(record.weight);
            sum >= drawn
        });
        ordered.push(records.remove(at.unwrap_or(0)));
    }
    ordered
}

/// Which of several servers is used.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Choice {
    at: usize,
    /// Since when, milliseconds; told when it is used.
    since: Option<u64>,
}

impl Choice {
    /// The place of the server in the order.
    pub(super) fn at(self) -> usize {
        self.at
    }

    /// The one after it.
    pub(super) fn next(self) -> Self {
        Self { at: self.at + 1, since: None }
    }

    /// It is used from now on, if it was not before.
    pub(super) fn since(self, now: u64) -> Self {
        Self { since: self.since.or(Some(now)), ..self }
    }

    /// When the first one is to be tried again.
    pub(super) fn back(self) -> Option<u64> {
        self.since.filter(|_| self.at > 0).map(|since| since.saturating_add(RETURN))
    }

    /// The first one was tried again in vain.
    pub(super) fn stays(self, now: u64) -> Self {
        Self { since: Some(now), ..self }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn srv(priority: u16, weight: u16, target: &str) -> Srv {
        Srv { priority, weight, port: 5060, target: target.to_owned() }
    }

    #[test]
    fn a_domain_alone_asks_for_services_and_nothing_else_does() {
        let read = |text| Named::read(text);
        assert_eq!(read("example.org"), Ok(Named::Domain("example.org".into())));
        assert_eq!(read("example.org."), Ok(Named::Domain("example.org".into())));
        assert_eq!(read("example.org:5070"), Ok(Named::Host("example.org".into(), 5070)));
        assert_eq!(read("192.0.2.7"), Ok(Named::Address("192.0.2.7".parse().unwrap(), None)));
        assert_eq!(read("192.0.2.7:5061"), Ok(Named::Address("192.0.2.7".parse().unwrap(), Some(5061))));
        assert_eq!(read("::1"), Ok(Named::Address("::1".parse().unwrap(), None)));
        assert_eq!(read("[::1]:5061"), Ok(Named::Address("::1".parse().unwrap(), Some(5061))));
        assert_eq!(read("[::1]"), Ok(Named::Address("::1".parse().unwrap(), None)));
        for bad in
            ["", ".", ":5060", "a:", "a:0", "a:65536", "a:+1", "a b", "[::1", "[::1]x", "[a]:1", "a:1:2"]
        {
            assert_eq!(read(bad), Err(BadName), "{bad:?}");
        }
    }

    #[test]
    fn a_domain_chooses_among_the_transports_that_are_taken() {
        let record = |order, preference, flags: &str, service: &str, replacement: &str| Naptr {
            order,
            preference,
            flags: flags.into(),
            service: service.into(),
            replacement: replacement.into(),
        };
        let records = [
            record(50, 60, "s", "SIP+D2U", "_sip._udp.example.org."),
            record(50, 50, "S", "sip+d2t", "_sip._tcp.example.org"),
            record(10, 90, "s", "SIPS+D2T", "_sips._tcp.example.org"),
            record(1, 1, "u", "SIP+D2U", "elsewhere.example.org"),
            record(1, 1, "s", "E2U+sip", "elsewhere.example.org"),
            record(60, 1, "s", "SIP+D2U", "_sip._udp.example.org"),
        ];
        let all = [Transport::Udp, Transport::Tcp, Transport::Tls];
        let named = |taken: &[Transport]| {
            services(&records, taken).into_iter().map(|(_, name)| name).collect::<Vec<_>>()
        };
        assert_eq!(named(&all), ["_sips._tcp.example.org", "_sip._tcp.example.org", "_sip._udp.example.org"]);
        assert_eq!(named(&[Transport::Udp]), ["_sip._udp.example.org"]);
        assert_eq!(services(&records, &[Transport::Udp]), usual("example.org", &[Transport::Udp]));
    }

    #[test]
    fn a_weight_is_the_share_of_being_first() {
        let records = vec![srv(1, 1, "a"), srv(1, 3, "b"), srv(1, 0, "c")];
        let first = |drawn| ordered(records.clone(), |_| drawn)[0].target.clone();
        assert_eq!((0..=4).map(first).collect::<Vec<_>>(), ["c", "a", "b", "b", "b"]);
        // More than was asked for counts as the most.
        assert_eq!(first(u32::MAX), "b");
    }

    #[test]
    fn a_service_that_is_said_not_to_be_is_none() {
        assert_eq!(ordered(vec![srv(0, 0, ".")], |_| 0), []);
    }

    proptest! {
        #[test]
        fn each_record_is_tried_once_and_none_before_a_better_one(
            records in prop::collection::vec((0u16..4, 0u16..=u16::MAX), 0..12),
            seed in any::<u64>(),
        ) {
            let records: Vec<Srv> =
                records.iter().enumerate().map(|(at, (p, w))| srv(*p, *w, &format!("host{at}"))).collect();
            let mut state = seed;
            let tried = ordered(records.clone(), |most| {
                state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
                (state >> 33) as u32 % (most + 1)
            });
            prop_assert!(tried.windows(2).all(|pair| pair[0].priority <= pair[1].priority));
            let name = |record: &Srv| record.target.clone();
            let (mut tried, mut all): (Vec<_>, Vec<_>) =
                (tried.iter().map(name).collect(), records.iter().map(name).collect());
            tried.sort();
            all.sort();
            prop_assert_eq!(tried, all);
        }
    }

    #[test]
    fn the_first_is_tried_again_when_another_has_been_used_for_a_while() {
        let first = Choice::default().since(7);
        assert_eq!((first.at(), first.back()), (0, None));
        let second = first.next();
        assert_eq!((second.at(), second.back()), (1, None));
        let used = second.since(1_000).since(9_000);
        assert_eq!(used.back(), Some(301_000));
        assert_eq!(used.stays(301_000).back(), Some(601_000));
    }
}
