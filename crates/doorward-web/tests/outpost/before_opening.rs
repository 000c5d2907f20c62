//! A provider's authorization flow: run once before the application opens, for this person, in this
//! session, for this request (decision 29).

use doorward_engine::blueprint;
use doorward_engine::testing::NOW;
use doorward_protocol::totp::{Digits, Key};
use doorward_store::testing::TestStore;
use doorward_store::{Topic, change, user};
use serde_json::{Value, json};

use crate::browser::{Browser, Page};
use crate::kit::{EXTERNAL, Kit, PUBLIC, later};

mod attacks;

const AUTH: &str = "auth.t.goauthentik.io";
const OTHER: &str = "https://other.t.goauthentik.io";
/// PBKDF2 of `pw`, one round: no work in a test.
const PW: &str = "pbkdf2_sha256$1$salt$b0rYx47DZcBg5kjraU7kDepYSEsDcfvWFxWsRBC3OAo=";

const FLOWS: &str = r#"
version: 1
metadata: { name: before opening }
entries:
  - { model: authentik_flows.flow, id: implicit, identifiers: { slug: implicit }, attrs: { name: I, title: I, designation: authorization, authentication: require_authenticated } }

  - { model: authentik_stages_consent.consentstage, id: consent, identifiers: { name: consent }, attrs: { mode: expiring, consent_expire_in: days=1 } }
  - { model: authentik_flows.flow, id: agree, identifiers: { slug: agree }, attrs: { name: A, title: "Opening %(app)s", designation: authorization, authentication: require_authenticated } }
  - { model: authentik_flows.flowstagebinding, identifiers: { target: !KeyOf agree, stage: !KeyOf consent, order: 0 } }

  - { model: authentik_stages_consent.consentstage, id: for-ever, identifiers: { name: for-ever }, attrs: { mode: permanent } }
  - { model: authentik_flows.flow, id: agree-for-ever, identifiers: { slug: agree-for-ever }, attrs: { name: A, title: A, designation: authorization, authentication: require_authenticated } }
  - { model: authentik_flows.flowstagebinding, identifiers: { target: !KeyOf agree-for-ever, stage: !KeyOf for-ever, order: 0 } }

  - { model: authentik_stages_consent.consentstage, id: each, identifiers: { name: each }, attrs: { mode: always_require } }
  - { model: authentik_flows.flow, id: agree-each, identifiers: { slug: agree-each }, attrs: { name: A, title: A, designation: authorization, authentication: require_authenticated } }
  - { model: authentik_flows.flowstagebinding, identifiers: { target: !KeyOf agree-each, stage: !KeyOf each, order: 0 } }

  - { model: authentik_stages_authenticator_totp.authenticatortotpstage, id: totp, identifiers: { name: totp }, attrs: { digits: '6' } }
  - { model: authentik_flows.flow, id: set-up, identifiers: { slug: set-up }, attrs: { name: S, title: S, designation: stage_configuration, authentication: require_authenticated } }
  - { model: authentik_flows.flowstagebinding, identifiers: { target: !KeyOf set-up, stage: !KeyOf totp, order: 0 } }

  - { model: authentik_stages_authenticator_validate.authenticatorvalidatestage, id: validate, identifiers: { name: validate }, attrs: { device_classes: [totp], not_configured_action: deny } }
  - { model: authentik_flows.flow, id: step-up, identifiers: { slug: step-up }, attrs: { name: U, title: U, designation: authorization, authentication: require_authenticated } }
  - { model: authentik_flows.flowstagebinding, identifiers: { target: !KeyOf step-up, stage: !KeyOf validate, order: 0 } }
  - { model: authentik_flows.flowstagebinding, identifiers: { target: !KeyOf step-up, stage: !KeyOf each, order: 1 } }

  - { model: authentik_stages_deny.denystage, id: deny, identifiers: { name: deny }, attrs: { deny_message: Not on Mondays. } }
  - { model: authentik_flows.flow, id: denying, identifiers: { slug: denying }, attrs: { name: D, title: D, designation: authorization, authentication: require_authenticated } }
  - { model: authentik_flows.flowstagebinding, id: denying-binding, identifiers: { target: !KeyOf denying, stage: !KeyOf deny, order: 0 } }

  - { model: authentik_policies_expression.expressionpolicy, id: not-wiki, identifiers: { name: not-wiki }, attrs: { expression: "return request.context[\"application\"].slug != \"app\"" } }
  - { model: authentik_flows.flow, id: lenient, identifiers: { slug: lenient }, attrs: { name: L, title: L, designation: authorization, authentication: require_authenticated } }
  - { model: authentik_flows.flowstagebinding, id: lenient-binding, identifiers: { target: !KeyOf lenient, stage: !KeyOf deny, order: 0 } }
  - { model: authentik_policies.policybinding, identifiers: { target: !KeyOf lenient-binding, policy: !KeyOf not-wiki, order: 0 } }

  - { model: authentik_policies_expression.expressionpolicy, id: no, identifiers: { name: no }, attrs: { expression: "ak_message(\"Ask Ada first.\")\nreturn False" } }
  - { model: authentik_flows.flow, id: closed, identifiers: { slug: closed }, attrs: { name: C, title: C, designation: authorization, authentication: require_authenticated, denied_action: continue } }
  - { model: authentik_policies.policybinding, identifiers: { target: !KeyOf closed, policy: !KeyOf no, order: 0 } }

  - { model: authentik_stages_redirect.redirectstage, id: on, identifiers: { name: on }, attrs: { mode: flow, target_flow: !KeyOf implicit, keep_context: true } }
  - { model: authentik_flows.flow, id: elsewhere, identifiers: { slug: elsewhere }, attrs: { name: E, title: E, designation: authorization, authentication: require_authenticated } }
  - { model: authentik_flows.flowstagebinding, identifiers: { target: !KeyOf elsewhere, stage: !KeyOf on, order: 0 } }
  - { model: authentik_stages_redirect.redirectstage, id: away, identifiers: { name: away }, attrs: { mode: static, target_static: "https://help.example.org/" } }
  - { model: authentik_flows.flow, id: leaving, identifiers: { slug: leaving }, attrs: { name: E, title: E, designation: authorization, authentication: require_authenticated } }
  - { model: authentik_flows.flowstagebinding, identifiers: { target: !KeyOf leaving, stage: !KeyOf away, order: 0 } }

  - { model: authentik_stages_identification.identificationstage, id: name, identifiers: { name: name }, attrs: { user_fields: [username] } }
  - { model: authentik_stages_password.passwordstage, id: password, identifiers: { name: password }, attrs: { backends: [authentik.core.auth.InbuiltBackend] } }
  - { model: authentik_stages_user_login.userloginstage, id: login, identifiers: { name: login } }
  - { model: authentik_flows.flow, id: again, identifiers: { slug: again }, attrs: { name: P, title: P, designation: authorization, authentication: require_authenticated } }
  - { model: authentik_flows.flowstagebinding, identifiers: { target: !KeyOf again, stage: !KeyOf password, order: 0 } }
  - { model: authentik_flows.flowstagebinding, identifiers: { target: !KeyOf again, stage: !KeyOf login, order: 1 } }
  - { model: authentik_flows.flow, id: anybody, identifiers: { slug: anybody }, attrs: { name: N, title: N, designation: authorization, authentication: require_authenticated } }
  - { model: authentik_flows.flowstagebinding, identifiers: { target: !KeyOf anybody, stage: !KeyOf name, order: 0 } }
  - { model: authentik_flows.flowstagebinding, identifiers: { target: !KeyOf anybody, stage: !KeyOf password, order: 1 } }
