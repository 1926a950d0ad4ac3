//! RTCP: sender and receiver reports (RFC 3550 §6.4), and what they are counted from (appendices A.1, A.3
//! and A.8). Time is an argument, milliseconds of any monotonic clock.

use super::xr::{EXTENDED_REPORT, VoipMetrics};

/// Longer datagrams are none of ours.
const LONGEST: usize = 2_048;
/// Sequence numbers this far ahead are a gap, further ones a new beginning (A.1).
const MAX_DROPOUT: u16 = 3_000;
/// So far behind is late, not new.
const MAX_MISORDER: u16 = 100;

const SENDER_REPORT: u8 = 200;
const RECEIVER_REPORT: u8 = 201;
const SOURCE_DESCRIPTION: u8 = 202;
const GOODBYE: u8 = 203;

/// What a sender tells of itself (§6.4.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SenderInfo {
    /// The sender's clock: seconds and 1/2³² s. Any epoch does; only differences are used.
    pub ntp: u64,
    /// The same moment as an RTP timestamp.
    pub timestamp: u32,
    /// Packets sent.
    pub packets: u32,
    /// Octets of payload sent.
    pub octets: u32,
}

/// What a receiver tells of one source (§6.4.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ReportBlock {
    /// The source that is told of.
    pub source: u32,
    /// Lost since the report before, 1/256.
    pub fraction: u8,
    /// Lost in all, 24 bits; negative when packets came twice.
    pub lost: i32,
    /// Highest sequence number with its cycles.
    pub highest: u32,
    /// Interarrival jitter, ticks of the stream's clock.
    pub jitter: u32,
    /// The middle 32 bits of the last sender report's clock; 0 before any.
    pub last_report: u32,
    /// Since it came, 1/65536 s.
    pub delay: u32,
}

/// A compound packet, as far as it matters here.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Control {
    /// Who reports.
    pub source: u32,
    /// Of a sender report.
    pub sender: Option<SenderInfo>,
    /// Of all its reports.
    pub reports: Vec<ReportBlock>,
    /// A source leaves.
    pub goodbye: bool,
    /// How it hears one of the sources (RFC 3611 §4.7).
    pub metrics: Option<VoipMetrics>,
}

impl Control {
    /// Reads a compound packet; `None` unless it begins with a report and its lengths add up (A.2).
    pub fn parse(datagram: &[u8]) -> Option<Self> {
        if datagram.len() > LONGEST {
            return None;
        }
        let mut control = Self::default();
        let mut rest = datagram;
        let mut first = true;
        while !rest.is_empty() {
            let [head, kind, high, low] = *rest.first_chunk()?;
            let length = (usize::from(u16::from_be_bytes([high, low])) + 1) * 4;
            let body = rest.get(4..length)?;
            let is_report = matches!(kind, SENDER_REPORT | RECEIVER_REPORT);
            if head >> 6 != 2 || (first && !is_report) {
                return None;
            }
            if is_report {
                control.report(kind == SENDER_REPORT, usize::from(head & 31), body)?;
            }
            control.goodbye |= kind == GOODBYE;
            if kind == EXTENDED_REPORT {
                control.metrics = VoipMetrics::find(body).or(control.metrics);
            }
            first = false;
            rest = rest.get(length..)?;
        }
        (!first).then_some(control)
    }

    fn report(&mut self, of_sender: bool, count: usize, body: &[u8]) -> Option<()> {
        let word = |at: usize| word(body, at);
        self.source = word(0)?;
        if of_sender {
            let ntp = u64::from(word(1)?) << 32 | u64::from(word(2)?);
            self.sender = Some(SenderInfo { ntp, timestamp: word(3)?, packets: word(4)?, octets: word(5)? });
        }
        let begin = if of_sender { 6 } else { 1 };
        for at in (0..count).map(|block| begin + block * 6) {
            let losses = word(at + 1)?;
            self.reports.push(ReportBlock {
                source: word(at)?,
                fraction: (losses >> 24) as u8,
                // 24 bits with a sign.
                lost: ((losses << 8) as i32) >> 8,
                highest: word(at + 2)?,
                jitter: word(at + 3)?,
                last_report: word(at + 4)?,
                delay: word(at + 5)?,
            });
        }
        Some(())
    }

