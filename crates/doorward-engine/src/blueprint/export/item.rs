//! The objects of an export: what they are called, and how they name each other.

use std::collections::HashMap;

use serde_json::{Map, Value};
use serde_yaml_ng::value::{Tag, TaggedValue};
use serde_yaml_ng::{Mapping, Value as Yaml};

use super::leads_to;
use crate::blueprint::tag::plain;
use crate::resource::field::{Access, Field, FieldType, Target};
use crate::resource::{Kind, Storage};

/// One object.
pub(super) struct Item {
    pub(super) kind: &'static Kind,
    pub(super) id: String,
    pub(super) values: Map<String, Value>,
    /// Whether it is written.
    pub(super) chosen: bool,
}

/// Every object, by model and key.
#[derive(Default)]
pub(super) struct Items {
    pub(super) all: Vec<Item>,
    places: HashMap<String, Vec<usize>>,
}

impl Item {
    /// Whether it can be carried to another installation.
    pub(super) fn is_portable(&self) -> bool {
        let is_internal =
            self.values.get("type").and_then(Value::as_str) == Some("internal_service_account");
        let has_key = self.values.get("key_data").is_some_and(Value::is_string);
        !(has_key || is_internal && self.kind.storage == Storage::Users)
    }

    /// The fields that find it.
    pub(super) fn identifiers(&self) -> Vec<&'static str> {
        if self.kind.model == super::BINDING {
            return vec!["target", "order", "policy", "group", "user"];
        }
        if let Some(together) = self.kind.unique_together.first() {
            return together.to_vec();
        }
        let known = ["slug", "username", "identifier", "domain", "name"];
        let first = known
            .into_iter()
            .find(|name| self.kind.field(name).is_some());
        first.into_iter().collect()
    }

    /// The fields that are written besides.
    pub(super) fn fields(&self) -> impl Iterator<Item = &'static Field> {
        let identifiers = self.identifiers();
        let is_table = self.kind.storage != Storage::Snapshot;
        let is_written = move |field: &&Field| {
            let is_secret = field.holds == FieldType::Secret || field.access == Access::Hidden;
            // Members are told by the person; what a table computes is not taken.
            let is_told = field.key == "users" || is_table && field.access == Access::ReadOnly;
            let is_time = field.access == Access::ReadOnly && field.holds == FieldType::DateTime;
            !(is_secret || is_told || is_time || identifiers.contains(&field.key))
        };
        self.kind.fields.iter().filter(is_written)
    }
}

impl Items {
    pub(super) fn add(&mut self, item: Item) {
        let places = self.places.entry(item.id.clone()).or_default();
        places.push(self.all.len());
        self.all.push(item);
    }

    /// The object of a model with this key or name.
    pub(super) fn find(&self, model: &str, key: &str) -> Option<usize> {
        let fits = |item: &Item| {
            let named =
                |name: &&'static str| item.values.get(*name).and_then(Value::as_str) == Some(key);
            item.id == key || item.identifiers().iter().any(named)
        };
        let mut items = self.all.iter();
        items.position(|item| item.kind.model == model && fits(item))
    }

    /// What a relation names.
    fn target(&self, target: Target, value: &Value) -> Option<usize> {
        let places = self.places.get(&plain(value))?;
        let mut fitting = places.iter().copied();
        fitting.find(|index| leads_to(target, self.all[*index].kind))
    }

    /// Every relation of an object: the field and what it names.
    pub(super) fn relations(&self, item: &Item) -> Vec<(&'static str, usize)> {
        let mut found = Vec::new();
        for field in item
            .kind
            .fields
            .iter()
            .filter(|field| field.key != "users" || field.holds != MEMBERS)
        {
            let (Some(target), Some(value)) = (field.target(), item.values.get(field.key)) else {
                continue;
            };
            let values = value
                .as_array()
                .map_or(std::slice::from_ref(value), Vec::as_slice);
            let named = values.iter().filter_map(|value| self.target(target, value));
            found.extend(named.map(|index| (field.key, index)));
        }
        found
    }

    /// What an object is called in the file; the same in every installation.
    pub(super) fn label(&self, index: usize) -> String {
        let item = &self.all[index];
        format!("{}:{}", item.kind.model_name(), self.name(index))
    }

    /// The values of its identifiers.
    pub(super) fn name(&self, index: usize) -> String {
        let item = &self.all[index];
        let one = |key: &&str| {
            let value = item.values.get(*key).unwrap_or(&Value::Null);
            let target = item.kind.field(key).and_then(Field::target);
            match target.and_then(|target| self.target(target, value)) {
                Some(other) if other != index => self.label(other),
                _ if value.is_null() => String::new(),
                _ => plain(value),
            }
        };
        let names = item.identifiers();
        let parts: Vec<_> = names
            .iter()
            .map(one)
            .filter(|part| !part.is_empty())
            .collect();
        parts.join("/")
    }

    /// A value as it is written.
    pub(super) fn written(&self, kind: &Kind, field: &Field, value: &Value) -> Yaml {
        match (field.target(), value) {
            (None, value) => serde_yaml_ng::to_value(value).unwrap_or_default(),
            (Some(target), Value::Array(list)) => {
                let mut named: Vec<_> =
                    list.iter().map(|one| self.reference(target, one)).collect();
                // Relations of tables come in the order of their keys, which is another elsewhere.
                if kind.storage != Storage::Snapshot {
                    named.sort_by_key(|one| serde_yaml_ng::to_string(one).unwrap_or_default());
                }
                Yaml::Sequence(named)
            }
            (Some(target), value) => self.reference(target, value),
        }
    }

    fn reference(&self, target: Target, value: &Value) -> Yaml {
        match self.target(target, value) {
            None => Yaml::Null,
            Some(index) if self.all[index].chosen => tagged("KeyOf", self.label(index).into()),
            Some(index) => self.found_by_name(index),
        }
    }

    /// `!Find [model, [field, value], …]`
    fn found_by_name(&self, index: usize) -> Yaml {
        let item = &self.all[index];
        let mut list = vec![Yaml::from(item.kind.model)];
        for key in item.identifiers() {
            let (Some(field), Some(value)) = (item.kind.field(key), item.values.get(key)) else {
                continue;
            };
            list.push(Yaml::Sequence(vec![
                key.into(),
                self.written(item.kind, field, value),
            ]));
        }
        tagged("Find", Yaml::Sequence(list))
    }

    /// The identifiers as they are written.
    pub(super) fn found_by(&self, item: &Item) -> Mapping {
        let mut map = Mapping::new();
        for key in item.identifiers() {
            let value = item.values.get(key).unwrap_or(&Value::Null);
            if let Some(field) = item.kind.field(key) {
                map.insert(key.into(), self.written(item.kind, field, value));
            }
        }
        map
    }
}

/// Members of a group are told by the person.
const MEMBERS: FieldType = FieldType::Many(Target::Kind(crate::resource::USER));

fn tagged(name: &str, value: Yaml) -> Yaml {
    Yaml::Tagged(Box::new(TaggedValue {
        tag: Tag::new(name),
        value,
    }))
}
