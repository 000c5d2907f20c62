//! What the settings of flows, bindings and stages do, each seen from a browser.

use doorward_engine::blueprint;
use doorward_engine::testing::NOW;
use doorward_store::{Topic, change, group};
use serde_json::json;

use super::kit::{Browser, Kit, Reply};

const TWO_PAGES: &str = "/api/v3/flows/executor/two-pages/?query=";

/// A blueprint that names the objects of `two-pages` and changes one of them.
async fn set(kit: &Kit, entry: &str) {
    let text = format!("version: 1\nmetadata: {{ name: setting }}\nentries:\n{entry}");
    blueprint::apply_text(&kit.engine, NOW, &text)
        .await
        .unwrap();
}

/// Changes the binding of a stage to `two-pages`.
async fn set_binding(kit: &Kit, model: &str, stage: &str, order: u8, attrs: &str) {
    set(
        kit,
        &format!(
            "  - model: authentik_flows.flowstagebinding
    identifiers:
      target: !Find [authentik_flows.flow, [slug, two-pages]]
      stage: !Find [{model}, [name, {stage}]]
      order: {order}
    attrs: {{ {attrs} }}"
        ),
    )
    .await;
}

async fn set_password_binding(kit: &Kit, attrs: &str) {
    let model = "authentik_stages_password.passwordstage";
    set_binding(kit, model, "password-alone", 20, attrs).await;
}

async fn set_login_binding(kit: &Kit, attrs: &str) {
    let model = "authentik_stages_user_login.userloginstage";
    set_binding(kit, model, "login-with-choice", 30, attrs).await;
}

async fn set_name_stage(kit: &Kit, attrs: &str) {
    set(
        kit,
        &format!(
            "  - model: authentik_stages_identification.identificationstage
    identifiers: {{ name: name-alone }}
    attrs: {{ {attrs} }}"
        ),
    )
    .await;
}

async fn set_login_stage(kit: &Kit, attrs: &str) {
    set(
        kit,
        &format!(
            "  - model: authentik_stages_user_login.userloginstage
    identifiers: {{ name: login-with-choice }}
    attrs: {{ {attrs} }}"
        ),
    )
    .await;
}

async fn set_flow(kit: &Kit, slug: &str, attrs: &str) {
    set(
        kit,
        &format!(
            "  - model: authentik_flows.flow
    identifiers: {{ slug: {slug} }}
    attrs: {{ {attrs} }}"
        ),
    )
    .await;
}

/// Lets only the group `friends` into a flow or a stage binding; `dan` (8) is in it.
async fn for_friends_only(kit: &Kit, target: &str) {
    set(
        kit,
        &format!(
            "  - model: authentik_core.group
    id: friends
    identifiers: {{ name: friends }}
  - model: authentik_policies.policybinding
    identifiers: {{ target: {target}, group: !KeyOf friends, order: 0 }}
    attrs: {{ enabled: true, failure_result: false }}"
        ),
    )
    .await;
    let mut tx = kit.engine.store.begin().await.unwrap();
    let friends = group::find_by_name(&mut tx, "friends").await.unwrap();
    let friends = friends.expect("the group").id;
    group::add_member(&mut tx, &friends, 8).await.unwrap();
    change::record(&mut tx, Topic::User, 8, NOW).await.unwrap();
    kit.engine.commit(tx).await.unwrap();
}

const LOGIN_BINDING: &str = "!Find [authentik_flows.flowstagebinding, [target, !Find [authentik_flows.flow, [slug, two-pages]]], [order, 30]]";

async fn asked(browser: &mut Browser, kit: &Kit, answer: serde_json::Value) -> serde_json::Value {
    let reply: Reply = browser.post_json(kit, TWO_PAGES, &answer).await;
    match reply.status.as_u16() {
        302 => browser.get(kit, TWO_PAGES).await.expect(200).json(),
        _ => reply.expect(200).json(),
    }
}

/// Name and password of somebody on the two pages; what is asked after them.
async fn signs_in(browser: &mut Browser, kit: &Kit, name: &str) -> serde_json::Value {
    asked(browser, kit, json!({ "uid_field": name })).await;
    asked(browser, kit, json!({ "password": format!("pw-{name}") })).await
}

async fn kit() -> Kit {
    let kit = Kit::new().await;
    kit.person(7, "mia").await;
    kit.person(8, "dan").await;
    kit
}

