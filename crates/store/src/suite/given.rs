//! What the properties start from.

use crate::{CaseAppend, Commit, Committed, Cursor, Receipt, Store, Text, User};
use domain::case::{CaseEvent, CaseNumber, Recorded, Registration, TextKind};
use domain::contact::{Channel, Contact, Disposition};
use domain::handoff::Include;
use domain::rights::Role;
use domain::structure::AfterHandoff;
use domain::{CaseId, CommandId, ContactId, HandoffId, Personal, TextId, Timestamp, UserId};

/// Ids for tests: distinct by `n`, rising.
pub(super) fn bytes(n: u32) -> [u8; 10] {
    let mut bytes = [0; 10];
    bytes[6..].copy_from_slice(&n.to_be_bytes());
    bytes
}

pub(super) fn case_id(n: u32) -> CaseId {
    CaseId::new(at(i64::from(n)), bytes(n))
}

pub(super) fn text_id(n: u32) -> TextId {
    TextId::new(at(0), bytes(n))
}

pub(super) fn user_id(n: u32) -> UserId {
    UserId::new(at(0), bytes(n))
}

pub(super) fn handoff_id(n: u32) -> HandoffId {
    HandoffId::new(at(0), bytes(n))
}

/// So many seconds after the first of January 2026.
pub(super) fn at(seconds: i64) -> Timestamp {
    Timestamp(1_767_225_600_000).plus_seconds(seconds)
}

pub(super) fn recorded(seconds: i64, by: Option<u32>, event: CaseEvent) -> Recorded {
    Recorded { at: at(seconds), heard_at: None, by: by.map(user_id), event }
}

/// Case `n`, owned by user `owner`, registered `n` seconds in, with a subject and a note.
pub(super) fn registration(n: u32, owner: u32, number: CaseNumber) -> CaseAppend {
    let contact = Contact {
        id: ContactId::new(at(0), bytes(n)),
        channel: Channel::Call,
        entry: None,
        queue: Some("bygg".parse().unwrap()),
        started_at: at(i64::from(n)),
        waited_seconds: Some(7),
    };
    let event = CaseEvent::Registered(Box::new(Registration {
        number,
        case_type: "bygglov-fraga".parse().unwrap(),
        contact,
        owner: user_id(owner),
        customer: None,
        customer_text: None,
        subject: text_id(n * 10),
        note: Some(text_id(n * 10 + 1)),
        place: None,
        fields: Vec::new(),
        checked: Vec::new(),
        articles: Vec::new(),
        disposition: Disposition::ReceivedAndRegistered,
        follow_up: None,
    }));
    let text = |id, kind, text: &str| Text { id, kind, text: Personal::from(text) };
    CaseAppend {
        case_id: case_id(n),
        expected: 0,
        events: vec![recorded(i64::from(n), Some(owner), event)],
        texts: vec![
            text(text_id(n * 10), TextKind::Subject, "Altan"),
            text(text_id(n * 10 + 1), TextKind::Note, "Vill bygga i vår"),
        ],
        phone: None,
    }
}

/// A handoff of a case: sent at `seconds`, leaves ten later, receipt after an hour.
pub(super) fn sent(n: u32, group: &str, seconds: i64, response: i64) -> Recorded {
    sent_and(AfterHandoff::Park, n, group, seconds, response)
}

/// The same, with what becomes of the source.
pub(super) fn sent_and(after: AfterHandoff, n: u32, group: &str, seconds: i64, response: i64) -> Recorded {
    let event = CaseEvent::HandoffSent {
        handoff: handoff_id(n),
        group: group.parse().unwrap(),
        leaves_at: at(seconds + 10),
        receipt_due: at(seconds + 3600),
        response_due: at(response),
        resolution_due: at(response + 3600),
        include: Include::ALL,
        after,
    };
    recorded(seconds, Some(1), event)
}

pub(super) fn left(n: u32, seconds: i64) -> Recorded {
    recorded(seconds, None, CaseEvent::HandoffLeft { handoff: handoff_id(n), receipt_due: None })
}

pub(super) fn number(serial: u32) -> CaseNumber {
    CaseNumber { year: 2026, serial }
}

pub(super) fn cases(cases: Vec<CaseAppend>) -> Commit {
    Commit { cases, ..Commit::default() }
}

pub(super) fn more(n: u32, expected: u32, events: Vec<Recorded>) -> CaseAppend {
    CaseAppend { case_id: case_id(n), expected, events, texts: Vec::new(), phone: None }
}

/// Registers case `n` with serial `n`.
pub(super) async fn register(store: &dyn Store, n: u32, owner: u32) -> Cursor {
    let outcome = store.commit(cases(vec![registration(n, owner, number(n))])).await.unwrap();
    let Committed::Done(cursor) = outcome else { panic!("nothing to repeat") };
    cursor
}

pub(super) fn receipt(n: u32, hash: u8, reply: &str) -> Receipt {
    Receipt { id: CommandId::new(at(0), bytes(n)), hash: [hash; 32], reply: reply.into(), at: at(0) }
}

pub(super) fn user(n: u32, name: &str) -> User {
    User {
        id: user_id(n),
        user: name.into(),
        name: Personal::new(format!("{name} Andersson")),
        roles: vec![Role::Agent, Role::Lead],
        group: "kontaktcenter".parse().unwrap(),
        phone: Some("1001".into()),
        active: true,
    }
}
