//! SIP over UDP, TCP and TLS: an [`Endpoint`] with call [`Leg`]s, the registering side ([`Registration`]) and
//! the answering side ([`RegisterRequest`]) of REGISTER. A thin layer over the library that does
//! transactions and dialogs, so that the library can be replaced; none of its types shows here.
//!
//! All of it runs on the tokio runtime of whoever calls [`Endpoint::bind`].

mod admission;
mod change;
mod digest;
mod early;
mod endpoint;
mod follower;
#[cfg(feature = "fuzz")]
pub mod fuzz;
mod gate;
mod headers;
mod inspector;
mod keys;
mod leg;
mod line;
mod offer;
mod outgoing;
mod refer;
mod register;
mod registrar;
mod reliable;
mod session;
mod timer;
mod trust;

pub use endpoint::{Endpoint, EndpointConfig, Incoming, InviteRequest};
pub use keys::Info;
pub use leg::{Ended, IncomingCall, Leg, LegEvent};
pub use line::SecureServer;
pub use offer::Offer;
pub use refer::{Place, Referral};
pub use register::{RegisterFault, Registration};
pub use registrar::{RegisterRequest, Verdict};
pub use trust::Trust;

use crate::call::TlsFault;

/// A shared secret; shows itself to nobody.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Password(String);

impl Password {
    /// Takes the secret.
    pub fn new(secret: impl Into<String>) -> Self {
        Self(secret.into())
    }

    pub(crate) fn expose(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Debug for Password {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Password(…)")
    }
}

/// Who we are to the exchange.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Credentials {
    /// User part of the address of record; also the digest's user name.
    pub user: String,
    /// The secret.
    pub password: Password,
}

/// How messages travel.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Transport {
    /// Datagrams; the default of RFC 3261.
    #[default]
    Udp,
    /// Streams.
    Tcp,
    /// One encrypted stream to the exchange.
    Tls,
}

impl Transport {
    /// `;transport=…` or nothing: a callee's address needs its own.
    pub fn parameter(self) -> &'static str {
        match self {
            Self::Udp => "",
            Self::Tcp => ";transport=tcp",
            Self::Tls => ";transport=tls",
        }
    }
}

/// Digest algorithms (RFC 3261 §22, RFC 8760).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DigestAlgorithm {
    /// What every exchange speaks.
    Md5,
    /// RFC 8760.
    Sha256,
}

/// Why something could not be sent.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SipError {
    /// The address could not be bound.
    #[error("the address cannot be bound: {0}")]
    Bind(String),
    /// Not an address.
    #[error("not a SIP address")]
    BadAddress,
    /// The call is in no state for it, or over.
    #[error("the call is over or not there yet")]
    WrongState,
    /// Refused by the other end.
    #[error("refused with status {0}")]
    Refused(u16),
    /// Could not be sent, or was not answered.
    #[error("no answer")]
    NoAnswer,
    /// The exchange is not believed to be the one that is meant, or does not speak TLS with us.
    #[error("{0}")]
    Insecure(TlsFault),
}
