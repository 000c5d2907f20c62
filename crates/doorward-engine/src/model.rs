//! The typed faces of configuration objects, as decisions read them.
//!
//! Field names are authentik's API names, so a stored object reads straight into its struct. What a
//! field may hold is said once, by the registry in `resource`; here everything has a default, and an
//! object that does not read is left out of the snapshot (it fails closed) with one error line.

use serde::Deserialize;

/// How several bindings count.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EngineMode {
    /// One of them is enough.
    #[default]
    Any,
    /// Every one must pass.
    All,
}

/// `authentik_core.application`
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Application {
    /// uuid; also the bindings' target.
    pub pk: String,
    /// Shown to people.
    pub name: String,
    /// In addresses and headers.
    pub slug: String,
    /// Section of the library.
    pub group: String,
    /// Its provider's integer key.
    pub provider: Option<i64>,
    /// Where it opens; empty takes the provider's address.
    pub meta_launch_url: String,
    /// A picture, see `picture`.
    pub meta_icon: String,
    /// One line about it.
    pub meta_description: String,
    /// Not in the library.
    pub meta_hide: bool,
    /// How its bindings count.
    pub policy_engine_mode: EngineMode,
}

/// How the outpost serves a provider.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ProxyMode {
    /// The outpost carries the traffic.
    #[default]
    Proxy,
    /// One app host.
    ForwardSingle,
    /// Every host under a cookie domain.
    ForwardDomain,
}

/// `authentik_providers_proxy.proxyprovider`
#[expect(clippy::struct_excessive_bools, reason = "the contract's own switches")]
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct ProxyProvider {
    /// Integer key.
    pub pk: i64,
    /// Shown in headers.
    pub name: String,
    /// Names the app's cookie.
    pub client_id: String,
    /// How it is served.
    pub mode: ProxyMode,
    /// Absolute address of the app, or of the authentication host in domain mode.
    pub external_host: String,
    /// Where the outpost finds the app in proxy mode.
    pub internal_host: String,
    /// Whether the certificate found there must be right.
    pub internal_host_ssl_validation: bool,
    /// Domain that the app's cookie covers in domain mode.
    pub cookie_domain: String,
    /// Public paths, one expression a line.
    pub skip_path_regex: String,
    /// Length of the app's session, `hours=24`.
    pub access_token_validity: String,
    /// Basic credentials for the app from attributes.
    pub basic_auth_enabled: bool,
    /// Attribute that holds the user name.
    pub basic_auth_user_attribute: String,
    /// Attribute that holds the password.
    pub basic_auth_password_attribute: String,
    /// Whether `Authorization` of a request is looked at.
    pub intercept_header_auth: bool,
    /// uuid of the flow before the app opens.
    pub authorization_flow: Option<String>,
    /// uuid of the flow that signs people in for this app.
    pub authentication_flow: Option<String>,
    /// uuid of the flow that signs out.
    pub invalidation_flow: Option<String>,
    /// Ours: answers a `Cookie` header without Doorward's own cookies.
    pub hide_session_cookie: bool,
    /// Ours: CORS preflights, which never carry a cookie, reach the app.
    pub let_preflights_through: bool,
}

/// `authentik_flows.flow`
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Flow {
    /// uuid; also the bindings' target.
    pub pk: String,
    /// In addresses.
    pub slug: String,
    /// Internal name.
    pub name: String,
    /// Heading, may hold `%(app)s` and `%(user)s`.
    pub title: String,
    /// `authentication`, `authorization`, `invalidation` …
    pub designation: String,
    /// `none`, `require_authenticated`, `require_unauthenticated`, `require_superuser` …
    pub authentication: String,
    /// `message_continue`, `message`, `continue`.
    pub denied_action: String,
    /// How its bindings count.
    pub policy_engine_mode: EngineMode,
    /// Look of the page.
    pub layout: String,
    /// A picture behind it; empty takes the brand's.
    pub background: String,
}

/// `authentik_flows.flowstagebinding`
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct FlowStageBinding {
    /// uuid; also the bindings' target.
    pub pk: String,
    /// The flow's uuid.
    pub target: String,
    /// The stage's uuid.
    pub stage: String,
    /// Place in the flow.
    pub order: i64,
    /// Policies are asked when the run begins.
    pub evaluate_on_plan: bool,
    /// Policies are asked when the stage is reached.
    pub re_evaluate_policies: bool,
    /// `retry`, `restart`, `restart_with_context`.
    pub invalid_response_action: String,
    /// How its bindings count.
    pub policy_engine_mode: EngineMode,
}

/// A stage with its kind; the flow engine reads its own struct from `config`.
#[derive(Clone, Debug)]
pub struct Stage {
    /// uuid.
    pub pk: String,
    /// The blueprint model, e.g. `authentik_stages_password.passwordstage`.
    pub kind: String,
    /// Unique name.
    pub name: String,
    /// Everything else.
    pub config: serde_json::Value,
}

/// `authentik_policies.policybinding`: exactly one of policy, group, user.
#[expect(clippy::struct_excessive_bools, reason = "the contract's own switches")]
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct PolicyBinding {
    /// uuid.
    pub pk: String,
    /// What it guards.
    pub target: String,
    /// A policy's uuid.
    pub policy: Option<String>,
    /// A group's uuid.
    pub group: Option<String>,
    /// A user's id.
    pub user: Option<i64>,
    /// Off means that it is not there.
    pub enabled: bool,
    /// Place among the others.
    pub order: i64,
    /// Turns the result round.
    pub negate: bool,
    /// The result when the policy fails to answer.
    pub failure_result: bool,
    /// Seconds until the policy counts as failed.
    pub timeout: u64,
    /// Whether `expires` counts.
    pub expiring: bool,
    /// RFC 3339; from then on the binding contributes nothing.
    pub expires: Option<String>,
}

/// `authentik_outposts.outpost`
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Outpost {
    /// uuid.
    pub pk: String,
    /// Shown in headers.
    pub name: String,
    /// `goauthentik.io/outposts/embedded` for ours.
    pub managed: Option<String>,
    /// Providers it serves.
    pub providers: Vec<i64>,
    /// Free object; `authentik_host` overrides the public address.
    pub config: serde_json::Value,
}

/// The embedded outpost's managed name.
pub const EMBEDDED_OUTPOST: &str = "goauthentik.io/outposts/embedded";

/// `authentik_brands.brand`
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Brand {
    /// uuid.
    pub brand_uuid: String,
    /// The host it is for, and every one below.
    pub domain: String,
    /// For every other host.
    pub default: bool,
    /// Title of pages.
    pub branding_title: String,
    /// A picture, see `picture`.
    pub branding_logo: String,
    /// A picture.
    pub branding_favicon: String,
    /// Only its colors count, see `brand::css`.
    pub branding_custom_css: String,
    /// A picture.
    pub branding_default_flow_background: String,
    /// Where the tiles of maps are.
    pub branding_map_tiles: String,
    /// uuid of a flow, as those below.
    pub flow_authentication: Option<String>,
    /// Signs out.
    pub flow_invalidation: Option<String>,
    /// For lost passwords.
    pub flow_recovery: Option<String>,
    /// Deletes the account.
    pub flow_unenrollment: Option<String>,
    /// A person's own settings.
    pub flow_user_settings: Option<String>,
    /// The code of a device.
    pub flow_device_code: Option<String>,
    /// uuid of the application where external people land.
    pub default_application: Option<String>,
    /// Free object; `settings.locale` and `settings.theme.base` count.
    pub attributes: serde_json::Value,
}
