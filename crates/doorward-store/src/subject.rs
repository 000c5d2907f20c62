//! Whose a name is with an app that knows people by user names or addresses.
//!
//! Rule: the first account keeps it, also once it is gone or called otherwise ([`hold`]), so that
//! nobody inherits what an app has stored for somebody else.

use crate::{Result, Tx, execute, on};

crate::statements! {
    HOLD = "INSERT INTO subjects (provider_id, word, user_id, created_at) VALUES ($1, $2, $3, $4) \
              ON CONFLICT (provider_id, word) DO NOTHING";
    OWNER = "SELECT user_id FROM subjects WHERE provider_id = $1 AND word = $2";
    DELETE_OF_PROVIDER = "DELETE FROM subjects WHERE provider_id = $1";
}

/// Notes that a word stands for an account, if it stands for none yet.
///
/// # Errors
///
/// Only if the database fails.
pub async fn hold(tx: &mut Tx, provider_id: i64, word: &str, user_id: i64, now: i64) -> Result<()> {
    execute!(tx, HOLD, provider_id, word, user_id, now).map(drop)
}

/// The account that a word stands for.
///
/// # Errors
///
/// Only if the database fails.
pub async fn owner(tx: &mut Tx, provider_id: i64, word: &str) -> Result<Option<i64>> {
    on!(tx, |c| sqlx::query_scalar(OWNER)
        .bind(provider_id)
        .bind(word)
        .fetch_optional(c)
        .await)
}

/// Forgets the words of a provider that is gone.
///
/// # Errors
///
/// Only if the database fails.
pub async fn delete_of_provider(tx: &mut Tx, provider_id: i64) -> Result<u64> {
    execute!(tx, DELETE_OF_PROVIDER, provider_id)
}
