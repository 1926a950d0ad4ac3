//! Headsets beside a phone in simulated time: recorded ways of pressing and of echoing.

use proptest::prelude::*;

use super::report::{Button, Lights};
use super::samples::{self, Writer};
use super::telephony::{ECHO_MS, Press, REPLY_MS, SETTLE_MS, Telephony, command, lights};
use crate::call::{CallId, CallState, Input, Machine, PhoneCommand, PhoneState, Remote, SoundFault};

/// A phone, a headset, and the clock of both.
struct Desk {
    now: u64,
    machine: Machine,
    headset: Telephony,
    written: Vec<Vec<u8>>,
}

impl Desk {
    fn with(headset: Writer) -> Self {
        let headset = Telephony::new(headset.layout());
        let mut desk = Self { now: 1_000, machine: Machine::new(), headset, written: vec![] };
        desk.show();
        desk.written.clear();
        desk
    }

    fn show(&mut self) {
        self.written.extend(self.headset.show(self.now, lights(&self.machine.state())));
    }

    fn input(&mut self, input: Input) {
        self.machine.handle(self.now, input);
        self.show();
    }

    fn give(&mut self, command: PhoneCommand) {
        self.input(Input::Command(command));
    }

    /// What a report asks, done at once.
    fn report(&mut self, octets: &[u8]) -> Vec<PhoneCommand> {
        let commands = self.headset.report(self.now, octets, &self.machine.state());
        for command in commands.clone() {
            self.machine.handle(self.now, Input::Command(command));
        }
        self.show();
        commands
    }

    fn later(&mut self, ms: u64) {
        self.now += ms;
        self.show();
    }

    fn offered(&mut self) -> CallId {
        let call = self.machine.next_id();
        self.input(Input::Offered { call, remote: Remote::default(), queue: None });
        call
    }

    fn talks(&mut self) -> CallId {
        let call = self.offered();
        self.give(PhoneCommand::Answer { call });
        self.input(Input::MediaReady { call });
        call
    }

    fn held(&mut self) -> CallId {
        let call = self.talks();
        self.give(PhoneCommand::Hold { call });
        self.input(Input::HoldResult { call, hold: true, failure: None });
        call
    }

    fn state_of(&self, call: CallId) -> CallState {
        self.machine.state().call(call).unwrap().state
    }

    fn told(&mut self) -> Vec<Vec<u8>> {
        std::mem::take(&mut self.written)
    }
}

const OFF_HOOK: [u8; 3] = [2, 1, 0];
const ON_HOOK: [u8; 3] = [2, 0, 0];

#[test]
fn a_jabra_answers_and_ends_a_call_and_its_lights_follow() {
    let mut desk = Desk::with(samples::jabra_evolve_link());
    let call = desk.offered();
    assert_eq!(desk.told(), [[2, 0b0010_0100, 0]], "it rings");
    assert_eq!(desk.report(&OFF_HOOK), [PhoneCommand::Answer { call }]);
    desk.input(Input::MediaReady { call });
    assert_eq!(desk.told(), [[2, 0b0000_0001, 0]], "off-hook, and it rings no more");
    desk.later(60_000);
    assert_eq!(desk.report(&ON_HOOK), [PhoneCommand::HangUp { call }]);
    assert_eq!(desk.told(), [[2, 0, 0]]);
    assert_eq!(desk.report(&ON_HOOK), []);
}

#[test]
fn what_the_agent_does_by_key_is_echoed_and_the_echo_does_nothing() {
    let mut desk = Desk::with(samples::jabra_evolve_link());
    let call = desk.talks();
    desk.later(120);
    assert_eq!(desk.report(&OFF_HOOK), [], "the headset follows");
    assert_eq!(desk.state_of(call), CallState::InCall);
    desk.give(PhoneCommand::HangUp { call });
    let next = desk.offered();
    desk.give(PhoneCommand::Answer { call: next });
    desk.input(Input::MediaReady { call: next });
    // Only now the echoes of the end and of the beginning.
    desk.later(200);
    assert_eq!(desk.report(&ON_HOOK), []);
    assert_eq!(desk.report(&OFF_HOOK), []);
    assert_eq!(desk.state_of(next), CallState::InCall);
    desk.later(ECHO_MS);
    assert_eq!(desk.report(&ON_HOOK), [PhoneCommand::HangUp { call: next }], "and this is no echo");
}

