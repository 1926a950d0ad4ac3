//! A case that goes back and forth: counted, and the third time the team lead's.

use crate::common::{Desk, Events, Town, handed_over, seed};
use contract::cases::{CaseAt, GiveBackCase, HandOffCase, ListReturns};
use contract::{CaseGiveBack, Code, Event, HandoffSend, ReturnsList};
use domain::CaseId;
use domain::alarm::{AlarmKind, AlarmStep};
use domain::case::CaseStatus;
use domain::structure::ReturnReason;

/// Sent to the group once more, and given back by it without a word.
async fn back(town: &Town, agent: &Desk, officer: &Desk, at_officer: &mut Events, id: CaseId) {
    town.clock.advance(10_000);
    let version = at_officer.until_case(id, CaseStatus::HandedOver).await.version;
    let case = CaseAt { case_id: id, version };
    let request = GiveBackCase { case, why: "fel-grupp".parse().unwrap(), reason: "".into() };
    officer.change::<CaseGiveBack>(&request).await.unwrap();
    assert_eq!(agent.case(id).await.unwrap().summary.status, CaseStatus::Open);
}

async fn send(agent: &Desk, id: CaseId) {
    let version = agent.case(id).await.unwrap().summary.version;
    let handoff = handed_over().handoff.unwrap();
    let request = HandOffCase { case: CaseAt { case_id: id, version }, handoff };
    agent.change::<HandoffSend>(&request).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn the_third_return_alarms_the_lead_at_once_and_nobody_else() {
    let town = Town::start().await;
    let (agent, officer) = (town.sign_in("agent").await, town.sign_in("bygglov").await);
    let lead = town.sign_in("lead").await;
    let (mut at_officer, mut at_lead) = (officer.events().await, lead.events().await);
    let mut at_agent = agent.events().await;
    let request = handed_over();
    agent.register(&request).await;
    for n in 1..=3 {
        back(&town, &agent, &officer, &mut at_officer, request.case_id).await;
        let view = agent.case(request.case_id).await.unwrap();
        assert_eq!(view.returns, n);
        if n < 3 {
            assert_eq!(view.summary.alarm, None, "not yet");
            send(&agent, request.case_id).await;
        }
    }
    let told = |event: &Event| match event {
        Event::CaseAlarm(case) => Some(case.clone()),
        _ => None,
    };
    let alarm = at_lead.until(told).await.alarm.unwrap();
    assert_eq!((alarm.kind, alarm.step), (AlarmKind::Returned, AlarmStep::Lead));
    let seen = |event: &Event| match event {
        Event::CaseAlarm(_) => panic!("it is the lead's"),
        Event::CaseChanged(case) => case.alarm.as_ref().map(|alarm| alarm.kind),
        _ => None,
    };
    assert_eq!(at_agent.until(seen).await, AlarmKind::Returned, "its owner sees it");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_municipality_has_its_own_reasons() {
    let own = ReturnReason { id: "fel-grupp".parse().unwrap(), name: "Hör inte hit".into(), explain: false };
    let town = Town::start_with(|config| {
        let mut seed = seed::seed();
        seed.structure.return_reasons = vec![own];
        config.seed = Some(seed);
    })
    .await;
    let (agent, officer) = (town.sign_in("agent").await, town.sign_in("bygglov").await);
    let mut at_officer = officer.events().await;
    let request = handed_over();
    agent.register(&request).await;
    back(&town, &agent, &officer, &mut at_officer, request.case_id).await;
    let view = agent.case(request.case_id).await.unwrap();
    assert_eq!(view.handoffs[0].why.as_deref(), Some("Hör inte hit"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lead_sees_how_often_and_why_cases_come_back() {
    let town = Town::start().await;
    let (agent, officer) = (town.sign_in("agent").await, town.sign_in("bygglov").await);
    let lead = town.sign_in("lead").await;
    let mut at_officer = officer.events().await;
    let asked = ListReturns { days: 30 };
    assert_eq!(agent.ask::<ReturnsList>(&asked).await.unwrap_err(), Code::Forbidden);
    assert_eq!(lead.ask::<ReturnsList>(&ListReturns { days: 0 }).await.unwrap_err(), Code::Invalid);
    assert_eq!(lead.ask::<ReturnsList>(&asked).await.unwrap().counts, []);
    let mut ids = Vec::new();
    for _ in 0..2 {
        let request = handed_over();
        agent.register(&request).await;
        back(&town, &agent, &officer, &mut at_officer, request.case_id).await;
        ids.insert(0, request.case_id);
    }
    let mut at_agent = agent.events().await;
    let expires = handed_over();
    agent.register(&expires).await;
    town.clock.advance(10_000);
    at_officer.until_case(expires.case_id, CaseStatus::HandedOver).await;
    town.clock.advance(2 * 3_600_000);
    at_agent.until_case(expires.case_id, CaseStatus::Open).await;
    ids.insert(0, expires.case_id);

    let list = lead.ask::<ReturnsList>(&asked).await.unwrap();
    let counts: Vec<_> =
        list.counts.iter().map(|c| (c.group.as_str(), c.expired, c.why.as_deref(), c.count)).collect();
    assert_eq!(counts, [("bygglov", false, Some("Fel grupp"), 2), ("bygglov", true, None, 1)]);
    assert_eq!(list.newest.iter().map(|back| back.case.id).collect::<Vec<_>>(), ids);
    assert_eq!(list.newest[1].why.as_deref(), Some("Fel grupp"));
}
