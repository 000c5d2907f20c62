//! `/recovery/use-token/<key>/`: a one-time link that signs somebody in.
//!
//! Leaves who holds a link and what spending it does to `engine::recovery`. Rule: a GET shows the
//! question and spends nothing.

use axum::extract::rejection::FormRejection;
use axum::extract::{Form, Path, State};
use axum::response::Response;
use doorward_engine::recovery;
use http::{HeaderMap, StatusCode};
use serde::Deserialize;

use super::{RECOVERY_PATH, unreadable, welcome};
use crate::csrf::{self, Subject};
use crate::extract::{Asked, Visitor};
use crate::pages::{Message, Recovery};
use crate::respond::Failure;
use crate::state::AppState;

pub(super) const AFTER_RECOVERY: &str = "/if/user/";

/// A form with nothing but its token.
#[derive(Deserialize)]
pub(super) struct Proof {
    #[serde(default)]
    csrf: String,
}

pub(super) async fn show(
    State(state): State<AppState>,
    Path(key): Path<String>,
    asked: Asked,
) -> Result<Response, Failure> {
    let Some(username) = recovery::holder(&state.engine, &asked.ctx, &key).await? else {
        return Ok(spent(&state));
    };
    let csrf = csrf::issue(&state.engine.keys, Subject::Other("recovery", &key));
    let page = Recovery {
        username,
        action: action(&key),
        csrf,
    };
    Ok(state.pages.respond(&page))
}

pub(super) async fn answer(
    State(state): State<AppState>,
    Path(key): Path<String>,
    visitor: Visitor,
    headers: HeaderMap,
    posted: Result<Form<Proof>, FormRejection>,
) -> Result<Response, Failure> {
    let Form(proof) = match posted {
        Ok(proof) => proof,
        Err(rejection) => return Ok(unreadable(&state, &rejection)),
    };
    let subject = Subject::Other("recovery", &key);
    if !csrf::is_ours(&state, &visitor.asked, &headers, subject, &proof.csrf) {
        return Ok(state.pages.respond(&Message::foreign_form(action(&key))));
    }
    let replaces = visitor.session.as_ref().map(|session| &*session.id);
    let used = recovery::use_link(&state.engine, visitor.ctx(), &key, replaces).await?;
    match used {
        Some(signed_in) => welcome(&state, &visitor.asked, &signed_in, AFTER_RECOVERY).await,
        None => Ok(spent(&state)),
    }
}

pub(super) fn action(key: &str) -> String {
    let key: String = url::form_urlencoded::byte_serialize(key.as_bytes()).collect();
    format!("{RECOVERY_PATH}{key}/")
}

fn spent(state: &AppState) -> Response {
    let text = "It was used before, it is too old, or the password was changed since. \
                Ask for a new one: doorward recovery-link";
    let page = Message::new(
        StatusCode::NOT_FOUND,
        "This link does not work any more",
        text,
    );
    state.pages.respond(&page)
}
