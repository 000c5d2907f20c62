//! What people may change about themselves: one link for each page and flow that is there for it.
//!
//! Owns which links those are. Leaves what may be changed to the pages and flows. Rule: a link only ever
//! leads to something that exists.

use axum::extract::State;
use axum::response::Response;
use doorward_engine::Snapshot;

use super::own::Own;
use super::{access, devices, sessions, tokens};
use crate::extract::Asked;
use crate::flow;
use crate::pages::{OwnSettings, OwnThing};
use crate::state::AppState;

/// This page.
pub(super) const PATH: &str = "/if/user/settings/";

/// `GET /if/user/settings/`
pub(super) async fn show(State(state): State<AppState>, own: Own) -> Response {
    let snapshot = state.engine.snapshot();
    let asked = &own.visitor.asked;
    let things = first(&snapshot, asked).chain(PAGES.iter().map(page));
    state.pages.respond(&OwnSettings {
        person: own.shown(),
        nav: own.nav(),
        things: things.chain(last(&snapshot, asked)).collect(),
    })
}

/// Title, text and address of the pages that are always there.
static PAGES: [[&str; 3]; 4] = [
    [
        "Passkeys and codes",
        "What you sign in with beside the password, and your recovery codes.",
        devices::PATH,
    ],
    [
        "Sessions",
        "Where you are signed in, and signing out there.",
        sessions::PATH,
    ],
    [
        "Apps with access",
        "What apps may know about you, and which get in without asking again.",
        access::PATH,
    ],
    [
        "Tokens and app passwords",
        "For apps and programs that cannot show our sign-in page.",
        tokens::PATH,
    ],
];

fn page([title, text, url]: &[&str; 3]) -> OwnThing {
    OwnThing {
        title: (*title).to_owned(),
        text: (*text).to_owned(),
        action: "Open".to_owned(),
        url: (*url).to_owned(),
    }
}

fn first(snapshot: &Snapshot, asked: &Asked) -> impl Iterator<Item = OwnThing> + use<> {
    let profile = flow::settings_flow(snapshot, asked);
    let profile = profile.map(|slug| {
        led(
            &slug,
            "Profile",
            "Your name, your address and your language.",
        )
    });
    let password = flow::password_flow(snapshot);
    let password = password.map(|slug| led(&slug, "Password", "What you sign in with."));
    profile.into_iter().chain(password)
}

fn last(snapshot: &Snapshot, asked: &Asked) -> Option<OwnThing> {
    let leave = flow::unenrollment_flow(snapshot, asked)?;
    Some(OwnThing {
        action: "Delete".to_owned(),
        ..led(&leave, "Account", "Ends your account here, for good.")
    })
}

fn led(slug: &str, title: &str, text: &str) -> OwnThing {
    OwnThing {
        title: title.to_owned(),
        text: text.to_owned(),
        action: "Change".to_owned(),
        url: flow::address(slug, None, Some(PATH)),
    }
}
