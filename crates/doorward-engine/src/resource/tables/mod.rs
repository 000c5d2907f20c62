//! The kinds with tables of their own, read and written like the others.
//!
//! Owns the one enum over all storages. Rule: no password hash, key or sealed value of a row ever
//! becomes a value of a map.

pub(super) mod consent;
pub(super) mod device;
pub(super) mod event;
mod grant;
pub(super) mod group;
pub(super) mod reputation;
pub(super) mod session;
pub(crate) mod token;
pub(crate) mod user;

use std::sync::Arc;

use doorward_store::consent::ConsentRow;
use doorward_store::device::DeviceRow;
use doorward_store::event::EventRow;
use doorward_store::grant::GrantTokenRow;
use doorward_store::group::GroupRow;
use doorward_store::reputation::ReputationRow;
use doorward_store::session::SessionRow;
use doorward_store::token::TokenRow;
use doorward_store::user::UserRow;
use doorward_store::{self as rows, StoreError, Tx};
use serde_json::{Map, Value, json};

use super::kind::{Kind, Storage};
use super::list::Params;
use super::permit::Subject;
use super::present;
use super::validate::Errors;
use super::world::World;
use crate::snapshot::Object;

/// One object of any kind.
pub enum Row {
    /// A configuration object.
    Object(Arc<Object>),
    /// A user.
    User(UserRow),
    /// A group.
    Group(GroupRow),
    /// A token.
    Token(TokenRow),
    /// A session.
    Session(SessionRow),
    /// A consent.
    Consent(ConsentRow),
    /// A code or token of an application.
    Grant(GrantTokenRow),
    /// An event.
    Event(EventRow),
    /// A score.
    Reputation(ReputationRow),
    /// A device.
    Device(DeviceRow),
}

impl Row {
    /// The primary key as text.
    pub fn id(&self) -> String {
        match self {
            Self::Object(row) => row.id.clone(),
            Self::User(row) => row.id.to_string(),
            Self::Group(row) => row.id.clone(),
            Self::Token(row) => row.id.clone(),
            Self::Session(row) => row.id.clone(),
            Self::Consent(row) => row.id.to_string(),
            Self::Grant(row) => row.id.to_string(),
            Self::Event(row) => row.id.clone(),
            Self::Reputation(row) => row.id.clone(),
            Self::Device(row) => row.id.to_string(),
        }
    }

    /// Whose it is.
    pub(super) fn owner(&self) -> Option<i64> {
        match self {
            Self::User(row) => Some(row.id),
            Self::Token(row) => Some(row.user_id),
            Self::Session(row) => Some(row.user_id),
            Self::Device(row) => Some(row.user_id),
            Self::Consent(row) => Some(row.user_id),
            Self::Grant(row) => Some(row.user_id),
            Self::Object(_) | Self::Group(_) | Self::Event(_) | Self::Reputation(_) => None,
        }
    }

    /// What people call it.
    pub(super) fn name(&self) -> String {
        match self {
            Self::Object(row) => object_name(row),
            Self::User(row) => row.username.clone(),
            Self::Group(row) => row.name.clone(),
            Self::Token(row) => row.identifier.clone(),
            Self::Session(row) => row.id.clone(),
            Self::Consent(row) => row.application.clone(),
            Self::Grant(row) => row.id.to_string(),
            Self::Event(row) => row.action.clone(),
            Self::Reputation(row) => row.identifier.clone(),
            Self::Device(row) => row.name.clone(),
        }
    }

    /// As permissions see it.
    pub(super) fn subject<'a>(&self, id: &'a str) -> Subject<'a> {
        Subject {
            id,
            owner: self.owner(),
        }
    }
}

/// What people call a configuration object.
pub(super) fn object_name(object: &Object) -> String {
    let text = |key: &str| {
        object
            .config
            .get(key)
            .and_then(Value::as_str)
            .map(str::to_owned)
    };
    text("name")
        .or_else(|| text("domain"))
        .unwrap_or_else(|| object.id.clone())
}

/// The object that an address names.
pub(super) async fn find(
    tx: &mut Tx,
    kind: &Kind,
    key: &str,
    world: &World,
    now: i64,
) -> Result<Option<Row>, StoreError> {
    // PostgreSQL takes no such text, and nothing has such a key.
    if key.contains('\0') {
        return Ok(None);
    }
    let id = canonical(key);
    Ok(match kind.storage {
        Storage::Snapshot => find_object(kind, key, world).map(Row::Object),
        Storage::Users | Storage::Devices(_) | Storage::Consents | Storage::Grants(_) => {
            match key.parse() {
                Ok(id) => find_numbered(tx, kind.storage, id, now).await?,
                Err(_) => None,
            }
        }
        Storage::Groups => rows::group::find(tx, &id).await?.map(Row::Group),
        Storage::Tokens => {
            let row = rows::token::find(tx, key).await?;
            row.filter(|row| token::is_live(row, now)).map(Row::Token)
        }
        Storage::Sessions => rows::session::find(tx, &id, now).await?.map(Row::Session),
        Storage::Events => rows::event::find(tx, &id).await?.map(Row::Event),
        Storage::Reputation => {
            let row = rows::reputation::find(tx, &id, now).await?;
            row.map(Row::Reputation)
        }
    })
}

