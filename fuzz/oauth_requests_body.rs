//! What the fuzz target of whole OAuth requests does with its bytes.
//!
//! One provider in memory with two clients and one person who is signed in; every request goes through
//! the real router, the engine and SQLite. The rule: a body panics exactly when something is wrong.

use std::sync::OnceLock;
use std::time::{Duration, Instant};

use axum::Router;
use axum::body::Body;
use doorward_engine::resource::write::Writing;
use doorward_engine::resource::{self, World};
use doorward_engine::session::{self, NewSession};
use doorward_engine::{Context, Engine, blueprint, snapshot, testing};
use doorward_protocol::encoding::from_base64;
use doorward_protocol::trust::TrustedProxies;
use doorward_store::testing::TestStore;
use doorward_store::{Topic, change, setting, user};
use doorward_web::extract::session_cookie;
use doorward_web::pages::Pages;
use doorward_web::{AppState, Parts, router};
use http::{HeaderMap, HeaderName, HeaderValue, Method, Request, StatusCode, Uri};
use http_body_util::BodyExt as _;
use serde_json::{Value, json};
use tokio::runtime::Runtime;
use tower::ServiceExt as _;
use url::{Url, form_urlencoded};

const MIA: i64 = 70;
const SECRET: &str = "secret-of-photos-that-is-in-the-seeds";
/// What the clients have registered; `OPEN` as an expression.
const CALLBACK: &str = "https://photos.example.org/callback";
const LOOPBACK: &str = "http://127.0.0.1/callback";
const OPEN: &str = "https://[a-z]{1,20}\\.apps\\.example\\.org/callback";
const OWN: &str = "https://auth.example.org";
/// Far more than any request needs on the busiest machine, far less than a runaway takes.
const PATIENCE: Duration = Duration::from_secs(20);

/// Bytes of a request: a line with method and target, header lines, an empty line, the body. A line
/// `cookie: mia` stands for the cookie of the person. Nothing panics or fails on our side, tokens are
/// for whoever has proven a secret, and browsers go where somebody has registered.
pub(crate) fn oauth_requests(data: &[u8]) {
    answered(data);
}

/// The same, and with which status it was answered; `None` for what is no request to OAuth.
pub(crate) fn answered(data: &[u8]) -> Option<StatusCode> {
    let asked = Asked::read(data)?;
    let place = place();
    let began = Instant::now();
    let seen = place.runtime.block_on(place.send(&asked));
    assert!(began.elapsed() < PATIENCE, "{:?}", asked.target);
    assert!(
        !seen.status.is_server_error(),
        "{} {:?}: {}",
        asked.target,
        seen.status,
        seen.text
    );
    if let Some(to) = seen.headers.get("location") {
        goes_where_it_may(to.to_str().expect("an address in ASCII"));
    }
    if asked.target.path() == "/application/o/token/" && asked.method == Method::POST {
        tells_tokens(&asked, &seen);
    }
    Some(seen.status)
}

/// RFC 6749 §5.1 and §5.2.
fn tells_tokens(asked: &Asked, seen: &Seen) {
    let told: Option<Value> = serde_json::from_str(&seen.text).ok();
    let word = |name: &str| told.as_ref()?.get(name)?.as_str();
    match seen.status {
        StatusCode::OK => {
            assert!(word("access_token").is_some() && word("error").is_none());
            assert!(asked.proves_the_secret(), "tokens without a proof");
        }
        StatusCode::BAD_REQUEST | StatusCode::UNAUTHORIZED => {
            assert!(word("error").is_some(), "{:?}", seen.text);
            assert!(word("access_token").is_none());
        }
        _ => return,
    }
    let kept = seen.headers.get("cache-control");
    assert!(kept.is_some_and(|kept| kept == "no-store"), "{kept:?}");
}

/// Our own pages, or an address that a client has registered.
fn goes_where_it_may(to: &str) {
    let own = Url::parse(OWN).expect("an address");
    let url = own.join(to).expect("an address");
    if url.origin() == own.origin() {
        return;
    }
    let mut bare = url.clone();
    bare.set_query(None);
    bare.set_fragment(None);
    let is_app = |url: &Url| {
        let host = url.host_str().unwrap_or_default();
        let name = host.strip_suffix(".apps.example.org").unwrap_or_default();
        let is_name = name.len() <= 20 && name.bytes().all(|byte| byte.is_ascii_lowercase());
        url.scheme() == "https" && !name.is_empty() && is_name && url.port().is_none()
    };
    let is_registered = bare.as_str() == CALLBACK
        || is_app(&bare) && bare.path() == "/callback"
        || bare.set_port(None).is_ok() && bare.as_str() == LOOPBACK;
    assert!(is_registered, "a browser was sent to {to}");
    assert!(url.username().is_empty() && url.password().is_none());
}

