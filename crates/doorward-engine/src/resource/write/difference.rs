//! Writes that first say what they would change, for blueprints.
//!
//! Rule: an object that is as it should be is not written: no new version, no event.

use doorward_protocol::seal::Purpose;
use doorward_store::StoreError;
use doorward_store::list::{Condition, Query};
use serde_json::{Map, Value};

use super::{Found, Writing};
use crate::resource::field::FieldType;
use crate::resource::kind::{Kind, Storage};
use crate::resource::list::{Params, rows};
use crate::resource::refusal::Refusal;
use crate::resource::tables;
use crate::resource::validate::Mode;

/// An object before and after a change.
#[derive(Clone, Debug, PartialEq)]
pub struct Difference {
    /// Every stored field, as it was.
    pub before: Map<String, Value>,
    /// Every stored field, as it is now.
    pub after: Map<String, Value>,
}

impl Writing<'_> {
    /// Changes an object that was found and answers the difference, or nothing if it is so already.
    ///
    /// # Errors
    ///
    /// [`Refusal::Invalid`] with every message.
    pub async fn change_found(
        &mut self,
        kind: &'static Kind,
        row: &Found,
        body: &Value,
    ) -> Result<Option<Difference>, Refusal> {
        let before = tables::values(&mut self.tx, row).await?;
        let body = self.without_known_secrets(kind, &before, body);
        let id = row.id();
        let after = self.checked(kind, &body, Mode::Patch, Some(&before), &id);
        let after = after.await?;
        if is_same(kind, &before, &after) {
            return Ok(None);
        }
        self.change(kind, row, &body, Mode::Patch).await?;
        Ok(Some(Difference { before, after }))
    }

    /// Every stored field of an object.
    ///
    /// # Errors
    ///
    /// Only if the database fails.
    pub async fn values_of(&mut self, row: &Found) -> Result<Map<String, Value>, StoreError> {
        tables::values(&mut self.tx, row).await
    }

    /// An object as the API answers it.
    ///
    /// # Errors
    ///
    /// Only if the database fails.
    pub async fn shown(&mut self, kind: &Kind, row: &Found) -> Result<Value, StoreError> {
        let params = Params::default();
        tables::show(&mut self.tx, kind, row, &mut self.world, &params).await
    }

    /// So many rows of a table from a place on, in the order of their keys.
    ///
    /// # Errors
    ///
    /// Only if the database fails.
    pub async fn rows_of(
        &mut self,
        kind: &Kind,
        conditions: Vec<Condition>,
        offset: i64,
        limit: i64,
    ) -> Result<Vec<Found>, StoreError> {
        let query = Query {
            conditions,
            order: vec![("id", false)],
            offset,
            limit,
        };
        Ok(rows(&mut self.tx, kind, &query).await?.0)
    }

    /// Notes something about a configuration object that is no change by anybody: without an event.
    ///
    /// # Errors
    ///
    /// [`Refusal::NotFound`] if it is gone.
    pub async fn note(&mut self, model: &str, id: &str, facts: &Value) -> Result<(), Refusal> {
        let kind = crate::resource::registered(model);
        let object = self.world.object(model, id).cloned();
        let object = object.ok_or(Refusal::NotFound {
            model: kind.verbose,
        })?;
        let mut config = object.config.clone();
        config.extend(facts.as_object().cloned().unwrap_or_default());
        self.save_object(kind, &object, config).await
    }

    /// The body without the secrets that are stored already, as their sealed forms never compare.
    fn without_known_secrets(
        &self,
        kind: &Kind,
        before: &Map<String, Value>,
        body: &Value,
    ) -> Value {
        let mut body = body.as_object().cloned().unwrap_or_default();
        let secrets = kind
            .fields
            .iter()
            .filter(|field| field.holds == FieldType::Secret);
        for field in secrets {
            let sealed = before.get(field.key).and_then(Value::as_str);
            let stored = sealed.and_then(|sealed| self.open(kind, field.key, sealed));
            if stored.is_some() && body.get(field.key).and_then(Value::as_str) == stored.as_deref()
            {
                body.remove(field.key);
            }
        }
        Value::Object(body)
    }

    fn open(&self, kind: &Kind, key: &str, sealed: &str) -> Option<String> {
        let context = format!("{}.{key}", kind.model);
        let keys = &self.engine.keys;
        let bytes = keys.open(Purpose::AtRest, context.as_bytes(), sealed);
        String::from_utf8(bytes.ok()?).ok()
    }
}

/// Whether nothing differs; the relations of tables have no order.
fn is_same(kind: &Kind, before: &Map<String, Value>, after: &Map<String, Value>) -> bool {
    let is_table = kind.storage != Storage::Snapshot;
    let is_set = |key: &str| {
        is_table
            && kind
                .field(key)
                .is_some_and(|field| matches!(field.holds, FieldType::Many(_)))
    };
    before.len() == after.len()
        && after.iter().all(|(key, value)| match before.get(key) {
            Some(old) if is_set(key) => sorted(old) == sorted(value),
            old => old == Some(value),
        })
}

fn sorted(list: &Value) -> Vec<String> {
    let mut words: Vec<_> = list
        .as_array()
        .into_iter()
        .flatten()
        .map(Value::to_string)
        .collect();
    words.sort();
    words
}
