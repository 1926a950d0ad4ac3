//! The phone of a desk, against the practice exchange.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "test code")]

mod common;

use async_trait::async_trait;
use common::{Keyring, SOON, ask, command_id, environment, ready, until};
use contract::agents::SetAgentState;
use contract::desk::{Connection, Phase};
use contract::domain::CommandId;
use contract::phone::{
    CallQuality, CallState, CheckOutcome, ChooseDevices, EndCause, OnCall, PhoneFault, PhonePart, PhoneView,
    Registration, ResidentSaid,
};
use contract::{
    AgentSet, Code, Error, Event, Nothing, PhoneAnswer, PhoneCheck, PhoneChooseDevices, PhoneHangUp,
    PhoneState, PracticeNext, SignOut,
};
use desk::{Clock, Desk, Launch, PracticeHost, PracticeService, Recorded, Sound, SoundOf, SystemClock};
use practice::{Config, Practice, Speech};
use service::clock::{SystemClock as ServiceClock, SystemRandom};
use service::{Seed, Service, ServiceConfig};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use store_sqlite::SqliteStore;
use tokio::sync::Notify;
use tokio::sync::mpsc;

/// Held while sound is measured: two calls that are, beside each other, would measure one another's haste.
static MEASURED: tokio::sync::Mutex<()> = tokio::sync::Mutex::const_new(());

/// The embedded service, which a test can take away.
#[derive(Default)]
struct Embedded(Mutex<Option<Service>>, Mutex<Option<Arc<Practice>>>);

#[async_trait]
impl PracticeHost for Embedded {
    async fn start(&self, folder: &Path) -> Result<PracticeService, Error> {
        std::fs::create_dir_all(folder).unwrap();
        let store = SqliteStore::open(&folder.join("service.db")).unwrap();
        let config = Config { speech: Speech::Tones, ..Config::default() };
        let exchange = Practice::start(config, Arc::new(|| SystemClock.now()), Box::new(|| 7)).await.unwrap();
        let config = ServiceConfig {
            practice: true,
            seed: Some(Seed::exempelkoping().unwrap()),
            ..ServiceConfig::loopback()
        };
        let (clock, random) = (Arc::new(ServiceClock), Arc::new(SystemRandom));
        let service =
            Service::start(config, Arc::new(store), Some(exchange.clone()), clock, random).await.unwrap();
        let bearer = service.practice_session(None).await.map_err(|_| Error::from(Code::Internal))?;
        let (tell, said) = mpsc::unbounded_channel();
        let mut words = exchange.said();
        tokio::spawn(async move {
            while let Ok(said) = words.recv().await {
                let _ = tell.send(ResidentSaid { contact: said.contact, text: said.text.into() });
            }
        });
        let address = format!("http://{}", service.address());
        *self.0.lock().unwrap() = Some(service);
        *self.1.lock().unwrap() = Some(exchange);
        Ok(PracticeService { address, bearer, said })
    }

    async fn stop(&self) {}
}

/// Begins when it is told to.
struct Slow(Arc<Embedded>, Notify);

#[async_trait]
impl PracticeHost for Slow {
    async fn start(&self, folder: &Path) -> Result<PracticeService, Error> {
        self.1.notified().await;
        self.0.start(folder).await
    }

    async fn stop(&self) {}
}

struct Practising {
    desk: Desk,
    host: Arc<Embedded>,
    keyring: Arc<Keyring>,
    data: tempfile::TempDir,
}

impl Practising {
    async fn with(sound: SoundOf) -> Self {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let data = tempfile::tempdir().unwrap();
        let host = Arc::new(Embedded::default());
        let keyring = Arc::new(Keyring::default());
        let mut environment = environment(data.path().to_owned(), &keyring);
        environment.practice = host.clone();
        environment.sound = sound;
        let desk = Desk::launch(environment, Launch::Practice);
        ready(&desk).await;
        let this = Self { desk, host, keyring, data };
        this.until("registered", |phone| phone.registration == Registration::Registered).await;
        this
    }

    async fn until(&self, what: &str, stands: impl Fn(&PhoneView) -> bool) -> PhoneView {
        let mut events = self.desk.events();
        let waited = tokio::time::timeout(SOON, async {
            loop {
                let view = ask::<PhoneState>(&self.desk, None, &Nothing {}).await.unwrap();
                if stands(&view) {
                    return view;
                }
                let _ = events.recv().await;
            }
        });
        waited.await.unwrap_or_else(|_| panic!("not within the bound: {what}"))
    }

