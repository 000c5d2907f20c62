//! People and service accounts, and which groups they are in.
//!
//! Rule: `username_key`, `name_key` and `email_key` are always [`fold`] of their column; look-ups
//! that ignore case go through them, so that both engines answer alike.

use crate::{Result, Tx, execute, on, upn};

/// One user.
#[derive(Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct UserRow {
    /// Integer key, never reused.
    pub id: i64,
    /// The other key.
    pub uuid: String,
    /// At most 150 characters, unique.
    pub username: String,
    /// [`fold`] of the username.
    pub username_key: String,
    /// Display name, may be empty.
    pub name: String,
    /// [`fold`] of the name.
    pub name_key: String,
    /// May be empty.
    pub email: String,
    /// [`fold`] of the address.
    pub email_key: String,
    /// A user who is not may not do anything.
    pub is_active: bool,
    /// `internal`, `external`, `service_account` or `internal_service_account`.
    pub kind: String,
    /// Folder, e.g. `users`.
    pub path: String,
    /// JSON object.
    pub attributes: String,
    /// Encoded hash; `!…` for none.
    pub password: String,
    /// Unix milliseconds.
    pub password_changed_at: i64,
    /// Unix milliseconds.
    pub last_login_at: Option<i64>,
    /// Unix milliseconds.
    pub created_at: i64,
    /// Unix milliseconds.
    pub updated_at: i64,
    /// Grows with each save.
    pub version: i64,
}

/// Folds text for look-ups that ignore case.
pub fn fold(text: &str) -> String {
    text.to_lowercase()
}

/// The columns, in the order of the struct; also for generated lists.
pub const COLUMNS: &str = "id, uuid, username, username_key, name, name_key, email, email_key, is_active, kind, \
    path, attributes, password, password_changed_at, last_login_at, created_at, updated_at, version";

macro_rules! select {
    ($rest:expr) => {
        concat!(
            "SELECT id, uuid, username, username_key, name, name_key, email, email_key, is_active, kind, path, \
             attributes, password, password_changed_at, last_login_at, created_at, updated_at, version FROM users ",
            $rest
        )
    };
}

crate::statements! {
    FIND = select!("WHERE id = $1");
    MEMBERS = select!("WHERE id IN (SELECT user_id FROM memberships WHERE group_id = $1) ORDER BY id");
    FIND_BY_UUID = select!("WHERE uuid = $1");
    FIND_BY_USERNAME = select!("WHERE username = $1");
    FIND_BY_USERNAME_KEY = select!("WHERE username_key = $1 ORDER BY id LIMIT 2");
    FIND_BY_EMAIL_KEY = select!("WHERE email_key = $1 ORDER BY id LIMIT 2");
    INSERT = "INSERT INTO users (id, uuid, username, username_key, name, name_key, email, email_key, is_active, \
              kind, path, attributes, password, password_changed_at, last_login_at, created_at, updated_at, version) \
              VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, 1)";
    SAVE = "UPDATE users SET username = $2, username_key = $3, name = $4, name_key = $5, email = $6, email_key = $7, \
            is_active = $8, kind = $9, path = $10, attributes = $11, updated_at = $12, version = version + 1 \
            WHERE id = $1 AND version = $13";
    SET_PASSWORD = "UPDATE users SET password = $2, updated_at = $3, version = version + 1, \
                    password_changed_at = CASE WHEN password_changed_at < $3 THEN $3 \
                    ELSE password_changed_at + 1 END WHERE id = $1";
    REHASH = "UPDATE users SET password = $3 WHERE id = $1 AND password = $2";
    CLAIM_LOGIN = "UPDATE users SET last_login_at = $2 \
            WHERE id = $1 AND is_active = $3 AND password_changed_at = $4";
    DELETE = "DELETE FROM users WHERE id = $1";
    PASSWORD_OF_SOMEBODY = "SELECT password FROM users \
            WHERE id > (SELECT coalesce(max(id), 0) FROM users) * $1 / 65536 ORDER BY id LIMIT 1";
    PATHS = "SELECT DISTINCT path FROM users ORDER BY path";
    COUNT = "SELECT CAST(count(*) AS BIGINT) FROM users";
    HAS_SUPERUSER = "WITH RECURSIVE closure (id) AS ( \
            SELECT id FROM groups WHERE is_superuser = $1 \
            UNION SELECT p.group_id FROM group_parents p JOIN closure ON p.parent_id = closure.id) \
        SELECT CAST(count(*) AS BIGINT) FROM users u WHERE u.is_active = $1 AND u.id IN \
            (SELECT m.user_id FROM memberships m JOIN closure ON m.group_id = closure.id)";
}

/// The user with this id.
///
/// # Errors
///
/// Only if the database fails.
pub async fn find(tx: &mut Tx, id: i64) -> Result<Option<UserRow>> {
    on!(tx, |c| sqlx::query_as(FIND)
        .bind(id)
        .fetch_optional(c)
        .await)
}

/// The direct members of a group.
///
/// # Errors
///
/// Only if the database fails.
pub async fn members(tx: &mut Tx, group: &str) -> Result<Vec<UserRow>> {
    on!(tx, |c| sqlx::query_as(MEMBERS)
        .bind(group)
        .fetch_all(c)
        .await)
}

/// The user with this uuid.
///
/// # Errors
///
/// Only if the database fails.
pub async fn find_by_uuid(tx: &mut Tx, uuid: &str) -> Result<Option<UserRow>> {
    on!(tx, |c| sqlx::query_as(FIND_BY_UUID)
        .bind(uuid)
        .fetch_optional(c)
        .await)
}

