//! The `OAuth2` provider: an app that signs its people in over OpenID Connect.

use doorward_protocol::certificate::KeyKind;
use doorward_protocol::redirect::registered::{RedirectUse, RegisteredUri};
use doorward_store::resource::OnDelete;
use serde_json::{Map, Value, json};

use crate::oauth;
use crate::resource::family::has_no_application;
use crate::resource::field::{Default, Family, Field, FieldType, Target};
use crate::resource::kind::{Filter, Kind, Op, Pk};
use crate::resource::validate::Draft;
use crate::resource::world::World;
use crate::snapshot::Object;

const FLOW: Target = Target::Kind("authentik_flows.flow");
const FLOW_REQUIRED: FieldType = FieldType::One(FLOW, OnDelete::Cascade);
const KEY: Target = Target::Kind("authentik_crypto.certificatekeypair");
const ID: FieldType = FieldType::Text {
    max: 255,
    blank: false,
};

/// The model.
pub(crate) const MODEL: &str = "authentik_providers_oauth2.oauth2provider";

/// Every way to a token, as `grant_types` names them.
pub(crate) const GRANT_TYPES: &[&str] = &[
    "authorization_code",
    "implicit",
    "hybrid",
    "refresh_token",
    "client_credentials",
    "password",
    "urn:ietf:params:oauth:grant-type:device_code",
    "urn:ietf:params:oauth:grant-type:token-exchange",
];

const SUB_MODES: &[&str] = &[
    "hashed_user_id",
    "user_id",
    "user_uuid",
    "user_username",
    "user_email",
    "user_upn",
];

/// How tokens and userinfo may be signed (RFC 7518 §3.1, RFC 8037 §3.1).
const SIGNED_BY: &[&str] = &["RS256", "ES256", "ES384", "ES512", "EdDSA", ""];

/// One registered address.
const REDIRECT_URI: &[Field] = &[
    Field::new(
        "matching_mode",
        "How it is compared",
        FieldType::Choice(&["strict", "regex"], "MatchingModeEnum"),
    )
    .required(),
    Field::new(
        "url",
        "Address",
        FieldType::Text {
            max: 2048,
            blank: false,
        },
    )
    .required(),
    Field::choice(
        "redirect_uri_type",
        "What for",
        &["authorization", "logout"],
        "RedirectURITypeEnum",
        "authorization",
    ),
];

