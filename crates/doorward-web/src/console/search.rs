//! The search over everything: objects by name, slug, host, mail address or key, pages and settings by
//! their words, and things to do. The palette asks the same as JSON.
//!
//! Owns what is searched and in which order. Leaves what somebody may see to the engine's lists. Rule: a
//! hit is a link; what changes something is asked for on the page that it leads to.

use axum::Json;
use axum::Router;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use doorward_engine::resource::{self, Kind, Refusal, Storage};
use serde::Deserialize;
use serde_json::{Value, json};
use url::form_urlencoded::byte_serialize;

use super::{Operator, answer, refused, results};
use crate::extract::Asks;
use crate::pages::{ConsoleSearch, Hit, Section};
use crate::state::AppState;

const PATH: &str = "/if/admin/search/";
/// So many hits are shown, and so many of one kind.
const HITS_MAX: usize = 40;
const OF_A_KIND_MAX: &str = "5";
/// Longer words are cut: nothing has such a name.
const WORD_MAX_CHARS: usize = 100;

pub(super) fn routes() -> Router<AppState> {
    Router::new().route(PATH, get(search))
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Asked {
    q: String,
    format: String,
}

async fn search(
    State(state): State<AppState>,
    operator: Operator,
    Asks(asked): Asks<Asked>,
) -> Response {
    let q: String = asked.q.trim().chars().take(WORD_MAX_CHARS).collect();
    let hits = match hits(&state, &operator, &q).await {
        Ok(hits) => hits,
        Err(refusal) => return refused(&state, &operator, refusal),
    };
    if asked.format == "json" {
        return Json(json!({ "hits": hits })).into_response();
    }
    let frame = operator.frame(&state, Section::Home);
    answer(&state, &ConsoleSearch { frame, q, hits })
}

async fn hits(state: &AppState, operator: &Operator, q: &str) -> Result<Vec<Hit>, Refusal> {
    let asked = q.to_lowercase();
    let (mut found, mut others) = (Vec::new(), Vec::new());
    for (is_named, hit) in verbs(q) {
        if is_named { &mut found } else { &mut others }.push(hit);
    }
    if !q.is_empty() {
        let mut objects = objects(state, operator, q).await?;
        objects.sort_by_key(|hit| !hit.title.to_lowercase().starts_with(&asked));
        found.extend(objects);
    }
    found.extend(others);
    found.extend(pages(q));
    if !q.is_empty() {
        found.extend(settings(q));
    }
    found.truncate(HITS_MAX);
    Ok(found)
}

/// Something to do: the words that ask for it, what it is, and where, with `{}` for what was named.
struct Verb {
    word: &'static str,
    title: &'static str,
    alone: &'static str,
    with: &'static str,
}

const VERBS: &[Verb] = &[
    Verb {
        word: "add application",
        title: "Add an application",
        alone: "/if/admin/applications/new/",
        with: "/if/admin/applications/new/?address={}",
    },
    Verb {
        word: "explain",
        title: "Explain who can open an application, and why",
        alone: "/if/admin/why/ask/",
        with: "/if/admin/why/ask/?url={}",
    },
    Verb {
        word: "revoke sessions",
        title: "Sign somebody out everywhere",
        alone: "/if/admin/objects/authentik_core.authenticatedsession/",
        with: "/if/admin/objects/authentik_core.authenticatedsession/?user__username={}",
    },
    Verb {
        word: "invite",
        title: "Invite somebody",
        alone: "/if/admin/people/invite/",
        with: "/if/admin/people/invite/?name={}",
    },
    Verb {
        word: "create user",
        title: "Add a person",
        alone: "/if/admin/objects/authentik_core.user/new/",
        with: "/if/admin/objects/authentik_core.user/new/?username={}",
    },
    Verb {
        word: "create group",
        title: "Add a group",
        alone: "/if/admin/objects/authentik_core.group/new/",
        with: "/if/admin/objects/authentik_core.group/new/?name={}",
    },
    Verb {
        word: "events of",
        title: "What somebody did",
        alone: "/if/admin/events/",
        with: "/if/admin/events/?username={}",
    },
];

/// What can be done: all of it when nothing is asked for, else what the words begin; and whether it was
/// asked for with something that it is to be done with.
fn verbs(q: &str) -> Vec<(bool, Hit)> {
    let asked = q.to_lowercase();
    let hit = |verb: &Verb| {
        let named = asked.strip_prefix(verb.word).map(str::trim);
        let is_named = named.is_some_and(|named| !named.is_empty());
        // Lower case may be longer: what was typed is taken from its end of the verb on, if that is one.
        let named_so = q.get(verb.word.len()..).unwrap_or_default().trim();
        let (title, url) = if is_named {
            let escaped: String = byte_serialize(named_so.as_bytes()).collect();
            let title = format!("{}: {named_so}", verb.title);
            (title, verb.with.replace("{}", &escaped))
        } else {
            (verb.title.to_owned(), verb.alone.to_owned())
        };
        let is_meant =
            named.is_some() || verb.word.contains(&asked) || contains(verb.title, &asked);
        let what = "Do this".to_owned();
        is_meant.then_some((is_named, Hit { title, what, url }))
    };
    VERBS.iter().filter_map(hit).collect()
}

fn contains(text: &str, asked: &str) -> bool {
    text.to_lowercase().contains(asked)
}

fn pages(q: &str) -> Vec<Hit> {
    let asked = q.to_lowercase();
    let sections = Section::ALL
        .into_iter()
        .filter(|section| contains(section.label(), &asked));
    let sections = sections.map(|section| Hit {
        title: section.label().to_owned(),
        what: "Page".to_owned(),
        url: section.url().to_owned(),
    });
    let kinds = resource::registry().filter(|kind| {
        !asked.is_empty() && (contains(kind.plural, &asked) || contains(kind.model, &asked))
    });
    let kinds = kinds.map(|kind| Hit {
        title: kind.plural.to_owned(),
        what: format!("All of them ({})", kind.model),
        url: format!("/if/admin/objects/{}/", kind.model),
    });
    sections.chain(kinds).collect()
}

/// Fields by their words: they lead to the list of what has them.
fn settings(q: &str) -> Vec<Hit> {
    let asked = q.to_lowercase();
    let of = |kind: &'static Kind| {
        let asked = asked.clone();
        let named = kind.fields.iter().filter(move |field| {
            field.is_taken() && (contains(field.label, &asked) || field.key == asked)
        });
        named.map(|field| Hit {
            title: field.label.to_owned(),
            what: format!("Setting of {}", kind.verbose),
            url: format!("/if/admin/objects/{}/", kind.model),
        })
    };
    resource::registry().flat_map(of).take(HITS_MAX).collect()
}

