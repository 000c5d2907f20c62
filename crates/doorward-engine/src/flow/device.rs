//! What the steps around devices share: whose devices, who may add one, slowing down guesses.
//!
//! Rule: a factor is added only after another one, or right after signing in: whoever knows only
//! the password of somebody with a second factor adds none (GHSA-qgqp-xh8r-v73r), and neither does
//! whoever found a session (Vikunja 2026-123530).

use std::sync::Arc;

use doorward_store::device::DeviceRow;
use doorward_store::{StoreError, Tx, one_time, user};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::json;

use super::run::Proof;
use super::walk::Walk;
use super::{Mistake, RUN_MS, Refusal};
use crate::authenticator::{self, Remembered};
use crate::context::Actor;
use crate::engine::Fault;
use crate::event::{self, Action};
use crate::person::Person;
use crate::reputation;
use crate::session::hash_text;
use crate::throttle::{self, Attempt, Counted, Subject};

/// Whose devices a run is about: who was proven in it, or who is signed in when it names nobody.
pub(super) fn owner(walk: &Walk<'_>) -> Option<i64> {
    // Who signs in, signs up or recovers is not whoever had a session before.
    let names_somebody = matches!(
        walk.flow.designation.as_str(),
        "authentication" | "enrollment" | "recovery"
    );
    let visitor = walk
        .ctx
        .actor
        .person()
        .filter(|_| !names_somebody && walk.run.identifier.is_empty());
    walk.run
        .proven()
        .or_else(|| visitor.map(|person| person.id))
}

/// Who may add a device now, with those they have.
pub(super) async fn may_set_up(
    walk: &Walk<'_>,
) -> Result<Result<(Arc<Person>, Vec<DeviceRow>), Refusal>, Fault> {
    let Some(owner) = owner(walk) else {
        return Ok(Err(Refusal::NotProven));
    };
    let devices = authenticator::of_user(walk.engine, owner).await?;
    let usable = authenticator::usable(walk.engine, &devices).await?;
    let allowed = match walk.run.proven() {
        Some(_) => usable.is_empty() || walk.run.has(Proof::Device) || walk.run.has(Proof::Passkey),
        None => is_recent(walk, owner),
    };
    let mut tx = walk.engine.store.read().await?;
    let row = user::find(&mut tx, owner).await?;
    drop(tx);
    if !row.is_some_and(|row| walk.run.still_counts(&row)) {
        return Ok(Err(Refusal::Inactive));
    }
    let person = walk.engine.person(owner).await?;
    Ok(match person.filter(|person| person.is_active) {
        Some(person) if allowed => Ok((person, devices)),
        Some(_) => Err(Refusal::Stale),
        None => Err(Refusal::Inactive),
    })
}

fn is_recent(walk: &Walk<'_>, owner: i64) -> bool {
    walk.visit.session.as_ref().is_some_and(|session| {
        session.person().id == owner && authenticator::is_recent(session, walk.ctx.now)
    })
}

/// What the stage whose turn it is remembers, if it can be read.
pub(super) fn remembered<T: DeserializeOwned>(walk: &Walk<'_>) -> Option<T> {
    T::deserialize(walk.run.stage_state.as_ref()?).ok()
}

/// Remembers it until the stage is done.
pub(super) fn remember(walk: &mut Walk<'_>, state: &impl Serialize) {
    walk.run.stage_state = serde_json::to_value(state).ok();
}

/// Counts a guess at somebody's devices, before it is looked at.
pub(super) async fn count(
    walk: &Walk<'_>,
    user: i64,
    slower: u32,
) -> Result<Result<Counted, Mistake>, Fault> {
    let subject = Subject::Devices { user, slower };
    let begun = throttle::begin(walk.engine, walk.ctx, subject, &walk.visit.browser).await?;
    Ok(match begun {
        Attempt::Blocked { until } => Err(Mistake::TooMany { until }),
        Attempt::Allowed(counted) => Ok(counted),
    })
}

/// Notes in a run that somebody has proven a device, or has just set one up.
pub(super) fn prove(walk: &mut Walk<'_>, user: i64, device: i64) {
    let at = walk.ctx.now;
    if walk.run.proven().is_none_or(|proven| proven == user) {
        walk.run.devices.push(Remembered { user, device, at });
    }
    note_set_up(walk, user);
}

/// The same where another answer has set the device up a moment ago.
pub(super) fn note_set_up(walk: &mut Walk<'_>, user: i64) {
    if walk.run.proven() == Some(user) {
        walk.run.proofs.push(Proof::Device);
    }
}

/// Whether this answer is the first to set a device up in this step of this run: of several one
/// keeps it, and the others find it kept.
pub(super) async fn is_first(walk: &Walk<'_>, tx: &mut Tx, user: i64) -> Result<bool, StoreError> {
    let step = walk.run.stages.first().map_or("", String::as_str);
    let hash = hash_text(&format!("set up {} {step} {user}", walk.run.id));
    let until = walk.ctx.now.saturating_add(2 * RUN_MS);
    match one_time::insert(tx, &hash, one_time::Purpose::Challenge, "{}", until).await {
        Err(StoreError::Conflict) => Ok(false),
        other => other.map(|()| true),
    }
}

/// A wrong code or passkey leaves an event.
pub(super) async fn note_failure(walk: &Walk<'_>, class: &str) -> Result<(), Fault> {
    let mut tx = walk.engine.store.begin().await?;
    let ctx = crate::Context {
        actor: Actor::Anonymous,
        ..walk.ctx.clone()
    };
    let username = walk.named();
    let context = json!({ "username": username, "flow": walk.run.flow, "device_class": class });
    let app = "authentik.stages.authenticator_validate";
    event::record(
        walk.engine,
        &mut tx,
        &ctx,
        Action::LoginFailed,
        app,
        context,
    )
    .await?;
    reputation::note(walk.engine, &mut tx, walk.ctx, username, reputation::FAILED).await?;
    Ok(walk.engine.commit(tx).await?)
}
