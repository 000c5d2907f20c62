//! What a stranger who makes an account learns about others, and how much of it (decision 37).

use super::*;

fn flow(kind: &str) -> String {
    format!(
        "version: 1\nentries:\n\
         - {{ model: authentik_stages_prompt.prompt, id: name, identifiers: {{ name: t-name }}, \
              attrs: {{ field_key: username, label: User name, type: {kind} }} }}\n\
         - {{ model: authentik_stages_prompt.promptstage, id: form, identifiers: {{ name: t-form }}, attrs: {{ fields: [!KeyOf name] }} }}\n\
         - {{ model: authentik_stages_dummy.dummystage, id: next, identifiers: {{ name: t-next }} }}\n\
         - {{ model: authentik_flows.flow, id: flow, identifiers: {{ slug: join }}, attrs: {{ name: J, title: J, designation: enrollment }} }}\n\
         - {{ model: authentik_flows.flowstagebinding, identifiers: {{ target: !KeyOf flow, stage: !KeyOf form, order: 0 }} }}\n\
         - {{ model: authentik_flows.flowstagebinding, identifiers: {{ target: !KeyOf flow, stage: !KeyOf next, order: 1 }} }}\n"
    )
}

/// What the form says to somebody at `address` who wants this name.
async fn said(engine: &Engine, address: &str, name: &str) -> Option<Mistake> {
    let ctx = Context {
        client_ip: address.parse().expect("an address"),
        ..stranger(NOW)
    };
    let visit = Visit {
        may_act: true,
        ..Visit::default()
    };
    let start = Start {
        slug: "join",
        ..Start::default()
    };
    let step = begin(engine, &ctx, &visit, start).await;
    let held = step.expect("no fault").expect("a flow").run.expect("a run");
    let kept = Kept {
        slug: "join",
        handle: &held.id,
        cookie: held.cookie.as_deref().expect("a cookie"),
    };
    let typed = answer(json!({ "username": name }));
    let step = resume(engine, &ctx, &visit, kept, Some(&typed)).await;
    match step.expect("no fault").expect("a run").next {
        Next::Show(challenge) => challenge.mistakes.first().cloned(),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn that_a_name_is_taken_is_told_so_often_to_one_address_and_then_nothing_more() {
    for (engine, _store) in every_engine().await {
        add_user(&engine, 7, "mia").await;
        let free = engine.settings.throttle.address_free;
        for (network, kind) in ["192.0.2.1", "198.51.100.1"]
            .into_iter()
            .zip(["username", "text"])
        {
            let applied = blueprint::apply_text(&engine, NOW, &flow(kind)).await;
            applied.expect("the flow");
            let taken = Mistake::said("username", "Username is already taken.");
            for _ in 0..free {
                assert_eq!(said(&engine, network, "dan").await, None, "{kind}");
                let answer = said(&engine, network, "MIA").await;
                assert_eq!(answer, Some(taken.clone()), "{kind}");
            }
            for name in ["mia", "dan"] {
                let answer = said(&engine, network, name).await;
                assert!(
                    matches!(answer, Some(Mistake::TooMany { .. })),
                    "{kind} {answer:?}"
                );
            }
            assert_eq!(
                said(&engine, "203.0.113.9", "mia").await,
                Some(taken),
                "{kind}"
            );
        }
    }
}
