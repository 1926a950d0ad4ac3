//! The loop that carries out what the state machine decides.

use std::collections::{HashMap, VecDeque};
use std::hash::{BuildHasher, RandomState};
use std::sync::mpsc::Sender as BoardSender;
use std::time::Duration;

use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::sync::watch;
use tokio::time::{Instant, sleep_until};

use super::board::{self, BoardOrder};
use super::link::Link;
use super::session::{CallSession, ended_input, hold_failure, no_common_media, secrecy};
use super::surroundings::Surroundings;
use super::{Order, SoftphoneConfig, Sounds};
use crate::call::{
    Action, CallId, DialTarget, Failure, HoldFailure, Input, Keys, Machine, PhoneCommand, PhoneState,
    Registration, Ring, SoundFault,
};
use crate::media::{Encryption, Secrecy};
use crate::rtp::{BoardMaker, Conference, Ends, Identity, Recorded, RtpConfig, RtpEvent, Session};
use crate::sip::{Endpoint, IncomingCall, InviteRequest, Leg, LegEvent, RegisterFault, SipError};

/// What happens to the engine from its own threads and tasks.
pub(super) enum Event {
    Input(Input),
    Opened(CallId, Result<Session, SoundFault>),
    /// A call's sound goes through other devices.
    Moved(CallId, Ends),
    Rtp(CallId, RtpEvent),
    Leg(CallId, LegEvent),
    Incoming(IncomingCall),
    HoldDone {
        call: CallId,
        hold: bool,
        result: Result<Vec<u8>, SipError>,
    },
    /// Both ends wanted to change the call, and the wait is over.
    HoldAgain {
        call: CallId,
        hold: bool,
        attempt: u32,
    },
    ReferAnswered(CallId, Result<(), SipError>),
    Attempt(Option<Link>, Result<Duration, RegisterFault>),
    /// The connection to the exchange has fallen.
    Fallen,
    /// The first server of the domain answers again, or does not.
    Returned(Option<Link>),
}

/// How long stopping may take, for the calls and for the registration each.
const FAREWELL: Duration = Duration::from_millis(1_500);
/// How often the surroundings are looked at.
const LOOK: Duration = Duration::from_secs(3);
/// How often a change is offered that meets the other end's.
const GLARE_ATTEMPTS: u32 = 3;
/// When nothing else is due.
const FAR: Duration = Duration::from_secs(3_600);

mod registering;

struct Engine {
    config: SoftphoneConfig,
    /// What it shows in handshakes; none where nothing is encrypted.
    identity: Option<Identity>,
    machine: Machine,
    calls: HashMap<CallId, CallSession>,
    endpoint: Option<Endpoint>,
    address: Option<std::net::IpAddr>,
    /// The exchange, as it was reached last.
    peer: Option<std::net::SocketAddr>,
    /// Away while an attempt to register goes on.
    link: Option<Link>,
    attempting: bool,
    /// The connection to the exchange is watched.
    watched: bool,
    failures: u32,
    next_attempt: Option<Instant>,
    /// The first server of the domain is asked whether it is back.
    returning: bool,
    surroundings: Surroundings,
    /// Host, guest, and what mixes them.
    conference: Option<((CallId, CallId), Conference)>,
    board: BoardSender<BoardOrder>,
    tell: UnboundedSender<Event>,
    publish: watch::Sender<PhoneState>,
    sounds: Sounds,
}

