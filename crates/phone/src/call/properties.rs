//! Properties that hold whatever happens, in whatever order.

use proptest::prelude::*;

use super::tests::NOW;
use super::*;

fn any_call() -> impl Strategy<Value = CallId> {
    (1u64..6).prop_map(CallId)
}

fn any_command() -> impl Strategy<Value = PhoneCommand> {
    prop_oneof![
        any_call().prop_map(|call| PhoneCommand::Answer { call }),
        any_call().prop_map(|call| PhoneCommand::Decline { call }),
        any_call().prop_map(|call| PhoneCommand::HangUp { call }),
        any_call().prop_map(|call| PhoneCommand::Hold { call }),
        any_call().prop_map(|call| PhoneCommand::Resume { call }),
        (any_call(), any::<bool>()).prop_map(|(call, muted)| PhoneCommand::Mute { call, muted }),
        (any_call(), "[0-9*#]{1,4}")
            .prop_map(|(call, keys)| PhoneCommand::Press { call, keys: keys.try_into().unwrap() }),
        ".{0,12}".prop_map(|target| PhoneCommand::Dial { target }),
        Just(PhoneCommand::Dial { target: "0846500400".into() }),
        (any_call(), 0u64..60_000).prop_map(|(call, limit_ms)| PhoneCommand::Transfer {
            call,
            target: "0846500402".into(),
            limit_ms,
        }),
        (any_call(), any_call(), 0u64..60_000).prop_map(|(call, with, limit_ms)| PhoneCommand::Connect {
            call,
            with,
            limit_ms
        }),
    ]
}

fn any_quality() -> impl Strategy<Value = CallQuality> {
    let cause = prop_oneof![Just(Cause::Loss), Just(Cause::Jitter), Just(Cause::Delay)];
    prop_oneof![
        Just(CallQuality::Good),
        cause.clone().prop_map(CallQuality::Fair),
        cause.prop_map(CallQuality::Bad)
    ]
}

fn any_failure() -> impl Strategy<Value = Option<HoldFailure>> {
    let status = prop_oneof![Just(488u16), Just(500)];
    prop_oneof![
        2 => Just(None),
        1 => Just(Some(HoldFailure::Glare)),
        1 => Just(Some(HoldFailure::NoAnswer)),
        1 => status.prop_map(|status| Some(HoldFailure::Refused { status })),
    ]
}

