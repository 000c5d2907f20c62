//! One form makes an application, and each recipe for OpenID Connect is walked: a client signs in at each
//! of its addresses, as the recipe says, with what the page shows.

use doorward_engine::recipe::{self, Address, Keeps, OpenId, Recipe, Values, Way};
use http::Request;
use url::{Url, form_urlencoded};

use super::kit::{Kit, Seen, VERIFIER, challenge, encoded};

const NEW: &str = "/if/admin/applications/new/";

/// A page's text between two marks, as a browser shows it.
#[track_caller]
fn between<'a>(text: &'a str, before: &str, after: &str) -> &'a str {
    let (_, rest) = text
        .split_once(before)
        .unwrap_or_else(|| panic!("no {before}"));
    rest.split_once(after)
        .unwrap_or_else(|| panic!("no {after}"))
        .0
}

fn csrf(page: &Seen) -> String {
    page.after("name=\"csrf\" value=\"")
}

async fn kits() -> Vec<Kit> {
    let kits = Kit::every().await;
    for kit in &kits {
        kit.make_mia_an_admin().await;
    }
    kits
}

/// Sends the form with these answers besides the address.
async fn add(kit: &Kit, address: &str, more: &[(&str, &str)]) -> Seen {
    let page = kit
        .browse(&format!("{NEW}?{}", encoded(&[("address", address)])))
        .await;
    let csrf = csrf(&page.expect(200));
    let fields = [&[("csrf", &*csrf), ("address", address)], more].concat();
    kit.submit(NEW, &fields).await
}

/// What the page shows of a client.
struct Shown {
    id: String,
    secret: Option<String>,
}

/// Makes the application of a recipe by the form, and reads its page.
async fn made(kit: &Kit, recipe: &Recipe, address: &str) -> Shown {
    let answers = [
        ("recipe", &*recipe.slug),
        ("name", &*recipe.name),
        ("slug", &*recipe.slug),
        ("way", Way::OpenId.word()),
        ("who", "everyone"),
    ];
    let made = add(kit, address, &answers).await.expect(303);
    let page = kit.browse(made.header("location")).await.expect(200);
    assert!(!page.text.contains("id=\"secret\""), "{}", recipe.slug);
    let openid = recipe.openid.as_ref().unwrap();
    let shown = if openid.client == Keeps::Public {
        assert!(!page.text.contains("Show the secret"), "{}", recipe.slug);
        page
    } else {
        let form = [("csrf", &*csrf(&page)), ("secret", "show")];
        kit.submit(made.header("location"), &form).await.expect(200)
    };
    let text = &shown.text;
    let code = |id: &str| between(text, &format!("<code id=\"{id}\">"), "</code>").to_owned();
    let discovery = Url::parse(&code("discovery")).unwrap();
    kit.get(discovery.path()).await.expect(200);
    let secret = (openid.client == Keeps::Confidential).then(|| code("secret"));
    if let Some(secret) = &secret {
        // Once as a fact, and where the app's own settings have it.
        assert!(text.matches(&**secret).count() >= 2, "{}", recipe.slug);
    }
    assert!(!text.contains("••••"), "{}", recipe.slug);
    Shown {
        id: code("client-id"),
        secret,
    }
}

/// Every address at which the app may be answered.
fn addresses(openid: &OpenId, address: &Address) -> Vec<String> {
    let values = Values::of(address);
    let all = openid.redirects.iter();
    let examples = openid.expressions.iter().map(|one| &one.example);
    all.chain(examples).map(|text| values.fill(text)).collect()
}

async fn walk(kit: &Kit, openid: &OpenId, client: &Shown, redirect: &str) {
    let (scope, challenge) = (openid.scopes.join(" "), challenge());
    let mut asked = vec![
        ("client_id", &*client.id),
        ("response_type", "code"),
        ("redirect_uri", redirect),
        ("scope", &scope),
        ("state", "a state"),
        ("nonce", "a nonce"),
    ];
    if openid.pkce {
        asked.extend([
            ("code_challenge", &*challenge),
            ("code_challenge_method", "S256"),
        ]);
    }
    let answered = kit.authorize(&asked).await;
    let answered = kit.agreed(answered).await.expect(303);
    let to = answered.header("location");
    let query = to.strip_prefix(redirect).unwrap_or_else(|| panic!("{to}"));
    let query = query.trim_start_matches(['?', '&']);
    let code = form_urlencoded::parse(query.as_bytes()).find(|(name, _)| name == "code");
    let code = code.unwrap_or_else(|| panic!("{to}")).1.into_owned();
    let mut form = vec![
        ("grant_type", "authorization_code"),
        ("code", &*code),
        ("redirect_uri", redirect),
        ("client_id", &*client.id),
    ];
    form.extend(
        client
            .secret
            .as_deref()
            .map(|secret| ("client_secret", secret)),
    );
    form.extend(openid.pkce.then_some(("code_verifier", VERIFIER)));
    let tokens = kit.token_plainly(&form).await.expect(200).json();
    let refreshes = openid.scopes.iter().any(|scope| scope == "offline_access");
    assert_eq!(tokens["refresh_token"].is_string(), refreshes, "{redirect}");
    let header = super::kit::header(tokens["id_token"].as_str().unwrap());
    assert_eq!(header["alg"], "RS256");
    let told = kit.userinfo(tokens["access_token"].as_str().unwrap()).await;
    assert_eq!(
        told.expect(200).json()["preferred_username"],
        "mia",
        "{redirect}"
    );
}

