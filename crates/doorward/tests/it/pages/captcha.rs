//! Pages with a captcha service on them: the service is this test's own, on loopback.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;

use serde_json::{Value, json};

use super::flow_of;
use crate::chromium::{node, succeed};
use crate::kit::echo::Echo;
use crate::kit::ports::free_port;
use crate::kit::{Engine, Kit, PASSWORD};

const SCRIPT: &str = include_str!("../../../../../tests/browser/service.js");

/// Answers one request: the script, or whether the token of a form is the good one.
fn answer(stream: &TcpStream) -> Option<()> {
    let mut reader = BufReader::new(stream);
    let (mut line, mut length) = (String::new(), 0);
    reader.read_line(&mut line).ok()?;
    let is_script = line.starts_with("GET ");
    loop {
        let mut header = String::new();
        reader.read_line(&mut header).ok()?;
        let header = header.trim_end().to_ascii_lowercase();
        if header.is_empty() {
            break;
        }
        if let Some(value) = header.strip_prefix("content-length: ") {
            length = value.parse().ok()?;
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    let fits = body.starts_with(b"secret=a-private-key&response=good&");
    let verdict = format!("{{\"success\":{fits}}}");
    let text = if is_script { SCRIPT } else { &verdict };
    let length = text.len();
    let head = format!(
        "HTTP/1.1 200 OK\r\nContent-Length: {length}\r\nConnection: close\r\nContent-Type: "
    );
    let kind = if is_script {
        "text/javascript"
    } else {
        "application/json"
    };
    let mut out = stream;
    write!(out, "{head}{kind}\r\n\r\n{text}").ok()
}

/// A stage that asks the service whose script is at `script` and that decides at `api`.
fn captcha(kit: &Kit, name: &str, interactive: bool, (script, api): (&str, &str)) -> Value {
    let stage = json!({ "name": name, "public_key": "a-site-key", "private_key": "a-private-key",
        "js_url": script, "api_url": format!("{api}/verify"), "interactive": interactive });
    kit.create("/stages/captcha/", &stage)
}

/// A card of its own, and a page behind it.
fn alone(kit: &Kit, slug: &str, interactive: bool, script: &str, api: &str) {
    let asked = captcha(kit, slug, interactive, (script, api));
    let behind = kit.create(
        "/stages/dummy/",
        &json!({ "name": format!("behind {slug}") }),
    );
    flow_of(kit, slug, "No robots", &[asked, behind]);
}

/// On the sign-in card.
fn on_card(kit: &Kit, slug: &str, script: &str, api: &str) {
    let asked = captcha(kit, slug, false, (script, api));
    let first = |path: &str| kit.get(path)["results"][0].clone();
    let password = first("/stages/password/?name=default-authentication-password");
    let name = json!({ "name": format!("name on {slug}"), "captcha_stage": asked["pk"], "password_stage": password["pk"] });
    let name = kit.create("/stages/identification/", &name);
    flow_of(kit, slug, "Sign in", &[name, first("/stages/user_login/")]);
}

#[test]
fn a_captcha_service_is_asked_seen_and_unseen_and_one_that_is_away_is_told_in_words() {
    let service = Echo::serving(|stream| {
        answer(&stream);
    });
    let at = |port: u16| format!("http://127.0.0.1:{port}");
    let (here, nobody) = (at(service.port()), at(free_port()));
    let good = format!("{here}/good/api.js");
    let kit = Kit::new(Engine::Sqlite);
    kit.person("mia", "Mia Muster");
    alone(&kit, "seen", true, &good, &here);
    alone(&kit, "unseen", false, &good, &here);
    alone(
        &kit,
        "keyed",
        false,
        &format!("{good}?render=a-site-key"),
        &here,
    );
    on_card(&kit, "card", &good, &here);
    on_card(&kit, "card-wrong", &format!("{here}/bad/api.js"), &here);
    on_card(&kit, "card-silent", &good, &nobody);
    on_card(&kit, "card-away", &format!("{nobody}/good/api.js"), &here);
    let mut command = node("captcha.mjs");
    command.env("BASE", kit.direct("")).env("SERVICE", &here);
    command
        .env("NOBODY", &nobody)
        .env("WHO", "mia")
        .env("PASSWORD", PASSWORD);
    if let Some(pictures) = std::env::var_os("PICTURES") {
        command.env("PICTURES", pictures);
    }
    succeed(&mut command);
}
