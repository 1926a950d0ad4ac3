//! The suite that every adapter passes, and what is SQLite's own.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test")]

use std::path::{Path, PathBuf};
use std::sync::Arc;
use store::suite::{Place, run_suite};
use store::{Store, StoreError};
use store_sqlite::{RestoreError, SqliteStore};

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
    store.put_settings(&[("a", "b")]).await.unwrap();
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
    store.put_settings(&[("a", "then")]).await.unwrap();
    store.backup(&folder.path("copy.db")).await.unwrap();
    store.put_settings(&[("a", "now")]).await.unwrap();
    store.close().await.unwrap();
    store_sqlite::restore(&folder.path("copy.db"), &folder.file()).unwrap();
    assert_eq!(folder.open().setting("a").await.unwrap().as_deref(), Some("then"));
    let before = SqliteStore::open(&folder.path("svarsplats.db.before-restore")).unwrap();
    assert_eq!(before.setting("a").await.unwrap().as_deref(), Some("now"), "the one before is kept");
    std::fs::write(folder.path("junk"), "no database").unwrap();
    std::fs::write(folder.path("empty"), "").unwrap();
    let mut damaged = std::fs::read(folder.path("copy.db")).unwrap();
    damaged[8_192..].fill(0);
    std::fs::write(folder.path("damaged"), damaged).unwrap();
    for bad in ["junk", "empty", "damaged", "none"] {
        let refused = store_sqlite::restore(&folder.path(bad), &folder.file());
        assert!(matches!(refused, Err(RestoreError::Backup(_))), "{bad}: {refused:?}");
    }
    assert_eq!(folder.open().setting("a").await.unwrap().as_deref(), Some("then"), "nothing changed");
}

#[tokio::test]
async fn what_was_there_is_kept_whatever_it_was_and_however_often() {
    let folder = Folder::new();
    let (store, copy) = (folder.open(), folder.path("copy.db"));
    store.put_settings(&[("a", "then")]).await.unwrap();
    store.backup(&copy).await.unwrap();
    store.put_settings(&[("a", "live")]).await.unwrap();
    store.close().await.unwrap();
    let first = store_sqlite::restore(&copy, &folder.file()).unwrap().unwrap();
    std::fs::write(folder.file(), "a damaged store").unwrap();
    let second = store_sqlite::restore(&copy, &folder.file()).unwrap().unwrap();
    assert_ne!(first, second);
    let live = SqliteStore::open(&first).unwrap();
    assert_eq!(live.setting("a").await.unwrap().as_deref(), Some("live"));
    assert_eq!(std::fs::read(second).unwrap(), b"a damaged store");
    assert_eq!(folder.open().setting("a").await.unwrap().as_deref(), Some("then"));
}

#[tokio::test]
async fn a_backup_changes_nothing_of_what_it_copies() {
    let folder = Folder::new();
    folder.open().close().await.unwrap();
    let db = rusqlite::Connection::open(folder.file()).unwrap();
    // As a store of an older release: this one would bring it to its own schema if it opened it to write.
    db.execute_batch("DROP TABLE setting; DELETE FROM migration").unwrap();
    store_sqlite::backup(&folder.file(), &folder.path("copy.db")).unwrap();
    for file in [folder.file(), folder.path("copy.db")] {
        let db = rusqlite::Connection::open(file).unwrap();
        let applied: u32 = db.query_row("SELECT count(*) FROM migration", [], |r| r.get(0)).unwrap();
        assert_eq!(applied, 0);
    }
    std::fs::write(folder.path("other.db"), "").unwrap();
    assert!(store_sqlite::backup(&folder.path("other.db"), &folder.path("none.db")).is_err());
    assert!(!folder.path("none.db").exists(), "no file that looks like a backup");
}

#[tokio::test]
async fn what_could_not_begin_writes_nothing() {
    let folder = Folder::new();
    let store = folder.open();
    store.put_settings(&[("a", "before")]).await.unwrap();
    let other = rusqlite::Connection::open(folder.file()).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    // Refused once the busy time of five seconds has passed.
    assert!(matches!(store.put_settings(&[("a", "after")]).await, Err(StoreError::Failed(_))));
    other.execute_batch("ROLLBACK").unwrap();
    assert_eq!(store.setting("a").await.unwrap().as_deref(), Some("before"));
    store.put_settings(&[("a", "later")]).await.unwrap();
    assert_eq!(store.setting("a").await.unwrap().as_deref(), Some("later"));
}

#[tokio::test]
async fn cases_of_an_older_release_are_placed_at_the_front_as_their_handoff_says() {
    let folder = Folder::new();
    folder.open().close().await.unwrap();
    let db = rusqlite::Connection::open(folder.file()).unwrap();
    let older = "DROP TABLE letter; DROP TABLE case_return; DROP TABLE case_guest; DROP TABLE alarm; DROP INDEX case_state_alarm;
        ALTER TABLE case_state DROP COLUMN next_alarm; ALTER TABLE case_state DROP COLUMN open_at_front;
        DELETE FROM migration WHERE version >= 3";
    db.execute_batch(older).unwrap();
    let handoff =
        |after: &str, stage: &str| format!(r#"[{{"after":"keep"}},{{"after":"{after}","stage":"{stage}"}}]"#);
    let cases = [
        (1, "open", "[]".to_owned(), 1),
        (0, "closed", "[]".to_owned(), 0),
        (1, "accepted", handoff("close", "accepted"), 0),
        (1, "leaving", handoff("close", "leaving"), 1),
        (1, "open", handoff("close", "returned"), 1),
        (1, "handed_over", handoff("park", "waiting"), 1),
    ];
    for (n, (open, status, handoffs, _)) in cases.iter().enumerate() {
        let state = format!(r#"{{"status":"{status}","handoffs":{handoffs}}}"#);
        let sql =
            "INSERT INTO case_state VALUES (?1, 1, 2026, ?1, x'01', ?2, NULL, 0, NULL, NULL, 1, NULL, ?3)";
        // The key is a blob of one byte.
        let sql = sql.replacen("?1", "CAST(?1 AS BLOB)", 1);
        db.execute(&sql, rusqlite::params![u32::try_from(n).unwrap(), open, state]).unwrap();
    }
    drop(db);
    folder.open().close().await.unwrap();
    let db = rusqlite::Connection::open(folder.file()).unwrap();
    let mut rows = db.prepare("SELECT open_at_front FROM case_state ORDER BY serial").unwrap();
    let front: Vec<i64> = rows.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect();
    assert_eq!(front, cases.each_ref().map(|(_, _, _, front)| *front));
    let mut rows = db.prepare("SELECT next_alarm FROM case_state ORDER BY serial").unwrap();
    let alarms: Vec<Option<i64>> =
        rows.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect();
    assert_eq!(alarms, cases.map(|(open, ..)| (open == 1).then_some(0)), "what is open is looked at");
}
