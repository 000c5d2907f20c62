//! Apps that hear in the browser, when the sign-out is not a page of ours: at the flow executor, and
//! at the end of an account.

use doorward_engine::blueprint;
use http::Request;
use serde_json::{Value, json};

use super::kit::{Client, Kit, Seen, claims, encoded, now, wait};

const EXECUTOR: &str = "/api/v3/flows/executor/default-invalidation-flow/";
const LEAVE: &str = "
version: 1
metadata: { name: leave }
entries:
  - { model: authentik_stages_user_delete.userdeletestage, id: delete, identifiers: { name: l-delete } }
  - { model: authentik_flows.flow, id: leave, identifiers: { slug: leave },
      attrs: { name: Leave, title: Delete your account, designation: unenrollment } }
  - { model: authentik_flows.flowstagebinding, identifiers: { target: !KeyOf leave, stage: !KeyOf delete, order: 0 } }
";

async fn wiki(kit: &Kit) -> Client {
    let front = json!({
        "logout_uri": "https://wiki.example.org/bye", "logout_method": "frontchannel",
    });
    kit.client("wiki", front).await
}

/// The address that the app is told the end of this session at.
fn told_at(tokens: &Value) -> String {
    let id = claims(tokens["id_token"].as_str().unwrap());
    let told = encoded(&[
        ("iss", id["iss"].as_str().unwrap()),
        ("sid", id["sid"].as_str().unwrap()),
    ]);
    format!("https://wiki.example.org/bye?{told}")
}

/// Mia's client of the executor signs out.
async fn signed_out(kit: &Kit, query: &str) -> Value {
    let request = Request::post(format!("{EXECUTOR}?{query}"))
        .header("cookie", &kit.cookie)
        .header("content-type", "application/json")
        .header("origin", "https://auth.example.org");
    let seen = kit.send(request, "{}".to_owned()).await.expect(200);
    let told = seen.json();
    assert_eq!(told["component"], "xak-flow-redirect", "{told}");
    told["to"].clone()
}

fn frame(page: &Seen) -> String {
    page.after("<iframe hidden src=\"")
}

/// Front-Channel Logout 1.0 §3
#[tokio::test]
async fn whoever_signs_out_at_the_executor_is_led_over_the_page_with_the_apps() {
    for kit in Kit::every().await {
        let client = wiki(&kit).await;
        let tokens = kit.tokens(&client, "openid").await;
        let next = encoded(&[("query", &encoded(&[("next", "/if/user/")]))]);
        let to = signed_out(&kit, &next).await;
        let to = to.as_str().unwrap();
        assert!(to.starts_with("/if/signing-out/?page="), "{to}");
        let page = kit.get(to).await.expect(200);
        assert_eq!(frame(&page), told_at(&tokens));
        assert_eq!(page.header("refresh"), "3; url=/if/user/");
        let policy = page.header("content-security-policy");
        assert!(policy.contains("frame-src https://wiki.example.org;"));
        // Nothing of it can be made up, and it does not last.
        for wrong in [
            &to[..to.len() - 3],
            "/if/signing-out/?page=x",
            "/if/signing-out/",
        ] {
            let seen = kit.get(wrong).await.expect(303);
            assert_eq!(seen.header("location"), "/");
        }
        wait(5 * 60_000);
        assert_eq!(kit.get(to).await.expect(303).header("location"), "/");
    }
}

#[tokio::test]
async fn without_such_apps_the_executor_leads_straight_on() {
    for kit in Kit::every().await {
        let client = kit.client("photos", json!({})).await;
        kit.tokens(&client, "openid").await;
        assert_eq!(signed_out(&kit, "").await, "/");
    }
}

#[tokio::test]
async fn more_apps_than_an_address_can_hold_leave_an_address_that_proxies_take() {
    let kit = Kit::sqlite().await;
    let slugs: Vec<_> = (0..60).map(|number| format!("app-{number}")).collect();
    let front = json!({
        "logout_uri": "https://wiki.example.org/bye", "logout_method": "frontchannel",
    });
    for client in kit.clients(&slugs, &front).await {
        kit.tokens(&client, "openid").await;
    }
    let to = signed_out(&kit, "").await;
    let to = to.as_str().unwrap();
    assert!(to.len() < 7000, "{}", to.len());
    let page = kit.get(to).await.expect(200);
    assert!(page.text.matches("<iframe").count() > 10, "{page:?}");
}

/// Front-Channel Logout 1.0 §3: a deleted account is signed out of its apps, too.
#[tokio::test]
async fn whoever_deletes_their_account_leads_the_browser_to_the_apps_that_hear_in_it() {
    for kit in Kit::every().await {
        blueprint::apply_text(&kit.engine, now(), LEAVE)
            .await
            .unwrap();
        let client = wiki(&kit).await;
        let tokens = kit.tokens(&client, "openid").await;
        let question = kit.browse("/if/flow/leave/").await.expect(200);
        let page = kit.answered(&question, &[]).await.expect(200);
        assert_eq!(frame(&page), told_at(&tokens));
        assert_eq!(page.header("refresh"), "3; url=/");
        kit.userinfo(tokens["access_token"].as_str().unwrap())
            .await
            .expect(401);
        let next = kit.browse("/if/user/").await.expect(303);
        assert!(next.header("location").starts_with("/flows/"), "{next:?}");
    }
}
