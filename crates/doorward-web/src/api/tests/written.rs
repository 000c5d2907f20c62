//! What the admin has written, judged by authentik's published OpenAPI file.

use doorward_engine::resource::registry;
use serde_json::Value;

use crate::published;

/// What answers hold beside the file, by kind, and why.
const BESIDE: [(&str, &[&str]); 3] = [
    // Only Doorward says what of the CSS has no effect.
    ("core/brands", &["branding_custom_css_warnings"]),
    // Clients from before 2026 require it.
    ("core/groups", &["parent_name"]),
    // What every other property mapping says of itself.
    (
        "propertymappings/notification",
        &[
            "component",
            "meta_model_name",
            "verbose_name",
            "verbose_name_plural",
        ],
    ),
];

/// Every body fits the file, and names nothing that is not in it, beside what only Doorward has.
#[track_caller]
pub(super) fn judge(written: Vec<Value>) {
    let theirs: Vec<_> = written.into_iter().filter_map(without_ours).collect();
    assert!(theirs.len() > 500, "only {} were written", theirs.len());
    published::judge(&theirs);
}

/// The same without the fields and the kinds that only Doorward has.
fn without_ours(mut exchange: Value) -> Option<Value> {
    let path = exchange["path"].as_str().unwrap_or_default().to_owned();
    let is_of = |path: &str, kind: &str| {
        let rest = path.trim_matches('/').strip_prefix(kind);
        rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    };
    let kinds = registry().filter(|kind| is_of(&path, kind.path));
    let Some(kind) = kinds.max_by_key(|kind| kind.path.len()) else {
        return Some(exchange);
    };
    if kind.model.starts_with("doorward_") {
        return None;
    }
    let ours = kind.fields.iter().filter(|field| field.ours);
    let beside = BESIDE.iter().filter(|(path, _)| *path == kind.path);
    let beside = beside.flat_map(|(_, keys)| keys.iter().copied());
    let mut leave_out = |side: &str, key: &str| {
        if let Some(body) = exchange[side].as_object_mut() {
            body.remove(key);
        }
    };
    for field in ours {
        leave_out("request", field.key);
        leave_out("response", field.key);
    }
    for key in beside {
        leave_out("response", key);
    }
    Some(exchange)
}
