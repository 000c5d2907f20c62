//! Runs on both stores: a proven run is a row, one answer wins it, and it ends in time.

use serde_json::json;

use super::*;
use crate::testing::{NOW, add_user, every_engine};
use crate::{Actor, blueprint};
use doorward_store::expiry::{Expiring, purge};
use doorward_store::{Topic, change, session, user};

mod any_order;
mod captcha;
mod consents;
mod devices;
mod entrances;
mod equal_work;
mod every_stage;
mod invitations;
mod names;
mod parked;
mod prompt_expressions;
mod recovery;
mod reputations;
mod rules;
mod sources;
mod taken_names;

const FLOWS: &str = r"
version: 1
metadata: { name: tests }
entries:
  - model: authentik_stages_password.passwordstage
    id: password
    identifiers: { name: test-password }
    attrs: { backends: [authentik.core.auth.InbuiltBackend] }
  - model: authentik_stages_identification.identificationstage
    id: name
    identifiers: { name: test-name }
    attrs: { user_fields: [username], password_stage: !KeyOf password }
  - model: authentik_stages_user_login.userloginstage
    id: login
    identifiers: { name: test-login }
    attrs: { remember_me_offset: days=30, session_duration: hours=8 }
  - model: authentik_flows.flow
    id: flow
    identifiers: { slug: pausing }
    attrs: { name: Pausing, title: Sign in, designation: authentication }
  - model: authentik_flows.flowstagebinding
    identifiers: { target: !KeyOf flow, stage: !KeyOf name, order: 10 }
  - model: authentik_flows.flowstagebinding
    identifiers: { target: !KeyOf flow, stage: !KeyOf login, order: 20 }
";

fn stranger(now: i64) -> Context {
    Context {
        actor: Actor::Anonymous,
        ..Context::system(now)
    }
}

fn answer(fields: serde_json::Value) -> Answer {
    Answer::from_json(fields).expect("an object")
}

async fn prepared(engine: &Engine) {
    blueprint::apply_text(engine, NOW, FLOWS)
        .await
        .expect("the flows");
    add_user(engine, 7, "mia").await;
    let hash = engine
        .hashes
        .hash("pw".to_owned())
        .await
        .expect("a free queue")
        .expect("a hash");
    set_password(engine, 7, &hash, NOW).await;
}

/// Begins a run of `pausing`; its handle and its cookie.
async fn begun(engine: &Engine, ctx: &Context, visit: &Visit) -> (String, String) {
    let start = Start {
        slug: "pausing",
        ..Start::default()
    };
    let step = begin(engine, ctx, visit, start)
        .await
        .expect("no fault")
        .expect("a flow");
    let held = step.run.expect("a run");
    (held.id, held.cookie.expect("a cookie"))
}

/// Begins a run and proves the password; answers what the browser keeps.
async fn proven(engine: &Engine) -> Held {
    let (ctx, visit) = (
        stranger(NOW),
        Visit {
            may_act: true,
            ..Visit::default()
        },
    );
    let (handle, cookie) = begun(engine, &ctx, &visit).await;
    assert_eq!(
        rows(engine, &handle, &cookie).await,
        0,
        "nothing is written for a stranger"
    );
    let kept = Kept {
        slug: "pausing",
        handle: &handle,
        cookie: &cookie,
    };
    let right = answer(json!({ "uid_field": "mia", "password": "pw" }));
    let step = resume(engine, &ctx, &visit, kept, Some(&right))
        .await
        .expect("no fault");
    let step = step.expect("a run");
    let Next::Show(challenge) = &step.next else {
        panic!("{step:?}")
    };
    assert_eq!(challenge.ask, Ask::UserLogin);
    assert_eq!(challenge.pending_user, "mia");
    step.run.expect("a run")
}

/// Answers what the run that `step` holds asks, in the browser that holds it.
async fn answered(engine: &Engine, slug: &str, step: &Step, given: serde_json::Value) -> Step {
    let held = step.run.as_ref().expect("a run");
    let kept = Kept {
        slug,
        handle: &held.id,
        cookie: held.cookie.as_deref().expect("a cookie"),
    };
    let visit = Visit {
        may_act: true,
        ..Visit::default()
    };
    let step = resume(engine, &stranger(NOW), &visit, kept, Some(&answer(given))).await;
    step.expect("no fault").expect("a run")
}

