//! Finds the object that an entry or `!Find` means: by `pk`, or by everything else together.
//!
//! Owns `__` look-ups. Rule: a name that the model does not have is told, never ignored, so that a
//! misspelt identifier does not make a second object.

use std::pin::Pin;
use std::sync::Arc;

use doorward_store::list::{Condition, Value as Sql};
use doorward_store::{group, token, user};
use serde_json::{Map, Value};

use super::run::{Problem, words};
use super::tag::plain;
use crate::resource::field::{Family, Field, FieldType};
use crate::resource::kind::{Kind, Storage};
use crate::resource::world::kinds_of;
use crate::resource::write::{Found, Writing};
use crate::resource::{self, value};

/// So many rows of a table are looked at when no identifier narrows the search.
const ROWS_MAX: i64 = 20_000;
const ROWS_AT_ONCE: i64 = 500;
/// So long an `attributes__a__b…` may be.
const PARTS_MAX: usize = 16;

type Answer<'a, T> = Pin<Box<dyn Future<Output = Result<T, Problem>> + Send + 'a>>;

/// The kinds that a model means: itself, or all of a family by authentik's base model.
pub(super) fn kinds(model: &str) -> Result<Vec<&'static Kind>, Problem> {
    let family = match model {
        "authentik_core.provider" => Family::Provider,
        "authentik_flows.stage" => Family::Stage,
        "authentik_policies.policy" => Family::Policy,
        "authentik_core.propertymapping" => Family::PropertyMapping,
        _ => {
            let Some(kind) = resource::kind(model) else {
                return words(format!("Doorward has no model {model}"));
            };
            return Ok(vec![kind]);
        }
    };
    Ok(resource::family_of(family).collect())
}

/// The first object that all identifiers fit; `pk` alone decides if it is given.
pub(super) async fn find(
    writing: &mut Writing<'_>,
    kind: &'static Kind,
    identifiers: &Map<String, Value>,
) -> Result<Option<Found>, Problem> {
    if let Some(pk) = identifiers.get("pk").filter(|pk| !pk.is_null()) {
        return by_key(writing, kind, &plain(pk)).await;
    }
    match kind.storage {
        Storage::Snapshot => {
            let objects = writing.world.objects(kind.model).to_vec();
            first(
                writing,
                kind,
                objects.into_iter().map(Found::Object),
                identifiers,
            )
            .await
        }
        Storage::Users | Storage::Groups | Storage::Tokens => {
            in_table(writing, kind, identifiers).await
        }
        Storage::Sessions
        | Storage::Events
        | Storage::Devices(_)
        | Storage::Consents
        | Storage::Grants(_)
        | Storage::Reputation => words("objects of this model cannot be made by a blueprint"),
    }
}

/// The object with this key.
pub(super) async fn by_key(
    writing: &mut Writing<'_>,
    kind: &'static Kind,
    key: &str,
) -> Result<Option<Found>, Problem> {
    let key = uuid::Uuid::parse_str(key).map_or_else(|_| key.to_owned(), |uuid| uuid.to_string());
    let tx = &mut writing.tx;
    Ok(match kind.storage {
        Storage::Snapshot => {
            let object = writing.world.object(kind.model, &key);
            object.map(|object| Found::Object(Arc::clone(object)))
        }
        Storage::Users => match key.parse() {
            Ok(id) => user::find(tx, id).await?.map(Found::User),
            Err(_) => None,
        },
        Storage::Groups => group::find(tx, &key).await?.map(Found::Group),
        Storage::Tokens => {
            let id = Condition::Equals("id", Sql::Text(key));
            writing.rows_of(kind, vec![id], 0, 1).await?.pop()
        }
        Storage::Sessions
        | Storage::Events
        | Storage::Devices(_)
        | Storage::Consents
        | Storage::Grants(_)
        | Storage::Reputation => None,
    })
}

