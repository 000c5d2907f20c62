//! A server in memory with an admin, a person and an outpost, and what they send.

use std::sync::{Arc, LazyLock, Mutex};

use axum::Router;
use axum::body::Body;
use doorward_engine::media::Place;
use doorward_engine::resource::write::Writing;
use doorward_engine::resource::{self, World};
use doorward_engine::session::{self, NewSession};
use doorward_engine::{Context, Engine, Settings, blueprint, snapshot, testing};
use doorward_protocol::certificate::{self, NewCertificate, NewKey, Pair};
use doorward_protocol::trust::TrustedProxies;
use doorward_store::testing::TestStore;
use doorward_store::{Topic, change, setting, user};
use http::{HeaderMap, StatusCode};
use http_body_util::BodyExt as _;
use serde_json::{Value, json};
use tempfile::TempDir;
use tower::ServiceExt as _;

use crate::extract::session_cookie;
use crate::pages::Pages;
use crate::state::{AppState, Parts};

/// Who calls.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Role {
    Anonymous,
    Person,
    Admin,
    Outpost,
}

impl Role {
    pub(super) fn key(self) -> Option<&'static str> {
        match self {
            Self::Anonymous => None,
            Self::Person => Some("the-key-of-mia"),
            Self::Admin => Some("the-key-of-the-admin"),
            Self::Outpost => Some("the-key-of-the-outpost"),
        }
    }
}

/// A server in memory.
pub(super) struct Server {
    pub(super) engine: Engine,
    pub(super) admin: i64,
    pub(super) mia: i64,
    pub(super) media: TempDir,
    router: Router,
    /// What the admin has written, in the words of `tests/contract/contract.py`.
    written: Mutex<Vec<Value>>,
    _store: TestStore,
}

/// An answer.
#[derive(Debug)]
pub(super) struct Seen {
    pub(super) status: StatusCode,
    pub(super) headers: HeaderMap,
    pub(super) body: Value,
}

impl Server {
    pub(super) async fn sqlite() -> Self {
        Self::over(doorward_store::testing::sqlite().await).await
    }

    /// One over each engine.
    pub(super) async fn every() -> Vec<Self> {
        let mut servers = Vec::new();
        for store in doorward_store::testing::every_engine().await {
            servers.push(Self::over(store).await);
        }
        servers
    }

    async fn over(store: TestStore) -> Self {
        let media = tempfile::tempdir().unwrap();
        let settings = Settings {
            media: Some(Place::Folder(Arc::new(media.path().join("public")))),
            ..testing::settings()
        };
        let engine = testing::engine_with(&store.store, settings).await;
        blueprint::apply_defaults(&engine, testing::NOW)
            .await
            .unwrap();
        let (admin, mia) = people(&engine).await;
        let state = AppState::new(Parts {
            engine: engine.clone(),
            pages: Pages::new(None),
            trusted_proxies: TrustedProxies::default(),
            clock: || testing::NOW,
        });
        Self {
            engine,
            admin,
            mia,
            media,
            router: crate::router(state),
            written: Mutex::default(),
            _store: store,
        }
    }

    /// Sends anything.
    pub(super) async fn send(
        &self,
        request: http::request::Builder,
        body: impl Into<Body>,
    ) -> Seen {
        let request = request
            .header("host", "auth.example.org")
            .body(body.into())
            .unwrap();
        let response = self.router.clone().oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        let body = body.collect().await.unwrap().to_bytes();
        let body = if body.is_empty() {
            Value::Null
        } else {
            serde_json::from_slice(&body)
                .unwrap_or_else(|_| Value::String(String::from_utf8_lossy(&body).into_owned()))
        };
        Seen {
            status: parts.status,
            headers: parts.headers,
            body,
        }
    }

    /// Calls the API as somebody.
    pub(super) async fn call(&self, role: Role, method: &str, path: &str, body: &Value) -> Seen {
        let mut request = http::Request::builder()
            .method(method.to_ascii_uppercase().as_str())
            .uri(format!("/api/v3{path}"))
            .header("content-type", "application/json");
        if let Some(key) = role.key() {
            request = request.header("authorization", format!("Bearer {key}"));
        }
        let text = if body.is_null() {
            String::new()
        } else {
            body.to_string()
        };
        let seen = self.send(request, text).await;
        if role == Role::Admin && method != "get" && seen.status.is_success() {
            let exchange = json!({
                "method": method, "path": path, "status": seen.status.as_u16(),
                "request": body, "response": seen.body,
            });
            self.written.lock().unwrap().push(exchange);
        }
        seen
    }

    /// What the admin has written so far.
    pub(super) fn written(&self) -> Vec<Value> {
        std::mem::take(&mut self.written.lock().unwrap())
    }

    pub(super) async fn get(&self, path: &str) -> Seen {
        self.call(Role::Admin, "get", path, &Value::Null).await
    }

    /// A change by the admin that must succeed.
    #[track_caller]
    pub(super) fn expect(seen: Seen, status: u16) -> Value {
        assert_eq!(seen.status.as_u16(), status, "{}", seen.body);
        seen.body
    }

    pub(super) async fn post(&self, path: &str, body: &Value) -> Value {
        Self::expect(self.call(Role::Admin, "post", path, body).await, 201)
    }

    /// The key of the object whose slug, name or identifier is `name`.
    pub(super) fn pk(&self, model: &str, name: &str) -> String {
        let world = World::of(&self.engine.snapshot());
        let fits = |object: &doorward_engine::Object| {
            ["slug", "name", "domain"]
                .iter()
                .any(|key| object.config.get(*key) == Some(&json!(name)))
        };
        world
            .objects(model)
            .iter()
            .find(|object| fits(object))
            .expect("it exists")
            .id
            .clone()
    }

