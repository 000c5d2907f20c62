//! Certificates: making one, and its two halves as JSON or as files.

use axum::extract::{Path, State};
use axum::response::IntoResponse as _;
use doorward_engine::resource::actions::certificate::{self, Part};
use doorward_engine::resource::actions::rotation;
use doorward_engine::resource::query::truth;
use doorward_engine::resource::{Errors, Holds, Refusal};
use http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};

use crate::api::Answer;
use crate::api::answer::ok;
use crate::api::caller::{Body, Caller};
use crate::api::route::{Gives, Parameter, Route};
use crate::state::AppState;

const DOWNLOAD: &[Parameter] = &[("download", Holds::Bool)];

pub(super) fn routes() -> [Route; 4] {
    [
        Route::post(
            "/crypto/certificatekeypairs/generate/",
            "crypto_certificatekeypairs_generate_create",
            Gives::One("CertificateKeyPair"),
        )
        .form(&certificate::GENERATION)
        .to(generate),
        Route::post(
            "/crypto/certificatekeypairs/{kp_uuid}/rotate/",
            "crypto_certificatekeypairs_rotate_create",
            Gives::One("CertificateKeyPair"),
        )
        .form(&rotation::ROTATION)
        .to(rotate),
        Route::get(
            "/crypto/certificatekeypairs/{kp_uuid}/view_certificate/",
            "crypto_certificatekeypairs_view_certificate_retrieve",
            Gives::One("CertificateData"),
        )
        .query(DOWNLOAD)
        .to(view_certificate),
        Route::get(
            "/crypto/certificatekeypairs/{kp_uuid}/view_private_key/",
            "crypto_certificatekeypairs_view_private_key_retrieve",
            Gives::One("CertificateData"),
        )
        .query(DOWNLOAD)
        .to(view_private_key),
    ]
}

async fn generate(State(state): State<AppState>, caller: Caller, Body(body): Body) -> Answer {
    Ok(ok(&certificate::generate(
        &state.engine,
        &caller.ctx,
        &body,
    )
    .await?))
}

async fn rotate(
    State(state): State<AppState>,
    Path(key): Path<String>,
    caller: Caller,
    Body(body): Body,
) -> Answer {
    Ok(ok(&rotation::rotate(
        &state.engine,
        &caller.ctx,
        &key,
        &body,
    )
    .await?))
}

/// Whether `?download=true` asks for a file; a bare `?download` does, too.
fn is_download(caller: &Caller) -> Result<bool, Refusal> {
    match caller.params.get("download") {
        None => Ok(false),
        Some("") => Ok(true),
        Some(text) => {
            truth(text).ok_or_else(|| Errors::one("download", "Must be a valid boolean.").into())
        }
    }
}

/// One half of a pair, as JSON or as a file.
async fn half(state: &AppState, caller: &Caller, key: &str, part: Part) -> Answer {
    let is_download = is_download(caller)?;
    let data = certificate::view(&state.engine, &caller.ctx, key, part).await?;
    if !is_download {
        return Ok(ok(&data));
    }
    let name = match part {
        Part::Certificate => "attachment; filename=\"certificate.pem\"",
        Part::PrivateKey => "attachment; filename=\"private_key.pem\"",
    };
    let headers = [
        (CONTENT_TYPE, "application/x-pem-file"),
        (CONTENT_DISPOSITION, name),
    ];
    let text = data["data"].as_str().unwrap_or_default().to_owned();
    Ok((headers, text).into_response())
}

async fn view_certificate(
    State(state): State<AppState>,
    Path(key): Path<String>,
    caller: Caller,
) -> Answer {
    half(&state, &caller, &key, Part::Certificate).await
}

async fn view_private_key(
    State(state): State<AppState>,
    Path(key): Path<String>,
    caller: Caller,
) -> Answer {
    half(&state, &caller, &key, Part::PrivateKey).await
}
