//! What objects were: their versions, what each of them changed, and the way back to one.
//!
//! Owns what is kept of an object and reading it again. Leaves rows to `store/version` and the rules of
//! a write to [`Writing`]. Rule: only what a request may set is kept, of a secret only a mark that tells
//! whether it is another one, and of what has no past (sessions, grants, events, devices) nothing. What
//! brings an older version back is a change like any other: checked, permitted, told.

use std::collections::HashSet;

use doorward_protocol::encoding;
use doorward_store::version::{self, VersionRow};
use serde_json::{Map, Value, json};

use super::field::{Field, FieldType, Target};
use super::kind::{Kind, Storage};
use super::list::reach;
use super::permit::{Grant, Verb, permitted};
use super::refusal::Refusal;
use super::tables::{self, canonical};
use super::validate::{Errors, Mode, WHOLE};
use super::world::World;
use super::write::Writing;
use crate::context::Context;
use crate::engine::Engine;
use crate::event::{self, CLEANSED};

/// Of a list of people or groups so many are kept by key; of more only a mark.
const RELATED_MAX: usize = 1000;
/// So many deleted objects of a kind are listed.
const DELETED_MAX: i64 = 50;

/// What made a version.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum What {
    /// It was so before anything was kept, or something else than a resource's write changed it.
    Found,
    /// Made.
    Created,
    /// Changed.
    Changed,
    /// Removed: as it was then.
    Deleted,
    /// Brought back to an older version.
    Restored,
}

impl What {
    /// The word in the store.
    pub fn word(self) -> &'static str {
        match self {
            Self::Found => "found",
            Self::Created => "created",
            Self::Changed => "changed",
            Self::Deleted => "deleted",
            Self::Restored => "restored",
        }
    }

    fn of(word: &str) -> Self {
        match word {
            "created" => Self::Created,
            "changed" => Self::Changed,
            "deleted" => Self::Deleted,
            "restored" => Self::Restored,
            _ => Self::Found,
        }
    }
}

/// A field that differs between a version and the one before.
#[derive(Clone, Debug, PartialEq)]
pub struct FieldChange {
    /// Which.
    pub field: &'static Field,
    /// As it was; null if it is a secret or there was none.
    pub before: Value,
    /// As it is from then on; null if it is a secret.
    pub after: Value,
    /// Whether only that it changed is known.
    pub is_secret: bool,
}

/// One version of an object.
#[derive(Clone, Debug, PartialEq)]
pub struct Version {
    /// The object's primary key.
    pub object: String,
    /// Which, from 0.
    pub number: i64,
    /// Unix milliseconds.
    pub at_ms: i64,
    /// Who wrote it; nobody: the program itself.
    pub user_id: Option<i64>,
    /// What they were called.
    pub username: String,
    /// What made it.
    pub what: What,
    /// What the object was called.
    pub name: String,
    /// What was kept of it.
    pub stored: Map<String, Value>,
    /// What differs from the version before.
    pub changes: Vec<FieldChange>,
}

/// Every version of an object, newest first.
#[derive(Clone, Debug, PartialEq)]
pub struct History {
    /// Its primary key.
    pub id: String,
    /// Whether the object is there.
    pub exists: bool,
    /// The versions.
    pub versions: Vec<Version>,
}

/// Whether versions of a kind's objects are kept.
pub fn is_kept(kind: &Kind) -> bool {
    matches!(
        kind.storage,
        Storage::Snapshot | Storage::Users | Storage::Groups | Storage::Tokens
    )
}

/// What is kept of an object: every field that a request may set.
pub(super) fn kept(kind: &Kind, values: &Map<String, Value>) -> Map<String, Value> {
    let taken = kind.fields.iter().filter(|field| field.is_taken());
    let kept = taken.filter_map(|field| {
        let value = values.get(field.key)?;
        Some((
            field.key.to_owned(),
            cleansed(field, kept_value(field, value)),
        ))
    });
    kept.collect()
}

/// Free objects may hold passwords under names that say so (basic authentication reads them there).
fn cleansed(field: &Field, mut value: Value) -> Value {
    if matches!(field.holds, FieldType::Object | FieldType::Json) {
        event::cleanse(&mut value);
    }
    value
}

/// Puts what is there now in place of what was not kept; where nothing is, it is left out.
fn fill_in(kept: &mut Value, now: Option<&Value>) {
    match kept {
        Value::Object(map) => {
            let now = |key: &str| now.and_then(|now| now.get(key));
            map.retain(|key, value| *value != CLEANSED || now(key).is_some());
            for (key, value) in map.iter_mut() {
                match now(key) {
                    Some(now) if *value == CLEANSED => value.clone_from(now),
                    now => fill_in(value, now),
                }
            }
        }
        Value::Array(list) => {
            for (at, value) in list.iter_mut().enumerate() {
                fill_in(value, now.and_then(|now| now.get(at)));
            }
        }
        _ => {}
    }
}

