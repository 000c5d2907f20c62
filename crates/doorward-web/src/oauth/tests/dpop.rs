//! Tokens that are bound to a key of the client (`DPoP`, RFC 9449), and what FAPI 2.0 wants of them.

mod codes;

use doorward_protocol::encoding::{base64url, sha256};
use http::Request;
use serde_json::{Map, Value, json};

use super::kit::proofs::{for_userinfo, key, proof};
use super::kit::{CALLBACK, Client, Kit, Seen, claims, encoded, exchange, now};

const TOKEN: &str = "/application/o/token/";
const PAR: &str = "/application/o/par/";
const USERINFO: &str = "/application/o/userinfo/";
pub(super) const OWN: &str = include_str!("../../../../doorward-protocol/src/jose/tests/p256.pem");
pub(super) const FOREIGN: &str =
    include_str!("../../../../doorward-protocol/src/jose/tests/ed25519.pem");

pub(super) fn for_token(pem: &str) -> String {
    proof(pem, "POST", TOKEN, &json!({}))
}

/// A form of a client's with these proofs.
pub(super) async fn post(
    kit: &Kit,
    path: &str,
    client: &Client,
    form: &[(&str, &str)],
    proofs: &[&str],
) -> Seen {
    let mut request =
        Request::post(path).header("content-type", "application/x-www-form-urlencoded");
    let mut form = form.to_vec();
    if client.secret.is_empty() {
        form.push(("client_id", &client.id));
    } else {
        request = request.header("authorization", client.basic());
    }
    for proof in proofs {
        request = request.header("dpop", *proof);
    }
    kit.send(request, encoded(&form)).await
}

async fn show(kit: &Kit, scheme: &str, token: &str, proofs: &[&str]) -> Seen {
    let mut request = Request::get(USERINFO).header("authorization", format!("{scheme} {token}"));
    for proof in proofs {
        request = request.header("dpop", *proof);
    }
    kit.send(request, String::new()).await
}

/// Tokens for these scopes, bound to the key.
pub(super) async fn tokens(kit: &Kit, client: &Client, scope: &str, pem: &str) -> Value {
    let code = kit.code(client, scope).await;
    let seen = post(kit, TOKEN, client, &exchange(&code), &[&for_token(pem)]).await;
    seen.expect(200).json()
}

pub(super) async fn public(kit: &Kit) -> Client {
    let client = kit.client("spa", json!({ "client_type": "public" })).await;
    Client {
        secret: String::new(),
        ..client
    }
}

pub(super) fn jkt(pem: &str) -> String {
    key(pem).kid().unwrap().to_owned()
}

pub(super) fn text<'a>(told: &'a Value, name: &str) -> &'a str {
    told[name].as_str().unwrap_or_else(|| panic!("{told}"))
}

/// FAPI 2.0: happy-flow with `DPoP`; token-type case-insensitivity.
#[tokio::test]
async fn a_proof_binds_the_access_token_to_its_key_rfc_9449_5() {
    for kit in Kit::every().await {
        let client = kit.client("photos", json!({})).await;
        let told = tokens(&kit, &client, "openid profile", OWN).await;
        assert_eq!(told["token_type"], "DPoP");
        let token = text(&told, "access_token");
        assert_eq!(claims(token)["cnf"], json!({ "jkt": jkt(OWN) }));
        assert!(!claims(text(&told, "id_token")).contains_key("cnf"));
        for scheme in ["DPoP", "dpop", "DPOP"] {
            let seen = show(&kit, scheme, token, &[&for_userinfo(OWN, token)]).await;
            assert_eq!(seen.expect(200).json()["preferred_username"], "mia");
        }
        let plain = kit.tokens(&client, "openid").await;
        assert_eq!(plain["token_type"], "Bearer");
        assert!(!claims(text(&plain, "access_token")).contains_key("cnf"));
    }
}

