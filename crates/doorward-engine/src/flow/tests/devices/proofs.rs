//! Codes as a second proof.

use super::*;

/// GHSA-xg2q: half-done two-factor sign-ins have no rights.
#[tokio::test]
async fn a_password_alone_begins_no_session_where_there_is_a_second_factor() {
    for (engine, _store) in houses().await {
        let key = with_app(&engine, MIA).await;
        let mut tab = Tab::password(&engine, "mia", NOW).await;
        assert_eq!(tab.device().devices.len(), 1);
        assert!(!tab.is_signed_in());
        assert!(sessions(&engine, MIA).await.is_empty());
        for wrong in [
            json!({}),
            json!({ "code": "" }),
            json!({ "code": "000000" }),
        ] {
            tab.answer(wrong).await;
            assert!(!tab.is_signed_in() && !tab.mistakes().is_empty());
        }
        tab.answer(json!({ "code": key.code_at(NOW) })).await;
        assert!(tab.is_signed_in(), "{:?}", tab.step);
        let rows = sessions(&engine, MIA).await;
        assert_eq!(rows.len(), 1);
        assert_eq!(rows[0].auth_method, "auth_mfa");
        let plain = Tab::password(&engine, "dan", NOW).await;
        assert!(plain.is_signed_in(), "who has none is not asked");
    }
}

/// ASVS 6.5.1: what was used is used, in every other sign-in as well.
#[tokio::test]
async fn a_code_signs_in_once() {
    for (engine, _store) in houses().await {
        let (key, list) = (with_app(&engine, MIA).await, with_codes(&engine, MIA).await);
        let shown = doorward_protocol::recovery_code::shown(&list[1]).to_uppercase();
        for code in [key.code_at(NOW), list[0].clone(), shown] {
            let mut first = Tab::password(&engine, "mia", NOW).await;
            let mut second = Tab::password(&engine, "mia", NOW).await;
            first.answer(json!({ "code": code })).await;
            assert!(first.is_signed_in(), "{code}: {:?}", first.step);
            second.answer(json!({ "code": code })).await;
            assert!(!second.is_signed_in(), "{code} again");
            assert_eq!(second.mistakes().len(), 1);
        }
        let other = with_codes(&engine, DAN).await;
        let mut mia = Tab::password(&engine, "mia", NOW).await;
        mia.answer(json!({ "code": other[0] })).await;
        assert!(!mia.is_signed_in(), "the code of somebody else");
    }
}

#[tokio::test]
async fn of_fifty_who_race_with_one_code_one_signs_in() {
    for (engine, _store) in unhurried_houses().await {
        let (key, list) = (with_app(&engine, MIA).await, with_codes(&engine, MIA).await);
        for (done, code) in [list[0].clone(), key.code_at(NOW)].into_iter().enumerate() {
            let mut tabs = Vec::new();
            for _ in 0..RACERS {
                tabs.push(Tab::password(&engine, "mia", NOW).await);
            }
            let won = race(tabs.iter(), &json!({ "code": code })).await;
            assert_eq!(won, 1, "{code}");
            assert_eq!(sessions(&engine, MIA).await.len(), done + 1);
        }
    }
}

/// security.md 1a, pen-tests: brute force of the six digits.
#[tokio::test]
async fn guesses_at_codes_are_slowed_down_and_a_known_browser_is_not() {
    for (engine, _store) in houses().await {
        let key = with_app(&engine, MIA).await;
        let free = usize::try_from(engine.settings.throttle.account_free).expect("few");
        let mut tab = Tab::password(&engine, "mia", NOW).await;
        for _ in 0..free {
            tab.answer(json!({ "code": "000000" })).await;
            assert!(matches!(tab.mistakes()[..], [Mistake::Said { .. }]));
        }
        let right = json!({ "code": key.code_at(NOW) });
        tab.answer(right.clone()).await;
        let [Mistake::TooMany { until }] = tab.mistakes()[..] else {
            panic!("{:?}", tab.step)
        };
        assert!(until >= NOW + 120_000, "slower than passwords");
        let mut known = Tab::password(&engine, "mia", NOW).await;
        known.visit.browser = KnownBrowser::default().with(MIA);
        known.answer(right).await;
        assert!(known.is_signed_in(), "{:?}", known.step);
    }
}

