//! Each validation stage asks for what it names, and says plainly what it cannot ask for.

use super::*;

const PASSKEY_STAGE: &str = "authentik_stages_authenticator_webauthn.authenticatorwebauthnstage";

/// A second validation stage behind the first one.
async fn second(engine: &Engine, attrs: Value) {
    let text = format!(
        "version: 1\nentries:\n\
         - {{ model: authentik_stages_authenticator_validate.authenticatorvalidatestage, id: one, \
              identifiers: {{ name: second }}, attrs: {attrs} }}\n\
         - {{ model: authentik_flows.flowstagebinding, identifiers: {{ \
              target: !Find [authentik_flows.flow, [slug, {LOGIN}]], stage: !KeyOf one, order: 31 }} }}\n"
    );
    let applied = blueprint::apply_text(engine, NOW, &text).await;
    applied.expect("a blueprint");
}

fn classes(ask: &AskDevice) -> Vec<authenticator::Class> {
    ask.devices.iter().map(|one| one.class).collect()
}

/// The low finding: an app that was proven for one stage satisfied every other.
#[tokio::test]
async fn a_device_of_another_class_does_not_satisfy_a_later_stage() {
    use crate::authenticator::Class::Static;
    for (engine, _store) in houses().await {
        let (key, list) = (with_app(&engine, MIA).await, with_codes(&engine, MIA).await);
        validation(
            &engine,
            json!({ "device_classes": ["totp"], "last_auth_threshold": "hours=1" }),
        )
        .await;
        second(
            &engine,
            json!({ "device_classes": ["static"], "last_auth_threshold": "hours=1" }),
        )
        .await;
        let mut tab = Tab::password(&engine, "mia", NOW).await;
        tab.answer(json!({ "code": key.code_at(NOW) })).await;
        assert!(!tab.is_signed_in());
        assert_eq!(classes(tab.device()), [Static]);
        tab.answer(json!({ "code": key.code_at(NOW + 30_000) }))
            .await;
        assert!(!tab.is_signed_in(), "an app where codes are asked for");
        tab.answer(json!({ "code": list[0] })).await;
        assert!(tab.is_signed_in(), "{:?}", tab.step);
    }
}

#[tokio::test]
async fn a_stage_is_skipped_after_its_own_class_within_its_own_time() {
    for (engine, _store) in houses().await {
        let key = with_app(&engine, MIA).await;
        for (threshold, skipped) in [("hours=1", true), ("seconds=0", false)] {
            second(
                &engine,
                json!({ "device_classes": ["totp"], "last_auth_threshold": threshold }),
            )
            .await;
            let now = NOW + if skipped { 0 } else { 60_000 };
            let mut tab = Tab::password(&engine, "mia", now).await;
            tab.answer(json!({ "code": key.code_at(now) })).await;
            assert_eq!(tab.is_signed_in(), skipped, "{threshold}: {:?}", tab.step);
        }
    }
}

#[tokio::test]
async fn a_passkey_alone_spares_the_stages_that_take_passkeys_and_no_other() {
    for (engine, _store) in houses().await {
        let soft = with_passkey(&engine, MIA).await;
        let app = with_app(&engine, MIA).await;
        second(&engine, json!({ "device_classes": ["totp"] })).await;
        let (mut tab, asked) = Tab::card(&engine).await;
        tab.answer(json!({ "passkey": soft.get(&asked) })).await;
        assert!(!tab.is_signed_in());
        assert_eq!(classes(tab.device()), [authenticator::Class::Totp]);
        tab.answer(json!({ "code": app.code_at(NOW) })).await;
        assert!(tab.is_signed_in(), "{:?}", tab.step);
    }
}

