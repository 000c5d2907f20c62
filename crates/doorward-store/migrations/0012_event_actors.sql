-- Whose doing an event is, so that somebody's own are found whatever they are called. 0: nobody's, or
-- from before this column.
ALTER TABLE events ADD COLUMN actor_pk BIGINT NOT NULL DEFAULT 0;
CREATE INDEX events_actor_index ON events (actor_pk, action, created_at);
