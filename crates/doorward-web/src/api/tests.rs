//! The API through the router, over real stores.

mod applications;
mod attacks;
mod blueprints;
mod bodies;
mod certificates;
mod challenges;
mod devices;
mod documented;
mod errors;
mod estate;
mod events;
mod filters;
mod forms;
mod kit;
mod lists;
mod mail;
mod many;
mod mappings;
mod media;
mod objects;
mod people;
mod policies;
mod prompts;
mod proxy_providers;
mod roles;
mod round_trip;
mod sessions;
mod through_outposts;
mod token_owners;
mod used_by;
mod written;

/// The checked-in OpenAPI document is the one that is served; `UPDATE=1` writes it.
#[test]
fn the_openapi_file_in_the_tree_is_the_one_that_is_served() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/openapi.json");
    let text = format!("{:#}\n", super::schema::document());
    if std::env::var_os("UPDATE").is_some() {
        std::fs::write(path, &text).unwrap();
    }
    let stored = std::fs::read_to_string(path).unwrap_or_default();
    assert!(
        stored == text,
        "docs/openapi.json is not up to date: run this test with UPDATE=1"
    );
}
