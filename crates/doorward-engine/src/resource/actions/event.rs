//! Events: what kinds there are, and how many when.

use std::collections::BTreeMap;

use doorward_store::event;
use serde_json::{Value, json};

use crate::context::Context;
use crate::engine::Engine;
use crate::resource::EVENT_ACTIONS;
use crate::resource::list::Params;
use crate::resource::permit::{signed_in, superuser};
use crate::resource::refusal::Refusal;
use crate::resource::validate::Errors;
use crate::resource::value::rfc3339;

const DAY_MS: i64 = 24 * 3600 * 1000;
/// Events are counted in steps of so long.
const STEP_MS: i64 = 6 * 3600 * 1000;

/// Every action in the form of a list of types.
///
/// # Errors
///
/// [`Refusal::NotAuthenticated`].
pub fn actions(ctx: &Context) -> Result<Value, Refusal> {
    signed_in(&ctx.actor)?;
    let one = |word: &&str| {
        let mut name = word.replace('_', " ");
        name[..1].make_ascii_uppercase();
        json!({ "name": name.trim(), "description": "", "component": word, "model_name": "" })
    };
    Ok(EVENT_ACTIONS.iter().map(one).collect())
}

/// How many of each action there were, by time.
///
/// # Errors
///
/// [`Refusal`].
pub async fn volume(engine: &Engine, ctx: &Context, params: &Params) -> Result<Value, Refusal> {
    superuser(&ctx.actor)?;
    let days = params
        .get("history_days")
        .and_then(|days| days.parse::<i64>().ok())
        .unwrap_or(7)
        .clamp(1, 366);
    let wanted: Vec<&str> = params.all("action").chain(params.all("actions")).collect();
    let mut counts: BTreeMap<(i64, String), i64> = BTreeMap::new();
    let mut tx = engine.store.read().await?;
    for (action, at) in event::since(&mut tx, ctx.now - days * DAY_MS).await? {
        if wanted.is_empty() || wanted.contains(&action.as_str()) {
            *counts
                .entry((at - at.rem_euclid(STEP_MS), action))
                .or_default() += 1;
        }
    }
    let one = |((at, action), count): ((i64, String), i64)| json!({ "action": action, "time": rfc3339(at), "count": count });
    Ok(counts.into_iter().map(one).collect())
}

/// Nothing is counted by application and user yet.
///
/// # Errors
///
/// [`Refusal`].
pub fn top_per_user(ctx: &Context) -> Result<Value, Refusal> {
    superuser(&ctx.actor)?;
    Ok(json!([]))
}

/// How many events there were in each of the steps that are asked for (`count_steps=hours=1`).
///
/// # Errors
///
/// [`Refusal`].
pub async fn stats(engine: &Engine, ctx: &Context, params: &Params) -> Result<Value, Refusal> {
    superuser(&ctx.actor)?;
    let mut steps = serde_json::Map::new();
    let mut tx = engine.store.read().await?;
    for step in params.all("count_steps").flat_map(|list| list.split(',')) {
        let span = doorward_protocol::duration::parse(step);
        let span = span.map_err(|error| Errors::one("count_steps", error.to_string()))?;
        let count = event::since(&mut tx, ctx.now - span.as_millis())
            .await?
            .len();
        steps.insert(step.to_owned(), json!(count));
    }
    Ok(json!({ "unique_users": 0, "count_step": steps }))
}
