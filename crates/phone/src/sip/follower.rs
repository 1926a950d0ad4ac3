//! Follows one dialog and tells what happens to it.

use std::sync::atomic::Ordering;
use std::sync::{Arc, PoisonError, Weak};

use rsipstack::dialog::dialog::{DialogState, DialogStateReceiver, TerminatedReason};
use rsipstack::sip::{Method, Response, StatusCode};
use rsipstack::transaction::key::TransactionRole;
use rsipstack::transaction::transaction::Transaction;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender};
use tokio::sync::watch;
use tokio::time::{Instant, sleep_until};

use super::early::Worth;
use super::endpoint::Shared;
use super::keys::Info;
use super::outgoing::{Outcome, Outgoing};
use super::refer::{self, Referral};
use super::reliable::{Heard, Progress};
use super::timer::{self, Clock, Due, Timer};
use super::{Ended, Leg, LegEvent};

/// Comes when something is due; never when nothing is.
async fn come<T>(due: Option<(Instant, T)>) -> T {
    match due {
        Some((at, due)) => {
            sleep_until(at).await;
            due
        }
        None => std::future::pending().await,
    }
}

/// Turns the dialog's states into events.
pub(super) struct Follower {
    pub(super) shared: Arc<Shared>,
    pub(super) leg: Leg,
    pub(super) tell: UnboundedSender<LegEvent>,
    /// Answered and acknowledged; later confirmations are of changes within the call.
    pub(super) settled: watch::Sender<bool>,
    pub(super) clock: watch::Receiver<Clock>,
    /// What the caller is told until the call is answered.
    pub(super) told: watch::Receiver<Progress>,
    /// What we are told until our call is answered.
    pub(super) heard: Heard,
    /// Requests that the library does not handle, and the way here.
    pub(super) inbox: UnboundedSender<Transaction>,
    pub(super) requests: UnboundedReceiver<Transaction>,
    /// A change of the other end that is not answered.
    pub(super) changing: Weak<Method>,
    pub(super) changes: DialogStateReceiver,
    /// The final response to our INVITE, and what it was.
    pub(super) outcome: Outcome,
    pub(super) response: Option<Response>,
    /// To be offered anew if the other end wants longer between refreshes.
    pub(super) again: Option<Outgoing>,
}

impl Follower {
    /// Until the call has ended.
    pub(super) async fn follow(mut self) {
        let ended = loop {
            let due = self.clock.borrow_and_update().next();
            let waits = self.told.borrow_and_update().next();
            let state = tokio::select! {
                biased;
                state = self.changes.recv() => state,
                // An outcome with a response is told by a state as well; without one it is the only word.
                response = &mut self.outcome, if self.response.is_none() => match response {
                    Some(_) => {
                        self.response = response;
                        continue;
                    }
                    None => break Ended::Lost,
                },
                // The leg keeps the sender.
                _ = self.clock.changed() => continue,
                _ = self.told.changed() => continue,
                Some(request) = self.requests.recv() => {
                    self.asked(request).await;
                    continue;
                }
                due = come(waits) => {
                    if self.leg.caller_waits(due) {
                        continue;
                    }
                    break Ended::Lost;
                }
                due = come(due) => match due {
                    Due::Refresh(timer) => {
                        self.refresh(timer);
                        continue;
                    }
                    Due::GiveUp => {
                        self.leg.hang_up();
                        break Ended::Expired;
                    }
                },
            };
            match state {
                None => break Ended::Lost,
                Some(DialogState::Terminated(_, reason)) => match self.ended(reason) {
                    Ended::Refused(422) if self.offers_anew().await => {}
                    ended => break ended,
                },
                Some(state) => self.changed(state).await,
            }
        };
        let id = self.leg.dialog().id();
        self.shared.legs.forget(&id);
        self.shared.dialogs.remove_dialog(&id);
        // A listener that has gone does not want to know.
        let _ = self.tell.send(LegEvent::Ended(ended));
    }

