//! What happens before a call is answered: provisional responses that are acknowledged by PRACK (RFC 3262), in both
//! directions. What is sent when is told by [`super::reliable`].
//!
//! The library acknowledges by itself, but waits for the answer before it hears the INVITE's other responses, sends to
//! where the INVITE went rather than to who answered it, and takes responses in any order. So it is not shown that a
//! response is reliable, and does not see a PRACK that comes in.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use rsipstack::dialog::DialogId;
use rsipstack::dialog::dialog::Dialog;
use rsipstack::sip::prelude::HeadersExt;
use rsipstack::sip::typed::RecordRoute;
use rsipstack::sip::{Header, Headers, Method, Request, Response, StatusCode, StatusCodeKind, Uri};
use rsipstack::transaction::key::TransactionRole;
use rsipstack::transaction::transaction::Transaction;
use tokio::sync::mpsc::UnboundedSender;
use tokio::time::Instant;

use super::endpoint::allow;
use super::follower::Follower;
use super::headers::lists;
use super::reliable::{Answer, Due, EXTENSION, Provisional, Rack, Send, number_of};
use super::{Leg, SipError};

/// Where a request within an early dialog goes, until it is sent.
const TARGET: &str = "Request-Target";

/// The calls that requests come for which the library does not handle, by Call-ID and our tag.
#[derive(Debug, Default)]
pub(super) struct Legs(Mutex<HashMap<(String, String), UnboundedSender<Transaction>>>);

impl Legs {
    pub(super) fn note(&self, id: &DialogId, requests: UnboundedSender<Transaction>) {
        self.all().insert((id.call_id.clone(), id.local_tag.clone()), requests);
    }

    pub(super) fn forget(&self, id: &DialogId) {
        self.all().remove(&(id.call_id.clone(), id.local_tag.clone()));
    }

    /// Hands a request to its call; gives it back when there is none.
    pub(super) fn hand(&self, transaction: Transaction) -> Option<Transaction> {
        let Ok(DialogId { call_id, local_tag, .. }) = DialogId::try_from(&transaction) else {
            return Some(transaction);
        };
        let leg = self.all().get(&(call_id, local_tag)).cloned();
        match leg {
            Some(leg) => leg.send(transaction).err().map(|unsent| unsent.0),
            None => Some(transaction),
        }
    }

    fn all(&self) -> std::sync::MutexGuard<'_, HashMap<(String, String), UnboundedSender<Transaction>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Leg {
    /// 180: it rings here.
    pub fn ring(&self) {
        self.tell_caller(None);
    }

    /// 183 with our SDP: the caller hears something before the answer. A caller who takes reliable responses has its
    /// answer with it, which the later 200 does not repeat; another one gets a foretaste. An INVITE without an offer
    /// is [`SipError::WrongState`].
    pub fn progress(&self, sdp: Vec<u8>) -> Result<(), SipError> {
        if !self.telling.borrow().may_describe() || !self.dialog().state().can_cancel() {
            return Err(SipError::WrongState);
        }
        self.say(&sdp);
        self.tell_caller(Some(sdp));
        Ok(())
    }

    fn tell_caller(&self, sdp: Option<Vec<u8>>) {
        let mut told = None;
        self.telling.send_modify(|telling| told = telling.tell(sdp, Instant::now()));
        if let Some(response) = told {
            self.send_provisional(response);
        }
    }

    fn send_provisional(&self, Provisional { sdp, number }: Provisional) {
        let mut headers = Vec::new();
        if let Some(number) = number {
            headers.push(allow());
            headers.push(Header::Require(EXTENSION.into()));
            headers.push(Header::RSeq(number.to_string().into()));
        }
        if sdp.is_some() {
            headers.push(Header::ContentType("application/sdp".into()));
        }
        // A call that ended meanwhile rings no more.
        let _ = self.dialog().ringing(Some(headers), sdp);
    }

    pub(super) fn send_answer(&self, Answer { mut headers, sdp }: Answer) -> Result<(), SipError> {
        headers.push(allow());
        if sdp.is_some() {
            headers.push(Header::ContentType("application/sdp".into()));
        }
        self.dialog().accept(Some(headers), sdp).map_err(|_| SipError::WrongState)
    }

