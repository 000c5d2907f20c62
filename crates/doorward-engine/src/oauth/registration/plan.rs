//! What is made for a client: from what it says, from what is allowed, and from the provider that it
//! registers with.
//!
//! Rule: whatever the client does not say, or may not, is the parent's; what it gets is told to it.

use doorward_protocol::encoding;
use doorward_protocol::jose::Algorithm;
use doorward_protocol::oauth::{AuthMethod, Metadata, MetadataError, ResponseType, Scopes};
use doorward_protocol::redirect::registered::RedirectUse;
use serde_json::{Map, Value, json};

use super::SCOPE;
use super::logo::Logo;
use super::rules::Rules;
use crate::oauth::api::API_SCOPE;
use crate::oauth::assertion::client_keys;
use crate::oauth::claims::ScopeMapping;
use crate::oauth::client::Client;
use crate::oauth::provider::SubjectType;
use crate::resource::{OAUTH2_GRANT_TYPES, OAUTH2_PROVIDER, registered as kind_of};
use crate::snapshot::{Object, Snapshot};

const NAMELESS: &str = "Registered client";
/// What the client says of itself: people are shown some of it, and nobody decides by it.
const TOLD: [&str; 7] = [
    "client_uri",
    "logo_uri",
    "policy_uri",
    "tos_uri",
    "contacts",
    "software_id",
    "software_version",
];
/// Fields of providers with the standards' own names. Some are not there in every version.
const DIRECT: [&str; 7] = [
    "subject_type",
    "sector_identifier_uri",
    "userinfo_signed_response_alg",
    "id_token_signed_response_alg",
    "initiate_login_uri",
    "dpop_bound_access_tokens",
    "require_pushed_authorization_requests",
];
/// What the parent's word is copied for.
const INHERITED: [&str; 12] = [
    "authentication_flow",
    "authorization_flow",
    "invalidation_flow",
    "access_code_validity",
    "device_code_validity",
    "refresh_token_threshold",
    "include_claims_in_id_token",
    "signing_key",
    "sub_mode",
    "issuer_mode",
    "resources",
    "tokens_end_with_session",
];
/// Lists of addresses, and what they are for.
pub(super) const ADDRESSES: [(&str, RedirectUse); 2] = [
    ("redirect_uris", RedirectUse::Authorization),
    ("post_logout_redirect_uris", RedirectUse::Logout),
];

/// A client that is about to be made or changed.
pub(super) struct Plan {
    /// What it is told that it is.
    pub(super) metadata: Metadata,
    said: Map<String, Value>,
    parent: Map<String, Value>,
    parent_pk: i64,
    slug: String,
    engine_mode: Value,
    rules: Rules,
    mappings: Vec<String>,
    grants: Vec<String>,
    method: AuthMethod,
    logo: Option<Logo>,
}

impl Plan {
    /// Brings together what a client says and what it may get.
    pub(super) fn new(
        snapshot: &Snapshot,
        parent: &Client,
        rules: &Rules,
        mut metadata: Metadata,
    ) -> Result<Self, MetadataError> {
        let pk = parent.provider.pk.to_string();
        let object = snapshot.object(OAUTH2_PROVIDER, &pk);
        let object = object.map(|one| one.config.clone()).unwrap_or_default();
        let application = snapshot.object("authentik_core.application", &parent.application.pk);
        let engine_mode = |one: &Object| one.config["policy_engine_mode"].clone();
        let method = metadata.method()?;
        // OpenID Connect Registration 1.0 §2: every client can verify it.
        let signed_by = &mut metadata.id_token_signed_response_alg;
        signed_by.get_or_insert_with(|| Algorithm::Rs256.word().to_owned());
        as_strict(parent, &mut metadata)?;
        check_algorithms(parent, &metadata)?;
        if let Some(set) = &metadata.jwks {
            client_keys(set).map_err(|why| MetadataError::new(format!("jwks: {why}")))?;
        }
        let grants = grants(rules, &metadata)?;
        let mappings = mappings(snapshot, rules, &parent.provider.property_mappings);
        let mappings = scoped(mappings, &mut metadata);
        honest(&mut metadata);
        let said = serde_json::to_value(&metadata).unwrap_or_default();
        Ok(Self {
            said: said.as_object().cloned().unwrap_or_default(),
            parent_pk: parent.provider.issuer_pk.unwrap_or(parent.provider.pk),
            slug: parent.application.slug.clone(),
            engine_mode: application.map_or(Value::Null, |one| engine_mode(one)),
            parent: object,
            rules: rules.clone(),
            metadata,
            mappings,
            grants,
            method,
            logo: None,
        })
    }

    /// With the picture that it names; one that cannot be shown is not said back.
    pub(super) fn show(&mut self, logo: Option<Logo>) {
        if logo.is_none() {
            self.metadata.logo_uri = None;
            self.said.remove("logo_uri");
        }
        self.logo = logo;
    }

    pub(super) fn logo(&self) -> Option<&Logo> {
        self.logo.as_ref()
    }