fn any_input() -> impl Strategy<Value = Input> {
    let offered = any_call().prop_map(|call| Input::Offered { call, remote: Remote::default(), queue: None });
    let reason =
        prop_oneof![Just(CancelReason::GaveUp), Just(CancelReason::NotTaken), Just(CancelReason::Elsewhere)];
    let failure = prop_oneof![
        Just(Failure::Network),
        Just(Failure::TimedOut),
        Just(Failure::NoCommonMedia),
        Just(Failure::NotEncrypted(KeysFault::NoAnswer))
    ];
    let fault = prop_oneof![
        Just(SoundFault::NoMicrophone),
        Just(SoundFault::NoSpeaker),
        Just(SoundFault::NoDevice),
        Just(SoundFault::NoPort)
    ];
    prop_oneof![
        3 => any_command().prop_map(Input::Command),
        2 => offered,
        1 => any_call().prop_map(|old| Input::Replacing { call: old, old, remote: Remote::default() }),
        1 => (any_call(), any::<bool>()).prop_map(|(call, early_media)| Input::Progress { call, early_media }),
        1 => any_call().prop_map(|call| Input::Answered { call }),
        1 => (any_call(), any::<bool>()).prop_map(|(call, held)| Input::RemoteHold { call, held }),
        1 => (any_call(), any::<bool>(), any_failure())
            .prop_map(|(call, hold, failure)| Input::HoldResult { call, hold, failure }),
        1 => (any_call(), prop_oneof![Just(None), Just(Some(TransferFailure::NoAnswer))])
            .prop_map(|(call, failure)| Input::ReferAnswered { call, failure }),
        2 => (any_call(), prop_oneof![100u16..200, 200u16..700], any::<bool>())
            .prop_map(|(call, status, last)| Input::TransferProgress { call, status, last }),
        1 => (any_call(), reason).prop_map(|(call, reason)| Input::RemoteCancelled { call, reason }),
        1 => any_call().prop_map(|call| Input::RemoteHungUp { call }),
        1 => (any_call(), 300u16..700).prop_map(|(call, status)| Input::Refused { call, status }),
        1 => (any_call(), failure).prop_map(|(call, failure)| Input::Failed { call, failure }),
        2 => any_call().prop_map(|call| Input::MediaReady { call }),
        1 => (any_call(), fault).prop_map(|(call, fault)| Input::MediaFailed { call, fault }),
        1 => (any_call(), any::<bool>()).prop_map(|(call, elsewhere)| Input::MediaMoved { call, elsewhere }),
        1 => any_call().prop_map(|call| Input::MediaSilent { call }),
        1 => (any_call(), any::<bool>()).prop_map(|(call, encrypted)| Input::MediaEncrypted { call, encrypted }),
        1 => any_call().prop_map(|call| Input::MediaHeard { call }),
        1 => (any_call(), any_quality(), any_quality())
            .prop_map(|(call, now, whole)| Input::MediaQuality { call, now, whole }),
        1 => any_call().prop_map(|call| Input::KeysRefused { call }),
        1 => Just(Input::Tick),
    ]
}

/// One step: an input out of nowhere, or the drivers' word on what they were asked for, well or badly.
#[derive(Debug, Clone)]
enum Step {
    Input(Input),
    Done {
        well: bool,
    },
    /// The agent brings the two calls together.
    Join,
}

fn any_steps() -> impl Strategy<Value = Vec<(u64, Step)>> {
    let step = prop_oneof![
        3 => any_input().prop_map(Step::Input),
        3 => prop::bool::weighted(0.75).prop_map(|well| Step::Done { well }),
        1 => Just(Step::Join),
    ];
    prop::collection::vec((0u64..20_000, step), 0..150)
}

/// The machine with drivers that remember what they owe it.
struct Run {
    machine: Machine,
    now: u64,
    ring: Ring,
    owed: Vec<Action>,
    /// Microphone and speaker of each call.
    gates: std::collections::BTreeMap<CallId, (bool, bool)>,
    devices: Option<CallId>,
    /// Host, guest, and whether the microphone is off.
    mixed: Option<(CallId, CallId, bool)>,
    ended: std::collections::BTreeMap<CallId, EndCause>,
    /// On hold when their transfer began.
    held_by_agent: std::collections::BTreeSet<CallId>,
}

impl Run {
    fn new() -> Self {
        Self {
            machine: Machine::new(),
            now: NOW,
            ring: Ring::Off,
            owed: Vec::new(),
            gates: Default::default(),
            devices: None,
            mixed: None,
            ended: Default::default(),
            held_by_agent: Default::default(),
        }
    }

    fn step(&mut self, step: Step) -> Result<(), TestCaseError> {
        let input = match step {
            Step::Input(input) => input,
            Step::Done { well } => match self.word(well) {
                Some(input) => input,
                None => return Ok(()),
            },
            Step::Join => match self.two() {
                Some((call, with)) => Input::Command(PhoneCommand::Join { call, with }),
                None => return Ok(()),
            },
        };
        // The driver offers under ids of its own, never under one that was used.
        let input = match input {
            Input::Offered { remote, queue, .. } => {
                Input::Offered { call: self.machine.next_id(), remote, queue }
            }
            Input::Replacing { old, remote, .. } => {
                Input::Replacing { call: self.machine.next_id(), old, remote }
            }
            input => input,
        };
        let before = self.machine.state();
        if let Input::Command(PhoneCommand::Transfer { call, .. } | PhoneCommand::Connect { call, .. }) =
            &input
            && let Some(was) = before.call(*call).filter(|was| was.hold_asked.is_none())
            && was.transfer.is_none_or(|transfer| matches!(transfer, Transfer::Failed { .. }))
        {
            if was.hold.here {
                self.held_by_agent.insert(was.id);
            } else {
                self.held_by_agent.remove(&was.id);
            }
        }
        for action in self.machine.handle(self.now, input.clone()) {
            self.take(action)?;
        }
        self.failed_hold_restores(&before, &input)?;
        self.transfer_ends_well(&before, &input)?;
        self.holds()
    }

