//! Owns starting a reverse proxy with what a page of ours says to paste into it, and the least around it
//! that makes it run here: ports, the certificate of the tests, the host of the login pages.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::{Map, Value, json};

use super::http::Request;
use super::process::{Process, bare, work_tree};
use super::proxies::{Site, nginx_around, program, traefik_site, traefik_static};
use super::tls::authority;

/// A text of the page, with the place that it belongs into.
pub(crate) type Piece = (String, String);

/// Starts the proxy that the page calls so, with these texts.
pub(crate) fn start(proxy: &str, pieces: &[Piece], site: &Site, dir: &Path) -> Process {
    let dir = dir.join(format!("pasted-{proxy}"));
    fs::create_dir_all(dir.join("dynamic")).expect("a directory");
    let mut command = match proxy {
        "traefik-file" => traefik(site, &dir, &texts(pieces)),
        "traefik-labels" => traefik(site, &dir, &[from_labels(&last(pieces), site)]),
        "kubernetes" => traefik(site, &dir, &[from_cluster(pieces, site)]),
        "nginx" => nginx(pieces, site, &dir),
        "nginx-proxy-manager" => manager(pieces, site, &dir),
        "caddy" => caddy(pieces, site, &dir),
        other => panic!("no proxy is called {other}"),
    };
    let mut process = Process::start(proxy, &mut command, &dir.join("log"));
    let live = format!("https://{}:{}/-/health/live/", site.login_host, site.port);
    process.wait_until(|| Request::get(&live).send().is_ok_and(|a| a.status != 404));
    process
}

fn texts(pieces: &[Piece]) -> Vec<String> {
    pieces.iter().map(|(_, text)| text.clone()).collect()
}

fn last(pieces: &[Piece]) -> String {
    pieces.last().expect("a piece").1.clone()
}

fn write(dir: &Path, name: &str, text: &str) -> PathBuf {
    let path = dir.join(name);
    fs::write(&path, text).expect("a file in the test's directory");
    path
}

/// Traefik with these files, and the site of the login pages.
fn traefik(site: &Site, dir: &Path, files: &[String]) -> Command {
    let dynamic = dir.join("dynamic");
    for (number, text) in files.iter().enumerate() {
        write(&dynamic, &format!("pasted-{number}.yml"), text);
    }
    let own = Site {
        hosts: Vec::new(),
        ..site.clone()
    };
    let doorward = json!({ "http": { "services": { "doorward": { "loadBalancer": {
        "servers": [{ "url": format!("http://127.0.0.1:{}", site.doorward) }] } } } } });
    if !files
        .iter()
        .any(|text| text.contains("    doorward:\n      loadBalancer:"))
    {
        write(&dynamic, "doorward-service.yml", &doorward.to_string());
    }
    write(&dynamic, "site.yml", &traefik_site(&own, "doorward"));
    let file = write(dir, "traefik.yml", &traefik_static(site, &dynamic));
    let mut command = bare(work_tree().join(".run/venv/bin/traefik"));
    command.arg(format!("--configfile={}", file.display()));
    command
}

/// What Traefik makes of a container's labels: the same tree, with the container's address.
fn from_labels(text: &str, site: &Site) -> String {
    let read: Value = serde_yaml_ng::from_str(text).expect("YAML");
    let services = read["services"].as_object().expect("services");
    let (_, service) = services.iter().next().expect("a service");
    let mut root = Map::new();
    for label in service["labels"].as_array().expect("labels") {
        let label = label.as_str().expect("text").replace("$$", "$");
        let (path, value) = label.split_once('=').expect("a label");
        put(
            &mut root,
            path.strip_prefix("traefik.").expect("Traefik's"),
            value,
        );
    }
    let mut http = root["http"].clone();
    let found = http["services"].as_object_mut().expect("services");
    for one in found.values_mut() {
        // Labels name the port alone; the container's address is Traefik's own knowledge.
        assert_eq!(one["loadbalancer"]["server"]["port"], site.app.to_string());
        *one = json!({ "loadBalancer": { "servers": [{ "url": format!("http://127.0.0.1:{}", site.app) }] } });
    }
    let routers = http["routers"].as_object_mut().expect("routers");
    for (name, one) in routers {
        assert_eq!(one["tls"], true);
        one["tls"] = json!({});
        one["service"] = json!(name);
        one["middlewares"] = json!([one["middlewares"]]);
    }
    json!({ "http": http }).to_string()
}

