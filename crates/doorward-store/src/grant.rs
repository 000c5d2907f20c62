//! What apps were granted over OAuth, and the codes and tokens that were issued for it.
//!
//! Owns both tables; what is written for a grant that begins with its token is in [`issue`]. Rules: only
//! hashes are stored; [`redeem`] is the only way to use a code or a refresh token, and
//! of any number of callers one wins; what belongs to a grant goes with it, and a grant that
//! hangs on a session counts as gone once that session is no longer live, removed or not; whatever is
//! taken away before its time leaves a change, for those who remember tokens.

use crate::{Result, Topic, Tx, change, execute, on};

/// One grant.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct GrantRow {
    /// uuid.
    pub id: String,
    /// The provider that the app uses.
    pub provider_id: i64,
    /// Whose.
    pub user_id: i64,
    /// The central session that it began in.
    pub session_id: Option<String>,
    /// Whether it ends with that session.
    pub ends_with_session: bool,
    /// Words with a blank between them.
    pub scopes: String,
    /// JSON object.
    pub facts: String,
    /// Unix milliseconds.
    pub created_at: i64,
    /// Unix milliseconds.
    pub expires_at: i64,
}

impl GrantRow {
    /// It lives at least so long, once it is written.
    pub fn live_until(&mut self, until: i64) {
        self.expires_at = self.expires_at.max(until);
    }
}

/// What is issued for a grant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum TokenKind {
    /// An authorization code.
    Code,
    /// An access token.
    Access,
    /// A refresh token.
    Refresh,
    /// What a device holds, once somebody has let it in.
    Device,
}

impl TokenKind {
    /// As it is stored.
    pub fn word(self) -> &'static str {
        match self {
            Self::Code => "code",
            Self::Access => "access",
            Self::Refresh => "refresh",
            Self::Device => "device",
        }
    }
}

/// A code or a token.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct GrantTokenRow {
    /// Integer key; 0 before it is stored.
    pub id: i64,
    /// Its grant.
    pub grant_id: String,
    /// The grant's provider.
    pub provider_id: i64,
    /// Whose.
    pub user_id: i64,
    /// See [`TokenKind`].
    pub kind: String,
    /// base64url(SHA-256(value)).
    pub hash: String,
    /// Words with a blank between them.
    pub scopes: String,
    /// JSON object.
    pub data: String,
    /// Unix milliseconds.
    pub created_at: i64,
    /// Unix milliseconds.
    pub expires_at: i64,
    /// When it was exchanged, Unix milliseconds.
    pub used_at: Option<i64>,
}

/// The columns of codes and tokens, for generated lists.
pub const TOKEN_COLUMNS: &str =
    "id, grant_id, provider_id, user_id, kind, hash, scopes, data, created_at, expires_at, used_at";

macro_rules! grants {
    ($rest:expr) => {
        concat!(
            "SELECT id, provider_id, user_id, session_id, ends_with_session, scopes, facts, created_at, \
             expires_at FROM grants ",
            $rest
        )
    };
}

macro_rules! tokens {
    ($rest:expr) => {
        concat!(
            "SELECT id, grant_id, provider_id, user_id, kind, hash, scopes, data, created_at, expires_at, \
             used_at FROM grant_tokens ",
            $rest
        )
    };
}

macro_rules! live_grant {
    () => {
        "(NOT ends_with_session OR EXISTS (SELECT 1 FROM sessions WHERE sessions.id = grants.session_id \
         AND sessions.expires_at > $2 AND sessions.last_used_at + sessions.idle_ms > $2))"
    };
}

macro_rules! insert_grant {
    () => {
        "INSERT INTO grants (id, provider_id, user_id, session_id, ends_with_session, scopes, facts, \
         created_at, expires_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)"
    };
}

macro_rules! insert_token {
    ($values:literal) => {
        concat!(
            "INSERT INTO grant_tokens (grant_id, provider_id, user_id, kind, hash, scopes, data, created_at, \
             expires_at) VALUES (",
            $values,
            ")"
        )
    };
}

pub mod issue;

macro_rules! hold {
    ($rest:literal) => {
        concat!(
            "UPDATE grants SET expires_at = CASE WHEN expires_at < $2 THEN $2 ELSE expires_at END WHERE id = $1",
            $rest
        )
    };
}

macro_rules! redeem {
    ($rest:literal) => {
        concat!(
            "UPDATE grant_tokens SET used_at = $5 WHERE hash = $3 AND kind = $4 AND grant_id = $1 \
             AND provider_id = $6 AND expires_at > $5 AND used_at IS NULL",
            $rest,
            " RETURNING id"
        )
    };
}

