//! The flow that a brand puts around the page on which codes of devices are typed.

use doorward_engine::blueprint;
use serde_json::json;

use super::kit::{Client, Kit, Seen, encoded, now, wait};

const DEVICE_CODE: &str = "urn:ietf:params:oauth:grant-type:device_code";
/// A button to press, and nothing.
const FLOWS: &str = "
version: 1
metadata: { name: around }
entries:
  - { model: authentik_stages_dummy.dummystage, id: wait, identifiers: { name: d-wait } }
  - { model: authentik_stages_deny.denystage, id: deny, identifiers: { name: d-deny } }
  - { model: authentik_flows.flow, id: around, identifiers: { slug: around },
      attrs: { name: Around, title: Around, designation: stage_configuration, authentication: require_authenticated } }
  - { model: authentik_flows.flowstagebinding, identifiers: { target: !KeyOf around, stage: !KeyOf wait, order: 0 } }
  - { model: authentik_flows.flow, id: never, identifiers: { slug: never },
      attrs: { name: Never, title: Never, designation: stage_configuration } }
  - { model: authentik_flows.flowstagebinding, identifiers: { target: !KeyOf never, stage: !KeyOf deny, order: 0 } }
  - { model: authentik_flows.flow, id: bare, identifiers: { slug: bare },
      attrs: { name: Bare, title: Bare, designation: stage_configuration, authentication: require_authenticated } }
";

/// The brand names this one of them.
async fn around(kit: &Kit, flow: &str) {
    let brand = format!(
        "{FLOWS}  - {{ model: authentik_brands.brand, identifiers: {{ domain: authentik-default }}, \
         attrs: {{ flow_device_code: !KeyOf {flow} }} }}\n"
    );
    let applied = blueprint::apply_text(&kit.engine, now(), &brand);
    applied.await.unwrap();
}

async fn movies(kit: &Kit) -> Client {
    kit.client("movies", json!({ "grant_types": [DEVICE_CODE] }))
        .await
}

/// What a device shows.
async fn user_code(kit: &Kit, client: &Client) -> String {
    let form = [("client_id", &*client.id), ("scope", "openid")];
    let seen = kit.post("/application/o/device/", None, &form).await;
    let told = seen.expect(200).json();
    told["user_code"].as_str().unwrap().to_owned()
}

/// The flow's page, not that for the code.
#[track_caller]
fn is_flow(seen: &Seen) {
    assert_eq!(seen.status, 200, "{seen:?}");
    assert!(!seen.text.contains("name=\"code\""), "{seen:?}");
    let action = seen.after("method=\"post\" action=\"");
    assert!(action.starts_with("/if/flow/around/"), "{action}");
}

/// Presses the flow's button; where that leads.
async fn gone_through(kit: &Kit, page: &Seen) -> String {
    let form = [("component", "ak-stage-dummy")];
    let seen = kit.answered(page, &form).await.expect(303);
    seen.header("location").to_owned()
}

/// The page for the code, after the flow.
async fn page_after(kit: &Kit, path: &str) -> Seen {
    let flow = kit.browse(path).await;
    is_flow(&flow);
    let to = gone_through(kit, &flow).await;
    assert!(to.starts_with("/device?passed="), "{to}");
    kit.browse(&to).await.expect(200)
}

#[tokio::test]
async fn the_brands_flow_is_run_before_a_code_is_typed_and_then_the_device_is_let_in() {
    for kit in Kit::every().await {
        around(&kit, "around").await;
        let tv = movies(&kit).await;
        let code = user_code(&kit, &tv).await;
        let page = page_after(&kit, &format!("/device?code={code}")).await;
        assert_eq!(page.after("name=\"code\" type=\"text\" value=\""), code);
        let value = |name: &str| page.after(&format!("name=\"{name}\" value=\""));
        let (csrf, passed) = (value("csrf"), value("passed"));
        // A wrong code does not lead through the flow again.
        let wrong = [("csrf", &*csrf), ("code", "BBBBBBBB"), ("passed", &passed)];
        let again = kit.submit("/device", &wrong).await.expect(422);
        assert_eq!(again.after("name=\"passed\" value=\""), passed);
        let typed = [("csrf", &*csrf), ("code", &code), ("passed", &passed)];
        let question = kit.submit("/device", &typed).await.expect(200);
        let held = question.after("name=\"held\" value=\"");
        let form = [("csrf", &*csrf), ("held", &held), ("answer", "allow")];
        let seen = kit.submit("/device/answer", &form).await.expect(303);
        assert_eq!(seen.header("location"), "/device?done=allowed");
    }
}

