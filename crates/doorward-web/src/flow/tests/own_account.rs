//! What people change about themselves, by the flows that Doorward ships.

use doorward_engine::blueprint;
use doorward_engine::testing::NOW;
use doorward_store::{Topic, change, setting, user};
use serde_json::json;

use super::kit::{Browser, Kit, Reply};

const SETTINGS: &str = "/if/user/settings/";

async fn signed_in(kit: &Kit, name: &str) -> Browser {
    let mut browser = Browser::default();
    let done = browser.sign_in(kit, name, &format!("pw-{name}")).await;
    done.expect(303);
    browser
}

async fn kit() -> (Kit, Browser) {
    let kit = Kit::new().await;
    kit.person(7, "mia").await;
    let mia = signed_in(&kit, "mia").await;
    (kit, mia)
}

async fn row(kit: &Kit, name: &str) -> user::UserRow {
    let mut tx = kit.engine.store.read().await.unwrap();
    user::find_by_username(&mut tx, name)
        .await
        .unwrap()
        .unwrap()
}

/// Follows the link of the page of settings that is read out so.
async fn open(kit: &Kit, browser: &mut Browser, label: &str) -> Reply {
    let page = browser.get(kit, SETTINGS).await.expect(200);
    let at = page.text.find(label).unwrap();
    let link = page.text[..at].rfind("href=\"").unwrap() + "href=\"".len();
    let end = page.text[link..].find('"').unwrap();
    let url = page.text[link..link + end].replace("&amp;", "&");
    browser
        .get(kit, &url.replace("&#x2f;", "/"))
        .await
        .expect(200)
}

#[tokio::test]
async fn a_password_is_changed_by_whoever_knows_the_current_one() {
    let (kit, mut mia) = kit().await;
    let asked = open(&kit, &mut mia, "Change: Password").await;
    assert!(asked.text.contains("Current password") && asked.text.contains("mia"));
    let wrong = mia
        .submit(&kit, &asked, &[("password", "pw-dan")])
        .await
        .expect(422);
    let form = mia.submit(&kit, &wrong, &[("password", "pw-mia")]).await;
    let form = mia.get(&kit, form.expect(303).location()).await.expect(200);
    assert!(form.text.contains("autocomplete=\"new-password\""));
    let short = [("password", "short"), ("password_repeat", "short")];
    let short = mia.submit(&kit, &form, &short).await.expect(422);
    assert!(short.text.contains("at least 8 characters"), "{short:?}");
    let weak = [
        ("password", "password12"),
        ("password_repeat", "password12"),
    ];
    let short = mia.submit(&kit, &short, &weak).await.expect(422);
    assert!(short.text.contains("Password is too weak."), "{short:?}");
    let new = [
        ("password", "blue kettle on the sill"),
        ("password_repeat", "blue kettle on the sill"),
    ];
    let done = mia.submit(&kit, &short, &new).await;
    assert_eq!(done.expect(303).location(), SETTINGS);
    assert_eq!(mia.who(&kit).await, "mia");
    Browser::default()
        .sign_in(&kit, "mia", "pw-mia")
        .await
        .expect(422);
    Browser::default()
        .sign_in(&kit, "mia", "blue kettle on the sill")
        .await
        .expect(303);
}

const HISTORY: &str = r"
version: 1
metadata: { name: history }
entries:
  - model: authentik_policies_unique_password.uniquepasswordpolicy
    id: history
    identifiers: { name: history }
    attrs: { num_historical_passwords: 2 }
  - model: authentik_stages_prompt.promptstage
    identifiers: { name: default-password-change-prompt }
    attrs: { validation_policies: [!KeyOf history] }
";

/// Changes the password in the shipped flow; the answer to the new one.
async fn change_password(kit: &Kit, browser: &mut Browser, from: &str, to: &str) -> Reply {
    let asked = open(kit, browser, "Change: Password").await;
    let known = browser.submit(kit, &asked, &[("password", from)]).await;
    let form = browser.get(kit, known.expect(303).location()).await;
    let new = [("password", to), ("password_repeat", to)];
    browser.submit(kit, &form.expect(200), &new).await
}

