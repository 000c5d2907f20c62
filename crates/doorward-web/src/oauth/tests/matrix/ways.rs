//! How each way is gone: what is begun before things change, and what comes of it afterwards.

mod others;

use doorward_protocol::encoding::base64;
use doorward_protocol::jose::{SigningKey, Typ, sign};
use serde_json::{Value, json};

use super::setting::{Cell, key_of, slug};
use super::{GIVEN, NO_ENTRY, NOT_BEGUN, SIGN_IN, Way};
use crate::oauth::tests::kit::{CALLBACK, Client, Kit, Seen, challenge, exchange, now};

pub(super) const DEVICE_CODE: &str = "urn:ietf:params:oauth:grant-type:device_code";
pub(super) const TOKEN_EXCHANGE: &str = "urn:ietf:params:oauth:grant-type:token-exchange";
const ACCESS_TOKEN: &str = "urn:ietf:params:oauth:token-type:access_token";
const JWT_BEARER: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
const OWN_KEY: &str = include_str!("../../../../../doorward-protocol/src/jose/tests/p256.pem");

/// What was begun, as far as it could be.
#[derive(Default)]
pub(super) struct Begun {
    code: Option<String>,
    refresh: Option<String>,
    /// An access token of the cell's own client.
    own: Option<String>,
    /// One of the first application's, for the cell's client.
    of_first: Option<String>,
    /// A device that somebody let in.
    let_in: Option<String>,
    /// What the person types for another.
    user_code: String,
    /// A request that the client sent ahead.
    pushed: String,
    /// An access token that is bound to a key.
    with_key: Option<String>,
    /// A code and a token as GitHub's apps get them.
    at_githubs: Option<[String; 2]>,
    /// The refresh token of the client that registered itself.
    registered: Option<String>,
}

fn all_grants() -> Value {
    json!([
        "authorization_code",
        "implicit",
        "hybrid",
        "refresh_token",
        "client_credentials",
        "password",
        DEVICE_CODE,
        TOKEN_EXCHANGE
    ])
}

fn issuer(at: usize) -> String {
    let slug = slug(at);
    format!("https://auth.example.org/application/o/{slug}/")
}

/// Settings of the first application, whose tokens may be for each of the others.
pub(super) fn first(count: usize) -> Value {
    let resources: Vec<_> = (0..count).map(issuer).collect();
    json!({ "grant_types": all_grants(), "resources": resources.join("\n") })
}

/// Settings of the others.
pub(super) fn trusting(first: &Client) -> Value {
    let key = SigningKey::from_pem(OWN_KEY, None).unwrap();
    let jwk = key.public().unwrap().published();
    json!({
        "grant_types": all_grants(),
        "client_keys": { "keys": [jwk] },
        "jwt_federation_providers": [first.provider],
    })
}

/// Settings of clients that registered themselves.
pub(super) fn guests() -> Value {
    json!({ "grant_types": ["authorization_code", "refresh_token"] })
}

/// Begins everything that a later step needs.
pub(super) async fn begin(kit: &Kit, first: &Client, cell: &Cell) -> Begun {
    let client = &cell.client;
    let issuer = issuer(cell.at.into());
    let own = tokens(kit, client, "openid", "").await;
    let lasting = tokens(kit, client, "openid offline_access", "").await;
    let of_first = tokens(kit, first, "openid", &issuer).await;
    let [(code, typed), (_, user_code)] = [device(kit, client).await, device(kit, client).await];
    let is_let_in = let_in(kit, &typed).await == GIVEN;
    let registered = tokens(kit, &cell.registered, "openid offline_access", "").await;
    Begun {
        pushed: others::pushed(kit, client).await,
        with_key: others::with_key(kit, client).await,
        at_githubs: others::begun_at_githubs(kit, client).await,
        registered: registered.map(|told| text(&told, "refresh_token")),
        code: code_for(kit, client, "openid", "").await,
        refresh: lasting.map(|told| text(&told, "refresh_token")),
        own: own.map(|told| text(&told, "access_token")),
        of_first: of_first.map(|told| text(&told, "access_token")),
        let_in: is_let_in.then_some(code),
        user_code,
    }
}