/// In one message: `SQLite` carries out one after the other, and has one writer.
const REDEEM_SQLITE: &str = concat!(hold!(""), "; ", redeem!(""));
/// In one statement: the token's row is looked for under the lock of its grant's.
const REDEEM_POSTGRES: &str = concat!(
    "WITH held AS (",
    hold!(" RETURNING id"),
    ") ",
    redeem!(" AND grant_id IN (SELECT id FROM held)")
);

crate::statements! {
    INSERT = insert_grant!();
    FIND = grants!("WHERE id = $1");
    FIND_LIVE = concat!(grants!("WHERE id = $1 AND expires_at > $2 AND "), live_grant!());
    HOLD = hold!("");
    HOLD_TOKEN = "UPDATE grant_tokens SET expires_at = expires_at WHERE id = $1 AND expires_at > $2";
    TIE = "UPDATE grants SET subject_token = $2 WHERE id = $1";
    PROLONG = "UPDATE grants SET expires_at = $2 WHERE id = $1 AND expires_at < $2";
    DELETE = "DELETE FROM grants WHERE id = $1";
    DELETE_OF = "DELETE FROM grants WHERE user_id = $1 AND provider_id = $2";
    DELETE_OF_SESSION = "DELETE FROM grants WHERE session_id = $1 AND provider_id = $2 \
              AND ends_with_session";
    DELETE_OF_USER = "DELETE FROM grants WHERE user_id = $1 AND (session_id IS NULL OR session_id <> $2)";
    DELETE_OF_PROVIDER = "DELETE FROM grants WHERE provider_id = $1";
    INSERT_TOKEN = insert_token!("$1, $2, $3, $4, $5, $6, $7, $8, $9");
    FIND_TOKEN = tokens!("WHERE hash = $1 AND kind = $2");
    FIND_NUMBERED = tokens!("WHERE id = $1 AND kind = $2 AND expires_at > $3");
    DELETE_TOKEN = "DELETE FROM grant_tokens WHERE id = $1";
}

/// Adds a grant.
///
/// # Errors
///
/// Only if the database fails.
pub async fn insert(tx: &mut Tx, row: &GrantRow) -> Result<()> {
    execute!(
        tx,
        INSERT,
        &row.id,
        row.provider_id,
        row.user_id,
        &row.session_id,
        row.ends_with_session,
        &row.scopes,
        &row.facts,
        row.created_at,
        row.expires_at
    )
    .map(drop)
}

/// The grant with this id, live or not.
///
/// # Errors
///
/// Only if the database fails.
pub async fn find(tx: &mut Tx, id: &str) -> Result<Option<GrantRow>> {
    on!(tx, |c| sqlx::query_as(FIND)
        .bind(id)
        .fetch_optional(c)
        .await)
}

/// The grant with this id, if it still counts.
///
/// # Errors
///
/// Only if the database fails.
pub async fn find_live(tx: &mut Tx, id: &str, now: i64) -> Result<Option<GrantRow>> {
    on!(tx, |c| sqlx::query_as(FIND_LIVE)
        .bind(id)
        .bind(now)
        .fetch_optional(c)
        .await)
}

/// Keeps a grant from being taken away until the transaction ends, and lets it live at least until
/// then; answers whether it is there. Whoever writes below a grant holds it first, or two writers would
/// wait for each other.
///
/// # Errors
///
/// Only if the database fails.
pub async fn hold(tx: &mut Tx, id: &str, until: i64) -> Result<bool> {
    Ok(execute!(tx, HOLD, id, until)? == 1)
}

/// Keeps a token from being taken away until the transaction ends, after its grant was held; answers
/// whether it is there and not late.
///
/// # Errors
///
/// Only if the database fails.
pub async fn hold_token(tx: &mut Tx, id: i64, now: i64) -> Result<bool> {
    Ok(execute!(tx, HOLD_TOKEN, id, now)? == 1)
}

/// Lets a grant end with the token that it began with: one that is held.
///
/// # Errors
///
/// Only if the database fails.
pub async fn tie(tx: &mut Tx, id: &str, subject_token: i64) -> Result<()> {
    execute!(tx, TIE, id, subject_token).map(drop)
}

/// Lets a grant live until `expires_at`, if it ended sooner.
///
/// # Errors
///
/// Only if the database fails.
pub async fn prolong(tx: &mut Tx, id: &str, expires_at: i64) -> Result<()> {
    execute!(tx, PROLONG, id, expires_at).map(drop)
}

/// Takes a grant away with everything that was issued for it; answers whether it was there.
///
/// # Errors
///
/// Only if the database fails.
pub async fn delete(tx: &mut Tx, id: &str, now: i64) -> Result<bool> {
    let gone = execute!(tx, DELETE, id)?;
    Ok(told(tx, gone, now).await? == 1)
}

