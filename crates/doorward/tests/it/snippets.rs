//! What "Connect" says to paste is loaded by the real proxy as it stands there, and carries a request
//! through sign-in: the application made by the one form, its page read as a person would.

use url::form_urlencoded::Serializer;

use crate::kit::browser::Browser;
use crate::kit::echo::seen;
use crate::kit::html::{forms, unescape};
use crate::kit::http::{Answer, Request};
use crate::kit::pasted::Piece;
use crate::kit::{ADMIN_PASSWORD, Engine, Kit, PASSWORD};

const HOST: &str = "sonarr.home.localhost";
const LOGIN: &str = "/if/flow/default-authentication-flow/";
const NEW: &str = "/if/admin/applications/new/";
const APP: &str = "/if/admin/applications/sonarr/";

fn query(pairs: &[(&str, &str)]) -> String {
    Serializer::new(String::new()).extend_pairs(pairs).finish()
}

/// An administrator at the server itself.
fn admin(kit: &Kit) -> Browser {
    let mut admin = kit.browser();
    let page = admin.open(&kit.direct(LOGIN)).expect(200);
    kit.sign_in(&mut admin, &page, "akadmin", ADMIN_PASSWORD)
        .expect(200);
    admin
}

/// Sends the form of a page with these answers; its answer, not followed.
fn post(admin: &mut Browser, page: &Answer, answers: &[(&str, &str)]) -> Answer {
    let all = forms(&page.text());
    let mut tokens = all.iter().flat_map(|form| &form.fields);
    let token = tokens
        .rfind(|(name, _)| name == "csrf")
        .expect("a form of ours");
    let fields = [&[("csrf", &*token.1)], answers].concat();
    let request = Request::new("POST", page.url.as_str())
        .header("Origin", &page.url.origin().ascii_serialization())
        .body("application/x-www-form-urlencoded", query(&fields));
    admin.send(&request)
}

/// Makes the application by the form, open to the group media.
fn make(kit: &Kit, admin: &mut Browser) {
    let address = kit.url(HOST, "");
    let asked = kit.direct(&format!("{NEW}?{}", query(&[("address", &address)])));
    let page = admin.open(&asked).expect(200);
    assert!(
        page.text().contains("<option value=\"sonarr\" selected>"),
        "it was guessed"
    );
    let answers = [
        ("address", &*address),
        ("recipe", "sonarr"),
        ("name", "Sonarr"),
        ("slug", "sonarr"),
        ("way", "forward-auth"),
        ("who", "groups"),
        ("new_group", "media"),
        ("public_paths", "^/api"),
    ];
    post(admin, &page, &answers).expect(303);
}

/// What the page says to paste into a proxy.
fn pieces(kit: &Kit, admin: &mut Browser, proxy: &str) -> Vec<Piece> {
    let gateway = kit.server.url("");
    let upstream = format!("http://127.0.0.1:{}", kit.echo.port());
    let asked = [
        ("proxy", proxy),
        ("gateway", &*gateway),
        ("upstream", &*upstream),
    ];
    let page = admin
        .open(&kit.direct(&format!("{APP}connect/?{}", query(&asked))))
        .expect(200);
    let text = page.text();
    let mut found: Vec<(usize, Piece)> = Vec::new();
    for part in text.split("<h3>").skip(1) {
        let Some((_, rest)) = part.split_once("<pre id=\"piece-") else {
            continue;
        };
        let (number, rest) = rest.split_once('"').expect("an id");
        let (_, rest) = rest.split_once('>').expect("a tag");
        let (code, _) = rest.split_once("</pre>").expect("its end");
        let (place, _) = part.split_once("</h3>").expect("a heading");
        let piece = (unescape(place), unescape(code));
        found.push((number.parse().expect("a number"), piece));
    }
    found.sort_by_key(|(number, _)| *number);
    found.into_iter().map(|(_, piece)| piece).collect()
}

