//! The phone of this desk: the softphone's states in the contract's words.
//!
//! The sound lives in the softphone's own threads: a reload or crash of the window does not reach it
//! (architecture.md, invariant 3).

use crate::Desk;
use contract::Event;
use contract::domain::{ContactId, EntryId, Personal, QueueId, Timestamp};
use contract::error::{Code, Error};
use contract::phone::{
    CallNumber, CallQuality, CallState, CallView, ChooseDevices, Devices, Direction, EndCause, Headset,
    PhoneAccount, PhoneFault, PhoneView, Registration, SoundDevice, TransferStep,
};
use phone::audio::DeviceConfig;
use phone::call::{
    Call, CallId, CallQuality as Sounds, CallState as Stands, Cause, Direction as Way, EndCause as End,
    Fault, Keys, PhoneCommand, PhoneState, QueueInfo, Registration as Registered, RegistrationFault, Side,
    TlsFault, Transfer, TransferFailure,
};
use phone::checkup::Finding;
use phone::media::{Encryption, KeyExchange, VoiceSettings};
use phone::sip::{Credentials, Password, Transport, Trust};
use phone::softphone::{Headsets, Sound};
use phone::{Softphone, SoftphoneConfig};
use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::task::JoinHandle;

/// So long a resident waits at most for somebody to take a transferred call; then the agent has them back.
const TRANSFER_LIMIT_MS: u64 = 30_000;

/// Where the phone's sound goes, for the chosen devices.
pub type SoundOf = Arc<dyn Fn(&ChooseDevices) -> Sound + Send + Sync>;

/// A running softphone.
pub struct Line {
    account: PhoneAccount,
    softphone: Softphone,
    contacts: Arc<Mutex<Contacts>>,
    forwards: Option<JoinHandle<()>>,
}

/// Ids of contacts by call: the exchange's where it sent one, else made once by the desk.
struct Contacts {
    made: HashMap<CallId, ContactId>,
    make: Box<dyn Fn() -> ContactId + Send>,
}

impl Contacts {
    fn of(&mut self, call: &Call) -> ContactId {
        let sent = call.queue.as_ref().and_then(|q| q.call.as_deref()).and_then(|id| id.parse().ok());
        sent.unwrap_or_else(|| *self.made.entry(call.id).or_insert_with(&self.make))
    }
}

/// The computer's own devices, as chosen.
#[must_use]
pub fn devices() -> SoundOf {
    Arc::new(|chosen| {
        Sound::Devices(DeviceConfig {
            microphone: chosen.microphone.clone(),
            speaker: chosen.speaker.clone(),
            ring: chosen.ring.clone(),
            ring_file: None,
            voice: VoiceSettings {
                echo: chosen.voice.echo,
                noise: chosen.voice.noise,
                gain: chosen.voice.gain,
            },
        })
    })
}

impl Line {
    /// Starts the phone of an account; its changes come out of the desk's events.
    pub fn start(desk: &Desk, account: PhoneAccount, devices: &ChooseDevices) -> Result<Self, Error> {
        let environment = &desk.0.environment;
        let (clock, time) = (Arc::clone(&environment.clock), Arc::clone(&environment.clock));
        let mut config = configure(account.clone(), (environment.sound)(devices))?;
        config.clock = Arc::new(move || u64::try_from(time.now().0).unwrap_or(0));
        let softphone = Softphone::start(config).map_err(|e| Error::new(Code::Unavailable, e.to_string()))?;
        let make = Box::new(move || ContactId::new(clock.now(), clock.random()));
        let contacts = Arc::new(Mutex::new(Contacts { made: HashMap::new(), make }));
        let mut line = Self { account, softphone, contacts, forwards: None };
        line.forward(desk.clone());
        Ok(line)
    }

    fn forward(&mut self, desk: Desk) {
        let mut states = self.softphone.state();
        let (contacts, tls) = (Arc::clone(&self.contacts), self.is_over_tls());
        self.forwards = Some(tokio::spawn(async move {
            while states.changed().await.is_ok() {
                let view = view(&states.borrow_and_update(), &contacts, tls);
                desk.emit(Event::PhoneChanged(view));
            }
        }));
    }

    pub fn view(&self) -> PhoneView {
        view(&self.softphone.state().borrow(), &self.contacts, self.is_over_tls())
    }

    fn is_over_tls(&self) -> bool {
        self.account.transport == "tls"
    }

    pub fn in_call(&self) -> bool {
        self.softphone.state().borrow().active().is_some()
    }

    /// Whether it is the phone of that account, password and all.
    pub fn is_of(&self, account: &PhoneAccount) -> bool {
        self.account == *account
    }

    /// Registers now, whatever is waited for: after sleep, on another network, after a refusal.
    pub fn register_now(&self) {
        self.softphone.register_now();
    }

