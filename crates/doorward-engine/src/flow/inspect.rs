//! What a run knows and where it is, for administrators who build flows.
//!
//! Rule: nothing secret that was filled in is shown, and nothing changes by looking.

use serde_json::{Map, Value, json};

use super::run::PROMPT_DATA;
use super::walk::Walk;
use super::{Kept, Visit, custody};
use crate::context::Context;
use crate::engine::{Engine, Fault};
use crate::event::cleanse;

/// A run at this moment.
#[derive(Debug)]
pub struct Inspection {
    /// The run's id.
    pub id: String,
    /// uuid of the binding whose turn it is.
    pub current: Option<String>,
    /// uuid of the binding after it, as far as it is planned.
    pub next: Option<String>,
    /// What it has learned, under authentik's names.
    pub context: Value,
}

/// The run that the browser keeps under `held`; `None` when there is none.
///
/// # Errors
///
/// A [`Fault`] of ours.
pub async fn inspect(
    engine: &Engine,
    ctx: &Context,
    held: Kept<'_>,
) -> Result<Option<Inspection>, Fault> {
    let Some((run, _)) = custody::take(engine, ctx, held.handle, held.cookie).await? else {
        return Ok(None);
    };
    let visit = Visit::default();
    let Some(mut walk) = Walk::new(engine, ctx, &visit, run, held.handle.to_owned()) else {
        return Ok(None);
    };
    walk.read_person().await?;
    let [current, next] = [0, 1].map(|at| walk.run.stages.get(at).cloned());
    Ok((walk.run.flow == held.slug).then(|| Inspection {
        id: walk.run.id.clone(),
        current,
        next,
        context: context(&walk),
    }))
}

fn context(walk: &Walk<'_>) -> Value {
    let mut context = walk.run.context.clone();
    context.insert(PROMPT_DATA.into(), Value::Object(walk.prompt_data()));
    let person = walk
        .person
        .as_ref()
        .map(|person| person.username.to_string());
    let facts = json!({
        "pending_user": person,
        "pending_user_identifier": walk.run.identifier,
        "application": walk.run.application,
        "invitation_in_effect": walk.run.invited,
        "is_redirected": walk.run.redirected,
        "auth_method": walk.run.proven().map(|_| walk.run.auth_method()),
    });
    context.extend(facts.as_object().cloned().unwrap_or_else(Map::new));
    let mut context = Value::Object(context);
    cleanse(&mut context);
    context
}
