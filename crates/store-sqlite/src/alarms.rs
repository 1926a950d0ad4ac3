//! Alarms of cases: what was raised, and when to look next.

use crate::failure::failed;
use crate::{map, stream};
use domain::alarm::{Alarm, Raised};
use domain::{CaseId, HandoffId, Timestamp, UserId};
use rusqlite::{Connection, Row, params, params_from_iter};
use std::collections::HashMap;
use store::{Acknowledgement, AlarmLook, AlarmsDue, Change, StoreError};
use uuid::Uuid;

type Result<T> = std::result::Result<T, StoreError>;

pub(crate) fn due(db: &Connection, now: Timestamp, limit: u16) -> Result<Vec<AlarmsDue>> {
    let mut statement = db
        .prepare_cached(
            "SELECT case_id, state FROM case_state WHERE next_alarm <= ?1 ORDER BY next_alarm, case_id",
        )
        .map_err(failed)?;
    let mut rows = statement.query([now.0]).map_err(failed)?;
    let mut due: Vec<AlarmsDue> = Vec::new();
    while due.len() < usize::from(limit)
        && let Some(row) = rows.next().map_err(failed)?
    {
        match map::read_json(row, 1) {
            Ok(case) => due.push(AlarmsDue { case, raised: Vec::new() }),
            // One that cannot be read must not hold up those after it.
            Err(_) => {
                tracing::error!(case = ?row.get::<_, Uuid>(0).ok(), "a case with alarms cannot be read")
            }
        }
    }
    let ids: Vec<CaseId> = due.iter().map(|due| due.case.id).collect();
    let mut raised = of(db, &ids)?;
    for due in &mut due {
        due.raised = raised.remove(&due.case.id).unwrap_or_default();
    }
    Ok(due)
}

pub(crate) fn next(db: &Connection, now: Timestamp) -> Result<Option<Timestamp>> {
    let next: Option<i64> = db
        .query_row("SELECT min(next_alarm) FROM case_state WHERE next_alarm > ?1", [now.0], |r| r.get(0))
        .map_err(failed)?;
    Ok(next.map(Timestamp))
}

/// Keeps a look: each alarm that nobody has raised yet, and when to look next.
pub(crate) fn keep(db: &Connection, look: &AlarmLook, at: Timestamp) -> Result<()> {
    let current = db
        .prepare_cached("UPDATE case_state SET next_alarm = ?3 WHERE case_id = ?1 AND version = ?2")
        .and_then(|mut s| s.execute(params![look.case_id.0, look.version, look.next.map(|next| next.0)]))
        .map_err(failed)?;
    if current == 0 {
        return Ok(());
    }
    for planned in &look.raise {
        let Alarm { kind, step, .. } = planned.alarm;
        let raised = db
            .prepare_cached(
                "INSERT INTO alarm VALUES (?1, ?2, ?3, ?4, ?5, ?6, NULL, NULL) ON CONFLICT DO NOTHING",
            )
            .and_then(|mut s| {
                let handoff = handoff(&planned.alarm);
                let (kind, step) = (map::word(kind)?, map::word(step)?);
                s.execute(params![look.case_id.0, kind, handoff, step, planned.due.0, at.0])
            })
            .map_err(failed)?;
        if raised > 0 {
            stream::append(db, &Change::Alarm { case_id: look.case_id, kind, step })?;
        }
    }
    Ok(())
}

pub(crate) fn acknowledge(db: &Connection, seen: &Acknowledgement) -> Result<()> {
    let known = db
        .prepare_cached(
            "UPDATE alarm SET acknowledged_by = coalesce(acknowledged_by, ?5),
               acknowledged_at = coalesce(acknowledged_at, ?6)
             WHERE case_id = ?1 AND kind = ?2 AND handoff = ?3 AND step = ?4",
        )
        .and_then(|mut s| {
            let (kind, step) = (map::word(seen.alarm.kind)?, map::word(seen.alarm.step)?);
            let handoff = handoff(&seen.alarm);
            s.execute(params![seen.case_id.0, kind, handoff, step, seen.by.0, seen.at.0])
        })
        .map_err(failed)?;
    if known == 0 {
        return Err(StoreError::NotFound);
    }
    Ok(())
}

pub(crate) fn of(db: &Connection, cases: &[CaseId]) -> Result<HashMap<CaseId, Vec<Raised>>> {
    let mut all: HashMap<CaseId, Vec<Raised>> = HashMap::new();
    if cases.is_empty() {
        return Ok(all);
    }
    let marks = vec!["?"; cases.len()].join(", ");
    let sql = format!(
        "SELECT case_id, kind, handoff, step, due, raised_at, acknowledged_by, acknowledged_at FROM alarm
         WHERE case_id IN ({marks})"
    );
    let mut statement = db.prepare_cached(&sql).map_err(failed)?;
    let rows = statement.query_map(params_from_iter(cases.iter().map(|id| id.0)), read).map_err(failed)?;
    for row in rows {
        let (case, raised) = row.map_err(failed)?;
        all.entry(case).or_default().push(raised);
    }
    Ok(all)
}

fn read(row: &Row<'_>) -> rusqlite::Result<(CaseId, Raised)> {
    let handoff: Vec<u8> = row.get(2)?;
    let alarm = Alarm {
        kind: map::read_word(row, 1)?,
        handoff: Uuid::from_slice(&handoff).ok().map(HandoffId),
        step: map::read_word(row, 3)?,
    };
    let by: Option<Uuid> = row.get(6)?;
    let at: Option<i64> = row.get(7)?;
    let acknowledged = by.zip(at).map(|(by, at)| (UserId(by), Timestamp(at)));
    let (due, at) = (Timestamp(row.get(4)?), Timestamp(row.get(5)?));
    Ok((CaseId(row.get(0)?), Raised { alarm, due, at, acknowledged }))
}

/// Empty for an alarm of the case itself: NULL would be another one each time.
fn handoff(alarm: &Alarm) -> Vec<u8> {
    alarm.handoff.map(|handoff| handoff.0.as_bytes().to_vec()).unwrap_or_default()
}
