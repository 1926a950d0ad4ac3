//! The outbox: changes that the service has not confirmed. Sent in order, exactly once by their ids, and by
//! nobody but the one who made them (D-S4).

use super::{Store, StoreError, drafts};
use contract::cases::RegisterCase;
use contract::desk::{Draft, Unsent};
use contract::domain::contact::Disposition;
use contract::domain::{CaseId, CommandId, DraftId, Timestamp};
use contract::error::{Code, Error};
use contract::{Call, CaseRegister, Command};
use rusqlite::{Connection, OptionalExtension};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// A change that waits.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Waiting {
    /// Its command id.
    pub id: CommandId,
    /// The command.
    pub command: String,
    /// The request.
    pub payload: Value,
}

impl Waiting {
    /// The call to send, of a change that has lain here for `waited` milliseconds.
    #[must_use]
    pub fn call(&self, waited: u64) -> Call {
        Call { id: Some(self.id), payload: self.payload.clone(), waited }
    }

    /// The case it is about.
    #[must_use]
    pub fn case_id(&self) -> Option<CaseId> {
        self.payload.get("case_id")?.as_str()?.parse().ok()
    }
}

/// A line of the outbox.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Next {
    /// Its place.
    pub position: i64,
    /// When it was put here.
    pub at: Timestamp,
    /// The change; `None`: this release cannot read it.
    pub change: Option<Waiting>,
}

/// Where a refused change went.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refused {
    /// Among the drafts again.
    Draft,
    /// Nothing in it was typed: forgotten.
    Gone,
    /// It stays, as refused: what it holds cannot be read.
    Kept,
}

/// What lies in the store, seen from one user.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Counts {
    /// Changes that wait.
    pub waiting: u32,
    /// Changes that were refused and stayed.
    pub refused: u32,
    /// Drafts and changes of others.
    pub of_others: u32,
}

impl Store {
    /// Puts a change last, and takes the draft that it was made of away in the same step: a case is either
    /// being written or registered. The same id again changes nothing.
    ///
    /// # Errors
    /// [`Code::DiskFull`]; nothing was put, and the draft stays.
    pub async fn put_unsent(&self, owner: &str, change: Waiting, at: Timestamp) -> Result<(), Error> {
        let owner = owner.to_owned();
        self.run(move |db| {
            let step = db.transaction()?;
            put(&step, &owner, &change, at)?;
            step.commit()?;
            Ok::<_, StoreError>(())
        })
        .await
    }

    /// The oldest change of `owner` behind `after` that was not refused.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn next_unsent(&self, owner: &str, after: i64) -> Result<Option<Next>, Error> {
        let owner = owner.to_owned();
        self.run(move |db| {
            let sql = "SELECT position, id, command, payload, at FROM outbox
                WHERE refused IS NULL AND owner IN (?1, '') AND position > ?2 ORDER BY position LIMIT 1";
            let row = db.query_row(sql, (owner, after), |row| {
                let change = (row.get(1), row.get(2), row.get(3));
                Ok(Next { position: row.get(0)?, at: Timestamp(row.get(4)?), change: waiting(change) })
            });
            Ok::<_, StoreError>(row.optional()?)
        })
        .await
    }

    /// The service has it: forgotten.
    ///
    /// # Errors
    /// When the store cannot be written.
    pub async fn forget_unsent(&self, id: CommandId) -> Result<(), Error> {
        self.run(move |db| {
            db.execute("DELETE FROM outbox WHERE id = ?1", [id.to_string()])?;
            Ok::<_, StoreError>(())
        })
        .await
    }

    /// The service refused it: what was typed becomes a draft of the same case again, in one step. `spare` is
    /// the draft's id when it never was one here.
    ///
    /// # Errors
    /// When the store cannot be written; the change stays as it was.
    pub async fn refuse_unsent(
        &self,
        change: Waiting,
        spare: DraftId,
        now: Timestamp,
    ) -> Result<Refused, Error> {
        self.run(move |db| {
            let step = db.transaction()?;
            let refused = refuse(&step, &change, spare, now)?;
            step.commit()?;
            Ok::<_, StoreError>(refused)
        })
        .await
    }

    /// A line that cannot be read is passed over from now on.
    ///
    /// # Errors
    /// When the store cannot be written.
    pub async fn set_aside(&self, position: i64) -> Result<(), Error> {
        self.run(move |db| mark(db, "position", &position, Code::Internal)).await
    }

    /// What `owner` has in the outbox, oldest first. Lines whose id cannot be read are counted only.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn unsent(&self, owner: &str) -> Result<Vec<Unsent>, Error> {
        let owner = owner.to_owned();
        self.run(move |db| {
            let sql = "SELECT id, command, at, refused FROM outbox WHERE owner IN (?1, '') ORDER BY position";
            let mut statement = db.prepare_cached(sql)?;
            let rows = statement.query_map([owner], |row| {
                Ok((row.get::<_, String>(0)?, row.get(1)?, row.get(2)?, row.get::<_, Option<String>>(3)?))
            })?;
            let mut all = Vec::new();
            for row in rows {
                let (id, command, at, refused) = row?;
                let refused = refused.map(|code| serde_json::from_str(&code).unwrap_or(Code::Internal));
                if let Ok(id) = id.parse() {
                    all.push(Unsent { id, command, at: Timestamp(at), refused });
                }
            }
            Ok::<_, StoreError>(all)
        })
        .await
    }

    /// Counts for `owner`; for nobody when no one has signed in.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn counts(&self, owner: Option<&str>) -> Result<Counts, Error> {
        let owner = owner.unwrap_or_default().to_owned();
        self.run(move |db| {
            let sql = "SELECT
                (SELECT count(*) FROM outbox WHERE owner IN (?1, '') AND refused IS NULL),
                (SELECT count(*) FROM outbox WHERE owner IN (?1, '') AND refused IS NOT NULL),
                (SELECT count(*) FROM outbox WHERE owner NOT IN (?1, ''))
                    + (SELECT count(*) FROM drafts WHERE owner NOT IN (?1, ''))
                    + (SELECT count(*) FROM answers WHERE owner NOT IN (?1, ''))";
            let counts = db.query_row(sql, [owner], |row| {
                Ok(Counts { waiting: row.get(0)?, refused: row.get(1)?, of_others: row.get(2)? })
            });
            Ok::<_, StoreError>(counts?)
        })
        .await
    }
}

