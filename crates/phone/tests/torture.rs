//! The messages of RFC 4475 against a running phone, over real sockets. Each file in `torture` is one message in the RFC's
//! own notation (§2): lines end with CR LF on the wire, `<hex>` stands for octets, `<repeat count=…>` for repetition.
#![cfg(all(feature = "sip", feature = "rtp"))]
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    reason = "test code"
)]

mod common;

use std::time::Duration;

use common::{Desk, DeskOptions, Exchange, within};
use phone::call::{CallState, EndCause, PhoneCommand, Registration, Side};
use phone::sip::{DigestAlgorithm, Transport};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpStream, UdpSocket};

const LIMIT: Duration = Duration::from_secs(10);

/// What must come back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Answer {
    /// A final response with this status.
    Status(u16),
    /// A call that is shown, and can be declined.
    Rings,
    /// Nothing: responses to no request of ours, and what says nobody to answer.
    Nothing,
    /// Of a stream, its end: where the next message begins is not known any more.
    Closed,
}
use Answer::{Closed, Nothing, Rings, Status};

/// Name, section, the answer to a datagram, the answer over a stream where it is another one.
type Case = (&'static str, &'static str, Answer, Option<Answer>);

/// An end point that is no registrar answers a REGISTER with 405, whatever is wrong with it beside. Where the RFC leaves it
/// to the receiver to be liberal (3.1.2.9, 3.1.2.10, 3.1.2.11, 3.1.2.12, 3.1.2.14, 3.1.2.15) we are, if the library can be.
const CASES: [Case; 49] = [
    // Within a call that nobody knows: well formed, and refused as that.
    // Over a stream the library throws it away: it does not find the tag in From.
    ("wsinv", "3.1.1.1", Status(481), Some(Nothing)),
    // Over a stream the library gives up what it cannot read, here a method, and closes; 501 would be right.
    ("intmeth", "3.1.1.2", Status(501), Some(Closed)),
    ("esc01", "3.1.1.3", Rings, None),
    ("escnull", "3.1.1.4", Status(405), None),
    ("esc02", "3.1.1.5", Status(501), Some(Closed)),
    ("lwsdisp", "3.1.1.6", Status(200), None),
    ("longreq", "3.1.1.7", Rings, None),
    // A datagram's rest is nobody's; what follows in a stream is the next message, and at its end there are octets too many.
    ("dblreq", "3.1.1.8", Status(405), Some(Closed)),
    ("semiuri", "3.1.1.9", Status(200), None),
    ("transports", "3.1.1.10", Status(200), None),
    ("mpart01", "3.1.1.11", Status(405), None),
    ("unreason", "3.1.1.12", Nothing, None),
    ("noreason", "3.1.1.13", Nothing, None),
    ("badinv01", "3.1.2.1", Status(400), None),
    // A stream is waited for: more may come.
    ("clerr", "3.1.2.2", Status(400), Some(Nothing)),
    ("ncl", "3.1.2.3", Status(400), Some(Closed)),
    ("scalar02", "3.1.2.4", Status(400), Some(Nothing)),
    ("scalarlg", "3.1.2.5", Nothing, None),
    ("quotbal", "3.1.2.6", Status(400), None),
    // The library takes the brackets off; in a stream nobody else sees them.
    ("ltgtruri", "3.1.2.7", Status(400), Some(Rings)),
    ("lwsruri", "3.1.2.8", Status(400), Some(Closed)),
    ("lwsstart", "3.1.2.9", Status(400), Some(Closed)),
    ("trws", "3.1.2.10", Status(200), None),
    ("escruri", "3.1.2.11", Rings, None),
    ("baddate", "3.1.2.12", Rings, None),
    ("regbadct", "3.1.2.13", Status(405), None),
    ("badaspec", "3.1.2.14", Status(200), None),
    ("baddn", "3.1.2.15", Status(200), None),
    ("badvers", "3.1.2.16", Status(505), None),
    ("mismatch01", "3.1.2.17", Status(400), None),
    ("mismatch02", "3.1.2.18", Status(501), Some(Closed)),
    ("bigcode", "3.1.2.19", Nothing, Some(Closed)),
    ("badbranch", "3.2.1", Status(200), None),
    ("insuf", "3.3.1", Status(400), Some(Nothing)),
    ("unkscm", "3.3.2", Status(416), None),
    ("novelsc", "3.3.3", Status(416), None),
    ("unksm2", "3.3.4", Status(400), None),
    ("bext01", "3.3.5", Status(420), None),
    ("invut", "3.3.6", Status(415), None),
    ("regaut01", "3.3.7", Status(405), None),
    ("multi01", "3.3.8", Status(400), None),
    ("mcl01", "3.3.9", Status(400), Some(Closed)),
    ("bcast", "3.3.10", Nothing, None),
    ("zeromf", "3.3.11", Status(200), None),
    ("cparam01", "3.3.12", Status(405), None),
    ("cparam02", "3.3.13", Status(405), None),
    ("regescrt", "3.3.14", Status(405), None),
    ("sdp01", "3.3.15", Status(406), None),
    // From has no tag, by which the library knows a request: refused, though RFC 2543 allowed it.
    ("inv2543", "3.4.1", Status(400), Some(Nothing)),
];

