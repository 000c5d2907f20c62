//! The signed-in person's pages: applications, in `sessions` where they are signed in. And `/`, which
//! leads there.
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
use crate::pages::{AppCard, Library, Nav, Person as Shown};
use crate::respond::see_other;
use crate::state::AppState;

mod access;
mod devices;
mod own;
mod sessions;
mod settings;
mod tokens;

const LIBRARY: &str = "/if/user/";

/// These pages.
pub(crate) fn routes() -> Router<AppState> {
    Router::new()
        .route("/", get(root))
        .route(LIBRARY, get(library))
        .route(devices::PATH, get(devices::show).post(devices::change))
        .route(sessions::PATH, get(sessions::show).post(sessions::end))
        .route(settings::PATH, get(settings::show))
        .route(access::PATH, get(access::show).post(access::change))
        .route(tokens::PATH, get(tokens::show).post(tokens::change))
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

fn signed_in(visitor: &Visitor) -> Option<(std::sync::Arc<Person>, &LiveSession)> {
    Some((visitor.person()?, visitor.session.as_deref()?))
}

fn shown(person: &Person) -> Shown {
    Shown::new(&*person.name, &*person.username)
}

/// Gives scripts of ours their token when the browser has none that fits its session.
pub(crate) fn with_api_cookie(
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

pub(crate) fn here(uri: &Uri) -> String {
    uri.path_and_query()
        .map_or_else(|| "/".to_owned(), ToString::to_string)
}

pub(crate) fn to_sign_in(next: &str) -> Response {
    let query = Serializer::new(String::new())
        .append_pair("next", next)
        .finish();
    see_other(&format!("/flows/-/default/authentication/?{query}"))
}