/// `authentik_providers_oauth2.oauth2provider`
pub(crate) static OAUTH2_PROVIDER: Kind = Kind {
    model: MODEL,
    path: "providers/oauth2",
    pk: Pk::Integer,
    schema: "OAuth2Provider",
    verbose: "OAuth2/OpenID Provider",
    plural: "OAuth2/OpenID Providers",
    description: "Signs people in to an app that speaks OpenID Connect or OAuth 2.",
    component: "ak-provider-oauth2-form",
    family: Some(Family::Provider),
    fields: &[
        Field::name().unique(),
        Field::optional("authentication_flow", "Flow that signs people in", FLOW),
        Field::new(
            "authorization_flow",
            "Flow before the app opens",
            FLOW_REQUIRED,
        )
        .required(),
        Field::new("invalidation_flow", "Flow that signs out", FLOW_REQUIRED).required(),
        Field::many(
            "property_mappings",
            "Scopes",
            Target::Family(Family::PropertyMapping),
        ),
        Field::choice(
            "client_type",
            "Kind of client",
            &["confidential", "public"],
            "ClientTypeEnum",
            "confidential",
        )
        .help("Public: the app runs where it cannot keep a secret, in a browser or on a phone."),
        Field::new(
            "grant_types",
            "Ways to a token",
            FieldType::Choices(GRANT_TYPES, "GrantTypeEnum"),
        )
        .default(Default::Words(&["authorization_code", "refresh_token"])),
        Field::new("client_id", "Client id", ID)
            .unique()
            .default(Default::Random(40)),
        // Clients of the API read it back: `show` opens it.
        Field::new("client_secret", "Client secret", FieldType::Secret)
            .default(Default::Random(128)),
        Field::duration("access_code_validity", "Length of codes", "minutes=1"),
        Field::duration(
            "access_token_validity",
            "Length of access tokens",
            "hours=1",
        ),
        Field::duration(
            "refresh_token_validity",
            "Length of refresh tokens",
            "days=30",
        ),
        Field::duration(
            "refresh_token_threshold",
            "Refresh tokens are renewed when so much is left",
            "seconds=0",
        )
        .help("seconds=0 renews them each time."),
        Field::flag(
            "include_claims_in_id_token",
            "Put what is known of people into the ID token",
            true,
        ),
        Field::optional("signing_key", "Key that signs tokens", KEY),
        Field::optional("encryption_key", "Key that encrypts tokens", KEY),
        Field::new(
            "redirect_uris",
            "Where the app may be answered",
            FieldType::Entries(REDIRECT_URI, "RedirectURI"),
        )
        .required(),
        Field::new(
            "logout_uri",
            "Where the app hears that somebody signed out",
            FieldType::Url { blank: true },
        )
        .default(Default::Text("")),
        Field::choice(
            "logout_method",
            "How it hears of it",
            &["backchannel", "frontchannel"],
            "OAuth2ProviderLogoutMethodEnum",
            "backchannel",
        ),
        Field::choice(
            "sub_mode",
            "What the app knows people by",
            SUB_MODES,
            "SubModeEnum",
            "hashed_user_id",
        ),
        Field::choice(
            "issuer_mode",
            "What tokens call this server",
            &["global", "per_provider"],
            "IssuerModeEnum",
            "per_provider",
        ),
        Field::many(
            "jwt_federation_sources",
            "Sources whose tokens are taken",
            Target::Nothing,
        ),
        Field::many(
            "jwt_federation_providers",
            "Providers whose tokens are taken",
            Target::Family(Family::Provider),
        ),
        Field::new(
            "client_keys",
            "Public keys that the app signs with",
            FieldType::KeySet,
        )
        .default(Default::Object)
        .ours()
        .help(
            "A JWK set, {\"keys\": […]}, or the text of PEM files: public keys or certificates, one \
             or several, kept as a set. The app may then prove itself by a signed assertion \
             (private_key_jwt, RFC 7523) instead of its secret. Private keys are refused.",
        ),
        Field::new(
            "client_jwks_uri",
            "Where the app publishes its keys",
            FieldType::Url { blank: true },
        )
        .default(Default::Text(""))
        .ours()
        .help("An https address of a JWK set; a new key counts at once."),
        Field::choice(
            "subject_type",
            "Whether apps can compare whom they know",
            &["pairwise", "public"],
            "SubjectTypeEnum",
            "public",
        )
        .ours()
        .help(
            "pairwise: each sector knows people by names of its own, whatever the app knows them \
                 by otherwise (OpenID Connect Core §8.1). Changing it makes everybody a stranger.",
        ),
        Field::new(
            "sector_identifier_uri",
            "Sector of the app",
            FieldType::Url { blank: true },
        )
        .default(Default::Text(""))
        .ours()
        .help("For pairwise: apps with the same host here share names. Left empty: the host of the addresses."),
        Field::choice(
            "userinfo_signed_response_alg",
            "How userinfo is answered",
            SIGNED_BY,
            "UserinfoSignedResponseAlgEnum",
            "",
        )
        .ours()
        .help("Empty: as JSON. Otherwise as a token that is signed so."),
        Field::new(
            "initiate_login_uri",
            "Where the app begins a sign-in",
            FieldType::Url { blank: true },
        )
        .default(Default::Text(""))
        .ours()
        .help("Its application opens there, unless it has an address of its own."),
        Field::new(
            "default_max_age",
            "Seconds after which people sign in anew",
            FieldType::Integer {
                min: 0,
                max: 315_360_000,
            },
        )
        .nullable()
        .default(Default::Null)
        .ours()
        .help("Unless the app says otherwise (max_age). Left empty: they need not."),
        Field::new(
            "issuer_provider",
            "Provider whose name and keys it uses",
            FieldType::One(Target::Kind(MODEL), OnDelete::Cascade),
        )
        .nullable()
        .default(Default::Null)
        .ours()
        .help("For clients that registered themselves there: to them that provider is the issuer."),
        Field::new(
            "client_metadata",
            "What the client says of itself",
            FieldType::Object,
        )
        .default(Default::Object)
        .ours()
        .help(
            "client_uri, policy_uri and tos_uri are links where people are asked for something in the app's name. \
             logo_uri is where a client that registered itself had its picture then; it is shown from here.",
        ),
        Field::flag(
            "compatibility",
            "Keep authentik's weak spots for this app",
            false,
        )
        .ours()
        .help(
            "For an app that cannot do without one of them: plain PKCE or none in a public \
                 client, HS256 with the client secret, a token in the query of userinfo, redirect \
                 expressions that fit any host.",
        ),
        Field::duration(
            "device_code_validity",
            "Length of device codes",
            "minutes=10",
        )
        .ours(),
        Field::text("resources", "What tokens may be for besides the app")
            .ours()
            .help("Addresses of APIs (RFC 8707), one a line; the app names one as `resource`."),
        Field::flag(
            "dpop_bound_access_tokens",
            "Access tokens are bound to keys of the app",
            false,
        )
        .ours()
        .help(
            "The app has to prove with each request that it holds a key (DPoP, RFC 9449). Without \
             this it may.",
        ),
        Field::flag(
            "require_pushed_authorization_requests",
            "The app sends its requests ahead",
            false,
        )
        .ours()
        .help(
            "Only requests that came over /application/o/par/ (RFC 9126) are taken, with PKCE (S256) \
             and for a code alone; a signed assertion names the issuer and nothing else as aud.",
        ),
        Field::choice(
            "tokens_end_with_session",
            "Tokens end when people sign out",
            &["always", "online", "never"],
            "TokensEndWithSessionEnum",
            "online",
        )
        .ours()
        .help("online: all but those of apps that asked to stay signed in (offline_access)."),
        Field::choice(
            "id_token_signed_response_alg",
            "How tokens are signed",
            SIGNED_BY,
            "IdTokenSignedResponseAlgEnum",
            "",
        )
        .ours()
        .help(
            "Empty: as the key does that signs. Otherwise an own key of the installation signs, \
             unless the provider's signs in this way.",
        ),
    ],
    search: &[("name", "")],
    filters: &[
        Filter::new("application", "", Op::Test(has_application)),
        Filter::new("application__isnull", "", Op::Test(has_no_application)),
        Filter::exact("access_code_validity"),
        Filter::exact("access_token_validity"),
        Filter::exact("authorization_flow"),
        Filter::exact("client_id"),
        Filter::exact("client_type"),
        Filter::exact("include_claims_in_id_token"),
        Filter::exact("issuer_mode"),
        Filter::exact("name"),
        Filter::new("property_mappings", "property_mappings", Op::In),
        Filter::exact("refresh_token_validity"),
        Filter::exact("signing_key"),
        Filter::exact("sub_mode"),
    ],
    ordering: &[("name", ""), ("pk", ""), ("client_id", "")],
    check,
    present: show,
    ..Kind::BASE
};

