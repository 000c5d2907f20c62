//! The authorization endpoint.

use serde_json::json;

use super::kit::{CALLBACK, Client, Kit, VERIFIER, authorize_address, claims, now, wait};

fn asked<'a>(client: &'a Client, more: &[(&'a str, &'a str)]) -> Vec<(&'a str, &'a str)> {
    let mut all = vec![
        ("client_id", client.id.as_str()),
        ("response_type", "code"),
        ("redirect_uri", CALLBACK),
        ("scope", "openid"),
        ("state", "a&b=\"c"),
    ];
    for (name, value) in more {
        all.retain(|(known, _)| known != name);
        all.push((name, value));
    }
    all
}

#[tokio::test]
async fn an_answer_has_code_state_and_issuer_and_nothing_else_rfc_9207() {
    let kit = Kit::sqlite().await;
    let client = kit.client("photos", json!({})).await;
    let seen = kit
        .authorize(&asked(&client, &[("extra", "foobar")]))
        .await
        .expect(303);
    let answer = seen.answer();
    let names: Vec<_> = answer.keys().map(String::as_str).collect();
    assert_eq!(names, ["code", "iss", "state"]);
    assert_eq!(answer["state"], "a&b=\"c");
    assert_eq!(
        answer["iss"],
        "https://auth.example.org/application/o/photos/"
    );
    assert_eq!(seen.header("cache-control"), "no-store");
    assert_eq!(seen.header("referrer-policy"), "no-referrer");
}

/// CVE-2017-14394, CVE-2019-11269, CVE-2026-41479, CVE-2026-44681: nothing goes to an address that
/// was not approved.
#[tokio::test]
async fn before_client_and_address_are_known_nothing_is_sent_anywhere() {
    let kit = Kit::sqlite().await;
    let client = kit.client("photos", json!({})).await;
    for more in [
        [("client_id", "nobody")],
        [("client_id", "")],
        [("redirect_uri", "")],
        [("redirect_uri", "https://evil.tld/")],
        [("redirect_uri", "https://photos.example.org/callback/")],
        [("redirect_uri", "javascript:alert(1)")],
    ] {
        for also in [
            ("scope", "openid"),
            ("response_type", "nonsense"),
            ("prompt", "none"),
        ] {
            let seen = kit
                .authorize(&asked(&client, &[more[0], also]))
                .await
                .expect(400);
            assert_eq!(seen.header("location"), "", "{more:?}");
            let linked = seen.text.contains("href=\"https://evil.tld");
            assert!(!linked, "{}", seen.text);
        }
    }
    let twice = format!("{}&state=2", authorize_address(&asked(&client, &[])));
    assert_eq!(kit.browse(&twice).await.expect(400).header("location"), "");
}

/// What is wrong with a request, and the word for it.
const WRONG: &[(&[(&str, &str)], &str)] = &[
    (&[("response_type", "")], "invalid_request"),
    (
        &[("response_type", "nonsense")],
        "unsupported_response_type",
    ),
    (&[("response_type", "token")], "unsupported_response_type"),
    (&[("response_mode", "carrier_pigeon")], "invalid_request"),
    (&[("request", "eyJ")], "request_not_supported"),
    (
        &[("request_uri", "https://a.example/")],
        "request_uri_not_supported",
    ),
    (&[("registration", "{}")], "registration_not_supported"),
    (&[("scope", "open\"id")], "invalid_scope"),
    (&[("max_age", "abc")], "invalid_request"),
    (&[("max_age", "-1")], "invalid_request"),
    (&[("prompt", "none login")], "invalid_request"),
    (&[("resource", "not an address")], "invalid_target"),
    (&[("code_challenge", "short")], "invalid_request"),
    (&[("code_challenge", VERIFIER)], "invalid_request"),
    (
        &[
            ("code_challenge", VERIFIER),
            ("code_challenge_method", "plain"),
        ],
        "invalid_request",
    ),
];

#[tokio::test]
async fn every_other_refusal_goes_to_the_client_with_state_and_issuer() {
    let kit = Kit::sqlite().await;
    let client = kit.client("photos", json!({})).await;
    for (more, error) in WRONG {
        let answer = kit
            .authorize(&asked(&client, more))
            .await
            .expect(303)
            .answer();
        assert_eq!(answer["error"], *error, "{more:?}");
        assert_eq!(answer["state"], "a&b=\"c");
        assert!(answer["iss"].starts_with("https://auth.example.org/"));
        assert!(!answer.contains_key("code"));
    }
    for kind in ["id_token", "id_token token", "code id_token"] {
        let more = [("response_type", kind), ("nonce", "n")];
        let seen = kit.authorize(&asked(&client, &more)).await.expect(303);
        assert_eq!(seen.fragment()["error"], "unauthorized_client", "{kind}");
    }
}

