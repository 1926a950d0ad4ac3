use super::*;
use domain::Personal;
use domain::phone_number::PhoneNumber;
use proptest::prelude::*;

fn agent(number: u8) -> AgentPhone {
    AgentPhone::new(format!("100{number}")).unwrap()
}

fn queues() -> Vec<QueueId> {
    let all = ["allmant", "bygg", "aldre", "skola", "vatten-avfall", "ekonomi"];
    all.iter().map(|id| id.parse().unwrap()).collect()
}

/// A chance that can be told afterwards: the same numbers every time.
fn chance() -> Chance {
    let mut state = 7_u64;
    Box::new(move || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        state >> 11
    })
}

fn offices() -> Vec<Office> {
    let office = |number: &str, group: &str| Office {
        number: PhoneNumber::parse(number).unwrap(),
        group: group.parse().unwrap(),
        name: "Gruppen".into(),
    };
    vec![office("+46846500420", "bygglov"), office("+46846500421", "gata-park")]
}

/// A stepped exchange; what is left of its actions is what the next step gave.
struct House {
    floor: Floor,
    now: Duration,
    log: Vec<Action>,
}

impl House {
    fn new() -> Self {
        let floor = Floor::new(Rhythm::default(), Scenario::pack(), offices(), chance());
        Self { floor, now: Duration::ZERO, log: Vec::new() }
    }

    fn staffed(agents: u8) -> Self {
        let mut house = Self::new();
        for number in 1..=agents {
            house.input(Input::Reachable(agent(number), true));
            house.input(Input::Ready(agent(number), queues()));
        }
        house
    }

    fn moment(&self) -> Moment {
        let at = Timestamp(1_800_000_000_000).plus_millis(i64::try_from(self.now.as_millis()).unwrap());
        Moment { since: self.now, at }
    }

    fn input(&mut self, input: Input) {
        let actions = self.floor.handle(self.moment(), input);
        self.log.extend(actions);
    }

    fn sign(&mut self, call: CallId, sign: Sign) {
        self.input(Input::Phone(call, sign));
    }

    /// Goes from deadline to deadline until this span has passed.
    fn wait(&mut self, span: Duration) {
        let end = self.now + span;
        while let Some(due) = self.floor.deadline(self.now).filter(|due| *due <= end) {
            self.now = self.now.max(due);
            let actions = self.floor.tick(self.moment());
            self.log.extend(actions);
        }
        self.now = end;
    }

    fn seconds(&mut self, seconds: u64) {
        self.wait(Duration::from_secs(seconds));
    }

    /// The offer that was made since last asked.
    fn offered(&mut self) -> Option<(CallId, AgentPhone)> {
        let offer = self.log.iter().rev().find_map(|action| match action {
            Action::Offer { call, agent, .. } => Some((*call, agent.clone())),
            _ => None,
        });
        if offer.is_some() {
            self.log.retain(|action| !matches!(action, Action::Offer { .. }));
        }
        offer
    }

    /// What the service was told since last asked.
    fn told(&mut self) -> Vec<ExchangeEvent> {
        let told = self.log.iter().filter_map(|action| match action {
            Action::Report(reported) => Some(reported.event.clone()),
            _ => None,
        });
        let told = told.collect();
        self.log.retain(|action| !matches!(action, Action::Report(_)));
        told
    }
}

#[test]
fn the_first_caller_comes_after_three_seconds_and_the_next_after_the_wrap_up() {
    let mut house = House::staffed(1);
    house.wait(Duration::from_millis(2_900));
    assert_eq!(house.offered(), None);
    house.seconds(1);
    let (call, who) = house.offered().unwrap();
    assert_eq!(who, agent(1));
    let told = house.told();
    assert!(matches!(told[..], [ExchangeEvent::CallJoined { .. }, ExchangeEvent::CallOffered { .. }]));
    house.sign(call, Sign::Answered);
    house.seconds(2);
    house.sign(call, Sign::HungUp);
    let told = house.told();
    let ended = ExchangeEvent::CallEnded { agent: Some(agent(1)), by: EndedBy::Agent };
    assert_eq!(told, [ExchangeEvent::CallAnswered { agent: agent(1) }, ended]);
    house.seconds(600);
    assert_eq!(house.offered(), None, "wrap-up is as long as it is");
    house.input(Input::Ready(agent(1), queues()));
    house.seconds(19);
    assert_eq!(house.offered(), None);
    house.seconds(42);
    assert!(house.offered().is_some());
}

