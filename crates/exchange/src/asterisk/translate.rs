//! Asterisk's events as the port's. No I/O; time is an argument.

use super::actions::agent_of;
use super::message::Message;
use crate::{AgentPhone, EndedBy, ExchangeEvent, OfferEnd, Reported};
use domain::{ContactId, Personal, QueueId, Timestamp};
use std::collections::HashMap;

/// Calls under way, so that an event which lacks the variable is still tied to its contact.
#[derive(Debug, Default)]
pub(super) struct Translator {
    calls: HashMap<ContactId, Call>,
    channels: HashMap<String, ContactId>,
}

#[derive(Debug, Default)]
struct Call {
    offered: Vec<AgentPhone>,
    answered: Option<AgentPhone>,
    /// With which cause (Q.850) a phone refused: told before the offer's end, which does not say.
    refused: HashMap<AgentPhone, u32>,
}

impl Call {
    /// An agent has it; it rings nowhere else.
    fn answer(&mut self, agent: AgentPhone) -> impl Iterator<Item = ExchangeEvent> + use<> {
        self.answered = Some(agent.clone());
        let others: Vec<_> = self.offered.drain(..).filter(|other| *other != agent).collect();
        let ended = |agent| ExchangeEvent::OfferEnded { agent, reason: OfferEnd::AnsweredElsewhere };
        others.into_iter().map(ended).chain([ExchangeEvent::CallAnswered { agent }])
    }
}

impl Translator {
    /// What the message tells.
    pub(super) fn take(&mut self, message: &Message, at: Timestamp) -> Vec<Reported> {
        let Some(event) = message.get("Event") else { return Vec::new() };
        let Some(contact) = self.contact(message) else { return Vec::new() };
        let events = match event {
            "QueueCallerJoin" => self.joined(message, contact),
            // A caller that waited before this connection began, told by QueueStatus.
            "QueueEntry" if !self.calls.contains_key(&contact) => self.joined(message, contact),
            "AgentCalled" => self.offered(message, contact),
            "HangupRequest" => self.refused(message, contact),
            "AgentRingNoAnswer" => self.offer_ended(message, contact),
            "AgentConnect" => self.answered(message, contact),
            "AgentComplete" => self.ended(message, contact),
            "QueueCallerAbandon" => self.abandoned(contact),
            "Hangup" => self.hung_up(message, contact),
            _ => Vec::new(),
        };
        if let Some(channel) = message.get("Uniqueid").filter(|_| event == "Hangup") {
            self.channels.remove(channel);
        }
        events.into_iter().map(|event| Reported { at, contact, event }).collect()
    }

    /// The connection was lost: what happened meanwhile is not known. A call is over when the next status
    /// has it neither among those that wait nor its agent among those in a call.
    pub(super) fn gone_meanwhile(
        &mut self,
        waiting: &[ContactId],
        in_call: &[AgentPhone],
        at: Timestamp,
    ) -> Vec<Reported> {
        let mut events = self.answered_meanwhile(waiting, in_call, at);
        let goes_on = |contact: &ContactId, call: &Call| {
            waiting.contains(contact) || call.answered.as_ref().is_some_and(|agent| in_call.contains(agent))
        };
        let gone = self.calls.iter().filter(|(contact, call)| !goes_on(contact, call));
        let gone: Vec<ContactId> = gone.map(|(contact, _)| *contact).collect();
        for contact in gone {
            let call = self.forget(contact).unwrap_or_default();
            let ends = call
                .offered
                .into_iter()
                .map(|agent| ExchangeEvent::OfferEnded { agent, reason: OfferEnd::CallerGone });
            let last = if call.answered.is_some() {
                ExchangeEvent::CallEnded { agent: call.answered, by: EndedBy::Exchange }
            } else {
                ExchangeEvent::CallAbandoned
            };
            events.extend(ends.chain([last]).map(|event| Reported { at, contact, event }));
        }
        events
    }

