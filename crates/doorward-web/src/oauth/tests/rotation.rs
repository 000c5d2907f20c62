//! Keys that come and go.

use doorward_engine::resource::actions::rotation;
use doorward_engine::resource::write::Writing;
use doorward_engine::resource::{self, Mode, Refusal, World};
use doorward_engine::{Context, testing};
use doorward_protocol::certificate::{NewCertificate, NewKey, make};
use doorward_protocol::jose::{Typ, VerifyingKey, read_set, verify};
use serde_json::{Value, json};

use super::kit::{CALLBACK, Client, Kit, header, now, wait};

const PAIR: &str = "authentik_crypto.certificatekeypair";
const PROVIDER: &str = "authentik_providers_oauth2.oauth2provider";
const HOUR_MS: i64 = 3_600_000;

fn own_pair(kit: &Kit) -> String {
    let world = World::of(&kit.engine.snapshot());
    let pairs = world.objects(PAIR).iter();
    let mut own = pairs.filter(|one| one.config["name"] == "authentik Self-signed Certificate");
    own.next().expect("it ships").id.clone()
}

async fn rotate(kit: &Kit, pair: &str, body: Value) -> Value {
    let ctx = Context::system(now());
    let rotated = rotation::rotate(&kit.engine, &ctx, pair, &body).await;
    rotated.expect("a rotated pair")
}

/// The states of a pair's keys, by their names.
fn states(pair: &Value) -> Vec<(String, String)> {
    let keys = pair["signing_keys"].as_array().unwrap().iter();
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    keys.map(|key| (text(&key["kid"]), text(&key["state"])))
        .collect()
}

async fn set(kit: &Kit, slug: &str) -> String {
    let path = format!("/application/o/{slug}/jwks/");
    kit.get(&path).await.expect(200).text
}

async fn kids(kit: &Kit, slug: &str) -> Vec<String> {
    let set = read_set(set(kit, slug).await.as_bytes()).unwrap();
    set.into_iter().filter_map(|key| key.kid).collect()
}

/// Whether a client that reads the key set now takes the ID token.
pub(super) async fn verifies(kit: &Kit, slug: &str, token: &str) -> bool {
    let set = read_set(set(kit, slug).await.as_bytes()).unwrap();
    let keys: Vec<_> = set
        .iter()
        .map(|key| VerifyingKey::new(key).unwrap())
        .collect();
    verify(token, Typ::Jwt, &keys).is_ok()
}

pub(super) fn kid(token: &str) -> String {
    header(token)["kid"].as_str().unwrap().to_owned()
}

pub(super) fn id_token(tokens: &Value) -> &str {
    tokens["id_token"].as_str().unwrap()
}

/// Whether an ID token is believed as a hint of who signs in.
async fn is_believed(kit: &Kit, client: &Client, hint: &str) -> bool {
    let seen = kit
        .authorize(&[
            ("client_id", &client.id),
            ("response_type", "code"),
            ("redirect_uri", CALLBACK),
            ("scope", "openid"),
            ("prompt", "none"),
            ("id_token_hint", hint),
        ])
        .await;
    seen.expect(303).answer().contains_key("code")
}

async fn change(kit: &Kit, client: &Client, body: Value) {
    let ctx = Context::system(now());
    let kind = resource::kind(PROVIDER).unwrap();
    let key = client.provider.to_string();
    let changed = resource::update(&kit.engine, &ctx, kind, &key, &body, Mode::Patch).await;
    changed.expect("a changed provider");
}

/// A pair of an operator's own.
pub(super) async fn imported(kit: &Kit, name: &str, key: NewKey) -> String {
    let new = NewCertificate {
        common_name: name,
        names: Vec::new(),
        now: testing::NOW,
        validity_days: 30,
        key,
    };
    let made = make(&new).unwrap();
    let body = json!({
        "name": name, "certificate_data": made.certificate, "key_data": made.private_key,
    });
    let ctx = Context::system(now());
    let kind = resource::kind(PAIR).unwrap();
    let answer = resource::create(&kit.engine, &ctx, kind, &body).await;
    answer.unwrap()["pk"].as_str().unwrap().to_owned()
}

