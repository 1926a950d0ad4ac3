//! Database errors as the port's.

use rusqlite::ErrorCode;
use store::StoreError;

/// The port's error. SQLite's own text can quote a value, so only its code is told.
#[allow(clippy::needless_pass_by_value, reason = "so that it fits map_err")]
pub(crate) fn failed(error: rusqlite::Error) -> StoreError {
    match error {
        rusqlite::Error::QueryReturnedNoRows => StoreError::NotFound,
        rusqlite::Error::SqliteFailure(failure, _) => match failure.code {
            ErrorCode::DiskFull => StoreError::Full,
            code => StoreError::Failed(format!("{code:?} ({})", failure.extended_code)),
        },
        rusqlite::Error::FromSqlConversionFailure(column, ..) => {
            StoreError::Failed(format!("column {column} holds what it should not"))
        }
        rusqlite::Error::InvalidColumnType(column, name, _) => {
            StoreError::Failed(format!("column {column} ({name}) has another type"))
        }
        _ => StoreError::Failed("a statement failed".into()),
    }
}

/// `Exists` when a unique constraint says so.
#[allow(clippy::needless_pass_by_value, reason = "so that it fits map_err")]
pub(crate) fn unique(error: rusqlite::Error) -> StoreError {
    match &error {
        rusqlite::Error::SqliteFailure(failure, _) if failure.code == ErrorCode::ConstraintViolation => {
            StoreError::Exists
        }
        _ => failed(error),
    }
}
