//! Transfers: what is told, and what becomes of the calls.

use super::tests::{NOW, cause, command, talking};
use super::*;

const LIMIT: u64 = 30_000;

fn of(machine: &Machine, call: CallId) -> Call {
    machine.state().call(call).unwrap().clone()
}

fn held(machine: &mut Machine, call: CallId, hold: bool) -> Vec<Action> {
    machine.handle(NOW, Input::HoldResult { call, hold, failure: None })
}

fn told(machine: &mut Machine, call: CallId, status: u16) -> Vec<Action> {
    machine.handle(NOW, Input::TransferProgress { call, status, last: status >= 200 })
}

fn blind(machine: &mut Machine, call: CallId) -> Vec<Action> {
    command(machine, PhoneCommand::Transfer { call, target: "0846500402".into(), limit_ms: LIMIT })
}

/// A call that was held for its transfer, and whose party has been asked.
fn asked(machine: &mut Machine) -> CallId {
    let call = talking(machine);
    blind(machine, call);
    held(machine, call, true);
    call
}

#[test]
fn a_blind_transfer_holds_asks_tells_and_leaves() {
    let mut m = Machine::new();
    let call = talking(&mut m);
    let silent = Action::Gate { call, microphone: false, speaker: false };
    assert_eq!(blind(&mut m, call), [Action::ChangeHold { call, hold: true }, silent]);
    assert_eq!(of(&m, call).transfer, Some(Transfer::Holding));
    let target = DialTarget::Number("0846500402".into());
    assert_eq!(held(&mut m, call, true), [Action::Refer { call, target }]);
    m.handle(NOW, Input::ReferAnswered { call, failure: None });
    assert_eq!(of(&m, call).transfer, Some(Transfer::Trying));
    told(&mut m, call, 180);
    assert_eq!(of(&m, call).transfer, Some(Transfer::Ringing));
    assert_eq!(told(&mut m, call, 200), [Action::HangUp { call }, Action::CloseMedia { call }]);
    assert_eq!(cause(&m, call), EndCause::Transferred { by: Side::Here });
}

#[test]
fn a_word_that_overtakes_the_answer_is_not_taken_back() {
    let mut m = Machine::new();
    let call = asked(&mut m);
    told(&mut m, call, 180);
    m.handle(NOW, Input::ReferAnswered { call, failure: None });
    assert_eq!(of(&m, call).transfer, Some(Transfer::Ringing));
}

#[test]
fn a_failed_transfer_gives_the_call_back_with_the_reason() {
    let mut m = Machine::new();
    let call = asked(&mut m);
    assert_eq!(told(&mut m, call, 486), [Action::ChangeHold { call, hold: false }]);
    let reason = TransferFailure::Refused { status: 486 };
    assert_eq!(of(&m, call).transfer, Some(Transfer::Failed { reason }));
    held(&mut m, call, false);
    assert_eq!(of(&m, call).state, CallState::InCall);
    assert_eq!(told(&mut m, call, 200), [], "too late");
}

#[test]
fn a_call_that_the_agent_had_held_is_back_on_hold() {
    let mut m = Machine::new();
    let call = talking(&mut m);
    command(&mut m, PhoneCommand::Hold { call });
    held(&mut m, call, true);
    let target = DialTarget::Number("0846500402".into());
    assert_eq!(blind(&mut m, call), [Action::Refer { call, target }]);
    let reason = TransferFailure::Refused { status: 405 };
    assert_eq!(m.handle(NOW, Input::ReferAnswered { call, failure: Some(reason) }), []);
    assert_eq!(of(&m, call).transfer, Some(Transfer::Failed { reason }));
    assert_eq!(of(&m, call).state, CallState::Held);
}

#[test]
fn a_transfer_that_is_not_answered_in_time_has_failed() {
    let mut m = Machine::new();
    let call = asked(&mut m);
    assert_eq!(m.deadline(), Some(NOW + LIMIT));
    assert_eq!(m.handle(NOW + LIMIT - 1, Input::Tick), []);
    assert_eq!(m.handle(NOW + LIMIT, Input::Tick), [Action::ChangeHold { call, hold: false }]);
    assert_eq!(of(&m, call).transfer, Some(Transfer::Failed { reason: TransferFailure::NoAnswer }));
    assert_eq!(m.deadline(), None);
}

