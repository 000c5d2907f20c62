//! The seven operations of every kind, and the four of every family.

use axum::Router;
use axum::extract::{Path, State};
use axum::routing::{MethodRouter, get};
use doorward_engine::resource::{self, Family, Kind, Mode, registry};
use http::StatusCode;

use super::Answer;
use super::answer::{json, nothing};
use super::caller::{Body, Caller};
use crate::state::AppState;

/// One set of routes for each kind and each family.
pub(super) fn routes() -> Router<AppState> {
    let router = registry().fold(Router::new(), of_kind);
    Family::ALL.into_iter().fold(router, of_family)
}

fn of_kind(router: Router<AppState>, kind: &'static Kind) -> Router<AppState> {
    let base = format!("/api/v3/{}/", kind.path);
    router
        .route(&base, collection(kind))
        .route(&format!("{base}{{key}}/"), item(kind))
        .route(&format!("{base}{{key}}/used_by/"), used_by(kind))
}

fn collection(kind: &'static Kind) -> MethodRouter<AppState> {
    let routes = get(
        move |State(state): State<AppState>, caller: Caller| async move {
            let answer = resource::list(&state.engine, &caller.ctx, kind, &caller.params).await?;
            Answer::Ok(json(StatusCode::OK, &answer))
        },
    );
    if !kind.verbs.create {
        return routes;
    }
    routes.post(
        move |State(state): State<AppState>, caller: Caller, Body(body): Body| async move {
            let answer = resource::create(&state.engine, &caller.ctx, kind, &body).await?;
            Answer::Ok(json(StatusCode::CREATED, &answer))
        },
    )
}

fn item(kind: &'static Kind) -> MethodRouter<AppState> {
    let mut routes = get(
        move |State(state): State<AppState>, Path(key): Path<String>, caller: Caller| async move {
            let answer =
                resource::retrieve(&state.engine, &caller.ctx, kind, &key, &caller.params).await?;
            Answer::Ok(json(StatusCode::OK, &answer))
        },
    );
    if kind.verbs.update {
        let change = |mode: Mode| {
            move |State(state): State<AppState>,
                  Path(key): Path<String>,
                  caller: Caller,
                  Body(body): Body| async move {
                let answer =
                    resource::update(&state.engine, &caller.ctx, kind, &key, &body, mode).await?;
                Answer::Ok(json(StatusCode::OK, &answer))
            }
        };
        routes = routes.put(change(Mode::Put)).patch(change(Mode::Patch));
    }
    if !kind.verbs.delete {
        return routes;
    }
    routes.delete(
        move |State(state): State<AppState>, Path(key): Path<String>, caller: Caller| async move {
            resource::delete(&state.engine, &caller.ctx, kind, &key).await?;
            Answer::Ok(nothing())
        },
    )
}

fn used_by(kind: &'static Kind) -> MethodRouter<AppState> {
    get(
        move |State(state): State<AppState>, Path(key): Path<String>, caller: Caller| async move {
            let answer = resource::used_by(&state.engine, &caller.ctx, kind, &key).await?;
            Answer::Ok(json(StatusCode::OK, &answer))
        },
    )
}

fn of_family(router: Router<AppState>, family: Family) -> Router<AppState> {
    let base = format!("/api/v3/{}/", family.path());
    let list = get(
        move |State(state): State<AppState>, caller: Caller| async move {
            let answer =
                resource::list_family(&state.engine, &caller.ctx, family, &caller.params).await?;
            Answer::Ok(json(StatusCode::OK, &answer))
        },
    );
    let types = get(move |caller: Caller| async move {
        resource::permit::signed_in(&caller.ctx.actor)?;
        Answer::Ok(json(StatusCode::OK, &resource::types(family)))
    });
    let used_by = get(
        move |State(state): State<AppState>, Path(key): Path<String>, caller: Caller| async move {
            let answer = resource::used_by_family(&state.engine, &caller.ctx, family, &key).await?;
            Answer::Ok(json(StatusCode::OK, &answer))
        },
    );
    router
        .route(&base, list)
        .route(&format!("{base}types/"), types)
        .route(&format!("{base}{{key}}/"), family_item(family))
        .route(&format!("{base}{{key}}/used_by/"), used_by)
}

fn family_item(family: Family) -> MethodRouter<AppState> {
    get(
        move |State(state): State<AppState>, Path(key): Path<String>, caller: Caller| async move {
            let answer =
                resource::retrieve_family(&state.engine, &caller.ctx, family, &key, &caller.params)
                    .await?;
            Answer::Ok(json(StatusCode::OK, &answer))
        },
    )
    .delete(
        move |State(state): State<AppState>, Path(key): Path<String>, caller: Caller| async move {
            resource::delete_family(&state.engine, &caller.ctx, family, &key).await?;
            Answer::Ok(nothing())
        },
    )
}
