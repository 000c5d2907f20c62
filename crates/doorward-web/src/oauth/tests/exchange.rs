//! One token for another (RFC 8693), by the attacks that others had.

mod actors;

use serde_json::{Value, json};

use super::kit::{Client, Kit, MIA, Seen, claims, now, wait};

const EXCHANGE: &str = "urn:ietf:params:oauth:grant-type:token-exchange";
const ACCESS_TOKEN: &str = "urn:ietf:params:oauth:token-type:access_token";
const JWT: &str = "urn:ietf:params:oauth:token-type:jwt";
const AUTHENTIK_TOKEN: &str = "goauthentik.io/oauth/token-type/authentik_token";

/// A client that may exchange tokens, beside the usual ways.
async fn client(kit: &Kit, slug: &str, more: Value) -> Client {
    let mut settings = json!({
        "grant_types": ["authorization_code", "refresh_token", "client_credentials", EXCHANGE],
    });
    let more = more.as_object().cloned().unwrap_or_default();
    settings.as_object_mut().unwrap().extend(more);
    kit.client(slug, settings).await
}

/// Settings of one that trusts another's tokens.
fn trusting(other: &Client) -> Value {
    json!({ "jwt_federation_providers": [other.provider] })
}

/// Mia's access token at a client.
async fn mias(kit: &Kit, client: &Client, scope: &str) -> String {
    let tokens = kit.tokens(client, scope).await;
    access(&tokens)
}

fn access(tokens: &Value) -> String {
    tokens["access_token"].as_str().unwrap().to_owned()
}

async fn exchange(kit: &Kit, client: &Client, token: &str, more: &[(&str, &str)]) -> Seen {
    let mut form = vec![("grant_type", EXCHANGE), ("subject_token", token)];
    if !more.iter().any(|(name, _)| *name == "subject_token_type") {
        form.push(("subject_token_type", ACCESS_TOKEN));
    }
    form.extend(more);
    kit.token(client, &form).await
}

async fn refused(kit: &Kit, client: &Client, token: &str, more: &[(&str, &str)], word: &str) {
    let seen = exchange(kit, client, token, more).await.expect(400);
    assert_eq!(seen.error(), word, "{more:?}");
}

async fn look(kit: &Kit, client: &Client, token: &str) -> Value {
    let (path, form) = ("/application/o/introspect/", [("token", token)]);
    let seen = kit.post(path, Some(&client.basic()), &form).await;
    seen.expect(200).json()
}

#[tokio::test]
async fn a_token_is_exchanged_for_one_that_says_less_rfc_8693_2_2_1() {
    for kit in Kit::every().await {
        let photos = client(&kit, "photos", json!({})).await;
        let token = mias(&kit, &photos, "openid profile offline_access").await;
        wait(600_000);
        let told = exchange(&kit, &photos, &token, &[]).await.expect(200);
        assert_eq!(told.header("cache-control"), "no-store");
        let told = told.json();
        assert_eq!(told["issued_token_type"], ACCESS_TOKEN);
        assert_eq!(told["token_type"], "Bearer");
        assert_eq!(told["scope"], "", "none was asked for");
        assert_eq!(told["expires_in"], 3000, "not beyond the end of the first");
        for absent in ["refresh_token", "id_token"] {
            assert!(told.get(absent).is_none(), "{told}");
        }
        kit.userinfo(&access(&told)).await.expect(403);
        let more = [
            ("scope", "openid offline_access"),
            ("requested_token_type", JWT),
            ("subject_token_type", JWT),
        ];
        let told = exchange(&kit, &photos, &token, &more).await;
        let told = told.expect(200).json();
        assert_eq!(told["issued_token_type"], JWT);
        assert_eq!(told["scope"], "openid");
        let (one, other) = (claims(&token), claims(&access(&told)));
        for same in ["sub", "aud", "azp", "amr", "auth_time"] {
            assert_eq!(one[same], other[same], "{same}");
        }
        for absent in ["act", "nonce", "preferred_username"] {
            assert!(!other.contains_key(absent), "{absent}");
        }
        assert_eq!(one["exp"], other["exp"]);
        kit.userinfo(&access(&told)).await.expect(200);
    }
}

/// CVE-2026-56668
#[tokio::test]
async fn an_exchange_never_widens_scopes() {
    for kit in Kit::every().await {
        let first = client(&kit, "first", json!({})).await;
        let narrow = json!({
            "jwt_federation_providers": [first.provider], "property_mappings": [],
        });
        let narrow = client(&kit, "narrow", narrow).await;
        let token = mias(&kit, &first, "openid profile").await;
        for scope in [
            "email",
            "openid email",
            "goauthentik.io/api",
            "made_up",
            "open\"id",
        ] {
            refused(&kit, &first, &token, &[("scope", scope)], "invalid_scope").await;
        }
        // Nor by the words that its own client does not have.
        let asked = [("scope", "openid profile")];
        refused(&kit, &narrow, &token, &asked, "invalid_scope").await;
        let asked = [("scope", "openid")];
        let told = exchange(&kit, &narrow, &token, &asked).await;
        // A second exchange begins with what the first one left.
        let token = access(&told.expect(200).json());
        let again = [("scope", "openid profile")];
        refused(&kit, &narrow, &token, &again, "invalid_scope").await;
    }
}

