//! Events: what kinds there are, how many when, about which application, by how many people.
//!
//! Rule: the store counts; no list of events is ever read to be counted.

use std::collections::HashMap;

use doorward_store::list::{Condition, Value as Sql, grouped};
use serde_json::{Value, json};

use crate::context::Context;
use crate::engine::Engine;
use crate::resource::EVENT_ACTIONS;
use crate::resource::list::{Params, conditions_of};
use crate::resource::permit::{signed_in, superuser};
use crate::resource::refusal::Refusal;
use crate::resource::validate::Errors;
use crate::resource::value::rfc3339;
use crate::snapshot::Snapshot;

const DAY_MS: i64 = 24 * 3600 * 1000;
/// Days that a chart shows when nobody says, and at most.
const DAYS: (i64, i64) = (7, 366);
/// Applications that the ranking names when nobody says, and at most.
const TOP: (i64, i64) = (15, 100);
/// So many steps can be counted at once.
const STEPS_MAX: usize = 20;

/// By action and by steps of six hours.
const VOLUME: &str =
    "SELECT action, created_at - created_at % 21600000, CAST(count(*) AS BIGINT) FROM events";
const BY_VOLUME: &str = "GROUP BY action, created_at - created_at % 21600000 ORDER BY 2, 1";
/// By application.
const TOP_USED: &str = "SELECT authorized_app, CAST(count(*) AS BIGINT), \
    CAST(count(DISTINCT username) AS BIGINT) FROM events";
const BY_APPLICATION: &str = "GROUP BY authorized_app ORDER BY 2 DESC, 1 LIMIT 100";
/// The latest of each application, by the index that has these alone.
const LATEST_OF: &str = "SELECT authorized_app, MAX(created_at), CAST(count(*) AS BIGINT) FROM \
    (SELECT authorized_app, created_at FROM events WHERE authorized_app <> '') AS opened";
/// All in one.
const TOTAL: &str =
    "SELECT '', CAST(count(*) AS BIGINT), CAST(count(DISTINCT username) AS BIGINT) FROM events";

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

/// What the parameters ask of events.
fn conditions(ctx: &Context, params: &Params) -> Result<Vec<Condition>, Refusal> {
    superuser(&ctx.actor)?;
    let kind = crate::resource::registered("authentik_events.event");
    Ok(conditions_of(kind, params)?)
}

/// A number between one and the most, or what it is when nobody says.
fn number(params: &Params, key: &str, (usual, most): (i64, i64)) -> Result<i64, Errors> {
    let Some(text) = params.get(key).filter(|text| !text.is_empty()) else {
        return Ok(usual);
    };
    let number = text.parse().ok().filter(|n| (1..=most).contains(n));
    number.ok_or_else(|| Errors::one(key, format!("Enter a number from 1 to {most}.")))
}

/// How many of each action there were, by time.
///
/// # Errors
///
/// [`Refusal`].
pub async fn volume(engine: &Engine, ctx: &Context, params: &Params) -> Result<Value, Refusal> {
    let mut conditions = conditions(ctx, params)?;
    let days = number(params, "history_days", DAYS)?;
    conditions.push(Condition::AtLeast("created_at", ctx.now - days * DAY_MS));
    let mut tx = engine.store.read().await?;
    let rows = grouped(&mut tx, VOLUME, conditions, BY_VOLUME).await?;
    let one = |(action, at, count): (String, i64, i64)| json!({ "action": action, "time": rfc3339(at), "count": count });
    Ok(rows.into_iter().map(one).collect())
}

/// The applications that were opened most, and by how many people.
///
/// # Errors
///
/// [`Refusal`].
pub async fn top_per_user(
    engine: &Engine,
    ctx: &Context,
    params: &Params,
) -> Result<Value, Refusal> {
    let mut conditions = conditions(ctx, params)?;
    let most = number(params, "top_n", TOP)?;
    conditions.push(Condition::Custom(
        "authorized_app <> ?",
        Sql::Text(String::new()),
    ));
    let mut tx = engine.store.read().await?;
    let rows = grouped(&mut tx, TOP_USED, conditions, BY_APPLICATION).await?;
    let snapshot = engine.snapshot();
    let one = |(pk, events, people): (String, i64, i64)| json!({ "application": application(&pk, &snapshot), "counted_events": events, "unique_users": people });
    let most = usize::try_from(most).unwrap_or(0);
    Ok(rows.into_iter().take(most).map(one).collect())
}

/// When applications with these keys were opened last, Unix milliseconds, as far as events remember.
///
/// # Errors
///
/// [`Refusal`].
pub async fn last_opened(
    engine: &Engine,
    ctx: &Context,
    applications: &[&str],
) -> Result<HashMap<String, i64>, Refusal> {
    let mut conditions = conditions(ctx, &Params::default())?;
    let keys = applications.iter().map(|pk| Sql::Text((*pk).to_owned()));
    conditions.push(Condition::OneOf("authorized_app", keys.collect()));
    let mut tx = engine.store.read().await?;
    let rows = grouped(&mut tx, LATEST_OF, conditions, "GROUP BY authorized_app").await?;
    Ok(rows.into_iter().map(|(pk, at, _)| (pk, at)).collect())
}

/// An application as events name it; one that is gone keeps its key.
fn application(pk: &str, snapshot: &Snapshot) -> Value {
    let name = snapshot
        .applications
        .get(pk)
        .map_or("", |application| &application.name);
    json!({ "app": "authentik_core", "model_name": "application", "pk": pk, "name": name })
}

/// How many events there were in each of the steps that are asked for (`count_steps=hours=1`), and
/// of how many people.
///
/// # Errors
///
/// [`Refusal`].
pub async fn stats(engine: &Engine, ctx: &Context, params: &Params) -> Result<Value, Refusal> {
    let conditions = conditions(ctx, params)?;
    let steps = steps(params)?;
    let mut tx = engine.store.read().await?;
    let mut counts = serde_json::Map::new();
    for (step, length_ms) in steps {
        let mut since = conditions.clone();
        let from = ctx.now.saturating_sub(length_ms);
        since.push(Condition::AtLeast("created_at", from));
        let rows = grouped(&mut tx, TOTAL, since, "").await?;
        counts.insert(step, json!(rows.first().map_or(0, |(_, count, _)| *count)));
    }
    let all = grouped(&mut tx, TOTAL, conditions, "").await?;
    let people = all.first().map_or(0, |(_, _, people)| *people);
    Ok(json!({ "unique_users": people, "count_step": counts }))
}

/// The steps by their spelling, in milliseconds.
fn steps(params: &Params) -> Result<Vec<(String, i64)>, Errors> {
    let refused = |message: String| Errors::one("count_steps", message);
    let asked = params
        .all("count_steps")
        .flat_map(|list| list.split(','))
        .filter(|step| !step.is_empty());
    let read = |step: &str| match doorward_protocol::duration::parse(step) {
        Ok(span) => Ok((step.to_owned(), span.as_millis())),
        Err(error) => Err(refused(error.to_string())),
    };
    let steps = asked.map(read).collect::<Result<Vec<_>, _>>()?;
    match steps.len() {
        0 => Err(refused("This field is required.".to_owned())),
        n if n > STEPS_MAX => Err(refused(format!(
            "At most {STEPS_MAX} steps can be counted."
        ))),
        _ => Ok(steps),
    }
}
