//! Which change of a session may be taken, and when: re-INVITE (RFC 3261 §14.2) and UPDATE (RFC 3311 §5.2). Pure.

use rsipstack::sip::Method;

/// What both ends have asked each other and not been told.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Open {
    /// An offer of ours.
    pub(super) ours: bool,
    /// Theirs, in the INVITE that began the call.
    pub(super) call: bool,
    /// Theirs, in a request within the call.
    pub(super) change: Option<Method>,
}

/// What becomes of a change that the other end asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Verdict {
    /// It is looked at.
    Take,
    /// 491: both ends asked.
    Glare,
    /// 500: one after the other; in so many seconds.
    Later(u32),
}

/// What becomes of a re-INVITE or UPDATE, with an offer or without one. `random` is any number.
pub(super) fn verdict(method: Method, offers: bool, open: Open, random: u32) -> Verdict {
    // A re-INVITE without an offer asks for ours.
    let exchanges = offers || method == Method::Invite;
    let crowded = open.change == Some(method) || (exchanges && (open.call || open.change.is_some()));
    if crowded {
        Verdict::Later(random % 11)
    } else if exchanges && open.ours {
        Verdict::Glare
    } else {
        Verdict::Take
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOTHING: Open = Open { ours: false, call: false, change: None };

    #[test]
    fn what_meets_nothing_is_taken() {
        for method in [Method::Invite, Method::Update] {
            for offers in [false, true] {
                assert_eq!(verdict(method, offers, NOTHING, 7), Verdict::Take);
            }
        }
    }

    #[test]
    fn an_offer_that_meets_ours_is_told_so_and_a_sign_of_life_is_not() {
        let open = Open { ours: true, ..NOTHING };
        for (method, offers, expected) in [
            (Method::Update, true, Verdict::Glare),
            (Method::Update, false, Verdict::Take),
            (Method::Invite, true, Verdict::Glare),
            (Method::Invite, false, Verdict::Glare),
        ] {
            assert_eq!(verdict(method, offers, open, 7), expected, "{method} {offers}");
        }
    }

    #[test]
    fn an_offer_waits_until_the_one_before_is_answered() {
        let later = Verdict::Later(7);
        for open in [Open { call: true, ..NOTHING }, Open { change: Some(Method::Invite), ..NOTHING }] {
            assert_eq!(verdict(Method::Update, true, open, 7), later);
            assert_eq!(verdict(Method::Update, false, open, 7), Verdict::Take);
        }
        // One UPDATE at a time, whatever is in it.
        let open = Open { change: Some(Method::Update), ..NOTHING };
        assert_eq!(verdict(Method::Update, false, open, 7), later);
        assert_eq!(verdict(Method::Update, true, Open { ours: true, ..open }, 7), later);
        assert_eq!(verdict(Method::Invite, false, open, 7), later);
    }

    #[test]
    fn it_is_asked_for_again_within_ten_seconds() {
        let open = Open { call: true, ..NOTHING };
        let mut all: Vec<u32> = (0..1_000)
            .filter_map(|random| match verdict(Method::Update, true, open, random) {
                Verdict::Later(seconds) => Some(seconds),
                _ => None,
            })
            .collect();
        all.sort_unstable();
        all.dedup();
        assert_eq!(all, (0..=10).collect::<Vec<_>>());
    }
}
