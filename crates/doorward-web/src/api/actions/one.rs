//! Actions on one object.

use std::fmt::Write as _;

use axum::Router;
use axum::extract::{Path, State};
use axum::response::{IntoResponse as _, Response};
use axum::routing::{get, post};
use doorward_engine::blueprint;
use doorward_engine::resource::actions::certificate::{self, Part};
use doorward_engine::resource::actions::group::{self, Membership};
use doorward_engine::resource::actions::user::{self, PasswordForm};
use doorward_engine::resource::actions::{application, outpost, token};
use doorward_engine::resource::{self, Params, Refusal};
use http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use serde_json::{Value, json};

use crate::api::Answer;
use crate::api::answer::{nothing, ok};
use crate::api::caller::{Body, Caller};
use crate::state::AppState;

pub(super) fn routes() -> Router<AppState> {
    Router::new()
        .route(
            "/api/v3/core/applications/{key}/check_access/",
            get(check_access),
        )
        .route("/api/v3/core/groups/{key}/add_user/", post(add_user))
        .route("/api/v3/core/groups/{key}/remove_user/", post(remove_user))
        .route("/api/v3/core/tokens/{key}/view_key/", get(view_key))
        .route("/api/v3/core/tokens/{key}/set_key/", post(set_key))
        .route("/api/v3/core/users/{key}/recovery/", post(recovery))
        .route("/api/v3/core/users/{key}/set_password/", post(set_password))
        .route(
            "/api/v3/core/users/{key}/set_password_hash/",
            post(set_password_hash),
        )
        .route(
            "/api/v3/crypto/certificatekeypairs/{key}/view_certificate/",
            get(view_certificate),
        )
        .route(
            "/api/v3/crypto/certificatekeypairs/{key}/view_private_key/",
            get(view_private_key),
        )
        .route("/api/v3/flows/instances/{key}/diagram/", get(diagram))
        .route("/api/v3/flows/instances/{key}/execute/", get(execute))
        .route("/api/v3/flows/instances/{key}/export/", get(export))
        .route("/api/v3/outposts/instances/{key}/health/", get(health))
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
    user::set_password(&state.engine, &caller.ctx, &key, &body, PasswordForm::Clear).await?;
    Ok(nothing())
}

async fn set_password_hash(
    State(state): State<AppState>,
    Path(key): Path<String>,
    caller: Caller,
    Body(body): Body,
) -> Answer {
    user::set_password(&state.engine, &caller.ctx, &key, &body, PasswordForm::Hash).await?;
    Ok(nothing())
}

/// As JSON, or with `?download` as a file.
fn shown_or_saved(caller: &Caller, data: &Value) -> Response {
    if caller.params.get("download").is_none() {
        return ok(data);
    }
    let text = data["data"].as_str().unwrap_or_default().to_owned();
    let headers = [
        (CONTENT_TYPE, "application/x-pem-file"),
        (
            CONTENT_DISPOSITION,
            "attachment; filename=\"certificate.pem\"",
        ),
    ];
    (headers, text).into_response()
}

async fn view_certificate(
    State(state): State<AppState>,
    Path(key): Path<String>,
    caller: Caller,
) -> Answer {
    let data = certificate::view(&state.engine, &caller.ctx, &key, Part::Certificate).await?;
    Ok(shown_or_saved(&caller, &data))
}

async fn view_private_key(
    State(state): State<AppState>,
    Path(key): Path<String>,
    caller: Caller,
) -> Answer {
    let data = certificate::view(&state.engine, &caller.ctx, &key, Part::PrivateKey).await?;
    Ok(shown_or_saved(&caller, &data))
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
async fn export(State(state): State<AppState>, Path(key): Path<String>, caller: Caller) -> Answer {
    let flow = flow(&state, &caller, &key).await?;
    let slug = flow["slug"].as_str().unwrap_or_default();
    let text = blueprint::export::flow(&state.engine.snapshot(), slug).unwrap_or_default();
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

async fn health(State(state): State<AppState>, Path(key): Path<String>, caller: Caller) -> Answer {
    Ok(ok(&outpost::health(&state.engine, &caller.ctx, &key).await?))
}
