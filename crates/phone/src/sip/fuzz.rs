//! What fuzzing reaches of the readers of SIP.

use rsipstack::sip::prelude::{HeadersExt, ToTypedHeader};
use rsipstack::sip::{Header, Headers, SipMessage};
use rsipstack::transaction::endpoint::MessageInspector;

use super::gate::Seen;
use super::inspector::{self, Inspector, Reasons};
use super::timer::{self, Timer};
use super::{admission, digest, gate, keys, leg, refer};
use crate::call::QueueInfo;

/// A datagram as the socket gives it: what refuses it, or all that reads the message.
///
/// # Panics
/// When what is sent back is no response.
pub fn datagram(datagram: &[u8]) {
    let from = std::net::SocketAddr::from(([192, 0, 2, 9], 5060));
    let message = match gate::look(datagram, from) {
        Seen::Refused(answer) => {
            let read = SipMessage::try_from(answer.as_slice());
            assert!(matches!(read, Ok(SipMessage::Response(_))), "no response");
            return;
        }
        Seen::Respelt(message) => {
            assert_eq!(gate::look(&message, from), Seen::Good, "respelt anew");
            SipMessage::try_from(message.as_slice())
        }
        Seen::Good => SipMessage::try_from(datagram),
    };
    let Ok(message) = message else { return };
    let inspector = Inspector { received: Reasons::default(), given: Reasons::default() };
    let message = inspector.after_received(message, None);
    if let SipMessage::Request(request) = &message {
        let _ = admission::check(request);
        let _ = Timer::asked(&request.headers);
        let _ = leg::remote(request);
        let _ = refer::told(request);
        let _ = keys::read(&request.body);
        let _ = (request.to_header().map(|to| to.typed()), request.typed_contact_headers());
        let mut queue = QueueInfo::default();
        request.headers.iter().for_each(|header| queue.take_header(header.name(), header.value()));
    } else if let SipMessage::Response(response) = &message {
        let _ = Timer::answered(&response.headers);
        let _ = (timer::least_of(&response.headers), timer::takes_update(&response.headers));
    }
    let _ = inspector.before_send(message, None);
}

/// A header's value, or a body, as each of ours reads it.
///
/// # Panics
/// When a respelling cannot be taken back.
pub fn value(text: &str) {
    let inward = digest::inward(text);
    assert_eq!(digest::strength(&inward), digest::strength(text), "respelt to something else");
    let _ = (digest::outward(text), inspector::reason(text), refer::dialog_named(text));
    let _ = (refer::fragment(text.as_bytes()), keys::read(text.as_bytes()));
    for name in ["Session-Expires", "Min-SE", "Allow", "Supported"] {
        let headers: Headers = vec![Header::Other(name.to_owned(), text.to_owned())].into();
        let _ = (Timer::asked(&headers), Timer::answered(&headers));
        let _ = (timer::least_of(&headers), timer::takes_update(&headers));
    }
}
