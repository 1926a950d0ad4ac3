//! One call as SIP sees it: a dialog and what happens to it.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::Duration;

use rsipstack::dialog::invite_dialog::InviteDialog;
use rsipstack::sip::prelude::{HeadersExt, ToTypedHeader};
use rsipstack::sip::{Header, Method, Request, StatusCode};
use rsipstack::transaction::key::TransactionRole;
use rsipstack::transaction::transaction::Transaction;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::sync::watch;

use super::endpoint::Shared;
use super::follower::Follower;
use super::inspector::Reasons;
use super::keys::Info;
use super::outgoing::{Attempt, Outgoing};
use super::refer::{self, Place, Referral};
use super::reliable::{Answer, Caller, Heard, Progress};
use super::timer::{Clock, Timer};
use super::{Offer, SipError};
use crate::call::{CancelReason, QueueInfo, Remote};

/// A call that came in.
#[derive(Debug)]
pub struct IncomingCall {
    /// To answer and end it with.
    pub leg: Leg,
    /// What happens to it; ends with [`LegEvent::Ended`].
    pub events: UnboundedReceiver<LegEvent>,
    /// Who calls: P-Asserted-Identity if there is one, else From.
    pub remote: Remote,
    /// The user part that was called.
    pub called: String,
    /// The `X-Svarsplats-*` headers.
    pub queue: QueueInfo,
    /// SDP; empty when the caller leaves the offer to us.
    pub offer: Vec<u8>,
    /// The call of ours whose place it takes when it is answered.
    pub replaces: Option<Place>,
    /// All headers of the INVITE by name.
    pub headers: Vec<(String, String)>,
}

/// What happens to a leg.
#[derive(Debug)]
pub enum LegEvent {
    /// Our call rings there (180), or more is told (183); with SDP when sound comes already.
    Progress {
        /// 180, 183, …
        status: u16,
        /// Early SDP.
        sdp: Option<Vec<u8>>,
    },
    /// Our call was answered.
    Answered {
        /// SDP; empty when the other end answered our offer before, in a response that it knows has arrived: that
        /// was told as [`Self::Progress`].
        sdp: Vec<u8>,
    },
    /// Our answer has arrived; with SDP when the offer was ours.
    Confirmed {
        /// The answer to the offer in our 200.
        sdp: Option<Vec<u8>>,
    },
    /// The other end wants to change the session; answer the [`Offer`].
    Reoffered(Offer),
    /// The call was refreshed, and the other end described its side anew; as a rule as before.
    Refreshed {
        /// The answer to our description as it stands.
        sdp: Vec<u8>,
    },
    /// The other end asks us to call somebody; see [`Referral`].
    Referred(Referral),
    /// The other end tells how the call goes that we asked for (RFC 3515 §2.4.4).
    Told {
        /// SIP status of that call so far.
        status: u16,
        /// Nothing more will be told.
        last: bool,
    },
    /// The other end tells something within the call; see [`Info`].
    Informed(Info),
    /// It is over.
    Ended(Ended),
}

/// How a leg ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ended {
    /// By us: BYE, CANCEL or a refusal.
    Here,
    /// BYE from there.
    HungUp,
    /// CANCEL from there.
    Cancelled(CancelReason),
    /// A final refusal of our INVITE, SIP status.
    Refused(u16),
    /// No answer at all, or no ACK to ours.
    Lost,
    /// The other end stopped telling that it is there (RFC 4028 §10); BYE from us.
    Expired,
}

/// A handle to one call. Cheap to clone. Methods need the endpoint's runtime.
#[derive(Clone)]
pub struct Leg {
    /// Another one when the call is offered anew.
    pub(super) dialog: Arc<Mutex<InviteDialog>>,
    answered: Arc<AtomicBool>,
    /// Hung up here.
    pub(super) left: Arc<AtomicBool>,
    confirmed: watch::Receiver<bool>,
    /// Held by whoever offers a change or a refresh: one at a time (RFC 3261 §14.1).
    pub(super) changing: Arc<tokio::sync::Mutex<()>>,
    /// An offer of ours is on its way.
    pub(super) offering: Arc<AtomicBool>,
    /// Our description as it stands.
    pub(super) said: Arc<Mutex<Vec<u8>>>,
    /// The other end takes UPDATE.
    pub(super) takes_update: Arc<AtomicBool>,
    /// What the caller is told until its call is answered.
    pub(super) telling: watch::Sender<Progress>,
    /// What the caller asked for; agreed on with the answer.
    pub(super) asked: Option<Timer>,
    pub(super) clock: watch::Sender<Clock>,
    given: Reasons,
}

