//! Session timers (RFC 4028): both ends hear of each other now and then, so that a call whose other end vanished
//! without a word does not go on for ever.

use std::time::Duration;

use rsipstack::sip::{Header, Headers};
use tokio::time::Instant;

use super::headers::{lists, value};

/// What we offer, seconds: the RFC's own recommendation (§4.2).
const OFFERED: u32 = 1_800;
/// Shorter ones load the network (§5).
const LEAST: u32 = 90;

/// A refresh that was refused, or that could not be sent, is tried again so much later.
const AGAIN: Duration = Duration::from_secs(5);
/// A request that has waited so long was not answered (64·T1, RFC 3261 §17.1).
const UNANSWERED: Duration = Duration::from_secs(30);

/// What both ends agreed on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Timer {
    /// Without a refresh for so long the call is over, seconds.
    interval: u32,
    /// We refresh; else the other end does.
    ours: bool,
}

/// The timer of a call, and how its refreshes go. Reads no clock.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Clock {
    runs: Option<Running>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Running {
    timer: Timer,
    /// When both ends last agreed.
    since: Instant,
    refresh: Refresh,
}

/// How the next refresh of ours stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Refresh {
    /// To be asked for at half the interval.
    Ahead,
    /// Asked for then; not answered yet.
    Asked(Instant),
    /// To be asked for again then.
    Again(Instant),
    /// The other end does not know the call any more, or says nothing.
    Over,
}

/// What a clock asks for when its time has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Due {
    /// A refresh of ours.
    Refresh(Timer),
    /// BYE: nobody is there any more.
    GiveUp,
}

/// What came of a refresh.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Outcome {
    /// Agreed; the answer may have changed the timer.
    Agreed(Option<Timer>),
    /// Something is there and refuses, with what it takes at least if that was why.
    Refused(Option<u32>),
    /// The other end does not know the call (408, 481).
    Unknown,
    /// No answer came.
    Silence,
}

impl Clock {
    /// Both ends agreed now. Without a timer there is nothing to wait for.
    pub(super) fn refreshed(timer: Option<Timer>, now: Instant) -> Self {
        Self { runs: timer.map(|timer| Running { timer, since: now, refresh: Refresh::Ahead }) }
    }

    /// The timer, if there is one.
    pub(super) fn timer(self) -> Option<Timer> {
        self.runs.map(|runs| runs.timer)
    }

    /// Whether a refresh of ours waits for its answer.
    pub(super) fn is_asked(self) -> bool {
        matches!(self.runs, Some(Running { refresh: Refresh::Asked(_), .. }))
    }

    /// What comes next, and when; nothing without a timer.
    pub(super) fn next(self) -> Option<(Instant, Due)> {
        let Running { timer, since, refresh } = self.runs?;
        let end = (since + timer.patience(), Due::GiveUp);
        let refresh = match refresh {
            Refresh::Over => return Some((since, Due::GiveUp)),
            Refresh::Asked(_) => return Some(end),
            Refresh::Ahead if !timer.ours => return Some(end),
            Refresh::Ahead => since + timer.half(),
            Refresh::Again(at) => at,
        };
        Some(if refresh < end.0 { (refresh, Due::Refresh(timer)) } else { end })
    }

    /// A refresh of ours is on its way.
    pub(super) fn asked(self, now: Instant) -> Self {
        self.with(|runs| runs.refresh = Refresh::Asked(now))
    }

    /// What came of it. One that was overtaken by another agreement changes nothing unless it agrees.
    pub(super) fn came(self, outcome: Outcome, now: Instant) -> Self {
        let Some(Running { timer, refresh, .. }) = self.runs else { return self };
        if let Outcome::Agreed(told) = outcome {
            return Self::refreshed(Some(told.unwrap_or(timer)), now);
        }
        let Refresh::Asked(at) = refresh else { return self };
        self.with(|runs| match outcome {
            Outcome::Refused(least) => {
                runs.timer.interval = runs.timer.interval.max(least.unwrap_or(0));
                runs.refresh = Refresh::Again(now + AGAIN);
            }
            // What comes back at once was not sent: the network may be away for a moment.
            Outcome::Silence if now.duration_since(at) < UNANSWERED => {
                runs.refresh = Refresh::Again(now + AGAIN);
            }
            _ => runs.refresh = Refresh::Over,
        })
    }

    fn with(mut self, change: impl FnOnce(&mut Running)) -> Self {
        if let Some(runs) = &mut self.runs {
            change(runs);
        }
        self
    }
}

/// The other end wants to refresh more often than anybody should: 422, with the least that we take.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct TooShort;

