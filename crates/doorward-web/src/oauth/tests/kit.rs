//! A provider in memory with one person signed in, its clients, and what they send.

mod operator;
pub(super) mod proofs;
mod seen;

use std::cell::Cell;
use std::net::{Ipv4Addr, SocketAddr};

use axum::Router;
use axum::body::Body;
use doorward_engine::resource::World;
use doorward_engine::session::{self, NewSession};
use doorward_engine::{Context, Engine, Settings, blueprint, snapshot, testing};
use doorward_protocol::encoding::{base64, base64url, from_base64url, sha256};
use doorward_protocol::trust::TrustedProxies;
use doorward_store::list::{self, Condition, Query, Value as Sql};
use doorward_store::testing::TestStore;
use doorward_store::{Topic, change, event, setting, user};
use http::Request;
use serde_json::{Map, Value};
use tower::ServiceExt as _;
use url::form_urlencoded;

pub(super) use self::seen::Seen;
use crate::extract::{Peer, session_cookie};
use crate::pages::Pages;
use crate::state::{AppState, Parts};

pub(super) const MIA: i64 = 70;
pub(super) const CALLBACK: &str = "https://photos.example.org/callback";
pub(super) const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
const AUTHORIZE: &str = "/application/o/authorize/";
const TOKEN: &str = "/application/o/token/";

thread_local! {
    /// A test runs on one thread, with its requests.
    static CLOCK: Cell<i64> = const { Cell::new(testing::NOW) };
    static PEER: Cell<Option<Ipv4Addr>> = const { Cell::new(None) };
}

/// A provider in memory.
pub(super) struct Kit {
    pub(super) engine: Engine,
    router: Router,
    state: AppState,
    pub(super) cookie: String,
    store: TestStore,
}

/// A registered client.
#[derive(Clone)]
pub(super) struct Client {
    pub(super) id: String,
    pub(super) secret: String,
    pub(super) provider: i64,
}

/// Time goes on.
pub(super) fn wait(milliseconds: i64) {
    CLOCK.set(CLOCK.get() + milliseconds);
}

/// Unix milliseconds.
pub(super) fn now() -> i64 {
    CLOCK.get()
}

/// What is sent from now on comes from an address that has this number.
pub(super) fn come_from(number: u16) {
    let [high, low] = number.to_be_bytes();
    PEER.set(Some(Ipv4Addr::new(10, high, low, 1)));
}

impl Kit {
    /// One over each store.
    pub(super) async fn every() -> Vec<Self> {
        let mut kits = Vec::new();
        for store in doorward_store::testing::every_engine().await {
            kits.push(Self::over(store).await);
        }
        kits
    }

    pub(super) async fn sqlite() -> Self {
        Self::over(doorward_store::testing::sqlite().await).await
    }

    /// One over each store that may ask servers on this machine for what clients have named.
    pub(super) async fn every_near() -> Vec<Self> {
        let mut kits = Vec::new();
        for store in doorward_store::testing::every_engine().await {
            let settings = Settings {
                private_networks: vec!["127.0.0.0/8".parse().unwrap()],
                ..testing::settings()
            };
            let engine = testing::engine_with(&store.store, settings).await;
            kits.push(Self::with(engine, store).await);
        }
        kits
    }

    async fn over(store: TestStore) -> Self {
        let engine = testing::engine(&store.store).await;
        Self::with(engine, store).await
    }

    async fn with(engine: Engine, store: TestStore) -> Self {
        set_up(&engine).await;
        blueprint::apply_defaults(&engine, testing::NOW)
            .await
            .unwrap();
        testing::add_user(&engine, MIA, "mia").await;
        let cookie = sign_in(&engine, MIA, CLOCK.get()).await;
        Self {
            router: crate::router(state(&engine)),
            state: state(&engine),
            engine,
            cookie,
            store,
        }
    }

    /// Mia signs in again; her former session goes on.
    pub(super) async fn sign_in(&mut self) {
        self.cookie = self.session_of(MIA).await;
    }

    /// The cookie of a new session of somebody's.
    pub(super) async fn session_of(&self, user: i64) -> String {
        sign_in(&self.engine, user, now()).await
    }

    /// The same over the same store, by a process that remembers nothing.
    pub(super) async fn restarted(self) -> Self {
        let engine = testing::engine(&self.store.store).await;
        Self {
            router: crate::router(state(&engine)),
            state: state(&engine),
            engine,
            ..self
        }
    }

