//! Asking for access to an application.
//!
//! Owns which applications can be asked for, and that it is asked only so often. Leaves the answer to
//! administrators, who find the request among the events. Rule: of what cannot be asked for nobody learns
//! that it is there.

use std::sync::Arc;

use doorward_store::StoreError;
use doorward_store::attempt::Limit;
use serde_json::{Value, json};

use super::HIDDEN;
use crate::context::Context;
use crate::engine::Engine;
use crate::event::{self, Action};
use crate::model::Application;
use crate::person::Person;
use crate::policy::Question;
use crate::snapshot::Snapshot;
use crate::throttle;

/// What somebody writes is so long at most.
pub const WORDS_MAX_CHARS: usize = 500;
const DAY_MS: i64 = 24 * 60 * 60 * 1000;
/// So often somebody asks within a day, and for one application.
const FREE: [i64; 2] = [10, 2];

/// The applications that `person` may not open and may ask for, by name.
pub async fn requestable(
    engine: &Engine,
    snapshot: &Snapshot,
    ctx: &Context,
    person: &Person,
) -> Vec<Arc<Application>> {
    let question = Question::new(snapshot, ctx, Some(person)).trial();
    let mut found = Vec::new();
    for app in snapshot.applications.values() {
        if can_be_asked_for(snapshot, app) && !engine.may_open(&question, app).await.passing {
            found.push(Arc::clone(app));
        }
    }
    found.sort_by_cached_key(|app| app.name.to_lowercase());
    found
}

fn can_be_asked_for(snapshot: &Snapshot, app: &Application) -> bool {
    let object = snapshot.object("authentik_core.application", &app.pk);
    let says = object.and_then(|object| object.config.get("requestable").and_then(Value::as_bool));
    says == Some(true) && !app.meta_hide && app.meta_launch_url != HIDDEN
}

/// What became of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Asked {
    /// Administrators see it.
    Told,
    /// They were asked often enough today.
    TooOften,
    /// There is no such application to ask for.
    Unknown,
}

/// Asks for access to the application with this slug, in words of `person`'s.
///
/// # Errors
///
/// Only if the database fails.
pub async fn ask(
    engine: &Engine,
    ctx: &Context,
    person: &Arc<Person>,
    (slug, words): (&str, &str),
) -> Result<Asked, StoreError> {
    let snapshot = engine.snapshot();
    let apps = requestable(engine, &snapshot, ctx, person).await;
    let Some(app) = apps.into_iter().find(|app| app.slug == slug) else {
        return Ok(Asked::Unknown);
    };
    let mut tx = engine.store.begin().await?;
    let whose = format!("access asked for by {}", person.id);
    for (name, free) in [
        (whose.clone(), FREE[0]),
        (format!("{whose} to {}", app.pk), FREE[1]),
    ] {
        let limit = Limit {
            free,
            pause_ms: DAY_MS,
            window_ms: DAY_MS,
        };
        let until = throttle::count(engine, &mut tx, &name, limit, ctx.now).await?;
        if until.is_some() {
            return Ok(Asked::TooOften);
        }
    }
    let words: String = words.chars().take(WORDS_MAX_CHARS).collect();
    let told = json!({
        "application": { "pk": app.pk, "name": app.name, "slug": app.slug },
        "message": words,
    });
    let ctx = ctx.acting_as(person);
    let action = Action::AccessRequestCreated;
    event::record(engine, &mut tx, &ctx, action, "authentik.core", told).await?;
    engine.commit(tx).await?;
    Ok(Asked::Told)
}
