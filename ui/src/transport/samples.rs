//! Every type that is read has a sample with all of its members: what is read by hand is what serde reads.

use super::read;
use super::read::Read;
use contract::Error;
use contract::agents::{AgentView, QueueStatus};
use contract::cases::{
    AnswerDraft, CasePage, CaseView, CustomerMatch, GetCase, HandoffReply, RegisterReply, ReturnList,
};
use contract::desk::{Connection, DeskView, Drafts, Notice, Phase, Settings, UnsentList};
use contract::domain::agent::AgentState;
use contract::domain::handoff::HandoffPreview;
use contract::domain::service_hours::{Opening, SkipReason};
use contract::domain::structure::{Field, MenuChoice, Required, RosaGroup};
use contract::event::ChangeSent;
use contract::knowledge::{ArticleView, ChecklistView, KnowledgeSince, ScriptView, Suggestions};
use contract::phone::{CallState, Devices, Dial, PhoneCheckup, PhonePart, PhoneView, ResidentSaid};
use contract::session::{Handshake, Me, OfficerAccess};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use std::fmt::Debug;

const ID: &str = "019a9c6e-7a00-7101-8101-010101010101";

// Nothing in it is as empty as what is lacking.
fn filled(sample: &Value) -> bool {
    match sample {
        Value::Null => false,
        Value::Bool(on) => *on,
        Value::Number(number) => number.as_f64() != Some(0.0),
        Value::String(text) => !text.is_empty(),
        Value::Array(all) => !all.is_empty() && all.iter().all(filled),
        Value::Object(members) => members.values().all(filled),
    }
}

fn same<T: Read + Serialize + DeserializeOwned + PartialEq + Debug>(sample: Value) {
    let one: Option<T> = read(&sample.to_string());
    assert_eq!(one, serde_json::from_value(sample.clone()).unwrap(), "{sample}");
    // Serde writes every field: what the sample lacks is seen here.
    assert_eq!(serde_json::to_value(one).unwrap(), sample);
}

// The sample without one of its members, for each of them, however deep.
fn lacking(sample: &Value) -> Vec<Value> {
    let mut all = Vec::new();
    match sample {
        Value::Object(members) => {
            for (name, value) in members {
                let mut without = members.clone();
                without.remove(name);
                all.push(Value::Object(without));
                for value in lacking(value) {
                    let mut other = members.clone();
                    other.insert(name.clone(), value);
                    all.push(Value::Object(other));
                }
            }
        }
        Value::Array(items) => {
            for (at, item) in items.iter().enumerate() {
                for item in lacking(item) {
                    let mut other = items.clone();
                    other[at] = item;
                    all.push(Value::Array(other));
                }
            }
        }
        _ => (),
    }
    all
}

fn whole<T: Read + Serialize + DeserializeOwned + PartialEq + Debug>(sample: Value) {
    assert!(filled(&sample), "{sample}");
    for less in lacking(&sample) {
        let as_serde_does: Option<T> = serde_json::from_value(less.clone()).ok();
        assert_eq!(T::read(&less), as_serde_does, "{less}");
    }
    same::<T>(sample);
}

fn summary() -> Value {
    json!({
        "id": ID, "version": 4, "number": { "year": 2026, "serial": 1 }, "case_type": "bygglov",
        "status": "accepted", "front": "parked", "not_accepted": true, "rest": { "until": 7, "over": true },
        "waits_for": "front", "guest": { "due": 8 },
        "alarm": { "kind": "receipt", "step": "soon", "due": 7, "acknowledged_by": "Olle" },
        "subject": "Altan", "customer": "Kanarie", "channel": "call", "group": "bygg", "officer": "Bo",
        "response_due": 9, "registered_at": 1, "owner_name": "Anna",
    })
}

fn customer() -> Value {
    json!({ "id": ID, "name": "Kanarie", "phone": "0701740605", "email": "k@example.se" })
}

fn parts() -> Value {
    json!({ "customer": true, "subject": true, "note": true, "fields": true })
}

