-- Devices that wait for somebody to let them in with a browser (RFC 8628), by the hashes of both codes.
CREATE TABLE device_codes (
    hash           TEXT   NOT NULL PRIMARY KEY,   -- of what the device holds
    user_code_hash TEXT   NOT NULL UNIQUE,        -- of what the person types
    provider_id    BIGINT NOT NULL,
    scopes         TEXT   NOT NULL,               -- words with a blank between them
    facts          TEXT   NOT NULL,               -- JSON: from where it was asked, resources
    state          TEXT   NOT NULL,               -- open, allowed, denied
    interval_ms    BIGINT NOT NULL,               -- grows each time the device asks too soon
    polled_at      BIGINT NOT NULL,               -- 0 before the first time
    created_at     BIGINT NOT NULL,
    expires_at     BIGINT NOT NULL
);
CREATE INDEX device_codes_expires_at_index ON device_codes (expires_at);
