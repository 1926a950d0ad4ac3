//! Encrypted RTP and RTCP (SRTP, RFC 3711): the cipher is the library's; which keys and which streams is ours.

use rtc_srtp::context::Context;
use rtc_srtp::crypto::default_provider;
use rtc_srtp::option::{srtcp_replay_protection, srtp_replay_protection};
use rtc_srtp::protection_profile::ProtectionProfile;

use super::sdes::{Keys, MasterKey, Suite};

/// Packets that come late by more than this are taken for repeated ones (RFC 3711 §3.3.2).
const WINDOW: usize = 128;
/// Streams of the other end that are remembered, with what was heard of each.
const STREAMS: usize = 4;

/// The keys of a call at work. Keys that stay keep their counters: a counter that begins anew under the same key would
/// give the sound away (§9.1).
pub struct Shield {
    keys: Keys,
    seal: Context,
    /// By synchronisation source; the newest last. Only sources whose signature was right are kept.
    open: Vec<(u32, Context)>,
    plain: Vec<u8>,
}

impl std::fmt::Debug for Shield {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Shield").field("suite", &self.keys.suite).finish_non_exhaustive()
    }
}

/// RTP, or RTCP, as RFC 5761 §4 tells them apart.
fn is_report(datagram: &[u8]) -> bool {
    matches!(datagram, [_, 192..=223, ..])
}

fn source(datagram: &[u8]) -> Option<u32> {
    let at = if is_report(datagram) { 4 } else { 8 };
    let octets = datagram.get(at..at + 4)?;
    Some(u32::from_be_bytes(octets.try_into().ok()?))
}

fn context(suite: Suite, key: &MasterKey) -> Option<Context> {
    let profile = match suite {
        Suite::Sha1With80 => ProtectionProfile::Aes128CmHmacSha1_80,
        Suite::Sha1With32 => ProtectionProfile::Aes128CmHmacSha1_32,
    };
    let provider = default_provider().ok()?;
    let (sound, reports) = (srtp_replay_protection(WINDOW), srtcp_replay_protection(WINDOW));
    Context::new(key.key(), key.salt(), profile, Some(sound), Some(reports), provider.crypto()).ok()
}

impl Shield {
    /// For new keys.
    pub fn new(keys: Keys) -> Option<Self> {
        Some(Self { keys, seal: context(keys.suite, &keys.ours)?, open: vec![], plain: vec![] })
    }

    /// Goes over to keys that may be new for one direction only; `false` when they cannot be used.
    pub fn use_keys(&mut self, keys: Keys) -> bool {
        let before = std::mem::replace(&mut self.keys, keys);
        if (before.suite, before.ours) != (keys.suite, keys.ours) {
            let Some(seal) = context(keys.suite, &keys.ours) else { return false };
            self.seal = seal;
        }
        if (before.suite, before.theirs) != (keys.suite, keys.theirs) {
            self.open.clear();
        }
        true
    }

    /// Encrypts and signs an RTP or RTCP packet in place; `false` when it must not be sent.
    pub fn seal(&mut self, packet: &mut Vec<u8>) -> bool {
        let sealed =
            if is_report(packet) { self.seal.encrypt_rtcp(packet) } else { self.seal.encrypt_rtp(packet) };
        let Ok(sealed) = sealed else { return false };
        packet.clear();
        packet.extend_from_slice(&sealed);
        true
    }

    /// Gives the plain packet; `None` for what is not signed with their key, or was heard before.
    pub fn open(&mut self, datagram: &[u8]) -> Option<&[u8]> {
        let source = source(datagram)?;
        let known = self.open.iter().position(|(of, _)| *of == source);
        let plain = match known.and_then(|at| self.open.get_mut(at)) {
            Some((_, stream)) => opened(stream, datagram)?,
            None => {
                // Anybody can send with a new source: it is remembered when its signature is right.
                let mut stream = context(self.keys.suite, &self.keys.theirs)?;
                let plain = opened(&mut stream, datagram)?;
                if self.open.len() >= STREAMS {
                    self.open.remove(0);
                }
                self.open.push((source, stream));
                plain
            }
        };
        self.plain = plain;
        Some(&self.plain)
    }
}

fn opened(stream: &mut Context, datagram: &[u8]) -> Option<Vec<u8>> {
    let plain =
        if is_report(datagram) { stream.decrypt_rtcp(datagram) } else { stream.decrypt_rtp(datagram) };
    plain.ok().map(Into::into)
}

#[cfg(test)]
mod tests {
    use super::super::Packetizer;
    use super::super::sdes::KEY;
    use super::*;

