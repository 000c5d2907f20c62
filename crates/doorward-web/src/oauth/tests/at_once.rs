//! What is answered before the router: the same, and nothing that has ended.

use doorward_engine::resource::write::Writing;
use doorward_engine::{Context, resource, session, testing};
use http::Request;
use serde_json::{Value, json};

use super::kit::{Client, Kit, MIA, Seen, exchange, now, wait};

const DISCOVERY: &str = "/application/o/photos/.well-known/openid-configuration";
const KEYS: &str = "/application/o/photos/jwks/";

fn asking(token: &str) -> http::request::Builder {
    Request::get("/application/o/userinfo/").header("authorization", format!("Bearer {token}"))
}

/// An access token for these scopes that is in memory.
async fn warm(kit: &Kit, client: &Client, scope: &str) -> String {
    let tokens = kit.tokens(client, scope).await;
    let token = tokens["access_token"].as_str().unwrap().to_owned();
    kit.userinfo(&token).await.expect(200);
    let early = kit.at_once(asking(&token)).await;
    early.expect("it is in memory").expect(200);
    token
}

/// It counts for nobody any more, wherever it is asked about.
async fn is_over(kit: &Kit, token: &str, why: &str) {
    assert!(kit.at_once(asking(token)).await.is_none(), "{why}");
    let seen = kit.userinfo(token).await;
    assert_eq!(seen.status, 401, "{why}");
}

#[tokio::test]
async fn documents_are_answered_at_once_with_a_tag() {
    let kit = Kit::sqlite().await;
    kit.client("photos", json!({})).await;
    for path in [DISCOVERY, KEYS] {
        let first = kit.at_once(Request::get(path)).await.unwrap().expect(200);
        assert_eq!(first.header("content-type"), "application/json");
        let tag = first.header("etag").to_owned();
        assert!(tag.len() > 10 && tag.starts_with('"') && tag.ends_with('"'));
        let again = |tags: String| Request::get(path).header("if-none-match", tags);
        for tags in [tag.clone(), format!("\"x\", W/{tag}"), "*".to_owned()] {
            let seen = kit.send(again(tags), String::new()).await.expect(304);
            assert_eq!((&*seen.text, seen.header("etag")), ("", &*tag));
        }
        let changed = kit.send(again("\"x\"".into()), String::new()).await;
        assert_eq!(changed.expect(200).text, first.text);
    }
    let nobody = Request::get("/application/o/nobody/jwks/");
    assert!(kit.at_once(nobody).await.is_none());
}

#[tokio::test]
async fn documents_follow_the_configuration() {
    for kit in Kit::every().await {
        let client = kit.client("photos", json!({})).await;
        let before = kit.get(DISCOVERY).await.expect(200);
        let kind = resource::kind("authentik_providers_oauth2.oauth2provider").unwrap();
        let ctx = Context::system(testing::NOW);
        let mut writing = Writing::begin(&kit.engine, &ctx).await.unwrap();
        let body = json!({ "issuer_mode": "global" });
        let id = client.provider.to_string();
        writing.amend(kind, &id, &body).await.unwrap();
        writing.commit().await.unwrap();
        let after = kit.get(DISCOVERY).await.expect(200);
        assert_eq!(after.json()["issuer"], "https://auth.example.org/");
        assert_ne!(before.header("etag"), after.header("etag"));
    }
}

/// A page of another origin is told what it may read by the router alone.
#[tokio::test]
async fn what_is_not_plain_is_left_to_the_router() {
    let kit = Kit::sqlite().await;
    let client = kit.client("photos", json!({})).await;
    let token = warm(&kit, &client, "openid").await;
    let bearer = format!("Bearer {token}");
    let userinfo = "/application/o/userinfo/";
    for request in [
        Request::get(DISCOVERY).header("origin", "https://photos.example.org"),
        Request::head(DISCOVERY),
        Request::get(format!("{DISCOVERY}?x=1")),
        asking(&token).header("origin", "https://photos.example.org"),
        asking(&token).header("authorization", &bearer),
        Request::post(userinfo).header("authorization", &bearer),
        Request::get(format!("{userinfo}?access_token={token}")),
        Request::get(userinfo),
        asking("nonsense"),
    ] {
        assert!(kit.at_once(request).await.is_none());
    }
}

#[tokio::test]
async fn userinfo_from_memory_says_what_the_person_is_now() {
    for kit in Kit::every().await {
        let client = kit.client("photos", json!({})).await;
        let token = warm(&kit, &client, "openid profile").await;
        let mut tx = kit.engine.store.begin().await.unwrap();
        let mut row = doorward_store::user::find(&mut tx, MIA)
            .await
            .unwrap()
            .unwrap();
        row.name = "Mia Muster".to_owned();
        assert!(doorward_store::user::save(&mut tx, &row).await.unwrap());
        let topic = doorward_store::Topic::User;
        doorward_store::change::record(&mut tx, topic, MIA, now())
            .await
            .unwrap();
        kit.engine.commit(tx).await.unwrap();
        assert!(
            kit.at_once(asking(&token)).await.is_none(),
            "a stale record"
        );
        for _ in 0..2 {
            let said: Value = kit.userinfo(&token).await.expect(200).json();
            assert_eq!(said["name"], "Mia Muster");
        }
        assert!(kit.at_once(asking(&token)).await.is_some());
    }
}

