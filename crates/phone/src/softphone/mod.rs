//! The softphone: signalling, sound and call logic behind one handle. It runs on threads of its own, which
//! a reload or crash of any window does not touch.

mod board;
#[cfg(feature = "audio")]
mod echo;
mod engine;
mod headsets;
mod link;
mod locate;
mod names;
mod session;
mod surroundings;

pub use headsets::Headsets;

use std::ops::RangeInclusive;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;

use tokio::sync::mpsc::{UnboundedSender, unbounded_channel};
use tokio::sync::watch;

use crate::call::{CallId, PhoneCommand, PhoneState};
use crate::media::{Encryption, KeyExchange};
use crate::rtp::{BoardMaker, Recorded, SessionView};
use crate::sip::{Credentials, Transport, Trust};

/// UTC milliseconds, from whoever owns the clock.
pub type Clock = Arc<dyn Fn() -> u64 + Send + Sync>;

/// The system's clock.
#[allow(clippy::disallowed_methods, reason = "the driver hands the system's clock to the state machine")]
pub fn system_clock() -> Clock {
    Arc::new(|| {
        let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
        since.map_or(0, |since| since.as_millis() as u64)
    })
}

/// Where the sound of the calls comes from and goes to.
pub enum Sound {
    /// Talk and ring devices.
    #[cfg(feature = "audio")]
    Devices(crate::audio::DeviceConfig),
    /// No devices: for tests and for machines without sound.
    Recorded(Recorded),
    /// A board of one's own.
    Custom(BoardMaker),
}

impl Sound {
    pub(crate) fn maker(self) -> BoardMaker {
        match self {
            #[cfg(feature = "audio")]
            Self::Devices(config) => Box::new(move || Box::new(crate::audio::DeviceBoard::new(config))),
            Self::Recorded(recorded) => Box::new(move || Box::new(recorded)),
            Self::Custom(maker) => maker,
        }
    }
}

impl std::fmt::Debug for Sound {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            #[cfg(feature = "audio")]
            Self::Devices(config) => config.fmt(f),
            Self::Recorded(recorded) => recorded.fmt(f),
            Self::Custom(_) => f.write_str("Custom"),
        }
    }
}

/// What a softphone needs to know.
pub struct SoftphoneConfig {
    /// The exchange: `host:port`, an address, or a domain whose servers are asked for and tried one after the other.
    pub server: String,
    /// A proxy through which all goes: `host` or `host:port`. With TLS its certificate is asked for.
    pub proxy: Option<String>,
    /// Who is asked where a server is that is named by its domain (RFC 3263); else whom the system asks.
    pub resolver: Option<std::net::SocketAddr>,
    /// How to talk to it.
    pub transport: Transport,
    /// Who vouches for it, with TLS.
    pub trust: Trust,
    /// Whether the sound of the calls is encrypted.
    pub encryption: Encryption,
    /// How its keys are agreed on, in calls of ours.
    pub keys: KeyExchange,
    /// Who we are to it.
    pub credentials: Credentials,
    /// Name shown to those who are called.
    pub display: Option<String>,
    /// Sound.
    pub sound: Sound,
    /// Headsets whose buttons take and end the calls, and whose lights show them.
    pub headsets: Headsets,
    /// Ports for RTP; `0..=0` takes any.
    pub ports: RangeInclusive<u16>,
    /// For the times in the snapshot.
    pub clock: Clock,
}

impl SoftphoneConfig {
    /// UDP, encrypted sound where the other end takes part in it, any RTP port, no headset's buttons, the system's
    /// clock.
    pub fn new(server: impl Into<String>, credentials: Credentials, sound: Sound) -> Self {
        Self {
            server: server.into(),
            proxy: None,
            resolver: None,
            transport: Transport::Udp,
            trust: Trust::default(),
            encryption: Encryption::Prefer,
            keys: KeyExchange::Sdes,
            credentials,
            display: None,
            sound,
            headsets: Headsets::default(),
            ports: 0..=0,
            clock: system_clock(),
        }
    }
}