fn check(draft: &mut Draft<'_>) {
    let uris = draft.values.get("redirect_uris").cloned();
    let list = uris.as_ref().and_then(Value::as_array);
    let compatible = draft.values.get("compatibility") == Some(&Value::Bool(true));
    for (place, entry) in (1_usize..).zip(list.into_iter().flatten()) {
        if let Err(refusal) = registered(entry, compatible) {
            let message = format!("Entry {place}: {refusal}.");
            draft.errors.add("redirect_uris", message);
        }
    }
    let keys = draft.values.get("client_keys");
    if let Some(why) = keys.and_then(|keys| oauth::client_keys(keys).err()) {
        draft.errors.add("client_keys", why);
    }
    check_sector(draft);
    check_issuer(draft);
    let key = draft.text("signing_key").to_owned();
    if !key.is_empty() && !has_private_key(&key, draft.world) {
        draft.errors.add(
            "signing_key",
            "This certificate has no private key to sign with.",
        );
    }
    let key = draft.text("encryption_key").to_owned();
    if !key.is_empty() && !is_rsa(&key, draft.world) {
        let message = "Tokens are encrypted for RSA keys alone.";
        draft.errors.add("encryption_key", message);
    }
}

/// A sector has one name (OpenID Connect Core §8.1).
fn check_sector(draft: &mut Draft<'_>) {
    let named = draft.text("sector_identifier_uri").to_owned();
    let uris = draft.values.get("redirect_uris").and_then(Value::as_array);
    let sector = oauth::sector(&named, uris.map_or(&[], Vec::as_slice));
    if draft.text("subject_type") == "pairwise" && sector.is_none() {
        let why = "The addresses have several hosts, or none: say which sector the app is in.";
        draft.errors.add("sector_identifier_uri", why);
    }
}

