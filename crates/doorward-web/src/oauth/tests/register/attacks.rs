//! Attacks on registrations (oidc.md 6.3 number 12).

use doorward_store::client_registration;
use serde_json::json;

use super::super::kit::{Kit, MIA};
use super::{
    ISSUER, PLACE, SCOPE, account, allow, bind, call, client, initial, open, place, register,
    registered, said, server,
};

/// RFC 7591 §3: off unless an operator wants it.
#[tokio::test]
async fn nobody_registers_anything_where_it_was_not_allowed() {
    for kit in Kit::every().await {
        let settings = json!({ "grant_types": ["client_credentials"] });
        let parent = kit.client("photos", settings).await;
        let token = initial(&kit, &parent, SCOPE).await;
        register(&kit, &token, &said(&json!({}))).await.expect(404);
        allow(&kit, &parent, json!({})).await;
        register(&kit, &token, &said(&json!({}))).await.expect(201);
    }
}

#[tokio::test]
async fn nobody_registers_without_a_token_for_it_of_that_very_provider() {
    for kit in Kit::every().await {
        let (parent, _) = open(&kit, json!({})).await;
        let settings = json!({ "grant_types": ["client_credentials"] });
        let other = kit.client("other", settings).await;
        let foreign = initial(&kit, &other, SCOPE).await;
        let small = initial(&kit, &parent, "openid profile").await;
        for (token, status) in [
            ("", 401),
            ("nonsense", 401),
            (&*foreign, 401),
            (&*small, 403),
        ] {
            let seen = register(&kit, token, &said(&json!({})))
                .await
                .expect(status);
            assert!(seen.header("www-authenticate").starts_with("Bearer"));
        }
        assert_eq!(count(&kit, parent.provider).await, 0);
    }
}

async fn count(kit: &Kit, parent: i64) -> i64 {
    let mut tx = kit.engine.store.read().await.unwrap();
    client_registration::count(&mut tx, parent).await.unwrap()
}

#[tokio::test]
async fn whoever_may_not_open_the_application_registers_nothing() {
    for kit in Kit::every().await {
        let (_, token) = open(&kit, json!({})).await;
        kit.open_only_to("photos", MIA).await;
        let seen = register(&kit, &token, &said(&json!({}))).await.expect(403);
        assert_eq!(seen.error(), "access_denied");
    }
}

#[tokio::test]
async fn what_is_bound_to_the_permission_itself_is_asked_too() {
    let kit = Kit::sqlite().await;
    let settings = json!({ "grant_types": ["client_credentials"] });
    let parent = kit.client("photos", settings).await;
    let rules = allow(&kit, &parent, json!({})).await;
    let token = initial(&kit, &parent, SCOPE).await;
    bind(&kit, &rules, MIA).await;
    register(&kit, &token, &said(&json!({}))).await.expect(403);
}

/// A registered client lets in whom the parent lets in, and nobody else.
#[tokio::test]
async fn bindings_of_the_application_hold_for_what_is_registered_there() {
    let kit = Kit::sqlite().await;
    let (_, token) = open(&kit, json!({})).await;
    let account = account(&kit, "ak-photos-client_credentials").await;
    kit.open_only_to("photos", account).await;
    let told = registered(&kit, &token, &json!({})).await;
    let own = client(&told);
    let asked = [
        ("client_id", &*own.id),
        ("response_type", "code"),
        ("redirect_uri", super::super::kit::CALLBACK),
        ("scope", "openid"),
        ("prompt", "none"),
    ];
    let seen = kit.authorize(&asked).await;
    let is_refused = seen.status == 403 || seen.answer()["error"] == "access_denied";
    assert!(is_refused, "{seen:?}");
}

