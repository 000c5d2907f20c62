//! What can go wrong in the store. Absence is never an error here (`Option` says it); a broken
//! unique rule is [`StoreError::Conflict`], and everything else is the database's fault.

/// A store operation that did not happen.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// A unique rule refused the write: somebody was first, or the name is taken.
    #[error("the row conflicts with one that exists")]
    Conflict,
    /// The database cannot be reached or did not answer; nothing was written, unless it was a
    /// commit whose answer was lost.
    #[error("the database is unavailable")]
    Unavailable(#[source] sqlx::Error),
    /// A group commit failed as a whole; nothing of the transaction was written.
    #[error("the database could not commit: {0}")]
    Commit(String),
    /// A row does not hold what its column promises.
    #[error("{table}.{column} of `{id}` cannot be read")]
    Corrupt {
        /// The table.
        table: &'static str,
        /// The column.
        column: &'static str,
        /// The row's key.
        id: String,
    },
    /// This database cannot be used, and why (for a person).
    #[error("{0}")]
    Unsupported(String),
}

impl StoreError {
    /// The answer did not come in the time that the caller could wait.
    pub fn too_slow() -> Self {
        Self::Unavailable(sqlx::Error::PoolTimedOut)
    }
}

impl From<sqlx::Error> for StoreError {
    fn from(error: sqlx::Error) -> Self {
        match &error {
            sqlx::Error::Database(database) if database.is_unique_violation() => Self::Conflict,
            _ => Self::Unavailable(error),
        }
    }
}

/// What store operations return.
pub type Result<T, E = StoreError> = std::result::Result<T, E>;
