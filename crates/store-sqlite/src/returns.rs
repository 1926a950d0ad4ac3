//! Handoffs that came back.

use crate::failure::failed;
use crate::map;
use domain::case::Case;
use domain::{HandoffId, ResponseGroupId, ReturnReasonId, Timestamp};
use rusqlite::{Connection, Row, params};
use store::{ReturnCount, Returns, StoreError};

type Result<T> = std::result::Result<T, StoreError>;

/// Keeps those of a case; each stays as it came back.
pub(crate) fn put(db: &Connection, case: &Case) -> rusqlite::Result<()> {
    for handoff in case.handoffs.iter().filter(|handoff| handoff.stage.came_back()) {
        let at = handoff.back_at.unwrap_or(handoff.receipt_due);
        let expired = handoff.stage == domain::handoff::HandoffStage::Expired;
        let why = handoff.why.as_ref().map(ReturnReasonId::as_str);
        db.prepare_cached("INSERT INTO case_return VALUES (?1, ?2, ?3, ?4, ?5, ?6) ON CONFLICT DO NOTHING")?
            .execute(params![handoff.id.0, case.id.0, handoff.group.as_str(), why, expired, at.0])?;
    }
    Ok(())
}

pub(crate) fn since(db: &Connection, since: Timestamp, limit: u16) -> Result<Returns> {
    let counts = "SELECT group_id, expired, why, count(*) FROM case_return WHERE at >= ?1
                  GROUP BY group_id, expired, why ORDER BY count(*) DESC, group_id, expired, why";
    let counts = db
        .prepare_cached(counts)
        .and_then(|mut s| s.query_map([since.0], count)?.collect::<rusqlite::Result<Vec<_>>>())
        .map_err(failed)?;
    let newest = "SELECT state, handoff FROM case_return JOIN case_state USING (case_id) WHERE at >= ?1
                  ORDER BY at DESC, handoff DESC LIMIT ?2";
    let newest = db
        .prepare_cached(newest)
        .and_then(|mut s| {
            let rows =
                s.query_map(params![since.0, limit], |r| Ok((map::read_json(r, 0)?, HandoffId(r.get(1)?))))?;
            rows.collect::<rusqlite::Result<Vec<_>>>()
        })
        .map_err(failed)?;
    Ok(Returns { counts: counts.into_iter().flatten().collect(), newest })
}

/// `None` for a name that this release does not read.
fn count(row: &Row<'_>) -> rusqlite::Result<Option<ReturnCount>> {
    let group: String = row.get(0)?;
    let why: Option<String> = row.get(2)?;
    let (Ok(group), why) = (ResponseGroupId::try_from(group), why.map(ReturnReasonId::try_from)) else {
        return Ok(None);
    };
    let why = why.and_then(std::result::Result::ok);
    Ok(Some(ReturnCount { group, expired: row.get(1)?, why, count: row.get(3)? }))
}
