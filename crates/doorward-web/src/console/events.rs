//! `/if/admin/events/`: what happened, narrowed by what stands in the address; and one event whole.
//!
//! Owns the filters' words. Leaves the events to the engine's lists. Rule: the address is the whole state of
//! the list, and a filter that cannot be read is told, never ignored.

use axum::Router;
use axum::extract::{Path, State};
use axum::response::Response;
use axum::routing::get;
use doorward_engine::resource::{self, Params, Refusal, actions};
use http::Uri;
use serde_json::Value;
use url::form_urlencoded::{self, Serializer};

use super::{Operator, answer, chart, kind_of, refused, results, sentence};
use crate::pages::{Chart, Chip, ConsoleEvent, ConsoleEvents, Pager, Section};
use crate::state::AppState;

const STEPS: i64 = 28;
const EVENT: &str = "authentik_events.event";

/// What a chip asks for: its words and the actions.
const CHIPS: &[(&str, &str)] = &[
    ("Sign-ins", "login,logout"),
    ("Applications opened", "authorize_application"),
    (
        "Failures",
        "login_failed,policy_exception,property_mapping_exception,configuration_error",
    ),
    (
        "Changes",
        "model_created,model_updated,model_deleted,user_write,password_set",
    ),
    ("Secrets", "secret_view,secret_rotate,suspicious_request"),
];

/// What else narrows the list: the parameter and its words.
const NARROWING: &[(&str, &str)] = &[
    ("username", "Person"),
    ("client_ip", "Address"),
    ("action", "What"),
    ("context_authorized_app", "Application"),
    ("context_model_name", "Kind of object"),
    ("context_model_pk", "Object"),
    ("context_model_app", "Part"),
    ("since", "After"),
    ("until", "Before"),
];

pub(super) fn routes() -> Router<AppState> {
    Router::new()
        .route(Section::Events.url(), get(list))
        .route("/if/admin/events/{id}/", get(one))
}

/// The list with these parameters.
pub(super) fn address(query: &[(&str, &str)]) -> String {
    let kept = query.iter().filter(|(_, value)| !value.is_empty());
    let query = Serializer::new(String::new()).extend_pairs(kept).finish();
    match &*query {
        "" => Section::Events.url().to_owned(),
        query => format!("{}?{query}", Section::Events.url()),
    }
}

type Pairs = Vec<(String, String)>;

/// The parameters of an address that narrow the list, each once.
fn narrowing(uri: &Uri) -> Pairs {
    let query = uri.query().unwrap_or_default();
    let known = |key: &str| {
        matches!(key, "actions" | "search" | "page")
            || NARROWING.iter().any(|(name, _)| *name == key)
    };
    let mut pairs: Pairs = Vec::new();
    for (key, value) in form_urlencoded::parse(query.as_bytes()) {
        let is_new = !pairs.iter().any(|(one, _)| *one == key);
        if known(&key) && is_new && !value.is_empty() {
            pairs.push((key.into_owned(), value.into_owned()));
        }
    }
    pairs
}

/// The same list with one parameter changed, from its first page.
fn with(pairs: &Pairs, key: &str, value: &str) -> String {
    let others = pairs.iter().filter(|(one, _)| one != key && one != "page");
    let mut query: Vec<_> = others
        .map(|(one, value)| (one.as_str(), value.as_str()))
        .collect();
    query.push((key, value));
    address(&query)
}

fn value_of<'a>(pairs: &'a Pairs, key: &str) -> &'a str {
    let found = pairs.iter().find(|(one, _)| one == key);
    found.map_or("", |(_, value)| value)
}

async fn list(State(state): State<AppState>, operator: Operator, uri: Uri) -> Response {
    match page(&state, &operator, narrowing(&uri)).await {
        Ok(page) => answer(&state, &page),
        Err(refusal) => refused(&state, &operator, refusal),
    }
}

async fn page(
    state: &AppState,
    operator: &Operator,
    pairs: Pairs,
) -> Result<ConsoleEvents, Refusal> {
    let params = Params {
        query: pairs.clone(),
        ..operator.params([])
    };
    let found = resource::list(&state.engine, operator.ctx(), kind_of(EVENT)?, &params).await;
    let (found, chart, problem) = match found {
        Ok(found) => (found, volume(state, operator, &pairs).await?, None),
        Err(Refusal::Invalid(errors)) => {
            let said = errors
                .sentences()
                .into_iter()
                .map(|(field, said)| format!("{field}: {said}"));
            (
                Value::Null,
                Chart::default(),
                Some(said.collect::<Vec<_>>().join(" ")),
            )
        }
        Err(refusal) => return Err(refusal),
    };
    Ok(ConsoleEvents {
        frame: operator.frame(state, Section::Events),
        chips: chips(&pairs),
        narrowed: narrowed(&pairs),
        search: value_of(&pairs, "search").to_owned(),
        chart,
        events: results(&found).iter().map(sentence::line).collect(),
        pager: Pager::of(&found["pagination"], |page| {
            with(&pairs, "page", &page.to_string())
        }),
        now_ms: operator.ctx().now,
        problem,
        kept: pairs
            .into_iter()
            .filter(|(key, _)| key != "search" && key != "page")
            .collect(),
    })
}

