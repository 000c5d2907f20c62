//! The key ring: from wrapped rows to [`Keys`], made on the first start.
//!
//! The secret key never seals anything but the ring's rows. So replacing it rewraps a few rows, and
//! a wrong one is noticed at once, before anything is touched. A key of the ring is replaced in two
//! steps: it is added, every server is restarted and so knows it, and only then it becomes the
//! current one. Rule: no key is removed, so whoever read the ring later than a key was added opens
//! whatever that key sealed. That every server was restarted between the steps is the operator's
//! part ([decision 8](../../../docs/decisions/0008-ring-keys-in-two-steps.md)): nothing here knows
//! how many servers there are.

use doorward_protocol::encoding;
use doorward_protocol::seal::{Kek, Keys, RingKey};
use doorward_store::{Store, StoreError, Tx, key_ring};
use serde_json::json;

use crate::context::Context;
use crate::engine::{Engine, Fault};
use crate::event::{self, Action};

/// Opens the ring, making its first key when there is none.
///
/// `previous` holds former secret keys: rows wrapped with one of them are rewrapped.
///
/// # Errors
///
/// [`Fault::Broken`] if no secret key fits, with words for the operator.
pub async fn open(
    store: &Store,
    secret_key: &str,
    previous: &[String],
    now: i64,
) -> Result<Keys, Fault> {
    let current = Kek::derive(secret_key);
    let mut tx = store.begin().await?;
    if key_ring::all(&mut tx).await?.is_empty() {
        add_first(&mut tx, &current, now).await?;
    }
    let rows = key_ring::all(&mut tx).await?;
    let active = rows
        .iter()
        .find(|row| row.active)
        .map(|row| row.kid.clone())
        .unwrap_or_default();
    let mut ring = Vec::with_capacity(rows.len());
    for row in rows {
        ring.push(unwrap_or_rewrap(&mut tx, &current, previous, &row).await?);
    }
    // Rewrapping changes no key, so there is nothing to apply.
    drop(tx.commit().await?);
    Keys::new(ring, &active)
        .map_err(|error| Fault::Broken(format!("the key ring is broken: {error}")))
}

/// Two first starts at once: the fixed kid lets one insert win.
pub(crate) const FIRST_KID: &str = "k1";

async fn add_first(tx: &mut Tx, kek: &Kek, now: i64) -> Result<(), StoreError> {
    let key =
        RingKey::new(FIRST_KID, encoding::random_bytes()).expect("the first kid is well formed");
    let wrapped = kek.wrap(&key);
    let row = key_ring::RingRow {
        kid: FIRST_KID.to_owned(),
        wrapped,
        active: true,
        created_at: now,
    };
    key_ring::insert_first(tx, &row).await
}

async fn unwrap_or_rewrap(
    tx: &mut Tx,
    current: &Kek,
    previous: &[String],
    row: &key_ring::RingRow,
) -> Result<RingKey, Fault> {
    if let Ok(key) = current.unwrap(&row.kid, &row.wrapped) {
        return Ok(key);
    }
    for old in previous {
        if let Ok(key) = Kek::derive(old).unwrap(&row.kid, &row.wrapped) {
            key_ring::rewrap(tx, &row.kid, &current.wrap(&key)).await?;
            return Ok(key);
        }
    }
    Err(Fault::Broken(
        "the secret key does not fit this database: start with the one it was made with, or name that one in \
         DOORWARD_SECRET_KEY_PREVIOUS once"
            .to_owned(),
    ))
}

/// One key of the ring, as people may see it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listed {
    /// Its name, in front of everything it seals.
    pub kid: String,
    /// Whether new values are sealed with it.
    pub is_current: bool,
    /// Unix milliseconds.
    pub created_at: i64,
}

/// Every key of the ring, oldest first.
///
/// # Errors
///
/// Only if the database fails.
pub async fn list(engine: &Engine) -> Result<Vec<Listed>, Fault> {
    let mut tx = engine.store.read().await?;
    let rows = key_ring::all(&mut tx).await?;
    let listed = rows.into_iter().map(|row| Listed {
        kid: row.kid,
        is_current: row.active,
        created_at: row.created_at,
    });
    Ok(listed.collect())
}

/// Adds a key that seals nothing yet; answers its name.
///
/// # Errors
///
/// Only if the database fails.
pub async fn add(engine: &Engine, ctx: &Context, secret_key: &str) -> Result<String, Fault> {
    let key = RingKey::generate();
    let row = key_ring::RingRow {
        kid: key.kid.clone(),
        wrapped: Kek::derive(secret_key).wrap(&key),
        active: false,
        created_at: ctx.now,
    };
    let mut tx = engine.store.begin().await?;
    key_ring::insert(&mut tx, &row).await?;
    record(engine, &mut tx, ctx, "Key added to the ring", &row.kid).await?;
    engine.commit(tx).await?;
    Ok(row.kid)
}

/// Lets `kid` seal what is new from the next start on; answers whether the ring holds it.
///
/// # Errors
///
/// Only if the database fails.
pub async fn make_current(engine: &Engine, ctx: &Context, kid: &str) -> Result<bool, Fault> {
    let mut tx = engine.store.begin().await?;
    if !key_ring::make_current(&mut tx, kid).await? {
        return Ok(false);
    }
    record(engine, &mut tx, ctx, "Key of the ring made current", kid).await?;
    engine.commit(tx).await?;
    Ok(true)
}

async fn record(
    engine: &Engine,
    tx: &mut Tx,
    ctx: &Context,
    message: &str,
    kid: &str,
) -> Result<(), StoreError> {
    let context = json!({ "message": message, "kid": kid });
    let app = "authentik.core";
    event::record(engine, tx, ctx, Action::SecretRotate, app, context).await
}

#[cfg(test)]
mod tests;
