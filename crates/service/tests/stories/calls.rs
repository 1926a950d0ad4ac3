//! Calls whose beginning or end the service did not see, and desks that are gone: nobody is left in a state that
//! is not theirs.

use crate::common::exchange::Told;
use crate::common::{Desk, Events, TUESDAY_TEN, Town, random};
use contract::agents::SetAgentState;
use contract::{AgentSet, AgentStateGet, Event, Nothing, QueuesList};
use domain::ContactId;
use domain::agent::{AgentState, PauseReason};
use exchange::{AgentPhone, EndedBy, ExchangeEvent, Reachability};
use std::sync::atomic::Ordering;

fn phone() -> AgentPhone {
    AgentPhone::new("1001").unwrap()
}

fn contact() -> ContactId {
    ContactId::new(TUESDAY_TEN, random())
}

fn joined() -> ExchangeEvent {
    ExchangeEvent::CallJoined { entry: None, queue: "bygg".parse().unwrap(), menu: None, caller: None }
}

fn answered() -> ExchangeEvent {
    ExchangeEvent::CallAnswered { agent: phone() }
}

fn ended() -> ExchangeEvent {
    ExchangeEvent::CallEnded { agent: Some(phone()), by: EndedBy::Caller }
}

async fn until_state(events: &mut Events, state: AgentState) {
    let fits = |event: &Event| matches!(event, Event::AgentChanged(view) if view.status.state == state);
    events.until(|event| fits(event).then_some(())).await;
}

async fn state(agent: &Desk) -> AgentState {
    agent.ask::<AgentStateGet>(&Nothing {}).await.unwrap().status.state
}

async fn ready(town: &Town) -> (Desk, Events) {
    let agent = town.sign_in("agent").await;
    let events = agent.events().await;
    agent.change::<AgentSet>(&SetAgentState::Ready).await.unwrap();
    town.exchange.until("1001 ready bygg").await;
    (agent, events)
}

/// The agent talks with the first caller, the second waits.
async fn one_talks_and_one_waits(town: &Town, events: &mut Events) -> (ContactId, ContactId) {
    let (first, second) = (contact(), contact());
    for contact in [first, second] {
        town.exchange.happens(TUESDAY_TEN, contact, joined());
    }
    town.exchange.happens(TUESDAY_TEN, first, answered());
    let busy = |event: &Event| matches!(event, Event::QueueChanged(q) if q.waiting == 1 && q.answered == 1);
    events.until(|event| busy(event).then_some(())).await;
    (first, second)
}

