//! Applications: the list of what somebody may open, and the question whether they may.

use std::sync::Arc;

use serde_json::{Value, json};

use crate::context::Context;
use crate::engine::Engine;
use crate::person::Person;
use crate::policy::Question;
use crate::resource::field::{Default, Field, FieldType};
use crate::resource::form::{Form, Given};
use crate::resource::kind::Kind;
use crate::resource::list::{Params, page_of};
use crate::resource::permit::superuser;
use crate::resource::query;
use crate::resource::refusal::Refusal;
use crate::resource::registered;
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
    let wanted = query::read(Some(kind), kind.filters, params)?;
    let everything = ctx.actor.is_superuser() && params.flag("superuser_full_list", false);
    let person = asked_for(engine, ctx, params).await?;
    let mut objects = Vec::new();
    for object in world.objects(kind.model) {
        if everything || may(engine, ctx, &world, person.as_deref(), &object.id).await {
            objects.push((kind, Arc::clone(object)));
        }
    }
    page_of(engine, objects, world, &wanted, params).await
}

async fn may(
    engine: &Engine,
    ctx: &Context,
    world: &World,
    person: Option<&Person>,
    id: &str,
) -> bool {
    let snapshot = world.snapshot();
    match (person, snapshot.applications.get(id)) {
        (Some(person), Some(application)) => {
            let question = Question::new(snapshot, ctx, Some(person)).trial();
            engine.may_open(&question, application).await.passing
        }
        (None, _) => ctx.actor.is_superuser(),
        (_, None) => false,
    }
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
    let Some(person) = person else {
        return Ok(json!({ "passing": true, "messages": [], "log_messages": [] }));
    };
    let question = Question::new(&snapshot, ctx, Some(&person)).trial();
    let verdict = engine.may_open(&question, application).await;
    Ok(json!({
        "passing": verdict.passing, "messages": verdict.messages, "log_messages": [],
    }))
}

const PROVIDER_MODELS: &[&str] = &["authentik_providers_proxy.proxyprovider"];

/// An application with all that belongs to it.
pub static TRANSACTION: Form = Form {
    schema: "TransactionApplicationRequest",
    fields: &[
        Field::new("app", "Application", FieldType::Object).required(),
        Field::new(
            "provider_model",
            "Kind of provider",
            FieldType::Choice(PROVIDER_MODELS, "ProviderModelEnum"),
        )
        .required(),
        Field::new("provider", "How it signs in", FieldType::Object).required(),
        Field::new("policy_bindings", "Who may open it", FieldType::Json)
            .default(Default::Words(&[])),
    ],
};

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
    let given = TRANSACTION.read(body, &World::of(&engine.snapshot()))?;
    let bindings = bindings(&given)?;
    let mut writing = Writing::begin(engine, ctx).await?;
    let provider = registered(given.text("provider_model"));
    let provider = part(
        &mut writing,
        provider,
        "provider",
        given.get("provider"),
        None,
    )
    .await?;
    let app = registered("authentik_core.application");
    let link = Some(("provider", provider));
    let app = part(&mut writing, app, "app", given.get("app"), link).await?;
    let kind = registered("authentik_policies.policybinding");
    for one in bindings {
        let link = Some(("target", app.clone()));
        part(&mut writing, kind, "policy_bindings", Some(one), link).await?;
    }
    writing.finish().await?;
    Ok(json!({ "applied": true, "logs": [] }))
}

fn bindings(given: &Given) -> Result<&[Value], Errors> {
    let list = given.get("policy_bindings").and_then(Value::as_array);
    let list = list.filter(|list| list.len() <= BINDINGS_MAX);
    let message = format!("Expected a list of at most {BINDINGS_MAX} bindings.");
    list.map(Vec::as_slice)
        .ok_or_else(|| Errors::one("policy_bindings", message))
}

/// So many bindings can be made at once.
const BINDINGS_MAX: usize = 100;

/// Adds one part, with its link to the part before it.
async fn part(
    writing: &mut Writing<'_>,
    kind: &'static Kind,
    name: &str,
    fields: Option<&Value>,
    link: Option<(&str, String)>,
) -> Result<String, Refusal> {
    let mut fields = fields.cloned().unwrap_or_default();
    if let (Some(fields), Some((key, id))) = (fields.as_object_mut(), link) {
        fields.insert(key.to_owned(), json!(id));
    }
    under(name, writing.insert(kind, &fields, None).await)
}

/// Puts a part's messages under the part's name.
fn under(part: &str, result: Result<String, Refusal>) -> Result<String, Refusal> {
    result.map_err(|refusal| match refusal {
        Refusal::Invalid(errors) => errors.under(part).into(),
        other => other,
    })
}
