//! People, groups and the request as expressions see them.
//!
//! Rule: nothing here is a secret (no password, token or cookie; which headers and parameters are none
//! is said where the request is read), and a list that would be too long is an error, never cut.

use std::collections::HashMap;

use doorward_store::{StoreError, group, user};
use serde_json::{Map, Value, json};

use super::Question;
use crate::engine::Engine;
use crate::person::{merged, object};

/// So many members of a group are told, each in full.
const MEMBERS_MAX: usize = 50;

impl Engine {
    /// A person as expressions see them; nobody is authentik's anonymous user.
    pub(super) async fn told_person(&self, id: Option<i64>) -> Result<Value, StoreError> {
        let Some(id) = id else { return Ok(anonymous()) };
        let mut tx = self.store.read().await?;
        let Some(row) = user::find(&mut tx, id).await? else {
            return Ok(anonymous());
        };
        let groups = group::of_user(&mut tx, id).await?;
        let direct = group::direct_of_user(&mut tx, id).await?;
        Ok(self.told(&row, &groups, &direct))
    }

    fn told(&self, row: &user::UserRow, groups: &[group::GroupRow], direct: &[String]) -> Value {
        json!({
            "pk": row.id, "uuid": row.uuid, "username": row.username, "name": row.name,
            "uid": crate::person::uid(row.id, &self.snapshot_ref().install_id),
            "email": row.email, "path": row.path, "type": row.kind, "is_active": row.is_active,
            "is_superuser": row.is_active && groups.iter().any(|one| one.is_superuser),
            "is_authenticated": true, "attributes": object(&row.attributes),
            "group_attributes": merged(row, groups), "last_login": row.last_login_at,
            "date_joined": row.created_at, "password_change_date": row.password_changed_at,
            "has_usable_password": !row.password.starts_with('!'),
            "groups": groups.iter().map(told_group).collect::<Vec<_>>(), "direct": direct,
        })
    }

    /// The direct members of a group.
    pub(super) async fn group_users(&self, asked: &Value) -> Result<Value, String> {
        let group = asked["group"].as_str().unwrap_or_default();
        let count = async { group::members(&mut self.store.read().await?, group).await };
        let count = count.await.map_err(|error: StoreError| error.to_string())?;
        let count = count.len();
        if count > MEMBERS_MAX {
            return Err(format!(
                "the group has {count} members, and an expression sees at most {MEMBERS_MAX}"
            ));
        }
        let told = self.told_members(group).await;
        told.map_err(|error| error.to_string())
    }

    /// All of them at once: as many statements for fifty as for one.
    async fn told_members(&self, group: &str) -> Result<Value, StoreError> {
        let mut tx = self.store.read().await?;
        let people = user::members(&mut tx, group).await?;
        let mut groups: HashMap<i64, Vec<group::GroupRow>> = HashMap::new();
        for one in group::of_members(&mut tx, group).await? {
            groups.entry(one.user_id).or_default().push(one.group);
        }
        let mut direct: HashMap<i64, Vec<String>> = HashMap::new();
        for (user, group) in group::direct_of_members(&mut tx, group).await? {
            direct.entry(user).or_default().push(group);
        }
        let told = people.iter().map(|row| {
            let groups = groups.remove(&row.id).unwrap_or_default();
            self.told(row, &groups, &direct.remove(&row.id).unwrap_or_default())
        });
        Ok(told.collect())
    }
}

/// A group as expressions see it.
pub(crate) fn told_group(row: &group::GroupRow) -> Value {
    json!({
        "pk": row.id, "num_pk": row.num_pk, "name": row.name, "is_superuser": row.is_superuser,
        "attributes": object(&row.attributes),
    })
}

fn anonymous() -> Value {
    json!({
        "pk": null, "uuid": null, "username": "AnonymousUser", "name": "", "uid": "", "email": "",
        "path": "", "type": "", "is_active": true, "is_superuser": false, "is_authenticated": false,
        "attributes": {}, "group_attributes": {}, "last_login": null, "date_joined": null,
        "password_change_date": null, "has_usable_password": false, "groups": [], "direct": [],
    })
}

/// The request; in a check, whose answer may be remembered for others, only the browser's name.
pub(super) fn told_request(question: &Question<'_>) -> Value {
    let ctx = question.ctx;
    let line = ctx.line.as_deref();
    let mut headers = Map::new();
    headers.insert("User-Agent".to_owned(), json!(&*ctx.user_agent));
    let sent = line.into_iter().flat_map(|line| &line.headers);
    headers.extend(sent.map(|(name, value)| (name.clone(), json!(value))));
    let mut query = Map::new();
    for (name, value) in line.into_iter().flat_map(|line| &line.query) {
        let values = query.entry(name.clone()).or_insert_with(|| json!([]));
        values.as_array_mut().expect("a list").push(json!(value));
    }
    let host = line.map_or("", |line| &line.host);
    json!({
        "method": line.map(|line| &line.method), "path": line.map(|line| &line.path),
        "host": line.map(|line| &line.host), "query": query, "headers": headers,
        "brand": told_brand(question, host), "tenant": told_tenant(question),
        "request_id": &*ctx.request_id,
    })
}

fn told_brand(question: &Question<'_>, host: &str) -> Value {
    let brand = question.snapshot.brand(host);
    json!({
        "domain": brand.map(|brand| &brand.domain),
        "default": brand.is_some_and(|brand| brand.default),
        "branding_title": brand.map(|brand| &brand.branding_title),
        "attributes": brand.map_or_else(|| json!({}), |brand| brand.attributes.clone()),
    })
}

/// There is one tenant.
fn told_tenant(question: &Question<'_>) -> Value {
    let address = question.snapshot.public_url();
    let host = address.as_ref().and_then(|url| url.host_str());
    json!({ "name": "Default", "schema_name": "public", "ready": true, "domain": host })
}
