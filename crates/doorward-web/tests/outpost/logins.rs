//! The way of a login: start, authorize, callback; 20 d, e, f, l and what must never come of it.

use serde_json::json;

use crate::kit::{EXTERNAL, Kit, PUBLIC, forwarded, granted, later, pair, start};

fn app(path: &str) -> String {
    format!("{EXTERNAL}{path}")
}

#[tokio::test]
async fn case_51_a_stranger_is_asked_on_the_public_address_and_arrives_where_they_wanted_to_go() {
    let kit = Kit::new(json!({})).await;
    let (cookie, authorize) = start(&kit, &app("/page?a=1&b=two%20words")).await;
    assert!(authorize.starts_with(&format!(
        "{PUBLIC}/application/proxy/authorize/?request=v1."
    )));
    let login = kit.open(&authorize, "").await.expect(302).location();
    let next = "/if/flow/default-authentication-flow/?next=%2Fapplication%2Fproxy%2Fauthorize%2F%3Frequest%3D";
    assert!(login.starts_with(&format!("{PUBLIC}{next}")), "{login}");
    let (id, central) = kit.signed_in(7).await;
    let callback = granted(&kit, &authorize, &central).await;
    assert!(callback.starts_with(&app(
        "/outpost.goauthentik.io/callback?X-authentik-auth-callback=true&ticket="
    )));
    assert_eq!(
        kit.app_sessions(&id).await,
        0,
        "nothing is written before the callback"
    );
    let arrived = kit.open(&callback, &cookie).await.expect(302);
    assert_eq!(arrived.location(), app("/page?a=1&b=two%20words"));
    assert_eq!(kit.app_sessions(&id).await, 1);
    let line = arrived.set_cookie("authentik_proxy_");
    for attribute in [
        "Path=/",
        "Max-Age=86400",
        "HttpOnly",
        "Secure",
        "SameSite=Lax",
    ] {
        assert!(
            line.split("; ").any(|part| part == attribute),
            "{attribute} in {line}"
        );
    }
    assert!(!line.contains("Domain"), "{line}");
    assert!(
        arrived
            .cookies()
            .contains(&format!("{}=", cookie.split('=').next().unwrap()))
    );
}

#[tokio::test]
async fn the_start_cookie_goes_to_the_outposts_own_paths_only() {
    let kit = Kit::new(json!({})).await;
    let started = kit
        .open(&app("/outpost.goauthentik.io/start"), "")
        .await
        .expect(302);
    let line = started.set_cookie("doorward_start_");
    for attribute in [
        "Path=/outpost.goauthentik.io/",
        "Max-Age=600",
        "HttpOnly",
        "Secure",
        "SameSite=Lax",
    ] {
        assert!(
            line.split("; ").any(|part| part == attribute),
            "{attribute} in {line}"
        );
    }
}

#[tokio::test]
async fn the_whole_way_works_inside_the_check_too() {
    let kit = Kit::new(json!({})).await;
    for proxy in ["traefik", "caddy"] {
        let denied = kit.navigate(proxy, &app("/page"), "").await.expect(302);
        let started = kit
            .navigate(proxy, &denied.location(), "")
            .await
            .expect(302);
        let cookie = pair(&started.set_cookie("doorward_start_"));
        let (_, central) = kit.signed_in(7).await;
        let callback = granted(&kit, &started.location(), &central).await;
        let arrived = kit.navigate(proxy, &callback, &cookie).await.expect(302);
        assert_eq!(arrived.location(), app("/page"));
        let own = pair(&arrived.set_cookie("authentik_proxy_"));
        kit.navigate(proxy, &app("/page"), &own).await.expect(200);
        // Signed in or not, the callback is the callback.
        let (_, query) = callback.split_once('?').unwrap();
        let anywhere = app(&format!("/any/path?{query}"));
        let again = kit
            .navigate(proxy, &anywhere, &format!("{own}; {cookie}"))
            .await
            .expect(302);
        assert_eq!(again.location(), app("/page"));
    }
}

#[tokio::test]
async fn case_20d_twenty_parallel_anonymous_requests_break_no_login() {
    let kit = Kit::new(json!({})).await;
    let (first, authorize) = start(&kit, &app("/page")).await;
    let mut jar = first.clone();
    for n in 0..20 {
        let url = app(&format!("/icon-{n}.png"));
        let image = [("sec-fetch-mode", "no-cors"), ("cookie", jar.as_str())];
        kit.send(forwarded("traefik", &url, &image))
            .await
            .is_a_bare_401();
    }
    for n in 0..3 {
        let (another, _) = start(&kit, &app(&format!("/tab-{n}"))).await;
        jar = format!("{jar}; {another}");
    }
    let (_, central) = kit.signed_in(7).await;
    let callback = granted(&kit, &authorize, &central).await;
    let arrived = kit.open(&callback, &jar).await.expect(302);
    assert_eq!(arrived.location(), app("/page"));
}

