//! REFER and what is told about it (RFC 3515), and calls that take another one's place (RFC 3891).

use rsipstack::dialog::DialogId;
use rsipstack::dialog::dialog::{Dialog, TransactionHandle};
use rsipstack::dialog::dialog_layer::DialogLayer;
use rsipstack::sip::{Header, Request, StatusCode};
use rsipstack::transaction::key::TransactionRole;

/// The other end asks us to call somebody. Dropped, it is declined (603).
#[derive(Debug)]
pub struct Referral {
    /// The `Refer-To` header as it came.
    pub to: String,
    /// Who asks, by the `Referred-By` header (RFC 3892).
    pub by: Option<String>,
    handle: Option<TransactionHandle>,
}

impl Referral {
    pub(super) fn new(request: &Request, handle: TransactionHandle) -> Self {
        let to = header(request, "refer-to").or_else(|| header(request, "r"));
        let by = header(request, "referred-by").or_else(|| header(request, "b")).map(str::to_owned);
        Self { to: to.unwrap_or_default().to_owned(), by, handle: Some(handle) }
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
pub(super) fn fragment(body: &[u8]) -> Option<u16> {
    let line = std::str::from_utf8(body).ok()?.lines().next()?;
    let status = line.strip_prefix("SIP/2.0 ")?.split_whitespace().next()?;
    status.parse().ok().filter(|status| (100..700).contains(status))
}

/// A call on this endpoint whose place another one wants to take (RFC 3891); see [`super::Leg::has_place`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place(pub(super) DialogId);

/// The place that an INVITE wants, or the status that it is refused with.
pub(super) fn wanted_place(request: &Request, dialogs: &DialogLayer) -> Result<Option<Place>, StatusCode> {
    let named = |header: &&Header| header.name().eq_ignore_ascii_case("replaces");
    let mut values = request.headers.iter().filter(named);
    let Some(value) = values.next() else { return Ok(None) };
    let wanted = if values.next().is_none() { dialog_named(value.value()) } else { None };
    let (id, early_only) = wanted.ok_or(StatusCode::BadRequest)?;
    // One of ours that is not answered yet is kept under half its name.
    let of_ours = || dialogs.get_client_dialog_by_call_id(&id.call_id).into_iter().find(|one| one.id() == id);
    let known = match dialogs.get_dialog(&id) {
        Some(Dialog::Invite(dialog)) => Some(dialog),
        _ => of_ours(),
    };
    let dialog = known.ok_or(StatusCode::CallTransactionDoesNotExist)?;
    let state = dialog.state();
    match dialog.role() {
        _ if state.is_terminated() => Err(StatusCode::Decline),
        // Answered, and its place was wanted only before.
        _ if state.is_confirmed() || state.waiting_ack() => {
            if early_only {
                Err(StatusCode::BusyHere)
            } else {
                Ok(Some(Place(id)))
            }
        }
        // Who calls us cannot be replaced before the answer; whom we call can, by who picks up (RFC 3891 §3).
        TransactionRole::Server => Err(StatusCode::CallTransactionDoesNotExist),
        TransactionRole::Client => Ok(Some(Place(id))),
    }
}

/// The dialog as we name it, and whether it may only be replaced before the answer.
pub(super) fn dialog_named(value: &str) -> Option<(DialogId, bool)> {
    let mut parts = value.split(';').map(str::trim);
    let mut id = DialogId {
        call_id: parts.next().filter(|call_id| !call_id.is_empty())?.to_owned(),
        local_tag: String::new(),
        remote_tag: String::new(),
    };
    let mut early_only = false;
    for part in parts {
        match part.split_once('=') {
            Some((name, tag)) if name.eq_ignore_ascii_case("to-tag") => tag.clone_into(&mut id.local_tag),
            Some((name, tag)) if name.eq_ignore_ascii_case("from-tag") => tag.clone_into(&mut id.remote_tag),
            None if part.eq_ignore_ascii_case("early-only") => early_only = true,
            _ => {}
        }
    }
    (!id.local_tag.is_empty() && !id.remote_tag.is_empty()).then_some((id, early_only))
}

/// Our dialog as the other end names it in `Replaces`.
pub(super) fn place(dialog: &DialogId) -> String {
    let DialogId { call_id, local_tag, remote_tag } = dialog;
    format!("{call_id};to-tag={remote_tag};from-tag={local_tag}")
}

/// `Refer-To` for taking our place in a dialog: the remote party, and the dialog as they name it.
pub(super) fn refer_to_place(party: &str, dialog: &DialogId) -> String {
    format!("<{party}?Replaces={}>", escaped(&place(dialog)))
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
    fn a_wanted_place_is_read_as_ours_and_half_a_name_is_none() {
        let read = |value: &str| {
            dialog_named(value).map(|(id, early)| (id.call_id, id.local_tag, id.remote_tag, early))
        };
        let named = |early| Some(("a@b".to_owned(), "us".to_owned(), "them".to_owned(), early));
        assert_eq!(read("a@b; to-tag=us;from-tag=them"), named(false));
        assert_eq!(read("a@b;From-Tag=them;x=y;to-tag=us;early-only"), named(true));
        for bad in ["", ";to-tag=us;from-tag=them", "a@b", "a@b;to-tag=us", "a@b;to-tag=;from-tag=them"] {
            assert_eq!(read(bad), None, "{bad:?}");
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
