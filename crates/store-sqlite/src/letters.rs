//! E-mail to groups outside the system.

use crate::failure::{failed, unique};
use crate::map;
use domain::{CaseId, HandoffId, LetterId, ResponseGroupId, Timestamp};
use rusqlite::{Connection, OptionalExtension, Row, params};
use store::{KeptLetter, Letter, LetterOutcome, StoreError};

type Result<T> = std::result::Result<T, StoreError>;

pub(crate) fn put(db: &Connection, letter: &Letter) -> Result<()> {
    db.prepare_cached("INSERT INTO letter VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, 'waiting', ?6, 0, NULL)")
        .and_then(|mut s| {
            s.execute(params![
                letter.id.0,
                letter.case_id.0,
                letter.handoff.0,
                letter.group.as_str(),
                map::word(letter.kind)?,
                letter.at.0,
                letter.expires_at.0,
            ])
        })
        .map(drop)
        .map_err(unique)
}

/// Uses its link; once.
pub(crate) fn using(db: &Connection, id: LetterId, at: Timestamp) -> Result<()> {
    let used = db
        .execute("UPDATE letter SET used_at = ?2 WHERE id = ?1 AND used_at IS NULL", params![id.0, at.0])
        .map_err(failed)?;
    if used == 1 { Ok(()) } else { Err(StoreError::Stale) }
}

pub(crate) fn take(db: &Connection, now: Timestamp) -> Result<Option<KeptLetter>> {
    let sql = "UPDATE letter SET stage = 'taken', tries = tries + 1 WHERE id =
                 (SELECT id FROM letter WHERE stage = 'waiting' AND next_try <= ?1 ORDER BY next_try, id LIMIT 1)
               RETURNING id, case_id, handoff, group_id, kind, at, expires_at, used_at, tries";
    db.query_row(sql, [now.0], read).optional().map_err(failed)
}

pub(crate) fn went(db: &Connection, id: LetterId, outcome: LetterOutcome) -> Result<()> {
    let (stage, next) = match outcome {
        LetterOutcome::Sent => ("sent", None),
        LetterOutcome::Again(at) => ("waiting", Some(at.0)),
        LetterOutcome::Dropped => ("dropped", None),
    };
    let sql =
        "UPDATE letter SET stage = ?2, next_try = coalesce(?3, next_try) WHERE id = ?1 AND stage = 'taken'";
    match db.execute(sql, params![id.0, stage, next]).map_err(failed)? {
        1 => Ok(()),
        _ => Err(StoreError::NotFound),
    }
}

pub(crate) fn next(db: &Connection, now: Timestamp) -> Result<Option<Timestamp>> {
    let sql = "SELECT min(next_try) FROM letter WHERE stage = 'waiting' AND next_try > ?1";
    let next: Option<i64> = db.query_row(sql, [now.0], |r| r.get(0)).map_err(failed)?;
    Ok(next.map(Timestamp))
}

pub(crate) fn letter(db: &Connection, id: LetterId) -> Result<Option<KeptLetter>> {
    let sql = "SELECT id, case_id, handoff, group_id, kind, at, expires_at, used_at, tries FROM letter
               WHERE id = ?1";
    db.query_row(sql, [id.0], read).optional().map_err(failed)
}

fn read(row: &Row<'_>) -> rusqlite::Result<KeptLetter> {
    let group: String = row.get(3)?;
    let group = ResponseGroupId::try_from(group).map_err(|bad| {
        rusqlite::Error::FromSqlConversionFailure(3, rusqlite::types::Type::Text, Box::new(bad))
    })?;
    let letter = Letter {
        id: LetterId(row.get(0)?),
        case_id: CaseId(row.get(1)?),
        handoff: HandoffId(row.get(2)?),
        group,
        kind: map::read_word(row, 4)?,
        at: Timestamp(row.get(5)?),
        expires_at: Timestamp(row.get(6)?),
    };
    let used_at: Option<i64> = row.get(7)?;
    Ok(KeptLetter { letter, used_at: used_at.map(Timestamp), tries: row.get(8)? })
}
