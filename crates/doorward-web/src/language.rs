//! `/if/language/`: chooses the language of the pages, for this browser.
//!
//! Rule: it changes nothing of ours, only a cookie, and only for a form of our own pages; then it
//! leads back to a path of ours.

use axum::Router;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use axum::response::Response;
use axum::routing::get;
use doorward_engine::flow::approved_path;
use doorward_protocol::cookie::{SameSite, SetCookie};
use doorward_protocol::language::Language;
use http::header::SET_COOKIE;
use http::{HeaderMap, HeaderValue};
use serde::Deserialize;

use crate::csrf;
use crate::extract::Asked;
use crate::respond::see_other;
use crate::state::AppState;

/// Where the form goes.
pub(crate) const PATH: &str = "/if/language/";
/// authentik's name for it.
pub(crate) const COOKIE: &str = "authentik_language";
const YEAR_S: i64 = 365 * 24 * 3600;

/// The address.
pub(crate) fn routes() -> Router<AppState> {
    Router::new().route(PATH, get(choose))
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Wish {
    lang: String,
    next: String,
}

async fn choose(
    State(state): State<AppState>,
    wish: Result<Query<Wish>, QueryRejection>,
    asked: Asked,
    headers: HeaderMap,
) -> Response {
    let wish = wish.map(|Query(wish)| wish).unwrap_or_default();
    let next = approved_path(&state.engine.snapshot(), &wish.next);
    let mut response = see_other(next.as_deref().unwrap_or("/"));
    let language = Language::of_tag(&wish.lang);
    let is_ours = !csrf::is_foreign(&state, &asked, &headers);
    if let Some(language) = language.filter(|_| is_ours)
        && let Some(cookie) = cookie(language, asked.is_https)
    {
        response.headers_mut().append(SET_COOKIE, cookie);
    }
    response
}

fn cookie(language: Language, secure: bool) -> Option<HeaderValue> {
    let cookie = SetCookie::new(COOKIE, language.tag()).path("/");
    let cookie = cookie.http_only(true).secure(secure).max_age_s(YEAR_S);
    cookie.same_site(SameSite::Lax).header().ok()
}