"#;

/// Two applications, the first one with this flow before it.
async fn kit(flow: &str) -> Kit {
    kit_on(doorward_store::testing::sqlite().await, flow).await
}

async fn kit_on(store: TestStore, flow: &str) -> Kit {
    let kit = Kit::on(store, json!({})).await;
    blueprint::apply_text(&kit.engine, NOW, FLOWS)
        .await
        .unwrap();
    let mut tx = kit.engine.store.begin().await.unwrap();
    // As if it had been the first day's: sessions go by when it was set.
    let row = user::find(&mut tx, 7).await.unwrap().unwrap();
    user::rehash(&mut tx, 7, &row.password, PW).await.unwrap();
    change::record(&mut tx, Topic::User, 7, NOW).await.unwrap();
    kit.engine.commit(tx).await.unwrap();
    before(&kit, 1, "app", EXTERNAL, flow).await;
    before(&kit, 2, "other", OTHER, "agree").await;
    kit
}

async fn before(kit: &Kit, pk: i64, slug: &str, host: &str, flow: &str) {
    let flow = kit.engine.snapshot().flows[flow].pk.clone();
    let provider = json!({ "external_host": host, "authorization_flow": flow });
    kit.provider(pk, slug, provider).await;
}

async fn signed_in(kit: &Kit, user: i64) -> Browser {
    let (_, cookie) = kit.signed_in(user).await;
    Browser::default().with(AUTH, &cookie)
}

