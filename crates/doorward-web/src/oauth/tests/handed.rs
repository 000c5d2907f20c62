//! Tokens that operators' texts hand out: `ak_create_jwt` (api-and-model.md 6.2).

use doorward_engine::resource::actions::oauth2;
use doorward_engine::resource::{Params, kind, write::Writing};
use doorward_engine::{Context, testing};
use doorward_protocol::jose::{Typ, VerifyingKey, read_set, verify};
use doorward_store::testing::row_counts;
use serde_json::{Value, json};

use super::kit::{Client, Kit, MIA, claims, now, wait};

const MAPPING: &str = "authentik_providers_oauth2.scopemapping";

/// A client with the shipped scopes and one of its own, `hand`, whose text this is.
async fn client(kit: &Kit, text: &str) -> Client {
    let ctx = Context::system(testing::NOW);
    let mut writing = Writing::begin(&kit.engine, &ctx).await.unwrap();
    let hand = json!({ "name": "hand", "scope_name": "hand", "expression": text });
    let hand = writing.insert(kind(MAPPING).unwrap(), &hand, None).await;
    let mut scopes = vec![hand.unwrap()];
    writing.commit().await.unwrap();
    let snapshot = kit.engine.snapshot();
    let shipped = snapshot.objects(MAPPING).iter().filter(|one| {
        let word = one.config["scope_name"].as_str();
        matches!(word, Some("openid" | "email" | "goauthentik.io/api"))
    });
    scopes.extend(shipped.map(|one| one.id.clone()));
    kit.client("photos", json!({ "property_mappings": scopes }))
        .await
}

/// What the own scope says in an access token of these scopes.
async fn said(kit: &Kit, client: &Client) -> Value {
    let tokens = kit.tokens(client, "openid hand").await;
    let claims = claims(tokens["access_token"].as_str().unwrap());
    claims.get("handed").cloned().unwrap_or_default()
}

async fn look(kit: &Kit, client: &Client, token: &str) -> Value {
    let path = "/application/o/introspect/";
    kit.post(path, Some(&client.basic()), &[("token", token)])
        .await
        .expect(200)
        .json()
}

const HANDS: &str = "return {\"handed\": ak_create_jwt(user, \"photos\", [\"openid\", \"email\", \"admin\"], \
    validity=\"minutes=5\")}";

#[tokio::test]
async fn a_text_hands_out_a_token_that_is_looked_into_and_revoked_like_any_other() {
    for kit in Kit::every().await {
        let client = client(&kit, HANDS).await;
        let handed = said(&kit, &client).await;
        let handed = handed.as_str().expect("a token");

        let set = kit.get("/application/o/photos/jwks/").await.expect(200);
        let keys = read_set(set.text.as_bytes()).unwrap();
        let keys = keys.iter().map(|key| VerifyingKey::new(key).unwrap());
        let keys: Vec<_> = keys.collect();
        assert!(verify(handed, Typ::AccessToken, &keys).is_ok());
        let told = claims(handed);
        assert_eq!(
            told["iss"],
            "https://auth.example.org/application/o/photos/"
        );
        assert_eq!(told["aud"], "id-of-photos");
        assert_eq!(told["scope"], "openid email");
        assert_eq!(told["email"], "mia@example.org");
        assert_eq!(told["exp"], now() / 1000 + 300);
        // Nobody has signed in for it.
        for word in ["auth_time", "amr", "sid"] {
            assert!(!told.contains_key(word), "{word}");
        }

        let seen = look(&kit, &client, handed).await;
        assert_eq!(
            (&seen["active"], &seen["username"]),
            (&json!(true), &json!("mia"))
        );
        let info = kit.userinfo(handed).await.expect(200).json();
        assert_eq!(info["email"], "mia@example.org");
        let revoke = "/application/o/revoke/";
        kit.post(revoke, Some(&client.basic()), &[("token", handed)])
            .await
            .expect(200);
        assert_eq!(look(&kit, &client, handed).await["active"], false);

        let late = said(&kit, &client).await;
        wait(299_000);
        assert_eq!(
            look(&kit, &client, late.as_str().unwrap()).await["active"],
            true
        );
        wait(1_000);
        assert_eq!(
            look(&kit, &client, late.as_str().unwrap()).await["active"],
            false
        );
        kit.shut_mia().await;
    }
}

