//! `X-authentik-jwt` and `X-authentik-meta-jwks`: forward-auth.md 6.3 and 9.

use doorward_engine::Context;
use doorward_engine::resource::actions::rotation;
use doorward_engine::session::hash_text;
use doorward_engine::testing::NOW;
use doorward_protocol::certificate::{NewCertificate, NewKey, make};
use doorward_protocol::encoding::base64;
use doorward_protocol::jose::{Signed, Typ, VerifyingKey, read_set, verify};
use doorward_protocol::seal::Purpose;
use doorward_store::token;
use serde_json::json;

use crate::answer::Answer;
use crate::kit::{EXTERNAL, Kit, PUBLIC, forwarded, later};

const PAIR: &str = "authentik_crypto.certificatekeypair";
const MINUTE_MS: i64 = 60_000;

/// A product with a key that signs.
async fn with_key(kit: Kit) -> Kit {
    let made = make(&NewCertificate {
        common_name: "authentik Self-signed Certificate",
        names: Vec::new(),
        now: NOW,
        validity_days: 365,
        key: NewKey::Rsa2048,
    })
    .unwrap();
    let about = format!("{PAIR}.key_data");
    let keys = &kit.engine.keys;
    let sealed = keys.seal(
        Purpose::AtRest,
        about.as_bytes(),
        made.private_key.as_bytes(),
    );
    let config = json!({
        "pk": PAIR_ID, "name": "authentik Self-signed Certificate",
        "certificate_data": made.certificate, "key_data": sealed,
    });
    kit.save(PAIR, PAIR_ID, config).await;
    kit
}

const PAIR_ID: &str = "3b4a58cc-4a9c-4bbb-9d3f-0c4c6a6b7a10";

fn app() -> String {
    format!("{EXTERNAL}/app")
}

async fn ask(kit: &Kit, cookie: &str) -> Answer {
    let request = forwarded("traefik", &app(), &[("cookie", cookie)]);
    kit.send(request).await.expect(200)
}

fn jwt(answer: &Answer) -> String {
    answer.header("x-authentik-jwt").unwrap().to_owned()
}

/// What an application finds that trusts the key set alone.
async fn verified(kit: &Kit, answer: &Answer, token: &str) -> Option<Signed> {
    let address = answer.header("x-authentik-meta-jwks").unwrap();
    assert_eq!(address, format!("{PUBLIC}/application/o/app/jwks/"));
    let set = kit.open(address, "").await.expect(200);
    let keys = read_set(set.text.as_bytes()).unwrap();
    let keys: Vec<_> = keys
        .iter()
        .map(|key| VerifyingKey::new(key).unwrap())
        .collect();
    verify(token, Typ::Jwt, &keys).ok()
}

#[tokio::test]
async fn an_application_verifies_what_it_is_told_of_a_session_with_the_key_set_it_is_told() {
    for store in doorward_store::testing::every_engine().await {
        let kit = with_key(Kit::on(store, json!({})).await).await;
        let (_, central) = kit.signed_in(7).await;
        let cookie = kit.enter(&app(), &central).await;
        let rows = kit.rows().await;
        let answer = ask(&kit, &cookie).await;
        let token = jwt(&answer);
        let claims = verified(&kit, &answer, &token)
            .await
            .expect("a good signature")
            .claims;
        assert_eq!(claims["iss"], format!("{PUBLIC}/application/o/app/"));
        assert_eq!(claims["aud"], "client-app");
        assert_eq!(claims["sub"], answer.header("x-authentik-uid").unwrap());
        assert_eq!(claims["amr"], json!(["pwd"]));
        assert_eq!(claims["auth_time"], NOW / 1000);
        assert_eq!(claims["exp"], NOW / 1000 + 3600);
        assert_eq!(claims["sid"].as_str().unwrap().len(), 64);
        assert_eq!(kit.rows().await, rows, "nobody can redeem it for anything");

        // Nothing else is a client of that name.
        let address = format!("{PUBLIC}/application/o/authorize/?client_id=client-app");
        kit.open(&address, "").await.expect(400);
        let document = format!("{PUBLIC}/application/o/app/.well-known/openid-configuration");
        kit.open(&document, "").await.expect(404);
    }
}

