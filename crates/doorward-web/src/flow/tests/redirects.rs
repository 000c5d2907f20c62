//! Stages that lead elsewhere, end a flow or only show a button.

use doorward_engine::blueprint;
use doorward_engine::testing::NOW;
use serde_json::json;

use super::kit::{Browser, Kit};

const FLOWS: &str = r"
version: 1
metadata: { name: redirects }
entries:
  - { model: authentik_stages_dummy.dummystage, id: wait, identifiers: { name: r-wait } }
  - { model: authentik_stages_deny.denystage, id: deny, identifiers: { name: r-deny }, attrs: { deny_message: Not on Sundays. } }
  - { model: authentik_stages_redirect.redirectstage, id: wiki, identifiers: { name: r-wiki },
      attrs: { mode: static, target_static: 'https://wiki.example.org/welcome' } }
  - { model: authentik_stages_identification.identificationstage, id: who, identifiers: { name: r-who },
      attrs: { user_fields: [username], password_stage: !Find [authentik_stages_password.passwordstage, [name, default-authentication-password]] } }
  - { model: authentik_stages_user_login.userloginstage, id: login, identifiers: { name: r-login } }
  - { model: authentik_flows.flow, id: out, identifiers: { slug: out }, attrs: { name: Out, title: Out, designation: authentication } }
  - { model: authentik_flows.flowstagebinding, identifiers: { target: !KeyOf out, stage: !KeyOf wait, order: 0 } }
  - { model: authentik_flows.flowstagebinding, identifiers: { target: !KeyOf out, stage: !KeyOf wiki, order: 1 } }
  - { model: authentik_flows.flow, id: shut, identifiers: { slug: shut }, attrs: { name: Shut, title: Shut, designation: authentication } }
  - { model: authentik_flows.flowstagebinding, identifiers: { target: !KeyOf shut, stage: !KeyOf deny, order: 0 } }
  - { model: authentik_flows.flow, id: second, identifiers: { slug: second }, attrs: { name: Second, title: Second, designation: authentication } }
  - { model: authentik_flows.flowstagebinding, identifiers: { target: !KeyOf second, stage: !KeyOf wait, order: 0 } }
  - { model: authentik_flows.flowstagebinding, identifiers: { target: !KeyOf second, stage: !KeyOf login, order: 1 } }
  - { model: authentik_stages_redirect.redirectstage, id: on, identifiers: { name: r-on },
      attrs: { mode: flow, target_flow: !KeyOf second } }
  - { model: authentik_stages_redirect.redirectstage, id: bare, identifiers: { name: r-bare },
      attrs: { mode: flow, target_flow: !KeyOf second, keep_context: false } }
  - { model: authentik_flows.flow, id: first, identifiers: { slug: first }, attrs: { name: First, title: First, designation: authentication } }
  - { model: authentik_flows.flowstagebinding, identifiers: { target: !KeyOf first, stage: !KeyOf who, order: 0 } }
  - { model: authentik_flows.flowstagebinding, identifiers: { target: !KeyOf first, stage: !KeyOf on, order: 1 } }
  - { model: authentik_flows.flow, id: forgetful, identifiers: { slug: forgetful }, attrs: { name: F, title: F, designation: authentication } }
  - { model: authentik_flows.flowstagebinding, identifiers: { target: !KeyOf forgetful, stage: !KeyOf who, order: 0 } }
  - { model: authentik_flows.flowstagebinding, identifiers: { target: !KeyOf forgetful, stage: !KeyOf bare, order: 1 } }
  - { model: authentik_flows.flow, id: round, identifiers: { slug: round }, attrs: { name: R, title: R, designation: authentication } }
  - { model: authentik_stages_redirect.redirectstage, id: again, identifiers: { name: r-again },
      attrs: { mode: flow, target_flow: !KeyOf round } }
  - { model: authentik_flows.flowstagebinding, identifiers: { target: !KeyOf round, stage: !KeyOf again, order: 0 } }
";

const MIA: [(&str, &str); 2] = [("uid_field", "mia"), ("password", "pw-mia")];

