//! Which requests are refused before anybody looks at what they want (RFC 3261 §8.2, §18.3): the library takes nearly
//! everything that it can read.

use rsipstack::sip::prelude::HeadersExt;
use rsipstack::sip::uri::Scheme;
use rsipstack::sip::{Header, Method, Request, StatusCode, Version};

use super::refer::header;

/// Extensions that a request may require of us (RFC 3261 §8.2.2.3).
const EXTENSIONS: [&str; 3] = ["100rel", "replaces", "timer"];
/// The one kind of body that describes a session here.
pub(super) const SDP: &str = "application/sdp";
/// Headers that must come once and no more (§7.3.1).
const SINGLE: [&str; 6] = ["call-id", "content-length", "cseq", "from", "max-forwards", "to"];

/// A refusal: its status, and the headers that say what would have been taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Refusal {
    pub(super) status: StatusCode,
    pub(super) headers: Vec<Header>,
}

impl Refusal {
    pub(super) fn of(status: StatusCode) -> Self {
        Self { status, headers: Vec::new() }
    }
}

/// Looks at a request as such, in the order of RFC 3261 §8.2.
pub(super) fn check(request: &Request) -> Result<(), Refusal> {
    // Neither is answered with a refusal of its own (§8.2.2.3, §9.2, §17.2.1).
    if matches!(request.method, Method::Ack | Method::Cancel) {
        return Ok(());
    }
    if request.version != Version::V2 {
        return Err(Refusal::of(StatusCode::VersionNotSupported));
    }
    if !is_well_formed(request) {
        return Err(Refusal::of(StatusCode::BadRequest));
    }
    let scheme = match &request.uri.scheme {
        Some(Scheme::Sip | Scheme::Sips) => true,
        Some(Scheme::Other(name)) => name.eq_ignore_ascii_case("tel"),
        None => false,
    };
    if !scheme {
        return Err(Refusal::of(StatusCode::UnsupportedUriScheme));
    }
    let unknown = unknown_extensions(request);
    if !unknown.is_empty() {
        let headers = vec![Header::Unsupported(unknown.join(", ").into())];
        return Err(Refusal { status: StatusCode::BadExtension, headers });
    }
    if request.method == Method::Invite { describable(request) } else { Ok(()) }
}

/// What is said once is said once, and numbers and lengths are what they have to be.
fn is_well_formed(request: &Request) -> bool {
    let count = |name: &str| request.headers.iter().filter(|h| h.name().eq_ignore_ascii_case(name)).count();
    let number = |name: &str| header(request, name).map(|value| value.trim().parse::<u32>());
    let length = match number("content-length") {
        None => true,
        Some(length) => length.is_ok_and(|length| length as usize == request.body.len()),
    };
    let hops = number("max-forwards").is_none_or(|hops| hops.is_ok_and(|hops| hops <= 255));
    let sequence = request.cseq_header().ok();
    let sequence = sequence.and_then(|header| Some((header.seq().ok()?, header.method().ok()?)));
    SINGLE.iter().all(|name| count(name) <= 1)
        && length
        && hops
        && sequence.is_some_and(|(number, method)| number < 1 << 31 && method == request.method)
        && request.headers.iter().all(|header| match header {
            Header::From(_) | Header::To(_) => quotes(header.value()).is_some(),
            Header::Via(_) | Header::Contact(_) => quotes(header.value()).is_some_and(|bare| is_list(&bare)),
            _ => true,
        })
}

/// A value with its quoted strings emptied; `None` when a quote does not end.
fn quotes(value: &str) -> Option<String> {
    let mut bare = String::with_capacity(value.len());
    let mut chars = value.chars();
    let mut within = false;
    while let Some(c) = chars.next() {
        match c {
            '"' => within = !within,
            '\\' if within => {
                chars.next()?;
            }
            _ if within => {}
            other => bare.push(other),
        }
    }
    (!within).then_some(bare)
}

/// Whether no value and no parameter is empty.
fn is_list(value: &str) -> bool {
    let packed: String = value.chars().filter(|c| !c.is_whitespace()).collect();
    let empty = [";;", ",,", ";,", ",;"];
    !empty.iter().any(|pair| packed.contains(pair)) && !packed.ends_with([';', ','])
}

fn unknown_extensions(request: &Request) -> Vec<String> {
    let required = request.headers.iter().filter(|h| h.name().eq_ignore_ascii_case("require"));
    let names = required.flat_map(|header| header.value().split(',').map(str::trim));
    let unknown = names.filter(|name| !EXTENSIONS.iter().any(|known| known.eq_ignore_ascii_case(name)));
    unknown.filter(|name| !name.is_empty()).map(str::to_owned).collect()
}