impl std::fmt::Debug for Leg {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Leg")
    }
}

impl Leg {
    pub(super) fn call(
        shared: &Arc<Shared>,
        outgoing: Outgoing,
    ) -> Result<(Self, UnboundedReceiver<LegEvent>), SipError> {
        let attempt = outgoing.begin(shared)?;
        let (tell, events) = unbounded_channel();
        let said = outgoing.option.offer.clone().unwrap_or_default();
        let again = outgoing.timed.then_some(outgoing);
        let progress = Progress::new(Caller::Unable, false, 0, 0);
        let (mut leg, mut follower) = Self::followed(shared, attempt, progress, None, tell);
        leg.said = Arc::new(Mutex::new(said));
        (follower.leg, follower.again) = (leg.clone(), again);
        tokio::spawn(follower.follow());
        Ok((leg, events))
    }

    fn followed(
        shared: &Arc<Shared>,
        attempt: Attempt,
        progress: Progress,
        asked: Option<Timer>,
        tell: UnboundedSender<LegEvent>,
    ) -> (Self, Follower) {
        let (settled, confirmed) = watch::channel(false);
        let (clock, watched) = watch::channel(Clock::default());
        let (telling, told) = watch::channel(progress);
        let (inbox, requests) = unbounded_channel();
        shared.legs.note(&attempt.dialog.id(), inbox.clone());
        let leg = Self {
            dialog: Arc::new(Mutex::new(attempt.dialog)),
            answered: Arc::default(),
            left: Arc::default(),
            confirmed,
            changing: Arc::default(),
            offering: Arc::default(),
            said: Arc::default(),
            takes_update: Arc::default(),
            telling,
            asked,
            clock,
            given: shared.given.clone(),
        };
        let follower = Follower {
            shared: shared.clone(),
            leg: leg.clone(),
            tell,
            settled,
            clock: watched,
            told,
            inbox,
            requests,
            heard: Heard::default(),
            changing: Weak::new(),
            changes: attempt.changes,
            outcome: attempt.outcome,
            response: None,
            again: None,
        };
        (leg, follower)
    }

    pub(super) fn offered(
        shared: &Arc<Shared>,
        transaction: &Transaction,
        replaces: Option<Place>,
    ) -> Result<IncomingCall, StatusCode> {
        let request = &transaction.original;
        let asked = Timer::asked(&request.headers).map_err(|_| StatusCode::SessionIntervalTooSmall)?;
        let (states, changes) = shared.dialogs.new_dialog_state_channel();
        let called = request.uri.user().unwrap_or_default().to_owned();
        // The contact is the address that the caller used: it leads here.
        let mut contact = request.uri.clone();
        contact.headers.clear();
        let dialog = shared.dialogs.get_or_create_server_invite(transaction, states, None, Some(contact));
        let dialog = dialog.map_err(|_| StatusCode::BadRequest)?;
        let (tell, events) = unbounded_channel();
        let attempt = Attempt { dialog, changes, outcome: Box::pin(std::future::pending()) };
        let invite = request.cseq_header().and_then(|cseq| cseq.seq()).map_err(|_| StatusCode::BadRequest)?;
        let random = getrandom::u32().unwrap_or_default();
        let caller = Caller::read(&request.headers);
        let progress = Progress::new(caller, !request.body.is_empty(), invite, random);
        let (leg, follower) = Self::followed(shared, attempt, progress, asked, tell);
        leg.note_methods(&request.headers);
        tokio::spawn(follower.follow());
        let headers: Vec<(String, String)> =
            request.headers.iter().map(|h| (h.name().to_owned(), h.value().to_owned())).collect();
        let mut queue = QueueInfo::default();
        for (name, value) in &headers {
            queue.take_header(name, value);
        }
        let (remote, offer) = (remote(request), request.body.clone());
        Ok(IncomingCall { leg, events, remote, called, queue, offer, replaces, headers })
    }

    /// Drives the INVITE that came in.
    pub(super) fn serve(&self, mut transaction: Transaction) {
        let mut dialog = self.dialog();
        tokio::spawn(async move {
            if let Err(error) = dialog.handle(&mut transaction).await {
                tracing::debug!(%error, "an INVITE could not be handled");
            }
        });
    }

