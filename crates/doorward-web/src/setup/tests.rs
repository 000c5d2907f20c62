//! Set-up and recovery links through the router.

use std::time::Duration;

use axum::body::Body;
use doorward_engine::{Context, Engine, recovery as links, testing};
use doorward_protocol::trust::TrustedProxies;
use doorward_store::testing::TestStore;
use http::header::{CACHE_CONTROL, CONTENT_TYPE, LOCATION};
use http_body_util::BodyExt as _;
use tower::ServiceExt as _;

use super::*;
use crate::pages::Pages;
use crate::state::Parts;

struct Door {
    engine: Engine,
    router: Router,
    _store: TestStore,
}

struct Seen {
    status: StatusCode,
    headers: HeaderMap,
    body: String,
}

impl Door {
    async fn new() -> Self {
        let store = doorward_store::testing::sqlite().await;
        let engine = testing::engine(&store.store).await;
        let state = AppState::new(Parts {
            engine: engine.clone(),
            pages: Pages::new(None),
            trusted_proxies: TrustedProxies::default(),
            clock: || testing::NOW,
        });
        Self {
            engine,
            router: crate::router(state),
            _store: store,
        }
    }

    async fn send(&self, request: http::request::Builder, body: String) -> Seen {
        let request = request
            .header("host", "auth.example.org")
            .body(Body::from(body))
            .unwrap();
        let response = self.router.clone().oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        let body = body.collect().await.unwrap().to_bytes();
        let body = String::from_utf8_lossy(&body).into_owned();
        Seen {
            status: parts.status,
            headers: parts.headers,
            body,
        }
    }

    async fn get(&self, path: &str) -> Seen {
        self.send(http::Request::get(path), String::new()).await
    }

    async fn post(&self, path: &str, origin: &str, fields: &[(&str, &str)]) -> Seen {
        let body = url::form_urlencoded::Serializer::new(String::new())
            .extend_pairs(fields)
            .finish();
        let request = http::Request::post(path)
            .header(CONTENT_TYPE, "application/x-www-form-urlencoded")
            .header("origin", origin);
        self.send(request, body).await
    }

    fn link(&self) -> String {
        action(&first_run::link_token(&self.engine))
    }
}

impl Seen {
    fn leads_to(&self) -> (StatusCode, &str) {
        let to = self.headers.get(LOCATION).and_then(|to| to.to_str().ok());
        (self.status, to.unwrap_or_default())
    }

    /// The hidden token of the page's form.
    fn csrf(&self) -> String {
        let (_, rest) = self
            .body
            .split_once(r#"name="csrf""#)
            .expect("a hidden token");
        let (_, rest) = rest.split_once("value=\"").expect("a value");
        rest.split('"').next().unwrap().to_owned()
    }

    fn sets_cookie(&self, name: &str) -> bool {
        let lines = self.headers.get_all(SET_COOKIE).iter();
        lines
            .filter_map(|line| line.to_str().ok())
            .any(|line| line.starts_with(name))
    }
}

const OWN: &str = "http://auth.example.org";

fn fields<'a>(csrf: &'a str, password: &'a str, repeat: &'a str) -> Vec<(&'a str, &'a str)> {
    vec![
        ("csrf", csrf),
        ("base_url", "https://auth.example.org"),
        ("username", "mia"),
        ("password", password),
        ("password_repeat", repeat),
    ]
}

