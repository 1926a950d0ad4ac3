//! Refreshes of a call (RFC 4028): what is sent, and what is taken from the other end. When is told by
//! [`super::timer`].

use std::sync::atomic::Ordering;

use rsipstack::sip::{Header, Headers, Method, Request, Response};
use tokio::time::Instant;

use super::timer::{Clock, Outcome, Timer, least_of, takes_update};
use super::{Leg, LegEvent};

impl Leg {
    /// Tells the other end that this one is still there: by UPDATE without a description where it takes that, else by
    /// the description that stands (§7.4). An answer with a description is given back.
    pub(super) async fn refresh(&self, timer: Timer) -> Option<LegEvent> {
        let _turn = self.changing.lock().await;
        // A change that was agreed on while this one waited is a refresh, too.
        if !self.clock.borrow().is_asked() {
            return None;
        }
        let mut response = None;
        if self.takes_update.load(Ordering::SeqCst) {
            response = Some(self.dialog().request(Method::Update, Some(timer.on_request()), None).await);
            if let Some(Ok(Some(refusal))) = &response
                && matches!(refusal.status_code.code(), 405 | 501)
            {
                self.takes_update.store(false, Ordering::SeqCst);
                response = None;
            }
        }
        let response = match response {
            Some(response) => response,
            None => self.repeat(timer).await,
        };
        let response = response.ok().flatten();
        let outcome = response.as_ref().map_or(Outcome::Silence, outcome);
        self.clock.send_modify(|clock| *clock = clock.came(outcome, Instant::now()));
        let agreed =
            response.filter(|response| matches!(outcome, Outcome::Agreed(_)) && !response.body.is_empty());
        agreed.map(|response| LegEvent::Refreshed { sdp: response.body })
    }

    /// A re-INVITE that changes nothing.
    async fn repeat(&self, timer: Timer) -> rsipstack::Result<Option<Response>> {
        let sdp = self.said();
        let mut headers = timer.on_request();
        headers.push(Header::ContentType("application/sdp".into()));
        self.offering.store(true, Ordering::SeqCst);
        let response = self.dialog().request(Method::Invite, Some(headers), Some(sdp)).await;
        self.offering.store(false, Ordering::SeqCst);
        response
    }

    /// The other end agreed to the call, or to a change of ours.
    pub(super) fn agreed(&self, headers: &Headers, before: Option<Timer>) {
        let timer = Timer::answered(headers).or(before);
        self.clock.send_replace(Clock::refreshed(timer, Instant::now()));
    }

    /// Takes the refresh in a request of the other end; gives what the answer says of it.
    pub(super) fn refreshed_by(&self, request: &Request) -> Vec<Header> {
        self.note_methods(&request.headers);
        let timer = Timer::asked(&request.headers).unwrap_or_default().or(self.clock.borrow().timer());
        self.clock.send_replace(Clock::refreshed(timer, Instant::now()));
        timer.map(Timer::on_answer).unwrap_or_default()
    }

    /// Notes whether the other end takes UPDATE, if it says.
    pub(super) fn note_methods(&self, headers: &Headers) {
        if let Some(takes) = takes_update(headers) {
            self.takes_update.store(takes, Ordering::SeqCst);
        }
    }
}

fn outcome(response: &Response) -> Outcome {
    match response.status_code.code() {
        200..=299 => Outcome::Agreed(Timer::answered(&response.headers)),
        408 | 481 => Outcome::Unknown,
        _ => Outcome::Refused(least_of(&response.headers)),
    }
}
