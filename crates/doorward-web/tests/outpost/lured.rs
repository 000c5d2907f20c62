//! Logins that somebody wants to bend: foreign callbacks, targets elsewhere, forged requests (20 c, e).

use serde_json::json;

use crate::kit::{EXTERNAL, Kit, PUBLIC, granted, later, pair, start};

fn app(path: &str) -> String {
    format!("{EXTERNAL}{path}")
}

#[tokio::test]
async fn case_20e_a_foreign_late_or_replayed_callback_begins_again_and_lets_nobody_in() {
    let kit = Kit::new(json!({})).await;
    kit.provider(2, "other", json!({ "external_host": "https://other.test" }))
        .await;
    let (cookie, authorize) = start(&kit, &app("/page")).await;
    let (_, central) = kit.signed_in(7).await;
    let callback = granted(&kit, &authorize, &central).await;
    let (foreign, _) = start(&kit, &app("/page")).await;
    let renamed = format!(
        "{}={}",
        cookie.split('=').next().unwrap(),
        foreign.split_once('=').unwrap().1
    );
    let (_, query) = callback.split_once('?').unwrap();
    let elsewhere = format!("https://other.test/outpost.goauthentik.io/callback?{query}");
    let no_ticket = callback.replace("&ticket=", "&nothing=");
    for (what, url, cookies) in [
        ("no cookie", &callback, ""),
        ("another start", &callback, foreign.as_str()),
        ("another start under its name", &callback, &renamed),
        ("another application", &elsewhere, cookie.as_str()),
        ("no ticket", &no_ticket, cookie.as_str()),
    ] {
        let answer = kit.open(url, cookies).await.expect(302);
        let place = answer.location();
        assert!(
            place.contains("/outpost.goauthentik.io/start?rd="),
            "{what}: {place}"
        );
        assert!(answer.cookies().is_empty(), "{what}");
    }
    // None of them has spent the ticket: its own browser still gets in.
    kit.open(&callback, &cookie)
        .await
        .expect(302)
        .set_cookie("authentik_proxy_");

    let (cookie, authorize) = start(&kit, &app("/late")).await;
    let callback = granted(&kit, &authorize, &central).await;
    later(61_000);
    let place = kit.open(&callback, &cookie).await.expect(302).location();
    assert!(
        place.contains("start?rd=https%3A%2F%2Fext.t.goauthentik.io%2Flate"),
        "{place}"
    );
}

#[tokio::test]
async fn a_login_cannot_be_finished_after_its_session_has_ended() {
    let kit = Kit::new(json!({})).await;
    let (cookie, authorize) = start(&kit, &app("/page")).await;
    let (id, central) = kit.signed_in(7).await;
    let callback = granted(&kit, &authorize, &central).await;
    let mut tx = kit.engine.store.begin().await.unwrap();
    doorward_engine::session::end(&mut tx, &id, 0)
        .await
        .unwrap();
    kit.engine.commit(tx).await.unwrap();
    let answer = kit.open(&callback, &cookie).await.expect(302);
    assert!(answer.location().contains("/start?rd=") && answer.cookies().is_empty());
}

/// CVE-2025-53942: at each step of the way, not only at the password.
#[tokio::test]
async fn cve_2025_53942_a_disabled_person_gets_no_ticket_and_no_session() {
    let kit = Kit::new(json!({})).await;
    let (id, central) = kit.signed_in(7).await;
    let (cookie, authorize) = start(&kit, &app("/page")).await;
    let callback = granted(&kit, &authorize, &central).await;
    kit.disable(7).await;
    let answer = kit.open(&callback, &cookie).await.expect(302);
    assert!(
        answer.location().contains("/start?rd="),
        "{}",
        answer.location()
    );
    assert!(answer.cookies().is_empty());
    assert_eq!(kit.app_sessions(&id).await, 0);
    // Nor does the session that they still have name anybody.
    let (_, authorize) = start(&kit, &app("/page")).await;
    let login = kit.open(&authorize, &central).await.expect(302).location();
    assert!(login.starts_with(&format!("{PUBLIC}/if/flow/")), "{login}");
    kit.open(&format!("{PUBLIC}/if/user/"), &central)
        .await
        .expect(303);
}

#[tokio::test]
async fn somebody_who_may_not_open_it_gets_no_ticket() {
    let kit = Kit::new(json!({})).await;
    let binding = json!({ "pk": "b", "target": "app", "user": 8, "enabled": true });
    kit.save("authentik_policies.policybinding", "b", binding)
        .await;
    let (_, authorize) = start(&kit, &app("/page")).await;
    let (_, central) = kit.signed_in(7).await;
    let page = kit.open(&authorize, &central).await.expect(403);
    assert!(page.text.contains("foo") && page.text.contains("App app"));
    assert_eq!(page.header("location"), None);
}