#[test]
fn a_mute_button_does_not_repeat_where_the_hook_stands() {
    // A headset that does not follow: its hook stays on-hook while the agent talks.
    let mut desk = Desk::with(samples::jabra_evolve_link());
    let call = desk.talks();
    desk.later(ECHO_MS * 2);
    desk.told();
    let muted = |muted| vec![PhoneCommand::Mute { call, muted }];
    assert_eq!(desk.report(&[2, 0b100, 0]), muted(true));
    assert_eq!(desk.report(&[2, 0, 0]), []);
    assert_eq!(desk.told(), [[2, 0b0000_0011, 0]]);
    desk.later(REPLY_MS);
    assert_eq!(desk.report(&[2, 0b100, 0]), muted(false));
    assert_eq!(desk.state_of(call), CallState::InCall);
}

#[test]
fn a_mute_that_answers_the_light_is_its_echo() {
    let mut desk = Desk::with(samples::plantronics_blackwire());
    let call = desk.talks();
    desk.give(PhoneCommand::Mute { call, muted: true });
    desk.later(REPLY_MS - 1);
    assert_eq!(desk.report(&[8, 1]), []);
    desk.later(1);
    assert_eq!(desk.report(&[8, 1]), [PhoneCommand::Mute { call, muted: false }]);
}

#[test]
fn pressed_in_vain_the_headset_is_told_how_the_phone_stands() {
    let mut desk = Desk::with(samples::plantronics_blackwire());
    assert_eq!(desk.report(&[8, 0b010]), [], "nobody calls");
    assert!(desk.told().contains(&vec![0x17, 0]), "so it is on-hook");
    // The exchange takes the call back in the moment of the press: nothing follows, and it is told so.
    let call = desk.offered();
    let _ = desk.report(&[8, 0]);
    let state = desk.machine.state();
    desk.told();
    assert_eq!(desk.headset.report(desk.now, &[8, 0b010], &state), [PhoneCommand::Answer { call }]);
    desk.input(Input::RemoteHungUp { call });
    assert_eq!(desk.told(), [[0x18, 0]], "not at once: the answer may be on its way");
    desk.later(SETTLE_MS);
    assert!(desk.told().contains(&vec![0x17, 0]));
}

#[test]
fn a_press_in_the_moment_of_the_end_takes_no_other_call() {
    let mut desk = Desk::with(samples::jabra_evolve_link());
    let call = desk.talks();
    let _ = desk.report(&OFF_HOOK);
    desk.later(10_000);
    // The headset has not been told yet that the call is over and another one is offered.
    desk.machine.handle(desk.now, Input::RemoteHungUp { call });
    let next = desk.machine.next_id();
    desk.machine.handle(desk.now, Input::Offered { call: next, remote: Remote::default(), queue: None });
    assert_eq!(desk.report(&ON_HOOK), []);
    assert_eq!(desk.state_of(next), CallState::Ringing);
    // Nor does a hook that goes off in the moment in which the agent answers by key hang up.
    let mut desk = Desk::with(samples::jabra_evolve_link());
    let call = desk.offered();
    desk.machine.handle(desk.now, Input::Command(PhoneCommand::Answer { call }));
    desk.machine.handle(desk.now, Input::MediaReady { call });
    assert_eq!(desk.report(&OFF_HOOK), []);
    assert_eq!(desk.state_of(call), CallState::InCall);
}