/// A call is described in SDP or not at all, and its caller takes an answer in SDP (§8.2.3, §21.4.7).
fn describable(request: &Request) -> Result<(), Refusal> {
    let kind = header(request, "content-type").unwrap_or_default();
    let kind = kind.split(';').next().unwrap_or_default().trim();
    let coding = header(request, "content-encoding").unwrap_or("identity").trim();
    let plain = coding.is_empty() || coding.eq_ignore_ascii_case("identity");
    let readable = kind.eq_ignore_ascii_case(SDP) && plain;
    if !request.body.is_empty() && !readable {
        let headers = vec![Header::Accept(SDP.into()), Header::AcceptEncoding("identity".into())];
        return Err(Refusal { status: StatusCode::UnsupportedMediaType, headers });
    }
    let mut accepted = request.headers.iter().filter(|h| h.name().eq_ignore_ascii_case("accept")).peekable();
    let fits = |range: &str| {
        let range = range.split(';').next().unwrap_or_default().trim();
        [SDP, "application/*", "*/*"].iter().any(|name| range.eq_ignore_ascii_case(name))
    };
    if accepted.peek().is_none() || accepted.any(|header| header.value().split(',').any(fits)) {
        return Ok(());
    }
    Err(Refusal::of(StatusCode::NotAcceptable))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn invite(change: impl Fn(String) -> String) -> Result<(), (u16, Vec<String>)> {
        let text = "INVITE sip:anna@192.0.2.1 SIP/2.0\r\nVia: SIP/2.0/UDP 192.0.2.2;branch=z9hG4bK1\r\n\
            Max-Forwards: 70\r\nFrom: \"A;;\\\" B\" <sip:b@192.0.2.2>;tag=1\r\nTo: <sip:anna@192.0.2.1>\r\n\
            Call-ID: a\r\nCSeq: 1 INVITE\r\nContact: <sip:b@192.0.2.2>\r\nContent-Type: application/sdp\r\n\
            Content-Length: 4\r\n\r\nv=0\n";
        let text = change(text.to_owned());
        let Ok(rsipstack::sip::SipMessage::Request(request)) = text.as_str().try_into() else {
            panic!("unread: {text}")
        };
        check(&request).map_err(|refusal| {
            let headers = refusal.headers.iter().map(|h| format!("{}: {}", h.name(), h.value()));
            (refusal.status.code(), headers.collect())
        })
    }

    #[test]
    fn what_is_taken() {
        let add = |line: &str| invite(|text| text.replace("Contact", &format!("{line}\r\nContact")));
        assert_eq!(invite(|text| text), Ok(()));
        for line in [
            "Accept: text/plain, application/SDP;q=0.1",
            "Accept: */*",
            "Require: timer,Replaces",
            "Content-Encoding: identity",
        ] {
            assert_eq!(add(line), Ok(()), "{line}");
        }
        assert_eq!(invite(|text| text.replace("sip:anna@192.0.2.1 SIP", "tel:+4684650400 SIP")), Ok(()));
        assert_eq!(invite(|text| text.replace("INVITE", "ACK").replace("Length: 4", "Length: 99")), Ok(()));
    }

    #[test]
    fn what_is_refused_and_how() {
        let bad = |from: &str, to: &str| invite(|text| text.replace(from, to)).unwrap_err();
        for (from, to) in [
            ("Length: 4", "Length: 5"),
            ("Length: 4", "Length: -4"),
            ("Length: 4", "Length: 4\r\nl: 4"),
            ("Forwards: 70", "Forwards: 256"),
            ("Call-ID: a", "Call-ID: a\r\ni: b"),
            ("CSeq: 1 INVITE", "CSeq: 2147483648 INVITE"),
            ("CSeq: 1 INVITE", "CSeq: 1 OPTIONS"),
            ("B\" <", "B <"),
            ("branch=z9hG4bK1", "branch=z9hG4bK1;,"),
            ("<sip:b@192.0.2.2>\r\nContent-T", "<sip:b@192.0.2.2>;;\r\nContent-T"),
        ] {
            assert_eq!(bad(from, to), (400, vec![]), "{to}");
        }
        assert_eq!(bad("1 SIP/2.0", "1 SIP/3.0").0, 505);
        assert_eq!(bad("sip:anna@192.0.2.1 SIP", "http://192.0.2.1 SIP").0, 416);
        assert_eq!(bad("Max", "Require: x, timer\r\nMax"), (420, vec!["Unsupported: x".to_owned()]));
        assert_eq!(bad("Max", "Accept: text/plain\r\nMax").0, 406);
        let wants = vec!["Accept: application/sdp".to_owned(), "Accept-Encoding: identity".to_owned()];
        assert_eq!(bad("application/sdp", "text/plain"), (415, wants.clone()));
        assert_eq!(bad("Max", "Content-Encoding: gzip\r\nMax"), (415, wants));
    }
}
