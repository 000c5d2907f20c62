//! The look of pages, asked over HTTP as browsers ask.

use doorward_engine::blueprint;
use doorward_engine::testing::NOW;

use super::kit::{Browser, Kit, PAGE, Reply};

const BRANDS: &str = r#"
version: 1
metadata: { name: tests }
entries:
  - model: authentik_brands.brand
    identifiers: { domain: house.example }
    attrs:
      branding_title: The <b>House</b>
      branding_logo: logo-%(theme)s.svg
      branding_favicon: https://cdn.example/icon.png
      branding_default_flow_background: https://pictures.example/meadow.jpg
      branding_custom_css: ":root { --brand-color: #7a1fa2 }"
      attributes: { settings: { theme: { base: dark } } }
  - model: authentik_flows.flow
    identifiers: { slug: two-pages }
    attrs: { background: /media/own.jpg }
"#;

async fn house() -> Kit {
    let kit = Kit::new().await;
    blueprint::apply_text(&kit.engine, NOW, BRANDS)
        .await
        .unwrap();
    kit
}

async fn open(kit: &Kit, host: &str, path: &str) -> Reply {
    let mut browser = Browser::default();
    browser.headers.push(("x-forwarded-host", host.to_owned()));
    browser.get(kit, path).await
}

fn policy(reply: &Reply) -> &str {
    reply.headers["content-security-policy"].to_str().unwrap()
}

#[tokio::test]
async fn a_host_has_its_brands_title_pictures_colors_and_theme_and_another_host_has_not() {
    let kit = house().await;
    let own = open(&kit, "login.House.example:8443", PAGE).await;
    for part in [
        "The &lt;b&gt;House&lt;/b&gt;</title>",
        "data-theme=\"dark\"",
        "srcset=\"/files/media/public/logo-dark.svg\"",
        "src=\"/files/media/public/logo-light.svg\"",
        "<link rel=\"icon\" href=\"https://cdn.example/icon.png\">",
        "class=\"backdrop\" src=\"https://pictures.example/meadow.jpg\"",
        "<link rel=\"stylesheet\" href=\"/static/doorward/brand.",
    ] {
        assert!(own.text.contains(part), "{part} in {}", own.text);
    }
    let pictures = "img-src 'self' data: https://cdn.example https://pictures.example;";
    assert!(policy(&own).contains(pictures), "{}", policy(&own));
    let other = open(&kit, "example.org", PAGE).await;
    for part in ["House", "backdrop\"", "brand.", "data-theme=\"", "cdn"] {
        assert!(!other.text.contains(part), "{part} in {}", other.text);
    }
}

#[tokio::test]
async fn every_page_has_the_look_the_missing_one_too() {
    let kit = house().await;
    for path in [
        "/nothing/here",
        "/if/flow/nothing/",
        "/outpost.goauthentik.io/start",
    ] {
        let page = open(&kit, "house.example", path).await;
        assert!(
            page.text.contains("&lt;b&gt;House"),
            "{path}: {}",
            page.text
        );
    }
}

#[tokio::test]
async fn the_colors_are_a_stylesheet_whose_name_holds_its_hash() {
    let kit = house().await;
    let page = open(&kit, "house.example", PAGE).await;
    let (_, rest) = page.text.split_once("stylesheet\" href=\"").unwrap();
    let (url, _) = rest.split_once('"').unwrap();
    let sheet = open(&kit, "house.example", url).await;
    assert_eq!(sheet.headers["content-type"], "text/css; charset=utf-8");
    assert!(
        sheet.headers["cache-control"]
            .to_str()
            .unwrap()
            .contains("immutable")
    );
    assert!(
        sheet.text.starts_with(":root{--acc:light-dark(#"),
        "{}",
        sheet.text
    );
    let css = ":root { --brand-color: #105010 }";
    let change = BRANDS.replace(":root { --brand-color: #7a1fa2 }", css);
    blueprint::apply_text(&kit.engine, NOW, &change)
        .await
        .unwrap();
    let page = open(&kit, "house.example", PAGE).await;
    assert!(!page.text.contains(url), "the same name for another text");
    assert_eq!(open(&kit, "house.example", url).await.status, 404);
}

