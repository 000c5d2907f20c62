//! What a run knows and where it is, for administrators who build flows.
//!
//! Owns who may look. Rule: nobody sees another browser's run, nothing secret that was filled in is
//! shown (what a field that hides its letters took, whatever its key), nobody is named who is not
//! proven, and nothing changes by looking.

use serde_json::{Map, Value, json};

use super::run::PROMPT_DATA;
use super::walk::Walk;
use super::{Kept, Visit, custody, prompt};
use crate::context::{Actor, Context};
use crate::engine::{Engine, Fault};
use crate::event::{CLEANSED, cleanse};

/// A run at this moment.
#[derive(Debug)]
pub struct Inspection {
    /// The run's id.
    pub id: String,
    /// uuids of the bindings that are done, in order.
    pub done: Vec<String>,
    /// uuids of the binding whose turn it is and of those after it, as far as it is planned.
    pub left: Vec<String>,
    /// What it has learned, under authentik's names.
    pub context: Value,
}

/// The attribute of people who may see what their own runs hold.
const DEBUG: &str = "goauthentik.io/user/debug";

/// Whether `actor` may see what a run of their own browser holds: an administrator, or somebody to
/// whom one has given authentik's attribute for it.
pub fn may_inspect(actor: &Actor) -> bool {
    let person = actor.person();
    let is_debug = person.and_then(|person| person.attributes.get(DEBUG));
    actor.is_superuser() || is_debug == Some(&Value::Bool(true))
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
    Ok((walk.run.flow == held.slug).then(|| Inspection {
        id: walk.run.id.clone(),
        done: walk.run.done.clone(),
        left: walk.run.stages.clone(),
        context: context(&walk),
    }))
}

fn context(walk: &Walk<'_>) -> Value {
    let mut context = walk.run.context.clone();
    let mut filled_in = walk.prompt_data();
    for key in prompt::secret_keys(&walk.snapshot) {
        if let Some(value) = filled_in.get_mut(&key) {
            *value = CLEANSED.into();
        }
    }
    context.insert(PROMPT_DATA.into(), Value::Object(filled_in));
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
