//! `OAuth2` providers: their addresses, and what an application would be told about somebody.
//!
//! Rule: a preview runs operators' texts about anybody, so it needs the permission for that, not
//! only the one to see the provider (CVE-2026-25227).

use std::sync::Arc;

use serde_json::{Value, json};

use super::policy::{may_run, person_of};
use crate::context::Context;
use crate::engine::Engine;
use crate::event::Action;
use crate::oauth::Client;
use crate::person::Person;
use crate::resource::OAUTH2_PROVIDER;
use crate::resource::kinds::oauth2_provider;
use crate::resource::list::{Params, reach};
use crate::resource::permit::Verb;
use crate::resource::refusal::Refusal;
use crate::resource::tables::Row;
use crate::resource::validate::{Errors, Mode, WHOLE};
use crate::resource::world::World;
use crate::resource::write::Writing;

const VERBOSE: &str = "OAuth2/OpenID Provider";

/// The addresses of a provider's endpoints.
///
/// # Errors
///
/// [`Refusal`].
pub async fn setup_urls(engine: &Engine, ctx: &Context, pk: &str) -> Result<Value, Refusal> {
    let world = World::of(&engine.snapshot());
    let kind = crate::resource::registered(OAUTH2_PROVIDER);
    let mut tx = engine.store.read().await?;
    let Row::Object(object) = reach(&mut tx, ctx, Verb::View, kind, pk, &world).await? else {
        return Err(Refusal::NotFound { model: VERBOSE });
    };
    Ok(oauth2_provider::setup_urls(&object, &world))
}

/// What the application would be told: the ID token's claims, and beside them those of the access
/// token and of userinfo.
///
/// # Errors
///
/// [`Refusal`].
pub async fn preview(
    engine: &Engine,
    ctx: &Context,
    pk: &str,
    params: &Params,
) -> Result<Value, Refusal> {
    may_run(ctx, VERBOSE)?;
    let snapshot = engine.snapshot();
    let client = pk
        .parse()
        .ok()
        .and_then(|pk| snapshot.oauth.of_provider(pk));
    let client: Arc<Client> = match client {
        Some(client) => Arc::clone(client),
        None if pk_exists(engine, pk) => {
            let why = "Assign it to an application first.";
            return Err(Errors::one("provider", why).into());
        }
        None => return Err(Refusal::NotFound { model: VERBOSE }),
    };
    if snapshot.public_url().is_none() {
        let why = "The public address of this server is not set.";
        return Err(Errors::one(WHOLE, why).into());
    }
    let person = about(engine, ctx, params).await?;
    let told = engine
        .oauth_preview(&snapshot, ctx, &client, &person)
        .await?;
    let [id, access, info] = told;
    Ok(json!({ "preview": id, "access_token": access, "userinfo": info }))
}

/// So many clients' secrets that administrators have seen are told within ten minutes.
const SECRETS_TOLD_MAX: usize = 1000;

/// Leaves an event that somebody was shown the secret of a provider's client, or, without a key, of
/// all in a list: once in ten minutes for each viewer. The contract answers it with the provider, to
/// whoever may see that at all.
pub(crate) fn note_secret_seen(engine: &Engine, ctx: &Context, seen: Option<(&str, &str)>) {
    let Some(person) = ctx.actor.person() else {
        return;
    };
    let (pk, name) = seen.unwrap_or(("", "every client in a list"));
    let subject = format!("{} {pk}", person.id);
    let told = &engine.told;
    if !told.admits_of("client secret", subject, SECRETS_TOLD_MAX, ctx.now) {
        return;
    }
    let kind = crate::resource::registered(OAUTH2_PROVIDER);
    let context = json!({ "model": {
        "app": kind.app_label(), "model_name": kind.model_name(), "pk": pk, "name": name,
    }});
    let what = ("authentik.providers.oauth2", Action::SecretView);
    engine.tell(ctx, what, context);
}

/// Adds an address to those that a provider's app may be answered at, to be compared byte by byte.
/// One that is there changes nothing.
///
/// # Errors
///
/// [`Refusal`].
pub async fn allow_redirect(
    engine: &Engine,
    ctx: &Context,
    pk: &str,
    address: &str,
) -> Result<(), Refusal> {
    let kind = crate::resource::registered(OAUTH2_PROVIDER);
    let mut writing = Writing::begin(engine, ctx).await?;
    let row = writing.reach(Verb::Change, kind, pk).await?;
    let Row::Object(object) = &row else {
        return Err(Refusal::NotFound { model: VERBOSE });
    };
    let uris = object.config.get("redirect_uris").and_then(Value::as_array);
    let mut uris = uris.cloned().unwrap_or_default();
    let entry = json!({
        "matching_mode": "strict", "url": address, "redirect_uri_type": "authorization",
    });
    if uris.contains(&entry) {
        return Ok(());
    }
    uris.push(entry);
    let body = json!({ "redirect_uris": uris });
    writing.change(kind, &row, &body, Mode::Patch).await?;
    writing.finish().await
}

fn pk_exists(engine: &Engine, pk: &str) -> bool {
    engine.snapshot().object(OAUTH2_PROVIDER, pk).is_some()
}

/// `for_user`, else whoever asks.
async fn about(engine: &Engine, ctx: &Context, params: &Params) -> Result<Arc<Person>, Refusal> {
    match params.get("for_user").filter(|text| !text.is_empty()) {
        Some(text) => {
            let id = text
                .parse()
                .map_err(|_| Errors::one("for_user", "A valid integer is required."))?;
            person_of(engine, id).await
        }
        None => ctx.actor.person().cloned().ok_or(Refusal::NotAuthenticated),
    }
}
