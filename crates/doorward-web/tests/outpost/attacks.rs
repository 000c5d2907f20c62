//! Known attacks on the check (security.md), each in a test that names it; 20 r, s.

use serde_json::json;

use crate::kit::{BROWSER, EXTERNAL, Kit, envoy, forwarded, nginx};

fn app(path: &str) -> String {
    format!("{EXTERNAL}{path}")
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
