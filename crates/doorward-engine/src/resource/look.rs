//! Objects as the operators' pages show them.
//!
//! Owns what a page needs beside the API's answer: what an object is called, what it names and may name,
//! and the word by which one sees that it changed meanwhile. Rule: no secret is in what is shown, and
//! nothing is written for a look, so nobody has to be told of one.

use doorward_store::list::Query;
use doorward_store::{StoreError, Tx, group, user};
use serde_json::{Map, Value, json};

use super::field::{FieldType, Target};
use super::kind::{Kind, Storage};
use super::list::{Params, quiet, reach, rows};
use super::permit::{Grant, Verb, permitted};
use super::refusal::Refusal;
use super::tables::{self, Row, canonical, object_name};
use super::validate::Errors;
use super::world::{World, integer, kinds_of};
use super::write::{Writing, token_by_id};
use super::{GROUP, USER, history, present, registered};
use crate::context::Context;
use crate::engine::Engine;

/// The word under which a form hears that somebody else has changed the object.
pub const MEANWHILE: &str = "changed_meanwhile";

/// One object.
#[derive(Clone, Debug)]
pub struct Looked {
    /// Its primary key.
    pub id: String,
    /// What addresses call it.
    pub key: String,
    /// What people call it.
    pub title: String,
    /// The API's answer without secrets.
    pub shown: Map<String, Value>,
    /// The secrets that it has.
    pub secrets: Vec<&'static str>,
    /// Another one as soon as anything that can be set is another.
    pub stamp: String,
    /// Made, Unix milliseconds, if that is known.
    pub created_ms: Option<i64>,
    /// Last written, Unix milliseconds, if that is known.
    pub updated_ms: Option<i64>,
    /// Whether the caller may change it.
    pub may_change: bool,
    /// Whether the caller may delete it.
    pub may_delete: bool,
}

/// An object in a list.
#[derive(Clone, Debug)]
pub struct Listed {
    /// What addresses call it.
    pub key: String,
    /// What people call it.
    pub title: String,
    /// The API's answer without secrets.
    pub shown: Map<String, Value>,
    /// Last written, Unix milliseconds, if that is known.
    pub updated_ms: Option<i64>,
}

/// A page of a list.
#[derive(Clone, Debug)]
pub struct Looks {
    /// The objects.
    pub rows: Vec<Listed>,
    /// The API's words about where in the list one is.
    pub pagination: Value,
}

/// Something that a relation names or may name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Related {
    /// What it is.
    pub model: &'static str,
    /// The same for people.
    pub verbose: &'static str,
    /// Its primary key.
    pub id: String,
    /// What addresses call it.
    pub key: String,
    /// What people call it.
    pub title: String,
}

/// Whether the caller may do something with objects of a kind in general.
pub fn may(engine: &Engine, ctx: &Context, kind: &'static Kind, verb: Verb) -> bool {
    let is_there = match verb {
        Verb::Create => kind.verbs.create,
        Verb::Change => kind.verbs.update,
        Verb::Delete => kind.verbs.delete,
        _ => true,
    };
    let grant = permitted(&ctx.actor, verb, kind, None, &engine.snapshot());
    is_there && !matches!(grant, Grant::Refused(_))
}

/// One object, by what addresses call it or by its primary key.
///
/// # Errors
///
/// [`Refusal`].
pub async fn look(
    engine: &Engine,
    ctx: &Context,
    kind: &'static Kind,
    key: &str,
) -> Result<Looked, Refusal> {
    let mut world = World::of(&engine.snapshot());
    let mut tx = engine.store.read().await?;
    let key = address_of(&mut tx, &world, kind, key).await?;
    let row = reach(&mut tx, ctx, Verb::View, kind, &key, &world).await?;
    let values = tables::values(&mut tx, &row).await?;
    let shown = tables::show(&mut tx, kind, &row, &mut world, &briefly()).await?;
    let (secrets, shown) = without_secrets(kind, &values, shown);
    let (created_ms, updated_ms) = times(&row);
    let id = row.id();
    let may = |verb| {
        let subject = Some(row.subject(&id));
        let grant = permitted(&ctx.actor, verb, kind, subject, world.snapshot());
        !matches!(grant, Grant::Refused(_))
    };
    Ok(Looked {
        key: key_of(kind, &shown, &id),
        title: title(kind, &shown, &world, &id),
        stamp: history::stamp(kind, &values),
        may_change: kind.verbs.update && may(Verb::Change),
        may_delete: kind.verbs.delete && may(Verb::Delete),
        id,
        shown,
        secrets,
        created_ms,
        updated_ms,
    })
}

