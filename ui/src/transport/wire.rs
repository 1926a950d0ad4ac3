//! An event from its name and its data.
//!
//! The derived reading of [`Event`] would hold every payload twice in the module, once for JSON and once
//! for the buffer that a tagged enum is read through; by the name there is one of each.

use super::read::read;
use contract::Event;
use contract::cases::GetCase;
use contract::knowledge::KnowledgeSince;
use contract::phone::Dial;

/// The event; `None` for one of a newer release: the handshake has already told of the version.
pub fn event(name: &str, data: &str) -> Option<Event> {
    Some(match name {
        "queue_changed" => Event::QueueChanged(read(data)?),
        "agent_changed" => Event::AgentChanged(read(data)?),
        "case_changed" => Event::CaseChanged(read(data)?),
        "case_not_accepted" => Event::CaseNotAccepted(read(data)?),
        "case_alarm" => Event::CaseAlarm(read(data)?),
        "case_gone" => Event::CaseGone { case_id: read::<GetCase>(data)?.case_id },
        "knowledge_changed" => Event::KnowledgeChanged { version: read::<KnowledgeSince>(data)?.version? },
        "resync" => Event::Resync,
        "signed_out" => Event::SignedOut,
        "phone_changed" => Event::PhoneChanged(read(data)?),
        "desk_changed" => Event::DeskChanged(Box::new(read(data)?)),
        "resident_said" => Event::ResidentSaid(read(data)?),
        "microphone_level" => Event::MicrophoneLevel(read(data)?),
        "dial_requested" => Event::DialRequested { number: read::<Dial>(data)?.number },
        "change_sent" => Event::ChangeSent(read(data)?),
        "drafts_changed" => Event::DraftsChanged,
        "close_refused" => Event::CloseRefused,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use contract::desk::{Connection, DeskView, Phase};
    use contract::domain::{CaseId, Timestamp};
    use contract::phone::{PhoneView, ResidentSaid};

    fn round(event_in: &Event) {
        let wire = serde_json::to_value(event_in).unwrap();
        let data = wire.get("data").map(ToString::to_string).unwrap_or_default();
        assert_eq!(event(wire["event"].as_str().unwrap(), &data).as_ref(), Some(event_in));
    }

    #[test]
    fn an_event_is_read_as_the_contract_writes_it() {
        round(&Event::CaseGone { case_id: CaseId::new(Timestamp(1), [1; 10]) });
        round(&Event::KnowledgeChanged { version: 7 });
        round(&Event::CaseAlarm(
            serde_json::from_value(serde_json::json!({
                "id": CaseId::new(Timestamp(1), [1; 10]), "version": 4, "number": { "year": 2026, "serial": 1 },
                "case_type": "bygglov", "status": "accepted", "front": "parked", "not_accepted": false,
                "alarm": { "kind": "receipt", "step": "soon", "due": 7, "acknowledged_by": "Olle" },
                "subject": null, "customer": null, "channel": "call", "group": null, "response_due": null,
                "registered_at": 1, "owner_name": "Anna",
            }))
            .unwrap(),
        ));
        round(&Event::Resync);
        round(&Event::SignedOut);
        round(&Event::DraftsChanged);
        round(&Event::CloseRefused);
        round(&Event::ChangeSent(contract::event::ChangeSent {
            case_id: CaseId::new(Timestamp(1), [1; 10]),
            number: None,
            leaves_at: Some(Timestamp(2)),
            response_due: None,
        }));
        round(&Event::PhoneChanged(PhoneView::default()));
        round(&Event::ResidentSaid(ResidentSaid { contact: None, text: "Hej!".to_owned().into() }));
        round(&Event::MicrophoneLevel(-23));
        round(&Event::DialRequested { number: "0701740605".into() });
        round(&Event::DeskChanged(Box::new(DeskView {
            phase: Phase::Choose,
            practice: false,
            municipality: None,
            connection: Connection::None,
            unsent: 0,
            refused: 0,
            of_others: 0,
            knowledge_from: None,
            me: None,
            notices: Vec::new(),
        })));
    }

    #[test]
    fn an_event_of_a_newer_release_is_passed_over() {
        assert_eq!(event("weather_changed", "{}"), None);
    }
}