    /// The other end wants longer between refreshes: once it gets what it asks for.
    async fn offers_anew(&mut self) -> bool {
        let Some(outgoing) = self.again.take() else { return false };
        if self.response.is_none() {
            self.response = (&mut self.outcome).await;
        }
        let least = self.response.take().and_then(|response| timer::least_of(&response.headers));
        let left = || self.leg.left.load(Ordering::SeqCst);
        let Some(least) = least.filter(|_| !left()) else { return false };
        let before = self.leg.dialog().id();
        self.shared.dialogs.remove_dialog(&before);
        self.shared.legs.forget(&before);
        let Ok(attempt) = outgoing.again(&self.shared, before.call_id, least) else { return false };
        self.shared.legs.note(&attempt.dialog.id(), self.inbox.clone());
        self.heard = Heard::default();
        *self.leg.dialog.lock().unwrap_or_else(PoisonError::into_inner) = attempt.dialog;
        (self.changes, self.outcome) = (attempt.changes, attempt.outcome);
        if self.leg.left.load(Ordering::SeqCst) {
            self.leg.hang_up();
        }
        true
    }

    fn refresh(&self, timer: Timer) {
        self.leg.clock.send_modify(|clock| *clock = clock.asked(Instant::now()));
        let (leg, tell) = (self.leg.clone(), self.tell.clone());
        tokio::spawn(async move {
            if let Some(event) = leg.refresh(timer).await {
                let _ = tell.send(event);
            }
        });
    }

    async fn changed(&mut self, state: DialogState) {
        let client = self.leg.dialog().role() == TransactionRole::Client;
        let event = match state {
            DialogState::Early(_, response) if client => {
                let status = response.status_code.code();
                match self.hear(response) {
                    Worth::Told { sdp } if !*self.settled.borrow() => LegEvent::Progress { status, sdp },
                    _ => return,
                }
            }
            DialogState::Confirmed(_, response) if !*self.settled.borrow() => {
                self.settled.send_replace(true);
                if client {
                    self.leg.note_methods(&response.headers);
                    self.leg.agreed(&response.headers, None);
                    LegEvent::Answered { sdp: self.answer_in(response) }
                } else {
                    self.leg.clock.send_replace(Clock::refreshed(self.leg.asked, Instant::now()));
                    let ack = self.leg.dialog().last_remote_ack();
                    LegEvent::Confirmed { sdp: ack.map(|ack| ack.body).filter(|body| !body.is_empty()) }
                }
            }
            DialogState::Updated(id, request, handle) => {
                match self.change(request, &id.remote_tag, handle).await {
                    Some(event) => event,
                    None => return,
                }
            }
            DialogState::Options(_, _, handle) => {
                let _ = handle.reply(StatusCode::OK).await;
                return;
            }
            DialogState::Info(_, request, handle) => LegEvent::Informed(Info::new(&request, handle)),
            DialogState::Refer(_, request, handle) => LegEvent::Referred(Referral::new(&request, handle)),
            DialogState::Notify(_, request, handle) => {
                let told = refer::told(&request);
                let status = if told.is_some() { StatusCode::OK } else { StatusCode::BadEvent };
                let _ = handle.reply(status).await;
                let Some((status, last)) = told else { return };
                LegEvent::Told { status, last }
            }
            DialogState::Message(_, _, handle) | DialogState::Publish(_, _, handle) => {
                let _ = handle.reply(StatusCode::MethodNotAllowed).await;
                return;
            }
            _ => return,
        };
        let _ = self.tell.send(event);
    }

    fn ended(&self, reason: TerminatedReason) -> Ended {
        let server = self.leg.dialog().role() == TransactionRole::Server;
        match reason {
            TerminatedReason::UacBye if server => Ended::HungUp,
            TerminatedReason::UasBye if !server => Ended::HungUp,
            TerminatedReason::UacCancel if server => {
                Ended::Cancelled(self.shared.received.take(&self.leg.dialog().id().call_id))
            }
            TerminatedReason::UacBye
            | TerminatedReason::UasBye
            | TerminatedReason::UacCancel
            | TerminatedReason::UasDecline => Ended::Here,
            TerminatedReason::Timeout => Ended::Lost,
            TerminatedReason::UacBusy | TerminatedReason::UasBusy => Ended::Refused(486),
            TerminatedReason::ProxyAuthRequired => Ended::Refused(407),
            TerminatedReason::ProxyError(status)
            | TerminatedReason::UacOther(status)
            | TerminatedReason::UasOther(status) => Ended::Refused(status.code()),
        }
    }
}
