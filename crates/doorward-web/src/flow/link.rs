//! Links of letters, as they are opened: `/if/flow/<slug>/?flow_token=<key>`.
//!
//! Rule: a GET shows the question and spends nothing, and no page names whose link it is.

use axum::response::Response;
use doorward_engine::flow::{self, Link};
use http::StatusCode;
use url::form_urlencoded::Serializer;

use super::html::Request;
use crate::csrf::{self, Subject};
use crate::pages::{LinkOpened, Message};
use crate::respond::Failure;

/// The question.
pub(super) async fn show(request: &Request<'_>, key: &str) -> Result<Response, Failure> {
    let state = request.state;
    let title = flow::peek(&state.engine, request.visitor.ctx(), named(request, key)).await?;
    let Some(title) = title else {
        return Ok(spent(request));
    };
    let csrf = csrf::issue(&state.engine.keys, subject(key));
    let action = action(request, key);
    Ok(state.pages.respond(&LinkOpened {
        title,
        action,
        csrf,
    }))
}

/// Goes on with what the link stands for.
pub(super) async fn answer(
    request: &Request<'_>,
    key: &str,
    token: &str,
) -> Result<Response, Failure> {
    let state = request.state;
    if !csrf::fits(&state.engine.keys, subject(key), token) {
        return Ok(request.foreign());
    }
    let (ctx, visit) = (request.visitor.ctx(), request.visit(true));
    let step = flow::follow(&state.engine, ctx, &visit, named(request, key)).await?;
    match step {
        Some(step) => request.answered(&step, None).await,
        None => Ok(spent(request)),
    }
}

fn named<'a>(request: &Request<'a>, key: &'a str) -> Link<'a> {
    Link {
        slug: request.slug,
        key,
        handle: None,
    }
}

fn subject(key: &str) -> Subject<'_> {
    Subject::Other("flow link", key)
}

fn action(request: &Request<'_>, key: &str) -> String {
    let query = Serializer::new(String::new())
        .append_pair("flow_token", key)
        .finish();
    format!("/if/flow/{}/?{query}", request.slug)
}

fn spent(request: &Request<'_>) -> Response {
    let text = "It was used before, it is too old, or something about the account changed since.";
    let title = "This link does not work any more";
    let page = Message::new(StatusCode::NOT_FOUND, title, text);
    let page = page.with_next_step("Start again", request.again());
    request.state.pages.respond(&page)
}
