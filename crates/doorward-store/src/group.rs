//! Groups, their parents (many) and their members.
//!
//! A member of a group is a member of all its ancestors. Rule: the tree is walked by the database
//! in one recursive statement whose `UNION` ends cycles.

use crate::{Result, Tx, execute, on};

/// One group.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct GroupRow {
    /// uuid.
    pub id: String,
    /// The integer that LDAP shows, from the uuid's first digits.
    pub num_pk: i64,
    /// Unique.
    pub name: String,
    /// Folded name.
    pub name_key: String,
    /// Members may do everything.
    pub is_superuser: bool,
    /// JSON object.
    pub attributes: String,
    /// Unix milliseconds.
    pub created_at: i64,
    /// Unix milliseconds.
    pub updated_at: i64,
    /// Grows with each save.
    pub version: i64,
}

/// The columns, for generated lists.
pub const COLUMNS: &str =
    "id, num_pk, name, name_key, is_superuser, attributes, created_at, updated_at, version";

/// `num_pk` as authentik derives it: the first five decimal digits of the uuid's number.
pub fn num_pk(id: &uuid::Uuid) -> i64 {
    id.as_u128()
        .to_string()
        .chars()
        .take(5)
        .collect::<String>()
        .parse()
        .unwrap_or(0)
}

crate::statements! {
    FIND = "SELECT id, num_pk, name, name_key, is_superuser, attributes, created_at, updated_at, version \
            FROM groups WHERE id = $1";
    FIND_BY_NAME = "SELECT id, num_pk, name, name_key, is_superuser, attributes, created_at, updated_at, version \
            FROM groups WHERE name = $1";
    INSERT = "INSERT INTO groups (id, num_pk, name, name_key, is_superuser, attributes, created_at, updated_at, \
              version) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 1)";
    SAVE = "UPDATE groups SET name = $2, name_key = $3, is_superuser = $4, attributes = $5, updated_at = $6, \
            version = version + 1 WHERE id = $1 AND version = $7";
    DELETE = "DELETE FROM groups WHERE id = $1";
    ADD_MEMBER = "INSERT INTO memberships (group_id, user_id) VALUES ($1, $2) ON CONFLICT (group_id, user_id) DO NOTHING";
    REMOVE_MEMBER = "DELETE FROM memberships WHERE group_id = $1 AND user_id = $2";
    CLEAR_MEMBERS = "DELETE FROM memberships WHERE group_id = $1";
    CLEAR_GROUPS = "DELETE FROM memberships WHERE user_id = $1";
    MEMBERS = "SELECT user_id FROM memberships WHERE group_id = $1 ORDER BY user_id";
    DIRECT = "SELECT group_id FROM memberships WHERE user_id = $1 ORDER BY group_id";
    PARENTS = "SELECT parent_id FROM group_parents WHERE group_id = $1 ORDER BY parent_id";
    CHILDREN = "SELECT group_id FROM group_parents WHERE parent_id = $1 ORDER BY group_id";
    ADD_PARENT = "INSERT INTO group_parents (group_id, parent_id) VALUES ($1, $2) \
                  ON CONFLICT (group_id, parent_id) DO NOTHING";
    CLEAR_PARENTS = "DELETE FROM group_parents WHERE group_id = $1";
    ANCESTORS = "WITH RECURSIVE closure (id) AS (SELECT CAST($1 AS TEXT) \
            UNION SELECT p.parent_id FROM group_parents p JOIN closure ON p.group_id = closure.id) \
        SELECT id FROM closure";
    OF_USER = "WITH RECURSIVE closure (id) AS (SELECT group_id FROM memberships WHERE user_id = $1 \
            UNION SELECT p.parent_id FROM group_parents p JOIN closure ON p.group_id = closure.id) \
        SELECT g.id, g.num_pk, g.name, g.name_key, g.is_superuser, g.attributes, g.created_at, g.updated_at, g.version \
        FROM groups g JOIN closure ON g.id = closure.id ORDER BY g.name, g.id";
    OF_MEMBERS = "WITH RECURSIVE closure (user_id, id) AS (SELECT user_id, group_id FROM memberships \
            WHERE user_id IN (SELECT user_id FROM memberships WHERE group_id = $1) \
            UNION SELECT closure.user_id, p.parent_id FROM group_parents p JOIN closure ON p.group_id = closure.id) \
        SELECT closure.user_id, g.id, g.num_pk, g.name, g.name_key, g.is_superuser, g.attributes, g.created_at, \
        g.updated_at, g.version FROM groups g JOIN closure ON g.id = closure.id ORDER BY g.name, g.id";
    HAS_ADMIN = "WITH RECURSIVE highest (id) AS (SELECT id FROM groups WHERE is_superuser \
            UNION SELECT p.group_id FROM group_parents p JOIN highest ON p.parent_id = highest.id) \
        SELECT u.id FROM highest JOIN memberships m ON m.group_id = highest.id JOIN users u ON u.id = m.user_id \
        WHERE u.is_active AND u.kind IN ('internal', 'external') \
        AND ((u.password <> '' AND u.password NOT LIKE '!%') OR EXISTS (SELECT 1 FROM devices d \
            WHERE d.user_id = u.id AND d.kind = 'webauthn' AND d.confirmed)) LIMIT 1";
    ADMINISTERING = "WITH RECURSIVE highest (id) AS (SELECT id FROM groups WHERE is_superuser \
            UNION SELECT p.group_id FROM group_parents p JOIN highest ON p.parent_id = highest.id) \
        SELECT id FROM highest";
    DIRECT_OF_MEMBERS = "SELECT user_id, group_id FROM memberships \
        WHERE user_id IN (SELECT user_id FROM memberships WHERE group_id = $1) ORDER BY group_id";
}

