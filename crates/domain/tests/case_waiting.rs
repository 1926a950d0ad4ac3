//! Waiting for the customer is no time of the group's, however it ends (rules.md 1.7).

#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "a test")]

mod given;

use domain::alarm::{AlarmKind, AlarmStep};
use domain::case::{AfterAnswer, Asked, Case, CaseEvent, CaseStatus, Recorded};
use domain::contact::Channel;
use domain::handoff::Include;
use domain::rights::Actor;
use domain::service_hours::{Pause, ServiceTime, alarms, due, wall_clock};
use domain::structure::{AfterHandoff, Structure};
use domain::{CaseId, QuestionId, Timestamp};
use given::{NOW, handoff, officer, owner, registered, text};
use proptest::prelude::*;
use serde_json::json;

const MINUTE: i64 = 60_000;

fn structure() -> Structure {
    let day = json!(["08:00-12:00", "13:00-17:00"]);
    let week = json!({ "mon": day, "tue": day, "wed": day, "thu": day, "fri": ["08:00-12:00"] });
    let groups = ["bygglov", "kontaktcenter"].map(|id| {
        json!({ "id": id, "name": id, "department": "x", "phone": null, "email": null,
            "hours": { "week": week }, "receipt_time": "2h", "alarms": "always" })
    });
    serde_json::from_value(json!({ "name": "x", "entries": [], "queues": [], "departments": [],
        "groups": groups, "case_types": [] }))
    .unwrap()
}

fn then(case: &Case, by: &Actor, at: Timestamp, event: CaseEvent) -> Case {
    let mut case = case.clone();
    case.apply(&Recorded { at, heard_at: None, by: Some(by.user), event }).unwrap();
    case
}

/// Accepted at `at` by a group that has so much time to solve it.
fn accepted(at: Timestamp, time: ServiceTime) -> Case {
    let within = due(&structure().groups[0].hours, at, time, &[]).unwrap().due;
    let sent = CaseEvent::HandoffSent {
        handoff: handoff(),
        group: "bygglov".parse().unwrap(),
        leaves_at: at,
        receipt_due: within,
        response_due: within,
        resolution_due: within,
        include: Include::ALL,
        after: AfterHandoff::Park,
    };
    let left = CaseEvent::HandoffLeft { handoff: handoff(), receipt_due: None };
    let taken = CaseEvent::Accepted { handoff: handoff() };
    let events = [(registered(), owner()), (sent, owner()), (left, owner()), (taken, officer())];
    let recorded = events.map(|(event, by)| Recorded { at, heard_at: None, by: Some(by.user), event });
    Case::replay(CaseId::new(NOW, [1; 10]), &recorded).unwrap()
}

fn asks(case: &Case, n: u8, at: Timestamp) -> Case {
    let id = QuestionId::new(NOW, [n; 10]);
    let event = case.ask(&officer(), id, Asked::Customer, (text(5), "Hur hög?"), at).unwrap();
    then(case, &officer(), at, event)
}

fn hears(case: &Case, n: u8, at: Timestamp) -> Case {
    let (id, hours) = (QuestionId::new(NOW, [n; 10]), &structure().groups[0].hours);
    let event = case.reply(&owner(), id, (text(6), "1,7 meter"), Some(hours), at).unwrap();
    then(case, &owner(), at, event)
}

fn withdraws(case: &Case, n: u8, at: Timestamp) -> Case {
    let (id, hours) = (QuestionId::new(NOW, [n; 10]), &structure().groups[0].hours);
    let event = case.withdraw(&officer(), id, (text(7), "Behövs inte"), Some(hours), at).unwrap();
    then(case, &officer(), at, event)
}

fn answers(case: &Case, at: Timestamp) -> Case {
    let next = AfterAnswer::of(case, &officer(), &structure(), at);
    let event = case.answer(&officer(), text(8), "Ja", Channel::Call, next).unwrap();
    then(case, &officer(), at, event)
}

fn shown(at: Timestamp) -> String {
    let wall = wall_clock(at).unwrap();
    format!("{} {:02}:{:02}", wall.date, wall.minute / 60, wall.minute % 60)
}

/// When the resolution is warned of, or past.
fn alarmed(case: &Case, step: AlarmStep) -> Timestamp {
    let mut at = Some(NOW);
    while let Some(now) = at {
        let look = case.look_at_alarms(&structure(), &[], now);
        let of = |p: &&domain::alarm::Planned| (p.alarm.kind, p.alarm.step) == (AlarmKind::Resolution, step);
        if let Some(planned) = look.raise.iter().find(of) {
            return planned.at;
        }
        at = look.next;
    }
    panic!("the resolution alarms no more")
}

