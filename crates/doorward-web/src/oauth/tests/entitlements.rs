//! What people may do in an application, by names that it knows.

use doorward_engine::Context;
use doorward_engine::resource::{kind, write::Writing};
use http::Request;
use serde_json::{Map, Value, json};

use super::kit::{Client, Kit, MIA, Seen, claims, now};

const ENTITLEMENT: &str = "authentik_core.applicationentitlement";
const MAPPING: &str = "authentik_providers_oauth2.scopemapping";
const PATH: &str = "/api/v3/core/application_entitlements/";

async fn saved(kit: &Kit, model: &str, body: Value) -> String {
    let ctx = Context::system(now());
    let mut writing = Writing::begin(&kit.engine, &ctx).await.unwrap();
    let id = writing.insert(kind(model).unwrap(), &body, None).await;
    writing.commit().await.unwrap();
    id.unwrap()
}

fn application(kit: &Kit, slug: &str) -> String {
    let snapshot = kit.engine.snapshot();
    snapshot
        .oauth
        .of_application(slug)
        .unwrap()
        .application
        .pk
        .clone()
}

/// An entitlement of an application, with this bound to it.
async fn entitle(kit: &Kit, app: &str, name: &str, attributes: Value, bound: Value) {
    let body = json!({ "name": name, "app": app, "attributes": attributes });
    let id = saved(kit, ENTITLEMENT, body).await;
    let Value::Object(mut bound) = bound else {
        return;
    };
    bound.insert("target".into(), json!(id));
    bound.insert("order".into(), json!(0));
    saved(kit, "authentik_policies.policybinding", bound.into()).await;
}

/// Mia holds `admin` and `editor` of photos, and nothing else of all that there is.
async fn scene(kit: &Kit) -> String {
    let group = kit.put_into(MIA, "editors").await;
    let other = json!({ "name": "others" });
    let other = saved(kit, "authentik_core.group", other).await;
    let text = json!({ "name": "yes", "expression": "return True" });
    let text = saved(kit, "authentik_policies_expression.expressionpolicy", text).await;
    let (photos, movies) = (application(kit, "photos"), application(kit, "movies"));
    let (one, two) = (
        json!({ "quota": { "gb": 1 } }),
        json!({ "quota": { "tb": 2 }, "a": 1 }),
    );
    let past = "2020-01-01T00:00:00Z";
    for (app, name, attributes, bound) in [
        (&photos, "editor", two, json!({ "group": group })),
        (&photos, "admin", one, json!({ "user": MIA })),
        (&photos, "nobodys", json!({}), Value::Null),
        (&photos, "others", json!({}), json!({ "group": other })),
        (
            &photos,
            "but-mia",
            json!({}),
            json!({ "user": MIA, "negate": true }),
        ),
        (
            &photos,
            "off",
            json!({}),
            json!({ "user": MIA, "enabled": false }),
        ),
        (&photos, "policy", json!({}), json!({ "policy": text })),
        (
            &photos,
            "late",
            json!({}),
            json!({ "user": MIA, "expiring": true, "expires": past }),
        ),
        (&movies, "director", json!({}), json!({ "user": MIA })),
    ] {
        entitle(kit, app, name, attributes, bound).await;
    }
    photos
}

async fn id_token(kit: &Kit, client: &Client, scope: &str) -> Map<String, Value> {
    let tokens = kit.tokens(client, scope).await;
    claims(tokens["id_token"].as_str().unwrap())
}

#[tokio::test]
async fn the_scope_entitlements_tells_what_people_and_groups_are_bound_to_oidc_md_1_5() {
    for kit in Kit::every().await {
        let photos = kit.client("photos", json!({})).await;
        let movies = kit.client("movies", json!({})).await;
        scene(&kit).await;
        let told = id_token(&kit, &photos, "openid entitlements").await;
        let held = json!(["admin", "editor"]);
        assert_eq!((&told["entitlements"], &told["roles"]), (&held, &held));
        let told = id_token(&kit, &movies, "openid entitlements").await;
        assert_eq!(told["entitlements"], json!(["director"]));
        let told = id_token(&kit, &photos, "openid").await;
        assert!(!told.contains_key("entitlements"));
    }
}

