//! The key ring: from wrapped rows to [`Keys`], made on the first start.
//!
//! The secret key never seals anything but the ring's rows. So replacing it rewraps a few rows, and
//! a wrong one is noticed at once, before anything is touched.

use doorward_protocol::encoding;
use doorward_protocol::seal::{Kek, Keys, RingKey};
use doorward_store::{Store, StoreError, Tx, key_ring};

use crate::engine::Fault;

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
const FIRST_KID: &str = "k1";

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
