//! The proxy provider: an app behind the reverse proxy that signs in through the outpost.

use doorward_protocol::forward_auth::{SkipRules, SkipScope};
use doorward_protocol::host;
use doorward_store::resource::OnDelete;
use serde_json::{Map, Value, json};
use url::Url;

use crate::resource::family::has_no_application;
use crate::resource::field::{Default, Family, Field, FieldType, Target};
use crate::resource::kind::{Filter, Holds, Kind, Op, Pk};
use crate::resource::validate::Draft;
use crate::resource::world::World;
use crate::snapshot::Object;

const FLOW: Target = Target::Kind("authentik_flows.flow");
const CERTIFICATE: Target = Target::Kind("authentik_crypto.certificatekeypair");
const FLOW_REQUIRED: FieldType = FieldType::One(FLOW, OnDelete::Cascade);

/// `authentik_providers_proxy.proxyprovider`
pub(crate) static PROXY_PROVIDER: Kind = Kind {
    model: "authentik_providers_proxy.proxyprovider",
    path: "providers/proxy",
    pk: Pk::Integer,
    schema: "ProxyProvider",
    verbose: "Proxy Provider",
    plural: "Proxy Providers",
    description: "Protects an app behind Traefik, nginx, Caddy or Envoy.",
    component: "ak-provider-proxy-form",
    family: Some(Family::Provider),
    fields: &[
        Field::name().unique(),
        Field::optional("authentication_flow", "Flow that signs people in", FLOW),
        Field::new("authorization_flow", "Flow before the app opens", FLOW_REQUIRED).required(),
        Field::new("invalidation_flow", "Flow that signs out", FLOW_REQUIRED).required(),
        Field::many("property_mappings", "Scopes", Target::Family(Family::PropertyMapping)),
        Field::new("client_id", "Client id", FieldType::Text { max: 255, blank: false })
            .read_only()
            .unique()
            .default(Default::Random(40)),
        Field::new("client_secret", "Client secret", FieldType::Secret).hidden().default(Default::Random(128)),
        Field::new("cookie_secret", "Cookie secret", FieldType::Secret).hidden().default(Default::Random(32)),
        Field::new("internal_host", "Address inside", FieldType::Url { blank: true })
            .default(Default::Text(""))
            .help("Where the outpost sends requests in proxy mode."),
        Field::new("external_host", "Address outside", FieldType::Url { blank: false })
            .required()
            .help("Where people open the app; in domain mode, where they sign in."),
        Field::flag("internal_host_ssl_validation", "Check the inner certificate", true),
        Field::optional("certificate", "Certificate", CERTIFICATE),
        Field::text("skip_path_regex", "Public paths")
            .help("One expression a line; from the start of the path, or of the whole address in domain mode."),
        Field::flag("basic_auth_enabled", "Sign in to the app with a basic password", false),
        Field::text("basic_auth_password_attribute", "Attribute that holds the password"),
        Field::text("basic_auth_user_attribute", "Attribute that holds the user name"),
        Field::choice(
            "mode",
            "How it is protected",
            &["proxy", "forward_single", "forward_domain"],
            "ProxyMode",
            "proxy",
        ),
        Field::flag("intercept_header_auth", "Read the Authorization header", true),
        Field::text("cookie_domain", "Domain of the cookie"),
        Field::many("jwt_federation_sources", "Sources whose tokens are taken", Target::Nothing),
        Field::many("jwt_federation_providers", "Providers whose tokens are taken", Target::Nothing),
        Field::duration("access_token_validity", "Length of the app's session", "hours=1"),
        Field::duration("refresh_token_validity", "Length of refresh tokens", "days=30"),
        Field::flag("hide_session_cookie", "Keep Doorward's cookies from the app", false)
            .ours()
            .help("Answers the proxy with a Cookie header that lacks them."),
        Field::flag("let_preflights_through", "Let CORS preflights through", false)
            .ours()
            .help("For an app that other sites' scripts call; browsers send preflights without cookies."),
    ],
    search: &[("name", "")],
    filters: &[
        Filter::new("application__isnull", "", Op::Test(has_no_application)).of(Holds::Bool),
        Filter::new("authorization_flow__slug__iexact", "", Op::Test(has_flow_slug)),
        Filter::new("name__iexact", "name", Op::IExact),
        Filter::new("external_host__iexact", "external_host", Op::IExact),
        Filter::new("internal_host__iexact", "internal_host", Op::IExact),
        Filter::new("internal_host_ssl_validation__iexact", "internal_host_ssl_validation", Op::IExact),
        Filter::new("cookie_domain__iexact", "cookie_domain", Op::IExact),
        Filter::new("mode__iexact", "mode", Op::IExact),
        Filter::new("basic_auth_enabled__iexact", "basic_auth_enabled", Op::IExact),
        Filter::new("basic_auth_password_attribute__iexact", "basic_auth_password_attribute", Op::IExact),
        Filter::new("basic_auth_user_attribute__iexact", "basic_auth_user_attribute", Op::IExact),
        Filter::new("certificate__kp_uuid__iexact", "certificate", Op::IExact),
        Filter::new("certificate__name__iexact", "", Op::Test(has_certificate_name)),
        Filter::new("property_mappings__iexact", "property_mappings", Op::In),
        Filter::new("skip_path_regex__iexact", "skip_path_regex", Op::IExact),
    ],
    ordering: &[("name", ""), ("pk", ""), ("external_host", ""), ("mode", "")],
    check,
    present: show,
    keys: |values| {
        let host = values.get("external_host").and_then(Value::as_str).and_then(host_key);
        host.map(|host| ("external_host", host)).into_iter().collect()
    },
    ..Kind::BASE
};

