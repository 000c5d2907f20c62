-- What people prove themselves with beside the password: authenticator apps, passkeys, recovery
-- codes. An app's key is sealed; of recovery codes there are only slow hashes.
CREATE TABLE devices (
    id           BIGINT  NOT NULL PRIMARY KEY,
    user_id      BIGINT  NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    kind         TEXT    NOT NULL,            -- totp, static, webauthn
    name         TEXT    NOT NULL,
    name_key     TEXT    NOT NULL,
    confirmed    BOOLEAN NOT NULL,
    data         TEXT    NOT NULL,            -- sealed key; the salt of codes; a credential's public part as JSON
    credential   TEXT    UNIQUE,              -- a passkey's id, base64url
    counter      BIGINT  NOT NULL,            -- the last step of an app, how often a key has signed
    created_at   BIGINT  NOT NULL,
    updated_at   BIGINT  NOT NULL,
    last_used_at BIGINT
);
CREATE INDEX devices_user_index ON devices (user_id);

CREATE TABLE recovery_codes (
    device_id BIGINT NOT NULL REFERENCES devices (id) ON DELETE CASCADE,
    hash      TEXT   NOT NULL,
    used_at   BIGINT,
    PRIMARY KEY (device_id, hash)
);