    /// Carries out what is due to a caller; gives whether the call goes on.
    pub(super) fn caller_waits(&self, due: Due) -> bool {
        match due {
            Due::Again => {
                let mut again = None;
                self.telling.send_modify(|telling| again = telling.again());
                if let Some(response) = again {
                    self.send_provisional(response);
                }
                true
            }
            Due::GiveUp => {
                self.refuse(504);
                false
            }
        }
    }

    /// PRACK for a response of the other end.
    fn acknowledge(&self, response: &Response, number: u32, invite: u32) {
        let mut headers = vec![Header::RAck(format!("{number} {invite} INVITE").into())];
        headers.extend(directions(response));
        let dialog = self.dialog().as_subscription();
        tokio::spawn(async move {
            // The only way of the library's to send within a dialog that is not confirmed.
            let Dialog::ClientSubscription(early) = dialog else { return };
            match early.request(Method::PRack, Some(headers), None).await {
                Ok(Some(answer)) if answer.status_code.kind() == StatusCodeKind::Successful => {}
                Ok(answer) => {
                    let status = answer.map(|answer| answer.status_code.code());
                    tracing::debug!(status, "a PRACK was not taken");
                }
                Err(error) => tracing::debug!(%error, "a PRACK could not be sent"),
            }
        });
    }
}

/// What a provisional response of the other end is worth.
pub(super) enum Worth {
    /// Nothing: a repetition, out of order, or not what it has to be.
    Nothing,
    /// It may be told.
    Told {
        /// Its description, unless there is an answer already.
        sdp: Option<Vec<u8>>,
    },
}

impl Follower {
    /// Takes a provisional response, and acknowledges it if the other end asks for that.
    pub(super) fn hear(&mut self, response: Response) -> Worth {
        let (Ok(number), Some((tag, invite))) = (number_of(&response.headers), place(&response)) else {
            tracing::debug!("a provisional response has no order that can be read");
            return Worth::Nothing;
        };
        let answered = self.heard.has_answered(&tag);
        if let Some(number) = number {
            if !self.heard.takes(&tag, invite, number) {
                return Worth::Nothing;
            }
            self.leg.acknowledge(&response, number, invite);
            if !response.body.is_empty() {
                self.heard.answered_early(&tag);
            }
        }
        Worth::Told { sdp: Some(response.body).filter(|sdp| !sdp.is_empty() && !answered) }
    }

    /// The description in the 200 to our INVITE, unless its sender has answered our offer before.
    pub(super) fn answer_in(&self, response: Response) -> Vec<u8> {
        let answered = place(&response).is_some_and(|(tag, _)| self.heard.has_answered(&tag));
        if answered { Vec::new() } else { response.body }
    }

    /// Takes a request that the library does not handle: PRACK, and UPDATE.
    pub(super) async fn asked(&mut self, mut transaction: Transaction) {
        let Some(asker) = self.asker(&transaction) else {
            return reply(transaction, StatusCode::CallTransactionDoesNotExist).await;
        };
        if transaction.original.method == Method::PRack {
            return self.acknowledged(transaction, &asker).await;
        }
        // Within a confirmed dialog it handles UPDATE well.
        let mut dialog = self.leg.dialog();
        if dialog.state().is_confirmed() {
            tokio::spawn(async move {
                if let Err(error) = dialog.handle(&mut transaction).await {
                    tracing::debug!(%error, "an UPDATE could not be handled");
                }
            });
            return;
        }
        self.change_by(transaction, &asker).await;
    }

    async fn change_by(&mut self, transaction: Transaction, asker: &str) {
        let request = transaction.original.clone();
        let handle = self.handle_for(transaction);
        if let Some(event) = self.change(request, asker, handle).await {
            let _ = self.tell.send(event);
        }
    }

    async fn acknowledged(&mut self, transaction: Transaction, asker: &str) {
        let offers = !transaction.original.body.is_empty();
        let rack = match Rack::read(&transaction.original.headers) {
            Err(_) => return reply(transaction, StatusCode::BadRequest).await,
            // An offer may follow an answer of ours, and nothing else (§5).
            Ok(_) if offers && !self.leg.telling.borrow().describes() => {
                return reply(transaction, StatusCode::NotAcceptableHere).await;
            }
            Ok(rack) => rack,
        };
        let mut taken = None;
        self.leg.telling.send_modify(|telling| {
            taken = rack.and_then(|rack| telling.acknowledged(rack, Instant::now()));
        });
        let Some(send) = taken else {
            return reply(transaction, StatusCode::CallTransactionDoesNotExist).await;
        };
        if offers {
            self.change_by(transaction, asker).await;
        } else {
            reply(transaction, StatusCode::OK).await;
        }
        match send {
            Some(Send::Provisional(response)) => self.leg.send_provisional(response),
            Some(Send::Answer(answer)) => {
                let sent = self.leg.send_answer(answer);
                sent.unwrap_or_else(|error| tracing::debug!(%error, "an answer could not be sent"));
            }
            None => {}
        }
    }

