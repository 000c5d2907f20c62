//! Letters: the templates that stages may name, and invitations by mail.

use axum::extract::{Path, State};
use doorward_engine::resource::actions::invitation;
use doorward_engine::resource::permit::superuser;
use serde_json::{Value, json};

use crate::api::Answer;
use crate::api::answer::{nothing, ok};
use crate::api::caller::{Body, Caller};
use crate::api::route::{Gives, Route};
use crate::state::AppState;

pub(super) fn routes() -> [Route; 2] {
    [
        Route::get(
            "/stages/email/templates/",
            "stages_email_templates_list",
            Gives::Many("TypeCreate"),
        )
        .to(templates),
        Route::post(
            "/stages/invitation/invitations/{invite_uuid}/send_email/",
            "stages_invitation_invitations_send_email_create",
            Gives::Nothing,
        )
        .form(&invitation::FORM)
        .to(send_email),
    ]
}

async fn templates(State(state): State<AppState>, caller: Caller) -> Answer {
    superuser(&caller.ctx.actor)?;
    let one = |name: &str| json!({ "name": name, "description": name, "component": "", "model_name": "" });
    let names = state.pages.letter_templates();
    let list: Vec<Value> = names.into_iter().map(one).collect();
    Ok(ok(&json!(list)))
}

async fn send_email(
    State(state): State<AppState>,
    Path(key): Path<String>,
    caller: Caller,
    Body(body): Body,
) -> Answer {
    invitation::send_email(&state.engine, &caller.ctx, &key, &body).await?;
    Ok(nothing())
}
