//! The queue: letters are added in the transaction of what they tell, and sent by whoever takes them.

use std::sync::Arc;
use std::time::Duration;

use doorward_protocol::seal::Purpose;
use doorward_store::mail::{self, MailRow};
use doorward_store::{StoreError, Tx, user};
use serde_json::{Value, json};
use tracing::{info, warn};

use super::server::{self, TIMEOUT_MAX};
use super::{Dress, Letter, Purse, Rendered, Undelivered, Written, bound};
use crate::brand::locale_in;
use crate::context::Context;
use crate::engine::{Engine, Fault};
use crate::event::{self, Action};
use crate::resource::value::rfc3339;

/// So many letters wait at most.
const QUEUE_MAX: i64 = 10_000;
/// So long a letter belongs to whoever took it, beyond the server's own time.
const LEASE_MS: i64 = 2 * 60 * 1000;
/// The first pause; each is twice as long as the one before.
const PAUSE_MS: i64 = 5 * 1000;
const PAUSE_MAX_MS: i64 = 60 * 60 * 1000;
/// So long a letter is tried at most.
const TRIED_MAX_MS: i64 = 7 * 24 * 60 * 60 * 1000;
/// How often the queue is looked at.
const PERIOD: Duration = Duration::from_secs(2);
const APP: &str = "authentik.stages.email";

/// Makes words of a letter, as its stage wants it to look.
pub type Render = Arc<dyn Fn(&Letter, &Dress) -> Result<Rendered, String> + Send + Sync>;

