//! Clients to whom people have names of their own (OpenID Connect Core §8).

use serde_json::{Value, json};

use super::super::kit::{CALLBACK, Kit, claims};
use super::{client, open, register, registered, said, server};

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
