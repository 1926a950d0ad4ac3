//! The exchange of the bench: takes registrations and calls the phones. The same for every phone, and with nothing in
//! it that could take time.

use super::sip::{Coding, Message, sound_port};
use crate::clock::Stopwatch;
use crate::command::{Failure, Outcome};
use std::net::{SocketAddr, UdpSocket};
use std::time::Duration;

/// What a phone may take for anything.
const PATIENCE: Duration = Duration::from_secs(8);

/// A socket that speaks SIP.
pub struct Exchange {
    socket: UdpSocket,
    port: u16,
    calls: u32,
}

/// A call that was answered.
#[derive(Debug)]
pub struct Call {
    id: String,
    phone: SocketAddr,
    target: String,
    to: String,
    /// INVITE to 200, milliseconds.
    pub setup_ms: f64,
    /// Where the phone receives sound.
    pub sound: SocketAddr,
}

impl Exchange {
    /// At any port of loopback.
    pub fn open() -> Outcome<Self> {
        let socket = UdpSocket::bind("127.0.0.1:0")?;
        let port = socket.local_addr()?.port();
        Ok(Self { socket, port, calls: 0 })
    }

    /// `127.0.0.1:PORT`.
    pub fn address(&self) -> String {
        format!("127.0.0.1:{}", self.port)
    }

    /// Waits for a phone to register; gives the address to call it at.
    pub fn registered(&self, user: &str) -> Outcome<String> {
        let watch = Stopwatch::start();
        while watch.elapsed() < PATIENCE {
            let Some((message, _)) = self.hear(Duration::from_millis(200))? else { continue };
            let meant = message.header("To").is_some_and(|to| to.contains(&format!("sip:{user}@")));
            if let (true, Some("REGISTER"), Some(contact)) = (meant, message.method(), message.contact()) {
                return Ok(contact.to_owned());
            }
        }
        Err(Failure(format!("{user} did not register")))
    }

    /// Calls a phone that answers by itself. `port` is where the sound shall go.
    pub fn call(&mut self, contact: &str, coding: Coding, port: u16) -> Outcome<Call> {
        self.calls += 1;
        let id = format!("bench-{}-{}", self.port, self.calls);
        let phone = address(contact).ok_or_else(|| Failure(format!("no address: {contact}")))?;
        let body = coding.description(port);
        let invite = self.request("INVITE", contact, &id, "", 1, Some(&body));
        let watch = Stopwatch::start();
        self.socket.send_to(invite.as_bytes(), phone)?;
        while watch.elapsed() < PATIENCE {
            let Some((message, from)) = self.hear(Duration::from_millis(500))? else { continue };
            if message.header("Call-ID") != Some(&id) || message.status().is_none_or(|status| status < 200) {
                continue;
            }
            let setup_ms = watch.elapsed().as_secs_f64() * 1000.0;
            let status = message.status().unwrap_or_default();
            let (to, target) =
                (message.header("To").unwrap_or_default(), message.contact().unwrap_or(contact));
            let ack = self.request("ACK", target, &id, to, 1, None);
            self.socket.send_to(ack.as_bytes(), from)?;
            let Some(port) = sound_port(&message.body).filter(|_| status == 200) else {
                return Err(Failure(format!("{contact} answered {status}")));
            };
            let sound = SocketAddr::from(([127, 0, 0, 1], port));
            return Ok(Call {
                id,
                phone: from,
                target: target.to_owned(),
                to: to.to_owned(),
                setup_ms,
                sound,
            });
        }
        Err(Failure(format!("{contact} did not answer")))
    }

    /// Ends a call.
    pub fn end(&self, call: &Call) -> Outcome {
        let bye = self.request("BYE", &call.target, &call.id, &call.to, 2, None);
        let watch = Stopwatch::start();
        for _ in 0..4 {
            self.socket.send_to(bye.as_bytes(), call.phone)?;
            let sent = watch.elapsed();
            while watch.elapsed() < sent + Duration::from_secs(1) {
                let Some((message, _)) = self.hear(Duration::from_millis(200))? else { continue };
                let ours = message.header("Call-ID") == Some(&call.id) && message.status().is_some();
                if ours && message.header("CSeq").is_some_and(|cseq| cseq.ends_with("BYE")) {
                    return Ok(());
                }
            }
        }
        Err(Failure("a call could not be ended".into()))
    }

    /// Lets time pass; registrations are answered meanwhile.
    pub fn attend(&self, duration: Duration) -> Outcome {
        let watch = Stopwatch::start();
        while let Some(left) = duration.checked_sub(watch.elapsed()).filter(|left| !left.is_zero()) {
            self.hear(left)?;
        }
        Ok(())
    }

    /// The next message; requests other than of calls are answered at once.
    fn hear(&self, limit: Duration) -> Outcome<Option<(Message, SocketAddr)>> {
        self.socket.set_read_timeout(Some(limit.max(Duration::from_millis(1))))?;
        let mut buffer = [0; 8192];
        let Ok((length, from)) = self.socket.recv_from(&mut buffer) else { return Ok(None) };
        let text = String::from_utf8_lossy(buffer.get(..length).unwrap_or_default());
        let Some(message) = Message::parse(&text) else { return Ok(None) };
        if message.method().is_some_and(|method| method != "ACK") {
            let contact = message.header("Contact").map(|contact| format!("Contact: {contact}\r\n"));
            let more = format!("{}Expires: 300\r\n", contact.unwrap_or_default());
            self.socket.send_to(message.ok(&more).as_bytes(), from)?;
        }
        Ok(Some((message, from)))
    }

    fn request(&self, method: &str, uri: &str, id: &str, to: &str, cseq: u32, body: Option<&str>) -> String {
        let (here, named) = (self.address(), format!("<{uri}>"));
        let to = if to.is_empty() { named.as_str() } else { to };
        let body = body.unwrap_or_default();
        let kind = if body.is_empty() { "" } else { "Content-Type: application/sdp\r\n" };
        format!(
            "{method} {uri} SIP/2.0\r\nVia: SIP/2.0/UDP {here};branch=z9hG4bK{id}{method};rport\r\n\
             Max-Forwards: 70\r\nFrom: <sip:0701740605@{here}>;tag=b\r\nTo: {to}\r\nCall-ID: {id}\r\n\
             CSeq: {cseq} {method}\r\nContact: <sip:bench@{here}>\r\n{kind}Content-Length: {}\r\n\r\n{body}",
            body.len()
        )
    }
}

/// The socket address of a SIP address with numbers for a host.
fn address(uri: &str) -> Option<SocketAddr> {
    let rest = uri.split_once(':')?.1;
    let host = rest.rsplit('@').next()?.split([';', '?', '>']).next()?;
    host.parse().ok().or_else(|| format!("{host}:5060").parse().ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_found_behind_user_and_parameters() {
        let found = |uri| address(uri).map(|address| address.to_string());
        assert_eq!(found("sip:a@127.0.0.1:5070;transport=udp").as_deref(), Some("127.0.0.1:5070"));
        assert_eq!(found("sip:127.0.0.1").as_deref(), Some("127.0.0.1:5060"));
        assert_eq!(found("sip:a@example.org"), None);
    }
}
