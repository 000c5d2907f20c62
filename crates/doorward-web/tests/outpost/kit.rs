//! The whole product in memory, asked as reverse proxies and browsers ask it.

use std::cell::Cell;
use std::collections::BTreeMap;
use std::net::SocketAddr;

use axum::Router;
use axum::body::Body;
use doorward_engine::session::{self, NewSession};
use doorward_engine::testing::{self, NOW};
use doorward_engine::{Context, Engine};
use doorward_protocol::session_cookie::{self, Claims};
use doorward_protocol::trust::TrustedProxies;
use doorward_store::event::{self, EventRow};
use doorward_store::resource::{self, ResourceRow};
use doorward_store::testing::{TestStore, row_counts};
use doorward_store::{Topic, change, list, setting};
use doorward_web::pages::Pages;
use doorward_web::{AppState, Parts, Peer, known, router};
use http::{Request, Response};
use http_body_util::BodyExt as _;
use serde_json::{Value, json};
use tower::ServiceExt as _;

pub(crate) use crate::answer::Answer;
use crate::log::{self, Log};

/// The public address.
pub(crate) const PUBLIC: &str = "https://auth.t.goauthentik.io";
/// The fixture's application.
pub(crate) const EXTERNAL: &str = "https://ext.t.goauthentik.io";
pub(crate) const BROWSER: &str = "text/html,application/xhtml+xml,*/*;q=0.8";

thread_local! { static CLOCK: Cell<i64> = const { Cell::new(NOW) }; }

/// A clock that panics when it is asked.
const BROKEN: i64 = i64::MIN;

fn clock() -> i64 {
    let now = CLOCK.get();
    assert_ne!(now, BROKEN, "the clock is broken");
    now
}

/// From now on every handler panics.
pub(crate) fn break_the_clock() {
    CLOCK.set(BROKEN);
}

/// Lets time pass, in milliseconds.
pub(crate) fn later(milliseconds: i64) {
    CLOCK.set(CLOCK.get() + milliseconds);
}

/// The product with the fixture of forward-auth.md section 19.
pub(crate) struct Kit {
    pub(crate) engine: Engine,
    state: AppState,
    router: Router,
    _store: TestStore,
}

impl Kit {
    /// One application under [`EXTERNAL`]; `provider` overrides fields of its provider.
    pub(crate) async fn new(provider: Value) -> Self {
        Self::on(doorward_store::testing::sqlite().await, provider).await
    }

    /// The same on a store of choice.
    pub(crate) async fn on(store: TestStore, provider: Value) -> Self {
        CLOCK.set(NOW);
        log::listen();
        let engine = testing::engine(&store.store).await;
        testing::add_user(&engine, 7, "foo").await;
        let state = AppState::new(Parts {
            engine: engine.clone(),
            pages: Pages::new(None),
            trusted_proxies: TrustedProxies::default(),
            clock,
        });
        let kit = Self {
            engine,
            router: router(state.clone()),
            state,
            _store: store,
        };
        kit.configure().await;
        kit.provider(1, "app", provider).await;
        kit
    }

    /// The same, with everything that it logs on this thread from now on.
    pub(crate) async fn with_log(provider: Value) -> (Self, Log) {
        let kit = Self::new(provider).await;
        (kit, Log::open())
    }

    /// The events of one action, oldest first.
    pub(crate) async fn events(&self, action: &str) -> Vec<EventRow> {
        let mut tx = self.engine.store.read().await.unwrap();
        let wanted = list::Value::Text(action.to_owned());
        let query = list::Query {
            conditions: vec![list::Condition::Equals("action", wanted)],
            order: vec![("created_at", false)],
            offset: 0,
            limit: 1000,
        };
        let page = list::page(&mut tx, "events", event::COLUMNS, &query).await;
        page.unwrap().rows
    }

    /// As before the first run: nobody knows where people sign in.
    pub(crate) async fn forget_public_address(&self) {
        let mut tx = self.engine.store.begin().await.unwrap();
        setting::save(&mut tx, "base_url", "null", NOW)
            .await
            .unwrap();
        change::record(&mut tx, Topic::Configuration, "", NOW)
            .await
            .unwrap();
        self.engine.commit(tx).await.unwrap();
    }

    async fn configure(&self) {
        let mut tx = self.engine.store.begin().await.unwrap();
        let url = json!(PUBLIC).to_string();
        setting::insert_once(&mut tx, "base_url", &url, NOW)
            .await
            .unwrap();
        setting::insert_once(&mut tx, "setup_done", "true", NOW)
            .await
            .unwrap();
        drop(tx.commit().await.unwrap());
        let outpost = json!({
            "pk": "o", "name": "authentik Embedded Outpost", "providers": [1, 2, 3],
            "managed": "goauthentik.io/outposts/embedded", "config": {},
        });
        self.save("authentik_outposts.outpost", "o", outpost).await;
    }

