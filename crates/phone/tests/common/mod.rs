//! A tiny exchange and a phone without devices, both on loopback, made of the crate's own pieces.
#![allow(dead_code, clippy::unwrap_used, clippy::panic, reason = "test code")]

pub mod front;

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use phone::Softphone;
use phone::call::{
    Call, CallId, CallState, EndCause, PhoneCommand, PhoneState, Registration, SoundFault, Transfer,
};
use phone::media::{
    Agreed, Codec, Digit, Encryption, Flow, KeyExchange, LocalMedia, RemoteMedia, Secrecy, Tone,
};
use phone::rtp::{
    Ends, FrameSource, Identity, MeterSink, News, RtpConfig, RtpEvent, Session, SoundBoard, ToneSource,
};
use phone::sip::{
    Credentials, DigestAlgorithm, Ended, Endpoint, EndpointConfig, Incoming, IncomingCall, InviteRequest,
    Leg, LegEvent, Offer, Password, Place, Referral, Transport, Trust, Verdict,
};
use phone::softphone::{Clock, SoftphoneConfig, Sound};
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};
use tokio::sync::watch;

pub const PHONE_HZ: f64 = 440.0;
pub const EXCHANGE_HZ: f64 = 1_000.0;
const LIMIT: Duration = Duration::from_secs(15);

/// Waits for something that has to happen; the limit only bounds a failure.
pub async fn within<T>(what: &str, future: impl Future<Output = T>) -> T {
    tokio::time::timeout(LIMIT, future).await.unwrap_or_else(|_| panic!("{what} did not happen"))
}

pub fn credentials(password: &str) -> Credentials {
    Credentials { user: "anna".into(), password: Password::new(password) }
}

/// What the exchange sees of registrations: the contact, or none.
pub struct Exchange {
    pub endpoint: Endpoint,
    pub transport: Transport,
    pub contact: watch::Receiver<Option<String>>,
    pub calls: UnboundedReceiver<IncomingCall>,
}

impl Exchange {
    pub async fn start(transport: Transport, algorithm: DigestAlgorithm) -> Self {
        Self::listening(transport, algorithm, "127.0.0.1:0".parse().unwrap()).await
    }

    /// One at that place, over UDP.
    pub async fn at(place: SocketAddr) -> Self {
        Self::listening(Transport::Udp, DigestAlgorithm::Md5, place).await
    }

    async fn listening(transport: Transport, algorithm: DigestAlgorithm, place: SocketAddr) -> Self {
        let any = Some(place);
        let config = match transport {
            Transport::Udp => EndpointConfig { udp: any, tcp: None },
            // A front of its own speaks TLS for it.
            Transport::Tcp | Transport::Tls => EndpointConfig { udp: None, tcp: any },
        };
        let (endpoint, mut incoming) = Endpoint::bind(config).await.unwrap();
        let (bind, contact) = watch::channel(None);
        let (offer, calls) = unbounded_channel();
        tokio::spawn(async move {
            while let Some(next) = incoming.recv().await {
                match next {
                    Incoming::Call(call) => offer.send(call).unwrap_or(()),
                    Incoming::Register(request) => {
                        match request.verify("nonce-1", &Password::new("hemligt")) {
                            Verdict::Missing => request.challenge("svarsplats", "nonce-1", algorithm).await,
                            Verdict::Wrong => request.reject(403).await,
                            Verdict::Right => {
                                let bound = request.contact().filter(|_| request.expires() > 0);
                                let expires = request.expires();
                                request.accept(expires).await;
                                bind.send_replace(bound);
                            }
                        }
                    }
                }
            }
        });
        Self { endpoint, transport, contact, calls }
    }

    pub fn server(&self) -> String {
        self.endpoint.udp().or(self.endpoint.tcp()).unwrap().to_string()
    }

    /// Calls the registered phone as a queue does.
    pub async fn call(&mut self) -> Party {
        self.call_to(Party::new()).await
    }

    /// The same, by a party of the test's own.
    pub async fn call_to(&mut self, party: Party) -> Party {
        let header = |name: &str, value: &str| (format!("X-Svarsplats-{name}"), value.to_owned());
        self.call_with(party, vec![header("Queue", "allmant"), header("Waited", "17")]).await
    }

    /// Calls the registered phone to take the place of another call there.
    pub async fn call_in_place(&mut self, place: String) -> Party {
        self.call_with(Party::new(), vec![("Replaces".to_owned(), place)]).await
    }

    /// Calls the registered phone with an offer that may be anything.
    pub async fn call_offering(&mut self, offer: Vec<u8>) -> Party {
        self.call_as(Party::new(), offer, Vec::new()).await
    }

