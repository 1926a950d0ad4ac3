//! How long packets have to wait so that nearly all are there in time.

/// Shortest and longest delay that is aimed at, milliseconds.
const BOUNDS_MS: (f64, f64) = (10.0, 160.0);
/// Aimed at before anything is known, milliseconds.
const UNKNOWN_MS: f64 = 30.0;
/// Packets after which the arrivals alone decide.
const KNOWN: u32 = 10;
/// The share of packets that shall be in time.
const IN_TIME: f32 = 0.99;
/// Beyond that, for what the threads' unrest adds, milliseconds.
const MARGIN_MS: f64 = 4.0;
/// What a packet leaves of what was known before: five seconds are remembered.
const KEPT: f32 = 0.996;
/// When of so many packets none came within the longest delay after the quickest, the way is another one.
const ANOTHER_WAY: u32 = 25;
/// The quickest way is forgotten by so much with each packet: clocks drift, ways change. Milliseconds.
const FORGOTTEN_MS: f64 = 0.01;

/// Follows how much later than the quickest packets arrive.
#[derive(Debug)]
pub(super) struct Delay {
    /// Arrival minus place in the stream of the quickest, milliseconds.
    base: Option<f64>,
    /// By how many milliseconds packets were later than that: the share of each.
    shares: Vec<f32>,
    /// What the base has fallen by and the shares have not been moved by.
    moved: f64,
    seen: u32,
    /// The quickest of the last packets, and how many those are.
    recent: (f64, u32),
}

impl Delay {
    pub(super) fn new() -> Self {
        Self {
            base: None,
            shares: vec![0.0; BOUNDS_MS.1 as usize],
            moved: 0.0,
            seen: 0,
            recent: (f64::MAX, 0),
        }
    }

    /// A packet came; `place_ms` is its place in the stream.
    pub(super) fn arrived(&mut self, now_ms: u64, place_ms: f64) {
        let transit = now_ms as f64 - place_ms;
        self.follow_the_way(transit);
        let before = self.base.map_or(transit, |base| base + FORGOTTEN_MS);
        let base = before.min(transit);
        self.base = Some(base);
        self.moved += before - base;
        if self.moved >= 1.0 {
            // All that came before was later than was thought.
            let last = self.shares.len() - 1;
            let by = (self.moved as usize).min(last);
            self.moved = 0.0;
            let beyond: f32 = self.shares.iter().skip(last + 1 - by).sum();
            self.shares.rotate_right(by);
            self.shares.iter_mut().take(by).for_each(|share| *share = 0.0);
            self.shares.iter_mut().skip(last).for_each(|share| *share += beyond);
        }
        self.seen = self.seen.saturating_add(1);
        let kept = KEPT.min(1.0 - 1.0 / self.seen as f32);
        let late = ((transit - base) as usize).min(self.shares.len() - 1);
        for (ms, share) in self.shares.iter_mut().enumerate() {
            *share = *share * kept + if ms == late { 1.0 - kept } else { 0.0 };
        }
    }

    /// After a pause of the sender, or on another route, all packets take longer.
    fn follow_the_way(&mut self, transit: f64) {
        self.recent = (self.recent.0.min(transit), self.recent.1 + 1);
        if self.recent.1 < ANOTHER_WAY {
            return;
        }
        let (quickest, _) = std::mem::replace(&mut self.recent, (f64::MAX, 0));
        if self.base.is_some_and(|base| quickest - base > BOUNDS_MS.1) {
            self.base = Some(quickest);
            self.shares.iter_mut().for_each(|share| *share = 0.0);
            self.seen = 0;
        }
    }

    /// The delay to aim at, milliseconds.
    pub(super) fn target_ms(&self) -> f64 {
        if self.seen == 0 {
            return UNKNOWN_MS;
        }
        let (mut sum, mut enough) = (0.0, 0);
        for (ms, share) in self.shares.iter().enumerate() {
            sum += share;
            enough = ms;
            if sum >= IN_TIME {
                break;
            }
        }
        let least = if self.seen < KNOWN { UNKNOWN_MS } else { BOUNDS_MS.0 };
        (enough as f64 + MARGIN_MS).clamp(least, BOUNDS_MS.1)
    }

    /// How long a place in the stream has waited, if it came as quickly as any; `None` before the first packet.
    pub(super) fn wait_ms(&self, now_ms: u64, place_ms: f64) -> Option<f64> {
        Some(now_ms as f64 - place_ms - self.base?)
    }

    /// The stream began anew: its times have nothing to do with those before.
    pub(super) fn restart(&mut self) {
        self.base = None;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is aimed at after packets that came so much later than the quickest way.
    fn after(lates: impl Iterator<Item = u64>) -> Delay {
        let mut delay = Delay::new();
        for (packet, late) in lates.enumerate() {
            delay.arrived(packet as u64 * 20 + 50 + late, packet as f64 * 20.0);
        }
        delay
    }

    #[test]
    fn an_even_line_needs_little_and_an_uneven_one_what_it_takes() {
        assert_eq!(after(std::iter::repeat_n(0, 100)).target_ms(), 10.0);
        let uneven = after((0..500u64).map(|packet| packet * 7_919 % 31)).target_ms();
        assert!((30.0..=36.0).contains(&uneven), "{uneven}");
        assert_eq!(after(std::iter::empty()).target_ms(), 30.0);
    }

    #[test]
    fn a_late_first_packet_does_not_hide_how_late_the_others_are() {
        let late_first = after((0..200).map(|packet| if packet == 0 { 40 } else { packet % 20 }));
        assert!(late_first.target_ms() <= 26.0, "{}", late_first.target_ms());
        let quick = after((0..20).map(|packet| if packet == 15 { 0 } else { 40 }));
        assert!(quick.target_ms() >= 40.0, "the quickest came late: {}", quick.target_ms());
    }

    #[test]
    fn a_way_that_has_become_longer_for_good_is_the_measure_again() {
        let delay = after((0..200).map(|packet| if packet < 100 { 0 } else { 5_000 }));
        assert_eq!(delay.target_ms(), 10.0);
        assert!(delay.wait_ms(200 * 20 + 5_060, 200.0 * 20.0).is_some_and(|wait| wait < 20.0));
    }

    #[test]
    fn bad_seconds_are_met_at_once_and_forgotten_after() {
        let bad = |packet: u64| if (200..230).contains(&packet) { 100 } else { 0 };
        let during = after((0..215).map(bad)).target_ms();
        assert!(during > 100.0, "{during}");
        let later = after((0..900).map(bad)).target_ms();
        assert!(later <= 12.0, "{later}");
    }
}
