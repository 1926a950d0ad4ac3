//! Keys by INFO, for ends that take no telephone-events: `application/dtmf-relay`, as exchanges have understood
//! it since before RFC 6086.

use rsipstack::dialog::dialog::TransactionHandle;
use rsipstack::sip::{Header, Method, Request, StatusCode};

use super::refer::header;
use super::{Leg, SipError};
use crate::media::Digit;

/// How long a key sounds, milliseconds: as long as a telephone-event of ours.
const SOUNDS_MS: u32 = 100;
const RELAY: &str = "application/dtmf-relay";

impl Leg {
    /// Sends a key by INFO, and waits until the other end has taken it.
    pub async fn press(&self, key: Digit) -> Result<(), SipError> {
        let headers = vec![Header::ContentType(RELAY.into())];
        // Not by the library's own INFO: that one tells the body to the log.
        let response = self.dialog().request(Method::Info, Some(headers), Some(body(key).into_bytes())).await;
        let response = response.map_err(|_| SipError::NoAnswer)?.ok_or(SipError::WrongState)?;
        match response.status_code.code() {
            200..=299 => Ok(()),
            status => Err(SipError::Refused(status)),
        }
    }
}

/// What the other end tells by INFO. Dropped, it is taken (200) as what concerns nobody here.
#[derive(Debug)]
pub struct Info {
    /// The key that was pressed, when it tells of one.
    pub key: Option<Digit>,
    handle: Option<TransactionHandle>,
}

impl Info {
    pub(super) fn new(request: &Request, handle: TransactionHandle) -> Self {
        let kind = header(request, "content-type").unwrap_or_default();
        let relay = kind.split(';').next().is_some_and(|kind| kind.trim().eq_ignore_ascii_case(RELAY));
        Self { key: if relay { read(&request.body) } else { None }, handle: Some(handle) }
    }

    /// 415: no such thing is understood here.
    pub fn refuse(mut self) {
        self.respond(StatusCode::UnsupportedMediaType);
    }

    fn respond(&mut self, status: StatusCode) {
        let Some(handle) = self.handle.take() else { return };
        tokio::spawn(async move {
            // A call that ended meanwhile needs no answer.
            let _ = handle.reply(status).await;
        });
    }
}

impl Drop for Info {
    fn drop(&mut self) {
        if tokio::runtime::Handle::try_current().is_ok() {
            self.respond(StatusCode::OK);
        }
    }
}

/// The key of a body as [`body`] writes it.
pub(super) fn read(body: &[u8]) -> Option<Digit> {
    let signal = std::str::from_utf8(body).ok()?.lines().find_map(|line| {
        let (name, value) = line.split_once('=')?;
        name.trim().eq_ignore_ascii_case("signal").then_some(value)
    });
    let mut keys = signal?.trim().chars();
    keys.next().filter(|_| keys.next().is_none()).and_then(Digit::from_char)
}

fn body(key: Digit) -> String {
    format!("Signal={}\r\nDuration={SOUNDS_MS}\r\n", key.to_char())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_a_signal_with_a_duration_each_on_a_line() {
        for (key, told) in [('5', "Signal=5\r\nDuration=100\r\n"), ('#', "Signal=#\r\nDuration=100\r\n")] {
            let key = Digit::from_char(key).unwrap();
            assert_eq!(body(key), told);
            assert_eq!(read(told.as_bytes()), Some(key));
        }
        assert_eq!(read(b"signal = 7\nduration = 160"), Digit::from_char('7'));
        for bad in [&b""[..], b"Signal=", b"Signal=55", b"Signal=x", b"Duration=100", b"\xff"] {
            assert_eq!(read(bad), None);
        }
    }
}
