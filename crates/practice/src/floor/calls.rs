//! What happens to calls: offers, talk, ends, and what agents dial.

use super::{Action, Call, Floor, Moment, Service, Sign, Sound, Stage, ended, report};
use crate::queue::CallId;
use crate::resident::{Reaction, Resident, Sense};
use crate::scenario::Line;
use domain::phone_number::PhoneNumber;
use exchange::{AgentPhone, EndedBy, ExchangeEvent, OfferEnd};

impl Floor {
    /// Rings at an agent's.
    pub(super) fn offer(&mut self, now: Moment, id: CallId, agent: AgentPhone, out: &mut Vec<Action>) {
        let until = now.since + self.rhythm.ring;
        let Some(call) = self.calls.get_mut(&id) else {
            // Cannot be: whoever waits has a call. Should it be, nobody is left ringing.
            self.queue.leave(id);
            self.queue.call_over(&agent, id, now.since);
            return;
        };
        call.stage = Stage::Ringing { agent: agent.clone(), until };
        let waited = now.since.saturating_sub(call.joined).as_secs();
        let scenario = call.resident.scenario().clone();
        out.push(report(now, call.contact, ExchangeEvent::CallOffered { agent: agent.clone() }));
        out.push(Action::Offer { call: id, contact: call.contact, agent, scenario, waited });
    }

    pub(super) fn tick_residents(&mut self, now: Moment, out: &mut Vec<Action>) {
        let ids: Vec<CallId> = self.calls.keys().copied().collect();
        for id in ids {
            if let Some(reaction) = self.calls.get_mut(&id).and_then(|call| call.resident.tick(now.since)) {
                self.react(now, id, reaction, out);
            }
        }
    }

    pub(super) fn tick_rings(&mut self, now: Moment, out: &mut Vec<Action>) {
        let due: Vec<CallId> = self
            .calls
            .iter()
            .filter(|(_, call)| {
                matches!(&call.stage, Stage::Ringing { until, .. } | Stage::RingsThere { until, .. }
                    if *until <= now.since)
            })
            .map(|(id, _)| *id)
            .collect();
        for id in due {
            if matches!(self.calls.get(&id), Some(Call { stage: Stage::RingsThere { .. }, .. })) {
                self.resident_answers(now, id, out);
            } else {
                out.push(Action::Withdraw { call: id, missed: true });
                self.offer_ended(now, id, OfferEnd::NotTaken, out);
            }
        }
    }

    /// The offer came to nothing; the caller waits on.
    fn offer_ended(&mut self, now: Moment, id: CallId, reason: OfferEnd, out: &mut Vec<Action>) {
        let Some(call) = self.calls.get_mut(&id) else { return };
        let Stage::Ringing { agent, .. } = std::mem::replace(&mut call.stage, Stage::Waiting) else { return };
        self.queue.offer_ended(id, &agent, now.since + self.rhythm.offer_again);
        out.push(report(now, call.contact, ExchangeEvent::OfferEnded { agent, reason }));
    }

    fn react(&mut self, now: Moment, id: CallId, reaction: Reaction, out: &mut Vec<Action>) {
        match reaction {
            Reaction::Say(line) => self.say(id, line, out),
            Reaction::HangUp => self.resident_leaves(now, id, out),
        }
    }

    fn say(&self, id: CallId, line: Line, out: &mut Vec<Action>) {
        if let Some(call) = self.calls.get(&id) {
            out.push(Action::Say { call: id, scenario: call.resident.scenario().clone(), line });
        }
    }

    fn resident_leaves(&mut self, now: Moment, id: CallId, out: &mut Vec<Action>) {
        let Some(Call { contact, stage, .. }) = self.calls.remove(&id) else { return };
        self.queue.leave(id);
        match stage {
            Stage::Waiting => out.push(report(now, contact, ExchangeEvent::CallAbandoned)),
            Stage::Ringing { agent, .. } => {
                out.push(Action::Withdraw { call: id, missed: false });
                self.queue.offer_ended(id, &agent, now.since);
                let reason = OfferEnd::CallerGone;
                out.push(report(now, contact, ExchangeEvent::OfferEnded { agent, reason }));
                out.push(report(now, contact, ExchangeEvent::CallAbandoned));
            }
            Stage::Talking { agent } => {
                out.push(Action::HangUp(id));
                self.queue.call_over(&agent, id, now.since);
                out.push(ended(now, contact, agent, EndedBy::Caller));
            }
            Stage::Dialled { agent } | Stage::RingsThere { agent, .. } => {
                out.push(Action::HangUp(id));
                self.queue.call_over(&agent, id, now.since);
            }
        }
    }