/// The natural key of a table names its row at once; other columns narrow the search.
async fn in_table(
    writing: &mut Writing<'_>,
    kind: &'static Kind,
    identifiers: &Map<String, Value>,
) -> Result<Option<Found>, Problem> {
    let text = |key: &str| identifiers.get(key).and_then(Value::as_str);
    let tx = &mut writing.tx;
    let named = match (
        kind.storage,
        text("username"),
        text("name"),
        text("identifier"),
    ) {
        (Storage::Users, Some(name), _, _) => {
            Some(user::find_by_username(tx, name).await?.map(Found::User))
        }
        (Storage::Groups, _, Some(name), _) => {
            Some(group::find_by_name(tx, name).await?.map(Found::Group))
        }
        (Storage::Tokens, _, _, Some(name)) => Some(token::find(tx, name).await?.map(Found::Token)),
        _ => None,
    };
    if let Some(named) = named {
        let rest: Map<_, _> = identifiers
            .iter()
            .filter(|(key, _)| !matches!(key.as_str(), "username" | "name" | "identifier"))
            .map(|(key, value)| (key.clone(), value.clone()))
            .collect();
        return first(writing, kind, named.into_iter(), &rest).await;
    }
    scan(writing, kind, identifiers).await
}

async fn scan(
    writing: &mut Writing<'_>,
    kind: &'static Kind,
    identifiers: &Map<String, Value>,
) -> Result<Option<Found>, Problem> {
    let column = |column: &'static str| {
        let text = identifiers.get(column).and_then(Value::as_str)?;
        Some(Condition::Equals(column, Sql::Text(text.to_owned())))
    };
    let columns: &[&'static str] = match kind.storage {
        Storage::Users => &["email", "name"],
        _ => &[],
    };
    let conditions: Vec<_> = columns.iter().filter_map(|one| column(one)).collect();
    let mut offset = 0;
    while offset < ROWS_MAX {
        let rows = writing.rows_of(kind, conditions.clone(), offset, ROWS_AT_ONCE);
        let rows = rows.await?;
        let is_last = rows.is_empty();
        if let Some(found) = first(writing, kind, rows.into_iter(), identifiers).await? {
            return Ok(Some(found));
        }
        if is_last {
            return Ok(None);
        }
        offset += ROWS_AT_ONCE;
    }
    words("the identifiers would have to be compared with too many objects: name one by its name")
}

async fn first(
    writing: &mut Writing<'_>,
    kind: &'static Kind,
    found: impl Iterator<Item = Found> + Send,
    identifiers: &Map<String, Value>,
) -> Result<Option<Found>, Problem> {
    for one in found {
        let mut values = writing.values_of(&one).await?;
        values.insert("pk".to_owned(), Value::String(one.id()));
        let mut fits = true;
        for (path, wanted) in identifiers {
            let parts: Vec<_> = path.split("__").take(PARTS_MAX).collect();
            fits = fits && matches(writing, kind, &values, &parts, wanted).await?;
        }
        if fits {
            return Ok(Some(one));
        }
    }
    Ok(None)
}

/// Whether a field, or what it leads to, is as wanted.
fn matches<'a>(
    writing: &'a mut Writing<'_>,
    kind: &'static Kind,
    values: &'a Map<String, Value>,
    parts: &'a [&'a str],
    wanted: &'a Value,
) -> Answer<'a, bool> {
    Box::pin(async move {
        let (name, rest) = parts.split_first().unwrap_or((&"", &[]));
        if matches!(*name, "pk" | "id" | "uuid") || *name == kind.pk_field {
            let key = values.get("pk").unwrap_or(&Value::Null);
            return compare(key, rest, wanted);
        }
        let Some(field) = kind.field(name) else {
            return words(format!("{} has no field {name}", kind.model));
        };
        let value = values.get(*name).unwrap_or(&Value::Null);
        match (field.target(), rest) {
            (_, []) => {
                let checked = value::check(field, wanted, &writing.world);
                Ok(equals(field, value, checked.as_ref().unwrap_or(wanted)))
            }
            (Some(target), [next, ..]) if !is_operator(next) => {
                for id in each(value) {
                    for kind in kinds_of(target) {
                        let Some(found) = by_key(writing, kind, &plain(id)).await? else {
                            continue;
                        };
                        let mut values = writing.values_of(&found).await?;
                        values.insert("pk".to_owned(), Value::String(found.id()));
                        if matches(writing, kind, &values, rest, wanted).await? {
                            return Ok(true);
                        }
                    }
                }
                Ok(false)
            }
            _ => compare(value, rest, wanted),
        }
    })
}

