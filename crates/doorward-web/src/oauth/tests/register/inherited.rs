//! What the provider does by now, the clients do that registered with it: what it insists on, and the
//! keys that it publishes.

use std::collections::BTreeSet;

use doorward_engine::Context;
use doorward_engine::resource::actions::rotation;
use doorward_engine::resource::{self, Mode, Refusal, World};
use doorward_protocol::certificate::NewKey;
use serde_json::{Value, json};

use super::super::kit::{CALLBACK, Client, Kit, Seen, claims, header, now, wait};
use super::super::rotation::{id_token, imported, kid, verifies};
use super::{call, client, open, place, register, registered, said};

const HOUR_MS: i64 = 3_600_000;
const PAR: &str = "require_pushed_authorization_requests";
const DPOP: &str = "dpop_bound_access_tokens";

async fn ask(kit: &Kit, client: &Client) -> Seen {
    let asked = [
        ("client_id", &*client.id),
        ("response_type", "code"),
        ("redirect_uri", CALLBACK),
        ("scope", "openid"),
    ];
    kit.authorize(&asked).await
}

fn is_refused(seen: &Seen) -> bool {
    seen.status == 400 || seen.answer().contains_key("error")
}

async fn sub(kit: &Kit, client: &Client) -> String {
    let tokens = kit.tokens(client, "openid").await;
    claims(id_token(&tokens))["sub"]
        .as_str()
        .unwrap()
        .to_owned()
}

/// What a client reads of its registration now.
async fn read(kit: &Kit, told: &Value) -> Value {
    let (path, key) = place(told);
    call(kit, "GET", &path, &key, None).await.expect(200).json()
}

/// Not only those who register from now on, nor only at their next change.
#[tokio::test]
async fn a_parent_made_stricter_reaches_its_registered_clients_at_once() {
    for kit in Kit::every().await {
        let (parent, token) = open(&kit, json!({})).await;
        let told = registered(&kit, &token, &json!({})).await;
        let own = client(&told);
        let public = sub(&kit, &own).await;

        kit.amend_provider(&parent, &json!({ PAR: true })).await;
        assert!(is_refused(&ask(&kit, &own).await), "it was not sent ahead");
        assert_eq!(read(&kit, &told).await[PAR], true);

        let more = json!({ PAR: false, DPOP: true });
        kit.amend_provider(&parent, &more).await;
        let code = kit.code(&own, "openid").await;
        let seen = kit.exchange(&own, &code).await.expect(400);
        assert_eq!(seen.error(), "invalid_dpop_proof");
        assert_eq!(read(&kit, &told).await[DPOP], true);

        let more = json!({ DPOP: false, "subject_type": "pairwise" });
        kit.amend_provider(&parent, &more).await;
        let pairwise = sub(&kit, &own).await;
        assert_ne!(pairwise, public);
        assert_eq!(read(&kit, &told).await["subject_type"], "pairwise");

        kit.amend_provider(&parent, &json!({ "subject_type": "public" }))
            .await;
        assert_eq!(sub(&kit, &own).await, public);
        assert_eq!(read(&kit, &told).await, told);
    }
}

#[tokio::test]
async fn what_a_client_asked_for_itself_holds_whatever_its_parent_does() {
    for kit in Kit::every().await {
        let (parent, token) = open(&kit, json!({})).await;
        let ahead = client(&registered(&kit, &token, &json!({ PAR: true })).await);
        let bound = client(&registered(&kit, &token, &json!({ DPOP: true })).await);
        let more = json!({ "subject_type": "pairwise" });
        let pairwise = client(&registered(&kit, &token, &more).await);
        let name = sub(&kit, &pairwise).await;
        for strict in [true, false] {
            let more = json!({ PAR: strict, DPOP: strict });
            kit.amend_provider(&parent, &more).await;
        }
        assert!(is_refused(&ask(&kit, &ahead).await));
        let code = kit.code(&bound, "openid").await;
        let seen = kit.exchange(&bound, &code).await.expect(400);
        assert_eq!(seen.error(), "invalid_dpop_proof");
        assert_eq!(sub(&kit, &pairwise).await, name);
    }
}

