//! Signing out: 20 n, and that a GET ends nothing.

use http::Request;
use serde_json::json;

use crate::kit::{BROWSER, EXTERNAL, Kit, PUBLIC, envoy};

const SIGN_OUT: &str = "/outpost.goauthentik.io/sign_out";

fn app(path: &str) -> String {
    format!("{EXTERNAL}{path}")
}

/// The hidden field of the question.
fn token(html: &str) -> String {
    let (_, rest) = html
        .split_once("name=\"csrf\" value=\"")
        .expect("a hidden field");
    rest.split('"').next().unwrap().to_owned()
}

fn answer(csrf: &str, scope: &str, origin: &str) -> Request<String> {
    Request::post("/application/proxy/sign-out/")
        .header("host", "auth.t.goauthentik.io")
        .header("x-forwarded-proto", "https")
        .header("origin", origin)
        .header("accept", BROWSER)
        .header("content-type", "application/x-www-form-urlencoded")
        .body(format!("csrf={csrf}&scope={scope}"))
        .unwrap()
}

#[tokio::test]
async fn leaving_one_application_ends_its_session_and_no_other() {
    let kit = Kit::new(json!({})).await;
    kit.provider(2, "other", json!({ "external_host": "https://other.test" }))
        .await;
    let (_, central) = kit.signed_in(7).await;
    let own = kit.enter(&app("/"), &central).await;
    let other = kit.enter("https://other.test/", &central).await;
    let question = kit.open(&app(SIGN_OUT), &own).await.expect(302).location();
    assert!(question.starts_with(&format!("{PUBLIC}/application/proxy/sign-out/?request=")));
    let page = kit.open(&question, &central).await.expect(200);
    assert!(page.text.contains("App app"), "{}", page.text);
    kit.navigate("traefik", &app("/"), &own).await.expect(200);

    let left = kit
        .send(answer(&token(&page.text), "app", PUBLIC))
        .await
        .expect(303);
    kit.navigate("traefik", &app("/"), &own).await.expect(302);
    kit.navigate("traefik", "https://other.test/", &other)
        .await
        .expect(200);
    let last = kit.open(&left.location(), &own).await.expect(200);
    assert!(
        last.cookies()
            .contains(&format!("{}=", own.split('=').next().unwrap()))
    );
    kit.enter(&app("/"), &central).await;
}

#[tokio::test]
async fn case_20n_leaving_everything_ends_this_browsers_sessions_only() {
    let kit = Kit::new(json!({})).await;
    kit.provider(2, "other", json!({ "external_host": "https://other.test" }))
        .await;
    let (_, central) = kit.signed_in(7).await;
    let own = kit.enter(&app("/"), &central).await;
    let other = kit.enter("https://other.test/", &central).await;
    let (_, second) = kit.signed_in(7).await;
    let second_browser = kit.enter(&app("/"), &second).await;
    let question = kit.open(&app(SIGN_OUT), &own).await.expect(302).location();
    let page = kit.open(&question, "").await.expect(200);
    let left = kit
        .send(answer(&token(&page.text), "all", PUBLIC))
        .await
        .expect(303);
    assert!(left.cookies().contains(&"authentik_session=".to_owned()));
    kit.navigate("traefik", &app("/"), &own).await.expect(302);
    kit.navigate("traefik", "https://other.test/", &other)
        .await
        .expect(302);
    kit.navigate("traefik", &app("/"), &second_browser)
        .await
        .expect(200);
    let last = kit.open(&left.location(), &own).await.expect(200);
    assert!(
        !last.text.contains("Your other applications stay open"),
        "{}",
        last.text
    );
}

#[tokio::test]
async fn the_question_comes_inside_the_check_too() {
    let kit = Kit::new(json!({})).await;
    let (_, central) = kit.signed_in(7).await;
    let own = kit.enter(&app("/"), &central).await;
    for path in [SIGN_OUT, "/anything?X-authentik-logout=true"] {
        let answer = kit.navigate("traefik", &app(path), &own).await.expect(302);
        assert!(answer.location().starts_with(PUBLIC), "{path}");
    }
    kit.navigate("traefik", &app("/"), &own).await.expect(200);
}

