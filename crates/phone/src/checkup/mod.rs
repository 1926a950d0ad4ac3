//! The self-test before the shift: whether microphone, speaker and ports work, and how late the phone's own sound is.
//! Takes some seconds of the thread that asks. What it finds names nobody and no device: it can be sent to support.

mod echo;
mod pace;
mod sound;

use std::net::{IpAddr, Ipv4Addr, TcpListener, UdpSocket};
use std::ops::RangeInclusive;
use std::time::Duration;

pub use echo::{Echoed, Probe};
pub use sound::{level_db, sound};

use crate::call::SoundFault;
use crate::media::{Agreed, Codec, Flow, LocalMedia, RemoteMedia, SdpError, Secrecy};
use crate::rtp::{RtpConfig, Session};

/// What is looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// Opens, and gives sound.
    Microphone,
    /// Opens, and takes sound.
    Speaker,
    /// For signalling and for sound.
    Ports,
    /// A call of the phone with itself: how late the sound is without any exchange.
    Loopback,
    /// The exchange knows the phone.
    Registration,
    /// A call to somebody who says what they hear.
    Echo,
    /// Those of the headset may be read.
    Buttons,
}

impl Part {
    /// In a report.
    pub fn name(self) -> &'static str {
        match self {
            Self::Microphone => "microphone",
            Self::Speaker => "speaker",
            Self::Ports => "ports",
            Self::Loopback => "loopback",
            Self::Registration => "registration",
            Self::Echo => "echo",
            Self::Buttons => "buttons",
        }
    }
}

/// What came of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// It works.
    Works,
    /// It may not do what somebody expects of it.
    Doubtful,
    /// It does not work.
    Fails,
    /// It was not looked at.
    NotTried,
}

/// One part, and what was found of it.
#[derive(Debug, Clone, PartialEq)]
pub struct Finding {
    /// Which part.
    pub part: Part,
    /// What came of it.
    pub outcome: Outcome,
    /// What was measured, by name; the unit is in the name.
    pub figures: Vec<(&'static str, f64)>,
    /// One line for support, in English.
    pub text: String,
}

impl Finding {
    /// Without figures.
    pub fn new(part: Part, outcome: Outcome, text: impl Into<String>) -> Self {
        Self { part, outcome, figures: Vec::new(), text: text.into() }
    }

    /// With another figure, to a tenth.
    #[must_use]
    pub fn with(mut self, name: &'static str, figure: f64) -> Self {
        self.figures.push((name, (figure * 10.0).round() / 10.0));
        self
    }

    /// A figure by its name.
    pub fn figure(&self, name: &str) -> Option<f64> {
        self.figures.iter().find(|(of, _)| *of == name).map(|(_, figure)| *figure)
    }

    fn works(part: Part, works: bool, text: impl Into<String>) -> Self {
        Self::new(part, if works { Outcome::Works } else { Outcome::Fails }, text)
    }