    /// A provider with its application, under the slug.
    pub(crate) async fn provider(&self, pk: i64, slug: &str, extra: Value) {
        let mut provider = json!({
            "pk": pk, "name": format!("Provider {slug}"), "client_id": format!("client-{slug}"),
            "mode": "forward_single", "external_host": EXTERNAL, "cookie_domain": "",
            "skip_path_regex": "/skip.*", "access_token_validity": "hours=24",
            "basic_auth_enabled": true, "basic_auth_user_attribute": "username",
            "basic_auth_password_attribute": "password",
        });
        let fields = provider.as_object_mut().unwrap();
        fields.extend(extra.as_object().unwrap().clone());
        let id = pk.to_string();
        self.save("authentik_providers_proxy.proxyprovider", &id, provider)
            .await;
        let application =
            json!({ "pk": slug, "name": format!("App {slug}"), "slug": slug, "provider": pk });
        self.save("authentik_core.application", slug, application)
            .await;
    }

    /// Writes a configuration object, new or anew.
    pub(crate) async fn save(&self, kind: &str, id: &str, config: Value) {
        let row = ResourceRow {
            kind: kind.to_owned(),
            id: id.to_owned(),
            config: config.to_string(),
            version: 1,
            created_at: NOW,
            updated_at: NOW,
        };
        let mut tx = self.engine.store.begin().await.unwrap();
        resource::delete(&mut tx, kind, id).await.unwrap();
        resource::insert(&mut tx, &row, &[], &[]).await.unwrap();
        change::record(&mut tx, Topic::Configuration, "", NOW)
            .await
            .unwrap();
        self.engine.commit(tx).await.unwrap();
    }

    /// Replaces a user's attributes.
    pub(crate) async fn attributes(&self, id: i64, attributes: Value) {
        let mut tx = self.engine.store.begin().await.unwrap();
        let mut row = doorward_store::user::find(&mut tx, id)
            .await
            .unwrap()
            .unwrap();
        row.attributes = attributes.to_string();
        doorward_store::user::save(&mut tx, &row).await.unwrap();
        change::record(&mut tx, Topic::User, id, NOW).await.unwrap();
        self.engine.commit(tx).await.unwrap();
    }

    /// From now on this account counts for nothing.
    pub(crate) async fn disable(&self, id: i64) {
        let mut tx = self.engine.store.begin().await.unwrap();
        let mut row = doorward_store::user::find(&mut tx, id)
            .await
            .unwrap()
            .unwrap();
        row.is_active = false;
        doorward_store::user::save(&mut tx, &row).await.unwrap();
        change::record(&mut tx, Topic::User, id, 0).await.unwrap();
        self.engine.commit(tx).await.unwrap();
    }

    /// Signs somebody in at the public address; answers the session's id and its cookie.
    pub(crate) async fn signed_in(&self, user_id: i64) -> (String, String) {
        let mut tx = self.engine.store.begin().await.unwrap();
        let new = NewSession {
            user_id,
            password_changed_at: NOW,
            auth_method: "password",
            lifetime: self.engine.settings.session,
            replaces: None,
        };
        let (row, sid) = session::begin(&mut tx, &Context::system(clock()), new)
            .await
            .unwrap()
            .unwrap();
        self.engine.commit(tx).await.unwrap();
        let claims = Claims {
            sid,
            sub: "uid".into(),
            authenticated: true,
        };
        let value = session_cookie::encode(&self.engine.keys, &claims);
        (row.id, format!("authentik_session={value}"))
    }

    /// Sends a request from an address of the trusted networks.
    pub(crate) async fn send(&self, request: Request<String>) -> Answer {
        self.send_from("127.0.0.1:50000", request).await
    }

    /// Sends a request from an address of choice. Whatever the shortcut before the router answers,
    /// the router answers the same.
    pub(crate) async fn send_from(&self, peer: &str, request: Request<String>) -> Answer {
        let mut request = request.map(Body::from);
        let peer: SocketAddr = peer.parse().unwrap();
        let shortcut = known(&self.state, &request, peer.ip());
        request.extensions_mut().insert(Peer(peer));
        let response: Response<Body> = self.router.clone().oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        let bytes = body.collect().await.unwrap().to_bytes();
        let text = String::from_utf8(bytes.to_vec()).unwrap();
        if let Some(shortcut) = shortcut {
            // The router writes down the length of nothing, as hyper does after the shortcut.
            let mut headers = parts.headers.clone();
            assert_eq!(headers.remove("content-length").unwrap(), "0");
            assert_eq!(parts.status, shortcut.status());
            assert_eq!(&headers, shortcut.headers());
        }
        Answer {
            status: parts.status.as_u16(),
            headers: parts.headers,
            text,
        }
    }

