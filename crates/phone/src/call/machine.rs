//! The state machine of the phone: two lines, and one call that the agent talks on, or both in a conference.

use super::conference::Mix;
use super::ending::{EndedBy, Ending};
use super::floor::Next;
use super::input::{Action, CancelReason, Failure, Input, PhoneCommand, Ring, SoundFault};
use super::keys::Keys;
use super::line::{Line, Phase};
use super::quality::CallQuality;
use super::snapshot::{
    Call, CallId, CallState, Direction, EndCause, Fault, Hold, PhoneState, QueueInfo, Registration, Remote,
    Side, TransferFailure,
};
use super::target::DialTarget;

/// Calls at a time; one more caller is told busy.
pub const LINES: usize = 2;
/// A call that comes while the agent talks rings no longer than this, milliseconds; it is shown until it
/// is taken or over.
pub const KNOCK_MS: u64 = 1_000;

/// A call rings here no longer than this, milliseconds (RFC 3261 §13.3.1.1 has three minutes).
pub const RING_LIMIT_MS: u64 = 180_000;
/// We wait no longer for an answer than this, milliseconds.
pub const DIAL_LIMIT_MS: u64 = 180_000;
/// How many ended calls the snapshot keeps.
pub const KEPT_ENDED: usize = 20;

/// Faults that are over with their call.
const OF_A_CALL: [Fault; 5] =
    [Fault::NoSoundFromRemote, Fault::HoldRefused, Fault::LineTaken, Fault::KeysRefused, Fault::OtherDevice];

/// The state machine. Time is UTC milliseconds and an argument.
#[derive(Debug, Default)]
pub struct Machine {
    registration: Registration,
    pub(super) lines: Vec<Line>,
    ended: Vec<Call>,
    pub(super) fault: Option<Fault>,
    /// What waits until the call that goes on is held.
    pub(super) next: Option<Next>,
    /// The call that the talk devices belong to.
    pub(super) devices: Option<CallId>,
    sounding: Ring,
    /// The conference as it was told last.
    mixed: Option<Mix>,
    /// A waiting call rings until then.
    knock: Option<u64>,
    ring_device_missing: bool,
    pub(super) last_id: u64,
}

impl Machine {
    /// A phone without calls.
    pub fn new() -> Self {
        Self::default()
    }

    /// An id for a call that the driver is about to offer.
    pub fn next_id(&mut self) -> CallId {
        self.last_id += 1;
        CallId(self.last_id)
    }

    /// The snapshot.
    pub fn state(&self) -> PhoneState {
        let mut lines: Vec<&Line> = self.lines.iter().collect();
        lines.sort_by_key(|line| line.rank());
        let active = lines.into_iter().map(|line| line.call.clone());
        PhoneState {
            registration: self.registration,
            calls: active.chain(self.ended.iter().cloned()).collect(),
            fault: self.fault.or(self.ring_device_missing.then_some(Fault::NoRingDevice)),
        }
    }

    /// When [`Input::Tick`] is due, if nothing else happens first, UTC milliseconds.
    pub fn deadline(&self) -> Option<u64> {
        self.lines.iter().filter_map(due).chain(self.knock).min()
    }

    /// Takes one input; the actions are to be carried out in order.
    pub fn handle(&mut self, now: u64, input: Input) -> Vec<Action> {
        let mut out = Vec::new();
        match input {
            Input::Command(command) => self.command(now, command, &mut out),
            Input::Registration(registration) => self.registration = registration,
            Input::Offered { call, remote, queue } => self.offered(now, call, remote, queue, &mut out),
            Input::Replacing { call, old, remote } => self.replacing(now, (call, old), remote, &mut out),
            Input::Progress { call, early_media } => self.progress(now, call, early_media),
            Input::Answered { call } => self.answered(now, call, &mut out),
            Input::RemoteHold { call, held } => self.remote_hold(now, call, held),
            Input::HoldResult { call, hold, failure } => {
                self.hold_result(now, (call, hold), failure, &mut out);
            }
            Input::ReferAnswered { call, failure } => self.referred(now, call, failure, &mut out),
            Input::TransferProgress { call, status, last } => {
                self.transfer_progress(now, call, (status, last), &mut out);
            }
            Input::RemoteCancelled { call, reason } => self.remote_cancelled(now, call, reason, &mut out),
            Input::RemoteHungUp { call } => self.remote_hung_up(now, call, &mut out),
            Input::Refused { call, status } => self.refused(now, call, status, &mut out),
            Input::Failed { call, failure } => self.failed(now, call, failure, &mut out),
            Input::MediaReady { call } => self.media_ready(now, call, &mut out),
            Input::MediaFailed { call, fault } => self.media_failed(now, call, fault, &mut out),
            Input::MediaMoved { call, elsewhere } => self.media_moved(call, elsewhere),
            Input::MediaSilent { call } => self.media_silent(call),
            Input::MediaHeard { call } => self.media_heard(call),
            Input::MediaQuality { call, now, whole } => self.media_quality(call, now, whole),
            Input::MediaEncrypted { call, encrypted } => {
                if let Some(line) = self.line(call) {
                    line.call.encrypted = encrypted;
                }
            }
            Input::KeysRefused { call } => self.keys_refused(call),
            Input::RingDevice { missing } => self.ring_device_missing = missing,
            Input::Tick => self.tick(now, &mut out),
        }
        self.settle(&mut out);
        out
    }

