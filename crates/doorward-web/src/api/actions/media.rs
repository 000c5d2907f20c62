//! Uploaded pictures: the list, uploading, deleting, and what uses one.

use axum::extract::multipart::{Field, MultipartError, MultipartRejection};
use axum::extract::{Multipart, State};
use axum::response::{IntoResponse as _, Response};
use doorward_engine::media::FILE_MAX_BYTES;
use doorward_engine::resource::actions::media::{self, Upload};
use doorward_engine::resource::permit::superuser;
use doorward_engine::resource::query::truth;
use doorward_engine::resource::{Errors, Holds, Refusal};
use http::StatusCode;

use crate::api::answer::ok;
use crate::api::caller::Caller;
use crate::api::route::{Gives, Parameter, Route};
use crate::api::{Answer, Refused};
use crate::respond::problem::Problem;
use crate::state::AppState;

const AT: &str = "/admin/file/";
const LISTED: &[Parameter] = &[
    ("manageable_only", Holds::Bool),
    ("search", Holds::Text),
    ("usage", Holds::Text),
];
const NAMED: &[Parameter] = &[("name", Holds::Text), ("usage", Holds::Text)];
/// What an upload has besides its file.
const OTHER_PARTS_MAX_BYTES: usize = 16 * 1024;
const PARTS_MAX: usize = 8;
const TEXT_MAX_BYTES: usize = 1024;

pub(super) fn routes() -> [Route; 4] {
    [
        Route::get(AT, "admin_file_list", Gives::Many("FileList"))
            .query(LISTED)
            .to(list),
        Route::post(AT, "admin_file_create", Gives::Done)
            .upload("FileUploadRequest")
            .to(upload)
            .body_max_bytes(FILE_MAX_BYTES + OTHER_PARTS_MAX_BYTES),
        Route::delete(AT, "admin_file_destroy", Gives::Done)
            .query(NAMED)
            .to(delete),
        Route::get(
            "/admin/file/used_by/",
            "admin_file_used_by_list",
            Gives::Many("UsedBy"),
        )
        .query(&NAMED[..1])
        .to(used_by),
    ]
}

async fn list(State(state): State<AppState>, caller: Caller) -> Answer {
    refuse_other_usage(caller.params.get("usage"))?;
    // Everything that is listed can be managed.
    let flag = caller.params.get("manageable_only").unwrap_or("false");
    truth(flag)
        .ok_or_else(|| Refusal::from(Errors::one("manageable_only", "Must be a valid boolean.")))?;
    let search = caller.params.get("search").unwrap_or_default();
    Ok(ok(&media::list(&state.engine, &caller.ctx, search).await?))
}

async fn upload(
    State(state): State<AppState>,
    caller: Caller,
    parts: Result<Multipart, MultipartRejection>,
) -> Response {
    // Nobody else's megabytes are read.
    if let Err(refusal) = superuser(&caller.ctx.actor) {
        return refused(refusal);
    }
    let parts = match parts {
        Ok(parts) => parts,
        Err(rejection) => return refused(Errors::one("file", rejection.body_text()).into()),
    };
    match read(parts).await {
        Ok(upload) => done(media::upload(&state.engine, &caller.ctx, upload).await),
        Err(wrong) => wrong,
    }
}

async fn delete(State(state): State<AppState>, caller: Caller) -> Answer {
    refuse_other_usage(caller.params.get("usage"))?;
    let name = caller.params.get("name").unwrap_or_default();
    Ok(done(media::delete(&state.engine, &caller.ctx, name).await))
}

async fn used_by(State(state): State<AppState>, caller: Caller) -> Answer {
    let name = caller.params.get("name").unwrap_or_default();
    Ok(ok(&media::used_by(&state.engine, &caller.ctx, name)?))
}

fn done(outcome: Result<(), Refusal>) -> Response {
    match outcome {
        Ok(()) => StatusCode::OK.into_response(),
        Err(refusal) => Refused(refusal).into_response(),
    }
}

fn refuse_other_usage(usage: Option<&str>) -> Result<(), Refusal> {
    match usage {
        None | Some("media") => Ok(()),
        Some(other) => {
            let wrong = format!("\"{other}\" is not a valid choice.");
            Err(Errors::one("usage", wrong).into())
        }
    }
}

/// The parts of an upload, in any order.
async fn read(mut parts: Multipart) -> Result<Upload, Response> {
    let (mut file, mut name) = (None, None);
    for _ in 0..PARTS_MAX {
        let Some(part) = parts
            .next_field()
            .await
            .map_err(|error| unreadable(&error))?
        else {
            break;
        };
        match part.name().unwrap_or_default() {
            "file" => file = Some(file_of(part).await?),
            "name" => name = Some(text_of(part).await?),
            "usage" => {
                let usage = text_of(part).await?;
                refuse_other_usage(Some(&usage)).map_err(refused)?;
            }
            _ => {}
        }
    }
    let (own_name, bytes) =
        file.ok_or_else(|| refused(Errors::one("file", "No file was submitted.").into()))?;
    let name = name.filter(|name| !name.trim().is_empty());
    Ok(Upload {
        name: with_ending(name.unwrap_or_else(|| own_name.clone()), &own_name),
        bytes,
    })
}

/// A name without an ending takes that of the file.
fn with_ending(name: String, own_name: &str) -> String {
    let file = name.rsplit('/').next().unwrap_or_default();
    match own_name.rsplit_once('.') {
        Some((_, ending)) if !file.contains('.') => format!("{name}.{ending}"),
        _ => name,
    }
}

async fn file_of(part: Field<'_>) -> Result<(String, Vec<u8>), Response> {
    let name = part.file_name().unwrap_or_default().to_owned();
    let bytes = part.bytes().await.map_err(|error| unreadable(&error))?;
    if bytes.len() > FILE_MAX_BYTES {
        return Err(Problem::BodyTooLarge.into_response());
    }
    Ok((name, bytes.to_vec()))
}

async fn text_of(part: Field<'_>) -> Result<String, Response> {
    let text = part.text().await.map_err(|error| unreadable(&error))?;
    if text.len() > TEXT_MAX_BYTES {
        return Err(Problem::BodyTooLarge.into_response());
    }
    Ok(text)
}

fn refused(refusal: Refusal) -> Response {
    Refused(refusal).into_response()
}

fn unreadable(error: &MultipartError) -> Response {
    match error.status() {
        StatusCode::PAYLOAD_TOO_LARGE => Problem::BodyTooLarge.into_response(),
        _ => refused(Errors::one("file", error.body_text()).into()),
    }
}
