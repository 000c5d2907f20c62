//! Blueprint instances: files of the operator's folder, or texts, that are applied when they change.
//!
//! Rule: a path never leaves the blueprints folder, and nothing is fetched from elsewhere.

use serde_json::{Map, Value, json};

use crate::blueprint::{Document, is_inside};
use crate::resource::field::{Default, Field, FieldType};
use crate::resource::kind::{Filter, Kind};
use crate::resource::validate::{Draft, WHOLE};
use crate::resource::value::rfc3339;
use crate::resource::world::World;
use crate::snapshot::Object;

const STATUS: &[&str] = &["successful", "warning", "error", "orphaned", "unknown"];

/// `authentik_blueprints.blueprintinstance`
pub(crate) static BLUEPRINT: Kind = Kind {
    model: "authentik_blueprints.blueprintinstance",
    path: "managed/blueprints",
    param: "instance_uuid",
    schema: "BlueprintInstance",
    verbose: "Blueprint Instance",
    plural: "Blueprint Instances",
    fields: &[
        Field::name().unique(),
        Field::text("path", "File").help("Its place in the blueprints folder."),
        Field::new("context", "Values for !Context", FieldType::Object).default(Default::Object),
        Field::new("last_applied", "Last applied", FieldType::DateTime)
            .read_only()
            .nullable()
            .default(Default::Null),
        Field::text("last_applied_hash", "SHA-512 of what was applied").read_only(),
        Field::choice(
            "status",
            "How it went",
            STATUS,
            "BlueprintInstanceStatusEnum",
            "unknown",
        )
        .read_only(),
        Field::flag("enabled", "Applied when it changes", true),
        Field::new("managed_models", "Models in it", FieldType::Json)
            .read_only()
            .default(Default::Words(&[])),
        Field::new("metadata", "What it says of itself", FieldType::Object)
            .read_only()
            .default(Default::Object),
        Field::text("content", "Text").help("Instead of a file."),
        Field::text("tried", "What was tried last").hidden(),
        Field::text("failure", "Why it was not applied").hidden(),
        Field::flag("is_discovered", "Made for a file", false).hidden(),
    ],
    search: &[("name", ""), ("path", "")],
    filters: &[Filter::exact("name"), Filter::exact("path")],
    ordering: &[
        ("name", ""),
        ("path", ""),
        ("status", ""),
        ("enabled", ""),
        ("last_applied", ""),
    ],
    check,
    present: show,
    ..Kind::BASE
};

fn check(draft: &mut Draft<'_>) {
    let path = draft.text("path").to_owned();
    let content = draft.text("content").to_owned();
    if path.is_empty() && content.is_empty() {
        let words = "Either path or content must be set.";
        draft.errors.add(WHOLE, words);
    } else if path.contains("://") {
        let words =
            "Blueprints are not fetched from registries: save the file in the blueprints folder.";
        draft.errors.add("path", words);
    } else if !path.is_empty() && !is_inside(&path) {
        let words = "The path must lie in the blueprints folder.";
        draft.errors.add("path", words);
    }
    let is_given = !content.is_empty() && draft.is_given("content");
    if let Some(error) = is_given.then(|| Document::parse(&content).err()).flatten() {
        draft.errors.add("content", error.to_string());
    }
}

/// authentik knows no instance that was never applied: then it is the time of the last change.
fn show(object: &Object, _: &World, answer: &mut Map<String, Value>) {
    if answer.get("last_applied").is_none_or(Value::is_null) {
        answer.insert("last_applied".into(), json!(rfc3339(object.updated_at)));
    }
}