#[tokio::test]
async fn each_recipe_signs_people_in_at_each_of_its_addresses() {
    for kit in kits().await {
        let mut walked = 0;
        for recipe in recipe::all() {
            let Some(openid) = &recipe.openid else {
                continue;
            };
            let address = format!("https://{}.home.lan", recipe.slug);
            let client = made(&kit, recipe, &address).await;
            for redirect in addresses(openid, &Address::read(&address).unwrap()) {
                walk(&kit, openid, &client, &redirect).await;
                walked += 1;
            }
        }
        assert!(walked > 30, "{walked}");
        let list = kit
            .browse("/if/admin/applications/?search=grafana")
            .await
            .expect(200);
        assert!(
            list.text.contains("<time") && !list.text.contains("Not yet"),
            "{}",
            list.text
        );
        let seen = kit
            .browse("/if/admin/applications/grafana/seen/")
            .await
            .expect(200)
            .json();
        assert_eq!(seen["state"], "in");
        assert!(!kit.events("secret_view").await.is_empty());
    }
}

#[tokio::test]
async fn the_form_is_filled_from_the_address_and_its_answer_leads_to_what_to_paste() {
    for kit in kits().await {
        let first = kit.browse(NEW).await.expect(200);
        assert!(first.text.contains("method=\"get\"") && !first.text.contains("name=\"slug\""));
        let filled = kit
            .browse(&format!("{NEW}?address=sonarr.home.lan"))
            .await
            .expect(200);
        assert_eq!(
            filled.after(
                "id=\"name\" name=\"name\" type=\"text\" autocomplete=\"off\" required value=\""
            ),
            "Sonarr"
        );
        assert!(filled.text.contains("<option value=\"sonarr\" selected>"));
        assert!(filled.text.contains("^/api\n^/feed"));
        let answers = [
            ("recipe", "sonarr"),
            ("name", "Sonarr"),
            ("slug", "sonarr"),
            ("way", "forward-auth"),
            ("who", "groups"),
            ("new_group", "media"),
            ("public_paths", "^/api"),
        ];
        let made = add(&kit, "sonarr.home.lan", &answers).await.expect(303);
        let page = kit.browse(made.header("location")).await.expect(200);
        for part in [
            "Host(`sonarr.home.lan`)",
            "SONARR__AUTH__METHOD=External",
            "Waiting for the first request",
        ] {
            assert!(page.text.contains(part), "{part}");
        }
        let list = kit
            .browse("/if/admin/applications/?search=sonar")
            .await
            .expect(200);
        for part in ["Sign-in page in front", "media", "Not yet"] {
            assert!(list.text.contains(part), "{part} in {}", list.text);
        }
        let seen = kit
            .browse("/if/admin/applications/sonarr/seen/")
            .await
            .expect(200)
            .json();
        assert_eq!(seen["state"], "waiting");
    }
}

#[tokio::test]
async fn what_is_wrong_stands_beside_its_field_and_nothing_typed_is_lost() {
    for kit in kits().await {
        let answers = [
            ("name", "My <b>app</b>"),
            ("slug", "no slug"),
            ("way", "forward-auth"),
            ("who", "groups"),
            ("public_paths", "("),
            ("redirects", "https://x.example/cb"),
        ];
        let again = add(&kit, "https://x.home.lan", &answers).await.expect(422);
        for id in ["slug-error", "new_group-error", "public_paths-error"] {
            assert!(again.text.contains(&format!("id=\"{id}\"")), "{id}");
        }
        for typed in [
            "My &lt;b&gt;app",
            "no slug",
            "https:&#x2f;&#x2f;x.example&#x2f;cb",
            "<details open>",
        ] {
            let plain = typed.replace("&#x2f;", "/");
            assert!(
                again.text.contains(typed) || again.text.contains(&plain),
                "{typed}: {}",
                again.text
            );
        }
        let begin = kit.browse(&format!("{NEW}?address=ftp://x.lan")).await;
        assert!(begin.expect(422).text.contains("id=\"address-error\""));
        // Another app was chosen: its answers are filled in, and who can open it stays.
        let more = [
            ("recipe", "grafana"),
            ("again", "1"),
            ("who", "groups"),
            ("new_group", "media"),
        ];
        let filled = add(&kit, "https://x.home.lan", &more).await.expect(200);
        assert!(
            filled.text.contains("value=\"Grafana\"") && filled.text.contains("value=\"media\"")
        );
    }
}