/// Runs the phone until it is told to stop.
pub(super) async fn run(
    mut config: SoftphoneConfig,
    mut orders: UnboundedReceiver<Order>,
    publish: watch::Sender<PhoneState>,
    sounds: Sounds,
) {
    let (tell, mut events) = unbounded_channel();
    let silent = super::Sound::Recorded(Recorded::Silence);
    let maker: BoardMaker = std::mem::replace(&mut config.sound, silent).maker();
    let board = board::start(maker, tell.clone());
    std::mem::take(&mut config.headsets).attend(&publish, &tell);
    let surroundings = Surroundings::new((config.clock)(), Instant::now());
    let identity = (config.encryption != Encryption::Off).then(Identity::new).flatten();
    let mut engine = Engine {
        config,
        identity,
        machine: Machine::new(),
        calls: HashMap::new(),
        endpoint: None,
        address: None,
        peer: None,
        link: None,
        attempting: false,
        watched: false,
        failures: 0,
        next_attempt: None,
        returning: false,
        surroundings,
        conference: None,
        board,
        tell,
        publish,
        sounds,
    };
    engine.input(Input::Registration(Registration::Registering));
    engine.attempt();
    let mut look = tokio::time::interval(LOOK);
    look.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        let call_due = sleep_until(engine.call_due());
        let attempt_due = sleep_until(engine.next_attempt.unwrap_or_else(far));
        tokio::select! {
            order = orders.recv() => match order {
                Some(Order::Command(command)) => engine.input(Input::Command(command)),
                Some(Order::RegisterNow) => engine.attempt(),
                Some(Order::Sound(sound)) => engine.order_board(BoardOrder::Replace(sound.maker())),
                Some(Order::Stop) | None => break,
            },
            Some(event) = events.recv() => engine.event(event),
            () = call_due => engine.input(Input::Tick),
            () = attempt_due => engine.attempt(),
            _ = look.tick() => engine.look(),
        }
    }
    engine.farewell(&mut events).await;
}

fn far() -> Instant {
    Instant::now() + FAR
}

impl Engine {
    fn now(&self) -> u64 {
        (self.config.clock)()
    }

    fn call_due(&self) -> Instant {
        let Some(due) = self.machine.deadline() else { return far() };
        Instant::now() + Duration::from_millis(due.saturating_sub(self.now()))
    }

    /// Gives the machine an input, carries out its actions and publishes the state.
    fn input(&mut self, input: Input) {
        let mut inputs = VecDeque::from([input]);
        while let Some(input) = inputs.pop_front() {
            for action in self.machine.handle(self.now(), input) {
                inputs.extend(self.act(action));
            }
        }
        let state = self.machine.state();
        let lives = |call: &CallId| state.call(*call).is_some_and(|call| !call.state.is_ended());
        self.calls.retain(|call, session| session.leg.is_some() || lives(call));
        self.publish.send_if_modified(|shown| {
            let changed = *shown != state;
            *shown = state;
            changed
        });
    }

    fn act(&mut self, action: Action) -> Option<Input> {
        match action {
            Action::Alert { call } => self.leg(call, |leg| leg.ring()),
            Action::Reject { call, status } => self.leg(call, |leg| leg.reject(status)),
            Action::Cancel { call } | Action::HangUp { call } => self.leg(call, |leg| leg.hang_up()),
            Action::OpenMedia { call } => return self.open_media(call),
            Action::Accept { call } => return self.accept(call),
            Action::Invite { call, target } => return self.invite(call, &target),
            Action::ChangeHold { call, hold } => self.change_hold(call, hold, 1),
            Action::UseDevices { call } => self.order_board(BoardOrder::Give(call)),
            Action::Refer { call, target } => {
                let target = self.address_of(&target);
                self.refer(call, |leg| async move { leg.refer(&target).await });
            }
            Action::ReferWith { call, with } => self.refer_with(call, with),
            Action::Confer { host, guest, muted } => self.confer((host, guest), muted),
            Action::Part => self.part(),
            Action::Press { call, keys } => self.press(call, &keys),
            Action::Gate { call, microphone, speaker } => {
                self.media(call, |media| media.gate(microphone, speaker));
            }
            Action::CloseMedia { call } => {
                let media = self.calls.get_mut(&call).and_then(|session| session.media.take());
                self.order_board(BoardOrder::Close(call, media));
            }
            Action::Ring(ring) => self.ring(ring),
        }
        None
    }

    fn leg(&self, call: CallId, act: impl FnOnce(&Leg)) {
        if let Some(leg) = self.calls.get(&call).and_then(|session| session.leg.as_ref()) {
            act(leg);
        }
    }

    fn media(&self, call: CallId, act: impl FnOnce(&Session)) {
        if let Some(media) = self.calls.get(&call).and_then(|session| session.media.as_ref()) {
            act(media);
        }
    }

