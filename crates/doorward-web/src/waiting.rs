//! What is served while the store is not there yet: alive, not ready, and a patient word for whoever
//! comes.
//!
//! Leaves the end of the waiting to the program. Rule: nothing is decided here, so nobody is let in.

use std::path::PathBuf;
use std::sync::{Arc, OnceLock};

use axum::Router;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use http::{HeaderMap, Uri};

use crate::look::At;
use crate::pages::{Message, Pages};
use crate::respond::problem::Problem;
use crate::shell::{request_id, wants_html};
use crate::{assets, health};

/// The pages, made when the first of them is asked for: the start is not slower for them.
struct Waiting {
    templates_dir: Option<PathBuf>,
    pages: OnceLock<Pages>,
}

impl Waiting {
    fn pages(&self) -> &Pages {
        self.pages
            .get_or_init(|| Pages::new(self.templates_dir.clone()))
    }
}

/// Everything that can be answered without a store; `templates_dir` holds the operator's templates.
pub fn waiting(templates_dir: Option<PathBuf>) -> Router {
    let waiting = Waiting {
        templates_dir,
        pages: OnceLock::new(),
    };
    Router::new()
        .route("/-/health/live/", get(health::live))
        .route("/-/health/ready/", get(health::not_reached))
        .route(&format!("{}{{name}}", assets::PREFIX), get(asset))
        .fallback(later)
        .with_state(Arc::new(waiting))
}

async fn asset(State(waiting): State<Arc<Waiting>>, Path(name): Path<String>) -> Response {
    waiting.pages().assets().serve(&name)
}

async fn later(State(waiting): State<Arc<Waiting>>, uri: Uri, headers: HeaderMap) -> Response {
    if wants_html(&headers, uri.path()) {
        let page = Message::store_down(&*request_id());
        let look = At::read(&uri, &headers).look();
        return waiting.pages().respond_as(&page, &look);
    }
    Problem::StoreDown.into_response()
}

#[cfg(test)]
mod tests {
    use axum::body::Body;
    use http::header::{CONTENT_TYPE, RETRY_AFTER};
    use http::{Request, StatusCode};
    use tower::ServiceExt as _;

    use super::*;

    async fn ask(path: &str, accept: &str) -> Response {
        let request = Request::get(path)
            .header("accept", accept)
            .body(Body::empty());
        waiting(None).oneshot(request.unwrap()).await.unwrap()
    }

    #[tokio::test]
    async fn it_is_alive_and_not_ready_and_everybody_is_told_to_come_back() {
        assert_eq!(ask("/-/health/live/", "*/*").await.status(), StatusCode::OK);
        for (path, accept, kind) in [
            ("/-/health/ready/", "*/*", "application/json"),
            ("/api/v3/core/users/", "text/html", "application/json"),
            (
                "/outpost.goauthentik.io/auth/traefik",
                "*/*",
                "application/json",
            ),
            ("/", "text/html", "text/html"),
        ] {
            let answer = ask(path, accept).await;
            assert_eq!(answer.status(), StatusCode::SERVICE_UNAVAILABLE, "{path}");
            let found = answer.headers()[CONTENT_TYPE].to_str().unwrap();
            assert!(found.starts_with(kind), "{path}: {found}");
            assert!(
                answer.headers().contains_key(RETRY_AFTER) || path.contains("health"),
                "{path}"
            );
        }
    }
}
