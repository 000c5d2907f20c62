//! `/if/flow/initial-setup/`, and in `recovery` the other way in that needs no password.
//!
//! Owns the form and the way to set-up while there is no administrator. Leaves who may and what
//! happens to `engine::first_run`. Rule: nothing here is spent by a GET, and once set-up is done its
//! address is an ordinary 404 (CVE-2023-46249).

use axum::Router;
use axum::extract::rejection::FormRejection;
use axum::extract::{Form, Request, State};
use axum::middleware::Next;
use axum::response::Response;
use axum::routing::get;
use doorward_engine::first_run::{self, Answers, SetupError, SignedIn, Unusable};
use doorward_engine::picture::{MEDIA_PREFIX, OLD_MEDIA_PREFIX};
use doorward_protocol::password::PasswordError;
use http::header::SET_COOKIE;
use http::{HeaderMap, Method, StatusCode};
use serde::Deserialize;

use crate::assets;
use crate::csrf::{self, Subject};
use crate::extract::{Asked, Asks, session_cookie};
use crate::pages::{FieldError, Message, Setup};
use crate::respond::{Failure, found, see_other};
use crate::state::AppState;

mod recovery;

/// Where the first administrator is made.
const SETUP_PATH: &str = "/if/flow/initial-setup/";
const RECOVERY_PATH: &str = "/recovery/use-token/";
/// What keeps its meaning before set-up: machines' addresses, files, and the ways in themselves.
const NOT_LED: [&str; 8] = [
    SETUP_PATH,
    RECOVERY_PATH,
    assets::PREFIX,
    "/-/",
    "/api/",
    "/outpost.goauthentik.io",
    MEDIA_PREFIX,
    OLD_MEDIA_PREFIX,
];
const AFTER_SETUP: &str = "/if/admin/";

/// Both pages.
pub(crate) fn routes() -> Router<AppState> {
    Router::new()
        .route(SETUP_PATH, get(show_setup).post(finish_setup))
        .route(
            "/recovery/use-token/{key}/",
            get(recovery::show).post(recovery::answer),
        )
}

/// Leads every page to set-up while there is no administrator.
pub(crate) async fn lead(State(state): State<AppState>, request: Request, next: Next) -> Response {
    let path = request.uri().path();
    let is_page = matches!(*request.method(), Method::GET | Method::HEAD)
        && !NOT_LED.iter().any(|prefix| path.starts_with(prefix));
    if is_page && first_run::is_open(&state.engine) {
        return found(SETUP_PATH);
    }
    next.run(request).await
}

#[derive(Default, Deserialize)]
struct Link {
    #[serde(default)]
    token: String,
}

/// The set-up form; every field may be missing, and is then empty.
#[derive(Deserialize)]
#[serde(default)]
struct Posted {
    csrf: String,
    base_url: String,
    username: String,
    name: String,
    email: String,
    password: String,
    password_repeat: String,
}

impl Default for Posted {
    fn default() -> Self {
        let empty = String::new;
        Self {
            csrf: empty(),
            base_url: empty(),
            username: first_run::FIRST_ADMIN.to_owned(),
            name: empty(),
            email: empty(),
            password: empty(),
            password_repeat: empty(),
        }
    }
}

async fn show_setup(
    State(state): State<AppState>,
    Asks(link): Asks<Link>,
    asked: Asked,
) -> Response {
    if let Err(error) = first_run::check_link(&state.engine, &link.token) {
        return refuse(&state, &error, &link.token);
    }
    let known = state
        .engine
        .snapshot()
        .public_url()
        .map(|url| url.origin().ascii_serialization());
    let base_url = known.or_else(|| asked.origin()).unwrap_or_default();
    state.pages.respond(&card(&state, &link.token, base_url))
}

async fn finish_setup(
    State(state): State<AppState>,
    Asks(link): Asks<Link>,
    asked: Asked,
    headers: HeaderMap,
    posted: Result<Form<Posted>, FormRejection>,
) -> Result<Response, Failure> {
    let token = &*link.token;
    if let Err(error) = first_run::check_link(&state.engine, token) {
        return Ok(refuse(&state, &error, token));
    }
    let Form(posted) = match posted {
        Ok(posted) => posted,
        Err(rejection) => return Ok(unreadable(&state, &rejection)),
    };
    if !csrf::is_ours(&state, &asked, &headers, subject(token), &posted.csrf) {
        let page = Message::foreign_form(action(token));
        return Ok(state.pages.respond(&page));
    }
    completed(&state, &asked, token, &posted).await
}

