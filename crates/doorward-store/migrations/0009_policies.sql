-- What policies remember. How often somebody, or some address, has failed to sign in of late: a
-- number of rows that is bounded. And the hashes of passwords that people had, while a policy asks
-- for new ones.
CREATE TABLE reputation (
    id          TEXT   NOT NULL PRIMARY KEY,
    identifier  TEXT   NOT NULL,              -- a user name, or the hash of one that nobody has
    ip          TEXT   NOT NULL,              -- of IPv6 the /64
    ip_geo_data TEXT   NOT NULL,              -- JSON object
    ip_asn_data TEXT   NOT NULL,              -- JSON object
    score       BIGINT NOT NULL,
    updated_at  BIGINT NOT NULL,
    expires_at  BIGINT NOT NULL,
    UNIQUE (identifier, ip)
);
CREATE INDEX reputation_ip_index ON reputation (ip);
CREATE INDEX reputation_expires_at_index ON reputation (expires_at);

CREATE TABLE old_passwords (
    id         AUTO_ID,
    user_id    BIGINT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    password   TEXT   NOT NULL,               -- encoded hash
    created_at BIGINT NOT NULL                -- when it was replaced
);
CREATE INDEX old_passwords_user_index ON old_passwords (user_id);

-- Somebody's last sign-ins.
CREATE INDEX events_username_index ON events (username, action, created_at);