/// The low finding: "Sign in once more", for ever.
#[tokio::test]
async fn whoever_has_another_class_proves_it_before_they_set_up_the_one_that_is_wanted() {
    for (engine, _store) in houses().await {
        let key = with_app(&engine, MIA).await;
        let stage = engine.snapshot().objects(PASSKEY_STAGE)[0].id.clone();
        let attrs = json!({
            "device_classes": ["webauthn"], "not_configured_action": "configure",
            "configuration_stages": [stage],
        });
        validation(&engine, attrs).await;
        let mut tab = Tab::password(&engine, "mia", NOW).await;
        assert_eq!(classes(tab.device()), [authenticator::Class::Totp]);
        tab.answer(json!({ "selected_stage": stage })).await;
        assert!(!tab.mistakes().is_empty(), "not around it: {:?}", tab.step);
        tab.answer(json!({ "code": "000000" })).await;
        assert!(!tab.mistakes().is_empty());
        tab.answer(json!({ "code": key.code_at(NOW) })).await;
        assert!(matches!(tab.ask(), Ask::Passkey(_)), "{:?}", tab.step);
        assert!(!tab.is_signed_in(), "only with the one that is wanted");
    }
}

/// The low finding: a second factor that nobody was asked for.
#[tokio::test]
async fn while_passkeys_cannot_be_asked_for_whoever_has_only_them_is_told_so() {
    for test in doorward_store::testing::every_engine().await {
        let with_name = house(&test).await;
        with_passkey(&with_name, MIA).await;
        for address in [None, Some("https://192.0.2.7")] {
            let mut settings = settings();
            settings.base_url = address.map(|url| url::Url::parse(url).expect("an address"));
            let engine = engine_with(&test.store, settings).await;
            for action in ["skip", "deny", "configure"] {
                validation(&engine, json!({ "not_configured_action": action })).await;
                let tab = Tab::password(&engine, "mia", NOW).await;
                assert_eq!(
                    tab.refusal(),
                    Some(Refusal::NoAddress),
                    "{address:?} {action}"
                );
            }
        }
        with_app(&with_name, MIA).await;
        let engine = engine_with(&test.store, settings()).await;
        let tab = Tab::password(&engine, "mia", NOW).await;
        assert_eq!(
            classes(tab.device()),
            [authenticator::Class::Totp],
            "what can be"
        );
    }
}

/// The low findings: a list without codes was asked for; and then it counted as no factor at all, so
/// that whoever knew the password was let on, or set up a factor of their own (decision 36).
#[tokio::test]
async fn a_list_whose_codes_are_used_up_is_not_asked_for_and_lets_nobody_on() {
    for (engine, _store) in houses().await {
        let list = with_codes(&engine, MIA).await;
        for (used, code) in list.iter().enumerate() {
            let mut tab = Tab::password(&engine, "mia", NOW).await;
            assert_eq!(tab.device().devices.len(), 1, "after {used}");
            tab.answer(json!({ "code": code })).await;
            assert!(tab.is_signed_in());
        }
        let stages = "authentik_stages_authenticator_totp.authenticatortotpstage";
        let stage = engine.snapshot().objects(stages)[0].id.clone();
        for attrs in [
            json!({ "not_configured_action": "skip" }),
            json!({ "not_configured_action": "deny" }),
            json!({ "not_configured_action": "configure", "configuration_stages": [stage] }),
        ] {
            validation(&engine, attrs.clone()).await;
            let tab = Tab::password(&engine, "mia", NOW).await;
            assert_eq!(tab.refusal(), Some(Refusal::CodesUsedUp), "{attrs}");
        }
        // Where the stage wants another class, the list says nothing.
        let other = json!({ "not_configured_action": "skip", "device_classes": ["totp"] });
        validation(&engine, other).await;
        assert!(Tab::password(&engine, "mia", NOW).await.is_signed_in());
    }
}

/// The low finding: whoever reads somebody's mail removed their second factor.
#[tokio::test]
async fn a_mailed_link_is_no_proof_for_changing_devices_and_one_from_the_operator_is() {
    for (engine, _store) in houses().await {
        with_app(&engine, MIA).await;
        for (method, may) in [
            ("recovery", false),
            ("recovery_link", true),
            ("password", true),
        ] {
            let visit = visit_by(&engine, MIA, NOW, method).await;
            let session = visit.session.clone().expect("a session");
            assert_eq!(authenticator::is_recent(&session, NOW), may, "{method}");
            let tab = Tab::open(&engine, "default-authenticator-static-setup", visit, NOW).await;
            assert_eq!(tab.refusal() != Some(Refusal::Stale), may, "{method}");
        }
    }
}