/// RFC 9449 §7.1 and §7.2; FAPI 2.0: holder-of-key required.
#[tokio::test]
async fn a_bound_token_is_worth_nothing_without_a_proof_of_its_key() {
    for kit in Kit::every().await {
        let client = kit.client("photos", json!({})).await;
        let told = tokens(&kit, &client, "openid", OWN).await;
        let token = text(&told, "access_token");
        let good = for_userinfo(OWN, token);
        let refused = kit.userinfo(token).await.expect(401);
        assert_eq!(refused.error(), "invalid_token", "by itself");
        let said: Vec<_> = refused.headers.get_all("www-authenticate").iter().collect();
        assert!(
            said[0]
                .to_str()
                .unwrap()
                .contains("error=\"invalid_token\"")
        );
        let with = said[1].to_str().unwrap();
        assert!(
            with.starts_with("DPoP ") && with.contains("algs=\"ES256 "),
            "{with}"
        );
        let refused = show(&kit, "Bearer", token, &[&good]).await.expect(401);
        assert_eq!(refused.error(), "invalid_token", "as if it were not bound");
        let posted = kit.post(USERINFO, None, &[("access_token", token)]).await;
        assert_eq!(posted.expect(401).error(), "invalid_token", "in a form");
        let other = tokens(&kit, &client, "openid", OWN).await;
        let other = for_userinfo(OWN, text(&other, "access_token"));
        let (foreign, posting) = (
            for_userinfo(FOREIGN, token),
            proof(
                OWN,
                "POST",
                USERINFO,
                &json!({ "ath": base64url(sha256(token.as_bytes())) }),
            ),
        );
        let elsewhere = for_token(OWN);
        for (proofs, why) in [
            (vec![], "none"),
            (vec!["nonsense"], "nonsense"),
            (vec![&*foreign], "another key"),
            (vec![&*posting], "another method"),
            (vec![&*elsewhere], "for the token endpoint"),
            (vec![&*other], "for another token"),
            (vec![&*good, &*good], "two"),
        ] {
            let refused = show(&kit, "DPoP", token, &proofs).await.expect(401);
            assert_eq!(refused.error(), "invalid_dpop_proof", "{why}");
            assert!(
                refused.header("www-authenticate").starts_with("DPoP "),
                "{why}"
            );
        }
        show(&kit, "DPoP", token, &[&good]).await.expect(200);
        let again = show(&kit, "DPoP", token, &[&good]).await.expect(401);
        assert_eq!(again.error(), "invalid_dpop_proof", "used before");
        let plain = kit.tokens(&client, "openid").await;
        let plain = text(&plain, "access_token");
        let seen = show(&kit, "DPoP", plain, &[&for_userinfo(OWN, plain)]).await;
        assert_eq!(seen.expect(401).error(), "invalid_token", "bound to no key");
    }
}

/// RFC 9449 §11.1
#[tokio::test]
async fn of_fifty_uses_of_one_proof_at_once_one_counts() {
    for kit in Kit::every().await {
        let ways = json!({ "grant_types": ["authorization_code", "client_credentials"] });
        let client = kit.client("photos", ways).await;
        let form = [("grant_type", "client_credentials"), ("scope", "openid")];
        // The provider's own account is there afterwards.
        kit.token(&client, &form).await.expect(200);
        let once = for_token(OWN);
        let once = [&*once];
        let all = (0..50).map(|_| post(&kit, TOKEN, &client, &form, &once));
        let all = futures_util::future::join_all(all).await;
        let good: Vec<_> = all.iter().filter(|seen| seen.status == 200).collect();
        assert_eq!(good.len(), 1);
        let mut refused = all.iter().filter(|seen| seen.status != 200);
        assert!(refused.all(|seen| seen.error() == "invalid_dpop_proof"));
        let told = good[0].json();
        let token = text(&told, "access_token");
        let once = for_userinfo(OWN, token);
        let once = [&*once];
        let all = (0..50).map(|_| show(&kit, "DPoP", token, &once));
        let all = futures_util::future::join_all(all).await;
        assert_eq!(all.iter().filter(|seen| seen.status == 200).count(), 1);
    }
}