#[test]
fn a_case_is_whole() {
    whole::<CaseView>(json!({
        "summary": summary(), "disposition": "handed_over", "customer": customer(),
        "protected": "sekretessmarkering", "note": "En altan.", "place": "Ekbacken",
        "fields": [["Fastighet", "Eken 1"]], "checked": ["Ritning"], "articles": ["altan"],
        "article_titles": ["Altan"], "follow_up": { "channel": "email", "before": 10 }, "answer": "Ja.",
        "answer_channel": "sms", "not_satisfied": "Nej.", "closes_at": 11,
        "handoffs": [{
            "id": ID, "group": "bygg", "stage": "returned", "leaves_at": 1, "receipt_due": 2, "response_due": 3,
            "resolution_due": 4, "accepted_by": "Bo", "why": "Fel grupp", "reason": "Inte vår",
        }],
        "questions": [{
            "id": ID, "waits_for": "customer", "group": "vatten", "due": 5, "at": 6, "by": "Bo", "text": "Var?",
            "reply": "Där.", "replied_at": 7, "replied_by": "Cia", "can_reply": true,
            "withdrawn": "Löst", "can_withdraw": true,
        }],
        "returns": 2, "colleagues": [[ID, "Dag"]], "return_reasons": [["fel-grupp", "Fel grupp"]],
        "consults": [["vatten", parts(), parts()]],
        "history": [{
            "at": 1, "heard_at": 2, "by": "Bo", "what": "alarm_seen", "group": "bygg", "until": 3, "to": "Dag",
            "alarm": { "kind": "returned", "step": "lead", "due": 7, "acknowledged_by": "Olle" },
        }],
        "actions": ["give_back", "answer"],
    }));
    whole::<CasePage>(json!({ "cases": [summary()], "next": "50" }));
    whole::<CustomerMatch>(json!({
        "customers": [{ "id": ID, "name": "Kanarie", "protected": "fingerade" }], "open_cases": [summary()],
    }));
    let (group, why) = ("bygg", "Fel grupp");
    whole::<ReturnList>(json!({
        "counts": [{ "group": group, "expired": true, "why": why, "count": 3 }],
        "newest": [{ "case": summary(), "group": group, "expired": true, "why": why, "at": 4 }],
    }));
    whole::<AnswerDraft>(json!({ "case_id": ID, "answer": "Ja.", "channel": "letter", "reason": "Nej." }));
    whole::<RegisterReply>(json!({
        "case_id": ID, "number": { "year": 2026, "serial": 1 }, "leaves_at": 1, "response_due": 2, "queued": true,
    }));
    whole::<HandoffReply>(json!({ "version": 2, "leaves_at": 1, "response_due": 2, "queued": true }));
    whole::<ChangeSent>(json!({
        "case_id": ID, "number": { "year": 2026, "serial": 1 }, "leaves_at": 1, "response_due": 2,
    }));
    whole::<GetCase>(json!({ "case_id": ID }));
}

#[test]
fn a_handoff_is_whole() {
    let counted = |by: Value| json!({ "date": "2026-11-20", "from": 1, "to": 2, "reason": by });
    let deadline = json!({
        "due": 3, "counted": [counted(json!({ "by": "exception", "reason": "Flytt" }))],
        "paused": [{ "date": "2026-11-21", "from": 1, "to": 2 }],
        "skipped": [{ "date": "2026-12-25", "reason": { "why": "holiday", "holiday": "christmas_day" } }],
    });
    let all = json!({ "customer": true, "subject": true, "note": true, "fields": true });
    whole::<HandoffPreview>(json!({
        "group": "bygg", "include": all, "default_include": all, "wall": true,
        "missing": ["customer.name", "place", "fastighet"], "warnings": ["group_closed"],
        "receipt": deadline, "response": deadline, "resolution": deadline, "after": "keep",
    }));
    for by in ["weekday", "exception", "holiday"] {
        same::<Opening>(match by {
            "weekday" => json!({ "by": by }),
            "holiday" => json!({ "by": by, "holiday": "easter_day" }),
            _ => json!({ "by": by, "reason": "Flytt" }),
        });
    }
    for why in ["closed_weekday", "after_closing", "paused"] {
        same::<SkipReason>(json!({ "why": why }));
    }
    same::<SkipReason>(json!({ "why": "exception", "reason": "Flytt" }));
}