/// What was taken away is told; what hangs on it may be another app's, so all of them hear.
async fn told(tx: &mut Tx, gone: u64, now: i64) -> Result<u64> {
    if gone > 0 {
        change::record(tx, Topic::Grant, "", now).await?;
    }
    Ok(gone)
}

/// Takes away everything that somebody granted over one provider.
///
/// # Errors
///
/// Only if the database fails.
pub async fn delete_of(tx: &mut Tx, user_id: i64, provider_id: i64, now: i64) -> Result<u64> {
    let gone = execute!(tx, DELETE_OF, user_id, provider_id)?;
    told(tx, gone, now).await
}

/// Takes away everything that somebody granted, but in the session `keep` (empty: in every one).
///
/// # Errors
///
/// Only if the database fails.
pub async fn delete_of_user(tx: &mut Tx, user_id: i64, keep: &str, now: i64) -> Result<u64> {
    let gone = execute!(tx, DELETE_OF_USER, user_id, keep)?;
    told(tx, gone, now).await
}

/// Takes away what was granted over one provider in a session, and ends with it.
///
/// # Errors
///
/// Only if the database fails.
pub async fn delete_of_session(
    tx: &mut Tx,
    session_id: &str,
    provider_id: i64,
    now: i64,
) -> Result<u64> {
    let gone = execute!(tx, DELETE_OF_SESSION, session_id, provider_id)?;
    told(tx, gone, now).await
}

/// Takes away everything that was granted over a provider that is gone.
///
/// # Errors
///
/// Only if the database fails.
pub async fn delete_of_provider(tx: &mut Tx, provider_id: i64, now: i64) -> Result<u64> {
    let gone = execute!(tx, DELETE_OF_PROVIDER, provider_id)?;
    told(tx, gone, now).await
}

/// Stores a code or a token; its `id` and `used_at` are not looked at.
///
/// # Errors
///
/// [`crate::StoreError::Conflict`] if the hash exists.
pub async fn insert_token(tx: &mut Tx, row: &GrantTokenRow) -> Result<()> {
    execute!(
        tx,
        INSERT_TOKEN,
        &row.grant_id,
        row.provider_id,
        row.user_id,
        &row.kind,
        &row.hash,
        &row.scopes,
        &row.data,
        row.created_at,
        row.expires_at
    )
    .map(drop)
}

/// What uses a code or a refresh token.
#[derive(Clone, Copy, Debug)]
pub struct Redemption<'a> {
    /// The grant that it was issued for.
    pub grant_id: &'a str,
    /// base64url(SHA-256(value)).
    pub hash: &'a str,
    /// Which of them.
    pub kind: TokenKind,
    /// What the app that brings it uses.
    pub provider_id: i64,
    /// The grant lives at least so long, Unix milliseconds.
    pub until: i64,
}

/// Uses a code or a refresh token, and holds its grant; answers whether it was there: neither unknown,
/// late, used, another app's, nor gone with its grant.
///
/// # Errors
///
/// Only if the database fails.
pub async fn redeem(tx: &mut Tx, it: Redemption<'_>, now: i64) -> Result<bool> {
    let sql = tx.either(REDEEM_SQLITE, REDEEM_POSTGRES);
    let won: Option<i64> = on!(tx, |c| sqlx::query_scalar(sql)
        .bind(it.grant_id)
        .bind(it.until)
        .bind(it.hash)
        .bind(it.kind.word())
        .bind(now)
        .bind(it.provider_id)
        .fetch_optional(c)
        .await)?;
    Ok(won.is_some())
}

/// A code or token by its hash, whatever became of it.
///
/// # Errors
///
/// Only if the database fails.
pub async fn find_token(tx: &mut Tx, hash: &str, kind: TokenKind) -> Result<Option<GrantTokenRow>> {
    on!(tx, |c| sqlx::query_as(FIND_TOKEN)
        .bind(hash)
        .bind(kind.word())
        .fetch_optional(c)
        .await)
}

/// A live code or token by its number.
///
/// # Errors
///
/// Only if the database fails.
pub async fn find_numbered(
    tx: &mut Tx,
    id: i64,
    kind: TokenKind,
    now: i64,
) -> Result<Option<GrantTokenRow>> {
    on!(tx, |c| sqlx::query_as(FIND_NUMBERED)
        .bind(id)
        .bind(kind.word())
        .bind(now)
        .fetch_optional(c)
        .await)
}

/// Takes one code or token away; answers whether it was there.
///
/// # Errors
///
/// Only if the database fails.
pub async fn delete_token(tx: &mut Tx, id: i64, now: i64) -> Result<bool> {
    let gone = execute!(tx, DELETE_TOKEN, id)?;
    Ok(told(tx, gone, now).await? == 1)
}
