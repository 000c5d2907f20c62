//! Setting devices up: who may, what is kept, once.

use super::proofs::key_of;
use super::*;

const APP: &str = "default-authenticator-totp-setup";
const CODES: &str = "default-authenticator-static-setup";
const PASSKEY: &str = "default-authenticator-webauthn-setup";

async fn devices(engine: &Engine, user: i64) -> Vec<device::DeviceRow> {
    let devices = authenticator::of_user(engine, user).await;
    devices.expect("a list")
}

#[tokio::test]
async fn whoever_has_just_signed_in_sets_an_app_up_and_its_key_is_kept_sealed() {
    for (engine, _store) in houses().await {
        let visit = visit_of(&engine, MIA, NOW).await;
        let mut tab = Tab::open(&engine, APP, visit, NOW).await;
        let Ask::App(shown) = tab.ask() else {
            panic!("{:?}", tab.step)
        };
        assert!(
            shown
                .url
                .starts_with("otpauth://totp/auth.example.com:mia?")
        );
        let (base32, key) = (shown.key.clone(), key_of(&shown.key));
        let code = json!({ "code": key.code_at(NOW) });
        let twice = tab.again(code.clone()).await;
        assert!(matches!(twice.next, Next::Redirect(_)), "{twice:?}");
        tab.answer(code).await;
        assert!(matches!(tab.step.next, Next::Redirect(_)), "{:?}", tab.step);
        let rows = devices(&engine, MIA).await;
        assert_eq!(rows.len(), 1, "two answers to one question make one device");
        assert!(!rows[0].data.contains(&base32) && rows[0].confirmed);
    }
}

#[tokio::test]
async fn of_fifty_answers_at_once_to_one_question_one_sets_a_device_up() {
    for (engine, _store) in houses().await {
        let visit = visit_of(&engine, MIA, NOW).await;
        let tab = Tab::open(&engine, APP, visit, NOW).await;
        let Ask::App(shown) = tab.ask() else {
            panic!("{:?}", tab.step)
        };
        let code = json!({ "code": key_of(&shown.key).code_at(NOW) });
        let answers = (0..RACERS).map(|_| tab.again(code.clone()));
        for step in futures_util::future::join_all(answers).await {
            assert!(matches!(step.next, Next::Redirect(_)), "{step:?}");
        }
        assert_eq!(devices(&engine, MIA).await.len(), 1);
    }
}

#[tokio::test]
async fn a_new_list_of_codes_replaces_the_former_one() {
    for (engine, _store) in houses().await {
        let former = with_codes(&engine, MIA).await;
        let visit = visit_of(&engine, MIA, NOW).await;
        let mut tab = Tab::open(&engine, CODES, visit, NOW).await;
        let Ask::Codes(shown) = tab.ask().clone() else {
            panic!("{:?}", tab.step)
        };
        assert_eq!(shown.len(), 6);
        tab.answer(json!({})).await;
        assert_eq!(devices(&engine, MIA).await.len(), 1);
        let mut old = Tab::password(&engine, "mia", NOW).await;
        old.answer(json!({ "code": former[0] })).await;
        assert!(!old.is_signed_in());
        let mut new = Tab::password(&engine, "mia", NOW).await;
        new.answer(json!({ "code": shown[0] })).await;
        assert!(new.is_signed_in(), "{:?}", new.step);
    }
}

#[tokio::test]
async fn a_passkey_is_made_once_and_for_one_person() {
    for (engine, _store) in houses().await {
        let mut key = SoftKey::generate(ORIGIN);
        for (user, kept) in [(MIA, 1), (DAN, 0)] {
            let visit = visit_of(&engine, user, NOW).await;
            let mut tab = Tab::open(&engine, PASSKEY, visit, NOW).await;
            let Ask::Passkey(options) = tab.ask().clone() else {
                panic!("{:?}", tab.step)
            };
            "https://evil.example".clone_into(&mut key.origin);
            tab.answer(json!({ "response": key.create(&options) }))
                .await;
            assert_eq!(tab.mistakes().len(), 1, "another site");
            ORIGIN.clone_into(&mut key.origin);
            tab.answer(json!({ "response": key.create(&options) }))
                .await;
            assert_eq!(devices(&engine, user).await.len(), kept, "{:?}", tab.step);
        }
    }
}

