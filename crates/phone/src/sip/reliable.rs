//! Provisional responses that surely arrive (RFC 3262): ours are sent again until a PRACK tells that they came, and the
//! other end's count in their order. Reads no clock.

use std::collections::VecDeque;
use std::time::Duration;

use rsipstack::sip::{Header, Headers};
use tokio::time::Instant;

use super::headers::lists;

/// The option tag (§7).
pub(super) const EXTENSION: &str = "100rel";

/// The first wait for a PRACK (T1, RFC 3261 §17.1.1.1); each further one is twice as long.
const FIRST: Duration = Duration::from_millis(500);
/// A response that was not acknowledged for so long will not be (64·T1, §3).
const PATIENCE: Duration = Duration::from_secs(32);
/// More forks of one call than this are not followed.
const FORKS: usize = 32;

/// Whether a caller can be told reliably that its call rings.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Caller {
    /// It does not know how.
    Unable,
    /// It supports it.
    Able,
    /// It requires it.
    Requires,
}

impl Caller {
    /// What the caller's INVITE says.
    pub(super) fn read(headers: &Headers) -> Self {
        if lists(headers, &["require"], EXTENSION) {
            Self::Requires
        } else if lists(headers, &["supported", "k"], EXTENSION) {
            Self::Able
        } else {
            Self::Unable
        }
    }
}

/// A provisional response.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Provisional {
    /// Our description; with it the response is 183, without it 180.
    pub(super) sdp: Option<Vec<u8>>,
    /// Its place in the order; none for one that may be lost.
    pub(super) number: Option<u32>,
}

/// Our 200 to an INVITE.
#[derive(Debug, Clone)]
pub(super) struct Answer {
    /// What it says beside.
    pub(super) headers: Vec<Header>,
    /// Our description; none where the caller has it already.
    pub(super) sdp: Option<Vec<u8>>,
}

/// What is to be sent now.
#[derive(Debug)]
pub(super) enum Send {
    Provisional(Provisional),
    Answer(Answer),
}

/// What a [`Progress`] asks for when its time has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Due {
    /// To send the response again.
    Again,
    /// 504: the caller does not say that it hears us.
    GiveUp,
}

/// What a caller is told until its call is answered.
#[derive(Debug)]
pub(super) struct Progress {
    caller: Caller,
    /// The caller's offer came with its INVITE.
    offered: bool,
    /// CSeq number of the INVITE.
    invite: u32,
    /// Of the last one that was sent.
    number: u32,
    unacknowledged: Option<Unacknowledged>,
    waiting: VecDeque<Option<Vec<u8>>>,
    /// The caller was given our description reliably, and with it the answer to its offer.
    described: bool,
    held: Option<Answer>,
    /// A final response was sent.
    over: bool,
}

#[derive(Debug)]
struct Unacknowledged {
    response: Provisional,
    since: Instant,
    /// When it is sent again, and how long after the time before that is.
    again: Instant,
    wait: Duration,
}

impl Progress {
    /// For an INVITE with that CSeq number; `offered` if it carries an offer. `random` is any number.
    pub(super) fn new(caller: Caller, offered: bool, invite: u32, random: u32) -> Self {
        Self {
            caller,
            offered,
            invite,
            // The first is 1 to 2³¹−1 (§3).
            number: random % 0x7fff_ffff,
            unacknowledged: None,
            waiting: VecDeque::new(),
            described: false,
            held: None,
            over: false,
        }
    }

    /// Tells the caller that it rings, or lets it hear something by our description; gives what goes at once, for the
    /// next one waits until the one before has arrived.
    ///
    /// Reliable is what has to be: where the caller requires it, and where it can and there is a description, which is
    /// an answer only if it surely arrives (§5). A 180 that is lost costs less than the PRACK of each one that is not.
    /// Whoever requires it and leaves the offer to us hears nothing before the answer: the first reliable response
    /// would have to carry our offer, and the sound is opened with the answer.
    pub(super) fn tell(&mut self, sdp: Option<Vec<u8>>, now: Instant) -> Option<Provisional> {
        let reliable = match self.caller {
            Caller::Unable => false,
            Caller::Able => sdp.is_some() && self.offered,
            Caller::Requires if !self.offered => return None,
            Caller::Requires => true,
        };
        if self.over {
            return None;
        }
        if !reliable {
            return Some(Provisional { sdp, number: None });
        }
        self.waiting.push_back(sdp);
        self.proceed(now)
    }

    /// Whether our description may go along before the answer: it answers an offer.
    pub(super) fn may_describe(&self) -> bool {
        self.offered && !self.over
    }