#[test]
fn after_a_break_the_next_caller_comes_soon() {
    let mut house = House::staffed(1);
    house.seconds(4);
    let (call, _) = house.offered().unwrap();
    house.sign(call, Sign::Answered);
    house.sign(call, Sign::HungUp);
    house.input(Input::NotReady { agent: agent(1), rested: true });
    house.seconds(300);
    house.input(Input::Ready(agent(1), queues()));
    house.seconds(4);
    assert!(house.offered().is_some());
}

#[test]
fn nobody_calls_while_no_phone_is_registered() {
    let mut house = House::new();
    house.input(Input::Ready(agent(1), queues()));
    house.seconds(120);
    assert!(house.log.is_empty());
    house.input(Input::Reachable(agent(1), true));
    house.seconds(4);
    assert!(house.offered().is_some());
}

#[test]
fn a_declined_call_is_offered_to_another_at_once_or_again_after_a_rest() {
    let mut house = House::staffed(1);
    house.seconds(4);
    let (call, _) = house.offered().unwrap();
    house.told();
    house.sign(call, Sign::Refused(OfferEnd::Declined));
    let declined = ExchangeEvent::OfferEnded { agent: agent(1), reason: OfferEnd::Declined };
    assert_eq!(house.told(), [declined]);
    house.seconds(4);
    assert_eq!(house.offered(), None);
    house.seconds(2);
    assert_eq!(house.offered(), Some((call, agent(1))));
}

#[test]
fn an_offer_that_is_not_taken_is_taken_back_and_made_again() {
    let mut house = House::staffed(1);
    house.input(Input::Next(Some("altan-bygglov".into())));
    let (call, _) = house.offered().unwrap();
    house.told();
    house.seconds(20);
    let missed = ExchangeEvent::OfferEnded { agent: agent(1), reason: OfferEnd::NotTaken };
    assert_eq!(house.told(), [missed]);
    assert!(house.log.iter().any(|a| matches!(a, Action::Withdraw { missed: true, .. })));
    house.seconds(5);
    assert_eq!(house.offered(), Some((call, agent(1))));
}

#[test]
fn a_caller_gives_up_in_the_queue_and_while_it_rings() {
    let mut house = House::new();
    house.input(Input::Next(Some("vattenlacka".into())));
    house.seconds(95);
    assert!(matches!(house.told()[..], [ExchangeEvent::CallJoined { .. }, ExchangeEvent::CallAbandoned]));

    let mut house = House::staffed(1);
    house.floor.rhythm.ring = Duration::from_secs(600);
    house.input(Input::Next(Some("vattenlacka".into())));
    house.seconds(95);
    let told = house.told();
    let gone = ExchangeEvent::OfferEnded { agent: agent(1), reason: OfferEnd::CallerGone };
    assert_eq!(told[2..4], [gone, ExchangeEvent::CallAbandoned]);
    assert!(house.log.iter().any(|a| matches!(a, Action::Withdraw { missed: false, .. })));
}

#[test]
fn an_errand_is_talked_through_and_the_resident_hangs_up() {
    let mut house = House::staffed(1);
    house.input(Input::Next(Some("gatlykta-trasig".into())));
    let (call, _) = house.offered().unwrap();
    house.sign(call, Sign::Answered);
    let mut lines = Vec::new();
    for _ in 0..30 {
        house.log.retain(|action| match action {
            Action::Say { line, .. } => {
                lines.push(*line);
                false
            }
            _ => true,
        });
        house.sign(call, Sign::Sense(Sense::LineOver));
        house.sign(call, Sign::Sense(Sense::Voice(true)));
        house.seconds(1);
        house.sign(call, Sign::Sense(Sense::Voice(false)));
        house.seconds(1);
    }
    let answers = (0..4).map(Line::Answer);
    let all: Vec<Line> = std::iter::once(Line::Opening).chain(answers).chain([Line::Thanks]).collect();
    assert_eq!(lines, all);
    assert!(house.told().contains(&ExchangeEvent::CallEnded { agent: Some(agent(1)), by: EndedBy::Caller }));
    assert!(house.floor.is_over(call));
}

