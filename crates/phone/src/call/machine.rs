//! The state machine of the phone: one line, at most one call that goes on.

use super::input::{Action, CancelReason, Failure, Input, PhoneCommand, Ring, SoundFault};
use super::snapshot::{
    Call, CallId, CallState, Direction, EndCause, Fault, Hold, PhoneState, QueueInfo, Registration, Remote,
    Side,
};
use super::target::DialTarget;

/// A call rings here no longer than this, milliseconds (RFC 3261 §13.3.1.1 has three minutes).
pub const RING_LIMIT_MS: u64 = 180_000;
/// We wait no longer for an answer than this, milliseconds.
pub const DIAL_LIMIT_MS: u64 = 180_000;
/// How many ended calls the snapshot keeps.
pub const KEPT_ENDED: usize = 20;

/// Faults that are over with their call.
const OF_A_CALL: [Fault; 4] =
    [Fault::NoSoundFromRemote, Fault::HoldRefused, Fault::LineTaken, Fault::OtherDevice];

/// What the snapshot's state does not tell.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Phase {
    /// Rings here; `answering` once the agent took it and the sound opens.
    Ringing { answering: bool },
    /// The sound opens before the INVITE goes out.
    Preparing { target: DialTarget },
    /// INVITE sent.
    Inviting,
    /// Answered by either end.
    Talking,
}

#[derive(Debug, Clone)]
struct Line {
    call: Call,
    phase: Phase,
    media: bool,
    /// The agent tried to answer, and this stood in the way.
    hindered: Option<SoundFault>,
    /// It rings there and nothing else is heard.
    ringback: bool,
    gate: (bool, bool),
}

