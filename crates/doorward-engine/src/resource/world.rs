//! The configuration as a write or an answer sees it, with the people and groups it mentions.
//!
//! Answers look at the snapshot. Writes look at the rows of their own transaction, so that a
//! blueprint's entries see each other and nothing stale decides. Rule: a relation exists only if
//! this says so.

use std::collections::HashMap;
use std::sync::Arc;

use doorward_store::group::GroupRow;
use doorward_store::resource::ResourceRow;
use doorward_store::user::UserRow;
use doorward_store::{StoreError, Tx, group, resource, user};
use serde_json::Value;

use super::field::{FieldType, Target};
use super::kind::{Kind, Pk};
use super::{GROUP, USER, family_of, kind, registry};
use crate::snapshot::{Object, Snapshot};

/// Objects by kind, plus prefetched people and groups.
pub struct World {
    snapshot: Arc<Snapshot>,
    written: Option<HashMap<String, Vec<Arc<Object>>>>,
    users: HashMap<i64, UserRow>,
    groups: HashMap<String, GroupRow>,
}

impl World {
    /// For answers.
    pub fn of(snapshot: &Arc<Snapshot>) -> Self {
        let snapshot = Arc::clone(snapshot);
        Self {
            snapshot,
            written: None,
            users: HashMap::new(),
            groups: HashMap::new(),
        }
    }

    /// For writes: the rows as the transaction sees them.
    ///
    /// # Errors
    ///
    /// Only if the database fails.
    pub async fn load(tx: &mut Tx, snapshot: &Arc<Snapshot>) -> Result<Self, StoreError> {
        let mut written: HashMap<String, Vec<Arc<Object>>> = HashMap::new();
        for object in resource::all(tx).await?.into_iter().filter_map(object) {
            written
                .entry(object.kind.clone())
                .or_default()
                .push(Arc::new(object));
        }
        Ok(Self {
            written: Some(written),
            ..Self::of(snapshot)
        })
    }

    /// The process's configuration, for the installation's id and address.
    pub fn snapshot(&self) -> &Arc<Snapshot> {
        &self.snapshot
    }

    /// Every object of a kind, oldest first.
    pub fn objects(&self, model: &str) -> &[Arc<Object>] {
        match &self.written {
            Some(written) => written.get(model).map_or(&[], Vec::as_slice),
            None => self.snapshot.objects(model),
        }
    }

    /// One object.
    pub fn object(&self, model: &str, id: &str) -> Option<&Arc<Object>> {
        match &self.written {
            Some(_) => self.objects(model).iter().find(|object| object.id == id),
            None => self.snapshot.object(model, id),
        }
    }

    /// An object of any kind that `target` allows, with its kind.
    pub fn find(&self, target: Target, id: &str) -> Option<(&'static Kind, &Arc<Object>)> {
        kinds_of(target).find_map(|kind| Some((kind, self.object(kind.model, id)?)))
    }

    /// Puts a saved object where the next reader of this world finds it.
    pub fn put(&mut self, object: Object) {
        let Some(written) = &mut self.written else {
            return;
        };
        let list = written.entry(object.kind.clone()).or_default();
        match list.iter_mut().find(|one| one.id == object.id) {
            Some(place) => *place = Arc::new(object),
            None => list.push(Arc::new(object)),
        }
    }

    /// Takes an object away.
    pub fn remove(&mut self, model: &str, id: &str) {
        let Some(list) = self
            .written
            .as_mut()
            .and_then(|written| written.get_mut(model))
        else {
            return;
        };
        list.retain(|object| object.id != id);
    }

    /// A prefetched user.
    pub fn user(&self, id: i64) -> Option<&UserRow> {
        self.users.get(&id)
    }

    /// A prefetched group.
    pub fn group(&self, id: &str) -> Option<&GroupRow> {
        self.groups.get(id)
    }

    /// Whether what a relation names exists.
    pub fn exists(&self, target: Target, value: &Value) -> bool {
        match (target, value) {
            (Target::Kind(USER), Value::Number(id)) => {
                id.as_i64().is_some_and(|id| self.users.contains_key(&id))
            }
            (Target::Kind(GROUP), Value::String(id)) => self.groups.contains_key(id),
            (_, Value::String(id)) => self.find(target, id).is_some(),
            (_, Value::Number(id)) => self.find(target, &id.to_string()).is_some(),
            _ => false,
        }
    }

    /// Reads the people and groups that `values` name in fields of `kind`.
    ///
    /// # Errors
    ///
    /// Only if the database fails.
    pub async fn prefetch<'a>(
        &mut self,
        tx: &mut Tx,
        kind: &Kind,
        values: impl IntoIterator<Item = &'a serde_json::Map<String, Value>>,
    ) -> Result<(), StoreError> {
        for map in values {
            for field in kind.fields {
                let Some(value) = map.get(field.key) else {
                    continue;
                };
                match field.target() {
                    Some(Target::Kind(USER)) => self.prefetch_users(tx, value).await?,
                    Some(Target::Kind(GROUP)) => self.prefetch_groups(tx, value).await?,
                    _ => {}
                }
            }
        }
        Ok(())
    }

    async fn prefetch_users(&mut self, tx: &mut Tx, value: &Value) -> Result<(), StoreError> {
        for id in each(value).filter_map(integer) {
            if !self.users.contains_key(&id)
                && let Some(row) = user::find(tx, id).await?
            {
                self.users.insert(id, row);
            }
        }
        Ok(())
    }

    async fn prefetch_groups(&mut self, tx: &mut Tx, value: &Value) -> Result<(), StoreError> {
        let uuids = each(value)
            .filter_map(Value::as_str)
            .filter(|id| uuid::Uuid::parse_str(id).is_ok());
        for id in uuids {
            if !self.groups.contains_key(id)
                && let Some(row) = group::find(tx, id).await?
            {
                self.groups.insert(id.to_owned(), row);
            }
        }
        Ok(())
    }
}

/// The kinds that a relation may point to; users and groups are rows of their own tables.
pub fn kinds_of(target: Target) -> impl Iterator<Item = &'static Kind> {
    registry().filter(move |one| match target {
        Target::Kind(model) => one.model == model,
        Target::Family(family) => one.family == Some(family),
        Target::Bindable => one.is_bindable(),
        Target::Nothing => false,
    })
}

/// Whether the keys that a relation holds are integers.
pub fn is_integer_target(target: Target) -> bool {
    match target {
        Target::Kind(model) => kind(model).is_some_and(|kind| kind.pk == Pk::Integer),
        Target::Family(family) => family_of(family).any(|kind| kind.pk == Pk::Integer),
        Target::Bindable | Target::Nothing => false,
    }
}

/// Whether a field's relation holds several keys.
pub fn is_many(holds: FieldType) -> bool {
    matches!(holds, FieldType::Many(_))
}

fn each(value: &Value) -> impl Iterator<Item = &Value> {
    value
        .as_array()
        .map_or(std::slice::from_ref(value), Vec::as_slice)
        .iter()
}

/// A number, or text that spells one.
pub fn integer(value: &Value) -> Option<i64> {
    match value {
        Value::Number(number) => number.as_i64(),
        Value::String(text) => text.trim().parse().ok(),
        _ => None,
    }
}

fn object(row: ResourceRow) -> Option<Object> {
    let config = serde_json::from_str(&row.config).ok()?;
    Some(Object {
        kind: row.kind,
        id: row.id,
        config,
        version: row.version,
        created_at: row.created_at,
        updated_at: row.updated_at,
    })
}
