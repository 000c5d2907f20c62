//! When the shortcut before the router answers, and when it leaves a check to the router. That both
//! answer the same is compared on every request of these tests (`Kit::send_from`).

use doorward_engine::session;
use doorward_engine::testing::NOW;
use http::Request;
use serde_json::json;

use crate::kit::{EXTERNAL, Kit, envoy, forwarded, later, nginx};

const PROXY: &str = "127.0.0.1";
/// The default grace of five minutes, and more than a reading of the changes may take.
const PAST_GRACE_MS: i64 = 310_000;

fn app(path: &str) -> String {
    format!("{EXTERNAL}{path}")
}

/// Somebody who is in, known to this process; their session and cookie.
async fn warm(kit: &Kit) -> (String, String) {
    let (id, central) = kit.signed_in(7).await;
    let cookie = kit.enter(&app("/"), &central).await;
    ask(kit, &cookie).await;
    (id, cookie)
}

async fn ask(kit: &Kit, cookie: &str) {
    let asked = kit.navigate("traefik", &app("/"), cookie).await;
    asked.expect(200);
}

fn by_traefik(url: &str, cookie: &str) -> Request<String> {
    forwarded("traefik", url, &[("cookie", cookie)])
}

#[tokio::test]
async fn somebody_known_is_answered_at_once_behind_traefik_caddy_and_nginx() {
    let kit = Kit::new(json!({})).await;
    let (_, cookie) = warm(&kit).await;
    for request in [
        by_traefik(&app("/"), &cookie),
        by_traefik(&app("/skip"), &cookie),
        by_traefik(&app("/"), &format!("a=b; {cookie}; c=d")),
        forwarded("caddy", &app("/"), &[("cookie", &cookie)]),
        nginx(&app("/"), &cookie),
    ] {
        let at_once = kit.at_once(PROXY, &request);
        assert_eq!(at_once, Some(200), "{request:?}");
    }
}

#[tokio::test]
async fn whatever_is_no_plain_check_of_somebody_known_is_left_to_the_router() {
    let kit = Kit::new(json!({})).await;
    let (_, cookie) = warm(&kit).await;
    let (name, _) = cookie.split_once('=').unwrap();
    let mut page = nginx(&app("/"), &cookie);
    *page.uri_mut() = "/outpost.goauthentik.io/auth/nginx/page".parse().unwrap();
    for request in [
        by_traefik(&app("/"), ""),
        by_traefik(&app("/skip"), ""),
        by_traefik(&app("/"), &format!("{name}=somebody")),
        by_traefik(&app("/outpost.goauthentik.io/callback"), &cookie),
        by_traefik(&app("/?X-authentik-auth-callback=true"), &cookie),
        by_traefik(&app("/?X-authentik-logout=true"), &cookie),
        by_traefik("https://elsewhere.test/", &cookie),
        envoy("ext.t.goauthentik.io", "/", &cookie),
        page,
    ] {
        assert_eq!(kit.at_once(PROXY, &request), None, "{request:?}");
    }
    let stranger = kit.at_once("203.0.113.9", &by_traefik(&app("/"), &cookie));
    assert_eq!(stranger, None, "a peer that nobody trusts");
}

#[tokio::test]
async fn a_changed_person_is_read_by_the_router_once_and_a_disabled_one_is_never_answered() {
    let kit = Kit::new(json!({})).await;
    let (_, cookie) = warm(&kit).await;
    let request = by_traefik(&app("/"), &cookie);
    kit.attributes(7, json!({ "username": "other" })).await;
    assert_eq!(kit.at_once(PROXY, &request), None, "stale");
    ask(&kit, &cookie).await;
    assert_eq!(kit.at_once(PROXY, &request), Some(200), "read again");
    kit.disable(7).await;
    assert_eq!(kit.at_once(PROXY, &request), None, "disabled");
}

#[tokio::test]
async fn the_refused_and_those_whose_session_ended_are_not_answered_at_once() {
    let kit = Kit::new(json!({})).await;
    let (id, cookie) = warm(&kit).await;
    let request = by_traefik(&app("/"), &cookie);
    let wall = json!({ "pk": "w", "target": "app", "user": 8, "enabled": true, "order": 0 });
    let other = json!({ "pk": "w", "target": "other", "user": 8, "enabled": true, "order": 0 });
    let bindings = "authentik_policies.policybinding";
    kit.save(bindings, "w", wall).await;
    assert_eq!(kit.at_once(PROXY, &request), None, "refused");
    kit.save(bindings, "w", other).await;
    assert_eq!(kit.at_once(PROXY, &request), Some(200), "let in again");
    let mut tx = kit.engine.store.begin().await.unwrap();
    session::end(&mut tx, &id, NOW).await.unwrap();
    kit.engine.commit(tx).await.unwrap();
    assert_eq!(kit.at_once(PROXY, &request), None, "ended");
}

/// What is remembered counts no longer than the grace after the last word from the store.
#[tokio::test]
async fn past_the_grace_nothing_is_answered_at_once() {
    let kit = Kit::new(json!({})).await;
    let (_, cookie) = warm(&kit).await;
    let request = by_traefik(&app("/"), &cookie);
    later(PAST_GRACE_MS);
    assert_eq!(kit.at_once(PROXY, &request), Some(200), "nothing to hear");
    later(-PAST_GRACE_MS);
    // From here on nothing is awaited, so the store is not heard again.
    kit.engine.start_upkeep(|| NOW);
    assert_eq!(kit.at_once(PROXY, &request), Some(200), "just heard");
    later(PAST_GRACE_MS);
    assert_eq!(kit.at_once(PROXY, &request), None, "past the grace");
    later(-PAST_GRACE_MS);
    assert_eq!(kit.at_once(PROXY, &request), Some(200), "heard after all");
}

#[tokio::test]
async fn an_app_session_past_its_validity_is_not_answered_at_once() {
    let kit = Kit::new(json!({ "access_token_validity": "minutes=1" })).await;
    let (_, cookie) = warm(&kit).await;
    let request = by_traefik(&app("/"), &cookie);
    later(59_000);
    assert_eq!(kit.at_once(PROXY, &request), Some(200));
    later(2_000);
    assert_eq!(kit.at_once(PROXY, &request), None);
}
