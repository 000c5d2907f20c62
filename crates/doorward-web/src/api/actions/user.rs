//! Users: who am I, folders, service accounts, passwords, recovery.

use axum::extract::{Path, State};
use doorward_engine::resource::Holds;
use doorward_engine::resource::actions::password::{self, PasswordForm};
use doorward_engine::resource::actions::{service_account, user};

use crate::api::Answer;
use crate::api::answer::{nothing, ok};
use crate::api::caller::{Body, Caller};
use crate::api::route::{Gives, Route};
use crate::state::AppState;

pub(super) fn routes() -> impl Iterator<Item = Route> {
    people().into_iter().chain(passwords())
}

fn people() -> [Route; 3] {
    [
        Route::get(
            "/core/users/me/",
            "core_users_me_retrieve",
            Gives::One("SessionUser"),
        )
        .to(me),
        Route::get(
            "/core/users/paths/",
            "core_users_paths_retrieve",
            Gives::One("UserPath"),
        )
        .query(&[("search", Holds::Text)])
        .to(paths),
        Route::post(
            "/core/users/service_account/",
            "core_users_service_account_create",
            Gives::One("UserServiceAccountResponse"),
        )
        .form(&service_account::FORM)
        .to(make_service_account),
    ]
}

fn passwords() -> [Route; 4] {
    [
        Route::post(
            "/core/users/{id}/recovery/",
            "core_users_recovery_create",
            Gives::One("Link"),
        )
        .form(&user::RECOVERY)
        .to(recovery),
        Route::post(
            "/core/users/{id}/recovery_email/",
            "core_users_recovery_email_create",
            Gives::Nothing,
        )
        .form(&user::RECOVERY_EMAIL)
        .to(recovery_email),
        Route::post(
            "/core/users/{id}/set_password/",
            "core_users_set_password_create",
            Gives::Nothing,
        )
        .form(&password::CLEAR)
        .to(set_password),
        Route::post(
            "/core/users/{id}/set_password_hash/",
            "core_users_set_password_hash_create",
            Gives::Nothing,
        )
        .form(&password::HASH)
        .to(set_password_hash),
    ]
}

async fn me(caller: Caller) -> Answer {
    Ok(ok(&user::me(&caller.ctx)?))
}

async fn paths(State(state): State<AppState>, caller: Caller) -> Answer {
    Ok(ok(
        &user::paths(&state.engine, &caller.ctx, &caller.params).await?
    ))
}

async fn make_service_account(
    State(state): State<AppState>,
    caller: Caller,
    Body(body): Body,
) -> Answer {
    Ok(ok(&service_account::service_account(
        &state.engine,
        &caller.ctx,
        &body,
    )
    .await?))
}

async fn recovery(
    State(state): State<AppState>,
    Path(key): Path<String>,
    caller: Caller,
    Body(body): Body,
) -> Answer {
    Ok(ok(&user::recovery_link(
        &state.engine,
        &caller.ctx,
        &key,
        &body,
    )
    .await?))
}

async fn set_password(
    State(state): State<AppState>,
    Path(key): Path<String>,
    caller: Caller,
    Body(body): Body,
) -> Answer {
    password::set_password(&state.engine, &caller.ctx, &key, &body, PasswordForm::Clear).await?;
    Ok(nothing())
}

async fn set_password_hash(
    State(state): State<AppState>,
    Path(key): Path<String>,
    caller: Caller,
    Body(body): Body,
) -> Answer {
    password::set_password(&state.engine, &caller.ctx, &key, &body, PasswordForm::Hash).await?;
    Ok(nothing())
}

async fn recovery_email(
    State(state): State<AppState>,
    Path(key): Path<String>,
    caller: Caller,
    Body(body): Body,
) -> Answer {
    user::recovery_email(&state.engine, &caller.ctx, &key, &body).await?;
    Ok(nothing())
}
