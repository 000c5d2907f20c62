//! Flows that open only to whoever comes by a link or an invitation, or through an outpost.

use super::recovery::{key, mailing, posted};
use super::*;
use crate::ClientSource;

const FLOWS: &str = r"
version: 1
metadata: { name: entrances }
entries:
  - { model: authentik_stages_dummy.dummystage, id: dummy, identifiers: { name: x-dummy } }
  - { model: authentik_flows.flow, id: token, identifiers: { slug: token }, attrs: { name: T, title: T, designation: enrollment, authentication: require_token } }
  - { model: authentik_flows.flowstagebinding, identifiers: { target: !KeyOf token, stage: !KeyOf dummy, order: 0 } }
  - { model: authentik_flows.flow, id: outpost, identifiers: { slug: outpost }, attrs: { name: O, title: O, designation: authentication, authentication: require_outpost } }
  - { model: authentik_flows.flowstagebinding, identifiers: { target: !KeyOf outpost, stage: !KeyOf dummy, order: 0 } }
  - { model: authentik_stages_invitation.invitation, identifiers: { name: here }, attrs: { flow: !KeyOf token } }
  - { model: authentik_stages_invitation.invitation, identifiers: { name: elsewhere }, attrs: { flow: !KeyOf outpost } }
  - { model: authentik_stages_invitation.invitation, identifiers: { name: anywhere } }
  - { model: authentik_stages_invitation.invitation, identifiers: { name: over }, attrs: { flow: !KeyOf token, expires: 2001-01-01T00:00:00Z } }
  - { model: authentik_stages_identification.identificationstage, id: name, identifiers: { name: x-name }, attrs: { user_fields: [username] } }
  - { model: authentik_stages_email.emailstage, id: mail, identifiers: { name: x-mail }, attrs: { use_global_settings: true } }
  - { model: authentik_stages_redirect.redirectstage, id: on, identifiers: { name: x-on }, attrs: { mode: flow, target_flow: !KeyOf token } }
  - { model: authentik_flows.flow, id: led, identifiers: { slug: led }, attrs: { name: L, title: L, designation: authentication } }
  - { model: authentik_flows.flowstagebinding, identifiers: { target: !KeyOf led, stage: !KeyOf on, order: 0 } }
  - { model: authentik_flows.flow, id: lost, identifiers: { slug: lost }, attrs: { name: L, title: L, designation: recovery } }
  - { model: authentik_flows.flowstagebinding, identifiers: { target: !KeyOf lost, stage: !KeyOf name, order: 0 } }
  - { model: authentik_flows.flowstagebinding, identifiers: { target: !KeyOf lost, stage: !KeyOf mail, order: 1 } }
  - { model: authentik_flows.flowstagebinding, identifiers: { target: !KeyOf lost, stage: !KeyOf on, order: 2 } }
";

async fn houses() -> Vec<(Engine, doorward_store::testing::TestStore)> {
    let mut houses = Vec::new();
    for store in doorward_store::testing::every_engine().await {
        let engine = mailing(&store, "https://auth.example.org").await;
        let applied = blueprint::apply_text(&engine, NOW, FLOWS).await;
        applied.expect("the flows");
        add_user(&engine, 7, "mia").await;
        houses.push((engine, store));
    }
    houses
}

async fn come(engine: &Engine, slug: &str, invitation: Option<&str>, outpost: bool) -> Step {
    let visit = Visit {
        may_act: true,
        ..Visit::default()
    };
    let mut ctx = stranger(NOW);
    if outpost {
        ctx.client_source = ClientSource::Outpost;
    }
    let start = Start {
        slug,
        invitation,
        ..Start::default()
    };
    let step = begin(engine, &ctx, &visit, start).await;
    step.expect("no fault").expect("a flow")
}

fn is_open(step: &Step) -> bool {
    match &step.next {
        Next::Show(_) => true,
        Next::Refused(Refusal::NotApplicable, _) => false,
        other => panic!("{other:?}"),
    }
}

fn invitation(engine: &Engine, name: &str) -> String {
    let snapshot = engine.snapshot();
    let mut all = snapshot.objects(INVITATION).iter();
    let found = all.find(|one| one.config["name"] == name);
    found.expect("an invitation").id.clone()
}

#[tokio::test]
async fn a_flow_that_wants_a_token_opens_to_an_invitation_to_it_and_to_nobody_else() {
    for (engine, _store) in houses().await {
        assert!(!is_open(&come(&engine, "token", None, true).await));
        let unknown = "7f4f2f3e-9d0c-4a44-8f0b-0b7c7c6f5d11";
        assert!(!is_open(&come(&engine, "token", Some(unknown), true).await));
        for (name, opens) in [
            ("here", true),
            ("elsewhere", false),
            ("anywhere", false),
            ("over", false),
        ] {
            let id = invitation(&engine, name);
            let step = come(&engine, "token", Some(&id), false).await;
            assert_eq!(is_open(&step), opens, "{name}");
        }
    }
}

/// api-and-model.md 1.9 and 3.3: a run that goes on by the link of a letter.
#[tokio::test]
async fn a_flow_that_wants_a_token_opens_to_whoever_a_letters_link_leads_there() {
    for (engine, _store) in houses().await {
        assert!(
            !is_open(&come(&engine, "led", None, false).await),
            "led there without a link"
        );
        let step = come(&engine, "lost", None, false).await;
        answered(&engine, "lost", &step, json!({ "uid_field": "mia" })).await;
        let key = key(&posted(&engine, NOW).await[0]);
        let link = Link {
            slug: "lost",
            key: &key,
            handle: None,
        };
        let visit = Visit {
            may_act: true,
            ..Visit::default()
        };
        let step = follow(&engine, &stranger(NOW), &visit, link).await;
        let step = step.expect("no fault").expect("a run");
        assert!(is_open(&step));
        assert_eq!(step.slug, "token");
    }
}

#[tokio::test]
async fn a_flow_that_wants_an_outpost_opens_through_one_and_to_nobody_else() {
    for (engine, _store) in houses().await {
        assert!(is_open(&come(&engine, "outpost", None, true).await));
        assert!(!is_open(&come(&engine, "outpost", None, false).await));
        let id = invitation(&engine, "elsewhere");
        assert!(!is_open(&come(&engine, "outpost", Some(&id), false).await));
    }
}