#[tokio::test]
async fn a_flow_has_its_own_background_in_the_page_and_in_json() {
    let kit = house().await;
    let page = open(&kit, "house.example", "/if/flow/two-pages/").await;
    assert!(
        page.text
            .contains("class=\"backdrop\" src=\"/media/own.jpg\"")
    );
    let json = open(
        &kit,
        "house.example",
        "/api/v3/flows/executor/two-pages/?query=",
    )
    .await;
    let own = "\"background\":\"/media/own.jpg\",\"background_themed_urls\":{\"light\":\"/media/own.jpg\",\"dark\":\"/media/own.jpg\"}";
    assert!(json.text.contains(own), "{}", json.text);
    let path = "/api/v3/flows/executor/default-authentication-flow/?query=";
    let json = open(&kit, "house.example", path).await;
    let brand = "\"background\":\"https://pictures.example/meadow.jpg\"";
    assert!(json.text.contains(brand), "{}", json.text);
}

const LAYOUTS: [&str; 7] = [
    "stacked",
    "content_left",
    "content_right",
    "sidebar_left",
    "sidebar_right",
    "sidebar_left_frame_background",
    "sidebar_right_frame_background",
];

/// api-and-model.md 1.9: `layout` and `background` of a flow.
#[tokio::test]
async fn a_card_stands_where_its_flow_says_and_only_a_frame_may_show_another_page() {
    let kit = house().await;
    for layout in LAYOUTS {
        let text = BRANDS.replace(
            "{ background: /media/own.jpg",
            &format!("{{ layout: {layout}, background: 'https://news.example/today'"),
        );
        let outcome = blueprint::apply_text(&kit.engine, NOW, &text).await;
        outcome.expect("the API knows the same words");
        let page = open(&kit, "house.example", "/if/flow/two-pages/").await;
        assert!(
            page.text
                .contains(&format!("<div class=\"wrap {layout}\">")),
            "{}",
            page.text
        );
        let frame = "<iframe class=\"backdrop\" src=\"https://news.example/today\"";
        let is_framed = layout.ends_with("frame_background");
        assert_eq!(
            page.text.contains(frame),
            is_framed,
            "{layout}: {}",
            page.text
        );
        let allowed = policy(&page).contains("frame-src 'self' https://news.example;");
        assert_eq!(allowed, is_framed, "{layout}: {}", policy(&page));
        let another = open(&kit, "house.example", PAGE).await;
        assert!(
            another.text.contains("<div class=\"wrap stacked\">"),
            "{layout}"
        );
    }
    let refused = BRANDS.replace("{ background:", "{ layout: 'x\\\" onload=', background:");
    assert!(
        blueprint::apply_text(&kit.engine, NOW, &refused)
            .await
            .is_err()
    );
}

#[tokio::test]
async fn on_another_host_than_the_public_one_everything_is_loaded_from_there() {
    let kit = house().await;
    let text = "version: 1
metadata: { name: tests }
entries:
  - model: authentik_outposts.outpost
    identifiers: { managed: goauthentik.io/outposts/embedded }
    attrs: { config: { authentik_host: 'https://auth.example/' } }
";
    blueprint::apply_text(&kit.engine, NOW, text).await.unwrap();
    let page = open(&kit, "app.house.example", "/outpost.goauthentik.io/start").await;
    for part in [
        "https://auth.example/static/doorward/brand.",
        "https://auth.example/files/media/public/logo-light.svg",
    ] {
        assert!(page.text.contains(part), "{part} in {}", page.text);
    }
    let policy = policy(&page);
    assert!(
        policy.contains("img-src 'self' data: https://auth.example "),
        "{policy}"
    );
    assert!(policy.contains("' https://auth.example;"), "{policy}");
}

