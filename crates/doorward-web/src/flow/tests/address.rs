//! The public address, which a start from the environment asked nobody for.

use doorward_engine::testing::NOW;
use doorward_engine::{Context, first_run};

use super::kit::{Browser, Kit, Reply};

const ADDRESS: &str = "/if/admin/address/";

async fn admin() -> (Kit, Browser) {
    let kit = Kit::new().await;
    kit.person(7, "mia").await;
    let made = first_run::promote(&kit.engine, &Context::system(NOW), "mia").await;
    assert!(made.unwrap());
    let mut browser = Browser::default();
    browser.sign_in(&kit, "mia", "pw-mia").await.expect(303);
    (kit, browser)
}

fn known(kit: &Kit) -> Option<String> {
    kit.engine.snapshot().public_url().map(String::from)
}

async fn save(browser: &mut Browser, kit: &Kit, page: &Reply, address: &str) -> Reply {
    let body = url::form_urlencoded::Serializer::new(String::new())
        .append_pair("csrf", &page.after("name=\"csrf\" value=\""))
        .append_pair("base_url", address)
        .finish();
    browser.post_form(kit, ADDRESS, body).await
}

#[tokio::test]
async fn an_administrator_is_asked_until_the_address_is_known() {
    let (kit, mut browser) = admin().await;
    for path in ["/", "/if/admin/"] {
        let led = browser.get(&kit, path).await.expect(303);
        assert_eq!(led.location(), ADDRESS, "{path}");
    }
    browser.get(&kit, "/if/user/").await.expect(200);
    let page = browser.get(&kit, ADDRESS).await.expect(200);
    assert!(
        page.text.contains("value=\"http://auth.example.org\""),
        "{page:?}"
    );
    let wrong = save(&mut browser, &kit, &page, "auth.example.org/sso").await;
    assert!(wrong.expect(422).text.contains("without a path"));
    assert_eq!(known(&kit), None);
    let saved = save(&mut browser, &kit, &page, "https://auth.example.org").await;
    assert_eq!(saved.expect(303).location(), "/if/admin/");
    assert_eq!(known(&kit).as_deref(), Some("https://auth.example.org/"));
    let home = browser.get(&kit, "/if/admin/").await.expect(200);
    assert!(home.text.contains("https://auth.example.org"));
    let again = browser.get(&kit, ADDRESS).await.expect(303);
    assert_eq!(again.location(), "/if/admin/");
}

#[tokio::test]
async fn nobody_else_sets_it_and_no_other_site_does() {
    let (kit, mut browser) = admin().await;
    let page = browser.get(&kit, ADDRESS).await.expect(200);
    let evil = "https://evil.example";
    kit.person(9, "eve").await;
    let mut eve = Browser::default();
    eve.sign_in(&kit, "eve", "pw-eve").await.expect(303);
    let mut stranger = Browser::default();
    for other in [&mut eve, &mut stranger] {
        other.get(&kit, ADDRESS).await.expect(303);
        save(other, &kit, &page, evil).await.expect(303);
    }
    let root = eve.get(&kit, "/").await.expect(303);
    assert_eq!(root.location(), "/if/user/");
    browser.headers.push(("origin", evil.to_owned()));
    save(&mut browser, &kit, &page, evil).await.expect(403);
    browser.headers.clear();
    let forged = browser
        .post_form(&kit, ADDRESS, format!("csrf=x&base_url={evil}"))
        .await;
    forged.expect(403);
    assert_eq!(known(&kit), None);
}
