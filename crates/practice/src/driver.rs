//! The loop that carries out what the floor decides, over SIP and RTP.

use crate::floor::{Action, Destination, Floor, Input, Moment, Sign, Sound};
use crate::queue::CallId;
use crate::referral::{Wanted, wanted};
use crate::registrar::{Registrar, Secrets};
use crate::resident::Sense;
use crate::scenario::{Scenario, Voice};
use crate::sound::{self, Heard, Samples};
use crate::voice::{self, Speech, Spoken, Utterance};
use crate::wire::Wire;
use crate::{Clock, Said};
use domain::ContactId;
use exchange::{AgentPhone, Hub, OfferEnd};
use phone::call::CancelReason;
use phone::sip::{Ended, Endpoint, Incoming, IncomingCall, InviteRequest, Leg, LegEvent, Referral};
use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender};
use tokio::sync::{broadcast, oneshot};
use tokio::time::Instant;

/// What the driver is asked from outside.
pub(crate) enum Order {
    Floor(Input),
    Stop(oneshot::Sender<()>),
}

/// What comes from its own tasks and threads.
pub(crate) enum Event {
    Leg(CallId, u64, LegEvent),
    Heard(CallId, u64, Heard),
    Spoken(Utterance, Samples),
}

/// When nothing is due.
const FAR: Duration = Duration::from_secs(3_600);
/// How they sound who answer for a group.
const OFFICE_VOICE: Voice = Voice { pitch: 55, speed: 165 };
/// How long phones may take to answer the last BYE.
const FAREWELL: Duration = Duration::from_secs(1);

pub(crate) struct Driver {
    pub(crate) floor: Floor,
    pub(crate) endpoint: Endpoint,
    pub(crate) address: SocketAddr,
    pub(crate) registrar: Registrar,
    pub(crate) secrets: Arc<Secrets>,
    pub(crate) hub: Arc<Hub>,
    pub(crate) said: broadcast::Sender<Said>,
    pub(crate) clock: Clock,
    pub(crate) started: Instant,
    pub(crate) speech: Speech,
    pub(crate) spoken: Spoken,
    pub(crate) wires: BTreeMap<CallId, Wire>,
    pub(crate) contacts: BTreeMap<CallId, ContactId>,
    pub(crate) serials: u64,
    pub(crate) tell: UnboundedSender<Event>,
}

impl Driver {
    pub(crate) async fn run(
        mut self,
        mut orders: UnboundedReceiver<Order>,
        mut incoming: UnboundedReceiver<Incoming>,
        mut events: UnboundedReceiver<Event>,
    ) {
        let stopped = loop {
            let due = tokio::time::sleep_until(self.due());
            tokio::select! {
                order = orders.recv() => match order {
                    Some(Order::Floor(input)) => self.input(input),
                    Some(Order::Stop(done)) => break Some(done),
                    None => break None,
                },
                Some(incoming) = incoming.recv() => self.incoming(incoming),
                Some(event) = events.recv() => self.event(event),
                () = due => self.tick(),
            }
        };
        orders.close();
        self.farewell().await;
        if let Some(done) = stopped {
            // Whoever asked may have gone.
            let _ = done.send(());
        }
    }

    fn now(&self) -> Moment {
        Moment { since: self.started.elapsed(), at: (self.clock)() }
    }

    fn due(&self) -> Instant {
        let now = self.now().since;
        let due = self.floor.deadline(now).into_iter().chain(self.registrar.deadline()).min();
        self.started + due.unwrap_or(now + FAR)
    }

    fn input(&mut self, input: Input) {
        let actions = self.floor.handle(self.now(), input);
        self.act(actions);
        let Self { contacts, floor, .. } = self;
        contacts.retain(|call, _| !floor.is_over(*call));
    }

    fn tick(&mut self) {
        let now = self.now();
        while let Some(agent) = self.registrar.expired(now.since) {
            self.input(Input::Reachable(agent, false));
        }
        let actions = self.floor.tick(now);
        self.act(actions);
    }