/// CVE-2026-56668
#[tokio::test]
async fn a_token_of_another_client_counts_only_where_an_operator_said_so() {
    for kit in Kit::every().await {
        let first = client(&kit, "first", json!({})).await;
        let stranger = client(&kit, "stranger", json!({})).await;
        let trusting = client(&kit, "trusting", trusting(&first)).await;
        let token = mias(&kit, &first, "openid").await;
        refused(&kit, &stranger, &token, &[], "invalid_request").await;
        let told = exchange(&kit, &trusting, &token, &[]).await;
        let told = claims(&access(&told.expect(200).json()));
        assert_eq!(
            (&told["aud"], &told["azp"]),
            (&json!(trusting.id), &json!(trusting.id))
        );
        // Trust is no two-way street.
        let token = mias(&kit, &trusting, "openid").await;
        refused(&kit, &first, &token, &[], "invalid_request").await;
    }
}

/// A token that was meant for a client, and that says so, lets it act for somebody, not speak as
/// them.
#[tokio::test]
async fn whom_a_token_names_may_act_with_it_in_their_own_name_alone() {
    for kit in Kit::every().await {
        let own = "https://auth.example.org/application/o/backend/";
        let first = client(&kit, "first", json!({ "resources": own })).await;
        let backend = client(&kit, "backend", json!({})).await;
        let token = mias(&kit, &first, "openid").await;
        let asked = [("resource", own), ("scope", "openid")];
        let meant = exchange(&kit, &first, &token, &asked).await;
        let meant = access(&meant.expect(200).json());
        assert_eq!(claims(&meant)["aud"], own);
        refused(&kit, &backend, &meant, &[], "invalid_request").await;
        let form = [("grant_type", "client_credentials")];
        let machine = access(&kit.token(&backend, &form).await.expect(200).json());
        let actor = [
            ("actor_token", &*machine),
            ("actor_token_type", ACCESS_TOKEN),
        ];
        let told = exchange(&kit, &backend, &meant, &actor).await;
        let told = claims(&access(&told.expect(200).json()));
        assert_eq!(told["act"], json!({ "sub": claims(&machine)["sub"] }));
        // The token endpoint is everybody's: a token for it is for nobody in particular.
        refused(&kit, &backend, &token, &actor, "invalid_request").await;
    }
}

#[tokio::test]
async fn an_exchanged_token_ends_with_the_token_that_was_brought() {
    for mut kit in Kit::every().await {
        kit.sign_in().await;
        let first = client(&kit, "first", json!({})).await;
        let backend = client(&kit, "backend", trusting(&first)).await;
        let revoke = "/application/o/revoke/";
        for word in ["access_token", "refresh_token"] {
            let tokens = kit.tokens(&first, "openid offline_access").await;
            let asked = [("scope", "openid")];
            let one = exchange(&kit, &backend, &access(&tokens), &asked).await;
            let one = access(&one.expect(200).json());
            let two = exchange(&kit, &backend, &one, &asked).await;
            let two = access(&two.expect(200).json());
            kit.userinfo(&two).await.expect(200);
            let form = [("token", tokens[word].as_str().unwrap())];
            kit.post(revoke, Some(&first.basic()), &form)
                .await
                .expect(200);
            for token in [&one, &two] {
                kit.userinfo(token).await.expect(401);
                let told = look(&kit, &backend, token).await;
                assert_eq!(told, json!({ "active": false }), "{word}");
            }
            refused(&kit, &backend, &one, &[], "invalid_request").await;
        }
        // It may be taken back alone.
        let token = mias(&kit, &first, "openid").await;
        let one = exchange(&kit, &backend, &token, &[("scope", "openid")]).await;
        let one = access(&one.expect(200).json());
        let form = [("token", &*one)];
        kit.post(revoke, Some(&backend.basic()), &form)
            .await
            .expect(200);
        kit.userinfo(&one).await.expect(401);
        kit.userinfo(&token).await.expect(200);
        // It goes with the session, as the first does.
        let one = exchange(&kit, &backend, &token, &[("scope", "openid")]).await;
        let one = access(&one.expect(200).json());
        let mut tx = kit.engine.store.begin().await.unwrap();
        for row in doorward_store::session::of_user(&mut tx, MIA, now())
            .await
            .unwrap()
        {
            doorward_engine::session::end(&mut tx, &row.id, now())
                .await
                .unwrap();
        }
        kit.engine.commit(tx).await.unwrap();
        kit.userinfo(&one).await.expect(401);
    }
}