fn kept_value(field: &Field, value: &Value) -> Value {
    match (field.holds, value) {
        (FieldType::Secret, Value::String(sealed)) if !sealed.is_empty() => json!(mark(sealed)),
        (FieldType::Secret, _) => Value::Null,
        (FieldType::Many(_), Value::Array(list)) if list.len() > RELATED_MAX => {
            json!(mark(&sorted(value).to_string()))
        }
        (FieldType::Many(Target::Kind(super::USER | super::GROUP)), _) => sorted(value),
        _ => value.clone(),
    }
}

/// The relations of tables have no order of their own.
fn sorted(value: &Value) -> Value {
    let mut list = value.as_array().cloned().unwrap_or_default();
    list.sort_by_cached_key(|one| {
        one.as_i64()
            .map_or((0, one.to_string()), |id| (id, String::new()))
    });
    Value::Array(list)
}

/// Something by which one sees that a text is another one, and nothing else.
fn mark(text: &str) -> String {
    encoding::hex(&encoding::sha256(text.as_bytes())[..6])
}

/// A word for the state of an object: another one as soon as anything of it that can be set changes.
pub(super) fn stamp(kind: &Kind, values: &Map<String, Value>) -> String {
    let taken = kind.fields.iter().filter(|field| field.is_taken());
    let state = taken.filter_map(|field| {
        let value = values.get(field.key)?;
        Some((field.key.to_owned(), kept_value(field, value)))
    });
    mark(&Value::Object(state.collect()).to_string())
}

/// What differs between two states.
pub fn difference(
    kind: &'static Kind,
    before: &Map<String, Value>,
    after: &Map<String, Value>,
) -> Vec<FieldChange> {
    let change = |field: &'static Field| {
        let of = |map: &Map<String, Value>| {
            let kept = map.get(field.key).cloned();
            kept.or_else(|| field.default.value()).unwrap_or_default()
        };
        let (before, after) = (of(before), of(after));
        if before == after {
            return None;
        }
        let is_secret = field.holds == FieldType::Secret || is_mark(field, &after);
        let shown = |value: Value| if is_secret { Value::Null } else { value };
        Some(FieldChange {
            field,
            is_secret,
            before: shown(before),
            after: shown(after),
        })
    };
    let taken = kind.fields.iter().filter(|field| field.is_taken());
    taken.filter_map(change).collect()
}

/// Whether something stands in place of a list that was too long.
fn is_mark(field: &Field, value: &Value) -> bool {
    matches!(field.holds, FieldType::Many(_)) && value.is_string()
}

/// The versions of an object, of one that is gone by its primary key.
///
/// # Errors
///
/// [`Refusal`].
pub async fn history(
    engine: &Engine,
    ctx: &Context,
    kind: &'static Kind,
    key: &str,
) -> Result<History, Refusal> {
    let world = World::of(&engine.snapshot());
    let mut tx = engine.store.read().await?;
    let (id, exists) = match reach(&mut tx, ctx, Verb::View, kind, key, &world).await {
        Ok(row) => (row.id(), true),
        Err(refusal) => {
            let is_there = tables::find(&mut tx, kind, key, &world, ctx.now).await?;
            let grant = permitted(&ctx.actor, Verb::View, kind, None, world.snapshot());
            if is_there.is_some() || !matches!(grant, Grant::Everything) {
                return Err(refusal);
            }
            (canonical(key), false)
        }
    };
    let rows = version::of(&mut tx, kind.model, &id, ctx.now).await?;
    if rows.is_empty() && !exists {
        return Err(gone(kind));
    }
    Ok(History {
        id,
        exists,
        versions: versions(kind, &rows),
    })
}

fn gone(kind: &Kind) -> Refusal {
    Refusal::NotFound {
        model: kind.verbose,
    }
}

fn versions(kind: &'static Kind, rows: &[VersionRow]) -> Vec<Version> {
    let nothing = Map::new();
    let mut versions: Vec<_> = rows.iter().map(version_of).collect();
    for at in 0..versions.len() {
        let before = versions.get(at + 1).map_or(&nothing, |one| &one.stored);
        let one = &versions[at];
        // The oldest that is known begins the history: there is nothing to compare it with.
        let compares = at + 1 < versions.len() || one.what == What::Created;
        if compares && one.what != What::Deleted {
            versions[at].changes = difference(kind, before, &one.stored);
        }
    }
    versions
}

fn version_of(row: &VersionRow) -> Version {
    Version {
        object: row.object.clone(),
        number: row.number,
        at_ms: row.written_at,
        user_id: row.user_id,
        username: row.username.clone(),
        what: What::of(&row.what),
        name: row.name.clone(),
        stored: serde_json::from_str(&row.stored).unwrap_or_default(),
        changes: Vec::new(),
    }
}

