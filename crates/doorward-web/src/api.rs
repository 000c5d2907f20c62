//! `/api/v3/`: the REST API, one generic handler set over the engine's registry of kinds.
//!
//! Owns addresses, credentials, bodies and the shape of answers. Leaves every decision, permission
//! included, to `doorward_engine::resource`. Rule: every address ends with a slash, every answer is
//! JSON (but for the list of addresses, a page), and a route exists only because the registry,
//! [`actions`] or [`stubs`] names it, so that the OpenAPI file is complete.

mod actions;
mod answer;
mod caller;
mod crud;
mod index;
mod route;
pub mod schema;
mod stubs;
#[cfg(test)]
mod tests;

use axum::Router;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use doorward_engine::resource::Refusal;
use http::Method;

use crate::respond::problem::Problem;
use crate::state::AppState;

/// Everything below `/api/v3/` but the flow executor.
pub(crate) fn routes() -> Router<AppState> {
    Router::new()
        .route(index::PATH, get(index::show))
        .merge(crud::routes())
        .merge(actions::routes())
        .merge(stubs::routes())
        .method_not_allowed_fallback(wrong_method)
        .layer(axum::middleware::map_response(answer::with_headers))
}

/// The OpenAPI document; anybody may read it.
async fn serve_schema(State(_): State<AppState>) -> Response {
    answer::json(http::StatusCode::OK, schema::document())
}

async fn wrong_method(method: Method) -> Response {
    Problem::WrongMethod(method.to_string()).into_response()
}

/// What every handler returns.
type Answer = Result<Response, Refused>;

/// A refusal on its way to its words.
struct Refused(Refusal);

impl<E: Into<Refusal>> From<E> for Refused {
    fn from(refusal: E) -> Self {
        Self(refusal.into())
    }
}
