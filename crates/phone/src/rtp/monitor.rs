//! A session's reports, and what they and its own counts say of the sound.

use std::collections::VecDeque;

use crate::media::quality::{Conditions, Quality};
use crate::media::rtcp::{Control, Reception, SenderInfo, ntp, round_trip_ms};
use crate::media::xr::{BurstCounter, VoipMetrics};
use crate::media::{Codec, FRAME_MS, Packet};

/// Mean time between two reports (RFC 3550 §6.2: five seconds at the least, the first after half of it).
const INTERVAL_MS: u64 = 5_000;
/// Before this many packets nothing is judged.
const ENOUGH: u32 = 50;

/// What packets and devices add to the jitter buffer's delay, and what the buffer holds at most, milliseconds.
const ENDS_MS: f64 = 50.0;
const MOST_BUFFER_MS: u16 = 160;

/// How far back "of late" looks, seconds.
const OF_LATE: usize = 10;

/// Counts at one moment.
#[derive(Debug, Clone, Copy, Default)]
struct Mark {
    expected: u32,
    lost: i32,
    late: u64,
}

/// How what is heard of a stream has come so far.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Heard {
    /// How it is coded.
    pub codec: Codec,
    /// Packets that never came; below zero when some came twice (RFC 3550 §6.4.1).
    pub lost: i32,
    /// Packets that came too late to be played.
    pub late: u64,
    /// How unevenly they arrive, milliseconds (RFC 3550 §6.4.1).
    pub jitter_ms: f64,
    /// There and back through the network, milliseconds; 0 when unknown.
    pub round_trip_ms: f64,
    /// What the jitter buffer aims to hold, milliseconds.
    pub buffer_ms: f64,
    /// `None` before there is enough to judge.
    pub quality: Option<Quality>,
    /// The rating R, 0–100, of how the other end hears this one; `None` unless it tells (RFC 3611).
    pub rating_there: Option<u8>,
}

/// Follows both directions of one stream. Time is milliseconds since the session began.
pub(super) struct Monitor {
    ours: u32,
    name: String,
    reception: Option<(u32, Codec, Reception)>,
    /// One for each second of late, oldest first.
    marks: VecDeque<Mark>,
    packets: u32,
    octets: u32,
    round_trip: f64,
    reported_loss: u8,
    bursts: BurstCounter,
    /// What was judged last: packets too late, what the jitter buffer holds, and the whole.
    verdict: Option<(u64, f64, Quality)>,
    /// How the other end hears this one, as it told last.
    there: Option<VoipMetrics>,
    due: u64,
}

impl Monitor {
    /// `chance` names this end without telling whose it is (§6.5.1) and spreads the reports.
    pub(super) fn new(ours: u32, chance: u64) -> Self {
        Self {
            ours,
            name: format!("{chance:016x}"),
            reception: None,
            marks: VecDeque::new(),
            packets: 0,
            octets: 0,
            round_trip: 0.0,
            reported_loss: 0,
            bursts: BurstCounter::default(),
            verdict: None,
            there: None,
            due: INTERVAL_MS / 4 + chance % (INTERVAL_MS / 2),
        }
    }

    pub(super) fn sent(&mut self, payload: usize) {
        self.packets = self.packets.wrapping_add(1);
        self.octets = self.octets.wrapping_add(payload as u32);
    }

    pub(super) fn heard(&mut self, now_ms: f64, codec: Codec, packet: &Packet<'_>) {
        let same = |(source, before, _): &(u32, Codec, Reception)| {
            *source == packet.ssrc && before.clock_rate() == codec.clock_rate()
        };
        if !self.reception.as_ref().is_some_and(same) {
            let reception = Reception::new(packet.ssrc, codec.clock_rate(), packet.sequence);
            self.reception = Some((packet.ssrc, codec, reception));
            self.marks.clear();
            (self.bursts, self.verdict) = (BurstCounter::default(), None);
        }
        if let Some((_, of, reception)) = &mut self.reception {
            *of = codec;
            let missing = reception.missing();
            reception.hear(now_ms, packet.sequence, packet.timestamp);
            (missing..reception.missing()).for_each(|_| self.bursts.packet(true));
            self.bursts.packet(false);
        }
    }

    /// A digit's packet counts as received; its timestamp stands still and says nothing of jitter.
    pub(super) fn heard_event(&mut self, packet: &Packet<'_>) {
        if let Some((_, _, reception)) = &mut self.reception {
            reception.count(packet.sequence);
        }
    }