#[tokio::test]
async fn who_can_open_it_changes_by_forms_and_it_ends_with_its_sign_in() {
    for kit in kits().await {
        let answers = [
            ("name", "Wiki"),
            ("slug", "wiki"),
            ("way", "openid"),
            ("who", "everyone"),
        ];
        add(&kit, "https://wiki.home.lan", &answers)
            .await
            .expect(303);
        let who = "/if/admin/applications/wiki/who/";
        let page = kit.browse(who).await.expect(200);
        assert!(page.text.contains("Everyone who can sign in can open it"));
        let token = csrf(&page);
        let group = [("csrf", &*token), ("group", "editors"), ("add_group", "1")];
        kit.submit(who, &group).await.expect(303);
        kit.submit(who, &group).await.expect(422);
        let nobody = [("csrf", &*token), ("person", "nobody"), ("add_person", "1")];
        let page = kit.submit(who, &nobody).await.expect(422);
        assert!(
            page.text.contains("id=\"person-error\"") && page.text.contains("value=\"nobody\"")
        );
        let person = [("csrf", &*token), ("person", "mia"), ("add_person", "1")];
        kit.submit(who, &person).await.expect(303);
        let page = kit.browse(who).await.expect(200);
        assert!(page.text.contains("editors") && page.text.contains("fits one of these"));
        let key = page.after("name=\"remove\" value=\"");
        kit.submit(who, &[("csrf", &*token), ("remove", &*key)])
            .await
            .expect(303);
        let page = kit.browse(who).await.expect(200);
        assert_eq!(page.text.matches("name=\"remove\"").count(), 1);
        for path in [
            "",
            "sign-in/",
            "more/",
            "more/?delete",
            "connect/?proxy=nginx",
        ] {
            kit.browse(&format!("/if/admin/applications/wiki/{path}"))
                .await
                .expect(200);
        }
        let more = "/if/admin/applications/wiki/more/";
        kit.submit(more, &[("csrf", &*token), ("delete", "yes")])
            .await
            .expect(303);
        kit.browse("/if/admin/applications/wiki/").await.expect(404);
        let kind = "authentik_providers_oauth2.oauth2provider";
        assert!(kit.engine.snapshot().objects(kind).is_empty());
    }
}

#[tokio::test]
async fn nobody_else_adds_an_application_or_sees_a_secret() {
    for kit in Kit::every().await {
        let paths = [
            NEW,
            "/if/admin/applications/",
            "/if/admin/applications/x/connect/",
        ];
        for path in paths {
            kit.browse(path).await.expect(403);
            kit.get(path).await.expect(303);
        }
        kit.make_mia_an_admin().await;
        let answers = [
            ("name", "Wiki"),
            ("slug", "wiki"),
            ("way", "openid"),
            ("who", "everyone"),
        ];
        add(&kit, "https://wiki.home.lan", &answers)
            .await
            .expect(303);
        let connect = "/if/admin/applications/wiki/connect/";
        // Without the token of the page nothing is shown.
        kit.submit(connect, &[("secret", "show")]).await.expect(403);
        let foreign = Request::post(connect)
            .header("cookie", &kit.cookie)
            .header("content-type", "application/x-www-form-urlencoded")
            .header("origin", "https://elsewhere.example");
        kit.send(foreign, "secret=show".into()).await.expect(403);
        assert!(kit.events("secret_view").await.is_empty());
    }
}

#[tokio::test]
async fn each_snippet_has_its_page_and_an_address_inside_that_is_none_is_said() {
    for kit in kits().await {
        let answers = [
            ("recipe", "sonarr"),
            ("name", "Sonarr"),
            ("slug", "sonarr"),
            ("way", "forward-auth"),
            ("who", "everyone"),
        ];
        add(&kit, "https://sonarr.home.lan", &answers)
            .await
            .expect(303);
        let connect = "/if/admin/applications/sonarr/connect/";
        for proxy in doorward_engine::snippet::Proxy::ALL {
            let asked = [
                ("proxy", proxy.slug()),
                ("gateway", "doorward.lan:9001"),
                ("upstream", "http://tv:1"),
            ];
            let page = kit
                .browse(&format!("{connect}?{}", encoded(&asked)))
                .await
                .expect(200);
            assert!(page.text.contains("doorward.lan:9001"), "{proxy:?}");
        }
        let wrong = kit
            .browse(&format!("{connect}?gateway=http://a/b"))
            .await
            .expect(422);
        assert!(wrong.text.contains("id=\"gateway-error\""));
    }
}
