//! Lists of tables: query parameters to conditions on the registry's columns.

mod attributes;

use doorward_store::list::{Condition, Page, Query, Value as Sql, page};
use doorward_store::{
    StoreError, Tx, consent, device, event, grant, group, reputation, session, token, user,
};
use serde_json::Value;

use super::{Params, Slice};
use crate::context::Context;
use crate::engine::Engine;
use crate::resource::kind::{Holds, Kind, Op, Storage};
use crate::resource::permit::Grant;
use crate::resource::query::{self, Wanted};
use crate::resource::refusal::Refusal;
use crate::resource::tables::{self, Row};
use crate::resource::validate::Errors;
use crate::resource::world::World;

/// So many words of a search count; more are ignored, as each becomes conditions of one statement.
const WORDS_MAX: usize = 20;

/// One page of a table.
pub(super) async fn list(
    engine: &Engine,
    ctx: &Context,
    kind: &'static Kind,
    grant: &Grant,
    params: &Params,
) -> Result<Value, Refusal> {
    let mut world = World::of(&engine.snapshot());
    let slice = Slice::of(params, world.snapshot())?;
    let mut conditions = conditions_of(kind, params)?;
    conditions.extend(limits(ctx, kind, grant));
    let query = Query {
        conditions,
        order: order_of(kind, params),
        offset: slice.offset(),
        limit: slice.size(),
    };
    let mut tx = engine.store.read().await?;
    let (rows, count) = match attributes::wanted(kind, params)? {
        Some(wanted) => attributes::rows(&mut tx, kind, query, &wanted).await?,
        None => rows(&mut tx, kind, &query).await?,
    };
    let mut results = Vec::with_capacity(rows.len());
    for row in rows {
        results.push(tables::show(&mut tx, kind, &row, &mut world, params).await?);
    }
    slice.answer(count, &results)
}

/// What the caller may see at all, and what has not expired.
pub(in crate::resource) fn limits(ctx: &Context, kind: &Kind, grant: &Grant) -> Vec<Condition> {
    let mut conditions = Vec::new();
    let owner = if kind.storage == Storage::Users {
        "id"
    } else {
        "user_id"
    };
    match grant {
        Grant::Everything => {}
        Grant::Own => {
            let id = ctx.actor.person().map_or(-1, |person| person.id);
            conditions.push(Condition::Equals(owner, Sql::Integer(id)));
        }
        Grant::Outpost(_) | Grant::Refused(_) => {
            conditions.push(Condition::OneOf("id", Vec::new()));
        }
    }
    match kind.storage {
        Storage::Sessions => {
            conditions.push(Condition::AtLeast("expires_at", ctx.now + 1));
            conditions.push(Condition::Custom(
                "last_used_at + idle_ms > ?",
                Sql::Integer(ctx.now),
            ));
        }
        Storage::Tokens => conditions.push(Condition::Custom(
            "(NOT expiring OR expires_at IS NULL OR expires_at > ?)",
            Sql::Integer(ctx.now),
        )),
        Storage::Devices(class) => {
            let word = Sql::Text(class.word().to_owned());
            conditions.push(Condition::Equals("kind", word));
            conditions.push(Condition::Equals("confirmed", Sql::Bool(true)));
        }
        Storage::Consents => conditions.push(Condition::Custom(
            "(expires_at IS NULL OR expires_at > ?)",
            Sql::Integer(ctx.now),
        )),
        Storage::Grants(kind) => {
            let word = Sql::Text(kind.word().to_owned());
            conditions.push(Condition::Equals("kind", word));
            conditions.push(Condition::AtLeast("expires_at", ctx.now + 1));
        }
        Storage::Reputation => {
            conditions.push(Condition::AtLeast("expires_at", ctx.now + 1));
        }
        _ => {}
    }
    conditions
}

/// The conditions that the parameters ask for.
///
/// # Errors
///
/// Every value that its filter cannot read.
pub(in crate::resource) fn conditions_of(
    kind: &'static Kind,
    params: &Params,
) -> Result<Vec<Condition>, Errors> {
    let wanted = query::read(Some(kind), kind.filters, params)?;
    let mut conditions: Vec<_> = wanted.iter().map(condition).collect();
    let columns: &'static [&'static str] = search_columns(kind.storage);
    let words = params.get("search").unwrap_or_default().split_whitespace();
    conditions.extend(
        words
            .take(WORDS_MAX)
            .map(|word| Condition::Contains(columns, word.to_lowercase())),
    );
    Ok(conditions)
}

