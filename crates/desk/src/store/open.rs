//! Opening the store: a missing key is told from a damaged file, and a damaged file is set aside.

use super::salvage::{Salvaged, salvage};
use super::{Store, StoreError};
use crate::secrets::StoreKey;
use contract::domain::Timestamp;
use rusqlite::{Connection, ErrorCode};
use std::io::Write as _;
use std::path::PathBuf;

/// Forward steps: the store of step `n` has `user_version` n. A step that has been released never changes.
const STEPS: [&str; 3] = [
    "
CREATE TABLE drafts (id TEXT PRIMARY KEY, body TEXT NOT NULL, updated_at INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE outbox (
    position INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE, command TEXT NOT NULL,
    payload TEXT NOT NULL, at INTEGER NOT NULL, refused TEXT
);
CREATE TABLE cache (name TEXT PRIMARY KEY, value TEXT NOT NULL, as_of INTEGER NOT NULL) WITHOUT ROWID;
",
    // Drafts and changes belong to one user at one service; those from before to whoever signs in.
    "
ALTER TABLE drafts ADD COLUMN owner TEXT NOT NULL DEFAULT '';
ALTER TABLE drafts ADD COLUMN case_id TEXT;
ALTER TABLE outbox ADD COLUMN owner TEXT NOT NULL DEFAULT '';
ALTER TABLE outbox ADD COLUMN case_id TEXT;
ALTER TABLE outbox ADD COLUMN draft TEXT;
UPDATE drafts SET case_id = json_extract(body, '$.case_id') WHERE json_valid(body);
UPDATE outbox SET case_id = json_extract(payload, '$.case_id') WHERE json_valid(payload);
CREATE INDEX outbox_case ON outbox (case_id);
",
    // What is written of registered cases and not sent.
    "
CREATE TABLE answers (
    owner TEXT NOT NULL, case_id TEXT NOT NULL, body TEXT NOT NULL, updated_at INTEGER NOT NULL,
    PRIMARY KEY (owner, case_id)
) WITHOUT ROWID;
",
];

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
        /// What was saved of it.
        salvaged: Salvaged,
        /// File name of the damaged one.
        set_aside: String,
    },
}

/// Why a store was not opened. Nothing was touched.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The key is another than the store was made with, or nothing tells which it was.
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
        let id = std::fs::read_to_string(self.key_id_file()).ok()?;
        Some(id.trim().to_owned()).filter(|id| !id.is_empty())
    }

    /// Whether there is a store: then no new key is made for it.
    #[must_use]
    pub fn exists(&self) -> bool {
        self.file().exists()
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
            // Without its name a key is tried: one that does not open the store is the wrong one, and the
            // store is not damaged for that.
            None if self.exists() && unlock(&self.file(), key).is_err() => return Err(OpenError::OtherKey),
            None => self.write_key_id(key)?,
        }
        match connect(self, key) {
            Ok(connection) => Ok(Opened::Ready(Store::new(connection))),
            Err(Fault::Damaged) => self.rebuild(key, now),
            Err(Fault::Other(error)) => Err(error),
        }
    }

    /// Beside and then in its place: a power cut leaves it whole or absent.
    fn write_key_id(&self, key: &StoreKey) -> std::io::Result<()> {
        let beside = self.folder.join("desk.keyid.new");
        let mut file = std::fs::File::create(&beside)?;
        file.write_all(key.id().as_bytes())?;
        file.sync_all()?;
        std::fs::rename(beside, self.key_id_file())
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
        let salvaged = salvage(&|| unlock(&aside, key).ok(), &connection);
        tracing::warn!(?salvaged, "the store was damaged: set aside and rebuilt");
        Ok(Opened::Rebuilt { store: Store::new(connection), salvaged, set_aside })
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
    // After the check: what is damaged is not mixed with what is whole. On a full disk the log stays.
    let _ = super::settle(&connection);
    let version: u32 = connection.query_row("PRAGMA user_version", [], |row| row.get(0))?;
    let version = usize::try_from(version).unwrap_or(usize::MAX);
    let Some(steps) = STEPS.get(version..) else { return Err(Fault::Other(OpenError::Newer)) };
    for (step, to) in steps.iter().zip(version + 1..) {
        connection.execute_batch(&format!("BEGIN;{step}PRAGMA user_version = {to};COMMIT;"))?;
    }
    Ok(connection)
}

fn unlock(file: &std::path::Path, key: &StoreKey) -> Result<Connection, rusqlite::Error> {
    let connection = Connection::open(file)?;
    // A raw key: 64 hexadecimal digits, so nothing needs quoting.
    // Its own log tells of each damaged page on standard error; ours says what became of the store.
    connection.execute_batch("PRAGMA cipher_log_level = NONE")?;
    connection.execute_batch(&format!("PRAGMA key = \"x'{}'\"", key.to_hex().expose()))?;
    connection.query_row("SELECT count(*) FROM sqlite_master", [], |_| Ok(()))?;
    Ok(connection)
}

fn make_private_folder(folder: &std::path::Path) -> std::io::Result<()> {
    let mut builder = std::fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder)
}
