//! Our side of the encryption of a stream: what our descriptions state, and what meets the other end's.

use super::handshake::{Fingerprint, Handshake, Role, Setup};
use super::sdes::{Crypto, Encryption, KeyExchange, Keys, MasterKey, Suite};

/// What an `m=` line says of the packets (RFC 3551, RFC 3711 §12, RFC 5764 §8).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Profile {
    /// `RTP/AVP`; encrypted all the same where both ends say with what (RFC 8643).
    #[default]
    Plain,
    /// `RTP/SAVP`: encrypted with keys that are stated, or not at all.
    Stated,
    /// `UDP/TLS/RTP/SAVP`: with keys of a handshake, or not at all.
    Handshaken,
}

impl Profile {
    pub(super) fn parse(word: &str) -> Option<Self> {
        match word {
            "RTP/AVP" | "RTP/AVPF" => Some(Self::Plain),
            "RTP/SAVP" | "RTP/SAVPF" => Some(Self::Stated),
            "UDP/TLS/RTP/SAVP" | "UDP/TLS/RTP/SAVPF" => Some(Self::Handshaken),
            _ => None,
        }
    }

    pub(super) fn word(self) -> &'static str {
        match self {
            Self::Plain => "RTP/AVP",
            Self::Stated => "RTP/SAVP",
            Self::Handshaken => "UDP/TLS/RTP/SAVP",
        }
    }
}

/// What both ends agreed to encrypt with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Keying {
    /// These keys.
    Stated(Keys),
    /// Those that a handshake over the stream gives.
    Handshake(Handshake),
}

/// What a description says of encryption beside its profile.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Means {
    /// The profile.
    pub profile: Profile,
    /// The `a=crypto` lines that are understood.
    pub cryptos: Vec<Crypto>,
    /// The certificate, and who begins.
    pub handshake: Option<(Fingerprint, Setup)>,
}

/// Our side of the encryption of a stream.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Secrecy {
    /// What is asked for.
    pub encryption: Encryption,
    /// What our offers state.
    pub exchange: KeyExchange,
    /// Of our offers; a secure one takes no plain answer.
    pub profile: Profile,
    /// Our lines, one for each suite.
    pub lines: Vec<Crypto>,
    /// Of our certificate; without it there is no handshake.
    pub fingerprint: Option<Fingerprint>,
    /// The handshake that stands.
    handshake: Option<Handshake>,
}

impl Secrecy {
    /// With a key for each suite, which are stated. The same keys serve the whole call.
    pub fn new(encryption: Encryption, keys: [MasterKey; 2]) -> Self {
        let lines = (1..).zip(Suite::ALL).zip(keys);
        let lines = lines.map(|((tag, suite), key)| Crypto { tag, suite, key });
        let lines = if encryption == Encryption::Off { vec![] } else { lines.collect() };
        let profile = if encryption == Encryption::Require { Profile::Stated } else { Profile::Plain };
        Self { encryption, profile, lines, ..Self::default() }
    }

    /// Without anything to encrypt with, whatever is asked for.
    pub fn without_keys(encryption: Encryption) -> Self {
        Self { encryption, ..Self::default() }
    }

    /// Takes part in handshakes with this certificate, and offers them if that is wanted.
    pub fn with_certificate(mut self, fingerprint: Fingerprint, exchange: KeyExchange) -> Self {
        if self.encryption == Encryption::Off {
            return self;
        }
        if exchange == KeyExchange::Dtls && self.encryption == Encryption::Require {
            self.profile = Profile::Handshaken;
        }
        Self { exchange, fingerprint: Some(fingerprint), ..self }
    }

    /// Goes on as was agreed on: later offers state the same.
    pub fn settle(&mut self, profile: Profile, keying: Option<Keying>) {
        self.profile = profile;
        match keying {
            Some(Keying::Handshake(handshake)) => {
                self.exchange = KeyExchange::Dtls;
                self.handshake = Some(handshake);
            }
            Some(Keying::Stated(_)) => self.exchange = KeyExchange::Sdes,
            None => {}
        }
    }

    /// What our offer says beside its profile, as attributes.
    pub(super) fn offered(&self) -> Vec<(&'static str, String)> {
        match (self.exchange, self.fingerprint) {
            (KeyExchange::Dtls, Some(ours)) => {
                handshake_lines(ours, Setup::ActPass, self.handshake.is_none())
            }
            _ => self.lines.iter().map(|line| ("crypto", line.line())).collect(),
        }
    }

    /// What both ends can do best; `None` when nothing.
    pub(super) fn meeting(&self, theirs: &Means) -> Option<Keying> {
        let (stated, shaken) = (self.stated(theirs), self.shaken(theirs));
        match theirs.profile {
            Profile::Stated => stated,
            Profile::Handshaken => shaken,
            Profile::Plain if self.exchange == KeyExchange::Dtls => shaken.or(stated),
            Profile::Plain => stated.or(shaken),
        }
    }

    /// What our answer says of it.
    pub(super) fn answered(&self, keying: Option<Keying>, theirs: &Means) -> Vec<(&'static str, String)> {
        match (keying, self.fingerprint) {
            (Some(Keying::Stated(Keys { suite, ours: key, .. })), _) => {
                let met = theirs.cryptos.iter().find(|their| their.suite == suite);
                let line = met.map(|met| Crypto { tag: met.tag, suite, key }.line());
                line.map(|line| ("crypto", line)).into_iter().collect()
            }
            (Some(Keying::Handshake(agreed)), Some(ours)) => {
                handshake_lines(ours, agreed.role.setup(), self.handshake != Some(agreed))
            }
            _ => vec![],
        }
    }

    fn stated(&self, theirs: &Means) -> Option<Keying> {
        self.lines.iter().find_map(|line| {
            let met = theirs.cryptos.iter().find(|their| their.suite == line.suite)?;
            Some(Keying::Stated(Keys { suite: line.suite, ours: line.key, theirs: met.key }))
        })
    }

    fn shaken(&self, theirs: &Means) -> Option<Keying> {
        self.fingerprint?;
        let (theirs, setup) = theirs.handshake?;
        let stands = self.handshake.filter(|stands| stands.theirs == theirs);
        let role = match setup {
            Setup::Active => Role::Server,
            Setup::Passive => Role::Client,
            // Who began once begins for good (RFC 8842 §5.3).
            Setup::ActPass => stands.map_or(Role::Client, |stands| stands.role),
        };
        Some(Keying::Handshake(Handshake { role, theirs }))
    }
}

fn handshake_lines(ours: Fingerprint, setup: Setup, anew: bool) -> Vec<(&'static str, String)> {
    let connection = if anew { "new" } else { "existing" };
    vec![
        ("setup", setup.word().to_owned()),
        ("connection", connection.to_owned()),
        ("fingerprint", ours.line()),
    ]
}
