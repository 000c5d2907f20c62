//! Who points to an object, and what would happen to them if it went.
//!
//! Owns reading it: from the one table of links, and for users and groups from the tables that hang
//! on them. Rule: what the caller may not see is not named.

use std::sync::Arc;

use doorward_store::list::{Condition, Query, Value as Sql, page};
use doorward_store::{StoreError, Tx, consent, group, resource as rows, session, token, user};
use serde_json::{Value, json};

use super::field::Family;
use super::kind::{Kind, Storage};
use super::list::{member, reach};
use super::permit::{Grant, Subject, Verb, permitted};
use super::refusal::Refusal;
use super::remove::REGISTERED_WITH;
use super::tables::{Row, object_name};
use super::world::World;
use super::{GROUP, USER, kind as kind_of, registered};
use crate::authenticator::Class;
use crate::context::Context;
use crate::engine::Engine;
use crate::snapshot::Object;

const APPLICATION: &str = "authentik_core.application";
/// So many of each sort are named; a group may have any number of members.
const NAMED_MAX: i64 = 500;

/// Somebody who uses an object.
struct Owner {
    kind: &'static Kind,
    id: String,
    name: String,
    /// Whose it is, as permissions see it.
    person: Option<i64>,
    /// By which field it points there; empty for rows of tables.
    field: String,
    /// What happens to them, in the contract's words.
    action: &'static str,
}

/// Who points to an object.
///
/// # Errors
///
/// [`Refusal`].
pub async fn used_by(
    engine: &Engine,
    ctx: &Context,
    kind: &'static Kind,
    key: &str,
) -> Result<Value, Refusal> {
    let world = World::of(&engine.snapshot());
    let mut tx = engine.store.read().await?;
    let row = reach(&mut tx, ctx, Verb::View, kind, key, &world).await?;
    let mut owners = linked(&mut tx, kind, &row.id(), &world).await?;
    owners.extend(applications_of_registered(&owners, &world));
    match kind.storage {
        Storage::Users => owners.extend(of_user(&mut tx, &row).await?),
        Storage::Groups => owners.extend(of_group(&mut tx, &row.id()).await?),
        _ => {}
    }
    owners.retain(|owner| may_see(owner, ctx, &world));
    Ok(owners.iter().map(shown).collect())
}

/// Who points to an object of a family.
///
/// # Errors
///
/// [`Refusal`].
pub async fn used_by_family(
    engine: &Engine,
    ctx: &Context,
    family: Family,
    key: &str,
) -> Result<Value, Refusal> {
    let kind = member(engine, ctx, family, key)?;
    used_by(engine, ctx, kind, key).await
}

fn may_see(owner: &Owner, ctx: &Context, world: &World) -> bool {
    let subject = Subject {
        id: &owner.id,
        owner: owner.person,
    };
    let verb = Verb::View;
    let grant = permitted(
        &ctx.actor,
        verb,
        owner.kind,
        Some(subject),
        world.snapshot(),
    );
    matches!(grant, Grant::Everything | Grant::Own)
}

fn shown(owner: &Owner) -> Value {
    json!({
        "app": owner.kind.app_label(),
        "model_name": owner.kind.model_name(),
        "pk": owner.id,
        "name": owner.name,
        "action": owner.action,
    })
}

/// The owners of links.
async fn linked(
    tx: &mut Tx,
    kind: &Kind,
    id: &str,
    world: &World,
) -> Result<Vec<Owner>, StoreError> {
    let links = rows::owners(tx, kind.model, id).await?;
    let owner = |(model, id, field, on_delete): rows::Owner| {
        let kind = kind_of(&model)?;
        let object = world.object(kind.model, &id);
        let name = object.map_or_else(|| id.clone(), |object| object_name(object));
        let action = match &*on_delete {
            "cascade" => "cascade",
            "set_null" => "set_null",
            _ => "cascade_many",
        };
        Some(Owner {
            kind,
            id,
            name,
            person: None,
            field,
            action,
        })
    };
    Ok(links.into_iter().filter_map(owner).collect())
}

