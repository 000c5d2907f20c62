//! What a proxy is answered: cases 1 to 26 and 34 to 37, and who is told what.

use http::Request;
use serde_json::json;

use crate::kit::{BROWSER, EXTERNAL, Kit, envoy, forwarded, later, nginx};

const START: &str = "https://ext.t.goauthentik.io/outpost.goauthentik.io/start?rd=";

fn app(path: &str) -> String {
    format!("{EXTERNAL}{path}")
}

#[tokio::test]
async fn cases_1_10_and_16_a_check_without_its_headers_is_500_and_never_a_pass() {
    let kit = Kit::new(json!({})).await;
    for proxy in ["traefik", "caddy", "nginx"] {
        let path = format!("/outpost.goauthentik.io/auth/{proxy}");
        let bare = Request::get(path).header("host", "authentik:9000");
        kit.send(bare.body(String::new()).unwrap())
            .await
            .expect(500);
    }
}

#[tokio::test]
async fn cases_6_14_and_21_the_same_holds_in_domain_mode() {
    let kit = Kit::new(json!({ "mode": "forward_domain", "cookie_domain": "foo" })).await;
    for proxy in ["traefik", "caddy", "nginx"] {
        let path = format!("/outpost.goauthentik.io/auth/{proxy}");
        kit.send(Request::get(path).body(String::new()).unwrap())
            .await
            .expect(500);
    }
}

#[tokio::test]
async fn cases_2_11_17_and_23_a_public_path_is_200_with_twelve_empty_headers() {
    let kit = Kit::new(json!({})).await;
    kit.navigate("traefik", &app("/skip"), "")
        .await
        .is_empty_200();
    kit.navigate("caddy", &app("/skip"), "")
        .await
        .is_empty_200();
    kit.send(nginx(&app("/skip"), "")).await.is_empty_200();
    kit.send(envoy("ext.t.goauthentik.io", "/skip", ""))
        .await
        .is_empty_200();
}

#[tokio::test]
async fn cases_3_12_and_24_a_navigation_is_sent_to_start_with_its_address() {
    let kit = Kit::new(json!({})).await;
    for proxy in ["traefik", "caddy"] {
        let answer = kit
            .navigate(proxy, "http://ext.t.goauthentik.io/app", "")
            .await
            .expect(302);
        let rd = "http%3A%2F%2Fext.t.goauthentik.io%2Fapp";
        assert_eq!(answer.location(), format!("{START}{rd}"));
        assert_eq!(answer.header("set-cookie"), None);
        assert_eq!(answer.header("cache-control"), Some("no-store"));
    }
    let answer = kit
        .send(envoy("ext.t.goauthentik.io", "/app", ""))
        .await
        .expect(302);
    assert_eq!(
        answer.location(),
        format!("{START}http%3A%2F%2Fext.t.goauthentik.io%2Fapp")
    );
}

#[tokio::test]
async fn cases_7_15_and_26_in_domain_mode_start_is_on_the_authentication_host() {
    let domain = json!({
        "mode": "forward_domain", "cookie_domain": "test.goauthentik.io",
        "external_host": "http://auth.test.goauthentik.io",
    });
    let kit = Kit::new(domain).await;
    let start = "http://auth.test.goauthentik.io/outpost.goauthentik.io/start?rd=http%3A%2F%2Ftest.goauthentik.io%2Fapp";
    for proxy in ["traefik", "caddy"] {
        let answer = kit
            .navigate(proxy, "http://test.goauthentik.io/app", "")
            .await
            .expect(302);
        assert_eq!(answer.location(), start);
    }
    let answer = kit
        .send(envoy("test.goauthentik.io", "/app", ""))
        .await
        .expect(302);
    assert_eq!(answer.location(), start);
}

#[tokio::test]
async fn cases_18_and_22_nginx_gets_401_and_nothing_is_saved() {
    let kit = Kit::new(json!({})).await;
    kit.send(nginx(&app("/app"), "")).await.is_a_bare_401();
    let domain = json!({ "mode": "forward_domain", "cookie_domain": "t.goauthentik.io" });
    let kit = Kit::new(domain).await;
    kit.send(nginx(&app("/app"), "")).await.is_a_bare_401();
}

