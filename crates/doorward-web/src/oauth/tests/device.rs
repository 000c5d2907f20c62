//! Devices without a browser (RFC 8628), and whoever lets them in.

use serde_json::{Value, json};

use super::kit::{Client, Kit, Seen, claims, wait};

pub(super) const ENDPOINT: &str = "/application/o/device/";
pub(super) const DEVICE_CODE: &str = "urn:ietf:params:oauth:grant-type:device_code";
const EXPLICIT: &str = "default-provider-authorization-explicit-consent";

/// A device and its codes.
pub(super) struct Device {
    pub(super) code: String,
    user_code: String,
    told: Value,
}

impl Device {
    pub(super) fn of(told: Value) -> Self {
        let text = |key: &str| told[key].as_str().unwrap().to_owned();
        Self {
            code: text("device_code"),
            user_code: text("user_code"),
            told,
        }
    }
}

pub(super) async fn client(kit: &Kit, slug: &str, more: Value) -> Client {
    let mut settings = json!({ "grant_types": ["refresh_token", DEVICE_CODE] });
    let more = more.as_object().cloned().unwrap_or_default();
    settings.as_object_mut().unwrap().extend(more);
    kit.client(slug, settings).await
}

async fn begin(kit: &Kit, client: &Client, scope: &str) -> Device {
    let form = [("client_id", &*client.id), ("scope", scope)];
    let told = kit.post(ENDPOINT, None, &form).await.expect(200).json();
    Device::of(told)
}

pub(super) async fn poll(kit: &Kit, client: &Client, device: &Device) -> Seen {
    let form = [("grant_type", DEVICE_CODE), ("device_code", &device.code)];
    kit.token(client, &form).await
}

/// Mia types the code.
async fn typed(kit: &Kit, code: &str) -> Seen {
    let csrf = kit.browse("/device").await.expect(200);
    let csrf = csrf.after("name=\"csrf\" value=\"");
    kit.submit("/device", &[("csrf", &csrf), ("code", code)])
        .await
}

/// Mia answers the question that she sees.
async fn answered(kit: &Kit, question: &Seen, answer: &str) -> Seen {
    let csrf = question.after("name=\"csrf\" value=\"");
    let held = question.after("name=\"held\" value=\"");
    let form = [("csrf", &*csrf), ("held", &held), ("answer", answer)];
    kit.submit("/device/answer", &form).await
}

pub(super) async fn let_in(kit: &Kit, device: &Device) {
    let question = typed(kit, &device.user_code).await.expect(200);
    let seen = answered(kit, &question, "allow").await.expect(303);
    assert_eq!(seen.header("location"), "/device?done=allowed");
}

#[track_caller]
fn error(seen: Seen, word: &str) {
    assert_eq!(seen.expect(400).error(), word);
}

#[tokio::test]
async fn a_device_gets_tokens_once_somebody_has_let_it_in_rfc_8628() {
    for kit in Kit::every().await {
        let tv = client(&kit, "movies", json!({})).await;
        let device = begin(&kit, &tv, "openid profile offline_access").await;
        assert_eq!(device.told["expires_in"], 600);
        assert_eq!(device.told["interval"], 5);
        let page = "https://auth.example.org/device";
        assert_eq!(device.told["verification_uri"], page);
        let complete = format!("{page}?code={}", device.user_code);
        assert_eq!(device.told["verification_uri_complete"], complete);
        error(poll(&kit, &tv, &device).await, "authorization_pending");
        let question = typed(&kit, &device.user_code).await.expect(200);
        for shown in ["movies", "mia", "0.0.0.0", &device.user_code] {
            assert!(question.text.contains(shown), "{shown}: {}", question.text);
        }
        assert!(
            question
                .text
                .contains("Your name, your user name and your groups")
        );
        answered(&kit, &question, "allow").await.expect(303);
        let tokens = poll(&kit, &tv, &device).await.expect(200).json();
        let id = claims(tokens["id_token"].as_str().unwrap());
        assert_eq!(id["preferred_username"], "mia");
        assert_eq!(id["amr"], json!(["pwd"]));
        kit.userinfo(tokens["access_token"].as_str().unwrap())
            .await
            .expect(200);
        let refresh = tokens["refresh_token"].as_str().unwrap();
        let form = [("grant_type", "refresh_token"), ("refresh_token", refresh)];
        kit.token(&tv, &form).await.expect(200);
    }
}