/// A page of a kind's list.
///
/// # Errors
///
/// [`Refusal`].
pub async fn look_list(
    engine: &Engine,
    ctx: &Context,
    kind: &'static Kind,
    params: &Params,
) -> Result<Looks, Refusal> {
    let mut asked = params.clone();
    asked.query.extend(briefly().query);
    let mut page = quiet(engine, ctx, kind, &asked).await?;
    let world = World::of(&engine.snapshot());
    let nothing = Map::new();
    let listed = |shown: Value| {
        let (_, shown) = without_secrets(kind, &nothing, shown);
        let id = shown.get(kind.pk_field).map(super::value::plain);
        let id = id.unwrap_or_default();
        let object = world.object(kind.model, &id).map(|one| one.updated_at);
        let written = shown.get("last_updated").and_then(Value::as_str);
        let written = written.and_then(super::value::milliseconds);
        Listed {
            key: key_of(kind, &shown, &id),
            title: title(kind, &shown, &world, &id),
            updated_ms: object.or(written),
            shown,
        }
    };
    let results = match page["results"].take() {
        Value::Array(results) => results,
        _ => Vec::new(),
    };
    Ok(Looks {
        rows: results.into_iter().map(listed).collect(),
        pagination: page["pagination"].take(),
    })
}

/// What is not needed beside the keys: whole people and groups inside an object.
fn briefly() -> Params {
    let flags = ["include_users", "include_groups", "include_roles"];
    let mut query: Vec<_> = flags
        .map(|flag| (flag.to_owned(), "false".to_owned()))
        .into();
    query.push(("superuser_full_list".to_owned(), "true".to_owned()));
    Params {
        query,
        session: None,
    }
}

fn times(row: &Row) -> (Option<i64>, Option<i64>) {
    match row {
        Row::Object(row) => (Some(row.created_at), Some(row.updated_at)),
        Row::User(row) => (Some(row.created_at), Some(row.updated_at)),
        Row::Token(row) => (Some(row.created_at), Some(row.updated_at)),
        _ => (None, None),
    }
}

/// The answer without secrets, and which there are.
fn without_secrets(
    kind: &Kind,
    values: &Map<String, Value>,
    shown: Value,
) -> (Vec<&'static str>, Map<String, Value>) {
    let mut shown = match shown {
        Value::Object(shown) => shown,
        _ => Map::new(),
    };
    let secrets = kind.fields.iter();
    let secrets = secrets.filter(|field| field.holds == FieldType::Secret);
    let mut found = Vec::new();
    for field in secrets {
        shown.remove(field.key);
        let stored = values.get(field.key).and_then(Value::as_str);
        if stored.is_some_and(|sealed| !sealed.is_empty()) {
            found.push(field.key);
        }
    }
    (found, shown)
}

fn key_of(kind: &Kind, shown: &Map<String, Value>, id: &str) -> String {
    let named = shown.get(kind.lookup).filter(|value| !value.is_null());
    named.map_or_else(|| id.to_owned(), super::value::plain)
}

/// What addresses call the object that may be named by its primary key.
async fn address_of(
    tx: &mut Tx,
    world: &World,
    kind: &Kind,
    key: &str,
) -> Result<String, StoreError> {
    if kind.lookup == kind.pk_field || uuid::Uuid::parse_str(key).is_err() {
        return Ok(key.to_owned());
    }
    let id = canonical(key);
    let named = if kind.storage == Storage::Tokens {
        token_by_id(tx, &id).await?.map(|row| row.identifier)
    } else {
        let object = world.object(kind.model, &id);
        let named = object.and_then(|object| object.config.get(kind.lookup)?.as_str());
        named.map(str::to_owned)
    };
    Ok(named.unwrap_or_else(|| key.to_owned()))
}

