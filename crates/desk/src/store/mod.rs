//! The desk's own store: SQLCipher in one file. Drafts, outbox, cache and the knowledge index.

mod answers;
mod cache;
mod drafts;
mod open;
mod outbox;
mod salvage;

pub use open::{OpenError, Opened, Place};
pub use outbox::{Counts, Next, Refused, Waiting};
pub use salvage::Salvaged;

use contract::error::{Code, Error};
use rusqlite::Connection;
use std::sync::{Arc, Mutex, PoisonError};

/// The opened store. Clones share the connection; calls run on a blocking thread.
#[derive(Clone)]
pub struct Store {
    connection: Arc<Mutex<Connection>>,
}

/// What the store could not do.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// There is no room on the disk.
    #[error("the disk is full")]
    DiskFull,
    /// SQLite says no.
    #[error("the store: {0}")]
    Sqlite(#[source] rusqlite::Error),
    /// What was kept cannot be read: a newer release wrote it.
    #[error("what was kept cannot be read")]
    Unreadable,
}

impl From<rusqlite::Error> for StoreError {
    fn from(error: rusqlite::Error) -> Self {
        match error.sqlite_error_code() {
            Some(rusqlite::ErrorCode::DiskFull) => Self::DiskFull,
            _ => Self::Sqlite(error),
        }
    }
}

impl From<StoreError> for Error {
    fn from(error: StoreError) -> Self {
        let code = match error {
            StoreError::DiskFull => Code::DiskFull,
            StoreError::Sqlite(_) | StoreError::Unreadable => Code::Internal,
        };
        Self::new(code, error.to_string())
    }
}

fn settle(db: &Connection) -> rusqlite::Result<()> {
    db.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()))
}

impl Store {
    fn new(connection: Connection) -> Self {
        Self { connection: Arc::new(Mutex::new(connection)) }
    }

    /// Moves everything from the write-ahead log into the file, where damage is seen: what the log has lost
    /// counts as never written.
    pub(crate) async fn settle(&self) {
        let settled = self.run(|db| settle(db).map_err(StoreError::from)).await;
        if let Err(error) = settled {
            tracing::info!(code = ?error.code, "the store's log stays until the next time");
        }
    }

    /// Runs `work` on a blocking thread with the connection to itself.
    ///
    /// # Errors
    /// What `work` gives; [`Code::Internal`] when the thread was lost.
    pub async fn run<T, E>(
        &self,
        work: impl FnOnce(&mut Connection) -> Result<T, E> + Send + 'static,
    ) -> Result<T, Error>
    where
        T: Send + 'static,
        E: Into<Error> + Send + 'static,
    {
        let connection = Arc::clone(&self.connection);
        let task = tokio::task::spawn_blocking(move || {
            // A panic in earlier work left no half transaction: SQLite rolled it back.
            let mut connection = connection.lock().unwrap_or_else(PoisonError::into_inner);
            work(&mut connection).map_err(Into::into)
        });
        task.await.map_err(|_| Error::new(Code::Internal, "the store's thread was lost"))?
    }
}
