//! What a client can ask of us (OpenID Connect Discovery 1.0 §3, RFC 8414 §2), and the key set.
//!
//! Rule: it says what is so, for this very client; no text of an operator's is run for it.

use doorward_protocol::jose::Algorithm;
use doorward_protocol::oauth::{AuthMethod, ResponseMode, ResponseType};
use serde_json::{Value, json};

use super::address::Addresses;
use super::client::Client;
use super::proof::proof_algorithms;
use super::provider::SubjectType;
use super::registration::Rules;
use super::token::TOKEN_EXCHANGE;
use crate::broken::{self, Mutant};
use crate::resource::OAUTH2_GRANT_TYPES;
use crate::snapshot::Snapshot;

/// Claims that every ID token may have, and those of the shipped scopes.
const CLAIMS: &[&str] = &[
    "sub",
    "iss",
    "aud",
    "exp",
    "iat",
    "auth_time",
    "acr",
    "amr",
    "nonce",
    "sid",
    "email",
    "email_verified",
    "name",
    "given_name",
    "preferred_username",
    "nickname",
    "groups",
];

/// What a provider may list and no request names: a response type of ours.
const NO_GRANTS: [&str; 1] = ["hybrid"];

/// The document; `None` while the public address is not known.
pub(super) fn discovery(snapshot: &Snapshot, client: &Client) -> Option<Value> {
    let base = snapshot.public_url();
    let at = client.addresses(base.as_ref())?;
    let asserted_by = client.asserted_by();
    let algorithms = client.keys.algorithms().iter().map(|one| one.word());
    let algorithms = algorithms.filter(|_| !broken::is(Mutant::Rs256Unsaid));
    let mut document = json!({
        "issuer": at.issuer(),
        "authorization_endpoint": at.shared("authorize"),
        "token_endpoint": at.shared("token"),
        "userinfo_endpoint": at.shared("userinfo"),
        "end_session_endpoint": at.own("end-session/"),
        "introspection_endpoint": at.shared("introspect"),
        "revocation_endpoint": at.shared("revoke"),
        "device_authorization_endpoint": at.shared("device"),
        "jwks_uri": at.own("jwks/"),
        "response_types_supported": response_types(client),
        "response_modes_supported": ResponseMode::ALL.map(ResponseMode::word),
        "grant_types_supported": grant_types(client),
        "id_token_signing_alg_values_supported": algorithms.collect::<Vec<_>>(),
        "token_endpoint_auth_methods_supported": proofs_of_itself(client),
        "acr_values_supported": ["goauthentik.io/providers/oauth2/default"],
        "scopes_supported": scopes(client),
        "claims_supported": CLAIMS,
        "claim_types_supported": ["normal"],
        "request_parameter_supported": false,
        "request_uri_parameter_supported": false,
        "claims_parameter_supported": true,
        "require_request_uri_registration": false,
        "code_challenge_methods_supported": challenges(client),
        "frontchannel_logout_supported": true,
        "frontchannel_logout_session_supported": true,
        "backchannel_logout_supported": true,
        "backchannel_logout_session_supported": true,
        "authorization_response_iss_parameter_supported": true,
        "prompt_values_supported": ["none", "login", "consent", "select_account"],
    });
    let rules = Rules::of(snapshot, client.provider.pk);
    if let Some(rules) = &rules {
        document["registration_endpoint"] = json!(at.own("register/"));
        for_registered(&mut document, client, rules);
    }
    document["subject_types_supported"] = json!(subjects(client, rules.is_some()));
    document["userinfo_signing_alg_values_supported"] = json!(userinfo_algorithms(client));
    if rules.is_none() && !asserted_by.is_empty() {
        document["token_endpoint_auth_signing_alg_values_supported"] = json!(asserted_by);
    }
    add_to(&mut document, sent_ahead_and_bound(client, &at));
    Some(document)
}

/// Whoever reads the document before registering asks for what a registered client may have.
fn for_registered(document: &mut Value, client: &Client, rules: &Rules) {
    let methods = AuthMethod::ALL.map(AuthMethod::word);
    document["token_endpoint_auth_methods_supported"] = json!(methods);
    let signed: Vec<_> = Algorithm::ALL.iter().map(|one| one.word()).collect();
    let signed = signed.into_iter().filter(|one| *one != "HS256");
    document["token_endpoint_auth_signing_alg_values_supported"] = signed.collect();
    let grants = OAUTH2_GRANT_TYPES.iter();
    let grants = grants.filter(|one| client.may(one) || rules.allows(one));
    let grants = grants.filter(|one| !NO_GRANTS.contains(one));
    document["grant_types_supported"] = grants.map(|one| json!(one)).collect();
    let types = ResponseType::ALL.into_iter();
    let types = types.filter(|one| client.may(one.grant_type()) || rules.allows(one.grant_type()));
    document["response_types_supported"] = types.map(|one| json!(one.word())).collect();
}

/// How people are named to it, and to those that register themselves.
fn subjects(client: &Client, registers: bool) -> &'static [&'static str] {
    match client.provider.subject_type {
        _ if registers => &["public", "pairwise"],
        SubjectType::Public => &["public"],
        SubjectType::Pairwise => &["pairwise"],
    }
}

/// RFC 7636 §4.2
fn challenges(client: &Client) -> &'static [&'static str] {
    let strict = client.provider.require_pushed_authorization_requests;
    if client.provider.compatibility && !strict {
        &["S256", "plain"]
    } else {
        &["S256"]
    }
}

/// RFC 9126 §5, RFC 9449 §5.1
fn sent_ahead_and_bound(client: &Client, at: &Addresses) -> Value {
    json!({
        "dpop_signing_alg_values_supported": proof_algorithms(),
        "pushed_authorization_request_endpoint": at.shared("par"),
        "require_pushed_authorization_requests":
            client.provider.require_pushed_authorization_requests,
    })
}

fn add_to(document: &mut Value, more: Value) {
    if let (Value::Object(document), Value::Object(more)) = (document, more) {
        document.extend(more);
    }
}

fn userinfo_algorithms(client: &Client) -> Vec<&'static str> {
    let all = client.keys.algorithms().iter().map(|one| one.word());
    all.filter(|one| *one != "HS256").collect()
}

fn scopes(client: &Client) -> Vec<&str> {
    let mut scopes: Vec<_> = client.scopes.iter().map(|one| &*one.scope_name).collect();
    if !scopes.contains(&"openid") {
        scopes.insert(0, "openid");
    }
    scopes
}

fn grant_types(client: &Client) -> Vec<&'static str> {
    let all = OAUTH2_GRANT_TYPES.iter().copied();
    all.filter(|one| client.may(one) && !NO_GRANTS.contains(one))
        .filter(|one| *one != TOKEN_EXCHANGE || !client.is_public())
        .collect()
}

/// How the client may prove who it is.
fn proofs_of_itself(client: &Client) -> Vec<&'static str> {
    let mut methods = if client.is_public() {
        vec!["none"]
    } else {
        vec!["client_secret_basic", "client_secret_post"]
    };
    if !client.asserted_by().is_empty() {
        methods.push("private_key_jwt");
    }
    methods
}

/// Those that the client's grant types let it ask for.
fn response_types(client: &Client) -> Vec<&'static str> {
    let may = |one: &ResponseType| client.may(one.grant_type());
    let all = ResponseType::ALL.into_iter().filter(may);
    all.map(ResponseType::word).collect()
}