    /// A call to the number that says again what it hears, where the exchange has one; then the devices of `after`.
    pub(crate) fn echo(
        &self,
        listen: Duration,
        after: impl FnOnce() -> Sound + Send + 'static,
    ) -> Option<impl Future<Output = Finding> + Send + 'static> {
        let number = self.account.echo.clone()?;
        Some(self.softphone.echo(number, listen, after))
    }

    pub(crate) fn registration(&self) -> Registration {
        registration(self.softphone.state().borrow().registration)
    }

    pub fn command(&self, command: PhoneCommand) {
        self.softphone.command(command);
    }

    /// Hangs up and takes the registration back; off the async threads, since it waits for the exchange. Who
    /// signs in next does not see whom this one talked with.
    pub async fn stop(mut self, desk: &Desk) {
        if let Some(forwards) = self.forwards.take() {
            forwards.abort();
            // Cancelled, or at its end: either way nothing more comes of it.
            let _ = forwards.await;
            // How the last call ended may not have been told yet.
            desk.emit(Event::PhoneChanged(self.view()));
        }
        let none = PhoneView { sequence: next_view(), ..PhoneView::default() };
        desk.emit(Event::PhoneChanged(none));
        if tokio::task::spawn_blocking(move || drop(self)).await.is_err() {
            tracing::warn!("the phone's end was not awaited");
        }
    }

    pub fn answer(&self, call: CallNumber) {
        self.command(PhoneCommand::Answer { call: CallId(call) });
    }

    pub fn decline(&self, call: CallNumber) {
        self.command(PhoneCommand::Decline { call: CallId(call) });
    }

    pub fn hang_up(&self, call: CallNumber) {
        self.command(PhoneCommand::HangUp { call: CallId(call) });
    }

    pub fn hold(&self, call: CallNumber, on: bool) {
        let call = CallId(call);
        self.command(if on { PhoneCommand::Hold { call } } else { PhoneCommand::Resume { call } });
    }

    pub fn mute(&self, call: CallNumber, on: bool) {
        self.command(PhoneCommand::Mute { call: CallId(call), muted: on });
    }

    pub fn join(&self, call: CallNumber, with: CallNumber) {
        self.command(PhoneCommand::Join { call: CallId(call), with: CallId(with) });
    }

    pub fn press(&self, call: CallNumber, keys: Keys) {
        self.command(PhoneCommand::Press { call: CallId(call), keys });
    }

    pub fn dial(&self, number: &str) {
        self.command(PhoneCommand::Dial { target: number.to_owned() });
    }

    pub fn transfer(&self, call: CallNumber, number: &str) {
        let (call, target) = (CallId(call), number.to_owned());
        self.command(PhoneCommand::Transfer { call, target, limit_ms: TRANSFER_LIMIT_MS });
    }

    pub fn connect(&self, call: CallNumber, with: CallNumber) {
        let (call, with) = (CallId(call), CallId(with));
        self.command(PhoneCommand::Connect { call, with, limit_ms: TRANSFER_LIMIT_MS });
    }
}

impl Desk {
    pub(crate) fn phone_view(&self) -> PhoneView {
        let none = || PhoneView { sequence: next_view(), ..PhoneView::default() };
        self.state().line.as_ref().map_or_else(none, Line::view)
    }

    /// Nobody is made to wait for calls at a phone that the exchange does not know, or that has no sound. Asking
    /// tries again at once, whatever the phone waits for.
    pub(crate) async fn takes_calls(&self) -> Result<(), Error> {
        let chosen = {
            let state = self.state();
            let Some(line) = &state.line else { return Ok(()) };
            let may_come = [Registration::None, Registration::Registering, Registration::Registered];
            if !may_come.contains(&line.registration()) {
                line.register_now();
                return Err(Code::NoPhone.into());
            }
            state.config.devices.clone()
        };
        if !matches!((self.0.environment.sound)(&chosen), Sound::Devices(_)) {
            return Ok(());
        }
        let devices = self.list_devices().await?;
        let silent = !(has(&devices.inputs, &chosen.microphone) && has(&devices.outputs, &chosen.speaker));
        if silent {
            return Err(Code::NoSoundDevice.into());
        }
        Ok(())
    }

    /// Gives the phone a command; the reply is the phone as it stands, changes come as events.
    pub(crate) fn on_line(&self, command: impl FnOnce(&Line)) -> Result<PhoneView, Error> {
        let state = self.state();
        let line = state.line.as_ref().ok_or(Error::from(Code::Unavailable))?;
        command(line);
        Ok(line.view())
    }

