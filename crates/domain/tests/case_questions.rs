//! What is asked while a case stays where it is (D-C13), and what that does to its clocks (rules.md 1.7).

#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "a test")]

mod given;

use domain::alarm::{AlarmKind, AlarmStep};
use domain::case::{
    Asked, Case, CaseEvent, CaseStatus, FrontStanding, Recorded, Refusal, WaitsFor, opinion_due,
};
use domain::contact::Channel;
use domain::handoff::Include;
use domain::rights::{Actor, Role};
use domain::service_hours::{ServiceHours, wall_clock};
use domain::structure::{AfterHandoff, Structure};
use domain::{CaseId, QuestionId, ResponseGroupId, Timestamp};
use given::{NOW, actor, handoff, officer, owner, registered, text};
use serde_json::json;

const HOUR: i64 = 3_600;

fn after_hours(hours: i64) -> Timestamp {
    NOW.plus_seconds(hours * HOUR)
}

fn question(n: u8) -> QuestionId {
    QuestionId::new(NOW, [n; 10])
}

fn group(name: &str) -> ResponseGroupId {
    name.parse().unwrap()
}

fn other() -> Actor {
    actor(3, Role::CaseOfficer, "miljo")
}

/// Weekdays eight to five.
fn hours() -> ServiceHours {
    let day = json!(["08:00-17:00"]);
    let week = json!({ "mon": day, "tue": day, "wed": day, "thu": day, "fri": day });
    serde_json::from_value(json!({ "week": week })).unwrap()
}

/// With the group, accepted, to be solved two hours after the answer of four; closed at the front.
fn accepted() -> Case {
    let sent = CaseEvent::HandoffSent {
        handoff: handoff(),
        group: group("bygglov"),
        leaves_at: NOW,
        receipt_due: after_hours(1),
        response_due: after_hours(4),
        resolution_due: after_hours(6),
        include: Include { note: false, ..Include::ALL },
        after: AfterHandoff::Close,
    };
    let left = CaseEvent::HandoffLeft { handoff: handoff(), receipt_due: None };
    let taken = CaseEvent::Accepted { handoff: handoff() };
    let events = [(registered(), owner()), (sent, owner()), (left, owner()), (taken, officer())];
    let recorded = events.map(|(event, by)| Recorded { at: NOW, heard_at: None, by: Some(by.user), event });
    Case::replay(CaseId::new(NOW, [1; 10]), &recorded).unwrap()
}

fn then(case: &Case, by: &Actor, at: Timestamp, event: CaseEvent) -> Case {
    let mut case = case.clone();
    case.apply(&Recorded { at, heard_at: None, by: Some(by.user), event }).unwrap();
    case
}

fn asks(case: &Case, of: Asked, at: Timestamp) -> Case {
    let event = case.ask(&officer(), question(1), of, (text(5), "Hur hög?"), at).unwrap();
    then(case, &officer(), at, event)
}

fn opinion(due: Timestamp) -> Asked {
    Asked::Group { group: group("miljo"), include: Include::NONE, due }
}

#[test]
fn waiting_for_the_customer_stops_the_resolution_alone_and_the_answer_wakes_it() {
    let case = accepted();
    let asked = case.ask(&officer(), question(1), Asked::Customer, (text(5), " "), NOW);
    assert_eq!(asked, Err(Refusal::TextMissing));
    assert_eq!(
        case.ask(&owner(), question(1), Asked::Customer, (text(5), "Hur hög?"), NOW),
        Err(Refusal::NotAllowed)
    );
    // After two hours there were four left.
    let waits = asks(&case, Asked::Customer, after_hours(2));
    assert_eq!((waits.waits_for(), waits.status), (Some(WaitsFor::Customer), CaseStatus::Accepted));
    assert_eq!(waits.check_ask(&officer()), Err(Refusal::WrongState), "one at a time");
    let kinds = |case: &Case, at| {
        let look = case.look_at_alarms(&Structure::default(), &[], at);
        let mut kinds: Vec<_> = look.raise.iter().map(|planned| planned.alarm.kind).collect();
        kinds.dedup();
        kinds
    };
    let late = after_hours(48);
    assert_eq!(kinds(&case, late), [AlarmKind::Response, AlarmKind::Resolution]);
    assert_eq!(kinds(&waits, late), [AlarmKind::Response], "the customer still hears in time");

    // The next day at ten: the four hours count on from there, in service time.
    let wakes = waits.reply(&owner(), question(1), (text(6), "1,7 meter"), Some(&hours()), after_hours(24));
    let woken = then(&waits, &owner(), after_hours(24), wakes.unwrap());
    assert_eq!((woken.waits_for(), woken.handoffs[0].resolution_due), (None, after_hours(28)));
    assert_eq!(woken.handoffs[0].response_due, after_hours(4));
    assert_eq!(
        woken.reply(&owner(), question(1), (text(7), "Nej"), Some(&hours()), after_hours(25)),
        Err(Refusal::WrongState)
    );
    // At night the clock stands still anyhow: only what was left counts.
    let night = waits.reply(&officer(), question(1), (text(6), "1,7"), Some(&hours()), after_hours(11));
    let Ok(CaseEvent::Replied { resolution_due: Some(due), .. }) = night else { panic!("{night:?}") };
    assert_eq!(wall_clock(due).unwrap().minute, 12 * 60, "from eight the next morning");
}

