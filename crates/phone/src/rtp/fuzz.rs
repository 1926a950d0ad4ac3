//! What fuzzing reaches of the readers of what comes over an RTP port.

use std::net::SocketAddr;
use std::sync::LazyLock;
use std::time::{Duration, Instant};

use super::handshake::Identity;
use super::monitor::Monitor;
use super::sealing::Sealing;
use crate::media::rtcp::Control;
use crate::media::{
    Codec, Fingerprint, Handshake, KEY, Keying, Keys, MasterKey, Packet, PacketError, Role, Suite,
};

static IDENTITY: LazyLock<Option<Identity>> = LazyLock::new(Identity::new);

/// Datagrams that come over one port one after the other: told apart, opened, read; of a call that is in clear, one with
/// stated keys, one in whose handshake we wait and one in which we begin.
///
/// # Panics
/// When something in clear passes where encryption was agreed on.
pub fn datagrams<'a>(datagrams: impl Iterator<Item = &'a [u8]> + Clone) {
    let (ours, theirs) = (SocketAddr::from(([192, 0, 2, 1], 4000)), SocketAddr::from(([192, 0, 2, 2], 4000)));
    let key = |seed: u8| MasterKey::new([seed; KEY]);
    let keys = Keys { suite: Suite::Sha1With80, ours: key(1), theirs: key(2) };
    let shaken = |role| Keying::Handshake(Handshake { role, theirs: Fingerprint::new([3; 32]) });
    let all = [None, Some(Keying::Stated(keys)), Some(shaken(Role::Server)), Some(shaken(Role::Client))];
    for keying in all {
        #[allow(clippy::disallowed_methods, reason = "where the simulated time begins")]
        let mut now = Instant::now();
        let mut sealing = Sealing::new(ours, IDENTITY.clone());
        let mut monitor = Monitor::new(7, 8);
        // What comes before the answer is kept.
        let mut pieces = datagrams.clone();
        for datagram in pieces.by_ref().take(1) {
            let _ = sealing.open(now, theirs, datagram);
        }
        sealing.agree(now, keying, theirs);
        for (at, datagram) in (20u64..).step_by(20).zip(pieces) {
            now += Duration::from_millis(20);
            if let Some(plain) = sealing.open(now, theirs, datagram) {
                assert!(!matches!(keying, Some(Keying::Handshake(_))), "keys of nowhere");
                take(&mut monitor, at, plain);
            }
            while sealing.outgoing().is_some() {}
            let _ = sealing.news(now);
        }
    }
}

fn take(monitor: &mut Monitor, at: u64, plain: &[u8]) {
    match Packet::parse(plain) {
        Ok(packet) => monitor.heard(at as f64, Codec::Pcma, &packet),
        Err(PacketError::Control) => {
            let _ = Control::parse(plain).and_then(|report| monitor.told(at, &report));
        }
        Err(_) => {}
    }
    let _ = (monitor.judge(0, 40.0), monitor.judged(0, 40.0));
    let _ = monitor.report(at, 0, 9, &mut Vec::new());
}
