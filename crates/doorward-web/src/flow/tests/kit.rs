//! A server in memory, browsers with cookies, people with cheap hashes.

use std::collections::BTreeMap;
use std::num::NonZeroU32;

use aws_lc_rs::pbkdf2;
use axum::Router;
use axum::body::Body;
use doorward_engine::testing::{NOW, add_user, engine};
use doorward_engine::{Engine, blueprint, snapshot};
use doorward_protocol::encoding::base64;
use doorward_protocol::trust::TrustedProxies;
use doorward_store::testing::TestStore;
use doorward_store::{Topic, change, setting, user};
use http::header::{CONTENT_TYPE, COOKIE, HOST, LOCATION, SET_COOKIE};
use http::{HeaderMap, Request, StatusCode};
use http_body_util::BodyExt;
use serde_json::Value;
use tower::ServiceExt;

use crate::pages::Pages;
use crate::{AppState, Parts};

pub(super) const PAGE: &str = "/if/flow/default-authentication-flow/";
pub(super) const EXECUTOR: &str =
    "/api/v3/flows/executor/default-authentication-flow/?query=next%3D%252Fif%252Fuser%252F";

/// Flows that the defaults do not have.
pub(super) const MORE_FLOWS: &str = r"
version: 1
metadata: { name: tests }
entries:
  - model: authentik_stages_identification.identificationstage
    id: name
    identifiers: { name: name-alone }
    attrs: { user_fields: [email, username] }
  - model: authentik_stages_password.passwordstage
    id: password
    identifiers: { name: password-alone }
    attrs: { backends: [authentik.core.auth.InbuiltBackend], failed_attempts_before_cancel: 3 }
  - model: authentik_stages_user_login.userloginstage
    id: login
    identifiers: { name: login-with-choice }
    attrs: { remember_me_offset: days=30 }
  - model: authentik_flows.flow
    id: flow
    identifiers: { slug: two-pages }
    attrs: { name: Two pages, title: Sign in, designation: authentication }
  - model: authentik_flows.flowstagebinding
    identifiers: { target: !KeyOf flow, stage: !KeyOf name, order: 10 }
  - model: authentik_flows.flowstagebinding
    identifiers: { target: !KeyOf flow, stage: !KeyOf password, order: 20 }
  - model: authentik_flows.flowstagebinding
    identifiers: { target: !KeyOf flow, stage: !KeyOf login, order: 30 }
  - model: authentik_flows.flow
    id: unproven
    identifiers: { slug: no-proof }
    attrs: { name: No proof, title: Sign in, designation: authentication }
  - model: authentik_flows.flowstagebinding
    identifiers: { target: !KeyOf unproven, stage: !KeyOf name, order: 10 }
  - model: authentik_flows.flowstagebinding
    identifiers: { target: !KeyOf unproven, stage: !KeyOf login, order: 20 }
";

pub(super) struct Kit {
    pub engine: Engine,
    pub router: Router,
    _store: TestStore,
}

impl Kit {
    pub(super) async fn new() -> Self {
        Self::on(doorward_store::testing::sqlite().await).await
    }

    pub(super) async fn on_every_store() -> Vec<Self> {
        let mut kits = Vec::new();
        for store in doorward_store::testing::every_engine().await {
            kits.push(Self::on(store).await);
        }
        kits
    }

    async fn on(store: TestStore) -> Self {
        let engine = engine(&store.store).await;
        let mut tx = engine.store.begin().await.unwrap();
        setting::insert_once(&mut tx, snapshot::names::SETUP_DONE, "true", NOW)
            .await
            .unwrap();
        change::record(&mut tx, Topic::Configuration, "tests", NOW)
            .await
            .unwrap();
        engine.commit(tx).await.unwrap();
        blueprint::apply_defaults(&engine, NOW).await.unwrap();
        blueprint::apply_text(&engine, NOW, MORE_FLOWS)
            .await
            .unwrap();
        let state = AppState::new(Parts {
            engine: engine.clone(),
            pages: Pages::new(None),
            trusted_proxies: TrustedProxies::parse(["127.0.0.0/8"]).unwrap(),
            clock: || NOW,
        });
        Self {
            engine,
            router: crate::router(state),
            _store: store,
        }
    }

    /// Somebody whose password is `pw-<name>`, hashed cheaply as an import may have it.
    pub(super) async fn person(&self, id: i64, name: &str) {
        add_user(&self.engine, id, name).await;
        self.set_password(id, &encoded(&format!("pw-{name}"))).await;
    }

    /// Lets somebody do everything.
    pub(super) async fn make_administrator(&self, id: i64) {
        let group = format!(
            "version: 1\nmetadata: {{ name: admins }}\nentries:\n  - model: authentik_core.group\n    \
             identifiers: {{ name: admins of the test }}\n    attrs: {{ is_superuser: true, users: [{id}] }}\n"
        );
        blueprint::apply_text(&self.engine, NOW, &group)
            .await
            .unwrap();
    }

    pub(super) async fn set_password(&self, id: i64, encoded: &str) {
        let mut tx = self.engine.store.begin().await.unwrap();
        assert!(user::set_password(&mut tx, id, encoded, NOW).await.unwrap());
        change::record(&mut tx, Topic::User, id, NOW).await.unwrap();
        self.engine.commit(tx).await.unwrap();
    }

    pub(super) async fn disable(&self, id: i64) {
        let mut tx = self.engine.store.begin().await.unwrap();
        let mut row = user::find(&mut tx, id).await.unwrap().unwrap();
        row.is_active = false;
        assert!(user::save(&mut tx, &row).await.unwrap());
        change::record(&mut tx, Topic::User, id, NOW).await.unwrap();
        self.engine.commit(tx).await.unwrap();
    }
}

