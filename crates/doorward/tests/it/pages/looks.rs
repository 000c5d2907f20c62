//! Pages that look otherwise than at first: a brand's, another language's, a flow's layout.

use serde_json::{Value, json};

use super::{APP, LOGIN, NAME, SHUT, Step, WRONG, signing_in, walk};
use crate::kit::proxies::Proxy;
use crate::kit::{Engine, Kit, PASSWORD};

/// A brand with pictures, among them one that hides a script, and colors of its own.
fn painted() -> Kit {
    let mut kit = Kit::new(Engine::Sqlite);
    kit.behind(Proxy::Traefik, &[APP, SHUT]);
    let media = kit.server.settings().path("data/media/public");
    std::fs::create_dir_all(&media).expect("a folder");
    let mark = "<circle cx='20' cy='20' r='18' style='fill:#b5179e'/><script>alert(1)</script>";
    let logo = format!(
        "<svg viewBox='0 0 160 40'>{mark}<rect x='48' y='12' width='100' height='16' fill='#7209b7'/></svg>"
    );
    let meadow = "<svg viewBox='0 0 160 90' preserveAspectRatio='xMidYMid slice'><rect width='160' height='90' fill='#f72585'/>\
                  <circle cx='40' cy='80' r='50' fill='#3a0ca3'/></svg>";
    std::fs::write(media.join("logo.svg"), logo).expect("a file");
    std::fs::write(media.join("meadow.svg"), meadow).expect("a file");
    let brand = json!({ "domain": "localhost", "branding_title": "Villa Kunterbunt",
        "branding_logo": "logo.svg", "branding_favicon": "logo.svg",
        "branding_default_flow_background": "meadow.svg",
        "branding_custom_css": ":root { --ak-accent: #f72585; }" });
    kit.create("/core/brands/", &brand);
    let app = kit.application("app", APP, &json!({}));
    kit.patch(
        "/core/applications/app/",
        &json!({ "meta_icon": "logo.svg" }),
    );
    let shut = kit.application("shut", SHUT, &json!({}));
    let binding = json!({ "target": shut.id, "group": kit.group("Family", &[]), "order": 0 });
    kit.create("/policies/bindings/", &binding);
    assert!(!app.id.is_empty());
    kit.person("mia", "Mia Muster");
    kit
}

#[test]
fn the_pages_of_a_brand_with_its_own_look_can_be_read_and_used_by_everybody() {
    let kit = painted();
    let (library, shut) = (kit.url(LOGIN, "/if/user/"), kit.url(SHUT, "/"));
    let page = kit
        .browser()
        .fetch(&kit.direct("/if/flow/default-authentication-flow/"));
    assert!(
        !page.text().contains("Kunterbunt"),
        "a host that is not below the domain"
    );
    walk(vec![
        Step::open("brand-login", &library, 200, "Sign in").focus(NAME),
        signing_in("mia", PASSWORD, &library, "Applications"),
        Step::open("brand-library", &library, 200, "Applications").by("mia"),
        Step::open("brand-refused", &shut, 403, "You cannot open App shut").by("mia"),
    ]);
}

#[test]
fn the_pages_in_german_can_be_read_and_used_by_everybody() {
    let mut kit = Kit::new(Engine::Sqlite);
    kit.behind(Proxy::Traefik, &[APP]);
    kit.person("mia", "Mia Muster");
    let locale = json!({ "settings": { "locale": "de" } });
    kit.create(
        "/core/brands/",
        &json!({ "domain": LOGIN, "attributes": locale }),
    );
    let (library, auth) = (kit.url(LOGIN, "/if/user/"), |path: &str| {
        kit.url(LOGIN, path)
    });
    let choose = auth("/if/language/?lang=de&next=%2Fif%2Fuser%2F");
    let name = "Benutzername oder E-Mail";
    let wrong = Step::press("german-wrong", "Anmelden", 422, "Anmelden");
    let sign_in = Step::open("mia signs in", &library, 200, "Anwendungen").unseen();
    let filled = sign_in.fill(name, "mia").fill("Passwort", PASSWORD);
    let places = "Wo Sie angemeldet sind";
    let app = auth("/if/flow/default-authenticator-totp-setup/");
    let codes = auth("/if/flow/default-authenticator-static-setup/");
    walk(vec![
        Step::open("german-login", &choose, 200, "Anmelden").focus(name),
        wrong.fill(name, "mia").fill("Passwort", WRONG),
        Step::open(
            "german-message",
            &auth("/nowhere/"),
            404,
            "Diese Seite gibt es nicht",
        ),
        filled.with("press", "Anmelden"),
        Step::open("german-library", &library, 200, "Anwendungen"),
        Step::open("german-sessions", &auth("/if/user/sessions/"), 200, places),
        Step::open(
            "german-devices",
            &auth("/if/user/devices/"),
            200,
            "Wie Sie sich anmelden",
        ),
        Step::open(
            "german-settings",
            &auth("/if/user/settings/"),
            200,
            "Ihr Konto",
        ),
        Step::open("german-app", &app, 200, "Authenticator-App einrichten"),
        Step::open("german-codes", &codes, 200, "Wiederherstellungs\u{ad}codes"),
        Step::open(
            "german-sign-out",
            &auth("/flows/-/default/invalidation/"),
            200,
            "Abmelden?",
        ),
        Step::press("german-signed-out", "Abmelden", 200, "Sie sind abgemeldet"),
    ]);
}

/// Cards before a picture, in a bar beside one, and beside a page in a frame.
#[test]
fn the_layouts_of_a_flow_can_be_read_and_used_by_everybody() {
    let kit = painted();
    let layouts = [
        ("content_left", ""),
        ("content_right", ""),
        ("sidebar_left", ""),
        ("sidebar_right", "logo.svg"),
        ("sidebar_left_frame_background", "meadow.svg"),
        ("sidebar_right_frame_background", "meadow.svg"),
    ];
    let mut steps = Vec::new();
    for (layout, background) in layouts {
        let slug = layout.replace('_', "-");
        super::flow_of(&kit, &slug, "Sign in", &sign_in_stages(&kit));
        let change =
            json!({ "layout": layout, "background": background, "designation": "authentication" });
        kit.patch(&format!("/flows/instances/{slug}/"), &change);
        let url = kit.url(LOGIN, &format!("/if/flow/{slug}/"));
        steps.push(Step::open(&slug, &url, 200, "Sign in").focus(NAME));
    }
    walk(steps);
}

fn sign_in_stages(kit: &Kit) -> [Value; 3] {
    let paths = [
        "/stages/identification/",
        "/stages/password/",
        "/stages/user_login/",
    ];
    paths.map(|path| kit.get(path)["results"][0].clone())
}