    /// The two calls that go on.
    fn two(&self) -> Option<(CallId, CallId)> {
        let state = self.machine.state();
        let mut live = state.calls.iter().filter(|call| !call.state.is_ended()).map(|call| call.id);
        live.next().zip(live.next())
    }

    /// What the drivers tell of the oldest thing that they were asked for.
    fn word(&mut self, well: bool) -> Option<Input> {
        if self.owed.is_empty() {
            return None;
        }
        Some(match self.owed.remove(0) {
            Action::OpenMedia { call } if well => Input::MediaReady { call },
            Action::OpenMedia { call } => Input::MediaFailed { call, fault: SoundFault::NoSpeaker },
            Action::Invite { call, .. } if well => Input::Answered { call },
            Action::Invite { call, .. } => Input::Refused { call, status: 486 },
            Action::ChangeHold { call, hold } => {
                let failure = (!well).then_some(HoldFailure::Glare);
                Input::HoldResult { call, hold, failure }
            }
            Action::Refer { call, .. } | Action::ReferWith { call, .. } => {
                Input::TransferProgress { call, status: if well { 200 } else { 486 }, last: true }
            }
            other => unreachable!("not owed: {other:?}"),
        })
    }

    fn take(&mut self, action: Action) -> Result<(), TestCaseError> {
        match action {
            Action::Ring(next) => {
                prop_assert_ne!(self.ring, next, "a ring that is told twice");
                self.ring = next;
            }
            Action::Gate { call, microphone, speaker } => {
                self.gates.insert(call, (microphone, speaker));
            }
            Action::OpenMedia { call } => {
                self.devices = Some(call);
                self.owed.push(action);
            }
            Action::Press { call, .. } => {
                let heard = self.gates.get(&call).is_some_and(|gate| gate.1);
                prop_assert!(heard, "keys for whoever is not listened to");
            }
            Action::UseDevices { call } => self.devices = Some(call),
            Action::Confer { host, guest, muted } => {
                prop_assert_ne!(self.mixed, Some((host, guest, muted)), "told twice");
                self.mixed = Some((host, guest, muted));
            }
            Action::Part => prop_assert!(self.mixed.take().is_some(), "parted twice"),
            Action::CloseMedia { call } => {
                self.gates.remove(&call);
            }
            Action::Invite { .. }
            | Action::ChangeHold { .. }
            | Action::Refer { .. }
            | Action::ReferWith { .. } => self.owed.push(action),
            _ => {}
        }
        Ok(())
    }

    /// A refused re-INVITE changes neither what is held nor what is heard.
    fn failed_hold_restores(&self, before: &PhoneState, input: &Input) -> Result<(), TestCaseError> {
        let Input::HoldResult { call, hold, failure: Some(failure) } = input else { return Ok(()) };
        let Some(was) = before.call(*call).filter(|was| was.hold_asked == Some(*hold)) else { return Ok(()) };
        let after = self.machine.state();
        let is = after.call(*call).unwrap();
        prop_assert_eq!(is.hold, was.hold);
        prop_assert_eq!(is.state, was.state);
        prop_assert_eq!(is.hold_failed, Some(*failure));
        let heard = is.hold == Hold::default();
        let gate = self.gates.get(call).copied().unwrap_or_default();
        let mixed = self.mixed.is_some_and(|(host, guest, _)| [host, guest].contains(call));
        prop_assert_eq!(gate, (heard && (mixed || !is.muted), heard));
        Ok(())
    }