impl Timer {
    /// What an INVITE that came in asks for (§9). Who can refresh does, unless told otherwise.
    pub(super) fn asked(headers: &Headers) -> Result<Option<Self>, TooShort> {
        let Some((interval, refresher)) = wanted(headers) else { return Ok(None) };
        let supported = lists(headers, &["supported", "k"], "timer");
        if interval < LEAST && supported {
            return Err(TooShort);
        }
        let ours = !supported || refresher == Some(Refresher::Uas);
        Ok(Some(Self { interval: interval.max(LEAST), ours }))
    }

    /// What the answer to our INVITE says (§7.2); without a word there is none. An interval that no end may ask
    /// for counts as the least.
    pub(super) fn answered(headers: &Headers) -> Option<Self> {
        let (interval, refresher) = wanted(headers)?;
        Some(Self { interval: interval.max(LEAST), ours: refresher != Some(Refresher::Uas) })
    }

    /// How long after an agreement we refresh (§10).
    fn half(self) -> Duration {
        Duration::from_secs((self.interval / 2).into())
    }

    /// How long after an agreement the call is given up: somewhat before the other end does (§10).
    fn patience(self) -> Duration {
        Duration::from_secs((self.interval - (self.interval / 3).min(32)).into())
    }

    /// For a request of ours within the call.
    pub(super) fn on_request(self) -> Vec<Header> {
        vec![supported(), self.header(self.ours)]
    }

    /// For our answer to a request within the call; whoever asks is the other refresher there.
    pub(super) fn on_answer(self) -> Vec<Header> {
        let mut headers = vec![supported(), self.header(!self.ours)];
        if !self.ours {
            headers.push(Header::Require("timer".into()));
        }
        headers
    }

    fn header(self, by_uac: bool) -> Header {
        let by = if by_uac { "uac" } else { "uas" };
        Header::SessionExpires(format!("{};refresher={by}", self.interval).into())
    }
}

/// For a refusal of an interval that is too short.
pub(super) fn least() -> Header {
    Header::MinSE(LEAST.to_string().into())
}

/// For an INVITE of ours; `least` is what was asked for by a refusal of the one before (§7.3).
pub(super) fn offer(least: Option<u32>) -> Vec<Header> {
    let least = least.unwrap_or(LEAST).max(LEAST);
    let interval = Header::SessionExpires(OFFERED.max(least).to_string().into());
    vec![supported(), interval, Header::MinSE(least.to_string().into())]
}

/// The least interval that a refusal (422) names.
pub(super) fn least_of(headers: &Headers) -> Option<u32> {
    value(headers, &["min-se"])?.split(';').next()?.trim().parse().ok()
}

/// Whether the sender takes UPDATE (RFC 3311); `None` when it does not say what it takes.
pub(super) fn takes_update(headers: &Headers) -> Option<bool> {
    value(headers, &["allow"])?;
    Some(lists(headers, &["allow"], "update"))
}