    /// A flow's key by its slug.
    pub(super) fn flow(&self, slug: &str) -> String {
        self.pk("authentik_flows.flow", slug)
    }

    /// The key of the pair that each installation has.
    pub(super) fn own_pair(&self) -> String {
        let model = "authentik_crypto.certificatekeypair";
        self.pk(model, "authentik Self-signed Certificate")
    }

    /// The public address is known from now on.
    pub(super) async fn set_address(&self) {
        let mut tx = self.engine.store.begin().await.unwrap();
        let (name, address) = (snapshot::names::BASE_URL, "\"https://auth.example.org\"");
        setting::save(&mut tx, name, address, testing::NOW)
            .await
            .unwrap();
        change::record(&mut tx, Topic::Configuration, name, testing::NOW)
            .await
            .unwrap();
        self.engine.commit(tx).await.unwrap();
    }

    /// An `OAuth2` provider with an application of the same name; answers its key.
    pub(super) async fn oauth_provider(&self, name: &str) -> i64 {
        let body = json!({
            "name": name,
            "redirect_uris": [{ "matching_mode": "strict", "url": format!("https://{name}.example.org/cb") }],
            "authorization_flow": self.flow("default-provider-authorization-implicit-consent"),
            "invalidation_flow": self.flow("default-provider-invalidation-flow"),
        });
        let pk = self.post("/providers/oauth2/", &body).await["pk"].clone();
        let application = json!({ "name": name, "slug": name, "provider": pk });
        self.post("/core/applications/", &application).await;
        pk.as_i64().unwrap()
    }

    /// A proxy provider in domain-less forward mode with this host; answers its key.
    pub(super) async fn provider(&self, name: &str) -> i64 {
        let body = json!({
            "name": name,
            "mode": "forward_single",
            "external_host": format!("https://{name}.example.org"),
            "authorization_flow": self.flow("default-provider-authorization-implicit-consent"),
            "invalidation_flow": self.flow("default-provider-invalidation-flow"),
        });
        self.post("/providers/proxy/", &body).await["pk"]
            .as_i64()
            .unwrap()
    }
}

/// A session of somebody: its id and the cookie's value.
pub(super) async fn sign_in(server: &Server, user_id: i64) -> (String, String) {
    let ctx = Context::system(testing::NOW);
    let mut tx = server.engine.store.begin().await.unwrap();
    let lifetime = server.engine.settings.session;
    let person = user::find(&mut tx, user_id).await.unwrap().unwrap();
    let new = NewSession {
        user_id,
        password_changed_at: person.password_changed_at,
        auth_method: "password",
        lifetime,
        replaces: None,
    };
    let (row, sid) = session::begin(&mut tx, &ctx, new).await.unwrap().unwrap();
    server.engine.commit(tx).await.unwrap();
    let header = session_cookie(&server.engine.keys, &sid, "uid", false, None);
    let cookie = header
        .to_str()
        .unwrap()
        .split(';')
        .next()
        .unwrap()
        .to_owned();
    (row.id, cookie)
}

/// A self-signed pair; another `turn`, another key.
pub(super) fn pair(turn: usize) -> &'static Pair {
    static PAIRS: LazyLock<[Pair; 2]> = LazyLock::new(|| [0, 1].map(|_| new_pair()));
    &PAIRS[turn]
}

fn new_pair() -> Pair {
    let new = NewCertificate {
        common_name: "Somebody",
        names: vec!["somebody.example.org".to_owned()],
        now: testing::NOW,
        validity_days: 30,
        key: NewKey::Ecdsa,
    };
    certificate::make(&new).unwrap()
}

/// The admin, Mia, and a known key for the embedded outpost's token.
async fn people(engine: &Engine) -> (i64, i64) {
    let ctx = Context::system(testing::NOW);
    let mut writing = Writing::begin(engine, &ctx).await.unwrap();
    let kind = |model: &str| resource::kind(model).unwrap();
    let groups = doorward_store::group::find_by_name(&mut writing.tx, "authentik Admins")
        .await
        .unwrap();
    let admins = groups.unwrap().id;
    let users = kind(resource::USER);
    let admin = json!({ "username": "admin", "name": "Admin", "groups": [admins] });
    let admin: i64 = writing
        .insert(users, &admin, None)
        .await
        .unwrap()
        .parse()
        .unwrap();
    let mia = json!({ "username": "mia", "name": "Mia" });
    let mia: i64 = writing
        .insert(users, &mia, None)
        .await
        .unwrap()
        .parse()
        .unwrap();
    let tokens = kind("authentik_core.token");
    for (role, user) in [(Role::Admin, admin), (Role::Person, mia)] {
        let token = json!({
            "identifier": format!("token-{user}"), "user": user, "intent": "api", "expiring": false, "key": role.key(),
        });
        writing.insert(tokens, &token, None).await.unwrap();
    }
    let outpost = engine.snapshot().embedded_outpost().unwrap().pk.clone();
    let name = format!("ak-outpost-{}", outpost.replace('-', ""));
    let account = user::find_by_username(&mut writing.tx, &name)
        .await
        .unwrap()
        .unwrap()
        .id;
    let token = json!({
        "identifier": "outpost", "user": account, "intent": "api", "expiring": false, "key": Role::Outpost.key(),
    });
    writing.insert(tokens, &token, None).await.unwrap();
    writing.commit().await.unwrap();
    (admin, mia)
}
