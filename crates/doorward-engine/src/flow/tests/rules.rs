//! Policies that a form's answers must pass, on both stores.

use super::*;
use crate::policy::{Policy, Question, Rule};
use doorward_store::device::{self, DeviceRow};

const FLOW: &str = r#"
version: 1
metadata: { name: rules }
entries:
  - { model: authentik_policies_password.passwordpolicy, id: length, identifiers: { name: r-length },
      attrs: { length_min: 12, error_message: Too short. } }
  - { model: authentik_policies_expression.expressionpolicy, id: own, identifiers: { name: r-own },
      attrs: { expression: "return request.context['prompt_data']['color'] != 'red'" } }
  - { model: authentik_policies_expression.expressionpolicy, id: raises, identifiers: { name: r-raises },
      attrs: { expression: "return request.context['prompt_data']['nothing'] == 1" } }
  - { model: authentik_stages_prompt.prompt, id: password, identifiers: { name: r-password },
      attrs: { field_key: password, label: Password, type: password } }
  - { model: authentik_stages_prompt.prompt, id: color, identifiers: { name: r-color },
      attrs: { field_key: color, label: Color, type: text } }
  - { model: authentik_stages_prompt.promptstage, id: form, identifiers: { name: r-form },
      attrs: { fields: [!KeyOf password, !KeyOf color], validation_policies: [!KeyOf length, !KeyOf own] } }
  - { model: authentik_stages_prompt.promptstage, id: broken, identifiers: { name: r-broken },
      attrs: { fields: [!KeyOf color], validation_policies: [!KeyOf raises] } }
  - { model: authentik_flows.flow, id: flow, identifiers: { slug: rules },
      attrs: { name: Rules, title: Rules, designation: enrollment } }
  - { model: authentik_flows.flowstagebinding, identifiers: { target: !KeyOf flow, stage: !KeyOf form, order: 0 } }
  - { model: authentik_flows.flowstagebinding, identifiers: { target: !KeyOf flow, stage: !KeyOf broken, order: 1 } }
"#;

/// Answers the form whose run `step` holds.
async fn filled(engine: &Engine, step: &Step, given: serde_json::Value) -> Step {
    answered(engine, "rules", step, given).await
}

/// What was wrong with the last answer.
fn against(step: &Step) -> Vec<String> {
    let Next::Show(challenge) = &step.next else {
        panic!("{step:?}")
    };
    let texts = challenge.mistakes.iter().map(|mistake| match mistake {
        Mistake::Said { text, .. } => text.clone(),
        other => format!("{other:?}"),
    });
    texts.collect()
}

#[tokio::test]
async fn answers_pass_every_rule_of_their_form_and_a_rule_that_fails_lets_none_pass() {
    for (engine, _store) in every_engine().await {
        blueprint::apply_text(&engine, NOW, FLOW)
            .await
            .expect("the flow");
        let start = Start {
            slug: "rules",
            ..Start::default()
        };
        let visit = Visit {
            may_act: true,
            ..Visit::default()
        };
        let begun = begin(&engine, &stranger(NOW), &visit, start).await;
        let form = begun.expect("no fault").expect("a flow");
        let both = json!({ "password": "tiny words", "color": "red" });
        let wrong = filled(&engine, &form, both).await;
        assert_eq!(against(&wrong), ["Too short."]);
        let red = json!({ "password": "long enough, this", "color": "red" });
        let wrong = filled(&engine, &wrong, red).await;
        assert_eq!(against(&wrong), ["These answers are not allowed here."]);
        let right = json!({ "password": "long enough, this", "color": "blue" });
        let next = filled(&engine, &wrong, right).await;
        assert!(against(&next).is_empty());
        let failed = filled(&engine, &next, json!({ "color": "blue" })).await;
        assert_eq!(against(&failed), ["A rule could not be evaluated."]);
    }
}

#[tokio::test]
async fn an_expression_learns_which_devices_somebody_has() {
    for (engine, _store) in every_engine().await {
        add_user(&engine, 7, "mia").await;
        let asks = |text: &str| Policy {
            kind: String::new(),
            execution_logging: false,
            rule: Rule::Expression {
                expression: format!("return ak_user_has_authenticator(request.user{text})"),
            },
            pk: "p".into(),
            name: "devices".into(),
        };
        let snapshot = engine.snapshot();
        let mia = engine.person(7).await.expect("an answer").expect("mia");
        let ctx = stranger(NOW);
        let answers = async || {
            let mut answers = Vec::new();
            for text in ["", ", 'totp'", ", 'webauthn'"] {
                let policy = asks(text);
                let question = Question::new(&snapshot, &ctx, Some(&mia));
                let ruling = engine.rule_on(&question, &policy).await;
                answers.push(ruling.expect("an answer").passing);
            }
            answers
        };
        assert_eq!(answers().await, [false, false, false]);
        let app = DeviceRow {
            id: 1,
            user_id: 7,
            kind: "totp".into(),
            name: "Phone".into(),
            confirmed: true,
            data: String::new(),
            credential: None,
            counter: 0,
            created_at: NOW,
            updated_at: NOW,
            last_used_at: None,
        };
        let mut tx = engine.store.begin().await.expect("a transaction");
        device::insert(&mut tx, &app).await.expect("a device");
        engine.commit(tx).await.expect("a commit");
        assert_eq!(answers().await, [true, true, false]);
    }
}

/// What an expression writes into the flow's context is there for the stages after it.
#[tokio::test]
async fn what_a_policy_puts_into_the_context_stays_in_the_run() {
    const SETS: &str = r#"
version: 1
metadata: { name: sets }
entries:
  - { model: authentik_policies_expression.expressionpolicy, id: sets, identifiers: { name: s-sets },
      attrs: { expression: "request.context['prompt_data'] = {'color': 'blue'}\nreturn True" } }
  - { model: authentik_stages_prompt.prompt, id: color, identifiers: { name: s-color },
      attrs: { field_key: color, label: Color, type: text } }
  - { model: authentik_stages_prompt.promptstage, id: form, identifiers: { name: s-form },
      attrs: { fields: [!KeyOf color] } }
  - { model: authentik_flows.flow, id: flow, identifiers: { slug: sets },
      attrs: { name: Sets, title: Sets, designation: enrollment } }
  - { model: authentik_flows.flowstagebinding, id: bound, identifiers: { target: !KeyOf flow, stage: !KeyOf form, order: 0 } }
  - { model: authentik_policies.policybinding, identifiers: { target: !KeyOf bound, policy: !KeyOf sets, order: 0 } }
"#;
    for (engine, _store) in every_engine().await {
        blueprint::apply_text(&engine, NOW, SETS)
            .await
            .expect("the flow");
        let start = Start {
            slug: "sets",
            ..Start::default()
        };
        let begun = begin(&engine, &stranger(NOW), &Visit::default(), start).await;
        let step = begun.expect("no fault").expect("a flow");
        let Next::Show(challenge) = &step.next else {
            panic!("{step:?}")
        };
        let Ask::Prompt(form) = &challenge.ask else {
            panic!("{challenge:?}")
        };
        assert_eq!(form.fields[0].initial_value, "blue");
    }
}