/// oidc.md 6.3 number 8
#[tokio::test]
async fn a_device_code_is_used_once_and_a_second_use_ends_what_it_led_to() {
    for kit in Kit::every().await {
        let tv = client(&kit, "movies", json!({})).await;
        let device = begin(&kit, &tv, "openid").await;
        let_in(&kit, &device).await;
        let all = (0..20).map(|_| poll(&kit, &tv, &device));
        let all = futures_util::future::join_all(all).await;
        let good = all.iter().filter(|seen| seen.status == 200).count();
        assert!(good <= 1, "{good}");
        error(poll(&kit, &tv, &device).await, "invalid_grant");
        for seen in all.iter().filter(|seen| seen.status == 200) {
            let tokens = seen.json();
            kit.userinfo(tokens["access_token"].as_str().unwrap())
                .await
                .expect(401);
        }
    }
}

#[tokio::test]
async fn a_device_that_is_not_let_in_is_told_so() {
    for kit in Kit::every().await {
        let tv = client(&kit, "movies", json!({})).await;
        let device = begin(&kit, &tv, "openid").await;
        let question = typed(&kit, &device.user_code).await.expect(200);
        let seen = answered(&kit, &question, "deny").await.expect(303);
        assert_eq!(seen.header("location"), "/device?done=denied");
        error(poll(&kit, &tv, &device).await, "access_denied");
        let seen = answered(&kit, &question, "allow").await.expect(303);
        assert_eq!(seen.header("location"), "/device?done=late");
        error(poll(&kit, &tv, &device).await, "access_denied");
    }
}

/// RFC 8628 §3.5
#[tokio::test]
async fn a_device_that_asks_too_often_waits_five_seconds_longer_each_time() {
    for kit in Kit::every().await {
        let tv = client(&kit, "movies", json!({})).await;
        let (device, other) = (
            begin(&kit, &tv, "openid").await,
            begin(&kit, &tv, "openid").await,
        );
        error(poll(&kit, &tv, &device).await, "authorization_pending");
        wait(4_999);
        error(poll(&kit, &tv, &device).await, "slow_down");
        wait(9_999);
        error(poll(&kit, &tv, &device).await, "slow_down");
        wait(15_000);
        error(poll(&kit, &tv, &device).await, "authorization_pending");
        error(poll(&kit, &tv, &other).await, "authorization_pending");
        wait(5_000);
        error(poll(&kit, &tv, &other).await, "authorization_pending");
    }
}

#[tokio::test]
async fn a_code_lives_as_long_as_the_provider_says_and_not_as_its_authorization_codes() {
    for kit in Kit::every().await {
        let more =
            json!({ "device_code_validity": "minutes=2", "access_code_validity": "seconds=10" });
        let tv = client(&kit, "movies", more).await;
        let (device, let_in_late) = (
            begin(&kit, &tv, "openid").await,
            begin(&kit, &tv, "openid").await,
        );
        wait(119_000);
        let_in(&kit, &let_in_late).await;
        error(poll(&kit, &tv, &device).await, "authorization_pending");
        let question = typed(&kit, &device.user_code).await.expect(200);
        wait(1_000);
        error(poll(&kit, &tv, &device).await, "expired_token");
        error(poll(&kit, &tv, &let_in_late).await, "expired_token");
        let seen = answered(&kit, &question, "allow").await.expect(303);
        assert_eq!(seen.header("location"), "/device?done=late");
        typed(&kit, &device.user_code).await.expect(422);
    }
}

/// oidc.md 6.3 number 8
#[tokio::test]
async fn a_device_code_is_worth_nothing_to_another_client() {
    for kit in Kit::every().await {
        let tv = client(&kit, "movies", json!({})).await;
        let other = client(&kit, "other", json!({})).await;
        let device = begin(&kit, &tv, "openid").await;
        error(poll(&kit, &other, &device).await, "invalid_grant");
        let_in(&kit, &device).await;
        error(poll(&kit, &other, &device).await, "invalid_grant");
        poll(&kit, &tv, &device).await.expect(200);
    }
}

