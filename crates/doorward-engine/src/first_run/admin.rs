//! The rows of an admin: the user, the group of admins, the membership, the token.
//!
//! Leaves to `first_run` whether anybody may become one. Rule: everything happens in the caller's
//! transaction, changes and events included.

use doorward_protocol::seal::Purpose;
use doorward_store::sequence::{self, Sequence};
use doorward_store::{StoreError, Topic, Tx, change, group, token, user};
use serde_json::json;

use super::{ADMINS, BOOTSTRAP_TOKEN};
use crate::context::Context;
use crate::engine::Engine;
use crate::event::{self, Action};
use crate::session;

/// Who becomes an admin.
pub(super) struct Admin {
    pub(super) username: String,
    pub(super) name: String,
    pub(super) email: String,
    /// The hash of the password.
    pub(super) encoded: String,
}

/// Makes an admin of a known or a new user.
pub(super) async fn make_admin(
    engine: &Engine,
    tx: &mut Tx,
    ctx: &Context,
    admin: &Admin,
) -> Result<i64, StoreError> {
    let known = user::find_by_username(tx, &admin.username).await?;
    let (id, action) = match known {
        Some(row) => (renew(tx, ctx, row, admin).await?, Action::PasswordSet),
        None => (insert(tx, ctx, admin).await?, Action::ModelCreated),
    };
    join_admins(engine, tx, ctx, (id, &admin.username), action).await?;
    Ok(id)
}

/// Puts a user into the group of admins.
pub(super) async fn join_admins(
    engine: &Engine,
    tx: &mut Tx,
    ctx: &Context,
    (id, username): (i64, &str),
    action: Action,
) -> Result<(), StoreError> {
    let admins = admins_group(tx, ctx).await?;
    group::add_member(tx, &admins, id).await?;
    change::record(tx, Topic::User, id, ctx.now).await?;
    let context = json!({ "model": model(id, username) });
    event::record(engine, tx, ctx, action, "authentik.core", context).await
}

fn model(id: i64, username: &str) -> serde_json::Value {
    json!({ "app": "authentik_core", "model_name": "user", "pk": id, "name": username })
}

/// A user of that name exists: active from now on, with a new password and no old session.
async fn renew(
    tx: &mut Tx,
    ctx: &Context,
    row: user::UserRow,
    admin: &Admin,
) -> Result<i64, StoreError> {
    let id = row.id;
    let pick = |new: &str, old: String| if new.is_empty() { old } else { new.to_owned() };
    let changed = user::UserRow {
        name: pick(&admin.name, row.name),
        email: pick(&admin.email, row.email),
        is_active: true,
        updated_at: ctx.now,
        ..row
    };
    if !user::save(tx, &changed).await? {
        return Err(StoreError::Conflict);
    }
    user::set_password(tx, id, &admin.encoded, ctx.now).await?;
    session::end_all_of(tx, id, "", ctx.now).await?;
    Ok(id)
}

async fn insert(tx: &mut Tx, ctx: &Context, admin: &Admin) -> Result<i64, StoreError> {
    let id = sequence::next(tx, Sequence::User).await?;
    let row = user::UserRow {
        id,
        uuid: uuid::Uuid::new_v4().to_string(),
        username: admin.username.clone(),
        username_key: String::new(),
        name: admin.name.clone(),
        name_key: String::new(),
        email: admin.email.clone(),
        email_key: String::new(),
        is_active: true,
        kind: "internal".to_owned(),
        path: "users".to_owned(),
        attributes: "{}".to_owned(),
        password: admin.encoded.clone(),
        password_changed_at: ctx.now,
        last_login_at: None,
        created_at: ctx.now,
        updated_at: ctx.now,
        version: 1,
    };
    user::insert(tx, &row).await?;
    Ok(id)
}

/// The id of the group of admins; made if somebody removed it, given its power back if not.
async fn admins_group(tx: &mut Tx, ctx: &Context) -> Result<String, StoreError> {
    let known = group::find_by_name(tx, ADMINS).await?;
    if let Some(row) = known {
        if !row.is_superuser {
            let powerful = group::GroupRow {
                is_superuser: true,
                updated_at: ctx.now,
                ..row.clone()
            };
            group::save(tx, &powerful).await?;
            change::record(tx, Topic::Group, &row.id, ctx.now).await?;
        }
        return Ok(row.id);
    }
    let id = uuid::Uuid::new_v4();
    let row = group::GroupRow {
        id: id.to_string(),
        num_pk: group::num_pk(&id),
        name: ADMINS.to_owned(),
        name_key: String::new(),
        is_superuser: true,
        attributes: "{}".to_owned(),
        created_at: ctx.now,
        updated_at: ctx.now,
        version: 1,
    };
    group::insert(tx, &row).await?;
    change::record(tx, Topic::Group, &row.id, ctx.now).await?;
    Ok(row.id)
}

/// Gives a user the API token that the environment brings.
pub(super) async fn add_token(
    engine: &Engine,
    tx: &mut Tx,
    ctx: &Context,
    user_id: i64,
    key: &str,
) -> Result<(), StoreError> {
    let id = uuid::Uuid::new_v4().to_string();
    let row = token::TokenRow {
        key_hash: session::hash_text(key),
        key_sealed: engine
            .keys
            .seal(Purpose::AtRest, id.as_bytes(), key.as_bytes()),
        id,
        identifier: BOOTSTRAP_TOKEN.to_owned(),
        intent: "api".to_owned(),
        user_id,
        description: String::new(),
        description_key: String::new(),
        expiring: false,
        expires_at: None,
        managed: None,
        created_at: ctx.now,
        updated_at: ctx.now,
    };
    token::insert(tx, &row).await
}