/// security.md 1a, pen-tests: device classes of another stage are not accepted.
#[tokio::test]
async fn only_what_the_stage_names_counts() {
    for (engine, _store) in houses().await {
        let key = with_app(&engine, MIA).await;
        with_passkey(&engine, MIA).await;
        validation(&engine, json!({ "device_classes": ["webauthn"] })).await;
        let mut tab = Tab::password(&engine, "mia", NOW).await;
        assert_eq!(tab.device().devices.len(), 1);
        tab.answer(json!({ "code": key.code_at(NOW) })).await;
        assert!(!tab.is_signed_in());
        let unknown = json!(["ea9b8d66-4d01-1d21-3ce4-b6b48cb575d4"]);
        let attrs =
            json!({ "webauthn_allowed_device_types": unknown, "not_configured_action": "deny" });
        validation(&engine, attrs).await;
        let tab = Tab::password(&engine, "mia", NOW).await;
        assert_eq!(tab.refusal(), Some(Refusal::NoDevice), "of another model");
    }
}

#[tokio::test]
async fn whoever_has_none_is_let_on_refused_or_sent_to_set_one_up() {
    for (engine, _store) in houses().await {
        validation(&engine, json!({ "not_configured_action": "deny" })).await;
        let tab = Tab::password(&engine, "mia", NOW).await;
        assert_eq!(tab.refusal(), Some(Refusal::NoDevice));
        assert!(sessions(&engine, MIA).await.is_empty());
        let stages = "authentik_stages_authenticator_totp.authenticatortotpstage";
        let totp = engine.snapshot().objects(stages)[0].id.clone();
        let attrs = json!({ "not_configured_action": "configure", "configuration_stages": [totp] });
        validation(&engine, attrs).await;
        let mut tab = Tab::password(&engine, "mia", NOW).await;
        let Ask::App(shown) = tab.ask() else {
            panic!("{:?}", tab.step)
        };
        let key = shown.key.clone();
        tab.answer(json!({ "code": "000000" })).await;
        assert!(!tab.is_signed_in());
        let Ask::App(shown) = tab.ask() else {
            panic!("{:?}", tab.step)
        };
        assert_eq!(shown.key, key, "the key stays while its code is typed");
        let key = key_of(&key);
        tab.answer(json!({ "code": key.code_at(NOW) })).await;
        assert!(tab.is_signed_in(), "not asked again: {:?}", tab.step);
        let mut next = Tab::password(&engine, "mia", NOW).await;
        assert_eq!(next.device().devices.len(), 1);
        next.answer(json!({ "code": key.code_at(NOW) })).await;
        assert!(!next.is_signed_in(), "the code that confirmed it is used");
    }
}

/// The key that somebody types from the screen.
pub(in crate::flow::tests) fn key_of(base32: &str) -> Key {
    Key::from_base32(base32, Digits::Six).expect("base32")
}

#[tokio::test]
async fn a_browser_is_spared_for_its_owner_as_long_as_the_stage_says() {
    for (engine, _store) in houses().await {
        let key = with_app(&engine, MIA).await;
        with_app(&engine, DAN).await;
        validation(&engine, json!({ "last_auth_threshold": "hours=1" })).await;
        let mut tab = Tab::password(&engine, "mia", NOW).await;
        tab.answer(json!({ "code": key.code_at(NOW) })).await;
        let proven = tab.step.proven_device.as_ref().expect("a cookie");
        assert_eq!(proven.max_age_s, 3600);
        let opened = Remembered::open(&engine.keys, &proven.sealed);
        let with = async |name: &str, now: i64| {
            let visit = Visit {
                proven_device: opened,
                may_act: true,
                ..Visit::default()
            };
            let mut tab = Tab::open(&engine, LOGIN, visit, now).await;
            tab.answer(json!({ "uid_field": name, "password": "pw" }))
                .await;
            tab.is_signed_in()
        };
        assert!(with("mia", NOW + 3_599_000).await);
        assert!(!with("mia", NOW + 3_600_000).await, "too long ago");
        assert!(!with("dan", NOW).await, "somebody else's");
        validation(&engine, json!({ "last_auth_threshold": "seconds=0" })).await;
        assert!(!with("mia", NOW).await, "a stage that always asks");
        let forged = proven.sealed.replacen("v1.", "v1.x", 1);
        assert!(Remembered::open(&engine.keys, &forged).is_none());
    }
}
