//! The signed-in person's pages: applications, in `sessions` where they are signed in, and for
//! administrators a first look. And `/`, which leads there.
//!
//! Leaves what a person may open and which sessions are theirs to `engine::account`. Rule: a page
//! changes nothing, a form changes only what belongs to whoever sent it.

use axum::Router;
use axum::extract::State;
use axum::response::Response;
use axum::routing::get;
use doorward_engine::account::{self, Openable};
use doorward_engine::session::LiveSession;
use doorward_engine::{Person, Snapshot};
use doorward_protocol::cookie;
use http::header::SET_COOKIE;
use http::{HeaderMap, Uri};
use serde::Deserialize;
use url::form_urlencoded::Serializer;

use crate::address;
use crate::csrf::{self, Subject};
use crate::extract::{Asks, Visitor};
use crate::look;
use crate::pages::{AdminHome, AppCard, Check, Count, Library, Message, Nav, Person as Shown};
use crate::respond::{Failure, see_other};
use crate::state::AppState;

mod devices;
mod sessions;
mod settings;

const LIBRARY: &str = "/if/user/";

/// These pages.
pub(crate) fn routes() -> Router<AppState> {
    Router::new()
        .route("/", get(root))
        .route(LIBRARY, get(library))
        .route(devices::PATH, get(devices::show).post(devices::change))
        .route(sessions::PATH, get(sessions::show).post(sessions::end))
        .route(settings::PATH, get(settings::show))
        .route("/if/admin/", get(admin))
}

/// `GET /`
async fn root(State(state): State<AppState>, visitor: Visitor) -> Response {
    if address::is_asked(&state, &visitor) {
        see_other(address::ADDRESS)
    } else if visitor.session.is_some() {
        see_other(LIBRARY)
    } else {
        to_sign_in("/")
    }
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Search {
    search: String,
}

/// `GET /if/user/`
async fn library(
    State(state): State<AppState>,
    Asks(asked): Asks<Search>,
    visitor: Visitor,
    headers: HeaderMap,
    uri: Uri,
) -> Response {
    let Some((person, session)) = signed_in(&visitor) else {
        return to_sign_in(&here(&uri));
    };
    let snapshot = state.engine.snapshot();
    let search = asked.search.trim().to_owned();
    let mut openable =
        account::applications(&state.engine, &snapshot, visitor.ctx(), &person).await;
    if let Some(app) = landing(&snapshot, &visitor, &person, &openable) {
        return see_other(app);
    }
    openable.retain(|one| matches(one, &search));
    let page = Library {
        person: shown(&person),
        nav: Nav::new(person.is_superuser),
        apps: openable.iter().map(card).collect(),
        search,
    };
    with_api_cookie(
        &state,
        &visitor,
        &headers,
        session,
        state.pages.respond(&page),
    )
}

/// Where an external person lands instead of among the applications: the brand's own one, if it
/// opens for them.
fn landing<'a>(
    snapshot: &Snapshot,
    visitor: &Visitor,
    person: &Person,
    openable: &'a [Openable],
) -> Option<&'a str> {
    let brand = snapshot.brand(&visitor.asked.host_text())?;
    let app = brand.default_application.as_deref()?;
    let app = openable.iter().find(|one| one.application.pk == app)?;
    (&*person.kind == "external").then_some(app.url.as_str())
}

fn matches(one: &Openable, search: &str) -> bool {
    let app = &one.application;
    let texts = [&app.name, &app.group, &app.meta_description];
    let search = search.to_lowercase();
    search.is_empty()
        || texts
            .iter()
            .any(|text| text.to_lowercase().contains(&search))
}

fn card(one: &Openable) -> AppCard {
    let app = &one.application;
    AppCard {
        group: app.group.clone(),
        description: app.meta_description.clone(),
        new_tab: one.new_tab,
        icon: look::shown(&app.meta_icon, None),
        ..AppCard::new(app.name.clone(), one.url.clone())
    }
}

/// `GET /if/admin/`
async fn admin(
    State(state): State<AppState>,
    visitor: Visitor,
    headers: HeaderMap,
    uri: Uri,
) -> Result<Response, Failure> {
    let Some((person, session)) = signed_in(&visitor) else {
        return Ok(to_sign_in(&here(&uri)));
    };
    if !person.is_superuser {
        let page = Message::forbidden(&*visitor.ctx().request_id);
        return Ok(state.pages.respond(&page));
    }
    if address::is_asked(&state, &visitor) {
        return Ok(see_other(address::ADDRESS));
    }
    let page = admin_home(&state, &person).await?;
    Ok(with_api_cookie(
        &state,
        &visitor,
        &headers,
        session,
        state.pages.respond(&page),
    ))
}

async fn admin_home(state: &AppState, person: &Person) -> Result<AdminHome, Failure> {
    let snapshot = state.engine.snapshot();
    let users = account::count_people(&state.engine).await?;
    let address = snapshot.public_url().map(|url| url.to_string());
    Ok(AdminHome {
        person: shown(person),
        nav: Nav::new(true),
        base_url: address.clone().unwrap_or_default(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        counts: counts(&snapshot, users),
        checks: checks(state, address),
        api_url: "/api/v3/".to_owned(),
        schema_url: "/api/v3/schema/".to_owned(),
    })
}

fn counts(snapshot: &Snapshot, users: u64) -> Vec<Count> {
    let count = |label: &str, value: u64| Count {
        label: label.to_owned(),
        value,
    };
    let number = |kind| u64::try_from(snapshot.objects(kind).len()).unwrap_or(u64::MAX);
    vec![
        count("Users", users),
        count("Applications", number("authentik_core.application")),
        count("Flows", number("authentik_flows.flow")),
    ]
}

fn checks(state: &AppState, address: Option<String>) -> Vec<Check> {
    let check = |name: &str, ok, text: String| Check {
        name: name.to_owned(),
        ok,
        text,
    };
    // The numbers above came from the store a moment ago.
    let store = match state.engine.store.engine_name() {
        "sqlite" => "SQLite answers.",
        _ => "PostgreSQL answers.",
    };
    let missing = "Not set. Sign-in from other hosts will fail until it is.".to_owned();
    vec![
        check("Store", true, store.to_owned()),
        check(
            "Public address",
            address.is_some(),
            address.unwrap_or(missing),
        ),
    ]
}

fn signed_in(visitor: &Visitor) -> Option<(std::sync::Arc<Person>, &LiveSession)> {
    Some((visitor.person()?, visitor.session.as_deref()?))
}

fn shown(person: &Person) -> Shown {
    Shown::new(&*person.name, &*person.username)
}

/// Gives scripts of ours their token when the browser has none that fits its session.
fn with_api_cookie(
    state: &AppState,
    visitor: &Visitor,
    headers: &HeaderMap,
    session: &LiveSession,
    mut response: Response,
) -> Response {
    let keys = &state.engine.keys;
    let fits = |token| csrf::fits(keys, Subject::Session(&session.id), token);
    if !cookie::find(headers, csrf::COOKIE).any(fits) {
        let line = csrf::api_cookie(keys, &session.id, visitor.asked.is_https, None);
        response.headers_mut().append(SET_COOKIE, line);
    }
    response
}

fn here(uri: &Uri) -> String {
    uri.path_and_query()
        .map_or_else(|| "/".to_owned(), ToString::to_string)
}

pub(crate) fn to_sign_in(next: &str) -> Response {
    let query = Serializer::new(String::new())
        .append_pair("next", next)
        .finish();
    see_other(&format!("/flows/-/default/authentication/?{query}"))
}
