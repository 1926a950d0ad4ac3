//! Alarms: warned before, told after, to those concerned alone, once, whatever happens to the service.

use crate::common::{Desk, Events, RegisterCase, Town, command_id, handed_over};
use contract::cases::{AcknowledgeAlarm, CaseAt, CaseSummary, CaseView, HistoryKind, MatchCustomer};
use contract::{CaseAccept, CaseAcknowledge, Code, CustomerMatchCommand, Event};
use domain::CaseId;
use domain::alarm::{AlarmKind, AlarmStep, Raised};
use domain::case::CaseStatus;
use domain::handoff::Include;
use service::clock::SystemRandom;
use service::{Service, ServiceConfig};
use std::sync::Arc;
use store::{Change, Cursor, Store};
use store_sqlite::SqliteStore;

const MINUTE: u32 = 60_000;

/// Registered at ten and with its group ten seconds later; the clock stands at one minute past.
async fn with_the_group(
    town: &Town,
    agent: &Desk,
    at_officer: &mut Events,
    request: &RegisterCase,
) -> CaseSummary {
    agent.register(request).await;
    town.clock.advance(10_000);
    let summary = at_officer.until_case(request.case_id, CaseStatus::HandedOver).await;
    town.clock.advance(50_000);
    summary
}

async fn accepted(town: &Town, agent: &Desk, officer: &Desk) -> CaseId {
    let (mut events, request) = (officer.events().await, handed_over());
    let summary = with_the_group(town, agent, &mut events, &request).await;
    let case = CaseAt { case_id: request.case_id, version: summary.version };
    officer.change::<CaseAccept>(&case).await.unwrap();
    request.case_id
}

/// The next alarm that the receiver is to act on.
async fn alarm(events: &mut Events, id: CaseId) -> (AlarmKind, AlarmStep) {
    let summary = events
        .until(|event| match event {
            Event::CaseAlarm(case) if case.id == id => Some(case.clone()),
            _ => None,
        })
        .await;
    let alarm = summary.alarm.unwrap();
    (alarm.kind, alarm.step)
}