#[test]
fn the_service_is_told_number_menu_and_entry_and_nothing_of_the_withheld() {
    let mut house = House::new();
    house.input(Input::Next(Some("altan-bygglov".into())));
    house.input(Input::Next(Some("synpunkt-lekplats".into())));
    let [ExchangeEvent::CallJoined { entry, queue, menu, caller }, other] = &house.told()[..] else {
        panic!("two joined");
    };
    assert_eq!(entry.as_ref().map(ToString::to_string).as_deref(), Some("kommunen"));
    assert_eq!((queue.as_str(), menu.as_deref()), ("bygg", Some("1")));
    assert_eq!(caller.as_ref().map(Personal::expose).map(String::as_str), Some("+46701740618"));
    assert!(matches!(other, ExchangeEvent::CallJoined { caller: None, menu: None, .. }));
}

#[test]
fn every_errand_comes_before_any_comes_again() {
    let mut house = House::staffed(1);
    let mut seen = Vec::new();
    for _ in 0..8 {
        house.input(Input::Next(None));
        let (call, _) = house.offered().unwrap();
        seen.push(house.floor.calls.get(&call).unwrap().resident.scenario().id.clone());
        house.sign(call, Sign::Answered);
        house.sign(call, Sign::HungUp);
        house.input(Input::Ready(agent(1), queues()));
    }
    seen.sort();
    seen.dedup();
    assert_eq!(seen.len(), 8);
}

#[test]
fn an_agent_dials_echo_tone_a_resident_and_nobody() {
    let mut house = House::staffed(1);
    for (number, sound) in [("*43", Sound::Echo), ("eko", Sound::Echo), ("1004", Sound::Milliwatt)] {
        let call = house.floor.next_call();
        house.input(Input::Dialled { call, agent: agent(1), number: number.into() });
        assert!(house.log.iter().any(|a| matches!(a, Action::Answer(id, s) if (*id, *s) == (call, sound))));
        house.seconds(600);
        assert_eq!(house.offered(), None, "in a call");
        house.sign(call, Sign::HungUp);
        assert!(house.floor.is_over(call));
    }
    let call = house.floor.next_call();
    house.input(Input::Dialled { call, agent: agent(1), number: "070-174 06 12".into() });
    assert!(house.log.iter().any(|a| matches!(a, Action::Alert(id) if *id == call)));
    house.seconds(6);
    let hello = |action: &Action| matches!(action, Action::Say { line: Line::Hello, .. });
    assert!(house.log.iter().any(hello));
    house.sign(call, Sign::HungUp);
    assert!(house.told().is_empty(), "what an agent dials is no call of a queue");
    let call = house.floor.next_call();
    house.input(Input::Dialled { call, agent: agent(1), number: "0701740699".into() });
    assert!(house.log.iter().any(|a| matches!(a, Action::Refuse(id, 404) if *id == call)));
}

/// A resident with a question about building permits, in a talk with the first agent.
fn asks_about_building(house: &mut House) -> CallId {
    house.input(Input::Next(Some("altan-bygglov".into())));
    let (call, _) = house.offered().unwrap();
    house.sign(call, Sign::Answered);
    house.told();
    call
}

fn referred(house: &mut House, call: CallId, to: Destination) -> u16 {
    house.input(Input::Referred { call, to });
    let told = house.log.iter().rev().find_map(|action| match action {
        Action::Told { call: told, status } if *told == call => Some(*status),
        _ => None,
    });
    told.expect("the phone waits for the outcome")
}

