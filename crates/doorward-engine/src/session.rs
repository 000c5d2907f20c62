//! Sessions: how they begin, whether they live, how they end.
//!
//! Owns the shared records. Leaves finding them to `find`, keeping them to `known`, and cookies to
//! the web. Rule: a session begins by one conditional write on its person, and a record that has
//! ended says so itself, whoever still holds it.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI64, AtomicU64, Ordering};

use arc_swap::ArcSwap;
use doorward_protocol::encoding;
use doorward_store::session::{AppSessionRow, SessionRow};
use doorward_store::{StoreError, Topic, Tx, change, grant, session, user};

use crate::context::Context;
use crate::person::Person;
use crate::settings::{SessionLifetime, milliseconds};

mod bound;
mod find;
mod known;
mod shelf;

use bound::Bound;
pub(crate) use bound::{Binding, NetworkBinding, PlaceBinding, bind};
pub(crate) use known::Sessions;
pub(crate) use shelf::{Digest, Shelf};

/// How whoever came by a mailed link alone has signed in.
pub(crate) const BY_MAIL: &str = "recovery";

/// A signed-in browser.
pub struct LiveSession {
    /// uuid, for lists and revocation.
    pub id: Arc<str>,
    /// When it began, Unix milliseconds.
    pub created_at: i64,
    /// Ends in any case, Unix milliseconds.
    pub expires_at: i64,
    /// Whether nothing but somebody's mailbox says who they are.
    is_by_mail: bool,
    /// Where its client has to stay.
    bound: Option<Box<Bound>>,
    idle_ms: i64,
    last_used_at: AtomicI64,
    saved_used_at: AtomicI64,
    ended: AtomicBool,
    person: ArcSwap<Person>,
}

/// An app's session behind the outpost.
pub struct AppSession {
    /// The central session above it.
    pub session: Arc<LiveSession>,
    /// For which provider.
    pub provider_id: i64,
    /// Unix milliseconds; never later than the central session's end counts.
    pub expires_at: i64,
    /// What policies that a check may not ask said at the login, by binding.
    pub at_login: Option<Arc<HashMap<String, bool>>>,
    /// The last configuration and person under which it was allowed in.
    allowed_under: AtomicU64,
    /// Until when that is believed, Unix milliseconds.
    allowed_until: AtomicI64,
}

impl LiveSession {
    fn new(row: &SessionRow, person: Arc<Person>) -> Self {
        Self {
            id: row.id.as_str().into(),
            created_at: row.created_at,
            expires_at: row.expires_at,
            is_by_mail: row.auth_method == BY_MAIL,
            bound: Bound::read(&row.binding),
            idle_ms: row.idle_ms,
            last_used_at: AtomicI64::new(row.last_used_at),
            saved_used_at: AtomicI64::new(row.last_used_at),
            ended: AtomicBool::new(false),
            person: ArcSwap::new(person),
        }
    }

    /// The person as last read; ask [`Engine::fresh_person`] unless staleness was checked.
    pub fn person(&self) -> Arc<Person> {
        self.person.load_full()
    }

    /// When its person proved that it is they, Unix milliseconds. Whoever reads somebody's mail has not.
    pub fn proven_at(&self) -> Option<i64> {
        (!self.is_by_mail).then_some(self.created_at)
    }

    /// Whether it still counts at `now`.
    pub fn is_live(&self, now: i64) -> bool {
        !self.ended.load(Ordering::Acquire)
            && now < self.expires_at
            && now
                < self
                    .last_used_at
                    .load(Ordering::Relaxed)
                    .saturating_add(self.idle_ms)
    }

    /// Notes the use in memory; the store learns of it in batches.
    pub fn touch(&self, now: i64) {
        self.last_used_at.fetch_max(now, Ordering::Relaxed);
    }
}

impl AppSession {
    fn new(row: &AppSessionRow, session: Arc<LiveSession>) -> Self {
        Self {
            session,
            provider_id: row.provider_id,
            expires_at: row.expires_at,
            at_login: at_login(&row.policies),
            allowed_under: AtomicU64::new(0),
            allowed_until: AtomicI64::new(0),
        }
    }

    /// Whether both it and its session still count.
    pub fn is_live(&self, now: i64) -> bool {
        now < self.expires_at && self.session.is_live(now)
    }

