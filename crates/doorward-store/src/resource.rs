//! Configuration objects of every kind: a JSON text, its unique keys and its relations.
//!
//! Owns rows only. What a kind's JSON means, what its keys are and what it relates to is said by the
//! engine's registry. Rule: object, keys and links are written together, in one transaction.

use crate::{Result, Tx, execute, on};

/// One object.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct ResourceRow {
    /// The registry's name of the kind, e.g. `authentik_core.application`.
    pub kind: String,
    /// The primary key as text: uuid, or an integer for providers.
    pub id: String,
    /// JSON object.
    pub config: String,
    /// Grows with each save.
    pub version: i64,
    /// Unix milliseconds.
    pub created_at: i64,
    /// Unix milliseconds.
    pub updated_at: i64,
}

/// A value that only one object in `scope` may have.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UniqueKey {
    /// Kind or family in which the value is unique.
    pub scope: String,
    /// The field.
    pub field: String,
    /// The value, normalised.
    pub value: String,
}

/// What happens to the owner when the target goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OnDelete {
    /// The owner goes too.
    Cascade,
    /// The owner's field becomes null.
    SetNull,
    /// The target leaves the owner's list.
    Remove,
}

impl OnDelete {
    /// The word in the database.
    pub fn word(self) -> &'static str {
        match self {
            Self::Cascade => "cascade",
            Self::SetNull => "set_null",
            Self::Remove => "remove",
        }
    }
}

/// A relation from one object to another, or to a user or group.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Link {
    /// The owner's field.
    pub field: String,
    /// Place in the list, from 0.
    pub position: i64,
    /// Kind of the target.
    pub target_kind: String,
    /// Primary key of the target as text.
    pub target: String,
    /// What happens to the owner when the target goes.
    pub on_delete: OnDelete,
}

/// An owner found through a link: kind, id, field, what happens.
pub type Owner = (String, String, String, String);

crate::statements! {
    ALL = "SELECT kind, id, config, version, created_at, updated_at FROM resources ORDER BY kind, created_at, id";
    FIND = "SELECT kind, id, config, version, created_at, updated_at FROM resources WHERE kind = $1 AND id = $2";
    INSERT = "INSERT INTO resources (kind, id, config, version, created_at, updated_at) \
              VALUES ($1, $2, $3, 1, $4, $4)";
    SAVE = "UPDATE resources SET config = $3, version = version + 1, updated_at = $5 \
            WHERE kind = $1 AND id = $2 AND version = $4";
    DELETE = "DELETE FROM resources WHERE kind = $1 AND id = $2";
    DELETE_KEYS = "DELETE FROM resource_keys WHERE owner_kind = $1 AND owner = $2";
    INSERT_KEY = "INSERT INTO resource_keys (kind, field, value, owner_kind, owner) VALUES ($1, $2, $3, $4, $5)";
    DELETE_LINKS = "DELETE FROM resource_links WHERE owner_kind = $1 AND owner = $2";
    INSERT_LINK = "INSERT INTO resource_links (owner_kind, owner, field, position, target_kind, target, on_delete) \
                   VALUES ($1, $2, $3, $4, $5, $6, $7)";
    OWNERS = "SELECT owner_kind, owner, field, on_delete FROM resource_links \
              WHERE target_kind = $1 AND target = $2 ORDER BY owner_kind, owner, field";
}

/// Every object of every kind, for the snapshot.
///
/// # Errors
///
/// Only if the database fails.
pub async fn all(tx: &mut Tx) -> Result<Vec<ResourceRow>> {
    on!(tx, |c| sqlx::query_as(ALL).fetch_all(c).await)
}

/// One object.
///
/// # Errors
///
/// Only if the database fails.
pub async fn find(tx: &mut Tx, kind: &str, id: &str) -> Result<Option<ResourceRow>> {
    on!(tx, |c| sqlx::query_as(FIND)
        .bind(kind)
        .bind(id)
        .fetch_optional(c)
        .await)
}

/// Adds an object with its keys and links.
///
/// # Errors
///
/// [`crate::StoreError::Conflict`] if the id or one of the keys is taken.
pub async fn insert(
    tx: &mut Tx,
    row: &ResourceRow,
    keys: &[UniqueKey],
    links: &[Link],
) -> Result<()> {
    execute!(tx, INSERT, &row.kind, &row.id, &row.config, row.created_at)?;
    write_keys_and_links(tx, row, keys, links).await
}

/// Saves the whole object if nobody saved it since `row.version` was read; answers whether.
///
/// # Errors
///
/// [`crate::StoreError::Conflict`] if one of the keys is taken.
pub async fn save(
    tx: &mut Tx,
    row: &ResourceRow,
    keys: &[UniqueKey],
    links: &[Link],
) -> Result<bool> {
    if execute!(
        tx,
        SAVE,
        &row.kind,
        &row.id,
        &row.config,
        row.version,
        row.updated_at
    )? == 0
    {
        return Ok(false);
    }
    execute!(tx, DELETE_KEYS, &row.kind, &row.id)?;
    execute!(tx, DELETE_LINKS, &row.kind, &row.id)?;
    write_keys_and_links(tx, row, keys, links)
        .await
        .map(|()| true)
}

async fn write_keys_and_links(
    tx: &mut Tx,
    row: &ResourceRow,
    keys: &[UniqueKey],
    links: &[Link],
) -> Result<()> {
    for key in keys {
        execute!(
            tx, INSERT_KEY, &key.scope, &key.field, &key.value, &row.kind, &row.id
        )?;
    }
    for link in links {
        execute!(
            tx,
            INSERT_LINK,
            &row.kind,
            &row.id,
            &link.field,
            link.position,
            &link.target_kind,
            &link.target,
            link.on_delete.word()
        )?;
    }
    Ok(())
}

/// Removes an object with its keys and outgoing links; answers whether it existed.
///
/// # Errors
///
/// Only if the database fails.
pub async fn delete(tx: &mut Tx, kind: &str, id: &str) -> Result<bool> {
    Ok(execute!(tx, DELETE, kind, id)? == 1)
}

/// Who points to an object: for used-by, and for what a delete takes along.
///
/// # Errors
///
/// Only if the database fails.
pub async fn owners(tx: &mut Tx, target_kind: &str, target: &str) -> Result<Vec<Owner>> {
    on!(tx, |c| sqlx::query_as(OWNERS)
        .bind(target_kind)
        .bind(target)
        .fetch_all(c)
        .await)
}