fn supported() -> Header {
    Header::Supported("timer".into())
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Refresher {
    Uac,
    Uas,
}

/// `Session-Expires`, or `x`.
fn wanted(headers: &Headers) -> Option<(u32, Option<Refresher>)> {
    let value = value(headers, &["session-expires", "x"])?.to_ascii_lowercase();
    let mut parts = value.split(';').map(str::trim);
    let interval = parts.next()?.parse().ok()?;
    let refresher = parts.find_map(|part| match part.replace(' ', "").strip_prefix("refresher=")? {
        "uac" => Some(Refresher::Uac),
        "uas" => Some(Refresher::Uas),
        _ => None,
    });
    Some((interval, refresher))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(lines: &[(&str, &str)]) -> Headers {
        let all = lines.iter().map(|(name, value)| Header::Other((*name).to_owned(), (*value).to_owned()));
        all.collect::<Vec<_>>().into()
    }

    #[test]
    fn whoever_asks_refreshes_unless_it_cannot_or_wants_us_to() {
        let timer = ("Supported", "100rel, timer");
        for (lines, ours) in [
            (vec![timer, ("Session-Expires", "1800")], false),
            (vec![timer, ("session-expires", "1800; refresher=uac")], false),
            (vec![timer, ("x", "1800;refresher=UAS")], true),
            (vec![("Session-Expires", "1800")], true),
        ] {
            let asked = Timer::asked(&headers(&lines)).unwrap().unwrap();
            assert_eq!((asked.interval, asked.ours), (1_800, ours), "{lines:?}");
        }
        assert_eq!(Timer::asked(&headers(&[timer])), Ok(None));
        assert_eq!(Timer::asked(&headers(&[timer, ("Session-Expires", "soon")])), Ok(None));
        assert_eq!(Timer::asked(&headers(&[timer, ("Session-Expires", "60")])), Err(TooShort));
    }

    #[test]
    fn the_answer_decides_and_without_one_there_is_no_timer() {
        let answered = |value| Timer::answered(&headers(&[("Session-Expires", value)]));
        assert_eq!(answered("600;refresher=uas"), Some(Timer { interval: 600, ours: false }));
        assert_eq!(answered("600;refresher=uac"), Some(Timer { interval: 600, ours: true }));
        assert_eq!(Timer::answered(&headers(&[])), None);
    }

    fn clock(interval: u32, ours: bool) -> (Clock, Instant) {
        let now = Instant::now();
        (Clock::refreshed(Some(Timer { interval, ours }), now), now)
    }

    /// What comes next, and after how many seconds since.
    fn next(clock: Clock, since: Instant) -> (u64, bool) {
        let (at, due) = clock.next().unwrap();
        (at.duration_since(since).as_secs(), matches!(due, Due::Refresh(_)))
    }

    fn after(since: Instant, seconds: u64) -> Instant {
        since + Duration::from_secs(seconds)
    }

    #[test]
    fn a_refresh_is_due_halfway_and_the_end_shortly_before_the_interval() {
        for (interval, half, end) in [(1_800, 900, 1_768), (90, 45, 60), (96, 48, 64), (99, 49, 67)] {
            let (clock, now) = clock(interval, true);
            assert_eq!(next(clock, now), (half, true));
            assert_eq!(next(clock.asked(after(now, half)), now), (end, false));
            let (theirs, now) = self::clock(interval, false);
            assert_eq!(next(theirs, now), (end, false));
        }
        assert_eq!(Clock::refreshed(None, Instant::now()).next(), None);
    }

    #[test]
    fn an_agreement_begins_the_interval_anew_and_may_change_the_refresher() {
        let (clock, now) = clock(90, true);
        let at = after(now, 45);
        let clock = clock.asked(at);
        assert_eq!(next(clock.came(Outcome::Agreed(None), at), at), (45, true));
        let told = Some(Timer { interval: 600, ours: false });
        assert_eq!(next(clock.came(Outcome::Agreed(told), at), at), (568, false));
    }

    #[test]
    fn a_refused_refresh_is_asked_for_again_until_the_interval_ends() {
        let (clock, now) = clock(90, true);
        let refused = clock.asked(after(now, 45)).came(Outcome::Refused(None), after(now, 46));
        assert_eq!(next(refused, now), (51, true));
        let last = refused.asked(after(now, 51)).came(Outcome::Refused(None), after(now, 57));
        assert_eq!(next(last, now), (60, false));
        let longer = clock.asked(after(now, 45)).came(Outcome::Refused(Some(300)), after(now, 46));
        assert_eq!(next(longer.came(Outcome::Agreed(None), after(now, 51)), after(now, 51)), (150, true));
    }

    #[test]
    fn a_call_that_is_unknown_there_is_over_and_one_that_could_not_be_asked_is_not() {
        let (clock, now) = clock(1_800, true);
        let asked = clock.asked(after(now, 900));
        assert_eq!(next(asked.came(Outcome::Unknown, after(now, 901)), now), (0, false));
        assert_eq!(next(asked.came(Outcome::Silence, after(now, 932)), now), (0, false));
        assert_eq!(next(asked.came(Outcome::Silence, after(now, 901)), now), (906, true));
        // A change that both ends agreed on meanwhile shows that somebody is there.
        let (anew, _) = self::clock(1_800, true);
        assert_eq!(anew.came(Outcome::Unknown, after(now, 932)), anew);
    }

    #[test]
    fn what_the_other_end_takes_is_read() {
        assert_eq!(takes_update(&headers(&[])), None);
        assert_eq!(takes_update(&headers(&[("Allow", "INVITE, update")])), Some(true));
        assert_eq!(takes_update(&headers(&[("Allow", "INVITE, ACK"), ("Allow", "BYE")])), Some(false));
        assert_eq!(least_of(&headers(&[("Min-SE", " 3600 ;x=y")])), Some(3_600));
        assert_eq!(least_of(&headers(&[("Min-SE", "long")])), None);
        let offered = |least| offer(least).iter().map(|header| header.value().to_owned()).collect::<Vec<_>>();
        assert_eq!(offered(None), ["timer", "1800", "90"]);
        assert_eq!(offered(Some(3_600)), ["timer", "3600", "3600"]);
    }

    #[test]
    fn the_refresher_is_named_as_the_message_sees_it() {
        let told = |headers: Vec<Header>| {
            headers.iter().map(|header| format!("{header}")).find(|line| line.contains("refresher")).unwrap()
        };
        let (ours, theirs) = (Timer { interval: 600, ours: true }, Timer { interval: 600, ours: false });
        assert!(told(ours.on_request()).ends_with("600;refresher=uac"));
        assert!(told(ours.on_answer()).ends_with("600;refresher=uas"));
        assert!(told(theirs.on_request()).ends_with("600;refresher=uas"));
        assert!(told(theirs.on_answer()).ends_with("600;refresher=uac"));
    }
}
