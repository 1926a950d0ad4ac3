//! A practice exchange in quick time, and a telephone without devices at it.
#![allow(dead_code, clippy::unwrap_used, clippy::panic, reason = "test code")]

use domain::{QueueId, Timestamp};
use exchange::{AgentPhone, EventStream, Exchange, ExchangeEvent};
use phone::Softphone;
use phone::call::{Call, CallId, CallState, EndCause, PhoneCommand, PhoneState, Registration, SoundFault};
use phone::media::{Frame, FrameKind, SILENCE, Tone};
use phone::rtp::{Ends, FrameSink, FrameSource, SoundBoard};
use phone::sip::{Credentials, Password};
use phone::softphone::{SoftphoneConfig, Sound};
use practice::resident::Pace;
use practice::scenario::Scenario;
use practice::{Config, Practice, Rhythm, Said, Speech};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;
use tokio::sync::{broadcast, watch};

const LIMIT: Duration = Duration::from_secs(20);

/// Waits for something that has to happen; the limit only bounds a failure.
pub async fn within<T>(what: &str, future: impl Future<Output = T>) -> T {
    tokio::time::timeout(LIMIT, future).await.unwrap_or_else(|_| panic!("{what} did not happen"))
}

/// An errand of few words.
const ERRAND: &str = r#"
id = "prov"
title = "Prov"
entry = "kommunen"
menu = "1"
queue = "bygg"
patience_seconds = 600
hold_seconds = 60
[caller]
name = "Anders Malmström"
number = "+46701740618"
[voice]
pitch = 50
speed = 160
[lines]
hello = "Malmström hej"
opening = "Hej altan"
answers = ["Fyra meter", "Lärkvägen tre"]
on_hold = "Hej igen"
on_silence = ["Hallå", "Nej"]
on_wrong_transfer = "Kom fel"
thanks = "Tack hej"
[register]
case_type = "bygglov-fraga"
disposition = "solved"
group = "bygglov"
"#;

pub fn errand() -> Scenario {
    Scenario::parse(ERRAND).unwrap()
}

pub fn quick() -> Config {
    let ms = Duration::from_millis;
    Config {
        rhythm: Rhythm {
            first_caller: ms(50),
            between: ms(50)..=ms(100),
            ring: Duration::from_secs(30),
            offer_again: ms(50),
            resident_rings: ms(100)..=ms(200),
            pace: Pace {
                least_speech: ms(80),
                turn: ms(150),
                no_greeting: Duration::from_secs(60),
                long_greeting: Duration::from_secs(60),
                silence: Duration::from_secs(60),
                goodbye: ms(50),
            },
        },
        scenarios: vec![errand()],
        speech: Speech::Tones,
        ..Config::default()
    }
}

pub struct House {
    pub practice: Arc<Practice>,
    pub events: EventStream,
    pub said: broadcast::Receiver<Said>,
}

pub fn agent() -> AgentPhone {
    AgentPhone::new("1001").unwrap()
}

pub fn queues() -> Vec<QueueId> {
    vec!["bygg".parse().unwrap()]
}

impl House {
    pub async fn open(config: Config) -> Self {
        let mut seed = 0_u64;
        let chance = Box::new(move || {
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(99);
            seed >> 7
        });
        let clock = Arc::new(|| Timestamp(1_800_000_000_000));
        let practice = Practice::start(config, clock, chance).await.unwrap();
        let (events, said) = (practice.events(), practice.said());
        Self { practice, events, said }
    }

    /// A registered telephone of an agent who is ready.
    pub async fn staffed(config: Config) -> (Self, Desk) {
        let house = Self::open(config).await;
        let mut desk = house.desk(None);
        desk.registered().await;
        house.practice.agent_ready(&agent(), &queues()).await.unwrap();
        (house, desk)
    }

    pub fn desk(&self, secret: Option<&str>) -> Desk {
        let account = self.practice.phone_account(&agent()).unwrap();
        let secret = secret.unwrap_or(account.secret.expose());
        Desk::start(account.server, Credentials { user: account.user, password: Password::new(secret) })
    }

    pub async fn event(&mut self) -> ExchangeEvent {
        within("an event", self.events.next()).await.unwrap().event
    }

