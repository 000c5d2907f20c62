//! Back into an account by mail: through a real SMTP server, in real browsers without JavaScript, and
//! begun on one server and finished on another.

use serde_json::{Value, json};

use crate::chromium::{node, succeed};
use crate::kit::html::visible;
use crate::kit::http::Answer;
use crate::kit::post_office::{Line, PostOffice, link_in};
use crate::kit::server::Server;
use crate::kit::{Engine, Kit, PASSWORD};

const LOGIN: &str = "/if/flow/default-authentication-flow/";
const RECOVERY: &str = "/if/flow/default-recovery-flow/";
const TITLE: &str = "Reset your password";
const NEW: &str = "another-kettle-behind-the-door";

/// A house with mia in it that sends its mail to `office`.
fn house(engine: Engine, office: &PostOffice) -> Kit {
    let kit = Kit::with(engine, &office.environment());
    kit.person("mia", "Mia Muster");
    kit.secrets().add("password", NEW);
    kit
}

/// A step of `pages.mjs`, by somebody whose browser runs no scripts.
fn step(who: &str, name: &str, heading: &str, more: &Value) -> Value {
    let who = format!("{who} without scripts");
    let mut step =
        json!({ "name": name, "as": who, "status": 200, "heading": heading, "unseen": true });
    let fields = step.as_object_mut().expect("an object");
    fields.extend(more.as_object().expect("an object").clone());
    step
}

fn walk(steps: &Value) {
    succeed(node("pages.mjs").env("PAGES", steps.to_string()));
}

/// The path of the link in a letter; its key stands in no log.
fn link(kit: &Kit, letter: &str) -> String {
    let link = link_in(letter, RECOVERY);
    let (_, key) = link.split_once("flow_token=").expect("a key");
    kit.secrets().add("flow token", key);
    link
}

#[track_caller]
fn signs_in(kit: &Kit, server: &Server, password: &str, status: u16) {
    let mut browser = kit.browser();
    let page = browser.open(&server.url(LOGIN)).expect(200);
    kit.sign_in(&mut browser, &page, "mia", password)
        .expect(status);
}

#[test]
fn without_javascript_a_letter_leads_back_into_the_account_in_another_browser_on_both_stores() {
    for engine in [Engine::Sqlite, Engine::Postgres] {
        let office = PostOffice::open(Line::StartTls);
        let kit = house(engine, &office);
        let login = kit.direct(LOGIN);
        walk(&json!([
            step("mia", "sign-in", "Sign in", &json!({ "open": login })),
            step(
                "mia",
                "forgot",
                TITLE,
                &json!({ "follow": "Forgot password?" })
            ),
            step(
                "mia",
                "asked",
                TITLE,
                &json!({ "press": "Next",
                "fill": { "Username or email": "mia@example.org" } })
            ),
        ]));
        let letter = office.letter();
        assert!(letter.contains("To: mia@example.org"), "{letter}");
        let link = kit.direct(&link(&kit, &letter));
        // A mail scanner looks first.
        kit.browser().open(&link).expect(200);
        let both = json!({ "New password": NEW, "New password again": NEW });
        walk(&json!([
            step("the phone", "opened", TITLE, &json!({ "open": link })),
            step("the phone", "used", TITLE, &json!({ "press": "Go on" })),
            step(
                "the phone",
                "changed",
                "Applications",
                &json!({ "press": "Continue", "fill": both })
            ),
        ]));
        kit.browser().open(&link).expect(404);
        signs_in(&kit, &kit.server, NEW, 200);
        signs_in(&kit, &kit.server, PASSWORD, 422);
    }
}

/// The form of a page, on another server.
fn at(server: &Server, page: &Answer) -> String {
    let query = page.url.query().unwrap_or_default();
    server.url(&format!("{}?{query}", page.url.path()))
}

#[test]
fn recovery_begun_on_one_server_is_finished_on_another() {
    let office = PostOffice::open(Line::Plain);
    let kit = house(Engine::Postgres, &office);
    let other = kit.another_server();
    let mut laptop = kit.browser();
    let page = laptop.open(&kit.direct(RECOVERY)).expect(200);
    let sent = laptop.submit(&page, &[("uid_field", "mia")]).expect(200);
    assert!(sent.text().contains("is on its way"));
    let again = laptop.open(&at(&other, &sent)).expect(200);
    laptop.submit(&again, &[]).expect(200);
    let (first, second) = (office.letter_at(0), office.letter_at(1));
    let mut phone = kit.browser();
    let page = phone.open(&other.url(&link(&kit, &first))).expect(200);
    let form = phone.submit(&page, &[]).expect(200);
    let form = phone.open(&at(&kit.server, &form)).expect(200);
    let both = [("password", NEW), ("password_repeat", NEW)];
    phone.submit(&form, &both).expect(200);
    signs_in(&kit, &other, NEW, 200);
    // The second letter's link stood in for the old password.
    let late = other.url(&link(&kit, &second));
    kit.browser().open(&late).expect(404);
}

/// Status, headers but for the hour, and text of the answer to a name.
fn answer_to(kit: &Kit, name: &str) -> (u16, Vec<String>, String) {
    let mut browser = kit.browser();
    let page = browser.open(&kit.direct(RECOVERY)).expect(200);
    let sent = browser.submit(&page, &[("uid_field", name)]).expect(200);
    let again = browser.submit(&sent, &[]);
    let mut names: Vec<_> = again
        .headers
        .iter()
        .map(|(name, _)| name.to_ascii_lowercase())
        .collect();
    names.sort();
    let shown = |answer: &Answer| visible(&answer.text()).replace(name, "NAME");
    let both = format!("{}{}", shown(&sent), shown(&again));
    (again.status, names, both)
}

/// security.md section 1, through the whole program.
#[test]
fn cve_2023_39522_the_page_says_the_same_about_every_name() {
    let office = PostOffice::open(Line::Plain);
    let kit = house(Engine::Sqlite, &office);
    let known = answer_to(&kit, "mia");
    assert!(known.2.contains("Sent again"), "{}", known.2);
    for name in ["nobody", "nobody@example.org", "mia@example.org", "akadmin"] {
        assert_eq!(answer_to(&kit, name), known, "{name}");
    }
}
