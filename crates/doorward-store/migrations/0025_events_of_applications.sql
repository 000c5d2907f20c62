-- When an application was opened last, for lists of applications.
CREATE INDEX events_application_index ON events (authorized_app, created_at) WHERE authorized_app <> '';
