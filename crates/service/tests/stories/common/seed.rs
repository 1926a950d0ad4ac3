//! A small municipality.

use domain::customer::ProtectedIdentity;
use domain::knowledge::KnowledgeBase;
use domain::phone_number::PhoneNumber;
use domain::rights::Role;
use domain::structure::{StaffMember, Structure};
use municipality::KnownResident;
use serde_json::{Value, json};
use service::Seed;

/// Hours of every group: weekdays eight to half past four.
fn hours() -> Value {
    let day = json!(["08:00-16:30"]);
    json!({ "week": { "mon": day, "tue": day, "wed": day, "thu": day, "fri": day } })
}

fn group(id: &str, department: &str) -> Value {
    json!({ "id": id, "name": format!("Gruppen {id}"), "department": department, "phone": null, "email": null,
        "hours": hours(), "receipt_time": "2h" })
}

fn case_type(id: &str, group: &str, may_solve: bool, required: Value, fields: Value) -> Value {
    json!({ "id": id, "name": id, "group": group, "rosa": 2, "keywords": ["altan"], "script": null,
        "checklist": null, "may_solve": may_solve, "confirm_before_close": false, "required": required,
        "fields": fields, "agreement": { "response_time": "4h", "resolution_time": "10d",
        "after_handoff": "park", "purpose": "Prov", "volume_per_year": 10, "target_group": "alla",
        "kontaktcenter_does": "svarar", "group_does": "utreder" } })
}

pub fn structure() -> Structure {
    serde_json::from_value(json!({
        "name": "Provköping",
        "entries": [],
        "queues": [{ "id": "bygg", "name": "Bygg", "group": "kontaktcenter", "language": "sv",
            "answer_target_seconds": 20, "answer_target_share": 80, "wrap_up_seconds": 30,
            "greeting": "Provköpings kommun", "topics": [] }],
        "departments": [
            { "id": "samhallsbyggnad", "name": "Bygg", "kind": "administration", "wall": false },
            { "id": "social", "name": "Social", "kind": "administration", "wall": true },
        ],
        "groups": [group("kontaktcenter", "samhallsbyggnad"), group("bygglov", "samhallsbyggnad"),
            group("mottagning", "social")],
        "case_types": [
            case_type("bygglov-fraga", "bygglov", true, json!(["customer.name", "place"]), json!([
                { "id": "fastighet", "label": "Fastighet", "kind": "text" },
                { "id": "antal", "label": "Antal", "kind": "number" },
            ])),
            case_type("orosanmalan", "mottagning", false, json!([]), json!([])),
        ],
    }))
    .unwrap()
}

fn knowledge() -> KnowledgeBase {
    serde_json::from_value(json!({
        "articles": [{ "id": "bygga-altan", "title": "Bygga altan", "question": "Behöver jag bygglov för altan?",
            "answer": "Nej, oftast inte.", "internal": "", "keywords": ["trall"], "case_types": ["bygglov-fraga"],
            "department": "samhallsbyggnad", "owner": "bygglov", "author": "A", "reviewed": "2026-01-01",
            "review_by": "2027-01-01" }],
        "scripts": [],
        "checklists": [],
    }))
    .unwrap()
}

fn person(user: &str, name: &str, roles: &[Role], group: &str, phone: Option<&str>) -> StaffMember {
    StaffMember {
        user: user.into(),
        name: name.into(),
        roles: roles.to_vec(),
        group: group.parse().unwrap(),
        phone: phone.map(str::to_owned),
    }
}

pub fn seed() -> Seed {
    Seed {
        structure: structure(),
        knowledge: knowledge(),
        people: vec![
            person("agent", "Anna Agent", &[Role::Agent], "kontaktcenter", Some("1001")),
            person("agent2", "Bo Agent", &[Role::Agent], "kontaktcenter", Some("1002")),
            person("bygglov", "Olle Officer", &[Role::CaseOfficer], "bygglov", None),
            person("mottagning", "Mia Mottagning", &[Role::CaseOfficer], "mottagning", None),
            person("lead", "Lena Lead", &[Role::Lead], "kontaktcenter", None),
            person("admin", "Ada Admin", &[Role::Administrator], "kontaktcenter", None),
        ],
        residents: vec![KnownResident {
            name: "Sigrid Skyddad".into(),
            phones: vec![PhoneNumber::parse("070-174 06 12").unwrap()],
            email: None,
            address: None,
            protected: ProtectedIdentity::SkyddadFolkbokforing,
        }],
    }
}
