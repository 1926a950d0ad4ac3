//! A whole copy while work goes on, and back.

use crate::failure::failed;
use rusqlite::Connection;
use rusqlite::backup::{Backup, StepResult};
use std::path::Path;
use store::{BackupReport, StoreError};

/// Pages copied at a time, so that a reader is not held for long.
const PAGES: i32 = 512;

/// Copies `from` to the new file `to` by SQLite's online backup. In WAL mode the copy is one snapshot:
/// what is written meanwhile is not in it and does not disturb it.
pub(crate) fn backup(from: &Path, to: &Path) -> Result<BackupReport, StoreError> {
    if to.exists() {
        return Err(StoreError::Exists);
    }
    crate::keep_to_owner(to)?;
    let outcome = copy(&crate::connect(from, true)?, to);
    if outcome.is_err() {
        // What was begun is no backup; when it cannot be removed either, the error tells enough.
        let _ = std::fs::remove_file(to);
    }
    outcome
}

fn copy(source: &Connection, to: &Path) -> Result<BackupReport, StoreError> {
    // A reading transaction holds the snapshot over all steps.
    source.execute_batch("BEGIN; SELECT count(*) FROM sqlite_master").or_else(only_rows).map_err(failed)?;
    let mut target = Connection::open(to).map_err(failed)?;
    let steps = Backup::new(source, &mut target).map_err(failed)?;
    while steps.step(PAGES).map_err(failed)? != StepResult::Done {}
    drop(steps);
    let sound: String = target.query_row("PRAGMA quick_check", [], |r| r.get(0)).map_err(failed)?;
    if sound != "ok" {
        return Err(StoreError::Failed("the copy is not sound".into()));
    }
    target.pragma_update(None, "journal_mode", "DELETE").map_err(failed)?;
    target.close().map_err(|(_, error)| failed(error))?;
    let bytes = std::fs::metadata(to).map(|m| m.len()).unwrap_or_default();
    Ok(BackupReport { bytes })
}

fn only_rows(error: rusqlite::Error) -> rusqlite::Result<()> {
    if matches!(error, rusqlite::Error::ExecuteReturnedResults) { Ok(()) } else { Err(error) }
}

/// Puts a backup in the place of the store at `to`, which must not be open. The one that was there is
/// kept beside it as `….before-restore`.
///
/// # Errors
/// `Schema` when `from` is no store of this release or an older one, `Failed` when a file cannot be moved.
pub fn restore(from: &Path, to: &Path) -> Result<(), StoreError> {
    let moved = |e: std::io::Error| StoreError::Failed(format!("restoring: {:?}", e.kind()));
    let fresh = to.with_extension("restoring");
    if fresh.exists() {
        std::fs::remove_file(&fresh).map_err(moved)?;
    }
    crate::keep_to_owner(&fresh)?;
    std::fs::copy(from, &fresh).map_err(moved)?;
    crate::keep_to_owner(&fresh)?;
    let mut db = crate::connect(&fresh, false)?;
    crate::migrate::migrate(&mut db)?;
    db.pragma_update(None, "journal_mode", "DELETE").map_err(failed)?;
    db.close().map_err(|(_, error)| failed(error))?;
    if to.exists() {
        let mut before = to.as_os_str().to_owned();
        before.push(".before-restore");
        // The log belongs to the old file: folded in before the file is moved.
        crate::connect(to, false)?.pragma_update(None, "journal_mode", "DELETE").map_err(failed)?;
        std::fs::rename(to, before).map_err(moved)?;
    }
    std::fs::rename(&fresh, to).map_err(moved)
}
