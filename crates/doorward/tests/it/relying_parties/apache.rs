//! Apache with `mod_auth_openidc`, a certified relying party, before an app that knows nothing of OpenID
//! Connect: what the app gets in headers, and what the module says in its information hook.

use std::fs;
use std::os::unix::fs::{PermissionsExt as _, chown};
use std::os::unix::process::CommandExt as _;
use std::path::Path;

use serde_json::{Value, json};
use tempfile::TempDir;

use super::house::{House, Registered};
use crate::chromium;
use crate::kit::browser::Browser;
use crate::kit::echo::seen;
use crate::kit::html::visible;
use crate::kit::http::Request;
use crate::kit::ports::free_port;
use crate::kit::process::{Process, bare, until};
use crate::kit::tls::authority;
use crate::kit::{Engine, PASSWORD};

/// Whom Debian lets own nothing.
const NOBODY: u32 = 65_534;
const MODULES: [&str; 10] = [
    "mpm_event",
    "authn_core",
    "authz_core",
    "authz_user",
    "auth_openidc",
    "headers",
    "proxy",
    "proxy_http",
    "socache_shmcb",
    "ssl",
];

/// A running Apache with the app behind it.
struct Apache {
    process: Process,
    home: String,
    registered: Registered,
    _dir: TempDir,
}

impl Apache {
    /// Registered with `settings` and started with more lines of configuration.
    fn start(house: &House, logout: Logout, lines: &str) -> Self {
        let port = free_port();
        let home = format!("https://127.0.0.1:{port}");
        let registered = house.register("intranet", &home, &logout.at(&home));
        let dir = tempfile::Builder::new()
            .prefix("doorward-apache-")
            .tempdir()
            .expect("a directory");
        for (name, of) in [
            ("ca.crt", authority().ca()),
            ("server.crt", authority().certificate()),
            ("server.key", authority().key()),
        ] {
            fs::copy(of, dir.path().join(name)).expect("a file");
        }
        key(dir.path());
        let log = dir.path().join("error.log");
        fs::write(&log, "").expect("a file");
        fs::write(
            dir.path().join("apache.conf"),
            configuration(house, &registered, port, lines),
        )
        .expect("a file");
        let mut command = bare("/usr/sbin/apache2");
        command
            .args(["-D", "FOREGROUND", "-d"])
            .arg(dir.path())
            .args(["-f", "apache.conf"]);
        if rustix::process::geteuid().is_root() {
            give_away(dir.path());
            command.uid(NOBODY).gid(NOBODY);
        }
        let mut process = Process::start("Apache", &mut command, &log);
        let bye = Request::get(&format!("{home}/bye"));
        process.wait_until(|| bye.send().is_ok_and(|answer| answer.status == 200));
        Self {
            process,
            home,
            registered,
            _dir: dir,
        }
    }

    fn url(&self, path: &str) -> String {
        format!("{}{path}", self.home)
    }

    /// What the app got of a request of Mia's, who signs in if she has to.
    #[track_caller]
    fn shows(&self, house: &House, mia: &mut Browser, path: &str) -> Value {
        let page = house.through(mia, &self.url(path), "mia");
        assert_eq!(page.status, 200, "{}\n{}", page.text(), self.process.log());
        assert_eq!(page.url.as_str(), self.url(path));
        page.json()
    }

    /// What the module holds of Mia's session.
    #[track_caller]
    fn holds(&self, mia: &mut Browser) -> Value {
        mia.open(&self.url("/callback?info=json"))
            .expect(200)
            .json()
    }

    /// Whether the module lets this browser through without asking Doorward.
    fn knows(&self, browser: &mut Browser) -> bool {
        browser.step(&self.url("/")).status == 200
    }
}

/// How it hears of sign-outs.
#[derive(Clone, Copy)]
enum Logout {
    Backchannel,
    Frontchannel,
}

