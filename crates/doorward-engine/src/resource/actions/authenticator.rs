//! Somebody's devices of every class in one list, and what they may set up.

use serde_json::Value;

use super::flow;
use crate::authenticator::own::{Addable, addable};
use crate::context::Context;
use crate::engine::Engine;
use crate::resource::permit::{signed_in, superuser};
use crate::resource::refusal::Refusal;
use crate::resource::tables::device;

/// The caller's own.
///
/// # Errors
///
/// [`Refusal`].
pub async fn own(engine: &Engine, ctx: &Context) -> Result<Value, Refusal> {
    signed_in(&ctx.actor)?;
    let owner = ctx.actor.person().map_or(-1, |person| person.id);
    Ok(device::all(engine, owner).await?)
}

/// Anybody's, for admins; without a number, the caller's own.
///
/// # Errors
///
/// [`Refusal`].
pub async fn of(engine: &Engine, ctx: &Context, user: Option<&str>) -> Result<Value, Refusal> {
    superuser(&ctx.actor)?;
    match user.filter(|user| !user.is_empty()) {
        Some(user) => Ok(device::all(engine, user.parse().unwrap_or(-1)).await?),
        None => own(engine, ctx).await,
    }
}

/// What the caller may set up by themselves, as authentik's user interface lists it.
///
/// # Errors
///
/// [`Refusal::NotAuthenticated`].
pub fn user_settings(engine: &Engine, ctx: &Context) -> Result<Vec<Value>, Refusal> {
    signed_in(&ctx.actor)?;
    let one = |one: &Addable| {
        let component = format!("ak-user-settings-authenticator-{}", one.class.word());
        flow::own_setting(&one.stage, &component, &one.name)
    };
    Ok(addable(&engine.snapshot()).iter().map(one).collect())
}
