//! Clients to whom people have names of their own (OpenID Connect Core §8).

use serde_json::{Value, json};

use super::super::kit::{CALLBACK, Kit, claims};
use super::{call, client, open, place, register, registered, said, server};

async fn sub(kit: &Kit, told: &Value) -> String {
    let tokens = kit.tokens(&client(told), "openid").await;
    let id = claims(tokens["id_token"].as_str().unwrap());
    let access = tokens["access_token"].as_str().unwrap();
    let own = client(told);
    let info = kit.userinfo(access).await.expect(200).json();
    let basic = own.basic();
    let path = "/application/o/introspect/";
    let seen = kit.post(path, Some(&basic), &[("token", access)]).await;
    assert_eq!(seen.expect(200).json()["sub"], id["sub"]);
    assert_eq!(info["sub"], id["sub"]);
    assert_eq!(claims(access)["sub"], id["sub"]);
    id["sub"].as_str().unwrap().to_owned()
}

/// oidc.md 3.6 `oidcc-registration-sector-uri`, OpenID Connect Core §8.1
#[tokio::test]
async fn clients_of_one_sector_know_people_by_one_name_and_others_by_another() {
    for kit in Kit::every_near().await {
        let (_, token) = open(&kit, json!({})).await;
        let (near, _) = server(vec![
            json!([CALLBACK, "https://other.example/"]).to_string(),
        ]);
        let sector = json!({ "subject_type": "pairwise", "sector_identifier_uri": near });
        let one = registered(&kit, &token, &sector.clone()).await;
        assert_eq!(one["subject_type"], "pairwise");
        assert_eq!(one["sector_identifier_uri"], near);
        let two = registered(&kit, &token, &sector).await;
        let pairwise = json!({ "subject_type": "pairwise" });
        let alone = registered(&kit, &token, &pairwise).await;
        let public = registered(&kit, &token, &json!({})).await;
        let first = sub(&kit, &one).await;
        assert_eq!(first, sub(&kit, &one).await, "it stays");
        assert_eq!(first, sub(&kit, &two).await);
        let alone = sub(&kit, &alone).await;
        assert_ne!(first, alone);
        let public = sub(&kit, &public).await;
        assert!(first != public && alone != public);
        assert!(first.len() >= 43 && first.is_ascii());
    }
}

/// oidc.md 3.6 `oidcc-registration-sector-bad`, OpenID Connect Registration 1.0 §5
#[tokio::test]
async fn a_sector_that_does_not_list_an_address_is_not_the_clients() {
    for kit in Kit::every_near().await {
        let (_, token) = open(&kit, json!({})).await;
        for document in [
            "[\"https://other.example/\"]",
            "[]",
            "{}",
            "nonsense",
            "[1]",
        ] {
            let (near, _) = server(vec![document.to_owned()]);
            let more = json!({ "subject_type": "pairwise", "sector_identifier_uri": near });
            let seen = register(&kit, &token, &said(&more)).await.expect(400);
            assert_eq!(seen.error(), "invalid_client_metadata", "{document}");
        }
    }
}

/// OpenID Connect Core §8.1: several hosts need a sector.
#[tokio::test]
async fn addresses_with_several_hosts_are_no_sector() {
    let kit = Kit::sqlite().await;
    let (_, token) = open(&kit, json!({})).await;
    let uris = json!([CALLBACK, "https://other.example/cb"]);
    let more = json!({ "redirect_uris": uris, "subject_type": "pairwise" });
    let seen = register(&kit, &token, &said(&more)).await.expect(400);
    assert_eq!(seen.error(), "invalid_client_metadata");
}

const CODE: &str = "authorization_code";
const DEVICE: &str = "urn:ietf:params:oauth:grant-type:device_code";

/// A client that says it belongs where a victim's document lists the victim's own address.
fn claiming(sector: &str, grants: &[&str], more: &Value) -> Value {
    let mut said = said(&json!({
        "subject_type": "pairwise", "grant_types": grants, "sector_identifier_uri": sector,
    }));
    if !grants.contains(&CODE) {
        said["redirect_uris"] = Value::Null;
    }
    let more = more.as_object().cloned().unwrap_or_default();
    said.as_object_mut().unwrap().extend(more);
    said
}

