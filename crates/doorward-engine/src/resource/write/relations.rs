//! The natural keys and the relations of an object, as the store holds them beside it.

use doorward_store::resource::{Link, OnDelete, UniqueKey};
use serde_json::{Map, Value};

use crate::resource::field::{FieldType, Target};
use crate::resource::kind::Kind;
use crate::resource::world::World;
use crate::resource::{GROUP, USER};

/// The natural keys of an object.
pub(super) fn keys(kind: &Kind, config: &Map<String, Value>) -> Vec<UniqueKey> {
    let key = |field: &str, value: String| UniqueKey {
        scope: kind.scope(field).to_owned(),
        field: field.to_owned(),
        value,
    };
    let unique = kind.fields.iter().filter(|field| field.unique);
    let mut keys: Vec<_> = unique
        .filter_map(|field| Some(key(field.key, config.get(field.key)?.as_str()?.to_owned())))
        .collect();
    keys.extend(
        (kind.keys)(config)
            .into_iter()
            .map(|(field, value)| key(field, value)),
    );
    keys.extend(kind.unique_together.iter().filter_map(|fields| {
        let values: Vec<_> = fields
            .iter()
            .map(|field| config.get(*field).cloned().unwrap_or(Value::Null))
            .collect();
        let complete = values.iter().all(|value| !value.is_null());
        complete.then(|| key(&fields.join("+"), Value::Array(values).to_string()))
    }));
    keys
}

/// The relations of an object.
pub(super) fn links(kind: &Kind, config: &Map<String, Value>, world: &World) -> Vec<Link> {
    let mut links = Vec::new();
    for field in kind.fields {
        let (target, on_delete) = match field.holds {
            FieldType::One(target, on_delete) => (target, on_delete),
            FieldType::Many(target) => (target, OnDelete::Remove),
            _ => continue,
        };
        let stored = config.get(field.key).unwrap_or(&Value::Null);
        let list = stored
            .as_array()
            .map_or(std::slice::from_ref(stored), Vec::as_slice);
        for (position, value) in (0_i64..).zip(list) {
            let id = match value {
                Value::String(id) => id.clone(),
                Value::Number(id) => id.to_string(),
                _ => continue,
            };
            let Some(target_kind) = model_of(target, &id, world) else {
                continue;
            };
            links.push(Link {
                field: field.key.into(),
                position,
                target_kind,
                target: id,
                on_delete,
            });
        }
    }
    links
}

fn model_of(target: Target, id: &str, world: &World) -> Option<String> {
    match target {
        Target::Kind(model @ (USER | GROUP)) => Some(model.to_owned()),
        target => world
            .find(target, id)
            .map(|(kind, _)| kind.model.to_owned()),
    }
}
