//! What encrypts a session's packets, where its keys come from, and whether the packets are encrypted.

use std::net::SocketAddr;
use std::time::Instant;

use super::handshake::{Handshaking, Identity, Outcome};
use crate::call::KeysFault;
use crate::media::{Keying, Keys, Shield};

/// Datagrams of a handshake that are kept until it is known with whom.
const EARLY: usize = 4;

/// What there is to tell of the encryption.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Secured {
    /// The sound is encrypted both ways; or is so no longer.
    Encrypted(bool),
    /// There will be no keys, and no sound.
    Failed(KeysFault),
}

#[derive(Debug, Default)]
pub(super) struct Sealing {
    /// For handshakes: where this end is, and what it shows.
    own: Option<(SocketAddr, Identity)>,
    agreed: Option<Keying>,
    /// Where the other end of a handshake says that it is.
    remote: Option<SocketAddr>,
    handshake: Option<Box<Handshaking>>,
    early: Vec<(SocketAddr, Vec<u8>)>,
    /// In use. Nothing is sent or heard without where something was agreed on.
    keys: Option<Keys>,
    /// Kept when nothing is to be encrypted any more: its counters go on with the same keys.
    shield: Option<Shield>,
    /// Sound went, and came, under these keys.
    sent: bool,
    heard: bool,
    /// Told to be encrypted.
    told: bool,
    failed: Option<KeysFault>,
}

impl Sealing {
    /// At this address, with what it shows in handshakes.
    pub(super) fn new(local: SocketAddr, identity: Option<Identity>) -> Self {
        Self { own: identity.map(|identity| (local, identity)), ..Self::default() }
    }

    /// Takes what was agreed on with the end at that address. What was agreed on before goes on; a handshake does so with
    /// the same end at the same address only (RFC 5763 §6.6). An end on hold may name none.
    pub(super) fn agree(&mut self, now: Instant, keying: Option<Keying>, remote: SocketAddr) {
        let shaken = matches!(keying, Some(Keying::Handshake(_)));
        let moved = shaken && self.remote != Some(remote) && !remote.ip().is_unspecified();
        if self.agreed == keying && !moved {
            return;
        }
        self.remote = Some(remote);
        (self.agreed, self.handshake) = (keying, None);
        let early = std::mem::take(&mut self.early);
        match keying {
            None => self.take_keys(None),
            Some(Keying::Stated(keys)) => self.take_keys(Some(keys)),
            Some(Keying::Handshake(agreed)) => {
                self.take_keys(None);
                let handshake = self.own.clone().and_then(|(local, identity)| {
                    Handshaking::new(now, identity, agreed, (local, remote)).map(Box::new)
                });
                self.handshake = handshake;
                if self.handshake.is_none() {
                    self.failed = Some(KeysFault::Refused);
                }
                early.iter().for_each(|(from, datagram)| self.shake(now, *from, datagram));
            }
        }
    }

    fn take_keys(&mut self, keys: Option<Keys>) {
        self.keys = keys;
        (self.sent, self.heard) = (false, false);
        let Some(keys) = keys else { return };
        self.shield = match self.shield.take() {
            Some(mut shield) => shield.use_keys(keys).then_some(shield),
            None => Shield::new(keys),
        };
        if self.shield.is_none() {
            tracing::error!("the sound cannot be encrypted");
        }
    }

    /// Encrypts a packet if that was agreed on; `false` when it must not be sent.
    pub(super) fn seal(&mut self, packet: &mut Vec<u8>) -> bool {
        if self.agreed.is_none() {
            return true;
        }
        self.keys.is_some() && self.shield.as_mut().is_some_and(|shield| shield.seal(packet))
    }

    /// Tells by the first octet what a datagram is (RFC 7983 §7). Gives what is sound or a report, plain; where
    /// encryption is agreed on, only if it is signed with the other end's key.
    pub(super) fn open<'a>(
        &'a mut self,
        now: Instant,
        from: SocketAddr,
        datagram: &'a [u8],
    ) -> Option<&'a [u8]> {
        match datagram.first()? {
            128..=191 => {}
            20..=63 => {
                self.shake(now, from, datagram);
                return None;
            }
            _ => return None,
        }
        if self.agreed.is_none() {
            return Some(datagram);
        }
        self.keys?;
        let plain = self.shield.as_mut()?.open(datagram)?;
        // Reports are no sound.
        self.heard |= !matches!(plain, [_, 192..=223, ..]);
        Some(plain)
    }

    /// The next datagram of a handshake that is to be sent.
    pub(super) fn outgoing(&mut self) -> Option<(SocketAddr, Vec<u8>)> {
        self.handshake.as_mut()?.outgoing()
    }

    /// The call is not answered yet: the other end may take its time.
    pub(super) fn waits(&mut self, now: Instant) {
        if let Some(handshake) = &mut self.handshake {
            handshake.waits(now);
        }
    }

    /// Sound was sent.
    pub(super) fn sent(&mut self) {
        self.sent = true;
    }

    /// Goes on with a handshake. Whether the sound is encrypted both ways, when that is another answer than the last.
    pub(super) fn news(&mut self, now: Instant) -> Option<Secured> {
        let outcome = self.handshake.as_mut().and_then(|handshake| handshake.tick(now));
        self.come_to(outcome);
        if let Some(fault) = self.failed.take() {
            return Some(Secured::Failed(fault));
        }
        let encrypted = self.keys.is_some() && self.sent && self.heard;
        let news = std::mem::replace(&mut self.told, encrypted) != encrypted;
        news.then_some(Secured::Encrypted(encrypted))
    }

    fn shake(&mut self, now: Instant, from: SocketAddr, datagram: &[u8]) {
        match (&mut self.handshake, self.agreed) {
            (Some(handshake), _) => {
                let outcome = handshake.hear(now, from, datagram);
                self.come_to(outcome);
            }
            // The other end may begin before its answer is here (RFC 5763 §5).
            (None, None) if self.own.is_some() && self.early.len() < EARLY => {
                self.early.push((from, datagram.to_vec()));
            }
            (None, _) => {}
        }
    }

    fn come_to(&mut self, outcome: Option<Outcome>) {
        match outcome {
            Some(Outcome::Keys(keys)) => self.take_keys(Some(keys)),
            Some(Outcome::Failed(fault)) => self.failed = Some(fault),
            None => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::media::{MasterKey, Packetizer, Suite};

    #[test]
    fn the_same_keys_go_on_where_they_were_after_a_time_in_clear() {
        let key = |seed: u8| MasterKey::new([seed; 30]);
        let keys = Keys { suite: Suite::Sha1With80, ours: key(1), theirs: key(2) };
        let mut there = Shield::new(Keys { ours: keys.theirs, theirs: keys.ours, ..keys }).unwrap();
        let mut packet = Vec::new();
        Packetizer::new(7, 1, 0).packet(8, &[0; 160], 160, &mut packet);
        assert!(there.seal(&mut packet));

        #[allow(clippy::disallowed_methods, reason = "no time passes")]
        let now = Instant::now();
        let remote = SocketAddr::from(([127, 0, 0, 1], 9));
        let keys = Some(Keying::Stated(keys));
        let mut sealing = Sealing::new(remote, None);
        sealing.agree(now, keys, remote);
        assert!(sealing.open(now, remote, &packet).is_some());
        sealing.agree(now, None, remote);
        sealing.agree(now, keys, remote);
        assert!(
            sealing.open(now, remote, &packet).is_none(),
            "heard before: who sends it again is somebody else"
        );
    }
}
