//! ID tokens that are bound to a key of the client: each MUST of OpenID Connect Key Binding 1.0, and what
//! authentik 2026.8 does beside (oidc.md 1.10).

use doorward_protocol::encoding::{base64url, sha256};
use doorward_protocol::jose::{SigningKey, Typ, VerifyingKey, sign};
use serde_json::{Value, json};

use super::device::{self, DEVICE_CODE, Device, ENDPOINT, let_in};
use super::dpop::{FOREIGN, OWN, for_token, jkt, post, public, text};
use super::kit::proofs::proof;
use super::kit::{
    CALLBACK, Client, Kit, Seen, authorize_address, challenge, claims, exchange, header, wait,
};

const TOKEN: &str = "/application/o/token/";
const PAR: &str = "/application/o/par/";
const SCOPE: &str = "openid profile bound_key";

/// A request to authorize for these scopes that names this key.
fn asking<'a>(
    client: &'a Client,
    scope: &'a str,
    challenge: &'a str,
    jkt: &'a str,
) -> Vec<(&'a str, &'a str)> {
    let all = vec![
        ("client_id", &*client.id),
        ("response_type", "code"),
        ("redirect_uri", CALLBACK),
        ("scope", scope),
        ("nonce", "a nonce"),
        ("code_challenge", challenge),
        ("code_challenge_method", "S256"),
        ("dpop_jkt", jkt),
    ];
    all.into_iter()
        .filter(|(_, value)| !value.is_empty())
        .collect()
}

/// A code for these scopes whose request named a key.
async fn code(kit: &Kit, client: &Client, scope: &str, pem: &str) -> String {
    let (challenge, jkt) = (challenge(), jkt(pem));
    let seen = kit
        .authorize(&asking(client, scope, &challenge, &jkt))
        .await;
    let seen = kit.agreed(seen).await.expect(303);
    seen.answer()["code"].clone()
}

/// A proof that was made for a code.
fn for_code(pem: &str, code: &str) -> String {
    let hash = base64url(sha256(code.as_bytes()));
    proof(pem, "POST", TOKEN, &json!({ "c_s256": hash }))
}

async fn redeem(kit: &Kit, client: &Client, code: &str, proofs: &[&str]) -> Seen {
    post(kit, TOKEN, client, &exchange(code), proofs).await
}

/// Tokens with an ID token that is bound to the key.
async fn tokens(kit: &Kit, client: &Client, scope: &str, pem: &str) -> Value {
    let code = code(kit, client, scope, pem).await;
    let seen = redeem(kit, client, &code, &[&for_code(pem, &code)]).await;
    seen.expect(200).json()
}

/// The key as an ID token says it.
fn jwk(pem: &str) -> Value {
    let public = SigningKey::from_pem(pem, None).unwrap().public().unwrap();
    Value::Object(public.key.members())
}

#[track_caller]
fn is_bound(told: &Value, pem: &str) {
    let id = text(told, "id_token");
    assert_eq!(header(id)["typ"], "dpop+id_token");
    assert_eq!(claims(id)["cnf"], json!({ "jwk": jwk(pem) }));
}

#[track_caller]
fn is_not_bound(told: &Value) {
    let id = text(told, "id_token");
    assert_eq!(header(id)["typ"], "JWT");
    assert!(!claims(id).contains_key("cnf"), "{:?}", claims(id));
}

/// §4; oidc.md 1.10: the access token stays a bearer token.
#[tokio::test]
async fn the_id_token_names_the_key_and_its_type_says_so_and_the_access_token_is_a_bearers() {
    for kit in Kit::every().await {
        for client in [kit.client("photos", json!({})).await, public(&kit).await] {
            for pem in [OWN, FOREIGN] {
                let told = tokens(&kit, &client, SCOPE, pem).await;
                is_bound(&told, pem);
                assert_eq!(told["token_type"], "Bearer");
                let access = text(&told, "access_token");
                assert!(!claims(access).contains_key("cnf"));
                let seen = kit.userinfo(access).await.expect(200);
                assert_eq!(seen.json()["preferred_username"], "mia");
                let id = claims(text(&told, "id_token"));
                assert_eq!(
                    (&id["nonce"], &id["aud"]),
                    (&json!("a nonce"), &json!(client.id))
                );
            }
        }
    }
}

