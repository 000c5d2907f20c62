//! The first run: from an empty store to the first administrator, once.

use crate::kit::browser::Browser;
use crate::kit::http::{Answer, Request};
use crate::kit::process::DEADLINE;
use crate::kit::proxies::Proxy;
use crate::kit::server::Database;
use crate::kit::{ADMIN_PASSWORD, Engine, Kit};

const SETUP: &str = "/if/flow/initial-setup/";

/// The set-up path with its one-time token, as the operator finds it: `grep -i "initial setup"`.
pub(crate) fn path_from_log(kit: &Kit) -> String {
    let path = |line: &str| {
        let at = line.find(SETUP)?;
        let rest = &line[at..];
        let end = rest.find(|c: char| c.is_whitespace() || "\"\\'".contains(c));
        Some(rest[..end.unwrap_or(rest.len())].to_owned())
    };
    let is_it = |line: &str| line.to_lowercase().contains("initial setup");
    kit.server.find_in_log(
        &format!("the set-up address in the log within {DEADLINE:?}"),
        |line| is_it(line).then(|| path(line)).flatten(),
    )
}

/// Fills in the set-up page.
pub(crate) fn set_up(browser: &mut Browser, page: &Answer) -> Answer {
    let values = [
        ("username", "akadmin"),
        ("password", ADMIN_PASSWORD),
        ("password_repeat", ADMIN_PASSWORD),
    ];
    browser.submit(page, &values)
}

#[test]
fn a_newcomer_sets_up_once_through_traefik_on_both_stores() {
    for engine in [Engine::Sqlite, Engine::Postgres] {
        let mut kit = Kit::fresh(engine);
        kit.behind(Proxy::Traefik, &["app.localhost"]);
        let path = path_from_log(&kit);
        let mut browser = kit.browser();
        let led = browser.open(&kit.url("auth.localhost", "/"));
        assert_eq!(
            led.url.path(),
            SETUP,
            "{engine:?}: every page leads to set-up"
        );

        let page = browser.open(&kit.url("auth.localhost", &path)).expect(200);
        let public = kit.url("auth.localhost", "");
        assert!(
            page.text().contains(&format!("value=\"{public}")),
            "{}",
            page.text()
        );
        set_up(&mut browser, &page).expect(200);

        let me = browser.open(&kit.url("auth.localhost", "/api/v3/core/users/me/"));
        assert_eq!(
            me.expect(200).json()["user"]["username"],
            "akadmin",
            "{engine:?}"
        );
        for gone in [path.as_str(), SETUP] {
            browser.open(&kit.url("auth.localhost", gone)).expect(404);
        }
        kit.secrets().allow(&path);
    }
}

#[test]
fn cve_2023_46249_set_up_stays_closed_without_its_token_and_after_all_admins_are_gone() {
    let kit = Kit::fresh(Engine::Postgres);
    let path = path_from_log(&kit);
    let mut stranger = kit.browser();
    for wrong in [
        SETUP.to_owned(),
        format!("{SETUP}?token=guess-guess-guess-guess"),
    ] {
        let page = stranger.open(&kit.direct(&wrong));
        assert!(
            !page.text().contains("name=\"password\""),
            "{wrong}: {}",
            page.text()
        );
    }
    let mut browser = kit.browser();
    let page = browser.open(&kit.direct(&path)).expect(200);
    set_up(&mut browser, &page);
    let csrf = browser
        .cookie("authentik_csrf")
        .expect("a CSRF cookie")
        .value
        .clone();
    let me = browser
        .step(&kit.direct("/api/v3/core/users/me/"))
        .expect(200)
        .json();
    let id = me["user"]["pk"].as_i64().expect("a number");
    let delete = Request::new("DELETE", &kit.direct(&format!("/api/v3/core/users/{id}/")));
    browser
        .send(&delete.header("X-authentik-CSRF", &csrf))
        .expect(400);
    assert!(kit.server.stop());
    // The API does not take the last administrator away; somebody at the database does.
    Database::of(kit.server.settings()).execute("DELETE FROM users");
    let again = kit.another_server();
    assert!(!again.log().contains(SETUP));
    Request::get(&again.url(SETUP)).answer().expect(404);
    Request::get(&again.url(&path)).answer().expect(404);
    kit.secrets().allow(&path);
}

#[test]
fn the_link_is_in_the_log_at_every_level() {
    for level in ["trace", "debug", "info", "warning", "error"] {
        let kit = Kit::fresh_with(Engine::Sqlite, &[("DOORWARD_LOG__LEVEL", level)]);
        let path = path_from_log(&kit);
        kit.browser().open(&kit.direct(&path)).expect(200);
        kit.secrets().allow(&path);
    }
}

#[test]
fn a_password_in_the_environment_skips_set_up() {
    let kit = Kit::new(Engine::Sqlite);
    assert!(!kit.server.log().contains(SETUP));
    let answer = Request::get(&kit.direct(SETUP)).answer();
    assert_eq!(answer.status, 404);
}
