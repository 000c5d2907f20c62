//! Groups as a resource.

use doorward_store::group::{self, GroupRow};
use doorward_store::{StoreError, Topic, Tx, change, user};
use serde_json::{Map, Value, json};

use super::{json_object, text, texts};
use crate::context::Context;
use crate::resource::list::Params;
use crate::resource::refusal::Refusal;
use crate::resource::validate::Errors;

/// Every stored field.
pub(crate) async fn values(tx: &mut Tx, row: &GroupRow) -> Result<Map<String, Value>, StoreError> {
    let mut values = Map::new();
    values.insert("name".into(), json!(row.name));
    values.insert("is_superuser".into(), json!(row.is_superuser));
    values.insert("parents".into(), json!(group::parents(tx, &row.id).await?));
    values.insert("users".into(), json!(group::members(tx, &row.id).await?));
    values.insert("attributes".into(), json_object(&row.attributes));
    values.insert("roles".into(), json!([]));
    Ok(values)
}

/// The answer; people and relatives only when the flags ask for them.
pub(crate) async fn show(
    tx: &mut Tx,
    row: &GroupRow,
    install_id: &str,
    params: &Params,
) -> Result<Value, StoreError> {
    let parents = group::parents(tx, &row.id).await?;
    let children = group::children(tx, &row.id).await?;
    let members = group::members(tx, &row.id).await?;
    let users = if params.flag("include_users", true) {
        users(tx, &members, install_id).await?
    } else {
        Value::Null
    };
    let parents_obj = optional(tx, &parents, params.flag("include_parents", false)).await?;
    let children_obj = optional(tx, &children, params.flag("include_children", false)).await?;
    let inherited = if params.flag("include_inherited_roles", false) {
        json!([])
    } else {
        Value::Null
    };
    Ok(json!({
        "pk": row.id,
        "num_pk": row.num_pk,
        "name": row.name,
        "is_superuser": row.is_superuser,
        "parents": parents,
        "parents_obj": parents_obj,
        "parent_name": null,
        "users": members,
        "users_obj": users,
        "attributes": json_object(&row.attributes),
        "roles": [],
        "roles_obj": [],
        "inherited_roles_obj": inherited,
        "children": children,
        "children_obj": children_obj,
    }))
}

async fn users(tx: &mut Tx, members: &[i64], install_id: &str) -> Result<Value, StoreError> {
    let mut list = Vec::with_capacity(members.len());
    for id in members {
        if let Some(row) = user::find(tx, *id).await? {
            list.push(super::user::partial(&row, install_id));
        }
    }
    Ok(Value::Array(list))
}

async fn optional(tx: &mut Tx, ids: &[String], wanted: bool) -> Result<Value, StoreError> {
    if !wanted {
        return Ok(Value::Null);
    }
    let mut list = Vec::with_capacity(ids.len());
    for id in ids {
        if let Some(row) = group::find(tx, id).await? {
            let mut short = partial(&row);
            short["group_uuid"] = json!(row.id);
            list.push(short);
        }
    }
    Ok(Value::Array(list))
}

/// The short form inside other objects.
pub(crate) fn partial(row: &GroupRow) -> Value {
    json!({
        "pk": row.id,
        "num_pk": row.num_pk,
        "name": row.name,
        "is_superuser": row.is_superuser,
        "attributes": json_object(&row.attributes),
    })
}

/// Refuses a parent that is the group itself or below it.
pub(crate) async fn check(
    tx: &mut Tx,
    id: &str,
    values: &Map<String, Value>,
) -> Result<Errors, StoreError> {
    for parent in texts(values, "parents") {
        if parent == id
            || group::ancestors(tx, &parent)
                .await?
                .iter()
                .any(|above| above == id)
        {
            return Ok(Errors::one(
                "parents",
                "A group cannot be its own parent, directly or not.",
            ));
        }
    }
    Ok(Errors::default())
}

fn row_of(values: &Map<String, Value>, base: GroupRow, now: i64) -> GroupRow {
    let text = |key: &str| text(values, key);
    GroupRow {
        name: text("name"),
        is_superuser: values
            .get("is_superuser")
            .and_then(Value::as_bool)
            .unwrap_or(false),
        attributes: values
            .get("attributes")
            .map_or_else(|| "{}".to_owned(), Value::to_string),
        updated_at: now,
        ..base
    }
}

/// Adds a group with its members and parents.
pub(crate) async fn insert(
    tx: &mut Tx,
    ctx: &Context,
    id: &str,
    values: &Map<String, Value>,
) -> Result<(), StoreError> {
    let uuid = uuid::Uuid::parse_str(id).unwrap_or_default();
    let base = GroupRow {
        id: id.to_owned(),
        num_pk: group::num_pk(&uuid),
        name: String::new(),
        name_key: String::new(),
        is_superuser: false,
        attributes: String::new(),
        created_at: ctx.now,
        updated_at: ctx.now,
        version: 1,
    };
    group::insert(tx, &row_of(values, base, ctx.now)).await?;
    relations(tx, ctx, id, values).await
}

/// Saves a group with its members and parents.
pub(crate) async fn save(
    tx: &mut Tx,
    ctx: &Context,
    before: &GroupRow,
    values: &Map<String, Value>,
) -> Result<(), Refusal> {
    if !group::save(tx, &row_of(values, before.clone(), ctx.now)).await? {
        return Err(StoreError::Conflict.into());
    }
    Ok(relations(tx, ctx, &before.id, values).await?)
}

async fn relations(
    tx: &mut Tx,
    ctx: &Context,
    id: &str,
    values: &Map<String, Value>,
) -> Result<(), StoreError> {
    let list = values.get("users").and_then(Value::as_array);
    let members: Vec<i64> = list
        .map(|list| list.iter().filter_map(Value::as_i64).collect())
        .unwrap_or_default();
    let parents = texts(values, "parents");
    if !same(group::members(tx, id).await?, &members) {
        group::set_members(tx, id, &members).await?;
    }
    if !same(group::parents(tx, id).await?, &parents) {
        group::set_parents(tx, id, &parents).await?;
    }
    change::record(tx, Topic::Group, id, ctx.now).await
}

/// The same things in any order.
fn same<T: Ord + Clone>(mut stored: Vec<T>, wanted: &[T]) -> bool {
    let mut wanted = wanted.to_vec();
    stored.sort();
    wanted.sort();
    stored == wanted
}
