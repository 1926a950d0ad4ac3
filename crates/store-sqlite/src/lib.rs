//! The service's store on SQLite: one writing thread with grouped commits, readers beside it.
//!
//! WAL with `synchronous=FULL`: what was answered is on disk. The file is readable by its owner alone.

mod alarms;
mod backup;
mod cases;
mod commit;
mod drafts;
mod failure;
mod letters;
mod map;
mod migrate;
mod people;
mod port;
mod readers;
mod returns;
mod stream;
mod writer;

pub use backup::{RestoreError, backup, peek, restore};

use failure::failed;
use readers::Readers;
use rusqlite::{Connection, OpenFlags};
use std::path::{Path, PathBuf};
use std::sync::{PoisonError, RwLock};
use std::time::Duration;
use store::{Cursor, StoreError};
use tokio::sync::watch;
use writer::Writer;

/// A store in one file.
pub struct SqliteStore {
    path: PathBuf,
    writer: RwLock<Option<std::sync::Arc<Writer>>>,
    readers: Readers,
    head: watch::Receiver<Cursor>,
}

impl std::fmt::Debug for SqliteStore {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SqliteStore").field("path", &self.path).finish_non_exhaustive()
    }
}

impl SqliteStore {
    /// Opens the file, or makes it; brings its schema to this release's. Blocks.
    ///
    /// # Errors
    /// `Schema` when it is not this release's or not a store at all, `Failed` when it cannot be opened.
    pub fn open(path: &Path) -> Result<Self, StoreError> {
        keep_to_owner(path)?;
        let mut db = connect(path, false)?;
        migrate::migrate(&mut db)?;
        let (sender, head) = watch::channel(stream::head(&db)?);
        let writer = Writer::start(db, sender)
            .map_err(|e| StoreError::Failed(format!("no thread: {:?}", e.kind())))?;
        Ok(Self {
            path: path.to_owned(),
            writer: RwLock::new(Some(std::sync::Arc::new(writer))),
            readers: Readers::new(path.to_owned()),
            head,
        })
    }

    async fn write<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Connection) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        let writer = self.writer.read().unwrap_or_else(PoisonError::into_inner).clone();
        writer.ok_or_else(writer::closed)?.write(work).await
    }

    async fn read<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Connection) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        self.readers.read(work).await
    }
}

/// A connection with the pragmas that every one has.
pub(crate) fn connect(path: &Path, read_only: bool) -> Result<Connection, StoreError> {
    let mode = if read_only {
        OpenFlags::SQLITE_OPEN_READ_ONLY
    } else {
        OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE
    };
    let db = Connection::open_with_flags(path, mode | OpenFlags::SQLITE_OPEN_NO_MUTEX).map_err(failed)?;
    db.busy_timeout(Duration::from_secs(5)).map_err(failed)?;
    if !read_only {
        db.pragma_update(None, "journal_mode", "WAL").map_err(failed)?;
        db.pragma_update(None, "synchronous", "FULL").map_err(failed)?;
        db.pragma_update(None, "foreign_keys", true).map_err(failed)?;
        // What is erased leaves no trace in the file's free pages.
        db.pragma_update(None, "secure_delete", true).map_err(failed)?;
    }
    db.set_prepared_statement_cache_capacity(64);
    Ok(db)
}

/// Makes the file readable by its owner alone before anything is in it; SQLite gives its log the same mode.
#[cfg(unix)]
fn keep_to_owner(path: &Path) -> Result<(), StoreError> {
    use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
    let told = |e: std::io::Error| StoreError::Failed(format!("the database file: {:?}", e.kind()));
    std::fs::OpenOptions::new().append(true).create(true).mode(0o600).open(path).map_err(told)?;
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o600)).map_err(told)
}

#[cfg(not(unix))]
fn keep_to_owner(_: &Path) -> Result<(), StoreError> {
    Ok(())
}
