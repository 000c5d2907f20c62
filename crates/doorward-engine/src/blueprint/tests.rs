//! Blueprints over every engine.

mod bounds;
mod changes;
mod exports;
mod tags;

use crate::testing::{NOW, every_engine};

use super::{apply_defaults, apply_text};

#[tokio::test]
async fn the_defaults_are_there_after_the_first_start_and_applied_once() {
    for (engine, _store) in every_engine().await {
        assert!(
            apply_defaults(&engine, NOW)
                .await
                .expect("the defaults apply")
        );
        let snapshot = engine.snapshot();
        for slug in [
            "default-authentication-flow",
            "default-invalidation-flow",
            "default-provider-invalidation-flow",
            "default-provider-authorization-implicit-consent",
            "default-provider-authorization-explicit-consent",
            "default-password-change",
            "default-user-settings-flow",
            "default-source-authentication",
            "default-source-pre-authentication",
            "initial-setup",
            "default-authenticator-totp-setup",
            "default-authenticator-static-setup",
            "default-authenticator-webauthn-setup",
        ] {
            assert!(snapshot.flows.contains_key(slug), "{slug}");
        }
        let flow = &snapshot.flows["default-authentication-flow"];
        let stages: Vec<_> = snapshot.stage_bindings[&flow.pk]
            .iter()
            .map(|binding| snapshot.stages[&binding.stage].name.as_str())
            .collect();
        assert_eq!(
            stages,
            [
                "default-authentication-identification",
                "default-authentication-password",
                "default-authentication-mfa-validation",
                "default-authentication-login"
            ]
        );
        let outpost = snapshot.embedded_outpost().expect("the embedded outpost");
        assert_eq!(outpost.name, "authentik Embedded Outpost");
        assert!(
            snapshot
                .brand("anything")
                .is_some_and(|brand| brand.flow_authentication.is_some())
        );
        assert!(!apply_defaults(&engine, NOW).await.expect("a second start"));
    }
}

#[tokio::test]
async fn two_processes_may_apply_the_defaults_at_once() {
    for (engine, _store) in every_engine().await {
        let (left, right) =
            tokio::join!(apply_defaults(&engine, NOW), apply_defaults(&engine, NOW));
        let applied = [left.expect("one"), right.expect("the other")];
        assert_eq!(applied.iter().filter(|applied| **applied).count(), 1);
        assert_eq!(engine.snapshot().outposts.len(), 1);
    }
}

#[tokio::test]
async fn a_blueprint_with_a_wrong_entry_leaves_nothing_behind() {
    let text = "version: 1\nentries:\n\
        - model: authentik_flows.flow\n  identifiers: {slug: mine}\n  attrs: {name: Mine, title: Mine, designation: authorization}\n\
        - model: authentik_flows.flow\n  identifiers: {slug: bad slug}\n";
    for (engine, _store) in every_engine().await {
        let error = apply_text(&engine, NOW, text)
            .await
            .expect_err("the second entry is wrong");
        assert!(error.to_string().contains("entry 2"), "{error}");
        assert!(!engine.snapshot().flows.contains_key("mine"));
    }
}

#[tokio::test]
async fn an_entry_creates_changes_and_removes() {
    let text = |state: &str, title: &str| {
        format!(
            "version: 1\ncontext: {{t: {title}}}\nentries:\n- model: authentik_flows.flow\n  state: {state}\n  \
             identifiers: {{slug: mine}}\n  attrs: {{name: Mine, title: !Context t, designation: authorization}}\n"
        )
    };
    for (engine, _store) in every_engine().await {
        let title = || {
            engine
                .snapshot()
                .flows
                .get("mine")
                .map(|flow| flow.title.clone())
        };
        for (state, given, expected) in [
            ("present", "One", Some("One")),
            ("created", "Two", Some("One")),
            ("present", "Two", Some("Two")),
            ("absent", "Two", None),
        ] {
            apply_text(&engine, NOW, &text(state, given))
                .await
                .expect("it applies");
            assert_eq!(title().as_deref(), expected, "{state}");
        }
    }
}

#[tokio::test]
async fn a_user_of_a_blueprint_gets_its_password_and_keeps_it() {
    let text = "version: 1\nentries:\n- model: authentik_core.user\n  identifiers: {username: eve}\n  \
        attrs: {name: Eve, password: long enough}\n\
        - model: authentik_core.token\n  identifiers: {identifier: robot}\n  \
        attrs: {user: !Find [authentik_core.user, [username, eve]], intent: api, expiring: false, key: chosen}\n";
    let store = doorward_store::testing::sqlite().await;
    let engine = crate::testing::engine(&store.store).await;
    let stored = async || {
        let mut tx = engine.store.read().await.expect("a transaction");
        let row = doorward_store::user::find_by_username(&mut tx, "eve").await;
        row.expect("an answer").expect("a user").password
    };
    apply_text(&engine, NOW, text).await.expect("it applies");
    let first = stored().await;
    assert!(first.contains("argon2id"), "{first}");
    apply_text(&engine, NOW, text)
        .await
        .expect("it applies again");
    assert_eq!(stored().await, first);
    let person = crate::resource::actions::token::bearer(&engine, "chosen", NOW).await;
    assert_eq!(
        person
            .expect("an answer")
            .map(|person| person.username.to_string()),
        Some("eve".into())
    );
}

#[tokio::test]
async fn a_password_of_a_blueprint_follows_the_rule_of_all_passwords() {
    let text = "version: 1\nentries:\n- model: authentik_core.user\n  identifiers: {username: eve}\n  \
        attrs: {name: Eve, password: 7 chars}\n";
    let store = doorward_store::testing::sqlite().await;
    let engine = crate::testing::engine(&store.store).await;
    let refused = apply_text(&engine, NOW, text).await.expect_err("too short");
    let said = refused.to_string();
    assert!(said.contains("fewer than 8 characters"), "{said}");
}

/// An installation from before a file of the defaults gets it once, and keeps what an administrator
/// has made of the others.
#[tokio::test]
async fn an_older_installation_gets_new_defaults_and_keeps_its_own_settings() {
    const RENAMED: &str = "version: 1\nmetadata: { name: t }\nentries:\n  - { model: authentik_flows.flow, \
        identifiers: { slug: default-authentication-flow }, attrs: { title: Ours } }\n  - { model: \
        authentik_flows.flow, state: absent, identifiers: { slug: default-password-change } }\n";
    for (engine, _store) in every_engine().await {
        apply_defaults(&engine, NOW).await.expect("the defaults");
        apply_text(&engine, NOW, RENAMED).await.expect("a change");
        let mut tx = engine.store.begin().await.expect("a transaction");
        doorward_store::setting::delete(&mut tx, "blueprint.15-account-flows")
            .await
            .expect("no mark");
        engine.commit(tx).await.expect("a commit");
        assert!(apply_defaults(&engine, NOW).await.expect("the new file"));
        let snapshot = engine.snapshot();
        assert_eq!(snapshot.flows["default-authentication-flow"].title, "Ours");
        let flow = &snapshot.flows["default-password-change"];
        assert_eq!(snapshot.stage_bindings[&flow.pk].len(), 3);
        assert!(!apply_defaults(&engine, NOW).await.expect("a third start"));
    }
}

#[test]
fn each_installation_makes_a_pair_of_its_own() {
    let made = [(); 2].map(|()| super::new_self_signed(NOW).unwrap());
    assert_ne!(made[0].certificate, made[1].certificate);
    assert_ne!(made[0].private_key, made[1].private_key);
}