    /// Writes the compound packet over `out`, with the name that every one must carry (§6.1).
    pub fn write(&self, name: &str, out: &mut Vec<u8>) {
        out.clear();
        let kind = if self.sender.is_some() { SENDER_REPORT } else { RECEIVER_REPORT };
        let count = self.reports.len().min(31);
        let words = 1 + self.sender.map_or(0, |_| 5) + count * 6;
        out.extend([0x80 | count as u8, kind]);
        out.extend((words as u16).to_be_bytes());
        let mut put = |value: u32| out.extend(value.to_be_bytes());
        put(self.source);
        if let Some(SenderInfo { ntp, timestamp, packets, octets }) = self.sender {
            [(ntp >> 32) as u32, ntp as u32, timestamp, packets, octets].into_iter().for_each(&mut put);
        }
        for block in self.reports.iter().take(count) {
            let lost = block.lost.clamp(-0x80_0000, 0x7f_ffff) as u32 & 0xff_ffff;
            let losses = u32::from(block.fraction) << 24 | lost;
            [block.source, losses, block.highest, block.jitter, block.last_report, block.delay]
                .into_iter()
                .for_each(&mut put);
        }
        self.describe(name, out);
    }

    fn describe(&self, name: &str, out: &mut Vec<u8>) {
        let name = name.as_bytes().get(..name.len().min(64)).unwrap_or_default();
        // One to four zeroes end the list of items.
        let words = 1 + (2 + name.len()) / 4 + 1;
        let begin = out.len();
        out.extend([0x81, SOURCE_DESCRIPTION]);
        out.extend((words as u16).to_be_bytes());
        out.extend(self.source.to_be_bytes());
        out.extend([1, name.len() as u8]);
        out.extend(name);
        out.resize(begin + (words + 1) * 4, 0);
    }
}

fn word(body: &[u8], at: usize) -> Option<u32> {
    body.get(at * 4..at * 4 + 4)?.try_into().ok().map(u32::from_be_bytes)
}

/// Milliseconds as the sender report's clock.
pub fn ntp(now_ms: u64) -> u64 {
    ((now_ms / 1_000) << 32) | (((now_ms % 1_000) << 32) / 1_000)
}

/// The middle of that clock: 1/65536 s.
fn middle(now_ms: u64) -> u32 {
    (ntp(now_ms) >> 16) as u32
}

/// The round trip that a report on our own stream tells, milliseconds (§6.4.1); `None` when it answers no
/// sender report of ours.
pub fn round_trip_ms(now_ms: u64, block: &ReportBlock) -> Option<f64> {
    if block.last_report == 0 {
        return None;
    }
    let trip = middle(now_ms).wrapping_sub(block.last_report).wrapping_sub(block.delay);
    // More than a minute is a clock gone wrong; a little below nothing is rounding.
    let ms = f64::from(trip as i32) / 65.536;
    (-5.0..60_000.0).contains(&ms).then_some(ms.max(0.0))
}

/// What is counted of one source that is heard.
#[derive(Debug, Clone)]
pub struct Reception {
    source: u32,
    clock_rate: u32,
    first: u32,
    highest: u32,
    received: u32,
    /// Gaps in the sequence, and the packets in them when they were met.
    holes: u32,
    missing: u32,
    expected_before: u32,
    received_before: u32,
    /// Arrival minus timestamp of the last packet, ticks.
    transit: Option<f64>,
    jitter: f64,
    /// The last sender report's clock and when it came.
    report: Option<(u32, u64)>,
    /// A sequence number far off: a second one after it is a new beginning.
    odd: Option<u16>,
}

impl Reception {
    /// From a source's first packet on.
    pub fn new(source: u32, clock_rate: u32, sequence: u16) -> Self {
        let first = u32::from(sequence);
        Self {
            source,
            clock_rate,
            first,
            highest: first,
            received: 0,
            holes: 0,
            missing: 0,
            expected_before: 0,
            received_before: 0,
            transit: None,
            jitter: 0.0,
            report: None,
            odd: None,
        }
    }

    /// Takes a packet that arrived; the moment in milliseconds and parts of them.
    pub fn hear(&mut self, now_ms: f64, sequence: u16, timestamp: u32) {
        if self.count(sequence) {
            self.measure(now_ms, timestamp);
        }
    }

    /// Counts a packet whose timestamp tells nothing; `false` while it may be a stray one (A.1).
    pub fn count(&mut self, sequence: u16) -> bool {
        let ahead = sequence.wrapping_sub(self.highest as u16);
        if ahead < MAX_DROPOUT {
            self.holes += u32::from(ahead > 1);
            self.missing = self.missing.saturating_add(u32::from(ahead.saturating_sub(1)));
            self.highest = self.highest.wrapping_add(u32::from(ahead));
        } else if ahead <= u16::MAX - MAX_MISORDER {
            if self.odd != Some(sequence) {
                self.odd = Some(sequence.wrapping_add(1));
                return false;
            }
            let kept = (self.source, self.clock_rate, self.jitter, self.report);
            *self = Self::new(kept.0, kept.1, sequence);
            (self.jitter, self.report) = (kept.2, kept.3);
        }
        self.odd = None;
        self.received = self.received.wrapping_add(1);
        true
    }

