//! Agents' states and queues, driven by the exchange and the clock.

use crate::common::{Desk, Events, Town};
use contract::agents::{Prolong, QueueStatus, SetAgentState};
use contract::{
    AgentFinish, AgentProlong, AgentSet, AgentStateGet, Code, Event, Nothing, PhoneAccountGet, PracticeNext,
    QueuesList, SignOut,
};
use domain::agent::{AgentState, PauseReason};
use domain::{ContactId, Personal};
use exchange::{AgentPhone, EndedBy, ExchangeEvent, OfferEnd, Reachability};

fn joined() -> ExchangeEvent {
    let caller = Some(Personal::from("0701740605"));
    ExchangeEvent::CallJoined { entry: None, queue: "bygg".parse().unwrap(), menu: Some("1".into()), caller }
}

fn phone() -> AgentPhone {
    AgentPhone::new("1001").unwrap()
}

fn contact() -> ContactId {
    ContactId::new(crate::common::TUESDAY_TEN, crate::common::random())
}

async fn until_state(events: &mut Events, state: AgentState) {
    let fits = |event: &Event| matches!(event, Event::AgentChanged(view) if view.status.state == state);
    events.until(|event| fits(event).then_some(())).await;
}

async fn until_queue(events: &mut Events, fits: impl Fn(&QueueStatus) -> bool) -> QueueStatus {
    events
        .until(|event| match event {
            Event::QueueChanged(status) if fits(status) => Some(status.clone()),
            _ => None,
        })
        .await
}

async fn ready(town: &Town) -> (Desk, Events) {
    let agent = town.sign_in("agent").await;
    let events = agent.events().await;
    agent.change::<AgentSet>(&SetAgentState::Ready).await.unwrap();
    town.exchange.until("1001 ready bygg").await;
    (agent, events)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_call_takes_the_agent_from_ready_to_wrap_up_to_ready() {
    let town = Town::start().await;
    let (_agent, mut events) = ready(&town).await;
    let call = contact();
    let happens = |after: i64, event| {
        town.exchange.happens(crate::common::TUESDAY_TEN.plus_seconds(after), call, event);
    };
    happens(0, joined());
    until_queue(&mut events, |queue| queue.waiting == 1 && queue.ready == 1).await;
    happens(5, ExchangeEvent::CallOffered { agent: phone() });
    until_state(&mut events, AgentState::Offered).await;
    happens(12, ExchangeEvent::CallAnswered { agent: phone() });
    until_state(&mut events, AgentState::InCall).await;
    town.exchange.until("1001 paused in-call").await;
    let queue = until_queue(&mut events, |queue| queue.answered == 1).await;
    assert_eq!((queue.offered, queue.answered_within, queue.waiting, queue.ready), (1, 1, 0, 0));
    town.clock.advance(60_000);
    happens(60, ExchangeEvent::CallEnded { agent: Some(phone()), by: EndedBy::Caller });
    until_state(&mut events, AgentState::WrapUp { until: crate::common::TUESDAY_TEN.plus_seconds(90) }).await;
    town.exchange.until("1001 paused wrap-up").await;
    town.clock.advance(30_000);
    until_state(&mut events, AgentState::Ready).await;
    town.exchange.until("1001 ready bygg").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn wrap_up_is_prolonged_and_ended_by_the_agent() {
    let town = Town::start().await;
    let (agent, mut events) = ready(&town).await;
    assert_eq!(agent.change::<AgentFinish>(&Nothing {}).await.unwrap_err(), Code::WrongState);
    let (call, at) = (contact(), crate::common::TUESDAY_TEN);
    town.exchange.happens(at, call, joined());
    town.exchange.happens(at, call, ExchangeEvent::CallAnswered { agent: phone() });
    town.exchange.happens(at, call, ExchangeEvent::CallEnded { agent: Some(phone()), by: EndedBy::Agent });
    until_state(&mut events, AgentState::WrapUp { until: at.plus_seconds(30) }).await;
    assert_eq!(agent.change::<AgentProlong>(&Prolong { seconds: 601 }).await.unwrap_err(), Code::Invalid);
    let view = agent.change::<AgentProlong>(&Prolong { seconds: 60 }).await.unwrap();
    assert_eq!(view.status.state, AgentState::WrapUp { until: at.plus_seconds(90) });
    town.clock.advance(30_000);
    assert_eq!(agent.ask::<AgentStateGet>(&Nothing {}).await.unwrap().status, view.status, "it goes on");
    let pause = SetAgentState::Paused { reason: PauseReason::Lunch };
    let view = agent.change::<AgentSet>(&pause).await.unwrap();
    assert_eq!(view.status.state, AgentState::Paused { reason: PauseReason::Lunch });
    town.exchange.until("1001 paused lunch").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_call_that_is_not_taken_is_offered_on_and_an_abandoned_one_counted() {
    let town = Town::start().await;
    let (agent, mut events) = ready(&town).await;
    let (call, at) = (contact(), crate::common::TUESDAY_TEN);
    town.exchange.happens(at, call, joined());
    town.exchange.happens(at, call, ExchangeEvent::CallOffered { agent: phone() });
    until_state(&mut events, AgentState::Offered).await;
    let ended = ExchangeEvent::OfferEnded { agent: phone(), reason: OfferEnd::NotTaken };
    town.exchange.happens(at.plus_seconds(20), call, ended);
    until_state(&mut events, AgentState::Ready).await;
    town.exchange.happens(at.plus_seconds(40), call, ExchangeEvent::CallAbandoned);
    let queue = until_queue(&mut events, |queue| queue.abandoned == 1).await;
    assert_eq!((queue.offered, queue.answered, queue.waiting), (1, 0, 0));
    // A call outside hours waits like others and is not counted as offered.
    let night = contact();
    town.exchange.happens(at.plus_seconds(9 * 3_600), night, joined());
    let queue = until_queue(&mut events, |queue| queue.waiting == 1).await;
    assert_eq!(queue.offered, 1);
    assert_eq!(agent.ask::<QueuesList>(&Nothing {}).await.unwrap().len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_exchange_is_told_again_after_it_was_away() {
    let town = Town::start().await;
    let (agent, _events) = ready(&town).await;
    town.exchange.reachability.send_replace(Reachability::Unreachable);
    agent.change::<AgentSet>(&SetAgentState::Paused { reason: PauseReason::Lunch }).await.unwrap();
    town.exchange.until("in vain").await;
    // No clock goes on: it is its being back that has it told.
    town.exchange.reachability.send_replace(Reachability::Reachable);
    town.exchange.until("1001 paused lunch").await;
    agent.change::<SignOut>(&Nothing {}).await.unwrap();
    town.exchange.until("1001 gone").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_agent_has_a_phone_account_and_an_officer_has_none() {
    let town = Town::start().await;
    let agent = town.sign_in("agent").await;
    let account = agent.ask::<PhoneAccountGet>(&Nothing {}).await.unwrap();
    assert_eq!((account.user.as_str(), account.display.expose().as_str()), ("1001", "Anna Agent"));
    let way = (account.transport.as_str(), account.encryption.as_str(), account.authorities.as_deref());
    assert_eq!(way, ("tls", "require", Some("PEM")));
    let officer = town.sign_in("bygglov").await;
    assert_eq!(officer.ask::<PhoneAccountGet>(&Nothing {}).await.unwrap_err(), Code::Forbidden);
    agent.change::<PracticeNext>(&Nothing {}).await.unwrap();
    assert_eq!(*town.exchange.nexts.lock().unwrap(), 1);
}
