//! What people agreed to let an application know.
//!
//! Rule: of one person, application and set of permissions there is one row; agreeing again renews
//! it. One that has expired is not found, removed or not.

use crate::{Result, Tx, execute, on};

/// One consent.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct ConsentRow {
    /// Integer key.
    pub id: i64,
    /// Whose.
    pub user_id: i64,
    /// The application's uuid.
    pub application: String,
    /// Words with a blank between them; may be empty.
    pub permissions: String,
    /// Unix milliseconds; never, if it is permanent.
    pub expires_at: Option<i64>,
    /// Unix milliseconds.
    pub created_at: i64,
}

/// The columns, for generated lists.
pub const COLUMNS: &str = "id, user_id, application, permissions, expires_at, created_at";

macro_rules! select {
    ($rest:expr) => {
        concat!(
            "SELECT id, user_id, application, permissions, expires_at, created_at FROM user_consents ",
            $rest
        )
    };
}

crate::statements! {
    FIND = select!("WHERE id = $1 AND (expires_at IS NULL OR expires_at > $2)");
    OF_USER = select!("WHERE user_id = $1 AND application = $2 AND (expires_at IS NULL OR expires_at > $3) ORDER BY id");
    SAVE = "INSERT INTO user_consents (user_id, application, permissions, expires_at, created_at) \
            VALUES ($1, $2, $3, $4, $5) ON CONFLICT (user_id, application, permissions) \
            DO UPDATE SET expires_at = excluded.expires_at";
    DELETE = "DELETE FROM user_consents WHERE id = $1";
    DELETE_OF_APPLICATION = "DELETE FROM user_consents WHERE application = $1";
}

/// The live consent with this key.
///
/// # Errors
///
/// Only if the database fails.
pub async fn find(tx: &mut Tx, id: i64, now: i64) -> Result<Option<ConsentRow>> {
    on!(tx, |c| sqlx::query_as(FIND)
        .bind(id)
        .bind(now)
        .fetch_optional(c)
        .await)
}

/// What somebody agreed to for an application and still counts.
///
/// # Errors
///
/// Only if the database fails.
pub async fn of_user(
    tx: &mut Tx,
    user_id: i64,
    application: &str,
    now: i64,
) -> Result<Vec<ConsentRow>> {
    on!(tx, |c| sqlx::query_as(OF_USER)
        .bind(user_id)
        .bind(application)
        .bind(now)
        .fetch_all(c)
        .await)
}

/// Adds a consent or renews it; its `id` is not looked at.
///
/// # Errors
///
/// Only if the database fails.
pub async fn save(tx: &mut Tx, row: &ConsentRow) -> Result<()> {
    let (user, application, permissions) = (row.user_id, &row.application, &row.permissions);
    execute!(
        tx,
        SAVE,
        user,
        application,
        permissions,
        row.expires_at,
        row.created_at
    )
    .map(drop)
}

/// Takes a consent back; answers whether it was there.
///
/// # Errors
///
/// Only if the database fails.
pub async fn delete(tx: &mut Tx, id: i64) -> Result<bool> {
    Ok(execute!(tx, DELETE, id)? > 0)
}

/// Forgets what was agreed for an application that is gone.
///
/// # Errors
///
/// Only if the database fails.
pub async fn delete_of_application(tx: &mut Tx, application: &str) -> Result<u64> {
    execute!(tx, DELETE_OF_APPLICATION, application)
}
