//! The pages of letters with links and codes, and those on which robots pay.

use serde_json::json;

use super::{LOGIN, NAME, Step, flow_of, signing_in, walk};
use crate::kit::post_office::{Line, PostOffice, link_in};
use crate::kit::proxies::Proxy;
use crate::kit::{Engine, Kit, PASSWORD};

/// A sign-in card and a card of its own on which robots pay.
fn paid_flows(kit: &Kit) -> (String, String) {
    let captcha =
        json!({ "name": "work", "public_key": "-", "private_key": "-", "js_url": "built-in" });
    let captcha = kit.create("/stages/captcha/", &captcha);
    let first = |path: &str| kit.get(path)["results"][0].clone();
    let password = kit.get("/stages/password/?name=default-authentication-password");
    let name = json!({ "name": "paid name", "captcha_stage": captcha["pk"],
        "password_stage": password["results"][0]["pk"] });
    let name = kit.create("/stages/identification/", &name);
    flow_of(
        kit,
        "paid",
        "Sign in",
        &[name, first("/stages/user_login/")],
    );
    let button = kit.create("/stages/dummy/", &json!({ "name": "after work" }));
    flow_of(kit, "work", "No robots", &[captcha, button]);
    let at = |slug: &str| kit.url(LOGIN, &format!("/if/flow/{slug}/"));
    (at("paid"), at("work"))
}

/// Dan gets codes by mail.
fn with_mailbox(kit: &Kit, office: &PostOffice) {
    kit.person("dan", "Dan Dorn");
    let mut dan = kit.browser();
    let page = dan.open(&kit.direct("/if/flow/default-authentication-flow/"));
    kit.sign_in(&mut dan, &page, "dan", PASSWORD).expect(200);
    let set_up = kit.direct("/if/flow/default-authenticator-email-setup/?next=/if/user/devices/");
    let page = dan.open(&set_up).expect(200);
    let sent = dan
        .submit(&page, &[("email", "dan@example.org")])
        .expect(200);
    let letter = office.letter();
    let is_code = |word: &&str| word.len() == 6 && word.bytes().all(|one| one.is_ascii_digit());
    let code = letter.split_whitespace().find(is_code).expect("a code");
    let devices = dan.submit(&sent, &[("code", code)]).expect(200);
    assert!(devices.text().contains("dan@example.org"));
}

#[test]
fn the_pages_of_letters_and_of_work_can_be_read_and_used_by_everybody() {
    let office = PostOffice::open(Line::Plain);
    let mut kit = Kit::with(Engine::Sqlite, &office.environment());
    kit.behind(Proxy::Traefik, &[]);
    kit.person("mia", "Mia Muster");
    with_mailbox(&kit, &office);
    let (paid, work) = paid_flows(&kit);
    let auth = |path: &str| kit.url(LOGIN, path);
    let (recovery, library) = (auth("/if/flow/default-recovery-flow/"), auth("/if/user/"));
    let reset = "Reset your password";
    let mailbox = auth("/if/flow/default-authenticator-email-setup/");
    let (set_up, prove) = ("Get codes by mail", "Confirm that it is you");
    walk(vec![
        Step::open("recovery-name", &recovery, 200, reset).focus(NAME),
        Step::press("letter", "Next", 200, reset).fill(NAME, "mia"),
        Step::press("letter-again", "Send it again", 200, reset),
        Step::press("letter-wait", "Send it again", 429, reset).with("tries", 6),
        Step::open("paid", &paid, 200, "Sign in").focus(NAME),
        Step::press("paid-for", "Sign in", 200, "Applications")
            .fill(NAME, "mia")
            .fill("Password", PASSWORD)
            .unseen(),
        Step::open("mailbox", &mailbox, 200, set_up),
        Step::press("mailbox-sent", "Mail a code", 200, set_up)
            .fill("Email address", "mia@example.org"),
        Step::press("mailbox-wrong", "Confirm", 422, set_up).fill("Code from the letter", "12345"),
        Step::open("work", &work, 200, "No robots")
            .with("awaits", "Continue")
            .by("a worker")
            .unseen(),
        Step::press("worked", "Continue", 200, "Sign in")
            .by("a worker")
            .unseen(),
        Step::open("waits", &work, 200, "No robots")
            .by("a reader without scripts")
            .unseen(),
        Step::press("waits on", "Go on", 429, "No robots")
            .by("a reader without scripts")
            .unseen(),
        signing_in("dan", PASSWORD, &library, prove),
        Step::press("code-wrong", "Continue", 422, prove)
            .fill("Code from the letter", "12345")
            .by("dan"),
    ]);
    let letter = (1..4)
        .map(|at| office.letter_at(at))
        .find(|one| one.contains("flow_token"));
    let link = auth(&link_in(
        &letter.expect("a link"),
        "/if/flow/default-recovery-flow/",
    ));
    walk(vec![
        Step::open("link", &link, 200, reset),
        Step::press("link-used", "Go on", 200, reset),
    ]);
}
