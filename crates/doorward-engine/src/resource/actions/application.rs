//! Applications: the list of what somebody may open, and the question whether they may.

use std::sync::Arc;

use serde_json::{Value, json};

use crate::access;
use crate::context::Context;
use crate::engine::Engine;
use crate::person::Person;
use crate::resource::kind::Kind;
use crate::resource::list::{Params, page_of};
use crate::resource::refusal::Refusal;
use crate::resource::validate::Errors;
use crate::resource::world::World;

/// The applications that the caller may open; every one for a superuser who asks for the full list.
///
/// # Errors
///
/// [`Refusal`].
pub async fn list(
    engine: &Engine,
    ctx: &Context,
    kind: &'static Kind,
    params: &Params,
) -> Result<Value, Refusal> {
    let world = World::of(&engine.snapshot());
    let everything = ctx.actor.is_superuser() && params.flag("superuser_full_list", false);
    let person = asked_for(engine, ctx, params).await?;
    let may = |id: &str| match (&person, world.snapshot().applications.get(id)) {
        (Some(person), Some(application)) => {
            access::check(world.snapshot(), person, application, ctx.now).is_allowed()
        }
        (None, _) => ctx.actor.is_superuser(),
        (_, None) => false,
    };
    let objects = world
        .objects(kind.model)
        .iter()
        .filter(|object| everything || may(&object.id));
    let objects = objects.map(|object| (kind, Arc::clone(object))).collect();
    page_of(engine, objects, world, params).await
}

/// Whom the question is about: the caller, or for superusers whoever `for_user` names.
async fn asked_for(
    engine: &Engine,
    ctx: &Context,
    params: &Params,
) -> Result<Option<Arc<Person>>, Refusal> {
    let Some(wanted) = params.get("for_user").filter(|text| !text.is_empty()) else {
        return Ok(ctx.actor.person().cloned());
    };
    let own = ctx
        .actor
        .person()
        .is_some_and(|person| person.id.to_string() == wanted);
    if !ctx.actor.is_superuser() && !own {
        return Err(Refusal::Forbidden);
    }
    let id = wanted
        .parse()
        .map_err(|_| Errors::one("for_user", "for_user must be numerical"))?;
    match engine.person(id).await? {
        Some(person) => Ok(Some(person)),
        None => Err(Errors::one("for_user", "User not found").into()),
    }
}

/// Whether the caller (or `for_user`) may open an application, in authentik's shape.
///
/// # Errors
///
/// [`Refusal`].
pub async fn check_access(
    engine: &Engine,
    ctx: &Context,
    slug: &str,
    params: &Params,
) -> Result<Value, Refusal> {
    if matches!(ctx.actor, crate::context::Actor::Anonymous) {
        return Err(Refusal::NotAuthenticated);
    }
    let snapshot = engine.snapshot();
    let application = snapshot.applications.values().find(|one| one.slug == slug);
    let application = application.ok_or(Refusal::NotFound {
        model: "Application",
    })?;
    let person = asked_for(engine, ctx, params).await?;
    let passing = person
        .is_none_or(|person| access::check(&snapshot, &person, application, ctx.now).is_allowed());
    Ok(json!({ "passing": passing, "messages": [], "log_messages": [] }))
}