    pub(super) fn line(&mut self, call: CallId) -> Option<&mut Line> {
        self.lines.iter_mut().find(|line| line.call.id == call)
    }

    fn command(&mut self, now: u64, command: PhoneCommand, out: &mut Vec<Action>) {
        match command {
            PhoneCommand::Answer { call } => self.answer(now, call, out),
            PhoneCommand::Decline { call } => self.decline(now, call, out),
            PhoneCommand::HangUp { call } => self.hang_up(now, call, out),
            PhoneCommand::Hold { call } => self.hold(call, out),
            PhoneCommand::Resume { call } => self.resume(now, call, out),
            PhoneCommand::Mute { call, muted } => self.mute(call, muted),
            PhoneCommand::Join { call, with } => self.join(call, with, out),
            PhoneCommand::Press { call, keys } => self.press(call, keys, out),
            PhoneCommand::Dial { target } => self.dial(now, &target, out),
            PhoneCommand::Transfer { call, target, limit_ms } => {
                self.transfer(now, call, (&target, limit_ms), out);
            }
            PhoneCommand::Connect { call, with, limit_ms } => self.connect(now, call, (with, limit_ms), out),
        }
    }

    fn answer(&mut self, now: u64, call: CallId, out: &mut Vec<Action>) {
        let rings = self.line(call).is_some_and(|line| line.phase == Phase::Ringing);
        if !rings || self.taken() {
            return;
        }
        self.fault = None;
        if let Some(line) = self.line(call) {
            line.phase = Phase::Waiting;
            line.enter(now, CallState::Answering);
            line.hindered = None;
        }
        self.go(now, Next::Answer(call), out);
    }

    fn decline(&mut self, now: u64, call: CallId, out: &mut Vec<Action>) {
        let Some(line) = self.line(call) else { return };
        if line.rings_here() {
            out.push(line.reject(603));
            let cause = hindered_cause(line.hindered, EndCause::Declined { by: Side::Here });
            self.end(now, call, cause, out);
        }
    }

    fn hang_up(&mut self, now: u64, call: CallId, out: &mut Vec<Action>) {
        let Some(line) = self.line(call) else { return };
        match line.phase {
            Phase::Ringing | Phase::Waiting | Phase::Opening => self.decline(now, call, out),
            Phase::Preparing { .. } => self.end(now, call, EndCause::Cancelled { by: Side::Here }, out),
            Phase::Inviting => {
                out.push(Action::Cancel { call });
                self.end(now, call, EndCause::Cancelled { by: Side::Here }, out);
            }
            Phase::Talking => {
                out.push(Action::HangUp { call });
                self.end(now, call, EndCause::HungUp { by: Side::Here }, out);
                let heir = self.lines.iter().find(|line| line.replaces == Some(call));
                if let Some(heir) = heir.map(|line| line.call.id) {
                    self.decline(now, heir, out);
                }
            }
        }
    }

    fn dial(&mut self, now: u64, target: &str, out: &mut Vec<Action>) {
        if self.lines.len() >= LINES {
            self.fault = Some(Fault::LineTaken);
            return;
        }
        let Ok(target) = target.parse::<DialTarget>() else {
            self.fault = Some(Fault::BadTarget);
            return;
        };
        if !self.taken() {
            self.fault = None;
            self.go(now, Next::Dial(target), out);
        }
    }

    /// Keys go where the agent is heard; muted, too: it is not the agent's voice.
    fn press(&mut self, call: CallId, keys: Keys, out: &mut Vec<Action>) {
        let Some(line) = self.line(call) else { return };
        if line.phase == Phase::Talking && line.wanted_gate().1 {
            self.clear(&[Fault::KeysRefused]);
            out.push(Action::Press { call, keys });
        } else {
            self.fault = Some(Fault::KeysRefused);
        }
    }

