//! What encrypts a session's packets, and whether they are encrypted.

use crate::media::{Keys, Shield};

#[derive(Debug, Default)]
pub(super) struct Sealing {
    keys: Option<Keys>,
    /// Kept when nothing is to be encrypted any more: its counters go on with the same keys.
    shield: Option<Shield>,
    /// Sound went, and came, under these keys.
    sent: bool,
    heard: bool,
    /// Told to be encrypted.
    told: bool,
}

impl Sealing {
    /// Takes what was agreed on. Without what encrypts nothing is sent or heard.
    pub(super) fn agree(&mut self, keys: Option<Keys>) {
        if self.keys == keys {
            return;
        }
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
        self.keys.is_none() || self.shield.as_mut().is_some_and(|shield| shield.seal(packet))
    }

    /// The plain datagram; where encryption is agreed on, only if it is signed with the other end's key.
    pub(super) fn open<'a>(&'a mut self, datagram: &'a [u8]) -> Option<&'a [u8]> {
        if self.keys.is_none() {
            return Some(datagram);
        }
        let plain = self.shield.as_mut()?.open(datagram)?;
        // Reports are no sound.
        self.heard |= !matches!(plain, [_, 192..=223, ..]);
        Some(plain)
    }

    /// Sound was sent.
    pub(super) fn sent(&mut self) {
        self.sent = true;
    }

    /// Whether the sound is encrypted both ways, when that is another answer than the last.
    pub(super) fn news(&mut self) -> Option<bool> {
        let encrypted = self.keys.is_some() && self.sent && self.heard;
        (std::mem::replace(&mut self.told, encrypted) != encrypted).then_some(encrypted)
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

        let mut sealing = Sealing::default();
        sealing.agree(Some(keys));
        assert!(sealing.open(&packet).is_some());
        sealing.agree(None);
        sealing.agree(Some(keys));
        assert!(sealing.open(&packet).is_none(), "heard before: who sends it again is somebody else");
    }
}
