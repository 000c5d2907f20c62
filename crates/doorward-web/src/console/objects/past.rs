//! What an object was: its versions with what each changed, and the way back to one.

use axum::extract::{Path, State};
use axum::response::Response;
use doorward_engine::resource::history::{self, FieldChange, History, Version, What};
use doorward_engine::resource::look::{self, Looked};
use doorward_engine::resource::{Kind, Refusal};
use serde_json::Value;

use super::{crumbs, head, kind_of, one, remove, url, words};
use crate::console::{Operator, Sent, answer, refused};
use crate::pages::{ConsoleObjectHistory, ObjectHead, PastChange, PastVersion, Section};
use crate::respond::see_other;
use crate::state::AppState;

/// `GET /if/admin/objects/{model}/{key}/history/`
pub(super) async fn show(
    State(state): State<AppState>,
    operator: Operator,
    Path((model, key)): Path<(String, String)>,
) -> Response {
    match page(&state, &operator, &model, &key, Vec::new()).await {
        Ok(page) => answer(&state, &page),
        Err(refusal) => refused(&state, &operator, refusal),
    }
}

/// `POST /if/admin/objects/{model}/{key}/history/`: a version is brought back.
pub(super) async fn restore(
    State(state): State<AppState>,
    Path((model, key)): Path<(String, String)>,
    sent: Sent,
) -> Response {
    let operator = &sent.operator;
    let problems = match try_restore(&state, &sent, &model, &key).await {
        Ok(url) => return see_other(&url),
        Err(Refusal::Invalid(errors)) => errors.sentences(),
        Err(refusal) => return refused(&state, operator, refusal),
    };
    let kind = kind_of(&model).ok();
    let labelled = |(field, said): (String, String)| {
        let field = kind.and_then(|kind| kind.field(field.split('.').next().unwrap_or_default()));
        field.map_or(said.clone(), |field| format!("{}: {said}", field.label))
    };
    let problems = problems.into_iter().map(labelled).collect();
    match page(&state, operator, &model, &key, problems).await {
        Ok(page) => answer(&state, &page),
        Err(refusal) => refused(&state, operator, refusal),
    }
}

async fn try_restore(
    state: &AppState,
    sent: &Sent,
    model: &str,
    key: &str,
) -> Result<String, Refusal> {
    let kind = kind_of(model)?;
    let number = sent.get("version").parse();
    let number = number.map_err(|_| Refusal::NotFound { model: "" })?;
    let ctx = sent.operator.ctx();
    let key = match look::look(&state.engine, ctx, kind, key).await {
        Ok(looked) => looked.key,
        Err(_) => key.to_owned(),
    };
    let id = history::restore(&state.engine, ctx, kind, &key, number).await?;
    let looked = look::look(&state.engine, ctx, kind, &id).await;
    let key = looked.map_or(key, |looked| looked.key);
    Ok(format!("{}?done=restored", url(kind.model, &key)))
}

async fn page(
    state: &AppState,
    operator: &Operator,
    model: &str,
    key: &str,
    problems: Vec<String>,
) -> Result<ConsoleObjectHistory, Refusal> {
    let kind = kind_of(model)?;
    let looked = look::look(&state.engine, operator.ctx(), kind, key)
        .await
        .ok();
    let key = looked.as_ref().map_or(key, |looked| &looked.key);
    let past = history::history(&state.engine, operator.ctx(), kind, key).await?;
    let may_change = looked.as_ref().is_none_or(|looked| looked.may_change);
    let comes_back = may_change && (past.exists || remove::comes_back(kind));
    let mut versions = Vec::new();
    for (at, one) in past.versions.iter().enumerate() {
        let is_now = at == 0 && past.exists;
        let mut version = version(state, one).await;
        version.is_now = is_now;
        version.comes_back = comes_back && !is_now;
        versions.push(version);
    }
    Ok(ConsoleObjectHistory {
        frame: operator.frame(state, Section::Objects),
        head: head_of(kind, looked.as_ref(), &past),
        action: format!("{}history/", url(kind.model, key)),
        is_gone: !past.exists,
        is_kept: history::is_kept(kind),
        versions,
        problems,
        now_ms: operator.ctx().now,
    })
}

fn head_of(kind: &'static Kind, looked: Option<&Looked>, past: &History) -> ObjectHead {
    let named = past.versions.first().map(|one| one.name.clone());
    match looked {
        Some(looked) => head(kind, looked, "History"),
        None => ObjectHead {
            crumbs: crumbs(kind),
            title: named.unwrap_or_default(),
            kind: kind.verbose.to_owned(),
            model: kind.model,
            tabs: Vec::new(),
        },
    }
}

async fn version(state: &AppState, one: &Version) -> PastVersion {
    let who = one::who(&one.username);
    let sentence = match one.what {
        What::Found => "It was like this before, or changed by another way".to_owned(),
        What::Created => format!("{who} made it"),
        What::Changed => format!("{who} changed it"),
        What::Deleted => format!("{who} deleted it"),
        What::Restored => format!("{who} brought an older version back"),
    };
    let mut changes = Vec::new();
    for change in &one.changes {
        changes.push(changed(state, change).await);
    }
    PastVersion {
        number: one.number,
        sentence,
        at_ms: one.at_ms,
        changes,
        is_now: false,
        comes_back: false,
    }
}

async fn changed(state: &AppState, change: &FieldChange) -> PastChange {
    let is_code =
        words::is_code(change.field, &change.before) || words::is_code(change.field, &change.after);
    PastChange {
        label: change.field.label.to_owned(),
        before: side(state, change, &change.before).await,
        after: side(state, change, &change.after).await,
        is_secret: change.is_secret,
        is_code,
    }
}

/// One side of a change in words; what is gone keeps its key.
async fn side(state: &AppState, change: &FieldChange, value: &Value) -> String {
    let Some(target) = change.field.target() else {
        return words::words(change.field, value);
    };
    let all = value
        .as_array()
        .map_or(std::slice::from_ref(value), Vec::as_slice);
    let all: Vec<_> = all.iter().filter(|one| !one.is_null()).cloned().collect();
    let found = look::related(&state.engine, target, &all).await;
    let found = found.unwrap_or_default();
    let name = |id: &Value| {
        let id = words::plain(id);
        let named = found.iter().find(|one| one.id == id);
        named.map_or(format!("{id} (gone)"), |one| one.title.clone())
    };
    all.iter().map(name).collect::<Vec<_>>().join(", ")
}
