//! Certificates and their private keys.

use doorward_protocol::certificate::{self, NAMES_MAX};
use serde_json::{Value, json};

use super::kit::{Role, Server, pair};

const PATH: &str = "/crypto/certificatekeypairs/";

async fn made(server: &Server) -> (Value, String) {
    let pair = pair(0);
    let body = json!({ "name": "pair", "certificate_data": pair.certificate, "key_data": pair.private_key });
    let object = server.post(PATH, &body).await;
    let path = format!("{PATH}{}/", object["pk"].as_str().unwrap());
    (object, path)
}

#[tokio::test]
async fn a_pair_says_what_its_certificate_says() {
    for server in Server::every().await {
        let (object, _) = made(&server).await;
        let facts = certificate::read(&pair(0).certificate).unwrap();
        assert_eq!(object["cert_subject"], facts.subject);
        assert_eq!(object["fingerprint_sha256"], facts.fingerprint_sha256);
        assert_eq!(object["fingerprint_sha1"], facts.fingerprint_sha1);
        assert_eq!(object["key_type"], "ec");
        assert_eq!(object["private_key_available"], true);
        let expiry = object["cert_expiry"].as_str().unwrap();
        let ms = doorward_engine::resource::value::milliseconds(expiry);
        assert_eq!(ms, Some(facts.not_after));
    }
}

/// api-and-model.md 1.14: there from the first start, with a key of its own in every store.
#[tokio::test]
async fn a_new_store_has_a_self_signed_certificate() {
    let find = "?name=authentik%20Self-signed%20Certificate";
    for server in Server::every().await {
        let list = server.get(&format!("{PATH}{find}")).await.body;
        let one = &list["results"][0];
        assert_eq!(list["pagination"]["count"], 1);
        assert_eq!(one["private_key_available"], true);
        assert_eq!(one["key_type"], "rsa");
    }
}

#[tokio::test]
async fn a_private_key_is_shown_only_by_its_own_action_and_leaves_an_event() {
    for server in Server::every().await {
        let (_, path) = made(&server).await;
        let renamed = json!({ "name": "other" });
        Server::expect(
            server.call(Role::Admin, "patch", &path, &renamed).await,
            200,
        );
        let key = format!("{path}view_private_key/");
        let shown = server.get(&key).await.body;
        assert_eq!(shown["data"], pair(0).private_key);
        let read = server.get(&path).await.body.to_string();
        assert!(!read.contains("PRIVATE KEY") && !read.contains("v1."));
        for role in [Role::Anonymous, Role::Person, Role::Outpost] {
            let seen = server.call(role, "get", &key, &Value::Null).await;
            assert!(matches!(seen.status.as_u16(), 403 | 404), "{role:?}");
        }
        let events = "/events/events/?action=secret_view&context_model_name=certificatekeypair";
        assert_eq!(server.get(events).await.body["pagination"]["count"], 1);
    }
}

#[tokio::test]
async fn a_half_is_downloaded_as_a_file_when_asked() {
    let server = Server::sqlite().await;
    let (object, path) = made(&server).await;
    for (half, text) in [
        ("view_certificate", pair(0).certificate.trim()),
        ("view_private_key", &pair(0).private_key),
    ] {
        for query in ["?download=true", "?download"] {
            let seen = server.get(&format!("{path}{half}/{query}")).await;
            assert_eq!(seen.body, text, "{half}{query}");
            let name = seen.headers["content-disposition"].to_str().unwrap();
            assert!(name.starts_with("attachment; filename="));
        }
        let shown = server.get(&format!("{path}{half}/?download=false")).await;
        assert_eq!(shown.body["data"], text);
        let odd = server.get(&format!("{path}{half}/?download=perhaps")).await;
        assert_eq!(odd.status.as_u16(), 400);
    }
    let link = object["certificate_download_url"].as_str().unwrap();
    let link = link.strip_prefix("/api/v3").unwrap();
    assert_eq!(server.get(link).await.body, pair(0).certificate.trim());
}

