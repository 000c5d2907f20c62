//! The hashes of passwords that people had before, for as long as a policy wants new ones.
//!
//! Rule: of one person there are at most as many as the last caller wanted kept.

use crate::{Result, Tx, execute, on};

crate::statements! {
    ADD = "INSERT INTO old_passwords (user_id, password, created_at) \
           SELECT id, password, $2 FROM users WHERE id = $1 AND password NOT LIKE '!%' AND password <> ''";
    TRIM = "DELETE FROM old_passwords WHERE user_id = $1 AND id NOT IN \
            (SELECT id FROM old_passwords WHERE user_id = $1 ORDER BY id DESC LIMIT $2)";
    OF_USER = "SELECT password FROM old_passwords WHERE user_id = $1 ORDER BY id DESC LIMIT $2";
}

/// Before a password is replaced: remembers it, and of all of the person's only the latest `kept`.
///
/// # Errors
///
/// Only if the database fails.
pub async fn keep(tx: &mut Tx, user_id: i64, kept: i64, now: i64) -> Result<()> {
    if kept > 0 {
        execute!(tx, ADD, user_id, now)?;
    }
    execute!(tx, TRIM, user_id, kept).map(drop)
}

/// Somebody's former hashes, the latest first.
///
/// # Errors
///
/// Only if the database fails.
pub async fn of_user(tx: &mut Tx, user_id: i64, most: i64) -> Result<Vec<String>> {
    on!(tx, |c| sqlx::query_scalar(OF_USER)
        .bind(user_id)
        .bind(most)
        .fetch_all(c)
        .await)
}
