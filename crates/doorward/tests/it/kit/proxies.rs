//! Owns starting the reverse proxies that stand in front: Traefik, nginx, Caddy, each with the files
//! of `deploy/` as they are shipped and the least that makes them run here. TLS on one loopback port.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::http::Request;
use super::process::{Process, bare, work_tree};
use super::tls::authority;

/// What a proxy is to serve.
#[derive(Clone, Debug)]
pub(crate) struct Site {
    /// Its one TLS port.
    pub(crate) port: u16,
    /// Where Doorward listens (plain HTTP, loopback).
    pub(crate) doorward: u16,
    /// Where the protected app listens (plain HTTP, loopback).
    pub(crate) app: u16,
    /// Host of the login pages, passed through without a check.
    pub(crate) login_host: String,
    /// Hosts that are guarded.
    pub(crate) hosts: Vec<String>,
    /// Hosts whose requests all go to Doorward, which carries them on (Traefik only).
    pub(crate) carried: Vec<String>,
}

/// The proxies that the tests know.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Proxy {
    /// Traefik; the addresses under `/outpost.goauthentik.io/` reach Doorward through the check only.
    Traefik,
    /// Traefik with authentik's outpost router.
    TraefikWithOutpostRouter,
    /// Traefik with the middleware that takes Doorward's cookies out.
    TraefikHidingCookies,
    /// nginx with `auth_request`.
    Nginx,
    /// Caddy with `forward_auth`.
    Caddy,
}

impl Proxy {
    /// Starts it and waits until it serves.
    pub(crate) fn start(self, site: &Site, dir: &Path) -> Process {
        let dir = dir.join(format!("{self:?}-{}", site.port));
        fs::create_dir_all(&dir).expect("a directory");
        let mut command = match self {
            Self::Traefik | Self::TraefikWithOutpostRouter | Self::TraefikHidingCookies => {
                self.traefik(site, &dir)
            }
            Self::Nginx => nginx(site, &dir),
            Self::Caddy => caddy(site, &dir),
        };
        let mut process = Process::start(&format!("{self:?}"), &mut command, &dir.join("log"));
        let live = format!("https://{}:{}/-/health/live/", site.login_host, site.port);
        process.wait_until(|| Request::get(&live).send().is_ok_and(|a| a.status != 404));
        process
    }

    fn traefik(self, site: &Site, dir: &Path) -> Command {
        let dynamic = dir.join("dynamic");
        fs::create_dir_all(&dynamic).expect("a directory");
        write(&dynamic, "doorward.yml", &shipped("traefik/doorward.yml"));
        if self == Self::TraefikWithOutpostRouter {
            write(
                &dynamic,
                "outpost-router.yml",
                &shipped("traefik/outpost-router.yml"),
            );
        }
        write(&dynamic, "site.yml", &traefik_site(site, self.middleware()));
        let file = write(dir, "traefik.yml", &traefik_static(site, &dynamic));
        let mut command = bare(work_tree().join(".run/venv/bin/traefik"));
        command.arg(format!("--configfile={}", file.display()));
        command.env("DOORWARD_URL", local(site.doorward));
        command
    }

    fn middleware(self) -> &'static str {
        match self {
            Self::TraefikHidingCookies => "doorward-hide-cookies",
            _ => "doorward",
        }
    }
}

/// The name of what lets two servers answer in turn.
pub(crate) const BALANCER: &str = "the balancer";