/// oidc.md 3.6, `oidcc-server-rotate-keys`.
#[tokio::test]
async fn a_key_is_published_before_it_signs_and_until_what_it_signed_has_ended() {
    for kit in Kit::every().await {
        let client = kit.client("photos", json!({})).await;
        let old = kit.tokens(&client, "openid").await;
        let first = kid(id_token(&old));
        assert_eq!(kids(&kit, "photos").await, std::slice::from_ref(&first));

        let pair = own_pair(&kit);
        let rotated = rotate(&kit, &pair, json!({ "overlap": "hours=1" })).await;
        let [(next, _), (active, _)] = &states(&rotated)[..] else {
            panic!("{rotated}");
        };
        assert_eq!(active, &first);
        assert_eq!(kids(&kit, "photos").await, [first.clone(), next.clone()]);
        assert_eq!(kid(id_token(&kit.tokens(&client, "openid").await)), first);
        kit.engine.turn_keys(now() + HOUR_MS - 1).await.unwrap();
        assert_eq!(kid(id_token(&kit.tokens(&client, "openid").await)), first);

        wait(HOUR_MS);
        let late = kit.tokens(&client, "openid").await;
        kit.engine.turn_keys(now()).await.unwrap();
        let new = kit.tokens(&client, "openid").await;
        assert_eq!(kid(id_token(&new)), *next);
        assert_eq!(kids(&kit, "photos").await, [next.clone(), first.clone()]);
        for token in [&old, &late, &new] {
            assert!(verifies(&kit, "photos", id_token(token)).await);
        }
        let access = late["access_token"].as_str().unwrap();
        kit.userinfo(access).await.expect(200);

        // The token of the last moment has ended; so has its key, whether or not anybody tidies up.
        wait(HOUR_MS);
        assert!(verifies(&kit, "photos", id_token(&late)).await);
        wait(6 * 60_000);
        assert_eq!(kids(&kit, "photos").await, std::slice::from_ref(next));
        assert!(
            is_believed(&kit, &client, id_token(&old)).await,
            "a hint may be late"
        );
        kit.engine.purge(now()).await.unwrap();
        assert!(is_believed(&kit, &client, id_token(&old)).await);
    }
}

#[tokio::test]
async fn a_compromised_key_is_gone_at_once_and_a_waiting_one_with_it() {
    for kit in Kit::every().await {
        let client = kit.client("photos", json!({})).await;
        let old = kit.tokens(&client, "openid").await;
        let pair = own_pair(&kit);
        rotate(&kit, &pair, json!({ "overlap": "seconds=0" })).await;
        let second = kit.tokens(&client, "openid").await;
        rotate(&kit, &pair, json!({})).await;
        let before = kids(&kit, "photos").await;
        assert_eq!(before.len(), 3, "active, next, retired");

        let rotated = rotate(&kit, &pair, json!({ "compromised": true })).await;
        let [(only, state)] = &states(&rotated)[..] else {
            panic!("{rotated}");
        };
        assert_eq!(state, "active");
        assert!(!before.contains(only), "a waiting key may be known, too");
        assert_eq!(kids(&kit, "photos").await, std::slice::from_ref(only));
        for token in [&old, &second] {
            assert!(!verifies(&kit, "photos", id_token(token)).await);
            assert!(!is_believed(&kit, &client, id_token(token)).await);
        }
        let new = kit.tokens(&client, "openid").await;
        assert_eq!(kid(id_token(&new)), *only);
    }
}