#[test]
fn a_call_that_cannot_be_held_is_not_transferred() {
    let mut m = Machine::new();
    let call = talking(&mut m);
    blind(&mut m, call);
    let failure = Some(HoldFailure::Refused { status: 488 });
    let open = Action::Gate { call, microphone: true, speaker: true };
    assert_eq!(m.handle(NOW, Input::HoldResult { call, hold: true, failure }), [open]);
    let reason = TransferFailure::Refused { status: 488 };
    assert_eq!(of(&m, call).transfer, Some(Transfer::Failed { reason }));
    assert_eq!(of(&m, call).state, CallState::InCall);
}

#[test]
fn a_transfer_whose_outcome_will_not_be_told_gives_the_call_back() {
    let mut m = Machine::new();
    let call = asked(&mut m);
    let out = m.handle(NOW, Input::TransferProgress { call, status: 100, last: true });
    assert_eq!(out, [Action::ChangeHold { call, hold: false }]);
}

/// A call on hold, and a consultation with another party.
fn consulting(m: &mut Machine) -> (CallId, CallId) {
    let first = talking(m);
    command(m, PhoneCommand::Dial { target: "0846500401".into() });
    held(m, first, true);
    let second = m.state().active().unwrap().id;
    m.handle(NOW, Input::MediaReady { call: second });
    m.handle(NOW, Input::Answered { call: second });
    (first, second)
}

#[test]
fn connecting_two_parties_ends_both_calls_whoever_hangs_up_first() {
    for replaced_first in [true, false] {
        let mut m = Machine::new();
        let (call, with) = consulting(&mut m);
        let out = command(&mut m, PhoneCommand::Connect { call, with, limit_ms: LIMIT });
        assert_eq!(out, [Action::ReferWith { call, with }]);
        if replaced_first {
            m.handle(NOW, Input::RemoteHungUp { call: with });
        }
        told(&mut m, call, 200);
        for call in [call, with] {
            assert_eq!(cause(&m, call), EndCause::Transferred { by: Side::Here });
        }
    }
}

#[test]
fn a_connection_that_fails_leaves_both_calls_as_they_were() {
    let mut m = Machine::new();
    let (call, with) = consulting(&mut m);
    command(&mut m, PhoneCommand::Connect { call, with, limit_ms: LIMIT });
    assert_eq!(told(&mut m, call, 481), []);
    assert_eq!((of(&m, call).state, of(&m, with).state), (CallState::Held, CallState::InCall));
    let reason = TransferFailure::Refused { status: 481 };
    assert_eq!(of(&m, call).transfer, Some(Transfer::Failed { reason }));
}

#[test]
fn only_answered_calls_are_connected() {
    let mut m = Machine::new();
    let call = talking(&mut m);
    let out = command(&mut m, PhoneCommand::Connect { call, with: call, limit_ms: LIMIT });
    assert_eq!(out, []);
    let waiting = m.next_id();
    m.handle(NOW, Input::Offered { call: waiting, remote: Remote::default(), queue: None });
    assert_eq!(command(&mut m, PhoneCommand::Connect { call, with: waiting, limit_ms: LIMIT }), []);
    assert_eq!(of(&m, call).transfer, None);
}

#[test]
fn another_party_takes_the_place_of_ours_without_a_ring() {
    let mut m = Machine::new();
    let old = talking(&mut m);
    command(&mut m, PhoneCommand::Mute { call: old, muted: true });
    let call = m.next_id();
    let out = m.handle(NOW, Input::Replacing { call, old, remote: Remote::default() });
    assert_eq!(out, [Action::OpenMedia { call }]);
    assert_eq!(of(&m, old).state, CallState::InCall, "until the other one is there");
    let out = m.handle(NOW, Input::MediaReady { call });
    let gate = Action::Gate { call, microphone: false, speaker: true };
    let hang_up = [Action::HangUp { call: old }, Action::CloseMedia { call: old }];
    assert_eq!(out, [&[Action::Accept { call }], &hang_up[..], &[gate]].concat());
    assert_eq!(cause(&m, old), EndCause::Transferred { by: Side::There });
    assert!(of(&m, call).muted, "what the agent had chosen stands");
}

