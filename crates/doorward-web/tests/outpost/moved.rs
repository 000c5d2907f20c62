//! A session that is bound to where it began, through forward auth and on our own pages.

use doorward_engine::blueprint;
use doorward_engine::testing::NOW;
use doorward_store::user;
use serde_json::json;

use crate::browser::{Browser, Page};
use crate::kit::{EXTERNAL, Kit, PUBLIC, forwarded};

const HOME: &str = "203.0.113.7";
const ELSEWHERE: &str = "198.51.100.9";
const MOVED: &str = "because your network or your place has changed";
/// PBKDF2 of `pw`, one round: no work in a test.
const PW: &str = "pbkdf2_sha256$1$salt$b0rYx47DZcBg5kjraU7kDepYSEsDcfvWFxWsRBC3OAo=";

const FLOW: &str = r"
version: 1
metadata: { name: bound }
entries:
  - { model: authentik_stages_password.passwordstage, id: password, identifiers: { name: password }, attrs: { backends: [authentik.core.auth.InbuiltBackend] } }
  - { model: authentik_stages_identification.identificationstage, id: name, identifiers: { name: name }, attrs: { user_fields: [username], password_stage: !KeyOf password } }
  - { model: authentik_stages_user_login.userloginstage, id: login, identifiers: { name: login }, attrs: { network_binding: bind_asn_network_ip } }
  - { model: authentik_flows.flow, id: flow, identifiers: { slug: default-authentication-flow }, attrs: { name: S, title: S, designation: authentication } }
  - { model: authentik_flows.flowstagebinding, identifiers: { target: !KeyOf flow, stage: !KeyOf name, order: 0 } }
  - { model: authentik_flows.flowstagebinding, identifiers: { target: !KeyOf flow, stage: !KeyOf login, order: 1 } }
";

fn app() -> String {
    format!("{EXTERNAL}/page")
}

async fn kits() -> Vec<Kit> {
    let mut kits = Vec::new();
    for store in doorward_store::testing::every_engine().await {
        let kit = Kit::on(store, json!({})).await;
        blueprint::apply_text(&kit.engine, NOW, FLOW).await.unwrap();
        let mut tx = kit.engine.store.begin().await.unwrap();
        let row = user::find(&mut tx, 7).await.unwrap().unwrap();
        user::rehash(&mut tx, 7, &row.password, PW).await.unwrap();
        kit.engine.commit(tx).await.unwrap();
        kits.push(kit);
    }
    kits
}

/// Signs in on the way to the application.
async fn entered(kit: &Kit) -> Browser {
    let mut browser = Browser::from(HOME);
    let page = browser.enter(kit, &app()).await.expect(200);
    let fields = [("uid_field", "foo"), ("password", "pw")];
    browser.submit(kit, &page, &fields).await.is_at(&app());
    assert_eq!(browser.enter(kit, &app()).await.answer.status, 200);
    browser
}

#[track_caller]
fn says_why(page: &Page) {
    let text = &page.answer.text;
    assert!(text.contains(MOVED), "{} {text}", page.url);
}

#[tokio::test]
async fn a_bound_session_lives_at_its_address_and_ends_at_another_with_an_event_and_a_page() {
    for kit in kits().await {
        let mut browser = entered(&kit).await;
        let mut thief = browser.clone().at(ELSEWHERE);
        let stolen = browser.cookies_of("ext.t.goauthentik.io");
        let mut call = forwarded("traefik", &app(), &[("cookie", &stolen), ("accept", "*/*")]);
        let from = ELSEWHERE.parse().unwrap();
        call.headers_mut().insert("x-forwarded-for", from);
        kit.send(call).await.is_a_bare_401();
        let told = kit.events("logout").await;
        assert_eq!(told.len(), 1);
        assert!(
            told[0].context.contains("Session binding broken"),
            "{}",
            told[0].context
        );
        assert_eq!(told[0].client_ip, ELSEWHERE);
        // It has ended for everybody, and both are told why.
        says_why(&thief.enter(&kit, &app()).await.expect(200));
        let page = browser.enter(&kit, &app()).await.expect(200);
        says_why(&page);
        let fields = [("uid_field", "foo"), ("password", "pw")];
        browser.submit(&kit, &page, &fields).await.is_at(&app());
        assert_eq!(kit.events("logout").await.len(), 1);
    }
}

#[tokio::test]
async fn on_our_own_pages_the_session_ends_as_well() {
    for kit in kits().await {
        let browser = entered(&kit).await;
        let mut moved = browser.at(ELSEWHERE);
        let url = format!("{PUBLIC}/if/user/");
        let page = moved.open(&kit, &url).await.expect(200);
        says_why(&page);
        assert_eq!(kit.events("logout").await.len(), 1);
        // The application's session ended with it.
        let mut back = moved.at(HOME);
        says_why(&back.enter(&kit, &app()).await.expect(200));
    }
}

#[tokio::test]
async fn only_a_session_without_a_binding_takes_the_way_before_the_router() {
    for kit in kits().await {
        let bound = entered(&kit).await;
        let (_, central) = kit.signed_in(7).await;
        let free = kit.enter(&app(), &central).await;
        for (cookies, expected) in [
            (bound.cookies_of("ext.t.goauthentik.io"), None),
            (free, Some(200)),
        ] {
            kit.send(forwarded(
                "traefik",
                &app(),
                &[("cookie", &cookies), ("x-forwarded-for", HOME)],
            ))
            .await
            .expect(200);
            let check = forwarded("traefik", &app(), &[("cookie", &cookies)]);
            assert_eq!(kit.at_once("127.0.0.1", &check), expected);
        }
    }
}

/// The last review: after a malformed `X-Forwarded-For` a session was bound to the proxy itself, from
/// where everybody comes.
#[tokio::test]
async fn while_a_proxy_says_something_unreadable_no_session_is_bound_and_none_ends() {
    for kit in kits().await {
        let mut unread = Browser::from("not an address");
        let page = unread.open(&kit, &format!("{PUBLIC}/if/user/")).await;
        let fields = [("uid_field", "foo"), ("password", "pw")];
        let page = unread.submit(&kit, &page.expect(200), &fields).await;
        let text = &page.answer.text;
        assert!(text.contains("It cannot be told where you are"), "{text}");
        assert!(kit.events("login").await.is_empty());
        let mut browser = entered(&kit).await;
        let mut lost = browser.clone().at("not an address");
        let page = lost.open(&kit, &format!("{PUBLIC}/if/user/")).await;
        assert!(page.answer.text.contains("uid_field"), "{}", page.url);
        assert_eq!(browser.enter(&kit, &app()).await.answer.status, 200);
        assert!(kit.events("logout").await.is_empty());
    }
}
