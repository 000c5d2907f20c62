//! Help for the locked-out: links that sign somebody in once, and passwords set from outside.
//!
//! Owns `doorward recovery-link` and `doorward change-password`. Rule: a link is a one-time row that
//! one conditional write spends; only its hash is stored, it is worth nothing once its person has
//! another password, whoever set it, and a person who may not sign in does not by a link either.

use std::time::Duration;

use doorward_protocol::encoding;
use doorward_protocol::password::PasswordError;
use doorward_store::one_time::{self, Purpose};
use doorward_store::user::UserRow;
use doorward_store::{StoreError, Topic, Tx, change, user};
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::context::Context;
use crate::engine::{Engine, Fault};
use crate::event::{self, Action};
use crate::first_run::{self, SignedIn};
use crate::mail::{self, Letter, Purse, Subject, Unsent};
use crate::session::{self, NewSession};
use crate::settings::milliseconds;

/// Why a locked-out person could not be helped.
#[derive(Debug, thiserror::Error)]
pub enum RecoveryError {
    /// Nobody has that name.
    #[error("nobody has that name")]
    NoSuchUser,
    /// They are not active.
    #[error("the account is not active")]
    Inactive,
    /// The password may not be one.
    #[error(transparent)]
    Unusable(#[from] PasswordError),
    /// They have no mail address.
    #[error("the account has no mail address")]
    NoMailAddress,
    /// Nobody knows what a link would lead to.
    #[error("the public address is not known")]
    NoPublicAddress,
    /// It cannot be mailed.
    #[error(transparent)]
    Unsent(#[from] Unsent),
    /// Our fault.
    #[error(transparent)]
    Fault(#[from] Fault),
}

impl From<StoreError> for RecoveryError {
    fn from(error: StoreError) -> Self {
        Self::Fault(error.into())
    }
}

/// What a link stands for.
#[derive(Serialize, Deserialize)]
struct Payload {
    user: i64,
    /// When the password was set that the link stands in for. Missing in rows of older versions:
    /// then nobody's.
    #[serde(default)]
    password_changed_at: i64,
    /// The address it was mailed to; it must still be theirs.
    #[serde(default)]
    email: Option<String>,
}

impl Payload {
    fn of(row: &UserRow) -> Self {
        Self {
            user: row.id,
            password_changed_at: row.password_changed_at,
            email: None,
        }
    }

    fn lets_in(&self, row: &UserRow) -> bool {
        row.is_active
            && row.password_changed_at == self.password_changed_at
            && self.email.as_ref().is_none_or(|email| *email == row.email)
    }

    /// What it begins. Whoever is handed a link by the operator is known to them; a mailed one proves
    /// a mailbox.
    fn session<'a>(&self, engine: &Engine, replaces: Option<&'a str>) -> NewSession<'a> {
        NewSession {
            user_id: self.user,
            password_changed_at: self.password_changed_at,
            auth_method: match self.email {
                Some(_) => session::BY_MAIL,
                None => "recovery_link",
            },
            lifetime: engine.settings.session,
            replaces,
        }
    }
}

/// Makes a link's secret for somebody; it works once within `lifetime`.
///
/// # Errors
///
/// [`RecoveryError::NoSuchUser`], [`RecoveryError::Inactive`].
pub async fn make_link(
    engine: &Engine,
    ctx: &Context,
    username: &str,
    lifetime: Duration,
) -> Result<String, RecoveryError> {
    let mut tx = engine.store.begin().await?;
    let row = find(&mut tx, username)
        .await?
        .ok_or(RecoveryError::NoSuchUser)?;
    let key = add_link(engine, &mut tx, ctx, &row, Payload::of(&row), lifetime).await?;
    engine.commit(tx).await?;
    Ok(key)
}

/// Sends somebody a link by mail and answers the address; it works once within `lifetime`, and only
/// while that is still their address (CVE-2026-115770). `stage` is the e-mail stage that sends it. It leads to the configured address, whatever
/// any request says (GHSA-2wmj-46rj-qm2w).
///
/// # Errors
///
/// [`RecoveryError`].
pub async fn mail_link(
    engine: &Engine,
    ctx: &Context,
    username: &str,
    lifetime: Duration,
    stage: Option<String>,
) -> Result<String, RecoveryError> {
    let base = engine.snapshot().public_url();
    let base = base.ok_or(RecoveryError::NoPublicAddress)?;
    let mut tx = engine.store.begin().await?;
    let row = find(&mut tx, username)
        .await?
        .ok_or(RecoveryError::NoSuchUser)?;
    if row.email.is_empty() {
        return Err(RecoveryError::NoMailAddress);
    }
    let payload = Payload {
        email: Some(row.email.clone()),
        ..Payload::of(&row)
    };
    let key = add_link(engine, &mut tx, ctx, &row, payload, lifetime).await?;
    let url = base.join(&format!("/recovery/use-token/{key}/"));
    let letter = Letter {
        subject: Subject::PasswordReset,
        to: row.email.clone(),
        name: row.name,
        username: row.username,
        url: url.ok().map(String::from),
        code: None,
        stage,
        template: None,
        written: None,
        expires_at: ctx.now.saturating_add(milliseconds(lifetime)),
    };
    mail::post(engine, &mut tx, &letter, Purse::People, ctx.now).await?;
    engine.commit(tx).await?;
    Ok(row.email)
}

/// Writes a link down, by its hash, and tells of it.
async fn add_link(
    engine: &Engine,
    tx: &mut Tx,
    ctx: &Context,
    row: &UserRow,
    payload: Payload,
    lifetime: Duration,
) -> Result<String, RecoveryError> {
    if !row.is_active {
        return Err(RecoveryError::Inactive);
    }
    let key = encoding::random_token(32);
    let (hash, payload) = (session::hash_text(&key), json!(payload).to_string());
    let expires_at = ctx.now.saturating_add(milliseconds(lifetime));
    one_time::insert(tx, &hash, Purpose::Recovery, &payload, expires_at).await?;
    let context = json!({ "message": "Recovery link made", "user": of(row) });
    let action = Action::SecretView;
    event::record(engine, tx, ctx, action, "authentik.core", context).await?;
    Ok(key)
}

/// The name of whom a link would sign in, without spending it; `None` if it would nobody.
///
/// # Errors
///
/// Only if the database fails.
pub async fn holder(engine: &Engine, ctx: &Context, key: &str) -> Result<Option<String>, Fault> {
    let mut tx = engine.store.read().await?;
    let payload = one_time::find_live(
        &mut tx,
        &session::hash_text(key),
        Purpose::Recovery,
        ctx.now,
    )
    .await?;
    let Some(payload) = payload else {
        return Ok(None);
    };
    let link = parse(&payload)?;
    let row = user::find(&mut tx, link.user).await?;
    Ok(row.filter(|row| link.lets_in(row)).map(|row| row.username))
}

/// Spends a link and signs its person in; `None` if it is unknown, late or spent, if they may not or
/// have another password since.
///
/// # Errors
///
/// Only if the database fails.
pub async fn use_link(
    engine: &Engine,
    ctx: &Context,
    key: &str,
    replaces: Option<&str>,
) -> Result<Option<SignedIn>, Fault> {
    let mut tx = engine.store.begin().await?;
    let hash = session::hash_text(key);
    let payload = one_time::redeem(&mut tx, &hash, Purpose::Recovery, ctx.now).await?;
    let Some(payload) = payload else {
        return Ok(None);
    };
    let link = parse(&payload)?;
    let row = user::find(&mut tx, link.user).await?;
    let begun = if row.is_some_and(|row| link.lets_in(&row)) {
        let new = link.session(engine, replaces);
        session::begin(&mut tx, ctx, new).await?
    } else {
        None
    };
    if begun.is_some() {
        first_run::record_login(engine, &mut tx, ctx, link.user, "recovery_link").await?;
    }
    // The link is spent all the same.
    engine.commit(tx).await?;
    Ok(begun.map(|(begun, sid)| SignedIn {
        user_id: link.user,
        session_id: begun.id,
        sid,
    }))
}

/// Sets somebody's password and ends all their sessions.
///
/// # Errors
///
/// [`RecoveryError::NoSuchUser`], [`RecoveryError::Unusable`].
pub async fn change_password(
    engine: &Engine,
    ctx: &Context,
    username: &str,
    password: String,
) -> Result<(), RecoveryError> {
    let encoded = engine.hashes.hash_new(password).await??;
    let mut tx = engine.store.begin().await?;
    let row = find(&mut tx, username)
        .await?
        .ok_or(RecoveryError::NoSuchUser)?;
    engine
        .set_password(&mut tx, row.id, &encoded, ctx.now)
        .await?;
    session::end_all_of(&mut tx, row.id, "", ctx.now).await?;
    change::record(&mut tx, Topic::User, row.id, ctx.now).await?;
    let context = json!({ "user": of(&row) });
    event::record(
        engine,
        &mut tx,
        ctx,
        Action::PasswordSet,
        "authentik.core",
        context,
    )
    .await?;
    engine.commit(tx).await?;
    Ok(())
}

/// Exactly this name, or the only one that differs in case alone.
async fn find(tx: &mut Tx, username: &str) -> Result<Option<UserRow>, StoreError> {
    if let Some(row) = user::find_by_username(tx, username).await? {
        return Ok(Some(row));
    }
    let mut alike = user::find_by_username_key(tx, &user::fold(username)).await?;
    Ok(if alike.len() == 1 { alike.pop() } else { None })
}

fn of(row: &UserRow) -> serde_json::Value {
    json!({ "pk": row.id, "username": row.username })
}

fn parse(payload: &str) -> Result<Payload, Fault> {
    serde_json::from_str(payload)
        .map_err(|error| Fault::Broken(format!("a recovery link cannot be read: {error}")))
}

#[cfg(test)]
mod tests;
