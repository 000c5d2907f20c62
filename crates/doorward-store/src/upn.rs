//! The name that a directory gives people: the attribute `upn` of an account, to be found by.
//!
//! Rule: it is written with the account, in the same transaction, and is only a copy: the attribute
//! says what somebody's name is.

use serde_json::Value;

use crate::user::{UserRow, fold};
use crate::{Result, Tx, execute, on};

crate::statements! {
    SAVE = "INSERT INTO user_upns (user_id, upn_key) VALUES ($1, $2) \
            ON CONFLICT (user_id) DO UPDATE SET upn_key = excluded.upn_key";
    DELETE = "DELETE FROM user_upns WHERE user_id = $1";
    FIND = "SELECT user_id FROM user_upns WHERE upn_key = $1 ORDER BY user_id LIMIT 2";
}

/// The attribute in an account's attributes; none if it is empty or no text.
pub fn of(attributes: &str) -> Option<String> {
    let attributes: Value = serde_json::from_str(attributes).ok()?;
    let upn = attributes.get("upn")?.as_str()?;
    (!upn.is_empty()).then(|| upn.to_owned())
}

/// Writes an account's name down, or that it has none.
pub(crate) async fn save(tx: &mut Tx, user: &UserRow) -> Result<()> {
    match of(&user.attributes) {
        Some(upn) => execute!(tx, SAVE, user.id, fold(&upn)).map(drop),
        None => execute!(tx, DELETE, user.id).map(drop),
    }
}

/// Whose this name is, at most two.
///
/// # Errors
///
/// Only if the database fails.
pub async fn find(tx: &mut Tx, key: &str) -> Result<Vec<i64>> {
    on!(tx, |c| sqlx::query_scalar(FIND)
        .bind(key)
        .fetch_all(c)
        .await)
}
