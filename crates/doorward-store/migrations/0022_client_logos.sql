-- Pictures of clients that registered themselves, as they were when the client named them: what people
-- are shown, and no server of anybody's is asked for it.
CREATE TABLE client_logos (
    provider_id BIGINT NOT NULL PRIMARY KEY,
    data        TEXT   NOT NULL,               -- base64
    fetched_at  BIGINT NOT NULL
);
