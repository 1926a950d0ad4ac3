//! The stream of changes.

use crate::failure::failed;
use crate::map;
use rusqlite::{Connection, OptionalExtension};
use store::{Change, Changes, Cursor, StoreError};

pub(crate) fn head(db: &Connection) -> Result<Cursor, StoreError> {
    let position = db
        .prepare_cached("SELECT seq FROM sqlite_sequence WHERE name = 'change'")
        .and_then(|mut s| s.query_row([], |r| r.get(0)).optional())
        .map_err(failed)?;
    Ok(Cursor(position.unwrap_or(0)))
}

pub(crate) fn append(db: &Connection, change: &Change) -> Result<(), StoreError> {
    db.prepare_cached("INSERT INTO change (change) VALUES (?1)")
        .and_then(|mut s| s.execute([map::json(change)?]))
        .map(drop)
        .map_err(failed)
}

pub(crate) fn after(db: &Connection, cursor: Cursor, limit: u16) -> Result<Changes, StoreError> {
    let head = head(db)?;
    let first: Option<i64> =
        db.query_row("SELECT min(position) FROM change", [], |r| r.get(0)).map_err(failed)?;
    let floor = first.map_or(head.0, |first| first - 1);
    if cursor.0 < floor || cursor > head {
        return Ok(Changes { changes: Vec::new(), gap: true });
    }
    let mut statement = db
        .prepare_cached("SELECT position, change FROM change WHERE position > ?1 ORDER BY position LIMIT ?2")
        .map_err(failed)?;
    let rows = statement
        .query_map((cursor.0, limit), |r| Ok((Cursor(r.get(0)?), map::read_json::<Change>(r, 1)?)))
        .map_err(failed)?;
    let changes = rows.collect::<Result<_, _>>().map_err(failed)?;
    Ok(Changes { changes, gap: false })
}