/// The objects of a kind that are gone and whose last version is known, latest first.
///
/// # Errors
///
/// [`Refusal`].
pub async fn deleted(
    engine: &Engine,
    ctx: &Context,
    kind: &'static Kind,
) -> Result<Vec<Version>, Refusal> {
    let grant = permitted(&ctx.actor, Verb::View, kind, None, &engine.snapshot());
    if !is_kept(kind) || !matches!(grant, Grant::Everything) {
        return Ok(Vec::new());
    }
    let mut tx = engine.store.read().await?;
    let rows = version::deleted(&mut tx, kind.model, ctx.now, DELETED_MAX).await?;
    Ok(rows.iter().map(version_of).collect())
}

/// Brings a version back: what can be set of it, but no secret, which is not kept. One of an object
/// that is gone makes it again under its old key. Answers the primary key.
///
/// # Errors
///
/// [`Refusal`]; [`Refusal::Invalid`] by field if what it names is gone.
pub async fn restore(
    engine: &Engine,
    ctx: &Context,
    kind: &'static Kind,
    key: &str,
    number: i64,
) -> Result<String, Refusal> {
    let mut writing = Writing::begin(engine, ctx).await?;
    writing.is_restoring = true;
    let id = match writing.reach(Verb::Change, kind, key).await {
        Ok(row) if kind.verbs.update => {
            let id = row.id();
            let body = writing.body_of_version(kind, &id, number).await?;
            writing.change(kind, &row, &body, Mode::Patch).await?;
            id
        }
        Ok(_) => return Err(Refusal::NotAllowed),
        Err(refusal) => {
            let id = canonical(key);
            writing.make_again(kind, &id, number, refusal).await?;
            id
        }
    };
    writing.finish().await?;
    Ok(id)
}

impl Writing<'_> {
    /// Makes an object that is gone again; `refusal` says why it was not reached.
    async fn make_again(
        &mut self,
        kind: &'static Kind,
        id: &str,
        number: i64,
        refusal: Refusal,
    ) -> Result<(), Refusal> {
        let is_there = tables::find(&mut self.tx, kind, id, &self.world, self.ctx.now).await?;
        let snapshot = self.engine.snapshot();
        let grant = permitted(&self.ctx.actor, Verb::Create, kind, None, &snapshot);
        if is_there.is_some() || !matches!(grant, Grant::Everything) {
            return Err(refusal);
        }
        let body = self.body_of_version(kind, id, number).await?;
        if !matches!(kind.storage, Storage::Snapshot | Storage::Groups) || !kind.verbs.create {
            let message = "Once deleted, this cannot be brought back. Make a new one.";
            return Err(Errors::one(WHOLE, message).into());
        }
        self.insert(kind, &body, Some(id)).await.map(drop)
    }

    /// The body that asks for what a version was.
    async fn body_of_version(
        &mut self,
        kind: &'static Kind,
        id: &str,
        number: i64,
    ) -> Result<Value, Refusal> {
        let row = version::find(&mut self.tx, kind.model, id, number, self.ctx.now).await?;
        let version = version_of(&row.ok_or_else(|| gone(kind))?);
        let mut body = version.stored;
        body.retain(|key, value| {
            let field = kind.field(key);
            field.is_some_and(|field| {
                field.is_taken() && field.holds != FieldType::Secret && !is_mark(field, value)
            })
        });
        let row = tables::find(&mut self.tx, kind, id, &self.world, self.ctx.now).await?;
        let now = match &row {
            Some(row) => tables::values(&mut self.tx, row).await?,
            None => Map::new(),
        };
        for (key, value) in &mut body {
            fill_in(value, now.get(key));
        }
        self.world.prefetch(&mut self.tx, kind, [&body]).await?;
        let errors = missing(kind, &body, &self.world);
        if errors.is_empty() {
            Ok(Value::Object(body))
        } else {
            Err(errors.into())
        }
    }
}

/// Whatever a body names and is gone, said so that people understand it.
fn missing(kind: &Kind, body: &Map<String, Value>, world: &World) -> Errors {
    let mut errors = Errors::default();
    for field in kind.fields {
        let (Some(target), Some(value)) = (field.target(), body.get(field.key)) else {
            continue;
        };
        let all = value
            .as_array()
            .map_or(std::slice::from_ref(value), Vec::as_slice);
        let named: HashSet<_> = all.iter().filter(|one| !one.is_null()).collect();
        let lost = named
            .iter()
            .filter(|one| !world.exists(target, one))
            .count();
        if lost > 0 {
            let message = "What this version names here is gone. Bring that back first, or change this by hand.";
            errors.add(field.key, message);
        }
    }
    errors
}

#[cfg(test)]
mod tests;
