//! The handshake over a stream's own port that gives both ends their keys (DTLS-SRTP, RFC 5764). The protocol is the
//! library's; who takes part, and which certificate is believed, is ours.

use std::collections::VecDeque;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use rtc_dtls::cipher_suite::CipherSuiteId;
use rtc_dtls::config::{ClientAuthType, ConfigBuilder, HandshakeConfig};
use rtc_dtls::crypto::Certificate;
use rtc_dtls::crypto_provider::{HashAlgorithm, RTCCryptoProvider, default_provider};
use rtc_dtls::endpoint::{Endpoint, EndpointEvent};
use rtc_dtls::extension::extension_use_srtp::SrtpProtectionProfile;
use rtc_shared::error::Error;

use crate::call::KeysFault;
use crate::media::{Fingerprint, Handshake, KEY, Keys, MasterKey, Role, Suite};

/// Said again as it was when nothing is heard for so long: a second (RFC 6347 §4.2.4) is heard as a gap.
const AGAIN: Duration = Duration::from_millis(400);
/// Said again anew by the library, which gives up at the eighth time: after the limit.
const ANEW: Duration = Duration::from_millis(1_200);
/// Without keys for so long there are none: nobody talks into silence for longer.
const LIMIT: Duration = Duration::from_secs(8);
/// Addresses that may try at once. Behind address translation the other end comes from elsewhere than it says.
const STRANGERS: usize = 4;
/// Record types (RFC 5246 §6.2.1), and of handshake messages the first (§7.4).
const ALERT: u8 = 21;
const HANDSHAKE: u8 = 22;
const CLIENT_HELLO: u8 = 1;
/// Its record's and its own head, version and randomness.
const LEAST_HELLO: usize = 13 + 12 + 2 + 32;
/// Octets of the key and of the salt of one direction.
const PARTS: [usize; 2] = [16, 14];

/// What this phone shows of itself in handshakes: a certificate of its own making, known by its fingerprint alone.
#[derive(Clone)]
pub struct Identity {
    provider: Arc<dyn RTCCryptoProvider>,
    certificate: Certificate,
    fingerprint: Fingerprint,
}

impl std::fmt::Debug for Identity {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Identity").field("fingerprint", &self.fingerprint).finish_non_exhaustive()
    }
}

impl Identity {
    /// A new one; `None` without the system's randomness.
    pub fn new() -> Option<Self> {
        let provider = default_provider().ok()?;
        let certificate = Certificate::generate_self_signed(Vec::<String>::new(), provider.crypto()).ok()?;
        let fingerprint = fingerprint(&*provider, certificate.certificate.first()?)?;
        Some(Self { provider, certificate, fingerprint })
    }

    /// What a session description says of it.
    pub fn fingerprint(&self) -> Fingerprint {
        self.fingerprint
    }

    fn config(&self, role: Role, toward: SocketAddr) -> Option<Arc<HandshakeConfig>> {
        let suites = vec![
            CipherSuiteId::Tls_Ecdhe_Ecdsa_With_Aes_128_Gcm_Sha256,
            CipherSuiteId::Tls_Ecdhe_Rsa_With_Aes_128_Gcm_Sha256,
            CipherSuiteId::Tls_Ecdhe_Ecdsa_With_ChaCha20_Poly1305_Sha256,
            CipherSuiteId::Tls_Ecdhe_Rsa_With_ChaCha20_Poly1305_Sha256,
        ];
        let profiles = vec![
            SrtpProtectionProfile::Srtp_Aes128_Cm_Hmac_Sha1_80,
            SrtpProtectionProfile::Srtp_Aes128_Cm_Hmac_Sha1_32,
        ];
        let builder = ConfigBuilder::default()
            .with_crypto_provider(self.provider.clone())
            .with_certificates(vec![self.certificate.clone()])
            .with_cipher_suites(suites)
            .with_srtp_protection_profiles(profiles)
            .with_client_auth(ClientAuthType::RequireAnyClientCert)
            // No authority vouches for these certificates: the fingerprint does, before a key is used.
            .with_insecure_skip_verify(true)
            .with_flight_interval(ANEW);
        let built = builder.build(role == Role::Client, Some(toward));
        built.inspect_err(|error| tracing::error!(%error, "no handshake")).ok().map(Arc::new)
    }
}