    /// The status that the shortcut before the router answers, if it takes the request at all.
    pub(crate) fn at_once(&self, peer: &str, request: &Request<String>) -> Option<u16> {
        let answer = known(&self.state, request, peer.parse().unwrap())?;
        Some(answer.status().as_u16())
    }

    /// A check of Traefik or Caddy about a navigation.
    pub(crate) async fn navigate(&self, proxy: &str, url: &str, cookies: &str) -> Answer {
        self.send(forwarded(
            proxy,
            url,
            &[("accept", BROWSER), ("cookie", cookies)],
        ))
        .await
    }

    /// A page opened in the browser, reached through a plain reverse proxy.
    pub(crate) async fn open(&self, url: &str, cookies: &str) -> Answer {
        let url = url::Url::parse(url).unwrap();
        let path = &url[url::Position::BeforePath..];
        let request = Request::get(path)
            .header(
                "host",
                &url[url::Position::BeforeHost..url::Position::AfterPort],
            )
            .header("x-forwarded-proto", url.scheme())
            .header("accept", BROWSER)
            .header("cookie", cookies);
        self.send(request.body(String::new()).unwrap()).await
    }

    /// The whole way of a signed-in person into the application that guards `url`: the cookie.
    pub(crate) async fn enter(&self, url: &str, central: &str) -> String {
        let denied = self.navigate("traefik", url, "").await.expect(302);
        let started = self.open(&denied.location(), "").await.expect(302);
        let granted = self.open(&started.location(), central).await.expect(302);
        let start = pair(&started.set_cookie("doorward_start_"));
        let arrived = self.open(&granted.location(), &start).await.expect(302);
        assert_eq!(arrived.location(), url);
        pair(&arrived.set_cookie("authentik_proxy_"))
    }

    /// How many rows each table has.
    pub(crate) async fn rows(&self) -> BTreeMap<String, i64> {
        row_counts(&self.engine.store).await
    }

    /// How many apps a session has entered.
    pub(crate) async fn app_sessions(&self, session: &str) -> usize {
        let mut tx = self.engine.store.read().await.unwrap();
        doorward_store::session::apps_of(&mut tx, session, clock())
            .await
            .unwrap()
            .len()
    }
}

/// Starts a login at `url`: the cookie, and the address of the authorize page.
pub(crate) async fn start(kit: &Kit, url: &str) -> (String, String) {
    let denied = kit.navigate("traefik", url, "").await.expect(302);
    let started = kit.open(&denied.location(), "").await.expect(302);
    (
        pair(&started.set_cookie("doorward_start_")),
        started.location(),
    )
}

/// Opens the authorize page signed in: the callback.
pub(crate) async fn granted(kit: &Kit, authorize: &str, central: &str) -> String {
    kit.open(authorize, central).await.expect(302).location()
}

/// `name=value` of a Set-Cookie line.
pub(crate) fn pair(line: &str) -> String {
    line.split(';').next().unwrap_or_default().to_owned()
}

/// A sub-request of Traefik or Caddy about `url`.
pub(crate) fn forwarded(proxy: &str, url: &str, headers: &[(&str, &str)]) -> Request<String> {
    let (scheme, rest) = url.split_once("://").unwrap();
    let (host, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
    let mut request = Request::get(format!("/outpost.goauthentik.io/auth/{proxy}"))
        .header("host", "authentik:9000")
        .header("x-forwarded-proto", scheme)
        .header("x-forwarded-host", host)
        .header("x-forwarded-uri", path);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    request.body(String::new()).unwrap()
}

/// A sub-request of nginx about `url`.
pub(crate) fn nginx(url: &str, cookies: &str) -> Request<String> {
    Request::get("/outpost.goauthentik.io/auth/nginx")
        .header("x-original-url", url)
        .header("accept", BROWSER)
        .header("cookie", cookies)
        .body(String::new())
        .unwrap()
}

/// A sub-request of Envoy.
pub(crate) fn envoy(host: &str, path: &str, cookies: &str) -> Request<String> {
    Request::get(format!("/outpost.goauthentik.io/auth/envoy{path}"))
        .header("host", host)
        .header("accept", BROWSER)
        .header("cookie", cookies)
        .body(String::new())
        .unwrap()
}
