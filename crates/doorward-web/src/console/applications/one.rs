//! The pages of one application: overview, who can open it, how it signs in, and the rest.

use axum::Router;
use axum::extract::{Path, State};
use axum::response::Response;
use axum::routing::get;
use doorward_engine::access;
use doorward_engine::resource::actions::new_application::{BINDING, PROXY_PROVIDER};
use doorward_engine::resource::actions::openers::{self, Opener};
use doorward_engine::resource::{self, Errors, GROUP, Refusal};
use http::Uri;
use serde::Deserialize;
use serde_json::Value;
use url::form_urlencoded::byte_serialize;

use super::super::{Operator, Sent, answer, beside, kind_of, refused, results, sentence};
use super::{App, bindings, object_url, used, words};
use crate::extract::Asks;
use crate::pages::{
    AppPage, ConsoleApplication, ConsoleApplicationEnd, ConsoleOpeners, ConsoleSigning, EventLine,
    Fact, OpenerRow, Section,
};
use crate::respond::see_other;
use crate::state::AppState;

pub(super) fn routes() -> Router<AppState> {
    let at = |page: AppPage| page.url("{slug}");
    Router::new()
        .route(&at(AppPage::Overview), get(overview))
        .route(&at(AppPage::Openers), get(who).post(change_who))
        .route(&at(AppPage::Signing), get(signing))
        .route(&at(AppPage::More), get(more).post(delete))
}

async fn overview(
    State(state): State<AppState>,
    operator: Operator,
    Path(slug): Path<String>,
) -> Response {
    match overview_of(&state, &operator, &slug).await {
        Ok(page) => answer(&state, &page),
        Err(refusal) => refused(&state, &operator, refusal),
    }
}

async fn overview_of(
    state: &AppState,
    operator: &Operator,
    slug: &str,
) -> Result<ConsoleApplication, Refusal> {
    let app = App::load(state, operator, slug).await?;
    let pk = app.text("pk");
    let bindings = bindings(state, operator, &[pk]).await?;
    let bindings: Vec<&Value> = bindings.iter().collect();
    Ok(ConsoleApplication {
        frame: operator.frame(state, Section::Applications),
        head: app.head(AppPage::Overview),
        way: words::way(state, &app.json).to_owned(),
        who: words::who(state, &app.json, &bindings),
        used_ms: used(state, operator, &[pk]).await?.get(pk).copied(),
        events: events(state, operator, pk).await?,
        events_url: format!("{}?context_authorized_app={pk}", Section::Events.url()),
        now_ms: operator.ctx().now,
    })
}

