//! Sources: none can be asked yet, so nobody comes in by one.

use super::*;

const FLOW: &str = r"
version: 1
metadata: { name: sources }
entries:
  - { model: authentik_stages_source.sourcestage, id: source, identifiers: { name: elsewhere }, attrs: { source: !Find [authentik_core.source, [managed, goauthentik.io/sources/inbuilt]] } }
  - { model: authentik_flows.flow, id: flow, identifiers: { slug: by-source }, attrs: { name: S, title: S, designation: authentication } }
  - { model: authentik_flows.flowstagebinding, identifiers: { target: !KeyOf flow, stage: !KeyOf source, order: 0 } }
  - { model: authentik_flows.flowstagebinding, identifiers: { target: !KeyOf flow, stage: !Find [authentik_stages_user_login.userloginstage, [name, default-source-authentication-login]], order: 1 } }
";

async fn refusal(engine: &Engine, slug: &str) -> Refusal {
    let visit = Visit {
        may_act: true,
        ..Visit::default()
    };
    let start = Start {
        slug,
        ..Start::default()
    };
    let step = begin(engine, &stranger(NOW), &visit, start).await;
    match step.expect("no fault").expect("a flow").next {
        Next::Refused(refusal, _) => refusal,
        other => panic!("{slug}: {other:?}"),
    }
}

#[tokio::test]
async fn a_source_that_cannot_say_who_somebody_is_lets_nobody_on() {
    for (engine, _store) in every_engine().await {
        let defaults = blueprint::apply_defaults(&engine, NOW).await;
        assert!(defaults.expect("the defaults"));
        let applied = blueprint::apply_text(&engine, NOW, FLOW).await;
        applied.expect("the flow, with the built-in source");
        assert_eq!(refusal(&engine, "by-source").await, Refusal::NoSource);
    }
}

/// api-and-model.md 3.7: both exist, and are for whoever a source has sent.
#[tokio::test]
async fn the_flows_of_sources_are_shut_for_whoever_comes_by_themselves() {
    for (engine, _store) in every_engine().await {
        let defaults = blueprint::apply_defaults(&engine, NOW).await;
        assert!(defaults.expect("the defaults"));
        for slug in ["default-source-enrollment", "default-source-authentication"] {
            let refusal = refusal(&engine, slug).await;
            assert_eq!(refusal, Refusal::NotApplicable, "{slug}");
        }
        assert!(
            engine
                .snapshot()
                .flows
                .contains_key("default-source-pre-authentication")
        );
    }
}
