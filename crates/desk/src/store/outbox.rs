//! The outbox: changes that the service has not confirmed. Sent in order, exactly once by their ids (D-S4).

use super::{Store, StoreError};
use contract::Call;
use contract::desk::Unsent;
use contract::domain::{CommandId, Timestamp};
use contract::error::{Code, Error};
use rusqlite::OptionalExtension;
use serde_json::Value;

/// A change that waits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Waiting {
    /// Its command id.
    pub id: CommandId,
    /// The command.
    pub command: String,
    /// The request.
    pub payload: Value,
}

impl Waiting {
    /// The call to send.
    #[must_use]
    pub fn call(&self) -> Call {
        Call { id: Some(self.id), payload: self.payload.clone() }
    }
}

impl Store {
    /// Puts a change last. The same id again changes nothing.
    ///
    /// # Errors
    /// [`Code::DiskFull`]; nothing was put.
    pub async fn put_unsent(&self, change: Waiting, at: Timestamp) -> Result<(), Error> {
        self.run(move |db| {
            let payload = serde_json::to_string(&change.payload).map_err(|_| StoreError::Unreadable)?;
            let row = (change.id.to_string(), change.command, payload, at.0);
            db.execute(
                "INSERT OR IGNORE INTO outbox (id, command, payload, at) VALUES (?1, ?2, ?3, ?4)",
                row,
            )?;
            Ok::<_, StoreError>(())
        })
        .await
    }

    /// The oldest change that was not refused.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn next_unsent(&self) -> Result<Option<Waiting>, Error> {
        self.run(|db| {
            let sql =
                "SELECT id, command, payload FROM outbox WHERE refused IS NULL ORDER BY position LIMIT 1";
            let row = db
                .query_row(sql, [], |row| {
                    Ok((row.get::<_, String>(0)?, row.get::<_, String>(1)?, row.get::<_, String>(2)?))
                })
                .optional()?;
            row.map(|(id, command, payload)| {
                let id = id.parse().map_err(|_| StoreError::Unreadable)?;
                let payload = serde_json::from_str(&payload).map_err(|_| StoreError::Unreadable)?;
                Ok::<_, StoreError>(Waiting { id, command, payload })
            })
            .transpose()
        })
        .await
    }

    /// The service has it, or its refusal has been told: forgotten.
    ///
    /// # Errors
    /// When the store cannot be written.
    pub async fn forget_unsent(&self, id: CommandId) -> Result<(), Error> {
        self.run(move |db| {
            db.execute("DELETE FROM outbox WHERE id = ?1", [id.to_string()])?;
            Ok::<_, StoreError>(())
        })
        .await
    }

    /// The service refused it while nobody waited for the answer: kept, with the reason.
    ///
    /// # Errors
    /// When the store cannot be written.
    pub async fn refuse_unsent(&self, id: CommandId, code: Code) -> Result<(), Error> {
        self.run(move |db| {
            let code = serde_json::to_string(&code).map_err(|_| StoreError::Unreadable)?;
            db.execute("UPDATE outbox SET refused = ?2 WHERE id = ?1", (id.to_string(), code))?;
            Ok::<_, StoreError>(())
        })
        .await
    }

    /// Everything in the outbox, oldest first.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn unsent(&self) -> Result<Vec<Unsent>, Error> {
        self.run(|db| {
            let mut statement =
                db.prepare_cached("SELECT id, command, at, refused FROM outbox ORDER BY position")?;
            let rows = statement.query_map([], |row| {
                Ok((row.get::<_, String>(0)?, row.get(1)?, row.get(2)?, row.get::<_, Option<String>>(3)?))
            })?;
            rows.map(|row| {
                let (id, command, at, refused) = row?;
                let id = id.parse().map_err(|_| StoreError::Unreadable)?;
                let refused = refused.map(|code| serde_json::from_str(&code).unwrap_or(Code::Internal));
                Ok(Unsent { id, command, at: Timestamp(at), refused })
            })
            .collect::<Result<Vec<_>, StoreError>>()
        })
        .await
    }
}
