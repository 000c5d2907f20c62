//! `OAuth2` providers: addresses and previews.

use axum::extract::{Path, State};
use doorward_engine::resource::Holds;
use doorward_engine::resource::actions::oauth2;

use crate::api::Answer;
use crate::api::answer::ok;
use crate::api::caller::Caller;
use crate::api::route::{Gives, Parameter, Route};
use crate::state::AppState;

const ABOUT: &[Parameter] = &[("for_user", Holds::Integer)];

pub(super) fn routes() -> [Route; 2] {
    [
        Route::get(
            "/providers/oauth2/{id}/setup_urls/",
            "providers_oauth2_setup_urls_retrieve",
            Gives::One("OAuth2ProviderSetupURLs"),
        )
        .to(setup_urls),
        Route::get(
            "/providers/oauth2/{id}/preview_user/",
            "providers_oauth2_preview_user_retrieve",
            Gives::One("PropertyMappingPreview"),
        )
        .query(ABOUT)
        .to(preview),
    ]
}

async fn setup_urls(
    State(state): State<AppState>,
    Path(pk): Path<String>,
    caller: Caller,
) -> Answer {
    Ok(ok(
        &oauth2::setup_urls(&state.engine, &caller.ctx, &pk).await?
    ))
}

async fn preview(State(state): State<AppState>, Path(pk): Path<String>, caller: Caller) -> Answer {
    let answer = oauth2::preview(&state.engine, &caller.ctx, &pk, &caller.params);
    Ok(ok(&answer.await?))
}
