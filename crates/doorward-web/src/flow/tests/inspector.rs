//! What administrators see of a run, by the API and beside its pages, and what clients learn about
//! stages.

use doorward_engine::blueprint;
use doorward_engine::testing::NOW;
use doorward_store::{Topic, change, group, user};
use serde_json::json;

use super::kit::{Browser, Kit, Reply};
use crate::published;

const FLOW: &str = r"
version: 1
metadata: { name: inspected }
entries:
  - { model: authentik_stages_prompt.prompt, id: name, identifiers: { name: p-name }, attrs: { field_key: name, label: N, type: text } }
  - { model: authentik_stages_prompt.prompt, id: secret, identifiers: { name: p-secret }, attrs: { field_key: password, label: P, type: password } }
  - { model: authentik_stages_prompt.prompt, id: pin, identifiers: { name: p-pin }, attrs: { field_key: pin, label: I, type: password } }
  - { model: authentik_stages_prompt.promptstage, id: form, identifiers: { name: p-form }, attrs: { fields: [!KeyOf name, !KeyOf secret, !KeyOf pin] } }
  - { model: authentik_stages_dummy.dummystage, id: wait, identifiers: { name: p-wait } }
  - { model: authentik_stages_dummy.dummystage, id: last, identifiers: { name: p-last } }
  - { model: authentik_flows.flow, id: flow, identifiers: { slug: inspected }, attrs: { name: I, title: I, designation: stage_configuration } }
  - { model: authentik_flows.flowstagebinding, identifiers: { target: !KeyOf flow, stage: !KeyOf form, order: 0 } }
  - { model: authentik_flows.flowstagebinding, identifiers: { target: !KeyOf flow, stage: !KeyOf wait, order: 1 } }
  - { model: authentik_flows.flowstagebinding, identifiers: { target: !KeyOf flow, stage: !KeyOf last, order: 2 } }
  - { model: authentik_flows.flow, id: led, identifiers: { slug: led }, attrs: { name: L, title: L, designation: stage_configuration, authentication: require_redirect } }
  - { model: authentik_flows.flowstagebinding, identifiers: { target: !KeyOf led, stage: !KeyOf last, order: 0 } }
  - { model: authentik_stages_redirect.redirectstage, id: lead, identifiers: { name: p-lead }, attrs: { mode: flow, target_flow: !KeyOf led } }
  - { model: authentik_flows.flow, id: leads, identifiers: { slug: leads }, attrs: { name: L, title: L, designation: stage_configuration } }
  - { model: authentik_flows.flowstagebinding, identifiers: { target: !KeyOf leads, stage: !KeyOf lead, order: 0 } }
  - { model: authentik_flows.flow, id: greets, identifiers: { slug: greets }, attrs: { name: G, title: G, designation: authentication } }
  - { model: authentik_flows.flowstagebinding, identifiers: { target: !KeyOf greets, stage: !Find [authentik_stages_identification.identificationstage, [name, default-authentication-identification]], order: 0 } }
  - { model: authentik_flows.flowstagebinding, identifiers: { target: !KeyOf greets, stage: !Find [authentik_stages_user_login.userloginstage, [name, default-authentication-login]], order: 1 } }
  - { model: authentik_flows.flowstagebinding, identifiers: { target: !KeyOf greets, stage: !KeyOf last, order: 2 } }
  - { model: authentik_stages_identification.identificationstage, id: named, identifiers: { name: p-named }, attrs: { user_fields: [username] } }
  - { model: authentik_flows.flow, id: later, identifiers: { slug: asks-later }, attrs: { name: L, title: L, designation: stage_configuration } }
  - { model: authentik_flows.flowstagebinding, identifiers: { target: !KeyOf later, stage: !KeyOf named, order: 0 } }
  - { model: authentik_flows.flowstagebinding, identifiers: { target: !KeyOf later, stage: !KeyOf last, order: 1 } }
";

const INSPECTOR: &str = "/api/v3/flows/inspector/inspected/";
const EXECUTOR: &str = "/api/v3/flows/executor/inspected/?query=";

async fn kit() -> Kit {
    let kit = Kit::new().await;
    blueprint::apply_text(&kit.engine, NOW, FLOW).await.unwrap();
    kit.person(7, "mia").await;
    kit
}

async fn signed_in(kit: &Kit) -> Browser {
    let mut browser = Browser::default();
    let done = browser.sign_in(kit, "mia", "pw-mia").await;
    done.expect(303);
    browser
}

