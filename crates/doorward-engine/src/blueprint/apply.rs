//! Applies the entries of a blueprint, one after the other, in the caller's transaction.

use std::collections::HashMap;

use doorward_protocol::password::{Verdict, is_supported};
use doorward_store::{StoreError, group, token, user};
use serde_json::{Map, Value, json};
use serde_yaml_ng::{Mapping, Value as Yaml};

use super::document::{Document, Entry, State};
use super::{BlueprintError, reason};
use crate::engine::Fault;
use crate::resource::write::{Found, Writing};
use crate::resource::{self, Kind, Mode, Pk, Refusal, Storage};
use crate::session;

/// What entries know of each other.
struct Scope {
    context: Map<String, Value>,
    keys: HashMap<String, Value>,
}

/// Why an entry's value or the entry itself cannot be used.
enum Problem {
    Words(String),
    Refusal(Refusal),
}

impl From<Refusal> for Problem {
    fn from(refusal: Refusal) -> Self {
        Self::Refusal(refusal)
    }
}

impl From<StoreError> for Problem {
    fn from(error: StoreError) -> Self {
        Self::Refusal(error.into())
    }
}

fn words<T>(text: impl Into<String>) -> Result<T, Problem> {
    Err(Problem::Words(text.into()))
}

/// Applies every entry.
pub(super) async fn apply(
    writing: &mut Writing<'_>,
    document: &Document,
    outer: &Map<String, Value>,
) -> Result<(), BlueprintError> {
    let mut scope = Scope {
        context: Map::new(),
        keys: HashMap::new(),
    };
    scope.context = file_context(writing, &document.context).await?;
    scope.context.extend(outer.clone());
    for (index, entry) in document.entries.iter().enumerate() {
        if let Err(problem) = one(writing, entry, &mut scope).await {
            return Err(blame(index + 1, &entry.model, problem)?);
        }
    }
    Ok(())
}

async fn file_context(
    writing: &mut Writing<'_>,
    context: &Mapping,
) -> Result<Map<String, Value>, BlueprintError> {
    let empty = Scope {
        context: Map::new(),
        keys: HashMap::new(),
    };
    match map(writing, context, &empty).await {
        Ok(context) => Ok(context),
        Err(problem) => Err(blame(0, "context", problem)?),
    }
}

fn blame(entry: usize, model: &str, problem: Problem) -> Result<BlueprintError, Fault> {
    let reason = match problem {
        Problem::Words(words) => words,
        Problem::Refusal(refusal) => reason(refusal)?,
    };
    Ok(BlueprintError::Entry {
        entry,
        model: model.to_owned(),
        reason,
    })
}

async fn one(writing: &mut Writing<'_>, entry: &Entry, scope: &mut Scope) -> Result<(), Problem> {
    for condition in &entry.conditions {
        if !is_truthy(&resolve(writing, condition, scope).await?) {
            return Ok(());
        }
    }
    let Some(kind) = resource::kind(&entry.model) else {
        return words("the model is unknown");
    };
    let identifiers = map(writing, &entry.identifiers, scope).await?;
    let empty = Mapping::new();
    let attrs = map(writing, entry.attrs.as_ref().unwrap_or(&empty), scope).await?;
    if identifiers.is_empty() {
        return words("identifiers are missing");
    }
    let found = find(writing, kind, &identifiers).await?;
    let key = match (entry.state, found) {
        (State::Absent, Some(found)) => return Ok(writing.remove_found(kind, &found).await?),
        (State::Absent, None) => return Ok(()),
        (State::MustCreated, Some(_)) => return words("it exists already"),
        (State::Created, Some(found)) => found.id(),
        (State::Present, Some(found)) => {
            let id = found.id();
            let body = Value::Object(attrs);
            writing
                .change_found(kind, &found, &body, Mode::Patch)
                .await?;
            password(writing, kind, &id, &body).await?;
            id
        }
        (_, None) => {
            let body = Value::Object(attrs);
            let id = insert(writing, kind, identifiers, &body).await?;
            password(writing, kind, &id, &body).await?;
            id
        }
    };
    if let Some(id) = &entry.id {
        scope.keys.insert(id.clone(), pk(kind, &key));
    }
    Ok(())
}