impl std::fmt::Debug for SoftphoneConfig {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let mut debug = f.debug_struct("SoftphoneConfig");
        debug.field("server", &self.server).field("transport", &self.transport).field("sound", &self.sound);
        debug.finish_non_exhaustive()
    }
}

/// The phone's threads could not be started.
#[derive(Debug, thiserror::Error)]
#[error("the softphone could not start: {0}")]
pub struct StartError(#[from] std::io::Error);

/// The sounds of the last calls, for whoever asks how they came over.
#[derive(Clone, Default)]
struct Sounds(Arc<Mutex<Vec<(CallId, SessionView)>>>);

impl Sounds {
    /// More calls than go on and are shown are not remembered.
    const KEPT: usize = 16;

    fn note(&self, call: CallId, view: SessionView) {
        let mut sounds = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if sounds.len() >= Self::KEPT {
            sounds.remove(0);
        }
        sounds.push((call, view));
    }

    fn of(&self, call: CallId) -> Option<SessionView> {
        let sounds = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        sounds.iter().rev().find(|(of, _)| *of == call).map(|(_, view)| view.clone())
    }
}

enum Order {
    Command(PhoneCommand),
    RegisterNow,
    Sound(Sound),
    Stop,
}

/// A running softphone. Dropped, it stops as by [`Self::stop`].
pub struct Softphone {
    orders: UnboundedSender<Order>,
    state: watch::Receiver<PhoneState>,
    sounds: Sounds,
    thread: Option<JoinHandle<()>>,
}

impl std::fmt::Debug for Softphone {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Softphone").finish_non_exhaustive()
    }
}

impl Softphone {
    /// Starts the threads; registration begins at once and is told by the state.
    pub fn start(config: SoftphoneConfig) -> Result<Self, StartError> {
        let (orders, inbox) = unbounded_channel();
        let (publish, state) = watch::channel(PhoneState::default());
        let sounds = Sounds::default();
        let noted = sounds.clone();
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let thread = std::thread::Builder::new().name("softphone".into()).spawn(move || {
            runtime.block_on(engine::run(config, inbox, publish, noted));
            // A blocking name look-up that still goes on is not waited for.
            runtime.shutdown_background();
        })?;
        Ok(Self { orders, state, sounds, thread: Some(thread) })
    }

    /// Gives a command; never waits. What came of it is told by the state.
    pub fn command(&self, command: PhoneCommand) {
        self.order(Order::Command(command));
    }

    /// Registers at once rather than when the back-off says: after sleep, or a change of network.
    pub fn register_now(&self) {
        self.order(Order::RegisterNow);
    }

    /// Goes over to other devices at once, also in a call; registration and call stand.
    pub fn use_sound(&self, sound: Sound) {
        self.order(Order::Sound(sound));
    }

    /// Calls somebody who says again what they hear, and tells how much came back and how late: after so long a call, or
    /// when somebody else calls. Meanwhile a probe is in the devices' place; `after` makes what shall be there then.
    #[cfg(feature = "audio")]
    pub fn echo(
        &self,
        target: impl Into<String>,
        listen: std::time::Duration,
        after: impl FnOnce() -> Sound + Send + 'static,
    ) -> impl Future<Output = crate::checkup::Finding> + Send + 'static {
        echo::echo(self.orders.clone(), self.state.clone(), target.into(), listen, after)
    }

    /// The state and its changes. Closed when the phone has ended.
    pub fn state(&self) -> watch::Receiver<PhoneState> {
        self.state.clone()
    }

    /// How the sound of a call comes over, or came over if it was one of the last; `None` before it is opened.
    pub fn sound_of(&self, call: CallId) -> Option<SessionView> {
        self.sounds.of(call)
    }

    /// Hangs up, takes the registration back and ends the threads. Waits for the exchange's answers, at most
    /// three seconds.
    pub fn stop(self) {
        drop(self);
    }

    fn order(&self, order: Order) {
        // A phone that has ended takes no orders; its closed state tells.
        let _ = self.orders.send(order);
    }
}

impl Drop for Softphone {
    fn drop(&mut self) {
        self.order(Order::Stop);
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}
