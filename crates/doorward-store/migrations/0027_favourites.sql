-- The applications that people put first.
CREATE TABLE favourites (
    user_id     BIGINT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    application TEXT   NOT NULL,               -- uuid
    created_at  BIGINT NOT NULL,
    PRIMARY KEY (user_id, application)
);
CREATE INDEX favourites_application_index ON favourites (application);
