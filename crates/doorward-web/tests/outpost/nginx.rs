//! nginx, which knows no answer of a check but 2xx, 401 and 403: what it asks for in their place.

use http::Request;
use serde_json::json;

use crate::kit::{Answer, BROWSER, EXTERNAL, Kit, nginx};

const START: &str = "https://ext.t.goauthentik.io/outpost.goauthentik.io/start?rd=";

fn app(path: &str) -> String {
    format!("{EXTERNAL}{path}")
}

/// What nginx asks for once the check has refused.
async fn page(kit: &Kit, url: &str, headers: &[(&str, &str)]) -> Answer {
    let path = "/outpost.goauthentik.io/auth/nginx/page";
    let mut request = Request::get(path).header("x-original-url", url);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    kit.send(request.body(String::new()).unwrap()).await
}

const PERSON: (&str, &str) = ("accept", BROWSER);

#[tokio::test]
async fn a_navigation_is_led_to_the_sign_in_and_anything_else_keeps_its_401() {
    let kit = Kit::new(json!({})).await;
    let answer = page(&kit, &app("/a?b=c&d"), &[PERSON]).await.expect(302);
    let rd = "https%3A%2F%2Fext.t.goauthentik.io%2Fa%3Fb%3Dc%26d";
    assert_eq!(answer.location(), format!("{START}{rd}"));
    let posted = [PERSON, ("x-original-method", "POST")];
    page(&kit, &app("/a"), &posted).await.is_a_bare_401();
    page(&kit, &app("/a"), &[]).await.is_a_bare_401();
}

#[tokio::test]
async fn the_refused_see_the_page_and_the_store_that_is_away_has_one_too() {
    let kit = Kit::new(json!({})).await;
    let (_, central) = kit.signed_in(7).await;
    let cookie = kit.enter(&app("/"), &central).await;
    let binding = json!({ "pk": "b", "target": "app", "user": 8, "enabled": true });
    kit.save("authentik_policies.policybinding", "b", binding)
        .await;
    kit.send(nginx(&app("/"), &cookie)).await.expect(403);
    let refused = page(&kit, &app("/"), &[PERSON, ("cookie", &cookie)]).await;
    let refused = refused.expect(403);
    assert!(refused.text.contains("foo") && refused.text.contains("App app"));

    page(&kit, "https://other.test/", &[PERSON])
        .await
        .expect(404);
    kit.engine.store.close().await;
    crate::kit::later(10_000);
    let away = page(&kit, &app("/"), &[PERSON]).await.expect(503);
    assert!(away.text.contains("<html") && away.header("retry-after").is_some());
}

#[tokio::test]
async fn it_never_passes_and_never_goes_round() {
    let kit = Kit::new(json!({})).await;
    let (_, central) = kit.signed_in(7).await;
    let cookie = kit.enter(&app("/"), &central).await;
    for (path, cookie) in [("/", cookie.as_str()), ("/skip", "")] {
        let answer = page(&kit, &app(path), &[PERSON, ("cookie", cookie)]).await;
        let answer = answer.expect(503);
        assert_eq!(answer.header("location"), None);
        assert_eq!(answer.header("x-authentik-username"), None);
        assert!(answer.text.contains(&app(path)), "{}", answer.text);
    }
}

#[tokio::test]
async fn case_19_an_older_snippet_names_the_path_beside_the_host() {
    let kit = Kit::new(json!({})).await;
    let ask = |path: &str, host: &str| {
        Request::get("/outpost.goauthentik.io/auth/nginx")
            .header("host", host)
            .header("x-forwarded-proto", "https")
            .header("x-original-uri", path)
            .body(String::new())
            .unwrap()
    };
    let host = "ext.t.goauthentik.io";
    kit.send(ask("/app", host)).await.is_a_bare_401();
    kit.send(ask("/skip", host)).await.is_empty_200();
    // Its question mark begins a query: what comes after it makes nothing public.
    kit.send(ask("/app?/skip", host)).await.is_a_bare_401();
    kit.send(ask("/skip", "other.test")).await.expect(403);
}

#[tokio::test]
async fn cve_2026_40575_a_client_cannot_name_another_path_than_nginx_does() {
    let kit = Kit::new(json!({})).await;
    let mut request = nginx(&app("/app"), "");
    let skip = "/skip".parse().unwrap();
    request.headers_mut().insert("x-original-uri", skip);
    kit.send(request).await.expect(500);
}
