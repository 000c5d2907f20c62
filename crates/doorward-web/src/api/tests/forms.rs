//! The console's pages of objects: the form of every kind, there and back, as a browser posts it.

use std::collections::BTreeMap;

use doorward_engine::Context;
use doorward_engine::resource::history::{self, is_kept};
use doorward_engine::resource::look::{self, Looked};
use doorward_engine::resource::part::every_kind;
use doorward_engine::resource::{Field, FieldType, Kind, kind};
use doorward_engine::snapshot;
use doorward_engine::testing::NOW;
use doorward_store::{Topic, change, setting};
use http::StatusCode;
use http::header::LOCATION;
use serde_json::{Map, Value, json};

use super::kit::{Seen, Server, sign_in};
use super::round_trip::body;

const ADMIN: &str = "/if/admin/objects/";

/// A browser of the admin's.
pub(super) struct Browser<'a> {
    pub(super) server: &'a Server,
    cookie: String,
}

/// A control of a form: its name, its value, whether it is sent as it is, and what it may be set to.
#[derive(Clone, Debug, PartialEq)]
struct Control {
    name: String,
    tag: String,
    kind: String,
    value: String,
    is_on: bool,
}

impl<'a> Browser<'a> {
    pub(super) async fn new(server: &'a Server, user: i64) -> Self {
        let mut tx = server.engine.store.begin().await.unwrap();
        let name = snapshot::names::SETUP_DONE;
        setting::insert_once(&mut tx, name, "true", NOW)
            .await
            .unwrap();
        change::record(&mut tx, Topic::Configuration, name, NOW)
            .await
            .unwrap();
        server.engine.commit(tx).await.unwrap();
        let (_, cookie) = sign_in(server, user).await;
        Self { server, cookie }
    }

    async fn get(&self, path: &str) -> Seen {
        let request = http::Request::get(path).header("cookie", &self.cookie);
        self.server.send(request, String::new()).await
    }

    pub(super) async fn page(&self, path: &str) -> String {
        let seen = self.get(path).await;
        let text = seen.body.as_str().unwrap_or_default().to_owned();
        assert_eq!(seen.status, 200, "{path}: {text}");
        text
    }

    async fn post(&self, path: &str, controls: &[Control]) -> Seen {
        let mut body = url::form_urlencoded::Serializer::new(String::new());
        for one in controls
            .iter()
            .filter(|one| one.is_on && !one.name.is_empty())
        {
            body.append_pair(&one.name, &one.value.replace('\n', "\r\n"));
        }
        let request = http::Request::post(path)
            .header("cookie", &self.cookie)
            .header("origin", "https://auth.example.org")
            .header("sec-fetch-site", "same-origin")
            .header("content-type", "application/x-www-form-urlencoded");
        self.server.send(request, body.finish()).await
    }

    /// Posts, and follows to where it led.
    async fn done(&self, path: &str, controls: &[Control]) -> String {
        let seen = self.post(path, controls).await;
        let said = seen.body.as_str().unwrap_or_default();
        let problem = said.split("id=\"problem\"").nth(1).unwrap_or(said);
        let problem: String = problem.chars().take(900).collect();
        assert_eq!(seen.status, StatusCode::SEE_OTHER, "{path}: {problem}");
        let to = seen.headers[LOCATION].to_str().unwrap().to_owned();
        self.page(&to).await;
        to.split('?').next().unwrap_or_default().to_owned()
    }
}

fn attribute(tag: &str, name: &str) -> Option<String> {
    let (_, rest) = tag.split_once(&format!(" {name}=\""))?;
    let (value, _) = rest.split_once('"')?;
    Some(plain(value))
}

fn plain(text: &str) -> String {
    let text = text.replace("&lt;", "<").replace("&gt;", ">");
    let text = text.replace("&quot;", "\"").replace("&#39;", "'");
    text.replace("&amp;", "&")
}

fn has(tag: &str, word: &str) -> bool {
    tag.split_whitespace()
        .any(|part| part.trim_end_matches(['>', '/']) == word)
}