/// RFC 9700 §2.1.1
#[tokio::test]
async fn a_public_client_must_send_a_challenge() {
    let kit = Kit::sqlite().await;
    let public = kit.client("spa", json!({ "client_type": "public" })).await;
    let seen = kit.authorize(&asked(&public, &[])).await.expect(303);
    assert_eq!(seen.answer()["error"], "invalid_request");
    let old = json!({ "client_type": "public", "compatibility": true });
    let old = kit.client("old", old).await;
    let seen = kit.authorize(&asked(&old, &[])).await.expect(303);
    assert!(seen.answer().contains_key("code"));
}

#[tokio::test]
async fn nobody_is_sent_to_sign_in_and_prompt_none_says_so() {
    let mut kit = Kit::sqlite().await;
    let client = kit.client("photos", json!({})).await;
    kit.cookie = String::new();
    let seen = kit
        .authorize(&asked(&client, &[("login_hint", "mia")]))
        .await
        .expect(303);
    let to = seen.header("location");
    assert!(
        to.starts_with("/if/flow/default-authentication-flow/?next=%2Fapplication%2Fo%2Fauthorize"),
        "{to}"
    );
    assert!(to.ends_with("&login_hint=mia"), "{to}");
    let seen = kit
        .authorize(&asked(&client, &[("prompt", "none")]))
        .await
        .expect(303);
    assert_eq!(seen.answer()["error"], "login_required");
}

/// authentik #12182 and #18507: asked once, bound to this very request.
#[tokio::test]
async fn prompt_login_wants_one_sign_in_for_this_very_request() {
    let mut kit = Kit::sqlite().await;
    let client = kit.client("photos", json!({})).await;
    let request = asked(&client, &[("prompt", "login")]);
    wait(10_000);
    let seen = kit.authorize(&request).await.expect(303);
    let to = seen.header("location").to_owned();
    assert!(to.contains("switch=1"), "{to}");
    let query = to.split_once('?').unwrap().1;
    let (_, next) = url::form_urlencoded::parse(query.as_bytes())
        .next()
        .unwrap();
    // Without the sign-in it is asked again.
    let again = kit.browse(&next).await.expect(303);
    assert!(
        again.header("location").starts_with("/if/flow/"),
        "{again:?}"
    );
    wait(1_000);
    kit.sign_in().await;
    let answer = kit.browse(&next).await.expect(303).answer();
    let form = [
        ("grant_type", "authorization_code"),
        ("code", &answer["code"]),
        ("redirect_uri", CALLBACK),
    ];
    let tokens = kit.token(&client, &form).await.expect(200).json();
    let auth_time = claims(tokens["id_token"].as_str().unwrap())["auth_time"].as_i64();
    assert_eq!(auth_time, Some(now() / 1000));
    // The next request wants the next sign-in, and nobody can write the mark themselves.
    wait(1_000);
    let later = kit.authorize(&request).await.expect(303);
    assert!(later.header("location").starts_with("/if/flow/"));
    let forged = asked(
        &client,
        &[("prompt", "login"), ("doorward_since", "1.AAAA")],
    );
    let forged = kit.authorize(&forged).await.expect(303);
    assert!(forged.header("location").starts_with("/if/flow/"));
    let moved = next.replace("state=a", "state=b");
    let moved = kit.browse(&moved).await.expect(303);
    assert!(
        moved.header("location").starts_with("/if/flow/"),
        "of another request"
    );
}

#[tokio::test]
async fn max_age_is_counted_from_the_sign_in_and_zero_is_a_number() {
    let mut kit = Kit::sqlite().await;
    let client = kit.client("photos", json!({})).await;
    wait(10_000);
    kit.authorize(&asked(&client, &[("max_age", "10000")]))
        .await
        .expect(303)
        .answer();
    for seconds in ["0", "1", "9"] {
        let seen = kit
            .authorize(&asked(&client, &[("max_age", seconds)]))
            .await
            .expect(303);
        assert!(
            seen.header("location").starts_with("/if/flow/"),
            "{seconds}"
        );
    }
    let seen = kit
        .authorize(&asked(&client, &[("max_age", "0")]))
        .await
        .expect(303);
    let to = seen.header("location").to_owned();
    let query = to.split_once('?').unwrap().1;
    let (_, next) = url::form_urlencoded::parse(query.as_bytes())
        .next()
        .unwrap();
    wait(2_000);
    kit.sign_in().await;
    wait(2_000);
    let answer = kit.browse(&next).await.expect(303).answer();
    assert!(answer.contains_key("code"), "just signed in for this");
}