    async fn call_with(&mut self, party: Party, headers: Vec<(String, String)>) -> Party {
        let offer = party.local.offer();
        self.call_as(party, offer, headers).await
    }

    async fn call_as(&mut self, mut party: Party, offer: Vec<u8>, headers: Vec<(String, String)>) -> Party {
        let contact = within("the registration", self.contact.wait_for(Option::is_some)).await;
        // What came through a front is reached through it.
        let to = contact.unwrap().clone().unwrap().replace("transport=TLS", "transport=tcp");
        let (leg, events) = self
            .endpoint
            .invite(InviteRequest {
                to,
                from: format!("sip:0701740605@{}", self.server()),
                offer,
                headers,
                ..InviteRequest::default()
            })
            .unwrap();
        party.leg = Some(leg);
        party.events = Some(events);
        party
    }

    /// Takes a call that the phone makes.
    pub async fn called(&mut self) -> (Party, IncomingCallParts) {
        self.called_at(Party::new()).await
    }

    /// The same, by a party of the test's own.
    pub async fn called_at(&mut self, mut party: Party) -> (Party, IncomingCallParts) {
        let call = within("the phone's call", self.calls.recv()).await.unwrap();
        party.leg = Some(call.leg);
        party.events = Some(call.events);
        (party, IncomingCallParts { called: call.called, offer: call.offer, replaces: call.replaces })
    }
}

pub struct IncomingCallParts {
    pub called: String,
    pub offer: Vec<u8>,
    pub replaces: Option<Place>,
}

/// The other end of a call: says 1000 Hz and listens for the phone's 440 Hz.
pub struct Party {
    pub leg: Option<Leg>,
    pub events: Option<UnboundedReceiver<LegEvent>>,
    pub local: LocalMedia,
    pub media: Session,
    pub hears: watch::Receiver<f64>,
    keys: UnboundedReceiver<char>,
}

impl Party {
    pub fn new() -> Self {
        Self::listening_for(PHONE_HZ)
    }

    /// One that listens for another tone than the phone's.
    pub fn listening_for(hz: f64) -> Self {
        Self::between(EXCHANGE_HZ, hz)
    }

    /// One that says a tone of its own.
    pub fn between(says: f64, hz: f64) -> Self {
        Self::showing(says, hz, None)
    }

    /// One that takes part in handshakes with what it shows.
    pub fn showing(says: f64, hz: f64, identity: Option<Identity>) -> Self {
        let (press, keys) = unbounded_channel();
        let (tell, hears) = watch::channel(0.0);
        let sink = MeterSink::new(hz, move |share| {
            tell.send_replace(share);
        });
        let source = ToneSource(Tone::new(says, 0.5));
        let ends = Ends { source: Box::new(source), sink: Box::new(sink) };
        let address = "127.0.0.1".parse().unwrap();
        let tell = move |event| {
            if let RtpEvent::Digit(key) = event {
                let _ = press.send(key.to_char());
            }
        };
        let config = RtpConfig { identity, ..RtpConfig::new(address) };
        let media = Session::open(config, ends, tell).unwrap();
        media.gate(true, true);
        let local = LocalMedia {
            address,
            port: media.local_addr().port(),
            session: 1,
            version: 1,
            codecs: Codec::PREFERRED.to_vec(),
            flow: Flow::SendRecv,
            secrecy: Secrecy::default(),
        };
        Self { leg: None, events: None, local, media, hears, keys }
    }

    /// So many keys as they come by telephone-events.
    pub async fn keys(&mut self, count: usize) -> String {
        let mut pressed = String::new();
        for _ in 0..count {
            pressed.push(within("a key", self.keys.recv()).await.unwrap());
        }
        pressed
    }

    /// The next key that comes by INFO; understood only when `taken`.
    pub async fn informed(&mut self, taken: bool) -> Option<char> {
        loop {
            match self.event().await {
                LegEvent::Informed(info) => {
                    let key = info.key.map(Digit::to_char);
                    if !taken {
                        info.refuse();
                    }
                    return key;
                }
                LegEvent::Ended(ended) => panic!("ended: {ended:?}"),
                _ => {}
            }
        }
    }

    pub fn leg(&self) -> &Leg {
        self.leg.as_ref().unwrap()
    }

    pub async fn event(&mut self) -> LegEvent {
        within("a call event", self.events.as_mut().unwrap().recv()).await.unwrap()
    }

    pub fn agree(&mut self, sdp: &[u8]) -> Agreed {
        let theirs = RemoteMedia::parse(sdp).unwrap();
        let agreed = self.local.agree(&theirs).unwrap();
        self.local.secrecy.settle(theirs.means.profile, agreed.keys);
        self.media.agree(agreed);
        agreed
    }