/// What people call an object: its name, or what it ties together.
fn title(kind: &Kind, shown: &Map<String, Value>, world: &World, id: &str) -> String {
    const NAMES: [&str; 5] = ["name", "username", "identifier", "domain", "action"];
    let text = |key: &&str| shown.get(*key)?.as_str().filter(|text| !text.is_empty());
    if let Some(name) = NAMES.iter().find_map(text) {
        return name.to_owned();
    }
    let ties = if kind.fields.is_empty() {
        let keys = ["user", "application", "provider", "last_ip"];
        keys.iter()
            .filter_map(|key| name_inside(shown.get(*key)?))
            .collect()
    } else {
        ties(kind, shown, world)
    };
    if ties.is_empty() {
        id.to_owned()
    } else {
        ties.join(" → ")
    }
}

/// The names of what an object names.
fn ties(kind: &Kind, shown: &Map<String, Value>, world: &World) -> Vec<String> {
    let tie = |field: &super::field::Field| {
        let (FieldType::One(target, _), Some(value)) = (field.holds, shown.get(field.key)) else {
            return None;
        };
        let inside = shown.get(&format!("{}_obj", field.key));
        match world.find(target, &super::value::plain(value)) {
            Some((_, object)) => Some(object_name(object)),
            None => inside.and_then(name_inside),
        }
    };
    kind.fields.iter().filter_map(tie).collect()
}

/// The name of an object inside an answer, or a text itself.
fn name_inside(value: &Value) -> Option<String> {
    let inside = ["username", "name"]
        .iter()
        .find_map(|key| value[*key].as_str());
    inside.or(value.as_str()).map(str::to_owned)
}

/// What somebody wrote as JSON or YAML.
///
/// # Errors
///
/// What cannot be read, and where.
pub fn written(text: &str) -> Result<Value, String> {
    match serde_json::from_str(text) {
        Ok(value) => Ok(value),
        Err(error) if text.trim_start().starts_with(['{', '[']) => {
            Err(format!("This is not JSON: {error}."))
        }
        Err(_) => serde_yaml_ng::from_str(text)
            .map_err(|error| format!("This is neither JSON nor YAML: {error}.")),
    }
}

/// What a relation names, in its order; what is gone is left out.
///
/// # Errors
///
/// Only if the database fails.
pub async fn related(
    engine: &Engine,
    target: Target,
    ids: &[Value],
) -> Result<Vec<Related>, StoreError> {
    let world = World::of(&engine.snapshot());
    let mut found = Vec::new();
    if ids.is_empty() {
        return Ok(found);
    }
    let mut tx = engine.store.read().await?;
    for id in ids {
        found.extend(one_related(&mut tx, &world, target, id).await?);
    }
    Ok(found)
}

async fn one_related(
    tx: &mut Tx,
    world: &World,
    target: Target,
    id: &Value,
) -> Result<Option<Related>, StoreError> {
    Ok(match (target, id) {
        (Target::Kind(USER), id) => match integer(id) {
            Some(id) => user::find(tx, id)
                .await?
                .map(|row| of_row(USER, &Row::User(row))),
            None => None,
        },
        (Target::Kind(GROUP), Value::String(id)) => {
            let row = group::find(tx, &canonical(id)).await?;
            row.map(|row| of_row(GROUP, &Row::Group(row)))
        }
        (target, id) => {
            let found = world.find(target, &canonical(&super::value::plain(id)));
            found.map(|(kind, object)| of_object(kind, object, world))
        }
    })
}

fn of_row(model: &'static str, row: &Row) -> Related {
    Related {
        model,
        verbose: registered(model).verbose,
        id: row.id(),
        key: row.id(),
        title: row.name(),
    }
}

fn of_object(kind: &'static Kind, object: &crate::snapshot::Object, world: &World) -> Related {
    let key = object.config.get(kind.lookup).and_then(Value::as_str);
    Related {
        model: kind.model,
        verbose: kind.verbose,
        id: object.id.clone(),
        key: key.unwrap_or(&object.id).to_owned(),
        title: title(kind, &object.config, world, &object.id),
    }
}

