//! Digits as telephone-events (RFC 4733). The time is the stream's own timestamp where digits are sent, and
//! milliseconds of any monotonic clock where they are received.

use std::collections::VecDeque;

use super::{FRAME_MS, Packetizer};

/// How long a digit sounds: exchanges ask for 40 ms and more.
const DIGIT_MS: u32 = 100;
/// Silence between two digits.
const GAP_MS: u64 = 60;
/// The end is said this often (§2.5.1.4): two packets may be lost.
const ENDS: u8 = 3;
/// −10 dBm0: what exchanges expect of a digit.
const VOLUME: u8 = 10;
/// Digits that wait to be sent; more are no dialling any more.
const MOST_WAITING: usize = 64;
/// An event with an earlier timestamp is one that came late, unless nothing came for this long.
const STALE_MS: u64 = 2_000;

/// A key of the telephone: 0–9, *, #, A–D.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Digit(u8);

/// In the order of their codes (§3.2).
const KEYS: &[char; 16] = &['0', '1', '2', '3', '4', '5', '6', '7', '8', '9', '*', '#', 'A', 'B', 'C', 'D'];

impl Digit {
    /// The key of that name, in either case.
    pub fn from_char(key: char) -> Option<Self> {
        let key = key.to_ascii_uppercase();
        KEYS.iter().position(|known| *known == key).and_then(|at| u8::try_from(at).ok()).map(Self)
    }

    /// Its name.
    pub fn to_char(self) -> char {
        KEYS.get(usize::from(self.0)).copied().unwrap_or('0')
    }
}

/// One packet's payload (§2.3).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EventPayload {
    /// Event code; 0–15 are digits.
    pub event: u8,
    /// The event is over.
    pub end: bool,
    /// Minus dBm0, 0–63.
    pub volume: u8,
    /// Ticks since its timestamp.
    pub duration: u16,
}

impl EventPayload {
    /// Reads a payload; `None` when it is too short. What follows the first event is left.
    pub fn parse(payload: &[u8]) -> Option<Self> {
        let [event, flags, high, low] = *payload.first_chunk()?;
        let duration = u16::from_be_bytes([high, low]);
        Some(Self { event, end: flags & 0x80 != 0, volume: flags & 0x3f, duration })
    }

    /// Four octets.
    pub fn to_bytes(self) -> [u8; 4] {
        let [high, low] = self.duration.to_be_bytes();
        [self.event, u8::from(self.end) << 7 | self.volume & 0x3f, high, low]
    }
}

/// Sends digits one after the other in place of the sound.
#[derive(Debug, Clone, Default)]
pub struct DigitSender {
    waiting: VecDeque<Digit>,
    sounding: Option<Sounding>,
    /// Milliseconds of sound still to come before the next digit.
    gap: u64,
}

#[derive(Debug, Clone, Copy)]
struct Sounding {
    digit: Digit,
    begun: u32,
    ends: u8,
    length: u16,
}

/// The two clocks of a stream with digits, ticks per second.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Clocks {
    /// Of the timestamps.
    pub stream: u32,
    /// Of the events' durations; the same where the other end knows it.
    pub events: u32,
}

impl DigitSender {
    /// Takes a digit to be sent after those that wait; `false` when too many do.
    pub fn push(&mut self, digit: Digit) -> bool {
        let room = self.waiting.len() < MOST_WAITING;
        if room {
            self.waiting.push_back(digit);
        }
        room
    }

    /// Forgets all that wait.
    pub fn clear(&mut self) {
        *self = Self::default();
    }

