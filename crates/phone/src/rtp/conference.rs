//! Two sessions that are heard together. The host has the devices: it hears the guest beside its own party, and
//! gives the guest what the guest's party shall hear. Frames go both ways between the sessions' threads.

use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};

use crate::media::{Frame, SILENCE, mix};

use super::Session;

/// So many frames wait before the first is taken: the threads' ticks are not in step.
const LEAD: usize = 2;
/// More than this is delay that nobody needs.
const MOST: usize = 4;
/// What a stalled thread can leave behind.
const ROOM: usize = 16;

/// Frames from the other session.
struct Inbox {
    from: Receiver<Frame>,
    waiting: VecDeque<Frame>,
    running: bool,
}

impl Inbox {
    fn new(from: Receiver<Frame>) -> Self {
        Self { from, waiting: VecDeque::with_capacity(ROOM), running: false }
    }

    fn next(&mut self) -> Frame {
        self.waiting.extend(self.from.try_iter());
        if self.waiting.len() > MOST {
            self.waiting.drain(..self.waiting.len() - LEAD);
        }
        self.running = (self.running || self.waiting.len() >= LEAD) && !self.waiting.is_empty();
        if self.running { self.waiting.pop_front().unwrap_or(SILENCE) } else { SILENCE }
    }
}

/// A session's side of the conference.
pub(super) struct Bridge {
    inbox: Inbox,
    to: SyncSender<Frame>,
    /// The host's: the microphone is off.
    host: Option<Arc<AtomicBool>>,
    /// What the own party said last, and the other one.
    heard: (Frame, Frame),
}

impl Bridge {
    /// Takes what the own party says; gives what the agent hears, who hears nothing at the guest.
    pub(super) fn hear(&mut self, own: &Frame) -> Frame {
        if self.host.is_none() {
            self.give(own);
            return SILENCE;
        }
        let other = self.inbox.next();
        self.heard = (*own, other);
        let mut both = *own;
        mix(&mut both, &other);
        both
    }

    /// Takes what the microphone gives; gives what the own party hears: all but itself.
    pub(super) fn say(&mut self, microphone: &Frame) -> Frame {
        let Some(muted) = &self.host else { return self.inbox.next() };
        let said = if muted.load(Ordering::Relaxed) { SILENCE } else { *microphone };
        let (mut to_guest, mut to_own) = (said, said);
        mix(&mut to_guest, &self.heard.0);
        mix(&mut to_own, &self.heard.1);
        self.give(&to_guest);
        to_own
    }

    fn give(&self, frame: &Frame) {
        // Full or gone: a session does not wait for another one.
        let _ = self.to.try_send(*frame);
    }
}

/// A conference that goes on; ends with [`Session::part`].
#[derive(Debug, Clone)]
pub struct Conference {
    muted: Arc<AtomicBool>,
}

impl Conference {
    /// Mixes two sessions, the first of which has the devices.
    pub fn begin(host: &Session, guest: &Session, muted: bool) -> Self {
        let muted = Arc::new(AtomicBool::new(muted));
        let ((to_guest, from_host), (to_host, from_guest)) = (sync_channel(ROOM), sync_channel(ROOM));
        let side = |to, from, host| Bridge { inbox: Inbox::new(from), to, host, heard: (SILENCE, SILENCE) };
        host.bridge(Some(side(to_guest, from_guest, Some(muted.clone()))));
        guest.bridge(Some(side(to_host, from_host, None)));
        Self { muted }
    }

    /// Turns the microphone off or on for both parties, who hear each other all the same.
    pub fn mute(&self, muted: bool) {
        self.muted.store(muted, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pair() -> (Bridge, Bridge, Arc<AtomicBool>) {
        let muted = Arc::new(AtomicBool::new(false));
        let ((to_guest, from_host), (to_host, from_guest)) = (sync_channel(ROOM), sync_channel(ROOM));
        let side = |to, from, host| Bridge { inbox: Inbox::new(from), to, host, heard: (SILENCE, SILENCE) };
        (side(to_guest, from_guest, Some(muted.clone())), side(to_host, from_host, None), muted)
    }

    fn level(level: i16) -> Frame {
        [level; SILENCE.len()]
    }

    /// What agent, the host's party and the guest's party hear in the end.
    fn settled(host: &mut Bridge, guest: &mut Bridge) -> (i16, i16, i16) {
        let mut heard = (0, 0, 0);
        for _ in 0..10 {
            let agent = host.hear(&level(10));
            guest.hear(&level(200));
            heard = (agent[0], host.say(&level(3_000))[0], guest.say(&level(9))[0]);
        }
        heard
    }

    #[test]
    fn each_hears_the_two_others_and_not_themselves() {
        let (mut host, mut guest, muted) = pair();
        assert_eq!(settled(&mut host, &mut guest), (210, 3_200, 3_010));
        muted.store(true, Ordering::Relaxed);
        assert_eq!(
            settled(&mut host, &mut guest),
            (210, 200, 10),
            "the parties hear each other all the same"
        );
    }

    #[test]
    fn a_stall_leaves_no_delay_behind_and_a_gap_is_silence() {
        let (to, from) = sync_channel(ROOM);
        let mut inbox = Inbox::new(from);
        let put = |levels: std::ops::Range<i16>| levels.for_each(|one| to.send(level(one)).unwrap());
        put(1..2);
        assert_eq!(inbox.next()[0], 0, "not before there is a lead");
        put(2..3);
        assert_eq!((inbox.next()[0], inbox.next()[0], inbox.next()[0]), (1, 2, 0));
        put(3..13);
        assert_eq!((inbox.next()[0], inbox.next()[0], inbox.next()[0]), (11, 12, 0));
    }
}
