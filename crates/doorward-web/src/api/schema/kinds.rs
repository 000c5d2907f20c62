//! The schemas of kinds: what is read, what is written, what a page of them is.

use doorward_engine::resource::actions::settings::SETTINGS;
use doorward_engine::resource::field::Access;
use doorward_engine::resource::world::is_integer_target;
use doorward_engine::resource::{Family, Field, FieldType, Kind, Pk, registry};
use serde_json::{Map, Value, json};

use super::reference;
use crate::api::route::{Route, Takes};

/// Every schema by its name.
pub(super) fn schemas() -> Map<String, Value> {
    let mut schemas = Map::new();
    schemas.insert("UsedBy".into(), used_by());
    schemas.insert("Pagination".into(), pagination());
    for family in Family::ALL {
        schemas.insert(family.schema().into(), of_family(family));
        schemas.insert(
            format!("Paginated{}List", family.schema()),
            page(family.schema()),
        );
    }
    for kind in registry() {
        schemas.insert(kind.schema.into(), read(kind));
        schemas.insert(format!("Paginated{}List", kind.schema), page(kind.schema));
        if kind.verbs.create || kind.verbs.update {
            schemas.insert(format!("{}Request", kind.schema), written(kind, true));
            schemas.insert(
                format!("Patched{}Request", kind.schema),
                written(kind, false),
            );
        }
        kind.fields
            .iter()
            .for_each(|field| words_of(field, &mut schemas));
    }
    let settings = &SETTINGS;
    schemas.insert("Settings".into(), fields_of(settings.fields.iter(), false));
    schemas.insert("SettingsRequest".into(), written(settings, true));
    schemas.insert("PatchedSettingsRequest".into(), written(settings, false));
    schemas
}

/// Adds the schema of an action's form, and of the words in it.
pub(super) fn add_form(route: &Route, schemas: &mut Map<String, Value>) {
    let Takes::Form(form) = route.takes else {
        return;
    };
    let schema = fields_of(form.fields.iter(), true);
    schemas.insert(form.schema.to_owned(), schema);
    form.fields
        .iter()
        .for_each(|field| words_of(field, schemas));
}

fn used_by() -> Value {
    let text = json!({ "type": "string" });
    let actions = json!({ "type": "string", "enum": ["cascade", "cascade_many", "set_null", "set_default", "left_dangling"] });
    json!({
        "type": "object",
        "properties": { "app": text, "model_name": text, "pk": text, "name": text, "action": actions },
        "required": ["action", "app", "model_name", "name", "pk"],
    })
}

fn pagination() -> Value {
    let keys = [
        "next",
        "previous",
        "count",
        "current",
        "total_pages",
        "start_index",
        "end_index",
    ];
    let properties: Map<_, _> = keys
        .iter()
        .map(|key| ((*key).to_owned(), json!({ "type": "number" })))
        .collect();
    json!({ "type": "object", "properties": properties, "required": keys })
}

fn page(name: &str) -> Value {
    json!({
        "type": "object",
        "properties": {
            "pagination": reference("Pagination"),
            "results": { "type": "array", "items": reference(name) },
            "autocomplete": { "type": "object", "additionalProperties": {} },
        },
        "required": ["autocomplete", "pagination", "results"],
    })
}

/// The named words of a choice.
fn words_of(field: &Field, schemas: &mut Map<String, Value>) {
    if let FieldType::Choice(words, name) | FieldType::Choices(words, name) = field.holds {
        schemas.insert(name.into(), json!({ "type": "string", "enum": words }));
    }
    if let FieldType::Entries(fields, name) = field.holds {
        schemas.insert(name.into(), fields_of(fields.iter(), true));
        for field in fields {
            words_of(field, schemas);
        }
    }
}

fn key(pk: Pk) -> Value {
    match pk {
        Pk::Uuid => json!({ "type": "string", "format": "uuid", "readOnly": true }),
        Pk::Integer => json!({ "type": "integer", "readOnly": true }),
    }
}

fn of_family(family: Family) -> Value {
    let pk = if family == Family::Provider {
        Pk::Integer
    } else {
        Pk::Uuid
    };
    let mut properties = Map::new();
    properties.insert("pk".into(), key(pk));
    properties.insert("name".into(), json!({ "type": "string" }));
    common(&mut properties);
    if family == Family::PropertyMapping {
        properties.insert("expression".into(), json!({ "type": "string" }));
    }
    let required: Vec<_> = properties.keys().cloned().collect();
    json!({ "type": "object", "properties": properties, "required": required })
}

