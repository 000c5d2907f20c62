//! The signed-in person's pages: each stands in its own file. And `/`, which leads there.
//!
//! Leaves what a person may open and which sessions are theirs to `engine::account`. Rule: a page
//! changes nothing, a form changes only what belongs to whoever sent it.

use axum::Router;
use axum::extract::State;
use axum::response::Response;
use axum::routing::get;
use doorward_engine::Person;
use doorward_engine::session::LiveSession;
use doorward_protocol::cookie;
use http::header::SET_COOKIE;
use http::{HeaderMap, Uri};
use url::form_urlencoded::Serializer;

use crate::address;
use crate::csrf::{self, Subject};
use crate::extract::Visitor;
use crate::pages::Person as Shown;
use crate::respond::see_other;
use crate::state::AppState;

mod access;
mod devices;
mod export;
mod library;
mod own;
mod sessions;
mod settings;
mod tokens;

const LIBRARY: &str = "/if/user/";

/// These pages.
pub(crate) fn routes() -> Router<AppState> {
    Router::new()
        .route("/", get(root))
        .route(LIBRARY, get(library::show).post(library::change))
        .route(devices::PATH, get(devices::show).post(devices::change))
        .route(sessions::PATH, get(sessions::show).post(sessions::end))
        .route(settings::PATH, get(settings::show).post(settings::change))
        .route(access::PATH, get(access::show).post(access::change))
        .route(export::PATH, get(export::send))
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
