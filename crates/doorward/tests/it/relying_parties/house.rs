//! Owns Doorward as apps meet it, an app's registration and an app's process. Leaves what the two say to
//! each other to the tests.

use std::process::Command;

use serde_json::{Value, json};

use crate::kit::browser::Browser;
use crate::kit::http::{Answer, Request};
use crate::kit::ports::free_port;
use crate::kit::process::{Process, bare, work_tree};
use crate::kit::proxies::Proxy;
use crate::kit::tls::authority;
use crate::kit::{Engine, Kit, PASSWORD};

/// Ends the session in Doorward, too, when an app signs somebody out.
const ENDS_EVERYTHING: &str = "default-invalidation-flow";
const IMPLICIT: &str = "default-provider-authorization-implicit-consent";

/// Doorward behind Traefik, with Mia, who may open everything.
pub(super) struct House {
    /// The server.
    pub(super) kit: Kit,
}

/// An app that is registered.
pub(super) struct Registered {
    /// Its provider's number.
    pub(super) provider: i64,
    /// Its application's uuid.
    pub(super) application: String,
    /// Its client id.
    pub(super) id: String,
    /// Its client secret.
    pub(super) secret: String,
    /// Its issuer.
    pub(super) issuer: String,
}

/// A running app.
pub(super) struct App {
    process: Process,
    home: String,
}

impl House {
    /// On a new store. It trusts the tests' authority, for the apps that it calls.
    pub(super) fn new(engine: Engine) -> Self {
        let ca = authority().ca();
        let ca = ca.to_str().expect("a path");
        let mut kit = Kit::at_localhost(engine, &[("SSL_CERT_FILE", ca)]);
        kit.behind_with(Proxy::Traefik, &[], &["localhost"]);
        kit.person("mia", "Mia Muster");
        Self { kit }
    }

    /// An address of Doorward.
    pub(super) fn url(&self, path: &str) -> String {
        self.kit.url("localhost", path)
    }

    /// Registers an app at `home`, whose callback is `/callback` and which sends people to `/bye`.
    pub(super) fn register(&self, slug: &str, home: &str, more: &Value) -> Registered {
        let strict = |path: &str, kind: &str| json!({ "matching_mode": "strict", "url": format!("{home}{path}"), "redirect_uri_type": kind });
        let mut provider = json!({
            "name": slug,
            "authorization_flow": self.kit.flow(IMPLICIT),
            "invalidation_flow": self.kit.flow(ENDS_EVERYTHING),
            "property_mappings": self.scopes(),
            "redirect_uris": [strict("/callback", "authorization"), strict("/bye", "logout")],
        });
        let fields = provider.as_object_mut().expect("an object");
        fields.extend(more.as_object().expect("an object").clone());
        let provider = self.kit.create("/providers/oauth2/", &provider);
        let application = json!({ "name": slug, "slug": slug, "provider": provider["pk"] });
        let application = self.kit.create("/core/applications/", &application);
        let text = |value: &Value| value.as_str().expect("a text").to_owned();
        Registered {
            provider: provider["pk"].as_i64().expect("a number"),
            application: text(&application["pk"]),
            id: text(&provider["client_id"]),
            secret: text(&provider["client_secret"]),
            issuer: self.url(&format!("/application/o/{slug}/")),
        }
    }

    /// The scopes that are there from the beginning.
    fn scopes(&self) -> Vec<Value> {
        let scopes = self
            .kit
            .get("/propertymappings/provider/scope/?managed__isnull=false");
        let scopes = scopes["results"].as_array().expect("a list").iter();
        scopes.map(|scope| scope["pk"].clone()).collect()
    }

    /// An access token of an app's own.
    pub(super) fn own_token(&self, app: &Registered, scope: &str) -> String {
        let form = url::form_urlencoded::Serializer::new(String::new())
            .append_pair("grant_type", "client_credentials")
            .append_pair("client_id", &app.id)
            .append_pair("client_secret", &app.secret)
            .append_pair("scope", scope)
            .finish();
        let address = self.url("/application/o/token/");
        let request =
            Request::new("POST", &address).body("application/x-www-form-urlencoded", form);
        let tokens = request.answer().expect(200).json();
        tokens["access_token"].as_str().expect("a token").to_owned()
    }

