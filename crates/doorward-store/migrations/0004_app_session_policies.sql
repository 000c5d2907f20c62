-- What policies that a check may not ask (they would wait for the store or the network) said when the
-- app was opened: a JSON object from the binding to yes or no.
ALTER TABLE app_sessions ADD COLUMN policies TEXT NOT NULL DEFAULT '{}';