/// The columns of a table's search, as the registry names them; a test compares the two.
fn search_columns(storage: Storage) -> &'static [&'static str] {
    match storage {
        Storage::Users => &["username_key", "name_key", "email_key", "uuid"],
        Storage::Groups | Storage::Devices(_) => &["name_key"],
        Storage::Tokens => &["identifier", "description_key"],
        Storage::Sessions => &["last_ip", "user_agent"],
        Storage::Events => &["action", "app", "username", "client_ip"],
        Storage::Consents => &["permissions"],
        Storage::Grants(_) => &["scopes"],
        Storage::Reputation => &["identifier", "ip"],
        Storage::Snapshot => &[],
    }
}

fn condition(wanted: &Wanted) -> Condition {
    let column = wanted.filter.field;
    let all = || wanted.values.iter().map(|text| value(wanted.holds, text));
    let last = wanted.values.last().map_or("", String::as_str);
    match wanted.filter.op {
        Op::Exact | Op::IExact | Op::IContains | Op::Test(_) => {
            Condition::Equals(column, value(wanted.holds, last))
        }
        Op::Prefix => Condition::Prefix(column, last.to_owned()),
        Op::IsNull => Condition::Null(column, last == "true"),
        Op::In => Condition::OneOf(column, all().collect()),
        Op::Greater => Condition::AtLeast(column, number(last).saturating_add(1)),
        Op::Less => Condition::AtMost(column, number(last).saturating_sub(1)),
        Op::Sql(sql) => Condition::CustomIn(sql, all().collect()),
        Op::Never => Condition::OneOf(column, Vec::new()),
    }
}

/// A value that was read before, as its column compares it.
fn value(holds: Holds, text: &str) -> Sql {
    match holds {
        Holds::Bool => Sql::Bool(text == "true"),
        Holds::Integer | Holds::Time => Sql::Integer(number(text)),
        Holds::Text | Holds::Uuid | Holds::Words(_) => Sql::Text(text.to_owned()),
    }
}

fn number(text: &str) -> i64 {
    text.parse().unwrap_or_default()
}

/// The order that is asked for as far as the kind knows it, with the key last.
fn order_of(kind: &Kind, params: &Params) -> Vec<(&'static str, bool)> {
    let find = |name: &str| {
        let key = name.trim().trim_start_matches('-');
        let column = kind
            .ordering
            .iter()
            .find(|(known, _)| *known == key)
            .map(|(_, column)| *column);
        column.map(|column| (column, name.trim().starts_with('-')))
    };
    let mut order: Vec<_> = params
        .get("ordering")
        .unwrap_or_default()
        .split(',')
        .filter_map(find)
        .collect();
    if order.is_empty() {
        order.extend(find(kind.default_order));
    }
    order.push(("id", false));
    order
}

/// The rows of a table that meet a query, and how many there are in all.
pub(in crate::resource) async fn rows(
    tx: &mut Tx,
    kind: &Kind,
    query: &Query,
) -> Result<(Vec<Row>, i64), StoreError> {
    fn wrap<T>(page: Page<T>, row: fn(T) -> Row) -> (Vec<Row>, i64) {
        (page.rows.into_iter().map(row).collect(), page.count)
    }
    Ok(match kind.storage {
        Storage::Users => wrap(page(tx, "users", user::COLUMNS, query).await?, Row::User),
        Storage::Groups => wrap(page(tx, "groups", group::COLUMNS, query).await?, Row::Group),
        Storage::Tokens => wrap(page(tx, "tokens", token::COLUMNS, query).await?, Row::Token),
        Storage::Sessions => wrap(
            page(tx, "sessions", session::COLUMNS, query).await?,
            Row::Session,
        ),
        Storage::Devices(_) => wrap(
            page(tx, "devices", device::COLUMNS, query).await?,
            Row::Device,
        ),
        Storage::Consents => wrap(
            page(tx, "user_consents", consent::COLUMNS, query).await?,
            Row::Consent,
        ),
        Storage::Grants(_) => wrap(
            page(tx, "grant_tokens", grant::TOKEN_COLUMNS, query).await?,
            Row::Grant,
        ),
        Storage::Reputation => wrap(
            page(tx, "reputation", reputation::COLUMNS, query).await?,
            Row::Reputation,
        ),
        Storage::Events => wrap(page(tx, "events", event::COLUMNS, query).await?, Row::Event),
        Storage::Snapshot => (Vec::new(), 0),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::resource::registry;

    #[test]
    fn the_search_columns_are_those_of_the_registry() {
        for kind in registry().filter(|kind| kind.storage != Storage::Snapshot) {
            let named: Vec<_> = kind.search.iter().map(|(_, column)| *column).collect();
            assert_eq!(named, search_columns(kind.storage), "{}", kind.model);
        }
    }
}
