//! Apps that use the REST API in somebody's name (`goauthentik.io/api`), and what they cannot do there.

use doorward_engine::session;
use doorward_store::{device, sequence};
use http::Request;
use serde_json::{Value, json};

use super::dpop::{self, OWN, text};
use super::kit::proofs::beside;
use super::kit::{CALLBACK, Client, Kit, MIA, Seen, challenge, claims, exchange, now, wait};

const SCOPE: &str = "openid goauthentik.io/api";
const ME: &str = "/api/v3/core/users/me/";
const USERS: &str = "/api/v3/core/users/";
const EXCHANGE: &str = "urn:ietf:params:oauth:grant-type:token-exchange";
const ACCESS_TOKEN: &str = "urn:ietf:params:oauth:token-type:access_token";
const ASSERTION: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
/// What a token that does not count is told, as authentik says it.
const INVALID: &str = "Token invalid/expired";

async fn call(kit: &Kit, authorization: &str, path: &str) -> Seen {
    let request = Request::get(path).header("authorization", authorization);
    kit.send(request, String::new()).await
}

async fn by(kit: &Kit, token: &str, path: &str) -> Seen {
    call(kit, &format!("Bearer {token}"), path).await
}

async fn refused(kit: &Kit, token: &str, why: &str) {
    let seen = by(kit, token, ME).await.expect(403);
    let said = seen.json()["detail"]
        .as_str()
        .unwrap_or_default()
        .to_owned();
    assert!(said.contains(why), "{said}");
}

/// Mia's access token with the scope of the API.
async fn opening(kit: &Kit, client: &Client) -> String {
    let tokens = kit.tokens(client, SCOPE).await;
    assert_eq!(tokens["scope"], SCOPE);
    text(&tokens, "access_token").to_owned()
}

async fn client(kit: &Kit, slug: &str, more: Value) -> Client {
    let mut settings = json!({ "grant_types": [
        "authorization_code", "refresh_token", "client_credentials", EXCHANGE,
    ] });
    let more = more.as_object().cloned().unwrap_or_default();
    settings.as_object_mut().unwrap().extend(more);
    kit.client(slug, settings).await
}

async fn revoke(kit: &Kit, client: &Client, form: &[(&str, &str)]) {
    let basic = client.basic();
    let seen = kit.post("/application/o/revoke/", Some(&basic), form);
    seen.await.expect(200);
}

/// The keys of the shipped scopes but for that of the API.
fn without_api(kit: &Kit) -> Vec<String> {
    let snapshot = kit.engine.snapshot();
    let all = snapshot.objects("authentik_providers_oauth2.scopemapping");
    let others = all.iter().filter(|one| {
        let managed = one.config["managed"].as_str().unwrap_or_default();
        managed.contains("oauth2/") && one.config["scope_name"] != "goauthentik.io/api"
    });
    others.map(|one| one.id.clone()).collect()
}

/// An authenticator app of somebody's.
async fn app_of(kit: &Kit, user_id: i64) -> i64 {
    let mut tx = kit.engine.store.begin().await.unwrap();
    let id = sequence::next(&mut tx, sequence::Sequence::Device)
        .await
        .unwrap();
    let row = device::DeviceRow {
        id,
        user_id,
        kind: "totp".to_owned(),
        name: "Phone".to_owned(),
        confirmed: true,
        data: "v1.k1.sealed".to_owned(),
        credential: None,
        counter: 0,
        created_at: now(),
        updated_at: now(),
        last_used_at: None,
    };
    device::insert(&mut tx, &row).await.unwrap();
    kit.engine.commit(tx).await.unwrap();
    id
}

#[tokio::test]
async fn an_access_token_with_the_scope_acts_as_its_person_with_their_own_rights_oidc_md_1_5() {
    for kit in Kit::every().await {
        let photos = client(&kit, "photos", json!({})).await;
        let token = opening(&kit, &photos).await;
        for scheme in ["Bearer", "bearer", "BEARER"] {
            let seen = call(&kit, &format!("{scheme} {token}"), ME).await;
            assert_eq!(seen.expect(200).json()["user"]["username"], "mia");
        }
        by(&kit, &token, USERS).await.expect(403);
        let post = |token: &str| {
            Request::post("/api/v3/core/groups/")
                .header("authorization", format!("Bearer {token}"))
                .header("content-type", "application/json")
        };
        let body = json!({ "name": "made by an app" }).to_string();
        kit.send(post(&token), body.clone()).await.expect(403);
        kit.make_mia_an_admin().await;
        kit.send(post(&token), body.clone()).await.expect(201);
        let made = kit.events("model_created").await;
        assert!(
            made.iter()
                .any(|one| one["model"]["name"] == "made by an app"),
            "{made:?}"
        );
        kit.demote_mia().await;
        let body = json!({ "name": "made too late" }).to_string();
        kit.send(post(&token), body).await.expect(403);
    }
}

