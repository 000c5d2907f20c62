-- A grant that began with somebody's token (RFC 8693) ends with that token, whatever ends it.
ALTER TABLE grants ADD COLUMN subject_token BIGINT REFERENCES grant_tokens (id) ON DELETE CASCADE;
CREATE INDEX grants_subject_token_index ON grants (subject_token);