async fn speaking(kit: &Kit, headers: &[(&'static str, &str)]) -> Reply {
    let mut browser = Browser::default();
    let given = headers
        .iter()
        .map(|(name, value)| (*name, (*value).to_owned()));
    browser.headers.extend(given);
    browser.get(kit, PAGE).await
}

#[tokio::test]
async fn the_language_is_the_one_chosen_here_else_the_browsers_else_the_brands() {
    let kit = house().await;
    let german = BRANDS.replace("settings: {", "settings: { locale: de_DE,");
    blueprint::apply_text(&kit.engine, NOW, &german)
        .await
        .unwrap();
    let host = ("x-forwarded-host", "house.example");
    for (headers, lang, words) in [
        (&[][..], "en", "Keep me signed in"),
        (
            &[("accept-language", "fr-CA, en;q=0.5")],
            "fr",
            "Mot de passe",
        ),
        (&[("accept-language", "nl")], "en", "Password"),
        (&[host], "de", "Passwort"),
        (&[host, ("accept-language", "es")], "es", "Contraseña"),
        (
            &[
                ("cookie", "authentik_language=de-at"),
                ("accept-language", "es"),
            ],
            "de",
            "Passwort",
        ),
        (&[("cookie", "authentik_language=x\"y")], "en", "Password"),
    ] {
        let page = speaking(&kit, headers).await;
        let tag = format!("<html lang=\"{lang}\" dir=\"ltr\"");
        assert!(page.text.contains(&tag), "{headers:?}: {}", page.text);
        assert!(
            lang == "en" || page.text.contains(words),
            "{headers:?}: {}",
            page.text
        );
    }
}

#[tokio::test]
async fn a_plain_form_switches_the_language_for_this_browser() {
    let kit = Kit::new().await;
    let mut browser = Browser::default();
    let page = browser
        .get(&kit, &format!("{PAGE}?next=%2Fif%2Fuser%2F"))
        .await;
    assert_eq!(
        page.after("name=\"next\" value=\""),
        format!("{PAGE}?next=%2Fif%2Fuser%2F")
    );
    let back = browser
        .get(
            &kit,
            "/if/language/?lang=fr&next=%2Fif%2Fuser%2F%3Fsearch%3Da",
        )
        .await;
    assert_eq!(
        (back.status.as_u16(), back.location()),
        (303, "/if/user/?search=a")
    );
    assert_eq!(browser.cookies["authentik_language"], "fr");
    let page = browser.get(&kit, "/nowhere/").await;
    assert!(
        page.text.contains("Cette page n’existe pas"),
        "{}",
        page.text
    );
    assert!(
        page.text
            .contains("<option value=\"fr\" lang=\"fr\" selected>")
    );
}

#[tokio::test]
async fn no_other_site_chooses_a_language_or_where_the_form_leads() {
    let kit = Kit::new().await;
    for next in [
        "https://evil.example/",
        "//evil.example/",
        "/\\evil.example",
        "javascript:x",
        "",
    ] {
        let next = url::form_urlencoded::byte_serialize(next.as_bytes()).collect::<String>();
        let mut browser = Browser::default();
        let back = browser
            .get(&kit, &format!("/if/language/?lang=de&next={next}"))
            .await;
        assert_eq!(back.location(), "/", "{next}");
    }
    let mut browser = Browser::default();
    browser
        .headers
        .push(("sec-fetch-site", "cross-site".to_owned()));
    let back = browser.get(&kit, "/if/language/?lang=de").await;
    assert_eq!(back.status.as_u16(), 303);
    assert!(browser.cookies.is_empty());
    let mut browser = Browser::default();
    browser
        .get(&kit, "/if/language/?lang=xx%0d%0aset-cookie")
        .await;
    assert!(browser.cookies.is_empty());
}

#[tokio::test]
async fn what_was_wrong_is_said_in_the_persons_language() {
    let kit = Kit::new().await;
    kit.person(7, "mia").await;
    let mut browser = Browser::default();
    browser.headers.push(("accept-language", "de".to_owned()));
    let page = browser.sign_in(&kit, "mia", "wrong").await.expect(422);
    assert!(
        page.text.contains("Prüfen Sie Benutzernamen und Passwort."),
        "{}",
        page.text
    );
    assert!(page.text.contains("Das hat nicht geklappt"));
    browser.sign_in(&kit, "mia", "pw-mia").await.expect(303);
    let sessions = browser.get(&kit, "/if/user/sessions/").await.expect(200);
    for words in ["Wo Sie angemeldet sind", "Unbekanntes Gerät", "gerade eben"] {
        assert!(
            sessions.text.contains(words),
            "{words} in {}",
            sessions.text
        );
    }
}