#[tokio::test]
async fn no_code_is_looked_at_without_the_flow_of_this_very_session() {
    for mut kit in Kit::every().await {
        around(&kit, "around").await;
        let tv = movies(&kit).await;
        let code = user_code(&kit, &tv).await;
        let flow = kit.browse("/device").await;
        is_flow(&flow);
        // What leads through the flow proves nothing yet.
        let action = flow.after("method=\"post\" action=\"");
        let begun = url::Url::parse("https://x.invalid").unwrap();
        let begun = begun.join(&action).unwrap();
        let next = begun.query_pairs().find(|(name, _)| name == "next");
        let next = next.unwrap().1.into_owned();
        let unproven = next.split_once("request=").unwrap().1.to_owned();
        let page = page_after(&kit, "/device").await;
        let value = |name: &str| page.after(&format!("name=\"{name}\" value=\""));
        let (csrf, passed) = (value("csrf"), value("passed"));
        let cut = &passed[..passed.len() - 2];
        for wrong in ["", &unproven, cut, "x"] {
            let form = [("csrf", &*csrf), ("code", &code), ("passed", wrong)];
            let seen = kit.submit("/device", &form).await.expect(303);
            assert_eq!(seen.header("location"), format!("/device?code={code}"));
            let query = encoded(&[("passed", wrong)]);
            is_flow(&kit.browse(&format!("/device?{query}")).await);
        }
        // Another session of the same person has gone through nothing.
        let query = encoded(&[("passed", &passed)]);
        let own = kit.cookie.clone();
        kit.sign_in().await;
        is_flow(&kit.browse(&format!("/device?{query}")).await);
        kit.cookie = own;
        kit.browse(&format!("/device?{query}")).await.expect(200);
        wait(10 * 60_000);
        is_flow(&kit.browse(&format!("/device?{query}")).await);
    }
}

#[tokio::test]
async fn a_flow_that_lets_nobody_through_lets_no_device_in() {
    for kit in Kit::every().await {
        around(&kit, "never").await;
        for path in ["/device", "/device?code=BCDFGHJK"] {
            let seen = kit.browse(path).await;
            assert!(!seen.text.contains("name=\"code\""), "{seen:?}");
            assert_ne!(seen.status, 200, "{seen:?}");
        }
    }
}

#[tokio::test]
async fn without_a_flow_or_with_one_that_asks_nothing_the_page_is_just_there() {
    for kit in Kit::every().await {
        kit.browse("/device")
            .await
            .expect(200)
            .after("name=\"code\"");
        around(&kit, "bare").await;
        let page = kit.browse("/device?code=BCDF-GHJK").await.expect(200);
        let code = page.after("name=\"code\" type=\"text\" value=\"");
        assert_eq!(code, "BCDF-GHJK");
        assert!(!page.text.contains("name=\"passed\""), "{page:?}");
    }
}

#[tokio::test]
async fn a_flow_that_the_brand_does_not_name_any_more_opens_nothing() {
    let kit = Kit::sqlite().await;
    around(&kit, "around").await;
    let page = page_after(&kit, "/device").await;
    let passed = page.after("name=\"passed\" value=\"");
    let flow = kit.browse("/device").await;
    around(&kit, "never").await;
    let query = encoded(&[("passed", &passed)]);
    let seen = kit.browse(&format!("/device?{query}")).await;
    assert!(!seen.text.contains("name=\"code\""), "{seen:?}");
    let to = gone_through(&kit, &flow).await;
    let seen = kit.browse(&to).await;
    assert!(!seen.text.contains("name=\"code\""), "{seen:?}");
}