#[test]
fn who_is_put_through_to_the_right_group_is_gone_and_to_a_wrong_one_comes_back() {
    let mut house = House::staffed(2);
    let ended = ExchangeEvent::CallEnded { agent: Some(agent(1)), by: EndedBy::Agent };
    let call = asks_about_building(&mut house);
    assert_eq!(referred(&mut house, call, Destination::Number("08-465 004 20".into())), 200);
    house.sign(call, Sign::HungUp);
    assert_eq!(house.told(), std::slice::from_ref(&ended));
    assert!(house.floor.calls.is_empty());

    let mut house = House::staffed(2);
    let call = asks_about_building(&mut house);
    assert_eq!(referred(&mut house, call, Destination::Number("0846500421".into())), 200);
    house.sign(call, Sign::HungUp);
    let told = house.told();
    assert_eq!(told.first(), Some(&ended));
    assert!(matches!(told.get(1), Some(ExchangeEvent::CallJoined { .. })), "{told:?}");
    let (again, by) = house.offered().unwrap();
    assert_ne!((again, &by), (call, &agent(1)));
    house.sign(again, Sign::Answered);
    house.sign(again, Sign::Sense(Sense::Voice(true)));
    house.seconds(1);
    house.sign(again, Sign::Sense(Sense::Voice(false)));
    house.seconds(2);
    let complains = |action: &Action| matches!(action, Action::Say { line: Line::OnWrongTransfer, .. });
    assert!(house.log.iter().any(complains));
}

#[test]
fn nobody_is_put_through_to_nowhere() {
    let mut house = House::staffed(1);
    let call = asks_about_building(&mut house);
    for to in [Destination::Number("0846500499".into()), Destination::Call(call), Destination::Nobody] {
        assert_eq!(referred(&mut house, call, to), 404);
    }
    house.sign(call, Sign::HungUp);
    assert!(house.floor.calls.is_empty());
}

#[test]
fn a_group_that_was_asked_first_takes_the_caller() {
    let mut house = House::staffed(1);
    let call = asks_about_building(&mut house);
    let asked = house.floor.next_call();
    house.input(Input::Dialled { call: asked, agent: agent(1), number: "0846500420".into() });
    assert!(house.log.iter().any(|a| matches!(a, Action::Answer(id, Sound::Office) if *id == asked)));
    let greets = |text: &str| text == "Gruppen, hej! Koppla gärna hit samtalet.";
    assert!(house.log.iter().any(|a| matches!(a, Action::Greet { text, .. } if greets(text))));
    assert_eq!(referred(&mut house, call, Destination::Call(asked)), 200);
    house.sign(asked, Sign::HungUp);
    house.sign(call, Sign::HungUp);
    assert!(house.floor.is_over(asked) && house.floor.is_over(call));
}

#[test]
fn a_resident_who_is_in_a_call_is_busy_and_does_not_call_twice() {
    let mut house = House::staffed(2);
    house.input(Input::Next(Some("gatlykta-trasig".into())));
    house.input(Input::Next(Some("gatlykta-trasig".into())));
    assert_eq!(house.floor.calls.len(), 1);
    let call = house.floor.next_call();
    house.input(Input::Dialled { call, agent: agent(2), number: "+46701740612".into() });
    assert!(house.log.iter().any(|a| matches!(a, Action::Refuse(id, 486) if *id == call)));
}

#[test]
fn a_lost_phone_ends_the_call_by_the_exchange() {
    let mut house = House::staffed(1);
    house.input(Input::Next(None));
    let (call, _) = house.offered().unwrap();
    house.sign(call, Sign::Answered);
    house.sign(call, Sign::Lost);
    assert_eq!(
        house.told().last(),
        Some(&ExchangeEvent::CallEnded { agent: Some(agent(1)), by: EndedBy::Exchange })
    );
}