impl Logout {
    /// In the settings of the provider.
    fn at(self, home: &str) -> Value {
        let (query, method) = match self {
            Self::Backchannel => ("logout=backchannel", "backchannel"),
            Self::Frontchannel => ("logout=get", "frontchannel"),
        };
        json!({ "logout_uri": format!("{home}/callback?{query}"), "logout_method": method })
    }
}

/// The module's own key, for those who let it prove itself by one.
fn key(dir: &Path) {
    let made = bare("openssl")
        .args(["genrsa", "-out", "own.key", "2048"])
        .current_dir(dir)
        .output();
    assert!(made.expect("openssl").status.success());
    let made = bare("openssl")
        .args(["rsa", "-in", "own.key", "-pubout", "-out", "own.pub"])
        .current_dir(dir)
        .output();
    assert!(made.expect("openssl").status.success());
}

/// Apache runs as somebody who owns nothing else.
fn give_away(dir: &Path) {
    let files = fs::read_dir(dir)
        .expect("a directory")
        .map(|one| one.expect("a file").path());
    for path in files.chain([dir.to_owned()]) {
        chown(&path, Some(NOBODY), Some(NOBODY)).expect("root may");
    }
    fs::set_permissions(dir, fs::Permissions::from_mode(0o700)).expect("root may");
}

fn configuration(house: &House, registered: &Registered, port: u16, lines: &str) -> String {
    let modules = MODULES
        .map(|name| format!("LoadModule {name}_module /usr/lib/apache2/modules/mod_{name}.so\n"))
        .concat();
    let Registered {
        id, secret, issuer, ..
    } = registered;
    let app = house.kit.echo.port();
    format!(
        "{modules}\
         ServerName 127.0.0.1\nListen 127.0.0.1:{port}\nPidFile pid\nErrorLog error.log\nLogLevel warn\n\
         DefaultRuntimeDir .\nMutex file:.\nStartServers 1\n\
         SSLEngine on\nSSLCertificateFile server.crt\nSSLCertificateKeyFile server.key\n\
         OIDCProviderMetadataURL {issuer}.well-known/openid-configuration\n\
         OIDCClientID {id}\nOIDCClientSecret {secret}\n\
         OIDCRedirectURI https://127.0.0.1:{port}/callback\n\
         OIDCCryptoPassphrase {passphrase}\n\
         OIDCScope \"openid profile email offline_access\"\nOIDCPKCEMethod S256\n\
         OIDCCABundlePath ca.crt\nOIDCRemoteUserClaim preferred_username\nOIDCAuthNHeader X-Remote-User\n\
         OIDCInfoHook access_token id_token userinfo refresh_token session\n{lines}\n\
         ProxyPass / http://127.0.0.1:{app}/\n\
         <Location />\n  AuthType openid-connect\n  Require valid-user\n</Location>\n\
         <Location /bye>\n  AuthType None\n  Require all granted\n</Location>\n",
        passphrase = crate::kit::random_token(),
    )
}

#[test]
fn mod_auth_openidc_lets_mia_in_renews_her_tokens_and_signs_her_out_on_both_stores() {
    for engine in [Engine::Sqlite, Engine::Postgres] {
        let house = House::new(engine);
        let apache = Apache::start(&house, Logout::Backchannel, "");
        let mut mia = house.kit.browser();
        let got = apache.shows(&house, &mut mia, "/page?a=1&b=2");
        assert_eq!(seen(&got, "X-Remote-User"), ["mia"]);
        assert_eq!(seen(&got, "OIDC_CLAIM_preferred_username"), ["mia"]);
        assert_eq!(seen(&got, "OIDC_CLAIM_name"), ["Mia Muster"]);
        assert_eq!(seen(&got, "OIDC_CLAIM_email"), ["mia@example.org"]);
        assert_eq!(seen(&got, "OIDC_CLAIM_iss"), [&*apache.registered.issuer]);
        let held = apache.holds(&mut mia);
        assert_eq!(held["id_token"]["aud"], *apache.registered.id, "{held}");
        assert_eq!(held["userinfo"]["name"], "Mia Muster", "{held}");
        renews(&apache, &mut mia, &held);
        let out = mia
            .open(&apache.url(&format!("/callback?logout={}", apache.url("/bye"))))
            .expect(200);
        assert_eq!(out.url.as_str(), apache.url("/bye"));
        assert!(!apache.knows(&mut mia));
        // Nor does Doorward: it asks for the password again.
        let page = mia.open(&apache.url("/")).expect(200);
        assert!(
            page.url.as_str().starts_with(&house.url("/if/flow/")),
            "{}",
            page.url
        );
    }
}