/// OpenID Connect Core §8.1: a host's names are for those alone whom the host lets in. What comes by a
/// device, a password or another token goes to no registered address, so an address shows nothing.
#[tokio::test]
async fn nobody_claims_the_sector_of_another_by_a_way_that_ends_at_no_address() {
    for kit in Kit::every_near().await {
        let (_, token) = open(&kit, json!({})).await;
        let (keys, _) = server(vec!["{\"keys\":[]}".to_owned()]);
        let (sector, _) = server(vec![json!([CALLBACK]).to_string()]);
        let (other, _) = server(vec![
            json!([CALLBACK, "https://o.example/keys"]).to_string(),
        ]);
        let (empty, _) = server(vec!["[]".to_owned()]);
        let signs = json!({ "token_endpoint_auth_method": "private_key_jwt", "jwks_uri": keys });
        let secret = json!({ "jwks_uri": keys });
        let own = json!({ "sector_identifier_uri": null });
        let inline = json!({
            "token_endpoint_auth_method": "private_key_jwt", "jwks": { "keys": [] },
        });
        for (sector, more) in [
            (&sector, json!({})),
            (&empty, json!({})),
            (&sector, own),
            (&sector, signs.clone()),
            (&other, signs),
            (&sector, secret),
            (&sector, inline),
        ] {
            for way in [
                DEVICE,
                "client_credentials",
                "password",
                "urn:ietf:params:oauth:grant-type:token-exchange",
            ] {
                for grants in [&[way][..], &[CODE, way]] {
                    let said = claiming(sector, grants, &more);
                    let seen = register(&kit, &token, &said).await.expect(400);
                    assert_eq!(seen.error(), "invalid_client_metadata", "{said}");
                }
            }
        }
    }
}

/// The same is not reached by a change afterwards.
#[tokio::test]
async fn nobody_claims_the_sector_of_another_by_changing_later() {
    for kit in Kit::every().await {
        let (_, token) = open(&kit, json!({})).await;
        let told = registered(&kit, &token, &json!({ "subject_type": "pairwise" })).await;
        let (path, key) = place(&told);
        let mut body = claiming(
            "",
            &[CODE, DEVICE],
            &json!({ "client_id": told["client_id"] }),
        );
        body["sector_identifier_uri"] = Value::Null;
        let seen = call(&kit, "PUT", &path, &key, Some(&body)).await;
        assert_eq!(seen.expect(400).error(), "invalid_client_metadata");
        let seen = call(&kit, "GET", &path, &key, None).await;
        assert_eq!(seen.expect(200).json(), told, "nothing changed");
    }
}

/// Nor by what was granted before the change: names are told by the sector of now.
#[tokio::test]
async fn nobody_reads_the_names_of_another_sector_with_what_was_granted_before() {
    for kit in Kit::every().await {
        let (_, token) = open(&kit, json!({})).await;
        let told = registered(&kit, &token, &json!({ "subject_type": "pairwise" })).await;
        let app = client(&told);
        let tokens = kit.tokens(&app, "openid").await;
        let access = tokens["access_token"].as_str().unwrap();
        let code = kit.code(&app, "openid").await;
        let (path, key) = place(&told);
        let mut same = said(&json!({ "subject_type": "pairwise" }));
        same["client_id"] = told["client_id"].clone();
        same["client_name"] = json!("A new name");
        call(&kit, "PUT", &path, &key, Some(&same))
            .await
            .expect(200);
        kit.userinfo(access).await.expect(200);
        same["redirect_uris"] = json!([CALLBACK, "https://victim.example/callback"]);
        call(&kit, "PUT", &path, &key, Some(&same))
            .await
            .expect(400);
        same["redirect_uris"] = json!(["https://victim.example/callback"]);
        call(&kit, "PUT", &path, &key, Some(&same))
            .await
            .expect(200);
        kit.userinfo(access).await.expect(401);
        let seen = kit.exchange(&app, &code).await.expect(400);
        assert_eq!(seen.error(), "invalid_grant");
    }
}

