//! Changes of the session that the other end offers within a call.

use std::sync::{Arc, Mutex, PoisonError};

use rsipstack::dialog::dialog::{TransactionCommand, TransactionCommandReceiver, TransactionHandle};
use rsipstack::sip::{Header, Method, Request, StatusCode, StatusCodeKind};
use rsipstack::transaction::key::TransactionRole;
use rsipstack::transaction::transaction::Transaction;

use super::LegEvent;
use super::change::{self, Open, Verdict};
use super::follower::Follower;

/// A change of the session that waits for an answer. Dropped, it is refused and all stays as it was.
#[derive(Debug)]
pub struct Offer {
    /// SDP; empty when the offer is left to us.
    pub sdp: Vec<u8>,
    /// What the answer says beside.
    more: Vec<Header>,
    said: Arc<Mutex<Vec<u8>>>,
    handle: Option<TransactionHandle>,
    /// Kept until the answer is sent: until then no other is taken.
    open: Option<Arc<Method>>,
}

impl Offer {
    /// 200 with our SDP.
    pub fn accept(mut self, sdp: Vec<u8>) {
        self.said.lock().unwrap_or_else(PoisonError::into_inner).clone_from(&sdp);
        self.respond(StatusCode::OK, Some(sdp));
    }

    /// Our description as it stands.
    pub fn said(&self) -> Vec<u8> {
        self.said.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// 488: all stays as it was.
    pub fn refuse(self) {
        self.refuse_with(488);
    }

    /// Another refusal, such as 491 for an offer of ours that is on its way; all stays as it was.
    pub fn refuse_with(mut self, status: u16) {
        self.respond(StatusCode::from(status), None);
    }

    fn respond(&mut self, status: StatusCode, sdp: Option<Vec<u8>>) {
        let Some(handle) = self.handle.take() else { return };
        let open = self.open.take();
        let mut headers = std::mem::take(&mut self.more);
        headers.push(Header::ContentType("application/sdp".into()));
        let headers = sdp.is_some().then_some(headers);
        tokio::spawn(async move {
            // A call that ended meanwhile needs no answer.
            let _ = handle.respond(status, headers, sdp).await;
            drop(open);
        });
    }
}

impl Drop for Offer {
    fn drop(&mut self) {
        if self.handle.is_some() && tokio::runtime::Handle::try_current().is_ok() {
            self.respond(StatusCode::NotAcceptableHere, None);
        }
    }
}

impl Follower {
    /// Takes a change that the other end asks for, or tells it why not. `asker` is its tag.
    pub(super) async fn change(
        &mut self,
        request: Request,
        asker: &str,
        handle: TransactionHandle,
    ) -> Option<LegEvent> {
        let offers = !request.body.is_empty();
        let random = getrandom::u32().unwrap_or_default();
        // A call that ended meanwhile needs no answer.
        let _ = match change::verdict(request.method, offers, self.open(asker), random) {
            Verdict::Glare => handle.reply(StatusCode::RequestPending).await,
            Verdict::Later(seconds) => {
                let headers = vec![Header::RetryAfter(seconds.to_string().into())];
                handle.respond(StatusCode::ServerInternalError, Some(headers), None).await
            }
            Verdict::Take if !offers && request.method == Method::Update => {
                let more = self.leg.refreshed_by(&request);
                handle.respond(StatusCode::OK, Some(more), None).await
            }
            Verdict::Take => {
                let more = self.leg.refreshed_by(&request);
                let open = Arc::new(request.method);
                self.changing = Arc::downgrade(&open);
                let said = self.leg.said.clone();
                let (handle, open) = (Some(handle), Some(open));
                return Some(LegEvent::Reoffered(Offer { sdp: request.body, more, said, handle, open }));
            }
        };
        None
    }

    /// What is open between the one with that tag and us.
    fn open(&self, tag: &str) -> Open {
        let change = self.changing.upgrade().map(|method| *method);
        let offering = self.leg.offering.load(std::sync::atomic::Ordering::SeqCst);
        if *self.settled.borrow() {
            return Open { ours: offering, call: false, change };
        }
        match self.leg.dialog().role() {
            TransactionRole::Client => Open { ours: !self.heard.has_answered(tag), call: false, change },
            TransactionRole::Server => {
                let telling = self.leg.telling.borrow();
                Open { ours: telling.offers(), call: telling.owes_answer(), change }
            }
        }
    }

    /// Lets what is decided be said to a request that the library does not handle.
    pub(super) fn handle_for(&self, transaction: Transaction) -> TransactionHandle {
        let (handle, commands) = TransactionHandle::new();
        let contact = self.leg.dialog().snapshot().local_contact;
        let contact = contact.map(|contact| Header::Contact(format!("<{contact}>").into()));
        tokio::spawn(say(transaction, contact, commands));
        handle
    }
}

async fn say(
    mut transaction: Transaction,
    contact: Option<Header>,
    mut commands: TransactionCommandReceiver,
) {
    while let Some(TransactionCommand::Respond { status, headers, body }) = commands.recv().await {
        let last = status.kind() != StatusCodeKind::Provisional;
        let headers = headers.unwrap_or_default().into_iter().chain(contact.clone()).collect();
        if let Err(error) = transaction.reply_with(status, headers, body).await {
            tracing::debug!(%error, "a request within a call could not be answered");
        }
        if last {
            return;
        }
    }
}
