-- Clients that registered themselves (RFC 7591): where, with which token they may change what they
-- said, and what that was.
CREATE TABLE client_registrations (
    provider_id BIGINT NOT NULL PRIMARY KEY,   -- what was made for the client
    parent_id   BIGINT NOT NULL,               -- the provider that it registered with
    token_hash  TEXT   NOT NULL UNIQUE,
    metadata    TEXT   NOT NULL,               -- JSON object
    created_at  BIGINT NOT NULL,
    updated_at  BIGINT NOT NULL
);
CREATE INDEX client_registrations_parent_id_index ON client_registrations (parent_id);
