//! `client_keys` as PEM text: what an administrator's file becomes, and what is refused.

use doorward_engine::Context;
use doorward_engine::resource::write::Writing;
use doorward_engine::resource::{Refusal, kind};
use doorward_protocol::jose::{SigningKey, Typ, sign};
use serde_json::{Value, json};

use super::kit::{Client, Kit, now};

const PROVIDER: &str = "authentik_providers_oauth2.oauth2provider";
const KIND: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
const ISSUER: &str = "https://auth.example.org/application/o/photos/";

/// What openssl made.
macro_rules! openssl {
    ($file:literal) => {
        include_str!(concat!(
            "../../../../doorward-protocol/src/jose/tests/",
            $file
        ))
    };
}

/// In the order of the files with their public halves.
const PRIVATE: [&str; 5] = [
    openssl!("rsa.pem"),
    openssl!("p256.pem"),
    openssl!("p384.pem"),
    openssl!("p521.pem"),
    openssl!("ed25519.pem"),
];

async fn photos(kit: &Kit, keys: &str) -> Client {
    let grants = ["authorization_code", "client_credentials"];
    let settings = json!({ "grant_types": grants, "client_keys": keys });
    kit.client("photos", settings).await
}

/// What the token endpoint answers to a word that is signed with this key.
async fn asserted(kit: &Kit, pem: &str, kid: Option<&str>, jti: &str) -> u16 {
    let key = SigningKey::from_pem(pem, kid.map(str::to_owned)).unwrap();
    let now_s = now() / 1000;
    let word = json!({
        "iss": "id-of-photos", "sub": "id-of-photos", "aud": ISSUER, "jti": jti,
        "iat": now_s, "exp": now_s + 60,
    });
    let word = sign(&key, Typ::Jwt, word.as_object().unwrap()).unwrap();
    let form = [
        ("grant_type", "client_credentials"),
        ("client_assertion_type", KIND),
        ("client_assertion", &word),
    ];
    kit.token_plainly(&form).await.status.as_u16()
}

fn stored(kit: &Kit, client: &Client) -> Value {
    let snapshot = kit.engine.snapshot();
    let object = snapshot.object(PROVIDER, &client.provider.to_string());
    object.unwrap().config["client_keys"].clone()
}

#[tokio::test]
async fn a_client_proves_itself_with_the_key_of_a_pem_file_of_openssl() {
    for kit in Kit::every().await {
        let client = photos(&kit, openssl!("pem/public.pem")).await;
        for (turn, file) in [openssl!("pem/public.pem"), openssl!("pem/certificates.pem")]
            .into_iter()
            .enumerate()
        {
            let keys = json!({ "client_keys": file });
            kit.amend_provider(&client, &keys).await;
            for (at, pem) in PRIVATE.iter().enumerate() {
                for kid in [None, Some("named by the app")] {
                    let jti = format!("{turn} {at} {kid:?}");
                    assert_eq!(asserted(&kit, pem, kid, &jti).await, 200, "{jti}");
                }
            }
        }
        // One key alone: the others do not count any more.
        let leaf = openssl!("pem/chain.pem");
        let leaf = &leaf[..leaf.rfind("-----BEGIN").unwrap()];
        kit.amend_provider(&client, &json!({ "client_keys": leaf }))
            .await;
        assert_eq!(asserted(&kit, PRIVATE[1], None, "leaf").await, 200);
        assert_eq!(asserted(&kit, PRIVATE[0], None, "another").await, 401);
    }
}

#[tokio::test]
async fn pem_is_kept_as_a_set_that_can_be_written_again() {
    for kit in Kit::every().await {
        let client = photos(&kit, openssl!("pem/certificates.pem")).await;
        let set = stored(&kit, &client);
        let keys = set["keys"].as_array().unwrap();
        let kinds: Vec<_> = keys
            .iter()
            .map(|key| key["alg"].as_str().unwrap())
            .collect();
        assert_eq!(kinds, ["RS256", "ES256", "ES384", "ES512", "EdDSA"]);
        kit.amend_provider(&client, &json!({ "client_keys": set }))
            .await;
        assert_eq!(stored(&kit, &client), set);
        assert_eq!(asserted(&kit, PRIVATE[4], None, "again").await, 200);
        kit.amend_provider(&client, &json!({ "client_keys": "" }))
            .await;
        assert_eq!(stored(&kit, &client), json!({}));
        assert_eq!(asserted(&kit, PRIVATE[4], None, "none").await, 401);
    }
}

/// The messages at the field.
async fn refused(kit: &Kit, client: &Client, keys: &Value) -> String {
    let ctx = Context::system(now());
    let mut writing = Writing::begin(&kit.engine, &ctx).await.unwrap();
    let key = client.provider.to_string();
    let body = json!({ "client_keys": keys });
    let amended = writing.amend(kind(PROVIDER).unwrap(), &key, &body).await;
    match amended {
        Err(Refusal::Invalid(errors)) => errors.into_value()["client_keys"].to_string(),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_private_key_is_refused_in_words_and_stored_nowhere() {
    for kit in Kit::every().await {
        let client = photos(&kit, openssl!("pem/public.pem")).await;
        let before = stored(&kit, &client);
        let with_private = format!("{}{}", openssl!("pem/public.pem"), PRIVATE[0]);
        let own = SigningKey::from_pem(PRIVATE[1], None).unwrap().public();
        let mut jwk = own.unwrap().published();
        jwk.insert("d".to_owned(), json!("a-private-member"));
        for keys in [
            json!(PRIVATE[0]),
            json!(with_private),
            json!(openssl!("rsa_pkcs1.pem")),
            json!(openssl!("p256_sec1.pem")),
            json!(openssl!("pem/encrypted.pem")),
            json!({ "keys": [jwk] }),
        ] {
            let told = refused(&kit, &client, &keys).await;
            assert!(told.contains("private"), "{told}");
            assert!(!told.contains("MII"), "{told}");
        }
        assert_eq!(stored(&kit, &client), before);
        let events = kit.events("model_updated").await;
        assert!(!json!(events).to_string().contains("PRIVATE KEY"));
    }
}

#[tokio::test]
async fn what_is_wrong_with_the_text_is_told_at_the_field() {
    let kit = Kit::sqlite().await;
    let client = photos(&kit, "").await;
    for (keys, word) in [
        (json!("x"), "BEGIN PUBLIC KEY"),
        (json!(7), "JWK set"),
        (json!(["-----BEGIN PUBLIC KEY-----"]), "JWK set"),
        (json!(openssl!("pem/chain.pem")), "Section 2"),
        (json!(openssl!("pem/rsa_pkcs1_public.pem")), "openssl pkey"),
        (json!(openssl!("pem/rsa_1024_public.pem")), "2048"),
        (json!("-----BEGIN PUBLIC KEY-----\nMIIB"), "not whole"),
        (json!(" ".repeat(200_000) + "x"), "too long"),
    ] {
        let told = refused(&kit, &client, &keys).await;
        assert!(told.contains(word), "{word}: {told}");
    }
}
