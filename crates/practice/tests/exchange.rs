//! The practice exchange and a real softphone on loopback.

mod common;

use common::{House, agent, errand, queues, quick, within};
use domain::phone_number::PhoneNumber;
use exchange::{EndedBy, Exchange, ExchangeError, ExchangeEvent, OfferEnd, Reachability};
use phone::call::{
    CallState, EndCause, PhoneCommand, PhoneState, Registration, RegistrationFault, Side, Transfer,
    TransferFailure,
};
use practice::{Config, Office, Practice, StartError};
use std::sync::Arc;
use std::time::Duration;

fn offered() -> ExchangeEvent {
    ExchangeEvent::CallOffered { agent: agent() }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_errand_from_ring_to_thanks() {
    let (mut house, mut desk) = House::staffed(quick()).await;
    let call = desk.active(CallState::Ringing).await;
    let queue = call.queue.clone().unwrap();
    assert_eq!((queue.queue.as_deref(), queue.entry.as_deref()), (Some("bygg"), Some("kommunen")));
    assert_eq!((queue.menu.as_deref(), queue.waited), (Some("1"), Some(0)));
    assert_eq!(call.remote.number, "+46701740618");
    assert_eq!(call.remote.display.as_deref(), Some("Anders Malmström"));

    let joined = within("the caller", house.events.next()).await.unwrap();
    assert_eq!(queue.call.as_deref(), Some(joined.contact.to_string().as_str()));
    assert!(matches!(joined.event, ExchangeEvent::CallJoined { .. }));
    assert_eq!(house.event().await, offered());

    let id = desk.answer().await;
    assert_eq!(house.event().await, ExchangeEvent::CallAnswered { agent: agent() });
    assert_eq!(house.replies(&desk).await, "Hej altan");
    desk.hears(true).await;
    assert_eq!(house.replies(&desk).await, "Fyra meter", "heard us and went on");

    desk.phone.command(PhoneCommand::Hold { call: id });
    desk.active(CallState::Held).await;
    desk.phone.command(PhoneCommand::Resume { call: id });
    desk.active(CallState::InCall).await;

    assert_eq!(house.replies(&desk).await, "Lärkvägen tre");
    assert_eq!(house.replies(&desk).await, "Tack hej");
    assert_eq!(desk.ended(id).await, EndCause::HungUp { by: Side::There });
    assert_eq!(house.event().await, ExchangeEvent::CallEnded { agent: Some(agent()), by: EndedBy::Caller });

    // The next comes when the service says that the wrap-up is over.
    house.practice.agent_paused(&agent(), &queues(), "wrap-up").await.unwrap();
    house.practice.agent_ready(&agent(), &queues()).await.unwrap();
    assert!(matches!(house.event().await, ExchangeEvent::CallJoined { .. }));
    assert_eq!(house.event().await, offered());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_hold_that_lasts_ends_the_call_and_the_agent_can_end_it_too() {
    let mut config = quick();
    config.scenarios[0].hold_seconds = 0;
    let (mut house, mut desk) = House::staffed(config).await;
    let call = desk.answer().await;
    desk.phone.command(PhoneCommand::Hold { call });
    assert_eq!(desk.ended(call).await, EndCause::HungUp { by: Side::There });

    house.practice.agent_ready(&agent(), &queues()).await.unwrap();
    let call = desk.answer().await;
    desk.phone.command(PhoneCommand::HangUp { call });
    let mut ends = Vec::new();
    while ends.len() < 2 {
        if let ExchangeEvent::CallEnded { by, .. } = house.event().await {
            ends.push(by);
        }
    }
    assert_eq!(ends, [EndedBy::Caller, EndedBy::Agent]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_is_put_through_wrongly_rings_again_and_says_so() {
    let office = |number: &str, group: &str| Office {
        number: PhoneNumber::parse(number).unwrap(),
        group: group.parse().unwrap(),
        name: "Vatten och avfall".into(),
    };
    let offices = vec![office("+46846500421", "vatten"), office("+46846500420", "bygglov")];
    let (mut house, mut desk) = House::staffed(Config { offices, ..quick() }).await;
    let transfer =
        |call, target: &str| PhoneCommand::Transfer { call, target: target.into(), limit_ms: 30_000 };
    let call = desk.answer().await;
    house.replies(&desk).await;
    desk.phone.command(transfer(call, "0846500499"));
    let failed = |state: &PhoneState| {
        let transfer = state.call(call).and_then(|call| call.transfer);
        transfer == Some(Transfer::Failed { reason: TransferFailure::Refused { status: 404 } })
    };
    desk.until("nobody at that number", failed).await;
    desk.active(CallState::InCall).await;
    desk.phone.command(transfer(call, "08-465 004 21"));
    assert_eq!(desk.ended(call).await, EndCause::Transferred { by: Side::Here });
    house.practice.agent_ready(&agent(), &queues()).await.unwrap();
    let again = desk.answer().await;
    assert_eq!(house.replies(&desk).await, "Kom fel");

    // This time the group is asked first.
    desk.dial("0846500420");
    assert_eq!(house.says().await, "Vatten och avfall, hej! Koppla gärna hit samtalet.");
    desk.hears(true).await;
    let with = desk.active(CallState::InCall).await.id;
    desk.phone.command(PhoneCommand::Connect { call: again, with, limit_ms: 30_000 });
    assert_eq!(desk.ended(again).await, EndCause::Transferred { by: Side::Here });
    assert_eq!(desk.ended(with).await, EndCause::Transferred { by: Side::Here });
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_declined_call_rings_again() {
    let (mut house, mut desk) = House::staffed(quick()).await;
    let call = desk.active(CallState::Ringing).await.id;
    desk.phone.command(PhoneCommand::Decline { call });
    let again = desk
        .until("a second ring", |state| {
            state.active().is_some_and(|now| now.id != call && now.state == CallState::Ringing)
        })
        .await;
    assert!(again.active().is_some());
    house.event().await;
    let declined = ExchangeEvent::OfferEnded { agent: agent(), reason: OfferEnd::Declined };
    assert_eq!(
        [house.event().await, house.event().await, house.event().await],
        [offered(), declined, offered()]
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_not_taken_in_time_rings_again_and_the_phone_knows_why() {
    let mut config = quick();
    config.rhythm.ring = Duration::from_millis(400);
    let (mut house, mut desk) = House::staffed(config).await;
    let call = desk.active(CallState::Ringing).await.id;
    assert_eq!(desk.ended(call).await, EndCause::NotTaken);
    house.event().await;
    house.event().await;
    let missed = ExchangeEvent::OfferEnded { agent: agent(), reason: OfferEnd::NotTaken };
    assert_eq!([house.event().await, house.event().await], [missed, offered()]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_caller_gives_up_while_it_rings() {
    let mut config = quick();
    config.scenarios[0].patience_seconds = 1;
    let (mut house, mut desk) = House::staffed(config).await;
    let call = desk.active(CallState::Ringing).await.id;
    assert_eq!(desk.ended(call).await, EndCause::Cancelled { by: Side::There });
    house.event().await;
    house.event().await;
    let gone = ExchangeEvent::OfferEnded { agent: agent(), reason: OfferEnd::CallerGone };
    assert_eq!([house.event().await, house.event().await], [gone, ExchangeEvent::CallAbandoned]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_agent_dials_the_echo_the_tone_a_resident_and_nobody() {
    let mut house = House::open(quick()).await;
    let mut desk = house.desk(None);
    desk.registered().await;

    desk.dial("*43");
    let call = desk.active(CallState::InCall).await.id;
    desk.speaks();
    desk.hears(true).await;
    desk.phone.command(PhoneCommand::HangUp { call });
    desk.ended(call).await;

    desk.dial("1004");
    let call = desk.active(CallState::InCall).await.id;
    desk.hears(true).await;
    desk.phone.command(PhoneCommand::HangUp { call });
    desk.ended(call).await;

    desk.dial("070-174 06 18");
    let call = desk.active(CallState::InCall).await.id;
    assert_eq!(house.says().await, "Malmström hej");
    desk.hears(true).await;
    assert_eq!(house.replies(&desk).await, "Fyra meter");
    desk.phone.command(PhoneCommand::HangUp { call });
    desk.ended(call).await;

    desk.dial("0701740699");
    let refused = |state: &phone::call::PhoneState| {
        state
            .calls
            .iter()
            .any(|call| matches!(call.state, CallState::Ended { cause: EndCause::Refused { status: 404 } }))
    };
    desk.until("the refusal", refused).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn only_the_right_secret_registers() {
    let house = House::open(quick()).await;
    let mut desk = house.desk(Some("fel"));
    let wrong = |state: &phone::call::PhoneState| {
        matches!(state.registration, Registration::Failed { reason: RegistrationFault::WrongCredentials, .. })
    };
    desk.until("the refusal", wrong).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn stopping_ends_the_calls_and_says_so() {
    let (house, mut desk) = House::staffed(quick()).await;
    let reach = house.practice.reachability();
    assert_eq!(*reach.borrow(), Reachability::Reachable);
    let call = desk.answer().await;
    house.practice.stop().await;
    assert_eq!(desk.ended(call).await, EndCause::HungUp { by: Side::There });
    assert_eq!(*reach.borrow(), Reachability::Unreachable);
    assert_eq!(house.practice.practice_next().await, Err(ExchangeError::Unreachable));
}

#[tokio::test]
async fn practice_stays_on_loopback_and_knows_its_errands() {
    let config = Config { address: "0.0.0.0:0".parse().unwrap(), ..quick() };
    let clock = Arc::new(|| domain::Timestamp(0));
    let started = Practice::start(config, clock, Box::new(|| 4)).await;
    assert_eq!(started.unwrap_err(), StartError::NotLoopback);
    let house = House::open(quick()).await;
    assert_eq!(house.practice.errands().len(), 1);
    assert_eq!(house.practice.next_caller(Some(&errand().id)), Ok(()));
    assert!(matches!(house.practice.next_caller(Some("annat")), Err(ExchangeError::Refused(_))));
}