/// Why a letter did not get into the queue.
#[derive(Debug, thiserror::Error)]
pub enum Unsent {
    /// No server is known.
    #[error("mail is not set up: set email.host (AUTHENTIK_EMAIL__HOST)")]
    NotSetUp,
    /// Too many wait.
    #[error("too much mail waits to be sent")]
    Full,
    /// The mailbox has had so many that it gets no other yet.
    #[error("{to} has had too many letters; the next may go at {until}", until = rfc3339(*.until))]
    Enough {
        /// The address.
        to: String,
        /// When, Unix milliseconds.
        until: i64,
    },
    /// Strangers in one network have set off too many.
    #[error("strangers from one network have set off too many letters; the next may go at {until}", until = rfc3339(*.until))]
    Busy {
        /// When, Unix milliseconds.
        until: i64,
    },
    /// Our fault.
    #[error(transparent)]
    Fault(#[from] Fault),
}

impl From<StoreError> for Unsent {
    fn from(error: StoreError) -> Self {
        Self::Fault(error.into())
    }
}

/// Adds a letter to the queue, in the caller's transaction.
///
/// # Errors
///
/// [`Unsent`].
pub(crate) async fn post(
    engine: &Engine,
    tx: &mut Tx,
    letter: &Letter,
    purse: Purse,
    now: i64,
) -> Result<(), Unsent> {
    has_room(engine, tx, letter).await?;
    if let Some(until) = bound::count(engine, tx, &letter.to, purse, now).await? {
        let to = letter.to.clone();
        return Err(Unsent::Enough { to, until });
    }
    insert(engine, tx, letter, now).await
}

/// The same for a letter that its mailbox has been asked for already.
pub(crate) async fn post_counted(
    engine: &Engine,
    tx: &mut Tx,
    letter: &Letter,
    now: i64,
) -> Result<(), Unsent> {
    has_room(engine, tx, letter).await?;
    insert(engine, tx, letter, now).await
}

/// Whether the queue takes a letter now.
async fn has_room(engine: &Engine, tx: &mut Tx, letter: &Letter) -> Result<(), Unsent> {
    if server::of_letter(engine, letter).is_none() {
        return Err(Unsent::NotSetUp);
    }
    if mail::count(tx).await? >= QUEUE_MAX {
        return Err(Unsent::Full);
    }
    Ok(())
}

async fn insert(engine: &Engine, tx: &mut Tx, letter: &Letter, now: i64) -> Result<(), Unsent> {
    let id = uuid::Uuid::new_v4().to_string();
    let body = json!(plain(letter)).to_string();
    let row = MailRow {
        body: engine
            .keys
            .seal(Purpose::AtRest, id.as_bytes(), body.as_bytes()),
        id,
        tries: 0,
        due_at: now,
        created_at: now,
        expires_at: letter.expires_at.min(now.saturating_add(TRIED_MAX_MS)),
    };
    Ok(mail::insert(tx, &row).await?)
}

/// So much of a name stands in a letter.
const NAME_MAX_CHARS: usize = 64;
/// And so much of a subject line.
pub(crate) const LINE_MAX_CHARS: usize = 200;

/// People choose their names, and may have chosen what they want a stranger to read: in a letter a
/// name is one short line.
fn plain(letter: &Letter) -> Letter {
    let line = |text: &str, most: usize| {
        let shown = text.chars().take(most);
        shown
            .map(|c| if c.is_control() { ' ' } else { c })
            .collect()
    };
    let written = letter.written.clone().map(|written| Written {
        line: line(&written.line, LINE_MAX_CHARS),
        ..written
    });
    Letter {
        name: line(&letter.name, NAME_MAX_CHARS),
        username: line(&letter.username, NAME_MAX_CHARS),
        written,
        ..letter.clone()
    }
}

/// So many letters are sent at once: one server that is slow must not hold all the others' mail.
const SENDERS: usize = 4;

/// Sends what is due, a few letters at once; answers how many were taken by the server.
///
/// # Errors
///
/// Only our own; what a server says is noted with its letter.
pub async fn deliver(engine: &Engine, now: i64, render: &Render) -> Result<usize, Fault> {
    if !server::is_any(engine) {
        return Ok(0);
    }
    let sender = || Box::pin(send_due(engine, now, render));
    let sent: [_; SENDERS] = tokio::join!(sender(), sender(), sender(), sender()).into();
    sent.into_iter().sum()
}

/// Sends letters, one after the other, until none is due. Whoever misses one because somebody else
/// took it looks again.
async fn send_due(engine: &Engine, now: i64, render: &Render) -> Result<usize, Fault> {
    let mut sent = 0;
    while mail::is_due(&mut engine.store.read().await?, now).await? {
        if let Some(row) = take(engine, now).await? {
            sent += usize::from(handle(engine, now, render, &row).await?);
        }
    }
    Ok(sent)
}

async fn take(engine: &Engine, now: i64) -> Result<Option<MailRow>, Fault> {
    let general = engine.settings.mail.as_ref().map(|smtp| smtp.timeout);
    let timeout = general.unwrap_or_default().max(TIMEOUT_MAX);
    let lease = LEASE_MS + crate::settings::milliseconds(timeout * super::smtp::STEPS);
    let mut tx = engine.store.begin().await?;
    let row = mail::claim(&mut tx, now, now.saturating_add(lease)).await?;
    engine.commit(tx).await?;
    Ok(row)
}

/// Tries one letter and notes how that went.
async fn handle(engine: &Engine, now: i64, render: &Render, row: &MailRow) -> Result<bool, Fault> {
    let letter = open(engine, row);
    if letter.as_ref().is_some_and(|letter| letter.to.is_empty()) {
        drop_row(engine, row).await?;
        return Ok(false);
    }
    let outcome = match &letter {
        Some(letter) => hand_over(engine, letter, render).await,
        None => Err(Undelivered::Ever("it cannot be unsealed".to_owned())),
    };
    let word = letter.as_ref().map_or("", |letter| letter.subject.word());
    let mut tx = engine.store.begin().await?;
    match &outcome {
        Ok(()) => {
            info!(id = row.id, about = word, "mail was sent");
            mail::delete(&mut tx, &row.id).await?;
            note(engine, &mut tx, now, letter.as_ref(), None).await?;
        }
        Err(Undelivered::Now(error)) => {
            let due_at = now.saturating_add(pause(row.tries));
            warn!(
                id = row.id,
                about = word,
                tries = row.tries,
                error,
                "mail will be tried again"
            );
            mail::postpone(&mut tx, &row.id, due_at).await?;
        }
        Err(Undelivered::Ever(error)) => {
            warn!(id = row.id, about = word, error, "mail was given up");
            mail::delete(&mut tx, &row.id).await?;
            note(engine, &mut tx, now, letter.as_ref(), Some(error)).await?;
        }
    }
    engine.commit(tx).await?;
    Ok(outcome.is_ok())
}

/// A letter to nobody: what was asked for was an account that there is not.
async fn drop_row(engine: &Engine, row: &MailRow) -> Result<(), Fault> {
    let mut tx = engine.store.begin().await?;
    mail::delete(&mut tx, &row.id).await?;
    Ok(engine.commit(tx).await?)
}

async fn hand_over(engine: &Engine, letter: &Letter, render: &Render) -> Result<(), Undelivered> {
    let Some(smtp) = server::of_letter(engine, letter) else {
        return Err(Undelivered::Now("there is no mail server".to_owned()));
    };
    let dress = Dress {
        locale: locale(engine, &letter.username).await,
        ..server::dress(engine, letter)
    };
    let words = render(letter, &dress).map_err(Undelivered::Ever)?;
    super::send(&smtp, &letter.to, &words).await
}

/// What an account says of its language; nothing where it cannot be asked.
async fn locale(engine: &Engine, username: &str) -> String {
    let found = async {
        let mut tx = engine.store.read().await?;
        user::find_by_username(&mut tx, username).await
    };
    let person = found.await.ok().flatten();
    let attributes = person.and_then(|row| serde_json::from_str::<Value>(&row.attributes).ok());
    let settings = attributes.as_ref().and_then(|all| all.get("settings"));
    locale_in(settings).to_owned()
}

fn open(engine: &Engine, row: &MailRow) -> Option<Letter> {
    let keys = &engine.keys;
    let bytes = keys.open(Purpose::AtRest, row.id.as_bytes(), &row.body);
    serde_json::from_slice(&bytes.ok()?).ok()
}

/// Twice as long each time.
fn pause(tries: i64) -> i64 {
    let doublings = u32::try_from(tries - 1).unwrap_or(0).min(10);
    (PAUSE_MS << doublings).min(PAUSE_MAX_MS)
}

/// The event of a letter: who got it about what, never what it said.
async fn note(
    engine: &Engine,
    tx: &mut Tx,
    now: i64,
    letter: Option<&Letter>,
    error: Option<&String>,
) -> Result<(), StoreError> {
    let (to, about) = letter.map_or(("", ""), |letter| (&*letter.to, letter.subject.word()));
    let (action, message) = match error {
        None => (Action::EmailSent, format!("Email to {to} sent")),
        Some(error) => (
            Action::ConfigurationError,
            format!("Email to {to} was not sent: {error}"),
        ),
    };
    let context = json!({ "message": message, "to_email": [to], "template": about });
    event::record(engine, tx, &Context::system(now), action, APP, context).await
}

/// Looks at the queue from now on.
pub fn start(engine: Engine, render: Render, clock: impl Fn() -> i64 + Send + 'static) {
    tokio::spawn(async move {
        loop {
            tokio::time::sleep(PERIOD).await;
            if let Err(error) = deliver(&engine, clock(), &render).await {
                warn!(%error, "the mail queue will be looked at again");
            }
        }
    });
}
