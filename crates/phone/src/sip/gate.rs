//! The UDP socket under the library, which throws away in silence what it cannot read. What is only written strangely is
//! respelt for it. Whoever sent a request that is none is told so (RFC 3261 §8.2, §21.4.1): otherwise it would ask again for
//! half a minute and then not know why.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::net::SocketAddr;
use std::pin::Pin;
use std::str::FromStr;
use std::sync::Arc;

use rsipstack::platform::net::UdpSocket;
use rsipstack::sip::{Method, SipMessage};
use rsipstack::transaction::key::{TransactionKey, TransactionRole};
use rsipstack::transport::SipConnection;

use super::SipError;

/// Longer headers than this are none that anybody has to see again in an answer.
const LONGEST_ECHO: usize = 4_096;

/// A bound socket.
pub(super) async fn bind(address: SocketAddr) -> Result<Arc<dyn UdpSocket>, SipError> {
    let socket = tokio::net::UdpSocket::bind(address).await;
    socket.map(|socket| Arc::new(Gate(socket)) as _).map_err(|error| SipError::Bind(error.to_string()))
}

struct Gate(tokio::net::UdpSocket);

type Told<'a, T> = Pin<Box<dyn Future<Output = rsipstack::Result<T>> + Send + 'a>>;

impl UdpSocket for Gate {
    fn recv_from<'a, 'b, 'c>(&'a self, buffer: &'b mut [u8]) -> Told<'c, (usize, SocketAddr)>
    where
        'a: 'c,
        'b: 'c,
        Self: 'c,
    {
        Box::pin(async move {
            loop {
                let (length, from) = self.0.recv_from(buffer).await?;
                match look(buffer.get(..length).unwrap_or_default(), from) {
                    Seen::Good => return Ok((length, from)),
                    Seen::Respelt(message) => {
                        if let Some(room) = buffer.get_mut(..message.len()) {
                            room.copy_from_slice(&message);
                            return Ok((message.len(), from));
                        }
                    }
                    // Whoever does not hear it asks again.
                    Seen::Refused(answer) => drop(self.0.send_to(&answer, from).await),
                }
            }
        })
    }

    fn send_to<'a, 'b, 'c>(&'a self, datagram: &'b [u8], to: SocketAddr) -> Told<'c, usize>
    where
        'a: 'c,
        'b: 'c,
        Self: 'c,
    {
        Box::pin(async move { Ok(self.0.send_to(datagram, to).await?) })
    }

    fn local_addr(&self) -> rsipstack::Result<SocketAddr> {
        Ok(self.0.local_addr()?)
    }
}

/// What a datagram is for the library.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Seen {
    /// To be read, or thrown away as what nobody answers: responses, ACKs, what does not say whom to answer.
    Good,
    /// The same in a spelling that it reads.
    Respelt(Vec<u8>),
    /// The answer to what is no request.
    Refused(Vec<u8>),
}

pub(super) fn look(datagram: &[u8], from: SocketAddr) -> Seen {
    let end = datagram.windows(4).position(|four| four == b"\r\n\r\n").unwrap_or(datagram.len());
    let (head, body) = datagram.split_at(end);
    let head = String::from_utf8_lossy(head);
    let lines = unfolded(&head);
    let Some((start, headers)) = lines.split_first() else { return Seen::Good };
    let Some((method, uri, version)) = request_line(start) else { return Seen::Good };
    let refused = |status| answer(status, headers, from).map_or(Seen::Good, Seen::Refused);
    if !version.eq_ignore_ascii_case("SIP/2.0") {
        return refused("505 Version Not Supported");
    }
    if Method::from_str(method).is_err() {
        return refused("501 Not Implemented");
    }
    if uri.contains([' ', '\t', '<', '>', '"']) {
        return refused("400 Bad Request");
    }
    if is_read(datagram, from) {
        return Seen::Good;
    }
    let mut respelt = respelt(start, headers).into_bytes();
    respelt.extend_from_slice(body);
    if is_read(&respelt, from) { Seen::Respelt(respelt) } else { refused("400 Bad Request") }
}

