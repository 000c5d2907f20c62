-- What apps were granted over OAuth: one row for each time somebody let an app in, and under it
-- whatever was issued for it. Taking a grant away takes all of that.
CREATE TABLE grants (
    id                TEXT    NOT NULL PRIMARY KEY,   -- uuid
    provider_id       BIGINT  NOT NULL,
    user_id           BIGINT  NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    session_id        TEXT,                           -- the central session that it began in
    ends_with_session BOOLEAN NOT NULL,
    scopes            TEXT    NOT NULL,               -- words with a blank between them
    facts             TEXT    NOT NULL,               -- JSON: when and how somebody signed in, nonce ...
    created_at        BIGINT  NOT NULL,
    expires_at        BIGINT  NOT NULL                -- never before what was issued for it
);
CREATE INDEX grants_user_index ON grants (user_id);
CREATE INDEX grants_provider_index ON grants (provider_id);
CREATE INDEX grants_session_index ON grants (session_id);
CREATE INDEX grants_expires_at_index ON grants (expires_at);

-- Codes, access tokens and refresh tokens, by their hashes.
CREATE TABLE grant_tokens (
    id         AUTO_ID,
    grant_id   TEXT   NOT NULL REFERENCES grants (id) ON DELETE CASCADE,
    provider_id BIGINT NOT NULL,                      -- the grant's, for lists and for using it once
    user_id    BIGINT NOT NULL,
    kind       TEXT   NOT NULL,                       -- code, access, refresh
    hash       TEXT   NOT NULL UNIQUE,
    scopes     TEXT   NOT NULL,
    data       TEXT   NOT NULL,                       -- JSON: a code's address and challenge; claims
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    used_at    BIGINT                                 -- a code or refresh token that was exchanged
);
CREATE INDEX grant_tokens_grant_index ON grant_tokens (grant_id);
CREATE INDEX grant_tokens_expires_at_index ON grant_tokens (expires_at);