/// What hangs on a grant goes in one statement, which `SQLite` follows to a bounded depth.
#[tokio::test]
async fn a_chain_of_exchanges_has_an_end_and_goes_with_its_first_grant() {
    for kit in Kit::every().await {
        let photos = client(&kit, "photos", json!({})).await;
        let tokens = kit.tokens(&photos, "openid offline_access").await;
        let asked = [("scope", "openid")];
        let mut chain = vec![access(&tokens)];
        for _ in 0..8 {
            let told = exchange(&kit, &photos, &chain[chain.len() - 1], &asked).await;
            chain.push(access(&told.expect(200).json()));
        }
        refused(&kit, &photos, &chain[8], &asked, "invalid_request").await;
        // Only the last one is too far from the first.
        exchange(&kit, &photos, &chain[7], &asked).await.expect(200);
        kit.userinfo(&chain[8]).await.expect(200);
        let form = [("token", tokens["refresh_token"].as_str().unwrap())];
        let seen = kit
            .post("/application/o/revoke/", Some(&photos.basic()), &form)
            .await;
        seen.expect(200);
        for token in &chain {
            kit.userinfo(token).await.expect(401);
        }
    }
}

#[tokio::test]
async fn nothing_is_exchanged_in_the_last_second_of_a_token() {
    let kit = Kit::sqlite().await;
    let photos = client(&kit, "photos", json!({})).await;
    let token = mias(&kit, &photos, "openid").await;
    wait(3_599_000);
    let told = exchange(&kit, &photos, &token, &[])
        .await
        .expect(200)
        .json();
    assert_eq!(told["expires_in"], 1);
    wait(1);
    refused(&kit, &photos, &token, &[], "invalid_request").await;
    wait(1_000);
    refused(&kit, &photos, &token, &[], "invalid_request").await;
}

#[tokio::test]
async fn an_audience_is_a_provider_that_trusts_this_one() {
    for kit in Kit::every().await {
        let first = client(
            &kit,
            "first",
            json!({ "resources": "https://api.example.org/" }),
        )
        .await;
        let target = client(&kit, "target", trusting(&first)).await;
        let stranger = client(&kit, "stranger", json!({})).await;
        let token = mias(&kit, &first, "openid").await;
        for name in ["id-of-target", "target"] {
            let asked = [("audience", name), ("scope", "openid")];
            let told = exchange(&kit, &first, &token, &asked).await;
            let issued = access(&told.expect(200).json());
            let said = claims(&issued);
            assert_eq!(
                (&said["aud"], &said["azp"]),
                (&json!(target.id), &json!(first.id))
            );
            assert_eq!(look(&kit, &target, &issued).await["aud"], json!(target.id));
            assert_eq!(look(&kit, &stranger, &issued).await["active"], false);
            // Whom it is for may bring it as its proof (RFC 7523).
            let form = [
                ("grant_type", "client_credentials"),
                ("client_id", &*target.id),
                (
                    "client_assertion_type",
                    "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
                ),
                ("client_assertion", &*issued),
            ];
            kit.token_plainly(&form).await.expect(200);
        }
        let own = exchange(&kit, &first, &token, &[("audience", "first")]).await;
        assert_eq!(
            claims(&access(&own.expect(200).json()))["aud"],
            json!(first.id)
        );
        let both = [
            ("audience", "target"),
            ("resource", "https://api.example.org/"),
        ];
        let told = exchange(&kit, &first, &token, &both).await;
        let aud = claims(&access(&told.expect(200).json()))["aud"].clone();
        assert_eq!(aud, json!(["id-of-target", "https://api.example.org/"]));
        for asked in [
            vec![("audience", &*stranger.id)],
            vec![("audience", "nobody")],
            vec![("audience", "target"), ("audience", "first")],
            vec![("resource", "https://payroll.example.org/")],
            vec![("audience", "target"), ("resource", "no address")],
        ] {
            refused(&kit, &first, &token, &asked, "invalid_target").await;
        }
        doorward_engine::testing::add_user(&kit.engine, MIA + 1, "max").await;
        kit.open_only_to("target", MIA + 1).await;
        let asked = [("audience", "target")];
        refused(&kit, &first, &token, &asked, "invalid_target").await;
    }
}