/// Method, address and version of a request that is answered; an ACK is not (RFC 3261 §17.1.1.3).
fn request_line(start: &str) -> Option<(&str, &str, &str)> {
    let (method, rest) = start.trim_end().split_once(' ')?;
    let (uri, version) = rest.rsplit_once(' ')?;
    let names = |word: &str| word.get(..4).is_some_and(|name| name.eq_ignore_ascii_case("SIP/"));
    let is_request = names(version) && !names(method) && !method.eq_ignore_ascii_case("ACK");
    is_request.then_some((method, uri, version))
}

/// Without folds, and without blanks around what separates the parts of a value (§7.3.1): the library does not find
/// parameters there.
fn respelt(start: &str, headers: &[String]) -> String {
    let mut out = start.to_owned();
    for line in headers {
        let (name, value) = line.split_once(':').unwrap_or((line, ""));
        let (name, value) = (name.trim(), value.trim());
        let parted = ["Via", "v", "From", "f", "To", "t", "Contact", "m"];
        let value = if parted.iter().any(|known| name.eq_ignore_ascii_case(known)) {
            packed(value)
        } else {
            value.to_owned()
        };
        out.push_str(&format!("\r\n{name}: {value}"));
    }
    out
}

/// A value without the blanks beside `;`, `=`, `,` and `/` that stand outside of quotes and brackets.
fn packed(value: &str) -> String {
    let mut out = String::with_capacity(value.len());
    let (mut quoted, mut bracketed, mut escaped) = (false, false, false);
    for c in value.chars() {
        let separates = !quoted && !bracketed && matches!(c, ';' | '=' | ',' | '/');
        if separates {
            out.truncate(out.trim_end().len());
        }
        let after = out.ends_with([';', '=', ',', '/']) && !quoted && !bracketed;
        if !(after && c.is_whitespace()) {
            out.push(c);
        }
        match c {
            _ if escaped => escaped = false,
            '\\' if quoted => escaped = true,
            '"' => quoted = !quoted,
            '<' | '>' if !quoted => bracketed = c == '<',
            _ => {}
        }
    }
    out
}

/// Whether the library makes a transaction of it.
fn is_read(datagram: &[u8], from: SocketAddr) -> bool {
    let Ok(message) = SipMessage::try_from(datagram) else { return false };
    let udp = rsipstack::sip::Transport::Udp;
    match SipConnection::update_msg_received(message, from, udp) {
        Ok(SipMessage::Request(request)) => {
            TransactionKey::from_request(&request, TransactionRole::Server).is_ok()
        }
        _ => false,
    }
}

/// Lines with what was folded into the next ones (§7.3.1).
fn unfolded(head: &str) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for line in head.split("\r\n") {
        match lines.last_mut() {
            Some(last) if line.starts_with([' ', '\t']) => {
                last.push(' ');
                last.push_str(line.trim());
            }
            _ => lines.push(line.to_owned()),
        }
    }
    lines
}

/// Repeats what the sender knows its request by (§8.2.6.2).
fn answer(status: &str, headers: &[String], from: SocketAddr) -> Option<Vec<u8>> {
    let mut out = format!("SIP/2.0 {status}\r\n");
    let mut seen = Vec::new();
    for line in headers {
        let Some((name, value)) = line.split_once(':') else { continue };
        let Some(name) = full_name(name.trim()) else { continue };
        let mut value = value.trim().to_owned();
        let first = !seen.contains(&name);
        if name == "Via" && first && !value.contains(',') {
            value.push_str(&format!(";received={}", from.ip()));
        } else if name == "To" && first && !value.contains("tag") {
            value.push_str(&format!(";tag={}", tag(&value, from)));
        } else if name != "Via" && !first {
            continue;
        }
        seen.push(name);
        out.push_str(&format!("{name}: {value}\r\n"));
    }
    out.push_str("Content-Length: 0\r\n\r\n");
    (seen.contains(&"Via") && out.len() <= LONGEST_ECHO).then(|| out.into_bytes())
}

fn full_name(name: &str) -> Option<&'static str> {
    let names = [("Via", "v"), ("From", "f"), ("To", "t"), ("Call-ID", "i"), ("CSeq", "cseq")];
    let is =
        |(long, short): &(&str, &str)| name.eq_ignore_ascii_case(long) || name.eq_ignore_ascii_case(short);
    names.into_iter().find(is).map(|(long, _)| long)
}