/// What is answered without running the shipped text is what that text finds, and the text of before
/// entitlements, where nobody has changed it, is answered alike.
#[tokio::test]
async fn the_shipped_text_finds_the_same_as_an_operators_own() {
    for kit in Kit::every().await {
        kit.client("movies", json!({})).await;
        let snapshot = kit.engine.snapshot();
        let shipped = snapshot.objects(MAPPING).iter();
        let mut shipped = shipped.filter(|one| one.config["scope_name"] == "entitlements");
        let shipped = shipped.next().unwrap();
        let own = shipped.config["expression"].as_str().unwrap();
        let more = "return {\"all\": user.app_entitlements_attributes(application), \"first\": \
            user.app_entitlements(provider.application).first().pbm_uuid is not None, \
            \"none\": user.app_entitlements(None).exists(), \"slug\": provider.application.slug}";
        let mut scopes = vec![shipped.id.clone()];
        for (word, text) in [("own", own), ("more", more)] {
            let body = json!({ "name": word, "scope_name": word, "expression": text });
            scopes.push(saved(&kit, MAPPING, body).await);
        }
        let photos = kit
            .client("photos", json!({ "property_mappings": scopes }))
            .await;
        scene(&kit).await;
        let shipped_told = id_token(&kit, &photos, "openid entitlements").await;
        let own_told = id_token(&kit, &photos, "openid own").await;
        for key in ["entitlements", "roles"] {
            assert_eq!(shipped_told[key], json!(["admin", "editor"]));
            assert_eq!(shipped_told[key], own_told[key], "{key}");
        }
        let told = id_token(&kit, &photos, "openid more").await;
        assert_eq!(
            told["all"],
            json!({ "quota": { "gb": 1, "tb": 2 }, "a": 1 })
        );
        assert_eq!(
            (&told["first"], &told["none"]),
            (&json!(true), &json!(false))
        );
        assert_eq!(told["slug"], "photos");

        let before = "# Doorward has no entitlements of applications yet; add your own here.\n\
            return {\"entitlements\": [], \"roles\": []}\n";
        let ctx = Context::system(now());
        let mut writing = Writing::begin(&kit.engine, &ctx).await.unwrap();
        let body = json!({ "expression": before });
        let mapping = kind(MAPPING).unwrap();
        writing.amend(mapping, &shipped.id, &body).await.unwrap();
        writing.commit().await.unwrap();
        let told = id_token(&kit, &photos, "openid entitlements").await;
        assert_eq!(told["entitlements"], json!(["admin", "editor"]));
    }
}

async fn api(kit: &Kit, method: &str, path: &str, body: Value) -> Seen {
    let request = Request::builder()
        .method(method)
        .uri(path)
        .header("authorization", "Bearer an-api-token")
        .header("content-type", "application/json");
    kit.send(request, body.to_string()).await
}

async fn are_found(kit: &Kit, photos: &str, id: &str) {
    for (query, count) in [
        (String::new(), 2),
        (format!("?app={photos}"), 1),
        (format!("?pbm_uuid={id}"), 1),
        ("?name=admin".to_owned(), 2),
        ("?search=adm".to_owned(), 2),
        ("?name=nobody".to_owned(), 0),
    ] {
        let path = format!("{PATH}{query}");
        let list = api(kit, "GET", &path, Value::Null).await.expect(200).json();
        assert_eq!(list["pagination"]["count"], count, "{query}");
    }
}

#[tokio::test]
async fn entitlements_are_made_found_bound_and_go_with_their_application() {
    for kit in Kit::every().await {
        kit.client("photos", json!({})).await;
        kit.client("movies", json!({})).await;
        kit.promote(MIA).await;
        kit.mias_token("an-api-token", "api").await;
        let (photos, movies) = (application(&kit, "photos"), application(&kit, "movies"));
        let body = json!({ "name": "admin", "app": photos });
        let made = api(&kit, "POST", PATH, body.clone())
            .await
            .expect(201)
            .json();
        let id = made["pbm_uuid"].as_str().unwrap();
        let whole = json!({ "pbm_uuid": id, "name": "admin", "app": photos, "attributes": {} });
        assert_eq!(made, whole);
        api(&kit, "POST", PATH, body).await.expect(400);
        let other = json!({ "name": "admin", "app": movies });
        api(&kit, "POST", PATH, other).await.expect(201);
        are_found(&kit, &photos, id).await;
        let one = format!("{PATH}{id}/");
        let body = json!({ "attributes": { "quota": 3 } });
        let changed = api(&kit, "PATCH", &one, body).await.expect(200).json();
        assert_eq!(changed["attributes"], json!({ "quota": 3 }));
        let binding = json!({ "target": id, "user": MIA, "order": 0 });
        api(&kit, "POST", "/api/v3/policies/bindings/", binding)
            .await
            .expect(201);
        let path = format!("/api/v3/policies/bindings/?target={id}");
        let bound = api(&kit, "GET", &path, Value::Null)
            .await
            .expect(200)
            .json();
        assert_eq!(bound["pagination"]["count"], 1);
        let used = format!("{one}used_by/");
        let used = api(&kit, "GET", &used, Value::Null)
            .await
            .expect(200)
            .json();
        assert_eq!(used[0]["model_name"], "policybinding", "{used}");
        let app = "/api/v3/core/applications/photos/";
        api(&kit, "DELETE", app, Value::Null).await.expect(204);
        api(&kit, "GET", &one, Value::Null).await.expect(404);
        let bound = api(&kit, "GET", &path, Value::Null)
            .await
            .expect(200)
            .json();
        assert_eq!(bound["pagination"]["count"], 0);
    }
}
