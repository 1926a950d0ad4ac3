//! A whole copy while work goes on, and back.

use crate::failure::failed;
use rusqlite::backup::{Backup, StepResult};
use rusqlite::{Connection, OptionalExtension};
use std::path::{Path, PathBuf};
use store::{BackupReport, StoreError};

/// Pages copied at a time, so that a reader is not held for long.
const PAGES: i32 = 512;

/// Copies `from` to the new file `to` by SQLite's online backup; `from` is only read, also when another
/// program writes to it and whatever release made it. In WAL mode the copy is one snapshot: what is written
/// meanwhile is not in it and does not disturb it.
///
/// # Errors
/// `Exists` when `to` does, else what failed; then there is no `to`.
pub fn backup(from: &Path, to: &Path) -> Result<BackupReport, StoreError> {
    if to.exists() {
        return Err(StoreError::Exists);
    }
    let source = crate::connect(from, true)?;
    crate::migrate::check_ours(&source)?;
    crate::keep_to_owner(to)?;
    let outcome = copy(&source, to);
    if outcome.is_err() {
        // What was begun is no backup; when it cannot be removed either, the error tells enough.
        let _ = std::fs::remove_file(to);
    }
    outcome
}

/// A setting of the store in `file`, which is only read, whatever release made it and also beside a service.
///
/// # Errors
/// What failed.
pub fn peek(file: &Path, setting: &str) -> Result<Option<String>, StoreError> {
    let db = crate::connect(file, true)?;
    crate::migrate::check_ours(&db)?;
    db.query_row("SELECT value FROM setting WHERE name = ?1", [setting], |r| r.get(0))
        .optional()
        .map_err(failed)
}

fn copy(source: &Connection, to: &Path) -> Result<BackupReport, StoreError> {
    // A reading transaction holds the snapshot over all steps.
    source.execute_batch("BEGIN; SELECT count(*) FROM sqlite_master").or_else(only_rows).map_err(failed)?;
    let mut target = Connection::open(to).map_err(failed)?;
    let steps = Backup::new(source, &mut target).map_err(failed)?;
    while steps.step(PAGES).map_err(failed)? != StepResult::Done {}
    drop(steps);
    check_sound(&target)?;
    target.pragma_update(None, "journal_mode", "DELETE").map_err(failed)?;
    target.close().map_err(|(_, error)| failed(error))?;
    let bytes = std::fs::metadata(to).map(|m| m.len()).unwrap_or_default();
    Ok(BackupReport { bytes })
}

fn only_rows(error: rusqlite::Error) -> rusqlite::Result<()> {
    if matches!(error, rusqlite::Error::ExecuteReturnedResults) { Ok(()) } else { Err(error) }
}

fn check_sound(db: &Connection) -> Result<(), StoreError> {
    let sound: String = db.query_row("PRAGMA quick_check", [], |r| r.get(0)).map_err(failed)?;
    if sound == "ok" { Ok(()) } else { Err(StoreError::Failed("the copy is not sound".into())) }
}

/// Why a backup was not restored.
#[derive(Debug, thiserror::Error)]
pub enum RestoreError {
    /// The backup is no whole store of this release or an older one.
    #[error("the backup: {0}")]
    Backup(StoreError),
    /// A file beside the store could not be written or moved.
    #[error("the store's folder: {0}")]
    Folder(StoreError),
}

/// Puts a backup in the place of the store at `to`, which must not be open. What was there is kept beside it
/// as `….before-restore`, `….before-restore-2` and so on, also when it is damaged; gives that file's path.
/// Nobody is signed in in the restored store.
///
/// # Errors
/// [`RestoreError`]; then the store at `to` is as it was.
pub fn restore(from: &Path, to: &Path) -> Result<Option<PathBuf>, RestoreError> {
    let moved = |e: std::io::Error| RestoreError::Folder(StoreError::Failed(format!("{:?}", e.kind())));
    let fresh = to.with_extension("restoring");
    if fresh.exists() {
        std::fs::remove_file(&fresh).map_err(moved)?;
    }
    crate::keep_to_owner(&fresh).map_err(RestoreError::Folder)?;
    std::fs::copy(from, &fresh)
        .map_err(|e| RestoreError::Backup(StoreError::Failed(format!("{:?}", e.kind()))))?;
    crate::keep_to_owner(&fresh).map_err(RestoreError::Folder)?;
    if let Err(error) = prepare(&fresh) {
        // When it cannot be removed, the next restore removes it.
        let _ = std::fs::remove_file(&fresh);
        return Err(RestoreError::Backup(error));
    }
    std::fs::File::open(&fresh).and_then(|file| file.sync_all()).map_err(moved)?;
    let before = if to.exists() { Some(put_aside(to).map_err(moved)?) } else { None };
    std::fs::rename(&fresh, to).map_err(moved)?;
    sync_folder(to).map_err(moved)?;
    Ok(before)
}

/// Checks the copy of a backup and brings it to this release's schema.
fn prepare(fresh: &Path) -> Result<(), StoreError> {
    let read =
        Connection::open_with_flags(fresh, rusqlite::OpenFlags::SQLITE_OPEN_READ_ONLY).map_err(failed)?;
    crate::migrate::check_ours(&read)?;
    check_sound(&read)?;
    read.close().map_err(|(_, error)| failed(error))?;
    let mut db = crate::connect(fresh, false)?;
    crate::migrate::migrate(&mut db)?;
    // A session that was ended after the backup must not hold again.
    db.execute("DELETE FROM session", []).map_err(failed)?;
    db.pragma_update(None, "journal_mode", "DELETE").map_err(failed)?;
    db.close().map_err(|(_, error)| failed(error))
}

/// Moves the store at `to` aside under a name that nothing has.
fn put_aside(to: &Path) -> std::io::Result<PathBuf> {
    // The log is folded in when the file can be read at all; else it goes along.
    if let Ok(db) = crate::connect(to, false) {
        let _ = db.pragma_update(None, "journal_mode", "DELETE");
    }
    let named = |number: u32| {
        let mut name = to.as_os_str().to_owned();
        name.push(".before-restore");
        if number > 1 {
            name.push(format!("-{number}"));
        }
        PathBuf::from(name)
    };
    let free = (1..).map(named).find(|path| !path.exists()).ok_or(std::io::ErrorKind::AlreadyExists)?;
    // The log first: a log that is left behind would be played into the restored file.
    for part in ["-wal", "-shm", ""] {
        let with = |path: &Path| {
            let mut name = path.as_os_str().to_owned();
            name.push(part);
            PathBuf::from(name)
        };
        if with(to).exists() {
            std::fs::rename(with(to), with(&free))?;
        }
    }
    Ok(free)
}

#[cfg(unix)]
fn sync_folder(file: &Path) -> std::io::Result<()> {
    let folder = file.parent().filter(|folder| !folder.as_os_str().is_empty());
    std::fs::File::open(folder.unwrap_or(Path::new(".")))?.sync_all()
}

#[cfg(not(unix))]
fn sync_folder(_: &Path) -> std::io::Result<()> {
    Ok(())
}