async fn volume(state: &AppState, operator: &Operator, pairs: &Pairs) -> Result<Chart, Refusal> {
    // The bars choose a time, so they show more than the one that is chosen.
    let others = pairs
        .iter()
        .filter(|(key, _)| !matches!(&**key, "since" | "until"));
    let mut params = Params {
        query: others.cloned().collect(),
        ..operator.params([])
    };
    params
        .query
        .push(("history_days".to_owned(), "7".to_owned()));
    let volume = actions::event::volume(&state.engine, operator.ctx(), &params).await?;
    Ok(chart::bars(
        &volume,
        STEPS,
        operator.ctx().now,
        |since, until| {
            let others = pairs
                .iter()
                .filter(|(key, _)| !matches!(&**key, "since" | "until" | "page"));
            let mut query: Vec<_> = others
                .map(|(key, value)| (key.as_str(), value.as_str()))
                .collect();
            query.extend([("since", since), ("until", until)]);
            address(&query)
        },
    ))
}

fn chips(pairs: &Pairs) -> Vec<Chip> {
    let on = value_of(pairs, "actions");
    let chip = |(label, actions): &(&str, &str)| {
        let is_on = on == *actions;
        Chip {
            label: (*label).to_owned(),
            url: with(pairs, "actions", if is_on { "" } else { actions }),
            is_on,
        }
    };
    CHIPS.iter().map(chip).collect()
}

fn narrowed(pairs: &Pairs) -> Vec<Chip> {
    let chip = |(key, words): &(&str, &str)| {
        let value = value_of(pairs, key);
        (!value.is_empty()).then(|| Chip {
            label: format!("{words}: {value}"),
            url: with(pairs, key, ""),
            is_on: true,
        })
    };
    NARROWING.iter().filter_map(chip).collect()
}

async fn one(
    State(state): State<AppState>,
    operator: Operator,
    Path(id): Path<String>,
) -> Response {
    match whole(&state, &operator, &id).await {
        Ok(page) => answer(&state, &page),
        Err(refusal) => refused(&state, &operator, refusal),
    }
}

async fn whole(state: &AppState, operator: &Operator, id: &str) -> Result<ConsoleEvent, Refusal> {
    let params = operator.params([]);
    let event =
        resource::retrieve(&state.engine, operator.ctx(), kind_of(EVENT)?, id, &params).await?;
    let text = |key: &str| event[key].as_str().unwrap_or_default().to_owned();
    let who = event["user"]["username"].as_str().unwrap_or_default();
    let who = if who == "AnonymousUser" { "" } else { who };
    Ok(ConsoleEvent {
        frame: operator.frame(state, Section::Events),
        event: sentence::line(&event),
        who: who.to_owned(),
        app: text("app"),
        object_url: sentence::object_url(&event["context"]),
        similar: similar(&event, who),
        json: serde_json::to_string_pretty(&event).unwrap_or_default(),
        now_ms: operator.ctx().now,
    })
}

fn similar(event: &Value, who: &str) -> Vec<Chip> {
    let text = |value: &Value| match value {
        Value::Number(number) => number.to_string(),
        value => value.as_str().unwrap_or_default().to_owned(),
    };
    let (context, address_of) = (&event["context"], text(&event["client_ip"]));
    let app = text(&context["authorized_application"]["pk"]);
    let object = text(&context["model"]["pk"]);
    let all = [
        ("By the same person", "username", who),
        ("From the same address", "client_ip", &address_of),
        ("Of the same kind", "action", &text(&event["action"])),
        ("About the same application", "context_authorized_app", &app),
        ("About the same object", "context_model_pk", &object),
    ];
    let chip = |(label, key, value): (&str, &str, &str)| Chip {
        label: label.to_owned(),
        url: address(&[(key, value)]),
        is_on: false,
    };
    all.into_iter()
        .filter(|(_, _, value)| !value.is_empty())
        .map(chip)
        .collect()
}
