//! Every kind of thing that an admin can list and change, described once.
//!
//! Owns the registry of kinds and the generic operations on them: list, retrieve, create, change,
//! delete, used-by. Leaves HTTP to the web and rows to the store. Rule: whatever reads or writes a
//! configuration object, by API, blueprint or command line, goes through here, so that every write
//! is checked whole, leaves an event and tells the caches.

pub mod actions;
pub(crate) mod dump;
mod family;
pub mod field;
pub mod form;
pub mod history;
pub mod kind;
mod kinds;
pub mod list;
pub mod look;
pub(crate) mod own;
pub mod part;
pub mod permit;
pub mod present;
pub mod query;
pub mod refusal;
mod remove;
pub(crate) mod tables;
mod used_by;
pub mod validate;
pub mod value;
pub mod world;
pub mod write;

pub use field::{Family, Field, FieldType, Target};
pub use kind::{Filter, Holds, Kind, Op, Pk, Storage, Verbs};
pub(crate) use kinds::oauth2_provider::{
    GRANT_TYPES as OAUTH2_GRANT_TYPES, MODEL as OAUTH2_PROVIDER, registered as registered_uri,
};
pub(crate) use kinds::oauth2_registration::MODEL as OAUTH2_REGISTRATION;
pub use kinds::outpost::default_config as outpost_defaults;
pub use list::{Params, list, list_family, retrieve, retrieve_family};
pub use permit::{Grant, Verb, permitted};
pub use refusal::Refusal;
pub use remove::{delete, delete_family, end_sessions_of};
pub use used_by::{used_by, used_by_family};
pub use validate::{Errors, Mode};
pub use world::World;
pub use write::{create, update};

use serde_json::{Value, json};

/// The model of users.
pub const USER: &str = "authentik_core.user";
/// The model of groups.
pub const GROUP: &str = "authentik_core.group";

/// Every kind but the stages, in the order of the OpenAPI file.
static KINDS: &[&Kind] = &[
    &kinds::application::APPLICATION,
    &kinds::directory::SESSIONS,
    &kinds::brand::BRAND,
    &kinds::directory::GROUPS,
    &kinds::directory::TOKENS,
    &kinds::directory::CONSENTS,
    &kinds::directory::USERS,
    &kinds::certificate::CERTIFICATE,
    &kinds::directory::EVENTS,
    &kinds::entitlement::ENTITLEMENT,
    &kinds::flow::FLOW_STAGE_BINDING,
    &kinds::flow::FLOW,
    &kinds::blueprint::BLUEPRINT,
    &kinds::outpost::OUTPOST,
    &kinds::policy::POLICY_BINDING,
    &kinds::policies::DUMMY,
    &kinds::declared_policies::EMAIL_DOMAINS,
    &kinds::event_matcher::EVENT_MATCHER,
    &kinds::policies::EXPRESSION,
    &kinds::geoip_policy::GEOIP,
    &kinds::declared_policies::GROUPS,
    &kinds::declared_policies::HOURS,
    &kinds::declared_policies::NETWORKS,
    &kinds::policies::PASSWORD,
    &kinds::policies::PASSWORD_EXPIRY,
    &kinds::reputation::POLICY,
    &kinds::reputation::SCORES,
    &kinds::policies::UNIQUE_PASSWORD,
    &kinds::oauth2_provider::OAUTH2_PROVIDER,
    &kinds::oauth2_registration::OAUTH2_REGISTRATION,
    &kinds::proxy_provider::PROXY_PROVIDER,
    &kinds::source::SOURCE,
];

/// Every kind there is.
pub fn registry() -> impl Iterator<Item = &'static Kind> {
    let ours = KINDS.iter().chain(kinds::mapping::ALL);
    let ours = ours.chain(kinds::grant::ALL);
    let ours = ours.chain(kinds::stage::ALL);
    ours.chain(kinds::device::ALL).copied()
}

/// The kind with this blueprint model.
pub fn kind(model: &str) -> Option<&'static Kind> {
    registry().find(|kind| kind.model == model)
}

/// A kind that this crate itself registers.
pub(crate) fn registered(model: &str) -> &'static Kind {
    kind(model).expect("the crate names only models that it registers")
}

/// The kinds of a family.
pub fn family_of(family: Family) -> impl Iterator<Item = &'static Kind> {
    registry().filter(move |kind| kind.family == Some(family))
}

/// Where a provider's app opens.
pub fn provider_launch_url(id: &str, world: &World) -> Value {
    let found = world.find(Target::Family(Family::Provider), id);
    if let Some((_, object)) = found
        && let Some(address) = crate::oauth::sign_in_address(object, world.snapshot())
    {
        return json!(address);
    }
    let host = found.and_then(|(_, object)| object.config.get("external_host").cloned());
    host.filter(|host| host.as_str().is_some_and(|host| !host.is_empty()))
        .unwrap_or(Value::Null)
}

/// The kinds of a family that can be made, as the admin's wizard lists them.
pub fn types(family: Family) -> Value {
    let one = |kind: &Kind| {
        json!({
            "name": kind.verbose,
            "description": kind.description,
            "component": kind.component,
            "model_name": kind.model_name(),
            "icon_url": "",
            "requires_enterprise": false,
            "deprecated": false,
        })
    };
    family_of(family)
        .filter(|kind| kind.verbs.create)
        .map(one)
        .collect()
}

/// Every word an event's action may be.
pub const EVENT_ACTIONS: &[&str] = &[
    "login",
    "login_failed",
    "logout",
    "user_write",
    "user_offboarded",
    "suspicious_request",
    "password_set",
    "secret_view",
    "secret_rotate",
    "invitation_used",
    "authorize_application",
    "source_linked",
    "impersonation_started",
    "impersonation_ended",
    "flow_execution",
    "policy_execution",
    "policy_exception",
    "property_mapping_exception",
    "system_task_execution",
    "system_task_exception",
    "system_exception",
    "configuration_error",
    "configuration_warning",
    "model_created",
    "model_updated",
    "model_deleted",
    "email_sent",
    "update_available",
    "export_ready",
    "review_initiated",
    "review_overdue",
    "review_attested",
    "review_completed",
    "access_request_created",
    "access_request_approved",
    "access_request_denied",
    "access_request_revoked",
    "custom_",
];
