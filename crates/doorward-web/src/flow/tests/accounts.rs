//! Forms that operators make up, and the accounts that come of them.

use doorward_engine::blueprint;
use doorward_engine::testing::NOW;
use doorward_store::user;
use serde_json::{Value, json};

use super::kit::{Browser, Kit, Reply};

/// Enrollment with every field of an account, settings of one's own, and the end of it.
const FLOWS: &str = r#"
version: 1
metadata: { name: accounts }
entries:
  - { model: authentik_stages_prompt.prompt, id: username, identifiers: { name: a-username },
      attrs: { field_key: username, label: User name, type: username, order: 0 } }
  - { model: authentik_stages_prompt.prompt, id: name, identifiers: { name: a-name },
      attrs: { field_key: name, label: Full name, type: text, order: 1, required: false } }
  - { model: authentik_stages_prompt.prompt, id: password, identifiers: { name: a-password },
      attrs: { field_key: password, label: Password, type: password, order: 2 } }
  - { model: authentik_stages_prompt.prompt, id: again, identifiers: { name: a-again },
      attrs: { field_key: password_repeat, label: Password again, type: password, order: 3 } }
  - { model: authentik_stages_prompt.prompt, id: badge, identifiers: { name: a-badge },
      attrs: { field_key: attributes.badge, label: Badge, type: hidden, order: 4, initial_value: "12" } }
  - { model: authentik_stages_prompt.promptstage, id: form, identifiers: { name: a-form },
      attrs: { fields: [!KeyOf again, !KeyOf password, !KeyOf name, !KeyOf username, !KeyOf badge] } }
  - { model: authentik_stages_prompt.promptstage, id: settings, identifiers: { name: a-settings },
      attrs: { fields: [!KeyOf name] } }
  - { model: authentik_stages_prompt.promptstage, id: new-password, identifiers: { name: a-new-password },
      attrs: { fields: [!KeyOf password, !KeyOf again] } }
  - { model: authentik_stages_user_write.userwritestage, id: write, identifiers: { name: a-write },
      attrs: { create_users_as_inactive: false, user_path_template: guests } }
  - { model: authentik_stages_user_write.userwritestage, id: always, identifiers: { name: a-always },
      attrs: { user_creation_mode: always_create, create_users_as_inactive: false } }
  - { model: authentik_stages_user_login.userloginstage, id: login, identifiers: { name: a-login } }
  - { model: authentik_stages_user_delete.userdeletestage, id: delete, identifiers: { name: a-delete } }
  - { model: authentik_stages_identification.identificationstage, id: who, identifiers: { name: a-who },
      attrs: { user_fields: [username] } }
  - { model: authentik_flows.flow, id: enroll, identifiers: { slug: enroll },
      attrs: { name: Enroll, title: Create your account, designation: enrollment } }
  - { model: authentik_flows.flowstagebinding, identifiers: { target: !KeyOf enroll, stage: !KeyOf form, order: 0 } }
  - { model: authentik_flows.flowstagebinding, identifiers: { target: !KeyOf enroll, stage: !KeyOf write, order: 1 } }
  - { model: authentik_flows.flowstagebinding, identifiers: { target: !KeyOf enroll, stage: !KeyOf login, order: 2 } }
  - { model: authentik_flows.flow, id: change, identifiers: { slug: change },
      attrs: { name: Change, title: Your settings, designation: stage_configuration } }
  - { model: authentik_flows.flowstagebinding, identifiers: { target: !KeyOf change, stage: !KeyOf settings, order: 0 } }
  - { model: authentik_flows.flowstagebinding, identifiers: { target: !KeyOf change, stage: !KeyOf write, order: 1 } }
  - { model: authentik_flows.flow, id: another, identifiers: { slug: another },
      attrs: { name: Another, title: Another, designation: stage_configuration } }
  - { model: authentik_flows.flowstagebinding, identifiers: { target: !KeyOf another, stage: !KeyOf form, order: 0 } }
  - { model: authentik_flows.flowstagebinding, identifiers: { target: !KeyOf another, stage: !KeyOf always, order: 1 } }
  - { model: authentik_flows.flow, id: recover, identifiers: { slug: recover },
      attrs: { name: Recover, title: Recover, designation: recovery } }
  - { model: authentik_flows.flowstagebinding, identifiers: { target: !KeyOf recover, stage: !KeyOf who, order: 0 } }
  - { model: authentik_flows.flowstagebinding, identifiers: { target: !KeyOf recover, stage: !KeyOf new-password, order: 1 } }
  - { model: authentik_flows.flowstagebinding, identifiers: { target: !KeyOf recover, stage: !KeyOf write, order: 2 } }
  - { model: authentik_flows.flow, id: password-change, identifiers: { slug: password-change },
      attrs: { name: P, title: P, designation: stage_configuration, authentication: require_authenticated } }
  - { model: authentik_flows.flowstagebinding, identifiers: { target: !KeyOf password-change, stage: !KeyOf new-password, order: 0 } }
  - { model: authentik_flows.flowstagebinding, identifiers: { target: !KeyOf password-change, stage: !KeyOf write, order: 1 } }
  - { model: authentik_flows.flow, id: leave, identifiers: { slug: leave },
      attrs: { name: Leave, title: Delete your account, designation: unenrollment } }
  - { model: authentik_flows.flowstagebinding, identifiers: { target: !KeyOf leave, stage: !KeyOf delete, order: 0 } }