/// api-and-model.md 1.8: the last N password hashes.
#[tokio::test]
async fn a_password_of_before_is_refused_where_a_policy_says_so() {
    const BLUE: &str = "blue kettle on the sill";
    const GREEN: &str = "green kettle on the sill";
    const RED: &str = "red kettle on the sill";
    let (kit, mut mia) = kit().await;
    blueprint::apply_text(&kit.engine, NOW, HISTORY)
        .await
        .unwrap();
    for (from, to, status) in [
        ("pw-mia", BLUE, 303),
        (BLUE, BLUE, 422),
        (BLUE, GREEN, 303),
        (GREEN, BLUE, 422),
        (GREEN, RED, 303),
        (RED, BLUE, 303),
    ] {
        let seen = change_password(&kit, &mut mia, from, to).await;
        let seen = seen.expect(status);
        let says = seen.text.contains("You have used this password before.");
        assert_eq!(says, status == 422, "{from} {to}: {seen:?}");
    }
}

#[tokio::test]
async fn cve_2026_18963_the_form_for_a_new_password_is_not_reached_without_the_current_one() {
    let (kit, mut mia) = kit().await;
    let before = row(&kit, "mia").await.password;
    let executor = "/api/v3/flows/executor/default-password-change/?query=";
    let new = json!({ "component": "ak-stage-prompt", "password": "blue kettle on the sill", "password_repeat": "blue kettle on the sill" });
    for body in [
        &new,
        &json!({}),
        &json!({ "password": "blue kettle on the sill" }),
        &new,
    ] {
        let answer = mia.post_json(&kit, executor, body).await.expect(200).json();
        assert_eq!(answer["component"], "ak-stage-password", "{body}");
    }
    assert_eq!(row(&kit, "mia").await.password, before);
}

