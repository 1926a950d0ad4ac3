//! Opening the store: a missing key is told from a damaged file, and a damaged file is set aside.

use super::{Store, StoreError};
use crate::secrets::StoreKey;
use contract::domain::Timestamp;
use rusqlite::{Connection, ErrorCode};
use std::path::PathBuf;

const SCHEMA: &str = "
CREATE TABLE drafts (id TEXT PRIMARY KEY, body TEXT NOT NULL, updated_at INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE outbox (
    position INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE, command TEXT NOT NULL,
    payload TEXT NOT NULL, at INTEGER NOT NULL, refused TEXT
);
CREATE TABLE cache (name TEXT PRIMARY KEY, value TEXT NOT NULL, as_of INTEGER NOT NULL) WITHOUT ROWID;
PRAGMA user_version = 1;
";

/// Where a store lies.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// The folder; made when it is not there, readable by its owner only.
    pub folder: PathBuf,
}

/// An opened store.
pub enum Opened {
    /// As it was left, or new.
    Ready(Store),
    /// The file was damaged: set aside, and a new one made with what could be read.
    Rebuilt {
        /// The new store.
        store: Store,
        /// Drafts that were saved.
        drafts_saved: u32,
        /// File name of the damaged one.
        set_aside: String,
    },
}

/// Why a store was not opened. Nothing was touched.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The key is another than the store was made with.
    #[error("the key does not belong to the store")]
    OtherKey,
    /// A newer release made it.
    #[error("a newer release made the store")]
    Newer,
    /// The disk says no.
    #[error("the store's folder: {0}")]
    Io(#[from] std::io::Error),
    /// SQLite says no.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<rusqlite::Error> for OpenError {
    fn from(error: rusqlite::Error) -> Self {
        Self::Store(error.into())
    }
}

impl Place {
    /// The store's file.
    #[must_use]
    pub fn file(&self) -> PathBuf {
        self.folder.join("desk.db")
    }

    /// The file that names the key.
    #[must_use]
    pub fn key_id_file(&self) -> PathBuf {
        self.folder.join("desk.keyid")
    }

    /// The file with the key wrapped by a passphrase.
    #[must_use]
    pub fn wrapped_key_file(&self) -> PathBuf {
        self.folder.join("desk.key")
    }

    /// Id of the key that the store was made with; `None` before the first start.
    #[must_use]
    pub fn key_id(&self) -> Option<String> {
        std::fs::read_to_string(self.key_id_file()).ok().map(|id| id.trim().to_owned())
    }

    /// Opens the store, makes it the first time, sets a damaged one aside.
    ///
    /// # Errors
    /// [`OpenError`].
    pub fn open(&self, key: &StoreKey, now: Timestamp) -> Result<Opened, OpenError> {
        make_private_folder(&self.folder)?;
        match self.key_id() {
            Some(id) if id != key.id() => return Err(OpenError::OtherKey),
            Some(_) => {}
            None => std::fs::write(self.key_id_file(), key.id())?,
        }
        match connect(self, key) {
            Ok(connection) => Ok(Opened::Ready(Store::new(connection))),
            Err(Fault::Damaged) => self.rebuild(key, now),
            Err(Fault::Other(error)) => Err(error),
        }
    }

    fn rebuild(&self, key: &StoreKey, now: Timestamp) -> Result<Opened, OpenError> {
        let set_aside = format!("desk.damaged-{}.db", now.0);
        let aside = self.folder.join(&set_aside);
        std::fs::rename(self.file(), &aside)?;
        for ending in ["-wal", "-shm"] {
            let (from, to) = (format!("desk.db{ending}"), format!("{set_aside}{ending}"));
            match std::fs::rename(self.folder.join(from), self.folder.join(to)) {
                Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(error.into()),
                _ => {}
            }
        }
        let connection = match connect(self, key) {
            Ok(connection) => connection,
            Err(Fault::Damaged) => return Err(StoreError::Unreadable.into()),
            Err(Fault::Other(error)) => return Err(error),
        };
        let drafts_saved = salvage(&aside, key, &connection);
        tracing::warn!(drafts_saved, "the store was damaged: set aside and rebuilt");
        Ok(Opened::Rebuilt { store: Store::new(connection), drafts_saved, set_aside })
    }
}