    /// The tag of whoever asks, if it is another end of this call: a call of ours may have several.
    fn asker(&self, transaction: &Transaction) -> Option<String> {
        let asker = DialogId::try_from(transaction).ok()?;
        let known = self.leg.dialog().id();
        let ours = self.leg.dialog().role() == TransactionRole::Client && !*self.settled.borrow();
        (ours || asker == known).then_some(asker.remote_tag)
    }
}

async fn reply(mut transaction: Transaction, status: StatusCode) {
    if let Err(error) = transaction.reply(status).await {
        tracing::debug!(%error, "a request within a call could not be answered");
    }
}

/// The tag of the other end, and the CSeq number of the INVITE.
fn place(response: &Response) -> Option<(String, u32)> {
    let tag = response.to_header().ok()?.tag().ok()??;
    let invite = response.cseq_header().ok()?.seq().ok()?;
    Some((tag.value().to_owned(), invite))
}

/// What leads a request to the end that sent a provisional response: there may be several of one INVITE, and the
/// library knows one dialog of them (RFC 3261 §12.1.2).
fn directions(response: &Response) -> Vec<Header> {
    let to = response.to_header().ok().map(|to| Header::Other("To".into(), to.value().to_owned()));
    let contact = response.typed_contact_headers().ok().and_then(|contacts| contacts.into_iter().next());
    let target = contact.map(|contact| Header::Other(TARGET.into(), contact.uri.to_string()));
    let recorded = response.record_route_headers().into_iter();
    let recorded =
        recorded.filter_map(|header| RecordRoute::parse_header_list(header.value()).ok()).flatten();
    let routes = recorded.map(|route| Header::Other("Route".into(), route.to_string()));
    let mut headers: Vec<Header> = routes.collect();
    headers.reverse();
    headers.extend(to.into_iter().chain(target));
    headers
}

/// Leads a request where [`directions`] say. To be done each time it is sent.
pub(super) fn direct(request: &mut Request) {
    let mut to = None;
    let mut target = None;
    request.headers.retain(|header| match header {
        Header::Other(name, value) if name == "To" => {
            to = Some(value.clone());
            false
        }
        Header::Other(name, value) if name == TARGET => {
            target = Uri::try_from(value.as_str()).ok();
            false
        }
        _ => true,
    });
    if let Some(target) = target {
        request.uri = target;
    }
    let Some(to) = to else { return };
    for header in request.headers.iter_mut() {
        if let Header::To(inner) = header {
            inner.replace(to.clone());
        }
    }
}

/// Hides from the library that a provisional response to an INVITE is to be acknowledged: an `RSeq` is left where it
/// is, an empty one where it should be, and nowhere else.
pub(super) fn hide(response: &mut Response) {
    let to_invite = response.cseq_header().is_ok_and(|cseq| cseq.method().is_ok_and(|m| m == Method::Invite));
    if response.status_code.kind() != StatusCodeKind::Provisional || !to_invite {
        return;
    }
    let headers = &mut response.headers;
    if !lists(headers, &["require"], EXTENSION) {
        headers.retain(|header| !is_order(header));
        return;
    }
    without_extension(headers);
    if !headers.iter().any(is_order) {
        headers.push(Header::RSeq(String::new().into()));
    }
}

fn is_order(header: &Header) -> bool {
    header.name().eq_ignore_ascii_case("rseq")
}

fn without_extension(headers: &mut Headers) {
    for header in headers.iter_mut() {
        if let Header::Require(inner) = header {
            let others =
                inner.value().split(',').map(str::trim).filter(|tag| !tag.eq_ignore_ascii_case(EXTENSION));
            let others = others.collect::<Vec<_>>().join(", ");
            inner.replace(others);
        }
    }
    headers.retain(|header| !matches!(header, Header::Require(inner) if inner.value().is_empty()));
}
