//! The picture of a client that registered itself, as it is kept here.

use axum::extract::{Path, State};
use axum::response::Response;
use http::HeaderMap;

use crate::media;
use crate::pages::Message;
use crate::respond::Failure;
use crate::state::AppState;

/// `GET /application/o/<slug>/logo/`
pub(super) async fn show(
    State(state): State<AppState>,
    Path(slug): Path<String>,
    headers: HeaderMap,
) -> Result<Response, Failure> {
    let snapshot = state.engine.snapshot();
    let logo = state.engine.oauth_logo(&snapshot, &slug).await?;
    Ok(match logo {
        Some(logo) => media::answer(logo, &headers),
        None => state.pages.respond(&Message::not_found()),
    })
}
