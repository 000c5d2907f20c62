//! `/if/user/`: the applications that a person may open, those that they put first, and asking for others.
//!
//! Leaves what may be opened and asked for to `engine::account`.

use axum::extract::State;
use axum::response::Response;
use doorward_engine::account::favourite::{self, First};
use doorward_engine::account::request::{self, Asked as Answer};
use doorward_engine::account::{self, Openable};
use doorward_engine::model::Application;
use doorward_engine::{Person, Snapshot};
use http::HeaderMap;
use serde::Deserialize;
use url::form_urlencoded::Serializer;

use super::own::{Given, Own};
use super::{LIBRARY, with_api_cookie};
use crate::extract::{Asks, Visitor};
use crate::look;
use crate::pages::{AppCard, AskCard, Library, Message};
use crate::respond::{Failure, see_other};
use crate::state::AppState;

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Asked {
    search: String,
    /// What was just done.
    done: String,
}

/// `GET /if/user/`
pub(super) async fn show(
    State(state): State<AppState>,
    Asks(asked): Asks<Asked>,
    own: Own,
    headers: HeaderMap,
) -> Result<Response, Failure> {
    let snapshot = state.engine.snapshot();
    let openable = openable(&state, &own).await;
    if let Some(app) = landing(&snapshot, &own.visitor, &own.person, &openable) {
        return Ok(see_other(app));
    }
    let search = asked.search.trim();
    let first = favourite::first(&state.engine, &own.person).await?;
    let mut page = Library {
        person: own.shown(),
        nav: own.nav(),
        apps: Vec::new(),
        favourites: Vec::new(),
        recent: Vec::new(),
        ask: askable(&state, &own, search).await,
        search: search.to_owned(),
        csrf: own.csrf(&state),
        notice: notice(&asked.done).map(str::to_owned),
    };
    sort_in(&mut page, &openable, &first);
    let response = state.pages.respond(&page);
    let (visitor, session) = (&own.visitor, &own.session);
    Ok(with_api_cookie(
        &state, visitor, &headers, session, response,
    ))
}

fn notice(done: &str) -> Option<&'static str> {
    match done {
        "asked" => Some("The administrators see that you asked."),
        "too-often" => Some("You asked often enough for today. Try again tomorrow."),
        _ => None,
    }
}

async fn openable(state: &AppState, own: &Own) -> Vec<Openable> {
    let snapshot = state.engine.snapshot();
    account::applications(&state.engine, &snapshot, own.ctx(), &own.person).await
}

/// Puts each application where it stands on the page.
fn sort_in(page: &mut Library, openable: &[Openable], first: &First) {
    let cards = openable.iter().map(|one| card(one, first));
    if !page.search.is_empty() {
        page.apps = cards.filter(|card| matches(card, &page.search)).collect();
        return;
    }
    let recent = first.recent.iter().filter_map(|pk| {
        let mut all = openable.iter();
        let one = all.find(|one| one.application.pk == *pk)?;
        let card = card(one, first);
        (!card.favourite).then_some(card)
    });
    page.recent = recent.collect();
    (page.favourites, page.apps) = cards.partition(|card| card.favourite);
}

async fn askable(state: &AppState, own: &Own, search: &str) -> Vec<AskCard> {
    let snapshot = state.engine.snapshot();
    let apps = request::requestable(&state.engine, &snapshot, own.ctx(), &own.person).await;
    let cards = apps.iter().map(|app| ask_card(app));
    cards
        .filter(|card| has(search, [&card.name, &card.description]))
        .collect()
}

fn ask_card(app: &Application) -> AskCard {
    AskCard {
        slug: app.slug.clone(),
        name: app.name.clone(),
        description: app.meta_description.clone(),
    }
}

/// Where an external person lands instead of among the applications: the brand's own one, if it
/// opens for them.
fn landing<'a>(
    snapshot: &Snapshot,
    visitor: &Visitor,
    person: &Person,
    openable: &'a [Openable],
) -> Option<&'a str> {
    let brand = snapshot.brand(&visitor.asked.host_text())?;
    let app = brand.default_application.as_deref()?;
    let app = openable.iter().find(|one| one.application.pk == app)?;
    (&*person.kind == "external").then_some(app.url.as_str())
}

fn matches(card: &AppCard, search: &str) -> bool {
    has(search, [&card.name, &card.group, &card.description])
}

/// Whether one of the texts has what is searched for in it.
fn has<const N: usize>(search: &str, texts: [&String; N]) -> bool {
    let search = search.to_lowercase();
    search.is_empty()
        || texts
            .iter()
            .any(|text| text.to_lowercase().contains(&search))
}

fn card(one: &Openable, first: &First) -> AppCard {
    let app = &one.application;
    AppCard {
        slug: app.slug.clone(),
        group: app.group.clone(),
        description: app.meta_description.clone(),
        new_tab: one.new_tab,
        icon: look::shown(&app.meta_icon, None),
        favourite: first.favourites.contains(&app.pk),
        ..AppCard::new(app.name.clone(), one.url.clone())
    }
}

/// `POST /if/user/`
pub(super) async fn change(
    State(state): State<AppState>,
    given: Given,
) -> Result<Response, Failure> {
    if !given.get("ask").is_empty() {
        return ask(&state, &given).await;
    }
    let (star, unstar) = (given.get("star"), given.get("unstar"));
    let is_first = !star.is_empty();
    let slug = if is_first { star } else { unstar };
    let own = &given.own;
    let apps = openable(&state, own).await;
    let Some(app) = apps.iter().find(|one| one.application.slug == slug) else {
        return Ok(state.pages.respond(&Message::not_found()));
    };
    favourite::mark(&state.engine, own.ctx(), &own.person, (app, is_first)).await?;
    Ok(see_other(&found(given.get("search"))))
}

/// The list with what was searched for.
fn found(search: &str) -> String {
    if search.is_empty() {
        return LIBRARY.to_owned();
    }
    let mut query = Serializer::new(String::new());
    let query = query.append_pair("search", search).finish();
    format!("{LIBRARY}?{query}")
}

async fn ask(state: &AppState, given: &Given) -> Result<Response, Failure> {
    let (own, what) = (&given.own, (given.get("ask"), given.get("words")));
    let asked = request::ask(&state.engine, own.ctx(), &own.person, what).await?;
    let done = match asked {
        Answer::Told => "asked",
        Answer::TooOften => "too-often",
        Answer::Unknown => return Ok(state.pages.respond(&Message::not_found())),
    };
    Ok(see_other(&format!("{LIBRARY}?done={done}")))
}
