//! The applications that people put first.
//!
//! Rule: so many of one person and no more; what is put first twice is there once.

use crate::{Result, Tx, execute, on};

/// So many a person may have.
pub const MOST: i64 = 100;

crate::statements! {
    OF_USER = "SELECT application FROM favourites WHERE user_id = $1";
    INSERT = "INSERT INTO favourites (user_id, application, created_at) SELECT $1, $2, $3 \
              WHERE (SELECT COUNT(*) FROM favourites WHERE user_id = $1) < $4 \
              ON CONFLICT (user_id, application) DO NOTHING";
    DELETE = "DELETE FROM favourites WHERE user_id = $1 AND application = $2";
    DELETE_OF_APPLICATION = "DELETE FROM favourites WHERE application = $1";
}

/// The uuids of somebody's.
///
/// # Errors
///
/// Only if the database fails.
pub async fn of_user(tx: &mut Tx, user_id: i64) -> Result<Vec<String>> {
    on!(tx, |c| sqlx::query_scalar(OF_USER)
        .bind(user_id)
        .fetch_all(c)
        .await)
}

/// Puts an application first, if there is room.
///
/// # Errors
///
/// Only if the database fails.
pub async fn insert(tx: &mut Tx, user_id: i64, application: &str, now: i64) -> Result<bool> {
    Ok(execute!(tx, INSERT, user_id, application, now, MOST)? == 1)
}

/// Takes it back among the others.
///
/// # Errors
///
/// Only if the database fails.
pub async fn delete(tx: &mut Tx, user_id: i64, application: &str) -> Result<bool> {
    Ok(execute!(tx, DELETE, user_id, application)? == 1)
}

/// Forgets an application that is gone.
///
/// # Errors
///
/// Only if the database fails.
pub async fn delete_of_application(tx: &mut Tx, application: &str) -> Result<u64> {
    execute!(tx, DELETE_OF_APPLICATION, application)
}