"#;

const NEW: [(&str, &str); 4] = [
    ("username", "eve"),
    ("name", "eve e."),
    ("password", "a longer password"),
    ("password_repeat", "a longer password"),
];

async fn kit() -> Kit {
    let kit = Kit::new().await;
    blueprint::apply_text(&kit.engine, NOW, FLOWS)
        .await
        .unwrap();
    for (id, name) in [(7, "mia"), (8, "dan")] {
        kit.person(id, name).await;
    }
    kit
}

async fn signed_in(kit: &Kit, name: &str) -> Browser {
    let mut browser = Browser::default();
    let done = browser.sign_in(kit, name, &format!("pw-{name}")).await;
    done.expect(303);
    browser
}

async fn row(kit: &Kit, name: &str) -> Option<user::UserRow> {
    let mut tx = kit.engine.store.read().await.unwrap();
    user::find_by_username(&mut tx, name).await.unwrap()
}

fn executor(slug: &str) -> String {
    format!("/api/v3/flows/executor/{slug}/?query=")
}

fn page(slug: &str) -> String {
    format!("/if/flow/{slug}/")
}

/// Opens a flow's page and fills in its first form.
async fn fill(kit: &Kit, browser: &mut Browser, slug: &str, fields: &[(&str, &str)]) -> Reply {
    let form = browser.get(kit, &page(slug)).await.expect(200);
    browser.submit(kit, &form, fields).await
}

