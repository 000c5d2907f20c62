//! Policies: trying one out, and the account of a decision.

use axum::extract::{Path, State};
use doorward_engine::resource::Holds;
use doorward_engine::resource::actions::policy;

use crate::api::Answer;
use crate::api::answer::ok;
use crate::api::caller::{Body, Caller};
use crate::api::route::{Gives, Parameter, Route};
use crate::state::AppState;

const ASKED: &[Parameter] = &[
    ("for_user", Holds::Integer),
    ("ip", Holds::Text),
    ("url", Holds::Text),
];

pub(super) fn routes() -> [Route; 4] {
    [
        Route::post(
            "/policies/all/{policy_uuid}/test/",
            "policies_all_test_create",
            Gives::One("PolicyTestResult"),
        )
        .form(&policy::TEST)
        .to(test),
        Route::get(
            "/policies/geoip_iso3166/",
            "policies_geoip_iso3166_list",
            Gives::Many("DetailedCountry"),
        )
        .anonymous()
        .to(countries),
        // Doorward's own.
        Route::get(
            "/core/applications/{slug}/explain/",
            "core_applications_explain_retrieve",
            Gives::One("AccessExplanation"),
        )
        .query(ASKED)
        .to(explain),
        Route::post(
            "/doorward/explain/",
            "doorward_explain_create",
            Gives::One("AccessAnswer"),
        )
        .form(&policy::WHAT_IF)
        .to(what_if),
    ]
}

async fn test(
    State(state): State<AppState>,
    Path(key): Path<String>,
    caller: Caller,
    Body(body): Body,
) -> Answer {
    let tested = policy::test(&state.engine, &caller.ctx, &key, &body).await?;
    Ok(ok(&tested))
}

async fn countries() -> Answer {
    Ok(ok(&policy::countries()))
}

async fn explain(State(state): State<AppState>, Path(key): Path<String>, caller: Caller) -> Answer {
    let told = policy::explain(&state.engine, &caller.ctx, &key, &caller.params).await?;
    Ok(ok(&told))
}

async fn what_if(State(state): State<AppState>, caller: Caller, Body(body): Body) -> Answer {
    let told = policy::what_if(&state.engine, &caller.ctx, &body).await?;
    Ok(ok(&told))
}
