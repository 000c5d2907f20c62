//! Who may come in, and until when: bindings, lifetimes, a store that is away (20 m).

use doorward_engine::testing::NOW;
use doorward_store::group::{self, GroupRow};
use doorward_store::{Topic, change};
use serde_json::{Value, json};

use crate::kit::{EXTERNAL, Kit, forwarded, later, nginx};

fn app(path: &str) -> String {
    format!("{EXTERNAL}{path}")
}

#[tokio::test]
async fn the_cookie_of_one_application_opens_no_other() {
    let kit = Kit::new(json!({})).await;
    kit.provider(2, "other", json!({ "external_host": "https://other.test" }))
        .await;
    let (_, central) = kit.signed_in(7).await;
    let cookie = kit.enter(&app("/"), &central).await;
    let (_, value) = cookie.split_once('=').unwrap();
    let names = kit.enter("https://other.test/", &central).await;
    let (other, _) = names.split_once('=').unwrap();
    let smuggled = format!("{other}={value}");
    let request = forwarded("traefik", "https://other.test/", &[("cookie", &smuggled)]);
    kit.send(request).await.is_a_bare_401();
}

#[tokio::test]
async fn bindings_hold_at_the_next_check_and_the_refused_see_who_they_are() {
    let kit = Kit::new(json!({})).await;
    let (_, central) = kit.signed_in(7).await;
    let cookie = kit.enter(&app("/"), &central).await;
    kit.navigate("traefik", &app("/"), &cookie)
        .await
        .expect(200);
    let binding = json!({ "pk": "b", "target": "app", "user": 8, "enabled": true, "order": 0 });
    kit.save("authentik_policies.policybinding", "b", binding)
        .await;
    let page = kit
        .navigate("traefik", &app("/"), &cookie)
        .await
        .expect(403);
    assert!(
        page.text.contains("foo") && page.text.contains("App app"),
        "{}",
        page.text
    );
    assert_eq!(page.header("x-authentik-username"), None);
    kit.send(forwarded("caddy", &app("/"), &[("cookie", &cookie)]))
        .await
        .expect(403);
    kit.send(nginx(&app("/"), &cookie)).await.expect(403);
    // A public path stays public, and names nobody.
    let public = kit.navigate("traefik", &app("/skip"), &cookie).await;
    public.is_empty_200();
}

/// Makes somebody a member of a group that makes superusers.
async fn promote(kit: &Kit, id: i64) {
    let mut tx = kit.engine.store.begin().await.unwrap();
    let group = GroupRow {
        id: "admins".into(),
        num_pk: 1,
        name: "Admins".into(),
        name_key: "admins".into(),
        is_superuser: true,
        attributes: "{}".into(),
        created_at: NOW,
        updated_at: NOW,
        version: 1,
    };
    group::insert(&mut tx, &group).await.unwrap();
    group::add_member(&mut tx, "admins", id).await.unwrap();
    change::record(&mut tx, Topic::User, id, NOW).await.unwrap();
    kit.engine.commit(tx).await.unwrap();
}

/// Every sort of binding that refuses; the sentence about it.
fn walls() -> Vec<(Value, &'static str)> {
    vec![
        (json!({ "user": 8 }), "Binding 0 lets in another account."),
        (
            json!({ "user": 7, "negate": true }),
            "Binding 1 keeps out this account.",
        ),
        (
            json!({ "group": "media" }),
            "Binding 2 lets in a group of which this account is no member.",
        ),
        (
            json!({ "group": "admins", "negate": true }),
            "Binding 3 keeps out the members of “Admins”.",
        ),
        (
            json!({ "policy": "p", "failure_result": false }),
            "Binding 4 asks the policy “”, which failed (the policy does not exist any more); its failure result is no.",
        ),
    ]
}

/// Binds `wall` to the application, under its place among the others.
async fn bind(kit: &Kit, order: usize, mut wall: Value) {
    let id = format!("b{order}");
    let common = json!({ "pk": id, "target": "app", "enabled": true, "order": order });
    let fields = wall.as_object_mut().unwrap();
    fields.extend(common.as_object().unwrap().clone());
    kit.save("authentik_policies.policybinding", &id, wall)
        .await;
}

