//! The end-to-end kit: the real program on a real store behind real proxies, and what it takes to use
//! it as a person, an API client and an operator would. Owns nothing that decides: the tests do.
//! What must stay true: everything a test starts ends with the test, and only listens on loopback.

pub(crate) mod browser;
pub(crate) mod echo;
pub(crate) mod html;
pub(crate) mod http;
pub(crate) mod issued;
pub(crate) mod pasted;
pub(crate) mod ports;
pub(crate) mod post_office;
pub(crate) mod process;
pub(crate) mod proxies;
pub(crate) mod secrets;
pub(crate) mod server;
pub(crate) mod tls;

use serde_json::{Value, json};
use tempfile::TempDir;

use browser::Browser;
use echo::Echo;
use http::{Answer, Request};
use process::Process;
use proxies::{BALANCER, Proxy, Site};
use secrets::Secrets;
use server::{Server, Settings};

pub(crate) use server::Engine;

/// Password of `akadmin` in every kit; searched for in every log.
pub(crate) const ADMIN_PASSWORD: &str = "correct-horse-battery-staple";
/// Password of the people that [`Kit::person`] makes.
pub(crate) const PASSWORD: &str = "blue-kettle-on-the-window-sill";

/// Where people sign in, unless a kit says otherwise.
const LOGIN_HOST: &str = "auth.localhost";

/// Default flows as the API names them.
const AUTHORIZATION: &str = "default-provider-authorization-implicit-consent";
const INVALIDATION: &str = "default-provider-invalidation-flow";

/// A running Doorward with an app behind it.
#[derive(Debug)]
pub(crate) struct Kit {
    proxies: Vec<Process>,
    /// The server under test.
    pub(crate) server: Server,
    second: Option<Second>,
    /// The protected app.
    pub(crate) echo: Echo,
    /// TLS port of the proxy; part of every public address.
    pub(crate) port: u16,
    secrets: Secrets,
    token: String,
    dir: TempDir,
}

/// A second server on the same store.
#[derive(Debug)]
struct Second {
    server: Server,
    /// Where the two answer in turn.
    turns: u16,
}

/// An application as the API made it.
#[derive(Clone, Debug)]
pub(crate) struct Application {
    /// `pk`.
    pub(crate) id: String,
    /// Its slug.
    pub(crate) slug: String,
    /// The first page of the app.
    pub(crate) url: String,
}

impl Kit {
    /// A server with an administrator and a token, set-up skipped.
    pub(crate) fn new(engine: Engine) -> Self {
        Self::with(engine, &[])
    }

    /// The same with more environment variables.
    pub(crate) fn with(engine: Engine, environment: &[(&str, &str)]) -> Self {
        let kit = Self::bootstrapped(engine, LOGIN_HOST, environment);
        kit.server.wait_ready();
        kit
    }

    /// The same at `https://localhost`, which programs other than browsers find without a name server.
    pub(crate) fn at_localhost(engine: Engine, environment: &[(&str, &str)]) -> Self {
        let kit = Self::bootstrapped(engine, "localhost", environment);
        kit.server.wait_ready();
        kit
    }

    /// The same without waiting: it may still be migrating its store.
    pub(crate) fn starting(engine: Engine) -> Self {
        Self::bootstrapped(engine, LOGIN_HOST, &[])
    }

    fn bootstrapped(engine: Engine, host: &str, environment: &[(&str, &str)]) -> Self {
        let token = random_token();
        let mut all = vec![
            ("AUTHENTIK_BOOTSTRAP_PASSWORD", ADMIN_PASSWORD),
            ("AUTHENTIK_BOOTSTRAP_TOKEN", &token),
            ("AUTHENTIK_BOOTSTRAP_EMAIL", "admin@example.org"),
        ];
        all.extend_from_slice(environment);
        Self::start(engine, host, &all, &token)
    }

    /// A server as a newcomer meets it: no administrator, no public address.
    pub(crate) fn fresh(engine: Engine) -> Self {
        Self::fresh_with(engine, &[])
    }

    /// The same with more environment variables.
    pub(crate) fn fresh_with(engine: Engine, environment: &[(&str, &str)]) -> Self {
        let mut all = vec![("DOORWARD_BASE_URL", "")];
        all.extend_from_slice(environment);
        let kit = Self::start(engine, LOGIN_HOST, &all, "");
        kit.server.wait_ready();
        kit
    }

    fn start(engine: Engine, host: &str, environment: &[(&str, &str)], token: &str) -> Self {
        let dir = tempfile::Builder::new()
            .prefix("doorward-it-")
            .tempdir()
            .expect("a directory");
        let secrets = issued::of_this_test();
        for secret in [token, ADMIN_PASSWORD, PASSWORD] {
            secrets.add("password or token of the kit", secret);
        }
        let port = ports::free_port();
        let settings = Settings::new(engine, dir.path(), secrets.clone())
            .set("DOORWARD_BASE_URL", &format!("https://{host}:{port}"))
            .set_all(environment);
        let server = Server::start(&settings);
        let echo = Echo::start();
        Self {
            proxies: Vec::new(),
            server,
            second: None,
            echo,
            port,
            secrets,
            token: token.to_owned(),
            dir,
        }
    }

