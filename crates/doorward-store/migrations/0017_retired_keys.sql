-- Keys that sign no more for a provider. They are published until what they have signed has ended, and
-- known for a while longer, for what apps bring back as a hint.
CREATE TABLE retired_keys (
    id              AUTO_ID,
    provider_id     BIGINT NOT NULL,
    kid             TEXT   NOT NULL,
    pair            TEXT   NOT NULL,           -- the pair it belonged to
    jwk             TEXT   NOT NULL,           -- the public half, as it is published
    published_until BIGINT NOT NULL,
    expires_at      BIGINT NOT NULL,
    UNIQUE (provider_id, kid)
);
CREATE INDEX retired_keys_expires_at_index ON retired_keys (expires_at);