    /// A.8, with the difference of timestamps taken before the wrap can tell.
    fn measure(&mut self, now_ms: f64, timestamp: u32) {
        let arrival = now_ms * f64::from(self.clock_rate) / 1_000.0;
        let wrap = f64::from(u32::MAX) + 1.0;
        let transit = (arrival - f64::from(timestamp)).rem_euclid(wrap);
        if let Some(before) = self.transit.replace(transit) {
            let step = (transit - before).abs();
            let step = step.min(wrap - step);
            // A jump of the timestamps is no jitter.
            if step < f64::from(self.clock_rate) {
                self.jitter += (step - self.jitter) / 16.0;
            }
        }
    }

    /// A sender report of this source came.
    pub fn reported(&mut self, now_ms: u64, sender: &SenderInfo) {
        self.report = Some(((sender.ntp >> 16) as u32, now_ms));
    }

    /// Packets that should have come.
    pub fn expected(&self) -> u32 {
        self.highest.wrapping_sub(self.first).wrapping_add(1)
    }

    /// Which source it is.
    pub fn source(&self) -> u32 {
        self.source
    }

    /// Packets in the gaps of the sequence, when they were met.
    pub fn missing(&self) -> u32 {
        self.missing
    }

    /// Packets lost in all; negative when some came twice.
    pub fn lost(&self) -> i32 {
        self.expected().wrapping_sub(self.received) as i32
    }

    /// Share of the packets that never came, 0–1.
    pub fn lost_share(&self) -> f64 {
        f64::from(self.lost().max(0)) / f64::from(self.expected().max(1))
    }

    /// Mean length of the holes against that of random loss of the same share (BurstR of ITU-T G.107); 1
    /// without loss.
    pub fn burst(&self) -> f64 {
        if self.holes == 0 {
            return 1.0;
        }
        let mean = f64::from(self.missing) / f64::from(self.holes);
        (mean * (1.0 - self.lost_share())).max(1.0)
    }

    /// Interarrival jitter, milliseconds.
    pub fn jitter_ms(&self) -> f64 {
        self.jitter * 1_000.0 / f64::from(self.clock_rate.max(1))
    }

