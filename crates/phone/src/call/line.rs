//! One call on this phone, with what the snapshot does not tell.

use super::ending::Noted;
use super::input::{Action, SoundFault};
use super::quality::CallQuality;
use super::snapshot::{Call, CallId, CallState, Direction, Hold, QueueInfo, Remote};
use super::target::DialTarget;
use super::transfer::Referring;

/// Where a call stands, more closely than the snapshot says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Phase {
    /// Rings here.
    Ringing,
    /// Taken by the agent; the call that goes on is put on hold first.
    Waiting,
    /// Taken by the agent; the sound opens.
    Opening,
    /// The sound opens before the INVITE goes out.
    Preparing { target: DialTarget },
    /// INVITE sent.
    Inviting,
    /// Answered by either end.
    Talking,
}

#[derive(Debug, Clone)]
pub(super) struct Line {
    pub(super) call: Call,
    pub(super) phase: Phase,
    pub(super) media: bool,
    /// The agent tried to answer, and this stood in the way.
    pub(super) hindered: Option<SoundFault>,
    /// It rings there and nothing else is heard.
    pub(super) ringback: bool,
    /// Goes on hold for another call, not because the agent asked for it.
    pub(super) makes_way: bool,
    /// Its transfer, while it goes on.
    pub(super) referring: Option<Referring>,
    /// The call whose place it takes when it is accepted.
    pub(super) replaces: Option<CallId>,
    /// How it has sounded as a whole.
    pub(super) sounded: Option<CallQuality>,
    /// How it comes to its end.
    pub(super) noted: Noted,
    pub(super) gate: (bool, bool),
}

impl Line {
    pub(super) fn new(
        now: u64,
        id: CallId,
        direction: Direction,
        remote: Remote,
        queue: Option<QueueInfo>,
        phase: Phase,
    ) -> Self {
        let state = match direction {
            Direction::Incoming => CallState::Ringing,
            Direction::Outgoing => CallState::Dialling,
        };
        let call = Call {
            id,
            direction,
            state,
            remote,
            queue: queue.filter(|queue| !queue.is_empty()),
            since: now,
            offered: now,
            answered: None,
            muted: false,
            conference: false,
            hold: Hold::default(),
            hold_asked: None,
            hold_failed: None,
            transfer: None,
            quality: None,
            encrypted: false,
            ending: None,
        };
        Self {
            call,
            phase,
            media: false,
            hindered: None,
            ringback: false,
            makes_way: false,
            referring: None,
            replaces: None,
            sounded: None,
            noted: Noted::default(),
            gate: (false, false),
        }
    }

    pub(super) fn enter(&mut self, now: u64, state: CallState) {
        self.call.state = state;
        self.call.since = now;
    }

    pub(super) fn talk(&mut self, now: u64) {
        self.phase = Phase::Talking;
        self.call.answered = Some(now);
        self.enter(now, CallState::InCall);
    }

    pub(super) fn show_hold(&mut self, now: u64) {
        let held = self.call.hold.here || self.call.hold.there;
        let state = if held { CallState::Held } else { CallState::InCall };
        if self.call.state != state {
            self.enter(now, state);
        }
    }

    /// Refuses the caller, and notes it.
    pub(super) fn reject(&mut self, status: u16) -> Action {
        self.noted.status = Some(status);
        Action::Reject { call: self.call.id, status }
    }

    /// Offered and not accepted yet, whether or not the agent took it.
    pub(super) fn rings_here(&self) -> bool {
        matches!(self.phase, Phase::Ringing | Phase::Waiting | Phase::Opening)
    }

    /// Needs the agent's ear: no other call can have it before this one is held or over.
    pub(super) fn occupies(&self) -> bool {
        match self.phase {
            Phase::Ringing | Phase::Waiting => false,
            Phase::Opening | Phase::Preparing { .. } | Phase::Inviting => true,
            Phase::Talking => !self.call.hold.here || self.call.hold_asked == Some(false),
        }
    }

    /// Order in the snapshot: what is heard, what rings, what is held.
    pub(super) fn rank(&self) -> u8 {
        if self.occupies() {
            0
        } else if self.rings_here() {
            1
        } else {
            2
        }
    }

    /// Microphone and speaker. From the moment hold is asked for the other party hears nothing more, and
    /// nothing passes again before the resume is agreed.
    pub(super) fn wanted_gate(&self) -> (bool, bool) {
        let held = self.call.hold.here || self.call.hold.there || self.call.hold_asked.is_some();
        match self.phase {
            Phase::Talking => (!held && !self.call.muted, !held),
            // Early media and announcements are heard before the answer.
            Phase::Inviting => (false, true),
            _ => (false, false),
        }
    }
}
