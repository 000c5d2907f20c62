//! Every page that exists, as the real server serves it through a real Traefik, looked at in a real
//! Chromium by `tests/browser/pages.mjs`: axe without a finding, light and dark, wide and narrow, twice
//! the text, the keyboard alone. `PICTURES=/some/folder` keeps a picture of each.

mod applications;
mod captcha;
mod device;
mod letters;
mod looks;
mod relying;
mod weights;

use serde_json::{Value, json};

use crate::chromium::{node, succeed};
use crate::kit::process::until;
use crate::kit::proxies::Proxy;
use crate::kit::server::Database;
use crate::kit::{ADMIN_PASSWORD, Engine, Kit, PASSWORD};
use crate::setup::path_from_log;

const APP: &str = "app.localhost";
const SHUT: &str = "shut.localhost";
const UNKNOWN: &str = "unknown.localhost";
const LOGIN: &str = "auth.localhost";
const NAME: &str = "Username or email";
const WRONG: &str = "not-the-password";

/// A step of the walk: what is opened or pressed, and what is then seen.
struct Step(Value);

impl Step {
    /// Somebody opens an address and gets a page with this heading.
    fn open(name: &str, url: &str, status: u16, heading: &str) -> Self {
        Self(json!({ "name": name, "open": url, "status": status, "heading": heading }))
    }

    /// Presses a button of the page that the step before ended on.
    fn press(name: &str, button: &str, status: u16, heading: &str) -> Self {
        Self(json!({ "name": name, "press": button, "status": status, "heading": heading }))
    }

    fn with(mut self, key: &str, value: impl Into<Value>) -> Self {
        self.0[key] = value.into();
        self
    }

    /// Another person than the stranger, with a browser of their own.
    fn by(self, who: &str) -> Self {
        self.with("as", who)
    }

    /// Types this into a field first.
    fn fill(mut self, label: &str, text: &str) -> Self {
        self.0["fill"][label] = json!(text);
        self
    }

    /// Expects the focus in this field.
    fn focus(self, label: &str) -> Self {
        self.with("focus", label)
    }

    /// A step on the way that is not looked at.
    fn unseen(self) -> Self {
        self.with("unseen", true)
    }
}

#[track_caller]
fn walk(steps: Vec<Step>) {
    let steps: Value = steps.into_iter().map(|step| step.0).collect();
    let mut command = node("pages.mjs");
    command.env("PAGES", steps.to_string());
    if let Some(pictures) = std::env::var_os("PICTURES") {
        command.env("PICTURES", pictures);
    }
    succeed(&mut command);
}

fn ready(kit: &Kit, status: u16) {
    until(&format!("ready says {status}"), || {
        let answer = kit.browser().fetch(&kit.direct("/-/health/ready/"));
        (answer.status == status).then_some(())
    });
}

fn signing_in(who: &str, password: &str, url: &str, heading: &str) -> Step {
    let step = Step::open(&format!("{who} signs in"), url, 200, heading);
    let filled = step.fill(NAME, who).fill("Password", password);
    filled.with("press", "Sign in").by(who).unseen()
}

/// A flow that asks for the name first and for the password on a page of its own.
fn two_pages(kit: &Kit) -> String {
    let name = json!({ "name": "name alone", "user_fields": ["username", "email"] });
    let name = kit.create("/stages/identification/", &name)["pk"].clone();
    let first = |path: &str| kit.get(path)["results"][0]["pk"].clone();
    let flow = json!({ "name": "Two pages", "title": "Sign in", "slug": "two-pages",
        "designation": "authentication" });
    let flow = kit.create("/flows/instances/", &flow)["pk"].clone();
    let stages = [
        name,
        first("/stages/password/"),
        first("/stages/user_login/"),
    ];
    for (order, stage) in stages.iter().enumerate() {
        let binding = json!({ "target": flow, "stage": stage, "order": order });
        kit.create("/flows/bindings/", &binding);
    }
    kit.url(LOGIN, "/if/flow/two-pages/")
}

/// Two apps, one of them shut to everybody in it; an app's host that nobody told Doorward of.
fn house() -> Kit {
    let mut kit = Kit::new(Engine::Postgres);
    kit.behind(Proxy::Traefik, &[APP, SHUT, UNKNOWN]);
    kit.application("app", APP, &json!({}));
    let shut = kit.application("shut", SHUT, &json!({}));
    let family = kit.group("Family", &[]);
    let binding = json!({ "target": shut.id, "group": family, "order": 0 });
    kit.create("/policies/bindings/", &binding);
    let text = "ak_message(\"Movies are for the family, from six in the evening until ten.\")\nreturn False";
    let policy = json!({ "name": "family hours", "expression": text });
    let policy = kit.create("/policies/expression/", &policy);
    let binding = json!({ "target": shut.id, "policy": policy["pk"], "order": 1 });
    kit.create("/policies/bindings/", &binding);
    kit.person("mia", "Mia Muster");
    kit
}

