//! Who issues tokens here (OpenID Connect Discovery §2, RFC 7033): the provider of the application
//! that the brand opens by itself.
//!
//! Rule: it says the same of everybody, so nobody learns from it who has an account.

use serde_json::{Value, json};

use crate::snapshot::Snapshot;

/// OpenID Connect Discovery §2
const ISSUER: &str = "http://openid.net/specs/connect/1.0/issuer";

/// What is known of `resource` at this host; `rels` are the relations that are asked for, none: all.
/// `None` if the brand has no such application.
pub fn webfinger(snapshot: &Snapshot, host: &str, resource: &str, rels: &[&str]) -> Option<Value> {
    let brand = snapshot.brand(host)?;
    let application = brand.default_application.as_deref()?;
    let application = snapshot.applications.get(application)?;
    let client = snapshot.oauth.of_application(&application.slug)?;
    let at = client.addresses(snapshot.public_url().as_ref())?;
    // The document of a provider that calls itself by the global name stands below its own.
    let link = json!({ "rel": ISSUER, "href": at.own("") });
    let is_wanted = rels.is_empty() || rels.contains(&ISSUER);
    let links: Vec<_> = is_wanted.then_some(link).into_iter().collect();
    Some(json!({ "subject": resource, "links": links }))
}
