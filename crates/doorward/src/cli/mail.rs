//! `doorward test-email` and links by mail.
//!
//! Rule: a link is made from the public address only, and an error says what the server said.

use std::time::Duration;

use anyhow::{Context as _, bail};
use doorward_engine::mail::{self, Letter, Subject};
use doorward_engine::recovery;
use doorward_engine::settings::milliseconds;
use doorward_web::pages::Pages;

use super::commands::{context, existing, explain};
use super::say;
use crate::config::Config;
use crate::wire::clock;

const NOT_SET_UP: &str = "mail is not set up: set email.host (AUTHENTIK_EMAIL__HOST)";
/// What is not sent by then is not worth sending.
const TEST_LIFETIME: Duration = Duration::from_hours(1);

/// `doorward test-email TO`: at once, past the queue.
pub(super) async fn test(config: &Config, to: &str) -> anyhow::Result<()> {
    let smtp = config.mail.as_ref().context(NOT_SET_UP)?;
    let letter = Letter {
        subject: Subject::Setup,
        to: to.to_owned(),
        name: String::new(),
        username: String::new(),
        url: None,
        code: None,
        stage: None,
        template: None,
        written: None,
        expires_at: clock().saturating_add(milliseconds(TEST_LIFETIME)),
    };
    let pages = Pages::new(config.templates_dir.clone());
    let words = pages.letter(&letter, &mail::Dress::default(), "Doorward")?;
    let sent = mail::send(smtp, to, &words).await;
    sent.with_context(|| format!("{}:{} did not take the letter", smtp.host, smtp.port))?;
    say(&format!("{} took a letter to {to}.", smtp.host))
}

/// `doorward recovery-link USER --mail`: the link goes into the queue of the running server.
pub(super) async fn recovery_link(config: &Config, user: &str, minutes: u32) -> anyhow::Result<()> {
    if config.mail.is_none() {
        bail!(NOT_SET_UP);
    }
    let lifetime = Duration::from_secs(u64::from(minutes) * 60);
    let engine = existing(config).await?;
    let sent = recovery::mail_link(&engine, &context(), user, lifetime, None).await;
    engine.store.close().await;
    let to = sent.map_err(|error| explain(error, user))?;
    say(&format!(
        "A link for {user} goes to {to} as soon as the server runs."
    ))
}