struct Asked {
    method: Method,
    target: Uri,
    headers: HeaderMap,
    body: Vec<u8>,
}

impl Asked {
    /// `None` for what is no request, or not one to OAuth.
    fn read(data: &[u8]) -> Option<Self> {
        let mut lines = data.split(|byte| *byte == b'\n');
        let first = lines.next()?;
        let blank = first.iter().position(|byte| *byte == b' ')?;
        let target = Uri::try_from(&first[blank + 1..]).ok()?;
        let is_ours = ["/application/o/", "/device", "/.well-known/"]
            .iter()
            .any(|start| target.path().starts_with(start));
        let mut asked = Self {
            method: Method::from_bytes(&first[..blank])
                .ok()
                .filter(|_| is_ours)?,
            target,
            headers: HeaderMap::new(),
            body: Vec::new(),
        };
        for line in lines.by_ref().take_while(|line| !line.is_empty()) {
            asked.add_header(line);
        }
        asked.body = lines.collect::<Vec<_>>().join(&b'\n');
        Some(asked)
    }

    fn add_header(&mut self, line: &[u8]) -> Option<()> {
        let colon = line.iter().position(|byte| *byte == b':')?;
        let name = HeaderName::from_bytes(&line[..colon]).ok()?;
        let value = HeaderValue::from_bytes(line[colon + 1..].trim_ascii()).ok()?;
        self.headers.append(name, value);
        Some(())
    }

    /// Whether the client's secret stands in the header or the form.
    fn proves_the_secret(&self) -> bool {
        let in_form = form_urlencoded::parse(&self.body).any(|(_, value)| value.contains(SECRET));
        let headers = self.headers.get_all("authorization").iter();
        in_form
            || headers
                .filter_map(|value| value.to_str().ok())
                .any(has_secret)
    }
}

fn has_secret(header: &str) -> bool {
    let (_, encoded) = header.split_once(' ').unwrap_or_default();
    let decoded = from_base64(encoded.trim()).unwrap_or_default();
    // Form-encoded or as it is.
    let text = String::from_utf8_lossy(&decoded).replace(':', "=");
    let mut pairs = form_urlencoded::parse(text.as_bytes());
    text.contains(SECRET) || pairs.any(|(_, value)| value.contains(SECRET))
}

struct Seen {
    status: StatusCode,
    headers: HeaderMap,
    text: String,
}

/// The provider that all requests go to.
struct Place {
    runtime: Runtime,
    router: Router,
    cookie: HeaderValue,
    _store: TestStore,
}

fn place() -> &'static Place {
    static PLACE: OnceLock<Place> = OnceLock::new();
    PLACE.get_or_init(|| {
        let runtime = tokio::runtime::Builder::new_multi_thread();
        let runtime = { runtime }.worker_threads(1).enable_all().build();
        let runtime = runtime.expect("a runtime");
        let (router, cookie, store) = runtime.block_on(build());
        Place {
            runtime,
            router,
            cookie,
            _store: store,
        }
    })
}

impl Place {
    async fn send(&self, asked: &Asked) -> Seen {
        let mut request = Request::new(Body::from(asked.body.clone()));
        *request.method_mut() = asked.method.clone();
        *request.uri_mut() = asked.target.clone();
        let mut headers = asked.headers.clone();
        if headers.get("cookie").is_some_and(|value| value == "mia") {
            headers.insert("cookie", self.cookie.clone());
        }
        headers.insert("host", HeaderValue::from_static("auth.example.org"));
        *request.headers_mut() = headers;
        let Ok(response) = self.router.clone().oneshot(request).await;
        let (parts, body) = response.into_parts();
        let bytes = body.collect().await.expect("a body").to_bytes();
        Seen {
            status: parts.status,
            headers: parts.headers,
            text: String::from_utf8_lossy(&bytes).into_owned(),
        }
    }
}

