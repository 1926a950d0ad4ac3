//! The line between two phones: drops and delays packets as a seed says, the same for every phone.

use crate::clock::{self, Stopwatch};
use crate::command::Outcome;
use std::net::{SocketAddr, UdpSocket};
use std::time::Duration;

/// Numbers that follow from a seed alone (splitmix64).
#[derive(Debug, Clone)]
pub struct Chance(u64);

impl Chance {
    /// From a seed.
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// 0–1.
    pub fn next(&mut self) -> f64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((z ^ (z >> 31)) >> 11) as f64 / (1u64 << 53) as f64
    }
}

/// How bad a line is.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Weather {
    /// Share of packets that are lost, 0–1.
    pub loss: f64,
    /// Each packet is late by a chance time up to this, milliseconds.
    pub jitter_ms: f64,
}

/// When each of `count` packets of 20 ms leaves the line, milliseconds from the first; none when lost.
pub fn plan(weather: Weather, seed: u64, count: usize) -> Vec<Option<f64>> {
    let mut chance = Chance::new(seed);
    (0..count)
        .map(|packet| {
            let (lost, late) = (chance.next() < weather.loss, chance.next() * weather.jitter_ms);
            (!lost).then_some(packet as f64 * 20.0 + late)
        })
        .collect()
}

/// What one phone is told: packets, each with its time.
pub struct Stream<'p> {
    /// From where, so that what the phone says has somewhere to go.
    pub socket: &'p UdpSocket,
    /// To where.
    pub to: SocketAddr,
    /// The packets, RTP.
    pub packets: &'p [Vec<u8>],
    /// When each leaves.
    pub plan: Vec<Option<f64>>,
}

/// Sends all streams at once, in time.
pub fn send(streams: &[Stream<'_>]) -> Outcome {
    let mut due: Vec<(f64, usize, usize)> = Vec::new();
    for (number, stream) in streams.iter().enumerate() {
        let times = stream.plan.iter().enumerate();
        due.extend(times.filter_map(|(packet, at)| Some(((*at)?, number, packet))));
    }
    due.sort_by(|a, b| a.0.total_cmp(&b.0));
    let watch = Stopwatch::start();
    for (at, stream, packet) in due {
        let left = at / 1000.0 - watch.elapsed().as_secs_f64();
        if left > 0.0 {
            clock::pause(Duration::from_secs_f64(left));
        }
        if let Some((stream, bytes)) = streams.get(stream).and_then(|s| Some((s, s.packets.get(packet)?))) {
            // Refused by a phone that has gone: what it heard will show that.
            let _ = stream.socket.send_to(bytes, stream.to);
        }
    }
    Ok(())
}

/// Packets of silence in A-law, for so many seconds.
pub fn silence(seconds: usize) -> Vec<Vec<u8>> {
    (0..seconds * 50).map(|number| rtp(8, number as u16, number as u32 * 160, &[0xd5; 160])).collect()
}

/// So many seconds of noise in PCMA, the same in each run: what an echo canceller works at.
pub fn noise(seconds: usize) -> Vec<Vec<u8>> {
    let mut chance = 1u32;
    let mut sample = || {
        chance = chance.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        // Either sign, below the loudest.
        ((chance >> 24) as u8 & 0xef) ^ 0x55
    };
    let packet = |number: usize| -> Vec<u8> {
        let payload: Vec<u8> = (0..160).map(|_| sample()).collect();
        rtp(8, number as u16, number as u32 * 160, &payload)
    };
    (0..seconds * 50).map(packet).collect()
}

fn rtp(kind: u8, sequence: u16, timestamp: u32, payload: &[u8]) -> Vec<u8> {
    let mut packet = vec![0x80, kind];
    packet.extend(sequence.to_be_bytes());
    packet.extend(timestamp.to_be_bytes());
    packet.extend(0x5157_0001_u32.to_be_bytes());
    packet.extend(payload);
    packet
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seed_gives_the_same_line_again_and_another_another() {
        let weather = Weather { loss: 0.1, jitter_ms: 30.0 };
        let first = plan(weather, 1, 4_000);
        assert_eq!(first, plan(weather, 1, 4_000));
        assert_ne!(first, plan(weather, 2, 4_000));
        let lost = first.iter().filter(|at| at.is_none()).count();
        assert!((320..480).contains(&lost), "{lost}");
        let late = |(packet, at): (usize, &Option<f64>)| at.map(|at| at - packet as f64 * 20.0);
        assert!(first.iter().enumerate().filter_map(late).all(|late| (0.0..30.0).contains(&late)));
    }

    #[test]
    fn what_is_sent_arrives_in_time_and_order_of_the_plan() {
        let (ours, theirs) =
            (UdpSocket::bind("127.0.0.1:0").unwrap(), UdpSocket::bind("127.0.0.1:0").unwrap());
        theirs.set_read_timeout(Some(Duration::from_secs(5))).unwrap();
        let packets = silence(1);
        let mut plan = vec![None; 50];
        (plan[0], plan[1], plan[2]) = (Some(30.0), Some(5.0), Some(40.0));
        let to = theirs.local_addr().unwrap();
        let watch = Stopwatch::start();
        send(&[Stream { socket: &ours, to, packets: &packets, plan }]).unwrap();
        assert!(watch.elapsed() >= Duration::from_millis(40));
        let mut heard = Vec::new();
        for _ in 0..3 {
            let mut buffer = [0; 400];
            theirs.recv(&mut buffer).unwrap();
            heard.push(buffer[3]);
        }
        assert_eq!(heard, [1, 0, 2]);
    }
}
