-- What people agreed to let an application know.
CREATE TABLE user_consents (
    id          AUTO_ID,
    user_id     BIGINT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    application TEXT   NOT NULL,               -- uuid
    permissions TEXT   NOT NULL,               -- words with a blank between them
    expires_at  BIGINT,
    created_at  BIGINT NOT NULL,
    UNIQUE (user_id, application, permissions)
);
CREATE INDEX user_consents_expires_at_index ON user_consents (expires_at);