    /// Waits until a resident is offered; gives the call's number.
    async fn offered(&self) -> u64 {
        ask::<AgentSet>(&self.desk, id(), &SetAgentState::Ready).await.unwrap();
        ask::<PracticeNext>(&self.desk, id(), &Nothing {}).await.unwrap();
        let view = self.until("an offered call", |phone| stands(phone, CallState::Ringing)).await;
        view.calls.last().unwrap().number
    }

    async fn choose(&self, microphone: &str) {
        let chosen = ChooseDevices { microphone: Some(microphone.to_owned()), ..ChooseDevices::default() };
        ask::<PhoneChooseDevices>(&self.desk, id(), &chosen).await.unwrap();
    }
}

fn id() -> Option<CommandId> {
    Some(command_id())
}

fn stands(phone: &PhoneView, state: CallState) -> bool {
    phone.calls.last().is_some_and(|call| call.state == state)
}

/// A sound for each choice; the choices are noted.
fn noted() -> (SoundOf, Arc<Mutex<Vec<Option<String>>>>) {
    let chosen = Arc::new(Mutex::new(Vec::new()));
    let note = chosen.clone();
    let sound: SoundOf = Arc::new(move |devices: &ChooseDevices| {
        note.lock().unwrap().push(devices.microphone.clone());
        let missing = devices.microphone.as_deref() == Some("missing");
        let file = PathBuf::from("/nowhere/speech.wav");
        Sound::Recorded(if missing { Recorded::File(file) } else { Recorded::Silence })
    });
    (sound, chosen)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_chosen_device_is_used_at_once_in_a_call_and_without_the_service() {
    let (sound, chosen) = noted();
    let practising = Practising::with(sound).await;
    let call = practising.offered().await;
    ask::<PhoneAnswer>(&practising.desk, id(), &OnCall { call }).await.unwrap();
    practising.until("in call", |phone| stands(phone, CallState::InCall)).await;
    practising.choose("headset").await;
    assert_eq!(chosen.lock().unwrap().last().cloned().flatten().as_deref(), Some("headset"));

    let service = practising.host.0.lock().unwrap().take().unwrap();
    service.stop().await.unwrap();
    practising.choose("another").await;
    assert_eq!(chosen.lock().unwrap().last().cloned().flatten().as_deref(), Some("another"));
    let phone = ask::<PhoneState>(&practising.desk, None, &Nothing {}).await.unwrap();
    assert_eq!(phone.registration, Registration::Registered, "the exchange has not heard of it");
    assert!(stands(&phone, CallState::InCall), "nor has the caller");
}

#[tokio::test(flavor = "multi_thread")]
async fn work_begins_before_the_practice_service_does() {
    let Practising { desk, host, keyring, data } = Practising::with(noted().0).await;
    until(&desk, "the knowledge", |view| view.connection == Connection::Connected).await;
    desk.stop().await;
    let service = host.0.lock().unwrap().take().unwrap();
    service.stop().await.unwrap();

    let slow = Arc::new(Slow(host, Notify::new()));
    let mut environment = environment(data.path().to_owned(), &keyring);
    environment.practice = slow.clone();
    let desk = Desk::launch(environment, Launch::Practice);
    let view = until(&desk, "work without it", |view| view.phase == Phase::Ready).await;
    assert_eq!(view.connection, Connection::Connecting);
    assert!(view.me.is_some());
    let asked = ask::<AgentSet>(&desk, id(), &SetAgentState::Ready).await;
    assert_eq!(asked.unwrap_err().code, Code::Unavailable, "nobody is asked to sign in");
    slow.1.notify_one();
    until(&desk, "the service", |view| view.connection == Connection::Connected).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_wrong_with_the_sound_is_shown_until_another_device_is_chosen() {
    let (sound, _) = noted();
    let practising = Practising::with(sound).await;
    practising.choose("missing").await;
    let call = practising.offered().await;
    ask::<PhoneAnswer>(&practising.desk, id(), &OnCall { call }).await.unwrap();
    let fault = Some(PhoneFault::NoMicrophone);
    let phone = practising.until("the fault", |phone| phone.fault == fault).await;
    assert!(stands(&phone, CallState::Ringing), "it can be answered once there is one");
    practising.choose("headset").await;
    ask::<PhoneAnswer>(&practising.desk, id(), &OnCall { call }).await.unwrap();
    let phone = practising.until("in call", |phone| stands(phone, CallState::InCall)).await;
    assert_eq!(phone.fault, None);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_call_that_is_over_tells_how_it_sounded_until_its_agent_signs_out() {
    let _quiet = MEASURED.lock().await;
    let (sound, _) = noted();
    let practising = Practising::with(sound).await;
    let call = practising.offered().await;
    ask::<PhoneAnswer>(&practising.desk, id(), &OnCall { call }).await.unwrap();
    let sounds = |phone: &PhoneView| phone.calls.last().is_some_and(|call| call.quality.is_some());
    practising.until("how it sounds", sounds).await;
    ask::<PhoneHangUp>(&practising.desk, id(), &OnCall { call }).await.unwrap();
    let over = CallState::Ended { cause: EndCause::HungUp };
    let phone = practising.until("the end", |phone| stands(phone, over)).await;
    let ended = phone.calls.last().unwrap();
    assert_eq!(ended.quality, Some(CallQuality::Good));
    assert!(ended.answered_at.is_some_and(|answered| answered < ended.since), "its length is known");

    let mut events = practising.desk.events();
    ask::<SignOut>(&practising.desk, id(), &Nothing {}).await.unwrap();
    let left = tokio::time::timeout(SOON, async {
        loop {
            match events.recv().await {
                Ok(Event::PhoneChanged(phone)) if phone.calls.is_empty() => return,
                Ok(_) => {}
                Err(error) => panic!("{error}"),
            }
        }
    });
    left.await.expect("the window is told that nobody's calls are there");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_phone_is_tried_before_the_shift_and_not_in_a_call() {
    let _quiet = MEASURED.lock().await;
    let practising = Practising::with(noted().0).await;
    let (once, beside) = tokio::join!(
        ask::<PhoneCheck>(&practising.desk, None, &Nothing {}),
        ask::<PhoneCheck>(&practising.desk, None, &Nothing {}),
    );
    assert_eq!(once.is_ok(), beside.is_err(), "one at a time");
    let found = once.or(beside).unwrap();
    let of = |part| found.parts.iter().find(|found| found.part == part).unwrap();
    assert_eq!(
        of(PhonePart::Microphone).outcome,
        CheckOutcome::NotTried,
        "nothing is opened that is not chosen"
    );
    assert_eq!(of(PhonePart::Registration).outcome, CheckOutcome::Works);
    assert!(of(PhonePart::Delay).figure.is_some_and(|ms| (1..400).contains(&ms)), "{:?}", found.parts);
    assert!(of(PhonePart::Echo).figure.is_some_and(|ms| (1..400).contains(&ms)), "{}", found.report);
    assert_eq!(of(PhonePart::Buttons).outcome, CheckOutcome::NotTried);
    assert_eq!(found.report.lines().count(), 7);

    let call = practising.offered().await;
    ask::<PhoneAnswer>(&practising.desk, id(), &OnCall { call }).await.unwrap();
    practising.until("in call", |phone| stands(phone, CallState::InCall)).await;
    let refused = ask::<PhoneCheck>(&practising.desk, None, &Nothing {}).await;
    assert_eq!(refused.unwrap_err().code, Code::WrongState);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_resident_says_can_be_read() {
    let (sound, _) = noted();
    let practising = Practising::with(sound).await;
    let call = practising.offered().await;
    let mut events = practising.desk.events();
    ask::<PhoneAnswer>(&practising.desk, id(), &OnCall { call }).await.unwrap();
    let said = tokio::time::timeout(SOON, async {
        loop {
            if let Ok(Event::ResidentSaid(said)) = events.recv().await {
                return said;
            }
        }
    });
    let said = said.await.unwrap();
    let phone = ask::<PhoneState>(&practising.desk, None, &Nothing {}).await.unwrap();
    assert_eq!(said.contact, phone.calls.last().map(|call| call.contact), "beside its call");
    assert!(!said.text.expose().is_empty());
}
