//! The pictures that people uploaded, as browsers load them.
//!
//! Leaves who may see which to `engine::media`. Rule: a file never runs anything: its type is that
//! of its bytes, and a browser that opens it by itself puts it into a sandbox.

use axum::Router;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use doorward_engine::media::{self, Media};
use doorward_engine::picture::{MEDIA_PREFIX, OLD_MEDIA_PREFIX};
use doorward_protocol::encoding::{hex, sha256};
use http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, ETAG, IF_NONE_MATCH,
    X_CONTENT_TYPE_OPTIONS,
};
use http::{HeaderMap, StatusCode};

use crate::extract::Visitor;
use crate::pages::Message;
use crate::respond::Failure;
use crate::state::AppState;

/// Where media are.
pub(crate) fn routes() -> Router<AppState> {
    Router::new()
        .route(&format!("{MEDIA_PREFIX}{{*name}}"), get(show))
        .route(&format!("{OLD_MEDIA_PREFIX}{{*name}}"), get(show))
}

async fn show(
    State(state): State<AppState>,
    Path(name): Path<String>,
    visitor: Visitor,
    headers: HeaderMap,
) -> Result<Response, Failure> {
    let person = visitor.person();
    let media = media::find(&state.engine, person.as_deref(), &name).await?;
    Ok(match media {
        Some(media) => answer(media, &headers),
        None => state.pages.respond(&Message::not_found()),
    })
}

pub(crate) fn answer(media: Media, asked: &HeaderMap) -> Response {
    let etag = format!("\"{}\"", hex(&sha256(&media.bytes)[..16]));
    let kept = if media.is_public {
        "public, max-age=300"
    } else {
        "private, no-store"
    };
    let headers = [
        (CACHE_CONTROL, kept),
        (CONTENT_TYPE, media.media_type.name()),
        (CONTENT_SECURITY_POLICY, "default-src 'none'; sandbox"),
        (X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (ETAG, &etag),
    ];
    let known = asked
        .get(IF_NONE_MATCH)
        .is_some_and(|known| *known == *etag);
    if known {
        return (StatusCode::NOT_MODIFIED, headers).into_response();
    }
    (headers, media.bytes).into_response()
}