/// FAPI 2.0: dpop-negative-tests; iat ten seconds off is accepted.
#[tokio::test]
async fn a_wrong_proof_is_refused_and_uses_nothing_up() {
    for kit in Kit::every().await {
        let client = kit.client("photos", json!({})).await;
        let code = kit.code(&client, "openid").await;
        let form = exchange(&code);
        let now_s = now() / 1000;
        for more in [
            json!({ "htm": "GET" }),
            json!({ "htu": "https://auth.example.org/application/o/userinfo/" }),
            json!({ "htu": "https://evil.tld/application/o/token/" }),
            json!({ "iat": now_s - 61 }),
            json!({ "iat": now_s + 61 }),
            json!({ "iat": null }),
            json!({ "jti": null }),
            json!({ "htm": null }),
            json!({ "htu": null }),
        ] {
            let wrong = proof(OWN, "POST", TOKEN, &more);
            let seen = post(&kit, TOKEN, &client, &form, &[&wrong]).await;
            assert_eq!(seen.expect(400).error(), "invalid_dpop_proof", "{more}");
        }
        let good = for_token(OWN);
        for proofs in [vec!["x"], vec![""], vec![&*good, &*good]] {
            let seen = post(&kit, TOKEN, &client, &form, &proofs).await;
            assert_eq!(seen.expect(400).error(), "invalid_dpop_proof", "{proofs:?}");
        }
        let unknown = exchange("dwc_unknown");
        let seen = post(&kit, TOKEN, &client, &unknown, &[&good]).await;
        assert_eq!(seen.expect(400).error(), "invalid_grant");
        post(&kit, TOKEN, &client, &form, &[&good])
            .await
            .expect(200);
        let code = kit.code(&client, "openid").await;
        let seen = post(&kit, TOKEN, &client, &exchange(&code), &[&good]).await;
        assert_eq!(
            seen.expect(400).error(),
            "invalid_dpop_proof",
            "used before"
        );
        for off in [-10, 10] {
            let code = kit.code(&client, "openid").await;
            let off = proof(OWN, "POST", TOKEN, &json!({ "iat": now_s + off }));
            let seen = post(&kit, TOKEN, &client, &exchange(&code), &[&off]).await;
            assert_eq!(seen.expect(200).json()["token_type"], "DPoP");
        }
    }
}

#[tokio::test]
async fn a_client_whose_tokens_must_be_bound_gets_no_others() {
    let kit = Kit::sqlite().await;
    let settings = json!({
        "dpop_bound_access_tokens": true,
        "grant_types": ["authorization_code", "implicit", "hybrid", "client_credentials"],
    });
    let client = kit.client("photos", settings).await;
    let code = kit.code(&client, "openid").await;
    let seen = kit.exchange(&client, &code).await.expect(400);
    assert_eq!(seen.error(), "invalid_dpop_proof");
    let form = [("grant_type", "client_credentials")];
    let seen = kit.token(&client, &form).await.expect(400);
    assert_eq!(seen.error(), "invalid_dpop_proof");
    let seen = post(&kit, TOKEN, &client, &exchange(&code), &[&for_token(OWN)]).await;
    assert_eq!(seen.expect(200).json()["token_type"], "DPoP");
    for kind in ["id_token token", "code token"] {
        let seen = kit
            .authorize(&[
                ("client_id", &client.id),
                ("response_type", kind),
                ("redirect_uri", CALLBACK),
                ("scope", "openid"),
                ("nonce", "n"),
            ])
            .await;
        let error = &seen.expect(303).fragment()["error"];
        assert_eq!(error, "unsupported_response_type", "{kind}");
    }
}