async fn insert(
    writing: &mut Writing<'_>,
    kind: &'static Kind,
    mut identifiers: Map<String, Value>,
    attrs: &Value,
) -> Result<String, Problem> {
    let id = identifiers
        .remove("pk")
        .and_then(|pk| pk.as_str().map(str::to_owned));
    identifiers.extend(attrs.as_object().cloned().unwrap_or_default());
    Ok(writing
        .insert(kind, &Value::Object(identifiers), id.as_deref())
        .await?)
}

/// `password` and `password_hash` of users, which only blueprints may set as attributes. A password
/// in clear is hashed only when the stored hash is not of it, so that applying twice changes nothing.
async fn password(
    writing: &mut Writing<'_>,
    kind: &'static Kind,
    id: &str,
    attrs: &Value,
) -> Result<(), Problem> {
    let text = |key: &str| attrs.get(key).and_then(Value::as_str).map(str::to_owned);
    if kind.storage != Storage::Users {
        return Ok(());
    }
    let Some(row) = user::find(&mut writing.tx, id.parse().unwrap_or_default()).await? else {
        return Ok(());
    };
    let encoded = match (text("password_hash"), text("password")) {
        (Some(encoded), _) if is_supported(&encoded) => encoded,
        (Some(_), _) => return words("password_hash is in no known form"),
        (None, Some(clear)) => match hash_if_new(writing, clear, &row.password).await? {
            Some(encoded) => encoded,
            None => return Ok(()),
        },
        (None, None) => return Ok(()),
    };
    if encoded != row.password {
        user::set_password(&mut writing.tx, row.id, &encoded, writing.ctx.now).await?;
        session::end_all_of(&mut writing.tx, row.id, "", writing.ctx.now).await?;
    }
    Ok(())
}

/// The hash of a password, unless `stored` is one of it.
async fn hash_if_new(
    writing: &Writing<'_>,
    clear: String,
    stored: &str,
) -> Result<Option<String>, Problem> {
    let hashes = &writing.engine.hashes;
    let verdict = hashes.verify(clear.clone(), stored.to_owned()).await;
    if matches!(verdict.map_err(Refusal::from)?, Verdict::Match { .. }) {
        return Ok(None);
    }
    let encoded = hashes.hash_new(clear).await.map_err(Refusal::from)?;
    encoded
        .map(Some)
        .map_err(|error| Problem::Words(error.to_string()))
}

fn pk(kind: &Kind, id: &str) -> Value {
    match kind.pk {
        Pk::Integer => json!(id.parse::<i64>().unwrap_or_default()),
        Pk::Uuid => json!(id),
    }
}

/// The object that all identifiers fit; `pk` alone decides if it is given.
async fn find(
    writing: &mut Writing<'_>,
    kind: &'static Kind,
    identifiers: &Map<String, Value>,
) -> Result<Option<Found>, Problem> {
    let text = |key: &str| {
        identifiers
            .get(key)
            .and_then(Value::as_str)
            .unwrap_or_default()
            .to_owned()
    };
    if kind.storage == Storage::Snapshot {
        let objects = writing.world.objects(kind.model).iter();
        let fits = |object: &crate::Object| match identifiers.get("pk") {
            Some(pk) => plain(pk) == object.id,
            None => identifiers
                .iter()
                .all(|(key, value)| object.config.get(key) == Some(value)),
        };
        return Ok(objects
            .into_iter()
            .find(|object| fits(object))
            .map(|object| Found::Object(object.clone())));
    }
    let tx = &mut writing.tx;
    Ok(match (kind.storage, identifiers.get("pk").map(plain)) {
        (Storage::Users, Some(pk)) => match pk.parse() {
            Ok(pk) => user::find(tx, pk).await?.map(Found::User),
            Err(_) => None,
        },
        (Storage::Users, None) => user::find_by_username(tx, &text("username"))
            .await?
            .map(Found::User),
        (Storage::Groups, Some(pk)) => group::find(tx, &pk).await?.map(Found::Group),
        (Storage::Groups, None) => group::find_by_name(tx, &text("name"))
            .await?
            .map(Found::Group),
        (Storage::Tokens, _) => token::find(tx, &text("identifier"))
            .await?
            .map(Found::Token),
        _ => return words("objects of this model cannot be made by a blueprint"),
    })
}

