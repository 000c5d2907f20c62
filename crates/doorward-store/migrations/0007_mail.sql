-- Mail that is still to be sent. `body` is sealed: letters carry links that sign people in.
CREATE TABLE mail (
    id         TEXT   NOT NULL PRIMARY KEY,
    body       TEXT   NOT NULL,
    tries      BIGINT NOT NULL,
    due_at     BIGINT NOT NULL,               -- not before then; whoever sends it moves it on first
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL                -- late mail is worth nothing
);
CREATE INDEX mail_due_at_index ON mail (due_at);
CREATE INDEX mail_expires_at_index ON mail (expires_at);
