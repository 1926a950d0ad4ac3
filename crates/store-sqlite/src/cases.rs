//! Cases: what is derived, and lists by pages.

use crate::failure::failed;
use crate::map;
use domain::case::{Case, CaseStatus, FrontStanding, Recorded};
use domain::handoff::HandoffStage;
use domain::phone_number::PhoneNumber;
use domain::{CaseId, CustomerId, Personal, TextId, Timestamp};
use rusqlite::types::Value;
use rusqlite::{Connection, OptionalExtension, Row, ToSql, params, params_from_iter};
use std::collections::HashMap;
use store::{CasePage, ListedCases, PageRequest, StoreError};
use uuid::Uuid;

type Result<T> = std::result::Result<T, StoreError>;

pub(crate) fn case(db: &Connection, id: CaseId) -> Result<Option<Case>> {
    db.prepare_cached("SELECT state FROM case_state WHERE case_id = ?1")
        .and_then(|mut s| s.query_row([id.0], |r| map::read_json(r, 0)).optional())
        .map_err(failed)
}

pub(crate) fn events(db: &Connection, id: CaseId) -> Result<Vec<Recorded>> {
    let mut statement = db
        .prepare_cached("SELECT event FROM case_event WHERE case_id = ?1 ORDER BY version")
        .map_err(failed)?;
    let rows = statement.query_map([id.0], |r| map::read_json(r, 0)).map_err(failed)?;
    rows.collect::<std::result::Result<_, _>>().map_err(failed)
}

/// Writes what is derived from a case's events.
pub(crate) fn put_state(db: &Connection, case: &Case) -> rusqlite::Result<()> {
    let current = case.current_handoff();
    let with_group = current.filter(|h| h.stage.has_left());
    let waiting = with_group.is_some_and(|h| h.stage == HandoffStage::Waiting);
    db.prepare_cached(
        "INSERT INTO case_state VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15)
         ON CONFLICT (case_id) DO UPDATE SET version = excluded.version, open = excluded.open,
           open_at_front = excluded.open_at_front,
           with_group = excluded.with_group, not_accepted = excluded.not_accepted,
           response_due = excluded.response_due, next_due = excluded.next_due, next_alarm = excluded.next_alarm,
           state = excluded.state",
    )?
    .execute(params![
        case.id.0,
        case.version,
        case.number.year,
        case.number.serial,
        case.owner.0,
        case.status != CaseStatus::Closed,
        with_group.map(|h| h.group.as_str()),
        waiting,
        current.map(|h| h.response_due.0),
        case.next_tick().map(|at| at.0),
        case.registered_at.0,
        case.customer.map(|c| c.0),
        map::json(case)?,
        case.front() != FrontStanding::Closed,
        // Whatever was planned holds no longer.
        case.may_alarm().then_some(0),
    ])?;
    crate::returns::put(db, case)?;
    put_guests(db, case)
}

/// Those who are concerned now, apart from the group that has it.
fn put_guests(db: &Connection, case: &Case) -> rusqlite::Result<()> {
    if case.questions.is_empty() && case.informed.is_empty() {
        return Ok(());
    }
    db.prepare_cached("DELETE FROM case_guest WHERE case_id = ?1")?.execute([case.id.0])?;
    let with_group = case.current_handoff().map(|handoff| &handoff.group);
    for guest in case.guests().filter(|guest| !guest.past && Some(guest.group) != with_group) {
        // One that is both asked and told is asked: that comes first.
        db.prepare_cached("INSERT INTO case_guest VALUES (?1, ?2, ?3) ON CONFLICT DO NOTHING")?
            .execute(params![guest.group.as_str(), case.id.0, guest.due.map(|due| due.0)])?;
    }
    Ok(())
}

pub(crate) fn texts(db: &Connection, ids: &[TextId]) -> Result<HashMap<TextId, Personal<String>>> {
    let mut statement = db.prepare_cached("SELECT text FROM side_text WHERE id = ?1").map_err(failed)?;
    let mut texts = HashMap::with_capacity(ids.len());
    for id in ids {
        if let Some(text) = statement.query_row([id.0], |r| r.get(0)).optional().map_err(failed)? {
            texts.insert(*id, Personal::new(text));
        }
    }
    Ok(texts)
}

pub(crate) fn erase_texts(db: &Connection, ids: &[TextId]) -> Result<()> {
    ids.iter().try_for_each(|id| {
        db.execute("DELETE FROM side_text WHERE id = ?1", [id.0]).map(drop).map_err(failed)
    })
}

/// The order of a list, as SQL over the row and the cursor's values.
struct Order {
    from: &'static str,
    filter: &'static str,
    open: &'static str,
    after: &'static str,
    by: &'static str,
}

const NEWEST: Order = Order {
    from: "case_state",
    filter: "1",
    open: "open",
    after: "(registered_at, case_id) < (:a, :id)",
    by: "registered_at DESC, case_id DESC",
};
const OWNED: Order = Order { filter: "owner = :who", open: "open_at_front", ..NEWEST };
const INBOX: Order = Order {
    // Two ways in, each by its own index. Without a time of its own: last.
    from:
        "(SELECT state, registered_at, open, case_id, coalesce(response_due, 0) AS response_due, not_accepted
              FROM case_state WHERE with_group = :who
            UNION ALL
            SELECT state, registered_at, open, case_id, coalesce(due, 9000000000000000), 0
              FROM case_guest JOIN case_state USING (case_id) WHERE group_id = :who)",
    filter: "1",
    open: "open",
    after: "(1 - not_accepted, response_due, case_id) > (:b, :a, :id)",
    by: "1 - not_accepted, response_due, case_id",
};

