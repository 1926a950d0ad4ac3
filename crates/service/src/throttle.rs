//! Slows down those who try passwords. Time is an argument.

use domain::Timestamp;
use std::collections::HashMap;
use std::hash::{BuildHasher, RandomState};
use std::net::{IpAddr, Ipv6Addr};

/// So many wrong tries of a user from an address, of a user from everywhere, or from an address, cost nothing.
const FREE_PER_PAIR: u32 = 5;
const FREE_PER_USER: u32 = 50;
const FREE_PER_ADDRESS: u32 = 20;
/// The longest wait, seconds: somebody else's tries must not lock a user out for the day.
const LONGEST: i64 = 60;
/// Doubled so many times at most; then it is the longest.
const DOUBLED: u32 = 6;
/// Tries are forgotten after so many seconds without one.
const FORGOTTEN: i64 = 15 * 60;
/// Above this many remembered, old ones are cleared away, and then the oldest half.
const CROWDED: usize = 10_000;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Who {
    /// A hash: a name that is tried may be long, or a password in the wrong field.
    Pair(u64, IpAddr),
    User(u64),
    Address(IpAddr),
}

impl Who {
    const fn free(self) -> u32 {
        match self {
            Self::Pair(..) => FREE_PER_PAIR,
            Self::User(_) => FREE_PER_USER,
            Self::Address(_) => FREE_PER_ADDRESS,
        }
    }
}

#[derive(Debug, Clone, Copy)]
struct Tries {
    count: u32,
    last: Timestamp,
}

/// Tries that were not right, per user and address. A try counts from when it is allowed, so that many at once
/// are many; one that turns out right is given back.
#[derive(Debug, Default)]
pub(crate) struct Throttle {
    tries: HashMap<Who, Tries>,
    names: RandomState,
}

impl Throttle {
    /// Whether a try may be made now; then it is counted as wrong until [`Throttle::right`].
    pub(crate) fn begins(&mut self, user: &str, from: IpAddr, now: Timestamp) -> bool {
        let all = self.all(user, from);
        let allowed = all.iter().all(|who| self.passed(*who, now));
        if allowed {
            self.make_room(now);
            for who in all {
                let tries = self.tries.entry(who).or_insert(Tries { count: 0, last: now });
                let old = now >= tries.last.plus_seconds(FORGOTTEN);
                *tries = Tries { count: if old { 1 } else { tries.count.saturating_add(1) }, last: now };
            }
        }
        allowed
    }

    fn all(&self, user: &str, from: IpAddr) -> [Who; 3] {
        let (user, from) = (self.names.hash_one(user), network(from));
        [Who::Pair(user, from), Who::User(user), Who::Address(from)]
    }

    fn passed(&self, who: Who, now: Timestamp) -> bool {
        let Some(tries) = self.tries.get(&who) else { return true };
        let Some(over) = (tries.count + 1).checked_sub(who.free()).filter(|over| *over > 0) else {
            return true;
        };
        let wait = (1_i64 << (over - 1).min(DOUBLED)).min(LONGEST);
        now >= tries.last.plus_seconds(wait)
    }

    fn make_room(&mut self, now: Timestamp) {
        if self.tries.len() <= CROWDED {
            return;
        }
        self.tries.retain(|_, tries| now < tries.last.plus_seconds(FORGOTTEN));
        if self.tries.len() > CROWDED {
            let mut moments: Vec<Timestamp> = self.tries.values().map(|tries| tries.last).collect();
            moments.sort_unstable();
            let middle = moments.get(moments.len() / 2).copied().unwrap_or(now);
            self.tries.retain(|_, tries| tries.last > middle);
        }
    }