    fn keys(suite: Suite, ours: u8, theirs: u8) -> Keys {
        let key = |seed: u8| MasterKey::new(std::array::from_fn(|i| seed.wrapping_add(i as u8)));
        assert_eq!(KEY, 30);
        Keys { suite, ours: key(ours), theirs: key(theirs) }
    }

    fn ends(suite: Suite) -> (Shield, Shield) {
        (Shield::new(keys(suite, 1, 99)).unwrap(), Shield::new(keys(suite, 99, 1)).unwrap())
    }

    /// Packets of a stream of its own; the payload tells the number.
    fn stream(source: u32, first: u16, count: u32) -> Vec<Vec<u8>> {
        let mut packetizer = Packetizer::new(source, first, 0);
        let packet = |number: u32| {
            let mut packet = Vec::new();
            packetizer.packet(8, &number.to_be_bytes().repeat(40), 160, &mut packet);
            packet
        };
        (0..count).map(packet).collect()
    }

    fn sealed(shield: &mut Shield, plain: &[u8]) -> Vec<u8> {
        let mut packet = plain.to_vec();
        assert!(shield.seal(&mut packet));
        packet
    }

    #[test]
    fn what_is_sealed_is_opened_by_the_other_end_alone_and_once() {
        for (suite, tag) in [(Suite::Sha1With80, 10), (Suite::Sha1With32, 4)] {
            let (mut here, mut there) = ends(suite);
            for plain in stream(7, 1, 5) {
                let packet = sealed(&mut here, &plain);
                assert_eq!(packet.len(), plain.len() + tag);
                assert_ne!(packet[12..plain.len()], plain[12..]);
                let mut broken = packet.clone();
                broken[20] ^= 1;
                assert_eq!(there.open(&broken), None, "changed on the way");
                assert_eq!(there.open(&plain), None, "never sealed");
                assert_eq!(there.open(&packet), Some(&plain[..]));
                assert_eq!(there.open(&packet), None, "heard before");
            }
        }
    }

    #[test]
    fn a_stream_goes_on_beyond_its_numbers_with_loss_and_disorder() {
        let (mut here, mut there) = ends(Suite::Sha1With80);
        let packets: Vec<_> =
            stream(7, 65_000, 70_000).into_iter().map(|p| (sealed(&mut here, &p), p)).collect();
        for pair in packets.chunks(4).flat_map(|four| [four.get(2), four.first()]).flatten() {
            assert_eq!(there.open(&pair.0), Some(&pair.1[..]));
        }
    }

    #[test]
    fn keys_that_stay_keep_their_counters_and_new_ones_begin_anew() {
        let (mut here, mut there) = ends(Suite::Sha1With80);
        // Beyond the numbers once: a counter that began anew would not be understood.
        for plain in stream(7, 65_500, 100) {
            assert!(there.open(&sealed(&mut here, &plain)).is_some());
        }
        assert!(here.use_keys(keys(Suite::Sha1With80, 1, 50)));
        let next = &stream(7, 64, 1)[0];
        assert_eq!(there.open(&sealed(&mut here, next)), Some(&next[..]), "our key stays");
        assert!(here.use_keys(keys(Suite::Sha1With80, 2, 50)));
        let next = &stream(7, 65, 1)[0];
        let packet = sealed(&mut here, next);
        assert_eq!(there.open(&packet), None, "a key it does not know yet");
        assert!(there.use_keys(keys(Suite::Sha1With80, 50, 2)));
        assert_eq!(there.open(&packet), Some(&next[..]));
    }

    #[test]
    fn reports_are_sealed_too_and_foreign_datagrams_leave_no_trace() {
        let (mut here, mut there) = ends(Suite::Sha1With32);
        let report = [&[0x80, 201, 0, 1][..], &7u32.to_be_bytes()].concat();
        let packet = sealed(&mut here, &report);
        assert_eq!(there.open(&packet), Some(&report[..]));
        for source in 0..1_000u32 {
            let forged = [&[0x80, 8, 0, 1, 0, 0, 0, 0][..], &source.to_be_bytes(), &[0; 40]].concat();
            assert_eq!(there.open(&forged), None);
        }
        assert_eq!(there.open.len(), 1);
        for length in 0..30 {
            assert_eq!(there.open(&vec![0x80; length]), None);
            assert_eq!(there.open(&[&[0x80, 201][..], &vec![0xff; length]].concat()), None);
            let mut cut = packet.clone();
            cut.truncate(length.min(packet.len() - 1));
            assert_eq!(there.open(&cut), None);
        }
    }
}
