//! A provider in memory with one person signed in, its clients, and what they send.

use std::cell::Cell;
use std::collections::BTreeMap;
use std::net::{Ipv4Addr, SocketAddr};

use axum::Router;
use axum::body::Body;
use doorward_engine::resource::write::Writing;
use doorward_engine::resource::{self, World};
use doorward_engine::session::{self, NewSession};
use doorward_engine::{Context, Engine, Settings, blueprint, snapshot, testing};
use doorward_protocol::encoding::{base64, base64url, from_base64url, sha256};
use doorward_protocol::trust::TrustedProxies;
use doorward_store::list::{self, Condition, Query, Value as Sql};
use doorward_store::testing::TestStore;
use doorward_store::{Topic, change, event, group, setting, token, user};
use http::{HeaderMap, Request, StatusCode};
use http_body_util::BodyExt as _;
use serde_json::{Map, Value, json};
use tower::ServiceExt as _;
use url::form_urlencoded;

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

/// An answer.
#[derive(Debug)]
pub(super) struct Seen {
    pub(super) status: StatusCode,
    pub(super) headers: HeaderMap,
    pub(super) text: String,
}

impl Seen {
    async fn read(response: axum::response::Response) -> Self {
        let (parts, body) = response.into_parts();
        let bytes = body.collect().await.unwrap().to_bytes();
        Self {
            status: parts.status,
            headers: parts.headers,
            text: String::from_utf8_lossy(&bytes).into_owned(),
        }
    }

    /// Whoever is answered before the router gets what the router says, but for the reference.
    #[track_caller]
    fn is_the_same_as(&self, early: &Self) {
        let mut headers = self.headers.clone();
        headers.remove("x-authentik-id");
        // Whoever writes to the connection adds it to both.
        headers.remove("content-length");
        assert_eq!(early.headers, headers);
        assert_eq!((early.status, &early.text), (self.status, &self.text));
    }

    #[track_caller]
    pub(super) fn expect(self, status: u16) -> Self {
        assert_eq!(
            self.status.as_u16(),
            status,
            "{} {:?}",
            self.text,
            self.headers
        );
        self
    }

