//! Outposts: the guard in front of apps, embedded or remote, with its own service account.

use serde_json::{Map, Value, json};

use crate::model::EMBEDDED_OUTPOST;
use crate::resource::field::{Family, Field, FieldType, Target};
use crate::resource::kind::{Filter, Holds, Kind, Op};
use crate::resource::present;
use crate::resource::validate::Draft;
use crate::resource::world::World;
use crate::snapshot::Object;

const PROVIDERS: Target = Target::Family(Family::Provider);

/// `authentik_outposts.outpost`
pub(crate) static OUTPOST: Kind = Kind {
    model: "authentik_outposts.outpost",
    path: "outposts/instances",
    param: "uuid",
    schema: "Outpost",
    verbose: "Outpost",
    plural: "Outposts",
    fields: &[
        Field::name().unique(),
        Field::new(
            "type",
            "Kind",
            FieldType::Choice(&["proxy", "ldap", "radius", "rac"], "OutpostTypeEnum"),
        )
        .required(),
        Field::new("providers", "What it guards", FieldType::Many(PROVIDERS)).required(),
        Field::optional(
            "service_connection",
            "Integration that runs it",
            Target::Nothing,
        ),
        Field::new("config", "Settings", FieldType::Object).required(),
        Field::managed().unique().superuser_only(),
    ],
    search: &[("name", ""), ("managed", "")],
    filters: &[
        Filter::new("name__icontains", "name", Op::IContains),
        Filter::new("name__iexact", "name", Op::IExact),
        Filter::new("managed__icontains", "managed", Op::IContains),
        Filter::new("managed__iexact", "managed", Op::IExact),
        Filter::new("providers__isnull", "providers", Op::IsNull),
        Filter::new("providers_by_pk", "providers", Op::In),
        Filter::new(
            "service_connection__name__icontains",
            "service_connection",
            Op::Never,
        )
        .of(Holds::Text),
        Filter::new(
            "service_connection__name__iexact",
            "service_connection",
            Op::Never,
        )
        .of(Holds::Text),
    ],
    ordering: &[("name", ""), ("type", ""), ("pk", "")],
    check,
    present: show,
    ..Kind::BASE
};

/// The settings of an outpost when nobody says.
pub fn default_config() -> Value {
    json!({
        "log_level": "info",
        "docker_labels": null,
        "authentik_host": "",
        "docker_network": null,
        "container_image": null,
        "docker_map_ports": true,
        "refresh_interval": "minutes=5",
        "kubernetes_replicas": 1,
        "kubernetes_namespace": "default",
        "authentik_host_browser": "",
        "object_naming_template": "ak-outpost-%(name)s",
        "authentik_host_insecure": false,
        "kubernetes_json_patches": null,
        "kubernetes_ingress_path_type": null,
        "kubernetes_image_pull_secrets": [],
        "kubernetes_ingress_class_name": null,
        "kubernetes_disabled_components": [],
        "kubernetes_ingress_annotations": {},
        "kubernetes_ingress_secret_name": "authentik-outpost-tls",
        "kubernetes_httproute_annotations": {},
        "kubernetes_httproute_parent_refs": [],
        "kubernetes_disable_x509_strict": false,
        "kubernetes_service_type": "ClusterIP"
    })
}

fn check(draft: &mut Draft<'_>) {
    let is_embedded = |map: &Map<String, Value>| {
        map.get("managed").and_then(Value::as_str) == Some(EMBEDDED_OUTPOST)
    };
    let was_embedded = draft.before.is_some_and(is_embedded);
    let name_before = draft.before.and_then(|before| before.get("name")).cloned();
    if was_embedded && name_before.is_some_and(|name| draft.values.get("name") != Some(&name)) {
        draft
            .errors
            .add("name", "Embedded outpost's name cannot be changed");
    }
    let is_empty = draft
        .values
        .get("providers")
        .and_then(Value::as_array)
        .is_none_or(Vec::is_empty);
    if is_empty && !was_embedded && !is_embedded(&draft.values) {
        draft.errors.add("providers", "This list may not be empty.");
    }
    if draft.text("type") != "proxy" {
        draft
            .errors
            .add("type", "Doorward can only run proxy outposts yet.");
    }
    check_config(draft);
}

/// Known keys keep their type; unknown ones pass.
fn check_config(draft: &mut Draft<'_>) {
    let defaults = default_config();
    let given = draft
        .values
        .get("config")
        .and_then(Value::as_object)
        .cloned()
        .unwrap_or_default();
    for (key, value) in &given {
        let Some(default) = defaults.get(key) else {
            continue;
        };
        let same = value.is_null()
            || default.is_null()
            || std::mem::discriminant(value) == std::mem::discriminant(default);
        if !same {
            draft
                .errors
                .add("config", format!("{key} has the wrong type."));
        }
    }
    let interval = given
        .get("refresh_interval")
        .and_then(Value::as_str)
        .unwrap_or("minutes=5");
    if let Err(error) = doorward_protocol::duration::parse(interval) {
        draft.errors.add("config", error.to_string());
    }
    let host = given
        .get("authentik_host")
        .and_then(Value::as_str)
        .unwrap_or_default();
    let good = |url: url::Url| matches!(url.scheme(), "http" | "https") && url.has_host();
    if !host.is_empty() && !url::Url::parse(host).is_ok_and(good) {
        draft
            .errors
            .add("config", "authentik_host must be an http or https address.");
    }
}

/// The identifier of an outpost's API token.
pub(crate) fn token_identifier(id: &str) -> String {
    format!("ak-outpost-{id}-api")
}

/// The name of an outpost's service account.
pub(crate) fn account_name(id: &str) -> String {
    format!("ak-outpost-{}", id.replace('-', ""))
}

fn show(object: &Object, world: &World, answer: &mut Map<String, Value>) {
    let providers = present::related_list(PROVIDERS, object.config.get("providers"), world);
    answer.insert("providers_obj".into(), providers);
    answer.insert("service_connection_obj".into(), connection(object));
    let interval = object.config["config"]
        .get("refresh_interval")
        .and_then(Value::as_str)
        .unwrap_or("minutes=5");
    let seconds =
        doorward_protocol::duration::parse(interval).map_or(300, |span| span.as_seconds());
    answer.insert("refresh_interval_s".into(), json!(seconds));
    answer.insert(
        "token_identifier".into(),
        json!(token_identifier(&object.id)),
    );
}

/// How an outpost is run: the embedded one by this process, others by whoever started them. Never
/// null, because strict readers of the contract take it for an object.
fn connection(object: &Object) -> Value {
    let is_embedded = object
        .config
        .get("managed")
        .is_some_and(|managed| managed == EMBEDDED_OUTPOST);
    json!({
        "pk": object.id,
        "name": if is_embedded { "Inside this server" } else { "" },
        "local": is_embedded,
        "component": "",
        "verbose_name": "Outpost Service-Connection",
        "verbose_name_plural": "Outpost Service-Connections",
        "meta_model_name": "authentik_outposts.outpostserviceconnection",
    })
}