    /// What the resident says next, when spoken to until it is said: who is interrupted may not have heard.
    pub async fn replies(&mut self, desk: &Desk) -> String {
        for _ in 0..LIMIT.as_secs() {
            desk.speaks();
            if let Ok(said) = tokio::time::timeout(Duration::from_secs(1), self.said.recv()).await {
                return said.unwrap().text;
            }
        }
        panic!("no reply");
    }

    pub async fn says(&mut self) -> String {
        within("a line", self.said.recv()).await.unwrap().text
    }
}

/// Says a tone for so many frames, then nothing.
struct Throat {
    left: Arc<AtomicU32>,
    tone: Tone,
}

impl FrameSource for Throat {
    fn fill(&mut self, frame: &mut Frame) {
        let speaks = self.left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| left.checked_sub(1));
        *frame = if speaks.is_ok() { self.tone.frame() } else { SILENCE };
    }
}

struct Ears(watch::Sender<bool>);

impl FrameSink for Ears {
    fn take(&mut self, frame: &Frame, _: FrameKind) {
        let loud = frame.iter().any(|sample| sample.unsigned_abs() > 1_000);
        self.0.send_if_modified(|hears| std::mem::replace(hears, loud) != loud);
    }
}

struct Board {
    left: Arc<AtomicU32>,
    hears: watch::Sender<bool>,
}

impl SoundBoard for Board {
    fn open(&mut self) -> Result<Ends, SoundFault> {
        self.hears.send_replace(false);
        let throat = Throat { left: self.left.clone(), tone: Tone::new(300.0, 0.3) };
        Ok(Ends { source: Box::new(throat), sink: Box::new(Ears(self.hears.clone())) })
    }
}

pub struct Desk {
    pub phone: Softphone,
    pub state: watch::Receiver<PhoneState>,
    hears: watch::Receiver<bool>,
    left: Arc<AtomicU32>,
}

impl Desk {
    fn start(server: String, credentials: Credentials) -> Self {
        let (heard, hears) = watch::channel(false);
        let left = Arc::new(AtomicU32::new(0));
        let board = Board { left: left.clone(), hears: heard };
        let sound = Sound::Custom(Box::new(move || Box::new(board)));
        let phone = Softphone::start(SoftphoneConfig::new(server, credentials, sound)).unwrap();
        let state = phone.state();
        Self { phone, state, hears, left }
    }

    pub async fn until(&mut self, what: &str, wanted: impl FnMut(&PhoneState) -> bool) -> PhoneState {
        match tokio::time::timeout(LIMIT, self.state.wait_for(wanted)).await {
            Ok(state) => state.unwrap().clone(),
            Err(_) => panic!("{what} did not happen; {:?}", self.phone.state().borrow()),
        }
    }

    pub async fn registered(&mut self) {
        self.until("registration", |state| state.registration == Registration::Registered).await;
    }

    pub async fn active(&mut self, wanted: CallState) -> Call {
        let is = |state: &PhoneState| state.active().is_some_and(|call| call.state == wanted);
        self.until("the call's state", is).await.active().unwrap().clone()
    }

    pub async fn ended(&mut self, call: CallId) -> EndCause {
        let over = |state: &PhoneState| state.call(call).is_some_and(|call| call.state.is_ended());
        match self.until("the call's end", over).await.call(call).unwrap().state {
            CallState::Ended { cause } => cause,
            _ => unreachable!(),
        }
    }

    /// Answers what rings.
    pub async fn answer(&mut self) -> CallId {
        let call = self.active(CallState::Ringing).await.id;
        self.phone.command(PhoneCommand::Answer { call });
        self.active(CallState::InCall).await;
        call
    }

    /// Hears something (`true`) or nothing now.
    pub async fn hears(&mut self, sound: bool) {
        within("the sound", self.hears.wait_for(|hears| *hears == sound)).await.unwrap();
    }

    /// Speaks for 400 ms.
    pub fn speaks(&self) {
        self.left.store(20, Ordering::Relaxed);
    }

    pub fn dial(&self, target: &str) {
        self.phone.command(PhoneCommand::Dial { target: target.into() });
    }
}