    /// One more server with the same settings on the same store.
    pub(crate) fn another_server(&self) -> Server {
        let server = Server::start(self.server.settings());
        server.wait_ready();
        server
    }

    /// One more server; every proxy that is put in front from now on gives each request to the other of
    /// the two, so that whatever is begun on one goes on at the other.
    pub(crate) fn doubled(&mut self) -> &mut Self {
        let (server, turns) = (self.another_server(), ports::free_port());
        let both = [self.server.port(), server.port()];
        self.proxies
            .push(proxies::take_turns(turns, both, self.dir.path()));
        self.second = Some(Second { server, turns });
        self
    }

    /// Both servers were given their half of the requests.
    #[track_caller]
    pub(crate) fn assert_in_turn(&self) {
        let second = self.second.as_ref().expect("two servers");
        let balancer = self.proxies.iter().find(|one| one.name() == BALANCER);
        let log = balancer.expect("a balancer").log();
        let [one, other] = [&self.server, &second.server].map(|server| {
            let given = format!("\"ServiceURL\":\"{}\"", server.url(""));
            log.matches(&given).count()
        });
        assert!(one > 20 && one.abs_diff(other) < 5, "{one} and {other}");
    }

    /// Stops the server and starts it again on the same store and port.
    pub(crate) fn restart(&mut self) {
        assert!(self.server.stop(), "SIGTERM ends it with status 0");
        self.server = Server::start_on(self.server.settings(), self.server.port());
        self.server.wait_ready();
    }

    /// The same with another variable of its environment.
    pub(crate) fn restart_with(&mut self, name: &str, value: &str) {
        assert!(self.server.stop(), "SIGTERM ends it with status 0");
        let settings = self.server.settings().clone().set(name, value);
        self.server = Server::start_on(&settings, self.server.port());
        self.server.wait_ready();
    }

    /// Puts a proxy in front that guards these hosts.
    pub(crate) fn behind(&mut self, proxy: Proxy, hosts: &[&str]) -> &mut Self {
        self.behind_with(proxy, hosts, &[])
    }

    /// The same, and other hosts whose requests all go to Doorward.
    pub(crate) fn behind_with(
        &mut self,
        proxy: Proxy,
        hosts: &[&str],
        carried: &[&str],
    ) -> &mut Self {
        let owned = |hosts: &[&str]| hosts.iter().map(|&host| host.to_owned()).collect();
        let site = Site {
            port: self.port,
            doorward: self
                .second
                .as_ref()
                .map_or(self.server.port(), |second| second.turns),
            app: self.echo.port(),
            login_host: LOGIN_HOST.into(),
            hosts: owned(hosts),
            carried: owned(carried),
        };
        self.proxies.push(proxy.start(&site, self.dir.path()));
        self
    }

    /// Puts the proxy in front into which somebody has pasted what a page of ours says.
    pub(crate) fn behind_pasted(&mut self, proxy: &str, host: &str, pieces: &[pasted::Piece]) {
        let site = Site {
            port: self.port,
            doorward: self.server.port(),
            app: self.echo.port(),
            login_host: LOGIN_HOST.into(),
            hosts: vec![host.to_owned()],
            carried: Vec::new(),
        };
        let started = pasted::start(proxy, pieces, &site, self.dir.path());
        self.proxies.push(started);
    }

    /// An address on the proxy: `url("app.localhost", "/page")`.
    pub(crate) fn url(&self, host: &str, path: &str) -> String {
        format!("https://{host}:{}{path}", self.port)
    }

    /// An address of the server itself, without a proxy.
    pub(crate) fn direct(&self, path: &str) -> String {
        self.server.url(path)
    }

    /// A new browser; its cookies are searched for in the log.
    pub(crate) fn browser(&self) -> Browser {
        Browser::new(self.secrets.clone())
    }

    /// The list of what must not stand in a log.
    pub(crate) fn secrets(&self) -> &Secrets {
        &self.secrets
    }

    /// The administrator's API token.
    pub(crate) fn token(&self) -> &str {
        &self.token
    }

    /// A call of the API as the administrator; the answer whatever it is.
    pub(crate) fn call(&self, method: &str, path: &str, body: Option<&Value>) -> Answer {
        let request = Request::new(method, &self.direct(&format!("/api/v3{path}")))
            .header("Authorization", &format!("Bearer {}", self.token));
        body.map_or(request.clone(), |body| request.json(body))
            .answer()
    }

    /// GET, 200.
    #[track_caller]
    pub(crate) fn get(&self, path: &str) -> Value {
        self.call("GET", path, None).expect(200).json()
    }

    /// POST, 201.
    #[track_caller]
    pub(crate) fn create(&self, path: &str, body: &Value) -> Value {
        self.call("POST", path, Some(body)).expect(201).json()
    }