/// Whoever may comes through the login page; a script at a public path needs not; nobody else enters.
fn it_guards(kit: &Kit, admin: &mut Browser, proxy: &str) {
    let wanted = kit.url(HOST, "/page?a=1");
    let mut now = || {
        let seen = admin
            .open(&kit.direct(&format!("{APP}seen/")))
            .expect(200)
            .json();
        (seen["state"].clone(), seen["sentence"].to_string())
    };
    let mut mia = kit.browser();
    let login = mia.open(&wanted).expect(200);
    let (state, sentence) = now();
    assert_eq!(state, "seen", "{proxy}: {sentence}");
    assert!(sentence.contains("sent to sign-in"), "{proxy}: {sentence}");
    kit.sign_in(&mut mia, &login, "mia", PASSWORD).expect(200);
    let (state, sentence) = now();
    assert_eq!(state, "in", "{proxy}: {sentence}");
    assert!(sentence.contains("mia"), "{proxy}: {sentence}");
    let echo = mia.open(&wanted).expect(200).json();
    assert_eq!(seen(&echo, "X-authentik-username"), ["mia"], "{proxy}");
    assert_eq!(seen(&echo, "X-authentik-groups"), ["media"], "{proxy}");
    assert_eq!(echo["target"], "/page?a=1", "{proxy}");
    let smuggled =
        Request::get(&kit.url(HOST, "/api/v3")).header("X-authentik-username", "mallory");
    let public = smuggled.answer().expect(200).json();
    assert!(!public.to_string().contains("mallory"), "{proxy}");
    let script = Request::get(&kit.url(HOST, "/private")).header("Accept", "application/json");
    assert_eq!(script.answer().status, 401, "{proxy}");
    let mut max = kit.browser();
    let page = max.open(&wanted).expect(200);
    let refused = kit.sign_in(&mut max, &page, "max", PASSWORD);
    assert_eq!(refused.status, 403, "{proxy}: {}", refused.text());
}

fn what_is_pasted_works(proxy: &str) {
    let mut kit = Kit::new(Engine::Sqlite);
    let mut admin = admin(&kit);
    make(&kit, &mut admin);
    let mia = kit.person("mia", "Mia Muster");
    kit.person("max", "Max Muster");
    let group = kit.get("/core/groups/?name=media")["results"][0]["pk"].clone();
    kit.patch(
        &format!("/core/users/{mia}/"),
        &serde_json::json!({ "groups": [group] }),
    );
    let waiting = admin
        .open(&kit.direct(&format!("{APP}seen/")))
        .expect(200)
        .json();
    assert_eq!(waiting["state"], "waiting", "{proxy}");
    let pieces = pieces(&kit, &mut admin, proxy);
    kit.behind_pasted(proxy, HOST, &pieces);
    it_guards(&kit, &mut admin, proxy);
    // The last who came was refused, and the line says why.
    let seen = admin
        .open(&kit.direct(&format!("{APP}seen/")))
        .expect(200)
        .json();
    assert_eq!(seen["state"], "failed", "{proxy}: {seen}");
    let connect = admin
        .open(&kit.direct(&format!("{APP}connect/")))
        .expect(200)
        .text();
    assert!(connect.contains("The whole trace"), "{proxy}: {connect}");
    let page = admin
        .open(&kit.direct("/if/admin/applications/"))
        .expect(200)
        .text();
    assert!(
        page.contains("media") && !page.contains("Not yet"),
        "{proxy}"
    );
}

#[test]
fn labels_of_the_page_guard_an_application_behind_traefik() {
    what_is_pasted_works("traefik-labels");
}

#[test]
fn files_of_the_page_guard_an_application_behind_traefik() {
    what_is_pasted_works("traefik-file");
}

#[test]
fn resources_of_the_page_guard_an_application_as_traefik_reads_them() {
    what_is_pasted_works("kubernetes");
}

#[test]
fn files_of_the_page_guard_an_application_behind_nginx() {
    what_is_pasted_works("nginx");
}

#[test]
fn the_field_of_the_page_guards_an_application_behind_nginx_proxy_manager() {
    what_is_pasted_works("nginx-proxy-manager");
}

#[test]
fn files_of_the_page_guard_an_application_behind_caddy() {
    what_is_pasted_works("caddy");
}
