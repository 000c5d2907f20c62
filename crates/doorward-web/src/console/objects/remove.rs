//! Deleting: the question, with what goes along, and the deed.

use axum::extract::{Path, State};
use axum::response::Response;
use doorward_engine::resource::{self, Kind, Refusal, Storage, look};

use super::{head, kind_of, list_url, one, url_of};
use crate::console::{Operator, Sent, answer, refused};
use crate::pages::{ConsoleObjectDelete, ObjectHead, Section};
use crate::respond::see_other;
use crate::state::AppState;

/// `GET /if/admin/objects/{model}/{key}/delete/`
pub(super) async fn ask(
    State(state): State<AppState>,
    operator: Operator,
    Path((model, key)): Path<(String, String)>,
) -> Response {
    match page(&state, &operator, &model, &key, None).await {
        Ok(page) => answer(&state, &page),
        Err(refusal) => refused(&state, &operator, refusal),
    }
}

/// `POST /if/admin/objects/{model}/{key}/delete/`
pub(super) async fn remove(
    State(state): State<AppState>,
    Path((model, key)): Path<(String, String)>,
    sent: Sent,
) -> Response {
    let operator = &sent.operator;
    match try_remove(&state, operator, &model, &key).await {
        Ok(kind) => see_other(&list_url(kind)),
        Err(Refusal::Invalid(errors)) => {
            let said = Some(errors.to_string());
            match page(&state, operator, &model, &key, said).await {
                Ok(page) => answer(&state, &page),
                Err(refusal) => refused(&state, operator, refusal),
            }
        }
        Err(refusal) => refused(&state, operator, refusal),
    }
}

async fn try_remove(
    state: &AppState,
    operator: &Operator,
    model: &str,
    key: &str,
) -> Result<&'static Kind, Refusal> {
    let kind = kind_of(model)?;
    let looked = look::look(&state.engine, operator.ctx(), kind, key).await?;
    resource::delete(&state.engine, operator.ctx(), kind, &looked.key).await?;
    Ok(kind)
}

async fn page(
    state: &AppState,
    operator: &Operator,
    model: &str,
    key: &str,
    problem: Option<String>,
) -> Result<ConsoleObjectDelete, Refusal> {
    let kind = kind_of(model)?;
    let looked = look::look(&state.engine, operator.ctx(), kind, key).await?;
    if !looked.may_delete {
        return Err(Refusal::Forbidden);
    }
    let users = one::used_by(state, operator, kind, &looked).await?;
    let (goes, forgets): (Vec<_>, Vec<_>) = users.into_iter().partition(|one| one.goes);
    let back_url = url_of(kind, &looked);
    Ok(ConsoleObjectDelete {
        frame: operator.frame(state, Section::Objects),
        head: ObjectHead {
            tabs: Vec::new(),
            ..head(kind, &looked, "Delete")
        },
        action: format!("{back_url}delete/"),
        goes: goes.into_iter().map(|one| one.link).collect(),
        forgets: forgets.into_iter().map(|one| one.link).collect(),
        comes_back: comes_back(kind),
        back_url,
        problem,
    })
}

/// Whether a deleted one can be made again under its old key.
pub(super) fn comes_back(kind: &Kind) -> bool {
    matches!(kind.storage, Storage::Snapshot | Storage::Groups) && kind.verbs.create
}
