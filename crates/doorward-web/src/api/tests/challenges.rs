//! What the executor says at a stage of every kind that the registry knows, judged by authentik's
//! published OpenAPI file.

use std::collections::BTreeSet;

use doorward_engine::resource::{Family, Kind, registry};
use serde_json::{Value, json};

use super::kit::{Role, Server};
use super::round_trip::body;
use crate::published;

/// A flow with one stage of this kind and nothing before it; its slug.
async fn flow(server: &Server, kind: &'static Kind, turn: usize, designation: &str) -> String {
    let body = body(server, kind, turn).await;
    let stage = server
        .post(&format!("/{}/", kind.path), &Value::Object(body))
        .await;
    let slug = format!("{}-{turn}-{designation}", kind.schema.to_lowercase());
    let flow = json!({ "name": slug, "slug": slug, "title": slug, "designation": designation });
    let flow = server.post("/flows/instances/", &flow).await;
    let binding = json!({ "target": flow["pk"], "stage": stage["pk"], "order": 0 });
    server.post("/flows/bindings/", &binding).await;
    slug
}

/// What a stranger and the admin are asked there, and what comes of an empty answer.
async fn told(server: &Server, slug: &str) -> Vec<Value> {
    let path = format!("/flows/executor/{slug}/");
    let mut told = Vec::new();
    for (method, given) in [("get", Value::Null), ("post", json!({}))] {
        for role in [Role::Anonymous, Role::Admin] {
            let address = format!("{path}?query=");
            let seen = server.call(role, method, &address, &given).await;
            // The same address again, as after any answer that counts.
            if seen.status.as_u16() != 302 {
                told.push(json!({
                    "method": method, "path": path, "status": seen.status.as_u16(),
                    "request": Value::Null, "response": seen.body,
                }));
            }
        }
    }
    told
}

#[tokio::test]
async fn what_a_stage_of_every_kind_asks_and_answers_fits_the_published_contract() {
    let server = Server::sqlite().await;
    let mut all = Vec::new();
    for kind in registry().filter(|kind| kind.family == Some(Family::Stage)) {
        for (turn, designation) in [(0, "authentication"), (1, "stage_configuration")] {
            let slug = flow(&server, kind, turn, designation).await;
            let told = told(&server, &slug).await;
            // Its first turn is told to fail, and nothing else does.
            let fails = kind.schema == "DummyStage" && turn == 0;
            let is_fault = |one: &Value| one["response"]["component"] == "ak-stage-flow-error";
            assert!(told.iter().all(|one| is_fault(one) == fails), "{told:?}");
            all.extend(told);
        }
    }
    let components = all
        .iter()
        .map(|one| one["response"]["component"].to_string());
    let components: BTreeSet<_> = components.collect();
    assert!(all.len() > 60 && components.len() > 8, "{components:?}");
    published::judge(&all);
}