async fn rows(engine: &Engine, id: &str, cookie: &str) -> usize {
    assert!(!cookie.contains(id));
    let mut tx = engine.store.begin().await.expect("a transaction");
    let purged = purge(&mut tx, Expiring::FlowRuns, i64::MAX)
        .await
        .expect("a count");
    usize::try_from(purged).expect("few")
}

#[tokio::test]
async fn of_two_answers_to_one_step_one_signs_in_on_both_stores() {
    for (engine, _store) in every_engine().await {
        prepared(&engine).await;
        let held = proven(&engine).await;
        let cookie = held.cookie.clone().expect("a cookie");
        let (ctx, visit) = (
            stranger(NOW),
            Visit {
                may_act: true,
                ..Visit::default()
            },
        );
        let kept = Kept {
            slug: "pausing",
            handle: &held.id,
            cookie: &cookie,
        };
        let yes = answer(json!({ "remember_me": true }));
        let both = tokio::join!(
            resume(&engine, &ctx, &visit, kept, Some(&yes)),
            resume(&engine, &ctx, &visit, kept, Some(&yes)),
        );
        let signed_in = |step: Option<Step>| match step.map(|step| step.session) {
            Some(SessionChange::SignedIn(new)) => Some(new),
            _ => None,
        };
        let winners = [both.0, both.1].map(|step| signed_in(step.expect("no fault")));
        let mut winners = winners.into_iter().flatten();
        let new = winners.next().expect("one winner");
        assert!(winners.next().is_none(), "the other finds the run gone");
        assert_eq!(new.max_age_s, Some(30 * 86_400 + 8 * 3600));
        let mut tx = engine.store.read().await.expect("a transaction");
        let sessions = session::of_user(&mut tx, 7, NOW).await.expect("a list");
        assert_eq!(sessions.len(), 1);
        assert_eq!(sessions[0].id, new.session_id);
    }
}

#[tokio::test]
async fn a_run_is_gone_after_half_an_hour_on_both_stores() {
    for (engine, _store) in every_engine().await {
        prepared(&engine).await;
        let held = proven(&engine).await;
        let cookie = held.cookie.clone().expect("a cookie");
        let visit = Visit::default();
        let kept = Kept {
            slug: "pausing",
            handle: &held.id,
            cookie: &cookie,
        };
        let late = stranger(NOW + RUN_MS);
        assert!(
            resume(&engine, &late, &visit, kept, None)
                .await
                .expect("no fault")
                .is_none()
        );
        let foreign = Kept {
            handle: "another",
            ..kept
        };
        let in_time = stranger(NOW + RUN_MS - 1);
        assert!(
            resume(&engine, &in_time, &visit, foreign, None)
                .await
                .expect("no fault")
                .is_none()
        );
        assert!(
            resume(&engine, &in_time, &visit, kept, None)
                .await
                .expect("no fault")
                .is_some()
        );
    }
}

async fn set_password(engine: &Engine, id: i64, encoded: &str, now: i64) {
    let mut tx = engine.store.begin().await.expect("a transaction");
    user::set_password(&mut tx, id, encoded, now)
        .await
        .expect("a password");
    change::record(&mut tx, Topic::User, id, now)
        .await
        .expect("a change");
    engine.commit(tx).await.expect("a commit");
}

#[tokio::test]
async fn a_password_that_was_changed_meanwhile_proves_nothing() {
    for (engine, _store) in every_engine().await {
        prepared(&engine).await;
        let held = proven(&engine).await;
        let cookie = held.cookie.clone().expect("a cookie");
        set_password(&engine, 7, "!", NOW + 1).await;
        let (ctx, visit) = (
            stranger(NOW + 2),
            Visit {
                may_act: true,
                ..Visit::default()
            },
        );
        let kept = Kept {
            slug: "pausing",
            handle: &held.id,
            cookie: &cookie,
        };
        let yes = answer(json!({ "remember_me": true }));
        let step = resume(&engine, &ctx, &visit, kept, Some(&yes))
            .await
            .expect("no fault");
        let step = step.expect("a run");
        assert!(
            matches!(step.next, Next::Refused(Refusal::Inactive, _)),
            "{step:?}"
        );
        assert!(matches!(step.session, SessionChange::Keep));
    }
}
