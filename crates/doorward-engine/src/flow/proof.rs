//! Proving a password: the same answer, after the same work, whoever was named.
//!
//! Rule: the attempt is counted before the hash, an unknown name costs a hash too, and the answer
//! does not tell an unknown name, a wrong password and a disabled account apart (CVE-2023-39522).

use doorward_protocol::password::{Verdict, dummy_hash, is_supported};
use doorward_protocol::seal::Purpose;
use doorward_store::StoreError;
use doorward_store::user::{self, UserRow, fold};
use serde_json::json;

use super::Mistake;
use super::run::Proof;
use super::walk::Walk;
use crate::context::Actor;
use crate::engine::Fault;
use crate::event::{self, Action};
use crate::reputation;
use crate::throttle::{self, Attempt, Subject};

/// A hash to be replaced by a stronger one of the same password.
pub(super) struct Rehash {
    pub user: i64,
    pub old: String,
    pub new: String,
}

/// When our own queue is full, the next try is in so long.
const BUSY_MS: i64 = 2000;

/// Checks `password` for the run's person; `wrong` is what a failure is called on this stage.
pub(super) async fn password(
    walk: &mut Walk<'_>,
    password: &str,
    wrong: Mistake,
) -> Result<Result<(), Mistake>, Fault> {
    let (row, instead) = named(walk).await?;
    let key = fold(&walk.run.identifier);
    let subject = row
        .as_ref()
        .map_or(Subject::Name(&key), |row| Subject::Account(row.id));
    let counted = match throttle::begin(walk.engine, walk.ctx, subject, &walk.visit.browser).await?
    {
        Attempt::Blocked { until } => return Ok(Err(Mistake::TooMany { until })),
        Attempt::Allowed(counted) => counted,
    };
    let encoded = row.as_ref().map_or(instead, |row| row.password.clone());
    let verdict = match compare(walk, password, encoded).await {
        Err(Fault::Busy) => {
            throttle::undo(walk.engine, &counted).await?;
            let until = walk.ctx.now + BUSY_MS;
            return Ok(Err(Mistake::TooMany { until }));
        }
        verdict => verdict?,
    };
    let proven = row.filter(|row| row.is_active && is_supported(&row.password));
    if let (Verdict::Match { needs_rehash }, Some(row)) = (verdict, proven) {
        walk.counted = Some(counted);
        walk.run
            .prove(row.id, Proof::Password, row.password_changed_at);
        if needs_rehash {
            walk.rehash = stronger(walk, row, password).await;
        }
        return Ok(Ok(()));
    }
    walk.run.failures += 1;
    note_failure(walk).await?;
    Ok(Err(wrong))
}

/// Hashes in any case: what cannot be compared costs as much.
async fn compare(walk: &Walk<'_>, password: &str, encoded: String) -> Result<Verdict, Fault> {
    let encoded = if is_supported(&encoded) {
        encoded
    } else {
        dummy_hash().to_owned()
    };
    let hashes = &walk.engine.hashes;
    hashes.verify(password.to_owned(), encoded).await
}

/// Who was typed, or who is signed in when this flow asks for no name; and the hash to spend time
/// on when that is nobody.
///
/// Imported hashes cost far more than our own until their owners sign in. So a name that nobody has
/// costs what some account's hash costs, always the same one, and its result is ignored.
async fn named(walk: &Walk<'_>) -> Result<(Option<UserRow>, String), StoreError> {
    let mut tx = walk.engine.store.read().await?;
    let row = match (&*walk.run.identifier, walk.ctx.actor.person()) {
        ("", Some(person)) => user::find(&mut tx, person.id).await?,
        (name, _) => walk.run.lookup.find(&mut tx, name).await?,
    };
    let text = format!("place {}", fold(&walk.run.identifier));
    let [high, low, ..] = walk.engine.keys.mac(Purpose::Throttle, text.as_bytes());
    let place = u16::from_be_bytes([high, low]);
    let somebodys = user::password_of_somebody(&mut tx, place).await?;
    Ok((row, somebodys.unwrap_or_default()))
}

/// A stronger hash; when the queue is full, the next sign-in makes it.
async fn stronger(walk: &Walk<'_>, row: UserRow, password: &str) -> Option<Rehash> {
    let new = walk
        .engine
        .hashes
        .hash(password.to_owned())
        .await
        .ok()?
        .ok()?;
    Some(Rehash {
        user: row.id,
        old: row.password,
        new,
    })
}

async fn note_failure(walk: &Walk<'_>) -> Result<(), StoreError> {
    let mut tx = walk.engine.store.begin().await?;
    let ctx = crate::Context {
        actor: Actor::Anonymous,
        ..walk.ctx.clone()
    };
    let context = json!({ "username": walk.run.identifier, "flow": walk.run.flow });
    event::record(
        walk.engine,
        &mut tx,
        &ctx,
        Action::LoginFailed,
        "authentik.stages.password",
        context,
    )
    .await?;
    let name = walk.named();
    reputation::note(walk.engine, &mut tx, walk.ctx, name, reputation::FAILED).await?;
    walk.engine.commit(tx).await
}
