//! What buttons ask of the phone and what its lights show. No I/O; time is milliseconds and an argument.
//!
//! A headset's hook switch is no mere button: the headset also reports it when it follows the phone, as an echo of
//! the off-hook light, and takes it back when the phone does not follow. What is an echo must neither end nor answer
//! a call, so a report counts as a press only when it says otherwise than the lights and was not waited for.

use std::collections::VecDeque;

use super::report::{Button, Form, Layout, Lights, Reading};
use crate::call::{Call, CallState, Direction, PhoneCommand, PhoneState};

/// So long after a change of the off-hook light its echo may come, milliseconds.
pub const ECHO_MS: u64 = 3_000;
/// A button without a position that answers a change of its light sooner is an echo: nobody is that quick.
pub const REPLY_MS: u64 = 250;
/// So long the phone may take to do what a button asked, before the headset is told again how it stands.
pub const SETTLE_MS: u64 = 2_000;

/// What somebody did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Press {
    /// The hook switch went off-hook.
    OffHook,
    /// The hook switch went on-hook.
    OnHook,
    /// The microphone is to be off (`true`) or on.
    Muted(bool),
    /// Any other button, and hook and mute where the headset does not tell which way.
    Button(Button),
}

/// What a headset is to show of the phone.
pub fn lights(state: &PhoneState) -> Lights {
    let taken = || state.calls.iter().filter(|call| is_taken(call));
    let off_hook = taken().next().is_some();
    let ring = state.calls.iter().any(|call| call.state == CallState::Ringing);
    Lights {
        off_hook,
        ring,
        // In somebody's ear the phone's own tone is enough.
        ringer: ring && !off_hook,
        mute: taken().next().is_some_and(|call| call.muted),
        hold: off_hook && taken().all(held),
    }
}

/// What a press asks of the phone as it stands; `None` when it means nothing there. No press ends a held call, and
/// none answers without putting on hold whom the agent hears.
pub fn command(press: Press, state: &PhoneState) -> Option<PhoneCommand> {
    let going = || state.calls.iter().filter(|call| !call.state.is_ended());
    let rings = going().find(|call| call.state == CallState::Ringing).map(|call| call.id);
    let heard = going().find(|call| is_taken(call) && !held(call));
    let held = going().find(|call| held(call)).map(|call| call.id);
    let answer = rings.map(|call| PhoneCommand::Answer { call });
    let resume = held.map(|call| PhoneCommand::Resume { call });
    let hang_up = heard.map(|call| PhoneCommand::HangUp { call: call.id });
    let decline = rings.map(|call| PhoneCommand::Decline { call });
    let talks = |call: &&Call| call.answered.is_some();
    let hold = heard.filter(talks).map(|call| PhoneCommand::Hold { call: call.id });
    let spoken = going().find(talks);
    let mute = |muted| spoken.map(|call| PhoneCommand::Mute { call: call.id, muted });
    match press {
        Press::OffHook if heard.is_none() => answer.or(resume),
        Press::OffHook => None,
        // Between two looks the call that was meant may have ended: what rings then was not meant.
        Press::OnHook if held.is_none() => hang_up,
        Press::OnHook | Press::Button(Button::Hook) => hang_up.or(answer).or(resume),
        Press::Muted(muted) => mute(muted),
        Press::Button(Button::Mute) => mute(!spoken.is_some_and(|call| call.muted)),
        Press::Button(Button::Flash) => answer.or(resume).or(hold),
        Press::Button(Button::Hold) => hold.or(resume),
        Press::Button(Button::Redial) if going().next().is_none() => redial(state),
        Press::Button(Button::Redial) => None,
        Press::Button(Button::Drop) => hang_up.or(decline),
        Press::Button(Button::Reject) => decline,
    }
}

/// The agent has it: heard, on hold, or on its way.
fn is_taken(call: &Call) -> bool {
    !call.state.is_ended() && call.state != CallState::Ringing
}

fn held(call: &Call) -> bool {
    !call.state.is_ended() && call.hold.here
}

fn redial(state: &PhoneState) -> Option<PhoneCommand> {
    let last = state.calls.iter().find(|call| call.direction == Direction::Outgoing)?;
    let target = last.remote.number.clone();
    (!target.is_empty()).then_some(PhoneCommand::Dial { target })
}

