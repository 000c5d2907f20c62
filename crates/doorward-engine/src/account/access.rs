//! What people let applications know and do: what they agreed to, and what was granted for it.
//!
//! Rule: taking back is whole. With a consent goes what was granted to its application; with an
//! application's access go all of its tokens.

use std::collections::BTreeMap;

use doorward_store::consent::ConsentRow;
use doorward_store::grant::GrantTokenRow;

use crate::context::Context;
use crate::engine::Engine;
use crate::resource::tables::Row;
use crate::resource::{Refusal, own, registered};
use crate::snapshot::Snapshot;

const CONSENT: &str = "authentik_core.userconsent";
const REFRESH: &str = "authentik_providers_oauth2.refreshtoken";
const SCOPE: &str = "authentik_providers_oauth2.scopemapping";
/// So many are looked at.
const LOOKED_AT_MAX: i64 = 500;

/// Something that somebody agreed to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Agreed {
    /// Its key.
    pub id: i64,
    /// The application's name.
    pub application: String,
    /// What it may know, in words where there are any.
    pub permissions: Vec<String>,
    /// Unix milliseconds.
    pub since: i64,
    /// Unix milliseconds; `None` if it does not end by itself.
    pub until: Option<i64>,
}

/// An application that gets in without asking again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Kept {
    /// The provider that it uses.
    pub provider: i64,
    /// Its name.
    pub application: String,
    /// What it may know, in words where there are any.
    pub permissions: Vec<String>,
    /// How many devices or browsers of the application hold one.
    pub count: u32,
    /// Unix milliseconds.
    pub since: i64,
    /// Unix milliseconds.
    pub until: i64,
}

/// What whoever asks agreed to, the latest first.
///
/// # Errors
///
/// [`Refusal`].
pub async fn agreed(engine: &Engine, ctx: &Context) -> Result<Vec<Agreed>, Refusal> {
    let snapshot = engine.snapshot();
    let rows = own::latest(engine, ctx, registered(CONSENT), LOOKED_AT_MAX).await?;
    let shown = rows.iter().filter_map(|row| match row {
        Row::Consent(row) => Some(one(&snapshot, row)),
        _ => None,
    });
    Ok(shown.collect())
}

fn one(snapshot: &Snapshot, row: &ConsentRow) -> Agreed {
    let application = snapshot.object("authentik_core.application", &row.application);
    let name = application.and_then(|one| one.config.get("name")?.as_str());
    Agreed {
        id: row.id,
        application: name.unwrap_or(&row.application).to_owned(),
        permissions: words(snapshot, &row.permissions),
        since: row.created_at,
        until: row.expires_at,
    }
}

/// Takes back what whoever asks agreed to.
///
/// # Errors
///
/// [`Refusal::NotFound`] if it is not theirs.
pub async fn take_back(engine: &Engine, ctx: &Context, id: &str) -> Result<(), Refusal> {
    own::delete(engine, ctx, registered(CONSENT), id).await
}

/// The applications that get in without asking whoever asks, the latest first.
///
/// # Errors
///
/// [`Refusal`].
pub async fn kept(engine: &Engine, ctx: &Context) -> Result<Vec<Kept>, Refusal> {
    let snapshot = engine.snapshot();
    let rows = own::latest(engine, ctx, registered(REFRESH), LOOKED_AT_MAX).await?;
    let mut found: BTreeMap<i64, Kept> = BTreeMap::new();
    for row in rows {
        if let Row::Grant(row) = row
            && row.used_at.is_none()
        {
            match found.get_mut(&row.provider_id) {
                Some(kept) => kept.add(&row),
                None => drop(found.insert(row.provider_id, first(&snapshot, &row))),
            }
        }
    }
    let mut found: Vec<_> = found.into_values().collect();
    found.sort_by_key(|kept| std::cmp::Reverse(kept.since));
    Ok(found)
}

fn first(snapshot: &Snapshot, row: &GrantTokenRow) -> Kept {
    let application = snapshot.application_of_provider.get(&row.provider_id);
    let application = application.map(|application| application.name.clone());
    Kept {
        provider: row.provider_id,
        application: application.unwrap_or_else(|| format!("#{}", row.provider_id)),
        permissions: words(snapshot, &row.scopes),
        count: 1,
        since: row.created_at,
        until: row.expires_at,
    }
}

impl Kept {
    fn add(&mut self, row: &GrantTokenRow) {
        self.count += 1;
        self.since = self.since.min(row.created_at);
        self.until = self.until.max(row.expires_at);
    }
}

/// Ends what an application was granted by whoever asks.
///
/// # Errors
///
/// [`Refusal::NotFound`] if it was granted nothing by them.
pub async fn end(engine: &Engine, ctx: &Context, provider: &str) -> Result<(), Refusal> {
    let snapshot = engine.snapshot();
    let unknown = Refusal::NotFound {
        model: registered(REFRESH).verbose,
    };
    let provider = provider.parse().map_err(|_| unknown)?;
    let application = snapshot.application_of_provider.get(&provider);
    let name = application.map_or("", |application| &*application.name);
    own::end_grants(engine, ctx, (provider, name)).await
}

/// The sentences that operators wrote for scopes; a word where there is none.
fn words(snapshot: &Snapshot, scopes: &str) -> Vec<String> {
    let mappings = snapshot.objects(SCOPE);
    let said = |word: &str| {
        mappings.iter().find_map(|mapping| {
            let text = |key: &str| mapping.config.get(key)?.as_str();
            let is_it = text("scope_name") == Some(word);
            text("description").filter(|text| is_it && !text.is_empty())
        })
    };
    let scopes = scopes.split_whitespace();
    let mut words: Vec<_> = scopes
        .filter(|word| !matches!(*word, "openid" | "claim"))
        .map(|word| said(word).unwrap_or(word).to_owned())
        .collect();
    words.dedup();
    words
}