/// CVE-2024-38371
#[tokio::test]
async fn who_may_not_open_the_application_lets_no_device_in() {
    for kit in Kit::every().await {
        doorward_engine::testing::add_user(&kit.engine, 71, "max").await;
        let tv = client(&kit, "movies", json!({})).await;
        let (early, device) = (
            begin(&kit, &tv, "openid").await,
            begin(&kit, &tv, "openid").await,
        );
        let_in(&kit, &early).await;
        kit.open_only_to("movies", 71).await;
        error(poll(&kit, &tv, &early).await, "access_denied");
        let question = typed(&kit, &device.user_code).await.expect(200);
        answered(&kit, &question, "allow").await.expect(403);
        error(poll(&kit, &tv, &device).await, "authorization_pending");
    }
}

#[tokio::test]
async fn the_flow_before_the_application_is_run_for_a_device_too() {
    for kit in Kit::every().await {
        let flow = kit.flow(EXPLICIT);
        let tv = client(&kit, "movies", json!({ "authorization_flow": flow })).await;
        let device = begin(&kit, &tv, "openid profile").await;
        let question = typed(&kit, &device.user_code).await.expect(200);
        let asked = answered(&kit, &question, "allow").await.expect(200);
        assert!(asked.text.contains("ak-stage-consent"), "{}", asked.text);
        error(poll(&kit, &tv, &device).await, "authorization_pending");
        let seen = kit.agreed(asked).await.expect(303);
        assert_eq!(seen.header("location"), "/device?done=allowed");
        poll(&kit, &tv, &device).await.expect(200);
    }
}

/// RFC 8628 §5.4: whoever sends a link with a code in it must not get a token by a click.
#[tokio::test]
async fn a_link_with_the_code_lets_nothing_in_and_neither_does_a_foreign_form() {
    for mut kit in Kit::every().await {
        let tv = client(&kit, "movies", json!({})).await;
        let device = begin(&kit, &tv, "openid").await;
        let link = format!("/device?code={}", device.user_code);
        let page = kit.browse(&link).await.expect(200);
        assert_eq!(
            page.after("name=\"code\" type=\"text\" value=\""),
            device.user_code
        );
        let stranger = kit.get(&link).await.expect(303);
        assert!(
            stranger
                .header("location")
                .contains("next=%2Fdevice%3Fcode%3D")
        );
        let question = typed(&kit, &device.user_code).await.expect(200);
        let csrf = question.after("name=\"csrf\" value=\"");
        let held = question.after("name=\"held\" value=\"");
        for (csrf, held, status) in [
            ("", &*held, 403),
            (&*csrf, "", 303),
            (&*csrf, &*device.user_code, 303),
            (&*csrf, &*device.code, 303),
        ] {
            let form = [("csrf", csrf), ("held", held), ("answer", "allow")];
            let seen = kit.submit("/device/answer", &form).await.expect(status);
            assert_ne!(seen.header("location"), "/device?done=allowed");
        }
        let open = format!("/device/open/?request={held}");
        let seen = kit.browse(&open).await.expect(303);
        assert_eq!(seen.header("location"), "/device?done=late");
        // What was shown in one session is not answered in another.
        kit.sign_in().await;
        let csrf = kit.browse("/device").await.after("name=\"csrf\" value=\"");
        let form = [("csrf", &*csrf), ("held", &*held), ("answer", "allow")];
        let seen = kit.submit("/device/answer", &form).await.expect(303);
        assert_eq!(seen.header("location"), "/device?done=late");
        error(poll(&kit, &tv, &device).await, "authorization_pending");
    }
}

#[tokio::test]
async fn of_twenty_answers_at_once_one_counts() {
    for kit in Kit::every().await {
        let tv = client(&kit, "movies", json!({})).await;
        let device = begin(&kit, &tv, "openid").await;
        let question = typed(&kit, &device.user_code).await.expect(200);
        let all = (0..20).map(|_| answered(&kit, &question, "allow"));
        let all = futures_util::future::join_all(all).await;
        let is_first = |seen: &&Seen| seen.header("location") == "/device?done=allowed";
        assert_eq!(all.iter().filter(is_first).count(), 1);
        poll(&kit, &tv, &device).await.expect(200);
    }
}