    pub(crate) async fn list_devices(&self) -> Result<Devices, Error> {
        let chosen = self.state().config.devices.clone();
        let listed = tokio::task::spawn_blocking(|| (phone::audio::devices(), phone::headset::found())).await;
        let (listed, found) = listed.map_err(|_| Error::from(Code::Internal))?;
        let headsets = found.into_iter().map(|of| Headset { name: of.product, used: of.allowed }).collect();
        let named = |devices: Vec<phone::audio::DeviceInfo>| {
            devices.into_iter().map(|device| SoundDevice { id: device.id, name: device.name }).collect()
        };
        Ok(Devices { inputs: named(listed.inputs), outputs: named(listed.outputs), chosen, headsets })
    }

    /// Takes the chosen devices into use at once, also in a call. Registration and call stand.
    pub(crate) fn use_chosen_devices(&self) {
        let state = self.state();
        if let Some(line) = &state.line {
            line.softphone.use_sound((self.0.environment.sound)(&state.config.devices));
        }
    }
}

/// Whether the chosen device is there, or any when none is chosen.
fn has(devices: &[SoundDevice], chosen: &Option<String>) -> bool {
    match chosen {
        Some(id) => devices.iter().any(|device| device.id == *id),
        None => !devices.is_empty(),
    }
}

fn configure(account: PhoneAccount, sound: Sound) -> Result<SoftphoneConfig, Error> {
    let credentials =
        Credentials { user: account.user, password: Password::new(account.password.into_inner()) };
    let own = matches!(sound, Sound::Devices(_));
    let mut config = SoftphoneConfig::new(account.server, credentials, sound);
    if own {
        config.headsets = Headsets::system();
    }
    config.display = Some(account.display.into_inner());
    config.transport = match account.transport.as_str() {
        "udp" => Transport::Udp,
        "tcp" => Transport::Tcp,
        "tls" => Transport::Tls,
        _ => return Err(Error::new(Code::ContractMismatch, "a transport that this release does not speak")),
    };
    config.trust = account.authorities.map_or_else(Trust::default, Trust::with_authorities);
    config.encryption = match account.encryption.as_str() {
        "off" => Encryption::Off,
        "prefer" => Encryption::Prefer,
        "require" => Encryption::Require,
        _ => return Err(Error::new(Code::ContractMismatch, "an encryption that this release does not know")),
    };
    config.proxy = account.proxy;
    config.keys = match account.keys.as_str() {
        "sdes" => KeyExchange::Sdes,
        "dtls" => KeyExchange::Dtls,
        _ => {
            return Err(Error::new(
                Code::ContractMismatch,
                "an agreement on keys that this release does not know",
            ));
        }
    };
    Ok(config)
}

fn view(state: &PhoneState, contacts: &Mutex<Contacts>, tls: bool) -> PhoneView {
    let mut contacts = contacts.lock().unwrap_or_else(PoisonError::into_inner);
    let mut calls: Vec<CallView> =
        state.calls.iter().map(|call| call_view(call, contacts.of(call), tls)).collect();
    calls.sort_by_key(|call| call.number);
    // The state is borrowed meanwhile: what comes after it gets a higher number.
    PhoneView {
        sequence: next_view(),
        registration: registration(state.registration),
        calls,
        fault: state.fault.map(fault),
    }
}

/// The number of the next view, across lines.
fn next_view() -> u64 {
    static VIEWS: AtomicU64 = AtomicU64::new(1);
    VIEWS.fetch_add(1, Ordering::Relaxed)
}

fn fault(fault: Fault) -> PhoneFault {
    match fault {
        Fault::NoMicrophone => PhoneFault::NoMicrophone,
        Fault::NoSpeaker => PhoneFault::NoSpeaker,
        Fault::NoDevice => PhoneFault::NoSoundDevice,
        Fault::NoRingDevice => PhoneFault::NoRingDevice,
        Fault::OtherDevice => PhoneFault::OtherDevice,
        Fault::NoSoundFromRemote => PhoneFault::NoSoundFromRemote,
        Fault::LineTaken => PhoneFault::LineTaken,
        Fault::BadTarget => PhoneFault::BadTarget,
        Fault::HoldRefused => PhoneFault::HoldRefused,
        Fault::KeysRefused => PhoneFault::KeysRefused,
    }
}

fn registration(registered: Registered) -> Registration {
    match registered {
        Registered::Off => Registration::None,
        Registered::Registering => Registration::Registering,
        Registered::Registered => Registration::Registered,
        Registered::Failed { reason: RegistrationFault::WrongCredentials, .. } => {
            Registration::WrongCredentials
        }
        Registered::Failed { reason: RegistrationFault::Insecure { fault }, .. } => insecure(fault),
        Registered::Failed { .. } => Registration::Unreachable,
    }
}