fn octets(name: &str) -> Vec<u8> {
    let file = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/torture").join(name);
    let text = std::fs::read_to_string(file.with_extension("sip")).unwrap();
    let mut out = Vec::new();
    let mut rest = text.as_str();
    while let Some((before, from)) = rest.split_once('<') {
        out.extend(before.replace('\n', "\r\n").bytes());
        if let Some((hex, after)) = from.strip_prefix("hex>").and_then(|from| from.split_once("</hex>")) {
            let octet = |at| u8::from_str_radix(&hex[at..at + 2], 16).unwrap();
            out.extend((0..hex.len()).step_by(2).map(octet));
            rest = after;
        } else if let Some(from) = from.strip_prefix("repeat count=") {
            let (count, from) = from.split_once('>').unwrap();
            let (text, after) = from.split_once("</repeat>").unwrap();
            out.extend(text.repeat(count.parse().unwrap()).bytes());
            rest = after;
        } else {
            out.push(b'<');
            rest = from;
        }
    }
    out.extend(rest.replace('\n', "\r\n").bytes());
    out
}

/// The value of a header, by its names.
fn value<'a>(message: &'a str, names: &[&str]) -> Option<&'a str> {
    message.lines().find_map(|line| {
        let (name, value) = line.split_once(':')?;
        names.iter().any(|known| name.trim().eq_ignore_ascii_case(known)).then(|| value.trim())
    })
}

fn call_id(message: &str) -> Option<&str> {
    value(message, &["Call-ID", "i"])
}

fn status(response: &str) -> u16 {
    response.split(' ').nth(1).and_then(|status| status.parse().ok()).unwrap()
}

/// A request that is surely answered: what came before it has been read by then.
fn fence(number: usize) -> String {
    format!(
        "OPTIONS sip:anna@127.0.0.1 SIP/2.0\r\nVia: SIP/2.0/UDP 127.0.0.1;branch=z9hG4bKfence{number};rport\r\n\
        From: <sip:fence@127.0.0.1>;tag=f\r\nTo: <sip:anna@127.0.0.1>\r\nCall-ID: fence{number}\r\n\
        CSeq: {number} OPTIONS\r\nMax-Forwards: 70\r\nContent-Length: 0\r\n\r\n"
    )
}

/// The ACK to a refusal of an INVITE, by what the refusal repeats.
fn ack(refusal: &str) -> String {
    let said = |names: &[&str]| value(refusal, names).unwrap_or_default();
    let number = said(&["CSeq"]).split_whitespace().next().unwrap_or_default();
    format!(
        "ACK sip:user@example.com SIP/2.0\r\nVia: {}\r\nFrom: {}\r\nTo: {}\r\nCall-ID: {}\r\nCSeq: {number} ACK\r\n\
        Max-Forwards: 70\r\nContent-Length: 0\r\n\r\n",
        said(&["Via"]),
        said(&["From"]),
        said(&["To"]),
        said(&["Call-ID"])
    )
}

/// Somebody who sends what nobody expects.
enum Peer {
    Datagrams(UdpSocket),
    Stream(TcpStream, Vec<u8>),
}

impl Peer {
    async fn toward(transport: Transport, address: &str) -> Self {
        if transport == Transport::Udp {
            let socket = UdpSocket::bind("127.0.0.1:0").await.unwrap();
            socket.connect(address).await.unwrap();
            return Self::Datagrams(socket);
        }
        Self::Stream(TcpStream::connect(address).await.unwrap(), Vec::new())
    }

    async fn send(&mut self, message: &[u8]) {
        match self {
            Self::Datagrams(socket) => {
                socket.send(message).await.unwrap();
            }
            // What is closed already is seen when it is read.
            Self::Stream(stream, _) => drop(stream.write_all(message).await),
        }
    }

    /// The next message; `None` at the end of a stream.
    async fn next(&mut self) -> Option<String> {
        match self {
            Self::Datagrams(socket) => {
                let mut buffer = [0; 65_535];
                let length = socket.recv(&mut buffer).await.unwrap();
                Some(String::from_utf8_lossy(&buffer[..length]).into_owned())
            }
            Self::Stream(stream, kept) => loop {
                // Nothing that answers here has a body.
                if let Some(end) = kept.windows(4).position(|four| four == b"\r\n\r\n") {
                    let message: Vec<u8> = kept.drain(..end + 4).collect();
                    return Some(String::from_utf8_lossy(&message).into_owned());
                }
                let mut buffer = [0; 65_535];
                match stream.read(&mut buffer).await {
                    Ok(0) | Err(_) => return None,
                    Ok(length) => kept.extend(&buffer[..length]),
                }
            },
        }
    }