#[tokio::test]
async fn a_key_that_is_not_the_certificates_own_is_refused_whatever_is_changed() {
    let server = Server::sqlite().await;
    let (_, path) = made(&server).await;
    let (one, two) = (pair(0), pair(1));
    for body in [
        json!({ "key_data": two.private_key }),
        json!({ "certificate_data": two.certificate }),
        json!({ "key_data": "no key" }),
    ] {
        let seen = server.call(Role::Admin, "patch", &path, &body).await;
        assert_eq!(seen.status.as_u16(), 400);
        assert!(seen.body["key_data"].is_array(), "{}", seen.body);
    }
    let odd = json!({ "name": "x", "certificate_data": "no certificate" });
    let seen = server.call(Role::Admin, "post", PATH, &odd).await;
    assert_eq!(
        seen.body,
        json!({ "certificate_data": ["Unable to load certificate."] })
    );
    for body in [
        json!({ "certificate_data": one.certificate }),
        json!({ "certificate_data": two.certificate, "key_data": two.private_key }),
        json!({ "certificate_data": one.certificate, "key_data": null }),
    ] {
        let seen = server.call(Role::Admin, "patch", &path, &body).await;
        Server::expect(seen, 200);
    }
    assert_eq!(server.get(&path).await.body["private_key_available"], false);
}

#[tokio::test]
async fn a_generated_pair_is_what_was_asked_for() {
    for server in Server::every().await {
        for (alg, key_type) in [("ecdsa", "ec"), ("ed25519", "ed25519"), ("rsa", "rsa")] {
            let body = json!({
                "common_name": alg, "subject_alt_name": "a.example.org, 192.0.2.7", "validity_days": 2, "alg": alg,
            });
            let path = format!("{PATH}generate/");
            let seen = server.call(Role::Admin, "post", &path, &body).await;
            let made = Server::expect(seen, 200);
            assert_eq!(
                (&made["name"], &made["key_type"]),
                (&json!(alg), &json!(key_type))
            );
            assert!(
                made["cert_subject"]
                    .as_str()
                    .unwrap()
                    .ends_with(&format!("CN={alg}"))
            );
        }
        let list = server
            .get(&format!("{PATH}?key_type=rsa&key_type=ed25519"))
            .await
            .body;
        // The installation's own is RSA, too.
        assert_eq!(list["pagination"]["count"], 3);
    }
}

#[tokio::test]
async fn what_no_certificate_can_be_is_refused_by_its_field() {
    let server = Server::sqlite().await;
    let good = json!({ "common_name": "x", "validity_days": 2, "alg": "ecdsa" });
    let many = vec!["a.example.org"; NAMES_MAX + 1].join(",");
    for (field, value) in [
        ("common_name", json!("")),
        ("common_name", json!("x".repeat(65))),
        ("common_name", json!("authentik Self-signed Certificate")),
        ("validity_days", json!(0)),
        ("validity_days", json!(1_000_000)),
        ("validity_days", json!("many")),
        ("validity_days", json!(null)),
        ("subject_alt_name", json!("not a name")),
        ("subject_alt_name", json!(many)),
        ("alg", json!("ed448")),
        ("alg", json!("des")),
    ] {
        let mut body = good.clone();
        body[field] = value;
        let path = format!("{PATH}generate/");
        let seen = server.call(Role::Admin, "post", &path, &body).await;
        assert_eq!(seen.status.as_u16(), 400, "{body:.200}");
        assert!(seen.body[field].is_array(), "{body:.200}: {}", seen.body);
    }
}

#[tokio::test]
async fn pairs_are_found_by_having_a_key() {
    let server = Server::sqlite().await;
    let bare = json!({ "name": "bare", "certificate_data": pair(0).certificate });
    server.post(PATH, &bare).await;
    for (query, count) in [("has_key=false", 1), ("has_key=true", 1), ("", 2)] {
        let list = server.get(&format!("{PATH}?{query}")).await.body;
        assert_eq!(list["pagination"]["count"], count, "{query}");
    }
}
