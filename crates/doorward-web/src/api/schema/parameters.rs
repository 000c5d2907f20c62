//! The query parameters of operations, with what they may hold.

use doorward_engine::resource::query::Filter;
use doorward_engine::resource::{Family, Holds, Kind, Storage, kind};
use serde_json::{Value, json};

use crate::api::route::{Needed, Route};

/// What every page can be asked for.
const PAGE: &[(&str, Holds)] = &[
    ("ordering", Holds::Text),
    ("page", Holds::Integer),
    ("page_size", Holds::Integer),
    ("search", Holds::Text),
];

fn schema_of(holds: Holds) -> Value {
    match holds {
        Holds::Text => json!({ "type": "string" }),
        Holds::Bool => json!({ "type": "boolean" }),
        Holds::Integer => json!({ "type": "integer" }),
        Holds::Uuid => json!({ "type": "string", "format": "uuid" }),
        Holds::Time => json!({ "type": "string", "format": "date-time" }),
        Holds::Words(words) => json!({ "type": "string", "enum": words }),
    }
}

fn single(name: &str, holds: Holds) -> Value {
    json!({ "in": "query", "name": name, "schema": schema_of(holds) })
}

fn listed(name: &str, holds: Holds) -> Value {
    let schema = json!({ "type": "array", "items": schema_of(holds) });
    json!({ "in": "query", "name": name, "schema": schema, "explode": true, "style": "form" })
}

fn of_needed(needed: Needed) -> Value {
    let of = if needed.is_many { listed } else { single };
    let mut parameter = of(needed.name, needed.holds);
    parameter["required"] = true.into();
    parameter
}

fn of_filter(filter: &Filter, kind: Option<&Kind>) -> Value {
    let of = if filter.is_many() { listed } else { single };
    of(filter.param, filter.holds(kind))
}

/// The parameters of a kind's list.
pub(super) fn of_list(kind: &Kind) -> Vec<Value> {
    let has_attributes = matches!(kind.storage, Storage::Users | Storage::Groups);
    let filters = kind.filters.iter().map(|one| of_filter(one, Some(kind)));
    let attributes = has_attributes.then(|| single("attributes", Holds::Text));
    let for_user = (kind.path == "core/applications").then(|| single("for_user", Holds::Integer));
    filters
        .chain(of_one(kind))
        .chain(attributes)
        .chain(for_user)
        .chain(page())
        .collect()
}

/// The parameters of one object of a kind.
pub(super) fn of_one(kind: &Kind) -> Vec<Value> {
    let flags = kind.flags.iter();
    flags.map(|flag| single(flag, Holds::Bool)).collect()
}

/// The parameters of a family's list.
pub(super) fn of_family(family: Family) -> Vec<Value> {
    let filters = family.filters().iter().map(|one| of_filter(one, None));
    filters.chain(page()).collect()
}

fn page() -> impl Iterator<Item = Value> {
    PAGE.iter().map(|(name, holds)| single(name, *holds))
}

/// The parameters of an action.
pub(super) fn of_route(route: &Route) -> Vec<Value> {
    let kind = route.filters_of.and_then(kind);
    let filters = kind.map_or(&[] as &[Filter], |kind| kind.filters);
    let own = route.query.iter().map(|(name, holds)| single(name, *holds));
    filters
        .iter()
        .map(|one| of_filter(one, kind))
        .chain(own)
        .chain(route.needs.map(of_needed))
        .collect()
}
