//! The schemas of what actions answer.

use serde_json::{Map, Value, json};

use super::reference;

/// What a part of an answer is.
#[derive(Clone, Copy)]
enum Part {
    Text,
    Number,
    Flag,
    Time,
    /// Any object.
    Map,
    /// Anything.
    Any,
    /// An object of another schema.
    One(&'static str),
    /// Several.
    Many(&'static str),
}

use Part::{Any, Flag, Many, Map as Free, Number, One, Text, Time};

/// A part that need not be there ends with `?`.
type Parts = &'static [(&'static str, Part)];

const ANSWERS: &[(&str, Parts)] = &[
    ("App", &[("name", Text), ("label", Text)]),
    (
        "BlueprintFile",
        &[
            ("path", Text),
            ("last_m", Time),
            ("hash", Text),
            ("meta", One("Metadata")),
        ],
    ),
    (
        "BlueprintImportResult",
        &[("success", Flag), ("logs", Many("LogEvent"))],
    ),
    (
        "BlueprintUploadRequest",
        &[("file?", Text), ("path?", Text), ("context?", Text)],
    ),
    ("BulkDeleteSessionResponse", &[("deleted", Number)]),
    ("Cache", &[("count", Number)]),
    ("CertificateData", &[("data", Text)]),
    (
        "OAuth2ProviderSetupURLs",
        &[
            ("issuer", Text),
            ("authorize", Text),
            ("token", Text),
            ("user_info", Text),
            ("provider_info", Text),
            ("logout", Text),
            ("jwks", Text),
            ("dcr_registration", Any),
        ],
    ),
    ("PropertyMappingPreview", &[("preview", Free)]),
    ("ChallengeTypes", &[("component", Text)]),
    (
        "Device",
        &[
            ("verbose_name", Text),
            ("verbose_name_plural", Text),
            ("meta_model_name", Text),
            ("pk", Text),
            ("name", Text),
            ("type", Text),
            ("confirmed", Flag),
            ("created", Time),
            ("last_updated", Time),
            ("last_used", Any),
            ("extra_description", Any),
            ("external_id", Any),
        ],
    ),
    (
        "FileList",
        &[
            ("name", Text),
            ("mime_type", Text),
            ("url", Text),
            ("themed_urls?", Free),
        ],
    ),
    (
        "FileUploadRequest",
        &[("file", Text), ("name?", Text), ("usage?", Text)],
    ),
    ("FlowChallengeResponseRequest", &[("component?", Text)]),
    ("FlowDiagram", &[("diagram", Text)]),
    (
        "FlowInspection",
        &[
            ("plans", Any),
            ("current_plan", Free),
            ("is_completed", Flag),
        ],
    ),
    ("Link", &[("link", Text)]),
    (
        "LogEvent",
        &[
            ("timestamp", Time),
            ("log_level", Text),
            ("logger", Text),
            ("event", Text),
            ("attributes", Free),
        ],
    ),
    ("Metadata", &[("name", Text), ("labels", Free)]),
    ("OpenApi", &[("openapi", Text), ("paths", Free)]),
    ("OutpostDefaultConfig", &[("config", Free)]),
    ("OutpostHealth", &[("uid", Text)]),
    (
        "AccessExplanation",
        &[
            ("application", Text),
            ("user", Text),
            ("client_ip", Text),
            ("passing", Flag),
            ("decided_by", Text),
            ("public", Flag),
            ("no_login_needed", Flag),
            ("messages", Any),
            ("steps", Any),
        ],
    ),
    (
        "AccessAnswer",
        &[
            ("way", Text),
            ("outcome", Text),
            ("passing", Flag),
            ("said", Text),
            ("application", Any),
            ("person", Any),
            ("client", Text),
            ("asked", Text),
            ("lines", Any),
        ],
    ),
    ("DetailedCountry", &[("code", Text), ("name", Text)]),
    (
        "PolicyTestResult",
        &[("passing", Flag), ("messages", Any), ("log_messages", Any)],
    ),
    ("PromptChallenge", &[("component?", Text), ("fields", Any)]),
    (
        "PropertyMappingTestResult",
        &[("result", Text), ("successful", Flag)],
    ),
    ("TokenView", &[("key", Text)]),
    (
        "TransactionApplicationResponse",
        &[("applied", Flag), ("logs", Any)],
    ),
    (
        "TypeCreate",
        &[
            ("name", Text),
            ("description", Text),
            ("component", Text),
            ("model_name", Text),
            ("icon_url?", Text),
            ("requires_enterprise?", Flag),
            ("deprecated?", Flag),
        ],
    ),
    ("UserPath", &[("paths", Any)]),
    (
        "UserServiceAccountResponse",
        &[
            ("username", Text),
            ("token", Text),
            ("user_uid", Text),
            ("user_pk", Number),
            ("group_pk?", Text),
        ],
    ),
    (
        "UserSetting",
        &[("object_uid", Text), ("component", Text), ("title", Text)],
    ),
    (
        "SessionUser",
        &[("user", One("UserSelf")), ("users", Many("UserSelf"))],
    ),
    (
        "UserSelf",
        &[
            ("pk", Number),
            ("username", Text),
            ("name", Text),
            ("is_active", Flag),
            ("is_superuser", Flag),
            ("is_current", Flag),
            ("groups", Any),
            ("roles", Any),
            ("email", Text),
            ("avatar", Text),
            ("uid", Text),
            ("settings", Free),
            ("type", One("UserTypeEnum")),
            ("system_permissions", Any),
        ],
    ),
    (
        "CurrentBrand",
        &[
            ("matched_domain", Text),
            ("branding_title", Text),
            ("branding_logo", Text),
            ("branding_logo_themed_urls", Free),
            ("branding_favicon", Text),
            ("branding_favicon_themed_urls", Free),
            ("branding_custom_css", Text),
            ("branding_map_tiles", Text),
            ("ui_footer_links", Any),
            ("ui_theme", Text),
            ("default_locale", Text),
            ("flags", Free),
        ],
    ),
    (
        "EventStats",
        &[("unique_users", Number), ("count_step", Free)],
    ),
    (
        "EventTopPerUser",
        &[
            ("application", Free),
            ("counted_events", Number),
            ("unique_users", Number),
        ],
    ),
    (
        "EventVolume",
        &[
            ("action", One("EventActions")),
            ("time", Time),
            ("count", Number),
        ],
    ),
    (
        "Config",
        &[
            ("error_reporting", Free),
            ("capabilities", Any),
            ("cache_timeout", Number),
            ("cache_timeout_flows", Number),
            ("cache_timeout_policies", Number),
            ("cache_timeout_reputation", Number),
        ],
    ),
    (
        "SystemInfo",
        &[
            ("http_headers", Free),
            ("http_host", Text),
            ("http_is_secure", Flag),
            ("runtime", Free),
            ("brand", Text),
            ("server_time", Time),
            ("embedded_outpost_disabled", Flag),
            ("embedded_outpost_host", Text),
            ("base_url", Text),
        ],
    ),
    (
        "Version",
        &[
            ("version_current", Text),
            ("version_latest", Text),
            ("version_latest_valid", Flag),
            ("build_hash", Text),
            ("outdated", Flag),
            ("outpost_outdated", Flag),
        ],
    ),
    (
        "VersionHistory",
        &[
            ("id", Number),
            ("timestamp", Time),
            ("version", Text),
            ("build", Text),
        ],
    ),
    (
        "PaginatedProxyOutpostConfigList",
        &[
            ("pagination", One("Pagination")),
            ("results", Any),
            ("autocomplete", Free),
        ],
    ),
    (
        "EmptyPage",
        &[
            ("pagination", One("Pagination")),
            ("results", Any),
            ("autocomplete", Free),
        ],
    ),
    ("LicenseSummary", &[("status", Text)]),
];

