-- Events are removed when they have been kept long enough, in small batches: each must find its rows at once.
CREATE INDEX events_expires_at_index ON events (expires_at);
