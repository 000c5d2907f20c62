-- The foundation: everything the sign-in and the forward-auth check need to remember.
--
-- One text for SQLite 3.35+ and PostgreSQL 13+: columns are TEXT, BIGINT or BOOLEAN, times are Unix
-- milliseconds, JSON is TEXT that no statement looks into. AUTO_ID is the one word that the runner
-- replaces (a growing integer key is spelled differently on each engine).

-- Single facts about this installation: its id, whether set-up is done, the public address …
CREATE TABLE settings (
    name       TEXT   NOT NULL PRIMARY KEY,
    value      TEXT   NOT NULL,               -- JSON
    updated_at BIGINT NOT NULL
);

-- The key ring. `wrapped` is sealed with a key derived from the secret key, so that replacing the
-- secret key rewrites these few rows and nothing else.
CREATE TABLE key_ring (
    kid        TEXT   NOT NULL PRIMARY KEY,
    wrapped    TEXT   NOT NULL,
    active     BOOLEAN NOT NULL,
    created_at BIGINT NOT NULL
);

-- Integers that clients see (users, providers): the same statement on both engines.
CREATE TABLE sequences (
    name  TEXT   NOT NULL PRIMARY KEY,
    value BIGINT NOT NULL
);

-- Every configuration object of every kind. `config` is JSON that only typed structs read and write.
CREATE TABLE resources (
    kind       TEXT   NOT NULL,
    id         TEXT   NOT NULL,
    config     TEXT   NOT NULL,
    version    BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    PRIMARY KEY (kind, id)
);

-- Natural keys: client_id, external_host, slug, name.
CREATE TABLE resource_keys (
    kind  TEXT NOT NULL,                      -- the scope in which the value is unique
    field TEXT NOT NULL,
    value TEXT NOT NULL,
    owner_kind TEXT NOT NULL,
    owner TEXT NOT NULL,
    PRIMARY KEY (kind, field, value),
    FOREIGN KEY (owner_kind, owner) REFERENCES resources (kind, id) ON DELETE CASCADE
);
CREATE INDEX resource_keys_owner_index ON resource_keys (owner_kind, owner);

-- Relations between objects. Targets may be rows of other tables (users, groups), hence no foreign key on them.
CREATE TABLE resource_links (
    owner_kind  TEXT   NOT NULL,
    owner       TEXT   NOT NULL,
    field       TEXT   NOT NULL,
    position    BIGINT NOT NULL,
    target_kind TEXT   NOT NULL,
    target      TEXT   NOT NULL,
    on_delete   TEXT   NOT NULL,              -- cascade, set_null, remove
    PRIMARY KEY (owner_kind, owner, field, position),
    FOREIGN KEY (owner_kind, owner) REFERENCES resources (kind, id) ON DELETE CASCADE
);
CREATE INDEX resource_links_target_index ON resource_links (target_kind, target);

CREATE TABLE users (
    id           BIGINT  NOT NULL PRIMARY KEY,
    uuid         TEXT    NOT NULL UNIQUE,
    username     TEXT    NOT NULL UNIQUE,
    username_key TEXT    NOT NULL,            -- folded in Rust; not unique, as authentik's names are not
    name         TEXT    NOT NULL,
    name_key     TEXT    NOT NULL,
    email        TEXT    NOT NULL,
    email_key    TEXT    NOT NULL,
    is_active    BOOLEAN NOT NULL,
    kind         TEXT    NOT NULL,            -- internal, external, service_account, internal_service_account
    path         TEXT    NOT NULL,
    attributes   TEXT    NOT NULL,            -- JSON object
    password     TEXT    NOT NULL,            -- encoded hash, or '!…' for none
    password_changed_at BIGINT NOT NULL,
    last_login_at BIGINT,
    created_at   BIGINT  NOT NULL,
    updated_at   BIGINT  NOT NULL,
    version      BIGINT  NOT NULL
);
CREATE INDEX users_username_key_index ON users (username_key);
CREATE INDEX users_email_key_index ON users (email_key);

CREATE TABLE groups (
    id           TEXT    NOT NULL PRIMARY KEY,
    num_pk       BIGINT  NOT NULL,
    name         TEXT    NOT NULL UNIQUE,
    name_key     TEXT    NOT NULL,
    is_superuser BOOLEAN NOT NULL,
    attributes   TEXT    NOT NULL,
    created_at   BIGINT  NOT NULL,
    updated_at   BIGINT  NOT NULL,
    version      BIGINT  NOT NULL
);

CREATE TABLE group_parents (
    group_id  TEXT NOT NULL REFERENCES groups (id) ON DELETE CASCADE,
    parent_id TEXT NOT NULL REFERENCES groups (id) ON DELETE CASCADE,
    PRIMARY KEY (group_id, parent_id)
);
CREATE INDEX group_parents_parent_index ON group_parents (parent_id);

