//! The response groups that can be called, and that callers can be put through to.

use super::{Action, Destination, Floor, Moment, Service, Sound, Stage};
use crate::queue::CallId;
use crate::resident::{Resident, Sense};
use domain::ResponseGroupId;
use domain::phone_number::PhoneNumber;
use exchange::AgentPhone;

/// A response group's telephone. Somebody of the group answers, and takes whom they are sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Office {
    /// Its direct number.
    pub number: PhoneNumber,
    /// The group.
    pub group: ResponseGroupId,
    /// As it is said in the telephone.
    pub name: String,
}

impl Floor {
    fn office(&self, number: &str) -> Option<&Office> {
        let number = PhoneNumber::parse(number).ok()?;
        self.offices.iter().find(|office| office.number == number)
    }

    /// An agent calls a group; whether there is one at that number.
    pub(super) fn calls_office(
        &mut self,
        id: CallId,
        agent: &AgentPhone,
        number: &str,
        out: &mut Vec<Action>,
    ) -> bool {
        let Some(office) = self.office(number) else { return false };
        let (group, name) = (office.group.clone(), office.name.clone());
        self.queue.busy(agent, id);
        self.services.insert(id, Service { agent: agent.clone(), office: Some(group) });
        out.push(Action::Answer(id, Sound::Office));
        out.push(Action::Greet { call: id, text: format!("{name}, hej! Koppla gärna hit samtalet.") });
        true
    }

    /// An agent wants a resident to be put through: to a number, or to who answers in another call of theirs.
    pub(super) fn referred(&mut self, id: CallId, to: &Destination, out: &mut Vec<Action>) {
        let group = match to {
            Destination::Number(number) => self.office(number).map(|office| office.group.clone()),
            Destination::Call(with) => self.services.get(with).and_then(|service| service.office.clone()),
            Destination::Nobody => None,
        };
        let talks = |stage: &Stage| matches!(stage, Stage::Talking { .. } | Stage::Dialled { .. });
        let call = self.calls.get_mut(&id).filter(|call| talks(&call.stage));
        let status = match (group, call) {
            (Some(group), Some(call)) => {
                call.put_through = Some(group == call.resident.scenario().register.group);
                200
            }
            _ => 404,
        };
        out.push(Action::Told { call: id, status });
    }

    /// The agent has left a resident who was put through. Who came to the wrong place waits anew.
    pub(super) fn put_through(
        &mut self,
        now: Moment,
        mut resident: Resident,
        right: bool,
        out: &mut Vec<Action>,
    ) {
        resident.sense(now.since, Sense::Transferred { right });
        if !resident.is_over() {
            self.wait_for_agent(now, resident, out);
        }
    }
}
