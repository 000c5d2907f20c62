//! One object: what it holds in words, what it names, who uses it and who changed it.

use axum::extract::{Path, State};
use axum::response::Response;
use doorward_engine::resource::look::{self, Looked};
use doorward_engine::resource::{self, Field, FieldType, Kind, Refusal, Target, history};
use serde::Deserialize;
use serde_json::{Value, json};

use super::{head, kind_of, link_to, url, url_of, words};
use crate::console::{Operator, answer, refused};
use crate::extract::Asks;
use crate::pages::{ConsoleObject, ObjectFact, ObjectLink, Section};
use crate::state::AppState;

const APPLICATION: &str = "authentik_core.application";
/// So many of those that use it are named.
const USERS_MAX: usize = 100;

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Asked {
    done: String,
}

/// `GET /if/admin/objects/{model}/{key}/`
pub(super) async fn show(
    State(state): State<AppState>,
    operator: Operator,
    Path((model, key)): Path<(String, String)>,
    Asks(asked): Asks<Asked>,
) -> Response {
    match page(&state, &operator, &model, &key, &asked.done).await {
        Ok(page) => answer(&state, &page),
        Err(refusal) => refused(&state, &operator, refusal),
    }
}

async fn page(
    state: &AppState,
    operator: &Operator,
    model: &str,
    key: &str,
    done: &str,
) -> Result<ConsoleObject, Refusal> {
    let kind = kind_of(model)?;
    let looked = look::look(&state.engine, operator.ctx(), kind, key).await?;
    let (facts, usual) = facts(state, kind, &looked).await;
    let used_by = used_by(state, operator, kind, &looked).await?;
    Ok(ConsoleObject {
        frame: operator.frame(state, Section::Objects),
        head: head(kind, &looked, "Overview"),
        own_page: own_page(kind, &looked),
        facts,
        usual,
        used_by: used_by.into_iter().map(|one| one.link).collect(),
        changed_by: changed_by(state, operator, kind, &looked).await?,
        changed_ms: looked.updated_ms,
        created_ms: looked.created_ms,
        delete_url: looked
            .may_delete
            .then(|| format!("{}delete/", url_of(kind, &looked))),
        done: done_words(done),
        now_ms: operator.ctx().now,
    })
}

fn done_words(done: &str) -> Option<String> {
    let words = match done {
        "made" => "It is made.",
        "saved" => "It is saved.",
        "restored" => "The version is back.",
        _ => return None,
    };
    Some(words.to_owned())
}

fn own_page(kind: &Kind, looked: &Looked) -> Option<ObjectLink> {
    (kind.model == APPLICATION).then(|| ObjectLink {
        label: "How it is set up, and who can open it".to_owned(),
        url: format!("{}{}/", Section::Applications.url(), looked.key),
        what: String::new(),
    })
}

/// The fields that hold something of their own, and those that are as usual.
async fn facts(
    state: &AppState,
    kind: &'static Kind,
    looked: &Looked,
) -> (Vec<ObjectFact>, Vec<ObjectFact>) {
    let (mut facts, mut usual) = (Vec::new(), Vec::new());
    for field in kind.fields {
        let fact = match (field.holds, looked.shown.get(field.key)) {
            (FieldType::Secret, _) => secret(field, looked),
            (_, Some(value)) if field.is_shown() => words::fact(state, field, value).await,
            _ => continue,
        };
        let value = looked.shown.get(field.key).unwrap_or(&Value::Null);
        if is_usual(field, value) {
            usual.push(fact);
        } else {
            facts.push(fact);
        }
    }
    if kind.fields.len() < 2 {
        facts.extend(more(kind, looked));
    }
    (facts, usual)
}

/// Whether a field is as it is when nobody says.
pub(super) fn is_usual(field: &Field, value: &Value) -> bool {
    let default = field.default.value();
    !field.required && (words::is_empty(value) || default.as_ref() == Some(value))
}

fn secret(field: &Field, looked: &Looked) -> ObjectFact {
    let is_set = looked.secrets.contains(&field.key);
    ObjectFact {
        label: field.label.to_owned(),
        key: field.key.to_owned(),
        text: if is_set {
            "Set, and not shown here"
        } else {
            ""
        }
        .to_owned(),
        ..ObjectFact::default()
    }
}

/// What a table's answer says beyond fields.
fn more(kind: &Kind, looked: &Looked) -> Vec<ObjectFact> {
    let said = looked.shown.iter();
    let said = said.filter(|(key, value)| {
        let is_field = kind.field(key).is_some();
        !is_field && *key != kind.pk_field && !words::is_empty(value)
    });
    let fact = |(key, value): (&String, &Value)| {
        let is_named = value.get("name").or(value.get("username")).is_some();
        let is_code = value.is_object() && !is_named;
        ObjectFact {
            label: words::plain_word(key),
            key: key.clone(),
            text: if is_code {
                String::new()
            } else {
                words::plain(value)
            },
            code: if is_code {
                words::code(value)
            } else {
                String::new()
            },
            links: Vec::new(),
        }
    };
    said.map(fact).collect()
}

/// Somebody who uses an object.
pub(super) struct User {
    pub(super) link: ObjectLink,
    /// Whether it goes with the object.
    pub(super) goes: bool,
}

/// Who uses an object, as far as the operator may see them.
pub(super) async fn used_by(
    state: &AppState,
    operator: &Operator,
    kind: &'static Kind,
    looked: &Looked,
) -> Result<Vec<User>, Refusal> {
    let all = resource::used_by(&state.engine, operator.ctx(), kind, &looked.key).await?;
    let all = all.as_array().cloned().unwrap_or_default();
    let mut users = Vec::new();
    for one in all.iter().take(USERS_MAX) {
        users.push(user(state, one).await?);
    }
    if all.len() > USERS_MAX {
        let link = ObjectLink {
            label: format!("and {} more", all.len() - USERS_MAX),
            url: url_of(kind, looked),
            what: String::new(),
        };
        users.push(User { link, goes: false });
    }
    Ok(users)
}

async fn user(state: &AppState, one: &Value) -> Result<User, Refusal> {
    let text = |key: &str| one[key].as_str().unwrap_or_default().to_owned();
    let model = format!("{}.{}", text("app"), text("model_name"));
    let goes = text("action") == "cascade";
    let Some(kind) = resource::kind(&model) else {
        let label = text("name");
        let link = ObjectLink {
            label,
            ..ObjectLink::default()
        };
        return Ok(User { link, goes });
    };
    let target = Target::Kind(kind.model);
    let found = look::related(&state.engine, target, &[json!(text("pk"))]).await?;
    let link = match found.first() {
        Some(found) => link_to(found, kind.verbose),
        None => ObjectLink {
            label: text("name"),
            // Tokens are called by their identifier.
            url: url(
                kind.model,
                &if kind.lookup == kind.pk_field {
                    text("pk")
                } else {
                    text("name")
                },
            ),
            what: kind.verbose.to_owned(),
        },
    };
    Ok(User { link, goes })
}

async fn changed_by(
    state: &AppState,
    operator: &Operator,
    kind: &'static Kind,
    looked: &Looked,
) -> Result<String, Refusal> {
    if !history::is_kept(kind) {
        return Ok(String::new());
    }
    let past = history::history(&state.engine, operator.ctx(), kind, &looked.key).await?;
    let last = past.versions.first();
    Ok(last.map_or_else(String::new, |last| who(&last.username)))
}

/// Whose doing something was.
pub(super) fn who(username: &str) -> String {
    match username {
        "" => "Doorward itself".to_owned(),
        name => name.to_owned(),
    }
}