fn plain(value: &Value) -> String {
    value
        .as_str()
        .map_or_else(|| value.to_string(), str::to_owned)
}

fn is_truthy(value: &Value) -> bool {
    match value {
        Value::Null => false,
        Value::Bool(flag) => *flag,
        Value::Number(number) => number.as_f64() != Some(0.0),
        Value::String(text) => !text.is_empty(),
        Value::Array(list) => !list.is_empty(),
        Value::Object(map) => !map.is_empty(),
    }
}

async fn map(
    writing: &mut Writing<'_>,
    yaml: &Mapping,
    scope: &Scope,
) -> Result<Map<String, Value>, Problem> {
    let mut map = Map::new();
    for (key, value) in yaml {
        let Some(key) = key.as_str() else {
            return words("keys must be text");
        };
        map.insert(
            key.to_owned(),
            Box::pin(resolve(writing, value, scope)).await?,
        );
    }
    Ok(map)
}

/// A value with its tags resolved.
async fn resolve(writing: &mut Writing<'_>, yaml: &Yaml, scope: &Scope) -> Result<Value, Problem> {
    match yaml {
        Yaml::Mapping(mapping) => Ok(Value::Object(Box::pin(map(writing, mapping, scope)).await?)),
        Yaml::Sequence(list) => Ok(Value::Array(sequence(writing, list, scope).await?)),
        Yaml::Tagged(tagged) => {
            let tag = tagged.tag.to_string();
            let value = Box::pin(resolve(writing, &tagged.value, scope)).await?;
            by_tag(writing, tag.trim_start_matches('!'), value, scope).await
        }
        plain => serde_json::to_value(plain).map_err(|error| Problem::Words(error.to_string())),
    }
}

async fn sequence(
    writing: &mut Writing<'_>,
    list: &[Yaml],
    scope: &Scope,
) -> Result<Vec<Value>, Problem> {
    let mut values = Vec::with_capacity(list.len());
    for one in list {
        values.push(Box::pin(resolve(writing, one, scope)).await?);
    }
    Ok(values)
}

async fn by_tag(
    writing: &mut Writing<'_>,
    tag: &str,
    value: Value,
    scope: &Scope,
) -> Result<Value, Problem> {
    let arguments = value.as_array().cloned().unwrap_or_else(|| vec![value]);
    let first = arguments
        .first()
        .and_then(Value::as_str)
        .unwrap_or_default();
    let default = || arguments.get(1).cloned().unwrap_or(Value::Null);
    match tag {
        "KeyOf" => match scope.keys.get(first) {
            Some(key) => Ok(key.clone()),
            None => words(format!("!KeyOf {first}: no earlier entry has this id")),
        },
        "Context" => Ok(scope.context.get(first).cloned().unwrap_or_else(default)),
        "Env" => {
            let text = std::env::var(first).ok().filter(|text| !text.is_empty());
            Ok(text.map_or_else(default, Value::String))
        }
        "Format" => Ok(json!(format_text(first, &arguments[1..]))),
        "Find" => find_tag(writing, first, &arguments[1..]).await,
        tag => words(format!("the tag !{tag} is not known")),
    }
}

/// `%s` and `%d` in turn.
fn format_text(format: &str, arguments: &[Value]) -> String {
    let mut arguments = arguments.iter().map(plain);
    let mut parts = format.split("%s");
    let mut text = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        text.push_str(&arguments.next().unwrap_or_default());
        text.push_str(part);
    }
    text
}

/// The key of the first object that fits, or null.
async fn find_tag(
    writing: &mut Writing<'_>,
    model: &str,
    pairs: &[Value],
) -> Result<Value, Problem> {
    let Some(kind) = resource::kind(model) else {
        return Ok(Value::Null);
    };
    let mut identifiers = Map::new();
    for pair in pairs {
        let (Some(key), Some(value)) = (pair.get(0).and_then(Value::as_str), pair.get(1)) else {
            return words("!Find wants pairs of field and value");
        };
        identifiers.insert(key.to_owned(), value.clone());
    }
    let found = find(writing, kind, &identifiers).await?;
    Ok(found.map_or(Value::Null, |found| pk(kind, &found.id())))
}
