//! A case as it is registered, and the people around it.

use domain::case::{CaseEvent, CaseNumber, Registration};
use domain::contact::{Channel, Contact, Disposition};
use domain::rights::{Actor, Role};
use domain::{ContactId, HandoffId, TextId, Timestamp, UserId};

/// A Tuesday at ten in Sweden, 2026-03-10.
pub const NOW: Timestamp = Timestamp(1_773_133_200_000);

pub fn text(n: u8) -> TextId {
    TextId::new(NOW, [n; 10])
}

pub fn handoff() -> HandoffId {
    HandoffId::new(NOW, [9; 10])
}

pub fn actor(n: u8, role: Role, group: &str) -> Actor {
    Actor { user: UserId::new(NOW, [n; 10]), roles: vec![role], group: group.parse().unwrap() }
}

pub fn owner() -> Actor {
    actor(1, Role::Agent, "kontaktcenter")
}

pub fn officer() -> Actor {
    actor(2, Role::CaseOfficer, "bygglov")
}

pub fn registered() -> CaseEvent {
    CaseEvent::Registered(Box::new(Registration {
        number: CaseNumber { year: 2026, serial: 1 },
        case_type: "bygglov".parse().unwrap(),
        contact: Contact {
            id: ContactId::new(NOW, [1; 10]),
            channel: Channel::Call,
            entry: None,
            queue: None,
            started_at: NOW,
            waited_seconds: None,
        },
        owner: owner().user,
        customer: None,
        customer_text: None,
        subject: text(1),
        note: None,
        place: None,
        fields: Vec::new(),
        checked: Vec::new(),
        articles: Vec::new(),
        disposition: Disposition::ReceivedAndRegistered,
        follow_up: None,
    }))
}