    /// The caller was sent the answer to its offer, or has it.
    pub(super) fn describes(&self) -> bool {
        self.described || self.unacknowledged.as_ref().is_some_and(|sent| sent.response.sdp.is_some())
    }

    /// The caller's offer is not answered, as far as it knows.
    pub(super) fn owes_answer(&self) -> bool {
        self.offered && !self.described && !self.over
    }

    /// Our offer waits for the caller's answer, which comes when the call is acknowledged.
    pub(super) fn offers(&self) -> bool {
        !self.offered && self.over
    }

    /// What comes next, and when.
    pub(super) fn next(&self) -> Option<(Instant, Due)> {
        let Unacknowledged { since, again, .. } = self.unacknowledged.as_ref().filter(|_| !self.over)?;
        let end = *since + PATIENCE;
        Some(if *again < end { (*again, Due::Again) } else { (end, Due::GiveUp) })
    }

    /// The response that is to be sent again.
    pub(super) fn again(&mut self) -> Option<Provisional> {
        let sent = self.unacknowledged.as_mut().filter(|_| !self.over)?;
        sent.wait *= 2;
        sent.again += sent.wait;
        Some(sent.response.clone())
    }

    /// Takes a PRACK; gives what has waited for it, or nothing at all when it is for no response that waits.
    pub(super) fn acknowledged(&mut self, rack: Rack, now: Instant) -> Option<Option<Send>> {
        let sent = self.unacknowledged.as_ref()?;
        if rack != (Rack { number: sent.response.number?, invite: self.invite }) {
            return None;
        }
        self.described |= sent.response.sdp.is_some();
        self.unacknowledged = None;
        if self.over {
            return Some(None);
        }
        Some(match self.held.take() {
            Some(answer) => {
                self.over = true;
                Some(Send::Answer(self.without_repetition(answer)))
            }
            None => self.proceed(now).map(Send::Provisional),
        })
    }

    /// Gives the answer back if it may go at once. While a description of ours is on its way, it waits (§3).
    pub(super) fn answer(&mut self, answer: Answer) -> Option<Answer> {
        let on_its_way = self.unacknowledged.as_ref().is_some_and(|sent| sent.response.sdp.is_some());
        if on_its_way && !self.over {
            self.held = Some(answer);
            return None;
        }
        self.over = true;
        Some(self.without_repetition(answer))
    }

    /// The call is refused, whatever still waited.
    pub(super) fn end(&mut self) {
        self.over = true;
        self.held = None;
    }

    fn proceed(&mut self, now: Instant) -> Option<Provisional> {
        if self.unacknowledged.is_some() {
            return None;
        }
        let sdp = self.waiting.pop_front()?;
        self.number += 1;
        let response = Provisional { sdp, number: Some(self.number) };
        let sent = Unacknowledged { response, since: now, again: now + FIRST, wait: FIRST };
        Some(self.unacknowledged.insert(sent).response.clone())
    }

    /// An answer is given once (RFC 3261 §13.2.1).
    fn without_repetition(&self, answer: Answer) -> Answer {
        Answer { sdp: answer.sdp.filter(|_| !self.described), ..answer }
    }
}

/// What a PRACK acknowledges (§7.2).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Rack {
    number: u32,
    invite: u32,
}

/// Not what the header has to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Malformed;

impl Rack {
    /// The `RAck` header. One of another method than INVITE acknowledges nothing of ours.
    pub(super) fn read(headers: &Headers) -> Result<Option<Self>, Malformed> {
        let mut all = headers.iter().filter(|header| header.name().eq_ignore_ascii_case("rack"));
        let value = all.next().ok_or(Malformed)?.value().to_owned();
        let mut parts = value.split_whitespace();
        let (number, invite) = (parts.next().and_then(number), parts.next().and_then(whole));
        let (Some(number), Some(invite), Some(method), None, None) =
            (number, invite, parts.next(), parts.next(), all.next())
        else {
            return Err(Malformed);
        };
        Ok((method == "INVITE").then_some(Self { number, invite }))
    }
}

/// The place of a provisional response in its order; none for one that is not reliable.
pub(super) fn number_of(headers: &Headers) -> Result<Option<u32>, Malformed> {
    let mut all = headers.iter().filter(|header| header.name().eq_ignore_ascii_case("rseq"));
    match (all.next(), all.next()) {
        (None, _) => Ok(None),
        (Some(only), None) => number(only.value().trim()).map(Some).ok_or(Malformed),
        (Some(_), Some(_)) => Err(Malformed),
    }
}

