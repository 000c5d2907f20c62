//! The signed-in person's pages.

use super::kit::{Browser, Form, Kit};

#[tokio::test]
async fn strangers_are_led_to_the_sign_in_and_back() {
    let kit = Kit::new().await;
    let mut browser = Browser::default();
    for (path, next) in [
        ("/", "%2F"),
        ("/if/user/?search=x", "%2Fif%2Fuser%2F%3Fsearch%3Dx"),
        ("/if/user/sessions/", "%2Fif%2Fuser%2Fsessions%2F"),
        ("/if/admin/", "%2Fif%2Fadmin%2F"),
    ] {
        let to = browser.get(&kit, path).await.expect(303);
        assert_eq!(
            to.location(),
            format!("/flows/-/default/authentication/?next={next}")
        );
    }
}

#[tokio::test]
async fn people_see_and_end_their_own_sessions_and_nobody_elses() {
    let kit = Kit::new().await;
    kit.person(7, "mia").await;
    kit.person(9, "eve").await;
    let (mut phone, mut desk, mut eve) =
        (Browser::default(), Browser::default(), Browser::default());
    phone.headers.push((
        "user-agent",
        "Mozilla/5.0 (iPhone) Version/19 Safari/604".to_owned(),
    ));
    phone.sign_in(&kit, "mia", "pw-mia").await.expect(303);
    desk.sign_in(&kit, "mia", "pw-mia").await.expect(303);
    eve.sign_in(&kit, "eve", "pw-eve").await.expect(303);
    let page = desk.get(&kit, "/if/user/sessions/").await.expect(200);
    assert!(page.text.contains("Safari on iPhone") && page.text.contains("This device"));
    let id = page.after("name=\"session\" value=\"");
    let eves = eve.get(&kit, "/if/user/sessions/").await.expect(200);
    assert!(!eves.text.contains(&id));
    // Eve's only session has no form; the token of another page of hers would do.
    let keys = &kit.engine.keys;
    let own = kit
        .engine
        .session(&sid(&kit, &eve), doorward_engine::testing::NOW)
        .await
        .unwrap()
        .unwrap();
    let csrf = crate::csrf::issue(keys, crate::csrf::Subject::Session(&own.id));
    let body = format!("csrf={csrf}&session={id}");
    let refused = eve
        .post_form(&kit, "/if/user/sessions/", body)
        .await
        .expect(303);
    assert_eq!(refused.location(), "/if/user/sessions/?ended=none");
    assert_eq!(phone.who(&kit).await, "mia");
    let form = Form::of(&page);
    let stolen = Form {
        csrf,
        ..Form::of(&page)
    };
    desk.post_form(&kit, &stolen.action, stolen.body(&[("session", &id)]))
        .await
        .expect(403);
    desk.post_form(&kit, &form.action, form.body(&[("session", &id)]))
        .await
        .expect(303);
    assert_eq!(phone.who(&kit).await, "");
    assert_eq!(desk.who(&kit).await, "mia");
    let done = desk
        .get(&kit, "/if/user/sessions/?ended=one")
        .await
        .expect(200);
    assert!(done.text.contains("Signed out there."));
}

fn sid(kit: &Kit, browser: &Browser) -> String {
    let cookie = &browser.cookies["authentik_session"];
    doorward_protocol::session_cookie::verify(&kit.engine.keys, cookie)
        .unwrap()
        .sid
}

#[tokio::test]
async fn everywhere_else_means_every_session_but_this_one() {
    let kit = Kit::new().await;
    kit.person(7, "mia").await;
    let mut browsers: Vec<Browser> = (0..3).map(|_| Browser::default()).collect();
    for browser in &mut browsers {
        browser.sign_in(&kit, "mia", "pw-mia").await.expect(303);
    }
    let page = browsers[1]
        .get(&kit, "/if/user/sessions/")
        .await
        .expect(200);
    browsers[1]
        .submit(&kit, &page, &[("session", "others")])
        .await
        .expect(303);
    let mut who = Vec::new();
    for browser in &mut browsers {
        who.push(browser.who(&kit).await);
    }
    assert_eq!(who, ["", "mia", ""]);
}

#[tokio::test]
async fn the_administrators_page_is_for_administrators() {
    let kit = Kit::new().await;
    kit.person(7, "mia").await;
    let mut browser = Browser::default();
    browser.sign_in(&kit, "mia", "pw-mia").await.expect(303);
    browser.get(&kit, "/if/admin/").await.expect(403);
}

#[tokio::test]
async fn scripts_of_our_own_get_a_token_that_fits_the_session() {
    let kit = Kit::new().await;
    kit.person(7, "mia").await;
    let mut browser = Browser::default();
    browser.sign_in(&kit, "mia", "pw-mia").await.expect(303);
    let first = browser.cookies["authentik_csrf"].clone();
    browser.get(&kit, "/if/user/").await.expect(200);
    assert_eq!(browser.cookies["authentik_csrf"], first);
    browser
        .cookies
        .insert("authentik_csrf".into(), "stale".into());
    browser.get(&kit, "/if/user/").await.expect(200);
    assert_ne!(browser.cookies["authentik_csrf"], "stale");
}
