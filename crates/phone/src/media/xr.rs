//! RTCP extended reports (RFC 3611): the VoIP metrics block of what is heard (§4.7), and bursts and gaps of loss as it
//! counts them (appendix A.2).

use super::quality::Quality;

/// The packet's type (§2) and the block's (§4.7).
pub(super) const EXTENDED_REPORT: u8 = 207;
const VOIP_METRICS: u8 = 7;
/// Words of the block behind its head.
const WORDS: usize = 8;
/// So many packets without a loss end a burst; the value that is recommended.
const GMIN: u32 = 16;
/// Not known, where there is a word for that.
const UNKNOWN: u8 = 127;
/// Standard concealment, adaptive jitter buffer, no rate at which it adjusts (§4.7.6).
const CONFIGURATION: u8 = 0b1011_0000;

/// How one end hears the other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct VoipMetrics {
    /// The source that is heard.
    pub source: u32,
    /// Lost in all, and come too late to be played, 1/256.
    pub lost: u8,
    /// See `lost`.
    pub late: u8,
    /// Bursts and the gaps between them.
    pub bursts: Bursts,
    /// There and back, milliseconds; 0 when unknown.
    pub round_trip_ms: u16,
    /// What the end itself adds, milliseconds.
    pub end_system_ms: u16,
    /// The rating R, 0–100; none when unknown.
    pub rating: Option<u8>,
    /// The mean opinion, tenths; none when unknown.
    pub mos: Option<u8>,
    /// What waits in the jitter buffer and how much may at most, milliseconds.
    pub buffer_ms: (u16, u16),
}

impl VoipMetrics {
    /// Takes over how it sounds.
    #[must_use]
    pub fn judged(mut self, quality: Quality) -> Self {
        self.rating = Some(quality.rating.round().clamp(0.0, 100.0) as u8);
        self.mos = Some((quality.mos * 10.0).round().clamp(10.0, 50.0) as u8);
        self
    }

    /// Appends a packet of its own, from `source`, to a compound one.
    pub fn append(&self, source: u32, out: &mut Vec<u8>) {
        out.extend([0x80, EXTENDED_REPORT, 0, WORDS as u8 + 2]);
        out.extend(source.to_be_bytes());
        out.extend([VOIP_METRICS, 0, 0, WORDS as u8]);
        out.extend(self.source.to_be_bytes());
        let Bursts { density, gap_density, length_ms, gap_length_ms } = self.bursts;
        out.extend([self.lost, self.late, density, gap_density]);
        let pairs = [(length_ms, gap_length_ms), (self.round_trip_ms, self.end_system_ms)];
        for (one, other) in pairs {
            out.extend(one.to_be_bytes());
            out.extend(other.to_be_bytes());
        }
        out.extend([UNKNOWN, UNKNOWN, UNKNOWN, GMIN as u8]);
        let mos = self.mos.unwrap_or(UNKNOWN);
        out.extend([self.rating.unwrap_or(UNKNOWN), UNKNOWN, mos, mos]);
        out.extend([CONFIGURATION, 0]);
        let (now, most) = self.buffer_ms;
        for value in [now, most, most] {
            out.extend(value.to_be_bytes());
        }
    }

    /// Finds the block in the body of an extended report, behind its source.
    pub(super) fn find(body: &[u8]) -> Option<Self> {
        let mut rest = body.get(4..)?;
        loop {
            let [kind, _, high, low] = *rest.first_chunk()?;
            let length = usize::from(u16::from_be_bytes([high, low])) * 4;
            let block = rest.get(4..4 + length)?;
            if kind == VOIP_METRICS && length == WORDS * 4 {
                return Self::read(block);
            }
            rest = rest.get(4 + length..)?;
        }
    }

    fn read(block: &[u8]) -> Option<Self> {
        let byte = |at: usize| block.get(at).copied();
        let short = |at: usize| Some(u16::from_be_bytes([byte(at)?, byte(at + 1)?]));
        let known = |value: u8| (value != UNKNOWN).then_some(value);
        Some(Self {
            source: u32::from_be_bytes(*block.first_chunk()?),
            lost: byte(4)?,
            late: byte(5)?,
            bursts: Bursts {
                density: byte(6)?,
                gap_density: byte(7)?,
                length_ms: short(8)?,
                gap_length_ms: short(10)?,
            },
            round_trip_ms: short(12)?,
            end_system_ms: short(14)?,
            rating: known(byte(20)?),
            mos: known(byte(22)?),
            buffer_ms: (short(26)?, short(28)?),
        })
    }
}

/// Bursts of loss and the gaps between them (§4.7.2): the share lost in each, 1/256, and how long they last.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Bursts {
    /// Lost within bursts, 1/256.
    pub density: u8,
    /// Lost between them, 1/256.
    pub gap_density: u8,
    /// Mean length of a burst, milliseconds.
    pub length_ms: u16,
    /// Mean length of a gap, milliseconds.
    pub gap_length_ms: u16,
}