#[tokio::test]
async fn a_request_that_is_not_ours_is_a_page_and_leads_nowhere() {
    let kit = Kit::new(json!({})).await;
    let (_, central) = kit.signed_in(7).await;
    let (_, authorize) = start(&kit, &app("/page")).await;
    let (rest, last) = authorize.split_at(authorize.len() - 1);
    let damaged = format!("{rest}{}", if last == "A" { "Q" } else { "A" });
    for url in [
        format!("{PUBLIC}/application/proxy/authorize/"),
        format!("{PUBLIC}/application/proxy/authorize/?request=v1.a.b"),
        damaged,
    ] {
        let page = kit.open(&url, &central).await.expect(400);
        assert!(page.header("location").is_none() && page.text.contains("<html"));
    }
}

#[tokio::test]
async fn case_20c_a_target_elsewhere_ends_on_the_applications_front_page() {
    let kit = Kit::new(json!({})).await;
    let (_, central) = kit.signed_in(7).await;
    for (rd, expected) in [
        ("https%3A%2F%2Fevil.test%2F", app("/")),
        ("%2F%2Fevil.test", app("/")),
        ("%2F%5Cevil.test", app("/")),
        ("javascript%3Aalert(1)", app("/")),
        ("https%3A%2F%2Fuser%40ext.t.goauthentik.io%2F", app("/")),
        (
            "https%3A%2F%2Fext.t.goauthentik.io%2Foutpost.goauthentik.io%2Fsign_out",
            app("/"),
        ),
        (
            "https%3A%2F%2Fext.t.goauthentik.io%2Fa%3FX-authentik-logout%3Dtrue%26b",
            app("/a?b"),
        ),
        ("%2Fpage", app("/page")),
        ("http%3A%2F%2Fext.t.goauthentik.io%2Fapp", app("/app")),
        (
            "https://ext.t.goauthentik.io/a?b=1&c=2%20",
            app("/a?b=1&c=2%20"),
        ),
    ] {
        let url = app(&format!("/outpost.goauthentik.io/start?rd={rd}"));
        let started = kit.open(&url, "").await.expect(302);
        let callback = granted(&kit, &started.location(), &central).await;
        let cookie = pair(&started.set_cookie("doorward_start_"));
        let arrived = kit.open(&callback, &cookie).await.expect(302);
        assert_eq!(arrived.location(), expected, "{rd}");
    }
}

#[tokio::test]
async fn case_20c_a_callback_leads_no_farther_than_a_start() {
    let kit = Kit::new(json!({})).await;
    for (rd, expected) in [
        ("https%3A%2F%2Fevil.test%2F", app("/")),
        ("%2F%2Fevil.test", app("/")),
        ("javascript%3Aalert(1)", app("/")),
        ("https%3A%2F%2Fext.t.goauthentik.io%2Fpage", app("/page")),
    ] {
        let url = app(&format!(
            "/outpost.goauthentik.io/callback?ticket=x&start=y&rd={rd}"
        ));
        let place = kit.open(&url, "").await.expect(302).location();
        let (_, led) = place.split_once("start?rd=").unwrap();
        let expected = doorward_protocol::forward_auth::component(&expected).to_string();
        assert_eq!(led, format!("{expected}&again=1"), "{rd}");
    }
}

#[tokio::test]
async fn cve_2026_7507_a_login_begun_by_an_attacker_is_worth_nothing_in_another_browser() {
    let kit = Kit::new(json!({})).await;
    let (attackers, authorize) = start(&kit, &app("/page")).await;
    // The victim is made to open the attacker's authorize address, signed in as themselves.
    let (_, victim) = kit.signed_in(7).await;
    let callback = granted(&kit, &authorize, &victim).await;
    let answer = kit.open(&callback, "").await.expect(302);
    assert!(answer.location().contains("/start?rd=") && answer.cookies().is_empty());
    // The ticket went to the victim's browser only; without it the attacker's cookie opens nothing.
    let guessed = app("/outpost.goauthentik.io/callback?ticket=guessed&start=");
    let start = attackers.split_once("doorward_start_").unwrap().1;
    let guessed = format!("{guessed}{}", start.split('=').next().unwrap());
    let answer = kit.open(&guessed, &attackers).await.expect(302);
    assert!(
        !answer
            .cookies()
            .iter()
            .any(|cookie| cookie.starts_with("authentik_proxy_"))
    );
}

#[tokio::test]
async fn ghsa_2wmj_46rj_qm2w_no_address_is_built_from_a_forwarded_host() {
    let kit = Kit::new(json!({})).await;
    let evil = [
        ("x-forwarded-host", "evil.test"),
        ("x-forwarded-proto", "https"),
    ];
    let (_, authorize) = start(&kit, &app("/page")).await;
    let path = authorize.strip_prefix(PUBLIC).unwrap();
    for path in [
        path,
        "/outpost.goauthentik.io/start",
        "/outpost.goauthentik.io/sign_out",
    ] {
        let mut request = http::Request::get(path).header("accept", "text/html");
        for (name, value) in evil {
            request = request.header(name, value);
        }
        let answer = kit.send(request.body(String::new()).unwrap()).await;
        let leads = answer.header("location").unwrap_or_default();
        assert!(!leads.contains("evil.test"), "{path}: {leads}");
        let links = answer.text.contains("href=\"https://evil.test")
            || answer.text.contains("action=\"https://evil");
        assert!(!links, "{path}");
    }
}