    /// 200 with our SDP. The first word of answer and refusal counts. While the caller has not acknowledged a
    /// description of [`Self::progress`], the answer waits for that.
    pub fn answer(&self, sdp: Vec<u8>) -> Result<(), SipError> {
        if self.answered.swap(true, Ordering::SeqCst) || !self.dialog().state().can_cancel() {
            return Err(SipError::WrongState);
        }
        self.say(&sdp);
        let answer = Answer { headers: self.asked.map(Timer::on_answer).unwrap_or_default(), sdp: Some(sdp) };
        let mut now = None;
        self.telling.send_modify(|telling| now = telling.answer(answer));
        now.map_or(Ok(()), |answer| self.send_answer(answer))
    }

    /// A final refusal: 486 busy, 603 declined, 480, 488, …
    pub fn reject(&self, status: u16) {
        if !self.answered.swap(true, Ordering::SeqCst) {
            self.refuse(status);
        }
    }

    /// A final refusal, also in the place of an answer that waits.
    pub(super) fn refuse(&self, status: u16) {
        self.telling.send_modify(Progress::end);
        let _ = self.dialog().reject(Some(StatusCode::from(status)), None);
    }

    /// Ends the call whatever its state: CANCEL, BYE, or 480 when it rings here. Returns at once; the end is
    /// told as an event.
    pub fn hang_up(&self) {
        let leg = self.clone();
        tokio::spawn(async move { leg.hung_up().await });
    }

    /// Takes back a call that rings there, and tells why (RFC 3326): an exchange that offers it to somebody
    /// else, or has had it answered elsewhere. Otherwise as [`Self::hang_up`].
    pub fn take_back(&self, reason: CancelReason) {
        self.given.note(&self.call_id(), reason);
        self.hang_up();
    }

    /// As [`Self::hang_up`], and waits until the other end has answered the BYE or CANCEL.
    pub async fn hung_up(&self) {
        self.left.store(true, Ordering::SeqCst);
        if self.dialog().role() == TransactionRole::Server && self.dialog().state().can_cancel() {
            self.refuse(480);
        } else if let Err(error) = self.dialog().hangup().await {
            tracing::debug!(%error, "a call could not be hung up in order");
        }
    }

    /// Offers a change of the session by re-INVITE and gives the other end's SDP. Waits for the ACK to our
    /// answer if that is still on its way. A change that the other end offers meanwhile is refused with 491;
    /// when both meet, [`SipError::Refused`] says 491 here too: see [`Self::glare_wait`]. A call that does not
    /// exist there any more is refused with 481.
    pub async fn reoffer(&self, sdp: Vec<u8>) -> Result<Vec<u8>, SipError> {
        let mut confirmed = self.confirmed.clone();
        confirmed.wait_for(|confirmed| *confirmed).await.map_err(|_| SipError::WrongState)?;
        let _turn = self.changing.lock().await;
        let timer = self.clock.borrow().timer();
        let mut headers = timer.map(Timer::on_request).unwrap_or_default();
        headers.push(Header::ContentType("application/sdp".into()));
        self.offering.store(true, Ordering::SeqCst);
        // Not by the library's own re-INVITE: that one tells the description to the log, and keys may be in it.
        let response = self.dialog().request(Method::Invite, Some(headers), Some(sdp.clone())).await;
        self.offering.store(false, Ordering::SeqCst);
        let response = response.map_err(|_| SipError::NoAnswer)?.ok_or(SipError::WrongState)?;
        match response.status_code.code() {
            200..=299 => {
                self.say(&sdp);
                self.agreed(&response.headers, timer);
                Ok(response.body)
            }
            status => Err(SipError::Refused(status)),
        }
    }

    /// Asks the other end to call somebody, by their address; what comes of it is told as
    /// [`LegEvent::Told`]. Waits for the ACK to our answer if that is still on its way.
    pub async fn refer(&self, target: &str) -> Result<(), SipError> {
        self.refer_to(format!("<{target}>")).await
    }

    /// Asks the other end to take our place in another call (RFC 3891); otherwise as [`Self::refer`].
    pub async fn refer_to_place(&self, other: &Self) -> Result<(), SipError> {
        let party = other.remote_address().ok_or(SipError::BadAddress)?;
        self.refer_to(refer::refer_to_place(&party, &other.dialog().id())).await
    }

    /// Whether this is the call whose place another one wants.
    pub fn has_place(&self, place: &Place) -> bool {
        self.dialog().id() == place.0
    }

