//! One call's SIP leg and sound, and the SDP between them.

use std::net::IpAddr;

use tokio::sync::mpsc::{UnboundedSender, unbounded_channel};

use crate::call::{CallId, Failure, HoldFailure, Input, Keys};
use crate::media::{
    Agreed, Codec, Digit, Encryption, Flow, KEY, KeyExchange, LocalMedia, MasterKey, RemoteMedia, SdpError,
    Secrecy,
};
use crate::rtp::{Identity, Session};
use crate::sip::{Ended, Leg, Offer, SipError};

/// What the engine keeps of a call.
pub(super) struct CallSession {
    pub(super) leg: Option<Leg>,
    pub(super) media: Option<Session>,
    /// The caller's offer; `None` when the offer is ours.
    offer: Option<RemoteMedia>,
    local: LocalMedia,
    agreed: Option<Agreed>,
    /// The sound follows it.
    followed: bool,
    /// Keys that go by INFO, one after the other.
    informing: Option<UnboundedSender<Digit>>,
}

impl CallSession {
    pub(super) fn new(call: CallId, now: u64, address: IpAddr, secrecy: Secrecy) -> Self {
        let local = LocalMedia {
            address,
            port: 0,
            session: now.wrapping_mul(64).wrapping_add(call.0),
            version: 1,
            codecs: Codec::PREFERRED.to_vec(),
            flow: Flow::SendRecv,
            secrecy,
        };
        Self { leg: None, media: None, offer: None, local, agreed: None, followed: false, informing: None }
    }

    /// Takes a caller's offer, or says why it cannot be met.
    pub(super) fn offered(&mut self, sdp: &[u8]) -> Result<(), SdpError> {
        if sdp.is_empty() {
            return Ok(());
        }
        let offer = RemoteMedia::parse(sdp)?;
        self.local.agree(&offer)?;
        self.offer = Some(offer);
        Ok(())
    }

    pub(super) fn opened(&mut self, media: Session) {
        self.local.port = media.local_addr().port();
        self.media = Some(media);
    }

    /// Our SDP for the 200 to the INVITE.
    pub(super) fn answer(&mut self, held: bool) -> Option<Vec<u8>> {
        self.local.flow = flow(held);
        let Some(offer) = &self.offer else { return Some(self.local.offer()) };
        let (sdp, agreed) = self.local.answer(offer).ok()?;
        self.local.secrecy.settle(offer.means.profile, agreed.keys);
        self.follow(agreed);
        Some(sdp)
    }

    pub(super) fn our_offer(&self) -> Vec<u8> {
        self.local.offer()
    }

    /// Takes the answer to our offer. An empty one stands for what was agreed on early.
    pub(super) fn answered(&mut self, sdp: &[u8]) -> Result<Agreed, SdpError> {
        if let (true, Some(agreed)) = (sdp.is_empty(), self.agreed) {
            return Ok(agreed);
        }
        let theirs = RemoteMedia::parse(sdp)?;
        let agreed = self.local.agree(&theirs)?;
        self.follow(agreed);
        self.local.secrecy.settle(theirs.means.profile, agreed.keys);
        Ok(agreed)
    }

    /// Takes what may be heard before the call is answered.
    pub(super) fn rings(&mut self, sdp: &[u8]) -> bool {
        self.early(true);
        self.answered(sdp).is_ok()
    }

    /// Whether the call only rings yet.
    pub(super) fn early(&self, early: bool) {
        if let Some(media) = &self.media {
            media.early(early);
        }
    }

    /// A new offer of ours, to hold or to take back. Until it is agreed to the old session stands.
    pub(super) fn hold_offer(&mut self, hold: bool) -> Vec<u8> {
        self.local.version += 1;
        LocalMedia { flow: flow(hold), ..self.local.clone() }.offer()
    }

    /// Takes the answer to that offer; one that does not fit leaves the old session (RFC 3261 §14.1).
    pub(super) fn hold_answered(&mut self, hold: bool, sdp: &[u8]) -> Option<Agreed> {
        let before = std::mem::replace(&mut self.local.flow, flow(hold));
        let agreed = self.answered(sdp).ok();
        if agreed.is_none() {
            self.local.flow = before;
        }
        agreed
    }