/// The receiver gets no alarm up to the time that the case is seen with this one.
async fn sees_without_alarm(events: &mut Events, id: CaseId, step: AlarmStep) -> CaseSummary {
    let seen = |event: &Event| match event {
        Event::CaseAlarm(_) => panic!("it is not theirs to act on"),
        Event::CaseChanged(case) if case.id == id => {
            case.alarm.as_ref().filter(|alarm| alarm.step == step).map(|_| case.clone())
        }
        _ => None,
    };
    events.until(seen).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_group_is_warned_before_its_receipt_time_runs_out() {
    let town = Town::start().await;
    let agent = town.sign_in("agent").await;
    let (officer, other) = (town.sign_in("bygglov").await, town.sign_in("mottagning").await);
    let (mut at_agent, mut at_officer) = (agent.events().await, officer.events().await);
    let mut at_other = other.events().await;
    let request = handed_over();
    with_the_group(&town, &agent, &mut at_officer, &request).await;
    // Two hours from ten: warned when half an hour is left.
    town.clock.advance(88 * MINUTE);
    assert_eq!(officer.case(request.case_id).await.unwrap().summary.alarm, None, "one minute before");
    town.clock.advance(MINUTE);
    assert_eq!(alarm(&mut at_officer, request.case_id).await, (AlarmKind::Receipt, AlarmStep::Soon));
    sees_without_alarm(&mut at_agent, request.case_id, AlarmStep::Soon).await;
    // Nothing of it reached the other group: what they hear of first is a case of their own.
    let mut own = handed_over();
    own.text.case_type = "orosanmalan".parse().unwrap();
    agent.register(&own).await;
    town.clock.advance(10_000);
    let first = at_other
        .until(|event| match event {
            Event::CaseChanged(case) | Event::CaseAlarm(case) => Some(case.id),
            _ => None,
        })
        .await;
    assert_eq!(first, own.case_id);
    // Accepted: the warning matters no more.
    let version = officer.case(request.case_id).await.unwrap().summary.version;
    let view = officer.change::<CaseAccept>(&CaseAt { case_id: request.case_id, version }).await.unwrap();
    assert_eq!(view.summary.alarm, None);
    assert_eq!(view.article_titles, ["Bygga altan"], "whoever has no answer support reads titles too");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_past_goes_to_the_group_then_the_owner_then_the_lead() {
    let town = Town::start().await;
    let (agent, officer) = (town.sign_in("agent").await, town.sign_in("bygglov").await);
    let (lead, colleague) = (town.sign_in("lead").await, town.sign_in("agent2").await);
    let id = accepted(&town, &agent, &officer).await;
    let (mut at_agent, mut at_officer) = (agent.events().await, officer.events().await);
    let (mut at_lead, mut at_colleague) = (lead.events().await, colleague.events().await);
    // Answered before two, four hours of service time from ten.
    town.clock.advance(179 * MINUTE);
    assert_eq!(alarm(&mut at_officer, id).await, (AlarmKind::Response, AlarmStep::Soon));
    town.clock.advance(60 * MINUTE);
    assert_eq!(alarm(&mut at_officer, id).await, (AlarmKind::Response, AlarmStep::Overdue));
    for events in [&mut at_agent, &mut at_lead, &mut at_colleague] {
        sees_without_alarm(events, id, AlarmStep::Overdue).await;
    }
    town.clock.advance(60 * MINUTE);
    assert_eq!(alarm(&mut at_agent, id).await, (AlarmKind::Response, AlarmStep::Owner));
    for events in [&mut at_officer, &mut at_lead, &mut at_colleague] {
        sees_without_alarm(events, id, AlarmStep::Owner).await;
    }
    town.clock.advance(60 * MINUTE);
    assert_eq!(alarm(&mut at_lead, id).await, (AlarmKind::Response, AlarmStep::Lead));
    for events in [&mut at_officer, &mut at_agent, &mut at_colleague] {
        sees_without_alarm(events, id, AlarmStep::Lead).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_alarm_is_acknowledged_by_name_and_once() {
    let town = Town::start().await;
    let (agent, officer) = (town.sign_in("agent").await, town.sign_in("bygglov").await);
    let (other, admin) = (town.sign_in("mottagning").await, town.sign_in("admin").await);
    let case_id = accepted(&town, &agent, &officer).await;
    let (mut at_officer, mut at_agent) = (officer.events().await, agent.events().await);
    town.clock.advance(239 * MINUTE);
    assert_eq!(alarm(&mut at_officer, case_id).await, (AlarmKind::Response, AlarmStep::Overdue));
    let seen = AcknowledgeAlarm { case_id, kind: AlarmKind::Response, step: AlarmStep::Overdue };
    for stranger in [&other, &admin] {
        assert_eq!(stranger.change::<CaseAcknowledge>(&seen).await.unwrap_err(), Code::NotFound);
    }
    let none = AcknowledgeAlarm { kind: AlarmKind::Resolution, ..seen };
    assert_eq!(officer.change::<CaseAcknowledge>(&none).await.unwrap_err(), Code::WrongState);
    let id = Some(command_id());
    let first = officer.call::<CaseAcknowledge>(id, &seen).await.unwrap();
    assert_eq!(officer.call::<CaseAcknowledge>(id, &seen).await.unwrap(), first, "a repeat");
    assert_eq!(officer.call::<CaseAcknowledge>(id, &none).await.unwrap_err(), Code::Conflict);
    let by = |summary: &CaseSummary| {
        let alarm = summary.alarm.as_ref().unwrap();
        alarm.acknowledged_by.as_ref().map(|name| name.expose().clone())
    };
    assert_eq!(by(&first.summary).as_deref(), Some("Olle Officer"));
    // Everybody sees by whom; whoever is next changes nothing of it.
    at_agent
        .until(|event| match event {
            Event::CaseChanged(case) if case.id == case_id && case.alarm.is_some() => by(case),
            _ => None,
        })
        .await;
    let again = agent.change::<CaseAcknowledge>(&seen).await.unwrap();
    assert_eq!(by(&again.summary).as_deref(), Some("Olle Officer"));
    // One line each: the alarm, and who has seen it first.
    let lines = |view: &CaseView| {
        let lines = view.history.iter().filter_map(|line| Some((line.what, line.alarm.as_ref()?, &line.by)));
        lines
            .map(|(what, alarm, by)| (what, alarm.step, by.as_ref().map(|name| name.expose().clone())))
            .collect()
    };
    let told: Vec<_> = lines(&again);
    let name = Some("Olle Officer".to_owned());
    assert_eq!(
        told,
        [
            (HistoryKind::AlarmRaised, AlarmStep::Overdue, None),
            (HistoryKind::AlarmSeen, AlarmStep::Overdue, name)
        ]
    );
    // It has not been answered: the next step comes all the same.
    town.clock.advance(60 * MINUTE);
    assert_eq!(alarm(&mut at_agent, case_id).await, (AlarmKind::Response, AlarmStep::Owner));
    assert_eq!(by(&agent.case(case_id).await.unwrap().summary), None);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_alarm_tells_no_more_than_its_case() {
    let town = Town::start().await;
    let (agent, social) = (town.sign_in("agent").await, town.sign_in("mottagning").await);
    let lead = town.sign_in("lead").await;
    let (mut at_social, mut at_lead) = (social.events().await, lead.events().await);
    let number = MatchCustomer { number: "070-174 06 12".into() };
    let known = agent.ask::<CustomerMatchCommand>(&number).await.unwrap();
    let mut request = handed_over();
    request.text.case_type = "orosanmalan".parse().unwrap();
    request.text.customer.id = Some(known.customers[0].id);
    request.text.customer.name = "Sigrid Skyddad".into();
    request.handoff.as_mut().unwrap().include = Include::NONE;
    with_the_group(&town, &agent, &mut at_social, &request).await;
    town.clock.advance(89 * MINUTE);
    let told = |event: &Event| match event {
        Event::CaseAlarm(case) => Some(case.clone()),
        _ => None,
    };
    let summary = at_social.until(told).await;
    assert_eq!((summary.subject, summary.customer), (None, None), "over the wall goes what was included");
    // Nobody accepts, its owner does nothing: an hour of service time later it is the lead's.
    town.clock.advance(30 * MINUTE);
    at_lead.until_case(request.case_id, CaseStatus::Open).await;
    town.clock.advance(60 * MINUTE);
    let summary = at_lead.until(told).await;
    let alarm = summary.alarm.unwrap();
    assert_eq!((alarm.kind, alarm.step), (AlarmKind::Receipt, AlarmStep::Lead));
    assert_eq!(summary.customer.unwrap().expose(), "•••");
}

async fn raised(store: &dyn Store, id: CaseId) -> Vec<Raised> {
    let mut raised = store.alarms(&[id]).await.unwrap().remove(&id).unwrap_or_default();
    raised.sort_unstable_by_key(|raised| raised.alarm);
    raised
}

/// How often each step was told, in order.
async fn told(store: &dyn Store) -> Vec<AlarmStep> {
    let changes = store.changes_after(Cursor(0), 1_000).await.unwrap().changes;
    let step = |change| match change {
        Change::Alarm { step, .. } => Some(step),
        _ => None,
    };
    changes.into_iter().filter_map(|(_, change)| step(change)).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_fell_due_while_the_service_was_down_is_raised_at_the_start_and_once() {
    let town = Town::start().await;
    let (agent, officer) = (town.sign_in("agent").await, town.sign_in("bygglov").await);
    let id = accepted(&town, &agent, &officer).await;
    let clock = Arc::clone(&town.clock);
    let Town { service, clock: _, store, passwords, folder, .. } = town;
    service.stop().await.unwrap();
    drop(store);
    clock.advance(5 * 60 * MINUTE);
    let town = Town::open_again(folder, Arc::clone(&clock), passwords).await;
    let officer = town.sign_in("bygglov").await;
    let mut events = officer.events().await;
    if officer.case(id).await.unwrap().summary.alarm.is_none() {
        sees_without_alarm_or_with(&mut events, id).await;
    }
    let steps = |raised: &[Raised]| raised.iter().map(|raised| raised.alarm.step).collect::<Vec<_>>();
    let past = [AlarmStep::Overdue, AlarmStep::Owner];
    assert_eq!(steps(&raised(&*town.store, id).await), past, "no warning of what is past");
    let town = town.restart().await;
    town.service.stop().await.unwrap();
    let store = SqliteStore::open(&town.folder.path().join("svarsplats.db")).unwrap();
    assert_eq!((steps(&raised(&store, id).await), told(&store).await), (past.to_vec(), past.to_vec()));
}

async fn sees_without_alarm_or_with(events: &mut Events, id: CaseId) {
    let alarmed = |event: &Event| match event {
        Event::CaseChanged(case) | Event::CaseAlarm(case) if case.id == id && case.alarm.is_some() => {
            Some(())
        }
        _ => None,
    };
    events.until(alarmed).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn two_services_on_one_store_raise_each_alarm_once() {
    let town = Town::start().await;
    let (agent, officer) = (town.sign_in("agent").await, town.sign_in("bygglov").await);
    let id = accepted(&town, &agent, &officer).await;
    let file = town.path("svarsplats.db");
    let second: Arc<dyn Store> = Arc::new(SqliteStore::open(&file).unwrap());
    let (config, random) = (ServiceConfig::loopback(), Arc::new(SystemRandom));
    let second = Service::start(config, second, None, town.clock.clone(), random).await.unwrap();
    let lead = town.sign_in("lead").await;
    let mut beside = lead.clone();
    beside.url = format!("http://{}", second.address());
    let (mut at_first, mut at_second) = (lead.events().await, beside.events().await);
    for _ in 0..6 {
        town.clock.advance(60 * MINUTE);
    }
    // Whichever was faster tells its own; the other finds it done.
    tokio::select! {
        at = alarm(&mut at_first, id) => assert_eq!(at, (AlarmKind::Response, AlarmStep::Lead)),
        at = alarm(&mut at_second, id) => assert_eq!(at, (AlarmKind::Response, AlarmStep::Lead)),
    }
    second.stop().await.unwrap();
    town.service.stop().await.unwrap();
    let store = SqliteStore::open(&file).unwrap();
    let mut told = told(&store).await;
    told.retain(|step| *step != AlarmStep::Soon);
    assert_eq!(told, [AlarmStep::Overdue, AlarmStep::Owner, AlarmStep::Lead]);
}