fn recovery_link(kit: &Kit) -> String {
    let said = kit.server.settings().run(&["recovery-link", "mia"]).stdout;
    String::from_utf8(said).expect("UTF-8").trim().to_owned()
}

fn sign_in_pages(kit: &Kit) -> Vec<Step> {
    let (app, two) = (kit.url(APP, "/"), two_pages(kit));
    let again = |name: &str, who: &str, status| {
        let step = Step::press(name, "Sign in", status, "Sign in");
        step.fill(NAME, who).fill("Password", WRONG)
    };
    let late = again("login-too-late", "mia", 200).with("open", &*app);
    vec![
        Step::open("login", &app, 200, "Sign in").focus(NAME),
        again("login-wrong", "mia", 422).focus("Password"),
        again("login-no-name", " ", 422).focus(NAME),
        again("login-throttled", "nobody", 429).with("tries", 15),
        late.by("somebody slow").with("forget", true),
        Step::open("name-alone", &two, 200, "Sign in").focus(NAME),
        Step::press("password-alone", "Next", 200, "Sign in").fill(NAME, "mia"),
        Step::press("password-alone-wrong", "Sign in", 422, "Sign in").fill("Password", WRONG),
    ]
}

fn other_pages_of_strangers(kit: &Kit, database: &Database) -> Vec<Step> {
    let auth = |path: &str| kit.url(LOGIN, path);
    let (spent, cut_off) = (
        auth("/recovery/use-token/spent/"),
        auth("/application/proxy/authorize/?request=x"),
    );
    let broken = recovery_link(kit);
    database.execute("UPDATE one_time SET payload = 'garbled'");
    let link = recovery_link(kit);
    let (no_link, no_page) = ("This link does not work any more", "There is no such page");
    let (fault, no_host) = (
        "Something went wrong on our side",
        "Nothing is set up at this address",
    );
    vec![
        Step::open("recovery", &link, 200, "Sign in as mia?"),
        Step::open("recovery-spent", &spent, 404, no_link),
        Step::open("fault", &broken, 500, fault),
        Step::open("not-found", &auth("/nowhere/"), 404, no_page),
        Step::open(
            "set-up-done",
            &auth("/if/flow/initial-setup/"),
            404,
            no_page,
        ),
        Step::open("cut-off", &cut_off, 400, no_link),
        Step::open("unknown-host", &kit.url(UNKNOWN, "/"), 404, no_host),
    ]
}

/// A flow with one stage, under its own slug.
fn flow_of(kit: &Kit, slug: &str, title: &str, stages: &[Value]) {
    let flow =
        json!({ "name": slug, "title": title, "slug": slug, "designation": "stage_configuration" });
    let flow = kit.create("/flows/instances/", &flow)["pk"].clone();
    for (order, stage) in stages.iter().enumerate() {
        let binding = json!({ "target": flow, "stage": stage["pk"], "order": order });
        kit.create("/flows/bindings/", &binding);
    }
}

/// A form with a field of every kind, then a page with a button; flows that delete and that deny.
fn every_prompt(kit: &Kit) -> String {
    let types = [
        ("static", "Before you begin", "A few questions."),
        ("alert_info", "Good to know", "Nobody else sees this."),
        ("alert_danger", "Stop", "This cannot be undone."),
        ("text", "Answer", ""),
        ("text_area", "About you", ""),
        ("text_read_only", "Badge", "12"),
        ("checkbox", "I agree", ""),
        ("radio-button-group", "Color", "Blue"),
        ("dropdown", "Second color", "Blue"),
        ("separator", "-", ""),
        ("date", "Day", "2026-11-30"),
        ("date-time", "Moment", "2026-11-30T09:00:00Z"),
        ("ak-locale", "Language", "de"),
        ("file", "Picture", ""),
    ];
    let prompt = |(order, (kind, label, value)): (usize, (&str, &str, &str))| {
        let body = json!({ "name": format!("prompt {order}"), "field_key": format!("field{order}"),
            "label": label, "type": kind, "initial_value": value, "order": order, "placeholder": "Blue",
            "required": kind == "text", "sub_text": "" });
        kit.create("/stages/prompt/prompts/", &body)["pk"].clone()
    };
    let fields: Vec<_> = types.into_iter().enumerate().map(prompt).collect();
    let form = kit.create(
        "/stages/prompt/stages/",
        &json!({ "name": "every prompt", "fields": fields }),
    );
    let button = kit.create("/stages/dummy/", &json!({ "name": "a button" }));
    flow_of(kit, "every-prompt", "Every field", &[form, button]);
    let delete = kit.create("/stages/user_delete/", &json!({ "name": "delete" }));
    flow_of(kit, "delete", "Delete your account", &[delete]);
    let deny = kit.create(
        "/stages/deny/",
        &json!({ "name": "deny", "deny_message": "Not on Sundays." }),
    );
    flow_of(kit, "denied", "Denied", &[deny]);
    kit.url(LOGIN, "/if/flow/every-prompt/")
}

