//! What Asterisk is asked.

use super::message::Message;
use crate::AgentPhone;
use domain::QueueId;

/// Signs in; events of calls and agents come then.
pub(super) fn login(user: &str, secret: &str) -> Message {
    Message::action("Login").with("Username", user).with("Secret", secret).with("Events", "call,agent")
}

/// How an agent is called: `PJSIP/1001`.
pub(super) fn interface(agent: &AgentPhone) -> String {
    format!("PJSIP/{agent}")
}

/// The agent behind an interface or a channel: `PJSIP/1001`, `PJSIP/1001-0000002a`.
pub(super) fn agent_of(interface: &str) -> Option<AgentPhone> {
    let name = interface.strip_prefix("PJSIP/")?;
    let name = match name.rsplit_once('-') {
        Some((name, serial)) if serial.len() == 8 && serial.bytes().all(|b| b.is_ascii_hexdigit()) => name,
        _ => name,
    };
    AgentPhone::new(name).ok()
}

pub(super) fn add(agent: &AgentPhone, queue: &str, paused: bool) -> Message {
    Message::action("QueueAdd")
        .with("Queue", queue)
        .with("Interface", &interface(agent))
        .with("Paused", if paused { "true" } else { "false" })
        .with("MemberName", agent.as_str())
}

pub(super) fn pause(agent: &AgentPhone, queue: &QueueId, paused: bool, reason: &str) -> Message {
    Message::action("QueuePause")
        .with("Interface", &interface(agent))
        .with("Queue", queue.as_str())
        .with("Paused", if paused { "true" } else { "false" })
        .with("Reason", reason)
}

pub(super) fn remove(agent: &AgentPhone, queue: &str) -> Message {
    Message::action("QueueRemove").with("Queue", queue).with("Interface", &interface(agent))
}

/// Members and callers of every queue, as events.
pub(super) fn status() -> Message {
    Message::action("QueueStatus")
}

/// A sign of life.
pub(super) fn ping() -> Message {
    Message::action("Ping")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_agent_is_found_behind_its_channel() {
        for (text, agent) in [("PJSIP/1001", "1001"), ("PJSIP/1001-0000002a", "1001"), ("PJSIP/a-b", "a-b")] {
            assert_eq!(agent_of(text).unwrap().as_str(), agent);
        }
        assert_eq!(agent_of("Local/1001@x"), None);
        assert_eq!(agent_of("PJSIP/"), None);
    }
}