/// Whatever takes a token away takes it out of memory before it is answered.
#[tokio::test]
async fn a_token_in_memory_ends_with_whatever_ends_it() {
    for mut kit in Kit::every().await {
        kit.sign_in().await;
        let client = kit.client("photos", json!({})).await;

        let token = warm(&kit, &client, "openid").await;
        revoke(&kit, &client, &token).await;
        is_over(&kit, &token, "revoked").await;

        let code = kit.code(&client, "openid").await;
        let tokens = kit.exchange(&client, &code).await.expect(200).json();
        let token = tokens["access_token"].as_str().unwrap();
        kit.userinfo(token).await.expect(200);
        kit.token(&client, &exchange(&code)).await.expect(400);
        is_over(&kit, token, "its code was replayed").await;

        let token = warm(&kit, &client, "openid").await;
        wait(3_600_000);
        is_over(&kit, &token, "late").await;

        let token = warm(&kit, &client, "openid").await;
        let lasting = warm(&kit, &client, "openid offline_access").await;
        let ctx = Context::system(now());
        let mut tx = kit.engine.store.begin().await.unwrap();
        session::end_all_of(&mut tx, MIA, "", ctx.now)
            .await
            .unwrap();
        kit.engine.commit(tx).await.unwrap();
        is_over(&kit, &token, "every session has ended").await;
        is_over(&kit, &lasting, "every session has ended").await;

        kit.sign_in().await;
        let token = warm(&kit, &client, "openid").await;
        kit.shut_mia().await;
        is_over(&kit, &token, "shut out").await;
    }
}

async fn revoke(kit: &Kit, client: &Client, token: &str) -> Seen {
    let form = [("token", token)];
    kit.post("/application/o/revoke/", Some(&client.basic()), &form)
        .await
        .expect(200)
}

/// The end of one session, by its row alone, as another process would write it.
#[tokio::test]
async fn a_token_in_memory_ends_with_its_session_and_with_its_client() {
    for mut kit in Kit::every().await {
        kit.sign_in().await;
        let client = kit.client("photos", json!({})).await;
        let token = warm(&kit, &client, "openid").await;
        let mut tx = kit.engine.store.begin().await.unwrap();
        for id in sessions(&mut tx).await {
            session::end(&mut tx, &id, now()).await.unwrap();
        }
        kit.engine.commit(tx).await.unwrap();
        is_over(&kit, &token, "its session has ended").await;

        kit.sign_in().await;
        let token = warm(&kit, &client, "openid").await;
        let snapshot = kit.engine.snapshot();
        let application = &snapshot.oauth.of_application("photos").unwrap().application;
        let kind = resource::kind("authentik_core.application").unwrap();
        let ctx = Context::system(now());
        let mut writing = Writing::begin(&kit.engine, &ctx).await.unwrap();
        let body = json!({ "provider": null });
        writing.amend(kind, &application.pk, &body).await.unwrap();
        writing.commit().await.unwrap();
        is_over(&kit, &token, "nothing uses its provider any more").await;
    }
}

async fn sessions(tx: &mut doorward_store::Tx) -> Vec<String> {
    let all = doorward_store::session::of_user(tx, MIA, now())
        .await
        .unwrap();
    all.into_iter().map(|row| row.id).collect()
}

/// A text of an operator's is run for each request, never before the router.
#[tokio::test]
async fn operators_texts_are_not_answered_from_memory() {
    let kit = Kit::sqlite().await;
    let client = kit
        .client("photos", json!({ "property_mappings": [] }))
        .await;
    let tokens = kit.tokens(&client, "openid").await;
    let token = tokens["access_token"].as_str().unwrap();
    kit.userinfo(token).await.expect(200);
    assert!(kit.at_once(asking(token)).await.is_some(), "nothing to run");
    let ctx = Context::system(testing::NOW);
    let mut writing = Writing::begin(&kit.engine, &ctx).await.unwrap();
    let kind = resource::kind("authentik_providers_oauth2.scopemapping").unwrap();
    let text = "return {\"answer\": 42}";
    let mapping = json!({ "name": "answer", "scope_name": "openid", "expression": text });
    let mapping = writing.insert(kind, &mapping, None).await.unwrap();
    writing.commit().await.unwrap();
    let client = json!({ "property_mappings": [mapping] });
    let client = kit.client("texts", client).await;
    let tokens = kit.tokens(&client, "openid").await;
    let token = tokens["access_token"].as_str().unwrap();
    for _ in 0..2 {
        let said = kit.userinfo(token).await.expect(200).json();
        assert_eq!(said["answer"], 42);
        assert!(kit.at_once(asking(token)).await.is_none());
    }
}