enum Fault {
    Damaged,
    Other(OpenError),
}

impl From<rusqlite::Error> for Fault {
    fn from(error: rusqlite::Error) -> Self {
        match error.sqlite_error_code() {
            // The key is the right one (its id says so): then these mean damage.
            Some(ErrorCode::NotADatabase | ErrorCode::DatabaseCorrupt) => Self::Damaged,
            _ => Self::Other(error.into()),
        }
    }
}

fn connect(place: &Place, key: &StoreKey) -> Result<Connection, Fault> {
    let connection = unlock(&place.file(), key)?;
    connection.pragma_update(None, "journal_mode", "WAL")?;
    connection.pragma_update(None, "synchronous", "FULL")?;
    let check: String = connection.query_row("PRAGMA quick_check(1)", [], |row| row.get(0))?;
    if check != "ok" {
        return Err(Fault::Damaged);
    }
    let version: i64 = connection.query_row("PRAGMA user_version", [], |row| row.get(0))?;
    match version {
        0 => connection.execute_batch(&format!("BEGIN;{SCHEMA}COMMIT;"))?,
        1 => {}
        _ => return Err(Fault::Other(OpenError::Newer)),
    }
    Ok(connection)
}

fn unlock(file: &std::path::Path, key: &StoreKey) -> Result<Connection, rusqlite::Error> {
    let connection = Connection::open(file)?;
    // A raw key: 64 hexadecimal digits, so nothing needs quoting.
    connection.execute_batch(&format!("PRAGMA key = \"x'{}'\"", key.to_hex().expose()))?;
    connection.query_row("SELECT count(*) FROM sqlite_master", [], |_| Ok(()))?;
    Ok(connection)
}

/// Copies what can be read of drafts and outbox; returns the number of drafts.
fn salvage(aside: &std::path::Path, key: &StoreKey, into: &Connection) -> u32 {
    let Ok(from) = unlock(aside, key) else { return 0 };
    let mut drafts = 0;
    let read = from.prepare("SELECT id, body, updated_at FROM drafts");
    if let Ok(mut statement) = read
        && let Ok(mut rows) = statement.query([])
    {
        while let Ok(Some(row)) = rows.next() {
            let values = (row.get::<_, String>(0), row.get::<_, String>(1), row.get::<_, i64>(2));
            if let (Ok(id), Ok(body), Ok(at)) = values {
                let kept = into.execute("INSERT OR REPLACE INTO drafts VALUES (?1, ?2, ?3)", (id, body, at));
                drafts += u32::from(kept.is_ok());
            }
        }
    }
    let read = from.prepare("SELECT id, command, payload, at FROM outbox ORDER BY position");
    if let Ok(mut statement) = read
        && let Ok(mut rows) = statement.query([])
    {
        while let Ok(Some(row)) = rows.next() {
            let values = (
                row.get::<_, String>(0),
                row.get::<_, String>(1),
                row.get::<_, String>(2),
                row.get::<_, i64>(3),
            );
            if let (Ok(id), Ok(command), Ok(payload), Ok(at)) = values {
                let sql = "INSERT OR IGNORE INTO outbox (id, command, payload, at) VALUES (?1, ?2, ?3, ?4)";
                if into.execute(sql, (id, command, payload, at)).is_err() {
                    tracing::error!("a readable change could not be kept");
                }
            }
        }
    }
    drafts
}

fn make_private_folder(folder: &std::path::Path) -> std::io::Result<()> {
    let mut builder = std::fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder)
}
