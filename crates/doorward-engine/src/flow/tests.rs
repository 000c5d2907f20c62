//! Runs on both stores: a proven run is a row, one answer wins it, and it ends in time.

use serde_json::json;

use super::*;
use crate::testing::{NOW, add_user, every_engine};
use crate::{Actor, blueprint};
use doorward_store::expiry::{Expiring, purge};
use doorward_store::{Topic, change, session, user};

mod equal_work;

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
    let mut tx = engine.store.begin().await.expect("a transaction");
    user::set_password(&mut tx, 7, &hash, NOW)
        .await
        .expect("a password");
    change::record(&mut tx, Topic::User, 7, NOW)
        .await
        .expect("a change");
    engine.commit(tx).await.expect("a commit");
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
    let start = Start {
        slug: "pausing",
        ..Start::default()
    };
    let begun = begin(engine, &ctx, &visit, start)
        .await
        .expect("no fault")
        .expect("a flow");
    let held = begun.run.expect("a run");
    let cookie = held.cookie.expect("a cookie");
    assert_eq!(
        rows(engine, &held.id, &cookie).await,
        0,
        "nothing is written for a stranger"
    );
    let kept = Kept {
        slug: "pausing",
        handle: &held.id,
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

/// PBKDF2 of `pw-mia` and `pw-dan`, one round, salt "salt": imported, and no work in a test.
const IMPORTED: [(i64, &str, &str); 2] = [
    (
        7,
        "mia",
        "pbkdf2_sha256$1$salt$B+IN1zwdt9il0VDQ3nORAqf0OZVTf2Svr+8tU5/TNYg=",
    ),
    (
        8,
        "dan",
        "pbkdf2_sha256$1$salt$xVI/7PYLQ+LQ2omrIdYpPNtCr/9g4n52bOQy4B6K+AE=",
    ),
];

const STEPS: &str = r"
version: 1
metadata: { name: tests }
entries:
  - model: authentik_stages_identification.identificationstage
    id: name
    identifiers: { name: steps-name }
    attrs: { user_fields: [username] }
  - model: authentik_stages_password.passwordstage
    id: password
    identifiers: { name: steps-password }
    attrs: { backends: [authentik.core.auth.InbuiltBackend] }
  - model: authentik_stages_user_login.userloginstage
    id: login
    identifiers: { name: steps-login }
    attrs: { remember_me_offset: days=30 }
  - model: authentik_flows.flow
    id: flow
    identifiers: { slug: steps }
    attrs: { name: Steps, title: Sign in, designation: authentication }
  - model: authentik_flows.flowstagebinding
    identifiers: { target: !KeyOf flow, stage: !KeyOf name, order: 10 }
  - model: authentik_flows.flowstagebinding
    identifiers: { target: !KeyOf flow, stage: !KeyOf password, order: 20 }
    attrs: { invalid_response_action: restart_with_context }
  - model: authentik_flows.flowstagebinding
    identifiers: { target: !KeyOf flow, stage: !KeyOf login, order: 30 }
";

/// Something that a browser may do with a run that it keeps, or with one it kept before.
#[derive(Clone, Copy, Debug)]
enum Act {
    Begin,
    Look(usize),
    Answer(usize, usize),
}

/// What a browser keeps, and whose passwords were answered on the way there.
#[derive(Clone, Default)]
struct Line {
    handle: String,
    cookie: String,
    passwords: Vec<i64>,
}

fn answers() -> Vec<(serde_json::Value, Option<i64>)> {
    vec![
        (json!({}), None),
        (json!({ "uid_field": "mia" }), None),
        (json!({ "uid_field": "dan" }), None),
        (json!({ "uid_field": "nobody" }), None),
        (json!({ "password": "pw-mia" }), Some(7)),
        (json!({ "password": "pw-dan" }), Some(8)),
        (json!({ "password": "wrong" }), None),
        (json!({ "uid_field": "dan", "password": "pw-mia" }), Some(7)),
        (json!({ "remember_me": true }), None),
        (
            json!({ "remember_me": false, "user": 8, "pending_user": "dan" }),
            None,
        ),
        (
            json!({ "component": "ak-stage-user-login", "remember_me": true }),
            None,
        ),
        (
            json!({ "component": "ak-stage-password", "password": "pw-dan" }),
            Some(8),
        ),
    ]
}

fn act() -> impl proptest::strategy::Strategy<Value = Act> {
    use proptest::prelude::*;
    prop_oneof![
        1 => Just(Act::Begin),
        1 => (0..8_usize).prop_map(Act::Look),
        8 => (0..8_usize, 0..answers().len()).prop_map(|(line, answer)| Act::Answer(line, answer)),
    ]
}

/// Whatever is done in whatever order, with cookies old and new: whoever ends up signed in gave
/// their password on the very line that the cookie comes from.
async fn nobody_without_their_password(engine: &Engine, acts: &[Act]) -> usize {
    let mut lines: Vec<Line> = Vec::new();
    let mut signed_in = 0;
    for act in acts {
        let (step, before) = done(engine, &lines, *act).await;
        let Some(step) = step else { continue };
        if let SessionChange::SignedIn(new) = &step.session {
            let whose = [7, 8].into_iter().find(|id| new.uid == uid(engine, *id));
            assert!(
                before.passwords.contains(&whose.expect("a person")),
                "{acts:?}"
            );
            signed_in += 1;
        }
        if let Some(Held {
            id,
            cookie: Some(cookie),
        }) = step.run
        {
            let handle = if before.handle.is_empty() {
                id
            } else {
                before.handle
            };
            lines.push(Line {
                handle,
                cookie,
                ..before
            });
        }
    }
    signed_in
}

/// Does one thing; answers what came of it, and the line it was done on.
async fn done(engine: &Engine, lines: &[Line], act: Act) -> (Option<Step>, Line) {
    let (ctx, visit) = (
        stranger(NOW),
        Visit {
            may_act: true,
            ..Visit::default()
        },
    );
    let (line, given) = match act {
        Act::Look(line) => (line, None),
        Act::Answer(line, at) => (line, Some(answers().swap_remove(at))),
        Act::Begin => {
            let start = Start {
                slug: "steps",
                ..Start::default()
            };
            let step = begin(engine, &ctx, &visit, start).await.expect("no fault");
            return (step, Line::default());
        }
    };
    // Counted from the newest, but any: old cookies are what an attacker has.
    let line = &lines[lines.len() - 1 - line % lines.len()];
    let kept = Kept {
        slug: "steps",
        handle: &line.handle,
        cookie: &line.cookie,
    };
    let (fields, password) = given.unzip();
    let fields = fields.map(answer);
    let step = resume(engine, &ctx, &visit, kept, fields.as_ref())
        .await
        .expect("no fault");
    let passwords = line
        .passwords
        .iter()
        .copied()
        .chain(password.flatten())
        .collect();
    (
        step,
        Line {
            passwords,
            ..line.clone()
        },
    )
}

fn uid(engine: &Engine, id: i64) -> String {
    crate::person::uid(id, &engine.snapshot().install_id)
}

#[test]
fn no_order_of_answers_signs_in_anybody_whose_password_was_not_given() {
    use proptest::test_runner::{Config, TestRunner};
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build();
    let runtime = runtime.expect("a runtime");
    let store = runtime.block_on(doorward_store::testing::sqlite());
    let engine = runtime.block_on(async {
        let mut settings = crate::testing::settings();
        (
            settings.throttle.account_free,
            settings.throttle.address_free,
        ) = (u32::MAX, u32::MAX);
        let engine = crate::testing::engine_with(&store.store, settings).await;
        blueprint::apply_text(&engine, NOW, STEPS)
            .await
            .expect("the flow");
        for (id, name, encoded) in IMPORTED {
            add_user(&engine, id, name).await;
            set_password(&engine, id, encoded, NOW).await;
        }
        engine
    });
    let signed_in = std::cell::Cell::new(0);
    let mut runner = TestRunner::new(Config {
        cases: 150,
        failure_persistence: None,
        ..Config::default()
    });
    let acts = proptest::collection::vec(act(), 4..24);
    let held = runner.run(&acts, |acts| {
        let mut whole = vec![Act::Begin];
        whole.extend(acts);
        let found = runtime.block_on(nobody_without_their_password(&engine, &whole));
        signed_in.set(signed_in.get() + found);
        Ok(())
    });
    held.expect("the rule holds");
    assert!(signed_in.get() > 0, "some orders do sign in");
}
