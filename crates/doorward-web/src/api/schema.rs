//! Our OpenAPI document, made from the registry: never written by hand, so never untrue.
//!
//! It is checked in as `docs/openapi.json` (written with `UPDATE=1`, otherwise compared by a test),
//! and the test of every route by every role reads it. Rule: a route that is not in here does not
//! exist.

use std::sync::OnceLock;

use doorward_engine::resource::{Family, Kind, Storage, registry};
use serde_json::{Map, Value, json};

use super::{actions, stubs};

mod kinds;

/// The document.
pub fn document() -> &'static Value {
    static DOCUMENT: OnceLock<Value> = OnceLock::new();
    DOCUMENT.get_or_init(build)
}

fn build() -> Value {
    let mut paths = Map::new();
    for kind in registry() {
        of_kind(kind, &mut paths);
    }
    for family in Family::ALL {
        of_family(family, &mut paths);
    }
    for (method, path, id, anonymous) in actions::ROUTES {
        add(
            &mut paths,
            path,
            method,
            &operation(id, path, &[], *anonymous),
        );
    }
    for path in stubs::PAGES
        .iter()
        .chain(stubs::ARRAYS)
        .chain([&stubs::LICENSE])
    {
        let id = format!("{}_list", words(path));
        add(&mut paths, path, "get", &operation(&id, path, &[], false));
    }
    json!({
        "openapi": "3.0.3",
        "info": {
            "title": "Doorward",
            "version": env!("CARGO_PKG_VERSION"),
            "description": "The part of authentik's API v3 that Doorward answers.",
        },
        "servers": [{ "url": "/api/v3" }],
        "paths": paths,
        "components": {
            "schemas": kinds::schemas(),
            "securitySchemes": {
                "token": { "type": "http", "scheme": "bearer" },
                "session": { "type": "apiKey", "in": "cookie", "name": "authentik_session" },
            },
        },
        "security": [{ "token": [] }, { "session": [] }],
    })
}

fn words(path: &str) -> String {
    path.trim_matches('/').replace(['/', '-'], "_")
}

fn add(paths: &mut Map<String, Value>, path: &str, method: &str, operation: &Value) {
    paths.entry(path).or_insert_with(|| json!({}))[method] = operation.clone();
}

/// An operation with its path parameters, query parameters and who may call it.
fn operation(id: &str, path: &str, query: &[&str], anonymous: bool) -> Value {
    let mut parameters: Vec<Value> = path
        .split('/')
        .filter_map(|part| part.strip_prefix('{')?.strip_suffix('}'))
        .map(|name| json!({ "in": "path", "name": name, "required": true, "schema": { "type": "string" } }))
        .collect();
    parameters.extend(
        query
            .iter()
            .map(|name| json!({ "in": "query", "name": name, "schema": { "type": "string" } })),
    );
    let tag = path.trim_matches('/').split('/').next().unwrap_or_default();
    let mut operation = json!({
        "operationId": id,
        "tags": [tag],
        "parameters": parameters,
        "responses": { "200": { "description": "" } },
    });
    if anonymous {
        operation["security"] = json!([{}]);
    }
    operation
}

/// An operation with a JSON body and a JSON answer, both by the names of their schemas.
fn with_schemas(mut operation: Value, body: Option<&str>, answer: Option<(&str, Value)>) -> Value {
    if let Some(body) = body {
        operation["requestBody"] =
            json!({ "content": { "application/json": { "schema": reference(body) } } });
    }
    let responses = match answer {
        Some((status, schema)) => {
            json!({ status: { "description": "", "content": { "application/json": { "schema": schema } } } })
        }
        None => json!({ "204": { "description": "No response body" } }),
    };
    operation["responses"] = responses;
    operation
}

fn reference(name: &str) -> Value {
    json!({ "$ref": format!("#/components/schemas/{name}") })
}

fn of_kind(kind: &Kind, paths: &mut Map<String, Value>) {
    let list = format!("/{}/", kind.path);
    let item = format!("{list}{{{}}}/", kind.param);
    let used_by = format!("{item}used_by/");
    let base = words(kind.path);
    let name = kind.schema;
    let (request, patched) = (format!("{name}Request"), format!("Patched{name}Request"));
    let make = |verb: &str, path: &str, query: &[&str]| {
        operation(&format!("{base}_{verb}"), path, query, false)
    };
    let page = reference(&format!("Paginated{name}List"));
    let listing = make("list", &list, &query_of(kind));
    add(
        paths,
        &list,
        "get",
        &with_schemas(listing, None, Some(("200", page))),
    );
    if kind.verbs.create {
        let create = with_schemas(
            make("create", &list, &[]),
            Some(&request),
            Some(("201", reference(name))),
        );
        add(paths, &list, "post", &create);
    }
    let one = |verb, body: Option<&str>| {
        with_schemas(make(verb, &item, &[]), body, Some(("200", reference(name))))
    };
    add(paths, &item, "get", &one("retrieve", None));
    if kind.verbs.update {
        add(paths, &item, "put", &one("update", Some(&request)));
        add(
            paths,
            &item,
            "patch",
            &one("partial_update", Some(&patched)),
        );
    }
    if kind.verbs.delete {
        add(
            paths,
            &item,
            "delete",
            &with_schemas(make("destroy", &item, &[]), None, None),
        );
    }
    let users = json!({ "type": "array", "items": reference("UsedBy") });
    let used = with_schemas(
        make("used_by_list", &used_by, &[]),
        None,
        Some(("200", users)),
    );
    add(paths, &used_by, "get", &used);
}

/// The parameters of a kind's list.
fn query_of(kind: &Kind) -> Vec<&'static str> {
    let has_attributes = matches!(kind.storage, Storage::Users | Storage::Groups);
    let attributes = has_attributes.then_some("attributes");
    let common = ["ordering", "page", "page_size", "search"]
        .into_iter()
        .chain(attributes);
    kind.filters
        .iter()
        .map(|filter| filter.param)
        .chain(common)
        .collect()
}

fn of_family(family: Family, paths: &mut Map<String, Value>) {
    let list = format!("/{}/", family.path());
    let item = format!("{list}{{{}}}/", family.param());
    let base = words(family.path());
    let page = reference(&format!("Paginated{}List", family.schema()));
    let make = |verb: &str, path: &str| operation(&format!("{base}_{verb}"), path, &[], false);
    add(
        paths,
        &list,
        "get",
        &with_schemas(make("list", &list), None, Some(("200", page))),
    );
    let answer = Some(("200", reference(family.schema())));
    add(
        paths,
        &item,
        "get",
        &with_schemas(make("retrieve", &item), None, answer),
    );
    add(
        paths,
        &item,
        "delete",
        &with_schemas(make("destroy", &item), None, None),
    );
    let used_by = format!("{item}used_by/");
    add(paths, &used_by, "get", &make("used_by_list", &used_by));
    let types = format!("{list}types/");
    add(paths, &types, "get", &make("types_list", &types));
}
