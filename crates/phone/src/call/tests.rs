use super::*;

pub(super) const NOW: u64 = 1_790_000_000_000;

pub(super) fn offered(machine: &mut Machine) -> CallId {
    let call = machine.next_id();
    let remote = Remote { number: "0701740605".into(), display: None };
    let out = machine.handle(NOW, Input::Offered { call, remote, queue: None });
    assert_eq!(out, [Action::Alert { call }, Action::Ring(Ring::Incoming)]);
    call
}

pub(super) fn command(machine: &mut Machine, command: PhoneCommand) -> Vec<Action> {
    machine.handle(NOW, Input::Command(command))
}

pub(super) fn talking(machine: &mut Machine) -> CallId {
    let call = offered(machine);
    command(machine, PhoneCommand::Answer { call });
    machine.handle(NOW, Input::MediaReady { call });
    call
}

pub(super) fn cause(machine: &Machine, call: CallId) -> EndCause {
    match machine.state().call(call).unwrap().state {
        CallState::Ended { cause } => cause,
        other => panic!("not ended: {other:?}"),
    }
}

#[test]
fn an_answered_call_opens_the_sound_before_it_is_accepted() {
    let mut m = Machine::new();
    let call = offered(&mut m);
    assert_eq!(
        command(&mut m, PhoneCommand::Answer { call }),
        [Action::OpenMedia { call }, Action::Ring(Ring::Off)]
    );
    assert_eq!(m.state().active().unwrap().state, CallState::Answering);
    assert_eq!(
        m.handle(NOW + 5, Input::MediaReady { call }),
        [Action::Accept { call }, Action::Gate { call, microphone: true, speaker: true }]
    );
    let state = m.state();
    assert_eq!(state.active().unwrap().state, CallState::InCall);
    assert_eq!(state.active().unwrap().answered, Some(NOW + 5));
}

#[test]
fn the_caller_gives_up_while_it_rings() {
    let mut m = Machine::new();
    let call = offered(&mut m);
    let out = m.handle(NOW, Input::RemoteCancelled { call, reason: CancelReason::GaveUp });
    assert_eq!(out, [Action::Ring(Ring::Off)]);
    assert_eq!(cause(&m, call), EndCause::Cancelled { by: Side::There });
}

#[test]
fn a_cancel_that_crosses_the_answer_ends_the_dialog_and_the_sound() {
    let mut m = Machine::new();
    let call = talking(&mut m);
    let out = m.handle(NOW, Input::RemoteCancelled { call, reason: CancelReason::GaveUp });
    assert_eq!(out, [Action::HangUp { call }, Action::CloseMedia { call }]);
    assert_eq!(cause(&m, call), EndCause::Cancelled { by: Side::There });
}

#[test]
fn a_cancel_while_the_sound_opens_never_accepts() {
    let mut m = Machine::new();
    let call = offered(&mut m);
    command(&mut m, PhoneCommand::Answer { call });
    assert_eq!(m.handle(NOW, Input::RemoteCancelled { call, reason: CancelReason::GaveUp }), []);
    assert_eq!(m.handle(NOW, Input::MediaReady { call }), [Action::CloseMedia { call }]);
    assert_eq!(cause(&m, call), EndCause::Cancelled { by: Side::There });
}

#[test]
fn without_a_microphone_the_call_rings_on_and_can_be_declined() {
    let mut m = Machine::new();
    let call = offered(&mut m);
    command(&mut m, PhoneCommand::Answer { call });
    let out = m.handle(NOW, Input::MediaFailed { call, fault: SoundFault::NoMicrophone });
    assert_eq!(out, [Action::Ring(Ring::Incoming)]);
    assert_eq!(m.state().fault, Some(Fault::NoMicrophone));
    assert_eq!(m.state().active().unwrap().state, CallState::Ringing);
    let out = command(&mut m, PhoneCommand::Decline { call });
    assert_eq!(out, [Action::Reject { call, status: 603 }, Action::Ring(Ring::Off)]);
    assert_eq!(cause(&m, call), EndCause::NoMicrophone);
}