    fn incoming(&mut self, incoming: Incoming) {
        match incoming {
            Incoming::Register(request) => {
                let change = self.registrar.answer(self.now().since, request, &self.secrets);
                if let Some((agent, reachable)) = change {
                    tracing::info!(%agent, reachable, "practice: a phone's registration changed");
                    self.input(Input::Reachable(agent, reachable));
                }
            }
            Incoming::Call(call) => self.dialled(call),
        }
    }

    /// Only who is registered may call; on loopback the From is taken at its word.
    fn dialled(&mut self, call: IncomingCall) {
        let IncomingCall { leg, events, remote, called, offer, .. } = call;
        let agent = AgentPhone::new(remote.number).ok();
        let Some(agent) = agent.filter(|agent| self.registrar.contact(agent).is_some()) else {
            leg.reject(403);
            return;
        };
        let id = self.floor.next_call();
        let mut wire = self.wire();
        wire.offered = offer;
        self.follow(id, wire.serial, events);
        wire.leg = Some(leg);
        self.wires.insert(id, wire);
        self.input(Input::Dialled { call: id, agent, number: called });
    }

    fn event(&mut self, event: Event) {
        match event {
            Event::Leg(call, serial, event) if self.is_current(call, serial) => self.leg_event(call, event),
            Event::Heard(call, serial, heard) if self.is_current(call, serial) => self.heard(call, heard),
            Event::Spoken(utterance, samples) => {
                for wire in self.wires.values_mut().filter(|wire| wire.to_say.as_ref() == Some(&utterance)) {
                    wire.to_say = None;
                    wire.say(samples.clone());
                }
                self.spoken.keep(utterance, samples);
            }
            // From a leg that was given up.
            Event::Leg(..) | Event::Heard(..) => {}
        }
    }

    fn is_current(&self, call: CallId, serial: u64) -> bool {
        self.wires.get(&call).is_some_and(|wire| wire.serial == serial)
    }

    fn leg_event(&mut self, call: CallId, event: LegEvent) {
        let Some(wire) = self.wires.get_mut(&call) else { return };
        match event {
            LegEvent::Progress { .. } | LegEvent::Confirmed { .. } | LegEvent::Refreshed { .. } => {}
            LegEvent::Told { .. } | LegEvent::Informed(_) => {}
            LegEvent::Referred(referral) => self.referred(call, referral),
            LegEvent::Answered { sdp } => {
                if wire.answered(&sdp).is_ok() {
                    self.input(Input::Phone(call, Sign::Answered));
                } else {
                    self.drop_wire(call);
                    self.input(Input::Phone(call, Sign::Lost));
                }
            }
            LegEvent::Reoffered(offer) => {
                if let Some(held) = wire.reoffered(offer) {
                    self.input(Input::Phone(call, Sign::Sense(Sense::Hold(held))));
                }
            }
            LegEvent::Ended(ended) => {
                wire.leg = None;
                self.drop_wire(call);
                self.input(Input::Phone(call, sign(ended)));
            }
        }
    }

    fn referred(&mut self, call: CallId, referral: Referral) {
        let to = match wanted(&referral.to) {
            Some(Wanted::Number(number)) => Destination::Number(number),
            Some(Wanted::PlaceIn(call_id)) => {
                let has = |wire: &Wire| wire.leg.as_ref().is_some_and(|leg| leg.call_id() == call_id);
                let with = self.wires.iter().find(|(_, wire)| has(wire)).map(|(call, _)| *call);
                with.map_or(Destination::Nobody, Destination::Call)
            }
            None => Destination::Nobody,
        };
        referral.accept();
        self.input(Input::Referred { call, to });
    }

    /// Tells the phone that asked for it how putting through went (RFC 3515 §2.4.4).
    fn told(&self, call: CallId, status: u16) {
        self.with_leg(call, |leg| {
            let leg = leg.clone();
            tokio::spawn(async move {
                for status in [100, status] {
                    if leg.tell_progress(status).await.is_err() {
                        tracing::debug!("practice: a phone did not hear how putting through went");
                        return;
                    }
                }
            });
        });
    }

