//! What people see and do about themselves: their applications, and where they are signed in.
//!
//! Rule: everything here is about the person who asks, and nothing of anybody else can be named.

pub mod access;
pub mod export;
pub mod favourite;
pub mod look;
pub mod request;
pub mod token;

use std::sync::Arc;

use doorward_store::session::{AppSessionRow, SessionRow};
use doorward_store::{StoreError, session as rows};
use serde_json::json;

use crate::context::Context;
use crate::engine::Engine;
use crate::event::{self, Action};
use crate::model::Application;
use crate::person::Person;
use crate::policy::Question;
use crate::session;
use crate::snapshot::Snapshot;

/// One place where a person is signed in.
#[derive(Clone, Debug)]
pub struct Place {
    /// The session.
    pub session: SessionRow,
    /// The applications opened from it.
    pub apps: Vec<AppSessionRow>,
}

/// An application that a person may open.
#[derive(Clone, Debug)]
pub struct Openable {
    /// The application.
    pub application: Arc<Application>,
    /// Where it opens.
    pub url: String,
    /// Whether it opens in a new tab.
    pub new_tab: bool,
}

/// An application with this address is never shown; authentik's spelling.
const HIDDEN: &str = "blank://blank";

/// The applications that `person` may open and that have an address, by name.
pub async fn applications(
    engine: &Engine,
    snapshot: &Snapshot,
    ctx: &Context,
    person: &Person,
) -> Vec<Openable> {
    let all = snapshot.applications.values();
    let shown = all.filter(|app| !app.meta_hide && app.meta_launch_url != HIDDEN);
    // A page is looked at: nothing is sent and nothing is counted.
    let question = Question::new(snapshot, ctx, Some(person)).trial();
    let mut openables = Vec::new();
    for app in shown {
        if engine.may_open(&question, app).await.passing {
            openables.extend(openable(snapshot, person, app));
        }
    }
    openables.sort_by_cached_key(|one| one.application.name.to_lowercase());
    openables
}

fn openable(snapshot: &Snapshot, person: &Person, app: &Arc<Application>) -> Option<Openable> {
    let object = snapshot.object("authentik_core.application", &app.pk);
    let new_tab = object.and_then(|object| object.config.get("open_in_new_tab")?.as_bool());
    let url = launch_url(snapshot, person, app)?;
    Some(Openable {
        application: Arc::clone(app),
        url,
        new_tab: new_tab.unwrap_or(false),
    })
}

/// Its own address with the person filled in (these three facts alone), else the provider's.
fn launch_url(snapshot: &Snapshot, person: &Person, app: &Application) -> Option<String> {
    if !app.meta_launch_url.is_empty() {
        let url = app
            .meta_launch_url
            .replace("%(username)s", &person.username);
        return Some(
            url.replace("%(name)s", &person.name)
                .replace("%(email)s", &person.email),
        );
    }
    let provider = snapshot.proxy_providers.get(&app.provider?)?;
    Some(provider.external_host.clone()).filter(|host| !host.is_empty())
}

/// Where a person is signed in, the latest used first.
///
/// # Errors
///
/// Only if the database fails.
pub async fn places(engine: &Engine, person: &Person, now: i64) -> Result<Vec<Place>, StoreError> {
    let mut tx = engine.store.read().await?;
    let mut places = Vec::new();
    for session in rows::of_user(&mut tx, person.id, now).await? {
        let apps = rows::apps_of(&mut tx, &session.id, now).await?;
        places.push(Place { session, apps });
    }
    Ok(places)
}

/// Signs `person` out of the session with this id; answers whether it was theirs.
///
/// # Errors
///
/// Only if the database fails.
pub async fn leave_place(
    engine: &Engine,
    ctx: &Context,
    person: &Arc<Person>,
    id: &str,
) -> Result<bool, StoreError> {
    let mut tx = engine.store.begin().await?;
    let session = rows::find(&mut tx, id, ctx.now).await?;
    let Some(session) = session.filter(|session| session.user_id == person.id) else {
        return Ok(false);
    };
    session::end(&mut tx, &session.id, ctx.now).await?;
    let told = json!({ "session": session.id });
    let ctx = ctx.acting_as(person);
    event::record(
        engine,
        &mut tx,
        &ctx,
        Action::Logout,
        "authentik.core",
        told,
    )
    .await?;
    engine.commit(tx).await?;
    Ok(true)
}

/// Signs `person` out everywhere but in the session `keep`; answers of how many.
///
/// # Errors
///
/// Only if the database fails.
pub async fn leave_other_places(
    engine: &Engine,
    ctx: &Context,
    person: &Arc<Person>,
    keep: &str,
) -> Result<usize, StoreError> {
    let mut tx = engine.store.begin().await?;
    let ended = session::end_all_of(&mut tx, person.id, keep, ctx.now).await?;
    let (told, ctx) = (json!({ "sessions": ended }), ctx.acting_as(person));
    event::record(
        engine,
        &mut tx,
        &ctx,
        Action::Logout,
        "authentik.core",
        told,
    )
    .await?;
    engine.commit(tx).await?;
    Ok(ended)
}

/// How many people and service accounts there are.
///
/// # Errors
///
/// Only if the database fails.
pub async fn count_people(engine: &Engine) -> Result<u64, StoreError> {
    let mut tx = engine.store.read().await?;
    let count = doorward_store::user::count(&mut tx).await?;
    Ok(u64::try_from(count).unwrap_or_default())
}
