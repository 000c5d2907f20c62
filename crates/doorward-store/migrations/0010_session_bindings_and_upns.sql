-- What the address of a session's client must keep in common with where it began: JSON; empty: nothing.
ALTER TABLE sessions ADD COLUMN binding TEXT NOT NULL DEFAULT '';

-- The attribute `upn` of accounts, folded, so that a sign-in finds it without reading everybody's. Written
-- with the account.
CREATE TABLE user_upns (
    user_id BIGINT NOT NULL PRIMARY KEY REFERENCES users (id) ON DELETE CASCADE,
    upn_key TEXT   NOT NULL
);
CREATE INDEX user_upns_key_index ON user_upns (upn_key);
