//! What people may change about themselves: one link for each page and flow that is there for it.
//!
//! Owns which links those are. Leaves what may be changed to the pages and flows. Rule: a link only ever
//! leads to something that exists.

use axum::extract::State;
use axum::response::Response;
use doorward_engine::Snapshot;
use doorward_engine::account::look::{self, Wanted};
use doorward_engine::brand::palette::Theme;
use doorward_protocol::language::Language;
use serde::Deserialize;

use super::own::{Given, Own, refused};
use super::{access, devices, export, sessions, tokens};
use crate::extract::{Asked, Asks};
use crate::flow;
use crate::pages::{OwnSettings, OwnThing, Switch};
use crate::respond::see_other;
use crate::state::AppState;

/// This page.
pub(super) const PATH: &str = "/if/user/settings/";

/// What was just done.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Seen {
    done: String,
}

/// `GET /if/user/settings/`
pub(super) async fn show(
    State(state): State<AppState>,
    Asks(seen): Asks<Seen>,
    own: Own,
) -> Response {
    let wanted = look::wanted(&own.person);
    let snapshot = state.engine.snapshot();
    let asked = &own.visitor.asked;
    let things = first(&snapshot, asked).chain(PAGES.iter().map(page));
    state.pages.respond(&OwnSettings {
        person: own.shown(),
        nav: own.nav(),
        things: things.chain(last(&snapshot, asked)).collect(),
        languages: Switch::new("").languages,
        language: wanted.language.map_or("", Language::tag).to_owned(),
        theme: wanted.theme.map_or("", Theme::name).to_owned(),
        export_url: export::PATH.to_owned(),
        csrf: own.csrf(&state),
        action: PATH.to_owned(),
        notice: (seen.done == "saved").then(|| "Saved.".to_owned()),
    })
}

/// `POST /if/user/settings/`: language and theme.
pub(super) async fn change(
    State(state): State<AppState>,
    given: Given,
) -> Result<Response, Response> {
    let mut themes = Theme::ALL.into_iter();
    let wanted = Wanted {
        language: Language::of_tag(given.get("language")),
        theme: themes.find(|theme| theme.name() == given.get("theme")),
    };
    look::set(&state.engine, given.own.ctx(), wanted)
        .await
        .map_err(|refusal| refused(&state, &given.own, PATH, refusal))?;
    Ok(see_other(&format!("{PATH}?done=saved")))
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
