//! Keys that both ends agree on over the stream itself (DTLS-SRTP, RFC 5763): what session descriptions say of it. Whoever
//! shows the certificate that the description names is the other end; the signalling vouches for the name alone.

/// Octets of a fingerprint.
const OCTETS: usize = 32;

/// A certificate's fingerprint: SHA-256 of its DER form (RFC 8122 §5).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Fingerprint([u8; OCTETS]);

impl Fingerprint {
    /// From what was calculated.
    pub fn new(hash: [u8; OCTETS]) -> Self {
        Self(hash)
    }

    /// Reads the value of `a=fingerprint`; `None` for another hash: weaker ones prove nothing.
    pub(super) fn parse(value: &str) -> Option<Self> {
        let (hash, octets) = value.trim().split_once(' ')?;
        if !hash.eq_ignore_ascii_case("sha-256") {
            return None;
        }
        let octets: Option<Vec<u8>> = octets
            .trim()
            .split(':')
            .map(|octet| {
                let whole = octet.len() == 2 && octet.bytes().all(|byte| byte.is_ascii_hexdigit());
                u8::from_str_radix(octet, 16).ok().filter(|_| whole)
            })
            .collect();
        Some(Self(octets?.try_into().ok()?))
    }

    /// The value of the line.
    pub(super) fn line(&self) -> String {
        let octets: Vec<String> = self.0.iter().map(|octet| format!("{octet:02X}")).collect();
        format!("sha-256 {}", octets.join(":"))
    }
}

/// Who speaks first, as a description states it (`a=setup`, RFC 4145 §4, RFC 5763 §5).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Setup {
    /// The one who states it.
    Active,
    /// The other one.
    Passive,
    /// As the other one likes: an offer's word.
    ActPass,
}

impl Setup {
    /// `None` also for `holdconn`: a stream that is not to be set up.
    pub(super) fn parse(value: &str) -> Option<Self> {
        let all = [Self::Active, Self::Passive, Self::ActPass];
        all.into_iter().find(|setup| value.trim().eq_ignore_ascii_case(setup.word()))
    }

    pub(super) fn word(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Passive => "passive",
            Self::ActPass => "actpass",
        }
    }
}

/// Our part in the handshake.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// We begin.
    Client,
    /// They begin.
    Server,
}

impl Role {
    pub(super) fn setup(self) -> Setup {
        match self {
            Self::Client => Setup::Active,
            Self::Server => Setup::Passive,
        }
    }
}

/// A handshake that was agreed on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Handshake {
    /// Our part.
    pub role: Role,
    /// Of the certificate that the other end has to show.
    pub theirs: Fingerprint,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fingerprints_are_read_and_written_and_weak_or_broken_ones_are_none() {
        let print = Fingerprint::new(std::array::from_fn(|i| i as u8 * 7));
        let line = print.line();
        assert!(line.starts_with("sha-256 00:07:0E:"), "{line}");
        assert_eq!(Fingerprint::parse(&line), Some(print));
        assert_eq!(Fingerprint::parse(&line.to_lowercase()), Some(print));
        assert_eq!(Fingerprint::parse(&line.replace("sha-256", "SHA-256")), Some(print));
        for bad in [
            line.replace("sha-256", "sha-1"),
            line.replace(":07:", ":7:"),
            line.replace(":07:", ":0G:"),
            line.replace(":07", ""),
            format!("{line}:00"),
            "sha-256".to_owned(),
            String::new(),
        ] {
            assert!(Fingerprint::parse(&bad).is_none_or(|read| read != print), "{bad}");
        }
        assert_eq!(Fingerprint::parse(&line.replace(":07:", ":+7:")), None);
    }
}