#[test]
fn an_answer_ends_the_waiting_as_the_customers_word_does() {
    // Tuesday at ten, two days: Thursday at ten. The customer is asked at eleven, and answered the next Tuesday.
    let case = accepted(NOW, ServiceTime::Days(2));
    assert_eq!(shown(case.handoffs[0].resolution_due), "2026-03-12 10:00");
    let waits = asks(&case, 1, NOW.plus_millis(60 * MINUTE));
    let week_later = NOW.plus_millis(7 * 24 * 60 * MINUTE);
    let answered = answers(&waits, week_later);
    assert_eq!((answered.status, answered.waits_for()), (CaseStatus::Answered, None));
    // Fifteen hours were left: six that day, eight on Wednesday, one on Thursday.
    assert_eq!(shown(answered.handoffs[0].resolution_due), "2026-03-19 09:00");
    assert_eq!(answered.handoffs[0].resolution_due, hears(&waits, 1, week_later).handoffs[0].resolution_due);
}

#[test]
fn a_warning_comes_when_the_groups_own_time_runs_out_not_the_customers() {
    // Sixteen hours, of which one had passed when the customer was asked: twelve of them on Thursday at nine.
    let waits = asks(&accepted(NOW, ServiceTime::Minutes(16 * 60)), 1, NOW.plus_millis(60 * MINUTE));
    let woken = hears(&waits, 1, NOW.plus_millis(7 * 24 * 60 * MINUTE));
    assert_eq!(shown(alarmed(&woken, AlarmStep::Soon)), "2026-03-18 14:00");
    assert_eq!(shown(alarmed(&woken, AlarmStep::Overdue)), "2026-03-19 09:00");
}

fn some() -> ProptestConfig {
    let long = std::env::var_os("SVARSPLATS_LONG").is_some_and(|v| v == "1");
    ProptestConfig {
        cases: if long { 20_000 } else { 300 },
        failure_persistence: None,
        ..ProptestConfig::default()
    }
}

fn any_time() -> impl Strategy<Value = ServiceTime> {
    prop_oneof![(1u32..6_000).prop_map(ServiceTime::Minutes), (1u32..12).prop_map(ServiceTime::Days)]
}

proptest! {
    #![proptest_config(some())]

    /// Stepped through question by question, the clock stands where it stands when all pauses are known at once.
    #[test]
    fn the_clock_of_the_steps_is_the_clock_of_the_pauses(
        start in 0i64..10_000_000,
        time in any_time(),
        waits in prop::collection::vec((1i64..40_000_000, 1i64..400_000_000, any::<bool>()), 0..5),
        ends_by_answer: bool,
    ) {
        let start = NOW.plus_millis(start);
        let (mut case, mut now, mut pauses) = (accepted(start, time), start, Vec::new());
        let last = waits.len();
        for (n, (works, waits, withdrawn)) in waits.into_iter().enumerate() {
            let asked = now.plus_millis(works);
            now = asked.plus_millis(waits);
            case = asks(&case, n as u8, asked);
            pauses.push(Pause { from: asked, to: Some(now) });
            case = match (ends_by_answer && n + 1 == last, withdrawn) {
                (true, _) => answers(&case, now),
                (false, true) => withdraws(&case, n as u8, now),
                (false, false) => hears(&case, n as u8, now),
            };
        }
        let hours = &structure().groups[0].hours;
        let whole = due(hours, start, time, &pauses).unwrap();
        prop_assert_eq!(case.handoffs[0].resolution_due, whole.due);
        let times = alarms(hours, &whole, 75, domain::service_hours::AlarmHours::Always);
        let mut raised = case.look_at_alarms(&structure(), &[], times.warning).raise;
        raised.retain(|planned| planned.alarm.kind == AlarmKind::Resolution);
        if times.warning < whole.due {
            prop_assert_eq!(raised.len(), 1, "warned of when three quarters of the group's time have passed");
            let mut before = case.look_at_alarms(&structure(), &[], times.warning.plus_millis(-1)).raise;
            before.retain(|planned| planned.alarm.kind == AlarmKind::Resolution);
            prop_assert!(before.is_empty());
        }
    }
}