/// Counts the steps between the four states of appendix A.2: 1 received in a gap, 2 received in a burst, 3 lost in a
/// burst, 4 lost alone in a gap.
#[derive(Debug, Clone, Default)]
pub struct BurstCounter {
    /// Received since the last loss, and losses of the burst that goes on.
    since: u32,
    lost: u32,
    gap: u32,
    alone: u32,
    begun: u32,
    within: u32,
    back: u32,
    in_a_row: u32,
}

impl BurstCounter {
    /// The next packet of the sequence was lost, or it came.
    pub fn packet(&mut self, is_lost: bool) {
        if !is_lost {
            self.since = self.since.saturating_add(1);
            return;
        }
        if self.since >= GMIN {
            if self.lost == 1 {
                self.alone += 1;
            } else {
                self.begun += 1;
            }
            self.lost = 1;
            self.gap = self.gap.saturating_add(self.since);
        } else {
            self.lost += 1;
            if self.since == 0 {
                self.in_a_row += 1;
            } else {
                self.back += 1;
                self.within = self.within.saturating_add(self.since - 1);
            }
        }
        self.since = 0;
    }

    /// What was counted so far, of packets of so many milliseconds.
    pub fn told(&self, packet_ms: f64) -> Bursts {
        let count = |of: u32| f64::from(of);
        let gap = count(self.gap) + count(self.since);
        let density = |lost: f64, all: f64| (256.0 * lost / all.max(1.0)).min(255.0) as u8;
        let gap_density = density(count(self.alone), gap + count(self.alone));
        // Bursts and the gaps before them come in pairs.
        let bursts = count(self.begun);
        let out_of = count(self.begun) + count(self.back) + count(self.in_a_row);
        let gap_length = (gap + count(self.alone) + bursts) * packet_ms / bursts.max(1.0);
        let mut told =
            Bursts { density: 0, gap_density, length_ms: 0, gap_length_ms: gap_length.min(65_535.0) as u16 };
        if self.back + self.in_a_row > 0 {
            let steps = count(self.within) + count(self.back);
            let leaves = count(self.back) / out_of.max(1.0);
            let comes = if steps < 1.0 { 1.0 } else { 1.0 - count(self.within) / steps };
            told.density = (256.0 * comes / (comes + leaves)).min(255.0) as u8;
            let length =
                (count(self.within) + 2.0 * count(self.back) + bursts + count(self.in_a_row)) * packet_ms;
            told.length_ms = (length / bursts.max(1.0)).min(65_535.0) as u16;
        }
        told
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn counted(lost: impl Fn(u32) -> bool) -> Bursts {
        let mut counter = BurstCounter::default();
        (0..10_000).for_each(|at| counter.packet(lost(at)));
        counter.told(20.0)
    }

    #[test]
    fn losses_far_apart_are_no_burst_and_losses_together_are() {
        assert_eq!(counted(|_| false), Bursts { gap_length_ms: 65_535, ..Bursts::default() });
        let alone = counted(|at| at % 100 == 99);
        assert_eq!((alone.density, alone.gap_density, alone.length_ms), (0, 2, 0));
        // Every other packet of ten, every 500 packets.
        let bursts = counted(|at| at % 500 >= 490 && at % 2 == 0);
        assert!((125..150).contains(&bursts.density), "{bursts:?}");
        assert_eq!(bursts.gap_density, 0);
        assert!((160..=220).contains(&bursts.length_ms), "{bursts:?}");
        assert!((9_500..10_300).contains(&bursts.gap_length_ms), "{bursts:?}");
        let whole = counted(|at| at % 500 >= 490);
        assert_eq!(whole.density, 255);
        assert!((160..=220).contains(&whole.length_ms), "{whole:?}");
    }

    #[test]
    fn the_block_is_read_as_it_is_written_and_others_are_passed_over() {
        let metrics = VoipMetrics {
            source: 7,
            lost: 3,
            late: 1,
            bursts: Bursts { density: 128, gap_density: 2, length_ms: 200, gap_length_ms: 9_800 },
            round_trip_ms: 41,
            end_system_ms: 90,
            rating: Some(82),
            mos: None,
            buffer_ms: (40, 160),
        };
        let mut out = Vec::new();
        metrics.append(9, &mut out);
        assert_eq!(out.len(), 44);
        assert_eq!(out.get(..8).unwrap(), [0x80, 207, 0, 10, 0, 0, 0, 9]);
        assert_eq!(VoipMetrics::find(&out[4..]), Some(metrics));
        // A receiver reference time block (§4.4) before it.
        let mut with = out[4..8].to_vec();
        with.extend([4, 0, 0, 2, 0, 0, 0, 0, 0, 0, 0, 0]);
        with.extend(&out[8..]);
        assert_eq!(VoipMetrics::find(&with), Some(metrics));
        assert_eq!(VoipMetrics::find(&with[..with.len() - 1]), None);
        assert_eq!(VoipMetrics::find(&[0; 3]), None);
    }
}