/// RFC 9449 §5: whose access tokens have to be bound, has both.
#[tokio::test]
async fn a_client_whose_access_tokens_must_be_bound_gets_both_bound() {
    for kit in Kit::every().await {
        let must = json!({ "dpop_bound_access_tokens": true });
        let client = kit.client("photos", must).await;
        let told = tokens(&kit, &client, SCOPE, OWN).await;
        is_bound(&told, OWN);
        assert_eq!(told["token_type"], "DPoP");
        let access = claims(text(&told, "access_token"));
        assert_eq!(access["cnf"], json!({ "jkt": jkt(OWN) }));
    }
}

/// §2.1
#[tokio::test]
async fn a_request_for_a_bound_id_token_names_the_key_the_scope_openid_and_a_code_alone() {
    for kit in Kit::every().await {
        let more = json!({ "grant_types": ["authorization_code", "implicit", "hybrid"] });
        let client = kit.client("photos", more).await;
        let (challenge, jkt) = (challenge(), jkt(OWN));
        let kinds = ["code id_token", "id_token", "code token"];
        let kinds = kinds.map(|kind| {
            let mut asked = asking(&client, SCOPE, &challenge, &jkt);
            asked[1].1 = kind;
            asked
        });
        let bad = [
            (asking(&client, SCOPE, &challenge, ""), "dpop_jkt"),
            (
                asking(&client, "profile bound_key", &challenge, &jkt),
                "openid",
            ),
        ];
        let kinds = kinds.into_iter().map(|asked| (asked, "response_type=code"));
        for (asked, why) in bad.into_iter().chain(kinds) {
            let seen = kit.authorize(&asked).await.expect(303);
            let answer = if seen.header("location").contains('#') {
                seen.fragment()
            } else {
                seen.answer()
            };
            assert_eq!(answer["error"], "invalid_request", "{why}");
            assert!(answer["error_description"].contains(why), "{answer:?}");
            let pushed = post(&kit, PAR, &client, &asked, &[]).await.expect(400);
            assert_eq!(pushed.error(), "invalid_request", "{why}");
        }
    }
}

/// §2.1; OpenID Connect Core §3.1.2.1: a provider that does not have the scope ignores it.
#[tokio::test]
async fn where_the_provider_lacks_the_scope_it_is_ignored_and_nothing_of_the_id_token_is_bound() {
    for kit in Kit::every().await {
        let snapshot = kit.engine.snapshot();
        let all = snapshot.objects("authentik_providers_oauth2.scopemapping");
        let all = all
            .iter()
            .filter(|one| one.config["scope_name"] == "profile");
        let some: Vec<_> = all.map(|one| &one.id).collect();
        let client = kit
            .client("photos", json!({ "property_mappings": some }))
            .await;
        let challenge = challenge();
        let seen = kit.authorize(&asking(&client, SCOPE, &challenge, "")).await;
        let code = seen.expect(303).answer()["code"].clone();
        let told = redeem(&kit, &client, &code, &[]).await.expect(200).json();
        assert_eq!(told["scope"], "openid profile");
        is_not_bound(&told);
    }
}

/// §2.3: a proof alone must not bind the ID token, nor does the name of a key without the scope.
#[tokio::test]
async fn an_id_token_that_nobody_asked_to_bind_is_not_bound_whatever_proof_comes_along() {
    for kit in Kit::every().await {
        let client = kit.client("photos", json!({})).await;
        let plain = kit.code(&client, "openid").await;
        let named = code(&kit, &client, "openid", OWN).await;
        for code in [plain, named] {
            let proof = for_code(OWN, &code);
            let told = redeem(&kit, &client, &code, &[&proof]).await;
            let told = told.expect(200).json();
            is_not_bound(&told);
            assert_eq!(told["token_type"], "DPoP", "as RFC 9449 has it");
        }
    }
}

