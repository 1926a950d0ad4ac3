//! A conference of three, mixed at this phone: each party hears the agent and the other one. It lasts until one
//! of the two is held or over.

use super::floor::ask;
use super::input::Action;
use super::line::{Line, Phase};
use super::machine::Machine;
use super::snapshot::CallId;
use super::transfer::transferable;

/// Two calls that are heard together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Mix {
    /// The one with the talk devices.
    host: CallId,
    guest: CallId,
    /// The agent's microphone is off; the parties hear each other all the same.
    muted: bool,
}

impl Mix {
    pub(super) fn has(self, call: CallId) -> bool {
        self.host == call || self.guest == call
    }

    pub(super) fn action(self) -> Action {
        Action::Confer { host: self.host, guest: self.guest, muted: self.muted }
    }
}

impl Machine {
    /// Takes the held one of two calls back without holding the other.
    pub(super) fn join(&mut self, call: CallId, with: CallId, out: &mut Vec<Action>) {
        // Who is about to take another's place is not known yet.
        let engaged = self.next.is_some() || self.lines.iter().any(|line| line.replaces.is_some());
        let held = |machine: &Self, call| {
            let line = machine.lines.iter().find(|line| line.call.id == call && transferable(line));
            line.filter(|line| !line.call.conference).map(|line| line.call.hold.here)
        };
        let (back, heard) = match (held(self, call), held(self, with)) {
            (Some(true), Some(false)) if !engaged => (call, with),
            (Some(false), Some(true)) if !engaged => (with, call),
            _ => return,
        };
        let muted = self.line(heard).is_some_and(|line| line.call.muted);
        for line in self.lines.iter_mut().filter(|line| line.call.id == back || line.call.id == heard) {
            line.call.conference = true;
            line.call.muted = muted;
        }
        self.fault = None;
        if let Some(line) = self.line(back) {
            ask(line, false, out);
        }
    }

    /// Each call goes on for itself.
    pub(super) fn part(&mut self) {
        for line in &mut self.lines {
            line.call.conference = false;
        }
    }

    /// The microphone is the agent's, whichever of the two it is turned off in.
    pub(super) fn mute(&mut self, call: CallId, muted: bool) {
        let together = self.line(call).is_some_and(|line| line.call.conference);
        for line in &mut self.lines {
            if line.call.id == call || (together && line.call.conference) {
                line.call.muted = muted;
            }
        }
    }

    /// Who is heard together now.
    pub(super) fn mix(&self) -> Option<Mix> {
        let mixed = |line: &&Line| {
            line.call.conference && line.media && line.phase == Phase::Talking && !line.call.hold.here
        };
        let mut lines = self.lines.iter().filter(mixed);
        let (one, other) = (lines.next()?, lines.next()?);
        let (host, guest) = if self.devices == Some(other.call.id) { (other, one) } else { (one, other) };
        Some(Mix { host: host.call.id, guest: guest.call.id, muted: host.call.muted })
    }
}
