//! What stands first among somebody's applications: what they put there, and what they opened last.
//!
//! Rule: only an application that they may open is put first.

use std::collections::HashSet;

use doorward_store::{StoreError, event, favourite};
use serde_json::Value;

use super::Openable;
use crate::context::Context;
use crate::engine::Engine;
use crate::event::Action;
use crate::person::Person;

/// So many that were opened last are shown.
const RECENT_MOST: usize = 6;
/// So many openings are looked through for them.
const OPENINGS_MOST: i64 = 60;

/// uuids of applications.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct First {
    /// Those that they put first.
    pub favourites: HashSet<String>,
    /// Those that they opened last, the latest first.
    pub recent: Vec<String>,
}

/// What stands first for `person`.
///
/// # Errors
///
/// Only if the database fails.
pub async fn first(engine: &Engine, person: &Person) -> Result<First, StoreError> {
    let mut tx = engine.store.read().await?;
    let favourites = favourite::of_user(&mut tx, person.id).await?;
    let word = Action::AuthorizeApplication.word();
    let (id, name) = (person.id, &*person.username);
    let openings = event::latest(&mut tx, id, name, word, OPENINGS_MOST).await?;
    let mut recent: Vec<String> = Vec::new();
    for opening in &openings {
        let told: Value = serde_json::from_str(&opening.context).unwrap_or_default();
        let app = told["authorized_application"]["pk"].as_str();
        if let Some(app) = app.filter(|app| !recent.iter().any(|one| one == app)) {
            recent.push(app.to_owned());
        }
    }
    recent.truncate(RECENT_MOST);
    Ok(First {
        favourites: favourites.into_iter().collect(),
        recent,
    })
}

/// Puts an application that `person` may open first, or back among the others.
///
/// # Errors
///
/// Only if the database fails.
pub async fn mark(
    engine: &Engine,
    ctx: &Context,
    person: &Person,
    (app, is_first): (&Openable, bool),
) -> Result<(), StoreError> {
    let mut tx = engine.store.begin().await?;
    let app = &app.application.pk;
    if is_first {
        favourite::insert(&mut tx, person.id, app, ctx.now).await?;
    } else {
        favourite::delete(&mut tx, person.id, app).await?;
    }
    engine.commit(tx).await?;
    Ok(())
}
