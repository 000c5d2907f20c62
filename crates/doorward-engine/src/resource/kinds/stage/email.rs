//! The e-mail stage's fields, and those of every stage that sends mail itself.

use serde_json::Value;

use crate::mail::server::EMAIL_STAGE;
use crate::resource::field::{Default, Field, FieldType};
use crate::resource::kind::{Filter, Kind};
use crate::resource::validate::Draft;

const ANY: FieldType = FieldType::Integer {
    min: i32::MIN as i64,
    max: i32::MAX as i64,
};
const SOME_TEXT: FieldType = FieldType::Text {
    max: 0,
    blank: false,
};

const fn text(key: &'static str, label: &'static str, default: &'static str) -> Field {
    Field::new(key, label, SOME_TEXT).default(Default::Text(default))
}

/// The switch between the configuration's server and the stage's own.
pub(super) const GLOBAL: Field = Field::flag(
    "use_global_settings",
    "Send through the server of the configuration",
    false,
);
pub(super) const HOST: Field = text("host", "Mail server", "localhost");
pub(super) const PORT: Field = Field::new("port", "Port", ANY).default(Default::Integer(25));
pub(super) const USERNAME: Field = Field::text("username", "User name there");
pub(super) const PASSWORD: Field = Field::new("password", "Password there", FieldType::Secret)
    .write_only()
    .default(Default::Text(""));
pub(super) const USE_TLS: Field = Field::flag("use_tls", "Encrypt by STARTTLS", false);
pub(super) const USE_SSL: Field = Field::flag("use_ssl", "Encrypt from the first byte", false);
pub(super) const TIMEOUT: Field =
    Field::new("timeout", "Seconds to wait for it", ANY).default(Default::Integer(10));
pub(super) const FROM: Field = Field::new("from_address", "Sender", FieldType::Email)
    .default(Default::Text("system@authentik.local"));

/// The password goes to the server alone.
pub(super) const SENT_TO: &[(&str, &[&str])] = &[("password", &["host", "port"])];

/// How long what a letter brings is good.
pub(super) const fn lifetime(label: &'static str) -> Field {
    Field::duration("token_expiry", label, "minutes=30")
}

/// The subject line.
pub(super) const fn subject(default: &'static str) -> Field {
    text("subject", "Subject line", default)
}

/// The template.
pub(super) const fn template(default: &'static str) -> Field {
    text("template", "Template", default)
}

/// `authentik_stages_email.emailstage`
pub(crate) static KIND: Kind = Kind {
    model: EMAIL_STAGE,
    path: "stages/email",
    schema: "EmailStage",
    verbose: "Email Stage",
    plural: "Email Stages",
    description: "Mails a link, and goes on for whoever opens it.",
    component: "ak-stage-email-form",
    fields: &[
        Field::name().unique(),
        GLOBAL,
        HOST,
        PORT,
        USERNAME,
        PASSWORD,
        USE_TLS,
        USE_SSL,
        TIMEOUT,
        FROM,
        lifetime("How long a link is good"),
        subject("authentik"),
        template("email/password_reset.html"),
        Field::flag(
            "activate_user_on_success",
            "Open the new account of whoever has the link",
            false,
        ),
        Field::count("recovery_max_attempts", "Letters in a row", 5),
        Field::duration("recovery_cache_timeout", "Then none for", "minutes=5"),
    ],
    filters: &[
        Filter::exact("name"),
        Filter::exact("use_global_settings"),
        Filter::exact("host"),
        Filter::exact("port"),
        Filter::exact("username"),
        Filter::exact("use_tls"),
        Filter::exact("use_ssl"),
        Filter::exact("timeout"),
        Filter::exact("from_address"),
        Filter::exact("token_expiry"),
        Filter::exact("subject"),
        Filter::exact("template"),
        Filter::exact("activate_user_on_success"),
    ],
    check,
    sent_to: SENT_TO,
    ..Kind::STAGE
};

/// A server of its own must be one that can be asked.
pub(super) fn check(draft: &mut Draft<'_>) {
    let number = |key: &str| draft.values.get(key).and_then(Value::as_i64);
    let (port, timeout) = (number("port"), number("timeout"));
    if port.is_some_and(|port| !(1..=65_535).contains(&port)) {
        draft
            .errors
            .add("port", "A port is a number from 1 to 65535.");
    }
    if timeout.is_some_and(|seconds| !(1..=60).contains(&seconds)) {
        let message = "A server gets at least 1 and at most 60 seconds.";
        draft.errors.add("timeout", message);
    }
}