    fn keys_refused(&mut self, call: CallId) {
        if self.line(call).is_some() {
            self.fault = Some(Fault::KeysRefused);
        }
    }

    fn offered(
        &mut self,
        now: u64,
        call: CallId,
        remote: Remote,
        queue: Option<QueueInfo>,
        out: &mut Vec<Action>,
    ) {
        self.last_id = self.last_id.max(call.0);
        if self.lines.len() >= LINES || self.line(call).is_some() {
            out.push(Action::Reject { call, status: 486 });
            return;
        }
        if self.lines.is_empty() {
            self.fault = None;
        } else if self.lines.iter().any(Line::occupies) {
            self.knock = Some(now.saturating_add(KNOCK_MS));
        }
        self.lines.push(Line::new(now, call, Direction::Incoming, remote, queue, Phase::Ringing));
        out.push(Action::Alert { call });
    }

    fn progress(&mut self, now: u64, call: CallId, early_media: bool) {
        let Some(line) = self.line(call) else { return };
        if line.phase != Phase::Inviting {
            return;
        }
        if line.call.state == CallState::Dialling {
            line.enter(now, CallState::Early);
        }
        line.ringback = !early_media;
    }

    fn answered(&mut self, now: u64, call: CallId, out: &mut Vec<Action>) {
        match self.line(call) {
            Some(line) if line.phase == Phase::Inviting => line.talk(now),
            Some(_) => {}
            // The answer crossed our CANCEL; nobody is here to talk.
            None => out.push(Action::HangUp { call }),
        }
    }

    fn remote_hold(&mut self, now: u64, call: CallId, held: bool) {
        let Some(line) = self.line(call) else { return };
        if line.phase == Phase::Talking {
            line.call.hold.there = held;
            line.show_hold(now);
            if held {
                self.clear(&[Fault::NoSoundFromRemote]);
            }
        }
    }

    fn remote_cancelled(&mut self, now: u64, call: CallId, reason: CancelReason, out: &mut Vec<Action>) {
        let Some(line) = self.line(call) else { return };
        if line.call.direction != Direction::Incoming {
            return;
        }
        let cause = match reason {
            CancelReason::GaveUp => EndCause::Cancelled { by: Side::There },
            CancelReason::NotTaken => EndCause::NotTaken,
            CancelReason::Elsewhere => EndCause::TakenElsewhere,
        };
        let cause = hindered_cause(line.hindered, cause);
        line.noted.by = Some(if reason == CancelReason::GaveUp { EndedBy::There } else { EndedBy::Exchange });
        if line.phase == Phase::Talking {
            // Our 200 crossed their CANCEL: the dialog exists and has to be ended (RFC 3261 §9.2).
            out.push(Action::HangUp { call });
        }
        self.end(now, call, cause, out);
    }

    fn remote_hung_up(&mut self, now: u64, call: CallId, out: &mut Vec<Action>) {
        let replaced = self.replaced_by_transfer(call);
        let Some(line) = self.line(call) else { return };
        line.noted.by = Some(EndedBy::There);
        let cause = match (&line.phase, line.call.direction) {
            // Who is called in our place hangs up on us first (RFC 3891 §3).
            (Phase::Talking, _) if replaced => EndCause::Transferred { by: Side::Here },
            (Phase::Talking, _) | (_, Direction::Outgoing) => EndCause::HungUp { by: Side::There },
            (_, Direction::Incoming) => {
                hindered_cause(line.hindered, EndCause::Cancelled { by: Side::There })
            }
        };
        self.end(now, call, cause, out);
    }

    fn refused(&mut self, now: u64, call: CallId, status: u16, out: &mut Vec<Action>) {
        let Some(line) = self.line(call) else { return };
        if line.phase != Phase::Inviting {
            return;
        }
        line.noted.status = Some(status);
        let cause = match status {
            486 | 600 => EndCause::Busy,
            603 | 403 => EndCause::Declined { by: Side::There },
            408 | 480 | 487 => EndCause::TimedOut,
            415 | 488 | 606 => EndCause::NoCommonMedia,
            status => EndCause::Refused { status },
        };
        self.end(now, call, cause, out);
    }