#[tokio::test]
async fn a_form_makes_an_account_and_signs_it_in() {
    let kit = kit().await;
    let mut browser = Browser::default();
    let done = fill(&kit, &mut browser, "enroll", &NEW).await;
    assert_eq!(done.expect(303).location(), "/");
    assert_eq!(browser.who(&kit).await, "eve");
    let eve = row(&kit, "eve").await.unwrap();
    assert_eq!(
        (&*eve.name, &*eve.path, &*eve.kind),
        ("eve e.", "guests", "external")
    );
    assert_eq!(eve.attributes, r#"{"badge":"12"}"#);
    let again = Browser::default()
        .sign_in(&kit, "eve", "a longer password")
        .await;
    again.expect(303);
}

#[tokio::test]
async fn a_wrong_form_keeps_what_was_typed_but_no_password() {
    let kit = kit().await;
    let mut browser = Browser::default();
    let mut fields = NEW;
    fields[3].1 = "another password";
    let wrong = fill(&kit, &mut browser, "enroll", &fields)
        .await
        .expect(422);
    assert!(wrong.text.contains("Passwords don"), "{wrong:?}");
    assert!(wrong.text.contains("value=\"eve e.\""));
    assert!(!wrong.text.contains("longer password") && !wrong.text.contains("another password"));
    let done = browser.submit(&kit, &wrong, &NEW).await;
    assert_eq!(done.expect(303).location(), "/");
}

#[tokio::test]
async fn the_executor_speaks_of_prompts_in_authentiks_json() {
    let kit = kit().await;
    let mut browser = Browser::default();
    let asked = browser
        .get(&kit, &executor("enroll"))
        .await
        .expect(200)
        .json();
    assert_eq!(asked["component"], "ak-stage-prompt");
    let keys: Vec<_> = asked["fields"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| &one["field_key"])
        .collect();
    assert_eq!(
        keys,
        [
            "username",
            "name",
            "password",
            "password_repeat",
            "attributes.badge"
        ]
    );
    let name = json!({ "field_key": "name", "label": "Full name", "type": "text", "required": false,
        "placeholder": "", "initial_value": "", "order": 1, "sub_text": "", "choices": null });
    assert_eq!(asked["fields"][1], name);
    let empty = browser
        .post_json(&kit, &executor("enroll"), &json!({}))
        .await
        .expect(200)
        .json();
    let required = json!([{ "string": "This field is required.", "code": "required" }]);
    assert_eq!(empty["response_errors"]["username"], required);
    assert_eq!(empty["response_errors"]["name"], Value::Null);
    let taken = json!({ "username": "MIA", "password": "a longer password", "password_repeat": "a longer password" });
    let taken = browser
        .post_json(&kit, &executor("enroll"), &taken)
        .await
        .expect(200)
        .json();
    let expected =
        json!({ "username": [{ "string": "Username is already taken.", "code": "invalid" }] });
    assert_eq!(taken["response_errors"], expected);
}

#[tokio::test]
async fn hidden_values_and_what_no_field_asks_for_cannot_be_sent() {
    let kit = kit().await;
    let mut browser = Browser::default();
    browser.get(&kit, &executor("enroll")).await.expect(200);
    let body = json!({
        "username": "eve", "password": "a longer password", "password_repeat": "a longer password",
        "attributes.badge": "99", "attributes.role": "boss", "groups": ["x"], "is_active": false,
        "type": "internal_service_account", "path": "elsewhere",
    });
    browser
        .post_json(&kit, &executor("enroll"), &body)
        .await
        .expect(200);
    let eve = row(&kit, "eve").await.unwrap();
    assert_eq!(eve.attributes, r#"{"badge":"12"}"#);
    assert_eq!(
        (eve.is_active, &*eve.kind, &*eve.path),
        (true, "external", "guests")
    );
}

#[tokio::test]
async fn who_may_ask_whether_names_are_taken_is_slowed_down() {
    let kit = kit().await;
    let mut browser = Browser::from("192.0.2.9");
    let mut fields = NEW;
    fields[0].1 = "mia";
    let mut last = fill(&kit, &mut browser, "enroll", &fields)
        .await
        .expect(422);
    for _ in 0..60 {
        last = browser.submit(&kit, &last, &fields).await;
        if last.status == 429 {
            break;
        }
    }
    last.expect(429);
    let free = fill(&kit, &mut Browser::from("192.0.2.10"), "enroll", &NEW).await;
    free.expect(303);
}

#[tokio::test]
async fn cve_2022_46172_somebody_with_a_session_changes_only_themselves() {
    let kit = kit().await;
    let mut mia = signed_in(&kit, "mia").await;
    let changed = fill(&kit, &mut mia, "change", &[("name", "mia m.")]).await;
    assert_eq!(changed.expect(303).location(), "/");
    assert_eq!(row(&kit, "mia").await.unwrap().name, "mia m.");
    for slug in ["another", "enroll"] {
        let refused = fill(&kit, &mut mia, slug, &NEW).await.expect(403);
        assert!(
            refused.text.contains("You are signed in already"),
            "{slug}: {refused:?}"
        );
    }
    assert!(row(&kit, "eve").await.is_none());
    assert_eq!(mia.who(&kit).await, "mia");
}

#[tokio::test]
async fn cve_2022_46145_nobody_makes_an_account_where_the_flow_is_not_for_enrollment() {
    let kit = kit().await;
    for slug in ["another", "change"] {
        let refused = fill(&kit, &mut Browser::default(), slug, &NEW).await;
        refused.expect(403);
    }
    assert!(row(&kit, "eve").await.is_none());
}

#[tokio::test]
async fn cve_2023_26481_a_name_alone_lets_nobody_set_a_password() {
    let kit = kit().await;
    let before = row(&kit, "dan").await.unwrap().password;
    for mut browser in [Browser::default(), signed_in(&kit, "mia").await] {
        let form = fill(&kit, &mut browser, "recover", &[("uid_field", "dan")]).await;
        let form = browser
            .get(&kit, form.expect(303).location())
            .await
            .expect(200);
        let refused = browser.submit(&kit, &form, &NEW[2..]).await;
        refused.expect(403);
    }
    assert_eq!(row(&kit, "dan").await.unwrap().password, before);
}

#[tokio::test]
async fn a_new_password_ends_the_sessions_elsewhere_and_not_this_one() {
    let kit = kit().await;
    let mut elsewhere = signed_in(&kit, "mia").await;
    let mut here = signed_in(&kit, "mia").await;
    let changed = fill(&kit, &mut here, "password-change", &NEW[2..]).await;
    changed.expect(303);
    assert_eq!(here.who(&kit).await, "mia");
    assert_eq!(elsewhere.who(&kit).await, "");
    Browser::default()
        .sign_in(&kit, "mia", "a longer password")
        .await
        .expect(303);
    Browser::default()
        .sign_in(&kit, "mia", "pw-mia")
        .await
        .expect(422);
}

#[tokio::test]
async fn a_flow_for_the_signed_in_ends_with_the_session_it_began_under() {
    let kit = kit().await;
    let mut mia = signed_in(&kit, "mia").await;
    let form = mia.get(&kit, &page("password-change")).await.expect(200);
    let session = mia.cookies.remove("authentik_session").unwrap();
    let late = mia.submit(&kit, &form, &NEW[2..]).await;
    late.expect(403);
    let dan = signed_in(&kit, "dan").await.cookies["authentik_session"].clone();
    assert_ne!(dan, session);
    mia.cookies.insert("authentik_session".into(), dan);
    let again = mia.submit(&kit, &form, &NEW[2..]).await.expect(200);
    assert!(
        again.text.contains("nothing was sent. Please start again."),
        "{again:?}"
    );
    Browser::default()
        .sign_in(&kit, "dan", "pw-dan")
        .await
        .expect(303);
    Browser::default()
        .sign_in(&kit, "mia", "pw-mia")
        .await
        .expect(303);
}

#[tokio::test]
async fn an_account_is_deleted_by_its_owner_and_never_by_a_page_view() {
    let kit = kit().await;
    let refused = Browser::default().get(&kit, &page("leave")).await;
    refused.expect(403);
    let mut mia = signed_in(&kit, "mia").await;
    let asked = mia.get(&kit, &page("leave")).await.expect(200);
    assert!(asked.text.contains("Delete my account"));
    assert!(row(&kit, "mia").await.is_some(), "looking deletes nothing");
    mia.submit(&kit, &asked, &[]).await.expect(200);
    assert!(row(&kit, "mia").await.is_none());
    assert!(row(&kit, "dan").await.is_some());
    assert_eq!(mia.who(&kit).await, "");
}