#[tokio::test(flavor = "multi_thread")]
async fn the_end_of_a_call_frees_its_agent_though_nobody_saw_it_join() {
    let town = Town::start().await;
    let (agent, mut events) = ready(&town).await;
    let call = contact();
    town.exchange.happens(TUESDAY_TEN, call, answered());
    until_state(&mut events, AgentState::InCall).await;
    town.exchange.happens(TUESDAY_TEN.plus_seconds(9), call, ended());
    until_state(&mut events, AgentState::Ready).await;
    assert_eq!(state(&agent).await, AgentState::Ready);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_exchange_tells_before_the_service_has_begun_is_not_lost() {
    let mut town = Town::start().await;
    let (mut agent, _) = ready(&town).await;
    let (early, call) = (Told::default(), contact());
    early.happens(TUESDAY_TEN, call, joined());
    town = town.restart_with(early).await;
    agent.url = town.url("");
    let mut events = agent.events().await;
    let waits = agent.ask::<QueuesList>(&Nothing {}).await.unwrap()[0].waiting == 1;
    if !waits {
        let fits = |event: &Event| matches!(event, Event::QueueChanged(queue) if queue.waiting == 1);
        events.until(|event| fits(event).then_some(())).await;
    }
    town.exchange.happens(TUESDAY_TEN, call, answered());
    until_state(&mut events, AgentState::InCall).await;
    town.exchange.happens(TUESDAY_TEN, call, ended());
    until_state(&mut events, AgentState::WrapUp { until: TUESDAY_TEN.plus_seconds(30) }).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn calls_that_went_on_when_it_stopped_leave_nobody_behind() {
    let town = Town::start().await;
    let (mut agent, mut events) = ready(&town).await;
    one_talks_and_one_waits(&town, &mut events).await;
    let town = town.restart().await;
    agent.url = town.url("");
    let state = agent.ask::<AgentStateGet>(&Nothing {}).await.unwrap().status.state;
    assert_eq!(state, AgentState::Ready);
    let queue = agent.ask::<contract::QueuesList>(&Nothing {}).await.unwrap().remove(0);
    assert_eq!((queue.waiting, queue.offered, queue.answered, queue.abandoned), (0, 2, 1, 1));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_agent_who_still_talks_after_a_restart_is_in_a_call_and_then_in_wrap_up() {
    let town = Town::start().await;
    let (mut agent, mut events) = ready(&town).await;
    let (call, _) = one_talks_and_one_waits(&town, &mut events).await;
    let still = Told::default();
    still.in_call.lock().unwrap().push(phone());
    let town = town.restart_with(still).await;
    agent.url = town.url("");
    let mut events = agent.events().await;
    assert_eq!(state(&agent).await, AgentState::InCall);
    assert_eq!(agent.ask::<QueuesList>(&Nothing {}).await.unwrap()[0].ready, 0);
    town.exchange.happens(TUESDAY_TEN, call, ended());
    until_state(&mut events, AgentState::WrapUp { until: TUESDAY_TEN.plus_seconds(30) }).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn until_the_exchange_can_be_asked_whoever_talked_is_not_called_free() {
    let town = Town::start().await;
    let (mut agent, mut events) = ready(&town).await;
    one_talks_and_one_waits(&town, &mut events).await;
    let away = Told::default();
    away.reachability.send_replace(Reachability::Unreachable);
    let town = town.restart_with(away).await;
    agent.url = town.url("");
    let mut events = agent.events().await;
    assert_eq!(state(&agent).await, AgentState::InCall);
    town.exchange.reachability.send_replace(Reachability::Reachable);
    until_state(&mut events, AgentState::Ready).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_exchange_that_does_not_answer_holds_up_nobody() {
    let town = Town::start().await;
    let (agent, _events) = ready(&town).await;
    let other = town.sign_in("agent2").await;
    town.exchange.hangs.store(true, Ordering::Relaxed);
    let lunch = SetAgentState::Paused { reason: PauseReason::Lunch };
    for desk in [&agent, &other, &agent] {
        let asked = desk.change::<AgentSet>(&lunch);
        tokio::time::timeout(std::time::Duration::from_secs(4), asked).await.unwrap().unwrap();
    }
}

/// Waits until the service has seen that no stream is open.
async fn until_no_stream(town: &Town) {
    let none = async {
        loop {
            let text =
                town.guest().client.get(town.url("/metrics")).send().await.unwrap().text().await.unwrap();
            if text.contains("svarsplats_event_streams 0") {
                return;
            }
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(std::time::Duration::from_secs(20), none).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn an_agent_whose_desk_is_gone_for_a_minute_takes_no_calls() {
    let town = Town::start().await;
    let (agent, events) = ready(&town).await;
    drop(events);
    until_no_stream(&town).await;
    town.clock.advance(59_000);
    assert_eq!(state(&agent).await, AgentState::Ready, "a restart of the desk is shorter");
    town.clock.advance(1_000);
    town.exchange.until("1001 gone").await;
    assert_eq!(state(&agent).await, AgentState::Offline);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_agent_whose_desk_is_gone_in_a_call_stays_in_it_until_it_ends() {
    let town = Town::start().await;
    let (agent, mut events) = ready(&town).await;
    let call = contact();
    town.exchange.happens(TUESDAY_TEN, call, joined());
    town.exchange.happens(TUESDAY_TEN, call, answered());
    until_state(&mut events, AgentState::InCall).await;
    drop(events);
    until_no_stream(&town).await;
    town.clock.advance(61_000);
    assert_eq!(state(&agent).await, AgentState::InCall);
    town.exchange.happens(TUESDAY_TEN, call, ended());
    town.exchange.until("1001 gone").await;
}
