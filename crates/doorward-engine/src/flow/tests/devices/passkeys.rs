//! Passkeys as a second proof and as the only one.

use super::*;

fn options(tab: &Tab<'_>) -> Value {
    tab.device().passkey.clone().expect("options")
}

#[tokio::test]
async fn a_passkey_is_a_second_factor_of_its_owner_alone() {
    for (engine, _store) in houses().await {
        let (hers, his) = (
            with_passkey(&engine, MIA).await,
            with_passkey(&engine, DAN).await,
        );
        let mut tab = Tab::password(&engine, "mia", NOW).await;
        let asked = options(&tab);
        assert_eq!(
            asked["allowCredentials"].as_array().expect("a list").len(),
            1
        );
        // security.md 1a, pen-tests: the WebAuthn device of another user.
        tab.answer(json!({ "webauthn": his.get(&asked) })).await;
        assert!(!tab.is_signed_in() && tab.mistakes().len() == 1);
        let text = hers.get(&options(&tab)).to_string();
        tab.answer(json!({ "webauthn": text })).await;
        assert!(tab.is_signed_in(), "as a form sends it: {:?}", tab.step);
    }
}

#[tokio::test]
async fn a_passkey_alone_signs_in_from_the_first_page_and_its_answer_counts_once() {
    for (engine, _store) in houses().await {
        let key = with_passkey(&engine, MIA).await;
        let (mut tab, asked) = Tab::card(&engine).await;
        assert_eq!(asked["allowCredentials"], json!([]));
        assert_eq!(asked["userVerification"], "required");
        let answer = json!({ "passkey": key.get(&asked), "uid_field": "dan" });
        let copy = (tab.handle.clone(), tab.cookie.clone());
        tab.answer(answer.clone()).await;
        assert!(tab.is_signed_in(), "no password, no code: {:?}", tab.step);
        let rows = sessions(&engine, MIA).await;
        assert_eq!(rows[0].auth_method, "auth_webauthn_pwl");
        // Whoever has a copy of the browser's cookie has nothing of the answer.
        (tab.handle, tab.cookie) = copy;
        let again = tab.again(answer.clone()).await;
        assert!(matches!(again.session, SessionChange::Keep), "{again:?}");
        let (mut elsewhere, _) = Tab::card(&engine).await;
        elsewhere.answer(answer).await;
        assert!(!elsewhere.is_signed_in(), "an answer to another challenge");
        assert_eq!(sessions(&engine, MIA).await.len(), 1);
    }
}

#[tokio::test]
async fn of_fifty_copies_of_a_passkeys_answer_at_once_one_signs_in() {
    for (engine, _store) in unhurried_houses().await {
        let key = with_passkey(&engine, MIA).await;
        let tab = Tab::password(&engine, "mia", NOW).await;
        let answer = json!({ "webauthn": key.get(&options(&tab)) });
        let won = race(std::iter::repeat_n(&tab, RACERS), &answer).await;
        assert_eq!(won, 1);
        assert_eq!(sessions(&engine, MIA).await.len(), 1);
    }
}

#[tokio::test]
async fn a_passkey_alone_must_verify_its_owner_say_who_it_is_and_belong_to_somebody_active() {
    for (engine, _store) in houses().await {
        let mut key = with_passkey(&engine, MIA).await;
        let try_it = async |key: &SoftKey| {
            let (mut tab, asked) = Tab::card(&engine).await;
            tab.answer(json!({ "passkey": key.get(&asked) })).await;
            let unknown = match &tab.step.next {
                Next::Show(challenge) => match &challenge.ask {
                    Ask::Identification(ask) => ask.unknown_credential.clone(),
                    _ => None,
                },
                _ => None,
            };
            (tab.is_signed_in(), unknown)
        };
        key.flags = 1;
        assert_eq!(try_it(&key).await, (false, None), "only present");
        key.flags = 0b101;
        let handle = std::mem::replace(&mut key.handle, b"dan".to_vec());
        assert_eq!(try_it(&key).await, (false, None), "kept for another");
        key.handle.clear();
        assert_eq!(try_it(&key).await, (false, None), "kept for nobody");
        key.handle = handle;
        let stranger = SoftKey::generate(ORIGIN);
        let id = doorward_protocol::encoding::base64url(&stranger.id);
        assert_eq!(
            try_it(&stranger).await,
            (false, Some(id)),
            "to be forgotten"
        );
        deactivate(&engine, MIA).await;
        assert_eq!(try_it(&key).await, (false, None), "not active");
        assert!(sessions(&engine, MIA).await.is_empty());
    }
}

async fn deactivate(engine: &Engine, id: i64) {
    let mut tx = engine.store.begin().await.expect("a transaction");
    let row = user::find(&mut tx, id)
        .await
        .expect("an answer")
        .expect("a user");
    let gone = user::UserRow {
        is_active: false,
        ..row
    };
    assert!(user::save(&mut tx, &gone).await.expect("an answer"));
    change::record(&mut tx, Topic::User, id, NOW)
        .await
        .expect("a change");
    engine.commit(tx).await.expect("a commit");
}

/// No enumeration: whoever is only named is asked like anybody, devices or none.
#[tokio::test]
async fn a_named_stranger_learns_nothing_about_devices() {
    const FLOW: &str = r"
version: 1
entries:
  - model: authentik_stages_identification.identificationstage
    id: name
    identifiers: { name: named-first }
    attrs: { user_fields: [username] }
  - model: authentik_flows.flow
    id: flow
    identifiers: { slug: named }
    attrs: { name: Named, title: Sign in, designation: authentication }
  - model: authentik_flows.flowstagebinding
    identifiers: { target: !KeyOf flow, stage: !KeyOf name, order: 10 }
  - model: authentik_flows.flowstagebinding
    identifiers:
      target: !KeyOf flow
      stage: !Find [authentik_stages_authenticator_validate.authenticatorvalidatestage, [name, default-authentication-mfa-validation]]
      order: 20
  - model: authentik_flows.flowstagebinding
    identifiers:
      target: !KeyOf flow
      stage: !Find [authentik_stages_user_login.userloginstage, [name, default-authentication-login]]
      order: 30
";
    for (engine, _store) in houses().await {
        blueprint::apply_text(&engine, NOW, FLOW)
            .await
            .expect("a flow");
        let (key, his) = (
            with_passkey(&engine, MIA).await,
            with_passkey(&engine, DAN).await,
        );
        with_codes(&engine, MIA).await;
        let named = async |name: &str| {
            let visit = Visit {
                may_act: true,
                ..Visit::default()
            };
            let mut tab = Tab::open(&engine, "named", visit, NOW).await;
            tab.answer(json!({ "uid_field": name })).await;
            tab
        };
        for name in ["mia", "nobody"] {
            let tab = named(name).await;
            assert!(tab.device().devices.is_empty() && tab.device().passwordless);
            assert_eq!(options(&tab)["allowCredentials"], json!([]));
        }
        let mut tab = named("mia").await;
        tab.answer(json!({ "webauthn": his.get(&options(&tab)) }))
            .await;
        assert!(!tab.is_signed_in(), "somebody else than was named");
        let mut tab = named("mia").await;
        tab.answer(json!({ "webauthn": key.get(&options(&tab)) }))
            .await;
        assert!(tab.is_signed_in(), "{:?}", tab.step);
    }
}