#[derive(Debug, Clone)]
enum Step {
    Wait(u64),
    Ready(u8),
    Pause(u8),
    Reachable(u8, bool),
    Next,
    Answer(usize),
    Decline(usize),
    HangUp(usize),
    Hold(usize, bool),
    Refer(usize, bool),
    Dial(u8),
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        3 => (0..90u64).prop_map(Step::Wait),
        2 => (1..4u8).prop_map(Step::Ready),
        1 => (1..4u8).prop_map(Step::Pause),
        1 => (1..4u8, any::<bool>()).prop_map(|(agent, on)| Step::Reachable(agent, on)),
        2 => Just(Step::Next),
        3 => any::<usize>().prop_map(Step::Answer),
        1 => any::<usize>().prop_map(Step::Decline),
        2 => any::<usize>().prop_map(Step::HangUp),
        1 => (any::<usize>(), any::<bool>()).prop_map(|(at, on)| Step::Hold(at, on)),
        1 => (any::<usize>(), any::<bool>()).prop_map(|(at, first)| Step::Refer(at, first)),
        1 => (1..4u8).prop_map(Step::Dial),
    ]
}

impl House {
    fn pick(&self, at: usize) -> Option<CallId> {
        let calls: Vec<CallId> = self.floor.calls.keys().copied().collect();
        calls.get(at % calls.len().max(1)).copied()
    }

    fn step(&mut self, step: Step) {
        let sign = match step {
            Step::Answer(at) => self.pick(at).map(|call| (call, Sign::Answered)),
            Step::Decline(at) => self.pick(at).map(|call| (call, Sign::Refused(OfferEnd::Declined))),
            Step::HangUp(at) => self.pick(at).map(|call| (call, Sign::HungUp)),
            Step::Hold(at, on) => self.pick(at).map(|call| (call, Sign::Sense(Sense::Hold(on)))),
            _ => None,
        };
        if let Some((call, sign)) = sign {
            self.sign(call, sign);
        }
        match step {
            Step::Wait(seconds) => self.seconds(seconds),
            Step::Ready(number) => self.input(Input::Ready(agent(number), queues())),
            Step::Pause(number) => self.input(Input::NotReady { agent: agent(number), rested: false }),
            Step::Reachable(number, on) => self.input(Input::Reachable(agent(number), on)),
            Step::Next => self.input(Input::Next(None)),
            Step::Refer(at, first) => {
                let number = if first { "0846500420" } else { "0846500421" };
                if let Some(call) = self.pick(at) {
                    self.input(Input::Referred { call, to: Destination::Number(number.into()) });
                }
            }
            Step::Dial(number) => {
                let call = self.floor.next_call();
                self.input(Input::Dialled { call, agent: agent(number), number: "*43".into() });
            }
            _ => {}
        }
    }
}

/// The story of one contact as told: joined, (offered, (answered, ended | offer ended))*, abandoned.
fn is_a_story(events: &[&ExchangeEvent]) -> bool {
    let mut at = 0;
    for event in events {
        at = match (at, event) {
            (0, ExchangeEvent::CallJoined { .. }) | (2, ExchangeEvent::OfferEnded { .. }) => 1,
            (1, ExchangeEvent::CallOffered { .. }) => 2,
            (2, ExchangeEvent::CallAnswered { .. }) => 3,
            (3, ExchangeEvent::CallEnded { .. }) | (1, ExchangeEvent::CallAbandoned) => 4,
            _ => return false,
        };
    }
    true
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    /// Whatever people do: each contact is told as one story, and no agent is offered a second call.
    #[test]
    fn every_contact_is_one_story(steps in proptest::collection::vec(step(), 0..60)) {
        let mut house = House::staffed(2);
        for step in steps {
            house.step(step);
            let mut busy: Vec<AgentPhone> = house.floor.calls.values().filter_map(|call| match &call.stage {
                Stage::Waiting => None,
                Stage::Ringing { agent, .. } | Stage::Talking { agent }
                | Stage::RingsThere { agent, .. } | Stage::Dialled { agent } => Some(agent.clone()),
            }).collect();
            let count = busy.len();
            busy.sort();
            busy.dedup();
            prop_assert_eq!(busy.len(), count, "an agent has two calls of the queue");
        }
        let mut stories: BTreeMap<ContactId, Vec<&ExchangeEvent>> = BTreeMap::new();
        for action in &house.log {
            if let Action::Report(reported) = action {
                stories.entry(reported.contact).or_default().push(&reported.event);
            }
        }
        for story in stories.values() {
            prop_assert!(is_a_story(story), "{:?}", story);
        }
    }
}