    /// Calls that an agent they were offered to has taken while the connection was lost.
    fn answered_meanwhile(
        &mut self,
        waiting: &[ContactId],
        in_call: &[AgentPhone],
        at: Timestamp,
    ) -> Vec<Reported> {
        let talking: Vec<AgentPhone> = self.calls.values().filter_map(|call| call.answered.clone()).collect();
        let mut events = Vec::new();
        for (contact, call) in &mut self.calls {
            if call.answered.is_some() || waiting.contains(contact) {
                continue;
            }
            let taken = call.offered.iter().find(|agent| in_call.contains(agent) && !talking.contains(agent));
            if let Some(agent) = taken.cloned() {
                events.extend(call.answer(agent).map(|event| Reported { at, contact: *contact, event }));
            }
        }
        events
    }

    fn contact(&mut self, message: &Message) -> Option<ContactId> {
        let channel = message.get("Uniqueid");
        if let Some(contact) = message.variable("SVARSPLATS_CALL").and_then(|id| id.parse().ok()) {
            if let Some(channel) = channel {
                self.channels.insert(channel.to_owned(), contact);
            }
            return Some(contact);
        }
        self.channels.get(channel?).copied()
    }

    fn joined(&mut self, message: &Message, contact: ContactId) -> Vec<ExchangeEvent> {
        let queue = message.get("Queue").and_then(|queue| queue.parse::<QueueId>().ok());
        let Some(queue) = queue else { return Vec::new() };
        self.calls.insert(contact, Call::default());
        let number =
            message.get("CallerIDNum").filter(|number| !matches!(*number, "" | "<unknown>" | "anonymous"));
        vec![ExchangeEvent::CallJoined {
            entry: message.variable("SVARSPLATS_ENTRY").and_then(|entry| entry.parse().ok()),
            queue,
            menu: message.variable("SVARSPLATS_MENU").map(str::to_owned),
            caller: number.map(Personal::from),
        }]
    }

    fn offered(&mut self, message: &Message, contact: ContactId) -> Vec<ExchangeEvent> {
        let Some(agent) = agent(message) else { return Vec::new() };
        let call = self.calls.entry(contact).or_default();
        if call.offered.contains(&agent) {
            return Vec::new();
        }
        call.offered.push(agent.clone());
        vec![ExchangeEvent::CallOffered { agent }]
    }

    fn offer_ended(&mut self, message: &Message, contact: ContactId) -> Vec<ExchangeEvent> {
        let (Some(agent), Some(call)) = (agent(message), self.calls.get_mut(&contact)) else {
            return Vec::new();
        };
        if !call.offered.contains(&agent) {
            return Vec::new();
        }
        call.offered.retain(|known| *known != agent);
        let reason = match call.refused.remove(&agent) {
            Some(cause) => refusal(cause),
            // Nothing came back from the phone: the channel never got so far as to ring.
            None if message.get("DestChannelState") == Some("0") => OfferEnd::Unreachable,
            None => OfferEnd::NotTaken,
        };
        vec![ExchangeEvent::OfferEnded { agent, reason }]
    }

    /// An agent's phone ends the call that it is offered.
    fn refused(&mut self, message: &Message, contact: ContactId) -> Vec<ExchangeEvent> {
        let agent = message.get("Channel").and_then(agent_of);
        let cause = message.get("Cause").and_then(|cause| cause.parse().ok());
        if let (Some(agent), Some(cause), Some(call)) = (agent, cause, self.calls.get_mut(&contact))
            && call.offered.contains(&agent)
        {
            call.refused.insert(agent, cause);
        }
        Vec::new()
    }

    fn answered(&mut self, message: &Message, contact: ContactId) -> Vec<ExchangeEvent> {
        let Some(agent) = agent(message) else { return Vec::new() };
        self.calls.entry(contact).or_default().answer(agent).collect()
    }

    fn ended(&mut self, message: &Message, contact: ContactId) -> Vec<ExchangeEvent> {
        // Also of a call that was answered before this connection began: the message names the agent.
        let known = self.forget(contact).and_then(|call| call.answered);
        let by = match message.get("Reason") {
            Some("caller") => EndedBy::Caller,
            Some("agent") => EndedBy::Agent,
            Some("transfer") => EndedBy::Transfer,
            _ => EndedBy::Exchange,
        };
        vec![ExchangeEvent::CallEnded { agent: known.or_else(|| agent(message)), by }]
    }