#[tokio::test]
async fn after_a_wrong_password_a_flow_asks_again_begins_anew_or_begins_anew_with_the_name() {
    for (action, component, name) in [
        ("retry", "ak-stage-password", json!("mia")),
        ("restart", "ak-stage-identification", json!(null)),
        (
            "restart_with_context",
            "ak-stage-identification",
            json!("mia"),
        ),
    ] {
        let kit = kit().await;
        set_password_binding(&kit, &format!("invalid_response_action: {action}")).await;
        let mut browser = Browser::default();
        asked(&mut browser, &kit, json!({ "uid_field": "mia" })).await;
        let next = asked(&mut browser, &kit, json!({ "password": "no" })).await;
        assert_eq!(next["component"], component, "{action}");
        let key = if action == "retry" {
            "pending_user"
        } else {
            "pending_user_identifier"
        };
        assert_eq!(next[key], name, "{action}: {next}");
    }
}

#[tokio::test]
async fn a_stage_of_a_group_is_for_whoever_is_proven_when_it_is_asked_before_the_stage() {
    let kit = kit().await;
    set_login_binding(&kit, "evaluate_on_plan: false, re_evaluate_policies: true").await;
    for_friends_only(&kit, LOGIN_BINDING).await;
    let mut browser = Browser::default();
    let friend = signs_in(&mut browser, &kit, "dan").await;
    assert_eq!(friend["component"], "ak-stage-user-login");
    let mut browser = Browser::default();
    let other = signs_in(&mut browser, &kit, "mia").await;
    assert_eq!(other["component"], "xak-flow-redirect");
    assert_eq!(browser.who(&kit).await, "", "the login stage was not hers");
}

#[tokio::test]
async fn a_stage_of_a_group_is_nobodys_when_it_is_asked_while_planning_before_anybody_is_named() {
    let kit = kit().await;
    set_login_binding(&kit, "evaluate_on_plan: true, re_evaluate_policies: false").await;
    for_friends_only(&kit, LOGIN_BINDING).await;
    let mut browser = Browser::default();
    let friend = signs_in(&mut browser, &kit, "dan").await;
    assert_eq!(friend["component"], "xak-flow-redirect");
    assert_eq!(browser.who(&kit).await, "");
}

#[tokio::test]
async fn a_flow_of_a_group_is_refused_to_everybody_else() {
    let kit = kit().await;
    let flow = "!Find [authentik_flows.flow, [slug, default-invalidation-flow]]";
    for_friends_only(&kit, flow).await;
    let at = "/if/flow/default-invalidation-flow/";
    for (name, status) in [("dan", 200), ("mia", 403)] {
        let mut browser = Browser::default();
        browser
            .sign_in(&kit, name, &format!("pw-{name}"))
            .await
            .expect(303);
        browser.get(&kit, at).await.expect(status);
    }
}

#[tokio::test]
async fn whom_a_flow_is_not_for_is_told_so_or_led_on_as_the_flow_says() {
    let kit = kit().await;
    let (bare, with_next) = ("/if/flow/closed/", "/if/flow/closed/?next=/if/user/");
    for (action, without, with) in [
        ("message", 403, 403),
        ("message_continue", 403, 303),
        ("continue", 303, 303),
    ] {
        let attrs = format!(
            "name: Closed, title: Closed, designation: stage_configuration, \
             authentication: require_superuser, denied_action: {action}"
        );
        set_flow(&kit, "closed", &attrs).await;
        let mut browser = Browser::default();
        browser.get(&kit, bare).await.expect(without);
        let reply = browser.get(&kit, with_next).await.expect(with);
        if with == 303 {
            assert_eq!(reply.location(), "/if/user/", "{action}");
        }
    }
}

#[tokio::test]
async fn a_sign_in_ends_the_persons_other_sessions_where_the_stage_says_so() {
    for (terminates, left) in [(false, "mia"), (true, "")] {
        let kit = kit().await;
        set_login_stage(&kit, &format!("terminate_other_sessions: {terminates}")).await;
        let (mut first, mut second, mut other) =
            (Browser::default(), Browser::default(), Browser::default());
        other.sign_in(&kit, "dan", "pw-dan").await.expect(303);
        for browser in [&mut first, &mut second] {
            signs_in(browser, &kit, "mia").await;
            asked(browser, &kit, json!({ "remember_me": false })).await;
        }
        assert_eq!(first.who(&kit).await, left, "{terminates}");
        assert_eq!(second.who(&kit).await, "mia");
        assert_eq!(other.who(&kit).await, "dan", "nobody else's session ends");
    }
}