    /// Answers the phone's offer.
    pub fn answer_sdp(&mut self, offer: &[u8]) -> (Vec<u8>, Agreed) {
        let theirs = RemoteMedia::parse(offer).unwrap();
        let (sdp, agreed) = self.local.answer(&theirs).unwrap();
        self.local.secrecy.settle(theirs.means.profile, agreed.keys);
        self.media.agree(agreed);
        (sdp, agreed)
    }

    pub async fn answered(&mut self) {
        loop {
            match self.event().await {
                LegEvent::Answered { sdp } => {
                    self.agree(&sdp);
                    return;
                }
                LegEvent::Progress { .. } => {}
                other => panic!("not answered: {other:?}"),
            }
        }
    }

    /// The phone's next offer of a change.
    pub async fn reoffered(&mut self) -> Offer {
        loop {
            match self.event().await {
                LegEvent::Reoffered(offer) => return offer,
                LegEvent::Ended(ended) => panic!("ended: {ended:?}"),
                _ => {}
            }
        }
    }

    /// Whom the phone asks to call next.
    pub async fn referred(&mut self) -> Referral {
        loop {
            match self.event().await {
                LegEvent::Referred(referral) => return referral,
                LegEvent::Ended(ended) => panic!("ended: {ended:?}"),
                _ => {}
            }
        }
    }

    /// Agrees to the phone's next change, and gives how the sound may flow now.
    pub async fn agrees(&mut self) -> Flow {
        let offer = self.reoffered().await;
        let (sdp, agreed) = self.answer_sdp(&offer.sdp);
        offer.accept(sdp);
        agreed.flow
    }

    /// Offers a change, as its description is now.
    pub async fn reoffers(&mut self) -> Agreed {
        self.local.version += 1;
        let answer = within("the answer", self.leg().reoffer(self.local.offer())).await.unwrap();
        self.agree(&answer)
    }

    pub async fn ended(&mut self) -> Ended {
        loop {
            if let LegEvent::Ended(ended) = self.event().await {
                return ended;
            }
        }
    }

    pub async fn hears(&mut self, tone: bool) {
        within(
            "the tone from the phone",
            self.hears.wait_for(|share| (*share > 0.9) == tone && (tone || *share < 0.1)),
        )
        .await
        .unwrap();
    }
}

/// Devices as they are: closed, they give nothing more.
struct Open {
    source: ToneSource,
    open: Arc<AtomicBool>,
}

impl FrameSource for Open {
    fn fill(&mut self, frame: &mut phone::media::Frame) {
        self.source.fill(frame);
        if !self.open.load(Ordering::Relaxed) {
            *frame = phone::media::SILENCE;
        }
    }
}

/// Ends that say a tone and listen to nothing.
pub fn saying(hz: f64) -> Ends {
    Ends { source: Box::new(ToneSource(Tone::new(hz, 0.5))), sink: Box::new(phone::rtp::Mute) }
}

struct Board {
    open: Arc<AtomicBool>,
    news: Option<std::sync::mpsc::Receiver<News>>,
    hears: watch::Sender<f64>,
    rings: watch::Sender<bool>,
    /// What the next attempts to open give; then all goes well.
    faults: Vec<SoundFault>,
    gate: Option<std::sync::mpsc::Receiver<()>>,
}

impl SoundBoard for Board {
    fn open(&mut self) -> Result<Ends, SoundFault> {
        if let Some(gate) = &self.gate {
            let _ = gate.recv();
        }
        if let Some(fault) = self.faults.pop() {
            return Err(fault);
        }
        let hears = self.hears.clone();
        let sink = MeterSink::new(EXCHANGE_HZ, move |share| {
            hears.send_replace(share);
        });
        self.open = Arc::new(AtomicBool::new(true));
        let source = Open { source: ToneSource(Tone::new(PHONE_HZ, 0.5)), open: self.open.clone() };
        Ok(Ends { source: Box::new(source), sink: Box::new(sink) })
    }

    fn close(&mut self) {
        self.open.store(false, Ordering::Relaxed);
    }

    fn look(&mut self) -> Vec<News> {
        self.news.iter().flat_map(|news| news.try_iter()).collect()
    }

    fn ring(&mut self, on: bool) -> Result<(), SoundFault> {
        self.rings.send_replace(on);
        Ok(())
    }
}

/// A phone that says 440 Hz and listens for 1000 Hz.
pub struct Desk {
    pub phone: Softphone,
    pub state: watch::Receiver<PhoneState>,
    pub hears: watch::Receiver<f64>,
    pub rings: watch::Receiver<bool>,
}