    /// A transfer that is over has either transferred, or the call is back and says why. Only a call that
    /// somebody hung up or that was lost ends otherwise.
    fn transfer_ends_well(&self, before: &PhoneState, input: &Input) -> Result<(), TestCaseError> {
        let goes_on =
            |call: &Call| call.transfer.is_some_and(|transfer| !matches!(transfer, Transfer::Failed { .. }));
        for was in before.calls.iter().filter(|call| goes_on(call)) {
            let after = self.machine.state();
            let is = after.call(was.id).unwrap();
            match (is.state, is.transfer) {
                (CallState::Ended { cause }, transfer) => {
                    prop_assert_eq!(transfer, None);
                    let otherwise = matches!(
                        input,
                        Input::Command(PhoneCommand::HangUp { .. })
                            | Input::RemoteHungUp { .. }
                            | Input::RemoteCancelled { .. }
                            | Input::Failed { .. }
                    );
                    let transferred = matches!(cause, EndCause::Transferred { .. });
                    prop_assert!(otherwise || transferred, "ended otherwise: {:?}", cause);
                }
                (state, Some(Transfer::Failed { .. })) => {
                    prop_assert!(matches!(state, CallState::InCall | CallState::Held));
                    // On hold only if the agent held it, is engaged, or is about to have it back.
                    let engaged = after.calls.iter().any(|other| {
                        other.id != is.id && !other.state.is_ended() && other.state != CallState::Ringing
                    });
                    let back = is.hold_asked.is_some() || !is.hold.here;
                    prop_assert!(
                        back || engaged || self.held_by_agent.contains(&is.id),
                        "not back: {:?}",
                        is
                    );
                }
                (_, transfer) => prop_assert!(transfer.is_some(), "a transfer that was forgotten"),
            }
        }
        Ok(())
    }

    fn holds(&mut self) -> Result<(), TestCaseError> {
        let state = self.machine.state();
        let live: Vec<&Call> = state.calls.iter().filter(|call| !call.state.is_ended()).collect();
        // One more while it takes another's place.
        let taken = live.iter().filter(|call| call.state == CallState::Answering).count();
        prop_assert!(live.len() <= LINES + taken.min(1));
        prop_assert!(state.calls.len() <= KEPT_ENDED + live.len());
        let active = |call: &&&Call| match call.state {
            CallState::InCall | CallState::Held => {
                (!call.hold.here && call.hold_asked.is_none()) || call.hold_asked == Some(false)
            }
            CallState::Dialling | CallState::Early => true,
            _ => false,
        };
        let all_active: Vec<_> = live.iter().filter(active).collect();
        let together = all_active.iter().all(|call| call.conference);
        prop_assert!(all_active.len() <= 1 || together, "two active: {:?}", live);
        self.is_mixed(&live)?;
        let mixed: Vec<CallId> = self.mixed.iter().flat_map(|(host, guest, _)| [*host, *guest]).collect();
        let open: Vec<_> = self.gates.iter().filter(|(_, gate)| gate.0 || gate.1).collect();
        let alone = open.len() <= 1 || open.iter().all(|(call, _)| mixed.contains(call));
        prop_assert!(alone, "two are heard: {:?}", open);
        for (call, (microphone, _)) in open {
            let call = live.iter().find(|live| live.id == *call).expect("heard without a call");
            let opens = |call: &&Call| matches!(call.state, CallState::Answering | CallState::Dialling);
            if !live.iter().any(opens) && !mixed.contains(&call.id) {
                prop_assert_eq!(self.devices, Some(call.id), "heard without the devices");
            }
            if *microphone {
                prop_assert_eq!(call.state, CallState::InCall);
                prop_assert!(!call.muted || mixed.contains(&call.id));
            }
        }
        if self.ring == Ring::Incoming {
            prop_assert!(live.iter().any(|call| call.state == CallState::Ringing));
        }
        if live.is_empty() {
            prop_assert_eq!(self.ring, Ring::Off);
        }
        self.ends_once(&state)
    }