#[tokio::test]
async fn a_token_without_the_scope_opens_no_api_whatever_else_it_has() {
    for kit in Kit::every().await {
        let photos = client(&kit, "photos", json!({})).await;
        kit.make_mia_an_admin().await;
        let tokens = kit
            .tokens(&photos, "openid profile email entitlements")
            .await;
        refused(&kit, text(&tokens, "access_token"), "goauthentik.io/api").await;
        for wrong in [text(&tokens, "id_token"), "unknown", "a.b.c", ""] {
            refused(&kit, wrong, INVALID).await;
        }
        let lasting = kit.tokens(&photos, "openid offline_access goauthentik.io/api");
        let lasting = lasting.await;
        refused(&kit, text(&lasting, "refresh_token"), INVALID).await;
        let token = text(&lasting, "access_token");
        for cut in [
            &token[1..],
            &token[..token.len() - 1],
            &token.to_lowercase(),
        ] {
            refused(&kit, cut, INVALID).await;
        }
        // It does not fall back to somebody's cookie either.
        let request = Request::get(ME)
            .header("authorization", "Bearer unknown")
            .header("cookie", &kit.cookie);
        kit.send(request, String::new()).await.expect(403);
    }
}

/// Who registers an app decides nothing; who configures its provider does, and may change their mind.
#[tokio::test]
async fn an_app_whose_provider_lacks_the_scope_opens_no_api_nor_one_that_loses_it() {
    for kit in Kit::every().await {
        let without = json!({ "property_mappings": without_api(&kit) });
        let bare = client(&kit, "bare", without.clone()).await;
        let tokens = kit.tokens(&bare, SCOPE).await;
        assert_eq!(tokens["scope"], "openid");
        refused(&kit, text(&tokens, "access_token"), "goauthentik.io/api").await;
        let photos = client(&kit, "photos", json!({})).await;
        let token = opening(&kit, &photos).await;
        by(&kit, &token, ME).await.expect(200);
        kit.amend_provider(&photos, &without).await;
        refused(&kit, &token, "any more").await;
        kit.use_provider("photos", None).await;
        refused(&kit, &token, INVALID).await;
    }
}

#[tokio::test]
async fn whatever_ends_a_token_or_its_person_closes_the_api_at_once() {
    for mut kit in Kit::every().await {
        kit.sign_in().await;
        let photos = client(&kit, "photos", json!({})).await;
        let revoked = opening(&kit, &photos).await;
        by(&kit, &revoked, ME).await.expect(200);
        let form = [("token", &*revoked)];
        revoke(&kit, &photos, &form).await;
        refused(&kit, &revoked, INVALID).await;

        let family = kit
            .tokens(&photos, "openid offline_access goauthentik.io/api")
            .await;
        by(&kit, text(&family, "access_token"), ME)
            .await
            .expect(200);
        let form = [("token", text(&family, "refresh_token"))];
        revoke(&kit, &photos, &form).await;
        refused(&kit, text(&family, "access_token"), INVALID).await;

        let of_session = opening(&kit, &photos).await;
        by(&kit, &of_session, ME).await.expect(200);
        let mut tx = kit.engine.store.begin().await.unwrap();
        session::end_all_of(&mut tx, MIA, "", now()).await.unwrap();
        kit.engine.commit(tx).await.unwrap();
        refused(&kit, &of_session, INVALID).await;

        kit.sign_in().await;
        let late = opening(&kit, &photos).await;
        by(&kit, &late, ME).await.expect(200);
        wait(3_600_000);
        refused(&kit, &late, INVALID).await;

        let shut = opening(&kit, &photos).await;
        by(&kit, &shut, ME).await.expect(200);
        kit.shut_mia().await;
        refused(&kit, &shut, INVALID).await;
    }
}