/// Every control of the page's one `POST` form, as a browser would send it.
fn controls(html: &str) -> Vec<Control> {
    let (_, form) = html.split_once(" method=\"post\"").expect("a form");
    let form = form.split_once("</form>").expect("its end").0;
    let mut found = Vec::new();
    let mut select = String::new();
    for part in form.split('<').skip(1) {
        let (tag, text) = part.split_once('>').unwrap_or((part, ""));
        let name = attribute(tag, "name").unwrap_or_default();
        let mut add = |name: String, kind: String, value: String, is_on: bool| {
            let tag = tag.split_whitespace().next().unwrap_or_default().to_owned();
            found.push(Control {
                name,
                tag,
                kind,
                value,
                is_on,
            });
        };
        let value = attribute(tag, "value");
        match tag.split_whitespace().next() {
            Some("input") => {
                let kind = attribute(tag, "type").unwrap_or_default();
                let is_on = !matches!(&*kind, "checkbox" | "radio") || has(tag, "checked");
                add(name, kind, value.unwrap_or_default(), is_on);
            }
            Some("textarea") => {
                let text = plain(text);
                let text = text.strip_prefix('\n').unwrap_or(&text).to_owned();
                add(name, String::new(), text, true);
            }
            Some("select") => select = name,
            Some("option") if value.is_some() && !select.is_empty() => {
                let is_on = has(tag, "selected");
                add(
                    select.clone(),
                    "option".into(),
                    value.unwrap_or_default(),
                    is_on,
                );
            }
            Some("/select") => {
                // A browser sends the first where none is chosen.
                let mut of = found.iter_mut().filter(|one| one.name == select);
                if !of.any(|one| one.is_on)
                    && let Some(first) = found.iter_mut().find(|one| one.name == select)
                {
                    first.is_on = true;
                }
                select.clear();
            }
            _ => {}
        }
    }
    found
}

fn word(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        value => value.to_string(),
    }
}

/// Fills one field in as a person would.
fn fill(controls: &mut [Control], field: &Field, value: &Value) {
    let words: Vec<_> = match value {
        Value::Array(list) => list.iter().map(word).collect(),
        value => vec![word(value)],
    };
    if let (FieldType::Entries(..), Value::Array(list)) = (field.holds, value) {
        for (at, entry) in list.iter().enumerate() {
            for (part, value) in entry.as_object().expect("an entry") {
                let name = format!("{}.{at}.{part}", field.key);
                set(controls, &name, &[word(value)]);
            }
        }
        return;
    }
    let is_text = controls
        .iter()
        .any(|one| one.name == field.key && !matches!(&*one.kind, "checkbox" | "radio" | "option"));
    match value {
        Value::Array(_) if is_text => set(controls, field.key, &[words.join(", ")]),
        Value::Bool(is_on) => {
            for one in controls.iter_mut().filter(|one| one.name == field.key) {
                one.is_on = *is_on;
            }
        }
        _ => set(controls, field.key, &words),
    }
}

fn set(controls: &mut [Control], name: &str, words: &[String]) {
    for one in controls.iter_mut().filter(|one| one.name == name) {
        if matches!(&*one.kind, "checkbox" | "radio" | "option") {
            one.is_on = words.contains(&one.value);
        } else {
            one.value = words.first().cloned().unwrap_or_default();
        }
    }
}

fn filled(page: &str, kind: &Kind, body: &Map<String, Value>) -> Vec<Control> {
    let mut controls = controls(page);
    for (key, value) in body {
        let field = kind.field(key).expect("a field");
        let has = controls
            .iter()
            .any(|one| one.name == *key || one.name.starts_with(&format!("{key}.")));
        // An empty list has no boxes to tick.
        assert!(
            has || is_unasked(field, value),
            "{}.{key} is not asked",
            kind.model
        );
        fill(&mut controls, field, value);
    }
    controls
}

fn is_unasked(field: &Field, value: &Value) -> bool {
    field.target().is_some() && (value.is_null() || *value == json!([]))
}

async fn looked(server: &Server, kind: &'static Kind, key: &str) -> Looked {
    let ctx = Context::system(NOW);
    look::look(&server.engine, &ctx, kind, key)
        .await
        .expect("an object")
}

fn sorted(value: &Value) -> Value {
    let mut value = value.clone();
    if let Some(list) = value.as_array_mut() {
        list.sort_by_key(ToString::to_string);
    }
    value
}

