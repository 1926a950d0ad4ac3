//! What is kept stays readable: one file for each persisted shape, written by the first release that had it.
//!
//! A changed shape fails here: databases and outboxes of earlier releases must be read by every later
//! one. A new shape gets a file beside the old.

use domain::agent::{AgentEvent, AgentStatus};
use domain::calls::{CallEvent, RecordedCall};
use domain::case::{Case, Recorded};
use domain::knowledge::KnowledgeBase;
use domain::structure::Structure;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use std::collections::BTreeSet;
use std::path::PathBuf;
use store::Change;

fn folder() -> PathBuf {
    PathBuf::from("tests/golden")
}

/// Every file of a kind reads as `T` and writes as it stands.
fn holds<T: Serialize + DeserializeOwned>(kind: &str, tag: &str, known: &[&str]) {
    let mut seen = BTreeSet::new();
    for entry in std::fs::read_dir(folder()).unwrap() {
        let path = entry.unwrap().path();
        if !path.file_name().unwrap().to_str().unwrap().starts_with(&format!("{kind}.")) {
            continue;
        }
        let text = std::fs::read_to_string(&path).unwrap();
        let value: Value = serde_json::from_str(&text).unwrap();
        let read: T =
            serde_json::from_value(value.clone()).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
        assert_eq!(serde_json::to_value(&read).unwrap(), value, "{}", path.display());
        // A state within a status has its word one step further in.
        let word = value.get(tag).map(|word| word.get(tag).unwrap_or(word));
        if let Some(word) = word.and_then(Value::as_str) {
            seen.insert(word.to_owned());
        }
    }
    for word in known {
        assert!(seen.contains(*word), "tests/golden/{kind}.{word}.json is missing");
    }
}

#[test]
fn case_events() {
    let known = [
        "registered",
        "handoff_sent",
        "handoff_undone",
        "handoff_left",
        "accepted",
        "assigned",
        "asked",
        "replied",
        "withdrawn",
        "informed",
        "returned",
        "receipt_expired",
        "taken_back",
        "link_renewed",
        "rewritten",
        "answered",
        "confirmed",
        "not_satisfied",
        "parked",
        "unparked",
        "closed",
        "reopened",
    ];
    holds::<Recorded>("case_event", "event", &known);
}

#[test]
fn agent_events() {
    let known = [
        "became_ready",
        "paused",
        "went_offline",
        "call_offered",
        "offer_ended",
        "call_answered",
        "call_ended",
        "wrap_up_prolonged",
        "wrap_up_ended",
    ];
    holds::<AgentEvent>("agent_event", "event", &known);
    let known = ["offline", "ready", "paused", "offered", "in_call", "wrap_up"];
    holds::<AgentStatus>("agent_status", "state", &known);
}

#[test]
fn call_events() {
    holds::<CallEvent>(
        "call_event",
        "event",
        &["joined", "offered", "offer_ended", "answered", "ended", "abandoned"],
    );
    holds::<RecordedCall>("recorded_call", "event", &["answered"]);
}

#[test]
fn changes() {
    holds::<Change>(
        "change",
        "change",
        &["case", "not_accepted", "alarm", "agent", "call", "knowledge", "signed_out"],
    );
}

/// What every view and list reads, and what the municipality's own settings are.
#[test]
fn states_and_settings() {
    holds::<Case>("case_state", "status", &["closed", "accepted", "confirming"]);
    holds::<Structure>("setting.structure", "name", &["Provköping"]);
    holds::<KnowledgeBase>("setting.knowledge", "", &[]);
    assert!(folder().join("setting.knowledge.1.json").is_file());
}

/// The events of a release give the state of that release: what is derived can be made anew.
#[test]
fn a_state_is_what_its_events_give() {
    let read = |name: &str| -> Value {
        serde_json::from_str(&std::fs::read_to_string(folder().join(name)).unwrap()).unwrap()
    };
    let event = |word: &&str| serde_json::from_value(read(&format!("case_event.{word}.json"))).unwrap();
    let events: Vec<Recorded> =
        ["registered", "handoff_sent", "handoff_left", "accepted", "answered", "closed"]
            .iter()
            .map(event)
            .collect();
    let kept: Case = serde_json::from_value(read("case_state.closed.json")).unwrap();
    assert_eq!(Case::replay(kept.id, &events).unwrap(), kept);
    let kept: Case = serde_json::from_value(read("case_state.accepted.json")).unwrap();
    assert_eq!(Case::replay(kept.id, &events[..4]).unwrap(), kept);
    // One that the customer confirms, and one that the customer was not satisfied with.
    let asked: Vec<Recorded> = ["answered_confirm", "not_satisfied"].iter().map(event).collect();
    for (name, more) in [("case_state.confirming.json", 1), ("case_state.not_satisfied.json", 2)] {
        let kept: Case = serde_json::from_value(read(name)).unwrap();
        assert_eq!(Case::replay(kept.id, &[&events[..4], &asked[..more]].concat()).unwrap(), kept, "{name}");
    }
    let given: Recorded = event(&"assigned");
    let kept: Case = serde_json::from_value(read("case_state.assigned.json")).unwrap();
    assert_eq!(Case::replay(kept.id, &[&events[..4], &[given]].concat()).unwrap(), kept);
    // One of which the customer was asked and has answered, another group is asked, and told.
    let asked: Vec<Recorded> = ["asked", "replied", "asked_group", "informed"].iter().map(event).collect();
    let kept: Case = serde_json::from_value(read("case_state.asked.json")).unwrap();
    assert_eq!(Case::replay(kept.id, &[&events[..4], &asked[..]].concat()).unwrap(), kept);
    // One that was given back, with a reason of the list and no words.
    let back: Recorded = event(&"returned_bare");
    let kept: Case = serde_json::from_value(read("case_state.returned.json")).unwrap();
    assert_eq!(Case::replay(kept.id, &[&events[..4], &[back]].concat()).unwrap(), kept);
    // One that rested and has come back.
    let rested: Vec<Recorded> = ["registered", "parked", "unparked"].iter().map(event).collect();
    let kept: Case = serde_json::from_value(read("case_state.rested.json")).unwrap();
    assert_eq!(Case::replay(kept.id, &rested).unwrap(), kept);
    // One that the group asks about and the clock may close; and one that was closed and reopened.
    let more: Vec<Recorded> = ["answered_closes", "closed", "reopened"].iter().map(event).collect();
    for (name, more) in [("case_state.closes.json", &more[..1]), ("case_state.reopened.json", &more[..])] {
        let kept: Case = serde_json::from_value(read(name)).unwrap();
        assert_eq!(Case::replay(kept.id, &[&events[..4], more].concat()).unwrap(), kept, "{name}");
    }
}

#[test]
fn queued_commands() {
    use contract::cases::{HandOffCase, RegisterCase};
    holds::<RegisterCase>("command.cases.register", "disposition", &["handed_over"]);
    holds::<HandOffCase>("command.handoff.send", "", &[]);
    // What is written and not sent yet.
    holds::<contract::cases::AnswerDraft>("answer_draft", "", &[]);
    // Receipts of a step: which case, at which version, and no text.
    holds::<contract::cases::CaseAt>("reply.cases.step", "", &[]);
    // Receipts: a repeat of long ago is answered with what was kept.
    holds::<contract::cases::RegisterReply>("reply.cases.register", "", &[]);
    holds::<contract::cases::HandoffReply>("reply.handoff.send", "", &[]);
}