    /// The final response to what is not the fence; whether it rang before. `Nothing` when the fence is answered and no
    /// answer is expected.
    async fn answer(&mut self, id: &str, expected: Answer) -> (Answer, String) {
        loop {
            // The limit only bounds a failure.
            let Ok(response) = tokio::time::timeout(LIMIT, self.next()).await else {
                return (Nothing, "waited for".to_owned());
            };
            let Some(response) = response else { return (Closed, String::new()) };
            assert!(response.starts_with("SIP/2.0 "), "{id}: {response}");
            let told = call_id(&response).unwrap_or_default();
            if told.starts_with("fence") {
                assert_eq!(status(&response), 200);
                if expected == Nothing && told == format!("fence{id}") {
                    return (Nothing, String::new());
                }
            } else if id == "insuf" || told == id {
                match status(&response) {
                    100 => {}
                    // It may be said before the end.
                    _ if expected == Closed => {}
                    180 => return (Rings, response),
                    other => return (Status(other), response),
                }
            }
        }
    }
}

/// The port of this process' other listening socket (proc(5), `/proc/net/tcp`).
fn listening_beside(port: u16) -> u16 {
    let open = std::fs::read_dir("/proc/self/fd").unwrap().flatten();
    let open: Vec<_> = open.filter_map(|file| std::fs::read_link(file.path()).ok()).collect();
    let table = std::fs::read_to_string("/proc/self/net/tcp").unwrap();
    let ports = table.lines().skip(1).filter_map(|line| {
        let fields: Vec<_> = line.split_whitespace().collect();
        let ours = open.contains(&format!("socket:[{}]", fields[9]).into());
        let port = u16::from_str_radix(fields[1].split_once(':')?.1, 16).ok()?;
        (fields[3] == "0A" && ours).then_some(port)
    });
    ports.into_iter().find(|other| *other != port).unwrap()
}

/// No call stands, and the phone is registered as before.
fn is_idle(desk: &Desk, name: &str) {
    let state = desk.state.borrow();
    assert_eq!(state.registration, Registration::Registered, "{name}");
    assert!(state.calls.iter().all(|call| call.state.is_ended()), "{name}: {:?}", state.calls);
}

async fn torture(transport: Transport) {
    let mut exchange = Exchange::start(transport, DigestAlgorithm::Md5).await;
    let mut desk = Desk::start(exchange.server(), transport, DeskOptions::default());
    desk.registered().await;
    let contact = within("the binding", exchange.contact.wait_for(Option::is_some)).await.unwrap().clone();
    // Over TCP the contact names the connection to the exchange; others come where the phone listens.
    let address = match exchange.endpoint.tcp() {
        Some(exchange) => format!("127.0.0.1:{}", listening_beside(exchange.port())),
        None => contact.unwrap().split_once('@').unwrap().1.to_owned(),
    };
    let mut datagrams = Peer::toward(Transport::Udp, &address).await;
    let mut wrong = Vec::new();
    for (number, (name, section, over_udp, over_tcp)) in CASES.into_iter().enumerate() {
        let expected = if transport == Transport::Udp { over_udp } else { over_tcp.unwrap_or(over_udp) };
        let message = octets(name);
        let text = String::from_utf8_lossy(&message).into_owned();
        let mut stream;
        let peer = if transport == Transport::Udp {
            &mut datagrams
        } else {
            stream = Peer::toward(transport, &address).await;
            &mut stream
        };
        peer.send(&message).await;
        let id = call_id(&text).unwrap_or(name).to_owned();
        let fence_id = number.to_string();
        if expected == Nothing {
            // A stream that waits for the rest of a message takes the fence for it.
            let mut other;
            let asked = if transport == Transport::Udp {
                &mut *peer
            } else {
                other = Peer::toward(transport, &address).await;
                &mut other
            };
            asked.send(fence(number).as_bytes()).await;
            let (answer, response) = asked.answer(&fence_id, expected).await;
            if answer != Nothing {
                wrong.push(format!("{name} ({section}): {answer:?} rather than {expected:?}: {response}"));
            }
            is_idle(&desk, name);
            continue;
        }
        let (answer, response) = peer.answer(&id, expected).await;
        if answer != expected {
            wrong.push(format!("{name} ({section}): {answer:?} rather than {expected:?}: {response}"));
        }
        if answer == Rings {
            let call = desk.rings_as_new().await;
            desk.phone.command(PhoneCommand::Decline { call });
            assert_eq!(desk.ended(call).await, EndCause::Declined { by: Side::Here }, "{name}");
            let (answer, refusal) = peer.answer(&id, expected).await;
            assert_eq!(answer, Status(603), "{name}: {refusal}");
            peer.send(ack(&refusal).as_bytes()).await;
        } else if text.starts_with("INVITE") && answer != Closed {
            peer.send(ack(&response).as_bytes()).await;
        }
        is_idle(&desk, name);
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    // Then somebody calls as people do.
    let (call, mut caller) = desk.talks_with(&mut exchange).await;
    desk.hears(true).await;
    desk.stands(call, CallState::InCall).await;
    caller.leg().hang_up();
    assert_eq!(desk.ended(call).await, EndCause::HungUp { by: Side::There });
    caller.ended().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_datagram_gets_its_answer_and_the_phone_goes_on() {
    torture(Transport::Udp).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_stream_gets_its_answer_or_its_end_and_the_phone_goes_on() {
    torture(Transport::Tcp).await;
}
