//! Devices at the API: what is shown, and who may change them when.

use doorward_engine::testing::NOW;
use http::header::{CONTENT_TYPE, COOKIE};
use serde_json::{Value, json};

use super::estate::devices;
use super::kit::{Role, Seen, Server, sign_in};
use crate::csrf;

async fn with_session(
    server: &Server,
    (id, cookie): &(String, String),
    method: &str,
    path: &str,
    body: &Value,
) -> Seen {
    let token = csrf::issue(&server.engine.keys, csrf::Subject::Session(id));
    let request = http::Request::builder()
        .method(method)
        .uri(format!("/api/v3{path}"))
        .header(COOKIE, cookie)
        .header(csrf::HEADER, token)
        .header(CONTENT_TYPE, "application/json");
    server.send(request, body.to_string()).await
}

/// Vikunja 2026-123530: a session that is not fresh cannot lock its owner out, nor can a token.
#[tokio::test]
async fn ones_own_devices_change_only_after_a_recent_proof() {
    for server in Server::every().await {
        devices(&server, server.mia).await;
        let list = server.get("/authenticators/totp/").await.body;
        let path = format!("/authenticators/totp/{}/", list["results"][0]["pk"]);
        let session = sign_in(&server, server.mia).await;
        set_age(
            &server,
            &session.0,
            doorward_engine::authenticator::RECENT_MS,
        )
        .await;
        let name = json!({ "name": "Mine" });
        for (method, body) in [("PATCH", &name), ("PUT", &name), ("DELETE", &json!({}))] {
            let seen = with_session(&server, &session, method, &path, body).await;
            assert_eq!(seen.status, 403, "{method}: {}", seen.body);
            let seen = server.call(Role::Person, method, &path, body).await;
            assert_eq!(seen.status, 403, "{method} with a token: {}", seen.body);
        }
        let fresh = sign_in(&server, server.mia).await;
        let seen = with_session(&server, &fresh, "PATCH", &path, &name).await;
        assert_eq!(
            (seen.status.as_u16(), &seen.body["name"]),
            (200, &json!("Mine"))
        );
        let seen = with_session(&server, &fresh, "DELETE", &path, &json!({})).await;
        assert_eq!(seen.status, 204);
        let others = server.get("/authenticators/static/").await.body;
        let path = format!(
            "/authenticators/admin/static/{}/",
            others["results"][0]["pk"]
        );
        let seen = server
            .call(Role::Admin, "DELETE", &path, &Value::Null)
            .await;
        assert_eq!(seen.status, 204, "an admin helps somebody who lost theirs");
    }
}

async fn set_age(server: &Server, session: &str, ms: i64) {
    let mut tx = server.engine.store.begin().await.unwrap();
    let mut row = doorward_store::session::find(&mut tx, session, NOW)
        .await
        .unwrap()
        .unwrap();
    doorward_store::session::delete(&mut tx, session)
        .await
        .unwrap();
    row.created_at -= ms;
    doorward_store::session::insert(&mut tx, &row)
        .await
        .unwrap();
    server.engine.commit(tx).await.unwrap();
}

#[tokio::test]
async fn answers_show_what_devices_are_and_nothing_of_their_secrets() {
    for server in Server::every().await {
        devices(&server, server.mia).await;
        let own = server
            .call(Role::Person, "get", "/authenticators/all/", &Value::Null)
            .await;
        assert_eq!(own.body.as_array().unwrap().len(), 16);
        assert_eq!(
            own.body[2]["type"],
            "authentik_stages_authenticator_webauthn.WebAuthnDevice"
        );
        assert_eq!(own.body[2]["extra_description"], "Google Password Manager");
        let nobodys = server.get("/authenticators/all/").await;
        assert_eq!(nobodys.body, json!([]), "the admin has none");
        let hers = format!("/authenticators/admin/all/?user={}", server.mia);
        assert_eq!(server.get(&hers).await.body, own.body);
        for (class, key) in [
            ("static", "token_set"),
            ("totp", "user"),
            ("webauthn", "aaguid"),
        ] {
            let list = server
                .get(&format!("/authenticators/admin/{class}/?name=spare-1"))
                .await;
            let all = server
                .get(&format!("/authenticators/admin/{class}/"))
                .await
                .body;
            assert_eq!(all["pagination"]["count"], 4, "{class}: {}", list.body);
            assert!(!all["results"][0][key].is_null(), "{class} has {key}");
            let text = all.to_string();
            for secret in ["argon2", "v1.k1", "public_key"] {
                assert!(!text.contains(secret), "{class} shows {secret}");
            }
        }
        let codes = server.get("/authenticators/static/").await.body;
        assert_eq!(
            codes["results"][0]["token_set"].as_array().unwrap().len(),
            1
        );
    }
}
