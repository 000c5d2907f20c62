//! Runs that were left for a while: what they rest on may be gone when they go on.

use super::*;
use crate::flow::run::{Proof, Run};
use crate::policy::{Policy, Question, Rule};

const FLOW: &str = r"
version: 1
metadata: { name: parked }
entries:
  - { model: authentik_stages_password.passwordstage, id: password, identifiers: { name: p-password },
      attrs: { backends: [authentik.core.auth.InbuiltBackend] } }
  - { model: authentik_stages_identification.identificationstage, id: name, identifiers: { name: p-name },
      attrs: { user_fields: [username], password_stage: !KeyOf password } }
  - { model: authentik_stages_prompt.prompt, id: new, identifiers: { name: p-new },
      attrs: { field_key: password, label: New password, type: password } }
  - { model: authentik_stages_prompt.promptstage, id: form, identifiers: { name: p-form },
      attrs: { fields: [!KeyOf new] } }
  - { model: authentik_stages_user_write.userwritestage, id: write, identifiers: { name: p-write },
      attrs: { user_creation_mode: never_create } }
  - { model: authentik_stages_user_delete.userdeletestage, id: delete, identifiers: { name: p-delete } }
  - { model: authentik_flows.flow, id: change, identifiers: { slug: change },
      attrs: { name: Change, title: Change, designation: recovery } }
  - { model: authentik_flows.flowstagebinding, identifiers: { target: !KeyOf change, stage: !KeyOf name, order: 0 } }
  - { model: authentik_flows.flowstagebinding, identifiers: { target: !KeyOf change, stage: !KeyOf form, order: 1 } }
  - { model: authentik_flows.flowstagebinding, identifiers: { target: !KeyOf change, stage: !KeyOf write, order: 2 } }
  - { model: authentik_flows.flow, id: leave, identifiers: { slug: leave },
      attrs: { name: Leave, title: Leave, designation: unenrollment } }
  - { model: authentik_flows.flowstagebinding, identifiers: { target: !KeyOf leave, stage: !KeyOf name, order: 0 } }
  - { model: authentik_flows.flowstagebinding, identifiers: { target: !KeyOf leave, stage: !KeyOf delete, order: 1 } }
";

fn acting() -> Visit {
    Visit {
        may_act: true,
        ..Visit::default()
    }
}

/// Begins a flow and answers its first card with name and password.
async fn proven(engine: &Engine, slug: &'static str) -> Step {
    let start = Start {
        slug,
        ..Start::default()
    };
    let begun = begin(engine, &stranger(NOW), &acting(), start).await;
    let step = begun.expect("no fault").expect("a flow");
    let who = json!({ "uid_field": "mia", "password": "pw" });
    go_on(engine, slug, &step, None, who).await
}

async fn go_on(
    engine: &Engine,
    slug: &'static str,
    step: &Step,
    cookie: Option<&str>,
    given: serde_json::Value,
) -> Step {
    let held = step.run.as_ref().expect("a run");
    let kept = Kept {
        slug,
        handle: &held.id,
        cookie: held.cookie.as_deref().or(cookie).expect("a cookie"),
    };
    let given = answer(given);
    let step = resume(engine, &stranger(NOW), &acting(), kept, Some(&given)).await;
    step.expect("no fault").expect("a run")
}

async fn password_changes(engine: &Engine) {
    let mut tx = engine.store.begin().await.expect("a transaction");
    user::set_password(&mut tx, 7, "!new", NOW + 1)
        .await
        .expect("a password");
    change::record(&mut tx, Topic::User, 7, NOW)
        .await
        .expect("a change");
    engine.commit(tx).await.expect("a commit");
}

async fn row(engine: &Engine) -> Option<user::UserRow> {
    let mut tx = engine.store.read().await.expect("a transaction");
    user::find(&mut tx, 7).await.expect("an answer")
}