fn check(draft: &mut Draft<'_>) {
    normalize(draft, "external_host");
    normalize(draft, "internal_host");
    let mode = draft.text("mode").to_owned();
    if mode == "proxy" && draft.text("internal_host").is_empty() {
        draft.errors.add(
            "internal_host",
            "Internal host cannot be empty when forward auth is disabled.",
        );
    }
    let is_unnamed = |key| draft.text(key).trim().is_empty();
    let unnamed = ["basic_auth_user_attribute", "basic_auth_password_attribute"]
        .into_iter()
        .any(is_unnamed);
    if draft.flag("basic_auth_enabled") && unnamed {
        draft.errors.add(
            "basic_auth_enabled",
            "User and password attributes must be set when basic auth is enabled.",
        );
    }
    check_host(draft);
    check_skip_rules(draft, &mode);
    check_domain(draft, &mode);
}

/// `https://App.example:443/` becomes `https://app.example`; a path, query or user is refused.
fn normalize(draft: &mut Draft<'_>, key: &str) {
    let text = draft.text(key).to_owned();
    let Ok(url) = Url::parse(&text) else { return };
    if !url.username().is_empty()
        || url.password().is_some()
        || url.query().is_some()
        || url.fragment().is_some()
    {
        draft.errors.add(key, "Enter a valid URL.");
        return;
    }
    draft.set(key, url.as_str().trim_end_matches('/'));
}

/// The host and port that an address is served at.
fn host_key(address: &str) -> Option<String> {
    let url = Url::parse(address).ok()?;
    Some(format!(
        "{}:{}",
        url.host_str()?.trim_end_matches('.'),
        url.port_or_known_default()?
    ))
}

fn check_host(draft: &mut Draft<'_>) {
    let Some(key) = host_key(draft.text("external_host")) else {
        return;
    };
    let others = draft
        .world
        .objects(PROXY_PROVIDER.model)
        .iter()
        .filter(|other| other.id != draft.id);
    let hosts = others.filter_map(|other| {
        other
            .config
            .get("external_host")?
            .as_str()
            .and_then(host_key)
    });
    if hosts.into_iter().any(|other| other == key) {
        draft
            .errors
            .add("external_host", "Another provider has this host.");
    }
}

fn check_skip_rules(draft: &mut Draft<'_>, mode: &str) {
    let scope = if mode == "forward_domain" {
        SkipScope::WholeUrl
    } else {
        SkipScope::Path
    };
    if let Err(errors) = SkipRules::parse(draft.text("skip_path_regex"), scope) {
        for error in errors {
            draft.errors.add("skip_path_regex", error.to_string());
        }
    }
}

fn check_domain(draft: &mut Draft<'_>, mode: &str) {
    if mode != "forward_domain" {
        return;
    }
    let domain = draft
        .text("cookie_domain")
        .trim_start_matches('.')
        .to_ascii_lowercase();
    let url = Url::parse(draft.text("external_host")).ok();
    let name = url
        .as_ref()
        .and_then(Url::host_str)
        .unwrap_or_default()
        .to_owned();
    if domain.is_empty() {
        draft.errors.add(
            "cookie_domain",
            "Domain mode needs the domain of the cookie.",
        );
    } else if !host::is_under(&name, &domain) {
        draft.errors.add(
            "cookie_domain",
            "External host must be the cookie domain or below it.",
        );
    } else {
        draft.set("cookie_domain", domain);
    }
}

fn has_flow_slug(object: &Object, world: &World, wanted: &[&str]) -> bool {
    related_has(object, world, ("authorization_flow", FLOW), "slug", wanted)
}

fn has_certificate_name(object: &Object, world: &World, wanted: &[&str]) -> bool {
    related_has(object, world, ("certificate", CERTIFICATE), "name", wanted)
}

/// Whether the object that a field names has this text at `key`, in any case.
fn related_has(
    object: &Object,
    world: &World,
    (field, target): (&str, Target),
    key: &str,
    wanted: &[&str],
) -> bool {
    let id = object.config.get(field).and_then(Value::as_str);
    let found = id.and_then(|id| world.find(target, id));
    let text = found.and_then(|(_, one)| one.config.get(key)?.as_str());
    let folded = text.map(str::to_lowercase);
    folded.is_some_and(|text| {
        wanted
            .last()
            .is_some_and(|last| last.to_lowercase() == text)
    })
}

fn show(object: &Object, world: &World, answer: &mut Map<String, Value>) {
    let host = object
        .config
        .get("external_host")
        .and_then(Value::as_str)
        .unwrap_or_default();
    answer.insert("redirect_uris".into(), redirect_uris(host));
    let id = json!(object.id.parse::<i64>().unwrap_or_default());
    let serves = |outpost: &Object| {
        outpost.config["providers"]
            .as_array()
            .is_some_and(|list| list.contains(&id))
    };
    let outposts = world
        .objects("authentik_outposts.outpost")
        .iter()
        .filter(|outpost| serves(outpost));
    let names: Vec<_> = outposts
        .map(|outpost| outpost.config["name"].clone())
        .collect();
    answer.insert("outpost_set".into(), json!(names));
}

fn redirect_uris(host: &str) -> Value {
    let escaped = regex::escape(host);
    json!([
        {
            "matching_mode": "strict",
            "url": format!("{host}/outpost.goauthentik.io/callback?X-authentik-auth-callback=true"),
            "redirect_uri_type": "authorization",
        },
        {
            "matching_mode": "regex",
            "url": format!("{escaped}\\?X-authentik-auth-callback=true"),
            "redirect_uri_type": "authorization",
        },
    ])
}