fn fingerprint(provider: &dyn RTCCryptoProvider, certificate: &[u8]) -> Option<Fingerprint> {
    let hash = provider.crypto().hash(HashAlgorithm::Sha256, certificate).ok()?;
    Some(Fingerprint::new(hash.try_into().ok()?))
}

/// What a handshake has come to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Outcome {
    Keys(Keys),
    Failed(KeysFault),
}

/// One handshake; stays afterwards, for an end that has not heard our last word.
pub(super) struct Handshaking {
    identity: Identity,
    agreed: Handshake,
    local: SocketAddr,
    /// Where the other end says that it is.
    remote: SocketAddr,
    endpoint: Endpoint,
    until: Instant,
    /// What was said last, when, and whether something was heard since. Said again here, too: where both ends have heard
    /// a part of what the other said, the library waits for more without a timer.
    flight: Vec<(SocketAddr, Vec<u8>)>,
    said: Instant,
    heard: bool,
    /// To be said again.
    again: VecDeque<(SocketAddr, Vec<u8>)>,
    /// The worst that was seen so far.
    fault: KeysFault,
    over: bool,
    /// Where the other end turned out to be.
    with: Option<SocketAddr>,
}

impl std::fmt::Debug for Handshaking {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Handshaking").field("agreed", &self.agreed).finish_non_exhaustive()
    }
}

impl Handshaking {
    /// Begins, or waits for the other end to begin.
    pub(super) fn new(
        now: Instant,
        identity: Identity,
        agreed: Handshake,
        (local, remote): (SocketAddr, SocketAddr),
    ) -> Option<Self> {
        let endpoint = Endpoint::new(local, Default::default(), None);
        let mut new = Self {
            identity,
            agreed,
            local,
            remote,
            endpoint,
            until: now + LIMIT,
            flight: vec![],
            said: now,
            heard: false,
            again: VecDeque::new(),
            fault: KeysFault::NoAnswer,
            over: false,
            with: None,
        };
        new.begin(now)?;
        Some(new)
    }

    /// From the beginning, also where the library has given up because a call rang for long.
    fn begin(&mut self, now: Instant) -> Option<()> {
        self.flight.clear();
        let config = self.identity.config(self.agreed.role, self.remote)?;
        match self.agreed.role {
            Role::Server => self.endpoint = Endpoint::new(self.local, Default::default(), Some(config)),
            Role::Client => {
                self.endpoint = Endpoint::new(self.local, Default::default(), None);
                self.endpoint.connect(now, self.remote, config, None).ok()?;
            }
        }
        Some(())
    }

    /// The next datagram that is to be sent.
    pub(super) fn outgoing(&mut self) -> Option<(SocketAddr, Vec<u8>)> {
        if let Some(again) = self.again.pop_front() {
            return Some(again);
        }
        let next = self.endpoint.poll_transmit()?;
        let next = (next.transport.peer_addr, next.message.to_vec());
        if std::mem::take(&mut self.heard) {
            self.flight.clear();
        }
        self.flight.push(next.clone());
        Some(next)
    }

    /// Takes a datagram of the protocol.
    pub(super) fn hear(&mut self, now: Instant, from: SocketAddr, datagram: &[u8]) -> Option<Outcome> {
        if self.over && self.with != Some(from) {
            return None;
        }
        // Before there are keys anybody can write an alert: it is noted, and time decides (RFC 6347 §4.1.2.7).
        if let [ALERT, _, _, 0, 0, ..] = datagram {
            self.fails(from, KeysFault::Refused);
            return None;
        }
        let known = self.endpoint.get_connection_state(from).is_some();
        let full = self.endpoint.get_connections_keys().count() >= STRANGERS;
        let stranger = self.agreed.role == Role::Client || (full && from != self.remote);
        if !known && (stranger || !begins(datagram)) {
            return None;
        }
        (self.heard, self.said) = (true, now);
        let heard = self.endpoint.read(now, from, None, datagram.into());
        if self.over {
            return None;
        }
        let (mut whole, mut left) = (false, false);
        match heard {
            Ok(events) => {
                whole = events.iter().any(|event| matches!(event, EndpointEvent::HandshakeComplete));
                left = events.iter().any(|event| matches!(event, EndpointEvent::PeerClosed));
            }
            Err(Error::ErrAlertFatalOrClose) => left = true,
            // What cannot be read may be anybody's; what can be and is not agreed to shows at the end.
            Err(_) => self.fails(from, KeysFault::Refused),
        }
        if whole {
            return self.completed(now, from);
        }
        if left && from == self.remote && !self.over {
            self.over = true;
            return Some(Outcome::Failed(KeysFault::Refused));
        }
        None
    }