#[test]
fn who_takes_the_place_of_a_held_call_is_held_and_the_active_one_keeps_its_sound() {
    let mut m = Machine::new();
    let (old, active) = consulting(&mut m);
    let call = m.next_id();
    m.handle(NOW, Input::Replacing { call, old, remote: Remote::default() });
    let out = m.handle(NOW, Input::MediaReady { call });
    assert!(out.contains(&Action::UseDevices { call: active }), "{out:?}");
    assert!(!out.iter().any(|action| matches!(action, Action::Gate { .. })), "{out:?}");
    assert_eq!((of(&m, call).state, of(&m, active).state), (CallState::Held, CallState::InCall));
    assert!(of(&m, call).hold.here);
}

#[test]
fn who_takes_the_place_of_a_held_call_that_is_over_first_is_held_all_the_same() {
    let mut m = Machine::new();
    let (old, active) = consulting(&mut m);
    let call = m.next_id();
    m.handle(NOW, Input::Replacing { call, old, remote: Remote::default() });
    m.handle(NOW, Input::RemoteHungUp { call: old });
    let out = m.handle(NOW, Input::MediaReady { call });
    assert!(!out.iter().any(|action| matches!(action, Action::Gate { .. })), "{out:?}");
    assert_eq!((of(&m, call).state, of(&m, active).state), (CallState::Held, CallState::InCall));
}

#[test]
fn only_an_answered_call_that_does_not_change_can_be_replaced() {
    let mut m = Machine::new();
    let old = talking(&mut m);
    command(&mut m, PhoneCommand::Hold { call: old });
    let call = m.next_id();
    let replacing = |old| Input::Replacing { call, old, remote: Remote::default() };
    assert_eq!(m.handle(NOW, replacing(old)), [Action::Reject { call, status: 491 }]);
    assert_eq!(m.handle(NOW, replacing(CallId(99))), [Action::Reject { call, status: 481 }]);
}

#[test]
fn who_picks_up_elsewhere_takes_the_place_of_a_call_that_still_rings_there() {
    let mut m = Machine::new();
    command(&mut m, PhoneCommand::Dial { target: "0846500401".into() });
    let old = m.state().active().unwrap().id;
    let call = m.next_id();
    let replacing = Input::Replacing { call, old, remote: Remote::default() };
    assert_eq!(m.handle(NOW, replacing.clone()), [Action::Reject { call, status: 481 }], "not sent yet");
    m.handle(NOW, Input::MediaReady { call: old });
    assert_eq!(m.handle(NOW, replacing), [Action::OpenMedia { call }]);
    let out = m.handle(NOW, Input::MediaReady { call });
    let gate = Action::Gate { call, microphone: true, speaker: true };
    let given_up = [Action::Cancel { call: old }, Action::CloseMedia { call: old }];
    assert_eq!(out, [&[Action::Accept { call }], &given_up[..], &[gate]].concat());
    assert_eq!(of(&m, call).state, CallState::InCall);
}

#[test]
fn without_sound_for_the_new_party_the_old_call_stays() {
    let mut m = Machine::new();
    let old = talking(&mut m);
    let call = m.next_id();
    m.handle(NOW, Input::Replacing { call, old, remote: Remote::default() });
    let out = m.handle(NOW, Input::MediaFailed { call, fault: SoundFault::NoSpeaker });
    assert_eq!(out, [Action::Reject { call, status: 480 }, Action::UseDevices { call: old }]);
    assert_eq!(of(&m, old).state, CallState::InCall);
    assert_eq!(cause(&m, call), EndCause::NoSpeaker);
}