    /// Writes the packet that goes out over `out` in place of this frame's sound; `false` when there is
    /// none and the sound goes. To be called every 20 ms.
    pub fn packet(
        &mut self,
        clocks: Clocks,
        payload_type: u8,
        stream: &mut Packetizer,
        out: &mut Vec<u8>,
    ) -> bool {
        let first = self.sounding.is_none();
        if first {
            if self.gap > 0 {
                self.gap = self.gap.saturating_sub(FRAME_MS);
                return false;
            }
            let Some(digit) = self.waiting.pop_front() else { return false };
            self.sounding = Some(Sounding { digit, begun: stream.timestamp(), ends: 0, length: 0 });
        }
        let Some(sounding) = &mut self.sounding else { return false };
        let frame = clocks.stream / 1_000 * FRAME_MS as u32;
        if sounding.ends == 0 {
            let passed = stream.timestamp().wrapping_sub(sounding.begun).wrapping_add(frame);
            let length = u64::from(passed) * u64::from(clocks.events) / u64::from(clocks.stream.max(1));
            sounding.length = u16::try_from(length).unwrap_or(u16::MAX);
        }
        let over = u32::from(sounding.length) >= clocks.events / 1_000 * DIGIT_MS;
        sounding.ends += u8::from(over);
        let (duration, begun) = (sounding.length, sounding.begun);
        let payload = EventPayload { event: sounding.digit.0, end: over, volume: VOLUME, duration };
        if sounding.ends >= ENDS {
            self.sounding = None;
            self.gap = GAP_MS;
        }
        stream.event(payload_type, &payload.to_bytes(), (begun, first), frame, out);
        true
    }
}

/// Receives digits, each once.
#[derive(Debug, Clone, Default)]
pub struct DigitReceiver {
    last: Option<Last>,
}

#[derive(Debug, Clone, Copy)]
struct Last {
    event: u8,
    timestamp: u32,
    duration: u16,
    at_ms: u64,
}

