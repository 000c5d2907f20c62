//! Users as a resource. The password never leaves the store by this way.

use doorward_protocol::encoding;
use doorward_store::sequence::{self, Sequence};
use doorward_store::user::{self, UserRow};
use doorward_store::{StoreError, Topic, Tx, change, group};
use serde_json::{Map, Value, json};

use super::{json_object, text, texts};
use crate::context::Context;
use crate::person;
use crate::resource::list::Params;
use crate::resource::present::time;
use crate::resource::refusal::Refusal;
use crate::resource::validate::Errors;
use crate::resource::value::rfc3339;
use crate::resource::world::World;
use crate::session;

/// Every stored field.
pub(crate) async fn values(tx: &mut Tx, row: &UserRow) -> Result<Map<String, Value>, StoreError> {
    let groups = group::direct_of_user(tx, row.id).await?;
    let mut values = Map::new();
    values.insert("username".into(), json!(row.username));
    values.insert("name".into(), json!(row.name));
    values.insert("is_active".into(), json!(row.is_active));
    values.insert("last_login".into(), time(row.last_login_at));
    values.insert("groups".into(), json!(groups));
    values.insert("roles".into(), json!([]));
    values.insert("email".into(), json!(row.email));
    values.insert("attributes".into(), json_object(&row.attributes));
    values.insert("path".into(), json!(row.path));
    values.insert("type".into(), json!(row.kind));
    Ok(values)
}

/// The answer for somebody who is named by their number; null if they are gone.
pub(crate) async fn show_numbered(
    tx: &mut Tx,
    id: i64,
    world: &World,
) -> Result<Value, StoreError> {
    match user::find(tx, id).await? {
        Some(row) => show(tx, &row, &world.snapshot().install_id, &Params::default()).await,
        None => Ok(Value::Null),
    }
}

/// The answer.
pub(crate) async fn show(
    tx: &mut Tx,
    row: &UserRow,
    install_id: &str,
    params: &Params,
) -> Result<Value, StoreError> {
    let all = group::of_user(tx, row.id).await?;
    let direct = group::direct_of_user(tx, row.id).await?;
    let mine = all.iter().filter(|group| direct.contains(&group.id));
    let groups: Vec<_> = mine.map(super::group::partial).collect();
    Ok(json!({
        "pk": row.id,
        "username": row.username,
        "name": row.name,
        "is_active": row.is_active,
        "last_login": time(row.last_login_at),
        "date_joined": rfc3339(row.created_at),
        "is_superuser": all.iter().any(|group| group.is_superuser),
        "groups": direct,
        "groups_obj": if params.flag("include_groups", true) { json!(groups) } else { Value::Null },
        "roles": [],
        "roles_obj": if params.flag("include_roles", true) { json!([]) } else { Value::Null },
        "email": row.email,
        "avatar": avatar(&row.name, &row.username),
        "attributes": json_object(&row.attributes),
        "uid": person::uid(row.id, install_id),
        "path": row.path,
        "type": row.kind,
        "uuid": row.uuid,
        "password_change_date": rfc3339(row.password_changed_at),
        "last_updated": rfc3339(row.updated_at),
    }))
}

/// The short form inside other objects.
pub(crate) fn partial(row: &UserRow, install_id: &str) -> Value {
    json!({
        "pk": row.id,
        "username": row.username,
        "name": row.name,
        "is_active": row.is_active,
        "last_login": time(row.last_login_at),
        "email": row.email,
        "attributes": json_object(&row.attributes),
        "uid": person::uid(row.id, install_id),
    })
}

/// Initials on a plain ground, as a data address: nothing is asked from outside.
pub(crate) fn avatar(name: &str, username: &str) -> String {
    let shown = if name.trim().is_empty() {
        username
    } else {
        name
    };
    let initials: String = shown
        .split_whitespace()
        .filter_map(|word| word.chars().next())
        .filter(|c| c.is_alphanumeric())
        .take(2)
        .collect();
    let svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"64\" height=\"64\" viewBox=\"0 0 64 64\">\
         <rect width=\"64\" height=\"64\" fill=\"#4a5568\"/><text x=\"50%\" y=\"50%\" dy=\".35em\" fill=\"#fff\" \
         font-family=\"sans-serif\" font-size=\"26\" text-anchor=\"middle\">{}</text></svg>",
        initials.to_uppercase()
    );
    format!("data:image/svg+xml;base64,{}", encoding::base64(svg))
}