async fn kit() -> Kit {
    let kit = Kit::new().await;
    blueprint::apply_text(&kit.engine, NOW, FLOWS)
        .await
        .unwrap();
    kit.person(7, "mia").await;
    kit
}

#[tokio::test]
async fn a_flow_may_end_at_an_address_that_the_operator_wrote_down() {
    let kit = kit().await;
    let mut browser = Browser::default();
    let page = browser.get(&kit, "/if/flow/out/").await.expect(200);
    let policy = page.headers["content-security-policy"].to_str().unwrap();
    assert!(
        policy.contains("form-action 'self' https://wiki.example.org"),
        "{policy}"
    );
    let gone = browser.submit(&kit, &page, &[]).await.expect(303);
    assert_eq!(gone.location(), "https://wiki.example.org/welcome");
    let executor = "/api/v3/flows/executor/out/?query=";
    let asked = browser.get(&kit, executor).await.expect(200).json();
    assert_eq!(
        (&asked["component"], &asked["name"]),
        (&json!("ak-stage-dummy"), &json!("r-wait"))
    );
    let gone = browser
        .post_json(&kit, executor, &json!({}))
        .await
        .expect(200)
        .json();
    assert_eq!(
        gone,
        json!({ "component": "xak-flow-redirect", "to": "https://wiki.example.org/welcome" })
    );
}

#[tokio::test]
async fn another_flow_goes_on_with_what_was_proven() {
    let kit = kit().await;
    let mut browser = Browser::default();
    let page = browser
        .get(&kit, "/if/flow/first/?next=/if/user/")
        .await
        .expect(200);
    let to = browser.submit(&kit, &page, &MIA).await.expect(303);
    assert!(to.location().starts_with("/if/flow/second/?run="), "{to:?}");
    let page = browser.get(&kit, to.location()).await.expect(200);
    let done = browser.submit(&kit, &page, &[]).await.expect(303);
    assert_eq!(done.location(), "/if/user/");
    assert_eq!(browser.who(&kit).await, "mia");
}

#[tokio::test]
async fn the_executor_leads_to_the_page_of_another_flow_and_goes_on_there() {
    let kit = kit().await;
    let mut browser = Browser::default();
    let (first, second) = (
        "/api/v3/flows/executor/first/?query=",
        "/api/v3/flows/executor/second/?query=",
    );
    let mia = json!({ "uid_field": "mia", "password": "pw-mia" });
    let to = browser
        .post_json(&kit, first, &mia)
        .await
        .expect(200)
        .json();
    assert_eq!(
        to,
        json!({ "component": "xak-flow-redirect", "to": "/if/flow/second/" })
    );
    browser
        .post_json(&kit, second, &json!({}))
        .await
        .expect(200);
    assert_eq!(browser.who(&kit).await, "mia");
}

#[tokio::test]
async fn another_flow_without_what_is_known_signs_nobody_in() {
    let kit = kit().await;
    let mut browser = Browser::default();
    let page = browser.get(&kit, "/if/flow/forgetful/").await.expect(200);
    let to = browser.submit(&kit, &page, &MIA).await.expect(303);
    let page = browser.get(&kit, to.location()).await.expect(200);
    browser.submit(&kit, &page, &[]).await.expect(403);
    assert_eq!(browser.who(&kit).await, "");
}

#[tokio::test]
async fn flows_that_lead_round_and_round_are_refused() {
    let kit = kit().await;
    Browser::default()
        .get(&kit, "/if/flow/round/")
        .await
        .expect(403);
}

#[tokio::test]
async fn a_deny_stage_speaks_the_operators_words() {
    let kit = kit().await;
    let page = Browser::default()
        .get(&kit, "/if/flow/shut/")
        .await
        .expect(403);
    assert!(page.text.contains("Not on Sundays."));
    let executor = "/api/v3/flows/executor/shut/?query=";
    let said = Browser::default()
        .get(&kit, executor)
        .await
        .expect(200)
        .json();
    assert_eq!(said["component"], "ak-stage-access-denied");
    assert_eq!(said["error_message"], "Not on Sundays.");
}
