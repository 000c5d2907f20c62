//! Prompts whose texts are expressions, and policies that say why a flow is not for somebody.

use super::*;

const FLOW: &str = r#"
version: 1
metadata: { name: prompts }
entries:
  - { model: authentik_stages_prompt.prompt, id: first, identifiers: { name: p-first },
      attrs: { field_key: first, label: First, type: text, initial_value_expression: true,
               initial_value: "return 'Hello ' + user.username", order: 1 } }
  - { model: authentik_stages_prompt.prompt, id: color, identifiers: { name: p-color },
      attrs: { field_key: color, label: Color, type: dropdown, placeholder_expression: true, order: 2,
               placeholder: "return [{'value': 'r', 'label': 'Red'}, 'blue']" } }
  - { model: authentik_stages_prompt.prompt, id: level, identifiers: { name: p-level },
      attrs: { field_key: level, label: Level, type: hidden, initial_value_expression: true, order: 3,
               initial_value: "return 2 + 1" } }
  - { model: authentik_stages_prompt.prompt, id: second, identifiers: { name: p-second },
      attrs: { field_key: second, label: Second, type: text, initial_value_expression: true,
               initial_value: "return prompt_context['color'] + '/' + prompt_context['level']" } }
  - { model: authentik_stages_prompt.prompt, id: broken, identifiers: { name: p-broken },
      attrs: { field_key: broken, label: Broken, type: text, placeholder_expression: true,
               placeholder: "return prompt_context['nothing']" } }
  - { model: authentik_stages_prompt.promptstage, id: one, identifiers: { name: p-one },
      attrs: { fields: [!KeyOf first, !KeyOf color, !KeyOf level] } }
  - { model: authentik_stages_prompt.promptstage, id: two, identifiers: { name: p-two },
      attrs: { fields: [!KeyOf second] } }
  - { model: authentik_stages_prompt.promptstage, id: three, identifiers: { name: p-three },
      attrs: { fields: [!KeyOf broken] } }
  - { model: authentik_flows.flow, id: flow, identifiers: { slug: prompts },
      attrs: { name: Prompts, title: Prompts, designation: enrollment } }
  - { model: authentik_flows.flowstagebinding, identifiers: { target: !KeyOf flow, stage: !KeyOf one, order: 0 } }
  - { model: authentik_flows.flowstagebinding, identifiers: { target: !KeyOf flow, stage: !KeyOf two, order: 1 } }
  - { model: authentik_flows.flowstagebinding, identifiers: { target: !KeyOf flow, stage: !KeyOf three, order: 2 } }
  - { model: authentik_policies_expression.expressionpolicy, id: closed, identifiers: { name: p-closed },
      attrs: { expression: "ak_message('Closed in ' + context['flow_plan'].flow_slug + '.')\nreturn False" } }
  - { model: authentik_policies_dummy.dummypolicy, id: no, identifiers: { name: p-no }, attrs: { result: false } }
  - { model: authentik_flows.flow, id: shut, identifiers: { slug: shut },
      attrs: { name: Shut, title: Shut, designation: enrollment } }
  - { model: authentik_policies.policybinding, identifiers: { target: !KeyOf shut, policy: !KeyOf closed, order: 0 } }
  - { model: authentik_flows.flow, id: silent, identifiers: { slug: silent },
      attrs: { name: Silent, title: Silent, designation: enrollment } }
  - { model: authentik_policies.policybinding, identifiers: { target: !KeyOf silent, policy: !KeyOf no, order: 0 } }
"#;

async fn opened(engine: &Engine, slug: &str) -> Step {
    let start = Start {
        slug,
        ..Start::default()
    };
    let visit = Visit::default();
    let step = begin(engine, &stranger(NOW), &visit, start).await;
    step.expect("no fault").expect("a flow")
}

async fn filled(engine: &Engine, step: &Step, given: serde_json::Value) -> Step {
    answered(engine, "prompts", step, given).await
}

fn fields(step: &Step) -> Vec<PromptField> {
    match &step.next {
        Next::Show(challenge) => match &challenge.ask {
            Ask::Prompt(ask) => ask.fields.clone(),
            other => panic!("{other:?}"),
        },
        other => panic!("{other:?}"),
    }
}

async fn prepared(engine: &Engine) {
    blueprint::apply_text(engine, NOW, FLOW)
        .await
        .expect("the flows");
}

/// api-and-model.md 6.3: text, or a list of texts and of `{label, value}`.
#[tokio::test]
async fn a_prompt_stands_as_its_expressions_say() {
    for (engine, _store) in every_engine().await {
        prepared(&engine).await;
        let form = opened(&engine, "prompts").await;
        let [first, color, level] = &fields(&form)[..] else {
            panic!("three fields")
        };
        assert_eq!(first.initial_value, "Hello AnonymousUser");
        let choices = color.choices.as_ref().expect("choices");
        let choices: Vec<_> = choices
            .iter()
            .map(|one| (&*one.value, &*one.label))
            .collect();
        assert_eq!(choices, [("r", "Red"), ("blue", "blue")]);
        assert_eq!(level.initial_value, "3");
        let odd = json!({ "first": "x", "color": "green", "level": "9" });
        assert_eq!(fields(&filled(&engine, &form, odd).await).len(), 3);
        // What is hidden keeps its own value, whatever is sent.
        let right = json!({ "first": "x", "color": "r", "level": "9" });
        let next = filled(&engine, &form, right).await;
        assert_eq!(fields(&next)[0].initial_value, "r/3");
    }
}

/// CVE-2024-47070: what cannot be evaluated is not guessed.
#[tokio::test]
async fn a_prompt_that_cannot_be_evaluated_ends_the_run_and_leaves_an_event() {
    for (engine, _store) in every_engine().await {
        prepared(&engine).await;
        let form = opened(&engine, "prompts").await;
        let next = filled(&engine, &form, json!({ "first": "x", "color": "r" })).await;
        let ended = filled(&engine, &next, json!({ "second": "y" })).await;
        assert!(
            matches!(&ended.next, Next::Refused(Refusal::Undecidable, _)),
            "{ended:?}"
        );
        let waited = async {
            loop {
                let mut tx = engine.store.read().await.expect("a transaction");
                let word = "property_mapping_exception";
                let found = doorward_store::event::latest(&mut tx, -1, "", word, 1).await;
                if let Some(event) = found.expect("a list").pop() {
                    return event;
                }
                drop(tx);
                tokio::task::yield_now().await;
            }
        };
        let patience = std::time::Duration::from_secs(10);
        let event = tokio::time::timeout(patience, waited)
            .await
            .expect("an event");
        assert!(event.context.contains("KeyError"), "{}", event.context);
    }
}

#[tokio::test]
async fn a_policy_of_the_flow_itself_says_why() {
    for (engine, _store) in every_engine().await {
        prepared(&engine).await;
        let refused = opened(&engine, "shut").await;
        let Next::Refused(refusal, _) = &refused.next else {
            panic!("{refused:?}")
        };
        assert_eq!(refusal.message(), "Closed in shut.");
        let silent = opened(&engine, "silent").await;
        assert!(
            matches!(&silent.next, Next::Refused(Refusal::NotApplicable, _)),
            "{silent:?}"
        );
    }
}
