//! Lists and single objects: permission, filters, search, order, page, answer.
//!
//! Snapshot kinds are listed in memory, tables by SQL put together from the registry's finite
//! columns. Rule: what the caller may not see is not in the list, nor in its count.

use std::cmp::Ordering;
use std::sync::Arc;

use doorward_store::Tx;
use serde_json::{Value, json};

use super::field::Family;
use super::kind::{Filter, Kind, Op, Storage};
use super::permit::{Grant, Verb, permitted, serves};
use super::refusal::Refusal;
use super::tables::{self, Row};
use super::world::World;
use super::{family_of, present};
use crate::context::Context;
use crate::engine::Engine;
use crate::snapshot::{Object, Snapshot};

mod table;

/// The query of a request, and the session it came with.
#[derive(Clone, Debug, Default)]
pub struct Params {
    /// Decoded pairs in order; keys may repeat.
    pub query: Vec<(String, String)>,
    /// The caller's own session, so that lists can mark it.
    pub session: Option<String>,
}

impl Params {
    /// The last value of a key.
    pub fn get(&self, key: &str) -> Option<&str> {
        self.query
            .iter()
            .rev()
            .find(|(name, _)| name == key)
            .map(|(_, value)| value.as_str())
    }

    /// Every value of a key.
    pub fn all<'a>(&'a self, key: &'a str) -> impl Iterator<Item = &'a str> {
        self.query
            .iter()
            .filter(move |(name, _)| name == key)
            .map(|(_, value)| value.as_str())
    }

    /// A yes or no with a default.
    pub fn flag(&self, key: &str, default: bool) -> bool {
        match self.get(key) {
            Some("true" | "True" | "1" | "") => true,
            Some("false" | "False" | "0") => false,
            _ => default,
        }
    }
}

/// Which page and how long.
#[derive(Clone, Copy, Debug)]
pub(super) struct Slice {
    page: i64,
    size: i64,
}

impl Slice {
    pub(super) fn of(params: &Params, snapshot: &Snapshot) -> Result<Self, Refusal> {
        let setting = |key: &str, default: i64| {
            snapshot
                .settings
                .get("system")
                .and_then(|system| system[key].as_i64())
                .unwrap_or(default)
        };
        let most = setting("pagination_max_page_size", 100).max(1);
        let default = setting("pagination_default_page_size", 20).max(1);
        let size = params
            .get("page_size")
            .and_then(|size| size.parse().ok())
            .filter(|size| *size > 0);
        let page = match params.get("page") {
            None | Some("") => 1,
            Some(page) => page
                .parse()
                .ok()
                .filter(|page| *page > 0)
                .ok_or(Refusal::InvalidPage)?,
        };
        Ok(Self {
            page,
            size: size.unwrap_or(default).min(most),
        })
    }

    pub(super) fn offset(self) -> i64 {
        (self.page - 1).saturating_mul(self.size)
    }

    pub(super) fn size(self) -> i64 {
        self.size
    }

    pub(super) fn answer(self, count: i64, results: Vec<Value>) -> Result<Value, Refusal> {
        let pages = ((count + self.size - 1) / self.size).max(1);
        if self.page > pages {
            return Err(Refusal::InvalidPage);
        }
        let shown = (count - self.offset()).clamp(0, self.size);
        Ok(json!({
            "pagination": {
                "next": if self.page < pages { self.page + 1 } else { 0 },
                "previous": self.page - 1,
                "count": count,
                "current": self.page,
                "total_pages": pages,
                "start_index": if count == 0 { 0 } else { self.offset() + 1 },
                "end_index": self.offset() + shown,
            },
            "results": results,
            "autocomplete": {},
        }))
    }
}

/// The list of a kind.
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
    let snapshot = engine.snapshot();
    let grant = match permitted(&ctx.actor, Verb::List, kind, None, &snapshot) {
        // Everybody has a list of applications: those that they may open.
        Grant::Refused(Refusal::Forbidden) if is_application(kind) => Grant::Own,
        Grant::Refused(refusal) => return Err(refusal),
        grant => grant,
    };
    match kind.storage {
        Storage::Snapshot if is_application(kind) => {
            super::actions::application::list(engine, ctx, kind, params).await
        }
        Storage::Snapshot => {
            let world = World::of(&snapshot);
            let objects = visible(&[kind], &grant, &world);
            page_of(engine, objects, world, params).await
        }
        _ => table::list(engine, ctx, kind, &grant, params).await,
    }
}

fn is_application(kind: &Kind) -> bool {
    kind.model == "authentik_core.application"
}

