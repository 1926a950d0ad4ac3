//! What changes around the phone without a word: the computer sleeps, the network becomes another one.

use std::net::IpAddr;
use std::time::Duration;

use tokio::time::Instant;

/// The two clocks drift and are set right by less than this.
const DRIFT: Duration = Duration::from_secs(10);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Seen {
    Same,
    /// The wall clock went on while ours stood still.
    Slept,
    /// The exchange is reached from another address than the one it knows, or from none.
    Moved,
}

/// What was seen last.
pub(super) struct Surroundings {
    wall: u64,
    at: Instant,
    /// A lost network is told of once.
    away: bool,
}

impl Surroundings {
    pub(super) fn new(wall: u64, at: Instant) -> Self {
        Self { wall, at, away: false }
    }

    /// `wall` is UTC milliseconds; `known` the address that the exchange has of us, `now` the one that it is
    /// reached from.
    pub(super) fn look(
        &mut self,
        wall: u64,
        at: Instant,
        known: Option<IpAddr>,
        now: Option<IpAddr>,
    ) -> Seen {
        let by_wall = Duration::from_millis(wall.saturating_sub(self.wall));
        let by_ours = at.saturating_duration_since(self.at);
        (self.wall, self.at) = (wall, at);
        let away = std::mem::replace(&mut self.away, now.is_none());
        let moved = match (known, now) {
            (Some(known), Some(now)) => known != now,
            (Some(_), None) => !away,
            // The exchange has none: tries go on by themselves, and at once when the network is back.
            (None, now) => away && now.is_some(),
        };
        if moved {
            return Seen::Moved;
        }
        if by_wall > by_ours + DRIFT { Seen::Slept } else { Seen::Same }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const WALL: u64 = 1_790_000_000_000;

    fn at(address: [u8; 4]) -> Option<IpAddr> {
        Some(IpAddr::from(address))
    }

    #[test]
    fn sleep_is_a_wall_clock_that_went_on_alone() {
        let begun = Instant::now();
        let mut surroundings = Surroundings::new(WALL, begun);
        let home = at([10, 0, 0, 2]);
        let later = begun + Duration::from_secs(3);
        assert_eq!(surroundings.look(WALL + 3_000, later, home, home), Seen::Same);
        let awake = later + Duration::from_secs(3);
        assert_eq!(surroundings.look(WALL + 3_600_000, awake, home, home), Seen::Slept);
        // A clock that is set back is no sleep, and each sleep is seen once.
        let mut look = |wall, s| surroundings.look(wall, awake + Duration::from_secs(s), home, home);
        assert_eq!(look(WALL, 3), Seen::Same);
        assert_eq!(look(WALL + 3_000, 6), Seen::Same);
    }

    #[test]
    fn another_address_and_a_lost_network_are_seen_and_the_loss_once() {
        let begun = Instant::now();
        let mut surroundings = Surroundings::new(WALL, begun);
        let known = at([10, 0, 0, 2]);
        let mut look = |known, now| surroundings.look(WALL, begun, known, now);
        assert_eq!(look(known, known), Seen::Same);
        assert_eq!(look(known, at([192, 168, 1, 7])), Seen::Moved);
        assert_eq!(look(known, None), Seen::Moved);
        assert_eq!(look(known, None), Seen::Same);
        assert_eq!(look(None, at([192, 168, 1, 7])), Seen::Moved);
        assert_eq!(look(None, at([192, 168, 1, 7])), Seen::Same);
    }
}