/// RFC 8628 §5.1
#[tokio::test]
async fn guesses_at_codes_are_counted_before_they_are_looked_at() {
    for kit in Kit::every().await {
        let tv = client(&kit, "movies", json!({})).await;
        let device = begin(&kit, &tv, "openid").await;
        for _ in 0..10 {
            typed(&kit, "BBBB-BBBB").await.expect(422);
        }
        let seen = typed(&kit, &device.user_code).await.expect(429);
        assert!(!seen.text.contains("name=\"held\""));
        assert_ne!(seen.header("retry-after"), "");
        wait(60_000);
        typed(&kit, &device.user_code).await.expect(200);
    }
}

#[tokio::test]
async fn one_address_asks_for_twenty_codes_and_then_slowly() {
    for kit in Kit::every().await {
        let tv = client(&kit, "movies", json!({})).await;
        for _ in 0..20 {
            begin(&kit, &tv, "openid").await;
        }
        let form = [("client_id", &*tv.id), ("scope", "openid")];
        let seen = kit.post(ENDPOINT, None, &form).await.expect(429);
        assert_eq!(seen.error(), "slow_down");
        assert_eq!(seen.header("retry-after"), "60");
        wait(60_000);
        begin(&kit, &tv, "openid").await;
    }
}

#[tokio::test]
async fn which_client_asks_is_proven_at_the_latest_when_it_gets_tokens() {
    let kit = Kit::sqlite().await;
    let tv = client(&kit, "movies", json!({})).await;
    let device = begin(&kit, &tv, "openid").await;
    let_in(&kit, &device).await;
    let form = [
        ("grant_type", DEVICE_CODE),
        ("device_code", &*device.code),
        ("client_id", &*tv.id),
    ];
    assert_eq!(
        kit.token_plainly(&form).await.expect(401).error(),
        "invalid_client"
    );
    poll(&kit, &tv, &device).await.expect(200);
    for (form, status, word) in [
        (vec![("client_id", "nobody")], 401, "invalid_client"),
        (vec![("scope", "openid")], 401, "invalid_client"),
        (
            vec![("client_id", &*tv.id), ("client_secret", "wrong")],
            401,
            "invalid_client",
        ),
        (
            vec![("client_id", &*tv.id), ("scope", "open\"id")],
            400,
            "invalid_scope",
        ),
        (
            vec![("client_id", &*tv.id), ("resource", "no address")],
            400,
            "invalid_target",
        ),
    ] {
        let seen = kit.post(ENDPOINT, None, &form).await.expect(status);
        assert_eq!(seen.error(), word, "{form:?}");
    }
    let public = json!({ "client_type": "public" });
    let app = client(&kit, "app", public).await;
    let device = begin(&kit, &app, "openid").await;
    let_in(&kit, &device).await;
    let form = [
        ("grant_type", DEVICE_CODE),
        ("device_code", &*device.code),
        ("client_id", &*app.id),
    ];
    kit.token_plainly(&form).await.expect(200);
    let usual = kit.client("photos", json!({})).await;
    let form = [("client_id", &*usual.id)];
    let seen = kit.post(ENDPOINT, None, &form).await;
    error(seen, "unauthorized_client");
}

/// CVE-2024-52287
#[tokio::test]
async fn a_device_gets_no_scope_that_its_provider_does_not_have() {
    let kit = Kit::sqlite().await;
    let tv = client(&kit, "movies", json!({ "property_mappings": [] })).await;
    let device = begin(&kit, &tv, "openid profile offline_access").await;
    let_in(&kit, &device).await;
    let tokens = poll(&kit, &tv, &device).await.expect(200).json();
    assert_eq!(tokens["scope"], "openid");
    assert!(tokens.get("refresh_token").is_none());
}

/// CVE-2025-64521
#[tokio::test]
async fn whose_account_was_shut_meanwhile_is_signed_in_on_no_device() {
    for kit in Kit::every().await {
        let tv = client(&kit, "movies", json!({})).await;
        let device = begin(&kit, &tv, "openid").await;
        let_in(&kit, &device).await;
        kit.shut_mia().await;
        error(poll(&kit, &tv, &device).await, "invalid_grant");
    }
}
