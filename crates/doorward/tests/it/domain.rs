//! `forward_domain`: one sign-in for every host below a domain, and not one host more.

use serde_json::json;

use crate::kit::echo::seen;
use crate::kit::proxies::Proxy;
use crate::kit::{Engine, Kit, PASSWORD};

const ONE: &str = "one.home.localhost";
const TWO: &str = "two.home.localhost";
const DOOR: &str = "door.home.localhost";

fn domain(proxy: Proxy) -> Kit {
    let mut kit = Kit::new(Engine::Sqlite);
    kit.behind(proxy, &[ONE, TWO, DOOR, "one.work.localhost"]);
    let domain = json!({ "mode": "forward_domain", "cookie_domain": "home.localhost" });
    kit.application("home", DOOR, &domain);
    kit.person("mia", "Mia");
    kit
}

fn one_sign_in_for_two_hosts(proxy: Proxy) {
    let kit = domain(proxy);
    let mut browser = kit.browser();
    let wanted = kit.url(ONE, "/first?x=1");
    let login = browser.open(&wanted).expect(200);
    let page = kit
        .sign_in(&mut browser, &login, "mia", PASSWORD)
        .expect(200);
    assert_eq!(page.url.as_str(), wanted, "{proxy:?}");
    let cookie = browser
        .cookie("authentik_proxy_")
        .expect("the app's cookie");
    assert_eq!(
        (cookie.domain.as_str(), cookie.host_only),
        ("home.localhost", false)
    );

    let direct = browser.step(&kit.url(TWO, "/second")).expect(200).json();
    assert_eq!(seen(&direct, "X-authentik-username"), ["mia"], "{proxy:?}");
    assert_eq!(
        browser.fetch(&kit.url("one.work.localhost", "/")).status / 100,
        4
    );
}

#[test]
fn one_sign_in_opens_two_hosts_of_a_domain_through_traefik() {
    one_sign_in_for_two_hosts(Proxy::Traefik);
}

#[test]
fn one_sign_in_opens_two_hosts_of_a_domain_through_nginx() {
    one_sign_in_for_two_hosts(Proxy::Nginx);
}

#[test]
fn one_sign_in_opens_two_hosts_of_a_domain_through_caddy() {
    one_sign_in_for_two_hosts(Proxy::Caddy);
}

#[test]
fn signing_out_on_one_host_closes_the_others() {
    let kit = domain(Proxy::Traefik);
    let mut browser = kit.visitor(&kit.url(ONE, "/"), "mia");
    let url = kit.url(ONE, "/outpost.goauthentik.io/sign_out");
    Kit::sign_out(&mut browser, &url, "app");
    for host in [ONE, TWO] {
        assert_eq!(browser.fetch(&kit.url(host, "/")).status, 401, "{host}");
    }
}
