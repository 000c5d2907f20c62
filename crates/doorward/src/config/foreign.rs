//! authentik's settings that configure nothing here: accepted, so that an existing environment
//! starts Doorward unchanged, and said so in one line of the log.
//!
//! Settings that do have an effect are in `keys.rs`.

/// How loudly an accepted setting without effect is mentioned.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Loudness {
    /// Not at all: it belongs to another container or costs nothing to miss.
    Silent,
    /// One line at debug level.
    Debug,
    /// One line at info level: the operator may wonder.
    Notice,
}

/// A setting of authentik without effect here.
#[derive(Debug)]
pub(super) struct Foreign {
    /// authentik's dotted name; a `.` at the end covers everything below it.
    pub(super) path: &'static str,
    /// Whether the log mentions it.
    pub(super) loudness: Loudness,
    /// Why it has no effect, as the end of a sentence.
    pub(super) why: &'static str,
}

const fn silent(path: &'static str, why: &'static str) -> Foreign {
    Foreign {
        path,
        loudness: Loudness::Silent,
        why,
    }
}

const fn debug(path: &'static str, why: &'static str) -> Foreign {
    Foreign {
        path,
        loudness: Loudness::Debug,
        why,
    }
}

const fn notice(path: &'static str, why: &'static str) -> Foreign {
    Foreign {
        path,
        loudness: Loudness::Notice,
        why,
    }
}

const LATER: &str = "nothing uses it yet";
const MOVED: &str = "it is a system setting, changed in the admin pages since 2024.2";
const ONE_PROCESS: &str = "one process does the work of server and worker";
const NO_REPORTS: &str = "Doorward never reports anything to anybody";
const SERVED_HERE: &str =
    "Doorward serves media itself, to whoever may see them, at the endpoint's own address";
const COMPOSE: &str = "it is read by the compose file";

/// Every accepted setting without effect.
pub(super) const FOREIGN: &[Foreign] = &[
    notice(
        "redis.",
        "Redis is not used yet; sessions and caches live in the store and in memory",
    ),
    notice("cache.url", "Redis is not used yet"),
    notice("broker.", "there is no broker"),
    notice("channel.", "there is no channel layer"),
    notice("result_backend.", "there is no result store"),
    notice(
        "listen.https",
        "TLS belongs to the reverse proxy; only plain HTTP is served",
    ),
    notice(
        "listen.listen_https",
        "TLS belongs to the reverse proxy; only plain HTTP is served",
    ),
    notice(
        "cookie_domain",
        "the login cookie belongs to the login host alone; sharing a cookie between hosts is a setting of a forward_domain provider",
    ),
    notice("tenants.", "Doorward serves one tenant"),
    notice("compliance.fips.enabled", "FIPS mode is not offered"),
    notice(
        "skip_migrations",
        "migrations always run; they are safe with several servers at once",
    ),
    notice(
        "outposts.disable_embedded_outpost",
        "the embedded outpost is part of the server",
    ),
    notice(
        "debug",
        "set the level of the log instead (DOORWARD_LOG__LEVEL=debug)",
    ),
    debug("debugger", "there is no debugger"),
    debug("listen.debug", "there is no debug listener"),
    debug("listen.debug_py", "there is no debug listener"),
    debug("listen.debug_tokio", "there is no debug listener"),
    debug("listen.ldap", LATER),
    debug("listen.ldaps", LATER),
    debug("listen.radius", LATER),
    debug("log.http_headers", LATER),
    debug("log.rust_log", LATER),
    silent("disable_update_check", "Doorward never looks for updates"),
    silent("disable_startup_analytics", NO_REPORTS),
    silent("error_reporting.", NO_REPORTS),
    debug(
        "sessions.unauthenticated_age",
        "an unfinished sign-in is kept for a fixed time",
    ),
    debug("http_timeout", LATER),
    debug("reputation.expiry", LATER),
    debug("postgresql.conn_max_age", "connections are pooled"),
    debug(
        "postgresql.conn_health_checks",
        "connections are pooled and checked",
    ),
    debug(
        "postgresql.disable_server_side_cursors",
        "no cursors are used",
    ),
    debug("postgresql.use_pgbouncer", "connections are pooled"),
    debug("postgresql.use_pgpool", "connections are pooled"),
    notice(
        "postgresql.conn_options",
        "use DOORWARD_DATABASE__URL with options in the address",
    ),
    debug("postgresql.replica_conn_options", LATER),
    notice("postgresql.read_replicas.", "read replicas are not used"),
    debug("postgresql.direct.", "connections are pooled"),
    notice("postgresql.test.", "it is for authentik's own tests"),
    silent("web.path", "Doorward is always served at the root"),
    debug("web.workers", ONE_PROCESS),
    debug("web.threads", ONE_PROCESS),
    debug("web.max_requests", ONE_PROCESS),
    debug("web.max_requests_jitter", ONE_PROCESS),
    debug("web.timeout_http_read", LATER),
    debug("web.timeout_http_write", LATER),
    debug("worker.", ONE_PROCESS),
    debug("cache.", "caches follow every change at once"),
    debug("email.", LATER),
    notice("storage.s3.", SERVED_HERE),
    notice("storage.media.s3.", SERVED_HERE),
    debug("storage.", LATER),
    debug("throttle.", LATER),
    debug("outposts.", LATER),
    debug("ldap.", LATER),
    debug("sources.", LATER),
    debug("default_brand_enabled", "the default brand is always there"),
    debug("host", "it is read by separate outposts"),
    debug("host_browser", "it is read by separate outposts"),
    debug("token", "it is read by separate outposts"),
    debug("insecure", "it is read by separate outposts"),
    debug("avatars", MOVED),
    debug("default_user_change_email", MOVED),
    debug("default_user_change_name", MOVED),
    debug("default_user_change_username", MOVED),
    debug("event_retention", MOVED),
    debug("footer_links", MOVED),
    debug("gdpr_compliance", MOVED),
    debug("impersonation", MOVED),
    debug("default_token_length", MOVED),
    silent("image", COMPOSE),
    silent("tag", COMPOSE),
    silent("port_http", COMPOSE),
    silent("port_https", COMPOSE),
];

/// The accepted setting of this dotted name; an exact name is preferred to a whole branch.
pub(super) fn find(path: &str) -> Option<&'static Foreign> {
    let exact = FOREIGN.iter().find(|entry| entry.path == path);
    exact.or_else(|| {
        FOREIGN
            .iter()
            .find(|entry| entry.path.ends_with('.') && path.starts_with(entry.path))
    })
}
