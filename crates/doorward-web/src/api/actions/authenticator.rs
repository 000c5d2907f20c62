//! Devices of every class in one list.

use axum::extract::State;
use doorward_engine::resource::Holds;
use doorward_engine::resource::actions::authenticator;

use crate::api::Answer;
use crate::api::answer::ok;
use crate::api::caller::Caller;
use crate::api::route::{Gives, Route};
use crate::state::AppState;

pub(super) fn routes() -> [Route; 2] {
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