#[tokio::test]
async fn cases_4_5_13_20_and_25_somebody_who_is_in_is_told_to_the_app_by_every_proxy() {
    let kit = Kit::new(json!({})).await;
    let attributes =
        json!({ "username": "foo", "password": "bar", "additionalHeaders": { "foo": "bar" } });
    kit.attributes(7, attributes).await;
    let (_, central) = kit.signed_in(7).await;
    let cookie = kit.enter(&app("/app"), &central).await;
    let agent = ("user-agent", "Mozilla/5.0");
    let ask = |proxy| forwarded(proxy, &app("/app"), &[("cookie", &cookie), agent]);
    for request in [
        ask("traefik"),
        ask("caddy"),
        nginx(&app("/app"), &cookie),
        envoy("ext.t.goauthentik.io", "/app", &cookie),
    ] {
        let has_agent = request.headers().contains_key("user-agent");
        let answer = kit.send(request).await.expect(200);
        assert_eq!(answer.text, "");
        assert_eq!(answer.header("authorization"), Some("Basic Zm9vOmJhcg=="));
        assert_eq!(answer.header("foo"), Some("bar"));
        assert_eq!(answer.header("x-authentik-username"), Some("foo"));
        assert_eq!(answer.header("x-authentik-email"), Some("foo@example.org"));
        assert_eq!(answer.header("x-authentik-uid").unwrap().len(), 64);
        assert_eq!(answer.header("x-authentik-meta-app"), Some("app"));
        assert_eq!(
            answer.header("x-authentik-meta-provider"),
            Some("Provider app")
        );
        assert_eq!(
            answer.header("x-authentik-meta-outpost"),
            Some("authentik Embedded Outpost")
        );
        for empty in ["groups", "entitlements", "name", "jwt", "meta-jwks"] {
            assert_eq!(
                answer.header(&format!("x-authentik-{empty}")),
                Some(""),
                "{empty}"
            );
        }
        assert_eq!(
            answer.header("user-agent"),
            has_agent.then_some("Mozilla/5.0")
        );
        assert_eq!(answer.header("set-cookie"), None);
    }
}

#[tokio::test]
async fn cases_35_to_37_and_59_what_is_added_never_replaces_identity() {
    let kit = Kit::new(json!({ "basic_auth_enabled": false })).await;
    let mallory = json!({ "password": "x", "additionalHeaders": {
        "X-authentik-username": "root", "X_authentik_username": "root", "Host": "evil", "Foo": 5,
    } });
    kit.attributes(7, mallory).await;
    let (_, central) = kit.signed_in(7).await;
    let cookie = kit.enter(&app("/app"), &central).await;
    let spoofed = [
        ("cookie", cookie.as_str()),
        ("x-authentik-username", "root"),
        ("x_authentik_uid", "1"),
    ];
    let answer = kit
        .send(forwarded("traefik", &app("/app"), &spoofed))
        .await
        .expect(200);
    assert_eq!(answer.header("x-authentik-username"), Some("foo"));
    assert_eq!(
        answer
            .headers
            .get_all("x-authentik-username")
            .iter()
            .count(),
        1
    );
    assert_eq!(answer.header("authorization"), None);
    assert_eq!(answer.header("host"), None);
    assert_eq!(answer.header("foo"), Some("5"));
    assert!(
        answer
            .headers
            .keys()
            .all(|name| !name.as_str().contains('_'))
    );
}

#[tokio::test]
async fn case_20k_whatever_is_no_navigation_gets_a_bare_401() {
    let kit = Kit::new(json!({})).await;
    let url = app("/api");
    for headers in [
        &[("sec-fetch-mode", "cors"), ("accept", BROWSER)][..],
        &[("x-requested-with", "XMLHttpRequest")],
        &[("sec-websocket-key", "AAAA"), ("accept", BROWSER)],
        &[("x-forwarded-method", "OPTIONS"), ("accept", BROWSER)],
        &[("x-forwarded-method", "HEAD"), ("accept", BROWSER)],
        &[
            ("x-forwarded-method", "POST"),
            ("sec-fetch-mode", "navigate"),
        ],
        &[("accept", "application/json")],
        &[],
    ] {
        kit.send(forwarded("traefik", &url, headers))
            .await
            .is_a_bare_401();
    }
}

#[tokio::test]
async fn cases_20g_and_20b_another_host_is_404_and_reaches_no_application() {
    let kit = Kit::new(json!({})).await;
    let domain = json!({
        "mode": "forward_domain", "cookie_domain": "example.com",
        "external_host": "https://auth.example.com",
    });
    kit.provider(2, "domain", domain).await;
    for host in [
        "test.goauthentik.io",
        "ext.t.goauthentik.io:8443",
        "xext.t.goauthentik.io",
        "notexample.com",
        "example.com.evil.test",
    ] {
        let answer = kit
            .navigate("traefik", &format!("https://{host}/skip"), "")
            .await
            .expect(404);
        assert_eq!(answer.header("location"), None);
        kit.send(forwarded("caddy", &format!("https://{host}/"), &[]))
            .await
            .expect(404);
        kit.send(nginx(&format!("https://{host}/"), ""))
            .await
            .expect(403);
    }
    for host in [
        "EXT.t.goauthentik.io",
        "ext.t.goauthentik.io.",
        "ext.t.goauthentik.io:443",
        "a.b.example.com",
    ] {
        kit.navigate("traefik", &format!("https://{host}/"), "")
            .await
            .expect(302);
    }
}

