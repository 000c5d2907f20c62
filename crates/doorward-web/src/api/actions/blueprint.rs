//! Blueprints: applied now, listed as files, uploaded.

use axum::extract::multipart::{Multipart, MultipartError};
use axum::extract::{FromRequest, Path, Request, State};
use axum::response::{IntoResponse, Response};
use doorward_engine::resource::actions::blueprint::{self, Upload};
use doorward_engine::resource::permit::superuser;
use http::StatusCode;
use http::header::CONTENT_TYPE;

use crate::api::answer::ok;
use crate::api::caller::Caller;
use crate::api::route::{Gives, Route};
use crate::api::{Answer, Refused};
use crate::respond::problem::Problem;
use crate::state::AppState;

pub(super) fn routes() -> [Route; 3] {
    [
        Route::get(
            "/managed/blueprints/available/",
            "managed_blueprints_available_list",
            Gives::Many("BlueprintFile"),
        )
        .to(available),
        Route::post(
            "/managed/blueprints/import/",
            "managed_blueprints_import_create",
            Gives::One("BlueprintImportResult"),
        )
        .upload("BlueprintUploadRequest")
        .to(import),
        Route::post(
            "/managed/blueprints/{instance_uuid}/apply/",
            "managed_blueprints_apply_create",
            Gives::One("BlueprintInstance"),
        )
        .to(apply),
    ]
}

async fn available(State(state): State<AppState>, caller: Caller) -> Answer {
    Ok(ok(&blueprint::available(&state.engine, &caller.ctx)?))
}

async fn apply(State(state): State<AppState>, Path(key): Path<String>, caller: Caller) -> Answer {
    Ok(ok(
        &blueprint::apply(&state.engine, &caller.ctx, &key).await?
    ))
}

async fn import(State(state): State<AppState>, caller: Caller, request: Request) -> Response {
    if let Err(refusal) = superuser(&caller.ctx.actor) {
        return Refused(refusal).into_response();
    }
    let upload = match read(request, &state).await {
        Ok(upload) => upload,
        Err(problem) => return problem.into_response(),
    };
    let done = blueprint::import(&state.engine, &caller.ctx, upload).await;
    done.map_or_else(|refusal| Refused(refusal).into_response(), |body| ok(&body))
}

/// The three parts that are known; others are refused, so that no body grows by parts.
async fn read(request: Request, state: &AppState) -> Result<Upload, Problem> {
    let media_type = request.headers().get(CONTENT_TYPE).cloned();
    let multipart = Multipart::from_request(request, state).await;
    let mut multipart = multipart.map_err(|_| {
        let media_type = media_type.and_then(|text| text.to_str().map(str::to_owned).ok());
        Problem::WrongMediaType(media_type.unwrap_or_default())
    })?;
    let mut upload = Upload::default();
    while let Some(field) = multipart
        .next_field()
        .await
        .map_err(|error| problem(&error))?
    {
        let name = field.name().unwrap_or_default().to_owned();
        let text = field.text().await.map_err(|error| problem(&error))?;
        match name.as_str() {
            "file" => upload.text = Some(text),
            "path" => upload.path = Some(text),
            "context" => upload.context = Some(text),
            other => {
                return Err(Problem::Unreadable(format!(
                    "the part {other} is not known"
                )));
            }
        }
    }
    Ok(upload)
}

fn problem(error: &MultipartError) -> Problem {
    match error.status() {
        StatusCode::PAYLOAD_TOO_LARGE => Problem::BodyTooLarge,
        _ => Problem::Unreadable(error.body_text()),
    }
}
