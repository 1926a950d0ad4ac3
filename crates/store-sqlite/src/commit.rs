//! Writing a commit.

use crate::failure::{failed, unique};
use crate::{alarms, drafts, letters, map, people, stream};
use domain::agent::AgentStatus;
use domain::calls::RecordedCall;
use domain::case::{Case, CaseNumber};
use domain::customer::Customer;
use domain::{CommandId, Personal, Timestamp};
use rusqlite::{Connection, OptionalExtension, params};
use store::{AgentAppend, CaseAppend, Change, Commit, Committed, Look, Numbered, Receipt, StoreError};

type Result<T> = std::result::Result<T, StoreError>;

/// Writes a commit, within a savepoint of the writer.
pub(crate) fn commit(db: &Connection, commit: &Commit) -> Result<Committed> {
    if let Some(receipt) = &commit.receipt {
        if let Some(reply) = repeated(db, receipt)? {
            return Ok(Committed::Repeated(reply));
        }
        put_receipt(db, receipt)?;
    }
    commit.customers.iter().try_for_each(|customer| put_customer(db, customer))?;
    commit.cases.iter().try_for_each(|append| append_case(db, append))?;
    commit.agents.iter().try_for_each(|append| append_agent(db, append))?;
    commit.calls.iter().try_for_each(|call| append_call(db, call))?;
    commit.looks.iter().try_for_each(|look| append_look(db, look))?;
    commit.acknowledged.iter().try_for_each(|seen| alarms::acknowledge(db, seen))?;
    commit.used_letters.iter().try_for_each(|(id, at)| letters::using(db, *id, *at))?;
    commit.letters.iter().try_for_each(|letter| letters::put(db, letter))?;
    commit.sent_drafts.iter().try_for_each(|(user, case)| drafts::forget(db, *user, *case))?;
    commit.changes.iter().try_for_each(|change| stream::append(db, change))?;
    Ok(Committed::Done(stream::head(db)?))
}

/// Draws the year's next number and writes what is built with it.
pub(crate) fn commit_numbered(db: &Connection, year: i16, build: &Numbered) -> Result<Committed> {
    let serial = db
        .query_row(
            "INSERT INTO case_number VALUES (?1, 1) ON CONFLICT DO UPDATE SET last = last + 1 RETURNING last",
            [year],
            |r| r.get(0),
        )
        .map_err(failed)?;
    let built = build(CaseNumber { year, serial })?;
    let outcome = commit(db, &built)?;
    if matches!(outcome, Committed::Repeated(_)) {
        // The command was done before: its number was drawn then.
        db.execute("UPDATE case_number SET last = last - 1 WHERE year = ?1", [year]).map_err(failed)?;
    }
    Ok(outcome)
}

pub(crate) fn receipt(db: &Connection, id: CommandId) -> Result<Option<Receipt>> {
    db.prepare_cached("SELECT hash, reply, at FROM receipt WHERE id = ?1")
        .and_then(|mut s| {
            s.query_row([id.0], |r| {
                Ok(Receipt { id, hash: r.get(0)?, reply: Personal::new(r.get(1)?), at: Timestamp(r.get(2)?) })
            })
            .optional()
        })
        .map_err(failed)
}

fn repeated(db: &Connection, asked: &Receipt) -> Result<Option<Personal<String>>> {
    match receipt(db, asked.id)? {
        Some(known) if known.hash == asked.hash => Ok(Some(known.reply)),
        Some(_) => Err(StoreError::Conflict),
        None => Ok(None),
    }
}

fn put_receipt(db: &Connection, receipt: &Receipt) -> Result<()> {
    db.prepare_cached("INSERT INTO receipt VALUES (?1, ?2, ?3, ?4)")
        .and_then(|mut s| {
            s.execute(params![receipt.id.0, receipt.hash, receipt.reply.expose(), receipt.at.0])
        })
        .map(drop)
        .map_err(failed)
}

fn put_customer(db: &Connection, customer: &Customer) -> Result<()> {
    people::put_customer(db, customer).map_err(failed)
}

fn append_case(db: &Connection, append: &CaseAppend) -> Result<()> {
    let case = after(db, append)?;
    for (recorded, version) in append.events.iter().zip(append.expected.saturating_add(1)..) {
        db.prepare_cached("INSERT INTO case_event (case_id, version, at, event) VALUES (?1, ?2, ?3, ?4)")
            .and_then(|mut s| {
                s.execute(params![append.case_id.0, version, recorded.at.0, map::json(recorded)?])
            })
            .map_err(unique)?;
    }
    for text in &append.texts {
        db.prepare_cached("INSERT INTO side_text VALUES (?1, ?2, ?3, ?4)")
            .and_then(|mut s| {
                s.execute(params![text.id.0, append.case_id.0, map::word(text.kind)?, text.text.expose()])
            })
            .map_err(unique)?;
    }
    if let Some(phone) = &append.phone {
        db.prepare_cached("INSERT OR REPLACE INTO case_phone VALUES (?1, ?2)")
            .and_then(|mut s| s.execute(params![append.case_id.0, phone.e164()]))
            .map_err(failed)?;
    }
    crate::cases::put_state(db, &case).map_err(unique)?;
    stream::append(db, &Change::Case { case_id: append.case_id })
}

/// The case as the events leave it, checked against the version that was read.
fn after(db: &Connection, append: &CaseAppend) -> Result<Case> {
    let known = crate::cases::case(db, append.case_id)?;
    match (known, append.expected) {
        (None, 0) => Case::replay(append.case_id, &append.events).map_err(|_| StoreError::Broken),
        (None, _) => Err(StoreError::NotFound),
        (Some(_), 0) => Err(StoreError::Exists),
        (Some(case), version) if case.version != version => Err(StoreError::Stale),
        (Some(mut case), _) => {
            append.events.iter().try_for_each(|e| case.apply(e)).ok_or(StoreError::Broken)?;
            Ok(case)
        }
    }
}

fn append_agent(db: &Connection, append: &AgentAppend) -> Result<()> {
    let known = crate::people::agent(db, append.user)?;
    if append.expected.is_some() && append.expected != known {
        return Err(StoreError::Stale);
    }
    let status =
        known.unwrap_or_else(|| AgentStatus::offline(append.user, append.at)).after(append.event, append.at);
    db.prepare_cached("INSERT INTO agent_event (user_id, at, event) VALUES (?1, ?2, ?3)")
        .and_then(|mut s| s.execute(params![append.user.0, append.at.0, map::json(&append.event)?]))
        .map_err(failed)?;
    db.prepare_cached("INSERT OR REPLACE INTO agent_state VALUES (?1, ?2)")
        .and_then(|mut s| s.execute(params![append.user.0, map::json(&status)?]))
        .map_err(failed)?;
    stream::append(db, &Change::Agent { user: append.user })
}

fn append_call(db: &Connection, call: &RecordedCall) -> Result<()> {
    db.prepare_cached("INSERT INTO call_event (contact_id, at, event) VALUES (?1, ?2, ?3)")
        .and_then(|mut s| s.execute(params![call.contact.0, call.at.0, map::json(&call.event)?]))
        .map_err(failed)?;
    stream::append(db, &Change::Call { contact: call.contact })
}

fn append_look(db: &Connection, look: &Look) -> Result<()> {
    db.prepare_cached("INSERT INTO look (at, user_id, customer_id, case_id) VALUES (?1, ?2, ?3, ?4)")
        .and_then(|mut s| {
            s.execute(params![look.at.0, look.user.0, look.customer.0, look.case_id.map(|c| c.0)])
        })
        .map(drop)
        .map_err(failed)
}