#[tokio::test]
async fn as_many_clients_register_as_may_and_not_one_more() {
    for kit in Kit::every().await {
        let (parent, token) = open(&kit, json!({ "clients_max": 3 })).await;
        let one = said(&json!({}));
        let all = (0..8).map(|_| register(&kit, &token, &one));
        let all = futures_util::future::join_all(all).await;
        let made = all.iter().filter(|seen| seen.status == 201).count();
        let refused = all.iter().filter(|seen| seen.status == 403).count();
        assert_eq!((made, refused), (3, 5));
        assert_eq!(count(&kit, parent.provider).await, 3);
        let first = all.iter().find(|seen| seen.status == 201).unwrap().json();
        let (path, key) = place(&first);
        call(&kit, "DELETE", &path, &key, None).await.expect(204);
        register(&kit, &token, &one).await.expect(201);
    }
}

/// RFC 7592 §3 and §5: the token opens one registration; everything else looks alike.
#[tokio::test]
async fn a_registration_opens_to_its_own_token_alone() {
    for kit in Kit::every().await {
        let (_, token) = open(&kit, json!({})).await;
        let one = registered(&kit, &token, &json!({})).await;
        let other = registered(&kit, &token, &json!({})).await;
        let (path, key) = place(&one);
        let (_, foreign) = place(&other);
        let cut = &key[..key.len() - 1];
        let unknown = format!("{PLACE}nobody/");
        let body = said(&json!({ "client_id": one["client_id"] }));
        let mut texts = Vec::new();
        for (path, key) in [
            (&path, ""),
            (&path, "nonsense"),
            (&path, cut),
            (&path, &foreign),
            (&path, &token),
            (&unknown, &key),
            (&unknown, "nonsense"),
        ] {
            for method in ["GET", "PUT", "DELETE"] {
                let body = (method == "PUT").then_some(&body);
                let seen = call(&kit, method, path, key, body).await.expect(401);
                texts.push(seen.text);
            }
        }
        texts.dedup();
        assert_eq!(texts.len(), 1, "{texts:?}");
        call(&kit, "GET", &path, &key, None).await.expect(200);
    }
}

#[tokio::test]
async fn of_a_registrations_token_only_a_hash_is_kept() {
    for kit in Kit::every().await {
        let (_, token) = open(&kit, json!({})).await;
        let told = registered(&kit, &token, &json!({})).await;
        let (_, key) = place(&told);
        assert!(key.starts_with("doorward_reg_"), "scanners know it");
        let hash = doorward_engine::session::hash_text(&key);
        let mut tx = kit.engine.store.read().await.unwrap();
        let row = client_registration::find(&mut tx, &hash).await.unwrap();
        let row = row.unwrap();
        assert!(!format!("{row:?}").contains(&key[13..]));
        assert!(
            !row.metadata
                .contains(told["client_secret"].as_str().unwrap())
        );
    }
}

#[tokio::test]
async fn no_registered_address_is_one_that_a_browser_runs() {
    let kit = Kit::sqlite().await;
    let (parent, token) = open(&kit, json!({})).await;
    for uri in [
        "javascript:alert(1)",
        "JAVASCRIPT:alert(1)",
        "java\nscript:alert(1)",
        "data:text/html,<script>",
        "vbscript:x",
        "file:///etc/passwd",
        "https://good.example@evil.example/",
        "https://evil.example\\@good.example/",
        "http://photos.example.org/cb",
        "//evil.example/",
    ] {
        for kind in ["web", "native"] {
            let more = json!({ "redirect_uris": [uri], "application_type": kind });
            let seen = register(&kit, &token, &said(&more)).await.expect(400);
            assert_eq!(seen.error(), "invalid_redirect_uri", "{uri}");
        }
    }
    assert_eq!(
        count(&kit, parent.provider).await,
        0,
        "nothing half-written"
    );
}