/// Everything that a relation may name, by name; nothing if that is more than `most` or the caller may
/// not list it.
///
/// # Errors
///
/// Only if the database fails.
pub async fn candidates(
    engine: &Engine,
    ctx: &Context,
    target: Target,
    most: usize,
) -> Result<Option<Vec<Related>>, StoreError> {
    let world = World::of(&engine.snapshot());
    let mut found = Vec::new();
    for kind in kinds_of(target).filter(|kind| may(engine, ctx, kind, Verb::List)) {
        if kind.storage == Storage::Snapshot {
            let objects = world.objects(kind.model).iter().take(most + 1);
            found.extend(objects.map(|object| of_object(kind, object, &world)));
        } else {
            let query = Query {
                conditions: Vec::new(),
                order: vec![("id", false)],
                offset: 0,
                limit: i64::try_from(most + 1).unwrap_or(i64::MAX),
            };
            let mut tx = engine.store.read().await?;
            let all = rows(&mut tx, kind, &query).await?.0;
            found.extend(all.iter().map(|row| of_row(kind.model, row)));
        }
        if found.len() > most {
            return Ok(None);
        }
    }
    found.sort_by_cached_key(|one| (one.title.to_lowercase(), one.id.clone()));
    Ok(Some(found))
}

/// The key of what somebody calls by its name or its key, as a relation takes it.
///
/// # Errors
///
/// Only if the database fails.
pub async fn named(
    engine: &Engine,
    target: Target,
    text: &str,
) -> Result<Option<Value>, StoreError> {
    let text = text.trim();
    let world = World::of(&engine.snapshot());
    if let Target::Kind(USER | GROUP) = target {
        let mut tx = engine.store.read().await?;
        // A name may look like somebody else's key: forms show names, so names count first.
        let by_name = match target {
            Target::Kind(USER) => user::find_by_username(&mut tx, text)
                .await?
                .map(|row| json!(row.id)),
            _ => group::find_by_name(&mut tx, text)
                .await?
                .map(|row| json!(row.id)),
        };
        if by_name.is_some() {
            return Ok(by_name);
        }
        let by_key = one_related(&mut tx, &world, target, &json!(text)).await?;
        return Ok(by_key.map(|found| key_value(target, &found.id)));
    }
    let by_key = world.find(target, &canonical(text));
    if let Some((kind, object)) = by_key {
        return Ok(Some(present::pk(kind, object)));
    }
    let by_name = kinds_of(target).find_map(|kind| {
        let mut objects = world.objects(kind.model).iter();
        let is_called = |object: &crate::snapshot::Object| {
            object_name(object) == text
                || object
                    .config
                    .get(kind.lookup)
                    .is_some_and(|key| key == text)
        };
        Some((kind, objects.find(|object| is_called(object))?))
    });
    Ok(by_name.map(|(kind, object)| present::pk(kind, object)))
}

fn key_value(target: Target, id: &str) -> Value {
    match (super::world::is_integer_target(target), id.parse::<i64>()) {
        (true, Ok(id)) => json!(id),
        _ => json!(id),
    }
}

/// Changes an object that nobody has changed since it was looked at, and answers its primary key. What
/// is so already is not written.
///
/// # Errors
///
/// [`Refusal`]; [`Refusal::Invalid`] with [`MEANWHILE`] if somebody has.
pub async fn update_seen(
    engine: &Engine,
    ctx: &Context,
    kind: &'static Kind,
    key: &str,
    body: &Value,
    stamp: &str,
) -> Result<String, Refusal> {
    let mut writing = Writing::begin(engine, ctx).await?;
    let key = address_of(&mut writing.tx, &writing.world, kind, key).await?;
    let row = writing.reach(Verb::Change, kind, &key).await?;
    if !kind.verbs.update {
        return Err(Refusal::NotAllowed);
    }
    let before = writing.values_of(&row).await?;
    if history::stamp(kind, &before) != stamp {
        let message = "Somebody else has changed this meanwhile.";
        return Err(Errors::one(MEANWHILE, message).into());
    }
    writing.change_found(kind, &row, body).await?;
    writing.finish().await?;
    Ok(row.id())
}