/// One headset.
#[derive(Debug)]
pub struct Telephony {
    layout: Layout,
    /// The last value of each control.
    seen: Vec<bool>,
    /// What it was told last; `None` before it was told anything.
    told: Option<Lights>,
    /// When its lights changed last.
    off_hook_at: Option<u64>,
    mute_at: Option<u64>,
    /// Positions of the hook switch that will be reported because of the light, with the time until when.
    echoes: VecDeque<(bool, u64)>,
    /// The headset may show something else from then on.
    astray: Option<u64>,
}

impl Telephony {
    /// A headset that has just come: on-hook.
    pub fn new(layout: Layout) -> Self {
        let seen = vec![false; layout.controls()];
        Self {
            layout,
            seen,
            told: None,
            off_hook_at: None,
            mute_at: None,
            echoes: VecDeque::new(),
            astray: None,
        }
    }

    /// The reports to send, so that the headset shows these lights; none when it does.
    pub fn show(&mut self, now: u64, lights: Lights) -> Vec<Vec<u8>> {
        let before = self.told;
        let again = before.is_none() || self.astray.is_some_and(|due| due <= now);
        if before == Some(lights) && !again {
            return vec![];
        }
        let was = before.unwrap_or_default();
        if lights.off_hook != was.off_hook {
            self.off_hook_at = Some(now);
            self.astray = None;
            self.await_echo(now, lights.off_hook);
        }
        if lights.mute != was.mute {
            self.mute_at = Some(now);
        }
        if again {
            self.astray = None;
        }
        self.told = Some(lights);
        let reports = self.layout.write(&lights);
        if again {
            return reports;
        }
        let old = self.layout.write(&was);
        reports.into_iter().zip(old).filter(|(new, old)| new != old).map(|(new, _)| new).collect()
    }

    /// What a report of the headset asks of the phone.
    pub fn report(&mut self, now: u64, octets: &[u8], state: &PhoneState) -> Vec<PhoneCommand> {
        let mut commands = vec![];
        for reading in self.layout.read(octets) {
            let Some(press) = self.press(now, reading) else { continue };
            let command = command(press, state);
            // A headset that pressed in vain returns to how the phone stands.
            self.astray = Some(if command.is_some() { now + SETTLE_MS } else { now });
            commands.extend(command);
        }
        commands
    }

    fn press(&mut self, now: u64, reading: Reading) -> Option<Press> {
        let Reading { control, button, form, on } = reading;
        let seen = self.seen.get_mut(control)?;
        let changed = std::mem::replace(seen, on) != on;
        let told = self.told.unwrap_or_default();
        let recent = |at: Option<u64>| at.is_some_and(|at| now.saturating_sub(at) < REPLY_MS);
        match (form, button) {
            (Form::Position, _) if !changed => None,
            (Form::Position, Button::Hook) => {
                let echo = self.is_echo(now, on);
                let press = if on { Press::OffHook } else { Press::OnHook };
                (!echo && on != told.off_hook).then_some(press)
            }
            (Form::Position, Button::Mute) => (on != told.mute).then_some(Press::Muted(on)),
            (Form::Momentary, _) if !changed => None,
            (_, _) if !on => None,
            (_, Button::Hook) => (!recent(self.off_hook_at)).then_some(Press::Button(button)),
            (_, Button::Mute) => (!recent(self.mute_at)).then_some(Press::Button(button)),
            (_, _) => Some(Press::Button(button)),
        }
    }

    /// The hook switch will say so too, unless it stands there and nothing else is awaited.
    fn await_echo(&mut self, now: u64, off_hook: bool) {
        self.forget_late(now);
        let stands = self.echoes.back().map(|(position, _)| *position).or(self.hook());
        if stands.is_some_and(|stands| stands != off_hook) {
            self.echoes.push_back((off_hook, now + ECHO_MS));
        }
    }

    fn hook(&self) -> Option<bool> {
        let place = self.layout.hook()?;
        self.seen.get(place).copied()
    }

    fn is_echo(&mut self, now: u64, position: bool) -> bool {
        self.forget_late(now);
        let awaited = self.echoes.iter().position(|(echo, _)| *echo == position);
        if let Some(place) = awaited {
            self.echoes.drain(..=place);
        }
        awaited.is_some()
    }

    fn forget_late(&mut self, now: u64) {
        self.echoes.retain(|(_, until)| now < *until);
    }
}
