//! The addresses that lead into a flow without naming it.

use axum::extract::{Path, State};
use axum::response::Response;
use doorward_engine::Snapshot;
use doorward_engine::brand::FlowUse;
use doorward_engine::flow::approved_path;
use http::Uri;
use serde::Deserialize;

use super::page;
use crate::extract::{Asked, Asks, Visitor};
use crate::pages::Message;
use crate::respond::see_other;
use crate::state::AppState;

/// Where setting something up leads back to.
const OWN_SETTINGS: &str = "/if/user/settings/";

/// The parameters of these addresses.
#[derive(Debug, Default, Deserialize)]
pub(super) struct Wish {
    next: Option<String>,
    /// Sign in as somebody else, although somebody is signed in.
    switch: Option<String>,
}

impl Wish {
    /// Where to go afterwards, if it is a path of ours.
    fn approved_next(&self, snapshot: &Snapshot) -> Option<String> {
        let next = self.next.as_deref()?;
        approved_path(snapshot, next)
    }
}

/// `GET /flows/-/default/authentication/`: to the sign-in, or straight on for the signed-in.
pub(super) async fn authentication(
    State(state): State<AppState>,
    Asks(wish): Asks<Wish>,
    visitor: Visitor,
) -> Response {
    let snapshot = state.engine.snapshot();
    let next = wish.approved_next(&snapshot);
    if visitor.session.is_some() && wish.switch.is_none() {
        return see_other(next.as_deref().unwrap_or("/if/user/"));
    }
    let slug = default_flow(&snapshot, &visitor.asked, FlowUse::Authentication);
    match slug {
        Some(slug) if visitor.session.is_some() => {
            see_other(&page::switching_address(slug, next.as_deref()))
        }
        slug => into(&state, slug, next.as_deref()),
    }
}

/// `GET /flows/-/default/invalidation/`: to the question whether to sign out.
pub(super) async fn invalidation(
    State(state): State<AppState>,
    Asks(wish): Asks<Wish>,
    asked: Asked,
) -> Response {
    let snapshot = state.engine.snapshot();
    let next = wish.approved_next(&snapshot);
    let slug = default_flow(&snapshot, &asked, FlowUse::Invalidation);
    into(&state, slug, next.as_deref())
}

/// `GET /flows/-/configure/<stage>/`: to the flow in which people set a stage up themselves.
pub(super) async fn configure(
    State(state): State<AppState>,
    Path(key): Path<String>,
    Asks(wish): Asks<Wish>,
    visitor: Visitor,
    uri: Uri,
) -> Response {
    if visitor.session.is_none() {
        return crate::user_pages::to_sign_in(uri.path());
    }
    let snapshot = state.engine.snapshot();
    let next = wish.approved_next(&snapshot);
    let back = next.as_deref().unwrap_or(OWN_SETTINGS);
    let configured = snapshot.stages.get(&key);
    let flow = configured.and_then(|one| one.config["configure_flow"].as_str());
    let flow = flow.and_then(|pk| snapshot.flow(pk));
    into(&state, flow.map(|flow| &*flow.slug), Some(back))
}

/// `GET /flows/-/cancel/`: a run is left alone, it ends by itself; on to `next` or the start.
pub(super) async fn cancel(State(state): State<AppState>, Asks(wish): Asks<Wish>) -> Response {
    let snapshot = state.engine.snapshot();
    let next = wish.approved_next(&snapshot);
    see_other(next.as_deref().unwrap_or("/"))
}

fn into(state: &AppState, slug: Option<&str>, next: Option<&str>) -> Response {
    match slug {
        Some(slug) => see_other(&page::address(slug, None, next)),
        None => state.pages.respond(&Message::not_found()),
    }
}

pub(super) fn default_flow<'a>(
    snapshot: &'a Snapshot,
    asked: &Asked,
    purpose: FlowUse,
) -> Option<&'a str> {
    snapshot.default_flow(&asked.host_text(), purpose)
}
