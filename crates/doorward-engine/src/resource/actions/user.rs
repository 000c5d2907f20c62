//! Users: who am I, passwords, recovery links, service accounts, folders.

use std::time::Duration;

use doorward_protocol::password::{MAX_PASSWORD_BYTES, is_supported};
use doorward_store::{Topic, change, user};
use serde_json::{Value, json};

use crate::context::Context;
use crate::engine::Engine;
use crate::event::Action;
use crate::recovery::{self, RecoveryError};
use crate::resource::list::reach;
use crate::resource::permit::{Verb, superuser};
use crate::resource::refusal::Refusal;
use crate::resource::tables;
use crate::resource::validate::{Errors, WHOLE};
use crate::resource::value::milliseconds;
use crate::resource::write::Writing;
use crate::resource::{GROUP, USER};
use crate::session;

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

/// How a new password is given.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PasswordForm {
    /// In clear.
    Clear,
    /// Encoded.
    Hash,
}

/// Sets a user's password and signs them out everywhere. Superusers only, by every way of writing
/// (CVE-2026-97177).
///
/// # Errors
///
/// [`Refusal`].
pub async fn set_password(
    engine: &Engine,
    ctx: &Context,
    key: &str,
    body: &Value,
    form: PasswordForm,
) -> Result<(), Refusal> {
    superuser(&ctx.actor)?;
    let given = body
        .get("password")
        .and_then(Value::as_str)
        .filter(|text| !text.is_empty());
    let given = given.ok_or_else(|| Errors::one("password", "This field is required."))?;
    let encoded = encode(engine, given, form).await?;
    let kind = crate::resource::registered(USER);
    let mut writing = Writing::begin(engine, ctx).await?;
    let row = reach(
        &mut writing.tx,
        ctx,
        Verb::Change,
        kind,
        key,
        &writing.world,
    )
    .await?;
    let id = row.owner().unwrap_or_default();
    user::set_password(&mut writing.tx, id, &encoded, ctx.now).await?;
    session::end_all_of(&mut writing.tx, id, "", ctx.now).await?;
    change::record(&mut writing.tx, Topic::User, id, ctx.now).await?;
    writing
        .record(kind, Action::PasswordSet, &row.id(), &row.name())
        .await?;
    Ok(writing.commit().await?)
}

async fn encode(engine: &Engine, given: &str, form: PasswordForm) -> Result<String, Refusal> {
    match form {
        PasswordForm::Hash if is_supported(given) => Ok(given.to_owned()),
        PasswordForm::Hash => Err(Errors::one("password", "Invalid password hash.").into()),
        PasswordForm::Clear if given.len() > MAX_PASSWORD_BYTES => {
            let message =
                format!("Ensure this field has no more than {MAX_PASSWORD_BYTES} characters.");
            Err(Errors::one("password", message).into())
        }
        PasswordForm::Clear => {
            let encoded = engine.hashes.hash(given.to_owned()).await?;
            Ok(encoded.map_err(|error| Errors::one("password", error.to_string()))?)
        }
    }
}

/// Every folder in use.
///
/// # Errors
///
/// [`Refusal`].
pub async fn paths(engine: &Engine, ctx: &Context) -> Result<Value, Refusal> {
    superuser(&ctx.actor)?;
    let mut tx = engine.store.read().await?;
    Ok(json!({ "paths": user::paths(&mut tx).await? }))
}

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
    let kind = crate::resource::registered(USER);
    let lifetime = lifetime(body)?;
    let row = {
        let mut tx = engine.store.read().await?;
        let world = crate::resource::World::of(&engine.snapshot());
        reach(&mut tx, ctx, Verb::Change, kind, key, &world).await?
    };
    let base = engine.snapshot().public_url();
    let base = base.ok_or_else(|| Errors::one(WHOLE, "The public address is not set."))?;
    let key = recovery::make_link(engine, ctx, &row.name(), lifetime)
        .await
        .map_err(refusal)?;
    let link = base.join(&format!("/recovery/use-token/{key}/"));
    Ok(json!({ "link": link.map(String::from).unwrap_or_default() }))
}