/// A group that somebody is in.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct UsersGroup {
    /// Who.
    pub user_id: i64,
    /// The group.
    #[sqlx(flatten)]
    pub group: GroupRow,
}

/// Whether an active person with a password or a passkey is in a superuser group, directly or not.
///
/// # Errors
///
/// Only if the database fails.
pub async fn has_admin(tx: &mut Tx) -> Result<bool> {
    let one: Option<i64> = on!(tx, |c| sqlx::query_scalar(HAS_ADMIN)
        .fetch_optional(c)
        .await)?;
    Ok(one.is_some())
}

/// The groups whose members are administrators: superuser groups, and all within them.
///
/// # Errors
///
/// Only if the database fails.
pub async fn administering(tx: &mut Tx) -> Result<Vec<String>> {
    on!(tx, |c| sqlx::query_scalar(ADMINISTERING).fetch_all(c).await)
}

/// The group with this id.
///
/// # Errors
///
/// Only if the database fails.
pub async fn find(tx: &mut Tx, id: &str) -> Result<Option<GroupRow>> {
    on!(tx, |c| sqlx::query_as(FIND)
        .bind(id)
        .fetch_optional(c)
        .await)
}

/// The group with this name.
///
/// # Errors
///
/// Only if the database fails.
pub async fn find_by_name(tx: &mut Tx, name: &str) -> Result<Option<GroupRow>> {
    on!(tx, |c| sqlx::query_as(FIND_BY_NAME)
        .bind(name)
        .fetch_optional(c)
        .await)
}

/// Adds a group; the version becomes 1, the key is folded here.
///
/// # Errors
///
/// [`crate::StoreError::Conflict`] if the name is taken.
pub async fn insert(tx: &mut Tx, group: &GroupRow) -> Result<()> {
    execute!(
        tx,
        INSERT,
        &group.id,
        group.num_pk,
        &group.name,
        crate::user::fold(&group.name),
        group.is_superuser,
        &group.attributes,
        group.created_at,
        group.updated_at
    )
    .map(drop)
}

/// Saves a group if nobody saved it since its version was read; answers whether.
///
/// # Errors
///
/// [`crate::StoreError::Conflict`] if the name is taken.
pub async fn save(tx: &mut Tx, group: &GroupRow) -> Result<bool> {
    let saved = execute!(
        tx,
        SAVE,
        &group.id,
        &group.name,
        crate::user::fold(&group.name),
        group.is_superuser,
        &group.attributes,
        group.updated_at,
        group.version
    )?;
    Ok(saved == 1)
}

/// Removes a group; answers whether it existed.
///
/// # Errors
///
/// Only if the database fails.
pub async fn delete(tx: &mut Tx, id: &str) -> Result<bool> {
    Ok(execute!(tx, DELETE, id)? == 1)
}

