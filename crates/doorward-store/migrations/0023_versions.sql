-- What objects were, one row for each change, so that it can be looked at and brought back. No secret
-- is in it.
CREATE TABLE versions (
    id         AUTO_ID,
    kind       TEXT   NOT NULL,
    object     TEXT   NOT NULL,
    number     BIGINT NOT NULL,                -- of the object, from 0
    written_at BIGINT NOT NULL,
    user_id    BIGINT,                         -- NULL: the program itself
    username   TEXT   NOT NULL,
    what       TEXT   NOT NULL,                -- found, created, changed, deleted, restored
    name       TEXT   NOT NULL,
    stored     TEXT   NOT NULL,                -- JSON object
    expires_at BIGINT NOT NULL,
    UNIQUE (kind, object, number)
);
CREATE INDEX versions_expires_at ON versions (expires_at);
CREATE INDEX versions_deleted ON versions (kind, what, written_at);