/// CVE-2026-4874: nothing of this network is asked for a sector, and nobody learns what is there.
#[tokio::test]
async fn a_sector_does_not_make_the_server_call_its_own_network() {
    let kit = Kit::sqlite().await;
    let (_, token) = open(&kit, json!({})).await;
    let (near, asked) = server(vec![json!([super::super::kit::CALLBACK]).to_string()]);
    let port = near.rsplit(':').next().unwrap().to_owned();
    let mut texts = Vec::new();
    for uri in [
        near.clone(),
        format!("https://127.0.0.1:{port}"),
        format!("https://localhost:{port}"),
        "https://127.0.0.1:1/".to_owned(),
        "https://[::1]:1/".to_owned(),
        "https://169.254.169.254/latest/meta-data/".to_owned(),
        "https://10.0.0.1/".to_owned(),
    ] {
        let more = json!({ "sector_identifier_uri": uri, "subject_type": "pairwise" });
        let seen = register(&kit, &token, &said(&more)).await.expect(400);
        assert_eq!(seen.error(), "invalid_client_metadata");
        texts.push(seen.text);
    }
    texts.dedup();
    assert_eq!(texts.len(), 1, "{texts:?}");
    assert_eq!(asked.load(std::sync::atomic::Ordering::SeqCst), 0);
}

/// oidc.md 6.3 number 12: text stays text.
#[tokio::test]
async fn a_client_name_is_text_on_every_page() {
    let kit = Kit::sqlite().await;
    let (_, token) = open(&kit, json!({
        "override_authorization_flow": kit.flow("default-provider-authorization-explicit-consent"),
    }))
    .await;
    let name = "<script>alert(1)</script>\"'&";
    let told = registered(&kit, &token, &json!({ "client_name": name })).await;
    let own = client(&told);
    let seen = super::shown::question(&kit, &own).await;
    assert!(!seen.text.contains("<script>alert"), "{}", seen.text);
    assert!(seen.text.contains("alert(1)"), "it is shown: {}", seen.text);
}

#[tokio::test]
async fn a_registration_is_bounded() {
    let kit = Kit::sqlite().await;
    let (_, token) = open(&kit, json!({})).await;
    let more = json!({ "x": "x".repeat(64 * 1024) });
    let seen = register(&kit, &token, &said(&more)).await.expect(400);
    assert_eq!(seen.error(), "invalid_client_metadata");
    let many: Vec<_> = (0..21).map(|n| format!("https://a.example/{n}")).collect();
    let more = json!({ "redirect_uris": many });
    register(&kit, &token, &said(&more)).await.expect(400);
}

#[tokio::test]
async fn a_grant_type_that_was_not_allowed_is_refused() {
    let kit = Kit::sqlite().await;
    let rules = json!({ "allowed_grant_types": ["authorization_code"] });
    let (_, token) = open(&kit, rules).await;
    for grants in [
        json!(["authorization_code", "client_credentials"]),
        json!(["authorization_code", "refresh_token"]),
        json!(["authorization_code", "nonsense"]),
    ] {
        let more = json!({ "grant_types": grants });
        let seen = register(&kit, &token, &said(&more)).await.expect(400);
        assert_eq!(seen.error(), "invalid_client_metadata");
    }
    register(&kit, &token, &said(&json!({}))).await.expect(201);
}

/// The address of an application names whom it was made for, not whoever registered there.
#[tokio::test]
async fn a_token_for_the_provider_is_none_for_a_client_that_registered_with_it() {
    const EXCHANGE: &str = "urn:ietf:params:oauth:grant-type:token-exchange";
    const ACCESS_TOKEN: &str = "urn:ietf:params:oauth:token-type:access_token";
    for kit in Kit::every().await {
        let settings = json!({ "grant_types": ["client_credentials"], "resources": ISSUER });
        let parent = kit.client("photos", settings).await;
        allow(&kit, &parent, json!({})).await;
        let token = initial(&kit, &parent, SCOPE).await;
        let more = json!({ "grant_types": ["client_credentials", EXCHANGE], "response_types": [] });
        let child = client(&registered(&kit, &token, &more).await);
        let form = [("grant_type", "client_credentials"), ("resource", ISSUER)];
        let meant = kit.token(&parent, &form).await.expect(200).json();
        let own = initial(&kit, &child, "").await;
        for (brought, status) in [(meant["access_token"].as_str().unwrap(), 400), (&own, 200)] {
            let form = [
                ("grant_type", EXCHANGE),
                ("subject_token", brought),
                ("subject_token_type", ACCESS_TOKEN),
                ("actor_token", &own),
                ("actor_token_type", ACCESS_TOKEN),
            ];
            kit.token(&child, &form).await.expect(status);
        }
    }
}
