//! Who can open an application, one by one; and its end, together with its provider.
//!
//! Rule: a binding is changed only with the application that it is on, through the kernel and with the
//! permission for it.

use doorward_store::{group, user};
use serde_json::{Value, json};

use super::new_application::{APPLICATION, BINDING};
use crate::context::Context;
use crate::engine::Engine;
use crate::resource::field::{Family, Target};
use crate::resource::kind::Kind;
use crate::resource::permit::{Grant, Verb, permitted};
use crate::resource::refusal::Refusal;
use crate::resource::tables::Row;
use crate::resource::validate::Errors;
use crate::resource::write::Writing;
use crate::resource::{GROUP, registered};

/// Somebody to be let in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Opener {
    /// Members of a group, by its name; it is made if there is none.
    Group(String),
    /// One person, by the user name.
    Person(String),
}

/// Whether somebody may make objects of a kind.
pub(super) fn may_create(
    engine: &Engine,
    ctx: &Context,
    kind: &'static Kind,
) -> Result<(), Refusal> {
    match permitted(&ctx.actor, Verb::Create, kind, None, &engine.snapshot()) {
        Grant::Refused(refusal) => Err(refusal),
        _ => Ok(()),
    }
}

/// The group with this name, made if there is none.
pub(super) async fn group_named(writing: &mut Writing<'_>, name: &str) -> Result<String, Refusal> {
    if let Some(found) = group::find_by_name(&mut writing.tx, name).await? {
        return Ok(found.id);
    }
    let kind = registered(GROUP);
    may_create(writing.engine, writing.ctx, kind)?;
    writing.insert(kind, &json!({ "name": name }), None).await
}

/// Lets somebody in. Errors speak of `group` or `person`.
///
/// # Errors
///
/// [`Refusal`].
pub async fn admit(
    engine: &Engine,
    ctx: &Context,
    slug: &str,
    opener: &Opener,
) -> Result<(), Refusal> {
    let kind = registered(BINDING);
    may_create(engine, ctx, kind)?;
    let mut writing = Writing::begin(engine, ctx).await?;
    let application = writing
        .reach(Verb::View, registered(APPLICATION), slug)
        .await?;
    let target = application.id();
    let (key, value) = subject(&mut writing, opener).await?;
    let others = writing.world.objects(BINDING).iter();
    let on_it: Vec<_> = others
        .filter(|one| one.config["target"] == target)
        .collect();
    if on_it.iter().any(|one| one.config.get(key) == Some(&value)) {
        return Err(Errors::one(field(opener), "They can open it already.").into());
    }
    let order = on_it
        .iter()
        .filter_map(|one| one.config["order"].as_i64())
        .max();
    let order = order.map_or(0, |order| order + 1);
    let mut body = json!({ "target": target, "order": order });
    body[key] = value;
    writing.insert(kind, &body, None).await?;
    writing.finish().await
}

fn field(opener: &Opener) -> &'static str {
    match opener {
        Opener::Group(_) => "group",
        Opener::Person(_) => "person",
    }
}

/// What a binding says of them.
async fn subject(
    writing: &mut Writing<'_>,
    opener: &Opener,
) -> Result<(&'static str, Value), Refusal> {
    match opener {
        Opener::Group(name) if name.trim().is_empty() => {
            Err(Errors::one("group", "Type the name of a group.").into())
        }
        Opener::Group(name) => {
            let made = group_named(writing, name.trim()).await;
            let made = made.map_err(|refusal| match refusal {
                Refusal::Invalid(errors) => errors.moved("name", "group").into(),
                other => other,
            });
            Ok(("group", json!(made?)))
        }
        Opener::Person(name) => {
            let found = user::find_by_username(&mut writing.tx, name.trim()).await?;
            let found = found.ok_or_else(|| Errors::one("person", "Nobody has this user name."))?;
            Ok(("user", json!(found.id)))
        }
    }
}

/// Takes one binding away from an application.
///
/// # Errors
///
/// [`Refusal`]; not found also for a binding of something else.
pub async fn shut_out(
    engine: &Engine,
    ctx: &Context,
    slug: &str,
    binding: &str,
) -> Result<(), Refusal> {
    let kind = registered(BINDING);
    let mut writing = Writing::begin(engine, ctx).await?;
    let application = writing
        .reach(Verb::View, registered(APPLICATION), slug)
        .await?;
    let row = writing.reach(Verb::Delete, kind, binding).await?;
    let is_its = match &row {
        Row::Object(object) => object.config["target"] == application.id(),
        _ => false,
    };
    if !is_its {
        return Err(Refusal::NotFound {
            model: kind.verbose,
        });
    }
    writing.remove_found(kind, &row).await?;
    writing.finish().await
}

/// Deletes an application and the provider that it alone uses.
///
/// # Errors
///
/// [`Refusal`].
pub async fn delete_whole(engine: &Engine, ctx: &Context, slug: &str) -> Result<(), Refusal> {
    let kind = registered(APPLICATION);
    let mut writing = Writing::begin(engine, ctx).await?;
    let row = writing.reach(Verb::Delete, kind, slug).await?;
    let provider = match &row {
        Row::Object(object) => object.config.get("provider").and_then(Value::as_i64),
        _ => None,
    };
    writing.remove_found(kind, &row).await?;
    let target = Target::Family(Family::Provider);
    let id = provider.map(|pk| pk.to_string());
    let found = id.and_then(|id| Some((writing.world.find(target, &id)?.0, id)));
    if let Some((kind, id)) = found {
        let row = writing.reach(Verb::Delete, kind, &id).await?;
        writing.remove_found(kind, &row).await?;
    }
    writing.finish().await
}
