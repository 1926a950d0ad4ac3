//! Two lines: waiting calls, consultations, and the change between them.

use super::tests::{NOW, cause, command, offered, talking};
use super::*;

fn second(machine: &mut Machine) -> (CallId, Vec<Action>) {
    let call = machine.next_id();
    let out = machine.handle(NOW, Input::Offered { call, remote: Remote::default(), queue: None });
    (call, out)
}

pub(super) fn held(machine: &mut Machine, call: CallId, hold: bool) -> Vec<Action> {
    machine.handle(NOW, Input::HoldResult { call, hold, failure: None })
}

pub(super) fn of(machine: &Machine, call: CallId) -> Call {
    machine.state().call(call).unwrap().clone()
}

/// A call on hold and a consultation.
pub(super) fn consulting(machine: &mut Machine) -> (CallId, CallId) {
    let first = talking(machine);
    command(machine, PhoneCommand::Dial { target: "0846500401".into() });
    held(machine, first, true);
    let second = machine.state().active().unwrap().id;
    machine.handle(NOW, Input::MediaReady { call: second });
    machine.handle(NOW, Input::Answered { call: second });
    (first, second)
}

#[test]
fn a_waiting_call_knocks_for_a_moment_and_a_third_is_told_busy() {
    let mut m = Machine::new();
    let first = talking(&mut m);
    let (waiting, out) = second(&mut m);
    assert_eq!(out, [Action::Alert { call: waiting }, Action::Ring(Ring::Incoming)]);
    assert_eq!(m.deadline(), Some(NOW + KNOCK_MS));
    assert_eq!(m.handle(NOW + KNOCK_MS, Input::Tick), [Action::Ring(Ring::Off)]);
    assert_eq!(m.state().active().unwrap().id, first);
    let (third, out) = second(&mut m);
    assert_eq!(out, [Action::Reject { call: third, status: 486 }]);
    assert!(m.state().call(third).is_none(), "it leaves no trace");
    let out = command(&mut m, PhoneCommand::HangUp { call: first });
    assert!(out.contains(&Action::Ring(Ring::Incoming)), "nobody is disturbed any more: {out:?}");
}

#[test]
fn answering_a_waiting_call_holds_the_first_before_anything_else() {
    let mut m = Machine::new();
    let first = talking(&mut m);
    let (waiting, _) = second(&mut m);
    let out = command(&mut m, PhoneCommand::Answer { call: waiting });
    let silent = Action::Gate { call: first, microphone: false, speaker: false };
    assert_eq!(out, [Action::ChangeHold { call: first, hold: true }, silent, Action::Ring(Ring::Off)]);
    assert_eq!(of(&m, waiting).state, CallState::Answering);
    assert_eq!(held(&mut m, first, true), [Action::OpenMedia { call: waiting }]);
    let out = m.handle(NOW, Input::MediaReady { call: waiting });
    let open = Action::Gate { call: waiting, microphone: true, speaker: true };
    assert_eq!(out, [Action::Accept { call: waiting }, open]);
    assert_eq!(of(&m, first).state, CallState::Held);
    assert_eq!(m.state().active().unwrap().id, waiting);
}

#[test]
fn a_first_call_that_cannot_be_held_goes_on_and_the_other_rings_on() {
    let mut m = Machine::new();
    let first = talking(&mut m);
    let (waiting, _) = second(&mut m);
    command(&mut m, PhoneCommand::Answer { call: waiting });
    let failure = Some(HoldFailure::NoAnswer);
    let out = m.handle(NOW, Input::HoldResult { call: first, hold: true, failure });
    let open = Action::Gate { call: first, microphone: true, speaker: true };
    assert_eq!(out, [open, Action::Ring(Ring::Incoming)]);
    assert_eq!(of(&m, first).state, CallState::InCall);
    assert_eq!(of(&m, first).hold_failed, failure);
    assert_eq!(of(&m, waiting).state, CallState::Ringing);
    assert_eq!(m.state().fault, Some(Fault::HoldRefused));
}

#[test]
fn a_first_call_that_ends_meanwhile_makes_way_at_once() {
    let mut m = Machine::new();
    let first = talking(&mut m);
    let (waiting, _) = second(&mut m);
    command(&mut m, PhoneCommand::Answer { call: waiting });
    let out = m.handle(NOW, Input::RemoteHungUp { call: first });
    assert_eq!(out, [Action::CloseMedia { call: first }, Action::OpenMedia { call: waiting }]);
}

#[test]
fn a_caller_who_gives_up_meanwhile_gives_the_first_call_back() {
    let mut m = Machine::new();
    let first = talking(&mut m);
    let (waiting, _) = second(&mut m);
    command(&mut m, PhoneCommand::Answer { call: waiting });
    m.handle(NOW, Input::RemoteCancelled { call: waiting, reason: CancelReason::GaveUp });
    assert_eq!(held(&mut m, first, true), [Action::ChangeHold { call: first, hold: false }]);
    let open = Action::Gate { call: first, microphone: true, speaker: true };
    assert_eq!(held(&mut m, first, false), [open]);
    assert_eq!(cause(&m, waiting), EndCause::Cancelled { by: Side::There });
}

#[test]
fn swapping_holds_one_before_the_other_comes_back_and_the_devices_go_along() {
    let mut m = Machine::new();
    let (first, second) = consulting(&mut m);
    let out = command(&mut m, PhoneCommand::Resume { call: first });
    let silent = Action::Gate { call: second, microphone: false, speaker: false };
    assert_eq!(out, [Action::ChangeHold { call: second, hold: true }, silent]);
    let out = held(&mut m, second, true);
    assert_eq!(out, [Action::ChangeHold { call: first, hold: false }, Action::UseDevices { call: first }]);
    let open = Action::Gate { call: first, microphone: true, speaker: true };
    assert_eq!(held(&mut m, first, false), [open]);
    assert_eq!((of(&m, first).state, of(&m, second).state), (CallState::InCall, CallState::Held));
}

#[test]
fn either_call_can_be_hung_up_and_the_other_stays_as_it_was() {
    for hang_up_first in [true, false] {
        let mut m = Machine::new();
        let (first, second) = consulting(&mut m);
        let (gone, stays) = if hang_up_first { (first, second) } else { (second, first) };
        let before = of(&m, stays);
        command(&mut m, PhoneCommand::HangUp { call: gone });
        assert_eq!(cause(&m, gone), EndCause::HungUp { by: Side::Here });
        assert_eq!(of(&m, stays), before);
    }
}

#[test]
fn a_call_that_is_not_answered_yet_cannot_be_left_for_another() {
    let mut m = Machine::new();
    let ringing = offered(&mut m);
    command(&mut m, PhoneCommand::Dial { target: "0846500401".into() });
    assert_eq!(command(&mut m, PhoneCommand::Answer { call: ringing }), []);
    assert_eq!(of(&m, ringing).state, CallState::Ringing);
    assert_eq!(m.state().fault, Some(Fault::LineTaken));
}