    fn confer(&mut self, calls: (CallId, CallId), muted: bool) {
        if let Some((_, conference)) = self.conference.as_ref().filter(|(of, _)| *of == calls) {
            return conference.mute(muted);
        }
        self.part();
        let media = |call| self.calls.get(call).and_then(|session: &CallSession| session.media.as_ref());
        if let (Some(host), Some(guest)) = (media(&calls.0), media(&calls.1)) {
            self.conference = Some((calls, Conference::begin(host, guest, muted)));
        }
    }

    fn part(&mut self) {
        if self.conference.take().is_some() {
            self.calls.values().filter_map(|session| session.media.as_ref()).for_each(Session::part);
        }
    }

    fn press(&mut self, call: CallId, keys: &Keys) {
        let tell = self.tell.clone();
        if let Some(session) = self.calls.get_mut(&call) {
            session.press(keys, move || {
                let _ = tell.send(Event::Input(Input::KeysRefused { call }));
            });
        }
    }

    fn order_board(&self, order: BoardOrder) {
        if self.board.send(order).is_err() {
            tracing::error!("the sound thread has ended");
        }
    }

    fn ring(&self, ring: Ring) {
        self.order_board(BoardOrder::Ring(ring == Ring::Incoming));
        for session in self.calls.values() {
            if let Some(media) = &session.media {
                media.ringback(ring == Ring::Ringback);
            }
        }
    }

    fn open_media(&mut self, call: CallId) -> Option<Input> {
        let Some(address) = self.address else {
            return Some(Input::Failed { call, failure: Failure::Network });
        };
        let (now, secrecy) = (self.now(), self.secrecy());
        self.calls.entry(call).or_insert_with(|| CallSession::new(call, now, address, secrecy));
        let mut config = RtpConfig::new(address);
        config.identity = self.identity.clone();
        config.ports = self.config.ports.clone();
        self.order_board(BoardOrder::Open(call, config));
        None
    }

    fn secrecy(&self) -> Secrecy {
        secrecy(self.config.encryption, self.config.keys, self.identity.as_ref())
    }

    fn accept(&mut self, call: CallId) -> Option<Input> {
        // A call that takes a held one's place is held from the beginning.
        let held = self.machine.state().call(call).is_some_and(|call| call.hold.here);
        let session = self.calls.get_mut(&call)?;
        let Some(sdp) = session.answer(held) else { return Some(no_common_media(call)) };
        let leg = session.leg.as_ref()?;
        if leg.answer(sdp).is_err() {
            // The caller's CANCEL came first; its event is on the way.
            tracing::debug!("an answer came after the end of the call");
        }
        None
    }

    fn invite(&mut self, call: CallId, target: &DialTarget) -> Option<Input> {
        let failed = Input::Failed { call, failure: Failure::Network };
        let Some(endpoint) = self.endpoint.clone() else { return Some(failed) };
        let to = self.address_of(target);
        let session = self.calls.get_mut(&call)?;
        let (server, transport) = (&self.config.server, self.config.transport);
        let request = InviteRequest {
            to,
            from: format!("sip:{}@{server}", self.config.credentials.user),
            display: self.config.display.clone(),
            offer: session.our_offer(),
            headers: vec![],
            timed: true,
            credentials: Some(self.config.credentials.clone()),
            through: Some((self.config.proxy.as_ref().unwrap_or(server).clone(), transport)),
        };
        match endpoint.invite(request) {
            Ok((leg, events)) => {
                session.leg = Some(leg);
                self.follow(call, events);
                None
            }
            Err(_) => Some(failed),
        }
    }

    /// A number is one of the exchange's.
    fn address_of(&self, target: &DialTarget) -> String {
        let (server, transport) = (&self.config.server, self.config.transport);
        match target {
            DialTarget::Number(number) => {
                format!("sip:{}@{server}{}", number.replace('#', "%23"), transport.parameter())
            }
            DialTarget::Address(address) => address.clone(),
        }
    }