    /// The block of the next report; its fraction counts from the one before (A.3).
    pub fn report(&mut self, now_ms: u64) -> ReportBlock {
        let expected = self.expected().wrapping_sub(self.expected_before);
        let received = self.received.wrapping_sub(self.received_before);
        (self.expected_before, self.received_before) = (self.expected(), self.received);
        let lost = i64::from(expected) - i64::from(received);
        let fraction = if expected == 0 || lost <= 0 { 0 } else { (lost << 8) / i64::from(expected) };
        let (last_report, delay) = self
            .report
            .map_or((0, 0), |(clock, at)| (clock, (now_ms.saturating_sub(at) * 65_536 / 1_000) as u32));
        ReportBlock {
            source: self.source,
            fraction: fraction.min(255) as u8,
            lost: self.lost().clamp(-0x80_0000, 0x7f_ffff),
            highest: self.highest,
            jitter: self.jitter as u32,
            last_report,
            delay,
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn loss_is_counted_in_all_and_since_the_last_report_also_across_the_wrap() {
        let mut reception = Reception::new(7, 8_000, 65_530);
        for i in 0..100u16 {
            if i % 4 != 3 {
                let sequence = 65_530u16.wrapping_add(i);
                reception.hear(f64::from(i) * 20.0, sequence, u32::from(i) * 160);
            }
        }
        let block = reception.report(2_000);
        assert_eq!((reception.expected(), block.lost), (99, 24));
        assert_eq!(block.fraction, (24 * 256 / 99) as u8);
        assert_eq!(block.highest, 65_530 + 98);
        assert_eq!(block.jitter, 0, "arrived on time");
        assert_eq!(reception.burst(), 1.0, "one at a time");
        for i in 99..200u16 {
            reception.hear(f64::from(i) * 20.0, 65_530u16.wrapping_add(i), u32::from(i) * 160);
        }
        let block = reception.report(4_000);
        assert_eq!((block.fraction, block.lost), (0, 24), "nothing since");
    }

    #[test]
    fn jitter_settles_at_the_mean_step_and_a_restarted_sender_is_no_loss() {
        let mut reception = Reception::new(7, 48_000, 0);
        for i in 0..1_000u32 {
            // Every other packet 10 ms late: each step is 10 ms.
            let late = f64::from(i % 2) * 10.0;
            reception.hear(f64::from(i) * 20.0 + late, i as u16, u32::MAX.wrapping_add(i * 960));
        }
        assert!((reception.jitter_ms() - 10.0).abs() < 0.1, "{}", reception.jitter_ms());
        for i in 0..10u16 {
            reception.hear(20_000.0 + f64::from(i) * 20.0, 30_000 + i, u32::from(i) * 960);
        }
        assert!((0..=1).contains(&reception.lost()), "{}", reception.lost());
    }

    #[test]
    fn bursts_are_told_from_single_losses() {
        let mut reception = Reception::new(7, 8_000, 0);
        for i in (0..1_000u16).filter(|i| i % 100 < 95) {
            reception.hear(f64::from(i) * 20.0, i, u32::from(i) * 160);
        }
        let burst = reception.burst();
        assert!((burst - 5.0 * 0.955).abs() < 0.05, "{burst}");
    }

    #[test]
    fn a_report_on_a_report_gives_the_round_trip() {
        let sender = SenderInfo { ntp: ntp(10_000), timestamp: 5, packets: 6, octets: 7 };
        let mut there = Reception::new(7, 8_000, 1);
        // Their clock is another one; 40 ms there, 300 ms kept, 60 ms back.
        there.reported(77_040, &sender);
        let block = there.report(77_340);
        let trip = round_trip_ms(10_400, &block).unwrap();
        assert!((trip - 100.0).abs() < 0.1, "{trip}");
        assert_eq!(round_trip_ms(10_400, &Reception::new(7, 8_000, 1).report(5)), None);
    }

    #[test]
    fn a_compound_packet_is_taken_whole_or_not_at_all() {
        let block = Reception::new(7, 8_000, 1).report(5);
        let control = Control { source: 9, reports: vec![block; 2], ..Control::default() };
        let mut whole = Vec::new();
        control.write("name", &mut whole);
        let metrics = VoipMetrics {
            source: 9,
            lost: 0,
            late: 0,
            bursts: super::super::xr::Bursts::default(),
            round_trip_ms: 0,
            end_system_ms: 0,
            rating: None,
            mos: None,
            buffer_ms: (0, 0),
        };
        let plain = whole.len();
        metrics.append(9, &mut whole);
        assert_eq!(Control::parse(&whole).unwrap().metrics, Some(metrics));
        // Cut anywhere but between two packets it is none.
        let report = 4 + (1 + 2 * 6) * 4;
        for length in (0..whole.len()).filter(|length| ![report, plain].contains(length)) {
            assert_eq!(Control::parse(&whole[..length]), None, "{length}");
        }
        let changed = |at: usize, to: u8| {
            let mut other = whole.clone();
            other[at] = to;
            Control::parse(&other)
        };
        assert_eq!(changed(0, 0x42), None, "version");
        assert_eq!(changed(0, 0x9f), None, "more blocks than there are");
        assert_eq!((changed(1, 202), changed(1, 207), changed(1, 72)), (None, None, None), "no report first");
        assert_eq!((changed(2, 0xff), changed(3, 0), changed(3, 255)), (None, None, None), "length");
        // Its block says that it is longer than its packet: the reports stand.
        let odd = changed(plain + 11, 200).unwrap();
        assert_eq!((odd.reports.len(), odd.metrics), (2, None));
    }

    proptest! {
        #[test]
        fn what_is_written_is_read_back(
            source in any::<u32>(), sender in any::<Option<(u64, u32, u32, u32)>>(), name in "[a-z]{0,20}",
            blocks in proptest::collection::vec((any::<[u32; 5]>(), any::<u8>(), -0x80_0000i32..0x7f_ffff), 0..4),
        ) {
            let sender = sender.map(|(ntp, timestamp, packets, octets)| SenderInfo { ntp, timestamp, packets, octets });
            let reports = blocks.into_iter().map(|([source, highest, jitter, last_report, delay], fraction, lost)| {
                ReportBlock { source, fraction, lost, highest, jitter, last_report, delay }
            });
            let control = Control { source, sender, reports: reports.collect(), ..Control::default() };
            let mut out = Vec::new();
            control.write(&name, &mut out);
            prop_assert_eq!(out.len() % 4, 0);
            prop_assert_eq!(Control::parse(&out), Some(control));
        }

        #[test]
        fn any_datagram_and_any_stream_are_taken(
            body in proptest::collection::vec(any::<u8>(), 0..200),
            head in any::<[u8; 2]>(),
            stream in proptest::collection::vec((any::<u16>(), any::<u32>(), 0.0f64..1e9), 0..60),
        ) {
            let _ = Control::parse(&body);
            let mut report = vec![0x80 | head[0] & 0x3f, 200 + head[1] % 4, 0, (body.len() / 4) as u8];
            report.extend(&body);
            let _ = Control::parse(&report).map(|control| {
                control.reports.iter().filter_map(|block| round_trip_ms(5, block)).count()
            });
            let mut reception = Reception::new(1, 8_000, 9);
            for (sequence, timestamp, now) in stream {
                reception.hear(now, sequence, timestamp);
                reception.report(now as u64);
                prop_assert!(reception.jitter_ms().is_finite());
            }
        }
    }
}