CREATE TABLE memberships (
    group_id TEXT   NOT NULL REFERENCES groups (id) ON DELETE CASCADE,
    user_id  BIGINT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    PRIMARY KEY (group_id, user_id)
);
CREATE INDEX memberships_user_index ON memberships (user_id);

-- Central sessions. The cookie's sid is never stored, only its hash.
CREATE TABLE sessions (
    id           TEXT   NOT NULL PRIMARY KEY, -- uuid: what lists and revocations name
    sid_hash     TEXT   NOT NULL UNIQUE,      -- base64url(SHA-256(sid))
    user_id      BIGINT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    auth_method  TEXT   NOT NULL,
    created_at   BIGINT NOT NULL,
    last_used_at BIGINT NOT NULL,             -- batched; a check never writes it
    idle_ms      BIGINT NOT NULL,             -- ends when unused for so long
    expires_at   BIGINT NOT NULL,             -- ends in any case
    last_ip      TEXT   NOT NULL,
    user_agent   TEXT   NOT NULL
);
CREATE INDEX sessions_user_index ON sessions (user_id);
CREATE INDEX sessions_expires_at_index ON sessions (expires_at);

-- An app's own session behind the outpost: a child of the central one, ends with it.
CREATE TABLE app_sessions (
    token_hash  TEXT   NOT NULL PRIMARY KEY,  -- base64url(SHA-256(cookie value))
    session_id  TEXT   NOT NULL REFERENCES sessions (id) ON DELETE CASCADE,
    provider_id BIGINT NOT NULL,
    created_at  BIGINT NOT NULL,
    expires_at  BIGINT NOT NULL
);
CREATE INDEX app_sessions_session_index ON app_sessions (session_id);
CREATE INDEX app_sessions_expires_at_index ON app_sessions (expires_at);

-- API tokens and app passwords: the hash finds them, the sealed value is for view_key.
CREATE TABLE tokens (
    id          TEXT    NOT NULL PRIMARY KEY,
    identifier  TEXT    NOT NULL UNIQUE,
    intent      TEXT    NOT NULL,
    user_id     BIGINT  NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    description TEXT    NOT NULL,
    description_key TEXT NOT NULL,
    key_hash    TEXT    NOT NULL UNIQUE,
    key_sealed  TEXT    NOT NULL,
    expiring    BOOLEAN NOT NULL,
    expires_at  BIGINT,
    managed     TEXT UNIQUE,
    created_at  BIGINT  NOT NULL,
    updated_at  BIGINT  NOT NULL
);
CREATE INDEX tokens_user_index ON tokens (user_id);

-- Things that work once: tickets between the login page and an app, recovery links.
CREATE TABLE one_time (
    hash       TEXT   NOT NULL PRIMARY KEY,
    purpose    TEXT   NOT NULL,
    payload    TEXT   NOT NULL,               -- JSON
    expires_at BIGINT NOT NULL,
    used_at    BIGINT                         -- set once, by the request that wins
);
CREATE INDEX one_time_expires_at_index ON one_time (expires_at);

-- A sign-in that is under way and has named somebody.
CREATE TABLE flow_runs (
    id         TEXT   NOT NULL PRIMARY KEY,
    browser_hash TEXT NOT NULL,               -- only the browser that began it may go on
    state      TEXT   NOT NULL,               -- JSON
    version    BIGINT NOT NULL,
    expires_at BIGINT NOT NULL
);
CREATE INDEX flow_runs_expires_at_index ON flow_runs (expires_at);

-- Counters of failed attempts, one row a bucket (account, address, known browser).
CREATE TABLE attempts (
    bucket      TEXT   NOT NULL PRIMARY KEY,
    failures    BIGINT NOT NULL,
    blocked_until BIGINT NOT NULL,
    expires_at  BIGINT NOT NULL
);
CREATE INDEX attempts_expires_at_index ON attempts (expires_at);

CREATE TABLE events (
    id         TEXT   NOT NULL PRIMARY KEY,
    action     TEXT   NOT NULL,
    app        TEXT   NOT NULL,
    username   TEXT   NOT NULL,
    actor      TEXT   NOT NULL,               -- JSON: {pk, username, email …}
    context    TEXT   NOT NULL,               -- JSON, cleansed of secrets
    client_ip  TEXT   NOT NULL,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL
);
CREATE INDEX events_created_at_index ON events (created_at);
CREATE INDEX events_action_index ON events (action, created_at);

-- What changed, for the other processes. Kept for a short while only.
CREATE TABLE changes (
    id         AUTO_ID,
    topic      TEXT   NOT NULL,
    subject    TEXT   NOT NULL,
    origin     TEXT   NOT NULL,               -- the process that wrote it has already applied it
    created_at BIGINT NOT NULL
);
CREATE INDEX changes_created_at_index ON changes (created_at);