/// The user with exactly this username.
///
/// # Errors
///
/// Only if the database fails.
pub async fn find_by_username(tx: &mut Tx, username: &str) -> Result<Option<UserRow>> {
    on!(tx, |c| sqlx::query_as(FIND_BY_USERNAME)
        .bind(username)
        .fetch_optional(c)
        .await)
}

/// At most two users whose folded username is `key`: more than one means that case decides.
///
/// # Errors
///
/// Only if the database fails.
pub async fn find_by_username_key(tx: &mut Tx, key: &str) -> Result<Vec<UserRow>> {
    on!(tx, |c| sqlx::query_as(FIND_BY_USERNAME_KEY)
        .bind(key)
        .fetch_all(c)
        .await)
}

/// At most two users with this folded address: more than one means that it names nobody.
///
/// # Errors
///
/// Only if the database fails.
pub async fn find_by_email_key(tx: &mut Tx, key: &str) -> Result<Vec<UserRow>> {
    on!(tx, |c| sqlx::query_as(FIND_BY_EMAIL_KEY)
        .bind(key)
        .fetch_all(c)
        .await)
}

/// Adds a user; `version` is ignored and becomes 1, the keys are folded here.
///
/// # Errors
///
/// [`crate::StoreError::Conflict`] if the username is taken.
pub async fn insert(tx: &mut Tx, user: &UserRow) -> Result<()> {
    execute!(
        tx,
        INSERT,
        user.id,
        &user.uuid,
        &user.username,
        fold(&user.username),
        &user.name,
        fold(&user.name),
        &user.email,
        fold(&user.email),
        user.is_active,
        &user.kind,
        &user.path,
        &user.attributes,
        &user.password,
        user.password_changed_at,
        user.last_login_at,
        user.created_at,
        user.updated_at
    )?;
    upn::save(tx, user).await
}

/// Saves everything but password and log-in time, if nobody saved since `user.version` was read.
///
/// # Errors
///
/// [`crate::StoreError::Conflict`] if the username is taken.
pub async fn save(tx: &mut Tx, user: &UserRow) -> Result<bool> {
    let saved = execute!(
        tx,
        SAVE,
        user.id,
        &user.username,
        fold(&user.username),
        &user.name,
        fold(&user.name),
        &user.email,
        fold(&user.email),
        user.is_active,
        &user.kind,
        &user.path,
        &user.attributes,
        user.updated_at,
        user.version
    )?;
    if saved == 1 {
        upn::save(tx, user).await?;
    }
    Ok(saved == 1)
}

/// Sets a new password (encoded hash). Its time is later than the last one's whatever the clock says:
/// what was proven or issued under the old one is told apart by it.
///
/// # Errors
///
/// Only if the database fails.
pub async fn set_password(tx: &mut Tx, id: i64, encoded: &str, now: i64) -> Result<bool> {
    Ok(execute!(tx, SET_PASSWORD, id, encoded, now)? == 1)
}

/// Replaces a hash by a stronger one of the same password, unless the password changed meanwhile.
///
/// # Errors
///
/// Only if the database fails.
pub async fn rehash(tx: &mut Tx, id: i64, old: &str, new: &str) -> Result<()> {
    execute!(tx, REHASH, id, old, new).map(drop)
}

/// Notes the time of a log-in if the user is still active and the password still the one that was
/// proven; answers whether. The row stays locked until the transaction ends, so a change of the
/// password comes before (and is seen) or after (and ends the session that begins here).
///
/// # Errors
///
/// Only if the database fails.
pub async fn claim_login(tx: &mut Tx, id: i64, password_changed_at: i64, now: i64) -> Result<bool> {
    Ok(execute!(tx, CLAIM_LOGIN, id, now, true, password_changed_at)? == 1)
}

/// Removes a user with everything that is theirs; answers whether they existed.
///
/// # Errors
///
/// Only if the database fails.
pub async fn delete(tx: &mut Tx, id: i64) -> Result<bool> {
    Ok(execute!(tx, DELETE, id)? == 1)
}

/// The encoded hash of one user or another, the same for the same `place` (0 to 65535): work for a
/// name that nobody has must look like work for one that somebody has.
///
/// # Errors
///
/// Only if the database fails.
pub async fn password_of_somebody(tx: &mut Tx, place: u16) -> Result<Option<String>> {
    on!(tx, |c| sqlx::query_scalar(PASSWORD_OF_SOMEBODY)
        .bind(i64::from(place))
        .fetch_optional(c)
        .await)
}

/// Every folder in use.
///
/// # Errors
///
/// Only if the database fails.
pub async fn paths(tx: &mut Tx) -> Result<Vec<String>> {
    on!(tx, |c| sqlx::query_scalar(PATHS).fetch_all(c).await)
}

/// How many users there are.
///
/// # Errors
///
/// Only if the database fails.
pub async fn count(tx: &mut Tx) -> Result<i64> {
    on!(tx, |c| sqlx::query_scalar(COUNT).fetch_one(c).await)
}

/// How many active users are in a superuser group, directly or through groups within it.
///
/// # Errors
///
/// Only if the database fails.
pub async fn count_superusers(tx: &mut Tx) -> Result<i64> {
    on!(tx, |c| sqlx::query_scalar(HAS_SUPERUSER)
        .bind(true)
        .fetch_one(c)
        .await)
}
