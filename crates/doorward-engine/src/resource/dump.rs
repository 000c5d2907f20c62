//! Every object of a kind with its stored fields, for exports.
//!
//! Rule: as everywhere, no password hash and no sealed value of a table becomes a value; what a
//! configuration object has sealed is for the caller to leave out by its field's description.

use doorward_store::list::Query;
use doorward_store::{StoreError, Tx};
use serde_json::{Map, Value};

use super::kind::{Kind, Storage};
use super::list::rows;
use super::tables;
use super::world::World;

/// So many rows are read at once.
const ROWS_AT_ONCE: i64 = 1000;

/// Every object of a kind: its key and its fields.
///
/// # Errors
///
/// Only if the database fails.
pub(crate) async fn every(
    tx: &mut Tx,
    kind: &Kind,
    world: &World,
) -> Result<Vec<(String, Map<String, Value>)>, StoreError> {
    if kind.storage == Storage::Snapshot {
        let objects = world.objects(kind.model).iter();
        return Ok(objects
            .map(|object| (object.id.clone(), object.config.clone()))
            .collect());
    }
    let mut found = Vec::new();
    loop {
        let query = Query {
            conditions: Vec::new(),
            order: vec![("id", false)],
            offset: i64::try_from(found.len()).unwrap_or(i64::MAX),
            limit: ROWS_AT_ONCE,
        };
        let (page, _) = rows(tx, kind, &query).await?;
        if page.is_empty() {
            return Ok(found);
        }
        for row in page {
            found.push((row.id(), tables::values(tx, &row).await?));
        }
    }
}