#[derive(Default)]
pub struct DeskOptions {
    pub password: Option<&'static str>,
    pub faults: Vec<SoundFault>,
    /// Each opening of the sound waits for one word.
    pub gate: Option<std::sync::mpsc::Receiver<()>>,
    /// What looking after the devices tells.
    pub news: Option<std::sync::mpsc::Receiver<News>>,
    pub clock: Option<Clock>,
    pub encryption: Encryption,
    pub keys: KeyExchange,
    pub trust: Trust,
    /// Who is asked for names.
    pub resolver: Option<SocketAddr>,
}

impl Desk {
    pub fn start(server: String, transport: Transport, options: DeskOptions) -> Self {
        let (heard, hears) = watch::channel(0.0);
        let (ringing, rings) = watch::channel(false);
        let DeskOptions { password, faults, gate, news, clock, encryption, keys, trust, resolver } = options;
        let open = Arc::default();
        let maker = move || -> Box<dyn SoundBoard> {
            Box::new(Board { open, news, hears: heard, rings: ringing, faults, gate })
        };
        let credentials = credentials(password.unwrap_or("hemligt"));
        let mut config = SoftphoneConfig::new(server, credentials, Sound::Custom(Box::new(maker)));
        config.transport = transport;
        config.encryption = encryption;
        config.keys = keys;
        config.trust = trust;
        config.resolver = resolver;
        config.clock = clock.unwrap_or(config.clock);
        let phone = Softphone::start(config).unwrap();
        let state = phone.state();
        Self { phone, state, hears, rings }
    }

    pub async fn until(&mut self, what: &str, wanted: impl FnMut(&PhoneState) -> bool) -> PhoneState {
        let state = tokio::time::timeout(LIMIT, self.state.wait_for(wanted)).await;
        match state {
            Ok(state) => state.unwrap().clone(),
            Err(_) => panic!("{what} did not happen; {:?}", self.phone.state().borrow()),
        }
    }

    pub async fn registered(&mut self) {
        self.until("registration", |state| state.registration == Registration::Registered).await;
    }

    pub async fn active(&mut self, wanted: CallState) -> CallId {
        let state = self
            .until("the call's state", |state| state.active().is_some_and(|call| call.state == wanted))
            .await;
        state.active().unwrap().id
    }

    /// Waits until that call is in that state.
    pub async fn stands(&mut self, call: CallId, wanted: CallState) -> Call {
        let state = self
            .until("that call's state", |state| state.call(call).is_some_and(|call| call.state == wanted))
            .await;
        state.call(call).unwrap().clone()
    }

    /// Waits until that call's sound is encrypted, or is so no longer.
    pub async fn encrypted(&mut self, call: CallId, wanted: bool) {
        let is = |state: &PhoneState| state.call(call).is_some_and(|call| call.encrypted == wanted);
        self.until("the encryption", is).await;
    }

    /// Waits until that call's transfer goes so.
    pub async fn transfer(&mut self, call: CallId, wanted: Transfer) {
        let goes = |state: &PhoneState| state.call(call).is_some_and(|call| call.transfer == Some(wanted));
        self.until("the transfer's progress", goes).await;
    }

    /// A call from the exchange, answered and heard.
    pub async fn talks_with(&mut self, exchange: &mut Exchange) -> (CallId, Party) {
        let mut caller = exchange.call().await;
        let call = self.rings_as_new().await;
        self.answer(call);
        caller.answered().await;
        self.stands(call, CallState::InCall).await;
        caller.hears(true).await;
        (call, caller)
    }

    /// The call that rings.
    pub async fn rings_as_new(&mut self) -> CallId {
        let rings = |state: &PhoneState| {
            state.calls.iter().find(|call| call.state == CallState::Ringing).map(|call| call.id)
        };
        rings(&self.until("the ring", |state| rings(state).is_some()).await).unwrap()
    }

    pub async fn ended(&mut self, call: CallId) -> EndCause {
        let state = self
            .until("the call's end", |state| state.call(call).is_some_and(|call| call.state.is_ended()))
            .await;
        match state.call(call).unwrap().state {
            CallState::Ended { cause } => cause,
            _ => unreachable!(),
        }
    }

    pub async fn hears(&mut self, tone: bool) {
        within(
            "the tone at the phone",
            self.hears.wait_for(|share| (*share > 0.9) == tone && (tone || *share < 0.1)),
        )
        .await
        .unwrap();
    }

    pub async fn rings(&mut self, on: bool) {
        within("the ring", self.rings.wait_for(|rings| *rings == on)).await.unwrap();
    }

    pub fn answer(&self, call: CallId) {
        self.phone.command(PhoneCommand::Answer { call });
    }
}