/// Makes the administrator, or says what is wrong with the answers.
async fn completed(
    state: &AppState,
    asked: &Asked,
    token: &str,
    posted: &Posted,
) -> Result<Response, Failure> {
    if posted.password != posted.password_repeat {
        return Ok(again(state, token, posted, vec![passwords_differ()]));
    }
    match first_run::complete(&state.engine, &asked.ctx, token, answers(posted)).await {
        Ok(signed_in) => welcome(state, asked, &signed_in, AFTER_SETUP).await,
        Err(SetupError::Unusable(wrong)) => {
            let errors = wrong.into_iter().map(words).collect();
            Ok(again(state, token, posted, errors))
        }
        Err(SetupError::Fault(fault)) => Err(fault.into()),
        Err(error @ (SetupError::Done | SetupError::WrongLink)) => Ok(refuse(state, &error, token)),
    }
}

/// 404 once set-up is done; before, where to find the link.
fn refuse(state: &AppState, error: &SetupError, token: &str) -> Response {
    let page = match error {
        SetupError::Done => Message::not_found(),
        _ if token.is_empty() => where_to_look(StatusCode::OK, "Doorward is not set up yet"),
        _ => where_to_look(StatusCode::FORBIDDEN, "This set-up link is not right"),
    };
    state.pages.respond(&page)
}

fn where_to_look(status: StatusCode, title: &str) -> Message {
    let text = "Whoever installed it finds the link in the log, in the line with \u{201c}initial \
                setup\u{201d}, or by running: doorward setup-link";
    Message {
        next_step_url: None,
        ..Message::new(status, title, text)
    }
}

fn action(token: &str) -> String {
    let token: String = url::form_urlencoded::byte_serialize(token.as_bytes()).collect();
    format!("{SETUP_PATH}?token={token}")
}

fn answers(posted: &Posted) -> Answers {
    Answers {
        base_url: posted.base_url.clone(),
        username: posted.username.clone(),
        name: posted.name.clone(),
        email: posted.email.clone(),
        password: posted.password.clone(),
    }
}

/// The form once more, with everything but the passwords.
fn again(state: &AppState, token: &str, posted: &Posted, errors: Vec<FieldError>) -> Response {
    state.pages.respond(&Setup {
        username: posted.username.clone(),
        name: posted.name.clone(),
        email: posted.email.clone(),
        errors,
        ..card(state, token, posted.base_url.clone())
    })
}

fn passwords_differ() -> FieldError {
    FieldError::at(
        "password_repeat",
        "The two passwords differ. Type both again.",
    )
}

fn card(state: &AppState, token: &str, base_url: String) -> Setup {
    Setup::new(
        action(token),
        csrf::issue(&state.engine.keys, subject(token)),
        base_url,
    )
}

/// A set-up form belongs to its link.
fn subject(token: &str) -> Subject<'_> {
    Subject::Other("setup", token)
}

/// What to say about an answer that cannot be used, at its field.
pub(crate) fn words(wrong: Unusable) -> FieldError {
    match wrong {
        Unusable::BaseUrl => FieldError::at(
            "base_url",
            "Write the address without a path, like https://auth.example.com.",
        ),
        Unusable::Username => FieldError::at("username", "Use 1 to 150 characters."),
        Unusable::Email => {
            FieldError::at("email", "Write the whole address, like mia@example.com.")
        }
        Unusable::Password(PasswordError::Empty | PasswordError::TooShort) => {
            FieldError::at("password", "Use at least 8 characters.")
        }
        Unusable::Password(PasswordError::TooLong) => {
            FieldError::at("password", "Use at most 1024 bytes.")
        }
    }
}

/// Signs the browser in and sends it on.
async fn welcome(
    state: &AppState,
    asked: &Asked,
    signed_in: &SignedIn,
    to: &'static str,
) -> Result<Response, Failure> {
    let person = state.engine.person(signed_in.user_id).await?;
    let uid = person
        .map(|person| person.uid.to_string())
        .unwrap_or_default();
    let (keys, secure) = (&state.engine.keys, asked.is_https);
    let cookies = [
        session_cookie(keys, &signed_in.sid, &uid, secure, None),
        csrf::api_cookie(keys, &signed_in.session_id, secure, None),
    ];
    let mut response = see_other(to);
    for cookie in cookies {
        response.headers_mut().append(SET_COOKIE, cookie);
    }
    Ok(response)
}

fn unreadable(state: &AppState, rejection: &FormRejection) -> Response {
    let page = match rejection.status() {
        StatusCode::PAYLOAD_TOO_LARGE => Message::body_too_large(),
        _ => Message::new(
            StatusCode::BAD_REQUEST,
            "This form could not be read",
            "Open the page again and repeat the last step.",
        ),
    };
    state.pages.respond(&page)
}

#[cfg(test)]
mod tests;
