//! The parts of the menu whose pages are lists of kinds: People, Sign-in, Look and System.
//!
//! Leaves what stands where to the engine's table of parts.

use axum::Router;
use axum::extract::{RawQuery, State};
use axum::response::Response;
use axum::routing::get;
use doorward_engine::resource::part::{Part, groups_of};
use doorward_engine::resource::{self, Refusal};

use super::{Operator, answer, objects, refused};
use crate::pages::{ConsolePart, ObjectLink, Section};
use crate::state::AppState;

/// A part, where it stands, what is said of it, and the list that stands first.
struct Told {
    part: Part,
    section: Section,
    about: &'static str,
    first: Option<&'static str>,
    links: &'static [(&'static str, &'static str)],
}

static PEOPLE: Told = Told {
    part: Part::People,
    section: Section::People,
    about: "Who has an account, which groups they are in, and where they are signed in.",
    first: Some(resource::USER),
    links: &[("Invite somebody", "/if/admin/people/invite/")],
};
static SIGN_IN: Told = Told {
    part: Part::SignIn,
    section: Section::SignIn,
    about: "What is asked when people sign in, in which order, and by which rules.",
    first: Some("authentik_flows.flow"),
    links: &[],
};
static LOOK: Told = Told {
    part: Part::Look,
    section: Section::Look,
    about: "How sign-in pages look, at each address.",
    first: Some("authentik_brands.brand"),
    links: &[],
};
static SYSTEM: Told = Told {
    part: Part::System,
    section: Section::System,
    about: "What Doorward runs on: keys, gateways, tokens for the API, files of configuration.",
    first: None,
    links: &[("Public address", "/if/admin/address/")],
};

pub(super) fn routes() -> Router<AppState> {
    let of =
        |told: &'static Told| get(move |state, operator, query| show(told, state, operator, query));
    Router::new()
        .route(Section::People.url(), of(&PEOPLE))
        .route(Section::SignIn.url(), of(&SIGN_IN))
        .route(Section::Look.url(), of(&LOOK))
        .route(Section::System.url(), of(&SYSTEM))
}

async fn show(
    told: &'static Told,
    State(state): State<AppState>,
    operator: Operator,
    RawQuery(query): RawQuery,
) -> Response {
    match page(told, &state, &operator, &query.unwrap_or_default()).await {
        Ok(page) => answer(&state, &page),
        Err(refusal) => refused(&state, &operator, refusal),
    }
}

async fn page(
    told: &'static Told,
    state: &AppState,
    operator: &Operator,
    query: &str,
) -> Result<ConsolePart, Refusal> {
    let section = told.section;
    let list = match told.first.and_then(resource::kind) {
        Some(kind) => objects::list_page(state, operator, kind, query, section.url(), section)
            .await
            .ok(),
        None => None,
    };
    let mut groups = Vec::new();
    for group in groups_of(told.part) {
        groups.extend(objects::group_of(state, operator, group, "").await);
    }
    let link = |(label, url): &(&str, &str)| ObjectLink {
        label: (*label).to_owned(),
        url: (*url).to_owned(),
        what: String::new(),
    };
    Ok(ConsolePart {
        frame: operator.frame(state, section),
        title: section.label(),
        about: told.about,
        list,
        groups,
        links: told.links.iter().map(link).collect(),
    })
}