/// Adds a member; twice is once.
///
/// # Errors
///
/// If the database fails or one of the two does not exist.
pub async fn add_member(tx: &mut Tx, group: &str, user: i64) -> Result<()> {
    execute!(tx, ADD_MEMBER, group, user).map(drop)
}

/// Takes a member out.
///
/// # Errors
///
/// Only if the database fails.
pub async fn remove_member(tx: &mut Tx, group: &str, user: i64) -> Result<()> {
    execute!(tx, REMOVE_MEMBER, group, user).map(drop)
}

/// Makes `users` the only direct members.
///
/// # Errors
///
/// If the database fails or a user does not exist.
pub async fn set_members(tx: &mut Tx, group: &str, users: &[i64]) -> Result<()> {
    execute!(tx, CLEAR_MEMBERS, group)?;
    for user in users {
        add_member(tx, group, *user).await?;
    }
    Ok(())
}

/// Makes `groups` the only groups that the user is directly in.
///
/// # Errors
///
/// If the database fails or a group does not exist.
pub async fn set_groups_of(tx: &mut Tx, user: i64, groups: &[String]) -> Result<()> {
    execute!(tx, CLEAR_GROUPS, user)?;
    for group in groups {
        add_member(tx, group, user).await?;
    }
    Ok(())
}

/// Ids of the direct members.
///
/// # Errors
///
/// Only if the database fails.
pub async fn members(tx: &mut Tx, group: &str) -> Result<Vec<i64>> {
    on!(tx, |c| sqlx::query_scalar(MEMBERS)
        .bind(group)
        .fetch_all(c)
        .await)
}

/// Ids of the groups that the user is directly in.
///
/// # Errors
///
/// Only if the database fails.
pub async fn direct_of_user(tx: &mut Tx, user: i64) -> Result<Vec<String>> {
    on!(tx, |c| sqlx::query_scalar(DIRECT)
        .bind(user)
        .fetch_all(c)
        .await)
}

/// Ids of the parents.
///
/// # Errors
///
/// Only if the database fails.
pub async fn parents(tx: &mut Tx, group: &str) -> Result<Vec<String>> {
    on!(tx, |c| sqlx::query_scalar(PARENTS)
        .bind(group)
        .fetch_all(c)
        .await)
}

/// Ids of the children.
///
/// # Errors
///
/// Only if the database fails.
pub async fn children(tx: &mut Tx, group: &str) -> Result<Vec<String>> {
    on!(tx, |c| sqlx::query_scalar(CHILDREN)
        .bind(group)
        .fetch_all(c)
        .await)
}

/// Makes `parents` the only parents. The caller has refused cycles.
///
/// # Errors
///
/// If the database fails or a parent does not exist.
pub async fn set_parents(tx: &mut Tx, group: &str, parents: &[String]) -> Result<()> {
    execute!(tx, CLEAR_PARENTS, group)?;
    for parent in parents {
        execute!(tx, ADD_PARENT, group, parent)?;
    }
    Ok(())
}

/// The group itself and all its ancestors.
///
/// # Errors
///
/// Only if the database fails.
pub async fn ancestors(tx: &mut Tx, group: &str) -> Result<Vec<String>> {
    on!(tx, |c| sqlx::query_scalar(ANCESTORS)
        .bind(group)
        .fetch_all(c)
        .await)
}

/// Every group that a user is in, directly or through a child group, by name.
///
/// # Errors
///
/// Only if the database fails.
pub async fn of_user(tx: &mut Tx, user: i64) -> Result<Vec<GroupRow>> {
    on!(tx, |c| sqlx::query_as(OF_USER)
        .bind(user)
        .fetch_all(c)
        .await)
}

/// The same as [`of_user`] of each direct member of a group.
///
/// # Errors
///
/// Only if the database fails.
pub async fn of_members(tx: &mut Tx, group: &str) -> Result<Vec<UsersGroup>> {
    on!(tx, |c| sqlx::query_as(OF_MEMBERS)
        .bind(group)
        .fetch_all(c)
        .await)
}

/// The same as [`direct_of_user`] of each direct member of a group: who and the id.
///
/// # Errors
///
/// Only if the database fails.
pub async fn direct_of_members(tx: &mut Tx, group: &str) -> Result<Vec<(i64, String)>> {
    on!(tx, |c| sqlx::query_as(DIRECT_OF_MEMBERS)
        .bind(group)
        .fetch_all(c)
        .await)
}
