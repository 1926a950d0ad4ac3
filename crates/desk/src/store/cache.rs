//! What the desk keeps of the service, to work on without it.

use super::{Store, StoreError};
use contract::domain::Timestamp;
use contract::error::Error;
use rusqlite::OptionalExtension;
use serde::Serialize;
use serde::de::DeserializeOwned;

impl Store {
    /// Keeps a value under a name.
    ///
    /// # Errors
    /// When the store cannot be written; the value kept before stays.
    pub async fn keep<T: Serialize>(
        &self,
        name: &'static str,
        value: &T,
        as_of: Timestamp,
    ) -> Result<(), Error> {
        let value = serde_json::to_string(value).map_err(|_| StoreError::Unreadable)?;
        self.run(move |db| {
            db.execute(
                "INSERT OR REPLACE INTO cache (name, value, as_of) VALUES (?1, ?2, ?3)",
                (name, value, as_of.0),
            )?;
            Ok::<_, StoreError>(())
        })
        .await
    }

    /// Forgets what is under a name.
    ///
    /// # Errors
    /// When the store cannot be written.
    pub async fn forget(&self, name: &'static str) -> Result<(), Error> {
        self.run(move |db| {
            db.execute("DELETE FROM cache WHERE name = ?1", [name])?;
            Ok::<_, StoreError>(())
        })
        .await
    }

    /// Keeps nothing of another service than the one at `place`.
    ///
    /// # Errors
    /// When the store cannot be read or written.
    pub async fn cache_for(&self, place: &str, now: Timestamp) -> Result<(), Error> {
        if self.kept::<String>("place").await?.is_some_and(|(kept, _)| kept == place) {
            return Ok(());
        }
        self.run(|db| {
            db.execute("DELETE FROM cache", [])?;
            Ok::<_, StoreError>(())
        })
        .await?;
        self.keep("place", &place.to_owned(), now).await
    }

    /// The value under a name, and how old it is. One that an older release wrote otherwise is as if absent.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn kept<T: DeserializeOwned + Send + 'static>(
        &self,
        name: &'static str,
    ) -> Result<Option<(T, Timestamp)>, Error> {
        self.run(move |db| {
            let sql = "SELECT value, as_of FROM cache WHERE name = ?1";
            let row =
                db.query_row(sql, [name], |row| Ok((row.get::<_, String>(0)?, row.get(1)?))).optional()?;
            let value =
                row.and_then(|(value, as_of)| Some((serde_json::from_str(&value).ok()?, Timestamp(as_of))));
            Ok::<_, StoreError>(value)
        })
        .await
    }
}