fn app() -> String {
    format!("{EXTERNAL}/page")
}

fn executor(slug: &str, query: &str) -> String {
    let query: String = url::form_urlencoded::byte_serialize(query.as_bytes()).collect();
    format!("{PUBLIC}/api/v3/flows/executor/{slug}/?query={query}")
}

/// Sets an authenticator app up and lets its first code run out.
async fn app_of(kit: &Kit, browser: &mut Browser) -> Key {
    let executor = executor("set-up", "");
    let asked = browser.call(kit, &executor, None).await;
    let address = url::Url::parse(asked["config_url"].as_str().unwrap()).unwrap();
    let secret = address.query_pairs().find(|(name, _)| name == "secret");
    let key = Key::from_base32(&secret.unwrap().1, Digits::Six).unwrap();
    let code = json!({ "code": key.code_at(NOW) });
    let done = browser.call(kit, &executor, Some(&code)).await;
    assert_eq!(done["component"], "xak-flow-redirect", "{done}");
    later(60_000);
    key
}

/// How many tickets there have ever been.
async fn tickets(kit: &Kit) -> usize {
    kit.events("authorize_application").await.len()
}

#[tokio::test]
async fn implicit_consent_adds_no_step_and_no_row() {
    let mut found = Vec::new();
    for flow in [None, Some("implicit")] {
        let kit = kit("implicit").await;
        if flow.is_none() {
            kit.provider(1, "app", json!({})).await;
        }
        let mut browser = signed_in(&kit, 7).await;
        let before = kit.rows().await;
        let page = browser.enter(&kit, &app()).await;
        page.is_at(&app());
        let rows = kit.rows().await.into_iter();
        let new = rows.map(|(table, count)| (count - before[&table], table));
        found.push((page.way.len(), new.collect::<Vec<_>>()));
    }
    assert_eq!(found[0], found[1]);
}

#[tokio::test]
async fn explicit_consent_is_asked_once_and_leads_into_the_application() {
    for store in doorward_store::testing::every_engine().await {
        let kit = kit_on(store, "agree").await;
        let mut browser = signed_in(&kit, 7).await;
        let page = browser.enter(&kit, &app()).await.expect(200);
        let text = &page.answer.text;
        assert!(text.contains("Opening App app"), "{text}");
        assert!(text.contains("Your email address"), "{text}");
        assert_eq!(tickets(&kit).await, 0);
        browser.submit(&kit, &page, &[]).await.is_at(&app());
        assert_eq!(tickets(&kit).await, 1);
        // The application's session is gone, the agreement is not.
        let mut again = signed_in(&kit, 7).await;
        again.enter(&kit, &app()).await.is_at(&app());
        // It counts for this application and this person only, and it ends.
        let elsewhere = again.enter(&kit, &format!("{OTHER}/")).await.expect(200);
        assert!(elsewhere.answer.text.contains("Opening App other"));
        later(25 * 3_600_000);
        let mut late = signed_in(&kit, 7).await;
        late.enter(&kit, &app()).await.expect(200);
    }
}

#[tokio::test]
async fn consent_of_each_time_is_asked_each_time() {
    let kit = kit("agree-each").await;
    for _ in 0..2 {
        let mut browser = signed_in(&kit, 7).await;
        let page = browser.enter(&kit, &app()).await.expect(200);
        browser.submit(&kit, &page, &[]).await.is_at(&app());
    }
}

#[tokio::test]
async fn consent_for_ever_is_asked_once() {
    let kit = kit("agree-for-ever").await;
    let mut browser = signed_in(&kit, 7).await;
    let page = browser.enter(&kit, &app()).await.expect(200);
    browser.submit(&kit, &page, &[]).await.is_at(&app());
    later(10 * 365 * 86_400_000);
    let mut browser = signed_in(&kit, 7).await;
    browser.enter(&kit, &app()).await.is_at(&app());
}