    /// Whether this person was already let in under this configuration.
    pub fn was_allowed(&self, generation: u64, person: &Person, now: i64) -> bool {
        self.allowed_under.load(Ordering::Acquire) == stamp(generation, person)
            && now < self.allowed_until.load(Ordering::Relaxed)
    }

    /// Remembers that this person is let in under this configuration until then.
    pub fn remember_allowed(&self, generation: u64, person: &Person, until: i64) {
        // Never a new person with an old time: the stamp comes off first and on last.
        self.allowed_under.store(0, Ordering::Release);
        self.allowed_until.store(until, Ordering::Release);
        self.allowed_under
            .store(stamp(generation, person), Ordering::Release);
    }
}

/// Most sessions have none, and a null takes less room than an empty map.
fn at_login(policies: &str) -> Option<Arc<HashMap<String, bool>>> {
    let results: HashMap<_, _> = serde_json::from_str(policies).ok()?;
    (!results.is_empty()).then(|| Arc::new(results))
}

fn stamp(generation: u64, person: &Person) -> u64 {
    (generation << 32) | u64::from(person.serial)
}

/// A session that is about to begin.
pub struct NewSession<'a> {
    /// Who signed in.
    pub user_id: i64,
    /// When the password was set under which they proved who they are. No session begins if it was
    /// replaced meanwhile.
    pub password_changed_at: i64,
    /// How, e.g. `password`.
    pub auth_method: &'a str,
    /// Limits.
    pub lifetime: SessionLifetime,
    /// The browser's former session, which ends now.
    pub replaces: Option<&'a str>,
}

/// Begins a session in the caller's transaction; answers its row and the secret for the cookie, or
/// `None` if the person was disabled, deleted or given another password meanwhile.
///
/// # Errors
///
/// Only if the database fails.
pub async fn begin(
    tx: &mut Tx,
    ctx: &Context,
    new: NewSession<'_>,
) -> Result<Option<(SessionRow, String)>, StoreError> {
    if !user::claim_login(tx, new.user_id, new.password_changed_at, ctx.now).await? {
        return Ok(None);
    }
    let sid = encoding::random_token(32);
    let row = row(ctx, &new, &sid);
    session::insert(tx, &row).await?;
    if let Some(old) = new.replaces {
        end(tx, old, ctx.now).await?;
    }
    Ok(Some((row, sid)))
}

fn row(ctx: &Context, new: &NewSession<'_>, sid: &str) -> SessionRow {
    SessionRow {
        id: uuid::Uuid::new_v4().to_string(),
        sid_hash: hash_text(sid),
        user_id: new.user_id,
        auth_method: new.auth_method.to_owned(),
        created_at: ctx.now,
        last_used_at: ctx.now,
        idle_ms: milliseconds(new.lifetime.idle),
        expires_at: ctx.now.saturating_add(milliseconds(new.lifetime.absolute)),
        last_ip: ctx.client_ip.to_string(),
        user_agent: ctx.user_agent.to_string(),
        binding: String::new(),
    }
}

/// Ends a session in the caller's transaction, here and everywhere.
///
/// # Errors
///
/// Only if the database fails.
pub async fn end(tx: &mut Tx, id: &str, now: i64) -> Result<bool, StoreError> {
    let existed = session::delete(tx, id).await?;
    change::record(tx, Topic::Session, id, now).await?;
    Ok(existed)
}

/// Ends all sessions of a user but `keep` (empty: every one), and what apps were granted in them:
/// whoever was in there may have let in an app of their own.
///
/// # Errors
///
/// Only if the database fails.
pub async fn end_all_of(
    tx: &mut Tx,
    user_id: i64,
    keep: &str,
    now: i64,
) -> Result<usize, StoreError> {
    let ended = session::delete_of_user(tx, user_id, keep).await?;
    grant::delete_of_user(tx, user_id, keep, now).await?;
    for id in &ended {
        change::record(tx, Topic::Session, id, now).await?;
    }
    Ok(ended.len())
}

/// base64url(SHA-256(secret)), as the store keeps it.
pub fn hash_text(secret: &str) -> String {
    encoding::base64url(encoding::sha256(secret.as_bytes()))
}

#[cfg(test)]
pub(crate) mod tests;
