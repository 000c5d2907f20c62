//! Users: who am I, recovery links, folders.

use std::time::Duration;

use doorward_store::user;
use serde_json::{Value, json};

use crate::context::Context;
use crate::engine::Engine;
use crate::mail::server::EMAIL_STAGE;
use crate::recovery::{self, RecoveryError};
use crate::resource::USER;
use crate::resource::field::{Default, Field, FieldType};
use crate::resource::form::{Form, Given};
use crate::resource::list::{Params, reach};
use crate::resource::permit::{Verb, superuser};
use crate::resource::refusal::Refusal;
use crate::resource::tables::{self, Row};
use crate::resource::validate::{Errors, WHOLE};
use crate::resource::world::World;

/// The caller, as the front pages and outposts ask.
///
/// # Errors
///
/// [`Refusal::NotAuthenticated`].
pub fn me(ctx: &Context) -> Result<Value, Refusal> {
    let Some(person) = ctx.actor.person() else {
        return Err(Refusal::NotAuthenticated);
    };
    let groups: Vec<_> = person
        .groups
        .iter()
        .map(|group| json!({ "name": &*group.name, "pk": &*group.id }))
        .collect();
    let permissions: &[&str] = if person.is_superuser {
        SYSTEM_PERMISSIONS
    } else {
        &[]
    };
    let this = json!({
        "pk": person.id,
        "username": &*person.username,
        "name": &*person.name,
        "is_active": person.is_active,
        "is_superuser": person.is_superuser,
        "is_current": true,
        "groups": groups,
        "roles": [],
        "email": &*person.email,
        "avatar": tables::user::avatar(&person.name, &person.username),
        "uid": &*person.uid,
        "settings": person.attributes.get("settings").filter(|value| value.is_object()).cloned().unwrap_or(json!({})),
        "type": &*person.kind,
        "system_permissions": permissions,
    });
    Ok(json!({ "user": this, "users": [] }))
}

/// What a superuser's `system_permissions` are.
const SYSTEM_PERMISSIONS: &[&str] = &[
    "view_system_info",
    "access_admin_interface",
    "view_system_settings",
    "edit_system_settings",
    "view_media_files",
    "manage_media_files",
];

/// Every folder in use whose name contains what `search` says.
///
/// # Errors
///
/// [`Refusal`].
pub async fn paths(engine: &Engine, ctx: &Context, params: &Params) -> Result<Value, Refusal> {
    superuser(&ctx.actor)?;
    let search = params.get("search").unwrap_or_default().to_lowercase();
    let mut tx = engine.store.read().await?;
    let mut paths = user::paths(&mut tx).await?;
    paths.retain(|path| path.to_lowercase().contains(&search));
    Ok(json!({ "paths": paths }))
}

const LIFETIME: Field = Field::new(
    "token_duration",
    "How long the link lives",
    FieldType::Duration,
)
.default(Default::Text("hours=1"));

/// What a recovery link is made of.
pub static RECOVERY: Form = Form {
    schema: "UserRecoveryLinkRequest",
    fields: &[LIFETIME],
};

/// What a recovery mail is made of.
pub static RECOVERY_EMAIL: Form = Form {
    schema: "UserRecoveryEmailRequest",
    fields: &[
        LIFETIME,
        Field::new("email_stage", "Stage that sends it", FieldType::Uuid).required(),
    ],
};

/// Makes a link that signs a user in once.
///
/// # Errors
///
/// [`Refusal`]; 400 while nobody knows the public address.
pub async fn recovery_link(
    engine: &Engine,
    ctx: &Context,
    key: &str,
    body: &Value,
) -> Result<Value, Refusal> {
    superuser(&ctx.actor)?;
    let given = RECOVERY.read(body, &World::of(&engine.snapshot()))?;
    let lifetime = lifetime(&given)?;
    let row = reach_user(engine, ctx, key).await?;
    let base = engine.snapshot().public_url();
    let base = base.ok_or_else(|| Errors::one(WHOLE, "The public address is not set."))?;
    let key = recovery::make_link(engine, ctx, &row.name(), lifetime)
        .await
        .map_err(refusal)?;
    let link = base.join(&format!("/recovery/use-token/{key}/"));
    Ok(json!({ "link": link.map(String::from).unwrap_or_default() }))
}

/// Mails somebody a link that signs them in once, through the server and in the template of the stage
/// that a caller names.
///
/// # Errors
///
/// [`Refusal`]; 400 in words while no mail can be sent, or there is no address to send it to.
pub async fn recovery_email(
    engine: &Engine,
    ctx: &Context,
    key: &str,
    body: &Value,
) -> Result<(), Refusal> {
    superuser(&ctx.actor)?;
    let given = RECOVERY_EMAIL.read(body, &World::of(&engine.snapshot()))?;
    let lifetime = lifetime(&given)?;
    let row = reach_user(engine, ctx, key).await?;
    let stage = given.text("email_stage").to_owned();
    if engine.snapshot().object(EMAIL_STAGE, &stage).is_none() {
        return Err(Errors::one("email_stage", "There is no such email stage.").into());
    }
    let sent = recovery::mail_link(engine, ctx, &row.name(), lifetime, Some(stage)).await;
    sent.map(drop).map_err(refusal)
}

async fn reach_user(engine: &Engine, ctx: &Context, key: &str) -> Result<Row, Refusal> {
    let kind = crate::resource::registered(USER);
    let mut tx = engine.store.read().await?;
    let world = World::of(&engine.snapshot());
    reach(&mut tx, ctx, Verb::Change, kind, key, &world).await
}

fn lifetime(given: &Given) -> Result<Duration, Refusal> {
    let span = doorward_protocol::duration::parse(given.text("token_duration"));
    let span = span.map_err(|error| Errors::one("token_duration", error.to_string()))?;
    let ms = u64::try_from(span.as_millis()).ok().filter(|ms| *ms > 0);
    let ms = ms.ok_or_else(|| Errors::one("token_duration", "Enter a span of time to come."))?;
    Ok(Duration::from_millis(ms))
}

fn refusal(error: RecoveryError) -> Refusal {
    match error {
        RecoveryError::NoSuchUser => Refusal::NotFound { model: "User" },
        RecoveryError::Inactive => Errors::one(WHOLE, "The account is not active.").into(),
        error @ (RecoveryError::NoMailAddress
        | RecoveryError::NoPublicAddress
        | RecoveryError::Unsent(_)) => {
            Errors::one(WHOLE, format!("The link cannot be mailed: {error}.")).into()
        }
        RecoveryError::Unusable(_) => Errors::one(WHOLE, "The password cannot be used.").into(),
        RecoveryError::Fault(fault) => fault.into(),
    }
}
