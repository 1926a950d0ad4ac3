//! SIP messages, as far as a bench needs them.

/// A request or an answer.
#[derive(Debug, Clone)]
pub struct Message {
    first: String,
    headers: Vec<(String, String)>,
    /// What comes after the empty line.
    pub body: String,
}

impl Message {
    /// Reads a datagram; none when it is no SIP.
    pub fn parse(text: &str) -> Option<Self> {
        let (head, body) = text.split_once("\r\n\r\n")?;
        let mut lines = head.split("\r\n");
        let first = lines.next().filter(|first| first.contains("SIP/2.0"))?.to_owned();
        let split =
            |line: &str| line.split_once(':').map(|(n, v)| (n.trim().to_owned(), v.trim().to_owned()));
        Some(Self { first, headers: lines.filter_map(split).collect(), body: body.to_owned() })
    }

    /// A request's method; none of an answer.
    pub fn method(&self) -> Option<&str> {
        if self.first.starts_with("SIP/2.0") { None } else { self.first.split(' ').next() }
    }

    /// An answer's status.
    pub fn status(&self) -> Option<u16> {
        self.first.strip_prefix("SIP/2.0 ")?.split(' ').next()?.parse().ok()
    }

    /// The first header of that name; compact forms are not used by the phones here.
    pub fn header(&self, name: &str) -> Option<&str> {
        let mut headers = self.headers.iter();
        headers.find(|(of, _)| of.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }

    fn all<'m>(&'m self, name: &'m str) -> impl Iterator<Item = &'m str> {
        let named = self.headers.iter().filter(move |(of, _)| of.eq_ignore_ascii_case(name));
        named.map(|(_, value)| value.as_str())
    }

    /// 200 to a request.
    pub fn ok(&self, more: &str) -> String {
        let mut text = "SIP/2.0 200 OK\r\n".to_owned();
        for name in ["Via", "From", "To", "Call-ID", "CSeq"] {
            for value in self.all(name) {
                let tagged = name == "To" && !value.contains("tag=");
                text.push_str(&format!("{name}: {value}{}\r\n", if tagged { ";tag=bench" } else { "" }));
            }
        }
        format!("{text}{more}Content-Length: 0\r\n\r\n")
    }

    /// The address within the contact's brackets.
    pub fn contact(&self) -> Option<&str> {
        let contact = self.header("Contact")?;
        Some(contact.split_once('<').map_or(contact, |(_, rest)| rest.split('>').next().unwrap_or(rest)))
    }
}

/// The port that a description receives sound at.
pub fn sound_port(body: &str) -> Option<u16> {
    body.lines().find_map(|line| line.strip_prefix("m=audio "))?.split(' ').next()?.parse().ok()
}

/// How a call is coded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Coding {
    /// G.711 A-law.
    Pcma,
    /// Opus at 48 kHz.
    Opus,
}

impl Coding {
    /// The payload type that is offered.
    pub fn payload_type(self) -> u8 {
        match self {
            Self::Pcma => 8,
            Self::Opus => 96,
        }
    }

    /// Our offer of it alone.
    pub fn description(self, port: u16) -> String {
        let map = match self {
            Self::Pcma => "a=rtpmap:8 PCMA/8000\r\n",
            Self::Opus => "a=rtpmap:96 opus/48000/2\r\na=fmtp:96 useinbandfec=1\r\n",
        };
        format!(
            "v=0\r\no=bench 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\n\
             m=audio {port} RTP/AVP {}\r\n{map}a=ptime:20\r\na=sendrecv\r\n",
            self.payload_type()
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn requests_and_answers_are_told_apart_and_answered() {
        let text = "REGISTER sip:127.0.0.1 SIP/2.0\r\nVia: SIP/2.0/UDP a;branch=1\r\nFrom: <sip:a@b>;tag=1\r\n\
                    To: <sip:a@b>\r\nCall-ID: x\r\nCSeq: 1 REGISTER\r\ncontact: <sip:a@127.0.0.1:5070>;expires=60\r\n\r\n";
        let request = Message::parse(text).unwrap();
        assert_eq!((request.method(), request.status()), (Some("REGISTER"), None));
        assert_eq!(request.contact(), Some("sip:a@127.0.0.1:5070"));
        let answer = Message::parse(&request.ok("Expires: 60\r\n")).unwrap();
        assert_eq!((answer.method(), answer.status()), (None, Some(200)));
        assert_eq!(answer.header("To"), Some("<sip:a@b>;tag=bench"));
        assert!(Message::parse("keep-alive\r\n\r\n").is_none());
    }

    #[test]
    fn the_sound_port_is_the_descriptions() {
        assert_eq!(sound_port(&Coding::Opus.description(4_002)), Some(4_002));
        assert_eq!(sound_port("v=0\r\n"), None);
    }
}
