//! `/api/v3/` in a browser: every address of the API and what it does, for a person.
//!
//! Leaves what is there to the OpenAPI document. Rule: like the document, it is for everybody, for it
//! says nothing about what is stored.

use axum::extract::State;
use axum::response::Response;
use serde_json::Value;

use super::schema;
use crate::pages::{ApiIndex, ApiResource};
use crate::state::AppState;

pub(super) const PATH: &str = "/api/v3/";
/// In the order in which they are shown.
const METHODS: [&str; 5] = ["get", "post", "put", "patch", "delete"];

/// `GET /api/v3/`
pub(super) async fn show(State(state): State<AppState>) -> Response {
    let paths = schema::document()["paths"].as_object();
    let mut resources: Vec<_> = paths.into_iter().flatten().map(resource).collect();
    resources.sort_by(|one, other| one.path.cmp(&other.path));
    state.pages.respond(&ApiIndex {
        schema_url: format!("{PATH}schema/"),
        resources,
    })
}

fn resource((path, item): (&String, &Value)) -> ApiResource {
    let methods = METHODS.iter().filter(|method| item.get(**method).is_some());
    let methods: Vec<String> = methods.map(|method| method.to_uppercase()).collect();
    ApiResource {
        path: format!("/api/v3{path}"),
        methods: methods.join(" "),
    }
}
