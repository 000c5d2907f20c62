//! Every kind of object below `/if/admin/objects/`, from the registry alone.
//!
//! Owns the addresses and what all these pages share. Leaves what there is, what it may hold and who may
//! see it to `engine::resource`. Rule: a kind that is added there has all its pages here.

mod code;
mod field;
mod form;
mod list;
mod one;
mod past;
mod remove;
mod words;

use axum::Router;
use axum::extract::{Path, State};
use axum::response::Response;
use axum::routing::get;
use doorward_engine::resource::look::{self, Looked, Related};
use doorward_engine::resource::part::{self, Group};
use doorward_engine::resource::{self, Kind, Params, Refusal, Storage, Target, Verb};
use serde::Deserialize;
use serde_json::json;
use url::form_urlencoded::byte_serialize;

use super::{Operator, answer, kind_of, refused};
use crate::extract::Asks;
use crate::pages::{
    ConsoleObjects, Crumb, KindGroup, KindLine, ObjectHead, ObjectLink, Section, Tab,
};
use crate::respond::see_other;
use crate::state::AppState;

pub(super) use list::page as list_page;

/// What stands at a key's place in addresses and is none.
const NEW: &str = "new";

pub(super) fn routes() -> Router<AppState> {
    let at = |rest: &str| format!("{}{{model}}/{{key}}/{rest}", Section::Objects.url());
    Router::new()
        .route(Section::Objects.url(), get(index))
        .route("/if/admin/objects/{model}/", get(list::show))
        .route(
            "/if/admin/objects/{model}/new/",
            get(form::show_new).post(form::make),
        )
        .route("/if/admin/objects/family/{family}/{key}/", get(of_family))
        .route(&at(""), get(one::show))
        .route(&at("edit/"), get(form::show).post(form::save))
        .route(&at("delete/"), get(remove::ask).post(remove::remove))
        .route(&at("history/"), get(past::show).post(past::restore))
        .route(&at("code/"), get(code::show))
}

/// The list of a kind.
pub(super) fn list_url(kind: &Kind) -> String {
    format!("{}{}/", Section::Objects.url(), kind.model)
}

/// The page of an object.
pub(super) fn url(model: &str, key: &str) -> String {
    let key: String = byte_serialize(key.as_bytes()).collect();
    // In a path a blank is no plus.
    let key = key.replace('+', "%20");
    format!("{}{model}/{key}/", Section::Objects.url())
}

/// The page of an object that was looked at.
fn url_of(kind: &Kind, looked: &Looked) -> String {
    let key = if looked.key == NEW {
        &looked.id
    } else {
        &looked.key
    };
    url(kind.model, key)
}

/// A link to what a relation names.
fn link_to(related: &Related, what: &str) -> ObjectLink {
    let key = if related.key == NEW {
        &related.id
    } else {
        &related.key
    };
    ObjectLink {
        label: related.title.clone(),
        url: url(related.model, key),
        what: what.to_owned(),
    }
}

/// What stands over a page of an object.
fn head(kind: &'static Kind, looked: &Looked, here: &'static str) -> ObjectHead {
    let address = url_of(kind, looked);
    let tab = |label: &'static str, rest: &str| Tab {
        label,
        url: format!("{address}{rest}"),
        is_here: label == here,
    };
    let mut tabs = vec![tab("Overview", "")];
    if looked.may_change {
        tabs.push(tab("Edit", "edit/"));
    }
    tabs.push(tab("History", "history/"));
    tabs.push(tab("As code", "code/"));
    let mut crumbs = crumbs(kind);
    if here != "Overview" {
        crumbs.push(Crumb::new(&*looked.title, address));
    }
    ObjectHead {
        crumbs,
        title: looked.title.clone(),
        kind: kind.verbose.to_owned(),
        model: kind.model,
        tabs,
    }
}

/// The way to an object of a kind.
fn crumbs(kind: &Kind) -> Vec<Crumb> {
    vec![
        Section::Objects.into(),
        Crumb::new(kind.plural, list_url(kind)),
    ]
}

/// What a kind is for.
fn about(kind: &Kind) -> &'static str {
    if kind.description.is_empty() {
        part::group_of(kind).map_or("", |group| group.about)
    } else {
        kind.description
    }
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Asked {
    search: String,
}

/// `GET /if/admin/objects/`
async fn index(
    State(state): State<AppState>,
    operator: Operator,
    Asks(asked): Asks<Asked>,
) -> Response {
    let mut groups = Vec::new();
    for group in part::GROUPS {
        let group = group_of(&state, &operator, group, &asked.search).await;
        groups.extend(group.filter(|group| !group.kinds.is_empty()));
    }
    let page = ConsoleObjects {
        frame: operator.frame(&state, Section::Objects),
        search: asked.search,
        groups,
    };
    answer(&state, &page)
}

/// A group as far as the operator may list its kinds and `search` finds them.
pub(super) async fn group_of(
    state: &AppState,
    operator: &Operator,
    group: &Group,
    search: &str,
) -> Option<KindGroup> {
    let search = search.trim().to_lowercase();
    let found = |kind: &&'static Kind| {
        let words = format!("{} {} {}", kind.plural, kind.verbose, kind.model);
        let is_meant = words.to_lowercase().contains(&search)
            || group.heading.to_lowercase().contains(&search);
        is_meant && look::may(&state.engine, operator.ctx(), kind, Verb::List)
    };
    let mut kinds = Vec::new();
    for kind in group.kinds().filter(found) {
        kinds.push(KindLine {
            label: kind.plural.to_owned(),
            model: kind.model,
            about: kind.description,
            url: list_url(kind),
            count: count(state, operator, kind).await,
        });
    }
    (!kinds.is_empty()).then_some(KindGroup {
        heading: group.heading,
        about: group.about,
        kinds,
    })
}

/// How many there are, but of events, which are many.
async fn count(state: &AppState, operator: &Operator, kind: &'static Kind) -> Option<i64> {
    if kind.storage == Storage::Events {
        return None;
    }
    let params = operator.params([("page_size", "1")]);
    let page = look::look_list(&state.engine, operator.ctx(), kind, &params).await;
    page.ok()?.pagination["count"].as_i64()
}

/// `GET /if/admin/objects/family/{family}/{key}/`: the member of a family, whatever it is.
async fn of_family(
    State(state): State<AppState>,
    operator: Operator,
    Path((family, key)): Path<(String, String)>,
) -> Response {
    let families = resource::Family::ALL.into_iter();
    let mut named = families.filter(|one| one.scope() == family);
    let Some(family) = named.next() else {
        return refused(&state, &operator, Refusal::NotFound { model: "" });
    };
    let found = look::related(&state.engine, Target::Family(family), &[json!(key)]).await;
    match found.map(|found| found.into_iter().next()) {
        Ok(Some(found)) => see_other(&url(found.model, &found.key)),
        Ok(None) => refused(&state, &operator, Refusal::NotFound { model: "" }),
        Err(error) => refused(&state, &operator, error.into()),
    }
}

/// A query of the engine's lists with these pairs.
fn params(operator: &Operator, query: Vec<(String, String)>) -> Params {
    Params {
        query,
        session: Some(operator.session.id.to_string()),
    }
}