    /// Opens an address of an app and does on Doorward's pages what somebody has to do; the page where
    /// that ends.
    #[track_caller]
    pub(super) fn through(&self, browser: &mut Browser, url: &str, who: &str) -> Answer {
        let page = browser.open(url);
        self.goes_through(browser, page, who)
    }

    /// The same from the page that somebody is on.
    #[track_caller]
    pub(super) fn goes_through(
        &self,
        browser: &mut Browser,
        mut page: Answer,
        who: &str,
    ) -> Answer {
        if page.text().contains("uid_field") {
            page = self.kit.sign_in(browser, &page, who, PASSWORD);
        }
        if page.text().contains("ak-stage-consent") {
            page = browser.submit(&page, &[]);
        }
        page
    }

    /// Mia opens the address that a device shows and lets it in.
    pub(super) fn lets_in(&self, mia: &mut Browser, complete: &str, code: &str) {
        let page = self.through(mia, complete, "mia").expect(200);
        let question = mia.submit(&page, &[("code", code)]).expect(200);
        mia.submit(&question, &[("answer", "allow")]).expect(200);
    }

    /// Ends somebody's sessions as an administrator does.
    pub(super) fn end_sessions(&self, who: &str) {
        let list = self.kit.get(&format!(
            "/core/authenticated_sessions/?user__username={who}"
        ));
        let sessions = list["results"].as_array().expect("a list");
        assert!(!sessions.is_empty(), "{who} has a session");
        for session in sessions {
            let id = session["uuid"].as_str().expect("a uuid");
            self.kit
                .call(
                    "DELETE",
                    &format!("/core/authenticated_sessions/{id}/"),
                    None,
                )
                .expect(204);
        }
    }

    /// Only Mia may open the app from now on; Eve is here, too.
    pub(super) fn only_for_mia(&self, app: &Registered) {
        let mia = self.kit.get("/core/users/?username=mia")["results"][0]["pk"].clone();
        let binding = json!({ "target": app.application, "user": mia, "order": 0 });
        self.kit.create("/policies/bindings/", &binding);
        self.kit.person("eve", "Eve Example");
    }
}

/// Where an app is going to be.
pub(super) fn home() -> String {
    format!("http://127.0.0.1:{}", free_port())
}

/// An app of `tests/relying-parties` that is run by Node.js, which trusts the tests' authority.
pub(super) fn node(script: &str) -> Command {
    let mut command = bare("node");
    command
        .arg(script)
        .current_dir(work_tree().join("tests/relying-parties"))
        .env("NODE_EXTRA_CA_CERTS", authority().ca());
    command
}

/// The same for Python.
pub(super) fn python(script: &str) -> Command {
    let mut command = bare(work_tree().join(".run/venv/bin/python"));
    command
        .arg(script)
        .current_dir(work_tree().join("tests/relying-parties"))
        .env("REQUESTS_CA_BUNDLE", authority().ca());
    command
}

impl App {
    /// Starts it where it was registered and waits until it serves.
    pub(super) fn start(
        house: &House,
        at: &str,
        registered: &Registered,
        mut command: Command,
    ) -> Self {
        let (_, port) = at.rsplit_once(':').expect("a port");
        command
            .env("ISSUER", &registered.issuer)
            .env("CLIENT_ID", &registered.id)
            .env("CLIENT_SECRET", &registered.secret)
            .env("PORT", port);
        let log = house.kit.server.settings().path(&format!("app-{port}.log"));
        let mut process = Process::start("the app", &mut command, &log);
        let up = Request::get(&format!("{at}/up"));
        process.wait_until(|| up.send().is_ok());
        let home = at.to_owned();
        Self { process, home }
    }

    /// An address of it.
    pub(super) fn url(&self, path: &str) -> String {
        format!("{}{path}", self.home)
    }

    /// What it says to somebody's browser.
    #[track_caller]
    pub(super) fn says(&self, browser: &mut Browser, path: &str) -> Value {
        let answer = browser.open(&self.url(path));
        assert_eq!(
            answer.status,
            200,
            "{path}: {}\n{}",
            answer.text(),
            self.process.log()
        );
        answer.json()
    }

    /// What it says when it cannot do what somebody wants of it.
    #[track_caller]
    pub(super) fn refuses(&self, browser: &mut Browser, path: &str) -> Value {
        browser.open(&self.url(path)).expect(502).json()
    }
}
