//! Which of the calls the agent talks on: one at a time, or both in a conference. Another one begins or comes back when the
//! one that goes on has been put on hold, and the other end has agreed to that.

use super::input::Action;
use super::line::{Line, Phase};
use super::machine::{LINES, Machine};
use super::snapshot::{CallId, CallState, Direction, Fault, HoldFailure, Remote};
use super::target::DialTarget;

/// What needs the agent's ear.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Next {
    /// A ringing call, taken.
    Answer(CallId),
    /// A new call.
    Dial(DialTarget),
    /// A held call.
    Resume(CallId),
}

impl Next {
    fn call(&self) -> Option<CallId> {
        match self {
            Self::Answer(call) | Self::Resume(call) => Some(*call),
            Self::Dial(_) => None,
        }
    }
}

impl Machine {
    /// Does it as soon as no other call has the agent's ear.
    pub(super) fn go(&mut self, now: u64, next: Next, out: &mut Vec<Action>) {
        let own = next.call();
        let others = |line: &&mut Line| Some(line.call.id) != own && line.occupies();
        // A call that is not answered yet cannot be held.
        if self.lines.iter_mut().filter(others).any(|line| line.phase != Phase::Talking) {
            self.fault = Some(Fault::LineTaken);
            return self.give_up(now, &next);
        }
        let Some(before) = self.lines.iter_mut().find(others) else { return self.perform(now, next, out) };
        if before.call.hold_asked.is_none() {
            before.makes_way = true;
            ask(before, true, out);
        }
        self.next = Some(next);
    }

    fn perform(&mut self, now: u64, next: Next, out: &mut Vec<Action>) {
        for line in &mut self.lines {
            line.makes_way = false;
        }
        match next {
            Next::Answer(call) => {
                let Some(line) = self.line(call).filter(|line| line.phase == Phase::Waiting) else { return };
                line.phase = Phase::Opening;
                self.devices = Some(call);
                out.push(Action::OpenMedia { call });
            }
            Next::Dial(_) if self.lines.len() >= LINES => self.fault = Some(Fault::LineTaken),
            Next::Dial(target) => {
                let (DialTarget::Number(number) | DialTarget::Address(number)) = &target;
                let remote = Remote { number: number.clone(), display: None };
                let call = self.next_id();
                let phase = Phase::Preparing { target };
                self.lines.push(Line::new(now, call, Direction::Outgoing, remote, None, phase));
                self.devices = Some(call);
                out.push(Action::OpenMedia { call });
            }
            Next::Resume(call) => {
                if let Some(line) = self.line(call) {
                    ask(line, false, out);
                }
            }
        }
    }

    /// It comes to nothing: a call that was taken rings on.
    fn give_up(&mut self, now: u64, next: &Next) {
        let Some(line) = next.call().and_then(|call| self.line(call)) else { return };
        if line.phase == Phase::Waiting {
            line.phase = Phase::Ringing;
            line.enter(now, CallState::Ringing);
        }
    }

    /// The agent holds.
    pub(super) fn hold(&mut self, call: CallId, out: &mut Vec<Action>) {
        if let Some(line) = self.line(call) {
            ask(line, true, out);
        }
    }

    /// The agent takes a held call back; another one that goes on is held for it.
    pub(super) fn resume(&mut self, now: u64, call: CallId, out: &mut Vec<Action>) {
        if self.taken() {
            return;
        }
        let free = |line: &mut Line| line.call.hold_asked.is_none() && line.referring.is_none();
        if self.line(call).is_some_and(|line| line.call.hold.here && free(line)) {
            self.fault = None;
            self.go(now, Next::Resume(call), out);
        }
    }

    /// Something waits already; told as a fault.
    pub(super) fn taken(&mut self) -> bool {
        let taken = self.next.is_some();
        if taken {
            self.fault = Some(Fault::LineTaken);
        }
        taken
    }

    /// The other end has answered a hold or a resume.
    pub(super) fn hold_result(
        &mut self,
        now: u64,
        (call, hold): (CallId, bool),
        failure: Option<HoldFailure>,
        out: &mut Vec<Action>,
    ) {
        let Some(line) = self.line(call).filter(|line| line.call.hold_asked == Some(hold)) else { return };
        line.call.hold_asked = None;
        line.call.hold_failed = failure;
        let made_way = std::mem::take(&mut line.makes_way);
        if failure.is_none() {
            line.call.hold.here = hold;
            line.show_hold(now);
        }
        match failure {
            None if hold => self.clear(&[Fault::NoSoundFromRemote]),
            None => {}
            Some(_) => self.fault = Some(Fault::HoldRefused),
        }
        // Held, or not taken back: no conference.
        if hold == failure.is_none() {
            self.part();
        }
        if hold {
            self.held_for_transfer(now, call, failure, out);
        }
        let comes_back = made_way && failure.is_none() && !self.lines.iter().any(Line::occupies);
        match self.next.take() {
            // What it was held for is over: nothing keeps it from coming back.
            None if comes_back => self.go(now, Next::Resume(call), out),
            None => {}
            Some(next) if hold && failure.is_some() => self.give_up(now, &next),
            Some(next) => self.go(now, next, out),
        }
    }

    /// A call is over: what waited for it goes on, what was to happen with it does not.
    pub(super) fn left(&mut self, now: u64, call: CallId, out: &mut Vec<Action>) {
        match self.next.take() {
            Some(next) if next.call() == Some(call) => {}
            Some(next) => self.go(now, next, out),
            None => {}
        }
    }
}

pub(super) fn ask(line: &mut Line, hold: bool, out: &mut Vec<Action>) {
    let fits = line.phase == Phase::Talking && line.call.hold_asked.is_none();
    if fits && line.call.hold.here != hold {
        line.call.hold_asked = Some(hold);
        line.call.hold_failed = None;
        out.push(Action::ChangeHold { call: line.call.id, hold });
    }
}
