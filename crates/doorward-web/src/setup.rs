//! `/if/flow/initial-setup/` and `/recovery/use-token/<key>/`: the two ways in that need no password.
//!
//! Owns their forms and the way to set-up while there is no administrator. Leaves who may and what
//! happens to `engine::first_run` and `engine::recovery`. Rule: nothing here is spent by a GET, and
//! once set-up is done its address is an ordinary 404 (CVE-2023-46249).

use axum::Router;
use axum::extract::rejection::FormRejection;
use axum::extract::{Form, Path, Query, Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use doorward_engine::first_run::{self, Answers, SetupError, SignedIn, Unusable};
use doorward_engine::recovery;
use http::header::{LOCATION, SET_COOKIE};
use http::{HeaderMap, HeaderValue, Method, StatusCode};
use serde::Deserialize;

use crate::assets;
use crate::csrf::{self, Subject};
use crate::extract::{Asked, Visitor, session_cookie};
use crate::pages::{FieldError, Message, Recovery, Setup};
use crate::respond::Failure;
use crate::state::AppState;

/// Where the first administrator is made.
const SETUP_PATH: &str = "/if/flow/initial-setup/";
const RECOVERY_PATH: &str = "/recovery/use-token/";
/// What keeps its meaning before set-up: machines' addresses, files, and the ways in themselves.
const NOT_LED: [&str; 6] = [
    SETUP_PATH,
    RECOVERY_PATH,
    assets::PREFIX,
    "/-/",
    "/api/",
    "/outpost.goauthentik.io",
];
const AFTER_SETUP: &str = "/if/admin/";
const AFTER_RECOVERY: &str = "/if/user/";

/// Both pages.
pub(crate) fn routes() -> Router<AppState> {
    Router::new()
        .route(SETUP_PATH, get(show_setup).post(finish_setup))
        .route(
            "/recovery/use-token/{key}/",
            get(show_recovery).post(use_recovery),
        )
}

/// Leads every page to set-up while there is no administrator.
pub(crate) async fn lead(State(state): State<AppState>, request: Request, next: Next) -> Response {
    let path = request.uri().path();
    let is_page = matches!(*request.method(), Method::GET | Method::HEAD)
        && !NOT_LED.iter().any(|prefix| path.starts_with(prefix));
    if is_page && first_run::is_open(&state.engine) {
        return (StatusCode::FOUND, [(LOCATION, SETUP_PATH)]).into_response();
    }
    next.run(request).await
}

#[derive(Deserialize)]
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
    Query(link): Query<Link>,
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
    Query(link): Query<Link>,
    asked: Asked,
    headers: HeaderMap,
    posted: Result<Form<Posted>, FormRejection>,
) -> Result<Response, Failure> {
    if let Err(error) = first_run::check_link(&state.engine, &link.token) {
        return Ok(refuse(&state, &error, &link.token));
    }
    let Form(posted) = match posted {
        Ok(posted) if is_ours(&state, &asked, &headers, subject(&link.token), &posted.csrf) => {
            posted
        }
        Ok(_) => {
            return Ok(state
                .pages
                .respond(&Message::foreign_form(action(&link.token))));
        }
        Err(rejection) => return Ok(unreadable(&state, &rejection)),
    };
    if posted.password != posted.password_repeat {
        let error = FieldError::at(
            "password_repeat",
            "The two passwords differ. Type both again.",
        );
        return Ok(state
            .pages
            .respond(&again(&state, &link.token, &posted, vec![error])));
    }
    let outcome = first_run::complete(&state.engine, &asked.ctx, &link.token, answers(&posted));
    match outcome.await {
        Ok(signed_in) => welcome(&state, &asked, &signed_in, AFTER_SETUP).await,
        Err(SetupError::Unusable(wrong)) => {
            let errors = wrong.into_iter().map(words).collect();
            Ok(state
                .pages
                .respond(&again(&state, &link.token, &posted, errors)))
        }
        Err(SetupError::Fault(fault)) => Err(fault.into()),
        Err(error @ (SetupError::Done | SetupError::WrongLink)) => {
            Ok(refuse(&state, &error, &link.token))
        }
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
fn again(state: &AppState, token: &str, posted: &Posted, errors: Vec<FieldError>) -> Setup {
    Setup {
        username: posted.username.clone(),
        name: posted.name.clone(),
        email: posted.email.clone(),
        errors,
        ..card(state, token, posted.base_url.clone())
    }
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

/// Whether a form came from our own page.
fn is_ours(
    state: &AppState,
    asked: &Asked,
    headers: &HeaderMap,
    subject: Subject<'_>,
    token: &str,
) -> bool {
    !csrf::is_foreign(state, asked, headers) && csrf::fits(&state.engine.keys, subject, token)
}

fn words(wrong: Unusable) -> FieldError {
    match wrong {
        Unusable::BaseUrl => FieldError::at(
            "base_url",
            "Write the address without a path, like https://auth.example.com.",
        ),
        Unusable::Username => FieldError::at("username", "Use 1 to 150 characters."),
        Unusable::Email => {
            FieldError::at("email", "Write the whole address, like mia@example.com.")
        }
        Unusable::PasswordTooShort => FieldError::at("password", "Use at least 8 characters."),
        Unusable::PasswordTooLong => FieldError::at("password", "Use at most 1024 bytes."),
    }
}

/// A form with nothing but its token.
#[derive(Deserialize)]
struct Proof {
    #[serde(default)]
    csrf: String,
}

async fn show_recovery(
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
        action: recovery_action(&key),
        csrf,
    };
    Ok(state.pages.respond(&page))
}

async fn use_recovery(
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
    if !is_ours(&state, &visitor.asked, &headers, subject, &proof.csrf) {
        return Ok(state
            .pages
            .respond(&Message::foreign_form(recovery_action(&key))));
    }
    let replaces = visitor.session.as_ref().map(|session| &*session.id);
    let used = recovery::use_link(&state.engine, visitor.ctx(), &key, replaces).await?;
    match used {
        Some(signed_in) => welcome(&state, &visitor.asked, &signed_in, AFTER_RECOVERY).await,
        None => Ok(spent(&state)),
    }
}

fn recovery_action(key: &str) -> String {
    let key: String = url::form_urlencoded::byte_serialize(key.as_bytes()).collect();
    format!("{RECOVERY_PATH}{key}/")
}

fn spent(state: &AppState) -> Response {
    let text = "It was used before, or it is too old. Ask for a new one: doorward recovery-link";
    let page = Message::new(
        StatusCode::NOT_FOUND,
        "This link does not work any more",
        text,
    );
    state.pages.respond(&page)
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
    let to = HeaderValue::from_static(to);
    let mut response = (StatusCode::SEE_OTHER, [(LOCATION, to)]).into_response();
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
