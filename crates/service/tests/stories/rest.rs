//! A case that its owner lets rest: it waits, and comes back by the clock, once.

use crate::common::{Desk, Events, RegisterCase, TUESDAY_TEN, Town, handed_over, registration};
use contract::cases::{CaseAction, CaseAt, CaseView, HandOffCase, HistoryKind, ListCases, ParkCase};
use contract::cases::{CaseList, CaseSummary};
use contract::{CasePark, CasesList, Code, Event, HandoffSend};
use domain::CaseId;
use domain::case::{CaseEvent, FrontStanding, Rest};
use domain::contact::Disposition;
use service::clock::SystemRandom;
use service::{Service, ServiceConfig};
use std::sync::Arc;
use store::Store;
use store_sqlite::SqliteStore;

const MINUTE: u32 = 60_000;
const HOUR: u32 = 60 * MINUTE;
/// From Tuesday at ten to Monday at eight, when the contact centre opens.
const TO_MONDAY: u32 = (5 * 24 + 22) * HOUR;

fn park(view: &CaseView, date: &str) -> ParkCase {
    ParkCase { case: at(view), until: Some(date.parse().unwrap()) }
}

const fn at(view: &CaseView) -> CaseAt {
    CaseAt { case_id: view.summary.id, version: view.summary.version }
}

/// Registered and left with the contact centre.
async fn open(agent: &Desk) -> CaseView {
    let request = RegisterCase { disposition: Disposition::ReceivedAndRegistered, ..registration() };
    agent.register(&request).await;
    agent.case(request.case_id).await.unwrap()
}

async fn mine(desk: &Desk) -> Vec<CaseSummary> {
    let list = ListCases { list: CaseList::Mine, closed: false, after: None, limit: None };
    desk.ask::<CasesList>(&list).await.unwrap().cases
}

async fn comes_back(events: &mut Events, id: CaseId) -> CaseSummary {
    let back = |event: &Event| match event {
        Event::CaseChanged(case) if case.id == id && case.front == FrontStanding::Open => Some(case.clone()),
        _ => None,
    };
    events.until(back).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_case_rests_until_a_day_and_comes_back_when_the_front_opens() {
    let town = Town::start().await;
    let (agent, officer) = (town.sign_in("agent").await, town.sign_in("bygglov").await);
    let view = open(&agent).await;
    assert!(view.actions.contains(&CaseAction::Park) && !view.actions.contains(&CaseAction::Unpark));
    // A Saturday: nobody is there before Monday at eight.
    assert_eq!(officer.change::<CasePark>(&park(&view, "2026-03-14")).await.unwrap_err(), Code::Forbidden);
    let resting = agent.change::<CasePark>(&park(&view, "2026-03-14")).await.unwrap();
    let monday = TUESDAY_TEN.plus_millis(TO_MONDAY.into());
    assert_eq!(resting.summary.rest, Some(Rest { until: monday, over: false }));
    assert_eq!(resting.summary.front, FrontStanding::Parked);
    let line = resting.history.last().unwrap();
    assert_eq!((line.what, line.until), (HistoryKind::Parked, Some(monday)));
    assert_eq!(mine(&agent).await[0].front, FrontStanding::Parked, "it is nowhere lost");
    assert!(resting.actions.contains(&CaseAction::Unpark));

    town.clock.advance(TO_MONDAY - MINUTE);
    // Nobody is signed in for so long.
    let agent = town.sign_in("agent").await;
    let mut events = agent.events().await;
    assert_eq!(mine(&agent).await[0].front, FrontStanding::Parked, "one minute before");
    town.clock.advance(MINUTE);
    let back = comes_back(&mut events, view.summary.id).await;
    assert_eq!(back.rest, Some(Rest { until: monday, over: true }), "marked until something is done");
    let last = agent.case(back.id).await.unwrap().history.pop().unwrap();
    assert_eq!((last.what, last.by, last.at), (HistoryKind::Unparked, None, monday));

    let handoff = HandOffCase {
        case: CaseAt { case_id: back.id, version: back.version },
        handoff: handed_over().handoff.unwrap(),
    };
    agent.change::<HandoffSend>(&handoff).await.unwrap();
    assert_eq!(agent.case(back.id).await.unwrap().summary.rest, None, "something was done");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_case_is_parked_to_a_day_ahead_and_taken_up_before_it() {
    let town = Town::start().await;
    let agent = town.sign_in("agent").await;
    let view = open(&agent).await;
    for day in ["2026-03-10", "2026-03-09", "2206-03-16"] {
        let refused = agent.change::<CasePark>(&park(&view, day)).await;
        assert_eq!(refused.unwrap_err(), Code::Invalid, "{day}");
    }
    let up = |view: &CaseView| ParkCase { case: at(view), until: None };
    assert_eq!(agent.change::<CasePark>(&up(&view)).await.unwrap_err(), Code::WrongState);
    let resting = agent.change::<CasePark>(&park(&view, "2026-03-16")).await.unwrap();
    let later = agent.change::<CasePark>(&park(&resting, "2026-03-17")).await.unwrap();
    let taken = agent.change::<CasePark>(&up(&later)).await.unwrap();
    assert_eq!((taken.summary.rest, taken.summary.front), (None, FrontStanding::Open));
    assert_eq!(taken.history.last().unwrap().by.as_ref().unwrap().expose(), "Anna Agent");
}

/// How often the case came back from its rest.
async fn returns(store: &dyn Store, id: CaseId) -> usize {
    let events = store.case_events(id).await.unwrap();
    events.iter().filter(|recorded| recorded.event == CaseEvent::Unparked).count()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rest_that_ended_while_the_service_was_down_is_over_at_the_start() {
    let town = Town::start().await;
    let agent = town.sign_in("agent").await;
    let view = open(&agent).await;
    agent.change::<CasePark>(&park(&view, "2026-03-16")).await.unwrap();
    let clock = Arc::clone(&town.clock);
    let Town { service, clock: _, store, passwords, folder, .. } = town;
    service.stop().await.unwrap();
    drop(store);
    clock.advance(TO_MONDAY + HOUR);
    let town = Town::open_again(folder, clock, passwords).await;
    let agent = town.sign_in("agent").await;
    let mut events = agent.events().await;
    if agent.case(view.summary.id).await.unwrap().summary.front == FrontStanding::Parked {
        comes_back(&mut events, view.summary.id).await;
    }
    let town = town.restart().await;
    assert_eq!(returns(&*town.store, view.summary.id).await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn two_services_on_one_store_bring_a_case_back_once() {
    let town = Town::start().await;
    let agent = town.sign_in("agent").await;
    let view = open(&agent).await;
    agent.change::<CasePark>(&park(&view, "2026-03-16")).await.unwrap();
    let second: Arc<dyn Store> = Arc::new(SqliteStore::open(&town.path("svarsplats.db")).unwrap());
    let (config, random) = (ServiceConfig::loopback(), Arc::new(SystemRandom));
    let second = Service::start(config, second, None, town.clock.clone(), random).await.unwrap();
    town.clock.advance(TO_MONDAY - MINUTE);
    let agent = town.sign_in("agent").await;
    let mut beside = agent.clone();
    beside.url = format!("http://{}", second.address());
    let (mut at_first, mut at_second) = (agent.events().await, beside.events().await);
    town.clock.advance(MINUTE);
    // Whichever was faster tells its own; the other finds it done.
    tokio::select! {
        _ = comes_back(&mut at_first, view.summary.id) => {}
        _ = comes_back(&mut at_second, view.summary.id) => {}
    }
    second.stop().await.unwrap();
    assert_eq!(returns(&*town.store, view.summary.id).await, 1);
}