#[test]
fn hold_silences_at_once_and_a_refusal_restores_the_call() {
    let mut m = Machine::new();
    let call = talking(&mut m);
    let out = command(&mut m, PhoneCommand::Hold { call });
    assert_eq!(
        out,
        [Action::ChangeHold { call, hold: true }, Action::Gate { call, microphone: false, speaker: false }]
    );
    assert_eq!(m.state().active().unwrap().hold_asked, Some(true));
    let out = m.handle(
        NOW,
        Input::HoldResult { call, hold: true, failure: Some(HoldFailure::Refused { status: 488 }) },
    );
    assert_eq!(m.state().active().unwrap().hold_asked, None);
    assert_eq!(out, [Action::Gate { call, microphone: true, speaker: true }]);
    assert_eq!(m.state().fault, Some(Fault::HoldRefused));
    let active = m.state().active().unwrap().clone();
    assert_eq!(active.state, CallState::InCall);
    assert_eq!(active.hold_failed, Some(HoldFailure::Refused { status: 488 }));
    command(&mut m, PhoneCommand::Hold { call });
    assert_eq!(m.state().active().unwrap().hold_failed, None, "told until the next try");
}

#[test]
fn held_from_both_ends_stays_held_until_both_resume() {
    let mut m = Machine::new();
    let call = talking(&mut m);
    m.handle(NOW, Input::RemoteHold { call, held: true });
    command(&mut m, PhoneCommand::Hold { call });
    m.handle(NOW, Input::HoldResult { call, hold: true, failure: None });
    m.handle(NOW, Input::RemoteHold { call, held: false });
    assert_eq!(m.state().active().unwrap().state, CallState::Held);
    command(&mut m, PhoneCommand::Resume { call });
    let out = m.handle(NOW, Input::HoldResult { call, hold: false, failure: None });
    assert_eq!(out, [Action::Gate { call, microphone: true, speaker: true }]);
    assert_eq!(m.state().active().unwrap().state, CallState::InCall);
}

#[test]
fn mute_closes_the_microphone_alone() {
    let mut m = Machine::new();
    let call = talking(&mut m);
    let out = command(&mut m, PhoneCommand::Mute { call, muted: true });
    assert_eq!(out, [Action::Gate { call, microphone: false, speaker: true }]);
}

#[test]
fn dialling_rings_back_until_the_answer() {
    let mut m = Machine::new();
    let out = command(&mut m, PhoneCommand::Dial { target: "08-465 004 00".into() });
    let call = m.state().active().unwrap().id;
    assert_eq!(out, [Action::OpenMedia { call }]);
    let target = DialTarget::Number("0846500400".into());
    let out = m.handle(NOW, Input::MediaReady { call });
    let gate = Action::Gate { call, microphone: false, speaker: true };
    assert_eq!(out, [Action::Invite { call, target }, gate]);
    assert_eq!(m.handle(NOW, Input::Progress { call, early_media: false }), [Action::Ring(Ring::Ringback)]);
    let out = m.handle(NOW, Input::Answered { call });
    assert_eq!(out, [Action::Gate { call, microphone: true, speaker: true }, Action::Ring(Ring::Off)]);
}

#[test]
fn an_answer_that_crosses_our_cancel_is_hung_up() {
    let mut m = Machine::new();
    command(&mut m, PhoneCommand::Dial { target: "112".into() });
    let call = m.state().active().unwrap().id;
    m.handle(NOW, Input::MediaReady { call });
    let out = command(&mut m, PhoneCommand::HangUp { call });
    assert_eq!(out, [Action::Cancel { call }, Action::CloseMedia { call }]);
    assert_eq!(m.handle(NOW, Input::Answered { call }), [Action::HangUp { call }]);
    assert_eq!(cause(&m, call), EndCause::Cancelled { by: Side::Here });
}

#[test]
fn statuses_become_causes() {
    for (status, expected) in [
        (486, EndCause::Busy),
        (603, EndCause::Declined { by: Side::There }),
        (480, EndCause::TimedOut),
        (488, EndCause::NoCommonMedia),
        (404, EndCause::Refused { status: 404 }),
    ] {
        let mut m = Machine::new();
        command(&mut m, PhoneCommand::Dial { target: "sip:anna@example.org".into() });
        let call = m.state().active().unwrap().id;
        m.handle(NOW, Input::MediaReady { call });
        m.handle(NOW, Input::Refused { call, status });
        assert_eq!(cause(&m, call), expected);
    }
}

