-- Requests to authorize that clients sent ahead (RFC 9126), by the hashes of the names that they got.
CREATE TABLE pushed_requests (
    hash        TEXT   NOT NULL PRIMARY KEY,   -- of the request_uri
    provider_id BIGINT NOT NULL,
    parameters  TEXT   NOT NULL,               -- form-encoded, without what proves the client
    opens_until BIGINT NOT NULL,               -- a browser has to bring it by then
    expires_at  BIGINT NOT NULL                -- whoever brought it in time may sign in until then
);
CREATE INDEX pushed_requests_provider_index ON pushed_requests (provider_id);
CREATE INDEX pushed_requests_expires_at_index ON pushed_requests (expires_at);
