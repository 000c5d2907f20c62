-- What events are about, so that lists can be narrowed to one object without looking into JSON.
ALTER TABLE events ADD COLUMN model_app TEXT NOT NULL DEFAULT '';
ALTER TABLE events ADD COLUMN model_name TEXT NOT NULL DEFAULT '';
ALTER TABLE events ADD COLUMN model_pk TEXT NOT NULL DEFAULT '';
ALTER TABLE events ADD COLUMN authorized_app TEXT NOT NULL DEFAULT '';
CREATE INDEX events_model_index ON events (model_name, model_pk);
