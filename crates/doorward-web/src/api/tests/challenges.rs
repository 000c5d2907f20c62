//! What the executor says at a stage of every kind that the registry knows, judged by authentik's
//! published OpenAPI file.

use std::collections::BTreeSet;

use doorward_engine::resource::{Family, Kind, registry};
use doorward_engine::testing;
use serde_json::{Value, json};

use super::kit::{Server, sign_in};
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

/// What a stranger and this person, who is signed in, are asked there, and what comes of an empty
/// answer: it may delete the account.
async fn told(server: &Server, slug: &str, person: i64) -> Vec<Value> {
    let path = format!("/flows/executor/{slug}/");
    let mut told = Vec::new();
    testing::add_user(&server.engine, person, &format!("person {person}")).await;
    let (_, session) = sign_in(server, person).await;
    for (method, given) in [("GET", ""), ("POST", "{}")] {
        for cookie in [None, Some(&session)] {
            let mut request = http::Request::builder()
                .method(method)
                .uri(format!("/api/v3{path}?query="))
                .header("content-type", "application/json");
            if let Some(cookie) = cookie {
                request = request.header("cookie", cookie);
            }
            let seen = server.send(request, given).await;
            // The same address again, as after any answer that counts.
            if seen.status.as_u16() != 302 {
                told.push(json!({
                    "method": method.to_ascii_lowercase(), "path": path, "status": seen.status.as_u16(),
                    "request": Value::Null, "response": seen.body,
                }));
            }
        }
    }
    told
}

/// What is seen there: questions, why somebody is turned away, and ends.
const COMPONENTS: [&str; 12] = [
    "ak-stage-access-denied",
    "ak-stage-authenticator-email",
    "ak-stage-authenticator-static",
    "ak-stage-authenticator-totp",
    "ak-stage-captcha",
    "ak-stage-consent",
    "ak-stage-dummy",
    "ak-stage-flow-error",
    "ak-stage-identification",
    "ak-stage-password",
    "ak-stage-prompt",
    "xak-flow-redirect",
];

#[tokio::test]
async fn what_a_stage_of_every_kind_asks_and_answers_fits_the_published_contract() {
    let server = Server::sqlite().await;
    let mut all = Vec::new();
    let mut people = 1000..;
    for kind in registry().filter(|kind| kind.family == Some(Family::Stage)) {
        for (turn, designation) in [(0, "authentication"), (1, "stage_configuration")] {
            let slug = flow(&server, kind, turn, designation).await;
            let told = told(&server, &slug, people.next().unwrap()).await;
            // Its first turn is told to fail, and nothing else does.
            let fails = kind.schema == "DummyStage" && turn == 0;
            let is_fault = |one: &Value| one["response"]["component"] == "ak-stage-flow-error";
            assert!(told.iter().all(|one| is_fault(one) == fails), "{told:?}");
            all.extend(told);
        }
    }
    let component = |one: &Value| one["response"]["component"].as_str().map(str::to_owned);
    let components: BTreeSet<_> = all.iter().filter_map(component).collect();
    let expected = COMPONENTS.map(str::to_owned);
    assert_eq!(components, BTreeSet::from(expected));
    published::judge(&all);
}
