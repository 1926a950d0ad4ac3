//! Changes of the session that the other end offers within a call.

use std::sync::{Arc, Mutex, PoisonError};

use rsipstack::dialog::dialog::TransactionHandle;
use rsipstack::sip::{Header, StatusCode};

/// A change of the session that waits for an answer. Dropped, it is refused and all stays as it was.
#[derive(Debug)]
pub struct Offer {
    /// SDP; empty when the offer is left to us.
    pub sdp: Vec<u8>,
    /// What the answer says beside.
    pub(super) more: Vec<Header>,
    pub(super) said: Arc<Mutex<Vec<u8>>>,
    pub(super) handle: Option<TransactionHandle>,
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
        let mut headers = std::mem::take(&mut self.more);
        headers.push(Header::ContentType("application/sdp".into()));
        let headers = sdp.is_some().then_some(headers);
        tokio::spawn(async move {
            // A call that ended meanwhile needs no answer.
            let _ = handle.respond(status, headers, sdp).await;
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