#[tokio::test]
async fn a_warm_check_shows_the_same_token_until_a_quarter_of_its_life_is_left() {
    let kit = with_key(Kit::new(json!({})).await).await;
    let (_, central) = kit.signed_in(7).await;
    let cookie = kit.enter(&app(), &central).await;
    let request = || forwarded("traefik", &app(), &[("cookie", &cookie)]);
    let first = jwt(&ask(&kit, &cookie).await);
    later(44 * MINUTE_MS);
    assert_eq!(kit.at_once("127.0.0.1", &request()), Some(200));
    assert_eq!(jwt(&ask(&kit, &cookie).await), first);
    later(2 * MINUTE_MS);
    assert_eq!(
        kit.at_once("127.0.0.1", &request()),
        None,
        "it has to be made"
    );
    let answer = ask(&kit, &cookie).await;
    let second = jwt(&answer);
    assert_ne!(second, first);
    assert!(verified(&kit, &answer, &second).await.is_some());
    assert_eq!(kit.at_once("127.0.0.1", &request()), Some(200));
}

#[tokio::test]
async fn each_session_has_its_own_and_a_changed_person_another() {
    let kit = with_key(Kit::new(json!({})).await).await;
    let mut tokens = Vec::new();
    for _ in 0..2 {
        let (_, central) = kit.signed_in(7).await;
        let cookie = kit.enter(&app(), &central).await;
        tokens.push((jwt(&ask(&kit, &cookie).await), cookie));
    }
    let (one, two) = (&tokens[0], &tokens[1]);
    assert_ne!(one.0, two.0);
    assert_eq!(jwt(&ask(&kit, &one.1).await), one.0);
    later(1000);
    kit.attributes(7, json!({ "upn": "foo" })).await;
    assert_ne!(jwt(&ask(&kit, &one.1).await), one.0);
}

#[tokio::test]
async fn a_rotated_key_signs_the_next_token_and_the_former_one_verifies_the_last() {
    for store in doorward_store::testing::every_engine().await {
        let kit = with_key(Kit::on(store, json!({})).await).await;
        let (_, central) = kit.signed_in(7).await;
        let cookie = kit.enter(&app(), &central).await;
        let first = jwt(&ask(&kit, &cookie).await);
        let ctx = Context::system(NOW);
        let rotate = async |body| {
            let rotated = rotation::rotate(&kit.engine, &ctx, PAIR_ID, &body).await;
            rotated.expect("a rotated pair");
        };
        rotate(json!({ "overlap": "seconds=0" })).await;
        let answer = ask(&kit, &cookie).await;
        let second = jwt(&answer);
        let kid = |signed: Option<Signed>| signed.expect("a good signature").kid;
        let former = kid(verified(&kit, &answer, &first).await);
        assert_ne!(kid(verified(&kit, &answer, &second).await), former);

        rotate(json!({ "compromised": true })).await;
        let answer = ask(&kit, &cookie).await;
        for token in [&first, &second] {
            assert!(verified(&kit, &answer, token).await.is_none());
        }
        assert!(verified(&kit, &answer, &jwt(&answer)).await.is_some());
    }
}

#[tokio::test]
async fn a_public_path_and_an_installation_without_a_key_are_told_nothing() {
    let kit = Kit::new(json!({})).await;
    let (_, central) = kit.signed_in(7).await;
    let cookie = kit.enter(&app(), &central).await;
    assert_eq!(jwt(&ask(&kit, &cookie).await), "");
    let kit = with_key(kit).await;
    let skipped = forwarded("traefik", &format!("{EXTERNAL}/skip"), &[]);
    assert_eq!(jwt(&kit.send(skipped).await.expect(200)), "");
    assert_ne!(jwt(&ask(&kit, &cookie).await), "");
}

/// An app password of somebody's that ends after so many minutes, or never.
async fn app_password(kit: &Kit, user_id: i64, key: &str, minutes: Option<i64>) {
    let row = token::TokenRow {
        id: format!("id-of-{key}"),
        identifier: key.to_owned(),
        intent: "app_password".to_owned(),
        user_id,
        description: String::new(),
        description_key: String::new(),
        key_hash: hash_text(key),
        key_sealed: String::new(),
        expiring: minutes.is_some(),
        expires_at: minutes.map(|minutes| NOW + minutes * MINUTE_MS),
        managed: None,
        created_at: NOW,
        updated_at: NOW,
    };
    let mut tx = kit.engine.store.begin().await.unwrap();
    token::insert(&mut tx, &row).await.unwrap();
    kit.engine.commit(tx).await.unwrap();
}

async fn by_password(kit: &Kit, url: &str, key: &str) -> Answer {
    let basic = format!("Basic {}", base64(format!("foo:{key}")));
    let request = forwarded("traefik", url, &[("authorization", &basic)]);
    kit.send(request).await
}