#[test]
fn a_call_nobody_takes_ends_by_itself_and_a_call_gone_silent_does_not() {
    let mut m = Machine::new();
    let call = offered(&mut m);
    assert_eq!(m.deadline(), Some(NOW + RING_LIMIT_MS));
    assert_eq!(m.handle(NOW + RING_LIMIT_MS - 1, Input::Tick), []);
    m.handle(NOW + RING_LIMIT_MS, Input::Tick);
    assert_eq!(cause(&m, call), EndCause::NotTaken);

    let call = talking(&mut m);
    m.handle(NOW, Input::MediaSilent { call });
    assert_eq!(m.state().fault, Some(Fault::NoSoundFromRemote));
    assert_eq!(m.deadline(), None, "silence suppression and music on hold are no lost call");
    assert_eq!(m.handle(NOW + 3_600_000, Input::Tick), []);
    assert_eq!(m.state().active().unwrap().state, CallState::InCall);
    m.handle(NOW, Input::MediaHeard { call });
    assert_eq!(m.state().fault, None);
}

#[test]
fn an_answer_can_be_taken_back_while_the_sound_opens() {
    let mut m = Machine::new();
    let call = offered(&mut m);
    command(&mut m, PhoneCommand::Answer { call });
    assert_eq!(command(&mut m, PhoneCommand::HangUp { call }), [Action::Reject { call, status: 603 }]);
    assert_eq!(cause(&m, call), EndCause::Declined { by: Side::Here });
    assert_eq!(m.handle(NOW, Input::MediaReady { call }), [Action::CloseMedia { call }]);
}

#[test]
fn a_lost_device_is_told_until_the_sound_runs_again() {
    let mut m = Machine::new();
    let call = talking(&mut m);
    m.handle(NOW, Input::MediaFailed { call, fault: SoundFault::NoSpeaker });
    assert_eq!(m.state().fault, Some(Fault::NoSpeaker));
    m.handle(NOW, Input::MediaMoved { call, elsewhere: true });
    assert_eq!(m.state().fault, Some(Fault::OtherDevice));
    m.handle(NOW, Input::MediaMoved { call, elsewhere: false });
    assert_eq!(m.state().fault, None);
}

#[test]
fn queue_headers_are_read_and_foreign_ones_are_not() {
    let mut queue = QueueInfo::default();
    queue.take_header("x-svarsplats-WAITED", " 17 ");
    queue.take_header("X-Svarsplats-Queue", "allmant");
    queue.take_header("X-Svarsplats-Call", &"x".repeat(200));
    queue.take_header("Subject", "hej");
    assert_eq!(queue, QueueInfo { queue: Some("allmant".into()), waited: Some(17), ..QueueInfo::default() });
}

#[test]
fn the_snapshot_keeps_its_shape() {
    let mut m = Machine::new();
    let call = m.next_id();
    let mut queue = QueueInfo::default();
    queue.take_header("X-Svarsplats-Queue", "allmant");
    m.handle(
        1,
        Input::Offered {
            call,
            remote: Remote { number: "0701740605".into(), display: None },
            queue: Some(queue),
        },
    );
    let text = serde_json::to_string(&m.state()).unwrap();
    assert_eq!(
        text,
        concat!(
            r#"{"registration":{"state":"off"},"calls":[{"id":1,"direction":"incoming","state":{"state":"ringing"},"#,
            r#""remote":{"number":"0701740605","display":null},"queue":{"call":null,"entry":null,"#,
            r#""queue":"allmant","menu":null,"waited":null},"since":1,"offered":1,"answered":null,"#,
            r#""muted":false,"conference":false,"hold":{"here":false,"there":false},"hold_asked":null,"#,
            r#""encrypted":false}],"fault":null}"#
        )
    );
    assert_eq!(serde_json::from_str::<PhoneState>(&text).unwrap(), m.state());
}
