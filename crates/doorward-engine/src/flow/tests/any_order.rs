//! Whatever is answered in whatever order, with cookies old and new: nobody is signed in whose
//! password was not given on the way. The orders are made up by proptest.

use super::*;

/// PBKDF2 of `pw-mia` and `pw-dan`, one round, salt "salt": imported, and no work in a test.
pub(super) const IMPORTED: [(i64, &str, &str); 2] = [
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
