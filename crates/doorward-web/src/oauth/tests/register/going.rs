//! What becomes of registered clients when the provider goes that they registered with.

use doorward_engine::Context;
use doorward_engine::resource::{self, World};
use doorward_store::{client_registration, user};
use serde_json::{Value, json};

use super::super::kit::{Client, Kit, now};
use super::{call, client, initial, open, place, registered};

const PROVIDER: &str = "authentik_providers_oauth2.oauth2provider";
const APPLICATION: &str = "authentik_core.application";

async fn used_by(kit: &Kit, provider: i64) -> Vec<(String, String, String)> {
    let kind = resource::kind(PROVIDER).unwrap();
    let ctx = Context::system(now());
    let all = resource::used_by(&kit.engine, &ctx, kind, &provider.to_string()).await;
    let all = all.unwrap();
    let text = |one: &Value, name: &str| one[name].as_str().unwrap().to_owned();
    let all = all.as_array().unwrap().iter();
    all.map(|one| {
        (
            text(one, "model_name"),
            text(one, "name"),
            text(one, "action"),
        )
    })
    .collect()
}

async fn delete(kit: &Kit, provider: i64) {
    let kind = resource::kind(PROVIDER).unwrap();
    let ctx = Context::system(now());
    let gone = resource::delete(&kit.engine, &ctx, kind, &provider.to_string()).await;
    gone.unwrap();
}

/// Names of the applications that are there.
fn applications(kit: &Kit) -> Vec<String> {
    let world = World::of(&kit.engine.snapshot());
    let all = world.objects(APPLICATION).iter();
    all.map(|one| one.config["name"].as_str().unwrap().to_owned())
        .collect()
}

async fn account(kit: &Kit, client: &Client) -> Option<user::UserRow> {
    let name = format!("ak-{}-client_credentials", client.id);
    let mut tx = kit.engine.store.read().await.unwrap();
    user::find_by_username(&mut tx, &name).await.unwrap()
}

/// Names of what was deleted, of one kind.
async fn deleted(kit: &Kit, model: &str) -> Vec<String> {
    let told = kit.events("model_deleted").await;
    let of_model = told
        .iter()
        .filter(|one| one["model"]["model_name"] == model);
    of_model
        .map(|one| one["model"]["name"].as_str().unwrap().to_owned())
        .collect()
}

#[tokio::test]
async fn a_provider_that_goes_takes_its_registered_clients_along_and_says_so_before() {
    for kit in Kit::every().await {
        let (parent, token) = open(&kit, json!({})).await;
        let stays = kit.client("stays", json!({})).await;
        let ways = json!(["authorization_code", "client_credentials"]);
        let mut all = Vec::new();
        for name in ["One", "Two"] {
            let more = json!({ "client_name": name, "grant_types": ways });
            let told = registered(&kit, &token, &more).await;
            let own = client(&told);
            let tokens = kit.tokens(&own, "openid").await;
            initial(&kit, &own, "openid").await;
            all.push((told, own, tokens));
        }

        let before = used_by(&kit, parent.provider).await;
        for (told, own, _) in &all {
            let name = told["client_name"].as_str().unwrap();
            for (model, name) in [
                ("oauth2provider", format!("{name} ({})", own.id)),
                ("application", name.to_owned()),
            ] {
                let line = (model.to_owned(), name, "cascade".to_owned());
                assert!(before.contains(&line), "{line:?} in {before:?}");
            }
        }

        delete(&kit, parent.provider).await;
        let gone = deleted(&kit, "application").await;
        for name in ["One", "Two"] {
            assert!(gone.contains(&name.to_owned()), "{gone:?}");
            assert!(!applications(&kit).contains(&name.to_owned()));
        }
        let providers = deleted(&kit, "oauth2provider").await;
        let snapshot = kit.engine.snapshot();
        for (told, own, tokens) in &all {
            let name = format!("{} ({})", told["client_name"].as_str().unwrap(), own.id);
            assert!(providers.contains(&name), "{providers:?}");
            assert!(snapshot.oauth.named(&own.id).is_none());
            let access = tokens["access_token"].as_str().unwrap();
            kit.userinfo(access).await.expect(401);
            assert!(account(&kit, own).await.is_none());
            let (path, key) = place(told);
            call(&kit, "GET", &path, &key, None).await.expect(401);
        }
        let mut tx = kit.engine.store.read().await.unwrap();
        let left = client_registration::count(&mut tx, parent.provider).await;
        drop(tx);
        assert_eq!(left.unwrap(), 0);
        // The application that an operator made is left, and so is what has nothing to do with it.
        assert!(applications(&kit).contains(&"photos".to_owned()));
        kit.tokens(&stays, "openid").await;
    }
}

/// A person's own deletion of a client says nothing of the parent.
#[tokio::test]
async fn a_registered_client_that_an_operator_deletes_leaves_its_parent_alone() {
    let kit = Kit::sqlite().await;
    let (parent, token) = open(&kit, json!({})).await;
    let one = client(&registered(&kit, &token, &json!({})).await);
    let two = client(&registered(&kit, &token, &json!({})).await);
    let pk = {
        kit.engine
            .snapshot()
            .oauth
            .named(&one.id)
            .unwrap()
            .provider
            .pk
    };
    delete(&kit, pk).await;
    assert!(kit.engine.snapshot().oauth.named(&one.id).is_none());
    kit.tokens(&two, "openid").await;
    initial(&kit, &parent, "openid").await;
}