impl DigitReceiver {
    /// Takes an event's packet of one source; tells its digit at the first packet that comes of it.
    pub fn hear(&mut self, now_ms: u64, timestamp: u32, payload: &[u8]) -> Option<Digit> {
        let EventPayload { event, duration, .. } = EventPayload::parse(payload)?;
        if usize::from(event) >= KEYS.len() {
            return None;
        }
        let heard = Last { event, timestamp, duration, at_ms: now_ms };
        let Some(last) = self.last else {
            self.last = Some(heard);
            return Some(Digit(event));
        };
        let ahead = timestamp.wrapping_sub(last.timestamp) as i32;
        if ahead == 0 {
            let duration = duration.max(last.duration);
            self.last = Some(Last { duration, at_ms: now_ms, ..last });
            return None;
        }
        if ahead < 0 && now_ms.saturating_sub(last.at_ms) < STALE_MS {
            return None;
        }
        self.last = Some(heard);
        // A key held longer than the field can say goes on as a new segment (§2.5.1.3).
        let goes_on = event == last.event && last.duration == u16::MAX && ahead == i32::from(u16::MAX);
        (!goes_on).then_some(Digit(event))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::media::Packet;

    fn digits(text: &str) -> Vec<Digit> {
        text.chars().map(|key| Digit::from_char(key).unwrap()).collect()
    }

    /// What goes out when these are dialled: payload type 8 is sound, 101 digits.
    fn sent(text: &str, clocks: Clocks, frames: usize) -> Vec<Vec<u8>> {
        let frame = clocks.stream / 50;
        let mut stream = Packetizer::new(7, u16::MAX - 3, u32::MAX - 2 * frame);
        let mut sender = DigitSender::default();
        assert!(digits(text).into_iter().all(|digit| sender.push(digit)));
        (0..frames)
            .map(|_| {
                let mut out = Vec::new();
                if !sender.packet(clocks, 101, &mut stream, &mut out) {
                    stream.packet(8, &[0], frame, &mut out);
                }
                out
            })
            .collect()
    }

    #[test]
    fn a_digit_grows_from_its_beginning_ends_three_times_and_the_sound_goes_on_after_it() {
        for (stream, events) in [(8_000, 8_000), (48_000, 48_000), (48_000, 8_000)] {
            let clocks = Clocks { stream, events };
            let sent = sent("5", clocks, 9);
            let read: Vec<Packet> = sent.iter().map(|packet| Packet::parse(packet).unwrap()).collect();
            let begun = u32::MAX - 2 * (stream / 50);
            for (i, packet) in read.iter().enumerate() {
                assert_eq!(packet.sequence, (u16::MAX - 3).wrapping_add(i as u16));
            }
            for (i, packet) in read.iter().take(7).enumerate() {
                let event = EventPayload::parse(packet.payload).unwrap();
                assert_eq!((packet.payload_type, packet.timestamp, packet.marker), (101, begun, i == 0));
                let grown = (events / 50) as u16 * (i as u16 + 1).min(5);
                assert_eq!((event.event, event.duration, event.end), (5, grown, i >= 4));
            }
            assert_eq!(read[7].payload_type, 8);
            assert_eq!(read[7].timestamp, begun.wrapping_add(7 * (stream / 50)), "the clock did not stop");
        }
    }

    #[test]
    fn a_key_held_very_long_is_one_digit_and_other_events_are_none() {
        let mut receiver = DigitReceiver::default();
        let event = |event, duration| EventPayload { event, end: false, volume: 0, duration }.to_bytes();
        assert_eq!(receiver.hear(0, 1_000, &event(11, u16::MAX)).map(Digit::to_char), Some('#'));
        assert_eq!(receiver.hear(8_000, 1_000 + 0xffff, &event(11, 800)), None);
        assert_eq!(receiver.hear(9_000, 90_000, &event(16, 800)), None);
        assert_eq!(receiver.hear(9_000, 90_000, &event(11, 800)).map(Digit::to_char), Some('#'));
        assert_eq!(receiver.hear(9_000, 99_000, &[1, 2, 3]), None);
    }

    #[test]
    fn a_key_is_told_once_whatever_its_packets_say_of_its_length() {
        let mut receiver = DigitReceiver::default();
        let event = |end, duration| EventPayload { event: 5, end, volume: 0, duration }.to_bytes();
        // Its end alone, the beginning having been lost; then backwards, and again.
        assert_eq!(receiver.hear(0, 1_000, &event(true, 800)).map(Digit::to_char), Some('5'));
        for (end, duration) in [(true, 800), (false, 160), (false, 0), (true, u16::MAX), (false, 320)] {
            assert_eq!(receiver.hear(20, 1_000, &event(end, duration)), None);
        }
        for length in 0..4 {
            assert_eq!(receiver.hear(40, 9_000, &event(true, 160)[..length]), None);
        }
        // Several events in one packet (§2.5.1.5): the first counts.
        let two = [event(true, 800), event(true, 400)].concat();
        assert_eq!(receiver.hear(60, 9_000, &two).map(Digit::to_char), Some('5'));
    }

    proptest! {
        #[test]
        fn each_digit_comes_once_whatever_is_lost_doubled_or_late(
            text in "[0-9*#A-D]{1,12}",
            fates in proptest::collection::vec((any::<bool>(), any::<bool>(), 0u64..30), 160),
        ) {
            let sent = sent(&text, Clocks { stream: 8_000, events: 8_000 }, 160);
            let mut arrivals = Vec::new();
            let mut in_a_row = 0;
            for (i, (packet, (lost, doubled, delay))) in sent.iter().zip(fates).enumerate() {
                if Packet::parse(packet).unwrap().payload_type != 101 {
                    continue;
                }
                // Of the seven packets of a digit one at least comes.
                in_a_row = if lost { in_a_row + 1 } else { 0 };
                let lost = lost && in_a_row < 4;
                if !lost {
                    arrivals.push((i as u64 * 20 + delay, packet));
                    if doubled {
                        arrivals.push((i as u64 * 20 + delay + 25, packet));
                    }
                }
            }
            arrivals.sort_by_key(|(at, _)| *at);
            let mut receiver = DigitReceiver::default();
            let heard: String = arrivals
                .into_iter()
                .filter_map(|(at, packet)| {
                    let packet = Packet::parse(packet).unwrap();
                    receiver.hear(at, packet.timestamp, packet.payload).map(Digit::to_char)
                })
                .collect();
            prop_assert_eq!(heard, text);
        }

        #[test]
        fn any_payloads_are_taken(
            packets in proptest::collection::vec(
                (any::<u64>(), any::<u32>(), proptest::collection::vec(any::<u8>(), 0..9)), 0..40)
        ) {
            let mut receiver = DigitReceiver::default();
            for (now, timestamp, payload) in packets {
                if let Some(digit) = receiver.hear(now, timestamp, &payload) {
                    prop_assert_eq!(Digit::from_char(digit.to_char()), Some(digit));
                }
            }
        }
    }
}