#[test]
fn flash_goes_over_to_the_caller_who_waits_and_back() {
    let mut desk = Desk::with(samples::jabra_evolve_link());
    let flash = [2, 0b1001, 0];
    let first = desk.talks();
    let _ = desk.report(&OFF_HOOK);
    desk.told();
    assert_eq!(desk.report(&flash), [PhoneCommand::Hold { call: first }]);
    desk.input(Input::HoldResult { call: first, hold: true, failure: None });
    assert_eq!(desk.told(), [[2, 0b0000_1001, 0]], "on hold");
    assert_eq!(desk.report(&flash), [PhoneCommand::Resume { call: first }]);
    desk.input(Input::HoldResult { call: first, hold: false, failure: None });
    desk.told();
    let second = desk.offered();
    assert_eq!(desk.told(), [[2, 0b0000_0101, 0]], "it rings by light alone");
    // The hook ends the call that is heard and takes no other; flash keeps it.
    assert_eq!(command(Press::OnHook, &desk.machine.state()), Some(PhoneCommand::HangUp { call: first }));
    assert_eq!(desk.report(&flash), [PhoneCommand::Answer { call: second }]);
    desk.input(Input::HoldResult { call: first, hold: true, failure: None });
    desk.input(Input::MediaReady { call: second });
    assert_eq!((desk.state_of(first), desk.state_of(second)), (CallState::Held, CallState::InCall));
    assert_eq!(desk.report(&flash), [PhoneCommand::Resume { call: first }]);
}

#[test]
fn the_hook_takes_a_held_caller_back_and_ends_none_of_them() {
    let mut desk = Desk::with(samples::plantronics_blackwire());
    let call = desk.held();
    desk.later(ECHO_MS);
    let _ = desk.report(&[8, 0b010]);
    desk.told();
    assert_eq!(desk.report(&[8, 0]), [PhoneCommand::Resume { call }]);
    desk.input(Input::HoldResult { call, hold: false, failure: None });
    desk.later(SETTLE_MS);
    assert!(desk.told().contains(&vec![0x17, 1]), "the headset is off-hook again");
    for press in [Press::Button(Button::Drop), Press::Button(Button::Reject)] {
        let mut desk = Desk::with(samples::plain());
        desk.held();
        assert_eq!(command(press, &desk.machine.state()), None);
    }
}

#[test]
fn a_headset_that_follows_late_takes_nobody_back() {
    let mut desk = Desk::with(samples::jabra_evolve_link());
    let call = desk.held();
    desk.later(ECHO_MS * 2);
    assert_eq!(desk.report(&OFF_HOOK), []);
    assert_eq!(desk.state_of(call), CallState::Held);
}

#[test]
fn one_who_rings_while_another_is_on_hold_is_answered_by_the_hook() {
    let mut desk = Desk::with(samples::jabra_evolve_link());
    desk.held();
    desk.later(100);
    let _ = desk.report(&OFF_HOOK);
    let second = desk.offered();
    assert_eq!(desk.report(&ON_HOOK), [PhoneCommand::Answer { call: second }]);
}

#[test]
fn programmable_button_and_drop_decline_and_redial_calls_only_when_nobody_is_there() {
    let mut desk = Desk::with(samples::sennheiser_sc660());
    let redial = [8, 0b100];
    assert_eq!(desk.report(&redial), [], "nobody was called");
    let call = desk.offered();
    assert_eq!(desk.report(&[8, 0b10_0000]), [PhoneCommand::Decline { call }]);
    let call = desk.offered();
    assert_eq!(desk.report(&[8, 0b01_0000]), [PhoneCommand::Decline { call }]);
    desk.give(PhoneCommand::Dial { target: "0701740605".into() });
    let call = desk.machine.state().active().unwrap().id;
    assert!(lights(&desk.machine.state()).off_hook, "who dials is off-hook");
    assert_eq!(desk.report(&redial), []);
    assert_eq!(desk.report(&[8, 0b01_0000]), [PhoneCommand::HangUp { call }]);
    assert_eq!(desk.report(&redial), [PhoneCommand::Dial { target: "0701740605".into() }]);
}

#[test]
fn a_hook_that_is_a_mere_button_answers_and_ends() {
    let keys =
        || Writer::default().application(0x0B, 0x05).report(1).input(&[0x20, 0x2F], samples::RELATIVE).end();
    let mut desk = Desk::with(keys());
    let call = desk.offered();
    assert_eq!(desk.report(&[1, 1]), [PhoneCommand::Answer { call }]);
    desk.input(Input::MediaReady { call });
    assert_eq!(desk.report(&[1, 0]), []);
    assert_eq!(desk.report(&[1, 1]), [], "its own echo");
    desk.later(REPLY_MS);
    assert_eq!(desk.report(&[1, 1]), [PhoneCommand::HangUp { call }]);
}