#[tokio::test]
async fn case_20r_and_cve_2026_40575_an_untrusted_peer_can_say_nothing() {
    let kit = Kit::new(json!({})).await;
    let (_, central) = kit.signed_in(7).await;
    let cookie = kit.enter(&app("/app"), &central).await;
    for url in [app("/skip"), app("/app")] {
        let request = forwarded("traefik", &url, &[("cookie", &cookie), ("accept", BROWSER)]);
        let answer = kit.send_from("203.0.113.9:1234", request).await.expect(500);
        assert_eq!(answer.header("x-authentik-username"), None);
    }
    kit.send_from("203.0.113.9:1234", nginx(&app("/skip"), ""))
        .await
        .expect(500);
    kit.send_from("203.0.113.9:1", envoy("ext.t.goauthentik.io", "/skip", ""))
        .await
        .expect(500);
}

#[tokio::test]
async fn case_20s_a_host_sent_twice_or_as_a_list_is_refused() {
    let kit = Kit::new(json!({})).await;
    let mut twice = forwarded("traefik", &app("/skip"), &[]);
    twice
        .headers_mut()
        .append("x-forwarded-host", "ext.t.goauthentik.io".parse().unwrap());
    kit.send(twice).await.expect(500);
    for host in [
        "ext.t.goauthentik.io, evil.test",
        "evil.test,ext.t.goauthentik.io",
    ] {
        let mut list = forwarded("traefik", &app("/skip"), &[]);
        list.headers_mut()
            .insert("x-forwarded-host", host.parse().unwrap());
        kit.send(list).await.expect(500);
    }
}

#[tokio::test]
async fn cve_2026_25748_no_damaged_cookie_ever_passes() {
    let kit = Kit::new(json!({})).await;
    let (_, central) = kit.signed_in(7).await;
    let right = kit.enter(&app("/app"), &central).await;
    let (name, value) = right.split_once('=').unwrap();
    let huge = "A".repeat(65_536);
    let flipped = format!(
        "{}{}",
        if value.starts_with('A') { "B" } else { "A" },
        &value[1..]
    );
    for value in [
        "",
        "=",
        "%00",
        "\"",
        "A",
        "..",
        &huge,
        &flipped,
        &value[1..],
        "null",
        "true",
    ] {
        let cookie = format!("{name}={value}");
        let answer = kit
            .send(forwarded("traefik", &app("/app"), &[("cookie", &cookie)]))
            .await;
        answer.is_a_bare_401();
    }
    // A stale one beside the right one does no harm.
    let both = format!("{name}={flipped}; {right}");
    kit.navigate("traefik", &app("/app"), &both)
        .await
        .expect(200);
}

#[tokio::test]
async fn cve_2026_34457_nothing_but_a_session_opens_a_guarded_path() {
    let kit = Kit::new(json!({})).await;
    for header in [
        ("user-agent", "GoogleHC/1.0"),
        ("user-agent", "kube-probe/1.30"),
        ("authorization", "Bearer x"),
        ("authorization", "Basic Zm9vOmJhcg=="),
        ("x-authentik-username", "foo"),
        ("x-original-url", "https://ext.t.goauthentik.io/skip"),
        ("x-forwarded-for", "127.0.0.1"),
        ("x-auth-request-redirect", "/skip"),
    ] {
        kit.send(forwarded("traefik", &app("/app"), &[header]))
            .await
            .is_a_bare_401();
    }
}

#[tokio::test]
async fn the_cookie_of_one_application_opens_no_other() {
    let kit = Kit::new(json!({})).await;
    kit.provider(2, "other", json!({ "external_host": "https://other.test" }))
        .await;
    let (_, central) = kit.signed_in(7).await;
    let cookie = kit.enter(&app("/"), &central).await;
    let (_, value) = cookie.split_once('=').unwrap();
    let names = kit.enter("https://other.test/", &central).await;
    let (other, _) = names.split_once('=').unwrap();
    let smuggled = format!("{other}={value}");
    let request = forwarded("traefik", "https://other.test/", &[("cookie", &smuggled)]);
    kit.send(request).await.is_a_bare_401();
}