    fn failed(&mut self, now: u64, call: CallId, failure: Failure, out: &mut Vec<Action>) {
        let Some(line) = self.line(call) else { return };
        let cause = match failure {
            Failure::Network => EndCause::Network,
            Failure::TimedOut => EndCause::TimedOut,
            Failure::NoCommonMedia => EndCause::NoCommonMedia,
            Failure::NotEncrypted(fault) => EndCause::NotEncrypted { fault },
        };
        match line.phase {
            Phase::Ringing | Phase::Waiting | Phase::Opening => {
                line.noted.by = (failure != Failure::Network).then_some(EndedBy::Here);
                out.push(line.reject(if failure == Failure::NoCommonMedia { 488 } else { 480 }));
            }
            Phase::Preparing { .. } => {}
            Phase::Inviting => out.push(Action::Cancel { call }),
            Phase::Talking => out.push(Action::HangUp { call }),
        }
        self.end(now, call, cause, out);
    }

    fn media_ready(&mut self, now: u64, call: CallId, out: &mut Vec<Action>) {
        let Some(line) = self.line(call) else {
            // The call ended while the sound was opening.
            out.push(Action::CloseMedia { call });
            return;
        };
        line.media = true;
        match &line.phase {
            Phase::Opening => {
                out.push(Action::Accept { call });
                line.talk(now);
                if let Some(old) = line.replaces {
                    self.take_place(now, call, old, out);
                }
            }
            Phase::Preparing { target } => {
                let target = target.clone();
                line.phase = Phase::Inviting;
                out.push(Action::Invite { call, target });
            }
            _ => {}
        }
    }

    fn media_failed(&mut self, now: u64, call: CallId, fault: SoundFault, out: &mut Vec<Action>) {
        let Some(line) = self.line(call) else { return };
        match line.phase {
            Phase::Opening if line.replaces.is_some() => {
                out.push(line.reject(480));
                self.fault = shown(fault);
                self.end(now, call, hindered_cause(Some(fault), EndCause::Network), out);
            }
            Phase::Opening => {
                line.phase = Phase::Ringing;
                line.hindered = Some(fault);
                line.enter(now, CallState::Ringing);
                let refusal = (fault == SoundFault::NoPort).then(|| line.reject(480));
                self.devices = self.devices.filter(|owner| *owner != call);
                self.fault = shown(fault);
                if let Some(refusal) = refusal {
                    out.push(refusal);
                    self.end(now, call, EndCause::Network, out);
                }
            }
            Phase::Preparing { .. } => {
                self.fault = shown(fault);
                self.end(now, call, hindered_cause(Some(fault), EndCause::Network), out);
            }
            // A device that disappears in a call: the call goes on, and the agent is told.
            Phase::Talking => self.fault = shown(fault),
            _ => {}
        }
    }

    fn media_moved(&mut self, call: CallId, elsewhere: bool) {
        if self.line(call).is_some() {
            self.clear(&[Fault::NoMicrophone, Fault::NoSpeaker, Fault::NoDevice, Fault::OtherDevice]);
            if elsewhere {
                self.fault = Some(Fault::OtherDevice);
            }
        }
    }

    fn media_silent(&mut self, call: CallId) {
        let Some(line) = self.line(call) else { return };
        let quiet = line.phase == Phase::Talking && line.call.hold == Hold::default();
        // What is wrong at this end is the nearer cause.
        if quiet && self.fault.is_none() {
            self.fault = Some(Fault::NoSoundFromRemote);
        }
    }

    fn media_heard(&mut self, call: CallId) {
        if self.line(call).is_some() {
            self.clear(&[Fault::NoSoundFromRemote]);
        }
    }

    fn media_quality(&mut self, call: CallId, now: CallQuality, whole: CallQuality) {
        if let Some(line) = self.line(call) {
            line.call.quality = Some(now);
            line.sounded = Some(whole);
        }
    }

    pub(super) fn clear(&mut self, over: &[Fault]) {
        self.fault = self.fault.filter(|fault| !over.contains(fault));
    }

    fn tick(&mut self, now: u64, out: &mut Vec<Action>) {
        self.knock = self.knock.filter(|until| now < *until);
        let late: Vec<CallId> = self
            .lines
            .iter()
            .filter(|line| due(line).is_some_and(|due| due <= now))
            .map(|l| l.call.id)
            .collect();
        for call in late {
            let Some(line) = self.line(call) else { continue };
            let cause = match line.phase {
                Phase::Ringing | Phase::Waiting | Phase::Opening => {
                    out.push(line.reject(480));
                    hindered_cause(line.hindered, EndCause::NotTaken)
                }
                Phase::Preparing { .. } => EndCause::TimedOut,
                Phase::Inviting => {
                    out.push(Action::Cancel { call });
                    EndCause::TimedOut
                }
                Phase::Talking => {
                    self.transfer_failed(now, call, TransferFailure::NoAnswer, out);
                    continue;
                }
            };
            self.end(now, call, cause, out);
        }
    }