/// Starts a Traefik that gives every request to the next of these servers, whoever sends it; the
/// proxies of a [`Site`] find them all at its one port, and its log says whose turn each was.
pub(crate) fn take_turns(port: u16, servers: [u16; 2], dir: &Path) -> Process {
    let dir = dir.join(format!("turns-{port}"));
    let dynamic = dir.join("dynamic");
    fs::create_dir_all(&dynamic).expect("a directory");
    let urls = servers.map(|port| format!("{{ url: '{}' }}", local(port)));
    let site = format!(
        "http:\n  routers:\n    all: {{ rule: 'PathPrefix(`/`)', service: both }}\n  services:\n    \
         both:\n      loadBalancer: {{ servers: [{}] }}\n",
        urls.join(", ")
    );
    write(&dynamic, "site.yml", &site);
    // Neither addresses nor headers in its log, which may hold secrets.
    let text = format!(
        "global: {{ checkNewVersion: false, sendAnonymousUsage: false }}\n\
         accessLog: {{ format: json, fields: {{ defaultMode: drop, names: {{ ServiceURL: keep }} }} }}\n\
         entryPoints:\n  web:\n    address: '127.0.0.1:{port}'\n    \
         forwardedHeaders: {{ trustedIPs: ['127.0.0.1/32'] }}\n\
         providers:\n  file: {{ directory: '{}', watch: false }}\n",
        dynamic.display()
    );
    let file = write(&dir, "traefik.yml", &text);
    let mut command = bare(work_tree().join(".run/venv/bin/traefik"));
    command.arg(format!("--configfile={}", file.display()));
    let mut process = Process::start(BALANCER, &mut command, &dir.join("log"));
    let live = format!("{}/-/health/live/", local(port));
    process.wait_until(|| Request::get(&live).send().is_ok_and(|a| a.status != 404));
    process
}

fn local(port: u16) -> String {
    format!("http://127.0.0.1:{port}")
}

fn write(dir: &Path, name: &str, text: &str) -> PathBuf {
    let path = dir.join(name);
    fs::write(&path, text).expect("a file in the test's directory");
    path
}

fn shipped(name: &str) -> String {
    fs::read_to_string(work_tree().join("deploy").join(name)).expect("a file of deploy/")
}

pub(crate) fn traefik_static(site: &Site, dynamic: &Path) -> String {
    format!(
        "global: {{ checkNewVersion: false, sendAnonymousUsage: false }}\n\
         log: {{ level: INFO, noColor: true }}\n\
         entryPoints:\n  websecure: {{ address: '127.0.0.1:{}' }}\n\
         providers:\n  file: {{ directory: '{}', watch: false }}\n",
        site.port,
        dynamic.display()
    )
}

pub(crate) fn traefik_site(site: &Site, middleware: &str) -> String {
    let router = |name: &str, host: &str, guard: &str, service: &str| {
        format!(
            "    {name}:\n      rule: Host(`{host}`)\n      middlewares: [{guard}]\n      \
             service: {service}\n      tls: {{}}\n"
        )
    };
    let own: Vec<String> = std::iter::once(&site.login_host)
        .chain(&site.carried)
        .map(|host| format!("Host(`{host}`)"))
        .collect();
    let login = format!(
        "    login:\n      rule: {}\n      service: doorward\n      tls: {{}}\n",
        own.join(" || ")
    );
    let guarded: String = site
        .hosts
        .iter()
        .enumerate()
        .map(|(n, host)| router(&format!("app{n}"), host, middleware, "app"))
        .collect();
    format!(
        "http:\n  routers:\n{login}{guarded}  services:\n    app:\n      loadBalancer:\n        \
         servers: [{{ url: 'http://127.0.0.1:{}' }}]\n\
         tls:\n  stores:\n    default:\n      defaultCertificate:\n        \
         certFile: '{}'\n        keyFile: '{}'\n",
        site.app,
        authority().certificate().display(),
        authority().key().display()
    )
}

fn nginx(site: &Site, dir: &Path) -> Command {
    for name in [
        "doorward-http.conf",
        "doorward-locations.conf",
        "doorward-check.conf",
        "doorward-ask.conf",
    ] {
        let here = format!("127.0.0.1:{}", site.doorward);
        let text = shipped(&format!("nginx/{name}"));
        write(dir, name, &text.replace("127.0.0.1:9000", &here));
    }
    let file = write(dir, "nginx.conf", &nginx_conf(site, dir));
    let mut command = bare(program("nginx"));
    command
        .arg("-e")
        .arg("stderr")
        .arg("-p")
        .arg(dir)
        .arg("-c")
        .arg(file);
    command
}