#[test]
fn what_was_late_before_the_customer_was_asked_stays_late() {
    let waits = asks(&accepted(), Asked::Customer, after_hours(7));
    let wakes =
        waits.reply(&officer(), question(1), (text(6), "Ja"), Some(&hours()), after_hours(30)).unwrap();
    assert!(matches!(wakes, CaseEvent::Replied { resolution_due: None, .. }));
}

#[test]
fn what_the_front_is_asked_opens_the_case_there_and_stops_no_clock() {
    let case = accepted();
    assert_eq!(case.front(), FrontStanding::Closed);
    let waits = asks(&case, Asked::Front, after_hours(1));
    assert_eq!((waits.front(), waits.waits_for()), (FrontStanding::Open, Some(WaitsFor::Front)));
    let reply = |by: &Actor| waits.reply(by, question(1), (text(6), "Ja"), Some(&hours()), after_hours(3));
    assert_eq!(reply(&officer()), Err(Refusal::NotAllowed), "it is the front that is asked");
    let woken = then(&waits, &owner(), after_hours(3), reply(&owner()).unwrap());
    assert_eq!((woken.front(), woken.handoffs[0].resolution_due), (FrontStanding::Closed, after_hours(6)));
    // The group has answered the customer without.
    let answered = CaseEvent::Answered {
        text: text(8),
        channel: Channel::Call,
        confirm: false,
        confirmer: domain::structure::Confirmer::Front,
        close_at: None,
        resolution_due: None,
    };
    let over = then(&waits, &officer(), after_hours(3), answered);
    assert_eq!((over.waits_for(), over.front()), (None, FrontStanding::Closed));
    assert_eq!(over.check_reply(&owner(), question(1)).unwrap_err(), Refusal::WrongState);
}

#[test]
fn another_group_gives_its_opinion_while_the_case_stays() {
    let case = accepted();
    let ask = |of, at| case.ask(&officer(), question(1), of, (text(5), "Buller?"), at);
    assert_eq!(ask(opinion(NOW), NOW), Err(Refusal::Moment));
    let own = Asked::Group { group: group("bygglov"), include: Include::NONE, due: after_hours(9) };
    assert_eq!(ask(own, NOW), Err(Refusal::WrongState));
    assert!(!case.visible_to(&other()));

    let asked = asks(&case, opinion(after_hours(9)), NOW);
    assert_eq!((asked.waits_for(), asked.current_handoff().unwrap().group.as_str()), (None, "bygglov"));
    assert!(asked.visible_to(&other()) && asked.may_acknowledge(&other()));
    let again = asked.ask(&officer(), question(2), opinion(after_hours(9)), (text(5), "Igen?"), NOW);
    assert_eq!(again, Err(Refusal::WrongState));
    assert_eq!(asked.answer_by(&other()), Err(Refusal::NotAllowed));

    // Its own deadline alarms those who are asked, then those who asked.
    let mut alarms = asked.look_at_alarms(&Structure::default(), &[], after_hours(48)).raise;
    alarms.retain(|planned| planned.alarm.kind == AlarmKind::Opinion);
    assert_eq!(alarms.len(), 3, "past, to the asker, to the lead");
    for planned in alarms {
        let concerned = [other(), officer(), owner()].map(|who| asked.alarm_concerns(&planned.alarm, &who));
        match planned.alarm.step {
            AlarmStep::Overdue => assert_eq!(concerned, [true, false, false]),
            AlarmStep::Owner => assert_eq!(concerned, [false, true, true]),
            _ => assert_eq!(concerned, [false; 3]),
        }
    }
    let said = asked.reply(&other(), question(1), (text(6), "Nej"), None, after_hours(2)).unwrap();
    assert_eq!(
        asked.reply(&officer(), question(1), (text(6), "Nej"), None, after_hours(2)),
        Err(Refusal::NotAllowed)
    );
    let given = then(&asked, &other(), after_hours(2), said);
    assert!(given.guests().all(|guest| guest.past) && given.visible_to(&other()));
    let alarms = given.look_at_alarms(&Structure::default(), &[], after_hours(48)).raise;
    assert!(alarms.iter().all(|planned| planned.alarm.kind != AlarmKind::Opinion));
}