#[test]
fn a_desk_is_whole() {
    let me = json!({
        "id": ID, "user": "anna", "name": "Anna", "roles": ["agent", "case_officer"], "group": "front",
        "has_phone": true, "bearer": "b",
    });
    whole::<Me>(me.clone());
    whole::<OfficerAccess>(json!({ "address": "http://127.0.0.1:1", "user": "olle", "password": "p" }));
    whole::<DeskView>(json!({
        "phase": { "phase": "starting", "step": "service" }, "practice": true, "municipality": "Exempelköping",
        "connection": { "connection": "offline", "since": 5 }, "unsent": 1, "refused": 2, "of_others": 3,
        "knowledge_from": 4, "me": me, "notices": [{ "notice": "unreadable", "count": 6 }],
    }));
    for phase in ["choose", "key_missing", "ready"] {
        same::<Phase>(json!({ "phase": phase }));
    }
    whole::<Phase>(json!({ "phase": "passphrase", "new": true }));
    whole::<Phase>(json!({ "phase": "stopped", "code": "disk_full" }));
    whole::<Phase>(json!({ "phase": "sign_in", "address": "https://a.se" }));
    for connection in ["none", "connecting", "connected", "other_version", "session_ended"] {
        same::<Connection>(json!({ "connection": connection }));
    }
    whole::<Vec<Notice>>(json!([
        { "notice": "store_rebuilt", "drafts_saved": 1, "changes_saved": 2, "cut": true, "set_aside": "a" },
        { "notice": "no_keyring" },
        { "notice": "change_refused", "code": "stale", "case_id": ID, "draft": true },
        { "notice": "not_cached", "code": "internal" },
    ]));
    let capabilities = json!({ "phone": true, "offline": true });
    whole::<Handshake>(json!({
        "contract": 1, "release": "0.1.0", "municipality": "Exempelköping", "practice": true,
        "capabilities": capabilities,
    }));
    whole::<Settings>(json!({ "locale": "en", "theme": "dark", "keys": [["answer", "F2"]] }));
    whole::<UnsentList>(json!({
        "unsent": [{ "id": ID, "command": "cases.register", "at": 1, "refused": "conflict" }],
    }));
    whole::<Error>(json!({ "code": "too_late", "detail": "ten seconds" }));
    let contact = json!({
        "id": ID, "channel": "call", "entry": "vaxel", "queue": "svenska", "started_at": 1, "waited_seconds": 2,
    });
    whole::<Drafts>(json!({ "drafts": [{
        "id": ID, "case_id": ID, "contact": contact, "case_type": "bygglov", "customer": customer(),
        "subject": "Altan", "note": "En altan.", "place": "Ekbacken",
        "fields": [{ "field": "fastighet", "value": "Eken 1" }], "checked": ["ritning"], "articles": ["altan"],
        "disposition": "solved", "follow_up": { "channel": "email", "before": 10 }, "created_at": 1,
        "updated_at": 2,
    }] }));
}

