//! The store's and the exchange's errors as the contract's.

use contract::{Code, Error};
use exchange::ExchangeError;
use store::StoreError;

/// What the caller is told of a store's error; what is a defect goes to the log.
#[allow(clippy::needless_pass_by_value, reason = "so that it fits map_err")]
pub(crate) fn store(error: StoreError) -> Error {
    let code = match error {
        StoreError::Conflict | StoreError::Exists => Code::Conflict,
        StoreError::Stale => Code::Stale,
        StoreError::NotFound => Code::NotFound,
        StoreError::BadCursor => Code::Invalid,
        StoreError::Full => Code::DiskFull,
        StoreError::Broken | StoreError::Schema(_) | StoreError::Failed(_) => {
            tracing::error!(%error, "the store failed");
            Code::Internal
        }
    };
    Error::new(code, error.to_string())
}

/// What the caller is told of an exchange's error.
#[allow(clippy::needless_pass_by_value, reason = "so that it fits map_err")]
pub(crate) fn exchange(error: ExchangeError) -> Error {
    let code = match error {
        ExchangeError::Unreachable => Code::Unavailable,
        ExchangeError::Refused(_) => Code::Internal,
        ExchangeError::PracticeOnly => Code::WrongState,
    };
    Error::new(code, error.to_string())
}

/// A defect, with a text for the log.
pub(crate) fn internal(detail: &str) -> Error {
    tracing::error!(detail, "a defect");
    Error::new(Code::Internal, detail)
}

/// A request that cannot be.
pub(crate) fn invalid(detail: &str) -> Error {
    Error::new(Code::Invalid, detail)
}
