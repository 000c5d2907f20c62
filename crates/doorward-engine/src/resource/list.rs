//! Lists and single objects: permission, filters, search, order, page, answer.
//!
//! Snapshot kinds are listed in memory, tables by SQL put together from the registry's finite
//! columns. Rule: what the caller may not see is not in the list, nor in its count.

use std::sync::Arc;

use doorward_store::Tx;
use serde_json::{Value, json};

use super::actions::oauth2::note_secret_seen;
use super::family_of;
use super::field::Family;
use super::kind::{Kind, Storage};
use super::permit::{Grant, Verb, permitted, serves};
use super::query::{self, Wanted};
use super::refusal::Refusal;
use super::tables::{self, Row};
use super::world::World;
use crate::context::Context;
use crate::engine::Engine;
use crate::model::Outpost;
use crate::snapshot::{Object, Snapshot};

mod filter;
mod table;

pub(super) use table::{conditions_of, limits, rows};

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

    pub(super) fn answer(self, count: i64, results: &[Value]) -> Result<Value, Refusal> {
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
    let page = quiet(engine, ctx, kind, params).await?;
    note_secrets(engine, ctx, kind, &page);
    Ok(page)
}

/// The same, when no secret in it gets to anybody.
pub(super) async fn quiet(
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
            let wanted = query::read(Some(kind), kind.filters, params)?;
            page_of(engine, objects, world, &wanted, params).await
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
    let wanted = query::read(None, family.filters(), params)?;
    page_of(engine, objects, world, &wanted, params).await
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

/// A page of objects before anything is shown of them.
pub(super) struct Chosen {
    slice: Slice,
    count: i64,
    pub(super) objects: Vec<(&'static Kind, Arc<Object>)>,
}

impl Chosen {
    /// Filters, orders and cuts objects as the parameters ask.
    pub(super) fn of(
        mut objects: Vec<(&'static Kind, Arc<Object>)>,
        world: &World,
        wanted: &[Wanted],
        params: &Params,
    ) -> Result<Self, Refusal> {
        let slice = Slice::of(params, world.snapshot())?;
        let search = params.get("search").unwrap_or_default();
        objects.retain(|(kind, object)| filter::matches(kind, object, world, wanted, search));
        filter::order(&mut objects, params);
        let count = i64::try_from(objects.len()).unwrap_or(i64::MAX);
        let offset = usize::try_from(slice.offset()).unwrap_or(usize::MAX);
        let size = usize::try_from(slice.size()).unwrap_or(usize::MAX);
        let objects = objects.into_iter().skip(offset).take(size).collect();
        Ok(Self {
            slice,
            count,
            objects,
        })
    }

    /// The page's answer.
    pub(super) fn answer(&self, results: &[Value]) -> Result<Value, Refusal> {
        self.slice.answer(self.count, results)
    }
}

/// Filters, orders and cuts objects, and answers the page.
pub(super) async fn page_of(
    engine: &Engine,
    objects: Vec<(&'static Kind, Arc<Object>)>,
    mut world: World,
    wanted: &[Wanted],
    params: &Params,
) -> Result<Value, Refusal> {
    let mut tx = engine.store.read().await?;
    if wanted.iter().any(|one| one.filter.looks_at_people()) {
        for (kind, object) in &objects {
            world.prefetch(&mut tx, kind, [&object.config]).await?;
        }
    }
    let chosen = Chosen::of(objects, &world, wanted, params)?;
    let mut results = Vec::new();
    for (kind, object) in &chosen.objects {
        let row = Row::Object(Arc::clone(object));
        results.push(tables::show(&mut tx, kind, &row, &mut world, params).await?);
    }
    chosen.answer(&results)
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
    query::read(Some(kind), &[], params)?;
    let shown = tables::show(&mut tx, kind, &row, &mut world, params).await?;
    note_secret(engine, ctx, kind, &shown);
    Ok(shown)
}

/// Clients' secrets are among what the contract answers.
pub(super) fn note_secret(engine: &Engine, ctx: &Context, kind: &Kind, shown: &Value) {
    let is_there = shown["client_secret"]
        .as_str()
        .is_some_and(|one| !one.is_empty());
    if kind.model == super::OAUTH2_PROVIDER && is_there {
        let (pk, name) = (shown["pk"].to_string(), shown["name"].as_str());
        let seen = Some((&*pk, name.unwrap_or_default()));
        note_secret_seen(engine, ctx, seen);
    }
}

fn note_secrets(engine: &Engine, ctx: &Context, kind: &Kind, page: &Value) {
    let is_any = page["results"]
        .as_array()
        .is_some_and(|all| !all.is_empty());
    if kind.model == super::OAUTH2_PROVIDER && is_any {
        note_secret_seen(engine, ctx, None);
    }
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
    let subject = Some(row.subject(&id));
    match permitted(&ctx.actor, verb, kind, subject, world.snapshot()) {
        Grant::Refused(refusal) => Err(refusal),
        Grant::Outpost(outpost) if !concerns(&outpost, ctx, kind, &row, world) => {
            Err(Refusal::NotFound {
                model: kind.verbose,
            })
        }
        Grant::Outpost(_) | Grant::Everything | Grant::Own => Ok(row),
    }
}

/// Whether a row is the outpost account's own or something that the outpost serves.
fn concerns(outpost: &Outpost, ctx: &Context, kind: &Kind, row: &Row, world: &World) -> bool {
    let own = row.owner().is_some() && row.owner() == ctx.actor.person().map(|person| person.id);
    own || serves(outpost, kind, &row.id(), world.snapshot())
}