/// §2.3, §9.1: nobody binds a sign-in of theirs to another's key by a proof of another session.
#[tokio::test]
async fn a_proof_that_was_not_made_for_the_code_binds_nothing_and_uses_nothing_up() {
    for kit in Kit::every().await {
        let client = kit.client("photos", json!({})).await;
        let (mine, other) = (
            code(&kit, &client, SCOPE, OWN).await,
            code(&kit, &client, SCOPE, OWN).await,
        );
        let wrong = [
            for_token(OWN),
            for_code(OWN, &other),
            for_code(OWN, &mine[1..]),
            proof(OWN, "POST", TOKEN, &json!({ "c_s256": mine })),
            proof(OWN, "POST", TOKEN, &json!({ "c_s256": 7 })),
        ];
        for proof in wrong {
            let seen = redeem(&kit, &client, &mine, &[&proof]).await.expect(400);
            assert_eq!(seen.error(), "invalid_dpop_proof");
            assert!(seen.text.contains("c_s256"), "{}", seen.text);
        }
        let good = for_code(OWN, &mine);
        let told = redeem(&kit, &client, &mine, &[&good])
            .await
            .expect(200)
            .json();
        is_bound(&told, OWN);
    }
}

/// §2.3, RFC 9449 §10: a code is worth nothing without a proof of the key that its request named.
#[tokio::test]
async fn without_a_proof_of_the_named_key_there_are_no_tokens() {
    for kit in Kit::every().await {
        let client = kit.client("photos", json!({})).await;
        for with in [None, Some(FOREIGN)] {
            let code = code(&kit, &client, SCOPE, OWN).await;
            let proofs: Vec<_> = with.map(|pem| for_code(pem, &code)).into_iter().collect();
            let proofs: Vec<_> = proofs.iter().map(String::as_str).collect();
            let seen = redeem(&kit, &client, &code, &proofs).await.expect(400);
            assert_eq!(seen.error(), "invalid_grant");
        }
        for more in [
            json!({ "htm": "GET" }),
            json!({ "htu": "https://evil.tld/application/o/token/" }),
            json!({ "iat": super::kit::now() / 1000 - 61 }),
            json!({ "jti": null }),
        ] {
            let code = code(&kit, &client, SCOPE, OWN).await;
            let mut said = json!({ "c_s256": base64url(sha256(code.as_bytes())) });
            let more = more.as_object().unwrap().clone();
            said.as_object_mut().unwrap().extend(more);
            let wrong = proof(OWN, "POST", TOKEN, &said);
            let seen = redeem(&kit, &client, &code, &[&wrong]).await.expect(400);
            assert_eq!(seen.error(), "invalid_dpop_proof", "{said}");
        }
    }
}

fn refreshing<'a>(told: &'a Value, scope: &'a str) -> Vec<(&'a str, &'a str)> {
    let all = [
        ("grant_type", "refresh_token"),
        ("refresh_token", text(told, "refresh_token")),
        ("scope", scope),
    ];
    all.into_iter()
        .filter(|(_, value)| !value.is_empty())
        .collect()
}

