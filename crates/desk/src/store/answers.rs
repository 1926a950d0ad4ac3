//! What somebody writes of a registered case and has not sent: an answer, or why it is given back.

use super::{Store, StoreError};
use contract::cases::AnswerDraft;
use contract::domain::{CaseId, Timestamp};
use contract::error::Error;
use rusqlite::OptionalExtension;

impl Store {
    /// Keeps what `owner` writes of a case; it is on disk when this returns. Without text it is forgotten.
    ///
    /// # Errors
    /// [`contract::Code::DiskFull`]; what was kept before stays.
    pub async fn keep_answer(&self, owner: &str, draft: AnswerDraft, now: Timestamp) -> Result<(), Error> {
        if draft.is_empty() {
            return self.forget_answer(owner, draft.case_id).await;
        }
        let owner = owner.to_owned();
        self.run(move |db| {
            let body = serde_json::to_string(&draft).map_err(|_| StoreError::Unreadable)?;
            let row = (owner, draft.case_id.to_string(), body, now.0);
            db.execute("INSERT OR REPLACE INTO answers VALUES (?1, ?2, ?3, ?4)", row)?;
            Ok::<_, StoreError>(())
        })
        .await
    }

    /// What `owner` has written of a case and not sent.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn answer(&self, owner: &str, case: CaseId) -> Result<Option<AnswerDraft>, Error> {
        let owner = owner.to_owned();
        self.run(move |db| {
            let sql = "SELECT body FROM answers WHERE owner = ?1 AND case_id = ?2";
            let body = db.query_row(sql, (owner, case.to_string()), |row| row.get::<_, String>(0));
            let body = body.optional()?;
            // One that a later release wrote stays as it is until something else is written.
            Ok::<_, StoreError>(body.and_then(|body| serde_json::from_str(&body).ok()))
        })
        .await
    }

    /// It has been sent.
    ///
    /// # Errors
    /// When the store cannot be written.
    pub async fn forget_answer(&self, owner: &str, case: CaseId) -> Result<(), Error> {
        let owner = owner.to_owned();
        self.run(move |db| {
            db.execute("DELETE FROM answers WHERE owner = ?1 AND case_id = ?2", (owner, case.to_string()))?;
            Ok::<_, StoreError>(())
        })
        .await
    }

    /// Forgets what was last written before then: it was sent from elsewhere, or never will be.
    ///
    /// # Errors
    /// When the store cannot be written.
    pub async fn forget_old_answers(&self, before: Timestamp) -> Result<(), Error> {
        self.run(move |db| {
            db.execute("DELETE FROM answers WHERE updated_at < ?1", [before.0])?;
            Ok::<_, StoreError>(())
        })
        .await
    }
}