#[tokio::test]
async fn people_change_their_name_and_what_the_administrator_lets_them() {
    let (kit, mut mia) = kit().await;
    let form = open(&kit, &mut mia, "Change: Profile").await;
    assert!(form.text.contains("value=\"mia@example.org\""), "{form:?}");
    let all = [
        ("username", "root"),
        ("name", "mia m."),
        ("email", "root@example.org"),
        ("attributes.settings.locale", "de"),
    ];
    mia.submit(&kit, &form, &all).await.expect(303);
    let now = row(&kit, "mia").await;
    assert_eq!((&*now.name, &*now.email), ("mia m.", "mia@example.org"));
    assert_eq!(now.attributes, r#"{"settings":{"locale":"de"}}"#);
    let mut tx = kit.engine.store.begin().await.unwrap();
    let system = json!({ "default_user_change_email": true, "default_user_change_name": false });
    setting::save(&mut tx, "system", &system.to_string(), NOW)
        .await
        .unwrap();
    change::record(&mut tx, Topic::Configuration, "system", NOW)
        .await
        .unwrap();
    kit.engine.commit(tx).await.unwrap();
    // From here on mia is spoken to in German.
    let form = open(&kit, &mut mia, "Ändern: Profil").await;
    assert!(form.text.contains("Wie der Browser es sagt"), "{form:?}");
    let all = [("name", "other"), ("email", "new@example.org")];
    mia.submit(&kit, &form, &all).await.expect(303);
    let now = row(&kit, "mia").await;
    assert_eq!((&*now.name, &*now.email), ("mia m.", "new@example.org"));
}

#[tokio::test]
async fn a_stage_leads_to_its_flow_and_nobody_without_a_session() {
    let (kit, mut mia) = kit().await;
    let snapshot = kit.engine.snapshot();
    let mut stages = snapshot.stages.values();
    let found = stages.find(|one| one.name == "default-password-change-current");
    let pk = found.unwrap().pk.clone();
    let to = mia
        .get(&kit, &format!("/flows/-/configure/{pk}/"))
        .await
        .expect(303);
    assert_eq!(
        to.location(),
        "/if/flow/default-password-change/?next=%2Fif%2Fuser%2Fsettings%2F"
    );
    let to = Browser::default()
        .get(&kit, &format!("/flows/-/configure/{pk}/"))
        .await
        .expect(303);
    assert!(
        to.location()
            .starts_with("/flows/-/default/authentication/?next=")
    );
    for other in ["x", "00000000-0000-4000-8000-000000000000"] {
        mia.get(&kit, &format!("/flows/-/configure/{other}/"))
            .await
            .expect(404);
    }
}

/// Every flow that ships is opened by a stranger, who sends `{}` and whatever a form might want.
#[tokio::test]
async fn cve_2022_46145_no_shipped_flow_lets_a_stranger_write_or_sign_in() {
    let (kit, _) = kit().await;
    let before = row(&kit, "mia").await;
    let mut tx = kit.engine.store.read().await.unwrap();
    let people = user::count(&mut tx).await.unwrap();
    drop(tx);
    let bodies = [
        json!({}),
        json!({ "username": "eve", "name": "eve", "email": "e@example.org", "password": "blue kettle on the sill",
            "password_repeat": "blue kettle on the sill" }),
        json!({ "uid_field": "mia", "password": "guess", "remember_me": true }),
        json!({ "component": "ak-stage-dummy" }),
    ];
    let slugs: Vec<_> = kit.engine.snapshot().flows.keys().cloned().collect();
    assert!(slugs.len() > 8);
    for slug in slugs {
        let mut stranger = Browser::from("192.0.2.44");
        for body in &bodies {
            let address = format!("/api/v3/flows/executor/{slug}/?query=");
            stranger.post_json(&kit, &address, body).await;
            stranger.get(&kit, &format!("/if/flow/{slug}/")).await;
        }
        assert!(
            !stranger.cookies.contains_key("authentik_session"),
            "{slug}"
        );
    }
    let mut tx = kit.engine.store.read().await.unwrap();
    assert_eq!(user::count(&mut tx).await.unwrap(), people);
    drop(tx);
    let after = row(&kit, "mia").await;
    assert_eq!(
        (after.password, after.email),
        (before.password, before.email)
    );
}

#[tokio::test]
async fn enrollment_by_invitation_works_as_it_ships() {
    let (kit, _) = kit().await;
    let invite = "version: 1\nmetadata: { name: i }\nentries:\n  - { model: authentik_stages_invitation.invitation, \
        identifiers: { name: eve }, attrs: { single_use: true, fixed_data: { email: eve@example.org }, \
        flow: !Find [authentik_flows.flow, [slug, enrollment-by-invitation]] } }\n";
    blueprint::apply_text(&kit.engine, NOW, invite)
        .await
        .unwrap();
    let snapshot = kit.engine.snapshot();
    let key = snapshot.objects("authentik_stages_invitation.invitation")[0]
        .id
        .clone();
    let page = "/if/flow/enrollment-by-invitation/";
    let refused = Browser::default().get(&kit, page).await.expect(403);
    assert!(
        refused.text.contains("This invitation does not work"),
        "{refused:?}"
    );
    let mut eve = Browser::default();
    let form = eve
        .get(&kit, &format!("{page}?itoken={key}"))
        .await
        .expect(200);
    assert!(form.text.contains("value=\"eve@example.org\""));
    let fields = [
        ("username", "eve"),
        ("name", "eve"),
        ("email", "eve@example.org"),
        ("password", "blue kettle on the sill"),
        ("password_repeat", "blue kettle on the sill"),
    ];
    let done = eve.submit(&kit, &form, &fields).await;
    assert_eq!(done.expect(303).location(), "/");
    assert_eq!(eve.who(&kit).await, "eve");
    Browser::default()
        .get(&kit, &format!("{page}?itoken={key}"))
        .await
        .expect(403);
}