    fn heard(&mut self, call: CallId, heard: Heard) {
        let sense = match heard {
            Heard::Voice(voice) => Sense::Voice(voice),
            Heard::LineOver(line) if self.wires.get(&call).is_some_and(|wire| wire.line == line) => {
                Sense::LineOver
            }
            Heard::LineOver(_) => return,
        };
        self.input(Input::Phone(call, Sign::Sense(sense)));
    }

    fn act(&mut self, actions: Vec<Action>) {
        for action in actions {
            match action {
                Action::Prepare(scenario) => self.prepare(&scenario),
                Action::Offer { call, contact, agent, scenario, waited } => {
                    self.contacts.insert(call, contact);
                    if self.offer(call, contact, &agent, &scenario, waited).is_none() {
                        self.input(Input::Phone(call, Sign::Refused(OfferEnd::Unreachable)));
                    }
                }
                Action::Withdraw { call, missed } => {
                    let leg = self.wires.get_mut(&call).and_then(|wire| wire.leg.take());
                    let reason = if missed { CancelReason::NotTaken } else { CancelReason::GaveUp };
                    if let Some(leg) = leg {
                        leg.take_back(reason);
                    }
                    self.drop_wire(call);
                }
                Action::HangUp(call) => self.drop_wire(call),
                Action::Say { call, scenario, line } => {
                    if let Some(utterance) = voice::utterance(&scenario, line) {
                        self.say(call, utterance);
                    }
                }
                Action::Greet { call, text } => {
                    let utterance = (OFFICE_VOICE, text);
                    self.speak(
                        self.spoken
                            .get(&utterance)
                            .is_none()
                            .then(|| utterance.clone())
                            .into_iter()
                            .collect(),
                    );
                    self.say(call, utterance);
                }
                Action::Told { call, status } => self.told(call, status),
                Action::Alert(call) => self.with_leg(call, Leg::ring),
                Action::Answer(call, sound) => self.answer(call, sound),
                Action::Refuse(call, status) => {
                    self.with_leg(call, |leg| leg.reject(status));
                    self.wires.remove(&call);
                }
                Action::Report(reported) => self.hub.send(&reported),
            }
        }
    }

    fn with_leg(&self, call: CallId, then: impl FnOnce(&Leg)) {
        if let Some(leg) = self.wires.get(&call).and_then(|wire| wire.leg.as_ref()) {
            then(leg);
        }
    }

    fn wire(&mut self) -> Wire {
        self.serials += 1;
        Wire::new(self.serials)
    }

    fn follow(&self, call: CallId, serial: u64, mut events: UnboundedReceiver<LegEvent>) {
        let tell = self.tell.clone();
        tokio::spawn(async move {
            while let Some(event) = events.recv().await {
                if tell.send(Event::Leg(call, serial, event)).is_err() {
                    return;
                }
            }
        });
    }