/// What the fields alone cannot say.
pub(crate) fn check(
    values: &mut Map<String, Value>,
    before: Option<&Map<String, Value>>,
    is_system: bool,
) -> Errors {
    let mut errors = Errors::default();
    let text = |key: &str| values.get(key).and_then(Value::as_str).unwrap_or_default();
    let path = text("path");
    if path.starts_with('/') || path.ends_with('/') {
        errors.add("path", "No leading or trailing slashes allowed.");
    } else if path.split('/').any(str::is_empty) {
        errors.add("path", "No empty segments in user path allowed.");
    }
    let was_internal = before
        .and_then(|before| before.get("type"))
        .is_some_and(|kind| *kind == INTERNAL);
    match (was_internal, text("type") == INTERNAL) {
        (true, false) => errors.add(
            "type",
            "Can't change internal service account to other user type.",
        ),
        (false, true) if !is_system => {
            errors.add(
                "type",
                "Setting a user to internal service account is not allowed.",
            );
        }
        _ => {}
    }
    if text("username").chars().any(char::is_control) {
        errors.add("username", "Control characters are not allowed.");
    }
    errors
}

/// The type of the outposts' accounts.
const INTERNAL: &str = "internal_service_account";

fn row_of(values: &Map<String, Value>, base: UserRow, now: i64) -> UserRow {
    let text = |key: &str| text(values, key);
    UserRow {
        username: text("username"),
        name: text("name"),
        email: text("email"),
        is_active: values
            .get("is_active")
            .and_then(Value::as_bool)
            .unwrap_or(true),
        kind: text("type"),
        path: text("path"),
        attributes: values
            .get("attributes")
            .map_or_else(|| "{}".to_owned(), Value::to_string),
        updated_at: now,
        ..base
    }
}

/// Adds a user with their groups; without a password nobody can sign in as them.
pub(crate) async fn insert(
    tx: &mut Tx,
    ctx: &Context,
    values: &Map<String, Value>,
) -> Result<i64, StoreError> {
    let id = sequence::next(tx, Sequence::User).await?;
    let base = UserRow {
        id,
        uuid: uuid::Uuid::new_v4().to_string(),
        username: String::new(),
        username_key: String::new(),
        name: String::new(),
        name_key: String::new(),
        email: String::new(),
        email_key: String::new(),
        is_active: true,
        kind: String::new(),
        path: String::new(),
        attributes: String::new(),
        password: doorward_protocol::password::unusable(),
        password_changed_at: ctx.now,
        last_login_at: None,
        created_at: ctx.now,
        updated_at: ctx.now,
        version: 1,
    };
    user::insert(tx, &row_of(values, base, ctx.now)).await?;
    group::set_groups_of(tx, id, &texts(values, "groups")).await?;
    change::record(tx, Topic::User, id, ctx.now).await?;
    Ok(id)
}

/// Saves a user; one who is switched off is signed out everywhere (CVE-2025-29928).
pub(crate) async fn save(
    tx: &mut Tx,
    ctx: &Context,
    before: &UserRow,
    values: &Map<String, Value>,
) -> Result<(), Refusal> {
    let row = row_of(values, before.clone(), ctx.now);
    if !user::save(tx, &row).await? {
        return Err(StoreError::Conflict.into());
    }
    group::set_groups_of(tx, row.id, &texts(values, "groups")).await?;
    if before.is_active && !row.is_active {
        session::end_all_of(tx, row.id, "", ctx.now).await?;
    }
    change::record(tx, Topic::User, row.id, ctx.now).await?;
    Ok(())
}
