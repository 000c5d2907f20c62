-- Whose a name is with an app that knows people by something that can be given to others: a user
-- name, an address. The first account that had it there keeps it.
CREATE TABLE subjects (
    provider_id BIGINT NOT NULL,
    word        TEXT   NOT NULL,               -- folded
    user_id     BIGINT NOT NULL,               -- may be gone
    created_at  BIGINT NOT NULL,
    PRIMARY KEY (provider_id, word)
);