    /// Something comes from an agent's phone.
    pub(super) fn sign(&mut self, now: Moment, id: CallId, sign: Sign, out: &mut Vec<Action>) {
        if let Some(service) = self.services.get(&id).filter(|_| !matches!(sign, Sign::Sense(_))) {
            self.queue.call_over(&service.agent, id, now.since);
            self.services.remove(&id);
            return;
        }
        let Some(call) = self.calls.get(&id) else { return };
        match (&call.stage, sign) {
            (Stage::Ringing { .. }, Sign::Answered) => self.agent_answers(now, id, out),
            (Stage::Ringing { .. }, Sign::Refused(reason)) => self.offer_ended(now, id, reason, out),
            (Stage::Ringing { .. }, Sign::HungUp | Sign::Lost) => {
                self.offer_ended(now, id, OfferEnd::Unreachable, out);
            }
            (Stage::Talking { .. } | Stage::Dialled { .. }, Sign::Sense(sense)) => {
                self.sense(now, id, sense, out);
            }
            (Stage::Talking { .. }, Sign::HungUp) => self.agent_leaves(now, id, EndedBy::Agent, out),
            (Stage::Talking { .. }, Sign::Lost | Sign::Refused(_)) => {
                self.agent_leaves(now, id, EndedBy::Exchange, out);
            }
            (
                Stage::Dialled { .. } | Stage::RingsThere { .. },
                Sign::HungUp | Sign::Lost | Sign::Refused(_),
            ) => {
                self.agent_leaves(now, id, EndedBy::Agent, out);
            }
            _ => {}
        }
    }

    fn agent_answers(&mut self, now: Moment, id: CallId, out: &mut Vec<Action>) {
        let Some(call) = self.calls.get_mut(&id) else { return };
        let Stage::Ringing { agent, .. } = std::mem::replace(&mut call.stage, Stage::Waiting) else { return };
        call.stage = Stage::Talking { agent: agent.clone() };
        self.queue.leave(id);
        // Until the service says so again: wrap-up comes first, however short the call.
        self.queue.not_ready(&agent);
        out.push(report(now, call.contact, ExchangeEvent::CallAnswered { agent }));
        self.sense(now, id, Sense::Answered, out);
    }

    fn agent_leaves(&mut self, now: Moment, id: CallId, by: EndedBy, out: &mut Vec<Action>) {
        let Some(Call { contact, stage, resident, put_through, .. }) = self.calls.remove(&id) else { return };
        match stage {
            Stage::Talking { agent } => {
                self.queue.call_over(&agent, id, now.since);
                out.push(ended(now, contact, agent, by));
            }
            Stage::Dialled { agent } | Stage::RingsThere { agent, .. } => {
                self.queue.call_over(&agent, id, now.since);
            }
            Stage::Waiting | Stage::Ringing { .. } => {}
        }
        if let Some(right) = put_through {
            self.put_through(now, resident, right, out);
        }
    }

    fn sense(&mut self, now: Moment, id: CallId, sense: Sense, out: &mut Vec<Action>) {
        if let Some(reaction) = self.calls.get_mut(&id).and_then(|call| call.resident.sense(now.since, sense))
        {
            self.react(now, id, reaction, out);
        }
    }

    /// An agent dials: echo, tone, a group, or a resident who is at home.
    pub(super) fn dialled(
        &mut self,
        now: Moment,
        id: CallId,
        agent: AgentPhone,
        number: &str,
        out: &mut Vec<Action>,
    ) {
        let service = match number {
            super::ECHO | "eko" => Some(Sound::Echo),
            "1004" | "ton" => Some(Sound::Milliwatt),
            _ => None,
        };
        if let Some(sound) = service {
            self.queue.busy(&agent, id);
            self.services.insert(id, Service { agent, office: None });
            out.push(Action::Answer(id, sound));
            return;
        }
        if self.calls_office(id, &agent, number, out) {
            return;
        }
        let called = PhoneNumber::parse(number).ok();
        let known = |number: &PhoneNumber| {
            self.scenarios.iter().find(|scenario| scenario.number().as_ref() == Some(number)).cloned()
        };
        let Some(scenario) = called.as_ref().and_then(known) else {
            out.push(Action::Refuse(id, 404));
            return;
        };
        if self.calls.values().any(|call| call.resident.scenario().id == scenario.id) {
            out.push(Action::Refuse(id, 486));
            return;
        }
        let range = self.rhythm.resident_rings.clone();
        let until = now.since + self.span(&range);
        let contact = self.contact_id(now);
        let resident = Resident::called(scenario.clone(), self.rhythm.pace);
        self.queue.busy(&agent, id);
        let stage = Stage::RingsThere { agent, until };
        self.calls.insert(id, Call { contact, resident, joined: now.since, stage, put_through: None });
        out.push(Action::Prepare(scenario));
        out.push(Action::Alert(id));
    }

    fn resident_answers(&mut self, now: Moment, id: CallId, out: &mut Vec<Action>) {
        let Some(call) = self.calls.get_mut(&id) else { return };
        if let Stage::RingsThere { agent, .. } = &call.stage {
            call.stage = Stage::Dialled { agent: agent.clone() };
            out.push(Action::Answer(id, Sound::Resident));
            self.sense(now, id, Sense::Answered, out);
        }
    }
}