/// The last events about it.
pub(super) async fn events(
    state: &AppState,
    operator: &Operator,
    pk: &str,
) -> Result<Vec<EventLine>, Refusal> {
    let params = operator.params([("context_authorized_app", pk), ("page_size", "5")]);
    let kind = kind_of("authentik_events.event")?;
    match resource::list(&state.engine, operator.ctx(), kind, &params).await {
        Ok(found) => Ok(results(&found).iter().map(sentence::line).collect()),
        Err(Refusal::Forbidden) => Ok(Vec::new()),
        Err(refusal) => Err(refusal),
    }
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Done {
    added: String,
    removed: String,
}

impl Done {
    fn notice(&self) -> Option<String> {
        let short = |text: &str| text.chars().take(100).collect::<String>();
        match (&*self.added, &*self.removed) {
            ("", "") => None,
            ("", _) => Some("It is changed.".to_owned()),
            (added, _) => Some(format!("{} can open it now.", short(added))),
        }
    }
}

async fn who(
    State(state): State<AppState>,
    operator: Operator,
    Path(slug): Path<String>,
    Asks(done): Asks<Done>,
) -> Response {
    let page = openers_of(&state, &operator, &slug).await;
    match page {
        Ok(page) => answer(
            &state,
            &ConsoleOpeners {
                notice: done.notice(),
                ..page
            },
        ),
        Err(refusal) => refused(&state, &operator, refusal),
    }
}

async fn openers_of(
    state: &AppState,
    operator: &Operator,
    slug: &str,
) -> Result<ConsoleOpeners, Refusal> {
    let app = App::load(state, operator, slug).await?;
    let mut rows = bindings(state, operator, &[app.text("pk")]).await?;
    rows.sort_by_key(|one| one["order"].as_i64());
    let groups = group_names(state, operator).await?;
    Ok(ConsoleOpeners {
        frame: operator.frame(state, Section::Applications),
        head: app.head(AppPage::Openers),
        rows: rows.iter().map(row).collect(),
        needs_all: app.text("policy_engine_mode") == "all",
        is_open_by_default: access::is_open_by_default(&state.engine.snapshot()),
        groups,
        group: String::new(),
        person: String::new(),
        notice: None,
        errors: Vec::new(),
    })
}

async fn group_names(state: &AppState, operator: &Operator) -> Result<Vec<String>, Refusal> {
    let params = operator.params([
        ("page_size", "100"),
        ("include_users", "false"),
        ("ordering", "name"),
    ]);
    let found = resource::list(&state.engine, operator.ctx(), kind_of(GROUP)?, &params).await;
    let name = |one: &Value| one["name"].as_str().map(str::to_owned);
    match found {
        Ok(found) => Ok(results(&found).iter().filter_map(name).collect()),
        Err(Refusal::Forbidden) => Ok(Vec::new()),
        Err(refusal) => Err(refusal),
    }
}

fn row(binding: &Value) -> OpenerRow {
    let (what, name) = words::subject(binding);
    let key = binding["pk"].as_str().unwrap_or_default();
    let notes = [
        (binding["negate"] == true).then_some("everybody but these"),
        (binding["enabled"] == false).then_some("off"),
    ];
    OpenerRow {
        key: key.to_owned(),
        name,
        what,
        about: notes.into_iter().flatten().collect::<Vec<_>>().join(", "),
        url: object_url(BINDING, key),
    }
}

async fn change_who(
    State(state): State<AppState>,
    Path(slug): Path<String>,
    sent: Sent,
) -> Response {
    let (engine, ctx) = (&state.engine, sent.operator.ctx());
    let back = AppPage::Openers.url(&slug);
    let escaped = |text: &str| byte_serialize(text.trim().as_bytes()).collect::<String>();
    let opener = if sent.get("add_person").is_empty() {
        Opener::Group(sent.get("group").to_owned())
    } else {
        Opener::Person(sent.get("person").to_owned())
    };
    let (done, next) = match sent.get("remove") {
        "" => {
            let (Opener::Group(name) | Opener::Person(name)) = &opener;
            let next = format!("{back}?added={}", escaped(name));
            (openers::admit(engine, ctx, &slug, &opener).await, next)
        }
        key => {
            let next = format!("{back}?removed=1");
            (openers::shut_out(engine, ctx, &slug, key).await, next)
        }
    };
    match done {
        Ok(()) => see_other(&next),
        Err(Refusal::Invalid(errors)) => again(&state, &slug, &sent, &errors).await,
        Err(refusal) => refused(&state, &sent.operator, refusal),
    }
}

async fn again(state: &AppState, slug: &str, sent: &Sent, errors: &Errors) -> Response {
    match openers_of(state, &sent.operator, slug).await {
        Ok(page) => answer(
            state,
            &ConsoleOpeners {
                group: sent.get("group").to_owned(),
                person: sent.get("person").to_owned(),
                errors: beside(errors, &["group", "person"]),
                ..page
            },
        ),
        Err(refusal) => refused(state, &sent.operator, refusal),
    }
}

async fn signing(
    State(state): State<AppState>,
    operator: Operator,
    Path(slug): Path<String>,
) -> Response {
    let app = match App::load(&state, &operator, &slug).await {
        Ok(app) => app,
        Err(refusal) => return refused(&state, &operator, refusal),
    };
    let page = ConsoleSigning {
        frame: operator.frame(&state, Section::Applications),
        head: app.head(AppPage::Signing),
        way: words::way(&state, &app.json).to_owned(),
        facts: signing_facts(&state, &app),
        provider: app.provider().map(|provider| provider.shown()),
    };
    answer(&state, &page)
}

/// The settings that people ask about.
fn signing_facts(state: &AppState, app: &App) -> Vec<Fact> {
    let Some(provider) = app.provider() else {
        return Vec::new();
    };
    let snapshot = state.engine.snapshot();
    let object = snapshot.object(provider.model, &provider.pk.to_string());
    let Some(config) = object.map(|object| &object.config) else {
        return Vec::new();
    };
    let fields: &[(&str, &str)] = if provider.model == PROXY_PROVIDER {
        &[
            ("external_host", "Where people open it"),
            ("skip_path_regex", "Public paths"),
            ("access_token_validity", "Length of a session in it"),
        ]
    } else {
        &[
            ("client_id", "Client id"),
            ("client_type", "Kind of client"),
            ("redirect_uris", "Where the app is answered"),
            ("access_token_validity", "Length of access tokens"),
        ]
    };
    let fact = |(key, label): &(&str, &str)| {
        let value = config
            .get(*key)
            .map(written)
            .filter(|value| !value.is_empty())?;
        Some(Fact {
            id: (*key).to_owned(),
            label: (*label).to_owned(),
            value,
        })
    };
    fields.iter().filter_map(fact).collect()
}

/// A setting as people read it.
fn written(value: &Value) -> String {
    let entry = |one: &Value| {
        let url = one["url"].as_str().unwrap_or_default();
        match one["redirect_uri_type"].as_str() {
            Some("logout") => format!("{url} (after signing out)"),
            _ => url.to_owned(),
        }
    };
    match value {
        Value::String(text) => text.clone(),
        Value::Array(all) => all.iter().map(entry).collect::<Vec<_>>().join("\n"),
        _ => String::new(),
    }
}

async fn more(
    State(state): State<AppState>,
    operator: Operator,
    Path(slug): Path<String>,
    uri: Uri,
) -> Response {
    match App::load(&state, &operator, &slug).await {
        Ok(app) => {
            let page = ConsoleApplicationEnd {
                frame: operator.frame(&state, Section::Applications),
                head: app.head(AppPage::More),
                made: app.made(),
                asks: uri.query() == Some("delete"),
            };
            answer(&state, &page)
        }
        Err(refusal) => refused(&state, &operator, refusal),
    }
}

async fn delete(State(state): State<AppState>, Path(slug): Path<String>, sent: Sent) -> Response {
    let operator = &sent.operator;
    if sent.get("delete") != "yes" {
        return see_other(&AppPage::More.url(&slug));
    }
    let name = match App::load(&state, operator, &slug).await {
        Ok(app) => app.text("name").to_owned(),
        Err(refusal) => return refused(&state, operator, refusal),
    };
    match openers::delete_whole(&state.engine, operator.ctx(), &slug).await {
        Ok(()) => {
            let gone: String = byte_serialize(name.as_bytes()).collect();
            see_other(&format!("{}?gone={gone}", Section::Applications.url()))
        }
        Err(refusal) => refused(&state, operator, refusal),
    }
}
