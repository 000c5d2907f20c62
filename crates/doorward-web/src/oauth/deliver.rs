//! How the browser takes an answer to the application: by a redirect, or by a form that it posts
//! (OAuth 2.0 Form Post Response Mode).

use axum::extract::State;
use axum::response::Response;
use doorward_engine::oauth::{Answer, answered_by_page};
use http::HeaderValue;
use http::StatusCode;
use http::header::REFERRER_POLICY;
use serde::Deserialize;

use crate::extract::{Asks, Visitor};
use crate::pages::{Deliver, Message};
use crate::respond::see_other;
use crate::state::AppState;

/// What the end of a flow sealed for this page.
#[derive(Default, Deserialize)]
pub(super) struct Sealed {
    #[serde(default)]
    answer: String,
}

/// `GET /application/o/deliver/`
pub(super) async fn show(
    State(state): State<AppState>,
    visitor: Visitor,
    Asks(sealed): Asks<Sealed>,
) -> Response {
    let (session, now) = (visitor.session.as_deref(), visitor.ctx().now);
    if let Some(answer) = answered_by_page(&state.engine, session, &sealed.answer, now) {
        respond(&state, &answer)
    } else {
        let text = "The page was open too long. Open the application again.";
        let title = "This link does not work any more";
        state
            .pages
            .respond(&Message::new(StatusCode::BAD_REQUEST, title, text))
    }
}

/// 303 (RFC 9700 §4.12), or the page with the form. Neither tells the application where it came
/// from.
pub(super) fn respond(state: &AppState, answer: &Answer) -> Response {
    let mut response = match answer.location() {
        Some(location) => see_other(&location),
        None => state.pages.respond(&Deliver::new(answer)),
    };
    if answer.location().is_some() {
        let none = HeaderValue::from_static("no-referrer");
        response.headers_mut().insert(REFERRER_POLICY, none);
    }
    response
}