async fn objects(state: &AppState, operator: &Operator, q: &str) -> Result<Vec<Hit>, Refusal> {
    let params = operator.params([
        ("search", q),
        ("page_size", OF_A_KIND_MAX),
        ("superuser_full_list", "true"),
    ]);
    let mut found = Vec::new();
    for kind in resource::registry().filter(|kind| is_searched(kind)) {
        let page = match resource::list(&state.engine, operator.ctx(), kind, &params).await {
            // What somebody may not list is not found by them.
            Err(Refusal::Forbidden | Refusal::NotFound { .. }) => continue,
            page => page?,
        };
        found.extend(results(&page).iter().filter_map(|one| hit(kind, one)));
    }
    Ok(found)
}

/// Events have a search of their own, and what has no name is not looked for by one.
fn is_searched(kind: &Kind) -> bool {
    let is_named = matches!(
        kind.storage,
        Storage::Snapshot | Storage::Users | Storage::Groups | Storage::Tokens
    );
    is_named && !kind.search.is_empty()
}

fn hit(kind: &Kind, object: &Value) -> Option<Hit> {
    let text = |key: &str| object[key].as_str().filter(|text| !text.is_empty());
    let key = match &object[kind.lookup] {
        Value::Number(key) => key.to_string(),
        key => key.as_str()?.to_owned(),
    };
    let name = ["name", "username", "identifier", "domain", "field_key"]
        .into_iter()
        .find_map(text);
    let more = ["email", "external_host", "slug", "client_id"]
        .into_iter()
        .find_map(text);
    let title = match (name, more) {
        (Some(name), Some(more)) if more != name => format!("{name} ({more})"),
        (Some(name), _) => name.to_owned(),
        (None, _) => key.clone(),
    };
    let url = match kind.model {
        "authentik_core.application" => format!("/if/admin/applications/{key}/"),
        model => format!("/if/admin/objects/{model}/{key}/"),
    };
    Some(Hit {
        title,
        what: kind.verbose.to_owned(),
        url,
    })
}

#[cfg(test)]
mod tests {
    use super::{VERBS, pages, settings, verbs};

    #[test]
    fn a_verb_takes_what_was_named_along() {
        let found = verbs("explain https://sonarr.home.lan/?a=b");
        assert_eq!(
            found[0].1.url,
            "/if/admin/why/ask/?url=https%3A%2F%2Fsonarr.home.lan%2F%3Fa%3Db"
        );
        assert_eq!(
            verbs("Revoke Sessions Mia")[0].1.title,
            "Sign somebody out everywhere: Mia"
        );
        assert_eq!(verbs("").len(), VERBS.len());
        assert!(verbs("qqq").is_empty());
    }

    #[test]
    fn pages_and_settings_are_found_by_their_words() {
        assert_eq!(pages("peop")[0].url, "/if/admin/people/");
        assert!(
            pages("proxyprovider")
                .iter()
                .any(|hit| hit.url.contains("authentik_providers_proxy.proxyprovider"))
        );
        let found = settings("open in a new tab");
        assert_eq!(found[0].what, "Setting of Application");
    }
}
