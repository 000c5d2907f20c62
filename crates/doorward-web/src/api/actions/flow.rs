//! Flows: as a diagram, as a link, as a file.

use std::fmt::Write as _;

use axum::extract::{Path, State};
use axum::response::IntoResponse as _;
use doorward_engine::blueprint::export::{self, Selection};
use doorward_engine::resource::{self, Params, Refusal};
use http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use serde_json::{Value, json};

use crate::api::Answer;
use crate::api::answer::ok;
use crate::api::caller::Caller;
use crate::api::route::{Gives, Route};
use crate::state::AppState;

pub(super) fn routes() -> [Route; 3] {
    [
        Route::get(
            "/flows/instances/{slug}/diagram/",
            "flows_instances_diagram_retrieve",
            Gives::One("FlowDiagram"),
        )
        .to(diagram),
        Route::get(
            "/flows/instances/{slug}/execute/",
            "flows_instances_execute_retrieve",
            Gives::One("Link"),
        )
        .to(execute),
        Route::get(
            "/flows/instances/{slug}/export/",
            "flows_instances_export_retrieve",
            Gives::Text("application/yaml"),
        )
        .to(as_file),
    ]
}

/// The flow, if the caller may see it.
async fn flow(state: &AppState, caller: &Caller, key: &str) -> Result<Value, Refusal> {
    let kind = resource::kind("authentik_flows.flow").expect("flows are registered");
    resource::retrieve(&state.engine, &caller.ctx, kind, key, &Params::default()).await
}

/// The stages in their order, as a diagram that the official UI draws.
async fn diagram(State(state): State<AppState>, Path(key): Path<String>, caller: Caller) -> Answer {
    let flow = flow(&state, &caller, &key).await?;
    let snapshot = state.engine.snapshot();
    let bindings = flow["pk"]
        .as_str()
        .and_then(|pk| snapshot.stage_bindings.get(pk));
    let names = bindings
        .into_iter()
        .flatten()
        .filter_map(|one| Some(snapshot.stages.get(&one.stage)?.name.clone()));
    let mut diagram = "graph TD\nstart([Flow start])\n".to_owned();
    let mut last = "start".to_owned();
    for (index, name) in names.enumerate() {
        let id = format!("stage_{index}");
        let _ = writeln!(
            diagram,
            "{last} --> {id}[\"{}\"]",
            name.replace(['"', '[', ']'], " ")
        );
        last = id;
    }
    let _ = write!(diagram, "{last} --> done([End of the flow])");
    Ok(ok(&json!({ "diagram": diagram })))
}

/// Where the flow begins.
async fn execute(State(state): State<AppState>, Path(key): Path<String>, caller: Caller) -> Answer {
    let flow = flow(&state, &caller, &key).await?;
    let slug = flow["slug"].as_str().unwrap_or_default();
    let base = state.engine.snapshot().public_url();
    let base = base
        .as_ref()
        .map_or("", |url| url.as_str().trim_end_matches('/'));
    Ok(ok(
        &json!({ "link": format!("{base}/if/flow/{slug}/?next=%2F") }),
    ))
}

/// The flow as a blueprint, to keep or to apply elsewhere.
async fn as_file(State(state): State<AppState>, Path(key): Path<String>, caller: Caller) -> Answer {
    let flow = flow(&state, &caller, &key).await?;
    let slug = flow["slug"].as_str().unwrap_or_default();
    let selection = Selection::One("authentik_flows.flow", slug);
    let text = export::export(&state.engine, selection).await?;
    let text = text.unwrap_or_default();
    let name = format!("attachment; filename=\"{slug}.yaml\"");
    Ok((
        [
            (CONTENT_TYPE, "application/yaml".to_owned()),
            (CONTENT_DISPOSITION, name),
        ],
        text,
    )
        .into_response())
}
