//! Pages on the way to an application over OpenID Connect, and out of it.

use serde_json::{Value, json};

use super::{LOGIN, Step, signing_in, walk};
use crate::kit::proxies::Proxy;
use crate::kit::{ADMIN_PASSWORD, Engine, Kit, PASSWORD};

/// An application that asks for what it will know, and whose callback is a page that there is.
fn asking(kit: &Kit, callback: &str) {
    let scopes = kit.get("/propertymappings/provider/scope/?page_size=100");
    let scopes = scopes["results"].as_array().unwrap().iter();
    let scopes: Vec<_> = scopes.map(|scope| &scope["pk"]).collect();
    let provider = json!({
        "name": "Album", "client_id": "album", "property_mappings": scopes,
        "authorization_flow": kit.flow("default-provider-authorization-explicit-consent"),
        "invalidation_flow": kit.flow("default-invalidation-flow"),
        "redirect_uris": [{ "matching_mode": "strict", "url": callback }],
    });
    let provider = kit.create("/providers/oauth2/", &provider);
    let app = json!({ "name": "Album", "slug": "album", "provider": provider["pk"] });
    kit.create("/core/applications/", &app);
}

/// An application whose callback is a page that there is.
fn relying(kit: &Kit) -> String {
    let callback = kit.url(LOGIN, "/-/health/live/");
    let entry = |mode: &str, url: &str| json!({ "matching_mode": mode, "url": url });
    let other = r"https://photos-[a-z]+\.example\.org/login/generic_oauth/callback";
    let provider = json!({
        "name": "Photos", "client_id": "photos",
        "authorization_flow": kit.flow("default-provider-authorization-implicit-consent"),
        "invalidation_flow": kit.flow("default-invalidation-flow"),
        "redirect_uris": [entry("strict", &callback), entry("regex", other)],
        "logout_method": "frontchannel", "logout_uri": callback,
    });
    let provider = kit.create("/providers/oauth2/", &provider);
    let app = json!({ "name": "Photos", "slug": "photos", "provider": provider["pk"] });
    let app = kit.create("/core/applications/", &app)["pk"].clone();
    for group in ["Family", "authentik Admins"] {
        let found = kit.get(&format!("/core/groups/?name={}", group.replace(' ', "%20")));
        let found: &Value = &found["results"][0]["pk"];
        let binding = json!({ "target": app, "group": found, "order": 0 });
        kit.create("/policies/bindings/", &binding);
    }
    callback
}

/// The address of a request to authorize.
fn asked_of(kit: &Kit, client: &str, uri: &str, mode: &str) -> String {
    let query = url::form_urlencoded::Serializer::new(String::new())
        .extend_pairs([
            ("client_id", client),
            ("response_type", "code"),
            ("response_mode", mode),
            ("scope", "openid profile email"),
            ("redirect_uri", uri),
        ])
        .finish();
    kit.url(LOGIN, &format!("/application/o/authorize/?{query}"))
}

#[test]
fn the_pages_to_an_application_and_out_of_it_can_be_read_and_used_by_everybody() {
    let mut kit = Kit::new(Engine::Sqlite);
    kit.behind(Proxy::Traefik, &[]);
    let mia = kit.person("mia", "Mia Muster");
    kit.group("Family", &[mia]);
    let callback = relying(&kit);
    asking(&kit, &callback);
    let authorize = |uri: &str, mode: &str| asked_of(&kit, "photos", uri, mode);
    let library = kit.url(LOGIN, "/if/user/");
    let without_slash = authorize(callback.trim_end_matches('/'), "query");
    let posted = authorize(&callback, "form_post");
    let (not_right, unregistered) = (
        "This sign-in request is not right",
        "This address is not registered",
    );
    let end = kit.url(LOGIN, "/application/o/photos/end-session/");
    walk(vec![
        signing_in("akadmin", ADMIN_PASSWORD, &library, "Applications"),
        Step::open("mismatch", &without_slash, 400, unregistered).by("akadmin"),
        Step::press(
            "mismatch-allowed",
            "Allow this address",
            200,
            "The address is allowed",
        )
        .by("akadmin"),
        Step::open(
            "mismatch-stranger",
            &authorize("https://evil.example/", "query"),
            400,
            not_right,
        ),
        signing_in("mia", PASSWORD, &library, "Applications"),
        Step::open(
            "consent",
            &asked_of(&kit, "album", &callback, "query"),
            200,
            "Opening Album",
        )
        .by("mia"),
        Step::open("deliver", &posted, 200, "Back to the application")
            .with("stays", true)
            .by("mia"),
        Step::open("sign-out-of-photos", &end, 200, "Sign out?").by("mia"),
    ]);
}
