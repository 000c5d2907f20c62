//! Consent that a request insists on, whatever the flow before the application does.

use doorward_engine::{Context, blueprint, resource, testing};
use doorward_store::consent::{self, ConsentRow};
use doorward_store::list::{Query, page};
use serde_json::json;

use super::kit::{CALLBACK, Client, Kit};

/// Flows whose one consent stage is bound and never asks anybody: it falls away when the run is
/// planned, or when its turn has come.
const FLOWS: &str = r"
version: 1
metadata: { name: never asks }
entries:
  - { model: authentik_policies_dummy.dummypolicy, id: no, identifiers: { name: no }, attrs: { result: false, wait_min: 0, wait_max: 1 } }
  - { model: authentik_stages_consent.consentstage, id: consent, identifiers: { name: unasked }, attrs: { mode: always_require } }
  - { model: authentik_flows.flow, id: planned, identifiers: { slug: when-planned }, attrs: { name: A, title: A, designation: authorization } }
  - { model: authentik_flows.flowstagebinding, id: first, identifiers: { target: !KeyOf planned, stage: !KeyOf consent, order: 0 },
      attrs: { evaluate_on_plan: true, re_evaluate_policies: false } }
  - { model: authentik_policies.policybinding, identifiers: { target: !KeyOf first, policy: !KeyOf no, order: 0 } }
  - { model: authentik_flows.flow, id: reached, identifiers: { slug: when-reached }, attrs: { name: B, title: B, designation: authorization } }
  - { model: authentik_flows.flowstagebinding, id: second, identifiers: { target: !KeyOf reached, stage: !KeyOf consent, order: 0 },
      attrs: { evaluate_on_plan: false, re_evaluate_policies: true } }
  - { model: authentik_policies.policybinding, identifiers: { target: !KeyOf second, policy: !KeyOf no, order: 0 } }
";

async fn client(kit: &Kit, flow: &str) -> Client {
    let applied = blueprint::apply_text(&kit.engine, testing::NOW, FLOWS).await;
    applied.unwrap();
    let pk = kit.engine.snapshot().flows[flow].pk.clone();
    kit.client(flow, json!({ "authorization_flow": pk })).await
}

/// OpenID Connect Core 3.1.2.1 and 11: `prompt=consent` and `offline_access` are not granted without a
/// question, and a stage that policies took away has asked none.
#[tokio::test]
async fn consent_that_is_insisted_on_is_asked_where_policies_take_the_flows_own_question_away() {
    for kit in Kit::every().await {
        for flow in ["when-planned", "when-reached"] {
            let client = client(&kit, flow).await;
            for (scope, prompt) in [("openid", "consent"), ("openid offline_access", "")] {
                let mut asked = vec![
                    ("client_id", client.id.as_str()),
                    ("response_type", "code"),
                    ("redirect_uri", CALLBACK),
                    ("scope", scope),
                ];
                if !prompt.is_empty() {
                    asked.push(("prompt", prompt));
                }
                let seen = kit.authorize(&asked).await.expect(200);
                assert!(seen.text.contains("ak-stage-consent"), "{flow} {seen:?}");
                let seen = kit.agreed(seen).await.expect(303);
                assert!(seen.answer().contains_key("code"), "{flow} {seen:?}");
            }
            // What nobody insists on is granted without a question: the operator has taken it away.
            let plain = [
                ("client_id", client.id.as_str()),
                ("response_type", "code"),
                ("redirect_uri", CALLBACK),
                ("scope", "openid"),
            ];
            let seen = kit.authorize(&plain).await.expect(303);
            assert!(seen.answer().contains_key("code"), "{flow} {seen:?}");
        }
    }
}

/// A stage that asks once and remembers it.
const REMEMBERED: &str = r"
version: 1
metadata: { name: remembers }
entries:
  - { model: authentik_stages_consent.consentstage, id: consent, identifiers: { name: remembered }, attrs: { mode: permanent } }
  - { model: authentik_flows.flow, id: flow, identifiers: { slug: remembers }, attrs: { name: C, title: C, designation: authorization } }
  - { model: authentik_flows.flowstagebinding, identifiers: { target: !KeyOf flow, stage: !KeyOf consent, order: 0 } }
";

/// oidc.md 6.3 number 5
#[tokio::test]
async fn whoever_takes_a_consent_back_ends_what_the_app_was_granted() {
    for kit in Kit::every().await {
        let applied = blueprint::apply_text(&kit.engine, testing::NOW, REMEMBERED).await;
        applied.unwrap();
        let pk = kit.engine.snapshot().flows["remembers"].pk.clone();
        let flow = json!({ "authorization_flow": pk });
        let (client, other) = (
            kit.client("photos", flow.clone()).await,
            kit.client("wiki", flow).await,
        );
        let tokens = kit.tokens(&client, "openid offline_access").await;
        let code = kit.code(&client, "openid offline_access").await;
        let others = kit.tokens(&other, "openid").await;
        let text =
            |tokens: &serde_json::Value, name: &str| tokens[name].as_str().unwrap().to_owned();
        let mut tx = kit.engine.store.read().await.unwrap();
        let all = Query {
            limit: 10,
            ..Query::default()
        };
        let rows = page::<ConsentRow>(&mut tx, "user_consents", consent::COLUMNS, &all).await;
        drop(tx);
        let snapshot = kit.engine.snapshot();
        let of = &snapshot
            .oauth
            .of_application("photos")
            .unwrap()
            .application
            .pk;
        let rows = rows.unwrap().rows;
        let row = rows.iter().find(|row| row.application == *of).unwrap();
        let kind = resource::kind("authentik_core.userconsent").unwrap();
        let ctx = Context::system(testing::NOW);
        resource::delete(&kit.engine, &ctx, kind, &row.id.to_string())
            .await
            .unwrap();
        kit.userinfo(&text(&tokens, "access_token"))
            .await
            .expect(401);
        let refresh = text(&tokens, "refresh_token");
        let form = [("grant_type", "refresh_token"), ("refresh_token", &refresh)];
        let seen = kit.token(&client, &form).await.expect(400);
        assert_eq!(seen.error(), "invalid_grant");
        let seen = kit.exchange(&client, &code).await.expect(400);
        assert_eq!(seen.error(), "invalid_grant", "a code in hand, too");
        kit.userinfo(&text(&others, "access_token"))
            .await
            .expect(200);
    }
}
