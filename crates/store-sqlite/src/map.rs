//! Values as columns, and columns as values.

use rusqlite::types::Type;
use rusqlite::{Error, Row};
use serde::Serialize;
use serde::de::DeserializeOwned;

type Result<T> = std::result::Result<T, Error>;

/// A value as JSON text.
pub(crate) fn json<T: Serialize + ?Sized>(value: &T) -> Result<String> {
    serde_json::to_string(value).map_err(|e| Error::ToSqlConversionFailure(e.into()))
}

/// A column of JSON text as a value. The error tells the column alone: serde's text can quote a value.
pub(crate) fn read_json<T: DeserializeOwned>(row: &Row<'_>, column: usize) -> Result<T> {
    let text: String = row.get(column)?;
    serde_json::from_str(&text).map_err(|_| unreadable(column))
}

/// A column of an enumeration's word as a value.
pub(crate) fn read_word<T: DeserializeOwned>(row: &Row<'_>, column: usize) -> Result<T> {
    serde_json::from_value(serde_json::Value::String(row.get(column)?)).map_err(|_| unreadable(column))
}

/// The word of an enumeration.
pub(crate) fn word<T: Serialize>(value: T) -> Result<String> {
    match serde_json::to_value(value) {
        Ok(serde_json::Value::String(word)) => Ok(word),
        _ => Err(Error::ToSqlConversionFailure("not one word".into())),
    }
}

pub(crate) fn unreadable(column: usize) -> Error {
    Error::FromSqlConversionFailure(column, Type::Text, "unreadable".into())
}
