//! What belongs to no kind: the parts of the product and its models.

use serde_json::{Value, json};

use crate::context::Context;
use crate::resource::kind::Kind;
use crate::resource::permit::superuser;
use crate::resource::refusal::Refusal;
use crate::resource::registry;

/// The parts of the product that have kinds.
///
/// # Errors
///
/// [`Refusal`].
pub fn apps(ctx: &Context) -> Result<Value, Refusal> {
    superuser(&ctx.actor)?;
    let mut apps: Vec<String> = registry().map(Kind::event_app).collect();
    apps.sort();
    apps.dedup();
    Ok(apps
        .into_iter()
        .map(|name| json!({ "label": label(&name), "name": name }))
        .collect())
}

fn label(name: &str) -> String {
    name.replace('.', " ")
        .split(' ')
        .map(capital)
        .collect::<Vec<_>>()
        .join(" ")
}

fn capital(word: &str) -> String {
    let mut letters = word.chars();
    letters.next().map_or_else(String::new, |first| {
        first.to_uppercase().chain(letters).collect()
    })
}

/// Every kind by its blueprint model.
///
/// # Errors
///
/// [`Refusal`].
pub fn models(ctx: &Context) -> Result<Value, Refusal> {
    superuser(&ctx.actor)?;
    Ok(registry()
        .map(|kind| json!({ "name": kind.model, "label": kind.verbose }))
        .collect())
}