/// What was heard of the other ends of a call of ours. Each has an order of its own.
#[derive(Debug, Default)]
pub(super) struct Heard {
    last: Vec<((String, u32), u32)>,
    answered: Option<String>,
}

impl Heard {
    /// Whether a response is the next one from the end with that tag, to the INVITE with that CSeq number: neither a
    /// repetition nor one that overtook another (§4).
    pub(super) fn takes(&mut self, tag: &str, invite: u32, number: u32) -> bool {
        let room = self.last.len() < FORKS;
        match self.last.iter_mut().find(|((of, to), _)| of == tag && *to == invite) {
            Some((_, last)) if last.checked_add(1) == Some(number) => *last = number,
            None if room => self.last.push(((tag.to_owned(), invite), number)),
            _ => return false,
        }
        true
    }

    /// The end with that tag answered our offer before it answered the call.
    pub(super) fn answered_early(&mut self, tag: &str) {
        self.answered = Some(tag.to_owned());
    }

    /// Whether it did.
    pub(super) fn has_answered(&self, tag: &str) -> bool {
        self.answered.as_deref() == Some(tag)
    }
}

fn number(text: &str) -> Option<u32> {
    whole(text).filter(|number| *number > 0)
}

/// Digits alone; Rust's own reading takes a sign.
fn whole(text: &str) -> Option<u32> {
    text.bytes().all(|byte| byte.is_ascii_digit()).then(|| text.parse().ok())?
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(lines: &[(&str, &str)]) -> Headers {
        let all = lines.iter().map(|(name, value)| Header::Other((*name).to_owned(), (*value).to_owned()));
        all.collect::<Vec<_>>().into()
    }

    fn sdp() -> Option<Vec<u8>> {
        Some(b"v=0".to_vec())
    }

    fn answer() -> Answer {
        Answer { headers: vec![], sdp: sdp() }
    }

    /// What a caller is told whose INVITE has the CSeq number 7; the first response is number 42.
    fn progress(caller: Caller) -> (Progress, Instant) {
        (Progress::new(caller, true, 7, 41), Instant::now())
    }

    fn rack(number: u32) -> Rack {
        Rack { number, invite: 7 }
    }

    fn numbered(sent: Option<Provisional>) -> Option<u32> {
        sent.and_then(|response| response.number)
    }

    #[test]
    fn what_has_to_arrive_is_reliable_and_nothing_else() {
        for (caller, ring, described) in
            [(Caller::Unable, false, false), (Caller::Able, false, true), (Caller::Requires, true, true)]
        {
            for (sdp, reliable) in [(None, ring), (sdp(), described)] {
                let (mut progress, now) = progress(caller);
                let sent = progress.tell(sdp, now);
                assert_eq!((sent.is_some(), numbered(sent).is_some()), (true, reliable), "{caller:?}");
                assert_eq!(progress.next().is_some(), reliable);
            }
        }
        let mut without_offer = Progress::new(Caller::Requires, false, 7, 0);
        assert_eq!(without_offer.tell(None, Instant::now()), None);
        assert!(!without_offer.may_describe());
    }

    #[test]
    fn a_response_is_repeated_at_doubled_waits_until_nobody_is_waited_for_any_more() {
        let (mut progress, now) = progress(Caller::Requires);
        let first = progress.tell(None, now);
        let mut at = Vec::new();
        while let Some((due, Due::Again)) = progress.next() {
            at.push(due.duration_since(now).as_millis());
            assert_eq!(progress.again(), first);
        }
        assert_eq!(at, [500, 1_500, 3_500, 7_500, 15_500, 31_500]);
        let (due, given_up) = progress.next().unwrap();
        assert_eq!((due.duration_since(now).as_secs(), given_up), (32, Due::GiveUp));
    }

    #[test]
    fn a_prack_ends_the_repetitions_and_lets_the_next_response_go() {
        let (mut progress, now) = progress(Caller::Requires);
        assert_eq!(numbered(progress.tell(None, now)), Some(42));
        assert_eq!(progress.tell(sdp(), now), None);
        for unmatched in [rack(41), rack(43), Rack { number: 42, invite: 8 }] {
            assert!(progress.acknowledged(unmatched, now).is_none(), "{unmatched:?}");
            assert!(progress.next().is_some());
        }
        let Some(Some(Send::Provisional(next))) = progress.acknowledged(rack(42), now) else {
            panic!("none")
        };
        assert_eq!(next, Provisional { sdp: sdp(), number: Some(43) });
        // The one before waits no more.
        assert!(progress.acknowledged(rack(42), now).is_none());
        assert!(!progress.described);
        assert!(matches!(progress.acknowledged(rack(43), now), Some(None)));
        assert!(progress.described && progress.next().is_none());
    }

    #[test]
    fn an_answer_waits_while_a_description_is_on_its_way_and_does_not_repeat_it() {
        let (mut progress, now) = progress(Caller::Able);
        progress.tell(sdp(), now);
        assert!(progress.answer(answer()).is_none());
        let Some(Some(Send::Answer(answer))) = progress.acknowledged(rack(42), now) else { panic!("none") };
        assert_eq!(answer.sdp, None);
        let (mut refused, now) = self::progress(Caller::Able);
        refused.tell(sdp(), now);
        assert!(refused.answer(self::answer()).is_none());
        refused.end();
        assert!(matches!(refused.acknowledged(rack(42), now), Some(None)));
    }

    #[test]
    fn an_answer_does_not_wait_for_a_ring_and_ends_its_repetitions() {
        let (mut progress, now) = progress(Caller::Requires);
        progress.tell(None, now);
        progress.tell(None, now);
        assert_eq!(progress.answer(answer()).unwrap().sdp, sdp());
        assert_eq!((progress.next(), progress.again(), progress.tell(None, now)), (None, None, None));
        // The PRACK may come late, and lets nothing more go.
        assert!(matches!(progress.acknowledged(rack(42), now), Some(None)));
    }

    #[test]
    fn the_first_number_leaves_room_for_all_that_follow() {
        for random in [0, 1, 0x7fff_fffe, 0x7fff_ffff, u32::MAX] {
            let mut progress = Progress::new(Caller::Requires, true, 1, random);
            let first = numbered(progress.tell(None, Instant::now())).unwrap();
            assert!((1..=0x7fff_ffff).contains(&first), "{first}");
        }
    }

    #[test]
    fn a_caller_says_what_it_takes() {
        for (lines, caller) in [
            (vec![], Caller::Unable),
            (vec![("Supported", "timer, 100REL")], Caller::Able),
            (vec![("k", "100rel")], Caller::Able),
            (vec![("Supported", "100rel"), ("Require", "timer,100rel")], Caller::Requires),
        ] {
            assert_eq!(Caller::read(&headers(&lines)), caller, "{lines:?}");
        }
    }

    #[test]
    fn an_acknowledgement_is_three_parts_and_no_more() {
        let read = |value| Rack::read(&headers(&[("RAck", value)]));
        assert_eq!(read(" 42  7\tINVITE"), Ok(Some(rack(42))));
        assert_eq!(read("42 7 UPDATE"), Ok(None));
        for bad in [
            "",
            "42",
            "42 7",
            "0 7 INVITE",
            "+42 7 INVITE",
            "42 -7 INVITE",
            "42 7 INVITE 1",
            "4294967296 7 INVITE",
        ] {
            assert_eq!(read(bad), Err(Malformed), "{bad:?}");
        }
        assert_eq!(Rack::read(&headers(&[])), Err(Malformed));
        assert_eq!(Rack::read(&headers(&[("RAck", "42 7 INVITE"), ("rack", "43 7 INVITE")])), Err(Malformed));
    }

    #[test]
    fn a_place_in_the_order_is_one_number() {
        let read = |lines: &[(&str, &str)]| number_of(&headers(lines));
        assert_eq!(read(&[]), Ok(None));
        assert_eq!(read(&[("rseq", " 4294967295 ")]), Ok(Some(u32::MAX)));
        for bad in ["", "0", "+1", "1 2", "x", "4294967296"] {
            assert_eq!(read(&[("RSeq", bad)]), Err(Malformed), "{bad:?}");
        }
        assert_eq!(read(&[("RSeq", "1"), ("RSeq", "2")]), Err(Malformed));
    }

    #[test]
    fn each_end_is_heard_in_its_own_order_and_once() {
        let mut heard = Heard::default();
        assert!(heard.takes("a", 1, 9) && heard.takes("b", 1, 70) && heard.takes("a", 1, 10));
        for (tag, number) in [("a", 10), ("a", 9), ("a", 12), ("b", 11), ("b", 72)] {
            assert!(!heard.takes(tag, 1, number), "{tag} {number}");
        }
        assert!(heard.takes("a", 1, 11) && heard.takes("b", 1, 71));
        // Another INVITE begins anew.
        assert!(heard.takes("a", 2, 3));
        assert!(heard.takes("c", 1, u32::MAX) && !heard.takes("c", 1, 0));
        let all = (0..100).filter(|fork| heard.takes(&format!("fork {fork}"), 1, 1)).count();
        assert_eq!(all, FORKS - 4);
    }
}
