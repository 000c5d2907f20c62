-- Which apps were let in within a session, so that they can be told when it ends. A row may outlive
-- its session: whoever finds it alone takes it and tells the app.
CREATE TABLE relying_sessions (
    session_id  TEXT   NOT NULL,
    provider_id BIGINT NOT NULL,
    user_id     BIGINT NOT NULL,
    sub         TEXT   NOT NULL,               -- what the app knows the person by
    created_at  BIGINT NOT NULL,
    PRIMARY KEY (session_id, provider_id)
);

-- What apps are yet to be told.
CREATE TABLE logout_notices (
    id          AUTO_ID,
    session_id  TEXT   NOT NULL,
    provider_id BIGINT NOT NULL,
    sub         TEXT   NOT NULL,
    tries       BIGINT NOT NULL,
    due_at      BIGINT NOT NULL,
    expires_at  BIGINT NOT NULL
);
CREATE INDEX logout_notices_due_at_index ON logout_notices (due_at);