    fn refer<F>(&self, call: CallId, ask: impl FnOnce(Leg) -> F)
    where
        F: Future<Output = Result<(), SipError>> + Send + 'static,
    {
        let Some(leg) = self.calls.get(&call).and_then(|session| session.leg.clone()) else { return };
        let (asked, tell) = (ask(leg), self.tell.clone());
        tokio::spawn(async move {
            let _ = tell.send(Event::ReferAnswered(call, asked.await));
        });
    }

    fn refer_with(&self, call: CallId, with: CallId) {
        let place = self.calls.get(&with).and_then(|session| session.leg.clone());
        self.refer(call, |leg| async move { leg.refer_to_place(&place.ok_or(SipError::WrongState)?).await });
    }

    fn follow(&self, call: CallId, mut events: UnboundedReceiver<LegEvent>) {
        let tell = self.tell.clone();
        tokio::spawn(async move {
            while let Some(event) = events.recv().await {
                if tell.send(Event::Leg(call, event)).is_err() {
                    return;
                }
            }
        });
    }

    fn change_hold(&mut self, call: CallId, hold: bool, attempt: u32) {
        let Some(session) = self.calls.get_mut(&call) else { return };
        let sdp = session.hold_offer(hold);
        let (leg, tell) = (session.leg.clone(), self.tell.clone());
        tokio::spawn(async move {
            let result = match &leg {
                Some(leg) => leg.reoffer(sdp).await,
                None => Err(SipError::WrongState),
            };
            let event = match (leg, result) {
                (Some(leg), Err(SipError::Refused(491))) if attempt < GLARE_ATTEMPTS => {
                    tokio::time::sleep(leg.glare_wait(RandomState::new().hash_one(call))).await;
                    Event::HoldAgain { call, hold, attempt: attempt + 1 }
                }
                (_, result) => Event::HoldDone { call, hold, result },
            };
            let _ = tell.send(event);
        });
    }

    fn event(&mut self, event: Event) {
        match event {
            Event::Input(input) => self.input(input),
            Event::Incoming(incoming) => self.incoming(incoming),
            Event::Opened(call, Ok(media)) => {
                self.sounds.note(call, media.view());
                match self.calls.get_mut(&call) {
                    Some(session) => session.opened(media),
                    None => self.order_board(BoardOrder::Close(call, Some(media))),
                }
                self.input(Input::MediaReady { call });
            }
            Event::Moved(call, ends) => self.media(call, |media| media.use_ends(ends)),
            Event::Opened(call, Err(fault)) => self.input(Input::MediaFailed { call, fault }),
            Event::Rtp(call, RtpEvent::Silent) => self.input(Input::MediaSilent { call }),
            Event::Rtp(call, RtpEvent::Encrypted(encrypted)) => {
                self.input(Input::MediaEncrypted { call, encrypted });
            }
            Event::Rtp(call, RtpEvent::NoKeys(fault)) => {
                self.input(Input::Failed { call, failure: Failure::NotEncrypted(fault) });
            }
            Event::Rtp(call, RtpEvent::Heard) => self.input(Input::MediaHeard { call }),
            Event::Rtp(_, RtpEvent::Digit(_)) => {}
            Event::Rtp(call, RtpEvent::Quality { now, whole }) => {
                self.input(Input::MediaQuality { call, now, whole });
            }
            Event::Leg(call, event) => self.leg_event(call, event),
            Event::HoldDone { call, hold, result } => self.hold_done(call, hold, result),
            Event::ReferAnswered(call, result) => {
                let failure = result.err().map(|error| hold_failure(error).into());
                self.input(Input::ReferAnswered { call, failure });
            }
            Event::HoldAgain { call, hold, attempt } => self.change_hold(call, hold, attempt),
            Event::Attempt(link, result) => self.attempted(link, result),
            Event::Fallen => self.fallen(),
            Event::Returned(link) => self.returned(link),
        }
    }

