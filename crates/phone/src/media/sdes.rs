//! Keys for encrypted sound in session descriptions (SDES, RFC 4568): `a=crypto` lines, read and written.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

/// Octets of a master key and its salt, one after the other (RFC 4568 §6.1).
pub const KEY: usize = 30;

/// Whether the sound of a call is encrypted: what an account asks for.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Encryption {
    /// Plain sound; a call that wants encrypted sound does not come about.
    #[default]
    Off,
    /// Encrypted where the other end takes part in it.
    Prefer,
    /// A call that cannot be encrypted does not come about.
    Require,
}

/// How keys for the sound are agreed on: what our offers state. Offers of others may state either.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum KeyExchange {
    /// In the descriptions themselves (SDES): as safe as the signalling.
    #[default]
    Sdes,
    /// By a handshake over the stream (DTLS-SRTP): the exchange's log holds no keys.
    Dtls,
}

/// How packets are encrypted and signed (RFC 4568 §6.2), best first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Suite {
    /// AES-128 in counter mode, signed with 80 bits.
    Sha1With80,
    /// The same, signed with 32 bits.
    Sha1With32,
}

impl Suite {
    /// In order of preference.
    pub const ALL: [Self; 2] = [Self::Sha1With80, Self::Sha1With32];

    fn name(self) -> &'static str {
        match self {
            Self::Sha1With80 => "AES_CM_128_HMAC_SHA1_80",
            Self::Sha1With32 => "AES_CM_128_HMAC_SHA1_32",
        }
    }
}

/// A master key with its salt; shows itself to nobody.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct MasterKey([u8; KEY]);

impl MasterKey {
    /// From random octets.
    pub fn new(random: [u8; KEY]) -> Self {
        Self(random)
    }

    pub(super) fn key(&self) -> &[u8] {
        self.0.split_at(16).0
    }

    pub(super) fn salt(&self) -> &[u8] {
        self.0.split_at(16).1
    }
}

impl std::fmt::Debug for MasterKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("MasterKey(…)")
    }
}

/// What both ends encrypt with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Keys {
    /// How.
    pub suite: Suite,
    /// For what we send.
    pub ours: MasterKey,
    /// For what they send.
    pub theirs: MasterKey,
}

/// One `a=crypto` line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Crypto {
    /// Its number among the lines; an answer repeats it.
    pub tag: u32,
    /// How.
    pub suite: Suite,
    /// For what the one who states it sends.
    pub key: MasterKey,
}

impl Crypto {
    /// Reads the value of a line; `None` for what we cannot do: another suite, a key with an identifier in each packet,
    /// several keys, or parameters that take protection away (§6.3).
    pub(super) fn parse(value: &str) -> Option<Self> {
        let mut words = value.split_ascii_whitespace();
        let tag = words.next()?.parse().ok()?;
        let name = words.next()?;
        let suite = Suite::ALL.into_iter().find(|suite| suite.name().eq_ignore_ascii_case(name))?;
        let parameters = words.next()?;
        let (method, keying) = parameters.split_once(':')?;
        // Of what may follow only the hint of the window's size leaves everything as it is.
        if !method.eq_ignore_ascii_case("inline") || words.any(|word| !word.starts_with("WSH=")) {
            return None;
        }
        let mut parts = keying.split('|');
        let octets = STANDARD.decode(parts.next()?).ok()?;
        // Beside the key there may be how long it lasts: longer than any call.
        if parts.any(|part| part.contains(':')) {
            return None;
        }
        Some(Self { tag, suite, key: MasterKey(octets.try_into().ok()?) })
    }

    /// The value of a line.
    pub(super) fn line(&self) -> String {
        format!("{} {} inline:{}", self.tag, self.suite.name(), STANDARD.encode(self.key.0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LINE: &str = "1 AES_CM_128_HMAC_SHA1_80 inline:WVNfX19zZW1jdGwgKCkgewkyMjA7fQp9CnVubGVz";

    #[test]
    fn lines_are_read_and_written() {
        // RFC 4568 §9.1.
        let line = Crypto::parse(&format!("{LINE}|2^20|1:4 FEC_ORDER=FEC_SRTP"));
        assert_eq!(line, None, "a key with an identifier");
        let line = Crypto::parse(&format!("{LINE}|2^20 WSH=128")).unwrap();
        assert_eq!((line.tag, line.suite), (1, Suite::Sha1With80));
        assert_eq!(line.line(), LINE);
        for refused in [
            format!("{LINE} UNENCRYPTED_SRTP"),
            format!("{LINE} UNAUTHENTICATED_SRTP"),
            LINE.replace("_80", "_40"),
            LINE.replace("VubGVz", "Vub"),
            LINE.replace("inline:", "other:"),
            format!("{LINE};inline:WVNfX19zZW1jdGwgKCkgewkyMjA7fQp9CnVubGVz"),
            "1".to_owned(),
            String::new(),
        ] {
            assert_eq!(Crypto::parse(&refused), None, "{refused}");
        }
    }

    #[test]
    fn a_key_shows_itself_to_nobody() {
        let line = Crypto::parse(LINE).unwrap();
        let keys = Keys { suite: line.suite, ours: line.key, theirs: line.key };
        let shown =
            format!("{line:?} {keys:?} {:?}", crate::media::Secrecy::new(Encryption::Prefer, [line.key; 2]));
        assert!(!shown.contains("WVNfX19z") && !shown.contains("89, 83"), "{shown}");
    }
}
