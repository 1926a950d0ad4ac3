//! Forward-only migrations, carried in the binary.

use crate::failure::failed;
use rusqlite::{Connection, OptionalExtension, params};
use sha2::{Digest, Sha256};
use store::StoreError;

/// In order; a released one is never changed, its checksum is kept beside it.
const MIGRATIONS: &[&str] = &[
    include_str!("../migrations/0001_begin.sql"),
    include_str!("../migrations/0002_answer_drafts.sql"),
    include_str!("../migrations/0003_front.sql"),
    include_str!("../migrations/0004_alarms.sql"),
    include_str!("../migrations/0005_guests.sql"),
    include_str!("../migrations/0006_returns.sql"),
    include_str!("../migrations/0007_letters.sql"),
];

fn known() -> u32 {
    u32::try_from(MIGRATIONS.len()).unwrap_or(u32::MAX)
}

/// Marks the file as Svarsplats' service database ("SVPL").
const APPLICATION_ID: i32 = 0x5356_504c;

/// Brings the schema to this release's.
///
/// # Errors
/// `Schema` when a newer release wrote the file, an applied migration was changed, or it is another
/// program's database.
pub(crate) fn migrate(db: &mut Connection) -> Result<(), StoreError> {
    own(db)?;
    db.execute_batch(
        "CREATE TABLE IF NOT EXISTS migration (version INTEGER PRIMARY KEY, checksum TEXT NOT NULL) STRICT",
    )
    .map_err(failed)?;
    let newest: u32 =
        db.query_row("SELECT coalesce(max(version), 0) FROM migration", [], |r| r.get(0)).map_err(failed)?;
    if newest > known() {
        return Err(StoreError::Schema(format!("version {newest}, this release knows {}", known())));
    }
    for (sql, version) in MIGRATIONS.iter().zip(1_u32..) {
        apply(db, sql, version)?;
    }
    Ok(())
}

/// Whether it is a service's store; an empty file is none.
pub(crate) fn check_ours(db: &Connection) -> Result<(), StoreError> {
    let id: i32 = db.pragma_query_value(None, "application_id", |r| r.get(0)).map_err(failed)?;
    if id == APPLICATION_ID { Ok(()) } else { Err(StoreError::Schema("the file is no store".into())) }
}

fn own(db: &Connection) -> Result<(), StoreError> {
    let id: i32 = db.pragma_query_value(None, "application_id", |r| r.get(0)).map_err(failed)?;
    let empty: bool =
        db.query_row("SELECT count(*) = 0 FROM sqlite_master", [], |r| r.get(0)).map_err(failed)?;
    match id {
        APPLICATION_ID => Ok(()),
        0 if empty => db.pragma_update(None, "application_id", APPLICATION_ID).map_err(failed),
        _ => Err(StoreError::Schema("the file is another program's database".into())),
    }
}

fn apply(db: &mut Connection, sql: &str, version: u32) -> Result<(), StoreError> {
    let checksum = checksum(sql);
    let known: Option<String> = db
        .query_row("SELECT checksum FROM migration WHERE version = ?1", [version], |r| r.get(0))
        .optional()
        .map_err(failed)?;
    match known {
        Some(known) if known == checksum => Ok(()),
        Some(_) => Err(StoreError::Schema(format!("migration {version} is not the one that was applied"))),
        None => {
            let step = db.transaction().map_err(failed)?;
            step.execute_batch(sql).map_err(failed)?;
            step.execute("INSERT INTO migration VALUES (?1, ?2)", params![version, checksum])
                .map_err(failed)?;
            step.commit().map_err(failed)
        }
    }
}

fn checksum(sql: &str) -> String {
    Sha256::digest(sql.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect()
}