#[tokio::test]
async fn of_two_servers_one_lets_the_next_key_sign() {
    for kit in Kit::every().await {
        kit.client("photos", json!({})).await;
        let pair = own_pair(&kit);
        rotate(&kit, &pair, json!({ "overlap": "minutes=1" })).await;
        let version = |engine: &doorward_engine::Engine| {
            engine.snapshot().object(PAIR, &pair).unwrap().version
        };
        let before = version(&kit.engine);
        let other = testing::engine(&kit.engine.store).await;
        let due = now() + 60_000;
        let (one, two) = tokio::join!(kit.engine.turn_keys(due), other.turn_keys(due));
        one.unwrap();
        two.unwrap();
        kit.engine.forget_everything().await.unwrap();
        assert_eq!(version(&kit.engine), before + 1);
        let mut tx = kit.engine.store.read().await.unwrap();
        let retired = doorward_store::retired_key::all(&mut tx).await.unwrap();
        assert_eq!(retired.len(), 1);
    }
}

#[tokio::test]
async fn a_rotation_that_waits_is_brought_forward_with_the_same_key() {
    let kit = Kit::sqlite().await;
    let client = kit.client("photos", json!({})).await;
    let pair = own_pair(&kit);
    rotate(&kit, &pair, json!({})).await;
    let waiting = kids(&kit, "photos").await.pop().unwrap();
    rotate(&kit, &pair, json!({ "overlap": "hours=2" })).await;
    assert_eq!(kids(&kit, "photos").await.len(), 2);
    rotate(&kit, &pair, json!({ "overlap": "seconds=0" })).await;
    let tokens = kit.tokens(&client, "openid").await;
    assert_eq!(kid(id_token(&tokens)), waiting);
}

#[tokio::test]
async fn another_key_for_a_provider_leaves_the_former_one_published_for_it_alone() {
    for kit in Kit::every().await {
        let client = kit
            .client("photos", json!({ "access_token_validity": "hours=3" }))
            .await;
        kit.client("other", json!({})).await;
        let old = kit.tokens(&client, "openid").await;
        let pair = imported(&kit, "curve", NewKey::Ecdsa).await;
        change(&kit, &client, json!({ "signing_key": pair })).await;
        let new = kit.tokens(&client, "openid").await;
        assert_eq!(header(id_token(&new))["alg"], "ES256");
        assert!(verifies(&kit, "photos", id_token(&old)).await);
        // Tokens were good for three hours, and are for one now.
        change(&kit, &client, json!({ "access_token_validity": "hours=1" })).await;

        // The pair goes: what signed stays, the installation's own signs again.
        let ctx = Context::system(now());
        let kind = resource::kind(PAIR).unwrap();
        resource::delete(&kit.engine, &ctx, kind, &pair)
            .await
            .unwrap();
        let last = kit.tokens(&client, "openid").await;
        assert_eq!(header(id_token(&last))["alg"], "RS256");
        assert_eq!(kids(&kit, "photos").await.len(), 2);
        assert_eq!(
            kids(&kit, "other").await.len(),
            1,
            "it never signed for that one"
        );
        assert!(verifies(&kit, "photos", id_token(&new)).await);
        wait(HOUR_MS + 6 * 60_000);
        assert_eq!(
            kids(&kit, "photos").await.len(),
            2,
            "as long as its longest token"
        );
        wait(2 * HOUR_MS);
        assert_eq!(kids(&kit, "photos").await.len(), 1);
    }
}

#[tokio::test]
async fn another_key_in_a_pair_leaves_the_former_one_published() {
    let kit = Kit::sqlite().await;
    let pair = imported(&kit, "curve", NewKey::Ecdsa).await;
    let client = kit.client("photos", json!({ "signing_key": pair })).await;
    let old = kit.tokens(&client, "openid").await;
    let other = make(&NewCertificate {
        common_name: "curve",
        names: Vec::new(),
        now: testing::NOW,
        validity_days: 30,
        key: NewKey::Ed25519,
    })
    .unwrap();
    let body = json!({ "certificate_data": other.certificate, "key_data": other.private_key });
    let ctx = Context::system(now());
    let kind = resource::kind(PAIR).unwrap();
    let changed = resource::update(&kit.engine, &ctx, kind, &pair, &body, Mode::Patch).await;
    changed.unwrap();
    let new = kit.tokens(&client, "openid").await;
    assert_eq!(header(id_token(&new))["alg"], "EdDSA");
    for token in [&old, &new] {
        assert!(verifies(&kit, "photos", id_token(token)).await);
    }
}