/// mia, to whom an administrator gave authentik's attribute for this.
async fn let_debug(kit: &Kit, value: &str) {
    let mut tx = kit.engine.store.begin().await.unwrap();
    let mut row = user::find(&mut tx, 7).await.unwrap().unwrap();
    row.attributes = format!(r#"{{"goauthentik.io/user/debug":{value}}}"#);
    assert!(user::save(&mut tx, &row).await.unwrap());
    change::record(&mut tx, Topic::User, 7, NOW).await.unwrap();
    kit.engine.commit(tx).await.unwrap();
}

/// The steps of the panel beside a page, each with its state; none if there is no panel.
fn steps(page: &Reply) -> Vec<String> {
    let Some((_, panel)) = page.text.split_once("<aside") else {
        return Vec::new();
    };
    let items = panel.split("<li").skip(1);
    let item = |item: &str| {
        let (name, rest) = item.split_once("</strong>").unwrap();
        let (_, name) = name.split_once("<strong>").unwrap();
        let (_, state) = rest.split_once(" · ").unwrap();
        format!("{name} {}", state.split('<').next().unwrap())
    };
    items.map(item).collect()
}

async fn make_superuser(kit: &Kit) {
    let mut tx = kit.engine.store.begin().await.unwrap();
    let admins = group::find_by_name(&mut tx, "authentik Admins")
        .await
        .unwrap();
    group::set_groups_of(&mut tx, 7, &[admins.unwrap().id])
        .await
        .unwrap();
    change::record(&mut tx, Topic::User, 7, NOW).await.unwrap();
    kit.engine.commit(tx).await.unwrap();
}

#[tokio::test]
async fn an_administrator_sees_where_a_run_is_and_what_it_knows_but_no_password() {
    let kit = kit().await;
    make_superuser(&kit).await;
    let mut admin = signed_in(&kit).await;
    let nothing = admin.get(&kit, INSPECTOR).await.expect(400).json();
    assert_eq!(
        nothing["non_field_errors"],
        json!(["No flow plan in session."])
    );
    let (name, secret) = ("Mia M.", "a longer password");
    let answer = json!({ "name": name, "password": secret, "pin": secret });
    admin.post_json(&kit, EXECUTOR, &answer).await.expect(302);
    let seen = admin.get(&kit, INSPECTOR).await.expect(200);
    assert!(!seen.text.contains("longer password"), "{seen:?}");
    let plan = &seen.json()["current_plan"];
    assert_eq!(plan["current_stage"]["stage_obj"]["name"], "p-wait");
    assert_eq!(plan["next_planned_stage"]["stage_obj"]["name"], "p-last");
    let filled_in = &plan["plan_context"]["prompt_data"];
    assert_eq!(filled_in["name"], name);
    let hidden = "********************";
    assert_eq!([&filled_in["password"], &filled_in["pin"]], [hidden; 2]);
    assert_eq!(seen.json()["is_completed"], false);
    let plans = seen.json()["plans"].clone();
    assert_eq!(plans[0]["current_stage"]["stage_obj"]["name"], "p-form");
    assert_eq!(
        plans[0]["next_planned_stage"]["stage_obj"]["name"],
        "p-wait"
    );
    assert_eq!(plans[1], *plan);
    published::judge(&[json!({
        "method": "get", "path": "/flows/inspector/inspected/", "status": 200,
        "request": null, "response": seen.json(),
    })]);
}

/// CVE-2023-39522: whoever may debug their own runs and types another one's name learns nothing of it.
#[tokio::test]
async fn whoever_is_only_named_is_not_shown_as_the_person_of_the_run() {
    let kit = kit().await;
    let signed_in = signed_in(&kit).await;
    let_debug(&kit, "true").await;
    kit.person(8, "dan").await;
    let executor = "/api/v3/flows/executor/asks-later/?query=";
    for name in ["dan", "abe"] {
        let (mut mia, typed) = (signed_in.clone(), json!({ "uid_field": name }));
        mia.post_json(&kit, executor, &typed).await.expect(302);
        let seen = mia.get(&kit, "/api/v3/flows/inspector/asks-later/").await;
        let context = seen.expect(200).json()["current_plan"]["plan_context"].clone();
        assert_eq!(context["pending_user_identifier"], name);
        assert_eq!(context["pending_user"], json!(null), "{context}");
    }
}

#[tokio::test]
async fn ux_1_1_the_inspector_stands_beside_each_page_of_the_run_and_shows_no_password() {
    let kit = kit().await;
    make_superuser(&kit).await;
    let mut admin = signed_in(&kit).await;
    let page = admin
        .get(&kit, "/if/flow/inspected/?inspector")
        .await
        .expect(200);
    let first = ["p-form now", "p-wait planned", "p-last planned"];
    assert_eq!(steps(&page), first);
    let secret = "a longer password";
    let filled = [("name", "Mia M."), ("password", secret), ("pin", secret)];
    let to = admin.submit(&kit, &page, &filled).await.expect(303);
    let page = admin.get(&kit, to.location()).await.expect(200);
    assert_eq!(
        steps(&page),
        ["p-form done", "p-wait now", "p-last planned"]
    );
    assert!(page.text.contains("Mia M.") && !page.text.contains("longer password"));
    let without = to.location().replace("&inspector", "");
    assert_eq!(steps(&admin.get(&kit, &without).await), [""; 0]);
}

#[tokio::test]
async fn for_anybody_but_an_administrator_the_inspector_does_nothing() {
    let kit = kit().await;
    let address = "/if/flow/inspected/?inspector";
    let nobody = Browser::default().get(&kit, address).await.expect(200);
    assert_eq!(steps(&nobody), [""; 0]);
    let mut mia = signed_in(&kit).await;
    for (value, is_shown) in [("false", false), ("\"true\"", false), ("true", true)] {
        let_debug(&kit, value).await;
        let page = mia.get(&kit, address).await.expect(200);
        assert_eq!(!steps(&page).is_empty(), is_shown, "{value}");
        mia.get(&kit, EXECUTOR).await.expect(200);
        let status = if is_shown { 200 } else { 404 };
        mia.get(&kit, INSPECTOR).await.expect(status);
    }
}

#[tokio::test]
async fn what_follows_the_sign_in_goes_on_with_the_inspector_beside_it() {
    let kit = kit().await;
    make_superuser(&kit).await;
    let mut admin = Browser::default();
    let page = admin.get(&kit, "/if/flow/greets/?inspector").await;
    let typed = [("uid_field", "mia"), ("password", "pw-mia")];
    let to = admin.submit(&kit, &page, &typed).await.expect(303);
    let page = admin.get(&kit, to.location()).await.expect(200);
    let now = ["default-authentication-identification done"];
    assert_eq!(steps(&page)[..1], now, "{page:?}");
    let over = admin.submit(&kit, &page, &[]).await.expect(303);
    assert_eq!(over.location(), "/");
}

#[tokio::test]
async fn nobody_else_learns_that_there_is_a_flow() {
    let kit = kit().await;
    let mut mia = signed_in(&kit).await;
    mia.get(&kit, EXECUTOR).await.expect(200);
    mia.get(&kit, INSPECTOR).await.expect(404);
    Browser::default().get(&kit, INSPECTOR).await.expect(403);
}

#[tokio::test]
async fn a_flow_that_wants_to_be_led_to_is_opened_by_nothing_else() {
    let kit = kit().await;
    let mut browser = Browser::default();
    browser.get(&kit, "/if/flow/led/").await.expect(403);
    let page = browser.get(&kit, "/if/flow/leads/").await.expect(200);
    let done = browser.submit(&kit, &page, &[]).await;
    assert_eq!(done.expect(303).location(), "/");
}

#[tokio::test]
async fn clients_learn_where_the_password_is_changed() {
    let kit = kit().await;
    let mut mia = signed_in(&kit).await;
    let listed = mia
        .get(&kit, "/api/v3/stages/all/user_settings/")
        .await
        .expect(200)
        .json();
    let mut listed = listed.as_array().unwrap().iter();
    let password = listed.find(|one| one["component"] == "ak-user-settings-password");
    let url = password.unwrap()["configure_url"].as_str().unwrap();
    let to = mia.get(&kit, url).await.expect(303);
    assert!(
        to.location()
            .starts_with("/if/flow/default-password-change/")
    );
}

#[tokio::test]
async fn a_wrong_current_password_is_called_so() {
    let kit = kit().await;
    let mut mia = signed_in(&kit).await;
    let page = mia
        .get(&kit, "/if/flow/default-password-change/")
        .await
        .expect(200);
    let wrong = mia
        .submit(&kit, &page, &[("password", "guess")])
        .await
        .expect(422);
    assert!(
        wrong.text.contains("This is not your current password"),
        "{wrong:?}"
    );
}

#[tokio::test]
async fn stages_of_the_paid_version_are_none_and_cannot_be_made() {
    let kit = kit().await;
    make_superuser(&kit).await;
    let mut admin = signed_in(&kit).await;
    let csrf = admin.cookies["authentik_csrf"].clone();
    admin.headers.push(("x-authentik-csrf", csrf));
    for stage in ["mtls", "account_lockdown"] {
        let address = format!("/api/v3/stages/{stage}/");
        let list = admin.get(&kit, &address).await.expect(200).json();
        assert_eq!(list["results"], json!([]));
        let made = admin
            .post_json(&kit, &address, &json!({ "name": "x" }))
            .await;
        let said = made.expect(400).json();
        assert_eq!(
            said["non_field_errors"],
            json!(["Enterprise is required to create/update this object."])
        );
    }
}
