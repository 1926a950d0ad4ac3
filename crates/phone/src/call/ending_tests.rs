//! What a call list tells of each end.

use super::tests::{NOW, command, offered, talking};
use super::*;

fn ending(machine: &Machine, call: CallId) -> (Outcome, Option<EndedBy>, Option<u16>) {
    let Ending { outcome, by, status } = machine.state().call(call).unwrap().ending.unwrap();
    (outcome, by, status)
}

fn dialled(machine: &mut Machine) -> CallId {
    command(machine, PhoneCommand::Dial { target: "0846500400".into() });
    let call = machine.state().active().unwrap().id;
    machine.handle(NOW, Input::MediaReady { call });
    call
}

#[test]
fn an_answered_call_tells_who_hung_up() {
    let mut m = Machine::new();
    let call = talking(&mut m);
    assert_eq!(m.state().call(call).unwrap().ending, None);
    command(&mut m, PhoneCommand::HangUp { call });
    assert_eq!(ending(&m, call), (Outcome::Answered, Some(EndedBy::Here), None));
    let call = talking(&mut m);
    m.handle(NOW, Input::RemoteHungUp { call });
    assert_eq!(ending(&m, call), (Outcome::Answered, Some(EndedBy::There), None));
    let call = talking(&mut m);
    m.handle(NOW, Input::Failed { call, failure: Failure::Network });
    assert_eq!(ending(&m, call), (Outcome::Failed, None, None));
}

#[test]
fn a_call_that_was_not_taken_tells_why() {
    let mut m = Machine::new();
    let call = offered(&mut m);
    command(&mut m, PhoneCommand::Decline { call });
    assert_eq!(ending(&m, call), (Outcome::Declined, Some(EndedBy::Here), Some(603)));
    for (reason, outcome, by) in [
        (CancelReason::GaveUp, Outcome::Cancelled, EndedBy::There),
        (CancelReason::NotTaken, Outcome::Unanswered, EndedBy::Exchange),
        (CancelReason::Elsewhere, Outcome::Unanswered, EndedBy::Exchange),
    ] {
        let call = offered(&mut m);
        m.handle(NOW, Input::RemoteCancelled { call, reason });
        assert_eq!(ending(&m, call), (outcome, Some(by), None));
    }
    let call = offered(&mut m);
    m.handle(NOW + RING_LIMIT_MS, Input::Tick);
    assert_eq!(ending(&m, call), (Outcome::Unanswered, Some(EndedBy::Here), Some(480)));
}

#[test]
fn a_dialled_call_tells_its_status_and_who_gave_it() {
    for (status, outcome, by) in [
        (486, Outcome::Busy, EndedBy::There),
        (603, Outcome::Declined, EndedBy::There),
        (403, Outcome::Declined, EndedBy::Exchange),
        (480, Outcome::Unanswered, EndedBy::There),
        (408, Outcome::Unanswered, EndedBy::Exchange),
        (488, Outcome::Failed, EndedBy::There),
        (404, Outcome::Failed, EndedBy::Exchange),
        (503, Outcome::Failed, EndedBy::Exchange),
    ] {
        let mut m = Machine::new();
        let call = dialled(&mut m);
        m.handle(NOW, Input::Refused { call, status });
        assert_eq!(ending(&m, call), (outcome, Some(by), Some(status)));
    }
    let mut m = Machine::new();
    let call = dialled(&mut m);
    command(&mut m, PhoneCommand::HangUp { call });
    assert_eq!(ending(&m, call), (Outcome::Cancelled, Some(EndedBy::Here), None));
    let call = dialled(&mut m);
    m.handle(NOW + DIAL_LIMIT_MS, Input::Tick);
    assert_eq!(ending(&m, call), (Outcome::Unanswered, Some(EndedBy::Here), None));
}

#[test]
fn an_ended_call_keeps_its_shape() {
    let mut m = Machine::new();
    let call = dialled(&mut m);
    m.handle(NOW, Input::Refused { call, status: 486 });
    let text = serde_json::to_string(&m.state()).unwrap();
    let ended = r#""state":{"state":"ended","cause":{"kind":"busy"}}"#;
    let told = r#""ending":{"outcome":"busy","by":"there","status":486}"#;
    assert!(text.contains(ended) && text.contains(told), "{text}");
    assert_eq!(serde_json::from_str::<PhoneState>(&text).unwrap(), m.state());
}