    fn listener(&self, call: CallId, serial: u64) -> impl Fn(Heard) + Send + Clone + 'static {
        let tell = self.tell.clone();
        move |heard| {
            // The driver may have ended first.
            let _ = tell.send(Event::Heard(call, serial, heard));
        }
    }

    /// Rings at an agent's phone; `None` when it cannot.
    fn offer(
        &mut self,
        call: CallId,
        contact: ContactId,
        agent: &AgentPhone,
        scenario: &Scenario,
        waited: u64,
    ) -> Option<()> {
        let to = self.registrar.contact(agent)?.to_owned();
        let mut wire = self.wire();
        wire.open_resident(self.address.ip(), self.listener(call, wire.serial)).ok()?;
        let number = scenario.number();
        let user = number.as_ref().map_or("anonymous", |number| number.e164());
        let mut headers = vec![
            ("X-Svarsplats-Call".to_owned(), contact.to_string()),
            ("X-Svarsplats-Entry".to_owned(), scenario.entry.to_string()),
            ("X-Svarsplats-Queue".to_owned(), scenario.queue.to_string()),
            ("X-Svarsplats-Waited".to_owned(), waited.to_string()),
        ];
        headers.extend(scenario.menu.iter().map(|menu| ("X-Svarsplats-Menu".to_owned(), menu.clone())));
        let request = InviteRequest {
            to,
            from: format!("sip:{user}@{}", self.address),
            display: number.as_ref().map(|_| scenario.caller.name.expose().clone()),
            offer: wire.offer(),
            headers,
            ..InviteRequest::default()
        };
        let (leg, events) = self.endpoint.invite(request).ok()?;
        self.follow(call, wire.serial, events);
        wire.leg = Some(leg);
        self.wires.insert(call, wire);
        Some(())
    }

    fn answer(&mut self, call: CallId, sound: Sound) {
        let address = self.address.ip();
        let Some(wire) = self.wires.get(&call) else { return };
        let listener = self.listener(call, wire.serial);
        let Some(wire) = self.wires.get_mut(&call) else { return };
        let opened = match sound {
            Sound::Resident | Sound::Office => wire.open_resident(address, listener),
            Sound::Echo => wire.open(address, sound::echo(), None),
            Sound::Milliwatt => wire.open(address, sound::milliwatt(), None),
        };
        if opened.and_then(|()| wire.accept()).is_err() {
            self.with_leg(call, |leg| leg.reject(488));
            self.drop_wire(call);
            self.input(Input::Phone(call, Sign::Lost));
        }
    }

    fn prepare(&self, scenario: &Scenario) {
        self.speak(self.spoken.missing(scenario));
    }

    /// Has the texts spoken, one after the other, away from this loop.
    fn speak(&self, missing: Vec<Utterance>) {
        let (speech, tell) = (self.speech, self.tell.clone());
        tokio::spawn(async move {
            for utterance in missing {
                let samples = voice::speak(speech, &utterance).await;
                if tell.send(Event::Spoken(utterance, samples)).is_err() {
                    return;
                }
            }
        });
    }

    fn say(&mut self, call: CallId, utterance: Utterance) {
        let contact = self.contacts.get(&call).copied();
        let said = Said { at: (self.clock)(), contact, text: utterance.1.clone() };
        // Nobody may be listening.
        let _ = self.said.send(said);
        let Some(wire) = self.wires.get_mut(&call) else { return };
        match self.spoken.get(&utterance) {
            Some(samples) => wire.say(samples),
            None => wire.to_say = Some(utterance),
        }
    }

    fn drop_wire(&mut self, call: CallId) {
        if let Some(mut wire) = self.wires.remove(&call) {
            if let Some(leg) = wire.leg.take() {
                leg.hang_up();
            }
            wire.close();
        }
    }

    async fn farewell(&mut self) {
        let legs: Vec<Leg> = self.wires.values_mut().filter_map(|wire| wire.leg.take()).collect();
        let mut goodbyes = tokio::task::JoinSet::new();
        for leg in legs {
            goodbyes.spawn(async move { leg.hung_up().await });
        }
        let all = async { while goodbyes.join_next().await.is_some() {} };
        if tokio::time::timeout(FAREWELL, all).await.is_err() {
            tracing::debug!("practice: a phone did not answer the last BYE");
        }
        for mut wire in std::mem::take(&mut self.wires).into_values() {
            wire.close();
        }
        self.endpoint.close();
    }
}

/// How the end of a leg is told. 486 and 6xx are a person's no; everything else is a phone that cannot.
fn sign(ended: Ended) -> Sign {
    match ended {
        Ended::HungUp | Ended::Cancelled(_) | Ended::Here => Sign::HungUp,
        Ended::Refused(486 | 600 | 603) => Sign::Refused(OfferEnd::Declined),
        Ended::Refused(_) => Sign::Refused(OfferEnd::Unreachable),
        Ended::Lost | Ended::Expired => Sign::Lost,
    }
}