/// What somebody who is signed in changes about themselves, and every kind of field.
fn own_account(kit: &Kit) -> Vec<Step> {
    let auth = |path: &str| kit.url(LOGIN, path);
    let flow = |slug: &str| auth(&format!("/if/flow/{slug}/"));
    let (profile, change) = (
        flow("default-user-settings-flow"),
        flow("default-password-change"),
    );
    let (prompts, delete, denied) = (every_prompt(kit), flow("delete"), flow("denied"));
    vec![
        Step::open("settings", &auth("/if/user/settings/"), 200, "Your account"),
        Step::open("profile", &profile, 200, "Your profile"),
        Step::open("confirm", &change, 200, "Change your password").focus("Current password"),
        Step::press("confirm-wrong", "Next", 422, "Change your password")
            .fill("Current password", WRONG),
        Step::press("new-password", "Next", 200, "Change your password")
            .fill("Current password", PASSWORD),
        Step::press(
            "new-password-differ",
            "Continue",
            422,
            "Change your password",
        )
        .fill("New password", ADMIN_PASSWORD)
        .fill("New password again", PASSWORD),
        Step::open("every-prompt", &prompts, 200, "Every field"),
        Step::press("go-on", "Continue", 200, "Every field").fill("Answer", "42"),
        Step::open("delete-account", &delete, 200, "Delete your account"),
        Step::open("denied", &denied, 403, "You cannot go on here"),
    ]
}

/// The heading of the page of tokens.
const TOKENS: &str = "Tokens and app passwords";

fn pages_of_mia(kit: &Kit) -> Vec<Step> {
    let auth = |path: &str| kit.url(LOGIN, path);
    let (library, no_match) = (auth("/if/user/"), auth("/if/user/?search=grfana"));
    let (app, leave) = (
        kit.url(APP, "/"),
        kit.url(APP, "/outpost.goauthentik.io/sign_out"),
    );
    let (all, sessions) = (
        auth("/flows/-/default/invalidation/"),
        "Where you are signed in",
    );
    let no_admin = "Your account may not open this page";
    let steps = [
        Step::open("library", &library, 200, "Applications"),
        Step::open("library-no-match", &no_match, 200, "Applications"),
        Step::open("tokens", &auth("/if/user/tokens/"), 200, TOKENS),
        Step::press("token-wrong", "Make it", 422, TOKENS).fill("What is it for?", " "),
        Step::press("token-made", "Make it", 200, TOKENS).fill("What is it for?", "Calendar"),
        Step::open("access", &auth("/if/user/access/"), 200, "Apps with access"),
        Step::open(
            "own-settings",
            &auth("/if/user/settings/"),
            200,
            "Your account",
        ),
        Step::press("own-settings-saved", "Save", 200, "Your account"),
        Step::open("sessions", &auth("/if/user/sessions/"), 200, sessions),
        Step::press("sessions-ended", "Sign out everywhere else", 200, sessions),
        Step::open("no-administrator", &auth("/if/admin/"), 403, no_admin),
        Step::open(
            "refused",
            &kit.url(SHUT, "/"),
            403,
            "You cannot open App shut",
        ),
        Step::open("sign-out", &all, 200, "Sign out?"),
        Step::open("mia is in the app", &app, 200, "").unseen(),
        Step::open("sign-out-of-app", &leave, 200, "Sign out?"),
        Step::press(
            "signed-out-of-app",
            "Sign out of App app",
            401,
            "You are signed out",
        ),
    ];
    let sign_in = signing_in("mia", PASSWORD, &library, "Applications");
    let own = own_account(kit).into_iter().chain(device::pages(kit));
    let own = own.chain(steps);
    let steps = own.map(|step| step.by("mia"));
    std::iter::once(sign_in).chain(steps).collect()
}