    /// Gives the other end its whole time from now on.
    pub(super) fn waits(&mut self, now: Instant) {
        self.until = now + LIMIT;
    }

    /// Says again what was not heard; ends what takes too long.
    pub(super) fn tick(&mut self, now: Instant) -> Option<Outcome> {
        if self.over {
            return None;
        }
        let all: Vec<SocketAddr> = self.endpoint.get_connections_keys().copied().collect();
        for toward in all {
            if self.endpoint.poll_timeout(&toward).is_some_and(|due| due <= now) {
                self.flight.retain(|(to, _)| *to != toward);
                self.said = now;
            }
            let given_up = self.endpoint.handle_timeout(toward, now).is_err();
            if given_up && toward == self.remote {
                self.begin(now);
            }
        }
        if now.saturating_duration_since(self.said) >= AGAIN {
            self.said = now;
            self.again.extend(self.flight.iter().cloned());
        }
        if now < self.until {
            return None;
        }
        self.over = true;
        Some(Outcome::Failed(self.fault))
    }

    /// A fault at the address that was agreed on counts; a stranger's says nothing of the other end.
    fn fails(&mut self, from: SocketAddr, fault: KeysFault) {
        if from == self.remote || fault == KeysFault::WrongFingerprint {
            self.fault = fault;
        }
    }

    fn completed(&mut self, now: Instant, from: SocketAddr) -> Option<Outcome> {
        let state = self.endpoint.get_connection_state(from)?;
        let shown =
            state.peer_certificates.first().and_then(|der| fingerprint(&*self.identity.provider, der));
        if shown != Some(self.agreed.theirs) {
            self.endpoint.stop(now, from);
            self.fails(from, KeysFault::WrongFingerprint);
            let final_word = from == self.remote && !self.over;
            self.over |= final_word;
            return final_word.then_some(Outcome::Failed(KeysFault::WrongFingerprint));
        }
        let suite = match state.srtp_protection_profile() {
            SrtpProtectionProfile::Srtp_Aes128_Cm_Hmac_Sha1_80 => Some(Suite::Sha1With80),
            SrtpProtectionProfile::Srtp_Aes128_Cm_Hmac_Sha1_32 => Some(Suite::Sha1With32),
            _ => None,
        };
        // RFC 5764 §4.2.
        let material = state.export_keying_material("EXTRACTOR-dtls_srtp", &[], 2 * KEY).ok();
        let keys = suite.zip(material).and_then(|(suite, material)| {
            let (client, server) = both(material.as_ref())?;
            let (ours, theirs) = match self.agreed.role {
                Role::Client => (client, server),
                Role::Server => (server, client),
            };
            Some(Keys { suite, ours, theirs })
        });
        (self.over, self.with) = (true, Some(from));
        Some(keys.map_or(Outcome::Failed(KeysFault::Refused), Outcome::Keys))
    }
}

/// A ClientHello from its first octet on: an association is begun by nothing else.
fn begins(datagram: &[u8]) -> bool {
    datagram.len() > LEAST_HELLO
        && matches!(datagram, [HANDSHAKE, _, _, 0, 0, _, _, _, _, _, _, _, _, CLIENT_HELLO, ..])
}

/// Both keys and then both salts, the client's before the server's.
fn both(material: &[u8]) -> Option<(MasterKey, MasterKey)> {
    let [key, salt] = PARTS;
    let (keys, salts) = material.split_at_checked(2 * key)?;
    let ((client, server), (client_salt, server_salt)) =
        (keys.split_at_checked(key)?, salts.split_at_checked(salt)?);
    let whole = |key: &[u8], salt: &[u8]| Some(MasterKey::new([key, salt].concat().try_into().ok()?));
    Some((whole(client, client_salt)?, whole(server, server_salt)?))
}

#[cfg(test)]
#[path = "handshake_tests.rs"]
mod tests;