    /// What it is told that it is, as it is stored.
    pub(super) fn text(&self) -> String {
        Value::Object(self.said.clone()).to_string()
    }

    fn name(&self) -> &str {
        self.metadata.client_name.as_deref().unwrap_or(NAMELESS)
    }

    /// The provider of a new client that names itself `id`.
    pub(super) fn provider(&self, id: &str) -> Value {
        let mut body = self.changing(id);
        for key in INHERITED {
            if let Some(value) = self.parent.get(key) {
                body.insert(key.to_owned(), value.clone());
            }
        }
        let flows = [
            (
                "authorization_flow",
                &self.rules.override_authorization_flow,
            ),
            ("invalidation_flow", &self.rules.override_invalidation_flow),
        ];
        for (key, flow) in flows {
            if let Some(flow) = flow {
                body.insert(key.to_owned(), json!(flow));
            }
        }
        body.insert("client_id".into(), json!(id));
        body.insert("issuer_provider".into(), json!(self.parent_pk));
        let rules = &self.rules;
        body.insert(
            "access_token_validity".into(),
            json!(rules.access_token_validity),
        );
        body.insert(
            "refresh_token_validity".into(),
            json!(rules.refresh_token_validity),
        );
        Value::Object(body)
    }

    /// What a change replaces: all that the client says (RFC 7592 §2.2).
    pub(super) fn changing(&self, id: &str) -> Map<String, Value> {
        let is_public = self.method == AuthMethod::None;
        let (logout_uri, logout_method) = self.logout();
        let body = json!({
            "name": format!("{} ({id})", self.name()),
            "client_type": if is_public { "public" } else { "confidential" },
            "grant_types": self.grants,
            "property_mappings": self.mappings,
            "redirect_uris": self.addresses(),
            "logout_uri": logout_uri,
            "logout_method": logout_method,
            "client_keys": self.metadata.jwks.clone().unwrap_or_else(|| json!({})),
            "client_jwks_uri": self.metadata.jwks_uri.as_deref().unwrap_or_default(),
            "default_max_age": self.metadata.default_max_age,
            "client_metadata": self.only(&TOLD),
        });
        let mut body = body.as_object().cloned().unwrap_or_default();
        if !self.method.has_secret() {
            // One that it had before proves nothing any more.
            body.insert("client_secret".into(), json!(encoding::random_token(64)));
        }
        for key in DIRECT {
            let Some(field) = kind_of(OAUTH2_PROVIDER).field(key) else {
                continue;
            };
            let said = self.said.get(key).cloned();
            if let Some(value) = said.or_else(|| field.default.value()) {
                body.insert(key.to_owned(), value);
            }
        }
        body
    }

    /// The application of a new client.
    pub(super) fn application(&self, id: &str, provider: i64) -> Value {
        let mut body = self.application_changing();
        let short: String = id.chars().take(12).collect();
        let slug = format!("{}-{short}", self.slug);
        body.insert("slug".into(), json!(slug));
        body.insert("provider".into(), json!(provider));
        body.insert("group".into(), json!(self.rules.default_application_group));
        if !self.engine_mode.is_null() {
            body.insert("policy_engine_mode".into(), self.engine_mode.clone());
        }
        Value::Object(body)
    }

    /// What a change replaces of the application.
    pub(super) fn application_changing(&self) -> Map<String, Value> {
        // One that begins its sign-ins itself opens there.
        let begins = self.metadata.initiate_login_uri.is_some();
        let home = self.metadata.client_uri.as_deref().filter(|_| !begins);
        let name = ("name".to_owned(), json!(self.name()));
        let launch = (
            "meta_launch_url".to_owned(),
            json!(home.unwrap_or_default()),
        );
        Map::from_iter([name, launch])
    }

    /// Whether people have other names with it than before: what was granted under the former ones must
    /// not tell those of another sector, whose address it has just named.
    pub(super) fn is_elsewhere(&self, was_pairwise: bool, before: &str) -> bool {
        let before: Value = serde_json::from_str(before).unwrap_or_default();
        let said = ["redirect_uris", "sector_identifier_uri", "subject_type"];
        let is_other = |name: &&str| before.get(name) != self.said.get(*name);
        (was_pairwise || self.metadata.is_pairwise()) && said.iter().any(is_other)
    }

    fn only(&self, names: &[&str]) -> Value {
        let said = self.said.iter();
        let told = said.filter(|(name, _)| names.contains(&name.as_str()));
        Value::Object(
            told.map(|(name, value)| (name.clone(), value.clone()))
                .collect(),
        )
    }

    fn addresses(&self) -> Vec<Value> {
        let one = |kind: &'static str| move |url: &String| json!({ "matching_mode": "strict", "url": url, "redirect_uri_type": kind });
        let answers = self.metadata.redirects().iter().map(one("authorization"));
        answers
            .chain(self.metadata.leaving().iter().map(one("logout")))
            .collect()
    }

