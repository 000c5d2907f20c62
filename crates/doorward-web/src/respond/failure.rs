//! Our own faults: marked by handlers, logged and worded once, by the shell around them.
//!
//! A handler returns `Err(Failure)`; [`Failure`] becomes an empty 500 or 503 that carries itself as
//! an extension, and [`crate::shell`] turns it into a page, JSON or nothing, with the request's id.

use std::sync::Arc;

use axum::response::{IntoResponse, Response};
use doorward_engine::Fault;
use doorward_store::StoreError;
use http::StatusCode;

/// Something that should not have happened, on its way out.
#[derive(Clone, Debug)]
pub struct Failure(pub Arc<Fault>);

impl Failure {
    /// 503 if waiting may help, else 500.
    pub fn status(&self) -> StatusCode {
        if self.0.is_unavailable() {
            StatusCode::SERVICE_UNAVAILABLE
        } else {
            StatusCode::INTERNAL_SERVER_ERROR
        }
    }
}

impl From<Fault> for Failure {
    fn from(fault: Fault) -> Self {
        Self(Arc::new(fault))
    }
}

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        Fault::from(error).into()
    }
}

impl IntoResponse for Failure {
    fn into_response(self) -> Response {
        let mut response = self.status().into_response();
        response.extensions_mut().insert(self);
        response
    }
}
