//! What people may change about themselves: one link for each flow that is there for it.
//!
//! Owns which links those are. Leaves what may be changed to the flows. Rule: a link only ever leads
//! to a flow that exists.

use axum::extract::State;
use axum::response::Response;
use doorward_engine::Snapshot;
use http::Uri;

use super::{here, shown, signed_in, to_sign_in};
use crate::extract::{Asked, Visitor};
use crate::flow;
use crate::pages::{Nav, OwnSettings, OwnThing};
use crate::state::AppState;

/// This page.
pub(super) const PATH: &str = "/if/user/settings/";

/// `GET /if/user/settings/`
pub(super) async fn show(State(state): State<AppState>, visitor: Visitor, uri: Uri) -> Response {
    let Some((person, _)) = signed_in(&visitor) else {
        return to_sign_in(&here(&uri));
    };
    let snapshot = state.engine.snapshot();
    state.pages.respond(&OwnSettings {
        person: shown(&person),
        nav: Nav::new(person.is_superuser),
        things: things(&snapshot, &visitor.asked),
    })
}

fn things(snapshot: &Snapshot, asked: &Asked) -> Vec<OwnThing> {
    let profile = flow::settings_flow(snapshot, asked);
    let password = flow::password_flow(snapshot);
    let leave = flow::unenrollment_flow(snapshot, asked);
    [
        (
            profile,
            "Profile",
            "Your name, your address and your language.",
            "Change",
        ),
        (password, "Password", "What you sign in with.", "Change"),
        (
            leave,
            "Account",
            "Ends your account here, for good.",
            "Delete",
        ),
    ]
    .into_iter()
    .filter_map(|(slug, title, text, action)| {
        Some(OwnThing {
            title: title.to_owned(),
            text: text.to_owned(),
            action: action.to_owned(),
            url: flow::address(&slug?, None, Some(PATH)),
        })
    })
    .collect()
}
