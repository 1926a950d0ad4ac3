//! The self-test before the shift, with the devices that are chosen, and not in a call.

use crate::Desk;
use contract::Event;
use contract::error::{Code, Error};
use contract::phone::{CheckOutcome, CheckedPart, PhoneCheckup, PhonePart, Registration};
use std::sync::Arc;
use std::time::Duration;

use phone::audio::DeviceConfig;
use phone::checkup::{self, Finding, Outcome, Part};
use phone::softphone::Sound;

/// The phone's own sound may be this late before somebody should look at the machine, milliseconds.
const LATE_MS: f64 = 150.0;
/// And there and back through the exchange: people begin to speak into each other's words (ITU-T G.114).
const LATE_ECHO_MS: f64 = 300.0;
/// How long is listened for the echo.
const ECHO: Duration = Duration::from_secs(4);

impl Desk {
    pub(crate) async fn check_phone(&self) -> Result<PhoneCheckup, Error> {
        // One at a time: they would hear each other, and some devices open once alone.
        let Ok(_alone) = self.0.checkup.try_lock() else { return Err(Code::WrongState.into()) };
        if self.in_call() {
            return Err(Code::WrongState.into());
        }
        let (chosen, registration) = {
            let state = self.state();
            (state.config.devices.clone(), state.line.as_ref().map(crate::line::Line::registration))
        };
        let devices = match (self.0.environment.sound)(&chosen) {
            Sound::Devices(config) => Some(config),
            Sound::Recorded(_) | Sound::Custom(_) => None,
        };
        let (desk, line) = (self.clone(), self.clone());
        let tell = move |level: f64| desk.emit(Event::MicrophoneLevel(level.round() as i32));
        let found =
            tokio::task::spawn_blocking(move || findings(devices, registration, tell, || !line.in_call()))
                .await;
        let mut found = found.map_err(|_| Error::from(Code::Internal))?;
        found.extend(self.echo().await?);
        Ok(told(&found))
    }

    /// A call to the exchange's own echo, if it has one. Goes to its end whoever waits for it: the devices come back with it.
    async fn echo(&self) -> Result<Option<Finding>, Error> {
        let echo = {
            let state = self.state();
            let (sound, chosen) = (Arc::clone(&self.0.environment.sound), state.config.devices.clone());
            let line = state.line.as_ref();
            line.and_then(|line| line.echo(ECHO, move || sound(&chosen)))
        };
        let Some(echo) = echo else { return Ok(None) };
        let mut found = tokio::spawn(echo).await.map_err(|_| Error::from(Code::Internal))?;
        doubt(&mut found, LATE_ECHO_MS);
        Ok(Some(found))
    }
}

/// Takes some seconds of its thread.
fn findings(
    devices: Option<DeviceConfig>,
    registration: Option<Registration>,
    tell: impl FnMut(f64),
    goes_on: impl Fn() -> bool,
) -> Vec<Finding> {
    let untried = |part| Finding::new(part, Outcome::NotTried, "this desk has no sound devices of its own");
    let buttons = match devices {
        Some(_) => checkup::buttons(&phone::headset::found()),
        None => untried(Part::Buttons),
    };
    let mut found = match devices {
        Some(config) => checkup::sound(config, tell, &goes_on).to_vec(),
        None => vec![untried(Part::Microphone), untried(Part::Speaker)],
    };
    let mut loopback = checkup::loopback(goes_on);
    doubt(&mut loopback, LATE_MS);
    found.push(loopback);
    found.push(registered(registration.unwrap_or_default()));
    found.push(buttons);
    found
}

/// What is later than that works, but hardly as somebody expects.
fn doubt(found: &mut Finding, late_ms: f64) {
    if found.figure("delay_ms").is_some_and(|delay| delay > late_ms) {
        found.outcome = Outcome::Doubtful;
    }
}

fn registered(registration: Registration) -> Finding {
    let outcome = match registration {
        Registration::Registered => Outcome::Works,
        Registration::Registering => Outcome::Doubtful,
        Registration::None => Outcome::NotTried,
        _ => Outcome::Fails,
    };
    Finding::new(Part::Registration, outcome, format!("{registration:?}"))
}

fn told(found: &[Finding]) -> PhoneCheckup {
    let system = format!("{} {}", std::env::consts::OS, std::env::consts::ARCH);
    let mut report = format!("Svarsplats {}, {system}\n", env!("CARGO_PKG_VERSION"));
    for finding in found {
        report.push_str(&finding.line());
        report.push('\n');
    }
    PhoneCheckup { parts: found.iter().filter_map(part).collect(), report }
}

fn part(finding: &Finding) -> Option<CheckedPart> {
    let (part, figure) = match finding.part {
        Part::Microphone => (PhonePart::Microphone, finding.figure("peak_db")),
        Part::Speaker => (PhonePart::Speaker, None),
        Part::Loopback => (PhonePart::Delay, finding.figure("delay_ms")),
        Part::Registration => (PhonePart::Registration, None),
        Part::Echo => (PhonePart::Echo, finding.figure("delay_ms")),
        Part::Buttons => (PhonePart::Buttons, None),
        Part::Ports => return None,
    };
    let outcome = match finding.outcome {
        Outcome::Works => CheckOutcome::Works,
        Outcome::Doubtful => CheckOutcome::Doubtful,
        Outcome::Fails => CheckOutcome::Fails,
        Outcome::NotTried => CheckOutcome::NotTried,
    };
    Some(CheckedPart { part, outcome, figure: figure.map(|figure| figure.round() as i32) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_part_is_told_and_the_report_has_a_line_for_each() {
        let found = [
            Finding::new(Part::Microphone, Outcome::Doubtful, "it gives nothing").with("peak_db", -90.3),
            Finding::new(Part::Loopback, Outcome::Works, "in time").with("delay_ms", 61.4),
            registered(Registration::CertificateExpired),
        ];
        let told = told(&found);
        let parts: Vec<_> = told.parts.iter().map(|of| (of.part, of.outcome, of.figure)).collect();
        assert_eq!(
            parts,
            [
                (PhonePart::Microphone, CheckOutcome::Doubtful, Some(-90)),
                (PhonePart::Delay, CheckOutcome::Works, Some(61)),
                (PhonePart::Registration, CheckOutcome::Fails, None),
            ]
        );
        assert_eq!(told.report.lines().count(), 4);
        assert!(told.report.contains("CertificateExpired"));
    }
}