#[tokio::test]
async fn each_client_has_its_algorithm_with_an_own_key_that_is_made_once() {
    for kit in Kit::every().await {
        let pairs = || kit.engine.snapshot().objects(PAIR).len();
        let before = pairs();
        for (place, alg) in (1..).zip(["ES256", "ES384", "ES512", "EdDSA"]) {
            let more = json!({ "id_token_signed_response_alg": alg });
            let one = kit.client(&format!("one-{place}"), more.clone()).await;
            let two = kit.client(&format!("two-{place}"), more).await;
            assert_eq!(pairs(), before + place, "{alg}");
            let (first, second) = (
                kit.tokens(&one, "openid").await,
                kit.tokens(&two, "openid").await,
            );
            assert_eq!(header(id_token(&first))["alg"], alg);
            assert_eq!(kid(id_token(&first)), kid(id_token(&second)));
            let slug = format!("one-{place}");
            assert!(verifies(&kit, &slug, id_token(&first)).await);
            let path = format!("/application/o/{slug}/.well-known/openid-configuration");
            let told = kit.get(&path).await.expect(200).json();
            assert_eq!(
                told["id_token_signing_alg_values_supported"],
                json!([alg, "RS256"])
            );
            let set: Value = serde_json::from_str(&set(&kit, &slug).await).unwrap();
            assert_eq!(
                set["keys"][1]["alg"], "RS256",
                "RS256 can always be verified"
            );
        }
        assert_eq!(pairs(), before + 4, "no answer makes a key");
    }
}

#[tokio::test]
async fn an_algorithm_is_that_of_the_providers_own_key_if_it_fits() {
    let kit = Kit::sqlite().await;
    let pair = imported(&kit, "curve", NewKey::EcdsaP384).await;
    let more = json!({ "signing_key": pair, "id_token_signed_response_alg": "ES384" });
    let client = kit.client("photos", more).await;
    let before = kit.engine.snapshot().objects(PAIR).len();
    let tokens = kit.tokens(&client, "openid").await;
    assert_eq!(kids(&kit, "photos").await[0], kid(id_token(&tokens)));
    change(
        &kit,
        &client,
        json!({ "id_token_signed_response_alg": "RS256" }),
    )
    .await;
    let later = kit.tokens(&client, "openid").await;
    assert_eq!(header(id_token(&later))["alg"], "RS256");
    assert!(
        verifies(&kit, "photos", id_token(&tokens)).await,
        "the former one stays"
    );
    assert_eq!(kit.engine.snapshot().objects(PAIR).len(), before);
}

/// Whatever an operator takes away: a client without a key of its own goes on, with RS256.
#[tokio::test]
async fn the_last_rsa_key_is_made_again() {
    let kit = Kit::sqlite().await;
    let client = kit.client("photos", json!({})).await;
    let old = kit.tokens(&client, "openid").await;
    let ctx = Context::system(now());
    let kind = resource::kind(PAIR).unwrap();
    resource::delete(&kit.engine, &ctx, kind, &own_pair(&kit))
        .await
        .unwrap();
    let new = kit.tokens(&client, "openid").await;
    assert_eq!(header(id_token(&new))["alg"], "RS256");
    assert!(verifies(&kit, "photos", id_token(&old)).await);
}

#[tokio::test]
async fn a_rotation_that_cannot_be_says_why() {
    let kit = Kit::sqlite().await;
    let ctx = Context::system(now());
    let pair = own_pair(&kit);
    for (body, field) in [
        (json!({ "overlap": "days=91" }), "overlap"),
        (json!({ "overlap": "soon" }), "overlap"),
        (json!({ "compromised": "perhaps" }), "compromised"),
    ] {
        let refused = rotation::rotate(&kit.engine, &ctx, &pair, &body).await;
        match refused {
            Err(Refusal::Invalid(errors)) => assert!(errors.has(field), "{body}"),
            other => panic!("{body}: {other:?}"),
        }
    }
    let mut writing = Writing::begin(&kit.engine, &ctx).await.unwrap();
    let kind = resource::kind(PAIR).unwrap();
    let bare = json!({ "key_data": null });
    writing.amend(kind, &pair, &bare).await.unwrap();
    writing.commit().await.unwrap();
    let refused = rotation::rotate(&kit.engine, &ctx, &pair, &json!({})).await;
    assert!(matches!(refused, Err(Refusal::Invalid(_))));
}