/// Django's form with a single round.
pub(super) fn encoded(password: &str) -> String {
    let mut hash = [0; 32];
    let rounds = NonZeroU32::new(1).unwrap();
    pbkdf2::derive(
        pbkdf2::PBKDF2_HMAC_SHA256,
        rounds,
        b"salt",
        password.as_bytes(),
        &mut hash,
    );
    format!("pbkdf2_sha256$1$salt${}", base64(hash))
}

#[derive(Clone, Default)]
pub(super) struct Browser {
    pub cookies: BTreeMap<String, String>,
    pub headers: Vec<(&'static str, String)>,
}

#[derive(Debug)]
pub(super) struct Reply {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub text: String,
}

impl Reply {
    pub(super) fn location(&self) -> &str {
        self.headers
            .get(LOCATION)
            .map_or("", |to| to.to_str().unwrap())
    }

    #[track_caller]
    pub(super) fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|_| panic!("{self:?}"))
    }

    /// The value of an attribute that follows `before` on the page, unescaped as far as needed.
    #[track_caller]
    pub(super) fn after(&self, before: &str) -> String {
        let at = self
            .text
            .find(before)
            .unwrap_or_else(|| panic!("no {before} in {self:?}"));
        let rest = &self.text[at + before.len()..];
        rest[..rest.find('"').unwrap()]
            .replace("&amp;", "&")
            .replace("&#x2f;", "/")
    }

    #[track_caller]
    pub(super) fn expect(self, status: u16) -> Self {
        assert_eq!(self.status.as_u16(), status, "{self:?}");
        self
    }
}

/// The parts of a form that a browser sends by itself.
pub(super) struct Form {
    pub action: String,
    pub csrf: String,
    pub component: String,
}

impl Form {
    #[track_caller]
    pub(super) fn of(page: &Reply) -> Self {
        Self {
            action: page.after("method=\"post\" action=\""),
            csrf: page.after("name=\"csrf\" value=\""),
            component: if page.text.contains("name=\"component\"") {
                page.after("name=\"component\" value=\"")
            } else {
                String::new()
            },
        }
    }

    pub(super) fn body(&self, fields: &[(&str, &str)]) -> String {
        let mut body = url::form_urlencoded::Serializer::new(String::new());
        body.append_pair("csrf", &self.csrf);
        if !self.component.is_empty() {
            body.append_pair("component", &self.component);
        }
        body.extend_pairs(fields);
        body.finish()
    }
}

impl Browser {
    pub(super) fn from(address: &str) -> Self {
        Self {
            headers: vec![("x-forwarded-for", address.to_owned())],
            ..Self::default()
        }
    }

    pub(super) async fn send(
        &mut self,
        kit: &Kit,
        request: http::request::Builder,
        body: String,
    ) -> Reply {
        let mut request = request.header(HOST, "auth.example.org");
        let cookies: Vec<String> = self
            .cookies
            .iter()
            .map(|(n, v)| format!("{n}={v}"))
            .collect();
        if !cookies.is_empty() {
            request = request.header(COOKIE, cookies.join("; "));
        }
        for (name, value) in &self.headers {
            request = request.header(*name, value);
        }
        let peer = crate::Peer("127.0.0.1:1".parse().unwrap());
        let request = request.extension(peer).body(Body::from(body)).unwrap();
        let response = kit.router.clone().oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        let text = String::from_utf8(body.collect().await.unwrap().to_bytes().to_vec()).unwrap();
        self.keep(&parts.headers);
        Reply {
            status: parts.status,
            headers: parts.headers,
            text,
        }
    }

    fn keep(&mut self, headers: &HeaderMap) {
        for line in headers.get_all(SET_COOKIE) {
            let line = line.to_str().unwrap();
            let (name, rest) = line.split_once('=').unwrap();
            let value = rest.split(';').next().unwrap();
            if line.contains("Max-Age=0") {
                self.cookies.remove(name);
            } else {
                self.cookies.insert(name.to_owned(), value.to_owned());
            }
        }
    }

    pub(super) async fn get(&mut self, kit: &Kit, uri: &str) -> Reply {
        self.send(kit, Request::get(uri), String::new()).await
    }

    pub(super) async fn post_form(&mut self, kit: &Kit, uri: &str, body: String) -> Reply {
        let request = Request::post(uri).header(CONTENT_TYPE, "application/x-www-form-urlencoded");
        self.send(kit, request, body).await
    }

    /// Presses the button of the form on `page`.
    pub(super) async fn submit(
        &mut self,
        kit: &Kit,
        page: &Reply,
        fields: &[(&str, &str)],
    ) -> Reply {
        let form = Form::of(page);
        self.post_form(kit, &form.action, form.body(fields)).await
    }

    pub(super) async fn post_json(&mut self, kit: &Kit, uri: &str, body: &Value) -> Reply {
        let request = Request::post(uri).header(CONTENT_TYPE, "application/json");
        self.send(kit, request, body.to_string()).await
    }

    /// Opens the page and signs in with name and password on one card.
    pub(super) async fn sign_in(&mut self, kit: &Kit, name: &str, password: &str) -> Reply {
        let page = self.get(kit, PAGE).await.expect(200);
        self.submit(kit, &page, &[("uid_field", name), ("password", password)])
            .await
    }

    /// Who the library greets; empty for nobody.
    pub(super) async fn who(&mut self, kit: &Kit) -> String {
        let page = self.get(kit, "/if/user/").await;
        if page.status == StatusCode::SEE_OTHER {
            return String::new();
        }
        let page = page.expect(200);
        let names = ["mia", "dan", "eve", "josé"]
            .iter()
            .find(|name| page.text.contains(**name));
        names.map_or_else(|| page.text.clone(), |name| (*name).to_owned())
    }
}
