//! How objects look in answers.
//!
//! Owns the generic form: stored fields that may be shown, then what the family and the kind add.
//! Rule: a field that is write-only or hidden never leaves here, at any depth (CVE-2026-40166):
//! nested objects show only the common fields of their family.

use serde_json::{Map, Value, json};

use super::field::{Family, Target};
use super::kind::{Kind, Pk};
use super::value::rfc3339;
use super::world::World;
use crate::snapshot::Object;

/// The object as the API answers it.
pub fn object(kind: &Kind, object: &Object, world: &World) -> Value {
    let mut answer = Map::new();
    answer.insert(kind.pk_field.into(), pk(kind, object));
    for field in kind.fields.iter().filter(|field| field.is_shown()) {
        let stored = object.config.get(field.key).cloned();
        answer.insert(
            field.key.into(),
            stored
                .or_else(|| field.default.value())
                .unwrap_or(Value::Null),
        );
    }
    common(kind, object, world, &mut answer);
    (kind.present)(object, world, &mut answer);
    Value::Object(answer)
}

/// The primary key as JSON.
pub fn pk(kind: &Kind, object: &Object) -> Value {
    match kind.pk {
        Pk::Uuid => json!(object.id),
        Pk::Integer => json!(object.id.parse::<i64>().unwrap_or_default()),
    }
}

/// What every member of a family shows.
fn common(kind: &Kind, object: &Object, world: &World, answer: &mut Map<String, Value>) {
    let Some(family) = kind.family else { return };
    answer.insert("component".into(), json!(kind.component));
    answer.insert("verbose_name".into(), json!(kind.verbose));
    answer.insert("verbose_name_plural".into(), json!(kind.plural));
    answer.insert("meta_model_name".into(), json!(kind.model));
    match family {
        Family::Provider => assigned(object, world, answer),
        Family::Stage => drop(answer.insert("flow_set".into(), flow_set(object, world))),
        Family::Policy => drop(answer.insert("bound_to".into(), bound_to(object, world))),
        Family::PropertyMapping => {}
    }
}

/// An object inside another one: only what all of its family show.
fn base(kind: &Kind, object: &Object, world: &World) -> Value {
    let keys: &[&str] = match kind.family {
        Some(Family::Provider) => &[
            "name",
            "authentication_flow",
            "authorization_flow",
            "invalidation_flow",
            "property_mappings",
        ],
        Some(Family::Policy) => &["name", "execution_logging"],
        _ => &["name"],
    };
    let mut answer = Map::new();
    answer.insert(kind.pk_field.into(), pk(kind, object));
    for key in keys {
        answer.insert(
            (*key).into(),
            object.config.get(*key).cloned().unwrap_or(Value::Null),
        );
    }
    common(kind, object, world, &mut answer);
    Value::Object(answer)
}

/// The object that a relation names, or null.
pub fn related(target: Target, value: Option<&Value>, world: &World) -> Value {
    let id = match value {
        Some(Value::String(id)) => id.clone(),
        Some(Value::Number(id)) => id.to_string(),
        _ => return Value::Null,
    };
    world
        .find(target, &id)
        .map_or(Value::Null, |(kind, object)| base(kind, object, world))
}

/// The objects that a list of relations names.
pub fn related_list(target: Target, value: Option<&Value>, world: &World) -> Value {
    let ids = value
        .and_then(Value::as_array)
        .map_or(&[] as &[Value], Vec::as_slice);
    let found = ids.iter().map(|id| related(target, Some(id), world));
    Value::Array(found.filter(|one| !one.is_null()).collect())
}

/// The application that a provider belongs to.
pub fn application_of<'a>(provider: &Object, world: &'a World) -> Option<&'a Object> {
    let id = json!(provider.id.parse::<i64>().ok()?);
    let applications = world.objects("authentik_core.application").iter();
    applications
        .map(AsRef::as_ref)
        .find(|one: &&Object| one.config.get("provider") == Some(&id))
}

fn backchannel_of<'a>(provider: &Object, world: &'a World) -> Option<&'a Object> {
    let id = json!(provider.id.parse::<i64>().ok()?);
    let has = |one: &&Object| {
        one.config
            .get("backchannel_providers")
            .and_then(Value::as_array)
            .is_some_and(|list| list.contains(&id))
    };
    world
        .objects("authentik_core.application")
        .iter()
        .map(AsRef::as_ref)
        .find(has)
}

fn assigned(object: &Object, world: &World, answer: &mut Map<String, Value>) {
    let front = application_of(object, world);
    let back = backchannel_of(object, world);
    for (prefix, application) in [
        ("assigned_application", front),
        ("assigned_backchannel_application", back),
    ] {
        for key in ["slug", "name"] {
            let value = application
                .and_then(|application| application.config.get(key))
                .cloned();
            answer.insert(format!("{prefix}_{key}"), value.unwrap_or(Value::Null));
        }
    }
}

fn flow_set(stage: &Object, world: &World) -> Value {
    let bindings = world.objects("authentik_flows.flowstagebinding").iter();
    let flows = bindings.filter(|one| one.config.get("stage").is_some_and(|id| *id == stage.id));
    let ids = flows.filter_map(|one| one.config.get("target").and_then(Value::as_str));
    let mut seen = Vec::new();
    for id in ids {
        if let Some(flow) = world
            .object("authentik_flows.flow", id)
            .filter(|_| !seen.iter().any(|(one, _)| one == id))
        {
            seen.push((id.to_owned(), super::kinds::flow::flow_set(flow)));
        }
    }
    Value::Array(seen.into_iter().map(|(_, flow)| flow).collect())
}

fn bound_to(policy: &Object, world: &World) -> Value {
    let bindings = world.objects("authentik_policies.policybinding").iter();
    json!(
        bindings
            .filter(|one| one.config.get("policy").is_some_and(|id| *id == policy.id))
            .count()
    )
}

/// A prefetched group in short, or null.
pub fn partial_group(id: Option<&Value>, world: &World) -> Value {
    let group = id.and_then(Value::as_str).and_then(|id| world.group(id));
    group.map_or(Value::Null, super::tables::group::partial)
}

/// A prefetched user in short, or null.
pub fn partial_user(id: Option<&Value>, world: &World) -> Value {
    let user = id.and_then(Value::as_i64).and_then(|id| world.user(id));
    user.map_or(Value::Null, |user| {
        super::tables::user::partial(user, &world.snapshot().install_id)
    })
}

/// A time or null.
pub fn time(ms: Option<i64>) -> Value {
    json!(ms.map(rfc3339))
}