/// The row with this number, of a kind whose rows have numbers.
async fn find_numbered(
    tx: &mut Tx,
    storage: Storage,
    id: i64,
    now: i64,
) -> Result<Option<Row>, StoreError> {
    Ok(match storage {
        Storage::Users => rows::user::find(tx, id).await?.map(Row::User),
        Storage::Consents => rows::consent::find(tx, id, now).await?.map(Row::Consent),
        Storage::Grants(kind) => {
            let row = rows::grant::find_numbered(tx, id, kind, now).await?;
            row.map(Row::Grant)
        }
        Storage::Devices(class) => {
            let row = rows::device::find(tx, id, class.word()).await?;
            row.filter(|row| row.confirmed).map(Row::Device)
        }
        _ => None,
    })
}

fn find_object(kind: &Kind, key: &str, world: &World) -> Option<Arc<Object>> {
    if kind.lookup == kind.pk_field {
        return world.object(kind.model, &canonical(key)).cloned();
    }
    let objects = world.objects(kind.model).iter();
    objects
        .into_iter()
        .find(|object| {
            object
                .config
                .get(kind.lookup)
                .is_some_and(|value| value == key)
        })
        .cloned()
}

/// A uuid in its stored spelling; anything else as it is.
pub(super) fn canonical(key: &str) -> String {
    uuid::Uuid::parse_str(key).map_or_else(|_| key.to_owned(), |uuid| uuid.to_string())
}

/// Every stored field, as a write starts from.
pub(super) async fn values(tx: &mut Tx, row: &Row) -> Result<Map<String, Value>, StoreError> {
    Ok(match row {
        Row::Object(object) => object.config.clone(),
        Row::User(row) => user::values(tx, row).await?,
        Row::Group(row) => group::values(tx, row).await?,
        Row::Token(row) => token::values(row),
        Row::Event(row) => event::values(row),
        Row::Device(row) => device::values(row),
        Row::Session(_) | Row::Consent(_) | Row::Grant(_) | Row::Reputation(_) => Map::new(),
    })
}

/// The answer.
pub(super) async fn show(
    tx: &mut Tx,
    kind: &Kind,
    row: &Row,
    world: &mut World,
    params: &Params,
) -> Result<Value, StoreError> {
    Ok(match row {
        Row::Object(object) => {
            world.prefetch(tx, kind, [&object.config]).await?;
            present::object(kind, object, world)
        }
        Row::User(row) => user::show(tx, row, &world.snapshot().install_id, params).await?,
        Row::Group(row) => group::show(tx, row, &world.snapshot().install_id, params).await?,
        Row::Token(row) => token::show(tx, row, &world.snapshot().install_id).await?,
        Row::Session(row) => session::show(row, &world.snapshot().geo, params),
        Row::Consent(row) => consent::show(tx, row, world).await?,
        Row::Grant(row) => grant::show(tx, row, world).await?,
        Row::Event(row) => event::show(row),
        Row::Reputation(row) => reputation::show(row),
        Row::Device(row) => device::show(tx, row, world.snapshot()).await?,
    })
}

/// Unique fields of tables, asked before the write so that the answer names the field.
pub(super) async fn unique(
    tx: &mut Tx,
    kind: &Kind,
    values: &Map<String, Value>,
    id: &str,
) -> Result<Errors, StoreError> {
    let field = match kind.storage {
        Storage::Users => "username",
        Storage::Groups => "name",
        Storage::Tokens => "identifier",
        _ => return Ok(Errors::default()),
    };
    let holder = holder(tx, kind.storage, &text(values, field)).await?;
    Ok(if holder.is_some_and(|holder| holder != id) {
        Errors::one(field, "This field must be unique.")
    } else {
        Errors::default()
    })
}

/// The key of the row that has a unique text.
async fn holder(tx: &mut Tx, storage: Storage, text: &str) -> Result<Option<String>, StoreError> {
    Ok(match storage {
        Storage::Users => {
            let row = rows::user::find_by_username(tx, text).await?;
            row.map(|row| row.id.to_string())
        }
        Storage::Groups => {
            let row = rows::group::find_by_name(tx, text).await?;
            row.map(|row| row.id)
        }
        Storage::Tokens => {
            let row = rows::token::find(tx, text).await?;
            row.map(|row| row.id)
        }
        _ => None,
    })
}

/// JSON text of the store as an object.
pub(super) fn json_object(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_else(|_| json!({}))
}

/// A field as text; empty if it is none.
pub(super) fn text(values: &Map<String, Value>, key: &str) -> String {
    let text = values.get(key).and_then(Value::as_str);
    text.unwrap_or_default().to_owned()
}

/// The texts of a list.
pub(super) fn texts(values: &Map<String, Value>, key: &str) -> Vec<String> {
    let list = values.get(key).and_then(Value::as_array);
    list.map(|list| {
        list.iter()
            .filter_map(Value::as_str)
            .map(str::to_owned)
            .collect()
    })
    .unwrap_or_default()
}
