//! Drafts: what an agent has typed and not registered. Each belongs to the one who typed it.

use super::{Store, StoreError};
use contract::desk::Draft;
use contract::domain::DraftId;
use contract::error::Error;
use rusqlite::Connection;

impl Store {
    /// Keeps a draft; it is on disk when this returns. An older state of it changes nothing, and what is
    /// registered meanwhile is no draft any more.
    ///
    /// # Errors
    /// [`contract::Code::DiskFull`]; the draft kept before stays.
    pub async fn save_draft(&self, owner: &str, draft: Draft) -> Result<(), Error> {
        let owner = owner.to_owned();
        self.run(move |db| write(db, &owner, &draft)).await
    }

    /// The drafts of `owner`, newest first, and how many cannot be read.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn drafts(&self, owner: &str) -> Result<(Vec<Draft>, u32), Error> {
        let owner = owner.to_owned();
        self.run(move |db| {
            let sql = "SELECT body FROM drafts WHERE owner IN (?1, '') ORDER BY updated_at DESC";
            let mut statement = db.prepare_cached(sql)?;
            let bodies: Vec<String> =
                statement.query_map([owner], |row| row.get(0))?.collect::<Result<_, _>>()?;
            let drafts: Vec<Draft> =
                bodies.iter().filter_map(|body| serde_json::from_str(body).ok()).collect();
            let unread = u32::try_from(bodies.len() - drafts.len()).unwrap_or(u32::MAX);
            Ok::<_, StoreError>((drafts, unread))
        })
        .await
    }

    /// Throws a draft of `owner` away; one that is not there is no error.
    ///
    /// # Errors
    /// When the store cannot be written.
    pub async fn discard_draft(&self, owner: &str, id: DraftId) -> Result<(), Error> {
        let owner = owner.to_owned();
        self.run(move |db| {
            let sql = "DELETE FROM drafts WHERE id = ?1 AND owner IN (?2, '')";
            db.execute(sql, (id.to_string(), owner))?;
            Ok::<_, StoreError>(())
        })
        .await
    }
}

/// Writes a draft, unless its case waits in the outbox.
pub(super) fn write(db: &Connection, owner: &str, draft: &Draft) -> Result<(), StoreError> {
    let body = serde_json::to_string(draft).map_err(|_| StoreError::Unreadable)?;
    let row = (draft.id.to_string(), body, draft.updated_at.0, owner, draft.case_id.to_string());
    let sql = "INSERT INTO drafts (id, body, updated_at, owner, case_id)
        SELECT ?1, ?2, ?3, ?4, ?5 WHERE NOT EXISTS
            (SELECT 1 FROM outbox WHERE case_id = ?5 AND command = 'cases.register')
        ON CONFLICT (id) DO UPDATE SET body = excluded.body, updated_at = excluded.updated_at,
            owner = excluded.owner, case_id = excluded.case_id
        WHERE excluded.updated_at >= updated_at AND owner IN (excluded.owner, '')";
    db.execute(sql, row)?;
    Ok(())
}