    fn abandoned(&mut self, contact: ContactId) -> Vec<ExchangeEvent> {
        let Some(call) = self.forget(contact) else { return Vec::new() };
        let ended = |agent| ExchangeEvent::OfferEnded { agent, reason: OfferEnd::CallerGone };
        call.offered.into_iter().map(ended).chain([ExchangeEvent::CallAbandoned]).collect()
    }

    /// The caller's channel is gone. Asterisk tells of the queue's end first, as a rule; what is still
    /// known then has ended without it.
    fn hung_up(&mut self, message: &Message, contact: ContactId) -> Vec<ExchangeEvent> {
        let agents = message.get("Channel").and_then(agent_of).is_some_and(|agent| {
            let call = self.calls.get(&contact);
            call.is_some_and(|call| call.answered.as_ref() == Some(&agent) || call.offered.contains(&agent))
        });
        if agents || message.get("Uniqueid") != message.get("Linkedid") {
            return Vec::new();
        }
        match self.calls.get(&contact) {
            Some(call) if call.answered.is_some() => {
                let agent = self.forget(contact).and_then(|call| call.answered);
                vec![ExchangeEvent::CallEnded { agent, by: EndedBy::Exchange }]
            }
            Some(_) => self.abandoned(contact),
            None => Vec::new(),
        }
    }

    fn forget(&mut self, contact: ContactId) -> Option<Call> {
        self.channels.retain(|_, known| *known != contact);
        self.calls.remove(&contact)
    }
}

/// Why, by the cause that Asterisk makes of the phone's refusal (Q.850; `hangup_sip2cause`): 603 is 21, 486 is
/// 17, 480 is 19. What else a phone answers means that it cannot take the call: 20 and 27 it is not there, 3 no
/// way leads to it, 58 no common sound.
const fn refusal(cause: u32) -> OfferEnd {
    match cause {
        17 | 21 => OfferEnd::Declined,
        0 | 16 | 19 => OfferEnd::NotTaken,
        _ => OfferEnd::Unreachable,
    }
}

fn agent(message: &Message) -> Option<AgentPhone> {
    ["Interface", "DestChannel"].iter().find_map(|name| message.get(name).and_then(agent_of))
}

#[cfg(test)]
mod tests {
    use super::*;

    const CALL: &str = "019cd6f3-d880-7000-8000-000000000001";

    fn event(name: &str) -> Message {
        Message::default()
            .with("Event", name)
            .with("Uniqueid", "1.1")
            .with("Linkedid", "1.1")
            .with("Interface", "PJSIP/1001")
            .with("Queue", "bygg")
            .with("CallerIDNum", "0701740605")
            .with("ChanVariable", &format!("SVARSPLATS_CALL={CALL}"))
            .with("ChanVariable", "SVARSPLATS_MENU=1")
    }

    fn run(names: &[&str]) -> Vec<ExchangeEvent> {
        let mut translator = Translator::default();
        let told = names.iter().flat_map(|name| translator.take(&event(name), Timestamp(0)));
        told.map(|reported| reported.event).collect()
    }

    fn agent() -> AgentPhone {
        AgentPhone::new("1001").unwrap()
    }

    #[test]
    fn a_call_that_is_answered() {
        use ExchangeEvent as E;
        let mut translator = Translator::default();
        let joined = translator.take(&event("QueueCallerJoin"), Timestamp(7));
        assert_eq!(joined[0].contact, CALL.parse().unwrap());
        assert_eq!(joined[0].at, Timestamp(7));
        let E::CallJoined { queue, menu, entry, caller } = &joined[0].event else { panic!() };
        assert_eq!((queue.as_str(), menu.as_deref(), entry), ("bygg", Some("1"), &None));
        assert_eq!(caller.as_ref().unwrap().expose(), "0701740605");
        let told = run(&["QueueCallerJoin", "AgentCalled", "AgentCalled", "AgentConnect"]);
        assert_eq!(told[1..], [E::CallOffered { agent: agent() }, E::CallAnswered { agent: agent() }]);
        let ended = event("AgentComplete").with("Reason", "caller");
        translator.take(&event("AgentConnect"), Timestamp(0));
        assert_eq!(
            translator.take(&ended, Timestamp(0))[0].event,
            E::CallEnded { agent: Some(agent()), by: EndedBy::Caller }
        );
        assert!(translator.take(&event("Hangup"), Timestamp(0)).is_empty(), "told once");
    }

