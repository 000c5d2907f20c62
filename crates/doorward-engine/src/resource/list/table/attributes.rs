//! The filter `attributes={"a__b": "x"}` of users and groups.
//!
//! JSON is text for the store, so rows are read in blocks and compared here. Rule: memory holds one
//! block and one page, however many rows there are.

use doorward_store::list::Query;
use doorward_store::{StoreError, Tx};
use serde_json::{Map, Value};

use super::Params;
use crate::resource::kind::{Kind, Storage};
use crate::resource::tables::Row;
use crate::resource::validate::Errors;

/// Rows read at once.
const BLOCK: i64 = 500;

/// What the attributes must hold, if the list is asked for it.
///
/// # Errors
///
/// A value that is not a JSON object.
pub(super) fn wanted(kind: &Kind, params: &Params) -> Result<Option<Map<String, Value>>, Errors> {
    let has_attributes = matches!(kind.storage, Storage::Users | Storage::Groups);
    let Some(text) = params
        .get("attributes")
        .filter(|text| has_attributes && !text.is_empty())
    else {
        return Ok(None);
    };
    match serde_json::from_str(text) {
        Ok(wanted) => Ok(Some(wanted)),
        Err(_) => Err(Errors::one(
            "attributes",
            "Value must be valid JSON and a dictionary.",
        )),
    }
}

/// The page of `query` among the rows whose attributes fit, and how many fit in all.
pub(super) async fn rows(
    tx: &mut Tx,
    kind: &Kind,
    query: Query,
    wanted: &Map<String, Value>,
) -> Result<(Vec<Row>, i64), StoreError> {
    let (first, last) = (query.offset, query.offset.saturating_add(query.limit));
    let mut block = Query {
        offset: 0,
        limit: BLOCK,
        ..query
    };
    let (mut page, mut count) = (Vec::new(), 0);
    loop {
        let (rows, total) = super::rows(tx, kind, &block).await?;
        for row in rows.into_iter().filter(|row| fits(row, wanted)) {
            if (first..last).contains(&count) {
                page.push(row);
            }
            count += 1;
        }
        block.offset += BLOCK;
        if block.offset >= total {
            return Ok((page, count));
        }
    }
}

fn fits(row: &Row, wanted: &Map<String, Value>) -> bool {
    let text = match row {
        Row::User(row) => &row.attributes,
        Row::Group(row) => &row.attributes,
        _ => return false,
    };
    let attributes: Value = serde_json::from_str(text).unwrap_or_default();
    wanted
        .iter()
        .all(|(path, value)| at(&attributes, path) == Some(value))
}

/// The value at `a__b`.
fn at<'a>(attributes: &'a Value, path: &str) -> Option<&'a Value> {
    attributes.get(path).or_else(|| {
        path.split("__")
            .try_fold(attributes, |value, key| value.get(key))
    })
}