fn nginx_conf(site: &Site, dir: &Path) -> String {
    let (port, app) = (site.port, site.app);
    let hosts = site.hosts.join(" ");
    let guarded = format!(
        "upstream app {{ server 127.0.0.1:{app}; }}\n\
         include doorward-http.conf;\n\
         server {{\n  listen 127.0.0.1:{port} ssl;\n  server_name {hosts};\n\
           include doorward-locations.conf;\n\
           location / {{ include doorward-check.conf; proxy_pass http://app; }}\n}}\n"
    );
    nginx_around(site, dir, &guarded)
}

/// What stands around guarded servers: the process, its folders, the certificate, the login pages.
pub(crate) fn nginx_around(site: &Site, dir: &Path, guarded: &str) -> String {
    let temp = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
        .map(|kind| format!("  {kind}_temp_path {}/{kind};\n", dir.display()))
        .concat();
    let user = if rustix::process::geteuid().is_root() {
        "user root;\n"
    } else {
        ""
    };
    let (port, login) = (site.port, &site.login_host);
    format!(
        "{user}daemon off;\nworker_processes 1;\npid {dir}/pid;\nevents {{}}\nhttp {{\n\
         access_log off;\n{temp}\
         large_client_header_buffers 8 64k;\n\
         ssl_certificate {crt};\nssl_certificate_key {key};\n\
         {guarded}\
         server {{\n  listen 127.0.0.1:{port} ssl;\n  server_name {login};\n\
           location / {{ proxy_pass http://doorward; proxy_set_header Host $http_host;\n\
             proxy_set_header X-Forwarded-Host $http_host;\n\
             proxy_set_header X-Forwarded-Proto $scheme; proxy_set_header X-Forwarded-For $remote_addr; }}\n}}\n}}\n",
        dir = dir.display(),
        crt = authority().certificate().display(),
        key = authority().key().display(),
    )
}

fn caddy(site: &Site, dir: &Path) -> Command {
    write(dir, "doorward.caddy", &shipped("caddy/doorward.caddy"));
    let file = write(dir, "Caddyfile", &caddyfile(site));
    let mut command = bare(program("caddy"));
    command
        .args(["run", "--adapter", "caddyfile", "--config"])
        .arg(file);
    command
        .env("XDG_DATA_HOME", dir)
        .env("XDG_CONFIG_HOME", dir)
        .env("HOME", dir);
    command
}

fn caddyfile(site: &Site) -> String {
    let (port, app, doorward, login) = (site.port, site.app, site.doorward, &site.login_host);
    let tls = format!(
        "\tbind 127.0.0.1\n\ttls {} {}\n",
        authority().certificate().display(),
        authority().key().display()
    );
    let addresses: Vec<String> = site
        .hosts
        .iter()
        .map(|host| format!("https://{host}:{port}"))
        .collect();
    format!(
        "{{\n\tadmin off\n\tauto_https off\n\tservers {{\n\t\tprotocols h1 h2\n\t}}\n}}\n\
         import doorward.caddy\n\
         https://{login}:{port} {{\n{tls}\treverse_proxy 127.0.0.1:{doorward}\n}}\n\
         {} {{\n{tls}\troute {{\n\t\timport doorward 127.0.0.1:{doorward}\n\
         \t\treverse_proxy 127.0.0.1:{app}\n\t}}\n}}\n",
        addresses.join(", ")
    )
}

/// A Debian program that may live outside a user's search path.
pub(crate) fn program(name: &str) -> PathBuf {
    let places = ["/usr/sbin", "/usr/bin", "/usr/local/bin"].map(|dir| Path::new(dir).join(name));
    places
        .into_iter()
        .find(|path| path.exists())
        .unwrap_or_else(|| name.into())
}