#[tokio::test]
async fn whoever_does_not_agree_is_not_asked_round_and_round() {
    let kit = kit("agree").await;
    let mut browser = signed_in(&kit, 7).await;
    let page = browser.enter(&kit, &app()).await.expect(200);
    let no = page.after("class=\"after\"><a href=\"");
    let page = browser
        .open(&kit, page.url.join(&no).unwrap().as_str())
        .await;
    assert!(page.url.path().starts_with("/if/user/"), "{}", page.url);
    assert_eq!(tickets(&kit).await, 0);
}

#[tokio::test]
async fn a_step_up_asks_for_a_device_before_the_application_opens() {
    for store in doorward_store::testing::every_engine().await {
        let kit = kit_on(store, "step-up").await;
        let mut browser = signed_in(&kit, 7).await;
        let page = browser.enter(&kit, &app()).await.expect(403);
        assert!(
            page.answer.text.contains("You need a second way"),
            "{}",
            page.answer.text
        );
        let key = app_of(&kit, &mut browser).await;
        let page = browser.enter(&kit, &app()).await.expect(200);
        assert!(page.answer.text.contains("to continue to App app"));
        let wrong = browser
            .submit(&kit, &page, &[("code", "000000")])
            .await
            .expect(422);
        let code = key.code_at(NOW + 60_000);
        let consent = browser
            .submit(&kit, &wrong, &[("code", &code)])
            .await
            .expect(200);
        browser.submit(&kit, &consent, &[]).await.is_at(&app());
    }
}

#[tokio::test]
async fn a_refusal_of_the_flow_says_why_in_words() {
    for (flow, words) in [("denying", "Not on Mondays."), ("closed", "Ask Ada first.")] {
        let kit = kit(flow).await;
        let mut browser = signed_in(&kit, 7).await;
        let page = browser.enter(&kit, &app()).await.expect(403);
        assert!(page.answer.text.contains(words), "{}", page.answer.text);
        assert_eq!(tickets(&kit).await, 0);
    }
}

#[tokio::test]
async fn a_policy_of_a_stage_knows_the_application() {
    let kit = kit("lenient").await;
    before(&kit, 2, "other", OTHER, "lenient").await;
    let mut browser = signed_in(&kit, 7).await;
    browser.enter(&kit, &app()).await.is_at(&app());
    browser.enter(&kit, &format!("{OTHER}/")).await.expect(403);
}

#[tokio::test]
async fn signing_in_once_more_in_the_flow_opens_the_application_in_the_new_session() {
    let kit = kit("again").await;
    let (former, cookie) = kit.signed_in(7).await;
    let mut browser = Browser::default().with(AUTH, &cookie);
    let page = browser.enter(&kit, &app()).await.expect(200);
    browser
        .submit(&kit, &page, &[("password", "pw")])
        .await
        .is_at(&app());
    assert_eq!(kit.app_sessions(&former).await, 0, "it has ended");
    let checked = browser.enter(&kit, &app()).await;
    assert_eq!(checked.answer.status, 200);
}

#[tokio::test]
async fn the_executor_leads_into_the_application_too() {
    let kit = kit("agree").await;
    let mut browser = signed_in(&kit, 7).await;
    let page = browser.enter(&kit, &app()).await.expect(200);
    let executor = executor("agree", &asked(&page));
    let consent = browser.call(&kit, &executor, None).await;
    assert_eq!(consent["component"], "ak-stage-consent", "{consent}");
    assert_eq!(consent["permissions"].as_array().unwrap().len(), 2);
    assert_eq!(consent["additional_permissions"], json!([]));
    let yes = json!({ "component": "ak-stage-consent", "token": consent["token"] });
    let done: Value = browser.call(&kit, &executor, Some(&yes)).await;
    let to = done["to"].as_str().unwrap();
    assert!(
        to.starts_with(&format!("{EXTERNAL}/outpost.goauthentik.io/callback")),
        "{to}"
    );
    browser.open(&kit, to).await.is_at(&app());
}

/// `next=…`, the way on of a page that the authorize page has shown.
fn asked(page: &Page) -> String {
    let here = page.url.as_str().strip_prefix(PUBLIC).unwrap();
    let here: String = url::form_urlencoded::byte_serialize(here.as_bytes()).collect();
    format!("next={here}")
}
