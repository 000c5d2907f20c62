-- Why requests were let in or not: one row for each cause, bounded in number and kept for a day. No
-- secret is in it.
CREATE TABLE traces (
    id             TEXT   NOT NULL PRIMARY KEY, -- the reference of its first request
    at             BIGINT NOT NULL,             -- the latest request of the cause
    application_id TEXT,                        -- uuid; NULL: of none
    user_id        BIGINT,
    outcome        TEXT   NOT NULL,
    reference_ids  TEXT   NOT NULL,             -- some of its requests, apart by spaces
    told           TEXT   NOT NULL,             -- JSON object
    expires_at     BIGINT NOT NULL
);
CREATE INDEX traces_at ON traces (at);
CREATE INDEX traces_application_id ON traces (application_id, at);
CREATE INDEX traces_expires_at ON traces (expires_at);