    /// The other end answered our description as it stands; what does not fit leaves the session.
    pub(super) fn refreshed(&mut self, sdp: &[u8]) {
        let _ = self.answered(sdp);
    }

    /// The other end offers a change, or the same again to show that it is there; gives whether we are on hold from
    /// there now. Our description has a new version only when it says something new (RFC 3264 §8).
    pub(super) fn reoffered(&mut self, offer: Offer) -> Option<bool> {
        if offer.sdp.is_empty() {
            self.local.version += 1;
            let sdp = self.local.offer();
            offer.accept(sdp);
            return None;
        }
        let theirs = RemoteMedia::parse(&offer.sdp);
        let answer = theirs.and_then(|theirs| {
            let mut answer = self.local.answer(&theirs)?;
            if answer.0 != offer.said() {
                self.local.version += 1;
                answer = self.local.answer(&theirs)?;
            }
            self.local.secrecy.settle(theirs.means.profile, answer.1.keys);
            Ok(answer)
        });
        match answer {
            Ok((sdp, agreed)) => {
                offer.accept(sdp);
                self.follow(agreed);
                Some(agreed.held)
            }
            Err(_) => {
                offer.refuse();
                None
            }
        }
    }

    /// Sends keys as telephone-events where those are agreed on, else by INFO.
    pub(super) fn press(&mut self, keys: &Keys, refused: impl Fn() + Clone + Send + 'static) {
        for key in keys.iter().filter_map(Digit::from_char) {
            if self.media.as_ref().is_none_or(|media| media.send_dtmf(key).is_err()) {
                self.inform(key, refused.clone());
            }
        }
    }

    fn inform(&mut self, key: Digit, refused: impl Fn() + Send + 'static) {
        let Some(leg) = self.leg.clone() else { return };
        let informing = self.informing.get_or_insert_with(|| {
            let (sender, mut keys) = unbounded_channel();
            tokio::spawn(async move {
                while let Some(key) = keys.recv().await {
                    if leg.press(key).await.is_err() {
                        refused();
                    }
                }
            });
            sender
        });
        let _ = informing.send(key);
    }

    /// What was agreed on before is not begun anew: a refresh is not heard.
    fn follow(&mut self, agreed: Agreed) {
        if self.agreed.replace(agreed) == Some(agreed) && self.followed {
            return;
        }
        self.followed = self.media.is_some();
        if let Some(media) = &self.media {
            media.agree(agreed);
        }
    }
}

/// Keys of the system's randomness, and the phone's certificate. Without them a call that may go plain does.
pub(super) fn secrecy(encryption: Encryption, exchange: KeyExchange, own: Option<&Identity>) -> Secrecy {
    let key = || {
        let mut octets = [0; KEY];
        getrandom::fill(&mut octets).ok().map(|()| MasterKey::new(octets))
    };
    let secrecy = match (key(), key()) {
        (Some(first), Some(second)) => Secrecy::new(encryption, [first, second]),
        _ => Secrecy::without_keys(encryption),
    };
    match own {
        Some(own) => secrecy.with_certificate(own.fingerprint(), exchange),
        None => secrecy,
    }
}

fn flow(hold: bool) -> Flow {
    if hold { Flow::SendOnly } else { Flow::SendRecv }
}

pub(super) fn no_common_media(call: CallId) -> Input {
    Input::Failed { call, failure: Failure::NoCommonMedia }
}

pub(super) fn hold_failure(error: SipError) -> HoldFailure {
    match error {
        SipError::Refused(491) => HoldFailure::Glare,
        SipError::Refused(status) => HoldFailure::Refused { status },
        _ => HoldFailure::NoAnswer,
    }
}

pub(super) fn ended_input(call: CallId, ended: Ended) -> Input {
    match ended {
        Ended::HungUp => Input::RemoteHungUp { call },
        Ended::Cancelled(reason) => Input::RemoteCancelled { call, reason },
        Ended::Refused(status) => Input::Refused { call, status },
        Ended::Lost | Ended::Expired | Ended::Here => Input::Failed { call, failure: Failure::Network },
    }
}