#[tokio::test]
async fn every_page_leads_to_set_up_until_it_is_done_and_then_it_is_gone() {
    let door = Door::new().await;
    for page in [
        "/",
        "/if/user/",
        "/if/admin/",
        "/if/flow/default-authentication-flow/",
    ] {
        let seen = door.get(page).await;
        assert_eq!(seen.leads_to(), (StatusCode::FOUND, SETUP_PATH), "{page}");
        assert_eq!(seen.headers[CACHE_CONTROL], "no-store", "{page}");
    }
    for machine in [
        "/-/health/live/",
        "/outpost.goauthentik.io/ping",
        "/api/v3/",
    ] {
        assert_ne!(
            door.get(machine).await.status,
            StatusCode::FOUND,
            "{machine}"
        );
    }
    let page = door.get(&door.link()).await;
    assert_eq!(page.status, StatusCode::OK);
    assert!(
        page.body.contains(r#"value="http://auth.example.org""#),
        "{}",
        page.body
    );
    let password = "correct horse battery";
    let done = door
        .post(&door.link(), OWN, &fields(&page.csrf(), password, password))
        .await;
    assert_eq!(done.leads_to(), (StatusCode::SEE_OTHER, AFTER_SETUP));
    assert!(done.sets_cookie("authentik_session=") && done.sets_cookie("authentik_csrf="));
    for gone in [SETUP_PATH, &door.link()] {
        assert_eq!(door.get(gone).await.status, StatusCode::NOT_FOUND);
        let again = door
            .post(gone, OWN, &fields(&page.csrf(), password, password))
            .await;
        assert_eq!(again.status, StatusCode::NOT_FOUND);
    }
    assert_ne!(door.get("/").await.leads_to().1, SETUP_PATH);
}

#[tokio::test]
async fn without_the_links_secret_set_up_only_says_where_it_stands() {
    let door = Door::new().await;
    for (path, status) in [
        (SETUP_PATH.to_owned(), StatusCode::OK),
        (action("guess"), StatusCode::FORBIDDEN),
    ] {
        let seen = door.get(&path).await;
        assert_eq!(seen.status, status);
        assert!(seen.body.contains("doorward setup-link") && !seen.body.contains("<form"));
        let posted = door
            .post(&path, OWN, &fields("", "long enough", "long enough"))
            .await;
        assert_eq!(posted.status, status);
    }
    assert!(first_run::is_open(&door.engine));
}

#[tokio::test]
async fn wrong_answers_are_shown_again_without_the_passwords() {
    let door = Door::new().await;
    let csrf = door.get(&door.link()).await.csrf();
    let differ = door
        .post(
            &door.link(),
            OWN,
            &fields(&csrf, "one password", "another one"),
        )
        .await;
    let short = door
        .post(&door.link(), OWN, &fields(&csrf, "short", "short"))
        .await;
    for seen in [differ, short] {
        assert_eq!(seen.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(seen.body.contains(r#"value="mia""#), "what was typed stays");
        assert!(!seen.body.contains("one password") && !seen.body.contains("value=\"short"));
    }
}

#[tokio::test]
async fn a_form_of_another_site_does_nothing() {
    let door = Door::new().await;
    let csrf = door.get(&door.link()).await.csrf();
    let password = "correct horse battery";
    for (origin, csrf) in [
        ("https://evil.example", csrf.as_str()),
        (OWN, "forged"),
        ("null", &csrf),
    ] {
        let seen = door
            .post(&door.link(), origin, &fields(csrf, password, password))
            .await;
        assert_eq!(seen.status, StatusCode::FORBIDDEN, "{origin}");
    }
    assert!(first_run::is_open(&door.engine));
}

/// The path of a recovery link of somebody new.
async fn recovery_link(door: &Door) -> String {
    let ctx = Context::system(testing::NOW);
    first_run::create_admin(&door.engine, &ctx, "mia", "", "the old one".into())
        .await
        .unwrap();
    let hour = Duration::from_hours(1);
    let key = links::make_link(&door.engine, &ctx, "mia", hour)
        .await
        .unwrap();
    recovery::action(&key)
}

#[tokio::test]
async fn a_recovery_link_asks_first_and_signs_in_once() {
    let door = Door::new().await;
    let path = recovery_link(&door).await;
    let page = door.get(&path).await;
    assert_eq!(page.status, StatusCode::OK);
    assert!(page.body.contains("mia") && !page.sets_cookie("authentik_session="));
    let csrf = page.csrf();
    let foreign = door
        .post(&path, "https://evil.example", &[("csrf", &csrf)])
        .await;
    assert_eq!(foreign.status, StatusCode::FORBIDDEN);
    let used = door.post(&path, OWN, &[("csrf", &csrf)]).await;
    assert_eq!(
        used.leads_to(),
        (StatusCode::SEE_OTHER, recovery::AFTER_RECOVERY)
    );
    assert!(used.sets_cookie("authentik_session="));
    assert_eq!(
        door.post(&path, OWN, &[("csrf", &csrf)]).await.status,
        StatusCode::NOT_FOUND
    );
    assert_eq!(door.get(&path).await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn a_recovery_link_leads_nowhere_after_a_new_password() {
    let door = Door::new().await;
    let path = recovery_link(&door).await;
    let csrf = door.get(&path).await.csrf();
    let ctx = Context::system(testing::NOW);
    links::change_password(&door.engine, &ctx, "mia", "the new one".into())
        .await
        .unwrap();
    assert_eq!(door.get(&path).await.status, StatusCode::NOT_FOUND);
    let used = door.post(&path, OWN, &[("csrf", &csrf)]).await;
    assert_eq!(used.status, StatusCode::NOT_FOUND);
    assert!(!used.sets_cookie("authentik_session="));
}

#[tokio::test]
async fn a_parameter_sent_twice_asks_for_nothing() {
    let door = Door::new().await;
    let twice = format!("{}&token=x", door.link());
    let seen = door.get(&twice).await;
    let without = door.get(SETUP_PATH).await;
    assert_eq!(seen.status, without.status);
    let form = "name=\"password_repeat\"";
    assert!(!seen.body.contains(form) && !without.body.contains(form));
    assert!(door.get(&door.link()).await.body.contains(form));
}