/// A client that says that it proves itself by a key has nothing else to prove itself with.
#[tokio::test]
async fn the_former_secret_of_a_client_that_proves_itself_by_keys_is_worth_nothing() {
    for kit in Kit::every_near().await {
        let (_, token) = open(&kit, json!({})).await;
        let told = registered(&kit, &token, &json!({})).await;
        let (path, key) = place(&told);
        let (keys, _) = server(vec!["{\"keys\":[]}".to_owned()]);
        let mut by_key = said(&json!({
            "token_endpoint_auth_method": "private_key_jwt", "jwks_uri": keys,
        }));
        by_key["client_id"] = told["client_id"].clone();
        let code = kit.code(&client(&told), "openid").await;
        let changed = call(&kit, "PUT", &path, &key, Some(&by_key))
            .await
            .expect(200);
        assert_eq!(changed.json().get("client_secret"), None);
        let seen = kit.exchange(&client(&told), &code).await.expect(401);
        assert_eq!(seen.error(), "invalid_client");
        let mut back = said(&json!({}));
        back["client_id"] = told["client_id"].clone();
        let back = call(&kit, "PUT", &path, &key, Some(&back))
            .await
            .expect(200)
            .json();
        assert_ne!(back["client_secret"], told["client_secret"]);
        kit.tokens(&client(&back), "openid").await;
    }
}

/// A host that lists the key set of a client has let in whoever proves to have a key of it.
#[tokio::test]
async fn a_sector_that_lists_a_clients_keys_lets_it_in_without_addresses() {
    for kit in Kit::every_near().await {
        let (_, token) = open(&kit, json!({})).await;
        let (keys, _) = server(vec!["{\"keys\":[]}".to_owned()]);
        let (sector, _) = server(vec![json!([CALLBACK, keys]).to_string()]);
        let signs = json!({ "token_endpoint_auth_method": "private_key_jwt", "jwks_uri": keys });
        for grants in [&[DEVICE][..], &[CODE, DEVICE]] {
            let said = claiming(&sector, grants, &signs);
            let told = register(&kit, &token, &said).await.expect(201).json();
            assert_eq!(told["subject_type"], "pairwise");
            assert_eq!(told["sector_identifier_uri"], sector);
        }
    }
}

/// RFC 8252 §8.3: an address of somebody's own machine is that of every app on it.
#[tokio::test]
async fn apps_on_peoples_own_machines_are_no_sector_by_their_address() {
    for kit in Kit::every_near().await {
        let (_, token) = open(&kit, json!({})).await;
        for uri in [
            "http://127.0.0.1/cb",
            "http://[::1]/cb",
            "http://localhost/cb",
            "org.example.app:/cb",
        ] {
            let more = json!({
                "redirect_uris": [uri], "application_type": "native", "subject_type": "pairwise",
            });
            let seen = register(&kit, &token, &said(&more)).await.expect(400);
            assert_eq!(seen.error(), "invalid_client_metadata", "{uri}");
            let (sector, _) = server(vec![json!([uri]).to_string()]);
            let mut named = said(&more);
            named["sector_identifier_uri"] = json!(sector);
            register(&kit, &token, &named).await.expect(201);
        }
    }
}

/// Whoever asks for somebody by a pairwise name means that one (OpenID Connect Core §3.1.2.1).
#[tokio::test]
async fn a_hint_with_a_pairwise_name_is_understood() {
    let kit = Kit::sqlite().await;
    let (_, token) = open(&kit, json!({})).await;
    let told = registered(&kit, &token, &json!({ "subject_type": "pairwise" })).await;
    let own = client(&told);
    let tokens = kit.tokens(&own, "openid").await;
    let asked = [
        ("client_id", &*own.id),
        ("response_type", "code"),
        ("redirect_uri", CALLBACK),
        ("scope", "openid"),
        ("prompt", "none"),
        ("id_token_hint", tokens["id_token"].as_str().unwrap()),
    ];
    let answer = kit.authorize(&asked).await.expect(303).answer();
    assert!(answer.contains_key("code"), "{answer:?}");
}