/// OpenID Connect Core §8.1: nobody looked at whose sector it is, so it shares names with nobody.
#[tokio::test]
async fn a_client_that_becomes_pairwise_with_its_parent_is_a_sector_of_its_own() {
    for kit in Kit::every().await {
        let (parent, token) = open(&kit, json!({})).await;
        let one = client(&registered(&kit, &token, &json!({})).await);
        let uris = json!([CALLBACK, "https://other.example/cb"]);
        let two = client(&registered(&kit, &token, &json!({ "redirect_uris": uris })).await);
        let more = json!({ "subject_type": "pairwise" });
        let victim = client(&registered(&kit, &token, &more).await);
        kit.amend_provider(&parent, &more).await;
        let mut names = BTreeSet::new();
        for own in [&one, &two, &victim] {
            names.insert(sub(&kit, own).await);
        }
        assert_eq!(names.len(), 3, "{names:?}");
    }
}

/// Discovery 1.0 §4.3: whoever has read the issuer's document knows who speaks.
#[tokio::test]
async fn a_registered_client_is_told_the_issuer_that_the_parents_document_names_by_now() {
    let kit = Kit::sqlite().await;
    let (parent, token) = open(&kit, json!({})).await;
    let own = client(&registered(&kit, &token, &json!({})).await);
    kit.amend_provider(&parent, &json!({ "issuer_mode": "global" }))
        .await;
    let tokens = kit.tokens(&own, "openid").await;
    let issuer = document(&kit).await["issuer"].clone();
    assert_eq!(claims(id_token(&tokens))["iss"], issuer);
}

/// What a parent insists on reaches everybody who speaks in its name, for nobody stands between.
#[tokio::test]
async fn whoever_speaks_in_the_name_of_another_is_nobodys_issuer() {
    for kit in Kit::every().await {
        let (parent, token) = open(&kit, json!({})).await;
        let registered = client(&registered(&kit, &token, &json!({})).await);
        let other = kit.client("other", json!({})).await;
        let third = kit.client("third", json!({})).await;
        let pk = |client: &Client| {
            let snapshot = kit.engine.snapshot();
            snapshot.oauth.named(&client.id).unwrap().provider.pk
        };
        let below = pk(&registered);
        for (provider, issuer) in [
            (other.provider, other.provider),
            (other.provider, below),
            (parent.provider, other.provider),
            (parent.provider, below),
        ] {
            let seen = point(&kit, provider, issuer).await;
            assert!(matches!(seen, Err(Refusal::Invalid(_))), "{seen:?}");
        }
        assert!(point(&kit, third.provider, parent.provider).await.is_ok());
    }
}

/// An operator says in whose name a provider speaks.
async fn point(kit: &Kit, provider: i64, issuer: i64) -> Result<Value, Refusal> {
    let ctx = Context::system(now());
    let kind = resource::kind("authentik_providers_oauth2.oauth2provider").unwrap();
    let body = json!({ "issuer_provider": issuer });
    let key = provider.to_string();
    resource::update(&kit.engine, &ctx, kind, &key, &body, Mode::Patch).await
}

async fn document(kit: &Kit) -> Value {
    let path = "/application/o/photos/.well-known/openid-configuration";
    kit.get(path).await.expect(200).json()
}

/// How ID tokens of the issuer may be signed, as its document says.
async fn algorithms(kit: &Kit) -> BTreeSet<String> {
    let document = document(kit).await;
    serde_json::from_value(document["id_token_signing_alg_values_supported"].clone()).unwrap()
}

fn alg(tokens: &Value) -> String {
    header(id_token(tokens))["alg"].as_str().unwrap().to_owned()
}

/// RFC 7591 §3.2.2
#[tokio::test]
async fn an_algorithm_that_the_parent_does_not_offer_is_refused_with_those_that_it_does() {
    for kit in Kit::every().await {
        let (parent, token) = open(&kit, json!({})).await;
        for (name, word) in [
            ("id_token_signed_response_alg", "ES256"),
            ("id_token_signed_response_alg", "EdDSA"),
            ("id_token_signed_response_alg", "HS256"),
            ("userinfo_signed_response_alg", "EdDSA"),
        ] {
            let seen = register(&kit, &token, &said(&json!({ name: word }))).await;
            let seen = seen.expect(400);
            assert_eq!(seen.error(), "invalid_client_metadata");
            let why = seen.json()["error_description"].clone();
            assert_eq!(why, json!(format!("{name} is one of RS256.")));
        }
        assert_eq!(algorithms(&kit).await, ["RS256".to_owned()].into());
        let pair = imported(&kit, "curve", NewKey::Ed25519).await;
        kit.amend_provider(&parent, &json!({ "signing_key": pair }))
            .await;
        for word in algorithms(&kit).await {
            let more = json!({ "id_token_signed_response_alg": word });
            let own = client(&registered(&kit, &token, &more).await);
            let tokens = kit.tokens(&own, "openid").await;
            assert_eq!(alg(&tokens), word);
            assert!(verifies(&kit, "photos", id_token(&tokens)).await, "{word}");
        }
    }
}

