//! Things that work once: the ticket between login page and app, the recovery link.
//!
//! Rule: [`redeem`] is the only way to use one, and of any number of callers one gets the row.
//! Late, spent and unknown look alike; only [`find_spent`] can tell that something was spent.

use crate::{Result, Tx, execute, on};

/// What a one-time secret is for; one purpose's secret is worth nothing to another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// From the login page back to an app's host.
    Ticket,
    /// Signs a locked-out person in.
    Recovery,
    /// Goes on with a flow: a link in a letter.
    FlowLink,
    /// A code that was mailed.
    EmailCode,
    /// A challenge that was answered; it is stored only then.
    Challenge,
    /// A run of a flow that has opened an application; it is stored only then.
    Run,
    /// A client's signed word on who it is; it is stored only once it was used.
    Assertion,
    /// A client's proof that it holds a key; it is stored only once it was used.
    Proof,
    /// A session that ended because its client had moved: tells its browser why.
    Moved,
}

impl Purpose {
    fn word(self) -> &'static str {
        match self {
            Self::Ticket => "ticket",
            Self::Recovery => "recovery",
            Self::FlowLink => "flow_link",
            Self::EmailCode => "email_code",
            Self::Challenge => "challenge",
            Self::Run => "run",
            Self::Assertion => "assertion",
            Self::Proof => "proof",
            Self::Moved => "moved",
        }
    }
}

crate::statements! {
    INSERT = "INSERT INTO one_time (hash, purpose, payload, expires_at) VALUES ($1, $2, $3, $4)";
    INSERT_NEW = "INSERT INTO one_time (hash, purpose, payload, expires_at) VALUES ($1, $2, $3, $4) \
              ON CONFLICT (hash) DO NOTHING";
    REDEEM = "UPDATE one_time SET used_at = $3 \
              WHERE hash = $1 AND purpose = $2 AND expires_at > $3 AND used_at IS NULL RETURNING payload";
    FIND_LIVE = "SELECT payload FROM one_time \
              WHERE hash = $1 AND purpose = $2 AND expires_at > $3 AND used_at IS NULL";
    FIND_SPENT = "SELECT payload FROM one_time \
              WHERE hash = $1 AND purpose = $2 AND expires_at > $3 AND used_at IS NOT NULL";
}

/// Stores the hash of a secret with what it stands for (JSON).
///
/// # Errors
///
/// [`crate::StoreError::Conflict`] if the hash exists.
pub async fn insert(
    tx: &mut Tx,
    hash: &str,
    purpose: Purpose,
    payload: &str,
    expires_at: i64,
) -> Result<()> {
    execute!(tx, INSERT, hash, purpose.word(), payload, expires_at).map(drop)
}

/// The same, unless the hash exists; answers whether it was added.
///
/// # Errors
///
/// Only if the database fails.
pub async fn insert_new(
    tx: &mut Tx,
    hash: &str,
    purpose: Purpose,
    payload: &str,
    expires_at: i64,
) -> Result<bool> {
    let added = execute!(tx, INSERT_NEW, hash, purpose.word(), payload, expires_at)?;
    Ok(added == 1)
}

/// Spends a secret and answers what it stood for; `None` if it is unknown, late or spent.
///
/// # Errors
///
/// Only if the database fails.
pub async fn redeem(tx: &mut Tx, hash: &str, purpose: Purpose, now: i64) -> Result<Option<String>> {
    on!(tx, |c| sqlx::query_scalar(REDEEM)
        .bind(hash)
        .bind(purpose.word())
        .bind(now)
        .fetch_optional(c)
        .await)
}

/// What a live secret stands for, without spending it.
///
/// # Errors
///
/// Only if the database fails.
pub async fn find_live(
    tx: &mut Tx,
    hash: &str,
    purpose: Purpose,
    now: i64,
) -> Result<Option<String>> {
    on!(tx, |c| sqlx::query_scalar(FIND_LIVE)
        .bind(hash)
        .bind(purpose.word())
        .bind(now)
        .fetch_optional(c)
        .await)
}

/// What a secret stood for that was spent and is not yet late.
///
/// # Errors
///
/// Only if the database fails.
pub async fn find_spent(
    tx: &mut Tx,
    hash: &str,
    purpose: Purpose,
    now: i64,
) -> Result<Option<String>> {
    on!(tx, |c| sqlx::query_scalar(FIND_SPENT)
        .bind(hash)
        .bind(purpose.word())
        .bind(now)
        .fetch_optional(c)
        .await)
}