fn each(value: &Value) -> &[Value] {
    match value {
        Value::Null => &[],
        Value::Array(list) => list,
        one => std::slice::from_ref(one),
    }
}

/// A whole value: maps contain what is wanted, relations have no order.
fn equals(field: &Field, value: &Value, wanted: &Value) -> bool {
    match (value, wanted) {
        (Value::Object(_), Value::Object(_)) => contains(value, wanted),
        (Value::Array(list), Value::Array(wanted)) if matches!(field.holds, FieldType::Many(_)) => {
            list.len() == wanted.len() && wanted.iter().all(|one| list.contains(one))
        }
        (Value::Array(list), one) if !one.is_array() => list.contains(one),
        (Value::Number(_) | Value::String(_), Value::Number(_) | Value::String(_)) => {
            plain(value) == plain(wanted)
        }
        _ => value == wanted,
    }
}

/// PostgreSQL's `@>`.
fn contains(value: &Value, wanted: &Value) -> bool {
    match (value, wanted) {
        (Value::Object(map), Value::Object(wanted)) => wanted
            .iter()
            .all(|(key, one)| map.get(key).is_some_and(|value| contains(value, one))),
        (Value::Array(list), Value::Array(wanted)) => wanted
            .iter()
            .all(|one| list.iter().any(|value| contains(value, one))),
        _ => value == wanted,
    }
}

const OPERATORS: &[&str] = &[
    "exact",
    "iexact",
    "contains",
    "icontains",
    "startswith",
    "istartswith",
    "endswith",
    "iendswith",
    "in",
    "isnull",
    "gt",
    "gte",
    "lt",
    "lte",
];

fn is_operator(word: &str) -> bool {
    OPERATORS.contains(&word)
}

/// Steps into JSON, then compares.
fn compare(value: &Value, rest: &[&str], wanted: &Value) -> Result<bool, Problem> {
    match rest {
        [] => Ok(match (value, wanted) {
            (Value::Object(_), Value::Object(_)) => contains(value, wanted),
            _ => plain(value) == plain(wanted),
        }),
        [operator] if is_operator(operator) => Ok(holds(operator, value, wanted)),
        [key, rest @ ..] if value.is_object() || value.is_null() => {
            compare(value.get(key).unwrap_or(&Value::Null), rest, wanted)
        }
        [word, ..] => words(format!(
            "__{word} is no look-up; there are {}",
            OPERATORS.join(", ")
        )),
    }
}

fn holds(operator: &str, value: &Value, wanted: &Value) -> bool {
    if operator == "isnull" {
        return value.is_null() == super::tag::is_truthy(wanted);
    }
    if operator == "in" {
        return each(wanted).iter().any(|one| plain(one) == plain(value));
    }
    if value.is_null() {
        return false;
    }
    if let (Some(left), Some(right)) = (value.as_f64(), wanted.as_f64()) {
        match operator {
            "gt" => return left > right,
            "gte" => return left >= right,
            "lt" => return left < right,
            "lte" => return left <= right,
            _ => {}
        }
    }
    if operator == "contains" && (value.is_object() || value.is_array()) {
        return contains(value, wanted);
    }
    let (mut left, mut right) = (plain(value), plain(wanted));
    if operator.starts_with('i') {
        (left, right) = (left.to_lowercase(), right.to_lowercase());
    }
    match operator.trim_start_matches('i') {
        "exact" => left == right,
        "contains" => left.contains(&right),
        "startswith" => left.starts_with(&right),
        "endswith" => left.ends_with(&right),
        "gt" => left > right,
        "gte" => left >= right,
        "lt" => left < right,
        "lte" => left <= right,
        _ => false,
    }
}