/// What is compared is what the authenticator says of itself; nobody has vouched for it (decision 30).
#[tokio::test]
async fn where_models_are_restricted_one_that_is_not_named_is_refused_in_words() {
    for (engine, _store) in houses().await {
        let allowed = "d548826e-79b4-db40-a3d8-11116f7e8349";
        let text = json!({ "version": 1, "entries": [{
            "model": "authentik_stages_authenticator_webauthn.authenticatorwebauthnstage",
            "identifiers": { "name": "default-authenticator-webauthn-setup" },
            "attrs": { "device_type_restrictions": [allowed] },
        }]});
        let applied = blueprint::apply_text(&engine, NOW, &text.to_string()).await;
        applied.expect("a blueprint");
        let visit = visit_of(&engine, MIA, NOW).await;
        let mut tab = Tab::open(&engine, PASSKEY, visit, NOW).await;
        let Ask::Passkey(options) = tab.ask().clone() else {
            panic!("{:?}", tab.step)
        };
        assert_eq!(options["attestation"], "direct", "else browsers hide it");
        let mut key = SoftKey::generate(ORIGIN);
        for aaguid in [[0; 16], [7; 16]] {
            key.aaguid = aaguid;
            tab.answer(json!({ "response": key.create(&options) }))
                .await;
            let [Mistake::Said { text, .. }] = &tab.mistakes()[..] else {
                panic!("{:?}", tab.step)
            };
            assert!(text.starts_with("Invalid device type."), "{text}");
        }
        let model = uuid::Uuid::parse_str(allowed).expect("a uuid");
        key.aaguid = model.into_bytes();
        tab.answer(json!({ "response": key.create(&options) }))
            .await;
        let kept = devices(&engine, MIA).await;
        assert_eq!(kept.len(), 1, "{:?}", tab.step);
        assert_eq!(kept[0].name, "Bitwarden");
    }
}

/// GHSA-qgqp-xh8r-v73r, Vikunja 2026-123530: factors change only after a proof that is recent.
#[tokio::test]
async fn neither_an_old_session_nor_a_password_alone_adds_a_factor() {
    for (engine, _store) in houses().await {
        let late = NOW + authenticator::RECENT_MS;
        for slug in [APP, CODES, PASSKEY] {
            let visit = visit_of(&engine, MIA, NOW).await;
            let mut tab = Tab::open(&engine, slug, visit, late - 1).await;
            assert_eq!(tab.refusal(), None, "{slug}");
            tab.ctx.now = late;
            tab.answer(json!({ "code": "000000" })).await;
            assert_eq!(tab.refusal(), Some(Refusal::Stale), "{slug}");
        }
        let key = with_app(&engine, MIA).await;
        set_up_in_sign_in(&engine, 25).await;
        let tab = Tab::password(&engine, "mia", NOW).await;
        assert_eq!(
            tab.refusal(),
            Some(Refusal::Stale),
            "before the second factor"
        );
        set_up_in_sign_in(&engine, 35).await;
        let mut tab = Tab::password(&engine, "mia", NOW).await;
        tab.answer(json!({ "code": key.code_at(NOW) })).await;
        assert!(matches!(tab.ask(), Ask::Codes(_)), "{:?}", tab.step);
        assert_eq!(devices(&engine, MIA).await.len(), 1);
    }
}

/// Binds the set-up of codes to the sign-in at this place, and nowhere else.
async fn set_up_in_sign_in(engine: &Engine, order: i64) {
    let text = format!(
        "version: 1
entries:
  - model: authentik_flows.flowstagebinding
    identifiers:
      target: !Find [authentik_flows.flow, [slug, {LOGIN}]]
      stage: !Find [authentik_stages_authenticator_static.authenticatorstaticstage, [name, {CODES}]]
    attrs: {{ order: {order} }}
"
    );
    blueprint::apply_text(engine, NOW, &text)
        .await
        .expect("a binding");
}

/// Two people at one browser: the key that one of them saw never becomes the other's.
#[tokio::test]
async fn a_key_that_one_person_saw_is_never_kept_for_another() {
    for (engine, _store) in houses().await {
        let visit = visit_of(&engine, MIA, NOW).await;
        let mut tab = Tab::open(&engine, APP, visit, NOW).await;
        let Ask::App(shown) = tab.ask() else {
            panic!("{:?}", tab.step)
        };
        let key = key_of(&shown.key);
        tab.visit = visit_of(&engine, DAN, NOW).await;
        let dan = engine.person(DAN).await.expect("an answer").expect("dan");
        tab.ctx = stranger(NOW).acting_as(&dan);
        // The run was begun in a session of Mia's: for Dan it is not there.
        assert!(!tab.try_answer(json!({ "code": key.code_at(NOW) })).await);
        assert!(devices(&engine, DAN).await.is_empty());
        assert!(devices(&engine, MIA).await.is_empty());
    }
}

/// What one server asked, another takes the answer to: key, codes and challenge are in the run.
#[tokio::test]
async fn what_one_server_began_another_finishes() {
    for (one, store) in houses().await {
        let other = engine_with(&store.store, one.settings.clone()).await;
        let visit = visit_of(&one, MIA, NOW).await;
        let mut tab = Tab::open(&one, APP, visit, NOW).await;
        let Ask::App(shown) = tab.ask() else {
            panic!("{:?}", tab.step)
        };
        let key = key_of(&shown.key);
        tab.engine = &other;
        tab.answer(json!({ "code": key.code_at(NOW) })).await;
        assert_eq!(devices(&one, MIA).await.len(), 1, "{:?}", tab.step);
        let passkey = with_passkey(&one, MIA).await;
        let mut tab = Tab::password(&other, "mia", NOW).await;
        let options = tab.device().passkey.clone().expect("options");
        tab.engine = &one;
        tab.answer(json!({ "webauthn": passkey.get(&options) }))
            .await;
        assert!(tab.is_signed_in(), "{:?}", tab.step);
    }
}