pub(crate) fn list(db: &Connection, page: &PageRequest) -> Result<CasePage> {
    let (order, who) = match &page.list {
        ListedCases::OwnedBy(user) => (OWNED, Value::Blob(user.0.as_bytes().to_vec())),
        ListedCases::Inbox(group) => (INBOX, Value::Text(group.as_str().to_owned())),
        ListedCases::All => (NEWEST, Value::Null),
    };
    let after = page.after.as_deref().map(read_cursor).transpose()?;
    let (a, b, id) = after.unwrap_or_default();
    let sql = format!(
        "SELECT state, registered_at, coalesce(response_due, 0), 1 - not_accepted FROM {}
         WHERE {} AND ({} OR :closed) AND (:first OR {})
         ORDER BY {} LIMIT :limit",
        order.from, order.filter, order.open, order.after, order.by
    );
    let limit = u32::from(page.limit) + 1;
    let first = after.is_none();
    let values: [(&str, &dyn ToSql); 7] = [
        (":who", &who),
        (":closed", &page.closed),
        (":first", &first),
        (":a", &a),
        (":b", &b),
        (":id", &id),
        (":limit", &limit),
    ];
    let mut statement = db.prepare_cached(&sql).map_err(failed)?;
    // A list binds what it names, and no more.
    let named: Vec<_> = values.into_iter().filter(|(name, _)| sql.contains(name)).collect();
    let inbox = matches!(page.list, ListedCases::Inbox(_));
    let rows = statement.query_map(named.as_slice(), |r| listed(r, inbox)).map_err(failed)?;
    let mut rows: Vec<(Case, String)> = rows.collect::<std::result::Result<_, _>>().map_err(failed)?;
    let more = rows.len() > usize::from(page.limit);
    rows.truncate(usize::from(page.limit));
    let next = rows.last().filter(|_| more).map(|(_, cursor)| cursor.clone());
    Ok(CasePage { cases: rows.into_iter().map(|(case, _)| case).collect(), next })
}

fn listed(row: &Row<'_>, inbox: bool) -> rusqlite::Result<(Case, String)> {
    let case: Case = map::read_json(row, 0)?;
    let a: i64 = row.get(if inbox { 2 } else { 1 })?;
    let b: i64 = row.get(3)?;
    let cursor = format!("{a}.{b}.{}", case.id.0.simple());
    Ok((case, cursor))
}

fn read_cursor(text: &str) -> Result<(i64, i64, Uuid)> {
    let mut parts = text.splitn(3, '.');
    let mut part = || parts.next().ok_or(StoreError::BadCursor);
    let a = part()?.parse().map_err(|_| StoreError::BadCursor)?;
    let b = part()?.parse().map_err(|_| StoreError::BadCursor)?;
    let id = part()?.parse().map_err(|_| StoreError::BadCursor)?;
    Ok((a, b, id))
}

pub(crate) fn open_of(
    db: &Connection,
    phone: Option<&PhoneNumber>,
    customers: &[CustomerId],
    limit: u16,
) -> Result<Vec<Case>> {
    let marks = vec!["?"; customers.len()].join(", ");
    let sql = format!(
        "SELECT state FROM case_state WHERE open AND (customer_id IN ({marks})
           OR case_id IN (SELECT case_id FROM case_phone WHERE phone = ?))
         ORDER BY registered_at DESC, case_id DESC LIMIT ?"
    );
    let mut values: Vec<Value> = customers.iter().map(|c| Value::Blob(c.0.as_bytes().to_vec())).collect();
    values.push(phone.map_or(Value::Null, |p| Value::Text(p.e164().to_owned())));
    values.push(Value::Integer(limit.into()));
    let mut statement = db.prepare_cached(&sql).map_err(failed)?;
    let rows = statement.query_map(params_from_iter(values), |r| map::read_json(r, 0)).map_err(failed)?;
    rows.collect::<std::result::Result<_, _>>().map_err(failed)
}

pub(crate) fn due(db: &Connection, now: Timestamp, limit: u16) -> Result<Vec<Case>> {
    let mut statement = db
        .prepare_cached(
            "SELECT case_id, state FROM case_state WHERE next_due <= ?1 ORDER BY next_due, case_id",
        )
        .map_err(failed)?;
    let mut rows = statement.query([now.0]).map_err(failed)?;
    let mut due = Vec::new();
    while due.len() < usize::from(limit)
        && let Some(row) = rows.next().map_err(failed)?
    {
        match map::read_json(row, 1) {
            Ok(case) => due.push(case),
            // One that cannot be read must not hold up those after it.
            Err(_) => tracing::error!(case = ?row.get::<_, Uuid>(0).ok(), "a due case cannot be read"),
        }
    }
    Ok(due)
}

pub(crate) fn next_due(db: &Connection, now: Timestamp) -> Result<Option<Timestamp>> {
    let next: Option<i64> = db
        .query_row("SELECT min(next_due) FROM case_state WHERE next_due > ?1", [now.0], |r| r.get(0))
        .map_err(failed)?;
    Ok(next.map(Timestamp))
}
