//! Whoever has a second factor shows it, by page and by JSON alike.

use doorward_engine::testing::NOW;
use doorward_protocol::totp::{Digits, Key};
use serde_json::json;

use super::kit::{Browser, Kit, Reply};

const EXECUTOR: &str = "/api/v3/flows/executor/default-authentication-flow/?query=";
const SET_UP: &str = "/api/v3/flows/executor/default-authenticator-totp-setup/?query=";
/// A code counts half a minute, and no earlier one after it.
const STEP_MS: i64 = 30_000;

/// Mia, who has set an app up; its key.
async fn house() -> (Kit, Key) {
    let kit = Kit::new().await;
    kit.person(7, "mia").await;
    let mut mia = Browser::default();
    mia.sign_in(&kit, "mia", "pw-mia").await.expect(303);
    let asked = mia.get(&kit, SET_UP).await.expect(200).json();
    let url = asked["config_url"].as_str().expect("an address");
    let (_, rest) = url.split_once("secret=").expect("a secret");
    let secret = rest.split('&').next().expect("a value");
    let key = Key::from_base32(secret, Digits::Six).expect("a key");
    let code = json!({ "code": key.code_at(NOW - STEP_MS) });
    let done = mia.post_json(&kit, SET_UP, &code).await.expect(200).json();
    assert_eq!(done["component"], "xak-flow-redirect");
    (kit, key)
}

#[track_caller]
fn assert_outside(browser: &Browser, seen: &Reply) {
    let has_session = browser.cookies.contains_key("authentik_session");
    assert!(!has_session, "{seen:?}");
}

/// CVE-2025-64103: a factor that somebody has is asked for on every way in.
#[tokio::test]
async fn cve_2025_64103_a_second_factor_that_somebody_has_is_skipped_neither_by_page_nor_by_json() {
    let (kit, key) = house().await;
    let mut browser = Browser::default();
    let to = browser.sign_in(&kit, "mia", "pw-mia").await.expect(303);
    let at = to.location().to_owned();
    let page = browser.get(&kit, &at).await.expect(200);
    for fields in [
        &[][..],
        &[("code", "")],
        &[("code", "000000")],
        &[("selected_challenge", ""), ("selected_stage", "")],
        &[("uid_field", "mia"), ("password", "pw-mia")],
    ] {
        let seen = browser.submit(&kit, &page, fields).await;
        assert_outside(&browser, &seen);
        let seen = browser.get(&kit, "/if/user/").await.expect(303);
        assert_outside(&browser, &seen);
    }
    let right = [("code", &*key.code_at(NOW))];
    browser.submit(&kit, &page, &right).await.expect(303);
    assert_eq!(browser.who(&kit).await, "mia");

    let mut client = Browser::default();
    let known = json!({ "uid_field": "mia", "password": "pw-mia" });
    client.post_json(&kit, EXECUTOR, &known).await.expect(302);
    for given in [
        json!({}),
        json!({ "code": "" }),
        json!({ "code": "000000" }),
        json!({ "component": "ak-stage-user-login", "remember_me": false }),
        json!({ "component": "ak-stage-authenticator-validate", "selected_challenge": {} }),
        known,
    ] {
        let seen = client.post_json(&kit, EXECUTOR, &given).await;
        assert_outside(&client, &seen);
        let asked = client.get(&kit, EXECUTOR).await.expect(200).json();
        assert_eq!(asked["component"], "ak-stage-authenticator-validate");
    }
    let right = json!({ "code": key.code_at(NOW + STEP_MS) });
    client.post_json(&kit, EXECUTOR, &right).await;
    assert_eq!(client.who(&kit).await, "mia");
}