#[tokio::test]
async fn a_text_hands_out_five_tokens_of_known_people_and_providers_for_a_bounded_time() {
    let kit = Kit::sqlite().await;
    let hands = |arguments: &str| format!("ak_create_jwt({arguments})");
    let client = client(&kit, "return {}").await;
    for (text, works) in [
        (hands("user, \"photos\", \"openid\""), true),
        (hands("ak_user_by(username=\"mia\"), \"photos\", []"), true),
        (hands("user, \"nobody\", []"), false),
        (hands("user, \"photos\", [\"a\\\"b\"]"), false),
        (hands("user, \"photos\", [], \"soon\""), false),
        (hands("user, \"photos\", [], \"seconds=0\""), false),
        (hands("user, \"photos\", [], \"weeks=60\""), false),
        (
            format!("[{} for n in range(5)][4]", hands("user, \"photos\", []")),
            true,
        ),
        (
            format!("[{} for n in range(6)][5]", hands("user, \"photos\", []")),
            false,
        ),
    ] {
        rewrite(&kit, &format!("return {{\"handed\": {text}}}")).await;
        assert_eq!(said(&kit, &client).await.is_string(), works, "{text}");
    }
}

/// The own scope's text, from now on.
async fn rewrite(kit: &Kit, text: &str) {
    let ctx = Context::system(now());
    let snapshot = kit.engine.snapshot();
    let mut all = snapshot.objects(MAPPING).iter();
    let hand = all.find(|one| one.config["scope_name"] == "hand").unwrap();
    let mut writing = Writing::begin(&kit.engine, &ctx).await.unwrap();
    let changed = json!({ "expression": text });
    let kind = kind(MAPPING).unwrap();
    writing.amend(kind, &hand.id, &changed).await.unwrap();
    writing.commit().await.unwrap();
}

/// A token of a scope whose text hands out a token of that scope.
#[tokio::test]
async fn texts_that_hand_out_their_own_scope_come_to_an_end() {
    for kit in Kit::every().await {
        let text = HANDS.replace("\"admin\"", "\"hand\"");
        let client = client(&kit, &text).await;
        let before = row_counts(&kit.engine.store).await["grant_tokens"];
        assert!(said(&kit, &client).await.is_string());
        let tokens = row_counts(&kit.engine.store).await["grant_tokens"] - before;
        // The code, the client's own, and one for each level that texts may ask texts; for the code
        // alone no text is asked.
        assert_eq!(tokens, 2 + 3);
    }
}

#[tokio::test]
async fn whoever_looks_at_a_preview_gets_no_token() {
    for kit in Kit::every().await {
        let client = client(&kit, HANDS).await;
        let before = row_counts(&kit.engine.store).await;
        let params = Params {
            query: vec![("for_user".to_owned(), MIA.to_string())],
            ..Params::default()
        };
        let ctx = Context::system(now());
        let pk = client.provider.to_string();
        let told = oauth2::preview(&kit.engine, &ctx, &pk, &params).await;
        let told = told.unwrap();
        assert_eq!(
            told["access_token"]["handed"],
            "no token: this is only tried out"
        );
        assert_eq!(row_counts(&kit.engine.store).await, before);
    }
}

/// RFC 9449 §5.2: a client that asked for bound tokens alone has no other.
#[tokio::test]
async fn a_text_hands_out_no_token_of_a_client_whose_tokens_are_bound_to_keys() {
    for kit in Kit::every().await {
        let client = client(&kit, "return {}").await;
        let keyed = json!({ "dpop_bound_access_tokens": true });
        kit.client("keyed", keyed).await;
        for (name, works) in [("photos", true), ("keyed", false)] {
            let text = format!("return {{\"handed\": ak_create_jwt(user, \"{name}\", [])}}");
            rewrite(&kit, &text).await;
            assert_eq!(said(&kit, &client).await.is_string(), works, "{name}");
        }
    }
}

/// Who may write a text is not thereby everybody whom it can name.
#[tokio::test]
async fn no_text_hands_out_what_opens_the_api_in_somebodys_name() {
    for kit in Kit::every().await {
        let text = "return {\"handed\": ak_create_jwt(user, \"photos\", [\"openid\", \"goauthentik.io/api\"])}";
        let client = client(&kit, text).await;
        let handed = said(&kit, &client).await;
        let handed = handed.as_str().expect("a token");
        assert_eq!(claims(handed)["scope"], "openid");
        let me = http::Request::get("/api/v3/core/users/me/")
            .header("authorization", format!("Bearer {handed}"));
        let seen = kit.send(me, String::new()).await.expect(403);
        assert!(seen.text.contains("goauthentik.io/api"), "{}", seen.text);
    }
}