    /// Takes a report of the other end; gives the loss it tells of our stream, percent.
    pub(super) fn told(&mut self, now_ms: u64, control: &Control) -> Option<u8> {
        if let (Some(sender), Some((source, _, reception))) = (&control.sender, &mut self.reception)
            && *source == control.source
        {
            reception.reported(now_ms, sender);
        }
        self.there = control.metrics.filter(|metrics| metrics.source == self.ours).or(self.there);
        let block = control.reports.iter().find(|block| block.source == self.ours)?;
        self.round_trip = round_trip_ms(now_ms, block).unwrap_or(self.round_trip);
        self.reported_loss = (u32::from(block.fraction) * 100 / 256) as u8;
        Some(self.reported_loss)
    }

    /// Writes the report that is due over `out`; `false` when none is.
    pub(super) fn report(&mut self, now_ms: u64, timestamp: u32, chance: u64, out: &mut Vec<u8>) -> bool {
        if now_ms < self.due {
            return false;
        }
        // Half to one and a half of the interval, so that ends do not fall into step (§6.3.1).
        self.due = now_ms + INTERVAL_MS / 2 + chance % INTERVAL_MS;
        let sender = (self.packets > 0).then(|| SenderInfo {
            ntp: ntp(now_ms),
            timestamp,
            packets: self.packets,
            octets: self.octets,
        });
        let reports = self.reception.iter_mut().map(|(_, _, reception)| reception.report(now_ms)).collect();
        let control = Control { source: self.ours, sender, reports, ..Control::default() };
        control.write(&self.name, out);
        self.metrics().into_iter().for_each(|metrics| metrics.append(self.ours, out));
        true
    }

    /// How the other end is heard, once it has been judged.
    fn metrics(&self) -> Option<VoipMetrics> {
        let (_, _, reception) = self.reception.as_ref()?;
        let (late, buffer_ms, whole) = self.verdict?;
        let share = |share: f64| (share * 256.0).clamp(0.0, 255.0) as u8;
        let milliseconds = |ms: f64| ms.round().clamp(0.0, 65_535.0) as u16;
        let metrics = VoipMetrics {
            source: reception.source(),
            lost: share(reception.lost_share()),
            late: share(late as f64 / f64::from(reception.expected().max(1))),
            bursts: self.bursts.told(FRAME_MS as f64),
            round_trip_ms: milliseconds(self.round_trip),
            end_system_ms: milliseconds(buffer_ms + ENDS_MS),
            rating: None,
            mos: None,
            buffer_ms: (milliseconds(buffer_ms), MOST_BUFFER_MS),
        };
        Some(metrics.judged(whole))
    }

    /// Judges what is heard, of late and as a whole; `None` before there is enough of it. To be called once a
    /// second.
    pub(super) fn judge(&mut self, late: u64, buffer_ms: f64) -> Option<(Quality, Quality)> {
        let whole = self.judged(late, buffer_ms)?.quality?;
        self.verdict = Some((late, buffer_ms, whole));
        let (_, codec, reception) = self.reception.as_ref()?;
        let mark = Mark { expected: reception.expected(), lost: reception.lost(), late };
        let before = self.marks.front().copied().unwrap_or_default();
        self.marks.push_back(mark);
        if self.marks.len() > OF_LATE {
            self.marks.pop_front();
        }
        let expected = mark.expected.saturating_sub(before.expected);
        let share = |count: f64| count.max(0.0) / f64::from(expected.max(1));
        let conditions = Conditions {
            codec: *codec,
            lost: share(f64::from(mark.lost) - f64::from(before.lost)),
            late: share(late.saturating_sub(before.late) as f64),
            burst: reception.burst(),
            round_trip_ms: self.round_trip,
            buffer_ms,
        };
        let now = if expected >= ENOUGH { conditions.quality() } else { whole };
        Some((now, whole))
    }