fn pages_of_an_administrator(kit: &Kit) -> Vec<Step> {
    let auth = |path: &str| kit.url(LOGIN, path);
    let (home, out) = (auth("/if/admin/"), auth("/flows/-/default/invalidation/"));
    let inspected = auth("/if/flow/every-prompt/?inspector");
    let none = auth("/if/admin/events/?actions=login&since=tomorrow");
    let search = auth("/if/admin/search/?q=app");
    let invite = auth("/if/admin/people/invite/");
    let steps = [
        Step::open("console-home", &home, 200, "Home"),
        Step::open("console-events", &auth("/if/admin/events/"), 200, "Events"),
        Step::open("console-events-none", &none, 200, "Events"),
        Step::open("console-search", &search, 200, "Found for “app”"),
        Step::open("console-invite", &invite, 200, "Invite somebody"),
        Step::press("console-invited", "Invite", 200, "Invitation for nora")
            .fill("Who is it for?", "Nora"),
        Step::open("inspector", &inspected, 200, "Every field"),
        Step::press("inspector-later", "Continue", 200, "Every field").fill("Answer", "42"),
        Step::open("api", &auth("/api/v3/"), 200, "API"),
        Step::open("sign-out-all", &out, 200, "Sign out?"),
        Step::press("signed-out", "Sign out", 200, "You are signed out"),
    ];
    let sign_in = signing_in("akadmin", ADMIN_PASSWORD, &home, "Home");
    let steps = applications::pages(kit).into_iter().chain(steps);
    let steps = steps.map(|step| step.by("akadmin"));
    std::iter::once(sign_in).chain(steps).collect()
}

#[test]
fn every_page_of_a_running_house_can_be_read_and_used_by_everybody() {
    let kit = house();
    let database = Database::of(kit.server.settings());
    // Another place where mia is signed in, to be ended from the list.
    kit.visitor(&kit.url(APP, "/"), "mia");
    walk(sign_in_pages(&kit));
    walk(other_pages_of_strangers(&kit, &database));
    walk(pages_of_mia(&kit));
    walk(pages_of_an_administrator(&kit));
    database.cut_off();
    ready(&kit, 503);
    let (app, heading) = (kit.url(APP, "/"), "Signing in is not possible right now");
    walk(vec![Step::open("store-down", &app, 503, heading)]);
    database.back();
    ready(&kit, 200);
}

#[test]
fn the_pages_of_the_first_run_can_be_read_and_used_by_everybody() {
    let mut kit = Kit::fresh(Engine::Sqlite);
    kit.behind(Proxy::Traefik, &[APP]);
    let path = path_from_log(&kit);
    let (not_yet, link) = (kit.url(LOGIN, "/"), kit.url(LOGIN, &path));
    let guess = kit.url(LOGIN, "/if/flow/initial-setup/?token=guess");
    let differ = Step::press("set-up-mistakes", "Finish", 422, "Set up Doorward")
        .fill("Password", ADMIN_PASSWORD)
        .fill("Password again", PASSWORD);
    walk(vec![
        Step::open(
            "set-up-not-yet",
            &not_yet,
            200,
            "Doorward is not set up yet",
        ),
        Step::open(
            "set-up-wrong-link",
            &guess,
            403,
            "This set-up link is not right",
        ),
        Step::open("set-up", &link, 200, "Set up Doorward"),
        differ.focus("Password again"),
    ]);
    kit.secrets().allow(&path);
}

#[test]
fn the_question_for_the_public_address_can_be_read_and_answered_by_everybody() {
    let mut kit = Kit::with(Engine::Sqlite, &[("DOORWARD_BASE_URL", "")]);
    kit.behind(Proxy::Traefik, &[APP]);
    let heading = "Public address";
    let address = kit.url(LOGIN, "/if/admin/address/");
    let wrong = Step::press("address-wrong", "Save", 422, heading);
    let with_path = wrong.fill(heading, "https://auth.localhost/path");
    walk(vec![
        signing_in("akadmin", ADMIN_PASSWORD, &kit.url(LOGIN, "/"), heading),
        Step::open("address", &address, 200, heading).by("akadmin"),
        with_path.focus(heading).by("akadmin"),
    ]);
}
