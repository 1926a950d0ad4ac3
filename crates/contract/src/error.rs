//! Errors over the wire: a closed code that somebody acts on, and a detail for the log.

use serde::{Deserialize, Serialize};

/// What went wrong, as far as somebody acts on it. The interface has one sentence for each, in both
/// languages: what happened, that nothing was lost, what to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Code {
    /// Nobody is signed in, or the session has ended: sign in again.
    Unauthenticated,
    /// Wrong user or password.
    WrongCredentials,
    /// Too many tries: wait.
    Throttled,
    /// The person may not.
    Forbidden,
    /// There is no such thing.
    NotFound,
    /// The request is not of the command's shape, or a value is not possible.
    Invalid,
    /// The request is larger than the command takes.
    TooLarge,
    /// The same command id came with another payload.
    Conflict,
    /// Somebody else changed it since it was read: read again.
    Stale,
    /// It stands so that this cannot be done.
    WrongState,
    /// The time for undoing has passed.
    TooLate,
    /// Something that is required is missing.
    Missing,
    /// The other side speaks another version of the contract: update.
    ContractMismatch,
    /// The service or the exchange cannot be reached: it is tried again by itself.
    Unavailable,
    /// The desk's store waits for its key or passphrase.
    Locked,
    /// The passphrase is wrong.
    WrongPassphrase,
    /// There is no room on the disk.
    DiskFull,
    /// No microphone or no speaker.
    NoSoundDevice,
    /// The exchange does not know the desk's phone: calls would not reach it.
    NoPhone,
    /// A defect. It is in the log, without personal data.
    Internal,
}

domain::read_by_name!(Code {
    Unauthenticated: "unauthenticated",
    WrongCredentials: "wrong_credentials",
    Throttled: "throttled",
    Forbidden: "forbidden",
    NotFound: "not_found",
    Invalid: "invalid",
    TooLarge: "too_large",
    Conflict: "conflict",
    Stale: "stale",
    WrongState: "wrong_state",
    TooLate: "too_late",
    Missing: "missing",
    ContractMismatch: "contract_mismatch",
    Unavailable: "unavailable",
    Locked: "locked",
    WrongPassphrase: "wrong_passphrase",
    DiskFull: "disk_full",
    NoSoundDevice: "no_sound_device",
    NoPhone: "no_phone",
    Internal: "internal",
});

impl Code {
    /// All.
    pub const ALL: [Self; 20] = [
        Self::Unauthenticated,
        Self::WrongCredentials,
        Self::Throttled,
        Self::Forbidden,
        Self::NotFound,
        Self::Invalid,
        Self::TooLarge,
        Self::Conflict,
        Self::Stale,
        Self::WrongState,
        Self::TooLate,
        Self::Missing,
        Self::ContractMismatch,
        Self::Unavailable,
        Self::Locked,
        Self::WrongPassphrase,
        Self::DiskFull,
        Self::NoSoundDevice,
        Self::NoPhone,
        Self::Internal,
    ];

    /// The HTTP status it travels with (RFC 9110).
    #[must_use]
    pub const fn http_status(self) -> u16 {
        match self {
            Self::Unauthenticated | Self::WrongCredentials => 401,
            Self::Forbidden => 403,
            Self::NotFound => 404,
            Self::Conflict | Self::Stale | Self::WrongState | Self::TooLate => 409,
            Self::TooLarge => 413,
            Self::Invalid | Self::Missing | Self::WrongPassphrase => 422,
            Self::Locked => 423,
            Self::ContractMismatch => 426,
            Self::Throttled => 429,
            Self::Unavailable | Self::NoPhone => 503,
            Self::DiskFull => 507,
            Self::NoSoundDevice | Self::Internal => 500,
        }
    }

    /// Whether the same request may succeed later without anyone doing anything.
    #[must_use]
    pub const fn passes_by_itself(self) -> bool {
        matches!(self, Self::Unavailable | Self::Throttled)
    }
}

/// An error over the wire.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[error("{code:?}: {detail}")]
pub struct Error {
    /// What somebody acts on.
    pub code: Code,
    /// For the log and for support; no personal data, never shown as the message.
    #[serde(default)]
    pub detail: String,
}

impl Error {
    /// An error with a detail. The detail must not carry personal data.
    pub fn new(code: Code, detail: impl Into<String>) -> Self {
        Self { code, detail: detail.into() }
    }
}

impl From<Code> for Error {
    fn from(code: Code) -> Self {
        Self { code, detail: String::new() }
    }
}

impl From<domain::case::Refusal> for Error {
    fn from(refusal: domain::case::Refusal) -> Self {
        use domain::case::Refusal as R;
        let code = match refusal {
            R::NotAllowed => Code::Forbidden,
            R::WrongState => Code::WrongState,
            R::TooLate => Code::TooLate,
            R::TextMissing => Code::Missing,
            R::Disposition | R::Moment => Code::Invalid,
        };
        Self::new(code, refusal.to_string())
    }
}
