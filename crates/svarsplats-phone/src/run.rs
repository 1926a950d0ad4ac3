//! Runs one command.

use std::error::Error;
use std::time::Duration;

use phone::call::{CallId, PhoneCommand, PhoneState, Registration, SoundFault};
use phone::rtp::{Ends, News, SoundBoard};
use phone::sip::{Credentials, Trust};
use phone::softphone::{Headsets, SoftphoneConfig, Sound};
use phone::{Softphone, audio};
use tokio::sync::watch;
use tokio::time::{Instant, sleep_until};

use crate::arguments::{Command, Options, Way};
use crate::calls::{Calls, Step};
use crate::files::{Files, Written};
use crate::report::Teller;
use crate::{check, secret};

/// When nothing bounds the run.
const FAR: Duration = Duration::from_secs(10 * 365 * 86_400);

/// Whether all went well.
pub fn run(options: Options) -> Result<bool, Box<dyn Error>> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        if let Command::Check { echo } = &options.command {
            return check::check(&options, echo.as_deref()).await;
        }
        let (sound, written) = sound(&options.way);
        let phone = start(&options, sound)?;
        let done = Attendant::new(&options, &phone).attend().await;
        phone.stop();
        if let Some(written) = written {
            written.wait();
        }
        done
    })
}

fn sound(way: &Way) -> (Sound, Option<Written>) {
    match way {
        Way::Devices(config) => {
            let config = config.clone();
            (Sound::Custom(Box::new(move || Box::new(Talk(audio::DeviceBoard::new(config).ahead())))), None)
        }
        Way::Files { say, hear } => {
            let (files, written) = Files::new(say.clone(), hear.clone());
            (Sound::Custom(Box::new(move || Box::new(files))), Some(written))
        }
    }
}

/// Talk devices alone: nobody has to be called to this phone.
struct Talk(audio::DeviceBoard);

impl SoundBoard for Talk {
    fn open(&mut self) -> Result<Ends, SoundFault> {
        self.0.open()
    }

    fn close(&mut self) {
        self.0.close();
    }

    fn look(&mut self) -> Vec<News> {
        self.0.look()
    }
}

/// A softphone for these options.
pub fn start(options: &Options, sound: Sound) -> Result<Softphone, Box<dyn Error>> {
    let password = secret::password(options.password_from_stdin)?;
    let credentials = Credentials { user: options.user.clone().unwrap_or_default(), password };
    let mut config = SoftphoneConfig::new(options.server.clone().unwrap_or_default(), credentials, sound);
    config.transport = options.transport;
    let works = !matches!(options.command, Command::Check { .. });
    if works && matches!(options.way, Way::Devices(_)) {
        config.headsets = Headsets::system();
    }
    if let Some(file) = &options.ca {
        let text =
            std::fs::read_to_string(file).map_err(|error| format!("{}: {}", file.display(), error.kind()))?;
        config.trust = Trust::with_authorities(text);
    }
    config.encryption = options.encryption;
    config.keys = options.keys;
    config.proxy = options.proxy.clone();
    config.ports = options.ports.0..=options.ports.1;
    Ok(Softphone::start(config)?)
}

/// Waits until the phone is registered or its first attempt has failed.
pub async fn registered(state: &mut watch::Receiver<PhoneState>) -> Registration {
    let settled = |state: &PhoneState| {
        matches!(state.registration, Registration::Registered | Registration::Failed { .. })
    };
    match state.wait_for(settled).await {
        Ok(state) => state.registration,
        Err(_) => Registration::Off,
    }
}

struct Attendant<'a> {
    options: &'a Options,
    phone: &'a Softphone,
    teller: Teller,
    calls: Calls,
    /// Calls that are over, and whether one of them came to nothing.
    done: u64,
    failed: bool,
    deadline: Instant,
    talks: Option<CallId>,
}

impl<'a> Attendant<'a> {
    fn new(options: &'a Options, phone: &'a Softphone) -> Self {
        Self {
            options,
            phone,
            teller: Teller { json: options.json },
            calls: Calls::default(),
            done: 0,
            failed: false,
            deadline: far(),
            talks: None,
        }
    }

    async fn attend(mut self) -> Result<bool, Box<dyn Error>> {
        let mut state = self.phone.state();
        let mut registration = registered(&mut state).await;
        self.teller.registration(registration);
        match &self.options.command {
            Command::Call { target } => {
                if registration != Registration::Registered {
                    return Ok(false);
                }
                self.phone.command(PhoneCommand::Dial { target: target.clone() });
            }
            _ => self.deadline = self.bound(&Command::Register),
        }
        loop {
            let now = state.borrow_and_update().clone();
            if now.registration != registration && now.registration != Registration::Registering {
                registration = now.registration;
                self.teller.registration(registration);
            }
            if let Some(fault) = now.fault.filter(|_| now.active().is_none())
                && matches!(self.options.command, Command::Call { .. })
            {
                self.teller.tell("fault", &serde_json::json!(fault), &fault.to_string());
                return Ok(false);
            }
            if self.follow(&now) {
                return Ok(!self.failed);
            }
            tokio::select! {
                changed = state.changed() => changed?,
                () = sleep_until(self.deadline) => {
                    if !self.hangs_up() {
                        return Ok(!self.failed && registration == Registration::Registered);
                    }
                }
                _ = tokio::signal::ctrl_c() => {
                    if !self.hangs_up() {
                        return Ok(true);
                    }
                }
            }
        }
    }

    /// Whether there was a call to hang up: what it was is told when it is over. Asked again before that, it is not
    /// waited for.
    fn hangs_up(&mut self) -> bool {
        let Some(call) = self.talks.take() else { return false };
        self.deadline = far();
        self.phone.command(PhoneCommand::HangUp { call });
        true
    }

    /// When a stay (`register`) or, with another command, a call ends.
    fn bound(&self, of: &Command) -> Instant {
        let applies = self.options.command == *of;
        self.options
            .seconds
            .filter(|_| applies)
            .map_or_else(far, |seconds| now() + Duration::from_secs(seconds))
    }

    /// Whether all is done.
    fn follow(&mut self, state: &PhoneState) -> bool {
        for step in self.calls.see(state) {
            match step {
                Step::Answer(call) if self.options.command == Command::Answer => {
                    self.phone.command(PhoneCommand::Answer { call });
                }
                Step::Answer(_) => {}
                Step::Talks(call) => {
                    self.teller.talks(&call);
                    self.talks = Some(call.id);
                    if self.options.command != Command::Register {
                        self.deadline = self.bound(&self.options.command);
                    }
                }
                Step::Over(call) => {
                    self.teller.over(&call, self.phone.sound_of(call.id).as_ref());
                    self.talks = None;
                    self.failed |= call.answered.is_none();
                    self.done += 1;
                    if self.options.command != Command::Register {
                        self.deadline = far();
                    }
                }
            }
        }
        match self.options.command {
            Command::Call { .. } => self.done > 0,
            Command::Answer => self.options.calls.is_some_and(|calls| self.done >= calls),
            Command::Register | Command::Check { .. } => false,
        }
    }
}

fn now() -> Instant {
    Instant::now()
}

fn far() -> Instant {
    now() + FAR
}
