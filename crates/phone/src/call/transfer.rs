//! Transfers (RFC 3515, RFC 5589): the other party is asked to call somebody else. The call is over when it has
//! been told that they talk; until then it can come back, and it does when the transfer fails.

use super::floor::Next;
use super::input::Action;
use super::line::{Line, Phase};
use super::machine::Machine;
use super::snapshot::{
    CallId, CallState, Direction, EndCause, Fault, HoldFailure, Remote, Side, Transfer, TransferFailure,
};
use super::target::DialTarget;

/// A transfer that goes on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Referring {
    goal: Goal,
    /// When it has failed, UTC milliseconds.
    pub(super) until: u64,
    /// The call was put on hold for it.
    held_for_it: bool,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Goal {
    /// Whoever is there.
    Blind(DialTarget),
    /// The other party of a call of ours.
    With(CallId),
}

impl Goal {
    fn action(&self, call: CallId) -> Action {
        match self {
            Self::Blind(target) => Action::Refer { call, target: target.clone() },
            Self::With(with) => Action::ReferWith { call, with: *with },
        }
    }
}

impl Machine {
    /// Blind: the other party is held, and asked to call the target.
    pub(super) fn transfer(
        &mut self,
        now: u64,
        call: CallId,
        (target, limit_ms): (&str, u64),
        out: &mut Vec<Action>,
    ) {
        let Some(line) = self.line(call).filter(|line| transferable(line)) else { return };
        let Ok(target) = target.parse::<DialTarget>() else {
            self.fault = Some(Fault::BadTarget);
            return;
        };
        let held_for_it = !line.call.hold.here;
        let goal = Goal::Blind(target);
        let action = goal.action(call);
        line.referring = Some(Referring { goal, until: now.saturating_add(limit_ms), held_for_it });
        line.call.transfer = Some(if held_for_it { Transfer::Holding } else { Transfer::Asked });
        self.fault = None;
        if held_for_it {
            self.hold(call, out);
        } else {
            out.push(action);
        }
    }

    /// Attended: the other party is asked to take the place of ours in a consultation.
    pub(super) fn connect(
        &mut self,
        now: u64,
        call: CallId,
        (with, limit_ms): (CallId, u64),
        out: &mut Vec<Action>,
    ) {
        let consulted = self.line(with).is_some_and(|line| transferable(line)) && with != call;
        let Some(line) = self.line(call).filter(|line| consulted && transferable(line)) else { return };
        let goal = Goal::With(with);
        out.push(goal.action(call));
        let until = now.saturating_add(limit_ms);
        line.referring = Some(Referring { goal, until, held_for_it: false });
        line.call.transfer = Some(Transfer::Asked);
        self.fault = None;
    }

    /// The call that was to be held for its transfer is held, or will not be.
    pub(super) fn held_for_transfer(
        &mut self,
        now: u64,
        call: CallId,
        failure: Option<HoldFailure>,
        out: &mut Vec<Action>,
    ) {
        let Some(line) = self.line(call).filter(|line| line.call.transfer == Some(Transfer::Holding)) else {
            return;
        };
        match (failure, &line.referring) {
            (None, Some(referring)) => {
                out.push(referring.goal.action(call));
                line.call.transfer = Some(Transfer::Asked);
            }
            (Some(failure), _) => self.transfer_failed(now, call, failure.into(), out),
            (None, None) => {}
        }
    }

    /// The REFER was answered.
    pub(super) fn referred(
        &mut self,
        now: u64,
        call: CallId,
        failure: Option<TransferFailure>,
        out: &mut Vec<Action>,
    ) {
        let Some(line) = self.line(call).filter(|line| line.asked()) else { return };
        match failure {
            // What the other party told already is nearer the end.
            None if line.call.transfer == Some(Transfer::Asked) => {
                line.call.transfer = Some(Transfer::Trying)
            }
            None => {}
            Some(failure) => self.transfer_failed(now, call, failure, out),
        }
    }

    /// The other party tells how their call to the target goes; `last` when nothing more will be told.
    pub(super) fn transfer_progress(
        &mut self,
        now: u64,
        call: CallId,
        (status, last): (u16, bool),
        out: &mut Vec<Action>,
    ) {
        let Some(line) = self.line(call).filter(|line| line.asked()) else { return };
        match status {
            200..=299 => self.transferred(now, call, out),
            300.. => self.transfer_failed(now, call, TransferFailure::Refused { status }, out),
            // How it ended will never be told: the call is not given away on a guess.
            _ if last => self.transfer_failed(now, call, TransferFailure::NoAnswer, out),
            180..=199 => line.call.transfer = Some(Transfer::Ringing),
            _ if line.call.transfer == Some(Transfer::Asked) => line.call.transfer = Some(Transfer::Trying),
            _ => {}
        }
    }

