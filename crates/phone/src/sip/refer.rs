//! REFER and what is told about it (RFC 3515), and calls that take another one's place (RFC 3891).

use rsipstack::dialog::DialogId;
use rsipstack::dialog::dialog::TransactionHandle;
use rsipstack::sip::{Request, StatusCode};

/// The other end asks us to call somebody. Dropped, it is declined (603).
#[derive(Debug)]
pub struct Referral {
    /// The `Refer-To` header as it came.
    pub to: String,
    handle: Option<TransactionHandle>,
}

impl Referral {
    pub(super) fn new(request: &Request, handle: TransactionHandle) -> Self {
        let to = header(request, "refer-to").or_else(|| header(request, "r"));
        Self { to: to.unwrap_or_default().to_owned(), handle: Some(handle) }
    }

    /// 202: we shall call, and tell how it goes by [`super::Leg::tell_progress`].
    pub fn accept(mut self) {
        self.respond(StatusCode::Accepted);
    }

    fn respond(&mut self, status: StatusCode) {
        let Some(handle) = self.handle.take() else { return };
        tokio::spawn(async move {
            // A call that ended meanwhile needs no answer.
            let _ = handle.reply(status).await;
        });
    }
}

impl Drop for Referral {
    fn drop(&mut self) {
        if tokio::runtime::Handle::try_current().is_ok() {
            self.respond(StatusCode::Decline);
        }
    }
}

pub(super) fn header<'a>(request: &'a Request, name: &str) -> Option<&'a str> {
    request
        .headers
        .iter()
        .find(|header| header.name().eq_ignore_ascii_case(name))
        .map(|header| header.value())
}

/// What a NOTIFY of a REFER tells: the status in its `message/sipfrag`, and whether it is the last one.
/// `None` for other events.
pub(super) fn told(request: &Request) -> Option<(u16, bool)> {
    let event = header(request, "event").or_else(|| header(request, "o"))?;
    let package = event.split(';').next().unwrap_or_default().trim();
    if !package.eq_ignore_ascii_case("refer") {
        return None;
    }
    let state = header(request, "subscription-state").unwrap_or_default().trim_start();
    let last = state.get(..10).is_some_and(|state| state.eq_ignore_ascii_case("terminated"));
    Some((fragment(&request.body).unwrap_or(100), last))
}

/// The status of a `message/sipfrag`.
fn fragment(body: &[u8]) -> Option<u16> {
    let line = std::str::from_utf8(body).ok()?.lines().next()?;
    let status = line.strip_prefix("SIP/2.0 ")?.split_whitespace().next()?;
    status.parse().ok().filter(|status| (100..700).contains(status))
}

/// `Refer-To` for taking our place in a dialog: the remote party, and the dialog as they name it.
pub(super) fn refer_to_place(party: &str, dialog: &DialogId) -> String {
    let DialogId { call_id, local_tag, remote_tag } = dialog;
    let replaces = format!("{call_id};to-tag={remote_tag};from-tag={local_tag}");
    format!("<{party}?Replaces={}>", escaped(&replaces))
}

/// For a header in a URI: all but RFC 3986's unreserved characters.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len() * 2);
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~') {
            out.push(char::from(byte));
        } else {
            out.push_str(&format!("%{byte:02X}"));
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fragments_tell_a_status_and_nothing_else() {
        assert_eq!(fragment(b"SIP/2.0 180 Ringing\r\n"), Some(180));
        assert_eq!(fragment(b"SIP/2.0 486"), Some(486));
        for bad in [&b""[..], b"SIP/2.0", b"SIP/2.0 x", b"SIP/2.0 99", b"HTTP/1.1 200 OK", b"\xff\xfe"] {
            assert_eq!(fragment(bad), None);
        }
    }

    #[test]
    fn a_place_is_named_as_the_other_end_sees_it_and_escaped() {
        let dialog =
            DialogId { call_id: "a84b@host".into(), local_tag: "us".into(), remote_tag: "them".into() };
        assert_eq!(
            refer_to_place("sip:anna@example.org", &dialog),
            "<sip:anna@example.org?Replaces=a84b%40host%3Bto-tag%3Dthem%3Bfrom-tag%3Dus>"
        );
    }
}