    /// Two calls are mixed exactly when both are in the conference and neither is on hold; a microphone that is
    /// off in one is off in both.
    fn is_mixed(&self, live: &[&Call]) -> Result<(), TestCaseError> {
        let members: Vec<_> = live.iter().filter(|call| call.conference).collect();
        prop_assert!(members.is_empty() || members.len() == 2, "a conference with oneself: {:?}", live);
        let heard = members.iter().filter(|call| !call.hold.here).count();
        prop_assert_eq!(self.mixed.is_some(), heard == 2);
        if let Some((host, guest, muted)) = self.mixed {
            prop_assert_eq!(self.devices, Some(host));
            prop_assert_ne!(host, guest);
            for member in members {
                prop_assert!(member.id == host || member.id == guest);
                prop_assert_eq!(member.muted, muted);
            }
        }
        Ok(())
    }

    /// What has ended stays ended, and as it ended.
    fn ends_once(&mut self, state: &PhoneState) -> Result<(), TestCaseError> {
        for call in &state.calls {
            prop_assert_eq!(call.ending.is_some(), call.state.is_ended());
            let talked = call.ending.is_some_and(|ending| ending.outcome == Outcome::Answered);
            prop_assert!(!talked || call.answered.is_some(), "answered by nobody");
            match (call.state, self.ended.get(&call.id)) {
                (CallState::Ended { cause }, Some(first)) => prop_assert_eq!(cause, *first),
                (CallState::Ended { cause }, None) => {
                    self.ended.insert(call.id, cause);
                }
                (_, first) => prop_assert!(first.is_none(), "a call that came back"),
            }
        }
        Ok(())
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn whatever_happens_the_agent_talks_on_one_call_and_each_ends_once(steps in any_steps()) {
        let mut run = Run::new();
        for (after, step) in steps {
            run.now += after;
            run.step(step)?;
        }
    }

    #[test]
    fn every_hold_and_every_transfer_comes_to_an_end(steps in any_steps()) {
        let mut run = Run::new();
        for (after, step) in steps {
            run.now += after;
            run.step(step)?;
        }
        // A peer that never answers a REFER, and drivers that keep their word on all else.
        for _ in 0..16 {
            run.owed.retain(|owed| !matches!(owed, Action::Refer { .. } | Action::ReferWith { .. }));
            run.step(Step::Done { well: true })?;
        }
        while let Some(due) = run.machine.deadline() {
            run.now = run.now.max(due);
            run.step(Step::Input(Input::Tick))?;
            run.owed.retain(|owed| matches!(owed, Action::ChangeHold { .. }));
            run.step(Step::Done { well: true })?;
        }
        for call in run.machine.state().calls {
            let ended = call.transfer.is_none_or(|transfer| matches!(transfer, Transfer::Failed { .. }));
            prop_assert!(ended, "a transfer that never ends: {:?}", call);
        }
    }

    #[test]
    fn hanging_up_always_ends_whatever_goes_on(steps in any_steps()) {
        let mut run = Run::new();
        for (after, step) in steps {
            run.now += after;
            run.step(step)?;
        }
        while let Some(call) = run.machine.state().active().map(|call| call.id) {
            run.step(Step::Input(Input::Command(PhoneCommand::HangUp { call })))?;
            prop_assert!(run.machine.state().call(call).is_none_or(|call| call.state.is_ended()));
        }
        prop_assert_eq!(run.machine.deadline().filter(|due| *due > run.now + KNOCK_MS), None);
    }
}
