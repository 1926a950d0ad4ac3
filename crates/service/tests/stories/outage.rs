//! What was done without the network is kept as of when it was done, and is acted on from when it came (D-S4).

use crate::common::{RegisterCase, TUESDAY_TEN, Town, handed_over, registration};
use contract::cases::{CaseAt, HandOffCase, HistoryKind};
use contract::{CaseRegister, HandoffSend};
use domain::Timestamp;
use domain::case::CaseEvent;
use domain::contact::Disposition;

const HALF_AN_HOUR: u64 = 30 * 60 * 1_000;

fn half_past_nine() -> Timestamp {
    TUESDAY_TEN.plus_seconds(-30 * 60)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_registration_counts_from_when_it_was_made_and_its_undo_from_when_it_came() {
    let town = Town::start().await;
    let agent = town.sign_in("agent").await;
    let at_once = handed_over();
    let online = agent.register(&at_once).await;
    let request = handed_over();
    let late = agent.late::<CaseRegister>(HALF_AN_HOUR, &request).await.unwrap();

    assert_eq!(late.leaves_at, Some(TUESDAY_TEN.plus_seconds(10)), "ten seconds in which it can be undone");
    let earlier = online.response_due.unwrap().plus_seconds(-30 * 60);
    assert_eq!(late.response_due, Some(earlier), "the customer has waited since half past nine");
    let view = agent.case(request.case_id).await.unwrap();
    assert_eq!(view.summary.registered_at, half_past_nine());
    let registered = view.history.iter().find(|line| line.what == HistoryKind::Registered).unwrap();
    assert_eq!((registered.at, registered.heard_at), (half_past_nine(), Some(TUESDAY_TEN)));

    let (online, late) = (receipt(&town, at_once.case_id).await, receipt(&town, request.case_id).await);
    assert_eq!(late, online, "the group could not take it before it came");
    let view = agent.case(at_once.case_id).await.unwrap();
    assert!(view.history.iter().all(|line| line.heard_at.is_none() && line.at == TUESDAY_TEN));
}

async fn receipt(town: &Town, case: domain::CaseId) -> Timestamp {
    let case = town.store.case(case).await.unwrap().unwrap();
    case.handoffs[0].receipt_due
}

#[tokio::test(flavor = "multi_thread")]
async fn an_open_case_that_was_handed_over_without_the_network_was_handed_over_then() {
    let town = Town::start().await;
    let agent = town.sign_in("agent").await;
    let request = RegisterCase { disposition: Disposition::ReceivedAndRegistered, ..registration() };
    agent.register(&request).await;
    town.clock.advance(60 * 60 * 1_000);
    let case = CaseAt { case_id: request.case_id, version: 1 };
    let handoff = handed_over().handoff.unwrap();
    let sent = HandOffCase { case, handoff };
    agent.late::<HandoffSend>(HALF_AN_HOUR, &sent).await.unwrap();
    let events = town.store.case_events(request.case_id).await.unwrap();
    let sent = events.iter().find(|e| matches!(e.event, CaseEvent::HandoffSent { .. })).unwrap();
    let (made, came) = (TUESDAY_TEN.plus_seconds(30 * 60), TUESDAY_TEN.plus_seconds(60 * 60));
    assert_eq!((sent.at, sent.heard_at), (made, Some(came)));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_desk_says_of_its_outbox_is_bounded() {
    let town = Town::start().await;
    let agent = town.sign_in("agent").await;
    for (waited, days) in [(u64::MAX, 31), (4_999, 0)] {
        let request = registration();
        agent.late::<CaseRegister>(waited, &request).await.unwrap();
        let registered = agent.case(request.case_id).await.unwrap().summary.registered_at;
        assert_eq!(registered, TUESDAY_TEN.plus_seconds(-days * 24 * 60 * 60));
    }
}
