//! What can still be read of a damaged store.

use rusqlite::{Connection, Row};

/// What was copied into the new store.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Salvaged {
    /// Drafts, of cases and of answers.
    pub drafts: u32,
    /// Changes in the outbox.
    pub changes: u32,
    /// Something could not be read.
    pub cut: bool,
}

/// Opens the damaged store. A connection that has met a damaged page reads nothing more, so each reading
/// that broke off begins with another.
pub type Damaged<'a> = &'a dyn Fn() -> Option<Connection>;

/// Copies drafts and outbox as far as they can be read.
pub fn salvage(open: Damaged<'_>, into: &Connection) -> Salvaged {
    let mut found = Salvaged::default();
    // From both ends: a damaged page in the middle hides neither what lies before nor what lies behind.
    for order in ["ASC", "DESC"] {
        let sql = format!("SELECT * FROM drafts ORDER BY id {order}");
        let whole = each(open, &sql, |row| found.drafts += u32::from(draft(row, into)));
        found.cut |= !whole;
        if whole {
            break;
        }
    }
    // A store from before there were any has none: no damage.
    if open().is_some_and(|from| from.table_exists(None, "answers").unwrap_or(true)) {
        found.cut |= !each(open, "SELECT * FROM answers", |row| found.drafts += u32::from(answer(row, into)));
    }
    let whole = each(open, "SELECT * FROM outbox ORDER BY position", |row| {
        found.changes += u32::from(change(row, into));
    });
    if !whole {
        found.cut = true;
        found.changes += one_by_one(open, into);
    }
    found
}

/// Reads each place of the outbox by itself, for a listing that broke off.
fn one_by_one(open: Damaged<'_>, into: &Connection) -> u32 {
    let sql = "SELECT seq FROM sqlite_sequence WHERE name = 'outbox'";
    let mut from = open();
    let last = from.as_ref().and_then(|from| from.query_row(sql, [], |row| row.get::<_, i64>(0)).ok());
    let last = last.unwrap_or(LONGEST);
    let mut copied = 0;
    for position in last.saturating_sub(LONGEST).max(0)..=last {
        let Some(connection) = from.as_ref() else { break };
        let sql = "SELECT * FROM outbox WHERE position = ?1";
        match connection.query_row(sql, [position], |row| Ok(change(row, into))) {
            Ok(new) => copied += u32::from(new),
            Err(rusqlite::Error::QueryReturnedNoRows) => {}
            Err(_) => from = open(),
        }
    }
    copied
}

/// More changes than any desk gathers without its service.
const LONGEST: i64 = 10_000;

/// False when the reading broke off.
fn each(open: Damaged<'_>, sql: &str, mut take: impl FnMut(&Row<'_>)) -> bool {
    let Some(from) = open() else { return false };
    let Ok(mut statement) = from.prepare(sql) else { return false };
    let Ok(mut rows) = statement.query([]) else { return false };
    loop {
        match rows.next() {
            Ok(Some(row)) => take(row),
            Ok(None) => return true,
            Err(_) => return false,
        }
    }
}

/// A column of a later schema than the damaged store's is as if empty.
fn text(row: &Row<'_>, column: &str) -> Option<String> {
    row.get(column).ok().flatten()
}

fn draft(row: &Row<'_>, into: &Connection) -> bool {
    let (Some(id), Some(body), Ok(at)) = (text(row, "id"), text(row, "body"), row.get("updated_at")) else {
        return false;
    };
    let at: i64 = at;
    let values = (id, body, at, text(row, "owner").unwrap_or_default(), text(row, "case_id"));
    let sql = "INSERT OR IGNORE INTO drafts (id, body, updated_at, owner, case_id)
        VALUES (?1, ?2, ?3, ?4, ?5)";
    into.execute(sql, values).is_ok_and(|rows| rows == 1)
}

fn answer(row: &Row<'_>, into: &Connection) -> bool {
    let read = (text(row, "owner"), text(row, "case_id"), text(row, "body"), row.get("updated_at"));
    let (Some(owner), Some(case), Some(body), Ok(at)) = read else { return false };
    let at: i64 = at;
    let sql = "INSERT OR IGNORE INTO answers VALUES (?1, ?2, ?3, ?4)";
    into.execute(sql, (owner, case, body, at)).is_ok_and(|rows| rows == 1)
}

fn change(row: &Row<'_>, into: &Connection) -> bool {
    let read = (text(row, "id"), text(row, "command"), text(row, "payload"), row.get("at"));
    let (Some(id), Some(command), Some(payload), Ok(at)) = read else { return false };
    let (position, at): (Option<i64>, i64) = (row.get("position").ok(), at);
    let values = (
        position,
        id,
        command,
        payload,
        at,
        text(row, "refused"),
        text(row, "owner").unwrap_or_default(),
        text(row, "case_id"),
        text(row, "draft"),
    );
    let sql = "INSERT OR IGNORE INTO outbox
        (position, id, command, payload, at, refused, owner, case_id, draft)
        VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)";
    into.execute(sql, values).is_ok_and(|rows| rows == 1)
}