fn renews(apache: &Apache, mia: &mut Browser, held: &Value) {
    let token = held["access_token"].as_str().expect("a token");
    let back = apache.url("/after");
    let page = mia
        .open(&apache.url(&format!("/callback?refresh={back}&access_token={token}")))
        .expect(200);
    assert_eq!(page.url.as_str(), back, "no error in it");
    let renewed = apache.holds(mia);
    for name in ["access_token", "refresh_token"] {
        assert!(
            renewed[name].is_string() && renewed[name] != held[name],
            "{name}"
        );
    }
}

#[test]
fn mod_auth_openidc_hears_of_a_session_that_an_administrator_ended() {
    let house = House::new(Engine::Sqlite);
    let apache = Apache::start(&house, Logout::Backchannel, "");
    let mut mia = house.kit.browser();
    apache.shows(&house, &mut mia, "/");
    assert!(apache.knows(&mut mia));
    house.end_sessions("mia");
    until("Apache's session ended", || {
        (!apache.knows(&mut mia)).then_some(())
    });
}

#[test]
fn mod_auth_openidc_proves_itself_by_its_own_key() {
    let house = House::new(Engine::Sqlite);
    let lines = "OIDCPrivateKeyFiles own.key\nOIDCPublicKeyFiles own.pub\nOIDCProviderTokenEndpointAuth private_key_jwt";
    let apache = Apache::start(&house, Logout::Backchannel, lines);
    let mut mia = house.kit.browser();
    let keys = mia
        .open(&apache.url("/callback?jwks=rsa"))
        .expect(200)
        .json();
    let path = format!("/providers/oauth2/{}/", apache.registered.provider);
    house.kit.patch(&path, &json!({ "client_keys": keys }));
    let got = apache.shows(&house, &mut mia, "/");
    assert_eq!(seen(&got, "X-Remote-User"), ["mia"]);
    let held = apache.holds(&mut mia);
    renews(&apache, &mut mia, &held);
}

#[test]
fn mod_auth_openidc_gets_nobody_who_may_not_open_the_app_and_nothing_at_another_address() {
    let house = House::new(Engine::Sqlite);
    let apache = Apache::start(&house, Logout::Backchannel, "");
    house.only_for_mia(&apache.registered);
    let mut eve = house.kit.browser();
    let page = house.through(&mut eve, &apache.url("/"), "eve").expect(403);
    let said = visible(&page.text());
    assert!(said.contains("You cannot open intranet"), "{said}");
    assert!(!apache.knows(&mut eve));
    let elsewhere = json!([{ "matching_mode": "strict", "url": apache.url("/elsewhere") }]);
    let path = format!("/providers/oauth2/{}/", apache.registered.provider);
    house
        .kit
        .patch(&path, &json!({ "redirect_uris": elsewhere }));
    let page = house.kit.browser().open(&apache.url("/")).expect(400);
    assert!(
        page.url
            .as_str()
            .starts_with(&house.url("/application/o/authorize/"))
    );
    assert!(visible(&page.text()).contains("“intranet” asked to be answered at an address"));
}

#[test]
fn chromium_goes_to_an_app_behind_mod_auth_openidc_which_hears_in_a_frame_that_mia_signed_out() {
    let house = House::new(Engine::Sqlite);
    let apache = Apache::start(&house, Logout::Frontchannel, "");
    let mut driven = chromium::node("relying_party.mjs");
    driven
        .env("APP", apache.url("/page"))
        .env("BASE", house.url(""))
        .env("WHO", "mia")
        .env("PASSWORD", PASSWORD);
    chromium::succeed(&mut driven);
}
