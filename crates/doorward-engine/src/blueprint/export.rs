//! A flow as a blueprint: itself, its stages, their bindings, in an order that can be applied.
//!
//! Rule: what is written can be applied to an empty installation and makes the same flow; no key and
//! no secret is in it.

use serde_json::Value;
use serde_yaml_ng::value::{Tag, TaggedValue};
use serde_yaml_ng::{Mapping, Value as Yaml};

use crate::resource::{self, FieldType, Kind};
use crate::snapshot::{Object, Snapshot};

/// The YAML of the flow with this slug; `None` if there is none.
pub fn flow(snapshot: &Snapshot, slug: &str) -> Option<String> {
    let flow = snapshot.flows.get(slug)?;
    let object = snapshot.object("authentik_flows.flow", &flow.pk)?;
    let bindings = snapshot
        .stage_bindings
        .get(&flow.pk)
        .map_or(&[][..], Vec::as_slice);
    let mut entries = vec![entry(object, &["slug"])?];
    for binding in bindings {
        let stage = snapshot.stages.get(&binding.stage)?;
        // A stage that the identification shows on its own page comes before it.
        let inner = stage.config["password_stage"].as_str();
        for id in inner.into_iter().chain([binding.stage.as_str()]) {
            let stage = snapshot.stages.get(id)?;
            entries.push(entry(snapshot.object(&stage.kind, id)?, &["name"])?);
        }
        let object = snapshot.object("authentik_flows.flowstagebinding", &binding.pk)?;
        entries.push(entry(object, &["target", "stage", "order"])?);
    }
    entries.dedup();
    let mut document = Mapping::new();
    document.insert("version".into(), 1.into());
    let name: Mapping = [("name".into(), flow.name.as_str().into())]
        .into_iter()
        .collect();
    document.insert("metadata".into(), name.into());
    document.insert("entries".into(), Yaml::Sequence(entries));
    serde_yaml_ng::to_string(&document).ok()
}

/// One object: found by `identifiers`, with everything else as attributes.
fn entry(object: &Object, identifiers: &[&str]) -> Option<Yaml> {
    let kind = resource::kind(&object.kind)?;
    let (mut found_by, mut attrs) = (Mapping::new(), Mapping::new());
    for field in kind
        .fields
        .iter()
        .filter(|field| field.is_shown() && field.is_taken())
    {
        let Some(value) = object.config.get(field.key) else {
            continue;
        };
        let value = written(kind, field.key, value);
        let place = if identifiers.contains(&field.key) {
            &mut found_by
        } else {
            &mut attrs
        };
        if !value.is_null() {
            place.insert(field.key.into(), value);
        }
    }
    let mut entry = Mapping::new();
    entry.insert("model".into(), object.kind.as_str().into());
    entry.insert("id".into(), object.id.as_str().into());
    entry.insert("identifiers".into(), found_by.into());
    entry.insert("attrs".into(), attrs.into());
    Some(entry.into())
}

/// A value; a relation becomes `!KeyOf` the entry that stands before, any other is left out.
fn written(kind: &Kind, key: &str, value: &Value) -> Yaml {
    let holds = kind.field(key).map(|field| field.holds);
    let is_inside = matches!(key, "target" | "stage" | "password_stage");
    match (holds, value) {
        (Some(FieldType::One(..)), Value::String(id)) if is_inside => {
            let tagged = TaggedValue {
                tag: Tag::new("KeyOf"),
                value: id.as_str().into(),
            };
            Yaml::Tagged(Box::new(tagged))
        }
        (Some(FieldType::One(..) | FieldType::Many(_)), _) => Yaml::Null,
        (_, value) => serde_yaml_ng::to_value(value).unwrap_or(Yaml::Null),
    }
}
