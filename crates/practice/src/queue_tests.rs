use super::*;
use proptest::prelude::*;

fn phone(number: u8) -> AgentPhone {
    AgentPhone::new(format!("100{number}")).unwrap()
}

fn queue(name: &str) -> QueueId {
    name.parse().unwrap()
}

const fn at(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

fn with_agents(agents: &[(u8, u64)]) -> Line {
    let mut line = Line::default();
    for (number, since) in agents {
        line.reachable(&phone(*number), true);
        line.ready(&phone(*number), &[queue("bygg")], at(*since));
    }
    line
}

#[test]
fn the_longest_ready_agent_is_offered_the_longest_waiting() {
    let mut line = with_agents(&[(1, 5), (2, 3)]);
    line.join(CallId(1), queue("bygg"), at(10));
    line.join(CallId(2), queue("bygg"), at(11));
    assert_eq!(line.offer(at(12)), Some((CallId(1), phone(2))));
    assert_eq!(line.offer(at(12)), Some((CallId(2), phone(1))));
    assert_eq!(line.offer(at(12)), None);
}

#[test]
fn ready_said_again_keeps_the_place_and_a_call_loses_it() {
    let mut line = with_agents(&[(1, 1), (2, 2)]);
    assert!(!line.ready(&phone(1), &[queue("bygg")], at(9)));
    line.join(CallId(1), queue("bygg"), at(10));
    assert_eq!(line.offer(at(10)), Some((CallId(1), phone(1))));
    line.leave(CallId(1));
    line.call_over(&phone(1), CallId(1), at(20));
    line.join(CallId(2), queue("bygg"), at(21));
    assert_eq!(line.offer(at(21)), Some((CallId(2), phone(2))));
}

#[test]
fn nobody_is_offered_to_the_paused_the_unregistered_or_another_queue() {
    let mut line = with_agents(&[(1, 1)]);
    line.join(CallId(1), queue("aldre"), at(2));
    assert_eq!(line.offer(at(3)), None);
    line.ready(&phone(1), &[queue("aldre")], at(3));
    line.reachable(&phone(1), false);
    assert_eq!(line.offer(at(3)), None);
    line.reachable(&phone(1), true);
    line.not_ready(&phone(1));
    assert_eq!(line.offer(at(3)), None);
    line.ready(&phone(1), &[queue("aldre")], at(4));
    assert_eq!(line.offer(at(4)), Some((CallId(1), phone(1))));
}

#[test]
fn an_offer_that_came_to_nothing_is_made_again_after_a_rest() {
    let mut line = with_agents(&[(1, 1)]);
    line.join(CallId(1), queue("bygg"), at(2));
    line.offer(at(2)).unwrap();
    line.offer_ended(CallId(1), &phone(1), at(7));
    assert_eq!(line.offer(at(6)), None);
    assert_eq!(line.deadline(at(6)), Some(at(7)));
    assert_eq!(line.offer(at(7)), Some((CallId(1), phone(1))));
}

#[derive(Debug, Clone)]
enum Step {
    Ready(u8),
    NotReady(u8),
    Reachable(u8, bool),
    Join(u64),
    Offer,
    Decline(usize),
    Answer(usize),
    GiveUp(usize),
    HangUp(usize),
    Dial(u8),
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        (0..4u8).prop_map(Step::Ready),
        (0..4u8).prop_map(Step::NotReady),
        (0..4u8, any::<bool>()).prop_map(|(agent, on)| Step::Reachable(agent, on)),
        (0..6u64).prop_map(Step::Join),
        Just(Step::Offer),
        Just(Step::Offer),
        (0..4usize).prop_map(Step::Decline),
        (0..4usize).prop_map(Step::Answer),
        (0..4usize).prop_map(Step::GiveUp),
        (0..4usize).prop_map(Step::HangUp),
        (0..4u8).prop_map(Step::Dial),
    ]
}

fn pick<T: Clone>(from: &[T], at: usize) -> Option<T> {
    from.get(at % from.len().max(1)).cloned()
}

proptest! {
    /// Whatever happens: no agent has two calls, nobody waits twice, and nobody is offered twice at once.
    #[test]
    fn nobody_is_in_two_places(steps in proptest::collection::vec(step(), 0..80)) {
        let mut line = Line::default();
        let (mut ringing, mut talking) = (Vec::<(CallId, AgentPhone)>::new(), Vec::new());
        for (now, step) in steps.into_iter().enumerate() {
            let now = at(now as u64);
            match step {
                Step::Ready(agent) => { line.ready(&phone(agent), &[queue("bygg")], now); }
                Step::NotReady(agent) => line.not_ready(&phone(agent)),
                Step::Reachable(agent, on) => line.reachable(&phone(agent), on),
                Step::Join(call) => {
                    if !talking.iter().any(|(id, _)| *id == CallId(call)) {
                        line.join(CallId(call), queue("bygg"), now);
                    }
                }
                Step::Offer => {
                    if let Some((call, agent)) = line.offer(now) {
                        let busy = ringing.iter().chain(&talking);
                        prop_assert!(!busy.clone().any(|(_, other)| *other == agent), "{agent} has a call");
                        prop_assert!(!busy.clone().any(|(id, _)| *id == call), "{call:?} is with somebody");
                        ringing.push((call, agent));
                    }
                }
                Step::Decline(at) | Step::Answer(at) | Step::GiveUp(at) if ringing.is_empty() => { let _ = at; }
                Step::Decline(at) => {
                    let (call, agent) = pick(&ringing, at).unwrap();
                    ringing.retain(|(id, _)| *id != call);
                    line.offer_ended(call, &agent, now);
                    prop_assert!(line.waits(call));
                }
                Step::Answer(at) => {
                    let (call, agent) = pick(&ringing, at).unwrap();
                    ringing.retain(|(id, _)| *id != call);
                    line.leave(call);
                    talking.push((call, agent));
                }
                Step::GiveUp(at) => {
                    let (call, agent) = pick(&ringing, at).unwrap();
                    ringing.retain(|(id, _)| *id != call);
                    line.leave(call);
                    line.offer_ended(call, &agent, now);
                    prop_assert!(!line.waits(call));
                }
                Step::HangUp(at) => {
                    if let Some((call, agent)) = pick(&talking, at) {
                        talking.retain(|(id, _)| *id != call);
                        line.call_over(&agent, call, now);
                    }
                }
                Step::Dial(agent) => {
                    let agent = phone(agent);
                    if !ringing.iter().chain(&talking).any(|(_, other)| *other == agent) {
                        let call = CallId(100 + now.as_secs());
                        line.busy(&agent, call);
                        talking.push((call, agent));
                    }
                }
            }
            let mut waiting: Vec<CallId> = line.waiting.iter().map(|waiting| waiting.call).collect();
            waiting.sort();
            waiting.dedup();
            prop_assert_eq!(waiting.len(), line.waiting.len(), "somebody waits twice");
        }
    }
}