/// A pair that comes from files, as the folder brings it in.
async fn of_files(kit: &Kit, key: NewKey) -> String {
    let made = of(key);
    let body = json!({
        "name": "of files", "certificate_data": made.certificate, "key_data": made.private_key,
        "managed": "goauthentik.io/crypto/discovered/of files",
    });
    let ctx = Context::system(now());
    let mut writing = Writing::begin(&kit.engine, &ctx).await.unwrap();
    let kind = resource::kind(PAIR).unwrap();
    let id = writing.insert(kind, &body, None).await.unwrap();
    writing.commit().await.unwrap();
    id
}

fn of(key: NewKey) -> doorward_protocol::certificate::Pair {
    make(&NewCertificate {
        common_name: "of files",
        names: Vec::new(),
        now: testing::NOW,
        validity_days: 30,
        key,
    })
    .unwrap()
}

#[tokio::test]
async fn a_compromised_key_of_files_is_withdrawn_and_apps_go_on_with_the_installations_own() {
    for kit in Kit::every().await {
        for (slug, key, alg) in [
            ("wiki", NewKey::Ecdsa, "ES256"),
            ("blog", NewKey::Rsa2048, "RS256"),
        ] {
            let pair = of_files(&kit, key).await;
            let client = kit.client(slug, json!({ "signing_key": pair })).await;
            let old = kit.tokens(&client, "openid").await;
            let first = kid(id_token(&old));
            assert!(kids(&kit, slug).await.contains(&first));

            let told = rotate(&kit, &pair, json!({ "compromised": true })).await;
            assert_eq!(states(&told), [(first.clone(), "withdrawn".to_owned())]);
            assert!(!kids(&kit, slug).await.contains(&first), "{slug}");
            assert!(!verifies(&kit, slug, id_token(&old)).await);
            assert!(!is_believed(&kit, &client, id_token(&old)).await);
            let meanwhile = kit.tokens(&client, "openid").await;
            let other = kid(id_token(&meanwhile));
            assert_ne!(other, first);
            assert_eq!(header(id_token(&meanwhile))["alg"], alg, "{slug}");
            assert!(verifies(&kit, slug, id_token(&meanwhile)).await);

            // The folder brings in another key.
            let new = of(key);
            let body = json!({ "certificate_data": new.certificate, "key_data": new.private_key });
            let ctx = Context::system(now());
            let mut writing = Writing::begin(&kit.engine, &ctx).await.unwrap();
            let kind = resource::kind(PAIR).unwrap();
            writing.amend(kind, &pair, &body).await.unwrap();
            writing.commit().await.unwrap();
            let after = kit.tokens(&client, "openid").await;
            let last = kid(id_token(&after));
            assert!(last != first && last != other, "{slug}");
            let all = kids(&kit, slug).await;
            assert!(all.contains(&last) && all.contains(&other) && !all.contains(&first));
            assert!(
                verifies(&kit, slug, id_token(&meanwhile)).await,
                "what it signed is good"
            );
            assert!(!verifies(&kit, slug, id_token(&old)).await);
            let ctx = Context::system(now());
            resource::delete(&kit.engine, &ctx, kind, &pair)
                .await
                .unwrap();
        }
        let events = kit.events("secret_rotate").await;
        let told = |one: &&Value| {
            one["message"]
                .as_str()
                .is_some_and(|one| one.contains("withdrawn"))
        };
        assert_eq!(events.iter().filter(told).count(), 2);
    }
}
