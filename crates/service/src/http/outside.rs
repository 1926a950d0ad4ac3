//! `/lank/{link}`: the pages of groups outside the system. No session, no script; the link is the key.

use super::doors::{Peer, Refused};
use crate::core::Core;
use crate::outside::{Page, Sorry, Step, Trouble, trouble};
use axum::body::Bytes;
use axum::extract::{ConnectInfo, Path, Request, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use contract::{Code, Error};
use domain::Personal;
use domain::contact::Channel;
use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::{Arc, PoisonError};

/// Nothing but the page itself and its own form.
const CSP: &str = "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'";
const HTML: &str = "text/html; charset=utf-8";
/// The largest form, bytes.
pub(super) const LARGEST: usize = 256 * 1024;

/// Whoever follows a link reads a page, also where the service refuses before the link is looked at.
pub(super) async fn people_read(request: Request, next: Next) -> Response {
    let link = request.uri().path().starts_with("/lank/");
    let response = next.run(request).await;
    let status = response.status();
    let is_page = response.headers().get(header::CONTENT_TYPE).is_some_and(|kind| kind == HTML);
    if !link || is_page || !(status.is_client_error() || status.is_server_error()) {
        return response;
    }
    let why = match status {
        StatusCode::FORBIDDEN => Trouble::Elsewhere,
        StatusCode::PAYLOAD_TOO_LARGE => Trouble::TooLarge,
        StatusCode::TOO_MANY_REQUESTS => Trouble::Patience,
        status if status.is_client_error() => Trouble::Unread,
        _ => Trouble::Later,
    };
    (status, page_headers(), trouble(why)).into_response()
}

/// Shows the page.
pub(super) async fn show(
    State(core): State<Arc<Core>>,
    ConnectInfo(peer): Peer,
    headers: HeaderMap,
    Path(link): Path<String>,
) -> Response {
    answer(&core, &headers, peer, &link, core.outside_page(&link)).await
}

/// Does a step.
pub(super) async fn step(
    State(core): State<Arc<Core>>,
    ConnectInfo(peer): Peer,
    headers: HeaderMap,
    Path(link): Path<String>,
    body: Bytes,
) -> Response {
    let Some(step) = read(&body) else {
        return Refused(Error::new(Code::Invalid, "no such step")).into_response();
    };
    answer(&core, &headers, peer, &link, core.outside_step(&link, step)).await
}

/// Links that are none count as tries, as wrong passwords do.
async fn answer(
    core: &Core,
    headers: &HeaderMap,
    peer: SocketAddr,
    link: &str,
    page: impl Future<Output = Result<Page, Error>>,
) -> Response {
    let (from, now) = (core.address(headers, peer), core.now());
    let who = format!("link {link}");
    let throttle = || core.throttle.lock().unwrap_or_else(PoisonError::into_inner);
    if !throttle().begins(&who, from, now) {
        return Refused(Code::Throttled.into()).into_response();
    }
    let page = match page.await {
        Ok(page) => page,
        Err(error) => {
            throttle().given_back(&who, from);
            return Refused(error).into_response();
        }
    };
    if !matches!(page, Page::Sorry(Sorry::Bad)) {
        // Not as one who has proved a password: whoever has a link is forgiven no other tries.
        throttle().given_back(&who, from);
    }
    let status = StatusCode::from_u16(page.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let headers = page_headers();
    match &page {
        Page::Next(link) => (status, [(header::LOCATION, format!("/lank/{link}"))], headers).into_response(),
        page => (status, headers, page.html()).into_response(),
    }
}

const fn page_headers() -> [(header::HeaderName, &'static str); 4] {
    [
        (header::CONTENT_TYPE, HTML),
        (header::CACHE_CONTROL, "no-store"),
        (header::CONTENT_SECURITY_POLICY, CSP),
        // With none a browser sends no origin with the form, and it would be refused.
        (header::REFERRER_POLICY, "same-origin"),
    ]
}

/// The step of a form (URL Standard, application/x-www-form-urlencoded).
fn read(body: &[u8]) -> Option<Step> {
    let fields: HashMap<_, _> = form_urlencoded::parse(body).into_owned().collect();
    // A browser sends each line's end as two characters (HTML, form submission); whoever wrote counts one.
    let text =
        || Personal::new(fields.get("text").map(|text| text.replace("\r\n", "\n")).unwrap_or_default());
    match fields.get("step")?.as_str() {
        "accept" => Some(Step::Accept),
        "give_back" => {
            Some(Step::GiveBack { why: fields.get("why").and_then(|why| why.parse().ok()), text: text() })
        }
        "answer" => {
            let channel = match fields.get("channel").map(String::as_str) {
                Some("email") => Channel::Email,
                Some("letter") => Channel::Letter,
                Some("visit") => Channel::Visit,
                _ => Channel::Call,
            };
            Some(Step::Answer { text: text(), channel })
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_form_is_read_and_anything_else_is_no_step() {
        assert_eq!(read(b"step=accept"), Some(Step::Accept));
        let why = Some("fel-grupp".parse().unwrap());
        assert_eq!(
            read(b"step=give_back&why=fel-grupp&text=V%C3%A5r+inte"),
            Some(Step::GiveBack { why, text: "V\u{e5}r inte".into() })
        );
        let none = Step::GiveBack { why: None, text: "".into() };
        assert_eq!(read(b"step=give_back&why=%00"), Some(none));
        assert_eq!(
            read(b"step=answer&channel=letter&text=Ja"),
            Some(Step::Answer { text: "Ja".into(), channel: Channel::Letter })
        );
        let lines = Step::Answer { text: "Ja\n\nNej".into(), channel: Channel::Call };
        assert_eq!(read(b"step=answer&text=Ja%0D%0A%0D%0ANej"), Some(lines));
        for bad in [&b""[..], b"step=", b"step=close", b"\xff\xfe", b"text=Ja"] {
            assert_eq!(read(bad), None);
        }
    }
}