#[track_caller]
fn holds(kind: &Kind, looked: &Looked, body: &Map<String, Value>) {
    for (key, value) in body {
        let field = kind.field(key).expect("a field");
        if field.is_shown() && field.holds != FieldType::Secret {
            let shown = &looked.shown[key];
            assert_eq!(sorted(shown), sorted(value), "{}.{key}", kind.model);
        }
    }
}

/// The body of the second turn: what a secret goes to stays, as it would have to be entered again when
/// the older version comes back.
async fn second(server: &Server, kind: &Kind, first: &Map<String, Value>) -> Map<String, Value> {
    let mut second = body(server, kind, 1).await;
    // What only the first one names is named no longer.
    for (key, _) in first {
        if kind.field(key).is_some_and(|field| field.nullable) && !second.contains_key(key) {
            second.insert(key.clone(), Value::Null);
        }
    }
    // The same for a certificate, to which its key belongs.
    let pair: &[&str] = &["certificate_data", "key_data"];
    let places = kind.sent_to.iter().map(|(_, places)| *places);
    for place in places.chain([pair]).flatten() {
        match first.get(*place) {
            Some(value) => drop(second.insert((*place).to_owned(), value.clone())),
            None => drop(second.remove(*place)),
        }
    }
    second
}

async fn there_and_back(browser: &Browser<'_>, kind: &'static Kind) {
    let server = browser.server;
    let list = format!("{ADMIN}{}/", kind.model);
    let first = body(server, kind, 0).await;
    let new = format!("{list}new/");
    let page = browser.page(&new).await;
    let at = browser.done(&new, &filled(&page, kind, &first)).await;
    let key = at
        .trim_end_matches('/')
        .rsplit('/')
        .next()
        .unwrap()
        .to_owned();
    let made = looked(server, kind, &key).await;
    holds(kind, &made, &first);
    assert!(
        browser.page(&list).await.contains("</table>"),
        "{}",
        kind.model
    );
    browser.page(&format!("{at}code/?as=terraform")).await;
    browser.page(&format!("{at}code/?as=curl")).await;
    browser.page(&format!("{at}code/")).await;

    // A form that nobody touched changes nothing.
    let edit = format!("{at}edit/");
    let untouched = controls(&browser.page(&edit).await);
    browser.done(&edit, &untouched).await;
    let same = looked(server, kind, &key).await;
    assert_eq!(same.stamp, made.stamp, "{}", kind.model);

    let second = second(server, kind, &first).await;
    let at = browser
        .done(&edit, &filled(&browser.page(&edit).await, kind, &second))
        .await;
    let changed = looked(server, kind, &made.id).await;
    holds(kind, &changed, &second);
    if is_kept(kind) {
        back(browser, kind, &at, (&made, &changed)).await;
    }
    let after = looked(server, kind, &made.id).await;
    let ask = format!("{list}{}/delete/", after.key);
    browser
        .done(&ask, &controls(&browser.page(&ask).await))
        .await;
    let gone = look::look(&server.engine, &Context::system(NOW), kind, &made.id).await;
    assert!(gone.is_err(), "{}", kind.model);
}

/// The history shows what differs, and brings the first version back.
async fn back(
    browser: &Browser<'_>,
    kind: &'static Kind,
    at: &str,
    (made, changed): (&Looked, &Looked),
) {
    let page = browser.page(&format!("{at}history/")).await;
    let ctx = Context::system(NOW);
    let server = browser.server;
    let past = history::history(&server.engine, &ctx, kind, &changed.key)
        .await
        .unwrap();
    let newest = &past.versions[0];
    assert!(!newest.changes.is_empty(), "{}", kind.model);
    for change in &newest.changes {
        assert!(
            page.contains(&escaped(change.field.label)),
            "{}: {}",
            kind.model,
            change.field.label
        );
    }
    assert!(page.contains("admin changed it"), "{}", kind.model);
    let csrf = controls(&page).into_iter().find(|one| one.name == "csrf");
    let oldest = past.versions.last().unwrap().number.to_string();
    let version = Control {
        name: "version".into(),
        tag: "input".into(),
        kind: "hidden".into(),
        value: oldest,
        is_on: true,
    };
    browser
        .done(&format!("{at}history/"), &[csrf.unwrap(), version])
        .await;
    let after = looked(server, kind, &made.id).await;
    for field in kind.fields.iter().filter(|field| field.is_taken()) {
        if field.holds != FieldType::Secret {
            assert_eq!(
                after.shown.get(field.key),
                made.shown.get(field.key),
                "{}.{}",
                kind.model,
                field.key
            );
        }
    }
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('\'', "&#39;")
        .replace('"', "&quot;")
}

