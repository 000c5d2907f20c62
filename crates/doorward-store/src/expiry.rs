//! Removing what is past, a bounded number of rows at a time.
//!
//! Rule: nothing depends on it. A row that has expired is not found, removed or not.

use crate::change::{KEEP_MS, the_stores_now};
use crate::{Result, Tx, execute};

/// What ends by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Expiring {
    /// Central sessions, their app sessions with them.
    Sessions,
    /// App sessions that end before their central session.
    AppSessions,
    /// Tokens that are not rotated instead (see [`crate::token::expired_api`]).
    Tokens,
    /// Tickets and links.
    OneTime,
    /// Sign-ins that nobody finished.
    FlowRuns,
    /// Counters of attempts.
    Attempts,
    /// What people agreed to for a time.
    Consents,
    /// What apps were granted, with all that was issued for it.
    Grants,
    /// Codes and tokens that end before their grant.
    GrantTokens,
    /// What apps could not be told in time.
    LogoutNotices,
    /// Devices that nobody let in, a while after their end: until then they are told that.
    DeviceCodes,
    /// Keys that signed long ago.
    RetiredKeys,
    /// Requests to authorize that were sent ahead.
    PushedRequests,
    /// Events that have been kept long enough.
    Events,
    /// Mail that could not be sent in time.
    Mail,
    /// Scores that nothing has changed for long.
    Reputation,
    /// What objects were, for as long as events are kept.
    Versions,
    /// Why requests were let in or not, a day later.
    Traces,
    /// The oldest of those, where they are more than [`crate::trace::KEPT`].
    SurplusTraces,
    /// Changes that every process has heard of.
    Changes,
}

/// At most so many rows in one transaction: on SQLite nobody else writes meanwhile.
pub const BATCH: u64 = 1000;

macro_rules! delete {
    ($table:literal, $key:literal, $condition:literal) => {
        concat!(
            "DELETE FROM ",
            $table,
            " WHERE ",
            $key,
            " IN (SELECT ",
            $key,
            " FROM ",
            $table,
            " WHERE ",
            $condition,
            " LIMIT 1000)"
        )
    };
}

crate::statements! {
    SESSIONS = delete!("sessions", "id", "expires_at <= $1 OR last_used_at + idle_ms <= $1");
    APP_SESSIONS = delete!("app_sessions", "token_hash", "expires_at <= $1");
    TOKENS = delete!("tokens", "id", "expiring AND expires_at <= $1 AND intent <> 'api'");
    ONE_TIME = delete!("one_time", "hash", "expires_at <= $1");
    FLOW_RUNS = delete!("flow_runs", "id", "expires_at <= $1");
    ATTEMPTS = delete!("attempts", "bucket", "expires_at <= $1");
    CONSENTS = delete!("user_consents", "id", "expires_at <= $1");
    GRANTS = delete!("grants", "id", "expires_at <= $1");
    GRANT_TOKENS = delete!("grant_tokens", "id", "expires_at <= $1");
    LOGOUT_NOTICES = delete!("logout_notices", "id", "expires_at <= $1");
    DEVICE_CODES = delete!("device_codes", "hash", "expires_at + 600000 <= $1");
    RETIRED_KEYS = delete!("retired_keys", "id", "expires_at <= $1");
    PUSHED_REQUESTS = delete!("pushed_requests", "hash", "expires_at <= $1");
    EVENTS = delete!("events", "id", "expires_at <= $1");
    MAIL = delete!("mail", "id", "expires_at <= $1");
    REPUTATION = delete!("reputation", "id", "expires_at <= $1");
    VERSIONS = delete!("versions", "id", "expires_at <= $1");
    TRACES = delete!("traces", "id", "expires_at <= $1");
    SURPLUS_TRACES = "DELETE FROM traces WHERE id IN (SELECT id FROM traces WHERE expires_at > $1 \
                      ORDER BY at DESC, id DESC LIMIT 1000 OFFSET 10000)";
    CHANGES = delete!("changes", "id", "created_at <= $1");
}

impl Expiring {
    /// Every kind.
    pub const ALL: [Self; 20] = [
        Self::Sessions,
        Self::AppSessions,
        Self::Tokens,
        Self::OneTime,
        Self::FlowRuns,
        Self::Attempts,
        Self::Consents,
        Self::Grants,
        Self::GrantTokens,
        Self::LogoutNotices,
        Self::DeviceCodes,
        Self::RetiredKeys,
        Self::PushedRequests,
        Self::Events,
        Self::Mail,
        Self::Reputation,
        Self::Versions,
        Self::Traces,
        Self::SurplusTraces,
        Self::Changes,
    ];

    fn statement(self) -> &'static str {
        match self {
            Self::Sessions => SESSIONS,
            Self::AppSessions => APP_SESSIONS,
            Self::Tokens => TOKENS,
            Self::OneTime => ONE_TIME,
            Self::FlowRuns => FLOW_RUNS,
            Self::Attempts => ATTEMPTS,
            Self::Consents => CONSENTS,
            Self::Grants => GRANTS,
            Self::GrantTokens => GRANT_TOKENS,
            Self::LogoutNotices => LOGOUT_NOTICES,
            Self::DeviceCodes => DEVICE_CODES,
            Self::RetiredKeys => RETIRED_KEYS,
            Self::PushedRequests => PUSHED_REQUESTS,
            Self::Events => EVENTS,
            Self::Mail => MAIL,
            Self::Reputation => REPUTATION,
            Self::Versions => VERSIONS,
            Self::Traces => TRACES,
            Self::SurplusTraces => SURPLUS_TRACES,
            Self::Changes => CHANGES,
        }
    }
}

/// Removes what was past at `now`, at most [`BATCH`] rows; answers how many.
///
/// # Errors
///
/// Only if the database fails.
pub async fn purge(tx: &mut Tx, what: Expiring, now: i64) -> Result<u64> {
    let until = match what {
        Expiring::Changes => the_stores_now(tx, now).await? - KEEP_MS,
        _ => now,
    };
    execute!(tx, what.statement(), until)
}
