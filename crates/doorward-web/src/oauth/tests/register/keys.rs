//! Clients that publish their keys themselves (`jwks_uri`), and answers that are signed for them.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use doorward_protocol::jose::{SigningKey, Typ, VerifyingKey, read_set, sign, verify};
use serde_json::{Value, json};

use super::super::kit::{Client, Kit, Seen, now, wait};
use super::{ISSUER, client, open, registered, server};

const KIND: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
const FIRST: &str = include_str!("../../../../../doorward-protocol/src/jose/tests/p256.pem");
const SECOND: &str = include_str!("../../../../../doorward-protocol/src/jose/tests/ed25519.pem");

fn key(pem: &str, kid: &str) -> SigningKey {
    SigningKey::from_pem(pem, Some(kid.to_owned())).unwrap()
}

fn set(keys: &[&SigningKey]) -> String {
    let keys: Vec<_> = keys
        .iter()
        .map(|key| key.public().unwrap().published())
        .collect();
    json!({ "keys": keys }).to_string()
}

/// A client that proves itself by keys that it publishes, each of these sets once and the last for
/// ever; and how often it was asked for them.
async fn publishing(kit: &Kit, sets: Vec<String>) -> (Client, Arc<AtomicUsize>) {
    let (near, asked) = server(sets);
    let (_, token) = open(kit, json!({})).await;
    let told = registered(
        kit,
        &token,
        &json!({
            "token_endpoint_auth_method": "private_key_jwt", "jwks_uri": near,
            "grant_types": ["client_credentials"], "response_types": [],
        }),
    )
    .await;
    assert_eq!(told["jwks_uri"], near);
    (client(&told), asked)
}

async fn prove(kit: &Kit, client: &Client, key: &SigningKey, jti: &str) -> Seen {
    let now_s = now() / 1000;
    let word = json!({
        "iss": client.id, "sub": client.id, "aud": ISSUER, "jti": jti,
        "iat": now_s, "exp": now_s + 60,
    });
    let assertion = sign(key, Typ::Jwt, &word).unwrap();
    let form = [
        ("grant_type", "client_credentials"),
        ("scope", "openid"),
        ("client_assertion_type", KIND),
        ("client_assertion", &assertion),
    ];
    kit.token_plainly(&form).await
}

fn times(asked: &AtomicUsize) -> usize {
    asked.load(Ordering::SeqCst)
}

/// oidc.md 3.6 `oidcc-registration-jwks-uri`
#[tokio::test]
async fn keys_by_reference_are_fetched_once_and_used() {
    for kit in Kit::every_near().await {
        let first = key(FIRST, "one");
        let (client, asked) = publishing(&kit, vec![set(&[&first])]).await;
        assert_eq!(times(&asked), 0, "nothing is asked before it is needed");
        for jti in ["a", "b", "c"] {
            prove(&kit, &client, &first, jti).await.expect(200);
        }
        assert_eq!(times(&asked), 1);
    }
}

/// oidc.md 3.6 `oidcc-refresh-token-rp-key-rotation`: a new key counts within a minute.
#[tokio::test]
async fn a_new_key_of_a_client_counts_at_once_and_an_old_one_for_ten_minutes() {
    for kit in Kit::every_near().await {
        let (first, second) = (key(FIRST, "one"), key(SECOND, "two"));
        let sets = vec![set(&[&first]), set(&[&second])];
        let (client, asked) = publishing(&kit, sets).await;
        prove(&kit, &client, &first, "a").await.expect(200);
        wait(11_000);
        prove(&kit, &client, &second, "b").await.expect(200);
        assert_eq!(times(&asked), 2);
        wait(11_000);
        prove(&kit, &client, &first, "c").await.expect(401);
        wait(11 * 60_000);
        prove(&kit, &client, &second, "d").await.expect(200);
        assert_eq!(times(&asked), 4, "old keys are asked for again");
    }
}

/// oidc.md 6.3 number 15: whoever sends nonsense makes nobody ask.
#[tokio::test]
async fn a_flood_of_unknown_keys_asks_a_clients_server_once_in_ten_seconds() {
    for kit in Kit::every_near().await {
        let (first, second) = (key(FIRST, "one"), key(SECOND, "two"));
        let (client, asked) = publishing(&kit, vec![set(&[&first])]).await;
        for round in 1..=2 {
            let jtis: Vec<_> = (0..4).map(|n| format!("{round}-{n}")).collect();
            let all = jtis.iter().map(|jti| prove(&kit, &client, &second, jti));
            let all = futures_util::future::join_all(all).await;
            assert!(all.iter().all(|seen| seen.status == 401));
            assert_eq!(times(&asked), round);
            let good = format!("good-{round}");
            prove(&kit, &client, &first, &good).await.expect(200);
            wait(10_001);
        }
    }
}

/// CVE-2026-4874
#[tokio::test]
async fn keys_are_not_asked_for_in_the_servers_own_network() {
    let kit = Kit::sqlite().await;
    let first = key(FIRST, "one");
    let (client, asked) = publishing(&kit, vec![set(&[&first])]).await;
    prove(&kit, &client, &first, "a").await.expect(401);
    assert_eq!(times(&asked), 0);
}

#[tokio::test]
async fn whatever_is_no_key_set_proves_nobody() {
    let kit = Kit::every_near().await.remove(0);
    let first = key(FIRST, "one");
    let (client, _) = publishing(&kit, vec!["<html>".to_owned(), "{}".to_owned()]).await;
    prove(&kit, &client, &first, "a").await.expect(401);
    wait(11_000);
    prove(&kit, &client, &first, "b").await.expect(401);
}

/// oidc.md 3.6 `oidcc-userinfo-rs256`, OpenID Connect Core §5.3.2
#[tokio::test]
async fn userinfo_is_signed_for_a_client_that_wants_it() {
    for kit in Kit::every().await {
        let (_, token) = open(&kit, json!({})).await;
        let more = json!({ "userinfo_signed_response_alg": "RS256" });
        let told = registered(&kit, &token, &more).await;
        assert_eq!(told["userinfo_signed_response_alg"], "RS256");
        let own = client(&told);
        let tokens = kit.tokens(&own, "openid profile").await;
        let access = tokens["access_token"].as_str().unwrap();
        let seen = kit.userinfo(access).await.expect(200);
        assert_eq!(seen.header("content-type"), "application/jwt");
        assert_eq!(seen.header("cache-control"), "no-store");
        let keys = kit.get("/application/o/photos/jwks/").await.text;
        let keys: Vec<_> = read_set(keys.as_bytes())
            .unwrap()
            .iter()
            .map(|jwk| VerifyingKey::new(jwk).unwrap())
            .collect();
        let signed = verify(&seen.text, Typ::Jwt, &keys).unwrap();
        assert_eq!(super::super::kit::header(&seen.text)["alg"], "RS256");
        assert_eq!(signed.claims["iss"], ISSUER);
        assert_eq!(signed.claims["aud"], json!(own.id));
        assert_eq!(signed.claims["preferred_username"], Value::from("mia"));
        assert!(!signed.claims.contains_key("nonce"));
        let id = super::super::kit::claims(tokens["id_token"].as_str().unwrap());
        assert_eq!(signed.claims["sub"], id["sub"]);
        let path = "/application/o/photos/.well-known/openid-configuration";
        let document = kit.get(path).await.json();
        let words = document["userinfo_signing_alg_values_supported"].as_array();
        assert!(words.unwrap().contains(&json!("RS256")));
    }
}
