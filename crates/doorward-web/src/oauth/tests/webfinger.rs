//! Who issues tokens here (RFC 7033).

use doorward_engine::Context;
use doorward_engine::resource::{kind, write::Writing};
use serde_json::{Value, json};

use super::kit::{Kit, now};

const ADDRESS: &str = "/.well-known/webfinger";
const MIA: &str = "?resource=acct:mia@example.org";

/// The default brand opens this application by itself.
async fn open_by_default(kit: &Kit, slug: &str) {
    let snapshot = kit.engine.snapshot();
    let application = &snapshot.oauth.of_application(slug).unwrap().application.pk;
    set(kit, json!({ "default_application": application })).await;
}

async fn set(kit: &Kit, body: Value) {
    let snapshot = kit.engine.snapshot();
    let brand = snapshot.brands.iter().find(|brand| brand.default);
    let ctx = Context::system(now());
    let mut writing = Writing::begin(&kit.engine, &ctx).await.unwrap();
    let kind = kind("authentik_brands.brand").unwrap();
    let key = brand.unwrap().brand_uuid.clone();
    writing.amend(kind, &key, &body).await.unwrap();
    writing.commit().await.unwrap();
}

#[tokio::test]
async fn webfinger_names_the_issuer_of_the_brands_application_oidc_md_1_1() {
    for kit in Kit::every().await {
        kit.client("photos", json!({})).await;
        let seen = kit.get(&format!("{ADDRESS}{MIA}")).await.expect(404);
        assert_eq!(seen.header("access-control-allow-origin"), "*");
        open_by_default(&kit, "photos").await;
        let seen = kit.get(&format!("{ADDRESS}{MIA}")).await.expect(200);
        assert_eq!(seen.header("content-type"), "application/jrd+json");
        assert_eq!(seen.header("access-control-allow-origin"), "*");
        let rel = "http://openid.net/specs/connect/1.0/issuer";
        let href = "https://auth.example.org/application/o/photos/";
        let told = json!({
            "subject": "acct:mia@example.org", "links": [{ "rel": rel, "href": href }],
        });
        assert_eq!(seen.json(), told);
        // It says the same of nobody, so it tells nobody who has an account.
        let path = format!("{ADDRESS}?resource=acct%3Anobody%40example.org&rel={rel}");
        let told = kit.get(&path).await.expect(200).json();
        assert_eq!(told["links"][0]["href"], href);
        let document = format!("{href}.well-known/openid-configuration");
        let document = document.strip_prefix("https://auth.example.org").unwrap();
        let issuer = kit.get(document).await.expect(200).json();
        assert_eq!(issuer["issuer"], href);
        // RFC 7033 §4.3: a relation that there is not leaves nothing.
        let path = format!("{ADDRESS}{MIA}&rel=avatar");
        assert_eq!(kit.get(&path).await.expect(200).json()["links"], json!([]));
    }
}

/// RFC 7033 §4.2
#[tokio::test]
async fn a_question_without_one_address_is_malformed() {
    let kit = Kit::sqlite().await;
    kit.client("photos", json!({})).await;
    open_by_default(&kit, "photos").await;
    let long = format!("?resource=acct:{}@example.org", "a".repeat(2048));
    let twice = format!("{MIA}&resource=acct:max@example.org");
    for query in ["", "?resource=", "?resource=mia", &long, &twice] {
        let path = format!("{ADDRESS}{query}");
        kit.get(&path).await.expect(400);
    }
}