trait AnswerBy {
    fn answer_by(&self, actor: &Actor) -> Result<CaseEvent, Refusal>;
}

impl AnswerBy for Case {
    fn answer_by(&self, actor: &Actor) -> Result<CaseEvent, Refusal> {
        let then = domain::case::AfterAnswer::default();
        self.answer(actor, text(8), "Ja", Channel::Call, then)
    }
}

#[test]
fn a_group_that_is_told_for_information_has_nothing_to_do() {
    let case = accepted();
    assert_eq!(
        case.inform(&owner(), &group("miljo"), Include::ALL),
        Err(Refusal::NotAllowed),
        "not theirs now"
    );
    let told = case.inform(&officer(), &group("miljo"), Include::ALL).unwrap();
    let told = then(&case, &officer(), NOW, told);
    assert!(told.visible_to(&other()) && !told.may_acknowledge(&other()));
    assert_eq!(told.inform(&officer(), &group("miljo"), Include::ALL), Err(Refusal::WrongState));
    assert_eq!(told.guests().map(|guest| (guest.due, guest.past)).collect::<Vec<_>>(), [(None, false)]);
    assert_eq!(told.next_tick(), None);
    let closed = then(&told, &officer(), NOW, CaseEvent::Closed);
    assert!(closed.guests().all(|guest| guest.past));
}

#[test]
fn no_more_goes_along_than_the_asker_has_and_nothing_over_a_wall_by_itself() {
    let structure: Structure = serde_json::from_value(json!({
        "name": "Prov", "entries": [], "queues": [], "case_types": [],
        "departments": [
            { "id": "bygg", "name": "Bygg", "kind": "administration", "wall": false },
            { "id": "social", "name": "Social", "kind": "administration", "wall": true },
        ],
        "groups": [
            { "id": "bygglov", "name": "B", "department": "bygg", "phone": null, "email": null,
                "hours": hours(), "receipt_time": "2h" },
            { "id": "miljo", "name": "M", "department": "bygg", "phone": null, "email": null,
                "hours": hours(), "receipt_time": "2h" },
            { "id": "mottagning", "name": "S", "department": "social", "phone": null, "email": null,
                "hours": hours(), "receipt_time": "2h" },
        ],
    }))
    .unwrap();
    let case = accepted();
    let along = |to, chosen| case.goes_along(&officer(), &structure, &group(to), chosen);
    let has = Include { note: false, ..Include::ALL };
    assert_eq!(along("miljo", None), has);
    assert_eq!(along("miljo", Some(Include::ALL)), has);
    assert_eq!(along("mottagning", None), Include::NONE);
    let chosen = Include { customer: true, ..Include::NONE };
    assert_eq!(along("mottagning", Some(chosen)), chosen);
    let parts = case.parts_for(&officer(), &structure);
    assert_eq!(parts, [(group("miljo"), has, has), (group("mottagning"), Include::NONE, has)]);
    assert!(case.parts_for(&owner(), &structure).is_empty(), "it is not theirs to ask about now");
}

#[test]
fn an_opinion_is_due_when_its_day_ends_or_within_five_days_of_service() {
    let thursday = wall_clock(after_hours(48)).unwrap().date;
    let due = opinion_due(Some(thursday), &hours(), NOW).unwrap();
    assert_eq!(wall_clock(due.plus_millis(-1)).unwrap().date, thursday);
    // Tuesday at ten, and five days of service on: the next Tuesday at ten.
    assert_eq!(opinion_due(None, &hours(), NOW), Some(after_hours(7 * 24)));
}
