//! Property mappings: trying one out.

use axum::extract::{Path, State};
use doorward_engine::resource::Holds;
use doorward_engine::resource::actions::mapping;

use crate::api::Answer;
use crate::api::answer::ok;
use crate::api::caller::{Body, Caller};
use crate::api::route::{Gives, Route};
use crate::state::AppState;

pub(super) fn routes() -> [Route; 1] {
    [Route::post(
        "/propertymappings/all/{pm_uuid}/test/",
        "propertymappings_all_test_create",
        Gives::One("PropertyMappingTestResult"),
    )
    .query(&[("format_result", Holds::Bool)])
    .form(&mapping::TEST)
    .to(test)]
}

async fn test(
    State(state): State<AppState>,
    Path(key): Path<String>,
    caller: Caller,
    Body(body): Body,
) -> Answer {
    let (engine, ctx) = (&state.engine, &caller.ctx);
    let tested = mapping::test(engine, ctx, &key, &body, &caller.params).await?;
    Ok(ok(&tested))
}