#[tokio::test]
async fn introspection_says_which_key_a_token_is_bound_to_rfc_9449_6_2() {
    for kit in Kit::every().await {
        let client = kit.client("photos", json!({})).await;
        let told = tokens(&kit, &client, "openid", OWN).await;
        let plain = kit.tokens(&client, "openid").await;
        for (told, scheme, cnf) in [
            (&told, "DPoP", json!({ "jkt": jkt(OWN) })),
            (&plain, "Bearer", Value::Null),
        ] {
            let form = [("token", text(told, "access_token"))];
            let path = "/application/o/introspect/";
            let seen = kit
                .post(path, Some(&client.basic()), &form)
                .await
                .expect(200);
            let looked: Map<String, Value> = seen.json().as_object().unwrap().clone();
            assert_eq!(looked["token_type"], scheme);
            assert_eq!(looked.get("cnf").unwrap_or(&Value::Null), &cnf);
        }
    }
}

/// A machine cannot be let in with somebody else's bound token.
#[tokio::test]
async fn a_bound_token_proves_no_machine_without_its_key() {
    let kit = Kit::sqlite().await;
    let first = kit.client("first", json!({})).await;
    let settings = json!({
        "jwt_federation_providers": [first.provider], "compatibility": true,
        "grant_types": ["client_credentials"],
    });
    kit.client("photos", settings).await;
    let bound = tokens(&kit, &first, "openid", OWN).await;
    let plain = kit.tokens(&first, "openid").await;
    for (told, status) in [(&bound, 401), (&plain, 200)] {
        let form = [
            ("grant_type", "client_credentials"),
            ("client_id", "id-of-photos"),
            (
                "client_assertion_type",
                "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
            ),
            ("client_assertion", text(told, "access_token")),
        ];
        kit.token_plainly(&form).await.expect(status);
    }
}

#[tokio::test]
async fn discovery_names_how_proofs_are_signed_rfc_9449_5_1() {
    let kit = Kit::sqlite().await;
    kit.client("photos", json!({})).await;
    let path = "/application/o/photos/.well-known/openid-configuration";
    let told = kit.get(path).await.expect(200).json();
    let words = json!(["ES256", "ES384", "ES512", "EdDSA", "RS256"]);
    assert_eq!(told["dpop_signing_alg_values_supported"], words);
}

/// What is issued for another token is bound as well; a token that is bound is not exchanged.
#[tokio::test]
async fn a_token_for_another_is_bound_to_the_key_of_the_proof() {
    for kit in Kit::every().await {
        let kind = "urn:ietf:params:oauth:grant-type:token-exchange";
        let ways = json!({ "grant_types": ["authorization_code", kind] });
        let client = kit.client("photos", ways).await;
        let plain = kit.tokens(&client, "openid").await;
        let bound = tokens(&kit, &client, "openid", OWN).await;
        let form = |told: &Value| {
            [
                ("grant_type", kind.to_owned()),
                ("subject_token", text(told, "access_token").to_owned()),
                (
                    "subject_token_type",
                    "urn:ietf:params:oauth:token-type:access_token".to_owned(),
                ),
                ("scope", "openid".to_owned()),
            ]
        };
        let (plain, bound) = (form(&plain), form(&bound));
        let plain = plain.each_ref().map(|(name, value)| (*name, &**value));
        let bound = bound.each_ref().map(|(name, value)| (*name, &**value));
        let once = for_token(FOREIGN);
        let seen = post(&kit, TOKEN, &client, &plain, &[&once])
            .await
            .expect(200);
        let told = seen.json();
        assert_eq!(told["token_type"], "DPoP");
        assert_eq!(
            claims(text(&told, "access_token"))["cnf"]["jkt"],
            *jkt(FOREIGN)
        );
        let again = post(&kit, TOKEN, &client, &plain, &[&once])
            .await
            .expect(400);
        assert_eq!(again.error(), "invalid_dpop_proof");
        post(&kit, TOKEN, &client, &bound, &[&for_token(OWN)])
            .await
            .expect(400);
    }
}
