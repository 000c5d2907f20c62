//! Devices of every class in one list, and what people may set up.

use axum::extract::State;
use doorward_engine::resource::Holds;
use doorward_engine::resource::actions::{authenticator, flow};

use crate::api::Answer;
use crate::api::answer::ok;
use crate::api::caller::Caller;
use crate::api::route::{Gives, Route};
use crate::state::AppState;

pub(super) fn routes() -> [Route; 3] {
    [
        Route::get(
            "/authenticators/admin/all/",
            "authenticators_admin_all_list",
            Gives::Many("Device"),
        )
        .query(&[("user", Holds::Integer)])
        .to(of_anybody),
        Route::get(
            "/authenticators/all/",
            "authenticators_all_list",
            Gives::Many("Device"),
        )
        .to(own),
        Route::get(
            "/stages/all/user_settings/",
            "stages_all_user_settings_list",
            Gives::Many("UserSetting"),
        )
        .to(user_settings),
    ]
}

async fn of_anybody(State(state): State<AppState>, caller: Caller) -> Answer {
    let user = caller.params.get("user");
    Ok(ok(
        &authenticator::of(&state.engine, &caller.ctx, user).await?
    ))
}

async fn own(State(state): State<AppState>, caller: Caller) -> Answer {
    Ok(ok(&authenticator::own(&state.engine, &caller.ctx).await?))
}

async fn user_settings(State(state): State<AppState>, caller: Caller) -> Answer {
    let devices = authenticator::user_settings(&state.engine, &caller.ctx)?;
    let password = flow::user_settings(&state.engine.snapshot());
    let both = [devices, password].into_iter().flatten();
    Ok(ok(&both.collect()))
}
