//! Flows: as a diagram, as a link, as a file, and a run of one at this moment.

use std::fmt::Write as _;

use axum::extract::{Path, State};
use axum::response::IntoResponse as _;
use doorward_engine::blueprint::export::{self, Selection};
use doorward_engine::flow::{self, Inspection, Kept};
use doorward_engine::resource::permit::signed_in;
use doorward_engine::resource::validate::WHOLE;
use doorward_engine::resource::{self, Errors, Params, Refusal};
use doorward_engine::{Actor, Context};
use http::HeaderMap;
use http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use serde_json::{Value, json};

use crate::api::Answer;
use crate::api::answer::ok;
use crate::api::caller::{Body, Caller};
use crate::api::route::{Gives, Route};
use crate::flow::prompt_json;
use crate::state::AppState;

pub(super) fn routes() -> [Route; 5] {
    [
        Route::get(
            "/flows/inspector/{flow_slug}/",
            "flows_inspector_get",
            Gives::One("FlowInspection"),
        )
        .to(inspector),
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
        Route::post(
            "/stages/prompt/prompts/preview/",
            "stages_prompt_prompts_preview_create",
            Gives::One("PromptChallenge"),
        )
        .schema("PromptRequest")
        .to(preview),
    ]
}

/// A form's field as it would look, saved or not.
async fn preview(State(state): State<AppState>, caller: Caller, Body(body): Body) -> Answer {
    let ask = flow::preview(&state.engine, &caller.ctx, &body).await?;
    let mut challenge = prompt_json(&ask);
    challenge["component"] = json!("ak-stage-prompt");
    Ok(ok(&challenge))
}

/// The flow, if the caller may see it.
async fn one(state: &AppState, caller: &Caller, key: &str) -> Result<Value, Refusal> {
    let kind = resource::kind("authentik_flows.flow").expect("flows are registered");
    resource::retrieve(&state.engine, &caller.ctx, kind, key, &Params::default()).await
}

/// The stages in their order, as a diagram that the official UI draws.
async fn diagram(State(state): State<AppState>, Path(key): Path<String>, caller: Caller) -> Answer {
    let flow = one(&state, &caller, &key).await?;
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
    let flow = one(&state, &caller, &key).await?;
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
    let flow = one(&state, &caller, &key).await?;
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

/// The run that this browser has of a flow: where it is and what it knows. Runs of our pages are
/// named by `run`. Whoever may not see it is told that there is no such flow.
async fn inspector(
    State(state): State<AppState>,
    Path(slug): Path<String>,
    caller: Caller,
    headers: HeaderMap,
) -> Answer {
    signed_in(&caller.ctx.actor)?;
    if !flow::may_inspect(&caller.ctx.actor) {
        return Err(Refusal::NotFound { model: "Flow" }.into());
    }
    let handle = caller.params.get("run").unwrap_or(&slug);
    let held = crate::flow::kept_run(&headers, handle).map(|cookie| Kept {
        slug: &slug,
        handle,
        cookie,
    });
    let run = match held {
        Some(held) => flow::inspect(&state.engine, &caller.ctx, held).await?,
        None => None,
    };
    let run = run.ok_or_else(|| Errors::one(WHOLE, "No flow plan in session."))?;
    Ok(ok(&inspected(&state, &caller, run).await?))
}

/// As authentik tells a run. What one knew at former steps is kept nowhere.
async fn inspected(state: &AppState, caller: &Caller, run: Inspection) -> Result<Value, Refusal> {
    let order: Vec<_> = run.done.iter().chain(&run.left).collect();
    let mut plans = Vec::new();
    for at in 0..=run.done.len() {
        plans.push(json!({
            "current_stage": binding(state, caller, order.get(at).copied()).await?,
            "next_planned_stage": binding(state, caller, order.get(at + 1).copied()).await?,
            "plan_context": {},
            "session_id": run.id,
        }));
    }
    let mut current = plans.pop().unwrap_or_default();
    current["plan_context"] = run.context;
    plans.push(current.clone());
    Ok(json!({ "plans": plans, "current_plan": current, "is_completed": run.left.is_empty() }))
}

/// A binding as its own address answers an administrator.
async fn binding(state: &AppState, caller: &Caller, pk: Option<&String>) -> Result<Value, Refusal> {
    let Some(pk) = pk else { return Ok(Value::Null) };
    let kind = resource::kind("authentik_flows.flowstagebinding").expect("bindings are registered");
    let ctx = Context {
        actor: Actor::System,
        ..caller.ctx.clone()
    };
    resource::retrieve(&state.engine, &ctx, kind, pk, &Params::default()).await
}
