//! One call on the wire: the SIP leg to an agent's phone and its sound.

use crate::sound::{self, Heard, Mouth, Samples};
use phone::media::{Codec, Flow, LocalMedia, RemoteMedia, SdpError, Secrecy};
use phone::rtp::{Ends, RtpConfig, Session};
use phone::sip::{Leg, Offer};
use std::net::IpAddr;

/// How a call is on the wire.
pub(crate) struct Wire {
    /// Tells this leg from an earlier one of the same call.
    pub(crate) serial: u64,
    /// `None` only until the INVITE is sent.
    pub(crate) leg: Option<Leg>,
    /// What a dialling agent's phone offered.
    pub(crate) offered: Vec<u8>,
    /// The resident waits for its line to be spoken.
    pub(crate) to_say: Option<crate::voice::Utterance>,
    /// Number of the line that is being said.
    pub(crate) line: u64,
    held: bool,
    sound: Option<Sound>,
}

struct Sound {
    session: Session,
    local: LocalMedia,
    mouth: Option<Mouth>,
}

/// No sound could be agreed on or opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct NoSound;

impl From<SdpError> for NoSound {
    fn from(_: SdpError) -> Self {
        Self
    }
}

impl Wire {
    pub(crate) fn new(serial: u64) -> Self {
        Self { serial, leg: None, offered: Vec::new(), to_say: None, line: 0, held: false, sound: None }
    }

    /// Opens the sound of a resident; `tell` is called on the session's thread.
    pub(crate) fn open_resident(
        &mut self,
        address: IpAddr,
        tell: impl Fn(Heard) + Send + Clone + 'static,
    ) -> Result<(), NoSound> {
        let (ends, mouth) = sound::resident(tell);
        self.open(address, ends, Some(mouth))
    }

    /// Opens sound.
    pub(crate) fn open(&mut self, address: IpAddr, ends: Ends, mouth: Option<Mouth>) -> Result<(), NoSound> {
        let session = Session::open(RtpConfig::new(address), ends, |_| ()).map_err(|_| NoSound)?;
        let local = LocalMedia {
            address,
            port: session.local_addr().port(),
            session: self.serial,
            version: 1,
            codecs: Codec::NARROWBAND.to_vec(),
            flow: Flow::SendRecv,
            secrecy: Secrecy::default(),
        };
        self.sound = Some(Sound { session, local, mouth });
        Ok(())
    }

    /// Our offer.
    pub(crate) fn offer(&self) -> Vec<u8> {
        self.sound.as_ref().map(|sound| sound.local.offer()).unwrap_or_default()
    }

    /// Their answer to it: sound begins.
    pub(crate) fn answered(&mut self, sdp: &[u8]) -> Result<(), NoSound> {
        let Sound { session, local, .. } = self.sound.as_ref().ok_or(NoSound)?;
        session.agree(local.agree(&RemoteMedia::parse(sdp)?)?);
        session.gate(true, true);
        Ok(())
    }

    /// Answers what a dialling phone offered: sound begins.
    pub(crate) fn accept(&mut self) -> Result<(), NoSound> {
        let Sound { session, local, .. } = self.sound.as_ref().ok_or(NoSound)?;
        let (answer, agreed) = local.answer(&RemoteMedia::parse(&self.offered)?)?;
        self.leg.as_ref().ok_or(NoSound)?.answer(answer).map_err(|_| NoSound)?;
        session.agree(agreed);
        session.gate(true, true);
        Ok(())
    }

    /// Answers a change of the session; `Some` when the resident is now held or taken back.
    pub(crate) fn reoffered(&mut self, offer: Offer) -> Option<bool> {
        let Sound { session, local, .. } = self.sound.as_mut()?;
        local.version += 1;
        let answer = RemoteMedia::parse(&offer.sdp).and_then(|theirs| local.answer(&theirs));
        let Ok((answer, agreed)) = answer else {
            offer.refuse();
            return None;
        };
        offer.accept(answer);
        session.agree(agreed);
        let changed = self.held != agreed.held;
        self.held = agreed.held;
        changed.then_some(agreed.held)
    }

    /// Says a line.
    pub(crate) fn say(&mut self, samples: Samples) {
        self.line += 1;
        if let Some(mouth) = self.sound.as_ref().and_then(|sound| sound.mouth.as_ref()) {
            mouth.say(samples, self.line);
        }
    }

    /// Takes the sound away. Joining its thread takes up to 20 ms, which the caller's loop does not wait for.
    pub(crate) fn close(&mut self) {
        if let Some(sound) = self.sound.take() {
            tokio::task::spawn_blocking(move || drop(sound));
        }
    }
}
