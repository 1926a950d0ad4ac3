//! A case, a municipality and its people.

use domain::case::{Case, CaseEvent, CaseNumber, Recorded, Registration};
use domain::contact::{Channel, Contact, Disposition, FollowUpWish};
use domain::handoff::Include;
use domain::rights::{Actor, Role};
use domain::service_hours::{AlarmHours, ServiceTime, due, wall_clock};
use domain::structure::{AfterHandoff, Confirmer, ResponseGroup, Structure};
use domain::{CaseId, ContactId, HandoffId, TextId, Timestamp, UserId};

/// A Tuesday at 15 in Sweden, 2026-03-10.
pub const NOW: Timestamp = Timestamp(1_773_151_200_000);
pub const HOUR: i64 = 3_600_000;

pub fn shown(at: Timestamp) -> String {
    let wall = wall_clock(at).unwrap();
    format!("{} {:02}:{:02}", wall.date, wall.minute / 60, wall.minute % 60)
}

pub fn handoff() -> HandoffId {
    HandoffId::new(NOW, [9; 10])
}

fn actor(n: u8, role: Role, group: &str) -> Actor {
    Actor { user: UserId::new(NOW, [n; 10]), roles: vec![role], group: group.parse().unwrap() }
}

pub fn owner() -> Actor {
    actor(1, Role::Agent, "kontaktcenter")
}

pub fn officer() -> Actor {
    actor(2, Role::CaseOfficer, "bygglov")
}

pub fn actors() -> Vec<(&'static str, Actor)> {
    let owner_elsewhere = Actor { roles: vec![Role::CaseOfficer], ..actor(1, Role::CaseOfficer, "social") };
    vec![
        ("owner", owner()),
        ("officer", officer()),
        ("colleague", actor(3, Role::Agent, "kontaktcenter")),
        ("lead", actor(4, Role::Lead, "kontaktcenter")),
        ("other officer", actor(5, Role::CaseOfficer, "social")),
        ("auditor", actor(6, Role::Auditor, "kontaktcenter")),
        ("administrator", actor(7, Role::Administrator, "bygglov")),
        ("an owner who has left the front", owner_elsewhere),
    ]
}

/// Weekdays eight to half past four, for every group.
pub fn structure(alarms: AlarmHours) -> Structure {
    let day = serde_json::json!(["08:00-16:30"]);
    let hours = serde_json::json!({ "week": { "mon": day, "tue": day, "wed": day, "thu": day, "fri": day } });
    let group = |id: &str| {
        serde_json::json!({ "id": id, "name": id, "department": "x", "phone": null, "email": null,
            "hours": hours, "receipt_time": "2h", "alarms": alarms })
    };
    let groups = ["bygglov", "kontaktcenter"].map(group);
    let queue = serde_json::json!({ "id": "bygg", "name": "Bygg", "group": "kontaktcenter", "language": "sv",
        "answer_target_seconds": 20, "answer_target_share": 80, "wrap_up_seconds": 30, "greeting": "",
        "topics": [] });
    serde_json::from_value(serde_json::json!({ "name": "x", "entries": [], "queues": [queue],
        "departments": [], "groups": groups, "case_types": [] }))
    .unwrap()
}

pub fn group_of(structure: &Structure) -> Option<&ResponseGroup> {
    structure.group(&"bygglov".parse().unwrap())
}

/// Registered now; promised so many milliseconds later.
pub fn case(events: &[CaseEvent], promise: Option<i64>) -> Case {
    let before = promise.map(|after| NOW.plus_millis(after));
    let registered = CaseEvent::Registered(Box::new(Registration {
        number: CaseNumber { year: 2026, serial: 1 },
        case_type: "bygglov".parse().unwrap(),
        contact: Contact {
            id: ContactId::new(NOW, [1; 10]),
            channel: Channel::Call,
            entry: None,
            queue: Some("bygg".parse().unwrap()),
            started_at: NOW,
            waited_seconds: None,
        },
        owner: owner().user,
        customer: None,
        customer_text: None,
        subject: TextId::new(NOW, [1; 10]),
        note: None,
        place: None,
        fields: Vec::new(),
        checked: Vec::new(),
        articles: Vec::new(),
        disposition: Disposition::ReceivedAndRegistered,
        follow_up: Some(FollowUpWish { channel: Some(Channel::Call), before }),
    }));
    let first = Recorded { at: NOW, heard_at: None, by: Some(owner().user), event: registered };
    let more = events.iter().map(|e| Recorded {
        at: NOW,
        heard_at: None,
        by: Some(officer().user),
        event: e.clone(),
    });
    let events: Vec<Recorded> = [first].into_iter().chain(more).collect();
    Case::replay(CaseId::new(NOW, [1; 10]), &events).unwrap()
}

/// Handed over with so many milliseconds of service time, at least a minute, for the receipt and the response.
pub fn sent(receipt: i64, response: i64) -> CaseEvent {
    let structure = structure(AlarmHours::InHours);
    let hours = &group_of(&structure).unwrap().hours;
    let within = |millis: i64| {
        let minutes = u32::try_from(millis / 60_000).unwrap().max(1);
        due(hours, NOW, ServiceTime::Minutes(minutes), &[]).unwrap().due
    };
    CaseEvent::HandoffSent {
        handoff: handoff(),
        group: "bygglov".parse().unwrap(),
        leaves_at: NOW.plus_seconds(10),
        receipt_due: within(receipt),
        response_due: within(response),
        resolution_due: within(response + 2 * HOUR),
        include: Include::ALL,
        after: AfterHandoff::Park,
    }
}

pub fn left() -> CaseEvent {
    CaseEvent::HandoffLeft { handoff: handoff(), receipt_due: None }
}

pub fn accepted() -> CaseEvent {
    CaseEvent::Accepted { handoff: handoff() }
}

pub fn answered(confirm: bool) -> CaseEvent {
    CaseEvent::Answered {
        text: TextId::new(NOW, [2; 10]),
        channel: Channel::Call,
        confirm,
        confirmer: Confirmer::Front,
        close_at: None,
        resolution_due: None,
    }
}