    /// This call as its other end knows it: the value of a `Replaces` header that takes our place there.
    pub fn place(&self) -> String {
        refer::place(&self.dialog().id())
    }

    pub(super) fn dialog(&self) -> InviteDialog {
        self.dialog.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Our description as it stands.
    pub(super) fn said(&self) -> Vec<u8> {
        self.said.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub(super) fn say(&self, sdp: &[u8]) {
        *self.said.lock().unwrap_or_else(PoisonError::into_inner) = sdp.to_vec();
    }

    async fn refer_to(&self, target: String) -> Result<(), SipError> {
        let mut confirmed = self.confirmed.clone();
        confirmed.wait_for(|confirmed| *confirmed).await.map_err(|_| SipError::WrongState)?;
        let by = self.local_address().map(|address| Header::ReferredBy(format!("<{address}>").into()));
        let response = self.dialog().refer(target, by.map(|by| vec![by]), None).await;
        let response = response.map_err(|_| SipError::NoAnswer)?.ok_or(SipError::WrongState)?;
        match response.status_code.code() {
            200..=299 => Ok(()),
            status => Err(SipError::Refused(status)),
        }
    }

    /// Tells how the call goes that the other end asked for; the last word is a final status.
    pub async fn tell_progress(&self, status: u16) -> Result<(), SipError> {
        let state = if status < 200 { "active;expires=60" } else { "terminated;reason=noresource" };
        let headers = vec![
            Header::Event("refer".into()),
            Header::SubscriptionState(state.into()),
            Header::ContentType("message/sipfrag;version=2.0".into()),
        ];
        let body = format!("SIP/2.0 {status} {}\r\n", StatusCode::from(status).text());
        let told = self.dialog().notify(Some(headers), Some(body.into_bytes())).await;
        told.map_err(|_| SipError::NoAnswer)?.ok_or(SipError::WrongState).map(drop)
    }

    /// The other party's address of record, without its tag.
    fn remote_address(&self) -> Option<String> {
        self.address(self.dialog().role() == TransactionRole::Client)
    }

    /// Ours, as this call has it.
    fn local_address(&self) -> Option<String> {
        self.address(self.dialog().role() == TransactionRole::Server)
    }

    fn address(&self, called: bool) -> Option<String> {
        let request = self.dialog().initial_request();
        let uri = if called { request.to_header().ok()?.uri() } else { request.from_header().ok()?.uri() };
        Some(uri.ok()?.to_string())
    }

    /// How long to wait before a change that met another (491) is offered again: 2.1–4 s where the call began
    /// and 0–2 s where it came in, in steps of 10 ms (RFC 3261 §14.1). `random` is any number.
    pub fn glare_wait(&self, random: u64) -> Duration {
        glare_wait(self.dialog().role() == TransactionRole::Client, random)
    }

    /// The Call-ID, for logs: no person is named in it.
    pub fn call_id(&self) -> String {
        self.dialog().id().call_id
    }
}

fn glare_wait(caller: bool, random: u64) -> Duration {
    let steps = if caller { 210 + random % 191 } else { random % 201 };
    Duration::from_millis(steps * 10)
}

/// P-Asserted-Identity before From; anonymous callers have neither number nor name.
pub(super) fn remote(request: &Request) -> Remote {
    let asserted = request.headers.iter().find(|h| h.name().eq_ignore_ascii_case("p-asserted-identity"));
    let asserted = asserted.and_then(|header| rsipstack::sip::typed::From::parse(header.value()).ok());
    let Some(from) = asserted.or_else(|| request.from_header().ok()?.typed().ok()) else {
        return Remote::default();
    };
    let number = from.uri.user().unwrap_or_default().to_owned();
    let anonymous = number.eq_ignore_ascii_case("anonymous");
    let display = from.display_name.map(|name| name.trim().trim_matches('"').to_owned());
    let display = display.filter(|name| !name.is_empty() && !anonymous && *name != number);
    Remote { number: if anonymous { String::new() } else { number }, display }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_began_the_call_waits_longer_after_glare() {
        for random in [0, 190, 191, 12_345, u64::MAX] {
            let caller = glare_wait(true, random).as_millis();
            assert!((2_100..=4_000).contains(&caller), "{caller}");
            let callee = glare_wait(false, random).as_millis();
            assert!(callee <= 2_000, "{callee}");
        }
    }
}