#[tokio::test]
async fn the_form_of_every_kind_goes_there_and_back_on_every_engine() {
    for server in Server::every().await {
        let browser = Browser::new(&server, server.admin).await;
        for kind in every_kind() {
            if kind.verbs == doorward_engine::resource::Verbs::ALL {
                there_and_back(&browser, kind).await;
            }
        }
    }
}

#[tokio::test]
async fn every_kind_has_its_list_and_every_part_its_page() {
    let server = Server::sqlite().await;
    let browser = Browser::new(&server, server.admin).await;
    let index = browser.page(ADMIN).await;
    for kind in every_kind() {
        assert!(index.contains(kind.model), "{}", kind.model);
        let list = browser.page(&format!("{ADMIN}{}/", kind.model)).await;
        assert!(list.contains(kind.plural), "{}", kind.model);
        for filter in kind.filters.iter().take(3) {
            let odd = format!("{ADMIN}{}/?{}=%00", kind.model, filter.param);
            let page = browser.page(&odd).await;
            let is_never = matches!(filter.op, doorward_engine::resource::Op::Never);
            assert!(
                is_never || page.contains("A filter cannot be read"),
                "{odd}"
            );
        }
    }
    for part in ["people", "sign-in", "look", "system"] {
        browser.page(&format!("/if/admin/{part}/")).await;
    }
    for unknown in [
        "nobody.knows/",
        "authentik_core.user/99999/",
        "authentik_core.user/99999/history/",
    ] {
        assert_eq!(
            browser.get(&format!("{ADMIN}{unknown}")).await.status,
            404,
            "{unknown}"
        );
    }
}

/// The pages of each thing that a first start makes can be read, edited and shown as code.
#[tokio::test]
async fn whatever_is_there_can_be_looked_at() {
    let server = Server::sqlite().await;
    let browser = Browser::new(&server, server.admin).await;
    let mut seen = BTreeMap::new();
    for kind in every_kind() {
        let list = browser.page(&format!("{ADMIN}{}/", kind.model)).await;
        let table = list.split_once("<tbody>").map_or("", |(_, table)| table);
        let table = table.split("</tbody>").next().unwrap_or_default();
        let links = table
            .split("href=\"")
            .skip(1)
            .filter_map(|rest| rest.split('"').next());
        let own = format!("{ADMIN}{}/", kind.model);
        for link in links.filter(|link| link.starts_with(&own)).take(3) {
            browser.page(link).await;
            browser.page(&format!("{link}history/")).await;
            browser.page(&format!("{link}code/")).await;
            if kind.verbs.update {
                browser.page(&format!("{link}edit/")).await;
            }
            *seen.entry(kind.model).or_insert(0) += 1;
        }
    }
    assert!(seen.len() > 20, "{seen:?}");
}

#[tokio::test]
async fn a_mistake_is_said_beside_its_field_and_nothing_typed_is_lost() {
    let server = Server::sqlite().await;
    let browser = Browser::new(&server, server.admin).await;
    let new = format!("{ADMIN}authentik_core.application/new/?name=Sonarr%20%3Cb%3E");
    let page = browser.page(&new).await;
    assert!(page.contains("value=\"Sonarr &lt;b&gt;\""));
    let application = kind("authentik_core.application").unwrap();
    let body =
        json!({ "slug": "no slug!", "meta_description": "Typed \"words\"", "meta_hide": true });
    let controls = filled(&page, application, body.as_object().unwrap());
    let seen = browser.post(&new, &controls).await;
    let text = seen.body.as_str().unwrap();
    assert_eq!(seen.status, 422);
    assert!(text.contains("id=\"slug-error\""), "beside the field");
    assert!(text.contains("id=\"problem\""), "and above the form");
    for typed in ["no slug!", "Sonarr &lt;b&gt;", "Typed &quot;words&quot;"] {
        assert!(text.contains(typed), "{typed}");
    }
    let json = json!({ "username": "x", "name": "X", "attributes": "{\"a\": " });
    let new = format!("{ADMIN}authentik_core.user/new/");
    let page = browser.page(&new).await;
    let users = kind("authentik_core.user").unwrap();
    let seen = browser
        .post(&new, &filled(&page, users, json.as_object().unwrap()))
        .await;
    assert_eq!(seen.status, 422);
    assert!(seen.body.as_str().unwrap().contains("This is not JSON"));
}

