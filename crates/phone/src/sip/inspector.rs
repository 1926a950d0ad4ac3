//! What is changed or noted between the library and the wire.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};

use rsipstack::sip::{Header, Headers, HeadersExt, Method, SipMessage, Version};
use rsipstack::transaction::endpoint::MessageInspector;
use rsipstack::transport::SipAddr;

use super::{digest, early};
use crate::call::CancelReason;

const KEPT: usize = 64;

/// Why calls were taken back, by Call-ID: the library does not show the headers of a CANCEL.
#[derive(Debug, Clone, Default)]
pub(super) struct Reasons(Arc<Mutex<VecDeque<(String, CancelReason)>>>);

impl Reasons {
    /// The reason noted for a call, once.
    pub(super) fn take(&self, call_id: &str) -> CancelReason {
        let mut noted = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let at = noted.iter().position(|(id, _)| id == call_id);
        at.and_then(|at| noted.remove(at)).map_or(CancelReason::GaveUp, |(_, reason)| reason)
    }

    /// The reason noted for a call, however often its CANCEL is sent.
    fn peek(&self, call_id: &str) -> Option<CancelReason> {
        let noted = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        noted.iter().find(|(id, _)| id == call_id).map(|(_, reason)| *reason)
    }

    /// Notes why a call was, or will be, taken back.
    pub(super) fn note(&self, call_id: &str, reason: CancelReason) {
        let mut noted = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if noted.len() >= KEPT {
            noted.pop_front();
        }
        noted.push_back((call_id.to_owned(), reason));
    }
}

/// RFC 3326: `SIP;cause=200` is answered elsewhere; 480 or Q.850's 19 (no answer) is not taken here.
pub(super) fn reason(value: &str) -> Option<CancelReason> {
    let value = value.to_ascii_lowercase().replace(' ', "");
    let cause = value.split(';').find_map(|part| part.strip_prefix("cause="));
    match (value.starts_with("sip"), value.starts_with("q.850"), cause) {
        (true, _, Some("200")) | (_, true, Some("26")) => Some(CancelReason::Elsewhere),
        (true, _, Some("480" | "408")) | (_, true, Some("18" | "19")) => Some(CancelReason::NotTaken),
        _ => None,
    }
}

/// The header value that tells a reason; a caller who gave up needs no words.
fn told(reason: CancelReason) -> Option<&'static str> {
    match reason {
        CancelReason::GaveUp => None,
        CancelReason::NotTaken => Some("SIP;cause=480"),
        CancelReason::Elsewhere => Some("SIP;cause=200;text=\"Call completed elsewhere\""),
    }
}

pub(super) struct Inspector {
    /// Told to us.
    pub(super) received: Reasons,
    /// To be told by us.
    pub(super) given: Reasons,
}

impl MessageInspector for Inspector {
    fn before_send(&self, mut message: SipMessage, _: Option<&SipAddr>) -> SipMessage {
        if let SipMessage::Request(request) = &mut message
            && request.method == Method::Cancel
            && let Ok(call_id) = request.call_id_header()
            && let Some(value) = self.given.peek(call_id.value()).and_then(told)
        {
            request.headers.unique_push(Header::Reason(value.into()));
        }
        match &mut message {
            SipMessage::Request(request) => early::direct(request),
            // The library answers in the version that it was asked in, whatever that is.
            SipMessage::Response(response) => response.version = Version::V2,
        }
        respell(headers(&mut message), digest::outward);
        message
    }

    fn after_received(&self, mut message: SipMessage, _: Option<&SipAddr>) -> SipMessage {
        if let SipMessage::Request(request) = &message
            && request.method == Method::Cancel
            && let Ok(call_id) = request.call_id_header()
        {
            let told = request.headers.iter().filter(|header| header.name().eq_ignore_ascii_case("reason"));
            if let Some(reason) = told.filter_map(|header| reason(header.value())).next() {
                self.received.note(call_id.value(), reason);
            }
        }
        if let SipMessage::Response(response) = &mut message {
            early::hide(response);
        }
        let headers = headers(&mut message);
        keep_strongest(headers);
        respell(headers, digest::inward);
        message
    }
}

fn headers(message: &mut SipMessage) -> &mut Headers {
    match message {
        SipMessage::Request(request) => &mut request.headers,
        SipMessage::Response(response) => &mut response.headers,
    }
}

fn respell(headers: &mut Headers, spelling: fn(&str) -> String) {
    for header in headers.iter_mut() {
        match header {
            Header::WwwAuthenticate(inner) => inner.replace(spelling(inner.value())),
            Header::ProxyAuthenticate(inner) => inner.replace(spelling(inner.value())),
            Header::Authorization(inner) => inner.replace(spelling(inner.value())),
            Header::ProxyAuthorization(inner) => inner.replace(spelling(inner.value())),
            _ => {}
        }
    }
}

/// Of several challenges only the strongest that we can answer is left (RFC 8760 §2.4).
fn keep_strongest(headers: &mut Headers) {
    let strongest = |proxy: bool, headers: &Headers| {
        headers
            .iter()
            .filter(|header| is_challenge(header, proxy))
            .filter_map(|h| digest::strength(h.value()))
            .max()
    };
    for proxy in [false, true] {
        if let Some(best) = strongest(proxy, headers) {
            headers.retain(|h| !is_challenge(h, proxy) || digest::strength(h.value()) == Some(best));
        }
    }
}

fn is_challenge(header: &Header, proxy: bool) -> bool {
    match header {
        Header::WwwAuthenticate(_) => !proxy,
        Header::ProxyAuthenticate(_) => proxy,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reasons_tell_why_a_call_was_taken_back() {
        assert_eq!(reason("SIP;cause=200;text=\"Call completed elsewhere\""), Some(CancelReason::Elsewhere));
        assert_eq!(reason("Q.850 ; cause=19"), Some(CancelReason::NotTaken));
        assert_eq!(reason("SIP;cause=487"), None);
        for given in [CancelReason::NotTaken, CancelReason::Elsewhere] {
            assert_eq!(told(given).and_then(reason), Some(given));
        }
        let reasons = Reasons::default();
        reasons.note("a", CancelReason::Elsewhere);
        assert_eq!(reasons.take("a"), CancelReason::Elsewhere);
        assert_eq!(reasons.take("a"), CancelReason::GaveUp);
    }
}
