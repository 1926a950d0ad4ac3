//! The suite that every adapter passes, and what is SQLite's own.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test")]

use std::path::{Path, PathBuf};
use std::sync::Arc;
use store::suite::{Place, run_suite};
use store::{Store, StoreError};
use store_sqlite::SqliteStore;

struct Folder(tempfile::TempDir);

impl Folder {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }
    fn file(&self) -> PathBuf {
        self.path("svarsplats.db")
    }
}

impl Place for Folder {
    fn open(&self) -> Arc<dyn Store> {
        Arc::new(SqliteStore::open(&self.file()).unwrap())
    }
    fn open_backup(&self, file: &Path) -> Arc<dyn Store> {
        Arc::new(SqliteStore::open(file).unwrap())
    }
    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn passes_the_suite() {
    run_suite(Folder::new).await;
}

#[tokio::test]
async fn events_cannot_be_changed_or_removed() {
    let folder = Folder::new();
    folder.open().close().await.unwrap();
    let db = rusqlite::Connection::open(folder.file()).unwrap();
    db.execute("INSERT INTO case_event (case_id, version, at, event) VALUES (x'01', 1, 0, '{}')", [])
        .unwrap();
    for sql in ["UPDATE case_event SET at = 1", "DELETE FROM case_event"] {
        assert!(db.execute(sql, []).unwrap_err().to_string().contains("append only"), "{sql}");
    }
    for table in ["agent_event", "call_event", "look"] {
        let triggers: u32 = db
            .query_row(
                "SELECT count(*) FROM sqlite_master WHERE type = 'trigger' AND tbl_name = ?1",
                [table],
                |r| r.get(0),
            )
            .unwrap();
        assert_eq!(triggers, 2, "{table}");
    }
}

#[tokio::test]
async fn another_schema_is_told_and_left_alone() {
    let folder = Folder::new();
    folder.open().close().await.unwrap();
    let db = rusqlite::Connection::open(folder.file()).unwrap();
    db.execute("INSERT INTO migration VALUES (99, 'x')", []).unwrap();
    assert!(matches!(SqliteStore::open(&folder.file()), Err(StoreError::Schema(_))), "a newer release");
    db.execute("DELETE FROM migration WHERE version = 99", []).unwrap();
    db.execute("UPDATE migration SET checksum = 'x'", []).unwrap();
    assert!(matches!(SqliteStore::open(&folder.file()), Err(StoreError::Schema(_))), "a changed migration");
    let other = folder.path("other.db");
    rusqlite::Connection::open(&other).unwrap().execute_batch("CREATE TABLE t (a)").unwrap();
    assert!(matches!(SqliteStore::open(&other), Err(StoreError::Schema(_))), "another program's");
}

#[cfg(unix)]
#[tokio::test]
async fn the_files_are_the_owners_alone() {
    use std::os::unix::fs::PermissionsExt;
    let folder = Folder::new();
    let store = folder.open();
    store.put_setting("a", "b").await.unwrap();
    store.backup(&folder.path("copy.db")).await.unwrap();
    for entry in std::fs::read_dir(folder.0.path()).unwrap() {
        let entry = entry.unwrap();
        assert_eq!(entry.metadata().unwrap().permissions().mode() & 0o077, 0, "{:?}", entry.file_name());
    }
}

#[tokio::test]
async fn a_backup_is_restored_over_another_store() {
    let folder = Folder::new();
    let store = folder.open();
    store.put_setting("a", "then").await.unwrap();
    store.backup(&folder.path("copy.db")).await.unwrap();
    store.put_setting("a", "now").await.unwrap();
    store.close().await.unwrap();
    store_sqlite::restore(&folder.path("copy.db"), &folder.file()).unwrap();
    assert_eq!(folder.open().setting("a").await.unwrap().as_deref(), Some("then"));
    let before = SqliteStore::open(&folder.path("svarsplats.db.before-restore")).unwrap();
    assert_eq!(before.setting("a").await.unwrap().as_deref(), Some("now"), "the one before is kept");
    std::fs::write(folder.path("junk"), "no database").unwrap();
    assert!(store_sqlite::restore(&folder.path("junk"), &folder.file()).is_err());
    assert_eq!(folder.open().setting("a").await.unwrap().as_deref(), Some("then"), "nothing changed");
}

#[tokio::test]
async fn what_could_not_begin_writes_nothing() {
    let folder = Folder::new();
    let store = folder.open();
    store.put_setting("a", "before").await.unwrap();
    let other = rusqlite::Connection::open(folder.file()).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    // Refused once the busy time of five seconds has passed.
    assert!(matches!(store.put_setting("a", "after").await, Err(StoreError::Failed(_))));
    other.execute_batch("ROLLBACK").unwrap();
    assert_eq!(store.setting("a").await.unwrap().as_deref(), Some("before"));
    store.put_setting("a", "later").await.unwrap();
    assert_eq!(store.setting("a").await.unwrap().as_deref(), Some("later"));
}
