//! A conference of three: how it begins, who is heard, how it ends.

use super::floor_tests::{consulting, held, of};
use super::tests::{NOW, command};
use super::*;

fn join(machine: &mut Machine, call: CallId, with: CallId) -> Vec<Action> {
    command(machine, PhoneCommand::Join { call, with })
}

/// Both are heard; the second has the devices.
fn together(machine: &mut Machine) -> (CallId, CallId) {
    let (first, second) = consulting(machine);
    join(machine, first, second);
    held(machine, first, false);
    (first, second)
}

fn open(call: CallId) -> Action {
    Action::Gate { call, microphone: true, speaker: true }
}

fn closed(call: CallId) -> Action {
    Action::Gate { call, microphone: false, speaker: false }
}

#[test]
fn the_held_call_comes_back_beside_the_other_and_both_are_mixed() {
    let mut m = Machine::new();
    let (first, second) = consulting(&mut m);
    let out = join(&mut m, second, first);
    assert_eq!(out, [Action::ChangeHold { call: first, hold: false }], "the other one hears no break");
    let out = held(&mut m, first, false);
    let confer = Action::Confer { host: second, guest: first, muted: false };
    assert_eq!(out, [confer, open(first)]);
    for call in [first, second] {
        assert_eq!((of(&m, call).state, of(&m, call).conference), (CallState::InCall, true));
    }
    assert_eq!(join(&mut m, first, second), [], "it is one already");
}

#[test]
fn a_microphone_that_is_off_keeps_no_party_from_the_other() {
    let mut m = Machine::new();
    let (first, second) = together(&mut m);
    let out = command(&mut m, PhoneCommand::Mute { call: first, muted: true });
    assert_eq!(out, [Action::Confer { host: second, guest: first, muted: true }]);
    assert!(of(&m, first).muted && of(&m, second).muted);
    // It stays off for the one that is left.
    let out = command(&mut m, PhoneCommand::HangUp { call: first });
    let deaf = Action::Gate { call: second, microphone: false, speaker: true };
    assert_eq!(out, [Action::HangUp { call: first }, Action::CloseMedia { call: first }, deaf, Action::Part]);
}

#[test]
fn either_party_may_leave_and_the_other_keeps_the_devices() {
    for leaves_first in [true, false] {
        let mut m = Machine::new();
        let (first, second) = together(&mut m);
        let (leaves, stays) = if leaves_first { (first, second) } else { (second, first) };
        let out = m.handle(NOW, Input::RemoteHungUp { call: leaves });
        assert!(out.contains(&Action::Part), "{out:?}");
        assert_eq!(out.contains(&Action::UseDevices { call: stays }), !leaves_first, "{out:?}");
        assert_eq!((of(&m, stays).state, of(&m, stays).conference), (CallState::InCall, false));
    }
}

#[test]
fn holding_one_ends_it_and_the_other_goes_on() {
    let mut m = Machine::new();
    let (first, second) = together(&mut m);
    let out = command(&mut m, PhoneCommand::Hold { call: second });
    assert_eq!(out, [Action::ChangeHold { call: second, hold: true }, closed(second)]);
    let out = held(&mut m, second, true);
    assert_eq!(out, [Action::UseDevices { call: first }, Action::Part]);
    assert_eq!((of(&m, first).state, of(&m, first).conference), (CallState::InCall, false));
    assert_eq!((of(&m, second).state, of(&m, second).conference), (CallState::Held, false));
}

#[test]
fn a_hold_or_a_resume_that_is_refused_leaves_all_as_it_was() {
    let refused = Some(HoldFailure::Refused { status: 488 });
    let mut m = Machine::new();
    let (first, second) = consulting(&mut m);
    join(&mut m, first, second);
    m.handle(NOW, Input::HoldResult { call: first, hold: false, failure: refused });
    assert_eq!((of(&m, first).state, of(&m, first).conference), (CallState::Held, false));
    assert_eq!((of(&m, second).state, of(&m, second).conference), (CallState::InCall, false));
    assert_eq!(m.state().fault, Some(Fault::HoldRefused));

    let mut m = Machine::new();
    let (first, second) = together(&mut m);
    command(&mut m, PhoneCommand::Hold { call: first });
    let out = m.handle(NOW, Input::HoldResult { call: first, hold: true, failure: refused });
    assert_eq!(out, [open(first)]);
    assert!(of(&m, first).conference && of(&m, second).conference);
}

#[test]
fn nobody_takes_the_place_of_a_party_meanwhile() {
    let mut m = Machine::new();
    let (first, _) = together(&mut m);
    let call = m.next_id();
    let out = m.handle(NOW, Input::Replacing { call, old: first, remote: Remote::default() });
    assert_eq!(out, [Action::Reject { call, status: 491 }]);
}
