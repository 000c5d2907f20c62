//! Who uses what, and what happens to them.

use serde_json::{Value, json};

use super::kit::{Role, Server, sign_in};

/// Where an object of the directory is used.
fn path(kind: &str, key: &Value) -> String {
    let key = key.as_str().map_or_else(|| key.to_string(), str::to_owned);
    format!("/core/{kind}/{key}/used_by/")
}

/// Models with what happens to them, sorted.
fn listed(users: &Value) -> Vec<String> {
    let one = |user: &Value| {
        let words = ["model_name", "action"].map(|key| user[key].as_str().unwrap());
        words.join(" ")
    };
    let mut all: Vec<_> = users.as_array().unwrap().iter().map(one).collect();
    all.sort();
    all
}

/// Every relation, also those that are no links: what hangs on a user or a group.
#[tokio::test]
async fn what_uses_a_user_or_a_group_is_named_with_what_happens_to_it() {
    for server in Server::every().await {
        let (mia, flow) = (server.mia, server.flow("default-invalidation-flow"));
        let top = server
            .post("/core/groups/", &json!({ "name": "top" }))
            .await["pk"]
            .clone();
        let low = json!({ "name": "low", "parents": [top], "users": [mia] });
        let low = server.post("/core/groups/", &low).await["pk"].clone();
        for (key, subject) in [("user", json!(mia)), ("group", low.clone())] {
            let binding = json!({ "target": flow, "order": 0, key: subject });
            server.post("/policies/bindings/", &binding).await;
        }
        sign_in(&server, mia).await;
        for (path, expected) in [
            (
                path("users", &json!(mia)),
                vec![
                    "authenticatedsession cascade",
                    "group cascade_many",
                    "policybinding cascade",
                    "token cascade",
                ],
            ),
            (
                path("groups", &low),
                vec!["policybinding cascade", "user cascade_many"],
            ),
            (path("groups", &top), vec!["group cascade_many"]),
        ] {
            let users = server.get(&path).await.body;
            assert_eq!(listed(&users), expected, "{path}");
        }
        let own = server
            .call(
                Role::Person,
                "get",
                &path("users", &json!(mia)),
                &Value::Null,
            )
            .await;
        let own = Server::expect(own, 200);
        let models: Vec<_> = own
            .as_array()
            .unwrap()
            .iter()
            .map(|one| &one["model_name"])
            .collect();
        assert_eq!(
            models,
            ["token", "authenticatedsession"],
            "only what is hers to see"
        );
    }
}

/// What brands, outposts and certificates point to names them.
#[tokio::test]
async fn what_uses_a_flow_a_provider_or_a_certificate_is_named() {
    let server = Server::sqlite().await;
    let provider = server.provider("matrix").await;
    let flow = server.flow("default-authentication-flow");
    let pair = server.pk(
        "authentik_crypto.certificatekeypair",
        "authentik Self-signed Certificate",
    );
    let brand = json!({ "domain": "b.example.org", "web_certificate": pair, "client_certificates": [pair], "flow_recovery": flow });
    server.post("/core/brands/", &brand).await;
    let outpost =
        json!({ "name": "Remote", "type": "proxy", "providers": [provider], "config": {} });
    server.post("/outposts/instances/", &outpost).await;
    for (path, model, actions) in [
        (
            format!("/crypto/certificatekeypairs/{pair}/"),
            "brand",
            vec!["cascade_many", "set_null"],
        ),
        (
            "/flows/instances/default-authentication-flow/".to_owned(),
            "brand",
            vec!["set_null", "set_null"],
        ),
        (
            format!("/providers/proxy/{provider}/"),
            "outpost",
            vec!["cascade_many"],
        ),
        (
            format!("/providers/all/{provider}/"),
            "outpost",
            vec!["cascade_many"],
        ),
    ] {
        let users = server.get(&format!("{path}used_by/")).await.body;
        let users = users.as_array().unwrap().iter();
        let of_model = users.filter(|one| one["model_name"] == model);
        let mut seen: Vec<_> = of_model
            .map(|one| one["action"].as_str().unwrap().to_owned())
            .collect();
        seen.sort();
        assert_eq!(seen, actions, "{path}");
    }
}
