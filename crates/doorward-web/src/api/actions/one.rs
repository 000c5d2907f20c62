//! Actions on one application, group, token or outpost.

use axum::extract::{Path, State};
use doorward_engine::resource::Holds;
use doorward_engine::resource::actions::group::{self, Membership};
use doorward_engine::resource::actions::{application, outpost, token};

use crate::api::Answer;
use crate::api::answer::{nothing, ok};
use crate::api::caller::{Body, Caller};
use crate::api::route::{Gives, Route};
use crate::state::AppState;

pub(super) fn routes() -> [Route; 6] {
    [
        Route::get(
            "/core/applications/{slug}/check_access/",
            "core_applications_check_access_retrieve",
            Gives::One("PolicyTestResult"),
        )
        .query(&[("for_user", Holds::Integer)])
        .to(check_access),
        Route::post(
            "/core/groups/{group_uuid}/add_user/",
            "core_groups_add_user_create",
            Gives::Nothing,
        )
        .form(&group::MEMBER)
        .to(add_user),
        Route::post(
            "/core/groups/{group_uuid}/remove_user/",
            "core_groups_remove_user_create",
            Gives::Nothing,
        )
        .form(&group::MEMBER)
        .to(remove_user),
        Route::get(
            "/core/tokens/{identifier}/view_key/",
            "core_tokens_view_key_retrieve",
            Gives::One("TokenView"),
        )
        .to(view_key),
        Route::post(
            "/core/tokens/{identifier}/set_key/",
            "core_tokens_set_key_create",
            Gives::Nothing,
        )
        .form(&token::KEY)
        .to(set_key),
        Route::get(
            "/outposts/instances/{uuid}/health/",
            "outposts_instances_health_list",
            Gives::Many("OutpostHealth"),
        )
        .to(health),
    ]
}

async fn check_access(
    State(state): State<AppState>,
    Path(key): Path<String>,
    caller: Caller,
) -> Answer {
    Ok(ok(&application::check_access(
        &state.engine,
        &caller.ctx,
        &key,
        &caller.params,
    )
    .await?))
}

async fn add_user(
    State(state): State<AppState>,
    Path(key): Path<String>,
    caller: Caller,
    Body(body): Body,
) -> Answer {
    group::change_member(&state.engine, &caller.ctx, &key, &body, Membership::Add).await?;
    Ok(nothing())
}

async fn remove_user(
    State(state): State<AppState>,
    Path(key): Path<String>,
    caller: Caller,
    Body(body): Body,
) -> Answer {
    group::change_member(&state.engine, &caller.ctx, &key, &body, Membership::Remove).await?;
    Ok(nothing())
}

async fn view_key(
    State(state): State<AppState>,
    Path(key): Path<String>,
    caller: Caller,
) -> Answer {
    Ok(ok(&token::view_key(&state.engine, &caller.ctx, &key).await?))
}

async fn set_key(
    State(state): State<AppState>,
    Path(key): Path<String>,
    caller: Caller,
    Body(body): Body,
) -> Answer {
    token::set_key(&state.engine, &caller.ctx, &key, &body).await?;
    Ok(nothing())
}

async fn health(State(state): State<AppState>, Path(key): Path<String>, caller: Caller) -> Answer {
    Ok(ok(&outpost::health(&state.engine, &caller.ctx, &key).await?))
}
