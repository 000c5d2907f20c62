//! What a stage says about its letters: through which server, in which template, under which line.
//!
//! Rule: a stage that has no settings of its own, or is gone, sends as the configuration says.

use std::time::Duration;

use doorward_protocol::seal::Purpose;
use serde::Deserialize;

use super::Letter;
use super::smtp::{Encryption, Smtp};
use crate::engine::Engine;
use crate::model::Stage;

/// The stage that mails links.
pub(crate) const EMAIL_STAGE: &str = "authentik_stages_email.emailstage";
/// The stage that sets up codes by mail.
pub(crate) const EMAIL_CODE_STAGE: &str =
    "authentik_stages_authenticator_email.authenticatoremailstage";
/// authentik's subject line where nobody chose one.
pub(crate) const PLAIN_SUBJECT: &str = "authentik";

/// The longest that a stage's server may take for a step.
pub(super) const TIMEOUT_MAX: Duration = Duration::from_mins(1);

/// How a stage's letters look.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Dress {
    /// The template's name, `email/password_reset.html`; may be one of the operator's.
    pub template: Option<String>,
    /// The subject line.
    pub subject: Option<String>,
    /// The language of whoever gets it, as their account says; may be empty.
    pub locale: String,
}

/// The fields that both kinds share.
#[derive(Debug, Deserialize)]
#[serde(default)]
struct Sending {
    use_global_settings: bool,
    host: String,
    port: u16,
    username: String,
    password: String,
    use_tls: bool,
    use_ssl: bool,
    timeout: u64,
    from_address: String,
}

impl Default for Sending {
    fn default() -> Self {
        Self {
            use_global_settings: true,
            host: String::new(),
            port: 25,
            username: String::new(),
            password: String::new(),
            use_tls: false,
            use_ssl: false,
            timeout: 10,
            from_address: String::new(),
        }
    }
}

/// The server of a stage's letters, or of those that no stage sends; `None` if there is none.
pub(crate) fn of_stage(engine: &Engine, stage: Option<&Stage>) -> Option<Smtp> {
    let sending = stage.map(|stage| Sending::deserialize(&stage.config));
    match (stage, sending) {
        (Some(stage), Some(Ok(sending))) if !sending.use_global_settings => {
            Some(own(engine, &stage.kind, sending))
        }
        (Some(stage), Some(Err(error))) => {
            tracing::error!(stage = stage.name, %error, "a stage's mail server cannot be read");
            None
        }
        _ => engine.settings.mail.clone(),
    }
}

fn own(engine: &Engine, model: &str, sending: Sending) -> Smtp {
    let about = format!("{model}.password");
    let opened = engine
        .keys
        .open(Purpose::AtRest, about.as_bytes(), &sending.password);
    let password = opened.ok().and_then(|bytes| String::from_utf8(bytes).ok());
    let encryption = match (sending.use_ssl, sending.use_tls) {
        (true, _) => Encryption::Tls,
        (false, true) => Encryption::StartTls,
        (false, false) => Encryption::None,
    };
    let timeout = Duration::from_secs(sending.timeout.max(1)).min(TIMEOUT_MAX);
    Smtp {
        host: sending.host,
        port: sending.port,
        username: sending.username,
        password: password.unwrap_or_default(),
        encryption,
        timeout,
        from: sending.from_address,
        ca_file: engine
            .settings
            .mail
            .as_ref()
            .and_then(|mail| mail.ca_file.clone()),
    }
}

/// The server that a letter goes through.
pub(super) fn of_letter(engine: &Engine, letter: &Letter) -> Option<Smtp> {
    let snapshot = engine.snapshot();
    let stage = letter.stage.as_ref().and_then(|pk| snapshot.stages.get(pk));
    of_stage(engine, stage.map(AsRef::as_ref))
}

/// Whether any letter could be sent at all.
pub(super) fn is_any(engine: &Engine) -> bool {
    let snapshot = engine.snapshot();
    let mut stages = snapshot.stages.values();
    let sends = |stage: &Stage| {
        let is_ours = matches!(&*stage.kind, EMAIL_STAGE | EMAIL_CODE_STAGE);
        is_ours && stage.config["use_global_settings"] == false
    };
    engine.settings.mail.is_some() || stages.any(|stage| sends(stage))
}

/// What the stage of a letter says about its looks.
pub(crate) fn dress(engine: &Engine, letter: &Letter) -> Dress {
    let snapshot = engine.snapshot();
    let stage = letter.stage.as_ref().and_then(|pk| snapshot.stages.get(pk));
    let said = |key: &str| {
        let text = stage?.config.get(key)?.as_str()?;
        (!text.is_empty()).then(|| text.to_owned())
    };
    Dress {
        template: match &letter.written {
            Some(_) => letter.template.clone(),
            None => letter.template.clone().or_else(|| said("template")),
        },
        subject: said("subject").filter(|line| !line.starts_with(PLAIN_SUBJECT)),
        locale: String::new(),
    }
}