/// §4, §5: also those of clients that prove themselves otherwise, and however few scopes they ask for.
#[tokio::test]
async fn a_refresh_token_is_bound_to_the_same_key_and_its_id_tokens_name_it_again() {
    for kit in Kit::every().await {
        for client in [kit.client("photos", json!({})).await, public(&kit).await] {
            let scope = "openid bound_key offline_access";
            let mut told = tokens(&kit, &client, scope, OWN).await;
            for narrowed in ["", "openid offline_access", ""] {
                wait(2_000);
                let form = refreshing(&told, narrowed);
                for proofs in [vec![], vec![for_token(FOREIGN)]] {
                    let proofs: Vec<_> = proofs.iter().map(String::as_str).collect();
                    let seen = post(&kit, TOKEN, &client, &form, &proofs).await;
                    assert_eq!(seen.expect(400).error(), "invalid_grant");
                }
                let once = for_token(OWN);
                let seen = post(&kit, TOKEN, &client, &form, &[&once]).await;
                let next = seen.expect(200).json();
                is_bound(&next, OWN);
                assert_eq!(next["token_type"], "Bearer");
                wait(2_000);
                let again = refreshing(&next, "");
                let seen = post(&kit, TOKEN, &client, &again, &[&once]).await;
                assert_eq!(
                    seen.expect(400).error(),
                    "invalid_dpop_proof",
                    "used before"
                );
                told = next;
            }
        }
    }
}

/// §3.1, §3.3
#[tokio::test]
async fn a_device_binds_its_id_token_by_proofs_for_its_device_code() {
    for kit in Kit::every().await {
        let tv = device::client(&kit, "movies", json!({})).await;
        let jkt = jkt(OWN);
        let begin = async |scope: &str, jkt: &str| {
            let form = [("client_id", &*tv.id), ("scope", scope), ("dpop_jkt", jkt)];
            let form: Vec<_> = form
                .into_iter()
                .filter(|(_, one)| !one.is_empty())
                .collect();
            kit.post(ENDPOINT, None, &form).await
        };
        for (scope, jkt) in [
            (SCOPE, ""),
            ("profile bound_key", &*jkt),
            (SCOPE, "short"),
            ("openid", "short"),
        ] {
            let seen = begin(scope, jkt).await.expect(400);
            assert_eq!(seen.error(), "invalid_request", "{scope} {jkt}");
        }
        let told = begin("openid bound_key offline_access", &jkt).await;
        let device = Device::of(told.expect(200).json());
        let other = Device::of(begin(SCOPE, &jkt).await.expect(200).json());
        let form = [("grant_type", DEVICE_CODE), ("device_code", &*device.code)];
        let poll = async |proofs: &[&str]| post(&kit, TOKEN, &tv, &form, proofs).await;
        let refused = async |proofs: &[&str]| {
            let seen = poll(proofs).await.expect(400);
            assert_eq!(seen.error(), "invalid_dpop_proof", "{}", seen.text);
        };
        refused(&[]).await;
        refused(&[&for_code(FOREIGN, &device.code)]).await;
        let seen = poll(&[&for_code(OWN, &device.code)]).await.expect(400);
        assert_eq!(seen.error(), "authorization_pending");
        let_in(&kit, &device).await;
        wait(6_000);
        refused(&[]).await;
        refused(&[&for_token(OWN)]).await;
        refused(&[&for_code(OWN, &other.code)]).await;
        refused(&[&for_code(FOREIGN, &device.code)]).await;
        let told = poll(&[&for_code(OWN, &device.code)]).await;
        let told = told.expect(200).json();
        is_bound(&told, OWN);
        assert_eq!(told["token_type"], "Bearer");
        wait(2_000);
        let form = refreshing(&told, "");
        let seen = post(&kit, TOKEN, &tv, &form, &[]).await.expect(400);
        assert_eq!(seen.error(), "invalid_grant");
        let seen = post(&kit, TOKEN, &tv, &form, &[&for_token(OWN)]).await;
        is_bound(&seen.expect(200).json(), OWN);
    }
}