    fn incoming(&mut self, incoming: IncomingCall) {
        let IncomingCall { leg, events, remote, queue, offer, replaces, .. } = incoming;
        let Some(address) = self.address else {
            leg.reject(480);
            return;
        };
        let has_place = |session: &CallSession| {
            session.leg.as_ref().zip(replaces.as_ref()).is_some_and(|(leg, place)| leg.has_place(place))
        };
        let old = self.calls.iter().find(|(_, session)| has_place(session)).map(|(call, _)| *call);
        if replaces.is_some() && old.is_none() {
            leg.reject(481);
            return;
        }
        let call = self.machine.next_id();
        let mut session = CallSession::new(call, self.now(), address, self.secrecy());
        if session.offered(&offer).is_err() {
            leg.reject(488);
            return;
        }
        session.leg = Some(leg);
        self.calls.insert(call, session);
        self.follow(call, events);
        self.input(match old {
            Some(old) => Input::Replacing { call, old, remote },
            None => Input::Offered { call, remote, queue: Some(queue) },
        });
    }

    fn leg_event(&mut self, call: CallId, event: LegEvent) {
        let Some(session) = self.calls.get_mut(&call) else { return };
        let input = match event {
            LegEvent::Progress { status, .. } if status < 180 => return,
            LegEvent::Progress { sdp, .. } => {
                let early_media = sdp.is_some_and(|sdp| session.rings(&sdp));
                Input::Progress { call, early_media }
            }
            LegEvent::Answered { sdp } => {
                session.early(false);
                match session.answered(&sdp) {
                    Ok(_) => Input::Answered { call },
                    Err(_) => no_common_media(call),
                }
            }
            LegEvent::Confirmed { sdp: Some(sdp) } => match session.answered(&sdp) {
                Ok(_) => return,
                Err(_) => no_common_media(call),
            },
            LegEvent::Confirmed { sdp: None } => return,
            LegEvent::Reoffered(offer) => match session.reoffered(offer) {
                Some(held) => Input::RemoteHold { call, held },
                None => return,
            },
            LegEvent::Refreshed { sdp } => {
                session.refreshed(&sdp);
                return;
            }
            // Dropped, it is declined: where this phone calls is its agent's choice.
            LegEvent::Referred(_) => return,
            // Keys pressed there mean nothing to an agent.
            LegEvent::Informed(_) => return,
            LegEvent::Told { status, last } => Input::TransferProgress { call, status, last },
            LegEvent::Ended(ended) => {
                let input = ended_input(call, ended);
                self.input(input);
                if let Some(media) = self.calls.remove(&call).and_then(|session| session.media) {
                    self.order_board(BoardOrder::Close(call, Some(media)));
                }
                return;
            }
        };
        self.input(input);
    }

    fn hold_done(&mut self, call: CallId, hold: bool, result: Result<Vec<u8>, SipError>) {
        let Some(session) = self.calls.get_mut(&call) else { return };
        let gone = matches!(result, Err(SipError::Refused(481 | 408)));
        let answer = result.map_err(hold_failure);
        let agreed = answer.and_then(|sdp| session.hold_answered(hold, &sdp).ok_or(HoldFailure::NoAnswer));
        self.input(Input::HoldResult { call, hold, failure: agreed.err() });
        if let (Ok(agreed), false) = (agreed, hold) {
            // What the other end does shows when we offer both ways.
            self.input(Input::RemoteHold { call, held: agreed.held });
        }
        if gone {
            self.input(Input::Failed { call, failure: Failure::Network });
        }
    }

    /// Ends the calls, takes the registration back, closes.
    async fn farewell(mut self, events: &mut UnboundedReceiver<Event>) {
        while let Some(call) = self.machine.state().active().map(|call| call.id) {
            self.input(Input::Command(PhoneCommand::HangUp { call }));
        }
        let ended = async {
            while self.calls.values().any(|session| session.leg.is_some()) || self.attempting {
                let Some(event) = events.recv().await else { break };
                self.event(event);
            }
        };
        let _ = tokio::time::timeout(FAREWELL, ended).await;
        if let Some(link) = &mut self.link {
            let _ = tokio::time::timeout(FAREWELL, link.unregister()).await;
        }
        self.close_link();
        self.input(Input::Registration(Registration::Off));
    }
}