/// Every schema by its name.
pub(super) fn schemas() -> Map<String, Value> {
    let mut schemas: Map<_, _> = ANSWERS
        .iter()
        .map(|(name, parts)| ((*name).to_owned(), object(parts)))
        .collect();
    let nothing = json!({ "type": "array", "items": {}, "maxItems": 0 });
    schemas.insert("EmptyList".to_owned(), nothing);
    schemas
}

fn object(parts: Parts) -> Value {
    let name = |key: &str| key.trim_end_matches('?').to_owned();
    let properties: Map<_, _> = parts
        .iter()
        .map(|(key, part)| (name(key), part.schema()))
        .collect();
    let required: Vec<_> = parts
        .iter()
        .filter(|(key, _)| !key.ends_with('?'))
        .map(|(key, _)| *key)
        .collect();
    let mut schema =
        json!({ "type": "object", "properties": properties, "additionalProperties": true });
    if !required.is_empty() {
        schema["required"] = json!(required);
    }
    schema
}

impl Part {
    fn schema(self) -> Value {
        match self {
            Text => json!({ "type": "string" }),
            Number => json!({ "type": "integer" }),
            Flag => json!({ "type": "boolean" }),
            Time => json!({ "type": "string", "format": "date-time" }),
            Free => json!({ "type": "object", "additionalProperties": {} }),
            Any => json!({}),
            One(name) => reference(name),
            Many(name) => json!({ "type": "array", "items": reference(name) }),
        }
    }
}