    fn logout(&self) -> (&str, &'static str) {
        match (
            &self.metadata.backchannel_logout_uri,
            &self.metadata.frontchannel_logout_uri,
        ) {
            (None, Some(uri)) => (uri, "frontchannel"),
            (uri, _) => (uri.as_deref().unwrap_or_default(), "backchannel"),
        }
    }
}

/// What we do not do is not said back (RFC 7591 §3.2.1).
fn honest(metadata: &mut Metadata) {
    // A provider has one way to hear of it.
    if metadata.backchannel_logout_uri.is_some() {
        metadata.frontchannel_logout_uri = None;
    }
    let kind = kind_of(OAUTH2_PROVIDER);
    let has = |name: &str| kind.field(name).is_some();
    if !has("dpop_bound_access_tokens") {
        metadata.dpop_bound_access_tokens = None;
    }
    if !has("require_pushed_authorization_requests") {
        metadata.require_pushed_authorization_requests = None;
    }
}

/// What the parent insists on, its clients do; they are told.
fn as_strict(parent: &Client, metadata: &mut Metadata) -> Result<(), MetadataError> {
    let parent = &parent.provider;
    let is_pairwise = parent.subject_type == SubjectType::Pairwise;
    let word = if is_pairwise { "pairwise" } else { "public" };
    let subject = metadata.subject_type.get_or_insert_with(|| word.to_owned());
    if is_pairwise && subject != word {
        return Err(MetadataError::new(
            "subject_type can only be pairwise here.",
        ));
    }
    if parent.dpop_bound_access_tokens {
        metadata.dpop_bound_access_tokens = Some(true);
    }
    if parent.require_pushed_authorization_requests {
        metadata.require_pushed_authorization_requests = Some(true);
    }
    Ok(())
}

/// A client hears in a way that the provider's keys can speak.
fn check_algorithms(parent: &Client, metadata: &Metadata) -> Result<(), MetadataError> {
    let able = parent.keys.algorithms().iter();
    let able: Vec<_> = able.filter(|one| **one != Algorithm::Hs256).collect();
    let said = [
        (
            "id_token_signed_response_alg",
            &metadata.id_token_signed_response_alg,
        ),
        (
            "userinfo_signed_response_alg",
            &metadata.userinfo_signed_response_alg,
        ),
    ];
    for (name, word) in said {
        let Some(word) = word else { continue };
        let known = Algorithm::from_word(word).filter(|one| able.contains(&one));
        if known.is_none() {
            let words: Vec<_> = able.iter().map(|one| one.word()).collect();
            let why = format!("{name} is one of {}.", words.join(", "));
            return Err(MetadataError::new(why));
        }
    }
    Ok(())
}

/// The ways that the provider gets: a hybrid answer is one of its own.
fn grants(rules: &Rules, metadata: &Metadata) -> Result<Vec<String>, MetadataError> {
    let unknown = |one: &&String| !OAUTH2_GRANT_TYPES.contains(&one.as_str()) || *one == "hybrid";
    if let Some(one) = metadata.grants().iter().find(unknown) {
        return Err(MetadataError::new(format!(
            "grant_types: there is no {one}."
        )));
    }
    let types = metadata.response_types()?;
    let answers = |way: &str| {
        types
            .iter()
            .any(|one| ResponseType::grant_type(*one) == way)
    };
    let said = metadata.grants().iter().map(String::as_str);
    let mut all: Vec<_> = said
        .filter(|one| *one != "implicit" || answers("implicit"))
        .filter(|one| *one != "authorization_code" || answers("authorization_code"))
        .collect();
    if answers("hybrid") {
        all.push("hybrid");
    }
    match all.iter().find(|one| !rules.allows(one)) {
        Some(one) => Err(MetadataError::new(format!(
            "grant_types: {one} is not allowed here."
        ))),
        None => Ok(all.into_iter().map(str::to_owned).collect()),
    }
}

/// The scopes that clients may have here, with their words.
fn mappings(snapshot: &Snapshot, rules: &Rules, parents: &[String]) -> Vec<(String, String)> {
    let chosen = &rules.override_property_mappings;
    let is_chosen = !chosen.is_empty();
    let pks = if is_chosen { chosen } else { parents };
    let known = pks.iter().filter_map(|pk| {
        let word = ScopeMapping::word(snapshot, pk)?;
        // An operator may choose everything, and did not mean that.
        let is_kept = word != API_SCOPE && (is_chosen || word != SCOPE);
        is_kept.then(|| (pk.clone(), word))
    });
    known.collect()
}

/// Those that the client asks for, all if it does not say; what it gets is said back.
fn scoped(known: Vec<(String, String)>, metadata: &mut Metadata) -> Vec<String> {
    let Some(asked) = &metadata.scope else {
        return known.into_iter().map(|(pk, _)| pk).collect();
    };
    let asked = Scopes::parse(asked).unwrap_or_default();
    let has = |word: &str| known.iter().any(|(_, one)| one == word);
    metadata.scope = Some(asked.only(|word| word == "openid" || has(word)).to_string());
    let wanted = known.into_iter().filter(|(_, word)| asked.contains(word));
    wanted.map(|(pk, _)| pk).collect()
}