#[tokio::test]
async fn bindings_hold_at_the_next_check_and_the_refused_see_who_they_are() {
    let kit = Kit::new(json!({})).await;
    let (_, central) = kit.signed_in(7).await;
    let cookie = kit.enter(&app("/"), &central).await;
    kit.navigate("traefik", &app("/"), &cookie)
        .await
        .expect(200);
    let binding = json!({ "pk": "b", "target": "app", "user": 8, "enabled": true, "order": 0 });
    kit.save("authentik_policies.policybinding", "b", binding)
        .await;
    let page = kit
        .navigate("traefik", &app("/"), &cookie)
        .await
        .expect(403);
    assert!(
        page.text.contains("foo") && page.text.contains("App app"),
        "{}",
        page.text
    );
    assert_eq!(page.header("x-authentik-username"), None);
    kit.send(forwarded("caddy", &app("/"), &[("cookie", &cookie)]))
        .await
        .expect(403);
    kit.send(nginx(&app("/"), &cookie)).await.expect(403);
    // A public path stays public, and names nobody.
    kit.navigate("traefik", &app("/skip"), &cookie)
        .await
        .expect(403);
}

#[tokio::test]
async fn an_expiring_binding_ends_without_anybody_touching_it() {
    let kit = Kit::new(json!({})).await;
    let until = "2027-01-15T08:00:01Z"; // one second after the tests' NOW
    let binding = json!({ "pk": "b", "target": "app", "user": 7, "enabled": true, "expiring": true, "expires": until });
    let wall = json!({ "pk": "w", "target": "app", "user": 8, "enabled": true });
    kit.save("authentik_policies.policybinding", "b", binding)
        .await;
    kit.save("authentik_policies.policybinding", "w", wall)
        .await;
    let (_, central) = kit.signed_in(7).await;
    let cookie = kit.enter(&app("/"), &central).await;
    kit.navigate("traefik", &app("/"), &cookie)
        .await
        .expect(200);
    later(2000);
    kit.navigate("traefik", &app("/"), &cookie)
        .await
        .expect(403);
}

#[tokio::test]
async fn our_own_cookies_can_be_kept_from_the_backend() {
    let kit = Kit::new(json!({ "hide_session_cookie": true })).await;
    let (_, central) = kit.signed_in(7).await;
    let own = kit.enter(&app("/"), &central).await;
    let all = format!("lang=de; {own}; {central}; theme=dark");
    let answer = kit.navigate("traefik", &app("/"), &all).await.expect(200);
    assert_eq!(answer.header("cookie"), Some("lang=de; theme=dark"));
    let answer = kit.navigate("traefik", &app("/"), &own).await.expect(200);
    assert_eq!(answer.header("cookie"), None);
}

#[tokio::test]
async fn an_app_session_ends_with_its_validity_with_the_central_one_and_with_the_person() {
    let kit = Kit::new(json!({ "access_token_validity": "minutes=5" })).await;
    let url = app("/");
    let (_, central) = kit.signed_in(7).await;
    let cookie = kit.enter(&url, &central).await;
    later(299_000);
    kit.navigate("traefik", &url, &cookie).await.expect(200);
    later(2_000);
    kit.navigate("traefik", &url, &cookie).await.expect(302);

    let (id, central) = kit.signed_in(7).await;
    let cookie = kit.enter(&url, &central).await;
    let mut tx = kit.engine.store.begin().await.unwrap();
    doorward_engine::session::end(&mut tx, &id, 0)
        .await
        .unwrap();
    kit.engine.commit(tx).await.unwrap();
    kit.navigate("traefik", &url, &cookie).await.expect(302);
}

#[tokio::test]
async fn case_20m_while_the_store_is_away_the_answer_is_our_own_503() {
    let kit = Kit::new(json!({})).await;
    let (_, central) = kit.signed_in(7).await;
    let known = kit.enter(&app("/"), &central).await;
    kit.navigate("traefik", &app("/"), &known).await.expect(200);
    kit.engine.store.close().await;
    later(10_000);
    // Known sessions go on; everybody else waits.
    kit.navigate("traefik", &app("/"), &known).await.expect(200);
    let page = kit.navigate("traefik", &app("/"), "").await.expect(503);
    assert!(
        page.header("retry-after").is_some() && page.text.contains("<html"),
        "{}",
        page.text
    );
    assert_eq!(page.header("location"), None);
    let (name, _) = known.split_once('=').unwrap();
    let unknown = format!("{name}=abc");
    let json = kit
        .send(forwarded("traefik", &app("/"), &[("cookie", &unknown)]))
        .await
        .expect(503);
    assert!(json.text.starts_with('{'), "{}", json.text);
    kit.open(&app("/outpost.goauthentik.io/start"), "")
        .await
        .expect(503);
    kit.navigate("traefik", &app("/skip"), "")
        .await
        .is_empty_200();
}

