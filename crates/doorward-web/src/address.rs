//! `/if/admin/address/`: the public address, for a start from the environment that asked nobody.
//!
//! Leaves what an address is to `engine::first_run`. Rule: only an administrator is asked, and an
//! address that the environment sets is not asked for.

use axum::Router;
use axum::extract::rejection::FormRejection;
use axum::extract::{Form, State};
use axum::response::Response;
use axum::routing::get;
use doorward_engine::first_run::{self, Unusable};
use http::HeaderMap;
use serde::Deserialize;

use crate::csrf::{self, Subject};
use crate::extract::Visitor;
use crate::pages::{FieldError, Message, Nav, Person, PublicAddress};
use crate::respond::{Failure, see_other};
use crate::setup::words;
use crate::state::AppState;

/// Where an administrator is asked.
pub(crate) const ADDRESS: &str = "/if/admin/address/";
const ADMIN: &str = "/if/admin/";
const LATER: &str = "/if/user/";

/// The page.
pub(crate) fn routes() -> Router<AppState> {
    Router::new().route(ADDRESS, get(show).post(save))
}

/// Whether this visitor is to be asked for the public address.
pub(crate) fn is_asked(state: &AppState, visitor: &Visitor) -> bool {
    let is_admin = visitor.person().is_some_and(|person| person.is_superuser);
    is_admin && state.engine.snapshot().public_url().is_none()
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Posted {
    csrf: String,
    base_url: String,
}

async fn show(State(state): State<AppState>, visitor: Visitor) -> Response {
    if !is_asked(&state, &visitor) {
        return to_admin();
    }
    let base_url = visitor.asked.origin().unwrap_or_default();
    page(&state, &visitor, base_url, Vec::new())
}

async fn save(
    State(state): State<AppState>,
    visitor: Visitor,
    headers: HeaderMap,
    posted: Result<Form<Posted>, FormRejection>,
) -> Result<Response, Failure> {
    if !is_asked(&state, &visitor) {
        return Ok(to_admin());
    }
    let Ok(Form(posted)) = posted else {
        return Ok(state.pages.respond(&Message::foreign_form(ADDRESS)));
    };
    let (asked, subject) = (&visitor.asked, subject(&visitor));
    if !csrf::is_ours(&state, asked, &headers, subject, &posted.csrf) {
        return Ok(state.pages.respond(&Message::foreign_form(ADDRESS)));
    }
    if first_run::set_address(&state.engine, visitor.ctx(), &posted.base_url).await? {
        return Ok(to_admin());
    }
    let wrong = vec![words(Unusable::BaseUrl)];
    Ok(page(&state, &visitor, posted.base_url, wrong))
}

fn page(
    state: &AppState,
    visitor: &Visitor,
    base_url: String,
    errors: Vec<FieldError>,
) -> Response {
    let Some(person) = visitor.person() else {
        return to_admin();
    };
    state.pages.respond(&PublicAddress {
        person: Person::new(&*person.name, &*person.username),
        nav: Nav::new(true),
        action: ADDRESS.to_owned(),
        later_url: LATER.to_owned(),
        csrf: csrf::issue(&state.engine.keys, subject(visitor)),
        base_url,
        errors,
    })
}

fn subject(visitor: &Visitor) -> Subject<'_> {
    Subject::Session(visitor.session.as_ref().map_or("", |session| &session.id))
}

/// The administration asks strangers to sign in and refuses the others.
fn to_admin() -> Response {
    see_other(ADMIN)
}