/// A machine has what an operator has given its own account, and nobody's rights beside.
#[tokio::test]
async fn a_service_account_acts_as_itself_at_the_api() {
    for kit in Kit::every().await {
        let photos = client(&kit, "photos", json!({})).await;
        kit.make_mia_an_admin().await;
        let form = [("grant_type", "client_credentials"), ("scope", SCOPE)];
        let tokens = kit.token(&photos, &form).await.expect(200).json();
        let token = text(&tokens, "access_token");
        let me = by(&kit, token, ME).await.expect(200).json();
        assert_eq!(me["user"]["username"], "ak-photos-client_credentials");
        assert_eq!(me["user"]["is_superuser"], false);
        for path in ["/api/v3/core/groups/", "/api/v3/providers/oauth2/"] {
            let seen = by(&kit, token, path).await;
            let hidden = seen.status == 403 || seen.json()["results"] == json!([]);
            assert!(hidden, "{path}: {}", seen.text);
        }
        let hers = format!("/api/v3/core/users/{MIA}/");
        let seen = by(&kit, token, &hers).await;
        assert!([403, 404].contains(&seen.status.as_u16()), "{}", seen.text);
        let id = me["user"]["pk"].as_i64().unwrap();
        kit.shut(id).await;
        refused(&kit, token, INVALID).await;
    }
}

/// An app password opens no API, and so leads to nothing that does, unless authentik's way is kept.
#[tokio::test]
async fn an_app_password_leads_to_no_token_that_opens_the_api() {
    for kit in Kit::every().await {
        kit.make_mia_an_admin().await;
        kit.mias_token("an app password of hers", "app_password")
            .await;
        let form = [
            ("grant_type", "client_credentials"),
            ("username", "mia"),
            ("password", "an app password of hers"),
            ("scope", SCOPE),
        ];
        let photos = client(&kit, "photos", json!({})).await;
        let tokens = kit.token(&photos, &form).await.expect(200).json();
        assert!(!text(&tokens, "scope").contains("goauthentik.io/api"));
        assert_eq!(
            by(&kit, text(&tokens, "access_token"), ME).await.status,
            403
        );
        let old = client(&kit, "old", json!({ "compatibility": true })).await;
        let tokens = kit.token(&old, &form).await.expect(200).json();
        let me = by(&kit, text(&tokens, "access_token"), ME)
            .await
            .expect(200);
        assert_eq!(me.json()["user"]["username"], "mia");
    }
}

#[tokio::test]
async fn a_narrowed_refresh_leads_to_a_token_that_opens_no_api() {
    for kit in Kit::every().await {
        let photos = client(&kit, "photos", json!({})).await;
        let first = kit
            .tokens(&photos, "openid offline_access goauthentik.io/api")
            .await;
        wait(2_000);
        let form = [
            ("grant_type", "refresh_token"),
            ("refresh_token", text(&first, "refresh_token")),
            ("scope", "openid"),
        ];
        let less = kit.token(&photos, &form).await.expect(200).json();
        refused(&kit, text(&less, "access_token"), "goauthentik.io/api").await;
        wait(2_000);
        let form = [
            ("grant_type", "refresh_token"),
            ("refresh_token", text(&less, "refresh_token")),
        ];
        let whole = kit.token(&photos, &form).await.expect(200).json();
        by(&kit, text(&whole, "access_token"), ME).await.expect(200);
    }
}

/// RFC 9449 §7.1
#[tokio::test]
async fn a_bound_token_opens_the_api_beside_a_proof_of_its_key_and_not_without() {
    for kit in Kit::every().await {
        let photos = client(&kit, "photos", json!({})).await;
        let told = dpop::tokens(&kit, &photos, SCOPE, OWN).await;
        let token = text(&told, "access_token");
        refused(&kit, token, "bound to a key").await;
        let show = async |proofs: &[&str], path: &str| {
            let mut request = Request::get(path).header("authorization", format!("DPoP {token}"));
            for proof in proofs {
                request = request.header("dpop", *proof);
            }
            kit.send(request, String::new()).await
        };
        let good = beside(OWN, ("GET", ME), token);
        let elsewhere = beside(OWN, ("GET", USERS), token);
        let foreign = beside(dpop::FOREIGN, ("GET", ME), token);
        let posting = beside(OWN, ("POST", ME), token);
        for (proofs, why) in [
            (vec![], "none"),
            (vec![&*elsewhere], "for another address"),
            (vec![&*foreign], "another key"),
            (vec![&*posting], "another method"),
            (vec![&*good, &*good], "two"),
        ] {
            let seen = show(&proofs, ME).await.expect(403);
            let said = seen.json()["detail"]
                .as_str()
                .unwrap_or_default()
                .to_owned();
            assert!(said.contains("DPoP"), "{why}: {said}");
        }
        let seen = show(&[&good], &format!("{ME}?a=b")).await.expect(200);
        assert_eq!(seen.json()["user"]["username"], "mia");
        let seen = show(&[&good], ME).await.expect(403);
        assert!(seen.text.contains("used before"), "{}", seen.text);
        let plain = opening(&kit, &photos).await;
        let proof = beside(OWN, ("GET", ME), &plain);
        let request = Request::get(ME)
            .header("authorization", format!("DPoP {plain}"))
            .header("dpop", proof);
        kit.send(request, String::new()).await.expect(403);
    }
}