#[tokio::test]
async fn starts_that_are_late_or_too_many_are_taken_away() {
    let kit = Kit::new(json!({})).await;
    let mut jar = Vec::new();
    for _ in 0..12 {
        later(1000);
        let answer = kit
            .open(&app("/outpost.goauthentik.io/start"), &jar.join("; "))
            .await
            .expect(302);
        for cookie in answer.cookies() {
            let (name, value) = cookie.split_once('=').unwrap();
            jar.retain(|known: &String| !known.starts_with(name));
            if !value.is_empty() {
                jar.push(cookie);
            }
        }
    }
    assert_eq!(jar.len(), 8);
    later(601_000);
    let answer = kit
        .open(&app("/outpost.goauthentik.io/start"), &jar.join("; "))
        .await
        .expect(302);
    let gone = answer
        .cookies()
        .iter()
        .filter(|cookie| cookie.ends_with('='))
        .count();
    assert_eq!(gone, 8);
}

#[tokio::test]
async fn a_callback_that_arrives_twice_gives_the_same_answer() {
    let kit = Kit::new(json!({})).await;
    let (cookie, authorize) = start(&kit, &app("/page")).await;
    let (id, central) = kit.signed_in(7).await;
    let callback = granted(&kit, &authorize, &central).await;
    let (one, two) = tokio::join!(kit.open(&callback, &cookie), kit.open(&callback, &cookie));
    let (one, two) = (one.expect(302), two.expect(302));
    assert_eq!(one.location(), two.location());
    assert_eq!(
        one.set_cookie("authentik_proxy_"),
        two.set_cookie("authentik_proxy_")
    );
    assert_eq!(kit.app_sessions(&id).await, 1);
}

/// The browser's back button leads to the sign-in, on to the authorize page, and from there to a
/// callback whose start is over.
#[tokio::test]
async fn whoever_goes_back_after_a_login_still_gets_to_the_wanted_page() {
    let kit = Kit::new(json!({})).await;
    let wanted = app("/page?a=1&b=two%20words");
    let (cookie, authorize) = start(&kit, &wanted).await;
    let (_, central) = kit.signed_in(7).await;
    let callback = granted(&kit, &authorize, &central).await;
    let arrived = kit.open(&callback, &cookie).await.expect(302);
    let own = pair(&arrived.set_cookie("authentik_proxy_"));
    let again = granted(&kit, &authorize, &central).await;
    let restarted = kit.open(&again, &own).await.expect(302).location();
    let started = kit.open(&restarted, &own).await.expect(302);
    let callback = granted(&kit, &started.location(), &central).await;
    let cookie = pair(&started.set_cookie("doorward_start_"));
    let arrived = kit.open(&callback, &cookie).await.expect(302);
    assert_eq!(arrived.location(), wanted);
}

#[tokio::test]
async fn a_login_left_open_for_an_hour_begins_again_by_itself() {
    let kit = Kit::new(json!({})).await;
    let (_, authorize) = start(&kit, &app("/page")).await;
    later(3_600_000);
    let (_, central) = kit.signed_in(7).await;
    let place = kit.open(&authorize, &central).await.expect(302).location();
    assert!(
        place.starts_with(&app("/outpost.goauthentik.io/start?rd=")),
        "{place}"
    );
}

#[tokio::test]
async fn a_browser_without_cookies_is_told_so_instead_of_going_round_for_ever() {
    let kit = Kit::new(json!({})).await;
    let (_, central) = kit.signed_in(7).await;
    let mut place = kit
        .navigate("traefik", &app("/"), "")
        .await
        .expect(302)
        .location();
    for _ in 0..2 {
        let authorize = kit.open(&place, "").await.expect(302).location();
        let callback = granted(&kit, &authorize, &central).await;
        place = kit.open(&callback, "").await.expect(302).location();
    }
    let authorize = kit.open(&place, "").await.expect(302).location();
    let callback = granted(&kit, &authorize, &central).await;
    let page = kit.open(&callback, "").await.expect(400);
    assert!(page.text.contains("cookies") && page.text.contains("ext.t.goauthentik.io"));
}

#[tokio::test]
async fn case_20f_a_restart_between_start_and_callback_does_no_harm() {
    let kit = Kit::new(json!({})).await;
    let (cookie, authorize) = start(&kit, &app("/page")).await;
    kit.engine.forget_everything().await.unwrap();
    let (_, central) = kit.signed_in(7).await;
    let callback = granted(&kit, &authorize, &central).await;
    kit.engine.forget_everything().await.unwrap();
    assert_eq!(
        kit.open(&callback, &cookie).await.expect(302).location(),
        app("/page")
    );
}

#[tokio::test]
async fn go_2026_5296_two_hundred_parallel_logins_each_end_as_themselves() {
    let kit = Kit::new(json!({})).await;
    let mut people = Vec::new();
    for id in 100..300 {
        doorward_engine::testing::add_user(&kit.engine, id, &format!("user-{id}")).await;
        people.push((id, kit.signed_in(id).await.1));
    }
    let kit = &kit;
    let logins = people.iter().map(|(id, central)| async move {
        let url = app(&format!("/page/{id}"));
        let cookie = kit.enter(&url, central).await;
        let answer = kit.navigate("traefik", &url, &cookie).await.expect(200);
        assert_eq!(
            answer.header("x-authentik-username"),
            Some(format!("user-{id}").as_str())
        );
    });
    futures_util::future::join_all(logins).await;
}
