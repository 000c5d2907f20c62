//! Events: their words, and what is counted of them.

use axum::extract::State;
use doorward_engine::resource::Holds;
use doorward_engine::resource::actions::event;

use crate::api::Answer;
use crate::api::answer::ok;
use crate::api::caller::Caller;
use crate::api::route::{Gives, Needed, Parameter, Route};
use crate::state::AppState;

const MODEL: &str = "authentik_events.event";
const SEARCH: &[Parameter] = &[("search", Holds::Text)];
const STEPS: Needed = Needed::list("count_steps", Holds::Text);
const TOP: &[Parameter] = &[("search", Holds::Text), ("top_n", Holds::Integer)];
const DAYS: &[Parameter] = &[("search", Holds::Text), ("history_days", Holds::Integer)];

pub(super) fn routes() -> [Route; 4] {
    [
        Route::get(
            "/events/events/actions/",
            "events_events_actions_list",
            Gives::Many("TypeCreate"),
        )
        .to(actions),
        Route::get(
            "/events/events/stats/",
            "events_events_stats_retrieve",
            Gives::One("EventStats"),
        )
        .filters_of(MODEL)
        .query(SEARCH)
        .needs(STEPS)
        .to(stats),
        Route::get(
            "/events/events/top_per_user/",
            "events_events_top_per_user_list",
            Gives::Many("EventTopPerUser"),
        )
        .filters_of(MODEL)
        .query(TOP)
        .to(top),
        Route::get(
            "/events/events/volume/",
            "events_events_volume_list",
            Gives::Many("EventVolume"),
        )
        .filters_of(MODEL)
        .query(DAYS)
        .to(volume),
    ]
}

async fn actions(caller: Caller) -> Answer {
    Ok(ok(&event::actions(&caller.ctx)?))
}

async fn stats(State(state): State<AppState>, caller: Caller) -> Answer {
    Ok(ok(&event::stats(
        &state.engine,
        &caller.ctx,
        &caller.params,
    )
    .await?))
}

async fn top(State(state): State<AppState>, caller: Caller) -> Answer {
    Ok(ok(&event::top_per_user(
        &state.engine,
        &caller.ctx,
        &caller.params,
    )
    .await?))
}

async fn volume(State(state): State<AppState>, caller: Caller) -> Answer {
    Ok(ok(&event::volume(
        &state.engine,
        &caller.ctx,
        &caller.params,
    )
    .await?))
}