/// The state machine. Time is UTC milliseconds and an argument.
#[derive(Debug, Default)]
pub struct Machine {
    registration: Registration,
    line: Option<Line>,
    ended: Vec<Call>,
    fault: Option<Fault>,
    sounding: Ring,
    ring_device_missing: bool,
    last_id: u64,
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
        let active = self.line.iter().map(|line| line.call.clone());
        PhoneState {
            registration: self.registration,
            calls: active.chain(self.ended.iter().cloned()).collect(),
            fault: self.fault.or(self.ring_device_missing.then_some(Fault::NoRingDevice)),
        }
    }

    /// When [`Input::Tick`] is due, if nothing else happens first, UTC milliseconds.
    pub fn deadline(&self) -> Option<u64> {
        let line = self.line.as_ref()?;
        match line.phase {
            Phase::Ringing { .. } => Some(line.call.offered.saturating_add(RING_LIMIT_MS)),
            Phase::Preparing { .. } | Phase::Inviting => {
                Some(line.call.offered.saturating_add(DIAL_LIMIT_MS))
            }
            // Signalling alone ends a call: an end that sends nothing while it is silent is no lost one.
            Phase::Talking => None,
        }
    }

    /// Takes one input; the actions are to be carried out in order.
    pub fn handle(&mut self, now: u64, input: Input) -> Vec<Action> {
        let mut out = Vec::new();
        match input {
            Input::Command(command) => self.command(now, command, &mut out),
            Input::Registration(registration) => self.registration = registration,
            Input::Offered { call, remote, queue } => self.offered(now, call, remote, queue, &mut out),
            Input::Progress { call, early_media } => self.progress(now, call, early_media),
            Input::Answered { call } => self.answered(now, call, &mut out),
            Input::RemoteHold { call, held } => self.remote_hold(now, call, held),
            Input::HoldResult { call, hold, accepted } => self.hold_result(now, call, hold, accepted),
            Input::RemoteCancelled { call, reason } => self.remote_cancelled(now, call, reason, &mut out),
            Input::RemoteHungUp { call } => self.remote_hung_up(now, call, &mut out),
            Input::Refused { call, status } => self.refused(now, call, status, &mut out),
            Input::Failed { call, failure } => self.failed(now, call, failure, &mut out),
            Input::MediaReady { call } => self.media_ready(now, call, &mut out),
            Input::MediaFailed { call, fault } => self.media_failed(now, call, fault, &mut out),
            Input::MediaMoved { call, elsewhere } => self.media_moved(call, elsewhere),
            Input::MediaSilent { call } => self.media_silent(call),
            Input::MediaHeard { call } => self.media_heard(call),
            Input::RingDevice { missing } => self.ring_device_missing = missing,
            Input::Tick => self.tick(now, &mut out),
        }
        self.settle(&mut out);
        out
    }

    fn line(&mut self, call: CallId) -> Option<&mut Line> {
        self.line.as_mut().filter(|line| line.call.id == call)
    }

    fn command(&mut self, now: u64, command: PhoneCommand, out: &mut Vec<Action>) {
        match command {
            PhoneCommand::Answer { call } => self.answer(now, call, out),
            PhoneCommand::Decline { call } => self.decline(now, call, out),
            PhoneCommand::HangUp { call } => self.hang_up(now, call, out),
            PhoneCommand::Hold { call } => self.ask_hold(call, true, out),
            PhoneCommand::Resume { call } => self.ask_hold(call, false, out),
            PhoneCommand::Mute { call, muted } => {
                if let Some(line) = self.line(call) {
                    line.call.muted = muted;
                }
            }
            PhoneCommand::Dial { target } => self.dial(now, &target, out),
        }
    }

    fn answer(&mut self, now: u64, call: CallId, out: &mut Vec<Action>) {
        let Some(line) = self.line(call) else { return };
        if line.phase == (Phase::Ringing { answering: false }) {
            line.phase = Phase::Ringing { answering: true };
            line.enter(now, CallState::Answering);
            line.hindered = None;
            self.fault = None;
            out.push(Action::OpenMedia { call });
        }
    }

    fn decline(&mut self, now: u64, call: CallId, out: &mut Vec<Action>) {
        let Some(line) = self.line(call) else { return };
        if let Phase::Ringing { .. } = line.phase {
            out.push(Action::Reject { call, status: 603 });
            let cause = hindered_cause(line.hindered, EndCause::Declined { by: Side::Here });
            self.end(now, cause, out);
        }
    }

    fn hang_up(&mut self, now: u64, call: CallId, out: &mut Vec<Action>) {
        let Some(line) = self.line(call) else { return };
        match line.phase {
            Phase::Ringing { .. } => self.decline(now, call, out),
            Phase::Preparing { .. } => self.end(now, EndCause::Cancelled { by: Side::Here }, out),
            Phase::Inviting => {
                out.push(Action::Cancel { call });
                self.end(now, EndCause::Cancelled { by: Side::Here }, out);
            }
            Phase::Talking => {
                out.push(Action::HangUp { call });
                self.end(now, EndCause::HungUp { by: Side::Here }, out);
            }
        }
    }

    fn ask_hold(&mut self, call: CallId, hold: bool, out: &mut Vec<Action>) {
        let Some(line) = self.line(call) else { return };
        if line.phase == Phase::Talking && line.call.hold_asked.is_none() && line.call.hold.here != hold {
            line.call.hold_asked = Some(hold);
            self.fault = None;
            out.push(Action::ChangeHold { call, hold });
        }
    }

    fn dial(&mut self, now: u64, target: &str, out: &mut Vec<Action>) {
        if self.line.is_some() {
            self.fault = Some(Fault::LineTaken);
            return;
        }
        let Ok(target) = target.parse::<DialTarget>() else {
            self.fault = Some(Fault::BadTarget);
            return;
        };
        let (DialTarget::Number(number) | DialTarget::Address(number)) = &target;
        let remote = Remote { number: number.clone(), display: None };
        let call = self.next_id();
        self.fault = None;
        let phase = Phase::Preparing { target };
        self.line = Some(Line::new(now, call, Direction::Outgoing, remote, None, phase));
        out.push(Action::OpenMedia { call });
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
        if self.line.is_some() {
            // The other line belongs to the next floor; today one call is enough at a time.
            out.push(Action::Reject { call, status: 486 });
            return;
        }
        self.fault = None;
        let phase = Phase::Ringing { answering: false };
        self.line = Some(Line::new(now, call, Direction::Incoming, remote, queue, phase));
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

    fn hold_result(&mut self, now: u64, call: CallId, hold: bool, accepted: bool) {
        let Some(line) = self.line(call) else { return };
        if line.call.hold_asked != Some(hold) {
            return;
        }
        line.call.hold_asked = None;
        if accepted {
            line.call.hold.here = hold;
            line.show_hold(now);
            if hold {
                self.clear(&[Fault::NoSoundFromRemote]);
            }
        } else {
            self.fault = Some(Fault::HoldRefused);
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
        if line.phase == Phase::Talking {
            // Our 200 crossed their CANCEL: the dialog exists and has to be ended (RFC 3261 §9.2).
            out.push(Action::HangUp { call });
        }
        self.end(now, cause, out);
    }

    fn remote_hung_up(&mut self, now: u64, call: CallId, out: &mut Vec<Action>) {
        let Some(line) = self.line(call) else { return };
        let cause = match (&line.phase, line.call.direction) {
            (Phase::Talking, _) | (_, Direction::Outgoing) => EndCause::HungUp { by: Side::There },
            (_, Direction::Incoming) => {
                hindered_cause(line.hindered, EndCause::Cancelled { by: Side::There })
            }
        };
        self.end(now, cause, out);
    }

    fn refused(&mut self, now: u64, call: CallId, status: u16, out: &mut Vec<Action>) {
        let Some(line) = self.line(call) else { return };
        if line.phase != Phase::Inviting {
            return;
        }
        let cause = match status {
            486 | 600 => EndCause::Busy,
            603 | 403 => EndCause::Declined { by: Side::There },
            408 | 480 | 487 => EndCause::TimedOut,
            415 | 488 | 606 => EndCause::NoCommonMedia,
            status => EndCause::Refused { status },
        };
        self.end(now, cause, out);
    }

    fn failed(&mut self, now: u64, call: CallId, failure: Failure, out: &mut Vec<Action>) {
        let Some(line) = self.line(call) else { return };
        let cause = match failure {
            Failure::Network => EndCause::Network,
            Failure::TimedOut => EndCause::TimedOut,
            Failure::NoCommonMedia => EndCause::NoCommonMedia,
        };
        match line.phase {
            Phase::Ringing { .. } => {
                let status = if failure == Failure::NoCommonMedia { 488 } else { 480 };
                out.push(Action::Reject { call, status });
            }
            Phase::Preparing { .. } => {}
            Phase::Inviting => out.push(Action::Cancel { call }),
            Phase::Talking => out.push(Action::HangUp { call }),
        }
        self.end(now, cause, out);
    }

    fn media_ready(&mut self, now: u64, call: CallId, out: &mut Vec<Action>) {
        let Some(line) = self.line(call) else {
            // The call ended while the sound was opening.
            out.push(Action::CloseMedia { call });
            return;
        };
        line.media = true;
        match &line.phase {
            Phase::Ringing { answering: true } => {
                out.push(Action::Accept { call });
                line.talk(now);
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
            Phase::Ringing { answering: true } => {
                line.phase = Phase::Ringing { answering: false };
                line.hindered = Some(fault);
                line.enter(now, CallState::Ringing);
                self.fault = shown(fault);
                if fault == SoundFault::NoPort {
                    out.push(Action::Reject { call, status: 480 });
                    self.end(now, EndCause::Network, out);
                }
            }
            Phase::Preparing { .. } => {
                self.fault = shown(fault);
                self.end(now, hindered_cause(Some(fault), EndCause::Network), out);
            }
            // A device that disappears in a call: the call goes on, and the agent is told.
            Phase::Talking => self.fault = shown(fault),
            _ => {}
        }
    }

    fn media_moved(&mut self, call: CallId, elsewhere: bool) {
        if self.line(call).is_some() {
            self.clear(&[Fault::NoMicrophone, Fault::NoSpeaker, Fault::OtherDevice]);
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

    fn clear(&mut self, over: &[Fault]) {
        self.fault = self.fault.filter(|fault| !over.contains(fault));
    }

    fn tick(&mut self, now: u64, out: &mut Vec<Action>) {
        if self.deadline().is_none_or(|due| now < due) {
            return;
        }
        let Some(line) = self.line.as_ref() else { return };
        let call = line.call.id;
        let cause = match line.phase {
            Phase::Ringing { .. } => {
                out.push(Action::Reject { call, status: 480 });
                hindered_cause(line.hindered, EndCause::NotTaken)
            }
            Phase::Preparing { .. } => EndCause::TimedOut,
            Phase::Inviting => {
                out.push(Action::Cancel { call });
                EndCause::TimedOut
            }
            Phase::Talking => return,
        };
        self.end(now, cause, out);
    }

    fn end(&mut self, now: u64, cause: EndCause, out: &mut Vec<Action>) {
        let Some(mut line) = self.line.take() else { return };
        line.enter(now, CallState::Ended { cause });
        line.call.hold = Hold::default();
        line.call.hold_asked = None;
        line.call.muted = false;
        if line.media {
            out.push(Action::CloseMedia { call: line.call.id });
        }
        self.clear(&OF_A_CALL);
        self.ended.insert(0, line.call);
        self.ended.truncate(KEPT_ENDED);
    }

    /// Brings the gate and the ring in line with the state, once per change.
    fn settle(&mut self, out: &mut Vec<Action>) {
        let mut ring = Ring::Off;
        if let Some(line) = self.line.as_mut() {
            ring = match line.phase {
                Phase::Ringing { answering: false } => Ring::Incoming,
                Phase::Inviting if line.ringback => Ring::Ringback,
                _ => Ring::Off,
            };
            let gate = line.wanted_gate();
            if line.media && gate != line.gate {
                line.gate = gate;
                out.push(Action::Gate { call: line.call.id, microphone: gate.0, speaker: gate.1 });
            }
        }
        if self.sounding != ring {
            self.sounding = ring;
            out.push(Action::Ring(ring));
        }
    }
}

impl Line {
    fn new(
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
        let queue = queue.filter(|queue| !queue.is_empty());
        let hold = Hold::default();
        let call = Call {
            id,
            direction,
            state,
            remote,
            queue,
            since: now,
            offered: now,
            answered: None,
            muted: false,
            hold,
            hold_asked: None,
        };
        Self { call, phase, media: false, hindered: None, ringback: false, gate: (false, false) }
    }

    fn enter(&mut self, now: u64, state: CallState) {
        self.call.state = state;
        self.call.since = now;
    }

    fn talk(&mut self, now: u64) {
        self.phase = Phase::Talking;
        self.call.answered = Some(now);
        self.enter(now, CallState::InCall);
    }

    fn show_hold(&mut self, now: u64) {
        let held = self.call.hold.here || self.call.hold.there;
        let state = if held { CallState::Held } else { CallState::InCall };
        if self.call.state != state {
            self.enter(now, state);
        }
    }

    /// Microphone and speaker. From the moment hold is asked for the other party hears nothing more, and
    /// nothing passes again before the resume is agreed.
    fn wanted_gate(&self) -> (bool, bool) {
        let held = self.call.hold.here || self.call.hold.there || self.call.hold_asked.is_some();
        match self.phase {
            Phase::Talking => (!held && !self.call.muted, !held),
            // Early media and announcements are heard before the answer.
            Phase::Inviting => (false, true),
            _ => (false, false),
        }
    }
}

fn shown(fault: SoundFault) -> Option<Fault> {
    match fault {
        SoundFault::NoMicrophone => Some(Fault::NoMicrophone),
        SoundFault::NoSpeaker => Some(Fault::NoSpeaker),
        SoundFault::NoPort => None,
    }
}

fn hindered_cause(hindered: Option<SoundFault>, otherwise: EndCause) -> EndCause {
    match hindered {
        Some(SoundFault::NoMicrophone) => EndCause::NoMicrophone,
        Some(SoundFault::NoSpeaker) => EndCause::NoSpeaker,
        Some(SoundFault::NoPort) => EndCause::Network,
        None => otherwise,
    }
}