fn common(properties: &mut Map<String, Value>) {
    for key in [
        "component",
        "verbose_name",
        "verbose_name_plural",
        "meta_model_name",
    ] {
        properties.insert(key.into(), json!({ "type": "string", "readOnly": true }));
    }
}

fn read(kind: &Kind) -> Value {
    let mut properties = Map::new();
    properties.insert(kind.pk_field.into(), key(kind.pk));
    for field in kind.fields.iter().filter(|field| field.is_shown()) {
        properties.insert(field.key.into(), of_field(field));
    }
    if kind.family.is_some() {
        common(&mut properties);
    }
    let required: Vec<_> = properties.keys().cloned().collect();
    json!({ "type": "object", "properties": properties, "required": required, "additionalProperties": true })
}

fn written(kind: &Kind, whole: bool) -> Value {
    fields_of(kind.fields.iter().filter(|field| field.is_taken()), whole)
}

fn fields_of<'a>(fields: impl Iterator<Item = &'a Field> + Clone, whole: bool) -> Value {
    let required: Vec<_> = fields
        .clone()
        .filter(|field| whole && field.required)
        .map(|field| field.key)
        .collect();
    let properties: Map<_, _> = fields
        .map(|field| (field.key.to_owned(), of_field(field)))
        .collect();
    let mut schema = json!({ "type": "object", "properties": properties });
    if !required.is_empty() {
        schema["required"] = json!(required);
    }
    schema
}

fn of_field(field: &Field) -> Value {
    let mut schema = of_type(field.holds);
    let Some(map) = schema.as_object_mut() else {
        return schema;
    };
    if field.nullable {
        map.insert("nullable".into(), json!(true));
    }
    match field.access {
        Access::ReadOnly => drop(map.insert("readOnly".into(), json!(true))),
        Access::WriteOnly => drop(map.insert("writeOnly".into(), json!(true))),
        Access::ReadWrite | Access::Hidden => {}
    }
    if !map.contains_key("$ref") {
        map.insert("title".into(), json!(field.label));
        if !field.help.is_empty() {
            map.insert("description".into(), json!(field.help));
        }
        if let Some(default) = field.default.value().filter(|default| !default.is_null()) {
            map.insert("default".into(), default);
        }
    }
    schema
}

fn of_type(holds: FieldType) -> Value {
    let text = |format: &str| json!({ "type": "string", "format": format });
    match holds {
        FieldType::Text { max, blank } => {
            let mut schema = json!({ "type": "string" });
            if max > 0 {
                schema["maxLength"] = json!(max);
            }
            if !blank {
                schema["minLength"] = json!(1);
            }
            schema
        }
        FieldType::Slug { .. } => json!({ "type": "string", "pattern": "^[-a-zA-Z0-9_]+$" }),
        FieldType::Integer { min, max } => {
            json!({ "type": "integer", "minimum": min, "maximum": max })
        }
        FieldType::Integers { min, max } => json!({
            "type": "array", "items": { "type": "integer", "minimum": min, "maximum": max },
        }),
        FieldType::Number => json!({ "type": "number", "format": "double", "minimum": 0 }),
        FieldType::Bool => json!({ "type": "boolean" }),
        FieldType::Object => json!({ "type": "object", "additionalProperties": {} }),
        FieldType::Json => json!({}),
        FieldType::KeySet => json!({ "oneOf": [
            { "type": "object", "additionalProperties": {} },
            { "type": "string" },
        ] }),
        FieldType::Choice(_, name) => json!({ "allOf": [reference(name)] }),
        FieldType::Choices(_, name) | FieldType::Entries(_, name) => {
            json!({ "type": "array", "items": reference(name) })
        }
        FieldType::Duration | FieldType::Expression | FieldType::Secret => {
            json!({ "type": "string" })
        }
        FieldType::Url { .. } => text("uri"),
        FieldType::Email => text("email"),
        FieldType::DateTime => text("date-time"),
        FieldType::One(target, _) if is_integer_target(target) => json!({ "type": "integer" }),
        FieldType::Uuid | FieldType::One(..) => text("uuid"),
        FieldType::Many(target) if is_integer_target(target) => {
            json!({ "type": "array", "items": { "type": "integer" } })
        }
        FieldType::Many(_) => json!({ "type": "array", "items": text("uuid") }),
    }
}