    /// The try was right: the user's from there are forgotten, and it is given back to the others.
    pub(crate) fn right(&mut self, user: &str, from: IpAddr) {
        let [pair, user, address] = self.all(user, from);
        self.tries.remove(&pair);
        for who in [user, address] {
            if let Some(tries) = self.tries.get_mut(&who) {
                // One more than the try itself: who can sign in is forgiven a mistake.
                tries.count = tries.count.saturating_sub(2);
            }
        }
    }

    /// The try was not made after all.
    pub(crate) fn given_back(&mut self, user: &str, from: IpAddr) {
        for who in self.all(user, from) {
            if let Some(tries) = self.tries.get_mut(&who) {
                tries.count = tries.count.saturating_sub(1);
            }
        }
    }
}

/// Who has one IPv6 address has 2⁶⁴.
fn network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(address) => IpAddr::V6(Ipv6Addr::from_bits(address.to_bits() >> 64 << 64)),
        v4 @ IpAddr::V4(_) => v4,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HERE: IpAddr = IpAddr::V4(std::net::Ipv4Addr::LOCALHOST);

    fn at(seconds: i64) -> Timestamp {
        Timestamp(seconds * 1000)
    }

    fn elsewhere() -> IpAddr {
        "192.0.2.1".parse().unwrap()
    }

    #[test]
    fn each_wrong_try_after_the_fifth_doubles_the_wait() {
        let mut throttle = Throttle::default();
        for _ in 0..5 {
            assert!(throttle.begins("anna", HERE, at(0)));
        }
        assert!(!throttle.begins("anna", HERE, at(0)), "also those that are still being checked");
        assert!(throttle.begins("anna", HERE, at(1)));
        assert!(!throttle.begins("anna", HERE, at(2)));
        assert!(throttle.begins("anna", HERE, at(3)));
        let mut now = 3;
        for _ in 0..80 {
            assert!(!throttle.begins("anna", HERE, at(now)));
            now += 60;
            assert!(throttle.begins("anna", HERE, at(now)), "never longer than a minute");
        }
    }

    #[test]
    fn somebody_elses_tries_do_not_lock_a_user_out() {
        let mut throttle = Throttle::default();
        for second in 0..50 {
            throttle.begins("anna", elsewhere(), at(second));
        }
        assert!(throttle.begins("anna", HERE, at(50)));
    }

    #[test]
    fn an_address_that_tries_many_users_waits() {
        let mut throttle = Throttle::default();
        for n in 0..20 {
            assert!(throttle.begins(&format!("user{n}"), HERE, at(0)));
        }
        assert!(!throttle.begins("anna", HERE, at(0)));
        assert!(throttle.begins("anna", elsewhere(), at(0)));
        let mut throttle = Throttle::default();
        for n in 0..20 {
            let from = format!("2001:db8::{n:x}").parse().unwrap();
            assert!(throttle.begins(&format!("user{n}"), from, at(0)));
        }
        assert!(!throttle.begins("anna", "2001:db8::ffff".parse().unwrap(), at(0)), "one network");
    }

    #[test]
    fn the_right_password_and_time_forgive() {
        let mut throttle = Throttle::default();
        for _ in 0..5 {
            throttle.begins("anna", HERE, at(0));
        }
        throttle.right("anna", HERE);
        assert!(throttle.begins("anna", HERE, at(0)));
        for _ in 0..5 {
            throttle.begins("bo", HERE, at(0));
        }
        assert!(!throttle.begins("bo", HERE, at(0)));
        assert!(throttle.begins("bo", HERE, at(FORGOTTEN)));
        assert!(throttle.begins("bo", HERE, at(FORGOTTEN)));
    }

    #[test]
    fn a_house_behind_one_address_does_not_wait_for_a_mistake_now_and_then() {
        let mut throttle = Throttle::default();
        for minute in 0..300 {
            let who = format!("user{minute}");
            assert!(throttle.begins(&who, HERE, at(minute * 60)), "a mistake");
            assert!(throttle.begins(&who, HERE, at(minute * 60)));
            throttle.right(&who, HERE);
        }
    }
}