#[tokio::test]
async fn an_unknown_name_is_told_at_once_only_where_the_stage_says_so() {
    for (pretends, component) in [
        (true, "ak-stage-password"),
        (false, "ak-stage-identification"),
    ] {
        let kit = kit().await;
        set_name_stage(&kit, &format!("pretend_user_exists: {pretends}")).await;
        let mut browser = Browser::default();
        let next = asked(&mut browser, &kit, json!({ "uid_field": "nobody" })).await;
        assert_eq!(next["component"], component);
        let next = asked(&mut browser, &kit, json!({ "uid_field": "mia" })).await;
        assert_eq!(next["component"], "ak-stage-password");
    }
}

#[tokio::test]
async fn the_account_that_was_found_is_named_only_where_unknown_names_are_told_anyway() {
    for (attrs, shown) in [
        ("pretend_user_exists: false, show_matched_user: true", "mia"),
        (
            "pretend_user_exists: false, show_matched_user: false",
            "MIA@Example.org",
        ),
        (
            "pretend_user_exists: true, show_matched_user: true",
            "MIA@Example.org",
        ),
    ] {
        let kit = kit().await;
        set_name_stage(&kit, attrs).await;
        let mut browser = Browser::default();
        let next = asked(
            &mut browser,
            &kit,
            json!({ "uid_field": "MIA@Example.org" }),
        )
        .await;
        assert_eq!(next["component"], "ak-stage-password");
        assert_eq!(next["pending_user"], shown, "{attrs}");
    }
}

#[tokio::test]
async fn case_counts_in_names_only_where_the_stage_says_so() {
    for (ignores, in_session) in [(true, "mia"), (false, "")] {
        let kit = kit().await;
        set_name_stage(&kit, &format!("case_insensitive_matching: {ignores}")).await;
        let mut browser = Browser::default();
        asked(&mut browser, &kit, json!({ "uid_field": "MIA" })).await;
        asked(&mut browser, &kit, json!({ "password": "pw-mia" })).await;
        asked(&mut browser, &kit, json!({ "remember_me": false })).await;
        assert_eq!(browser.who(&kit).await, in_session, "{ignores}");
    }
}

/// The low finding: a stored run that moves to another flow lost its cookie.
#[tokio::test]
async fn a_client_of_the_executor_goes_on_in_the_flow_that_a_stage_leads_to() {
    let kit = Kit::new().await;
    kit.person(7, "mia").await;
    set(
        &kit,
        "  - { model: authentik_stages_dummy.dummystage, id: dummy, identifiers: { name: there } }
  - { model: authentik_flows.flow, id: there, identifiers: { slug: there }, attrs: { name: T, title: T, designation: authentication } }
  - { model: authentik_flows.flowstagebinding, identifiers: { target: !KeyOf there, stage: !KeyOf dummy, order: 0 } }
  - { model: authentik_flows.flowstagebinding, identifiers: { target: !KeyOf there, stage: !Find [authentik_stages_user_login.userloginstage, [name, default-authentication-login]], order: 1 } }
  - { model: authentik_stages_redirect.redirectstage, id: over, identifiers: { name: over }, attrs: { mode: flow, target_flow: !KeyOf there, keep_context: true } }
  - { model: authentik_flows.flowstagebinding, identifiers: { target: !Find [authentik_flows.flow, [slug, two-pages]], stage: !KeyOf over, order: 25 } }
  - { model: authentik_stages_dummy.dummystage, id: before, identifiers: { name: before } }
  - { model: authentik_flows.flowstagebinding, identifiers: { target: !Find [authentik_flows.flow, [slug, two-pages]], stage: !KeyOf before, order: 24 } }",
    )
    .await;
    let mut client = Browser::default();
    for answer in [
        json!({ "uid_field": "mia" }),
        json!({ "password": "pw-mia" }),
    ] {
        client.post_json(&kit, TWO_PAGES, &answer).await.expect(302);
    }
    // Proven by now, so the run is a row when the next answer leads over.
    let over = client
        .post_json(&kit, TWO_PAGES, &json!({}))
        .await
        .expect(200);
    assert_eq!(over.json()["to"], "/if/flow/there/", "{over:?}");
    let there = "/api/v3/flows/executor/there/?query=";
    let asked = client.get(&kit, there).await.expect(200);
    assert_eq!(asked.json()["name"], "there", "{asked:?}");
    let done = client.post_json(&kit, there, &json!({})).await.expect(200);
    assert_eq!(done.json()["component"], "xak-flow-redirect");
    assert_eq!(client.who(&kit).await, "mia");
}