    /// Judges what is heard; `None` before anything is.
    pub(super) fn judged(&self, late: u64, buffer_ms: f64) -> Option<Heard> {
        let (_, codec, reception) = self.reception.as_ref()?;
        let expected = reception.expected();
        let conditions = Conditions {
            codec: *codec,
            lost: reception.lost_share(),
            late: late as f64 / f64::from(expected.max(1)),
            burst: reception.burst(),
            round_trip_ms: self.round_trip,
            buffer_ms,
        };
        Some(Heard {
            codec: *codec,
            lost: reception.lost(),
            late,
            jitter_ms: reception.jitter_ms(),
            round_trip_ms: self.round_trip,
            buffer_ms,
            quality: (expected >= ENOUGH).then(|| conditions.quality()),
            rating_there: self.there.and_then(|metrics| metrics.rating),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::media::Packetizer;
    use crate::media::quality::{Cause, Grade};

    /// What one end hears of the other, and reports on it, with so much loss and way.
    fn talk(loss_every: u32, way_ms: u64) -> (Monitor, Monitor) {
        let mut stream = Packetizer::new(1, 9, 9);
        let (mut says, mut hears) = (Monitor::new(1, 0), Monitor::new(2, 0));
        let (mut packet, mut report) = (Vec::new(), Vec::new());
        for tick in 0..1_000u64 {
            let now = tick * 20;
            stream.packet(8, &[0; 160], 160, &mut packet);
            says.sent(160);
            if loss_every == 0 || tick as u32 % loss_every != 1 {
                hears.heard((now + way_ms) as f64, Codec::Pcma, &Packet::parse(&packet).unwrap());
            }
            if says.report(now, stream.timestamp(), tick, &mut report) {
                hears.told(now + way_ms, &Control::parse(&report).unwrap());
            }
            if hears.report(now + way_ms, 0, tick, &mut report) {
                says.told(now + 2 * way_ms, &Control::parse(&report).unwrap());
            }
        }
        (says, hears)
    }

    #[test]
    fn a_clean_line_is_good_and_its_round_trip_is_known() {
        let (says, hears) = talk(0, 40);
        assert!((says.round_trip - 80.0).abs() < 0.2, "{}", says.round_trip);
        let quality = hears.judged(0, 20.0).unwrap().quality.unwrap();
        assert_eq!((quality.grade, quality.cause), (Grade::Good, None));
        assert_eq!(Monitor::new(1, 1).judged(0, 20.0), None);
    }

    #[test]
    fn each_end_tells_the_other_how_it_hears_it() {
        let (mut stream, mut hears, mut packet) = (Packetizer::new(1, 9, 9), Monitor::new(2, 0), Vec::new());
        let mut report = Vec::new();
        for tick in 0..1_000u64 {
            stream.packet(8, &[0; 160], 160, &mut packet);
            if tick % 20 != 19 {
                hears.heard((tick * 20) as f64, Codec::Pcma, &Packet::parse(&packet).unwrap());
            }
        }
        assert!(hears.report(20_000, 0, 0, &mut report));
        assert_eq!(Control::parse(&report).unwrap().metrics, None, "nothing was judged yet");
        let (_, whole) = hears.judge(10, 40.0).unwrap();
        assert!(hears.report(40_000, 0, 0, &mut report));
        let told = Control::parse(&report).unwrap();
        let metrics = told.metrics.unwrap();
        // 5 percent, alone every 20 packets, and one of a hundred too late.
        assert_eq!((metrics.source, metrics.lost, metrics.late), (1, 12, 2));
        assert_eq!((metrics.bursts.density, metrics.bursts.gap_density), (0, 12));
        assert_eq!(metrics.rating, Some(whole.rating.round() as u8));
        let mut says = Monitor::new(1, 0);
        says.heard(0.0, Codec::Pcma, &Packet::parse(&packet).unwrap());
        says.told(40_040, &told);
        assert_eq!(says.judged(0, 40.0).unwrap().rating_there, metrics.rating);
        let mut another = Monitor::new(3, 0);
        another.heard(0.0, Codec::Pcma, &Packet::parse(&packet).unwrap());
        another.told(40_040, &told);
        assert_eq!(another.judged(0, 40.0).unwrap().rating_there, None, "it is of somebody else");
    }

    #[test]
    fn a_line_that_goes_bad_is_told_while_it_is_and_the_call_as_a_whole() {
        let (mut stream, mut hears, mut packet) = (Packetizer::new(1, 9, 9), Monitor::new(2, 0), Vec::new());
        let mut told = Vec::new();
        for tick in 0..9_000u64 {
            stream.packet(8, &[0; 160], 160, &mut packet);
            // Every fourth is lost between the 60th and the 80th of 180 seconds.
            let lost = (3_000..4_000).contains(&tick) && tick % 4 == 1;
            if !lost {
                hears.heard((tick * 20) as f64, Codec::Pcma, &Packet::parse(&packet).unwrap());
            }
            if tick % 50 == 49 {
                told.extend(hears.judge(0, 20.0));
            }
        }
        let grades = |second: usize| (told[second].0.grade, told[second].1.grade);
        assert_eq!(grades(59), (Grade::Good, Grade::Good));
        assert_eq!(grades(75).0, Grade::Bad);
        assert_eq!(told[75].0.cause, Some(Cause::Loss));
        assert_eq!(grades(95).0, Grade::Good, "it is good again");
        // 250 of 9,000: 2.8 percent, each hole one packet.
        let whole = told.last().unwrap().1;
        assert_eq!((whole.grade, whole.rating as i64), (Grade::Good, 82));
    }

    #[test]
    fn loss_is_seen_where_it_is_heard_and_told_to_the_sender() {
        let (says, hears) = talk(10, 40);
        assert!((9..=11).contains(&says.reported_loss), "{}", says.reported_loss);
        assert_eq!(hears.judged(0, 20.0).unwrap().quality.unwrap().cause, Some(Cause::Loss));
        assert_eq!(hears.judged(400, 150.0).unwrap().quality.unwrap().cause, Some(Cause::Jitter));
    }
}