#[tokio::test]
async fn a_hint_that_names_somebody_else_is_answered_with_login_required() {
    let kit = Kit::sqlite().await;
    let client = kit.client("photos", json!({})).await;
    let tokens = kit.tokens(&client, "openid").await;
    let hint = tokens["id_token"].as_str().unwrap();
    wait(7_200_000);
    let good = asked(&client, &[("prompt", "none"), ("id_token_hint", hint)]);
    assert!(
        kit.authorize(&good)
            .await
            .expect(303)
            .answer()
            .contains_key("code"),
        "late is fine"
    );
    let other = kit.client("other", json!({ "signing_key": null })).await;
    let strange = kit.tokens(&other, "openid").await;
    let access = strange["access_token"].as_str().unwrap();
    for hint in ["nonsense", access] {
        let bad = asked(&client, &[("prompt", "none"), ("id_token_hint", hint)]);
        assert_eq!(
            kit.authorize(&bad).await.expect(303).answer()["error"],
            "login_required"
        );
    }
}

/// CVE-2026-42849: what a client sends stands on the page as text, and the form goes to the
/// registered address alone.
#[tokio::test]
async fn form_post_is_a_page_that_posts_and_holds_nothing_but_text() {
    let kit = Kit::sqlite().await;
    let client = kit.client("photos", json!({})).await;
    let state = "\"><script>alert(1)</script>";
    let request = asked(&client, &[("response_mode", "form_post"), ("state", state)]);
    let seen = kit.authorize(&request).await.expect(200);
    assert!(seen.text.contains(&format!("action=\"{CALLBACK}\"")));
    assert!(seen.text.contains("name=\"code\" value=\"dwc_"));
    assert!(!seen.text.contains("<script>alert"), "{}", seen.text);
    let policy = seen.header("content-security-policy");
    assert!(
        policy.contains("form-action 'self' https://photos.example.org;"),
        "{policy}"
    );
    assert!(policy.contains("script-src 'self';"), "{policy}");
    assert_eq!(seen.header("location"), "");
    let refused = asked(&client, &[("response_mode", "form_post"), ("max_age", "x")]);
    let seen = kit.authorize(&refused).await.expect(200);
    assert!(
        seen.text
            .contains("name=\"error\" value=\"invalid_request\""),
        "{}",
        seen.text
    );
}

#[tokio::test]
async fn hybrid_and_implicit_answers_stand_in_the_fragment_with_their_hashes() {
    let kit = Kit::sqlite().await;
    let ways = json!({ "grant_types": ["authorization_code", "implicit", "hybrid"] });
    let client = kit.client("photos", ways).await;
    for kind in [
        "id_token",
        "id_token token",
        "code token",
        "code id_token",
        "code id_token token",
    ] {
        let more = [
            ("response_type", kind),
            ("nonce", "n-1"),
            ("scope", "openid profile"),
        ];
        let answer = kit
            .authorize(&asked(&client, &more))
            .await
            .expect(303)
            .fragment();
        for (word, name) in [
            ("code", "code"),
            ("id_token", "id_token"),
            ("token", "access_token"),
        ] {
            let wanted = kind.split(' ').any(|one| one == word);
            assert_eq!(answer.contains_key(name), wanted, "{kind}: {name}");
        }
        if let Some(token) = answer.get("access_token") {
            assert_eq!(answer["token_type"], "Bearer");
            kit.userinfo(token).await.expect(200);
        }
        let Some(id) = answer.get("id_token").map(|token| claims(token)) else {
            continue;
        };
        assert_eq!(id["nonce"], "n-1");
        assert_eq!(
            id.contains_key("at_hash"),
            answer.contains_key("access_token"),
            "{kind}"
        );
        assert_eq!(
            id.contains_key("c_hash"),
            answer.contains_key("code"),
            "{kind}"
        );
        if kind == "id_token" {
            assert_eq!(id["preferred_username"], "mia", "nothing else can tell it");
        }
    }
}

#[tokio::test]
async fn an_id_token_in_front_needs_a_nonce_and_never_stands_in_a_query() {
    let kit = Kit::sqlite().await;
    let ways = json!({ "grant_types": ["authorization_code", "implicit"] });
    let client = kit.client("photos", ways).await;
    let without = asked(&client, &[("response_type", "id_token")]);
    let refused = kit.authorize(&without).await.expect(303).fragment();
    assert_eq!(refused["error"], "invalid_request", "no nonce");
    let logged = asked(
        &client,
        &[
            ("response_type", "id_token"),
            ("nonce", "n"),
            ("response_mode", "query"),
        ],
    );
    let refused = kit.authorize(&logged).await.expect(303).fragment();
    assert_eq!(refused["error"], "invalid_request", "no token in a query");
}

#[tokio::test]
async fn a_post_goes_on_as_a_get() {
    let kit = Kit::sqlite().await;
    let client = kit.client("photos", json!({})).await;
    let seen = kit
        .post("/application/o/authorize/", None, &asked(&client, &[]))
        .await
        .expect(303);
    let to = seen.header("location").to_owned();
    assert!(
        kit.browse(&to)
            .await
            .expect(303)
            .answer()
            .contains_key("code")
    );
}