    fn transferred(&mut self, now: u64, call: CallId, out: &mut Vec<Action>) {
        let referring = self.line(call).and_then(|line| line.referring.take());
        let with = match referring.map(|referring| referring.goal) {
            Some(Goal::With(with)) => Some(with),
            _ => None,
        };
        for over in [with, Some(call)].into_iter().flatten() {
            if self.line(over).is_some() {
                out.push(Action::HangUp { call: over });
                self.end(now, over, EndCause::Transferred { by: Side::Here }, out);
            }
        }
    }

    /// The call is back, with the reason.
    pub(super) fn transfer_failed(
        &mut self,
        now: u64,
        call: CallId,
        reason: TransferFailure,
        out: &mut Vec<Action>,
    ) {
        let Some(line) = self.line(call) else { return };
        let Some(referring) = line.referring.take() else { return };
        line.call.transfer = Some(Transfer::Failed { reason });
        if !referring.held_for_it {
            return;
        }
        // A hold that is not answered yet is taken back when it is.
        line.makes_way = line.call.hold_asked == Some(true);
        let held = line.call.hold.here && line.call.hold_asked.is_none();
        // The agent has taken another call meanwhile: this one waits on hold.
        let engaged = self.next.is_some() || self.lines.iter().any(Line::occupies);
        if held && !engaged {
            self.go(now, Next::Resume(call), out);
        }
    }

    /// Somebody else comes in the other party's place: taken without a ring, and on hold if that call was.
    pub(super) fn replacing(
        &mut self,
        now: u64,
        (call, old): (CallId, CallId),
        remote: Remote,
        out: &mut Vec<Action>,
    ) {
        self.last_id = self.last_id.max(call.0);
        let busy = |line: &Line| line.replaces.is_some() || line.call.conference;
        let engaged = self.next.is_some() || self.lines.iter().any(busy);
        let status = match self.line(old) {
            Some(_) if engaged => Some(491),
            // It rings there, and somebody else picks up (RFC 3891 §3).
            Some(line) if line.phase == Phase::Inviting => None,
            Some(line) if line.phase != Phase::Talking => Some(481),
            Some(line) if !transferable(line) => Some(491),
            Some(_) => None,
            None => Some(481),
        };
        if let Some(status) = status {
            out.push(Action::Reject { call, status });
            return;
        }
        let queue = self.line(old).and_then(|line| line.call.queue.clone());
        let mut line = Line::new(now, call, Direction::Incoming, remote, queue, Phase::Opening);
        line.enter(now, CallState::Answering);
        line.replaces = Some(old);
        self.lines.push(line);
        self.devices = Some(call);
        out.push(Action::OpenMedia { call });
    }

    /// The new call is accepted: the old one, answered or not, is over, if it was not already.
    pub(super) fn take_place(&mut self, now: u64, call: CallId, old: CallId, out: &mut Vec<Action>) {
        if let Some(line) = self.line(old) {
            let rings = line.phase == Phase::Inviting;
            out.push(if rings { Action::Cancel { call: old } } else { Action::HangUp { call: old } });
            self.end(now, old, EndCause::Transferred { by: Side::There }, out);
        }
        if let Some(line) = self.line(call) {
            line.replaces = None;
            line.show_hold(now);
        }
    }

    /// What the agent had chosen for a call stands for the one that takes its place, also when the old one is
    /// over before the new one is accepted: another call may have the agent's ear.
    pub(super) fn bequeath(&mut self, before: &Line) {
        let heir = self.lines.iter_mut().find(|line| line.replaces == Some(before.call.id));
        if let Some(heir) = heir {
            heir.call.muted = before.call.muted;
            heir.call.hold.here = !before.occupies();
        }
    }

    /// Whether a call takes part in a consultation that its party is leaving for another call of ours.
    pub(super) fn replaced_by_transfer(&self, call: CallId) -> bool {
        let goal = Goal::With(call);
        self.lines.iter().any(|line| line.referring.as_ref().is_some_and(|referring| referring.goal == goal))
    }
}

pub(super) fn transferable(line: &Line) -> bool {
    line.phase == Phase::Talking && line.referring.is_none() && line.call.hold_asked.is_none()
}

impl Line {
    /// The other party has been asked to call somebody else.
    fn asked(&self) -> bool {
        self.referring.is_some() && self.call.transfer != Some(Transfer::Holding)
    }
}

impl From<HoldFailure> for TransferFailure {
    fn from(failure: HoldFailure) -> Self {
        match failure {
            HoldFailure::Glare => Self::Refused { status: 491 },
            HoldFailure::Refused { status } => Self::Refused { status },
            HoldFailure::NoAnswer => Self::NoAnswer,
        }
    }
}