#[tokio::test]
async fn who_saves_over_somebody_elses_change_sees_it_first() {
    for server in Server::every().await {
        let browser = Browser::new(&server, server.admin).await;
        server
            .post("/core/applications/", &json!({ "name": "S", "slug": "s" }))
            .await;
        let edit = format!("{ADMIN}authentik_core.application/s/edit/");
        let page = browser.page(&edit).await;
        let application = kind("authentik_core.application").unwrap();
        let mine = json!({ "name": "Mine" });
        let mine = filled(&page, application, mine.as_object().unwrap());
        let body = json!({ "name": "Theirs" });
        let role = super::kit::Role::Admin;
        server
            .call(role, "patch", "/core/applications/s/", &body)
            .await;
        let seen = browser.post(&edit, &mine).await;
        let text = seen.body.as_str().unwrap().to_owned();
        assert_eq!(seen.status, 422);
        assert!(text.contains("admin changed this while the form was open: Name."));
        assert!(text.contains("By now it is: Theirs") && text.contains("value=\"Mine\""));
        browser.done(&edit, &controls(&text)).await;
        assert_eq!(
            looked(&server, application, "s").await.shown["name"],
            "Mine"
        );
    }
}

/// A row for nobody's look: neither a page nor a form of a client with a secret leaves one.
#[tokio::test]
async fn no_page_writes_and_none_shows_a_secret() {
    let server = Server::sqlite().await;
    let browser = Browser::new(&server, server.admin).await;
    let pk = server.oauth_provider("grafana").await;
    let path = format!("/providers/oauth2/{pk}/");
    let secret = server.get(&path).await.body["client_secret"]
        .as_str()
        .unwrap()
        .to_owned();
    // What the API told is told a moment later.
    for _ in 0..200 {
        tokio::task::yield_now().await;
    }
    let before = doorward_store::testing::row_counts(&server.engine.store).await;
    let model = "authentik_providers_oauth2.oauth2provider";
    for rest in [
        "",
        "edit/",
        "history/",
        "delete/",
        "code/",
        "code/?as=terraform",
        "code/?as=curl",
    ] {
        let page = browser.page(&format!("{ADMIN}{model}/{pk}/{rest}")).await;
        assert!(!page.contains(&secret), "{rest}");
    }
    assert!(
        !browser
            .page(&format!("{ADMIN}{model}/"))
            .await
            .contains(&secret)
    );
    let mut after = doorward_store::testing::row_counts(&server.engine.store).await;
    let events = after.insert("events".into(), before["events"]).unwrap();
    assert!(events <= before["events"] + 1, "only what the API told");
    assert_eq!(after, before);
}

#[tokio::test]
async fn nobody_but_an_operator_gets_in_and_no_form_of_others_counts() {
    let server = Server::sqlite().await;
    let mia = Browser::new(&server, server.mia).await;
    let admin = Browser::new(&server, server.admin).await;
    let new = format!("{ADMIN}authentik_core.group/new/");
    let mut form = controls(&admin.page(&new).await);
    set(&mut form, "name", &["made".to_owned()]);
    for path in [ADMIN, new.as_str(), "/if/admin/people/"] {
        assert_eq!(mia.get(path).await.status, 403, "{path}");
    }
    assert_eq!(mia.post(&new, &form).await.status, 403);
    let foreign: Vec<_> = form
        .iter()
        .filter(|one| one.name != "csrf")
        .cloned()
        .collect();
    assert_eq!(admin.post(&new, &foreign).await.status, 403);
    admin.done(&new, &form).await;
}