#[test]
fn a_mute_switch_is_muted_where_it_stands() {
    let mut desk = Desk::with(samples::plain());
    assert_eq!(desk.report(&[0b10]), [], "in no call");
    let call = desk.talks();
    let _ = desk.report(&[0b11]);
    assert_eq!(desk.report(&[0b01]), [], "it is not muted");
    assert_eq!(desk.report(&[0b11]), [PhoneCommand::Mute { call, muted: true }]);
    desk.give(PhoneCommand::Mute { call, muted: false });
    assert_eq!(desk.report(&[0b01]), []);
}

#[test]
fn a_call_that_finds_no_microphone_rings_on_and_the_headset_too() {
    let mut desk = Desk::with(samples::jabra_evolve_link());
    let call = desk.offered();
    let _ = desk.report(&OFF_HOOK);
    desk.told();
    desk.input(Input::MediaFailed { call, fault: SoundFault::NoMicrophone });
    assert_eq!(desk.told(), [[2, 0b0010_0100, 0]]);
}

fn any_press() -> impl Strategy<Value = Press> {
    let buttons = [
        Button::Hook,
        Button::Mute,
        Button::Flash,
        Button::Hold,
        Button::Redial,
        Button::Drop,
        Button::Reject,
    ];
    prop_oneof![
        Just(Press::OffHook),
        Just(Press::OnHook),
        any::<bool>().prop_map(Press::Muted),
        proptest::sample::select(buttons.to_vec()).prop_map(Press::Button),
    ]
}

/// One step of a desk with two calls at most.
fn step(desk: &mut Desk, what: u8) {
    let active = desk.machine.state().active().map(|call| call.id);
    match (what % 8, active) {
        (0, _) => drop(desk.offered()),
        (1, Some(call)) => desk.give(PhoneCommand::Answer { call }),
        (2, Some(call)) => desk.input(Input::MediaReady { call }),
        (3, Some(call)) => desk.give(PhoneCommand::Hold { call }),
        (4, Some(call)) => desk.input(Input::HoldResult { call, hold: true, failure: None }),
        (5, Some(call)) => desk.give(PhoneCommand::Resume { call }),
        (6, Some(call)) => desk.input(Input::HoldResult { call, hold: false, failure: None }),
        (7, Some(call)) => desk.input(Input::RemoteHungUp { call }),
        _ => {}
    }
}

fn heard(state: &PhoneState) -> usize {
    let heard =
        |call: &&crate::call::Call| call.answered.is_some() && !call.state.is_ended() && !call.hold.here;
    state.calls.iter().filter(heard).count()
}

proptest! {
    #[test]
    fn no_press_ends_a_held_call_or_mixes_two(steps in proptest::collection::vec(any::<u8>(), 0..20), press in any_press()) {
        let mut desk = Desk::with(samples::jabra_evolve_link());
        for what in steps {
            step(&mut desk, what);
        }
        let before = desk.machine.state();
        if let Some(command) = command(press, &before) {
            if let PhoneCommand::HangUp { call } | PhoneCommand::Decline { call } = &command {
                prop_assert!(!before.call(*call).unwrap().hold.here);
            }
            desk.give(command);
        }
        prop_assert!(heard(&desk.machine.state()) <= 1.max(heard(&before)));
    }

    #[test]
    fn the_lights_that_were_written_are_those_of_the_phone(
        steps in proptest::collection::vec((any::<u8>(), any::<u8>(), 0_u64..4_000), 0..30),
    ) {
        let mut desk = Desk::with(samples::jabra_evolve_link());
        let mut shown = vec![2, 0, 0];
        for (what, report, ms) in steps {
            step(&mut desk, what);
            let _ = desk.report(&[2, report, 0]);
            desk.later(ms);
            shown = desk.told().pop().unwrap_or(shown);
            let Lights { off_hook, ring, ringer, mute, hold } = lights(&desk.machine.state());
            let bits = [off_hook, mute, ring, hold, false, ringer];
            let octet = bits.iter().rev().fold(0, |octet, bit| octet << 1 | u8::from(*bit));
            prop_assert_eq!(&shown, &vec![2, octet, 0]);
        }
    }
}