    /// Sends anything.
    pub(super) async fn send(&self, request: http::request::Builder, body: String) -> Seen {
        let request = request.header("host", "auth.example.org");
        let mut request: Request<Body> = request.body(body.into()).unwrap();
        if let Some(peer) = PEER.get() {
            let peer = Peer(SocketAddr::from((peer, 0)));
            request.extensions_mut().insert(peer);
        }
        let early = crate::at_once(&self.state, &request);
        let response = self.router.clone().oneshot(request).await.unwrap();
        let seen = Seen::read(response).await;
        if let Some(early) = early {
            seen.is_the_same_as(&Seen::read(early).await);
        }
        seen
    }

    /// What is answered before the router, if anything is.
    pub(super) async fn at_once(&self, request: http::request::Builder) -> Option<Seen> {
        let answer = crate::at_once(&self.state, &request.body(()).unwrap());
        match answer {
            Some(answer) => Some(Seen::read(answer).await),
            None => None,
        }
    }

    pub(super) async fn get(&self, path: &str) -> Seen {
        self.send(Request::get(path), String::new()).await
    }

    /// What Mia's browser gets.
    pub(super) async fn browse(&self, path: &str) -> Seen {
        let request = Request::get(path).header("cookie", &self.cookie);
        self.send(request, String::new()).await
    }

    /// A form that Mia sends from a page of ours.
    pub(super) async fn submit(&self, path: &str, form: &[(&str, &str)]) -> Seen {
        let request = Request::post(path)
            .header("cookie", &self.cookie)
            .header("content-type", "application/x-www-form-urlencoded")
            .header("origin", "https://auth.example.org");
        self.send(request, encoded(form)).await
    }

    /// Mia's browser at the authorization endpoint.
    pub(super) async fn authorize(&self, parameters: &[(&str, &str)]) -> Seen {
        self.browse(&authorize_address(parameters)).await
    }

    /// A form of a client's.
    pub(super) async fn post(
        &self,
        path: &str,
        authorization: Option<&str>,
        form: &[(&str, &str)],
    ) -> Seen {
        let mut request =
            Request::post(path).header("content-type", "application/x-www-form-urlencoded");
        if let Some(authorization) = authorization {
            request = request.header("authorization", authorization);
        }
        self.send(request, encoded(form)).await
    }

    /// The token endpoint, with the client's secret in the header.
    pub(super) async fn token(&self, client: &Client, form: &[(&str, &str)]) -> Seen {
        self.post(TOKEN, Some(&client.basic()), form).await
    }

    /// The token endpoint, without a header.
    pub(super) async fn token_plainly(&self, form: &[(&str, &str)]) -> Seen {
        self.post(TOKEN, None, form).await
    }

    /// A fresh code for these scopes, with a challenge.
    pub(super) async fn code(&self, client: &Client, scope: &str) -> String {
        let challenge = challenge();
        let seen = self
            .authorize(&[
                ("client_id", &client.id),
                ("response_type", "code"),
                ("redirect_uri", CALLBACK),
                ("scope", scope),
                ("state", "a state"),
                ("nonce", "a nonce"),
                ("code_challenge", &challenge),
                ("code_challenge_method", "S256"),
            ])
            .await;
        let seen = self.agreed(seen).await.expect(303);
        seen.answer()
            .remove("code")
            .unwrap_or_else(|| panic!("{seen:?}"))
    }

    /// The same answer, or what Mia's agreeing to it leads to, if she was asked.
    pub(super) async fn agreed(&self, seen: Seen) -> Seen {
        if seen.status != 200 || !seen.text.contains("ak-stage-consent") {
            return seen;
        }
        let token = seen.after("name=\"token\" value=\"");
        let form = [("component", "ak-stage-consent"), ("token", &*token)];
        self.answered(&seen, &form).await
    }

    /// Mia's answer to the page of a flow, with the run that came with it.
    pub(super) async fn answered(&self, page: &Seen, form: &[(&str, &str)]) -> Seen {
        let run = page.header("set-cookie").split(';').next().unwrap();
        let csrf = page.after("name=\"csrf\" value=\"");
        let form = [&[("csrf", &*csrf)], form].concat();
        let request = Request::post(page.after("method=\"post\" action=\""))
            .header("cookie", format!("{}; {run}", self.cookie))
            .header("content-type", "application/x-www-form-urlencoded")
            .header("origin", "https://auth.example.org");
        self.send(request, encoded(&form)).await
    }

