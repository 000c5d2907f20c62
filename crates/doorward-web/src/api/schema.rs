//! Our OpenAPI document, made from the registry and the list of actions: never written by hand, so
//! never untrue.
//!
//! It is checked in as `docs/openapi.json` (written with `UPDATE=1`, otherwise compared by a test),
//! and the test of every route by every role reads it. Rule: a route that is not in here does not
//! exist.

use std::sync::OnceLock;

use doorward_engine::resource::{Family, registry};
use serde_json::{Map, Value, json};

use super::route::{Gives, Route, Takes};
use super::{actions, stubs};

mod answers;
mod generic;
mod kinds;
mod parameters;

/// The document.
pub fn document() -> &'static Value {
    static DOCUMENT: OnceLock<Value> = OnceLock::new();
    DOCUMENT.get_or_init(build)
}

fn build() -> Value {
    let mut paths = Map::new();
    let mut schemas = kinds::schemas();
    schemas.extend(answers::schemas());
    for kind in registry() {
        generic::of_kind(kind, &mut paths);
    }
    for family in Family::ALL {
        generic::of_family(family, &mut paths);
    }
    for route in actions::all() {
        of_route(&route, &mut paths);
        kinds::add_form(&route, &mut schemas);
    }
    of_stubs(&mut paths);
    json!({
        "openapi": "3.0.3",
        "info": {
            "title": "Doorward",
            "version": env!("CARGO_PKG_VERSION"),
            "description": "The part of authentik's API v3 that Doorward answers.",
        },
        "servers": [{ "url": "/api/v3" }],
        "paths": paths,
        "components": { "schemas": schemas, "securitySchemes": security() },
        "security": [{ "token": [] }, { "session": [] }],
    })
}

fn security() -> Value {
    json!({
        "token": {
            "type": "http",
            "scheme": "bearer",
            "description": "A token of the API, or an app's access token with the scope goauthentik.io/api.",
        },
        "session": { "type": "apiKey", "in": "cookie", "name": "authentik_session" },
    })
}

fn words(path: &str) -> String {
    path.trim_matches('/').replace(['/', '-'], "_")
}

fn add(paths: &mut Map<String, Value>, path: &str, method: &str, operation: Value) {
    paths.entry(path).or_insert_with(|| json!({}))[method] = operation;
}

/// An operation without body: its path parameters, query parameters and answers.
fn operation(id: &str, path: &str, query: Vec<Value>, responses: &Value) -> Value {
    let named = path
        .split('/')
        .filter_map(|part| part.strip_prefix('{')?.strip_suffix('}'));
    let mut parameters: Vec<Value> = named
        .map(|name| json!({ "in": "path", "name": name, "required": true, "schema": { "type": "string" } }))
        .collect();
    parameters.extend(query);
    let tag = path.trim_matches('/').split('/').next().unwrap_or_default();
    json!({
        "operationId": id,
        "tags": [tag],
        "parameters": parameters,
        "responses": responses,
    })
}

/// The operation with a JSON body of a schema.
fn taking(operation: Value, schema: &str) -> Value {
    taking_as(operation, "application/json", schema)
}

fn taking_as(mut operation: Value, media_type: &str, schema: &str) -> Value {
    operation["requestBody"] =
        json!({ "content": { media_type: { "schema": reference(schema) } } });
    operation
}

fn reference(name: &str) -> Value {
    json!({ "$ref": format!("#/components/schemas/{name}") })
}

/// An answer with a body.
fn answer(status: &str, schema: &Value) -> Value {
    json!({ status: { "description": "", "content": { "application/json": { "schema": schema } } } })
}

fn array(name: &str) -> Value {
    json!({ "type": "array", "items": reference(name) })
}

/// A status alone.
fn no_answer(status: &str) -> Value {
    json!({ status: { "description": "No response body" } })
}

fn of_route(route: &Route, paths: &mut Map<String, Value>) {
    let responses = match route.gives {
        Gives::Nothing => no_answer("204"),
        Gives::Done => no_answer("200"),
        Gives::One(name) => answer("200", &reference(name)),
        Gives::Many(name) => answer("200", &array(name)),
        Gives::Text(media_type) => {
            let content = json!({ media_type: { "schema": { "type": "string" } } });
            json!({ "200": { "description": "", "content": content } })
        }
    };
    let query = parameters::of_route(route);
    let mut operation = operation(route.id, route.path, query, &responses);
    match route.takes {
        Takes::Nothing => {}
        Takes::Form(form) => operation = taking(operation, form.schema),
        Takes::Schema(name) => operation = taking(operation, name),
        Takes::Upload(name) => operation = taking_as(operation, "multipart/form-data", name),
    }
    if route.anonymous {
        operation["security"] = json!([{}]);
    }
    add(paths, route.path, route.method, operation);
}

/// What is always empty; marked, because every filter of nothing is honored.
fn of_stubs(paths: &mut Map<String, Value>) {
    let pages = stubs::PAGES.iter().map(|path| (path, "EmptyPage"));
    let arrays = stubs::ARRAYS.iter().map(|path| (path, "EmptyList"));
    let license = (&stubs::LICENSE, "LicenseSummary");
    for (path, schema) in pages.chain(arrays).chain([license]) {
        let id = format!("{}_list", words(path));
        let responses = answer("200", &reference(schema));
        let mut operation = operation(&id, path, Vec::new(), &responses);
        operation["x-empty"] = json!(true);
        add(paths, path, "get", operation);
    }
}