/// RFC 8707 §3; RFC 8693 §4.1
#[tokio::test]
async fn a_token_for_another_resource_or_of_somebody_who_acts_for_another_opens_no_api() {
    for kit in Kit::every().await {
        let more = json!({ "resources": "https://api.example.org/" });
        let photos = client(&kit, "photos", more).await;
        let challenge = challenge();
        let seen = kit
            .authorize(&[
                ("client_id", &photos.id),
                ("response_type", "code"),
                ("redirect_uri", CALLBACK),
                ("scope", SCOPE),
                ("resource", "https://api.example.org/"),
                ("code_challenge", &challenge),
                ("code_challenge_method", "S256"),
            ])
            .await;
        let code = kit.agreed(seen).await.expect(303).answer()["code"].clone();
        let tokens = kit
            .token(&photos, &exchange(&code))
            .await
            .expect(200)
            .json();
        refused(&kit, text(&tokens, "access_token"), "another resource").await;

        let token = opening(&kit, &photos).await;
        let form = [
            ("grant_type", EXCHANGE),
            ("subject_token", &*token),
            ("subject_token_type", ACCESS_TOKEN),
            ("scope", "goauthentik.io/api"),
        ];
        let own = kit.token(&photos, &form).await.expect(200).json();
        by(&kit, text(&own, "access_token"), ME).await.expect(200);
        let acts = [("grant_type", "client_credentials"), ("scope", "openid")];
        let actor = kit.token(&photos, &acts).await.expect(200).json();
        let more = [
            ("actor_token", text(&actor, "access_token")),
            ("actor_token_type", ACCESS_TOKEN),
        ];
        let form = [&form[..], &more[..]].concat();
        let acting = kit.token(&photos, &form).await.expect(200).json();
        let acting = text(&acting, "access_token");
        assert!(claims(acting).contains_key("act"));
        refused(&kit, acting, "acts for another").await;
    }
}

/// What was granted to one app for signing in does not become the API for another that trusts it.
#[tokio::test]
async fn a_token_that_is_brought_as_a_proof_opens_the_api_only_if_it_did_before() {
    for kit in Kit::every().await {
        let more = json!({ "resources": "https://auth.example.org/application/o/target/" });
        let first = client(&kit, "first", more).await;
        let trusting =
            json!({ "jwt_federation_providers": [first.provider], "compatibility": true });
        let target = client(&kit, "target", trusting).await;
        for (scope, opens) in [("openid", false), (SCOPE, true)] {
            let tokens = kit.tokens(&first, scope).await;
            let form = [
                ("grant_type", "client_credentials"),
                ("client_id", &*target.id),
                ("client_assertion_type", ASSERTION),
                ("client_assertion", text(&tokens, "access_token")),
                ("scope", SCOPE),
            ];
            let told = kit.token_plainly(&form).await.expect(200).json();
            let token = text(&told, "access_token");
            if opens {
                let seen = by(&kit, token, ME).await.expect(200);
                assert_eq!(seen.json()["user"]["username"], "mia");
            } else {
                assert_eq!(told["scope"], "openid");
                refused(&kit, token, "goauthentik.io/api").await;
            }
        }
    }
}

/// Vikunja 2026-123530: an app in one's name locks nobody out.
#[tokio::test]
async fn an_access_token_changes_no_devices_of_its_person() {
    for kit in Kit::every().await {
        let photos = client(&kit, "photos", json!({})).await;
        let key = app_of(&kit, MIA).await;
        let token = opening(&kit, &photos).await;
        let path = format!("/api/v3/authenticators/totp/{key}/");
        by(&kit, &token, &path).await.expect(200);
        for method in ["PATCH", "DELETE"] {
            let request = Request::builder()
                .method(method)
                .uri(&path)
                .header("authorization", format!("Bearer {token}"))
                .header("content-type", "application/json");
            let body = json!({ "name": "Mine" }).to_string();
            kit.send(request, body).await.expect(403);
        }
    }
}
