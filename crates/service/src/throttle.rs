//! Slows down those who try passwords. Time is an argument.

use domain::Timestamp;
use std::collections::HashMap;
use std::net::IpAddr;

/// So many wrong tries of a user, or from an address, cost nothing.
const FREE_PER_USER: u32 = 5;
const FREE_PER_ADDRESS: u32 = 20;
/// The longest wait, seconds: somebody else's tries must not lock a user out for the day.
const LONGEST: i64 = 60;
/// Tries are forgotten after so many seconds without one.
const FORGOTTEN: i64 = 15 * 60;
/// Above this many remembered, old ones are cleared away.
const CROWDED: usize = 10_000;

#[derive(Debug, PartialEq, Eq, Hash)]
enum Who {
    User(String),
    Address(IpAddr),
}

#[derive(Debug, Clone, Copy)]
struct Tries {
    count: u32,
    last: Timestamp,
}

/// Wrong tries, per user and per address.
#[derive(Debug, Default)]
pub(crate) struct Throttle {
    tries: HashMap<Who, Tries>,
}

impl Throttle {
    /// Whether a try may be made now.
    pub(crate) fn allows(&self, user: &str, from: IpAddr, now: Timestamp) -> bool {
        self.passed(&Who::User(user.to_owned()), FREE_PER_USER, now)
            && self.passed(&Who::Address(from), FREE_PER_ADDRESS, now)
    }

    fn passed(&self, who: &Who, free: u32, now: Timestamp) -> bool {
        let Some(tries) = self.tries.get(who) else { return true };
        let Some(over) = (tries.count + 1).checked_sub(free).filter(|over| *over > 0) else { return true };
        let wait = 1_i64.checked_shl(over - 1).unwrap_or(LONGEST).clamp(1, LONGEST);
        now >= tries.last.plus_seconds(wait)
    }

    /// A try was wrong.
    pub(crate) fn wrong(&mut self, user: &str, from: IpAddr, now: Timestamp) {
        if self.tries.len() > CROWDED {
            self.tries.retain(|_, tries| now < tries.last.plus_seconds(FORGOTTEN));
        }
        for who in [Who::User(user.to_owned()), Who::Address(from)] {
            let tries = self.tries.entry(who).or_insert(Tries { count: 0, last: now });
            let old = now >= tries.last.plus_seconds(FORGOTTEN);
            *tries = Tries { count: if old { 1 } else { tries.count.saturating_add(1) }, last: now };
        }
    }

    /// A try was right: the user's are forgotten, the address's are not.
    pub(crate) fn right(&mut self, user: &str) {
        self.tries.remove(&Who::User(user.to_owned()));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HERE: IpAddr = IpAddr::V4(std::net::Ipv4Addr::LOCALHOST);

    fn at(seconds: i64) -> Timestamp {
        Timestamp(seconds * 1000)
    }

    #[test]
    fn each_wrong_try_after_the_fifth_doubles_the_wait() {
        let mut throttle = Throttle::default();
        for _ in 0..4 {
            throttle.wrong("anna", HERE, at(0));
            assert!(throttle.allows("anna", HERE, at(0)));
        }
        throttle.wrong("anna", HERE, at(0));
        assert!(!throttle.allows("anna", HERE, at(0)));
        assert!(throttle.allows("anna", HERE, at(1)));
        throttle.wrong("anna", HERE, at(1));
        assert!(!throttle.allows("anna", HERE, at(2)));
        assert!(throttle.allows("anna", HERE, at(3)));
        for _ in 0..40 {
            throttle.wrong("anna", HERE, at(3));
        }
        assert!(
            throttle.allows("anna", "192.0.2.1".parse().unwrap(), at(3 + 60)),
            "never longer than a minute"
        );
    }

    #[test]
    fn an_address_that_tries_many_users_waits() {
        let mut throttle = Throttle::default();
        for n in 0..20 {
            throttle.wrong(&format!("user{n}"), HERE, at(0));
        }
        assert!(!throttle.allows("anna", HERE, at(0)));
        assert!(throttle.allows("anna", "192.0.2.1".parse().unwrap(), at(0)));
    }

    #[test]
    fn the_right_password_and_time_forgive() {
        let mut throttle = Throttle::default();
        for _ in 0..6 {
            throttle.wrong("anna", HERE, at(0));
        }
        throttle.right("anna");
        assert!(throttle.allows("anna", HERE, at(0)));
        for _ in 0..6 {
            throttle.wrong("bo", HERE, at(0));
        }
        throttle.wrong("bo", HERE, at(FORGOTTEN));
        assert!(throttle.allows("bo", HERE, at(FORGOTTEN)));
    }
}