    pub(super) fn end(&mut self, now: u64, call: CallId, cause: EndCause, out: &mut Vec<Action>) {
        let Some(at) = self.lines.iter().position(|line| line.call.id == call) else { return };
        let mut line = self.lines.remove(at);
        self.bequeath(&line);
        self.part();
        line.enter(now, CallState::Ended { cause });
        line.call.ending = Some(Ending::of(cause, line.call.answered.is_some(), line.noted));
        line.call.hold = Hold::default();
        line.call.hold_asked = None;
        line.call.transfer = None;
        line.call.quality = line.sounded;
        (line.call.muted, line.call.conference) = (false, false);
        if line.media {
            out.push(Action::CloseMedia { call });
        }
        self.devices = self.devices.filter(|owner| *owner != call);
        if !self.lines.iter().any(Line::occupies) {
            self.clear(&OF_A_CALL);
        }
        self.ended.insert(0, line.call);
        self.ended.truncate(KEPT_ENDED);
        self.left(now, call, out);
    }

    /// Brings devices, gates and ring in line with the state, once per change.
    fn settle(&mut self, out: &mut Vec<Action>) {
        let ear = |line: &&Line| line.media && line.occupies();
        let owner = self.lines.iter().filter(ear).find(|line| self.devices == Some(line.call.id));
        let heard = owner.or_else(|| self.lines.iter().find(ear)).map(|line| line.call.id);
        // What opens takes them with it; going back and forth would only be heard.
        let opens = |line: &Line| matches!(line.phase, Phase::Opening | Phase::Preparing { .. });
        let settled = !self.lines.iter().any(opens);
        if let Some(call) = heard.filter(|call| settled && self.devices != Some(*call)) {
            self.devices = heard;
            out.push(Action::UseDevices { call });
        }
        let (mix, before) = (self.mix(), self.mixed);
        self.mixed = mix;
        // What is mixed mutes the microphone itself: the gate would keep the parties from each other.
        out.extend(mix.filter(|_| mix != before).map(Mix::action));
        for line in self.lines.iter_mut().filter(|line| line.media) {
            let (microphone, speaker) = line.wanted_gate();
            let mixed = mix.is_some_and(|mix| mix.has(line.call.id));
            let gate = (microphone || (mixed && speaker), speaker);
            if gate != line.gate {
                line.gate = gate;
                out.push(Action::Gate { call: line.call.id, microphone: gate.0, speaker: gate.1 });
            }
        }
        if mix.is_none() && before.is_some() {
            out.push(Action::Part);
        }
        let ring = self.wanted_ring();
        if self.sounding != ring {
            self.sounding = ring;
            out.push(Action::Ring(ring));
        }
    }

    fn wanted_ring(&self) -> Ring {
        let mut lines = self.lines.iter();
        if lines.any(|line| line.phase == Phase::Inviting && line.ringback) {
            return Ring::Ringback;
        }
        let rings = self.lines.iter().any(|line| line.phase == Phase::Ringing);
        let disturbs = self.lines.iter().any(Line::occupies) && self.knock.is_none();
        if rings && !disturbs { Ring::Incoming } else { Ring::Off }
    }
}

/// When a call or its transfer has waited long enough. Signalling alone ends a call that was answered: an end
/// that sends nothing while it is silent is no lost one.
fn due(line: &Line) -> Option<u64> {
    let limit = match line.phase {
        Phase::Ringing | Phase::Waiting | Phase::Opening => RING_LIMIT_MS,
        Phase::Preparing { .. } | Phase::Inviting => DIAL_LIMIT_MS,
        Phase::Talking => return line.referring.as_ref().map(|referring| referring.until),
    };
    Some(line.call.offered.saturating_add(limit))
}

fn shown(fault: SoundFault) -> Option<Fault> {
    match fault {
        SoundFault::NoMicrophone => Some(Fault::NoMicrophone),
        SoundFault::NoSpeaker => Some(Fault::NoSpeaker),
        SoundFault::NoDevice => Some(Fault::NoDevice),
        SoundFault::NoPort => None,
    }
}

fn hindered_cause(hindered: Option<SoundFault>, otherwise: EndCause) -> EndCause {
    match hindered {
        Some(SoundFault::NoMicrophone) => EndCause::NoMicrophone,
        Some(SoundFault::NoSpeaker) => EndCause::NoSpeaker,
        Some(SoundFault::NoDevice) => EndCause::NoDevice,
        Some(SoundFault::NoPort) => EndCause::Network,
        None => otherwise,
    }
}