/// oidc.md 6.3 number 11
#[tokio::test]
async fn what_is_no_live_access_token_is_neither_exchanged_nor_issued() {
    let kit = Kit::sqlite().await;
    let photos = client(&kit, "photos", json!({})).await;
    let tokens = kit.tokens(&photos, "openid offline_access").await;
    let token = access(&tokens);
    let kind = |word: &str| format!("urn:ietf:params:oauth:token-type:{word}");
    for word in ["id_token", "refresh_token", "saml2", "nonsense"] {
        let kind = kind(word);
        let asked = [("subject_token_type", &*kind)];
        refused(&kit, &photos, &token, &asked, "invalid_request").await;
        let asked = [("requested_token_type", &*kind)];
        refused(&kit, &photos, &token, &asked, "invalid_request").await;
    }
    let cut = &token[..token.len() - 1];
    for other in [
        tokens["refresh_token"].as_str().unwrap(),
        tokens["id_token"].as_str().unwrap(),
        cut,
        "nonsense",
        "",
    ] {
        refused(&kit, &photos, other, &[], "invalid_request").await;
    }
    let form = [("grant_type", EXCHANGE), ("subject_token", &*token)];
    let seen = kit.token(&photos, &form).await.expect(400);
    assert_eq!(seen.error(), "invalid_request", "it has no type");
    kit.shut_mia().await;
    refused(&kit, &photos, &token, &[], "invalid_request").await;
}

#[tokio::test]
async fn only_a_client_that_proves_itself_and_may_exchanges_and_discovery_says_so() {
    let kit = Kit::sqlite().await;
    let photos = client(&kit, "photos", json!({})).await;
    let plain = kit.client("plain", json!({})).await;
    let public = client(&kit, "public", json!({ "client_type": "public" })).await;
    let token = mias(&kit, &photos, "openid").await;
    refused(&kit, &plain, &token, &[], "unauthorized_client").await;
    let mut form = vec![
        ("grant_type", EXCHANGE),
        ("subject_token", &*token),
        ("subject_token_type", ACCESS_TOKEN),
        ("client_id", &*photos.id),
    ];
    let seen = kit.token_plainly(&form).await.expect(401);
    assert_eq!(seen.error(), "invalid_client");
    form[3] = ("client_id", &public.id);
    let seen = kit.token_plainly(&form).await.expect(400);
    assert_eq!(seen.error(), "unauthorized_client");
    for (slug, says) in [("photos", true), ("plain", false), ("public", false)] {
        let path = format!("/application/o/{slug}/.well-known/openid-configuration");
        let told = kit.get(&path).await.expect(200).json();
        let grants = told["grant_types_supported"].as_array().unwrap();
        assert_eq!(grants.contains(&json!(EXCHANGE)), says, "{slug}");
    }
}

async fn as_proof(kit: &Kit, client: &Client, token: &str) -> Seen {
    let form = [
        ("grant_type", "client_credentials"),
        ("client_id", &*client.id),
        (
            "client_assertion_type",
            "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
        ),
        ("client_assertion", token),
        ("scope", "openid"),
    ];
    kit.token_plainly(&form).await
}

/// What may not be exchanged is worth no more as a proof, and what is issued for it no longer.
#[tokio::test]
async fn a_token_that_is_brought_as_a_proof_gives_no_more_than_an_exchange() {
    for kit in Kit::every().await {
        let first = client(&kit, "first", json!({})).await;
        let target = client(&kit, "target", trusting(&first)).await;
        let form = [("grant_type", "client_credentials")];
        let machine = access(&kit.token(&first, &form).await.expect(200).json());
        let token = mias(&kit, &first, "openid").await;
        let for_it = [("audience", "target"), ("scope", "openid")];
        let plain = exchange(&kit, &first, &token, &for_it).await;
        let plain = access(&plain.expect(200).json());
        let mut by_machine = for_it.to_vec();
        by_machine.push(("actor_token", &machine));
        by_machine.push(("actor_token_type", ACCESS_TOKEN));
        let acting = exchange(&kit, &first, &token, &by_machine).await;
        let acting = access(&acting.expect(200).json());
        let refused = as_proof(&kit, &target, &acting).await.expect(400);
        assert_eq!(refused.error(), "invalid_grant");

        wait(600_000);
        let told = as_proof(&kit, &target, &plain).await.expect(200).json();
        assert_eq!(told["expires_in"], 3000, "not beyond the end of the first");
        let issued = access(&told);
        kit.userinfo(&issued).await.expect(200);
        let form = [("token", &*token)];
        kit.post("/application/o/revoke/", Some(&first.basic()), &form)
            .await
            .expect(200);
        kit.userinfo(&issued).await.expect(401);

        let token = mias(&kit, &first, "openid").await;
        let plain = exchange(&kit, &first, &token, &for_it).await;
        let plain = access(&plain.expect(200).json());
        kit.promote(MIA).await;
        let refused = as_proof(&kit, &target, &plain).await.expect(400);
        assert_eq!(refused.error(), "invalid_grant");
    }
}