/// The applications of the clients that registered with a provider: they go with it, too.
fn applications_of_registered(owners: &[Owner], world: &World) -> Vec<Owner> {
    let goes = |owner: &&Owner| owner.field == REGISTERED_WITH;
    let clients: Vec<_> = owners.iter().filter(goes).map(|one| &*one.id).collect();
    let is_theirs = |object: &&Arc<Object>| {
        let provider = object.config.get("provider").and_then(Value::as_i64);
        provider.is_some_and(|pk| clients.contains(&&*pk.to_string()))
    };
    let theirs = world.objects(APPLICATION).iter().filter(is_theirs);
    let owner = |object: &Arc<Object>| Owner {
        kind: registered(APPLICATION),
        id: object.id.clone(),
        name: object_name(object),
        person: None,
        field: String::new(),
        action: "cascade",
    };
    theirs.map(owner).collect()
}

/// What goes with a user, and the groups that lose a member.
async fn of_user(tx: &mut Tx, row: &Row) -> Result<Vec<Owner>, StoreError> {
    let person = row.owner().unwrap_or_default();
    let own = || query(Condition::Equals("user_id", Sql::Integer(person)));
    let tokens = page(tx, "tokens", token::COLUMNS, &own()).await?.rows;
    let sessions = page(tx, "sessions", session::COLUMNS, &own()).await?.rows;
    let consents = page(tx, "user_consents", consent::COLUMNS, &own())
        .await?
        .rows;
    let sql = "id IN (SELECT group_id FROM memberships WHERE user_id = ?)";
    let groups = query(Condition::Custom(sql, Sql::Integer(person)));
    let groups = page(tx, "groups", group::COLUMNS, &groups).await?.rows;
    let mut rows: Vec<_> = tokens.into_iter().map(Row::Token).collect();
    rows.extend(sessions.into_iter().map(Row::Session));
    let devices = doorward_store::device::of_user(tx, person).await?;
    rows.extend(devices.into_iter().map(Row::Device));
    rows.extend(consents.into_iter().map(Row::Consent));
    let mut owners: Vec<_> = rows.iter().map(|row| owner(row, "cascade")).collect();
    let groups = groups.into_iter().map(Row::Group);
    owners.extend(groups.map(|row| owner(&row, "cascade_many")));
    Ok(owners)
}

/// The groups below a group, and its members.
async fn of_group(tx: &mut Tx, id: &str) -> Result<Vec<Owner>, StoreError> {
    let with = |sql| query(Condition::Custom(sql, Sql::Text(id.to_owned())));
    let below = with("id IN (SELECT group_id FROM group_parents WHERE parent_id = ?)");
    let groups = page(tx, "groups", group::COLUMNS, &below).await?.rows;
    let members = with("id IN (SELECT user_id FROM memberships WHERE group_id = ?)");
    let users = page(tx, "users", user::COLUMNS, &members).await?.rows;
    let groups = groups.into_iter().map(Row::Group);
    let rows = groups.chain(users.into_iter().map(Row::User));
    Ok(rows.map(|row| owner(&row, "cascade_many")).collect())
}

fn query(condition: Condition) -> Query {
    Query {
        conditions: vec![condition],
        order: vec![("id", false)],
        offset: 0,
        limit: NAMED_MAX,
    }
}

fn owner(row: &Row, action: &'static str) -> Owner {
    let model = match row {
        Row::Token(_) => "authentik_core.token",
        Row::Session(_) => "authentik_core.authenticatedsession",
        Row::Consent(_) => "authentik_core.userconsent",
        Row::Group(_) => GROUP,
        Row::Device(row) => Class::of(&row.kind).map_or(USER, Class::model),
        Row::User(_) | Row::Object(_) | Row::Event(_) | Row::Grant(_) | Row::Reputation(_) => USER,
    };
    Owner {
        kind: registered(model),
        id: row.id(),
        name: row.name(),
        person: row.owner(),
        field: String::new(),
        action,
    }
}