    #[test]
    fn a_caller_that_gives_up_while_it_rings() {
        use ExchangeEvent as E;
        let told =
            run(&["QueueCallerJoin", "AgentCalled", "QueueCallerAbandon", "AgentRingNoAnswer", "Hangup"]);
        let gone = E::OfferEnded { agent: agent(), reason: OfferEnd::CallerGone };
        assert_eq!(told[2..], [gone, E::CallAbandoned]);
    }

    #[test]
    fn a_hangup_alone_ends_what_is_known() {
        use ExchangeEvent as E;
        assert_eq!(run(&["QueueCallerJoin", "Hangup"])[1..], [E::CallAbandoned]);
        assert_eq!(
            run(&["QueueCallerJoin", "AgentConnect", "Hangup"])[2..],
            [E::CallEnded { agent: Some(agent()), by: EndedBy::Exchange }]
        );
    }

    #[test]
    fn an_agents_own_channel_does_not_end_the_call() {
        let mut translator = Translator::default();
        for name in ["QueueCallerJoin", "AgentCalled"] {
            translator.take(&event(name), Timestamp(0));
        }
        let theirs = Message::default()
            .with("Event", "Hangup")
            .with("Channel", "PJSIP/1001-0000002a")
            .with("Uniqueid", "1.2")
            .with("Linkedid", "1.1")
            .with("ChanVariable", &format!("SVARSPLATS_CALL={CALL}"));
        assert!(translator.take(&theirs, Timestamp(0)).is_empty());
    }

    #[test]
    fn what_is_not_ours_is_passed_over() {
        let other = Message::default().with("Event", "QueueCallerJoin").with("Uniqueid", "9.9");
        assert!(Translator::default().take(&other, Timestamp(0)).is_empty());
    }

    #[test]
    fn calls_that_went_while_the_line_was_lost_are_ended() {
        let mut translator = Translator::default();
        translator.take(&event("QueueCallerJoin"), Timestamp(0));
        assert!(translator.gone_meanwhile(&[CALL.parse().unwrap()], &[], Timestamp(1)).is_empty());
        let told = translator.gone_meanwhile(&[], &[], Timestamp(1));
        assert_eq!(told[0].event, ExchangeEvent::CallAbandoned);
        for name in ["QueueCallerJoin", "AgentConnect"] {
            translator.take(&event(name), Timestamp(2));
        }
        assert!(translator.gone_meanwhile(&[], &[agent()], Timestamp(3)).is_empty(), "they still talk");
        let told = translator.gone_meanwhile(&[], &[], Timestamp(4));
        assert_eq!(told[0].event, ExchangeEvent::CallEnded { agent: Some(agent()), by: EndedBy::Exchange });
    }

    #[test]
    fn a_call_taken_while_the_line_was_lost_is_answered_and_not_given_up() {
        let mut translator = Translator::default();
        for name in ["QueueCallerJoin", "AgentCalled"] {
            translator.take(&event(name), Timestamp(0));
        }
        let told = translator.gone_meanwhile(&[], &[agent()], Timestamp(1));
        let told: Vec<_> = told.into_iter().map(|reported| reported.event).collect();
        assert_eq!(told, [ExchangeEvent::CallAnswered { agent: agent() }]);
    }

    #[test]
    fn the_end_names_the_agent_of_a_call_that_never_joined() {
        let told = run(&["AgentComplete"]);
        assert_eq!(told, [ExchangeEvent::CallEnded { agent: Some(agent()), by: EndedBy::Exchange }]);
    }
}