#[tokio::test]
async fn cve_2025_64484_no_spelling_of_an_identity_header_is_read_or_answered() {
    let kit = Kit::new(json!({})).await;
    for name in [
        "x-authentik-username",
        "x_authentik_username",
        "x-authentik_username",
        "x.authentik.username",
        "x-forwarded-user",
        "x_forwarded_user",
        "remote-user",
    ] {
        let request = forwarded("traefik", &app("/app"), &[(name, "mallory")]);
        kit.send(request).await.is_a_bare_401();
        let skip = kit
            .send(forwarded("traefik", &app("/skip"), &[(name, "mallory")]))
            .await;
        assert!(
            skip.headers.values().all(|value| value != "mallory"),
            "{name}"
        );
        skip.is_empty_200();
    }
}

#[tokio::test]
async fn cve_2025_53942_a_disabled_person_is_out_at_the_next_check() {
    let kit = Kit::new(json!({})).await;
    let (_, central) = kit.signed_in(7).await;
    let cookie = kit.enter(&app("/"), &central).await;
    kit.navigate("traefik", &app("/"), &cookie)
        .await
        .expect(200);
    let mut tx = kit.engine.store.begin().await.unwrap();
    let mut row = doorward_store::user::find(&mut tx, 7)
        .await
        .unwrap()
        .unwrap();
    row.is_active = false;
    doorward_store::user::save(&mut tx, &row).await.unwrap();
    doorward_store::change::record(&mut tx, doorward_store::Topic::User, 7, 0)
        .await
        .unwrap();
    kit.engine.commit(tx).await.unwrap();
    kit.send(forwarded("traefik", &app("/"), &[("cookie", &cookie)]))
        .await
        .is_a_bare_401();
}

#[tokio::test]
async fn cve_2024_47070_an_unreadable_client_address_opens_nothing_and_closes_nothing() {
    let kit = Kit::new(json!({})).await;
    let (_, central) = kit.signed_in(7).await;
    let cookie = kit.enter(&app("/"), &central).await;
    for address in ["garbage", "1.2.3.4, x", "", "999.1.1.1", "::::"] {
        let header = ("x-forwarded-for", address);
        kit.send(forwarded("traefik", &app("/"), &[header]))
            .await
            .is_a_bare_401();
        let known = forwarded("traefik", &app("/"), &[header, ("cookie", &cookie)]);
        kit.send(known).await.expect(200);
    }
}

#[tokio::test]
async fn cve_2023_36456_a_stranger_cannot_name_a_trusted_address() {
    let kit = Kit::new(json!({})).await;
    let spoofed = [("x-forwarded-for", "127.0.0.1"), ("x-real-ip", "127.0.0.1")];
    let request = forwarded("traefik", &app("/skip"), &spoofed);
    kit.send_from("198.51.100.7:4444", request)
        .await
        .expect(500);
}

#[tokio::test]
async fn cve_2025_54576_a_public_path_in_the_query_is_not_public() {
    let kit = Kit::new(json!({ "skip_path_regex": ".*/public" })).await;
    for path in ["/secret?x=/public", "/secret#/public", "/secret?/public"] {
        kit.send(forwarded("traefik", &app(path), &[]))
            .await
            .is_a_bare_401();
    }
    kit.navigate("traefik", &app("/a/public"), "")
        .await
        .is_empty_200();
}

#[tokio::test]
async fn case_20i_names_of_any_kind_arrive_whole_and_500_groups_fit() {
    let kit = Kit::new(json!({})).await;
    let mut tx = kit.engine.store.begin().await.unwrap();
    let mut row = doorward_store::user::find(&mut tx, 7)
        .await
        .unwrap()
        .unwrap();
    row.name = format!("José\r\nX-Evil: 1 {}", "ü".repeat(4096));
    doorward_store::user::save(&mut tx, &row).await.unwrap();
    doorward_store::change::record(&mut tx, doorward_store::Topic::User, 7, 0)
        .await
        .unwrap();
    kit.engine.commit(tx).await.unwrap();
    let (_, central) = kit.signed_in(7).await;
    let cookie = kit.enter(&app("/"), &central).await;
    let answer = kit
        .navigate("traefik", &app("/"), &cookie)
        .await
        .expect(200);
    let name = answer.header("x-authentik-name").unwrap();
    assert!(name.starts_with("José  X-Evil: 1 ü") && name.ends_with('ü'));
    assert_eq!(answer.header("x-evil"), None);
}
