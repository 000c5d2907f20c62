//! What somebody agreed to counts for that application, those permissions and that long, on both
//! stores.

use super::*;
use crate::resource::{Params, list, registered};

const FLOWS: &str = r"
version: 1
metadata: { name: consents }
entries:
  - { model: authentik_stages_consent.consentstage, id: consent, identifiers: { name: c-consent }, attrs: { mode: expiring, consent_expire_in: days=1 } }
  - { model: authentik_flows.flow, id: flow, identifiers: { slug: agree }, attrs: { name: A, title: A, designation: authorization } }
  - { model: authentik_flows.flowstagebinding, identifiers: { target: !KeyOf flow, stage: !KeyOf consent, order: 0 } }
  - { model: authentik_core.application, identifiers: { slug: wiki }, attrs: { name: Wiki } }
  - { model: authentik_core.application, identifiers: { slug: mail }, attrs: { name: Mail } }
";

const DAY_MS: i64 = 24 * 3600 * 1000;

fn visit() -> Visit {
    Visit {
        may_act: true,
        ..Visit::default()
    }
}

async fn mia(engine: &Engine, now: i64) -> Context {
    let mia = engine.person(7).await.expect("a look").expect("a person");
    stranger(now).acting_as(&mia)
}

/// A run of the flow on the way to an application that asks for `permissions`.
fn run(engine: &Engine, application: &str, permissions: &[&str], now: i64) -> Run {
    let snapshot = engine.snapshot();
    let mut apps = snapshot.applications.values();
    let app = apps
        .find(|app| app.slug == application)
        .map(|app| app.pk.clone());
    let start = Start {
        slug: "agree",
        application: app.as_deref(),
        ..Start::default()
    };
    let mut run = Run::new(start, &Visit::default(), now);
    let flow = &snapshot.flows["agree"].pk;
    run.stages = vec![snapshot.stage_bindings[flow][0].pk.clone()];
    let one = |id: &&str| json!({ "id": id, "name": format!("Your {id}") });
    let asked: serde_json::Value = permissions.iter().map(one).collect();
    run.context.insert("consent_permissions".into(), asked);
    run
}

async fn send(engine: &Engine, ctx: &Context, run: &Run, given: Option<serde_json::Value>) -> Step {
    let cookie = custody::seal(engine, &run.id, run);
    go_on(engine, ctx, &run.id, &cookie, given).await
}

async fn go_on(
    engine: &Engine,
    ctx: &Context,
    handle: &str,
    cookie: &str,
    given: Option<serde_json::Value>,
) -> Step {
    let kept = Kept {
        slug: "agree",
        handle,
        cookie,
    };
    let given = given.map(answer);
    let step = resume(engine, ctx, &visit(), kept, given.as_ref()).await;
    step.expect("no fault").expect("a run")
}

fn asked(step: &Step) -> Option<AskConsent> {
    match &step.next {
        Next::Show(challenge) => match &challenge.ask {
            Ask::Consent(ask) => Some(ask.clone()),
            other => panic!("{other:?}"),
        },
        _ => None,
    }
}

/// Looks, and agrees to what is asked; answers what that was.
async fn agree(
    engine: &Engine,
    ctx: &Context,
    application: &str,
    permissions: &[&str],
) -> Option<AskConsent> {
    let run = run(engine, application, permissions, ctx.now);
    let step = send(engine, ctx, &run, None).await;
    let ask = asked(&step)?;
    let cookie = step.run.and_then(|held| held.cookie).expect("a cookie");
    let token = json!({ "token": ask.token });
    let done = go_on(engine, ctx, &run.id, &cookie, Some(token)).await;
    assert!(matches!(done.next, Next::Redirect(_)), "{done:?}");
    Some(ask)
}

async fn prepared_for_consent(engine: &Engine) {
    blueprint::apply_text(engine, NOW, FLOWS)
        .await
        .expect("the flow");
    add_user(engine, 7, "mia").await;
}

fn ids(list: &[Permission]) -> Vec<&str> {
    list.iter().map(|one| one.id.as_str()).collect()
}

#[tokio::test]
async fn it_is_asked_once_for_an_application_until_it_ends_or_more_is_wanted() {
    for (engine, _store) in every_engine().await {
        prepared_for_consent(&engine).await;
        let ctx = mia(&engine, NOW).await;
        assert!(agree(&engine, &ctx, "wiki", &["email"]).await.is_some());
        assert!(
            agree(&engine, &ctx, "wiki", &["email"]).await.is_none(),
            "agreed already"
        );
        assert!(
            agree(&engine, &ctx, "mail", &["email"]).await.is_some(),
            "another application"
        );
        let more = agree(&engine, &ctx, "wiki", &["email", "groups"])
            .await
            .expect("a question");
        assert_eq!(
            (ids(&more.permissions), ids(&more.additional)),
            (vec!["email"], vec!["groups"])
        );
        assert!(agree(&engine, &ctx, "wiki", &["groups"]).await.is_none());
        let late = mia(&engine, NOW + DAY_MS).await;
        assert!(
            agree(&engine, &late, "wiki", &["email"]).await.is_some(),
            "a day is over"
        );
    }
}

#[tokio::test]
async fn only_the_questions_own_token_is_an_answer() {
    for (engine, _store) in every_engine().await {
        prepared_for_consent(&engine).await;
        let ctx = mia(&engine, NOW).await;
        let run = run(&engine, "wiki", &["email"], NOW);
        for given in [
            json!({}),
            json!({ "token": "" }),
            json!({ "token": "guess" }),
            json!({ "component": "ak-stage-dummy" }),
        ] {
            let step = send(&engine, &ctx, &run, Some(given.clone())).await;
            assert!(asked(&step).is_some(), "{given}");
        }
        let first = send(&engine, &ctx, &run, None).await;
        let second = send(&engine, &ctx, &run, None).await;
        let cookie = second
            .run
            .as_ref()
            .and_then(|held| held.cookie.clone())
            .expect("a cookie");
        let foreign = json!({ "token": asked(&first).expect("a question").token });
        let step = go_on(&engine, &ctx, &run.id, &cookie, Some(foreign)).await;
        assert!(asked(&step).is_some(), "another question's token");
    }
}

#[tokio::test]
async fn a_consent_is_its_owners_and_goes_with_the_application() {
    for (engine, _store) in every_engine().await {
        prepared_for_consent(&engine).await;
        add_user(&engine, 8, "dan").await;
        let ctx = mia(&engine, NOW).await;
        agree(&engine, &ctx, "wiki", &["email"])
            .await
            .expect("a question");
        let kind = registered("authentik_core.userconsent");
        let dan = engine.person(8).await.expect("a look").expect("a person");
        for (who, count) in [(&ctx, 1), (&stranger(NOW).acting_as(&dan), 0)] {
            let shown = list(&engine, who, kind, &Params::default())
                .await
                .expect("a list");
            assert_eq!(shown["pagination"]["count"], count);
        }
        let app = registered("authentik_core.application");
        let admin = Context::system(NOW);
        crate::resource::delete(&engine, &admin, app, "wiki")
            .await
            .expect("gone");
        let shown = list(&engine, &ctx, kind, &Params::default())
            .await
            .expect("a list");
        assert_eq!(shown["pagination"]["count"], 0);
    }
}
