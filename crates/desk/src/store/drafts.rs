//! Drafts: what an agent has typed and not registered.

use super::{Store, StoreError};
use contract::desk::Draft;
use contract::domain::DraftId;
use contract::error::Error;

impl Store {
    /// Keeps a draft; it is on disk when this returns.
    ///
    /// # Errors
    /// [`contract::Code::DiskFull`]; the draft kept before stays.
    pub async fn save_draft(&self, draft: Draft) -> Result<(), Error> {
        self.run(move |db| {
            let body = serde_json::to_string(&draft).map_err(|_| StoreError::Unreadable)?;
            let row = (draft.id.to_string(), body, draft.updated_at.0);
            db.execute("INSERT OR REPLACE INTO drafts (id, body, updated_at) VALUES (?1, ?2, ?3)", row)?;
            Ok::<_, StoreError>(())
        })
        .await
    }

    /// All drafts, newest first.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn drafts(&self) -> Result<Vec<Draft>, Error> {
        self.run(|db| {
            let mut statement = db.prepare_cached("SELECT body FROM drafts ORDER BY updated_at DESC")?;
            let bodies: Vec<String> = statement.query_map([], |row| row.get(0))?.collect::<Result<_, _>>()?;
            let drafts: Result<Vec<Draft>, _> =
                bodies.iter().map(|body| serde_json::from_str(body)).collect();
            drafts.map_err(|_| StoreError::Unreadable)
        })
        .await
    }

    /// Throws a draft away; one that is not there is no error.
    ///
    /// # Errors
    /// When the store cannot be written.
    pub async fn discard_draft(&self, id: DraftId) -> Result<(), Error> {
        self.run(move |db| {
            db.execute("DELETE FROM drafts WHERE id = ?1", [id.to_string()])?;
            Ok::<_, StoreError>(())
        })
        .await
    }
}
