//! `/if/user/export/`: everything about a person, for themselves, as a file.

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use doorward_engine::account::export;
use http::header::{CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_TYPE, X_CONTENT_TYPE_OPTIONS};

use super::own::{Own, refused};
use crate::state::AppState;

pub(super) const PATH: &str = "/if/user/export/";

/// `GET /if/user/export/`
pub(super) async fn send(State(state): State<AppState>, own: Own) -> Result<Response, Response> {
    let data = export::of(&state.engine, own.ctx(), &own.person).await;
    let data = data.map_err(|refusal| refused(&state, &own, PATH, refusal))?;
    let headers = [
        (CONTENT_TYPE, "application/json"),
        (CONTENT_DISPOSITION, "attachment; filename=\"my-data.json\""),
        (CACHE_CONTROL, "no-store"),
        (X_CONTENT_TYPE_OPTIONS, "nosniff"),
    ];
    Ok((headers, format!("{data:#}")).into_response())
}