fn lifetime(body: &Value) -> Result<Duration, Refusal> {
    let Some(text) = body
        .get("token_duration")
        .and_then(Value::as_str)
        .filter(|text| !text.is_empty())
    else {
        return Ok(Duration::from_hours(1));
    };
    let span = doorward_protocol::duration::parse(text);
    let span = span.map_err(|error| Errors::one("token_duration", error.to_string()))?;
    Ok(Duration::from_millis(
        u64::try_from(span.as_millis()).unwrap_or(0),
    ))
}

fn refusal(error: RecoveryError) -> Refusal {
    match error {
        RecoveryError::NoSuchUser => Refusal::NotFound { model: "User" },
        RecoveryError::Inactive => Errors::one(WHOLE, "The account is not active.").into(),
        RecoveryError::Unusable(_) => Errors::one(WHOLE, "The password cannot be used.").into(),
        RecoveryError::Fault(fault) => fault.into(),
    }
}

/// Folder of service accounts.
const SERVICE_ACCOUNTS: &str = "goauthentik.io/service-accounts";
/// How long a service account's password lives.
const SERVICE_PASSWORD_MS: i64 = 360 * 24 * 3600 * 1000;

/// Makes a service account with an app password, and a group if asked.
///
/// # Errors
///
/// [`Refusal`].
pub async fn service_account(
    engine: &Engine,
    ctx: &Context,
    body: &Value,
) -> Result<Value, Refusal> {
    superuser(&ctx.actor)?;
    let users = crate::resource::registered(USER);
    let name = body
        .get("name")
        .and_then(Value::as_str)
        .map(str::trim)
        .filter(|name| !name.is_empty());
    let name = name
        .ok_or_else(|| Errors::one("name", "This field is required."))?
        .to_owned();
    let expiring = body
        .get("expiring")
        .and_then(Value::as_bool)
        .unwrap_or(true);
    let expires = body
        .get("expires")
        .and_then(Value::as_str)
        .and_then(milliseconds);
    let mut writing = Writing::begin(engine, ctx).await?;
    let new = json!({
        "username": name, "name": name, "type": "service_account", "path": SERVICE_ACCOUNTS,
        "attributes": { "goauthentik.io/user/token-expires": expiring },
    });
    let pk: i64 = writing
        .insert(users, &new, None)
        .await?
        .parse()
        .unwrap_or_default();
    let group = match body.get("create_group").and_then(Value::as_bool) {
        Some(true) => Some(make_group(&mut writing, &name, pk).await?),
        _ => None,
    };
    let token = json!({
        "identifier": format!("service-account-{name}-password"),
        "intent": "app_password", "user": pk, "expiring": expiring,
        "expires": crate::resource::value::rfc3339(expires.unwrap_or(ctx.now + SERVICE_PASSWORD_MS)),
    });
    let key = tables::token::new_key(&engine.snapshot_ref());
    insert_token(&mut writing, &token, &key).await?;
    let install_id = engine.snapshot().install_id.clone();
    writing.commit().await?;
    let mut answer = json!({ "username": name, "token": key, "user_uid": crate::person::uid(pk, &install_id), "user_pk": pk });
    if let Some(group) = group {
        answer["group_pk"] = json!(group);
    }
    Ok(answer)
}

async fn make_group(writing: &mut Writing<'_>, name: &str, user: i64) -> Result<String, Refusal> {
    let groups = crate::resource::registered(GROUP);
    writing
        .insert(groups, &json!({ "name": name, "users": [user] }), None)
        .await
}

async fn insert_token(writing: &mut Writing<'_>, values: &Value, key: &str) -> Result<(), Refusal> {
    let values = values.as_object().cloned().unwrap_or_default();
    let ctx = writing.ctx;
    let engine = writing.engine;
    tables::token::insert(&mut writing.tx, ctx, engine, &values, Some(key)).await?;
    Ok(())
}