    #[track_caller]
    pub(super) fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|_| panic!("{self:?}"))
    }

    pub(super) fn header(&self, name: &str) -> &str {
        let value = self.headers.get(name);
        value.map_or("", |value| value.to_str().unwrap())
    }

    /// The value of an attribute that follows `before` on the page.
    #[track_caller]
    pub(super) fn after(&self, before: &str) -> String {
        let found = self.text.split_once(before);
        let (_, rest) = found.unwrap_or_else(|| panic!("no {before} in {self:?}"));
        let (value, _) = rest.split_once('"').unwrap();
        value.replace("&amp;", "&")
    }

    /// The parameters that a redirect to the client carries in its query.
    #[track_caller]
    pub(super) fn answer(&self) -> BTreeMap<String, String> {
        let to = self.header("location");
        let (address, query) = to.split_once('?').unwrap_or_else(|| panic!("{self:?}"));
        assert_eq!(address, CALLBACK);
        form_urlencoded::parse(query.as_bytes())
            .into_owned()
            .collect()
    }

    /// The same in its fragment.
    #[track_caller]
    pub(super) fn fragment(&self) -> BTreeMap<String, String> {
        let to = self.header("location");
        let (address, rest) = to.split_once('#').unwrap_or_else(|| panic!("{self:?}"));
        assert_eq!(address, CALLBACK);
        form_urlencoded::parse(rest.as_bytes())
            .into_owned()
            .collect()
    }

    /// The word of an error of the token endpoint.
    #[track_caller]
    pub(super) fn error(&self) -> String {
        self.json()["error"].as_str().unwrap_or_default().to_owned()
    }
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

    /// A confidential client with the shipped scopes; `more` adds to or replaces its settings.
    pub(super) async fn client(&self, slug: &str, more: Value) -> Client {
        let all = self.clients(&[slug.to_owned()], &more).await;
        all.into_iter().next().unwrap()
    }

    /// Several that differ in their names.
    pub(super) async fn clients(&self, slugs: &[String], more: &Value) -> Vec<Client> {
        let ctx = Context::system(testing::NOW);
        let mut writing = Writing::begin(&self.engine, &ctx).await.unwrap();
        let mut all = Vec::new();
        for slug in slugs {
            all.push(add_client(&mut writing, slug, more).await);
        }
        writing.commit().await.unwrap();
        all
    }

    /// A token of Mia's with this key and intent.
    pub(super) async fn mias_token(&self, key: &str, intent: &str) {
        self.token_of(MIA, key, intent).await;
    }

    /// A token of somebody's.
    pub(super) async fn token_of(&self, user_id: i64, key: &str, intent: &str) {
        let row = token::TokenRow {
            id: uuid::Uuid::new_v4().to_string(),
            identifier: format!("{intent}-{key}"),
            intent: intent.to_owned(),
            user_id,
            description: String::new(),
            description_key: String::new(),
            key_hash: session::hash_text(key),
            key_sealed: String::new(),
            expiring: false,
            expires_at: None,
            managed: None,
            created_at: now(),
            updated_at: now(),
        };
        let mut tx = self.engine.store.begin().await.unwrap();
        token::insert(&mut tx, &row).await.unwrap();
        self.engine.commit(tx).await.unwrap();
    }

    /// Somebody is in a new group; answers its key.
    pub(super) async fn put_into(&self, user: i64, group: &str) -> String {
        self.join(user, json!({ "name": group })).await
    }

    /// Somebody administrates.
    pub(super) async fn promote(&self, user: i64) {
        let group = json!({ "name": "admins", "is_superuser": true });
        self.join(user, group).await;
    }

    async fn join(&self, user: i64, group: Value) -> String {
        let ctx = Context::system(testing::NOW);
        let mut writing = Writing::begin(&self.engine, &ctx).await.unwrap();
        let kind = |model| resource::kind(model).unwrap();
        let groups = kind("authentik_core.group");
        let group = writing.insert(groups, &group, None).await.unwrap();
        let (users, key) = (kind("authentik_core.user"), user.to_string());
        let body = json!({ "groups": [group] });
        writing.amend(users, &key, &body).await.unwrap();
        writing.commit().await.unwrap();
        group
    }

    /// Nobody but this account may open the application of a client any more.
    pub(super) async fn open_only_to(&self, slug: &str, user: i64) {
        let ctx = Context::system(testing::NOW);
        let snapshot = self.engine.snapshot();
        let target = &snapshot.oauth.of_application(slug).unwrap().application.pk;
        let binding = json!({ "target": target, "user": user, "order": 0 });
        let kind = resource::kind("authentik_policies.policybinding").unwrap();
        let mut writing = Writing::begin(&self.engine, &ctx).await.unwrap();
        writing.insert(kind, &binding, None).await.unwrap();
        writing.commit().await.unwrap();
    }

    /// An operator changes these settings of a client.
    pub(super) async fn amend_provider(&self, client: &Client, more: &Value) {
        let ctx = Context::system(now());
        let kind = resource::kind("authentik_providers_oauth2.oauth2provider").unwrap();
        let mut writing = Writing::begin(&self.engine, &ctx).await.unwrap();
        let key = client.provider.to_string();
        writing.amend(kind, &key, more).await.unwrap();
        writing.commit().await.unwrap();
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

    /// An application uses this provider from now on, or none.
    pub(super) async fn use_provider(&self, slug: &str, provider: Option<i64>) {
        let ctx = Context::system(testing::NOW);
        let mut writing = Writing::begin(&self.engine, &ctx).await.unwrap();
        let application = pk(&writing.world, "authentik_core.application", slug);
        let kind = resource::kind("authentik_core.application").unwrap();
        let body = json!({ "provider": provider });
        writing.amend(kind, &application, &body).await.unwrap();
        writing.commit().await.unwrap();
    }

    /// Mia may change everything.
    pub(super) async fn make_mia_an_admin(&self) {
        let ctx = Context::system(testing::NOW);
        let group = json!({ "name": "admins of the test", "is_superuser": true, "users": [MIA] });
        let kind = resource::kind("authentik_core.group").unwrap();
        let mut writing = Writing::begin(&self.engine, &ctx).await.unwrap();
        writing.insert(kind, &group, None).await.unwrap();
        writing.commit().await.unwrap();
    }

    /// Nobody is an administrator any more but those who were before.
    pub(super) async fn demote_mia(&self) {
        let ctx = Context::system(testing::NOW);
        let mut writing = Writing::begin(&self.engine, &ctx).await.unwrap();
        let group = group::find_by_name(&mut writing.tx, "admins of the test").await;
        let group = group.unwrap().unwrap().id;
        let kind = resource::kind("authentik_core.group").unwrap();
        let none = json!({ "users": [] });
        writing.amend(kind, &group, &none).await.unwrap();
        writing.commit().await.unwrap();
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

    /// Mia's account is shut.
    pub(super) async fn shut_mia(&self) {
        self.shut(MIA).await;
    }

    /// An account is shut.
    pub(super) async fn shut(&self, id: i64) {
        let mut tx = self.engine.store.begin().await.unwrap();
        let mut row = user::find(&mut tx, id).await.unwrap().unwrap();
        row.is_active = false;
        assert!(user::save(&mut tx, &row).await.unwrap());
        change::record(&mut tx, Topic::User, id, now())
            .await
            .unwrap();
        self.engine.commit(tx).await.unwrap();
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

async fn add_client(writing: &mut Writing<'_>, slug: &str, more: &Value) -> Client {
    let mut body = json!({
        "name": slug, "client_id": format!("id-of-{slug}"), "client_secret": format!("secret-of-{slug}"),
        "authorization_flow": pk(&writing.world, "authentik_flows.flow", "default-provider-authorization-implicit-consent"),
        "invalidation_flow": pk(&writing.world, "authentik_flows.flow", "default-provider-invalidation-flow"),
        "property_mappings": scopes(&writing.world),
        "redirect_uris": [{ "matching_mode": "strict", "url": CALLBACK }],
    });
    let more = more.as_object().cloned().unwrap_or_default();
    body.as_object_mut().unwrap().extend(more);
    let kind = resource::kind("authentik_providers_oauth2.oauth2provider").unwrap();
    let provider = writing.insert(kind, &body, None).await.unwrap();
    let provider: i64 = provider.parse().unwrap();
    let application = json!({ "name": slug, "slug": slug, "provider": provider });
    let kind = resource::kind("authentik_core.application").unwrap();
    writing.insert(kind, &application, None).await.unwrap();
    Client {
        id: body["client_id"].as_str().unwrap().to_owned(),
        secret: body["client_secret"].as_str().unwrap().to_owned(),
        provider,
    }
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

fn scopes(world: &World) -> Vec<String> {
    let objects = world.objects("authentik_providers_oauth2.scopemapping");
    let of_oauth = objects.iter().filter(|one| {
        let managed = one.config["managed"].as_str();
        managed.is_some_and(|managed| managed.starts_with("goauthentik.io/providers/oauth2/"))
    });
    of_oauth.map(|one| one.id.clone()).collect()
}