fn insecure(fault: TlsFault) -> Registration {
    match fault {
        TlsFault::Expired => Registration::CertificateExpired,
        TlsFault::NotYetValid => Registration::CertificateNotYetValid,
        TlsFault::WrongName => Registration::CertificateWrongName,
        TlsFault::UnknownIssuer => Registration::CertificateUnknown,
        TlsFault::NotACertificate => Registration::CertificateUnreadable,
        TlsFault::Unsuitable => Registration::CertificateUnsuitable,
        TlsFault::Refused => Registration::EncryptionRefused,
    }
}

fn call_view(call: &Call, contact: ContactId, tls: bool) -> CallView {
    let nothing = QueueInfo::default();
    let queue = call.queue.as_ref().unwrap_or(&nothing);
    CallView {
        number: call.id.0,
        direction: match call.direction {
            Way::Incoming => Direction::Incoming,
            Way::Outgoing => Direction::Outgoing,
        },
        state: call_state(call.state),
        remote: Personal::new(call.remote.number.clone()),
        remote_name: call.remote.display.clone().map(Personal::new),
        contact,
        entry: queue.entry.as_deref().and_then(|id| id.parse::<EntryId>().ok()),
        queue: queue.queue.as_deref().and_then(|id| id.parse::<QueueId>().ok()),
        menu: queue.menu.clone(),
        waited_seconds: queue.waited,
        since: moment(call.since),
        answered_at: call.answered.map(moment),
        muted: call.muted,
        held: call.hold.here,
        hold_asked: call.hold_asked,
        held_by_remote: call.hold.there,
        conference: call.conference,
        transfer: call.transfer.map(transfer_step),
        quality: call.quality.map(quality),
        encrypted: call.encrypted,
        // Keys that went in clear keep nothing from whoever saw them.
        secure: tls && call.encrypted,
    }
}

fn quality(sounds: Sounds) -> CallQuality {
    match sounds {
        Sounds::Good => CallQuality::Good,
        Sounds::Fair(Cause::Loss) => CallQuality::FairLoss,
        Sounds::Fair(Cause::Jitter) => CallQuality::FairJitter,
        Sounds::Fair(Cause::Delay) => CallQuality::FairDelay,
        Sounds::Bad(Cause::Loss) => CallQuality::BadLoss,
        Sounds::Bad(Cause::Jitter) => CallQuality::BadJitter,
        Sounds::Bad(Cause::Delay) => CallQuality::BadDelay,
    }
}

fn transfer_step(transfer: Transfer) -> TransferStep {
    match transfer {
        Transfer::Holding | Transfer::Asked | Transfer::Trying => TransferStep::Asked,
        Transfer::Ringing => TransferStep::Ringing,
        Transfer::Failed { reason } => match reason {
            TransferFailure::Refused { status: 486 | 600 } => TransferStep::Busy,
            TransferFailure::Refused { status: 408 | 480 | 487 } | TransferFailure::NoAnswer => {
                TransferStep::NoAnswer
            }
            TransferFailure::Refused { status: 404 | 484 | 604 } => TransferStep::NoSuchNumber,
            TransferFailure::Refused { .. } => TransferStep::Refused,
        },
    }
}

fn moment(millis: u64) -> Timestamp {
    Timestamp(i64::try_from(millis).unwrap_or(i64::MAX))
}

fn call_state(state: Stands) -> CallState {
    match state {
        Stands::Ringing => CallState::Ringing,
        Stands::Answering => CallState::Answering,
        Stands::Dialling => CallState::Dialling,
        Stands::Early => CallState::RingingThere,
        Stands::InCall | Stands::Held => CallState::InCall,
        Stands::Ended { cause } => CallState::Ended { cause: end_cause(cause) },
    }
}

fn end_cause(cause: End) -> EndCause {
    match cause {
        End::HungUp { by: Side::Here } | End::Cancelled { by: Side::Here } => EndCause::HungUp,
        End::HungUp { by: Side::There } => EndCause::RemoteHungUp,
        End::Transferred { by: Side::Here } => EndCause::Transferred,
        End::Transferred { by: Side::There } => EndCause::TransferredByRemote,
        End::Cancelled { by: Side::There } => EndCause::Cancelled,
        End::Declined { by: Side::Here } => EndCause::Declined,
        End::Declined { by: Side::There } => EndCause::Refused,
        End::NotTaken => EndCause::NotTaken,
        End::TakenElsewhere => EndCause::AnsweredElsewhere,
        End::Busy => EndCause::Busy,
        End::TimedOut => EndCause::NoAnswer,
        End::NoMicrophone | End::NoSpeaker | End::NoDevice => EndCause::NoSoundDevice,
        End::Refused { status: 404 | 484 | 604 } => EndCause::NoSuchNumber,
        End::Refused { .. } | End::NoCommonMedia => EndCause::Refused,
        End::Network => EndCause::Network,
        End::NotEncrypted { .. } => EndCause::NotEncrypted,
    }
}