    /// One line of a report.
    pub fn line(&self) -> String {
        let word = match self.outcome {
            Outcome::Works => "works",
            Outcome::Doubtful => "DOUBTFUL",
            Outcome::Fails => "FAILS",
            Outcome::NotTried => "not tried",
        };
        format!("{:<13} {word:<10} {}", self.part.name(), self.text)
    }
}

/// Whether the ports that a call takes can be had; `0..=0` for sound is any.
pub fn ports(sound: RangeInclusive<u16>) -> Finding {
    let any = Ipv4Addr::UNSPECIFIED;
    let signalling = UdpSocket::bind((any, 0)).is_ok() && TcpListener::bind((any, 0)).is_ok();
    let (first, last) = (*sound.start(), *sound.end());
    let free = sound.filter(|port| UdpSocket::bind((any, *port)).is_ok()).count();
    let text = match (signalling, free) {
        (false, _) => "no port for signalling".to_owned(),
        (true, 0) => "no port for sound".to_owned(),
        (true, _) if last == 0 => "any port".to_owned(),
        (true, free) => format!("{free} of {} ports for sound are free", last - first + 1),
    };
    Finding::works(Part::Ports, signalling && free > 0, text).with("free", free as f64)
}

/// Whether the buttons of the computer's headsets may be used.
#[cfg(feature = "headset")]
pub fn buttons(found: &[crate::headset::Found]) -> Finding {
    let (all, allowed) = (found.len(), found.iter().filter(|headset| headset.allowed).count());
    let (outcome, text) = match all - allowed {
        0 if all == 0 => (Outcome::NotTried, "no headset with buttons".to_owned()),
        0 => (Outcome::Works, format!("of {all}")),
        denied => {
            (Outcome::Doubtful, format!("this user may not read {denied} of {all}: a udev rule is missing"))
        }
    };
    Finding::new(Part::Buttons, outcome, text).with("allowed", allowed as f64)
}

fn broken_off(part: Part) -> Finding {
    Finding::new(part, Outcome::NotTried, "a call came")
}

/// How long a call of the phone with itself goes on, in looks at whether it may.
const LOOKS: u32 = 25;
const LOOK: Duration = Duration::from_millis(100);

/// A call of the phone with itself, without the exchange and the devices: what the phone alone adds. Waits meanwhile, as
/// long as `goes_on` says so.
pub fn loopback(goes_on: impl Fn() -> bool) -> Finding {
    let probe = Probe::default();
    match talk_with_oneself(&probe, goes_on) {
        Ok(true) => echoed(Part::Loopback, probe.echoed()),
        Ok(false) => broken_off(Part::Loopback),
        Err(fault) => Finding::new(Part::Loopback, Outcome::Fails, fault.to_string()),
    }
}

/// Why a call with oneself did not come about.
#[derive(Debug, thiserror::Error)]
enum NoLoopback {
    #[error(transparent)]
    Sound(#[from] SoundFault),
    #[error(transparent)]
    Offer(#[from] SdpError),
}

/// Whether it went on to its end.
fn talk_with_oneself(probe: &Probe, goes_on: impl Fn() -> bool) -> Result<bool, NoLoopback> {
    let here = IpAddr::V4(Ipv4Addr::LOCALHOST);
    let ours = Session::open(RtpConfig::new(here), probe.ends(), |_| {})?;
    let theirs = Session::open(RtpConfig::new(here), echo::parrot(), |_| {})?;
    let (called, taken) = agree(&ours, &theirs)?;
    for (session, agreed) in [(&ours, called), (&theirs, taken)] {
        session.agree(agreed);
        session.gate(true, true);
    }
    Ok((0..LOOKS).all(|_| {
        pace::pause(LOOK);
        goes_on()
    }))
}

fn agree(ours: &Session, theirs: &Session) -> Result<(Agreed, Agreed), SdpError> {
    let media = |session: &Session| LocalMedia {
        address: session.local_addr().ip(),
        port: session.local_addr().port(),
        session: 1,
        version: 1,
        codecs: Codec::PREFERRED.to_vec(),
        flow: Flow::SendRecv,
        secrecy: Secrecy::default(),
    };
    let (calls, takes) = (media(ours), media(theirs));
    let (answer, taken) = takes.answer(&RemoteMedia::parse(&calls.offer())?)?;
    Ok((calls.agree(&RemoteMedia::parse(&answer)?)?, taken))
}

/// What came back of the strokes.
pub fn echoed(part: Part, echoed: Echoed) -> Finding {
    let Echoed { said, heard, delay_ms } = echoed;
    let Some(delay) = delay_ms else {
        return Finding::new(part, Outcome::Fails, "nothing came back").with("said", f64::from(said));
    };
    let text = format!("{heard} of {said} strokes came back, after {delay:.1} ms");
    // The last one may still be on its way.
    let outcome = if heard as u64 + 1 < u64::from(said) { Outcome::Doubtful } else { Outcome::Works };
    let found = Finding::new(part, outcome, text).with("said", f64::from(said));
    found.with("heard", heard as f64).with("delay_ms", delay)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_came_back_is_told_with_its_delay_and_what_did_not_fails() {
        let finding = echoed(Part::Echo, Echoed { said: 5, heard: 4, delay_ms: Some(81.26) });
        assert_eq!((finding.outcome, finding.figure("delay_ms")), (Outcome::Works, Some(81.3)));
        assert_eq!(finding.line(), "echo          works      4 of 5 strokes came back, after 81.3 ms");
        let few = echoed(Part::Echo, Echoed { said: 5, heard: 2, delay_ms: Some(81.26) });
        assert_eq!(few.outcome, Outcome::Doubtful);
        let nothing = echoed(Part::Echo, Echoed { said: 5, heard: 0, delay_ms: None });
        assert_eq!((nothing.outcome, nothing.figure("delay_ms")), (Outcome::Fails, None));
    }

    #[cfg(feature = "headset")]
    #[test]
    fn buttons_that_may_not_be_read_are_told_from_none() {
        let headset = |allowed| crate::headset::Found { product: "Headset".into(), allowed };
        assert_eq!(buttons(&[]).outcome, Outcome::NotTried);
        assert_eq!(buttons(&[headset(true)]).outcome, Outcome::Works);
        let denied = buttons(&[headset(true), headset(false)]);
        assert_eq!(
            denied.line(),
            "buttons       DOUBTFUL   this user may not read 1 of 2: a udev rule is missing"
        );
    }

    #[test]
    fn what_a_call_breaks_off_is_not_judged() {
        assert_eq!(loopback(|| false).outcome, Outcome::NotTried);
    }

    #[test]
    fn taken_ports_are_told() {
        let taken = UdpSocket::bind((Ipv4Addr::UNSPECIFIED, 0)).unwrap();
        let port = taken.local_addr().unwrap().port();
        assert_eq!(ports(port..=port).outcome, Outcome::Fails);
        assert_eq!(ports(0..=0).outcome, Outcome::Works);
    }
}