/// Goes a way to its end.
pub(super) async fn end(kit: &Kit, first: &Client, cell: &Cell, way: Way) -> String {
    let (client, begun) = (&cell.client, &cell.begun);
    let at_githubs = begun
        .at_githubs
        .clone()
        .map_or([None, None], |both| both.map(Some));
    let needed = match way {
        Way::CodeAtGithubs => &at_githubs[0],
        Way::UserinfoAtGithubs => &at_githubs[1],
        Way::UserinfoWithKey => &begun.with_key,
        Way::RefreshRegistered => &begun.registered,
        Way::Code => &begun.code,
        Way::Refresh => &begun.refresh,
        Way::DevicePoll => &begun.let_in,
        Way::Federated
        | Way::ExchangeTrusted
        | Way::ExchangeDelegated
        | Way::ExchangeForAnother => &begun.of_first,
        Way::ExchangeOwn | Way::Introspection | Way::Userinfo => &begun.own,
        _ => &Some(String::new()),
    };
    let Some(needed) = needed else {
        return NOT_BEGUN.to_owned();
    };
    match way {
        Way::AuthorizeCode => authorized(kit, client, "code").await,
        Way::AuthorizeImplicit => authorized(kit, client, "id_token token").await,
        Way::AuthorizeHybrid => authorized(kit, client, "code id_token").await,
        Way::Pushed => others::brought(kit, client, &begun.pushed).await,
        Way::AuthorizeAtGithubs => others::authorized_at_githubs(kit, client).await,
        Way::AuthorizeRegistered => authorized(kit, &cell.registered, "code").await,
        Way::Code => said(&kit.exchange(client, needed).await),
        Way::CodeAtGithubs => said(&others::exchanged_at_githubs(kit, client, needed).await),
        Way::Refresh => refreshed(kit, client, needed).await,
        Way::RefreshRegistered => refreshed(kit, &cell.registered, needed).await,
        Way::MachineBySecret => said(&machine_by_secret(kit, client).await),
        Way::MachineByKey => said(&machine_by_key(kit, cell).await),
        Way::AppPassword => app_password(kit, cell, "client_credentials").await,
        Way::AppPasswordAsPassword => app_password(kit, cell, "password").await,
        Way::AppPasswordAsSecret => app_password_as_secret(kit, cell).await,
        Way::Federated => said(&federated(kit, client, needed).await),
        Way::DeviceLetIn => let_in(kit, &begun.user_code).await,
        Way::DevicePoll => {
            let form = [("grant_type", DEVICE_CODE), ("device_code", needed)];
            said(&kit.token(client, &form).await)
        }
        Way::ExchangeOwn | Way::ExchangeTrusted => exchanged(kit, client, needed, &[]).await,
        Way::ExchangeForAnother => exchanged(kit, first, needed, &[("audience", &client.id)]).await,
        Way::ExchangeDelegated => {
            let key = key_of(&cell.name);
            let kind = "goauthentik.io/oauth/token-type/authentik_token";
            let actor = [("actor_token", &*key), ("actor_token_type", kind)];
            exchanged(kit, client, needed, &actor).await
        }
        Way::Introspection => introspected(kit, client, needed).await,
        Way::Userinfo => said(&kit.userinfo(needed).await),
        Way::UserinfoWithKey => said(&others::userinfo_with_key(kit, needed).await),
        Way::UserinfoAtGithubs => said(&others::user_at_githubs(kit, needed).await),
    }
}

/// What the token endpoint said, in a word.
fn said(seen: &Seen) -> String {
    match seen.status.as_u16() {
        200 => GIVEN.to_owned(),
        _ => seen.error(),
    }
}

fn text(told: &Value, key: &str) -> String {
    told[key].as_str().unwrap().to_owned()
}

async fn asked(kit: &Kit, client: &Client, kind: &str, scope: &str, resource: &str) -> Seen {
    let challenge = challenge();
    let seen = kit
        .authorize(&[
            ("client_id", &client.id),
            ("response_type", kind),
            ("redirect_uri", CALLBACK),
            ("scope", scope),
            ("nonce", "a nonce"),
            ("code_challenge", &challenge),
            ("code_challenge_method", "S256"),
            ("resource", resource),
        ])
        .await;
    kit.agreed(seen).await
}

async fn code_for(kit: &Kit, client: &Client, scope: &str, resource: &str) -> Option<String> {
    let seen = asked(kit, client, "code", scope, resource).await;
    let is_answer = seen.header("location").starts_with(CALLBACK);
    is_answer.then(|| seen.answer()["code"].clone())
}

async fn tokens(kit: &Kit, client: &Client, scope: &str, resource: &str) -> Option<Value> {
    let code = code_for(kit, client, scope, resource).await?;
    let form = exchange(&code);
    Some(kit.token(client, &form).await.expect(200).json())
}

async fn refreshed(kit: &Kit, client: &Client, token: &str) -> String {
    let form = [("grant_type", "refresh_token"), ("refresh_token", token)];
    said(&kit.token(client, &form).await)
}