/// Whoever speaks in the name of another is nobody's issuer: what the one insists on would not reach
/// the third.
fn check_issuer(draft: &mut Draft<'_>) {
    let Some(issuer) = draft.values.get("issuer_provider").and_then(Value::as_i64) else {
        return;
    };
    let issuer = issuer.to_string();
    let above = |one: &Object| one.config.get("issuer_provider")?.as_i64();
    let object = draft.world.object(MODEL, &issuer);
    let is_below = object.is_some_and(|one| above(one).is_some());
    let mut others = draft.world.objects(MODEL).iter();
    let is_above = others.any(|one| above(one).is_some_and(|pk| pk.to_string() == draft.id));
    if issuer == draft.id || is_below || is_above {
        let why = "A provider that uses the name of another is no issuer itself.";
        draft.errors.add("issuer_provider", why);
    }
}

/// One entry of `redirect_uris` as an address to compare with; `compatible`: an expression may fit any
/// host.
pub(crate) fn registered(
    entry: &Value,
    compatible: bool,
) -> Result<RegisteredUri, doorward_protocol::redirect::registered::UriRefusal> {
    let url = entry["url"].as_str().unwrap_or_default();
    let purpose = match entry["redirect_uri_type"].as_str() {
        Some("logout") => RedirectUse::Logout,
        _ => RedirectUse::Authorization,
    };
    match entry["matching_mode"].as_str() {
        Some("regex") if compatible => RegisteredUri::any_expression(url, purpose),
        Some("regex") => RegisteredUri::expression(url, purpose),
        _ => RegisteredUri::exact(url, purpose),
    }
}

fn is_rsa(key: &str, world: &World) -> bool {
    let pair = world.find(KEY, key).map(|(_, pair)| &pair.config);
    let pem = pair.and_then(|pair| pair.get("certificate_data")?.as_str());
    let facts = pem.and_then(doorward_protocol::certificate::read);
    facts.is_some_and(|facts| facts.key_kind == Some(KeyKind::Rsa))
}

fn has_private_key(key: &str, world: &World) -> bool {
    world
        .find(KEY, key)
        .is_some_and(|(_, pair)| pair.config.get("key_data").is_some_and(Value::is_string))
}

fn has_application(object: &Object, world: &World, wanted: &[&str]) -> bool {
    let application = crate::resource::present::application_of(object, world);
    let id = application.map(|one| one.id.as_str());
    id.is_some_and(|id| wanted.last().is_some_and(|wanted| *wanted == id))
}

fn show(object: &Object, world: &World, answer: &mut Map<String, Value>) {
    let secret = world.snapshot().oauth.secret_of(&object.id);
    answer.insert("client_secret".into(), json!(secret));
}

/// The addresses of an application's provider, `null`s for those that its application lacks.
pub(crate) fn setup_urls(object: &Object, world: &World) -> Value {
    let issuer = object.config.get("issuer_provider").and_then(Value::as_i64);
    let issuer = issuer.and_then(|pk| world.object(MODEL, &pk.to_string()));
    let object = issuer.map_or(object, |issuer| &**issuer);
    let application = crate::resource::present::application_of(object, world);
    let slug = application.and_then(|one| one.config.get("slug")?.as_str());
    let registrations = world.objects(crate::resource::OAUTH2_REGISTRATION);
    let pk: Option<i64> = object.id.parse().ok();
    let registers = registrations
        .iter()
        .any(|one| pk.is_some() && one.config["provider"].as_i64() == pk);
    let base = world.snapshot().public_url();
    oauth::setup_urls(
        base.as_ref(),
        slug,
        object.config["issuer_mode"] == "global",
        registers,
    )
}