/// Puts a label where its name says, as the type that it has in a file.
fn put(root: &mut Map<String, Value>, path: &str, value: &str) {
    let parts: Vec<&str> = path.split('.').collect();
    let (name, above) = parts.split_last().expect("a name");
    let mut at = root;
    for part in above {
        let part = if *part == "forwardauth" {
            "forwardAuth"
        } else {
            part
        };
        let next = at.entry(part).or_insert_with(|| json!({}));
        at = next.as_object_mut().expect("a branch");
    }
    let typed = match (*name, value) {
        ("authResponseHeaders", list) => json!(list.split(',').collect::<Vec<_>>()),
        ("port", text) => json!(text),
        (_, "true") => json!(true),
        (_, "false") => json!(false),
        (_, text) => text
            .parse::<i64>()
            .map_or_else(|_| json!(text), |number| json!(number)),
    };
    at.insert((*name).to_owned(), typed);
}

/// The middleware of a cluster and its ingress, as Traefik's file would say them.
fn from_cluster(pieces: &[Piece], site: &Site) -> String {
    let read = |text: &str| serde_yaml_ng::from_str::<Value>(text).expect("YAML");
    let (middleware, ingress) = (read(&pieces[0].1), read(&pieces[1].1));
    let name = middleware["metadata"]["name"].as_str().expect("a name");
    let named =
        &ingress["metadata"]["annotations"]["traefik.ingress.kubernetes.io/router.middlewares"];
    assert_eq!(*named, json!(format!("default-{name}@kubernetescrd")));
    let rule = &ingress["spec"]["rules"][0];
    let port = &rule["http"]["paths"][0]["backend"]["service"]["port"]["number"];
    assert_eq!(*port, json!(site.app));
    let host = rule["host"].as_str().expect("a host");
    json!({ "http": {
        "middlewares": { name: middleware["spec"] },
        "routers": { "app": { "rule": format!("Host(`{host}`)"), "middlewares": [name], "service": "pasted", "tls": {} } },
        "services": { "pasted": { "loadBalancer": { "servers": [{ "url": format!("http://127.0.0.1:{}", site.app) }] } } },
    } })
    .to_string()
}

fn nginx(pieces: &[Piece], site: &Site, dir: &Path) -> Command {
    let is_conf = |place: &str| {
        Path::new(place)
            .extension()
            .is_some_and(|one| one == "conf")
    };
    for (place, text) in pieces.iter().filter(|(place, _)| is_conf(place)) {
        write(dir, place, text);
    }
    let listen = format!("listen 127.0.0.1:{} ssl;", site.port);
    let server = last(pieces).replace("listen 443 ssl;", &listen);
    assert!(server.contains(&listen));
    nginx_with(site, dir, &format!("include doorward-http.conf;\n{server}"))
}

/// Nginx Proxy Manager writes the server itself and puts the field into it.
fn manager(pieces: &[Piece], site: &Site, dir: &Path) -> Command {
    let (port, app, host) = (site.port, site.app, &site.hosts[0]);
    let text = format!(
        "{}\nserver {{\n  set $forward_scheme http;\n  set $server \"127.0.0.1\";\n  set $port {app};\n  \
         listen 127.0.0.1:{port} ssl;\n  server_name {host};\n{}\n}}\n",
        pieces[0].1, pieces[1].1
    );
    nginx_with(site, dir, &text)
}

fn nginx_with(site: &Site, dir: &Path, text: &str) -> Command {
    let file = write(dir, "nginx.conf", &nginx_around(site, dir, text));
    let mut command = bare(program("nginx"));
    command
        .args(["-e", "stderr", "-p"])
        .arg(dir)
        .arg("-c")
        .arg(file);
    command
}

fn caddy(pieces: &[Piece], site: &Site, dir: &Path) -> Command {
    write(dir, &pieces[0].0, &pieces[0].1);
    let tls = format!(
        "\tbind 127.0.0.1\n\ttls {} {}\n",
        authority().certificate().display(),
        authority().key().display()
    );
    // What a Caddy in the open does by itself.
    let own = pieces[1].1.replacen("{\n", &format!("{{\n{tls}"), 1);
    let (login, port, doorward) = (&site.login_host, site.port, site.doorward);
    let text = format!(
        "{{\n\tadmin off\n\tauto_https off\n}}\nimport doorward.caddy\n\
         https://{login}:{port} {{\n{tls}\treverse_proxy 127.0.0.1:{doorward}\n}}\n{own}"
    );
    let file = write(dir, "Caddyfile", &text);
    let mut command = bare(program("caddy"));
    command
        .args(["run", "--adapter", "caddyfile", "--config"])
        .arg(file);
    let homes = ["XDG_DATA_HOME", "XDG_CONFIG_HOME", "HOME"];
    command.envs(homes.map(|name| (name, dir)));
    command
}