#[tokio::test]
async fn an_administrator_who_is_refused_reads_which_bindings_refuse() {
    let kit = Kit::new(json!({})).await;
    promote(&kit, 7).await;
    let (_, central) = kit.signed_in(7).await;
    let cookie = kit.enter(&app("/"), &central).await;
    for (order, (wall, _)) in walls().into_iter().enumerate() {
        bind(&kit, order, wall).await;
    }
    let page = kit
        .navigate("traefik", &app("/"), &cookie)
        .await
        .expect(403);
    let joined = "One of the bindings has to let the account in; none does.";
    let sentences = walls().into_iter().map(|(_, sentence)| sentence);
    for sentence in sentences.chain([joined]) {
        assert!(page.text.contains(sentence), "{sentence}: {}", page.text);
    }
}

#[tokio::test]
async fn nobody_but_an_administrator_is_told_why_they_are_refused() {
    let kit = Kit::new(json!({})).await;
    let (_, central) = kit.signed_in(7).await;
    let cookie = kit.enter(&app("/"), &central).await;
    bind(&kit, 0, json!({ "user": 8 })).await;
    let page = kit
        .navigate("traefik", &app("/"), &cookie)
        .await
        .expect(403);
    assert!(!page.text.contains("Binding"), "{}", page.text);
    assert!(!page.text.contains("Only administrators"), "{}", page.text);
}

#[tokio::test]
async fn an_expiring_binding_ends_without_anybody_touching_it() {
    let kit = Kit::new(json!({})).await;
    let until = "2027-01-15T08:00:01Z"; // one second after the tests' NOW
    let binding = json!({ "pk": "b", "target": "app", "user": 7, "enabled": true, "expiring": true, "expires": until });
    let wall = json!({ "pk": "w", "target": "app", "user": 8, "enabled": true });
    kit.save("authentik_policies.policybinding", "b", binding)
        .await;
    kit.save("authentik_policies.policybinding", "w", wall)
        .await;
    let (_, central) = kit.signed_in(7).await;
    let cookie = kit.enter(&app("/"), &central).await;
    kit.navigate("traefik", &app("/"), &cookie)
        .await
        .expect(200);
    later(2000);
    kit.navigate("traefik", &app("/"), &cookie)
        .await
        .expect(403);
}

#[tokio::test]
async fn an_app_session_ends_with_its_validity_with_the_central_one_and_with_the_person() {
    let kit = Kit::new(json!({ "access_token_validity": "minutes=5" })).await;
    let url = app("/");
    let (_, central) = kit.signed_in(7).await;
    let cookie = kit.enter(&url, &central).await;
    later(299_000);
    kit.navigate("traefik", &url, &cookie).await.expect(200);
    later(2_000);
    kit.navigate("traefik", &url, &cookie).await.expect(302);

    let (id, central) = kit.signed_in(7).await;
    let cookie = kit.enter(&url, &central).await;
    let mut tx = kit.engine.store.begin().await.unwrap();
    doorward_engine::session::end(&mut tx, &id, 0)
        .await
        .unwrap();
    kit.engine.commit(tx).await.unwrap();
    kit.navigate("traefik", &url, &cookie).await.expect(302);
}

#[tokio::test]
async fn case_20m_while_the_store_is_away_the_answer_is_our_own_503() {
    let kit = Kit::new(json!({})).await;
    let (_, central) = kit.signed_in(7).await;
    let known = kit.enter(&app("/"), &central).await;
    kit.navigate("traefik", &app("/"), &known).await.expect(200);
    kit.engine.store.close().await;
    later(10_000);
    // Known sessions go on; everybody else waits.
    kit.navigate("traefik", &app("/"), &known).await.expect(200);
    let page = kit.navigate("traefik", &app("/"), "").await.expect(503);
    assert!(
        page.header("retry-after").is_some() && page.text.contains("<html"),
        "{}",
        page.text
    );
    assert_eq!(page.header("location"), None);
    let (name, _) = known.split_once('=').unwrap();
    let unknown = format!("{name}=abc");
    let json = kit
        .send(forwarded("traefik", &app("/"), &[("cookie", &unknown)]))
        .await
        .expect(503);
    assert!(json.text.starts_with('{'), "{}", json.text);
    kit.open(&app("/outpost.goauthentik.io/start"), "")
        .await
        .expect(503);
    kit.navigate("traefik", &app("/skip"), "")
        .await
        .is_empty_200();
}

#[tokio::test]
async fn cve_2025_53942_a_disabled_person_is_out_at_the_next_check() {
    let kit = Kit::new(json!({})).await;
    let (_, central) = kit.signed_in(7).await;
    let cookie = kit.enter(&app("/"), &central).await;
    kit.navigate("traefik", &app("/"), &cookie)
        .await
        .expect(200);
    kit.disable(7).await;
    kit.send(forwarded("traefik", &app("/"), &[("cookie", &cookie)]))
        .await
        .is_a_bare_401();
}