/// The same for the same request, however often it is sent.
fn tag(to: &str, from: SocketAddr) -> String {
    let mut hasher = DefaultHasher::new();
    (to, from).hash(&mut hasher);
    format!("{:016x}", hasher.finish())
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str = "OPTIONS sip:anna@192.0.2.1 SIP/2.0\r\nVia: SIP/2.0/UDP 192.0.2.2;branch=z9hG4bK1\r\n\
        f: <sip:b@192.0.2.2>;tag=1\r\nTo: <sip:anna@192.0.2.1>\r\nCall-ID: a\r\nCSeq: 1\r\n OPTIONS\r\n\r\n";

    fn refused(text: &str) -> Option<String> {
        match look(text.as_bytes(), "192.0.2.9:5060".parse().unwrap()) {
            Seen::Good => None,
            Seen::Respelt(message) => panic!("respelt: {}", String::from_utf8(message).unwrap()),
            Seen::Refused(answer) => Some(String::from_utf8(answer).unwrap()),
        }
    }

    #[test]
    fn a_strange_spelling_becomes_one_that_is_read_and_nothing_else_changes() {
        let strange = GOOD
            .replace("SIP/2.0/UDP 192", "SIP / 2.0\r\n / UDP   192")
            .replace("f: <sip:b@192.0.2.2>;tag=1", "f: \"a ; tag = 2\\\"\" <sip:b@192.0.2.2> ; tag\r\n\t= 1");
        let body = "\r\na ; b = c";
        let seen = look(format!("{strange}{body}").as_bytes(), "192.0.2.9:5060".parse().unwrap());
        let Seen::Respelt(message) = seen else { panic!("{seen:?}") };
        let message = String::from_utf8(message).unwrap();
        assert!(message.contains("\r\nVia: SIP/2.0/UDP   192.0.2.2;branch=z9hG4bK1\r\n"), "{message}");
        assert!(message.contains("\r\nf: \"a ; tag = 2\\\"\" <sip:b@192.0.2.2>;tag=1\r\n"), "{message}");
        assert!(message.ends_with(body), "{message}");
    }

    #[test]
    fn a_request_that_nobody_reads_is_answered_to_whom_it_says() {
        assert_eq!(refused(GOOD), None);
        let bad = GOOD.replace(";tag=1", "");
        let told = refused(&bad).unwrap();
        assert!(
            told.starts_with(
                "SIP/2.0 400 Bad Request\r\nVia: SIP/2.0/UDP 192.0.2.2;branch=z9hG4bK1;received=192.0.2.9\r\n"
            ),
            "{told}"
        );
        assert!(told.contains("\r\nFrom: <sip:b@192.0.2.2>\r\nTo: <sip:anna@192.0.2.1>;tag="), "{told}");
        assert!(told.ends_with("\r\nCall-ID: a\r\nCSeq: 1 OPTIONS\r\nContent-Length: 0\r\n\r\n"), "{told}");
        assert_eq!(refused(&bad), Some(told), "the same each time");
        for (from, to, status) in [
            ("OPTIONS sip", "DANCE sip", "501"),
            ("1 SIP/2.0", "1 SIP/2.1", "505"),
            ("sip:anna@192.0.2.1 SIP", "sip:anna@192.0.2.1; lr SIP", "400"),
            ("sip:anna@192.0.2.1 SIP", "<sip:anna@192.0.2.1> SIP", "400"),
            ("CSeq: 1", "CSeq: 99999999999", "400"),
            ("Call-ID", "X", "400"),
        ] {
            let told = refused(&GOOD.replace(from, to)).unwrap();
            assert!(told.starts_with(&format!("SIP/2.0 {status} ")), "{told}");
        }
    }

    #[test]
    fn what_nobody_answers_is_not_answered() {
        for text in [
            GOOD.replace(";tag=1", "").replace("OPTIONS", "ACK"),
            GOOD.replace(";tag=1", "").replace("Via", "X"),
            "SIP/2.0 4294967301 no such thing\r\nVia: SIP/2.0/UDP 192.0.2.2\r\n\r\n".to_owned(),
            "hej hej hej".to_owned(),
            "\r\n\r\n".to_owned(),
            String::new(),
        ] {
            assert_eq!(refused(&text), None, "{text}");
        }
        let long =
            GOOD.replace(";tag=1", "").replace("Call-ID: a", &format!("Call-ID: {}", "a".repeat(5_000)));
        assert_eq!(refused(&long), None, "nothing is sent that is longer than anybody needs");
    }
}