    /// PATCH, 200.
    #[track_caller]
    pub(crate) fn patch(&self, path: &str, body: &Value) -> Value {
        self.call("PATCH", path, Some(body)).expect(200).json()
    }

    /// A person with [`PASSWORD`] and no rights; the user's number.
    #[track_caller]
    pub(crate) fn person(&self, username: &str, name: &str) -> i64 {
        let email = format!("{username}@example.org");
        let body = json!({ "username": username, "name": name, "email": email, "is_active": true });
        let id = self.create("/core/users/", &body)["pk"]
            .as_i64()
            .expect("a number");
        let path = format!("/core/users/{id}/set_password/");
        self.call("POST", &path, Some(&json!({ "password": PASSWORD })))
            .expect(204);
        id
    }

    /// A group with these members; its id.
    #[track_caller]
    pub(crate) fn group(&self, name: &str, members: &[i64]) -> String {
        let made = self.create("/core/groups/", &json!({ "name": name, "users": members }));
        made["pk"].as_str().expect("a uuid").to_owned()
    }

    /// An application with a forward-auth provider, attached to the embedded outpost.
    #[track_caller]
    pub(crate) fn application(&self, slug: &str, host: &str, extra: &Value) -> Application {
        let url = self.url(host, "/");
        let mut provider = json!({
            "name": format!("Provider for {slug}"),
            "authorization_flow": self.flow(AUTHORIZATION),
            "invalidation_flow": self.flow(INVALIDATION),
            "external_host": url.trim_end_matches('/'),
            "mode": "forward_single",
        });
        merge(&mut provider, extra);
        let provider = self.create("/providers/proxy/", &provider)["pk"]
            .as_i64()
            .expect("a number");
        let body = json!({ "name": format!("App {slug}"), "slug": slug, "provider": provider });
        let made = self.create("/core/applications/", &body);
        self.attach(provider);
        let id = made["pk"].as_str().expect("a uuid").to_owned();
        Application {
            id,
            slug: slug.to_owned(),
            url,
        }
    }

    /// The id of a flow by its slug.
    #[track_caller]
    pub(crate) fn flow(&self, slug: &str) -> Value {
        self.get(&format!("/flows/instances/{slug}/"))["pk"].clone()
    }

    #[track_caller]
    fn attach(&self, provider: i64) {
        let list =
            self.get("/outposts/instances/?managed__iexact=goauthentik.io/outposts/embedded");
        let outpost = &list["results"][0];
        let mut providers = outpost["providers"].as_array().expect("a list").clone();
        providers.push(provider.into());
        let path = format!(
            "/outposts/instances/{}/",
            outpost["pk"].as_str().expect("a uuid")
        );
        self.patch(&path, &json!({ "providers": providers }));
    }

    /// Signs in on the login page that `page` shows, and follows to the end.
    #[track_caller]
    pub(crate) fn sign_in(
        &self,
        browser: &mut Browser,
        page: &Answer,
        who: &str,
        with: &str,
    ) -> Answer {
        self.secrets.add("password", with);
        browser.submit(page, &[("uid_field", who), ("password", with)])
    }

    /// Opens a sign-out page and presses its button for `scope` (`app` or `all`).
    #[track_caller]
    pub(crate) fn sign_out(browser: &mut Browser, url: &str, scope: &str) -> Answer {
        let page = browser.open(url);
        let asked = html::forms(&page.text())
            .iter()
            .any(|form| form.takes(&("scope", scope)));
        let scope = if asked { scope } else { "all" };
        browser.submit(&page, &[("scope", scope)])
    }

    /// A browser that is signed in as a person of [`Kit::person`] and has opened the app.
    #[track_caller]
    pub(crate) fn visitor(&self, app: &str, who: &str) -> Browser {
        let mut browser = self.browser();
        let page = browser.open(app).expect(200);
        self.sign_in(&mut browser, &page, who, PASSWORD).expect(200);
        browser
    }
}

impl Drop for Kit {
    /// Every test is also a test that no proxy logged a secret of ours.
    fn drop(&mut self) {
        for proxy in &mut self.proxies {
            proxy.stop();
        }
        if std::thread::panicking() {
            return show_log(&self.server);
        }
        for proxy in &self.proxies {
            self.secrets.assert_none_in(proxy.name(), &proxy.log());
        }
    }
}

/// What the server wrote, for whoever reads a failed test.
fn show_log(server: &Server) {
    let log = server.log();
    let lines: Vec<&str> = log.lines().collect();
    let tail = &lines[lines.len().saturating_sub(40)..];
    eprintln!("--- the server's last lines ---\n{}", tail.join("\n"));
}

fn merge(into: &mut Value, extra: &Value) {
    for (key, value) in extra.as_object().into_iter().flatten() {
        into[key] = value.clone();
    }
}

/// Forty characters that no log has by chance.
pub(crate) fn random_token() -> String {
    format!(
        "{}{}",
        uuid::Uuid::new_v4().simple(),
        &uuid::Uuid::new_v4().simple().to_string()[..8]
    )
}
