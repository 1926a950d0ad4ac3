//! Why the store did not do it.

/// Why the store did not do it. Nothing was changed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum StoreError {
    /// The command id came before with another payload.
    #[error("the command id was used for something else")]
    Conflict,
    /// It was changed since it was read.
    #[error("changed since it was read")]
    Stale,
    /// There is one already.
    #[error("exists already")]
    Exists,
    /// There is none.
    #[error("not found")]
    NotFound,
    /// Events that do not follow on those before them.
    #[error("the events do not follow on one another")]
    Broken,
    /// Not a cursor of this store.
    #[error("not a cursor")]
    BadCursor,
    /// A newer release has written the store, or a migration was changed.
    #[error("the schema is not this release's: {0}")]
    Schema(String),
    /// There is no room.
    #[error("no room left")]
    Full,
    /// The database failed; the text holds no personal data.
    #[error("the database failed: {0}")]
    Failed(String),
}
