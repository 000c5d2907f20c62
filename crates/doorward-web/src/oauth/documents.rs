//! What anybody may read: what a client can ask of us, and the keys.

use axum::Json;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};
use doorward_engine::oauth::{self, Client, Document};
use http::header::{ACCESS_CONTROL_ALLOW_ORIGIN, CACHE_CONTROL, CONTENT_TYPE, ETAG, IF_NONE_MATCH};
use http::{HeaderMap, HeaderValue, StatusCode, Uri};
use serde_json::json;
use url::form_urlencoded;

use super::cors;
use crate::extract::Asked;
use crate::pages::Message;
use crate::respond::see_other;
use crate::state::AppState;

/// So many parameters of a question about somebody are read.
const WORDS_MAX: usize = 16;
const RESOURCE_BYTES_MAX: usize = 2048;

/// `GET /application/o/<slug>/`: the issuer's address leads to the document.
pub(super) async fn issuer(State(state): State<AppState>, Path(slug): Path<String>) -> Response {
    match state.engine.snapshot().oauth.of_application(&slug) {
        Some(_) => see_other(&format!(
            "/application/o/{slug}/.well-known/openid-configuration"
        )),
        None => state.pages.respond(&Message::not_found()),
    }
}

/// `GET /application/o/<slug>/.well-known/openid-configuration`, and RFC 8414's place for it.
pub(super) async fn discovery(
    State(state): State<AppState>,
    Path(slug): Path<String>,
    headers: HeaderMap,
) -> Response {
    let snapshot = state.engine.snapshot();
    // A client that registered itself has the issuer where it did (Discovery §4.3).
    let client = snapshot.oauth.of_application(&slug);
    let Some(client) = client.filter(|client| client.is_issuer()) else {
        return unknown();
    };
    let Some(document) = client.discovery(&snapshot) else {
        let why = "The public address of this server is not set.";
        let body = Json(json!({ "detail": why }));
        return (StatusCode::SERVICE_UNAVAILABLE, body).into_response();
    };
    discovered(document, client, &headers)
}

/// The document, for the client's own pages to read.
pub(super) fn discovered(document: Document, client: &Client, headers: &HeaderMap) -> Response {
    cors::allow(kept(document, headers), client, headers)
}

/// `GET /application/o/<slug>/jwks/`, of guarded applications too: for everybody, kept for a few minutes so that a new key is
/// known before it signs.
pub(super) async fn key_set(
    State(state): State<AppState>,
    Path(slug): Path<String>,
    headers: HeaderMap,
) -> Response {
    let snapshot = state.engine.snapshot();
    let Some(client) = snapshot.oauth.signing_for(&slug) else {
        return unknown();
    };
    keys(client, (state.clock)(), &headers)
}

/// The keys, for everybody's pages.
pub(super) fn keys(client: &Client, now: i64, headers: &HeaderMap) -> Response {
    let mut response = kept(client.key_set(now), headers);
    let all = HeaderValue::from_static("*");
    response
        .headers_mut()
        .insert(ACCESS_CONTROL_ALLOW_ORIGIN, all);
    response
}

/// 200, or 304 for whoever has the very same (RFC 9110 §13.1.2).
fn kept(document: Document, headers: &HeaderMap) -> Response {
    let mut tags = headers.get_all(IF_NONE_MATCH).iter();
    let is_known = tags.any(|tags| has(tags, &document.tag));
    let mut response = if is_known {
        StatusCode::NOT_MODIFIED.into_response()
    } else {
        let kind = [(CONTENT_TYPE, "application/json")];
        (kind, document.body).into_response()
    };
    let told = response.headers_mut();
    told.insert(ETAG, document.tag);
    let five_minutes = HeaderValue::from_static("public, max-age=300");
    told.insert(CACHE_CONTROL, five_minutes);
    response
}

/// Whether a list of tags has this one; a weak one does as well.
fn has(tags: &HeaderValue, tag: &HeaderValue) -> bool {
    let mut tags = tags
        .as_bytes()
        .split(|byte| *byte == b',')
        .map(<[u8]>::trim_ascii);
    tags.any(|one| one == b"*" || one.strip_prefix(b"W/").unwrap_or(one) == tag.as_bytes())
}

/// `GET /.well-known/webfinger?resource=…` (RFC 7033 §4): for pages of any origin.
pub(super) async fn webfinger(State(state): State<AppState>, asked: Asked, uri: Uri) -> Response {
    let asked_for = form_urlencoded::parse(uri.query().unwrap_or_default().as_bytes());
    let all: Vec<_> = asked_for.take(WORDS_MAX).collect();
    let named = |wanted: &str| -> Vec<&str> {
        let of_it = all.iter().filter(|(name, _)| *name == wanted);
        of_it.map(|(_, value)| &**value).collect()
    };
    let [resource] = named("resource")[..] else {
        return malformed("The parameter resource is missing, or is there more than once.");
    };
    if resource.len() > RESOURCE_BYTES_MAX || url::Url::parse(resource).is_err() {
        return malformed("The resource is no address, such as acct:mia@example.org.");
    }
    let snapshot = state.engine.snapshot();
    let Some(found) = oauth::webfinger(&snapshot, &asked.host_text(), resource, &named("rel"))
    else {
        return any_origin(unknown());
    };
    let kind = [(CONTENT_TYPE, "application/jrd+json")];
    any_origin((kind, found.to_string()).into_response())
}

/// RFC 7033 §4.2
fn malformed(why: &str) -> Response {
    let body = Json(json!({ "detail": why }));
    any_origin((StatusCode::BAD_REQUEST, body).into_response())
}

/// RFC 7033 §5
fn any_origin(mut response: Response) -> Response {
    let any = HeaderValue::from_static("*");
    response
        .headers_mut()
        .insert(ACCESS_CONTROL_ALLOW_ORIGIN, any);
    response
}

fn unknown() -> Response {
    let body = json!({ "detail": "There is no such application, or it does not sign in over OpenID Connect." });
    (StatusCode::NOT_FOUND, Json(body)).into_response()
}
