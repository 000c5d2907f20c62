//! Applications: the list of what somebody may open, and the question whether they may.

use std::sync::Arc;

use serde_json::{Value, json};

use crate::access;
use crate::context::Context;
use crate::engine::Engine;
use crate::person::Person;
use crate::resource::field::Family;
use crate::resource::kind::Kind;
use crate::resource::list::{Params, page_of};
use crate::resource::permit::superuser;
use crate::resource::refusal::Refusal;
use crate::resource::validate::Errors;
use crate::resource::world::World;
use crate::resource::write::Writing;

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

/// The models of providers that the transaction may make.
fn provider_kind(model: &str) -> Option<&'static Kind> {
    crate::resource::kind(model).filter(|kind| kind.family == Some(Family::Provider))
}

/// Makes a provider, its application and the bindings on it, all or nothing; errors stand under
/// `provider`, `app` and `policy_bindings`.
///
/// # Errors
///
/// [`Refusal`].
pub async fn create_with_provider(
    engine: &Engine,
    ctx: &Context,
    body: &Value,
) -> Result<Value, Refusal> {
    superuser(&ctx.actor)?;
    let model = body["provider_model"].as_str().unwrap_or_default();
    let provider = provider_kind(model).ok_or_else(|| {
        Errors::one(
            "provider_model",
            format!("\"{model}\" is not a valid choice."),
        )
    })?;
    let app = crate::resource::registered("authentik_core.application");
    let binding = crate::resource::registered("authentik_policies.policybinding");
    let mut writing = Writing::begin(engine, ctx).await?;
    let pk = under(
        "provider",
        writing.insert(provider, &body["provider"], None).await,
    )?;
    let mut fields = body["app"].clone();
    if let Some(fields) = fields.as_object_mut() {
        fields.insert("provider".into(), json!(pk));
    }
    let target = under("app", writing.insert(app, &fields, None).await)?;
    for one in body["policy_bindings"].as_array().into_iter().flatten() {
        let mut one = one.clone();
        if let Some(one) = one.as_object_mut() {
            one.insert("target".into(), json!(target));
        }
        under("policy_bindings", writing.insert(binding, &one, None).await)?;
    }
    writing.commit().await?;
    Ok(json!({ "applied": true, "logs": [] }))
}

/// Puts a part's messages under the part's name.
fn under(part: &str, result: Result<String, Refusal>) -> Result<String, Refusal> {
    result.map_err(|refusal| match refusal {
        Refusal::Invalid(errors) => errors.under(part).into(),
        other => other,
    })
}