async fn build() -> (Router, HeaderValue, TestStore) {
    let store = doorward_store::testing::sqlite().await;
    let engine = testing::engine(&store.store).await;
    set_up(&engine).await;
    let defaults = blueprint::apply_defaults(&engine, testing::NOW).await;
    defaults.expect("the shipped configuration");
    testing::add_user(&engine, MIA, "mia").await;
    add_client(&engine, "photos", "confidential", &[CALLBACK]).await;
    add_client(&engine, "phone", "public", &[LOOPBACK, OPEN]).await;
    let cookie = sign_in(&engine).await;
    let state = AppState::new(Parts {
        engine,
        pages: Pages::new(None),
        trusted_proxies: TrustedProxies::default(),
        clock: || testing::NOW,
    });
    (router(state), cookie, store)
}

async fn set_up(engine: &Engine) {
    let mut tx = engine.store.begin().await.expect("a transaction");
    let own = format!("\"{OWN}\"");
    for (name, value) in [
        (snapshot::names::SETUP_DONE, "true"),
        (snapshot::names::BASE_URL, &own),
    ] {
        let saved = setting::save(&mut tx, name, value, testing::NOW).await;
        saved.expect("a setting");
    }
    let changed = change::record(&mut tx, Topic::Configuration, "fuzz", testing::NOW).await;
    changed.expect("a change");
    engine.commit(tx).await.expect("a commit");
}

async fn add_client(engine: &Engine, slug: &str, kind: &str, addresses: &[&str]) {
    let ctx = Context::system(testing::NOW);
    let mut writing = Writing::begin(engine, &ctx).await.expect("a transaction");
    let uris = addresses.iter().map(|url| {
        let mode = if *url == OPEN { "regex" } else { "strict" };
        json!({ "matching_mode": mode, "url": url })
    });
    let provider = json!({
        "name": slug, "client_id": slug, "client_secret": SECRET, "client_type": kind,
        "grant_types": ways(), "resources": "https://api.example.org/",
        "authorization_flow": flow(&writing.world, "default-provider-authorization-implicit-consent"),
        "invalidation_flow": flow(&writing.world, "default-provider-invalidation-flow"),
        "property_mappings": scopes(&writing.world), "redirect_uris": uris.collect::<Vec<_>>(),
    });
    let kind = resource::kind("authentik_providers_oauth2.oauth2provider").expect("a kind");
    let provider = writing.insert(kind, &provider, None).await;
    let provider = provider
        .expect("a provider")
        .parse::<i64>()
        .expect("a number");
    let application = json!({ "name": slug, "slug": slug, "provider": provider });
    let kind = resource::kind("authentik_core.application").expect("a kind");
    let application = writing.insert(kind, &application, None).await;
    drop(application.expect("an application"));
    writing.commit().await.expect("a commit");
}

fn ways() -> [&'static str; 6] {
    [
        "authorization_code",
        "implicit",
        "hybrid",
        "refresh_token",
        "client_credentials",
        "urn:ietf:params:oauth:grant-type:device_code",
    ]
}

fn flow(world: &World, slug: &str) -> String {
    let flows = world.objects("authentik_flows.flow").iter();
    let mut found = flows.filter(|one| one.config["slug"] == slug);
    found.next().expect("it ships").id.clone()
}

fn scopes(world: &World) -> Vec<String> {
    let all = world.objects("authentik_providers_oauth2.scopemapping");
    all.iter().map(|one| one.id.clone()).collect()
}

async fn sign_in(engine: &Engine) -> HeaderValue {
    let ctx = Context::system(testing::NOW);
    let mut tx = engine.store.begin().await.expect("a transaction");
    let person = user::find(&mut tx, MIA).await.expect("an answer");
    let new = NewSession {
        user_id: MIA,
        password_changed_at: person.expect("a person").password_changed_at,
        auth_method: "password",
        lifetime: engine.settings.session,
        replaces: None,
    };
    let begun = session::begin(&mut tx, &ctx, new).await.expect("an answer");
    let (_, sid) = begun.expect("a session");
    engine.commit(tx).await.expect("a commit");
    let header = session_cookie(&engine.keys, &sid, "uid", false, None);
    let text = header.to_str().expect("ASCII");
    let cookie = text.split(';').next().unwrap_or_default();
    HeaderValue::from_str(cookie).expect("a cookie")
}
