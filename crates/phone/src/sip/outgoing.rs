//! Calls that go out, and the one time that they are offered anew: with the least interval between refreshes that
//! the other end takes (RFC 4028 §7.3).

use std::pin::Pin;
use std::sync::Arc;

use rsipstack::dialog::dialog::DialogStateReceiver;
use rsipstack::dialog::invitation::InviteOption;
use rsipstack::dialog::invite_dialog::InviteDialog;
use rsipstack::sip::Response;

use super::endpoint::{Shared, allow};
use super::headers::support;
use super::reliable::EXTENSION;
use super::{SipError, timer};

/// A call that goes out.
pub(super) struct Outgoing {
    pub(super) option: InviteOption,
    /// Offers session timers.
    pub(super) timed: bool,
}

/// The final response to an INVITE; `None` when there is none.
pub(super) type Outcome = Pin<Box<dyn Future<Output = Option<Response>> + Send>>;

/// An INVITE that is on its way.
pub(super) struct Attempt {
    pub(super) dialog: InviteDialog,
    pub(super) changes: DialogStateReceiver,
    pub(super) outcome: Outcome,
}

impl Outgoing {
    /// Sends the INVITE.
    pub(super) fn begin(&self, shared: &Arc<Shared>) -> Result<Attempt, SipError> {
        self.send(shared, self.option.clone(), None)
    }

    /// Sends it anew, as the same call, with the least interval that the refusal asks for.
    pub(super) fn again(
        &self,
        shared: &Arc<Shared>,
        call_id: String,
        least: u32,
    ) -> Result<Attempt, SipError> {
        self.send(shared, InviteOption { call_id: Some(call_id), ..self.option.clone() }, Some(least))
    }

    fn send(
        &self,
        shared: &Arc<Shared>,
        mut option: InviteOption,
        least: Option<u32>,
    ) -> Result<Attempt, SipError> {
        let headers = option.headers.get_or_insert_default();
        headers.push(allow());
        if self.timed {
            headers.extend(timer::offer(least));
        }
        if option.offer.as_ref().is_some_and(|offer| !offer.is_empty()) {
            // Without an offer of ours a reliable response would bring one, to be answered in the PRACK.
            support(headers, EXTENSION);
        }
        let (states, changes) = shared.dialogs.new_dialog_state_channel();
        let started = shared.dialogs.do_invite_async(option, states);
        let (dialog, told) = started.map_err(|_| SipError::BadAddress)?;
        let outcome = Box::pin(async move { told.await.ok()?.ok()?.1 });
        Ok(Attempt { dialog, changes, outcome })
    }
}