    /// The key of a shipped flow.
    pub(super) fn flow(&self, slug: &str) -> String {
        pk(
            &World::of(&self.engine.snapshot()),
            "authentik_flows.flow",
            slug,
        )
    }

    /// Exchanges a code with its verifier.
    pub(super) async fn exchange(&self, client: &Client, code: &str) -> Seen {
        self.token(client, &exchange(code)).await
    }

    /// Tokens for these scopes.
    pub(super) async fn tokens(&self, client: &Client, scope: &str) -> Value {
        let code = self.code(client, scope).await;
        self.exchange(client, &code).await.expect(200).json()
    }

    pub(super) async fn userinfo(&self, token: &str) -> Seen {
        let request = Request::get("/application/o/userinfo/")
            .header("authorization", format!("Bearer {token}"));
        self.send(request, String::new()).await
    }

    /// The contexts of the latest events of this kind.
    pub(super) async fn events(&self, action: &str) -> Vec<Value> {
        let mut tx = self.engine.store.read().await.unwrap();
        let query = Query {
            conditions: vec![Condition::Equals("action", Sql::Text(action.to_owned()))],
            order: vec![("created_at", true)],
            offset: 0,
            limit: 1000,
        };
        let found = list::page::<event::EventRow>(&mut tx, "events", event::COLUMNS, &query).await;
        let read = |row: &event::EventRow| serde_json::from_str(&row.context).unwrap();
        found.unwrap().rows.iter().map(read).collect()
    }
}

impl Client {
    pub(super) fn basic(&self) -> String {
        format!("Basic {}", base64(format!("{}:{}", self.id, self.secret)))
    }
}

pub(super) fn exchange(code: &str) -> [(&str, &str); 4] {
    [
        ("grant_type", "authorization_code"),
        ("code", code),
        ("redirect_uri", CALLBACK),
        ("code_verifier", VERIFIER),
    ]
}

pub(super) fn challenge() -> String {
    base64url(sha256(VERIFIER.as_bytes()))
}

pub(super) fn encoded(form: &[(&str, &str)]) -> String {
    let mut text = form_urlencoded::Serializer::new(String::new());
    text.extend_pairs(form).finish()
}

pub(super) fn authorize_address(parameters: &[(&str, &str)]) -> String {
    format!("{AUTHORIZE}?{}", encoded(parameters))
}

/// The claims of a token; nobody looks at its signature.
#[track_caller]
pub(super) fn claims(token: &str) -> Map<String, Value> {
    let part = token.split('.').nth(1).expect("a token");
    serde_json::from_slice(&from_base64url(part).unwrap()).unwrap()
}

/// The header of a token.
#[track_caller]
pub(super) fn header(token: &str) -> Value {
    let part = token.split('.').next().expect("a token");
    serde_json::from_slice(&from_base64url(part).unwrap()).unwrap()
}

fn state(engine: &Engine) -> AppState {
    AppState::new(Parts {
        engine: engine.clone(),
        pages: Pages::new(None),
        trusted_proxies: TrustedProxies::default(),
        clock: || CLOCK.get(),
    })
}

async fn set_up(engine: &Engine) {
    let mut tx = engine.store.begin().await.unwrap();
    for (name, value) in [
        (snapshot::names::SETUP_DONE, "true"),
        (snapshot::names::BASE_URL, "\"https://auth.example.org\""),
    ] {
        setting::save(&mut tx, name, value, testing::NOW)
            .await
            .unwrap();
    }
    change::record(&mut tx, Topic::Configuration, "tests", testing::NOW)
        .await
        .unwrap();
    engine.commit(tx).await.unwrap();
}

async fn sign_in(engine: &Engine, user_id: i64, now: i64) -> String {
    let ctx = Context::system(now);
    let mut tx = engine.store.begin().await.unwrap();
    let person = user::find(&mut tx, user_id).await.unwrap().unwrap();
    let new = NewSession {
        user_id,
        password_changed_at: person.password_changed_at,
        auth_method: "password",
        lifetime: engine.settings.session,
        replaces: None,
    };
    let (_, sid) = session::begin(&mut tx, &ctx, new).await.unwrap().unwrap();
    engine.commit(tx).await.unwrap();
    let header = session_cookie(&engine.keys, &sid, "uid", false, None);
    let cookie = header.to_str().unwrap().split(';').next();
    cookie.unwrap().to_owned()
}

fn pk(world: &World, model: &str, slug: &str) -> String {
    let objects = world.objects(model).iter();
    let mut found = objects.filter(|one| one.config["slug"] == slug);
    found.next().expect("it ships").id.clone()
}