/// RFC 9449 §10.1: a proof beside a pushed request names the key as `dpop_jkt` does.
#[tokio::test]
async fn a_pushed_request_names_the_key_by_its_parameter_or_by_a_proof() {
    for kit in Kit::every().await {
        let client = kit.client("photos", json!({})).await;
        let (challenge, jkt) = (challenge(), jkt(OWN));
        let proof = proof(OWN, "POST", PAR, &json!({}));
        for (jkt, proofs) in [(&*jkt, vec![]), ("", vec![&*proof])] {
            let asked = asking(&client, SCOPE, &challenge, jkt);
            let pushed = post(&kit, PAR, &client, &asked, &proofs).await;
            let pushed = pushed.expect(201).json();
            let name = [
                ("client_id", &*client.id),
                ("request_uri", text(&pushed, "request_uri")),
            ];
            let seen = kit.browse(&authorize_address(&name)).await;
            let code = seen.expect(303).answer()["code"].clone();
            let told = redeem(&kit, &client, &code, &[&for_code(OWN, &code)]).await;
            is_bound(&told.expect(200).json(), OWN);
        }
    }
}

/// §9.4: it opens nothing; OpenID Connect Core §3.1.2.1: as a hint it says whose session is meant.
#[tokio::test]
async fn a_bound_id_token_is_no_access_token_and_a_hint_as_any_other() {
    for kit in Kit::every().await {
        let client = kit.client("photos", json!({})).await;
        let told = tokens(&kit, &client, "openid bound_key goauthentik.io/api", OWN).await;
        let id = text(&told, "id_token");
        kit.userinfo(id).await.expect(401);
        let request = http::Request::get("/api/v3/core/users/me/");
        let request = request.header("authorization", format!("Bearer {id}"));
        kit.send(request, String::new()).await.expect(403);
        let hinted = |hint| {
            vec![
                ("client_id", &*client.id),
                ("response_type", "code"),
                ("redirect_uri", CALLBACK),
                ("scope", "openid"),
                ("prompt", "none"),
                ("id_token_hint", hint),
            ]
        };
        let seen = kit.authorize(&hinted(id)).await.expect(303);
        assert!(seen.answer().contains_key("code"), "{seen:?}");
        let forged = SigningKey::from_pem(OWN, None).unwrap();
        let forged = sign(&forged, Typ::BoundIdToken, &claims(id)).unwrap();
        let seen = kit.authorize(&hinted(&forged)).await.expect(303);
        assert_eq!(seen.answer()["error"], "login_required");
    }
}

/// Whoever reads an ID token with the keys that we publish tells the two kinds apart.
#[tokio::test]
async fn a_bound_id_token_is_signed_by_the_provider_and_does_not_pass_as_a_plain_one() {
    let kit = Kit::sqlite().await;
    let client = kit.client("photos", json!({})).await;
    let told = tokens(&kit, &client, SCOPE, OWN).await;
    let id = text(&told, "id_token");
    let keys = kit.get("/application/o/photos/jwks/").await.expect(200);
    let keys = doorward_protocol::jose::read_set(keys.text.as_bytes()).unwrap();
    let keys: Vec<_> = keys
        .iter()
        .map(|key| VerifyingKey::new(key).unwrap())
        .collect();
    assert!(doorward_protocol::jose::verify(id, Typ::BoundIdToken, &keys).is_ok());
    assert!(doorward_protocol::jose::verify(id, Typ::Jwt, &keys).is_err());
}

/// §1.3; §1.4: ways without a code bind nothing, and say so.
#[tokio::test]
async fn the_scope_stands_in_discovery_and_machines_are_not_granted_it() {
    for kit in Kit::every().await {
        let ways = json!({ "grant_types": ["authorization_code", "client_credentials"] });
        let client = kit.client("photos", ways).await;
        let document = "/application/o/photos/.well-known/openid-configuration";
        let told = kit.get(document).await.expect(200).json();
        let has = |key: &str, word: &str| told[key].as_array().unwrap().contains(&json!(word));
        assert!(has("scopes_supported", "bound_key"));
        assert!(has("dpop_signing_alg_values_supported", "ES256"));
        let form = [("grant_type", "client_credentials"), ("scope", SCOPE)];
        let told = post(&kit, TOKEN, &client, &form, &[&for_token(OWN)]).await;
        let told = told.expect(200).json();
        assert_eq!(told["scope"], "openid profile");
        is_not_bound(&told);
    }
}