/// Whoever knew the old password has parked at the form: once it is replaced, they write nothing.
#[tokio::test]
async fn a_run_that_rests_on_a_replaced_password_writes_and_deletes_nothing() {
    for (engine, _store) in every_engine().await {
        prepared(&engine).await;
        let made = blueprint::apply_text(&engine, NOW, FLOW).await;
        made.expect("the flows");
        let form = proven(&engine, "change").await;
        let last = proven(&engine, "leave").await;
        assert!(matches!(form.next, Next::Show(_)) && matches!(last.next, Next::Show(_)));
        password_changes(&engine).await;
        let mine = json!({ "password": "the attacker's own words" });
        let written = go_on(&engine, "change", &form, None, mine).await;
        assert!(matches!(written.next, Next::Refused(..)), "{written:?}");
        let deleted = go_on(&engine, "leave", &last, None, json!({})).await;
        assert!(matches!(deleted.next, Next::Refused(..)), "{deleted:?}");
        assert_eq!(row(&engine).await.expect("mia").password, "!new");
    }
}

/// The password alone deletes nothing: there is a question after it.
#[tokio::test]
async fn an_account_is_deleted_only_after_the_last_question() {
    for (engine, _store) in every_engine().await {
        prepared(&engine).await;
        let made = blueprint::apply_text(&engine, NOW, FLOW).await;
        made.expect("the flows");
        let asked = proven(&engine, "leave").await;
        let Next::Show(challenge) = &asked.next else {
            panic!("{asked:?}")
        };
        assert!(matches!(challenge.ask, Ask::DeleteAccount { .. }));
        assert!(row(&engine).await.is_some());
        go_on(&engine, "leave", &asked, None, json!({})).await;
        assert!(row(&engine).await.is_none());
    }
}

#[test]
fn what_one_person_proved_counts_for_nobody_else() {
    let mut run = Run::new(Start::default(), &Visit::default(), NOW);
    run.prove(7, Proof::Enrolled, 1);
    run.proofs.push(Proof::Device);
    run.prove(8, Proof::Password, 2);
    assert!(run.has(Proof::Password) && !run.has(Proof::Device) && !run.has(Proof::Enrolled));
    assert_eq!(run.auth_method(), "password");
}

/// CVE-2024-47070: the address that is left is the proxy's own, which looks like the home network.
#[tokio::test]
async fn an_expression_about_the_address_fails_when_nobody_can_read_it() {
    for (engine, _store) in every_engine().await {
        let policy = Policy {
            kind: String::new(),
            execution_logging: false,
            pk: "p".into(),
            name: "home".into(),
            rule: Rule::Expression {
                expression: "return ak_client_ip.is_private".into(),
            },
        };
        let snapshot = engine.snapshot();
        let said = async |client_source| {
            let ctx = Context {
                client_ip: "10.0.0.2".parse().expect("an address"),
                client_source,
                ..stranger(NOW)
            };
            let question = Question::new(&snapshot, &ctx, None);
            let ruling = engine.rule_on(&question, &policy).await;
            ruling.map(|ruling| ruling.passing)
        };
        assert_eq!(said(crate::ClientSource::Connection).await, Ok(true));
        assert!(said(crate::ClientSource::Unreadable).await.is_err());
    }
}

/// What people type is in the context of policies, and an exception's words may repeat it.
#[tokio::test]
async fn what_was_typed_is_in_no_failure_of_a_policy() {
    for (engine, _store) in every_engine().await {
        let policy = Policy {
            kind: String::new(),
            execution_logging: false,
            pk: "p".into(),
            name: "pin".into(),
            rule: Rule::Expression {
                expression: "return int(request.context['prompt_data']['pin']) > 1".into(),
            },
        };
        let facts = crate::policy::FlowFacts {
            context: vec![(
                "prompt_data".into(),
                crate::expression::Kind::Json,
                json!({ "pin": "correct-horse" }),
            )],
            ..Default::default()
        };
        let (snapshot, ctx) = (engine.snapshot(), stranger(NOW));
        let question = Question {
            flow: Some(&facts),
            ..Question::new(&snapshot, &ctx, None)
        };
        let failure = engine
            .rule_on(&question, &policy)
            .await
            .expect_err("no number");
        assert!(
            failure.contains("ValueError") && !failure.contains("correct"),
            "{failure}"
        );
    }
}
