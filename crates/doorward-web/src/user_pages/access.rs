//! `/if/user/access/`: what a person agreed to, and which applications get in without asking again.
//!
//! Leaves whose that is to `engine::account::access`.

use axum::extract::State;
use axum::response::Response;
use doorward_engine::account::access::{self, Agreed, Kept};
use serde::Deserialize;

use super::own::{Given, Own, refused};
use crate::extract::Asks;
use crate::pages::{Access, AgreedRow, KeptRow};
use crate::respond::see_other;
use crate::state::AppState;

pub(super) const PATH: &str = "/if/user/access/";

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Asked {
    /// What was just done.
    done: String,
}

/// `GET /if/user/access/`
pub(super) async fn show(
    State(state): State<AppState>,
    Asks(asked): Asks<Asked>,
    own: Own,
) -> Result<Response, Response> {
    let (engine, ctx) = (&state.engine, own.ctx());
    let no = |refusal| refused(&state, &own, PATH, refusal);
    let agreed = access::agreed(engine, ctx).await.map_err(no)?;
    let kept = access::kept(engine, ctx).await.map_err(no)?;
    Ok(state.pages.respond(&Access {
        person: own.shown(),
        nav: own.nav(),
        kept: kept.into_iter().map(kept_row).collect(),
        agreed: agreed.into_iter().map(agreed_row).collect(),
        csrf: own.csrf(&state),
        action: PATH.to_owned(),
        notice: notice(&asked.done).map(str::to_owned),
    }))
}

fn notice(done: &str) -> Option<&'static str> {
    match done {
        "taken" => Some("Taken back. The application has to ask again."),
        "ended" => Some("Ended. The application has to send you through the sign-in again."),
        _ => None,
    }
}

fn agreed_row(one: Agreed) -> AgreedRow {
    AgreedRow {
        id: one.id.to_string(),
        application: one.application,
        permissions: one.permissions,
        since_ms: one.since,
        until_ms: one.until,
    }
}

fn kept_row(one: Kept) -> KeptRow {
    KeptRow {
        id: one.provider.to_string(),
        application: one.application,
        permissions: one.permissions,
        count: one.count,
        since_ms: one.since,
        until_ms: one.until,
    }
}

/// `POST /if/user/access/`
pub(super) async fn change(
    State(state): State<AppState>,
    given: Given,
) -> Result<Response, Response> {
    let (engine, own) = (&state.engine, &given.own);
    let no = |refusal| refused(&state, own, PATH, refusal);
    let provider = given.get("access");
    let done = if provider.is_empty() {
        let consent = given.get("consent");
        access::take_back(engine, own.ctx(), consent)
            .await
            .map_err(no)?;
        "taken"
    } else {
        access::end(engine, own.ctx(), provider).await.map_err(no)?;
        "ended"
    };
    Ok(see_other(&format!("{PATH}?done={done}")))
}