#[test]
fn a_phone_and_its_agent_are_whole() {
    let call = json!({
        "number": 1, "direction": "incoming", "state": { "state": "ended", "cause": "not_encrypted" },
        "remote": "+46701740605", "remote_name": "Kanarie", "contact": ID, "entry": "vaxel", "queue": "svenska",
        "menu": "1", "waited_seconds": 2, "since": 3, "answered_at": 4, "muted": true, "held": true,
        "hold_asked": true, "held_by_remote": true, "conference": true, "transfer": "no_answer",
        "quality": "fair_jitter", "encrypted": true, "secure": true,
    });
    whole::<PhoneView>(json!({
        "sequence": 5, "registration": "certificate_expired", "calls": [call], "fault": "keys_refused",
    }));
    for state in ["ringing", "answering", "dialling", "ringing_there", "in_call"] {
        same::<CallState>(json!({ "state": state }));
    }
    let device = json!({ "id": "a", "name": "Headset" });
    same::<Devices>(json!({
        "inputs": [device], "outputs": [device], "chosen": {
            "microphone": "a", "speaker": "b", "ring": "c",
            "voice": { "echo": true, "noise": false, "gain": false },
        },
        "headsets": [{ "name": "Headset", "used": true }],
    }));
    same::<Devices>(json!({
        "inputs": [], "outputs": [], "chosen": { "microphone": null, "speaker": null, "ring": null },
        "headsets": [],
    }));
    let echo_off = json!({ "inputs": [], "outputs": [], "chosen": { "voice": { "echo": false } } });
    let read_off: Devices = read(&echo_off.to_string()).unwrap();
    assert_eq!(read_off, serde_json::from_value(echo_off).unwrap());
    whole::<PhoneCheckup>(json!({
        "parts": [{ "part": "delay", "outcome": "doubtful", "figure": -20 }], "report": "Delay 120 ms",
    }));
    for part in ["microphone", "speaker", "registration", "buttons"] {
        same::<PhonePart>(json!(part));
    }
    whole::<ResidentSaid>(json!({ "contact": ID, "text": "Hej!" }));
    whole::<Dial>(json!({ "number": "0701740605" }));
    whole::<AgentView>(json!({
        "user": ID, "state": { "state": "paused", "reason": "lunch" }, "since": -5, "next": "meeting",
        "leaving": true, "name": "Anna", "now": 1_763_700_000_000_i64,
    }));
    for state in ["offline", "ready", "offered", "in_call"] {
        same::<AgentState>(json!({ "state": state }));
    }
    whole::<AgentState>(json!({ "state": "wrap_up", "until": 9 }));
    whole::<QueueStatus>(json!({
        "queue": "svenska", "waiting": 1, "longest_since": 2, "ready": 3, "offered": 4, "answered": 5,
        "answered_within": 6, "abandoned": 7, "now": 8,
    }));
}

#[test]
fn answer_support_and_the_municipality_are_whole() {
    let suggestion =
        json!({ "id": "altan", "title": "Altan", "line": "Får jag?", "matched": ["altan"], "score": 0.5 });
    whole::<Suggestions>(json!({
        "articles": [suggestion], "scripts": [suggestion], "checklists": [suggestion], "case_types": [suggestion],
        "as_of": 3,
    }));
    let (id, title, case_types) = ("altan", "Altan", json!(["bygglov"]));
    whole::<ArticleView>(json!({ "owner_name": "Bygg", "article": {
        "id": id, "title": title, "question": "Får jag?", "answer": "Ja.", "internal": "Nja.", "keywords": ["däck"],
        "case_types": case_types, "department": "bygg", "owner": "bygg", "author": "Bo", "reviewed": "2026-01-01",
        "review_by": "2027-01-01",
    } }));
    whole::<ScriptView>(json!({ "script": {
        "id": id, "title": title, "case_types": case_types, "owner": "bygg",
        "steps": [{ "title": "Fråga", "text": "> Var?" }],
    } }));
    whole::<ChecklistView>(json!({ "checklist": {
        "id": id, "title": title, "case_types": case_types,
        "items": [{ "id": "var", "text": "Var?", "required": true, "field": "plats" }],
    } }));
    whole::<KnowledgeSince>(json!({ "version": 7 }));
    whole::<Field>(
        json!({ "id": "vad", "label": "Vad?", "kind": "choice", "options": ["Ja", "Å, \"nej\""] }),
    );
    for kind in ["text", "number", "date"] {
        same::<Field>(json!({ "id": "vad", "label": "Vad?", "kind": kind }));
    }
    whole::<MenuChoice>(json!({ "key": "1", "label": "Bygga", "queue": "svenska" }));
    whole::<Vec<Required>>(json!(["customer.phone", "customer.email", "note", "vad"]));
    for rosa in 1..=8 {
        whole::<RosaGroup>(json!(rosa));
    }
}