async fn authorized(kit: &Kit, client: &Client, kind: &str) -> String {
    came_of(&asked(kit, client, kind, "openid", "").await)
}

/// Where the browser is after a request to authorize.
fn came_of(seen: &Seen) -> String {
    let to = seen.header("location");
    let what = match seen.status.as_u16() {
        303 if to.starts_with(CALLBACK) && !to.contains("error=") => GIVEN,
        303 if to.starts_with("/flows/") || to.starts_with("/if/flow/") => SIGN_IN,
        403 => NO_ENTRY,
        _ => panic!("{seen:?}"),
    };
    what.to_owned()
}

pub(super) async fn machine_by_secret(kit: &Kit, client: &Client) -> Seen {
    let form = [("grant_type", "client_credentials"), ("scope", "openid")];
    kit.token(client, &form).await
}

async fn machine_by_key(kit: &Kit, cell: &Cell) -> Seen {
    let now_s = now() / 1000;
    let word = json!({
        "iss": cell.client.id, "sub": cell.client.id, "aud": issuer(cell.at.into()),
        "jti": "once", "iat": now_s, "exp": now_s + 60,
    });
    let key = SigningKey::from_pem(OWN_KEY, None).unwrap();
    let word = sign(&key, Typ::Jwt, word.as_object().unwrap()).unwrap();
    let form = [
        ("grant_type", "client_credentials"),
        ("client_assertion_type", JWT_BEARER),
        ("client_assertion", &word),
    ];
    kit.token_plainly(&form).await
}

async fn app_password(kit: &Kit, cell: &Cell, way: &str) -> String {
    let key = key_of(&cell.name);
    let form = [
        ("grant_type", way),
        ("client_id", &cell.client.id),
        ("username", &cell.name),
        ("password", &key),
    ];
    said(&kit.token_plainly(&form).await)
}

async fn app_password_as_secret(kit: &Kit, cell: &Cell) -> String {
    let secret = base64(format!("{}:{}", cell.name, key_of(&cell.name)));
    let form = [
        ("grant_type", "client_credentials"),
        ("client_id", &cell.client.id),
        ("client_secret", &secret),
    ];
    said(&kit.token_plainly(&form).await)
}

async fn federated(kit: &Kit, client: &Client, token: &str) -> Seen {
    let form = [
        ("grant_type", "client_credentials"),
        ("client_id", &client.id),
        ("client_assertion_type", JWT_BEARER),
        ("client_assertion", token),
    ];
    kit.token_plainly(&form).await
}

/// Its code, and what the person types.
async fn device(kit: &Kit, client: &Client) -> (String, String) {
    let form = [("client_id", &*client.id), ("scope", "openid")];
    let seen = kit.post("/application/o/device/", None, &form).await;
    let told = seen.expect(200).json();
    (text(&told, "device_code"), text(&told, "user_code"))
}

/// The person lets a device in, as far as they may.
async fn let_in(kit: &Kit, user_code: &str) -> String {
    let page = kit.browse("/device").await;
    if page.status != 200 {
        assert!(page.header("location").starts_with("/flows/"), "{page:?}");
        return SIGN_IN.to_owned();
    }
    let csrf = page.after("name=\"csrf\" value=\"");
    let typed = [("csrf", &*csrf), ("code", user_code)];
    let question = kit.submit("/device", &typed).await.expect(200);
    let held = question.after("name=\"held\" value=\"");
    let form = [("csrf", &*csrf), ("held", &held), ("answer", "allow")];
    let seen = kit.submit("/device/answer", &form).await;
    let what = match (seen.status.as_u16(), seen.header("location")) {
        (303, "/device?done=allowed") => GIVEN,
        (403, _) => NO_ENTRY,
        _ => panic!("{seen:?}"),
    };
    what.to_owned()
}

async fn exchanged(kit: &Kit, client: &Client, token: &str, more: &[(&str, &str)]) -> String {
    let mut form = vec![
        ("grant_type", TOKEN_EXCHANGE),
        ("subject_token", token),
        ("subject_token_type", ACCESS_TOKEN),
    ];
    form.extend(more);
    said(&kit.token(client, &form).await)
}

async fn introspected(kit: &Kit, client: &Client, token: &str) -> String {
    let path = "/application/o/introspect/";
    let (basic, form) = (client.basic(), [("token", token)]);
    let seen = kit.post(path, Some(&basic), &form).await;
    let told = seen.expect(200).json();
    let is_active = told["active"].as_bool().unwrap();
    if is_active { GIVEN } else { "inactive" }.to_owned()
}
