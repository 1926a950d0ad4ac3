//! Drafts of answers.

use crate::failure::failed;
use domain::{CaseId, Personal, Timestamp, UserId};
use rusqlite::{Connection, OptionalExtension, params};
use store::StoreError;

type Result<T> = std::result::Result<T, StoreError>;

pub(crate) fn put(
    db: &Connection,
    user: UserId,
    case: CaseId,
    draft: &Personal<String>,
    at: Timestamp,
) -> Result<()> {
    db.prepare_cached("INSERT OR REPLACE INTO answer_draft VALUES (?1, ?2, ?3, ?4)")
        .and_then(|mut s| s.execute(params![user.0, case.0, draft.expose(), at.0]))
        .map(drop)
        .map_err(failed)
}

pub(crate) fn forget(db: &Connection, user: UserId, case: CaseId) -> Result<()> {
    db.prepare_cached("DELETE FROM answer_draft WHERE user_id = ?1 AND case_id = ?2")
        .and_then(|mut s| s.execute(params![user.0, case.0]))
        .map(drop)
        .map_err(failed)
}

pub(crate) fn get(db: &Connection, user: UserId, case: CaseId) -> Result<Option<Personal<String>>> {
    db.prepare_cached("SELECT draft FROM answer_draft WHERE user_id = ?1 AND case_id = ?2")
        .and_then(|mut s| s.query_row(params![user.0, case.0], |r| r.get(0).map(Personal::new)).optional())
        .map_err(failed)
}

pub(crate) fn forget_old(db: &Connection, before: Timestamp) -> Result<u64> {
    db.execute("DELETE FROM answer_draft WHERE at < ?1", [before.0])
        .map(|count| u64::try_from(count).unwrap_or(u64::MAX))
        .map_err(failed)
}