/// The list of a whole family, as its members' own answers.
///
/// # Errors
///
/// [`Refusal`].
pub async fn list_family(
    engine: &Engine,
    ctx: &Context,
    family: Family,
    params: &Params,
) -> Result<Value, Refusal> {
    let snapshot = engine.snapshot();
    let kinds: Vec<&'static Kind> = family_of(family).collect();
    let grant = match kinds.first() {
        Some(kind) => permitted(&ctx.actor, Verb::List, kind, None, &snapshot),
        None => super::permit::nothing(&ctx.actor, &snapshot),
    };
    if let Grant::Refused(refusal) = grant {
        return Err(refusal);
    }
    let world = World::of(&snapshot);
    let objects = visible(&kinds, &grant, &world);
    page_of(engine, objects, world, params).await
}

/// What a grant lets somebody see.
fn visible(
    kinds: &[&'static Kind],
    grant: &Grant,
    world: &World,
) -> Vec<(&'static Kind, Arc<Object>)> {
    let mut found = Vec::new();
    for kind in kinds {
        for object in world.objects(kind.model) {
            let seen = match grant {
                Grant::Everything => true,
                Grant::Outpost(outpost) => serves(outpost, kind, &object.id, world.snapshot()),
                Grant::Own | Grant::Refused(_) => false,
            };
            if seen {
                found.push((*kind, Arc::clone(object)));
            }
        }
    }
    found
}

/// Filters, orders and cuts objects, and answers the page.
pub(super) async fn page_of(
    engine: &Engine,
    mut objects: Vec<(&'static Kind, Arc<Object>)>,
    mut world: World,
    params: &Params,
) -> Result<Value, Refusal> {
    let slice = Slice::of(params, world.snapshot())?;
    objects.retain(|(kind, object)| matches(kind, object, &world, params));
    order(&mut objects, params);
    let count = i64::try_from(objects.len()).unwrap_or(i64::MAX);
    let offset = usize::try_from(slice.offset()).unwrap_or(usize::MAX);
    let size = usize::try_from(slice.size()).unwrap_or(usize::MAX);
    let mut tx = engine.store.read().await?;
    let mut results = Vec::new();
    for (kind, object) in objects.into_iter().skip(offset).take(size) {
        results.push(tables::show(&mut tx, kind, &Row::Object(object), &mut world, params).await?);
    }
    slice.answer(count, results)
}

/// Whether an object passes the filters and every word of the search.
fn matches(kind: &Kind, object: &Object, world: &World, params: &Params) -> bool {
    kind.filters
        .iter()
        .all(|filter| passes(filter, object, world, params))
        && family_filters(kind, object, world, params)
        && params
            .get("search")
            .is_none_or(|search| is_found(kind, object, search))
}

/// What the lists of families filter by, beyond their members' own filters.
fn family_filters(kind: &Kind, object: &Object, world: &World, params: &Params) -> bool {
    let asks = |key: &str| params.get(key).filter(|value| !value.is_empty());
    match kind.family {
        Some(Family::Provider) => {
            asks("backchannel").is_none_or(|wanted| wanted != "true")
                && asks("application__isnull").is_none_or(|wanted| {
                    present::application_of(object, world).is_none() == (wanted == "true")
                })
        }
        _ => true,
    }
}

fn passes(filter: &Filter, object: &Object, world: &World, params: &Params) -> bool {
    let wanted: Vec<&str> = params
        .all(filter.param)
        .filter(|value| !value.is_empty())
        .collect();
    let Some(last) = wanted.last() else {
        return true;
    };
    let stored = match filter.field {
        "pk" => Value::String(object.id.clone()),
        field => object.config.get(field).cloned().unwrap_or(Value::Null),
    };
    let folded = |text: &str| text.to_lowercase();
    match filter.op {
        Op::Exact => plain(&stored) == *last || is_same_flag(&stored, last),
        Op::IExact => folded(&plain(&stored)) == folded(last),
        Op::IContains => folded(&plain(&stored)).contains(&folded(last)),
        Op::Prefix => plain(&stored).starts_with(last),
        Op::IsNull => is_nothing(&stored) == matches!(*last, "true" | "True" | "1"),
        Op::In => wanted
            .iter()
            .flat_map(|list| list.split(','))
            .any(|one| holds(&stored, one.trim())),
        Op::Test(test) => test(object, world, last),
        Op::Greater | Op::Less | Op::SqlText(_) | Op::SqlBool(_) => true,
    }
}

fn is_same_flag(stored: &Value, wanted: &str) -> bool {
    match stored {
        Value::Bool(true) => matches!(wanted, "true" | "True" | "1"),
        Value::Bool(false) => matches!(wanted, "false" | "False" | "0"),
        _ => false,
    }
}

fn is_nothing(value: &Value) -> bool {
    value.is_null() || value.as_array().is_some_and(Vec::is_empty)
}

fn holds(stored: &Value, wanted: &str) -> bool {
    match stored {
        Value::Array(list) => list.iter().any(|one| plain(one) == wanted),
        one => plain(one) == wanted,
    }
}

fn plain(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Null => String::new(),
        other => other.to_string(),
    }
}

fn is_found(kind: &Kind, object: &Object, search: &str) -> bool {
    let texts: Vec<String> = kind
        .search
        .iter()
        .filter_map(|(key, _)| Some(plain(object.config.get(*key)?).to_lowercase()))
        .collect();
    search
        .to_lowercase()
        .split_whitespace()
        .all(|word| texts.iter().any(|text| text.contains(word)))
}

/// Sorts by `ordering` as far as the kind knows the fields, else by the kind's own order.
fn order(objects: &mut [(&'static Kind, Arc<Object>)], params: &Params) {
    let Some((kind, _)) = objects.first() else {
        return;
    };
    let asked: Vec<&str> = params
        .get("ordering")
        .unwrap_or_default()
        .split(',')
        .map(str::trim)
        .collect();
    let known = |name: &&str| {
        kind.ordering
            .iter()
            .any(|(key, _)| *key == name.trim_start_matches('-'))
    };
    let mut names: Vec<&str> = asked.into_iter().filter(known).collect();
    if names.is_empty() {
        names.push(kind.default_order);
    }
    objects.sort_by(|(_, left), (_, right)| {
        let by = |name: &&str| {
            let key = name.trim_start_matches('-');
            let ordering = compare(field(left, key), field(right, key));
            if name.starts_with('-') {
                ordering.reverse()
            } else {
                ordering
            }
        };
        names
            .iter()
            .map(by)
            .find(|ordering| ordering.is_ne())
            .unwrap_or_else(|| left.id.cmp(&right.id))
    });
}

fn field(object: &Object, key: &str) -> Value {
    match key {
        "pk" => object
            .id
            .parse::<i64>()
            .map_or_else(|_| json!(object.id), |id| json!(id)),
        key => object.config.get(key).cloned().unwrap_or(Value::Null),
    }
}

fn compare(left: Value, right: Value) -> Ordering {
    match (&left, &right) {
        (Value::Number(left), Value::Number(right)) => left.as_i64().cmp(&right.as_i64()),
        (Value::Bool(left), Value::Bool(right)) => left.cmp(right),
        _ => plain(&left)
            .to_lowercase()
            .cmp(&plain(&right).to_lowercase()),
    }
}

/// One object.
///
/// # Errors
///
/// [`Refusal`].
pub async fn retrieve(
    engine: &Engine,
    ctx: &Context,
    kind: &'static Kind,
    key: &str,
    params: &Params,
) -> Result<Value, Refusal> {
    let mut world = World::of(&engine.snapshot());
    let mut tx = engine.store.read().await?;
    let row = reach(&mut tx, ctx, Verb::View, kind, key, &world).await?;
    Ok(tables::show(&mut tx, kind, &row, &mut world, params).await?)
}

/// One object of a family.
///
/// # Errors
///
/// [`Refusal`].
pub async fn retrieve_family(
    engine: &Engine,
    ctx: &Context,
    family: Family,
    key: &str,
    params: &Params,
) -> Result<Value, Refusal> {
    let kind = member(engine, ctx, family, key)?;
    retrieve(engine, ctx, kind, key, params).await
}

/// The kind of the family's object with this key.
pub(super) fn member(
    engine: &Engine,
    ctx: &Context,
    family: Family,
    key: &str,
) -> Result<&'static Kind, Refusal> {
    if matches!(ctx.actor, crate::context::Actor::Anonymous) {
        return Err(Refusal::NotAuthenticated);
    }
    let world = World::of(&engine.snapshot());
    let found = world
        .find(super::Target::Family(family), &tables::canonical(key))
        .map(|(kind, _)| kind);
    found.ok_or(Refusal::NotFound {
        model: family.schema(),
    })
}

/// The row that an address names, if the caller may do `verb` with it.
pub(super) async fn reach(
    tx: &mut Tx,
    ctx: &Context,
    verb: Verb,
    kind: &'static Kind,
    key: &str,
    world: &World,
) -> Result<Row, Refusal> {
    if matches!(ctx.actor, crate::context::Actor::Anonymous) {
        return Err(Refusal::NotAuthenticated);
    }
    let Some(row) = tables::find(tx, kind, key, world, ctx.now).await? else {
        return Err(Refusal::NotFound {
            model: kind.verbose,
        });
    };
    let id = row.id();
    match permitted(
        &ctx.actor,
        verb,
        kind,
        Some(row.subject(&id)),
        world.snapshot(),
    ) {
        Grant::Refused(refusal) => Err(refusal),
        Grant::Outpost(outpost) => {
            let own =
                row.owner().is_some() && row.owner() == ctx.actor.person().map(|person| person.id);
            let is_theirs = own || serves(&outpost, kind, &id, world.snapshot());
            if is_theirs {
                Ok(row)
            } else {
                Err(Refusal::NotFound {
                    model: kind.verbose,
                })
            }
        }
        Grant::Everything | Grant::Own => Ok(row),
    }
}