/// forward-auth.md 13: scripts have a token as their app would have from authentik.
#[tokio::test]
async fn whoever_comes_with_an_app_password_has_a_token_that_tells_of_no_sign_in() {
    for store in doorward_store::testing::every_engine().await {
        let looks = json!({ "intercept_header_auth": true });
        let kit = with_key(Kit::on(store, looks).await).await;
        app_password(&kit, 7, "a-password-of-foo", None).await;
        let rows = kit.rows().await;
        let answer = by_password(&kit, &app(), "a-password-of-foo")
            .await
            .expect(200);
        let token = jwt(&answer);
        let signed = verified(&kit, &answer, &token).await;
        let claims = signed.expect("a good signature").claims;
        assert_eq!(claims["aud"], "client-app");
        assert_eq!(claims["sub"], answer.header("x-authentik-uid").unwrap());
        assert_eq!(claims["exp"], NOW / 1000 + 3600);
        for absent in ["sid", "auth_time", "amr", "nonce"] {
            assert!(!claims.contains_key(absent), "{absent}");
        }
        assert_eq!(kit.rows().await, rows, "nothing is written");
        later(44 * MINUTE_MS);
        let again = by_password(&kit, &app(), "a-password-of-foo").await;
        assert_eq!(jwt(&again.expect(200)), token, "it is remembered");
        later(2 * MINUTE_MS);
        let again = by_password(&kit, &app(), "a-password-of-foo").await;
        assert_ne!(
            jwt(&again.expect(200)),
            token,
            "a quarter of its life was left"
        );
        kit.attributes(7, json!({ "upn": "foo" })).await;
        later(1000);
        let changed = by_password(&kit, &app(), "a-password-of-foo").await;
        assert_ne!(jwt(&changed.expect(200)), token);
    }
}

#[tokio::test]
async fn a_token_for_an_app_password_ends_with_it() {
    for store in doorward_store::testing::every_engine().await {
        let looks = json!({ "intercept_header_auth": true });
        let kit = with_key(Kit::on(store, looks).await).await;
        app_password(&kit, 7, "for-ten-minutes", Some(10)).await;
        app_password(&kit, 7, "to-be-taken-back", None).await;
        let answer = by_password(&kit, &app(), "for-ten-minutes")
            .await
            .expect(200);
        let signed = verified(&kit, &answer, &jwt(&answer)).await.unwrap();
        assert_eq!(
            signed.claims["exp"],
            NOW / 1000 + 600,
            "not beyond the password"
        );
        let other = by_password(&kit, &app(), "to-be-taken-back")
            .await
            .expect(200);
        assert_ne!(jwt(&other), jwt(&answer), "each password has its own");
        later(10 * MINUTE_MS);
        let late = by_password(&kit, &app(), "for-ten-minutes").await;
        assert_ne!(late.status, 200);
        assert_eq!(late.header("x-authentik-jwt"), None);
        let mut tx = kit.engine.store.begin().await.unwrap();
        token::delete(&mut tx, "to-be-taken-back").await.unwrap();
        kit.engine.commit(tx).await.unwrap();
        let gone = by_password(&kit, &app(), "to-be-taken-back").await;
        assert_ne!(gone.status, 200);
        assert_eq!(gone.header("x-authentik-jwt"), None);
        app_password(&kit, 7, "of-a-shut-account", None).await;
        by_password(&kit, &app(), "of-a-shut-account")
            .await
            .expect(200);
        kit.disable(7).await;
        let shut = by_password(&kit, &app(), "of-a-shut-account").await;
        assert_ne!(shut.status, 200);
        assert_eq!(shut.header("x-authentik-jwt"), None);
    }
}

/// What was made for one application is worth nothing at another.
#[tokio::test]
async fn one_app_password_leads_to_another_token_for_each_application() {
    let looks = json!({ "intercept_header_auth": true });
    let kit = with_key(Kit::new(looks).await).await;
    let elsewhere = json!({
        "external_host": "https://wiki.example.org", "intercept_header_auth": true,
    });
    kit.provider(2, "wiki", elsewhere).await;
    app_password(&kit, 7, "a-password-of-foo", None).await;
    let one = by_password(&kit, &app(), "a-password-of-foo")
        .await
        .expect(200);
    let url = "https://wiki.example.org/";
    let other = by_password(&kit, url, "a-password-of-foo")
        .await
        .expect(200);
    assert_ne!(jwt(&one), jwt(&other));
    assert!(
        verified(&kit, &one, &jwt(&other)).await.is_some(),
        "the same key"
    );
    let audience = |token: &str| {
        let part = token.split('.').nth(1).unwrap();
        let bytes = doorward_protocol::encoding::from_base64url(part).unwrap();
        serde_json::from_slice::<serde_json::Value>(&bytes).unwrap()["aud"].clone()
    };
    assert_eq!(audience(&jwt(&one)), "client-app");
    assert_eq!(audience(&jwt(&other)), "client-wiki");
}