/// A parent whose key is of each kind in turn, and clients that asked for each while they could.
#[tokio::test]
async fn the_tokens_of_every_registered_client_verify_against_the_keys_of_its_issuer() {
    for kit in Kit::every().await {
        let (parent, token) = open(&kit, json!({})).await;
        let mut all = vec![client(&registered(&kit, &token, &json!({})).await)];
        for (name, kind, word) in [
            ("p256", NewKey::Ecdsa, "ES256"),
            ("ed", NewKey::Ed25519, "EdDSA"),
            ("rsa", NewKey::Rsa2048, "RS256"),
        ] {
            let pair = imported(&kit, name, kind).await;
            kit.amend_provider(&parent, &json!({ "signing_key": pair }))
                .await;
            let more = json!({
                "id_token_signed_response_alg": word, "userinfo_signed_response_alg": word,
            });
            all.push(client(&registered(&kit, &token, &more).await));
            let offered = algorithms(&kit).await;
            for own in &all {
                let tokens = kit.tokens(own, "openid").await;
                assert!(verifies(&kit, "photos", id_token(&tokens)).await, "{word}");
                assert!(offered.contains(&alg(&tokens)), "{offered:?}");
                let access = tokens["access_token"].as_str().unwrap();
                let seen = kit.userinfo(access).await.expect(200);
                let is_signed = seen.header("content-type") == "application/jwt";
                assert!(!is_signed || verifies(&kit, "photos", &seen.text).await);
            }
        }
        let used: BTreeSet<_> = ["RS256", "ES256", "EdDSA"].map(str::to_owned).into();
        assert_eq!(algorithms(&kit).await, used);
    }
}

/// The installation's own pair for an algorithm.
fn own_pair(kit: &Kit, algorithm: &str) -> String {
    let world = World::of(&kit.engine.snapshot());
    let pairs = world.objects("authentik_crypto.certificatekeypair").iter();
    let managed = json!(format!("doorward/signing/{algorithm}"));
    let mut own = pairs.filter(|one| one.config["managed"] == managed);
    own.next().expect("a client asked for it").id.clone()
}

/// A client that signed with a pair of the installation, and does so no more: what it signed is good
/// until it ends, and then nothing says so any more.
#[tokio::test]
async fn a_key_of_a_registered_client_stays_with_its_issuer_as_long_as_what_it_signed() {
    for kit in Kit::every().await {
        let (parent, token) = open(&kit, json!({ "access_token_validity": "hours=1" })).await;
        let pair = imported(&kit, "p256", NewKey::Ecdsa).await;
        kit.amend_provider(&parent, &json!({ "signing_key": pair }))
            .await;
        let wish = json!({ "id_token_signed_response_alg": "ES256" });
        let told = registered(&kit, &token, &wish).await;
        let own = client(&told);
        let rsa = imported(&kit, "rsa", NewKey::Rsa2048).await;
        kit.amend_provider(&parent, &json!({ "signing_key": rsa }))
            .await;
        let first = kit.tokens(&own, "openid").await;
        let ctx = Context::system(now());
        let pair = own_pair(&kit, "ES256");
        let body = json!({ "overlap": "seconds=0" });
        rotation::rotate(&kit.engine, &ctx, &pair, &body)
            .await
            .unwrap();
        let second = kit.tokens(&own, "openid").await;
        assert_ne!(kid(id_token(&first)), kid(id_token(&second)));
        let (path, key) = place(&told);
        let body = said(&json!({ "client_id": own.id }));
        call(&kit, "PUT", &path, &key, Some(&body))
            .await
            .expect(200);
        assert_eq!(alg(&kit.tokens(&own, "openid").await), "RS256");
        assert!(!algorithms(&kit).await.contains("ES256"));
        let seen = register(&kit, &token, &said(&wish)).await.expect(400);
        assert_eq!(seen.error(), "invalid_client_metadata");
        for tokens in [&first, &second] {
            assert_eq!(alg(tokens), "ES256");
            assert!(verifies(&kit, "photos", id_token(tokens)).await);
        }
        wait(HOUR_MS + 6 * 60_000);
        for tokens in [&first, &second] {
            assert!(!verifies(&kit, "photos", id_token(tokens)).await);
        }
    }
}
