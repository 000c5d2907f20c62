//! Service accounts: a user that is no person, with an app password and, if asked, a group.

use serde_json::{Value, json};

use crate::context::Context;
use crate::engine::Engine;
use crate::resource::field::{Default, Field, FieldType};
use crate::resource::form::{Form, Given};
use crate::resource::permit::superuser;
use crate::resource::refusal::Refusal;
use crate::resource::tables;
use crate::resource::value::{milliseconds, rfc3339};
use crate::resource::world::World;
use crate::resource::write::Writing;
use crate::resource::{GROUP, USER};

/// Folder of service accounts.
const FOLDER: &str = "goauthentik.io/service-accounts";
/// How long a service account's password lives.
const PASSWORD_LIFE_MS: i64 = 360 * 24 * 3600 * 1000;

/// What is asked.
pub static FORM: Form = Form {
    schema: "UserServiceAccountRequest",
    fields: &[
        Field::new(
            "name",
            "Name",
            FieldType::Text {
                max: 150,
                blank: false,
            },
        )
        .required(),
        Field::flag("create_group", "With a group of its own", false),
        Field::flag("expiring", "Its password ends", true),
        Field::new("expires", "Its password ends at", FieldType::DateTime).default(Default::Absent),
    ],
};

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
    let given = FORM.read(body, &World::of(&engine.snapshot()))?;
    let mut writing = Writing::begin(engine, ctx).await?;
    let pk = make_user(&mut writing, &given).await?;
    let group = make_group(&mut writing, &given, pk).await?;
    let key = make_password(&mut writing, &given, pk).await?;
    writing.finish().await?;
    let uid = crate::person::uid(pk, &engine.snapshot().install_id);
    let mut answer = json!({
        "username": given.text("name"), "token": key, "user_uid": uid, "user_pk": pk,
    });
    if let Some(group) = group {
        answer["group_pk"] = json!(group);
    }
    Ok(answer)
}

async fn make_user(writing: &mut Writing<'_>, given: &Given) -> Result<i64, Refusal> {
    let name = given.text("name");
    let user = json!({
        "username": name, "name": name, "type": "service_account", "path": FOLDER,
        "attributes": { "goauthentik.io/user/token-expires": given.flag("expiring") },
    });
    let users = crate::resource::registered(USER);
    let pk = writing.insert(users, &user, None).await;
    // What is wrong with the user name is wrong with the name that was sent.
    let pk = pk.map_err(|refusal| match refusal {
        Refusal::Invalid(errors) => errors.moved("username", "name").into(),
        other => other,
    })?;
    Ok(pk.parse().unwrap_or_default())
}

async fn make_group(
    writing: &mut Writing<'_>,
    given: &Given,
    user: i64,
) -> Result<Option<String>, Refusal> {
    if !given.flag("create_group") {
        return Ok(None);
    }
    let groups = crate::resource::registered(GROUP);
    let group = json!({ "name": given.text("name"), "users": [user] });
    writing.insert(groups, &group, None).await.map(Some)
}

async fn make_password(
    writing: &mut Writing<'_>,
    given: &Given,
    user: i64,
) -> Result<String, Refusal> {
    let expires = given
        .get("expires")
        .and_then(Value::as_str)
        .and_then(milliseconds);
    let expires = expires.unwrap_or(writing.ctx.now.saturating_add(PASSWORD_LIFE_MS));
    let token = json!({
        "identifier": format!("service-account-{}-password", given.text("name")),
        "intent": "app_password", "user": user, "expiring": given.flag("expiring"),
        "expires": rfc3339(expires),
    });
    let (engine, ctx) = (writing.engine, writing.ctx);
    let key = tables::token::new_key(&engine.snapshot_ref());
    let values = token.as_object().cloned().unwrap_or_default();
    tables::token::insert(&mut writing.tx, ctx, engine, &values, Some(&key)).await?;
    Ok(key)
}