/// A 2xx inside the check lets the request through to the application.
#[tokio::test]
async fn the_page_for_strangers_who_sign_out_is_shown_inside_the_check_and_passes_nothing() {
    let kit = Kit::new(json!({})).await;
    let (_, central) = kit.signed_in(7).await;
    let own = kit.enter(&app("/"), &central).await;
    let ended = kit.enter(&app("/"), &central).await;
    let question = kit.open(&app(SIGN_OUT), &ended).await.expect(302);
    let page = kit.open(&question.location(), "").await.expect(200);
    let left = kit.send(answer(&token(&page.text), "app", PUBLIC)).await;
    let done = left.expect(303).location();
    let done = done.strip_prefix(EXTERNAL).expect("the app's host");
    for proxy in ["traefik", "caddy"] {
        for path in [SIGN_OUT, done, "/anything?X-authentik-logout=true"] {
            for cookie in ["", "authentik_proxy_x=y", &ended] {
                let page = kit.navigate(proxy, &app(path), cookie).await.expect(401);
                assert!(page.text.contains("You are signed out"), "{proxy} {path}");
            }
        }
    }
    for path in [SIGN_OUT, done, "/anything?X-authentik-logout=true"] {
        let asked = envoy("ext.t.goauthentik.io", path, "");
        kit.send(asked).await.expect(401);
    }
    kit.navigate("traefik", &app("/"), &own).await.expect(200);
}

#[tokio::test]
async fn a_get_a_forged_token_or_another_origin_ends_nothing() {
    let kit = Kit::new(json!({})).await;
    let (_, central) = kit.signed_in(7).await;
    let own = kit.enter(&app("/"), &central).await;
    kit.open(&app(&format!("{SIGN_OUT}?done=all")), &own)
        .await
        .expect(302);
    let question = kit.open(&app(SIGN_OUT), &own).await.expect(302).location();
    let page = kit.open(&question, "").await.expect(200);
    let right = token(&page.text);
    kit.send(answer(&right, "all", "https://evil.test"))
        .await
        .expect(403);
    kit.send(answer(&right, "all", "null")).await.expect(403);
    kit.send(answer(&format!("{right}x"), "all", PUBLIC))
        .await
        .expect(403);
    kit.send(answer("", "all", PUBLIC)).await.expect(403);
    kit.navigate("traefik", &app("/"), &own).await.expect(200);
}

#[tokio::test]
async fn with_nothing_to_end_the_page_says_so_and_takes_the_cookie_away() {
    let kit = Kit::new(json!({})).await;
    let page = kit.open(&app(SIGN_OUT), "").await.expect(200);
    assert!(page.text.contains("signed out") && page.header("location").is_none());
    assert!(
        page.cookies()
            .iter()
            .any(|cookie| cookie.starts_with("authentik_proxy_") && cookie.ends_with('='))
    );
}

#[tokio::test]
async fn in_domain_mode_the_person_comes_back_to_the_host_they_left() {
    let domain = json!({
        "mode": "forward_domain", "external_host": "https://door.home.test",
        "cookie_domain": "home.test",
    });
    let kit = Kit::new(domain).await;
    let (_, central) = kit.signed_in(7).await;
    let own = kit.enter("https://one.home.test/", &central).await;
    let url = format!("https://one.home.test{SIGN_OUT}");
    let question = kit.open(&url, &own).await.expect(302).location();
    let page = kit.open(&question, "").await.expect(200);
    let left = kit
        .send(answer(&token(&page.text), "app", PUBLIC))
        .await
        .expect(303);
    assert!(
        left.location().starts_with("https://one.home.test/"),
        "{}",
        left.location()
    );
    for host in ["one", "two"] {
        kit.navigate("traefik", &format!("https://{host}.home.test/"), &own)
            .await
            .expect(302);
    }
}

#[tokio::test]
async fn an_address_or_a_form_that_cannot_be_read_is_answered_by_our_page() {
    let kit = Kit::new(json!({})).await;
    for page in ["authorize", "sign-out"] {
        for query in ["request=a&request=b", "request=a", "request=%FF", ""] {
            let url = format!("{PUBLIC}/application/proxy/{page}/?{query}");
            let answer = kit.open(&url, "").await.expect(400);
            let told = answer.text.contains("This link does not work any more");
            assert!(told, "{page} {query}: {}", answer.text);
        }
    }
    let twice = answer("a&csrf=b", "app", PUBLIC);
    let mut no_form = answer("a", "app", PUBLIC);
    let json = http::HeaderValue::from_static("application/json");
    no_form.headers_mut().insert("content-type", json);
    for posted in [twice, no_form] {
        let answer = kit.send(posted).await.expect(403);
        let told = answer.text.contains("nothing was done");
        assert!(told, "{}", answer.text);
    }
}
