//! Recovery codes: a list for the day when nothing else is at hand.
//!
//! Rule: a code is shown once, when its list is made, and only its slow hash is kept. A new list
//! replaces the one before it.

use doorward_protocol::password::{Salt, hash_salted_in};
use doorward_protocol::recovery_code;
use doorward_store::device::{self, DeviceRow};
use doorward_store::{StoreError, Tx};

use super::{Class, NewDevice, add, next_id, remove};
use crate::context::Context;
use crate::engine::{Engine, Fault};

/// So many lists of one person are looked at: each costs a slow hash.
const LISTS_MAX: usize = 2;

/// New codes. Each has a letter, so that none can be mistaken for the code of an app.
pub(crate) fn generate(count: usize, chars: usize) -> Vec<String> {
    let has_letter = |code: &String| code.bytes().any(|byte| byte.is_ascii_alphabetic());
    let codes = std::iter::repeat_with(|| recovery_code::generate(chars));
    codes.filter(has_letter).take(count).collect()
}

/// Codes as they are kept.
pub(crate) struct Hashed {
    hashes: Vec<String>,
}

/// Hashes a list, one code after the other, under one salt.
///
/// # Errors
///
/// [`Fault::Busy`] if the queue is full.
pub(crate) async fn hash(engine: &Engine, codes: &[String]) -> Result<Hashed, Fault> {
    let salt = Salt::generate();
    let mut hashes = Vec::with_capacity(codes.len());
    for code in codes {
        hashes.extend(hash_one(engine, code.clone(), salt.clone()).await?);
    }
    Ok(Hashed { hashes })
}

async fn hash_one(engine: &Engine, code: String, salt: Salt) -> Result<Option<String>, Fault> {
    let hashed = engine
        .hashes
        .run(move |memory| hash_salted_in(memory, &code, &salt))
        .await?;
    Ok(hashed.ok())
}

/// Keeps a list in place of those before it.
pub(crate) async fn keep(
    engine: &Engine,
    tx: &mut Tx,
    ctx: &Context,
    user: i64,
    list: &Hashed,
) -> Result<i64, StoreError> {
    for former in device::of_user(tx, user).await? {
        if former.kind == Class::Static.word() {
            remove(engine, tx, ctx, &former).await?;
        }
    }
    let id = next_id(tx).await?;
    let new = NewDevice {
        id,
        user,
        class: Class::Static,
        name: "Recovery codes",
        data: list.hashes.first().cloned().unwrap_or_default(),
        credential: None,
        counter: 0,
    };
    add(engine, tx, ctx, new).await?;
    for hash in &list.hashes {
        device::insert_code(tx, id, hash).await?;
    }
    Ok(id)
}

/// What a typed code would be in each of these lists. Slow, so it is asked before a transaction.
///
/// # Errors
///
/// [`Fault::Busy`] if the queue is full.
pub(crate) async fn candidates(
    engine: &Engine,
    devices: &[&DeviceRow],
    typed: &str,
) -> Result<Vec<(i64, String)>, Fault> {
    let code = recovery_code::read(typed);
    let mut found = Vec::new();
    for row in devices.iter().take(LISTS_MAX) {
        let Some(salt) = Salt::of(&row.data) else {
            continue;
        };
        let hash = hash_one(engine, code.clone(), salt).await?;
        found.extend(hash.map(|hash| (row.id, hash)));
    }
    Ok(found)
}

/// Uses the first of these that is good; answers whose list it was on.
pub(crate) async fn use_first(
    tx: &mut Tx,
    candidates: &[(i64, String)],
    now: i64,
) -> Result<Option<i64>, StoreError> {
    for (device, hash) in candidates {
        if device::use_code(tx, *device, hash, now).await? {
            return Ok(Some(*device));
        }
    }
    Ok(None)
}