type Columns = (rusqlite::Result<String>, rusqlite::Result<String>, rusqlite::Result<String>);

fn waiting((id, command, payload): Columns) -> Option<Waiting> {
    let payload = serde_json::from_str(&payload.ok()?).ok()?;
    Some(Waiting { id: id.ok()?.parse().ok()?, command: command.ok()?, payload })
}

fn put(db: &Connection, owner: &str, change: &Waiting, at: Timestamp) -> Result<(), StoreError> {
    let payload = serde_json::to_string(&change.payload).map_err(|_| StoreError::Unreadable)?;
    let case_id = change.case_id().map(|id| id.to_string());
    let row = (change.id.to_string(), &change.command, payload, at.0, owner, &case_id);
    let sql = "INSERT OR IGNORE INTO outbox (id, command, payload, at, owner, case_id)
        VALUES (?1, ?2, ?3, ?4, ?5, ?6)";
    let new = db.execute(sql, row)? == 1;
    if new && change.command == CaseRegister::INFO.name {
        let sql = "UPDATE outbox SET draft = (SELECT body FROM drafts WHERE case_id = ?2) WHERE id = ?1";
        db.execute(sql, (change.id.to_string(), &case_id))?;
        db.execute("DELETE FROM drafts WHERE case_id = ?1", [&case_id])?;
    }
    Ok(())
}

fn refuse(db: &Connection, change: &Waiting, spare: DraftId, now: Timestamp) -> Result<Refused, StoreError> {
    let id = change.id.to_string();
    let found = db.query_row("SELECT owner, draft FROM outbox WHERE id = ?1", [&id], |row| {
        Ok((row.get::<_, String>(0)?, row.get::<_, Option<String>>(1)?))
    });
    let Some((owner, before)) = found.optional()? else { return Ok(Refused::Gone) };
    let register = change.command == CaseRegister::INFO.name;
    let request = register.then(|| serde_json::from_value(change.payload.clone()).ok()).flatten();
    if register && request.is_none() {
        mark(db, "id", &id, Code::Invalid)?;
        return Ok(Refused::Kept);
    }
    db.execute("DELETE FROM outbox WHERE id = ?1", [&id])?;
    let Some(request) = request else { return Ok(Refused::Gone) };
    let before = before.and_then(|body| serde_json::from_str(&body).ok());
    drafts::write(db, &owner, &draft_of(request, before.as_ref(), spare, now))?;
    Ok(Refused::Draft)
}

fn mark(
    db: &Connection,
    column: &'static str,
    value: &dyn rusqlite::ToSql,
    code: Code,
) -> Result<(), StoreError> {
    let code = serde_json::to_string(&code).map_err(|_| StoreError::Unreadable)?;
    db.execute(&format!("UPDATE outbox SET refused = ?2 WHERE {column} = ?1"), (value, code))?;
    Ok(())
}

/// The draft that a registration was made of, with what was registered.
fn draft_of(request: RegisterCase, before: Option<&Draft>, spare: DraftId, now: Timestamp) -> Draft {
    let RegisterCase { case_id, contact, text, articles, disposition, .. } = request;
    Draft {
        id: before.map_or(spare, |draft| draft.id),
        case_id,
        created_at: before.map_or(contact.started_at, |draft| draft.created_at),
        updated_at: now,
        contact,
        case_type: Some(text.case_type),
        customer: text.customer,
        subject: text.subject,
        note: text.note,
        place: text.place,
        fields: text.fields,
        checked: text.checked,
        articles,
        // A handover is chosen anew, with its preview.
        disposition: Some(disposition).filter(|chosen| *chosen != Disposition::HandedOver),
        follow_up: text.follow_up,
    }
}
