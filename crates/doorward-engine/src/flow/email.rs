//! The e-mail stage: a letter with a link, and no way on but the link.
//!
//! Owns who gets a letter and how often. Leaves links to `link` and letters to `mail`. Rule: the
//! answer, the rows written and the work are the same whether or not there is an account
//! (CVE-2023-39522): what is said and how soon one may ask again follow from what was typed alone,
//! and an account that has had its letters gets no more, in silence. A page view sends nothing.

use std::time::Duration;

use doorward_store::Tx;
use doorward_store::attempt::Limit;
use doorward_store::user::{self, UserRow, fold};
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::link;
use super::run::Proof;
use super::stage::Turn;
use super::walk::Walk;
use super::{Ask, Mistake, Refusal, device};
use crate::context::{Actor, Context};
use crate::engine::{Engine, Fault};
use crate::mail::{self, Letter, Purse, Subject, server};
use crate::model;
use crate::resource::write::Writing;
use crate::resource::{USER, registered};
use crate::settings::{milliseconds, span};
use crate::throttle::{self, Attempt, KnownBrowser};

/// The page of a letter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AskMail {
    /// Whether a letter is on its way; else there is a button to send it.
    pub sent: bool,
    /// Where to, if the person is known to this run.
    pub to: Option<String>,
    /// No other letter before then, Unix milliseconds.
    pub until: Option<i64>,
}

/// `authentik_stages_email.emailstage`
#[derive(Debug, Deserialize)]
#[serde(default)]
pub(super) struct Email {
    /// The stage's own uuid.
    pk: String,
    template: String,
    token_expiry: String,
    activate_user_on_success: bool,
    recovery_max_attempts: u32,
    recovery_cache_timeout: String,
}

impl Default for Email {
    fn default() -> Self {
        Self {
            pk: String::new(),
            template: "email/password_reset.html".to_owned(),
            token_expiry: "minutes=30".to_owned(),
            activate_user_on_success: false,
            recovery_max_attempts: 5,
            recovery_cache_timeout: "minutes=5".to_owned(),
        }
    }
}

/// Links live so long where the setting cannot be read, and so long at most.
const LIFETIME: Duration = Duration::from_mins(30);
const LIFETIME_MAX: Duration = Duration::from_hours(30 * 24);
const WINDOW: Duration = Duration::from_mins(5);

/// What the stage remembers: that a letter is on its way.
#[derive(Default, Serialize, Deserialize)]
struct State {
    sent: bool,
}

/// Whom the run is about, as far as it may say.
enum Whom {
    /// Somebody who is proven or signed in.
    Known(i64),
    /// Whoever has this name, if anybody.
    Typed,
}

impl Whom {
    /// Whoever has just made an account has shown nothing about its address.
    fn purse(&self, walk: &Walk<'_>) -> Purse {
        match self {
            Self::Known(_) if !walk.run.has(Proof::Enrolled) => Purse::People,
            Self::Known(_) | Self::Typed => Purse::Strangers,
        }
    }
}

impl Email {
    pub(super) async fn reach(&self, walk: &mut Walk<'_>) -> Result<Turn, Fault> {
        let Some(whom) = whom(walk) else {
            return Ok(Turn::Refuse(Refusal::NotProven));
        };
        if !self.can_send(walk) {
            return Ok(Turn::Refuse(Refusal::NoMail));
        }
        let State { mut sent } = device::remembered(walk).unwrap_or_default();
        let mut until = None;
        if !sent && walk.answers && walk.solved() {
            until = self.send(walk, &whom).await?;
            sent = until.is_none();
        }
        self.ask(walk, &whom, sent, until).await
    }

    async fn ask(
        &self,
        walk: &mut Walk<'_>,
        whom: &Whom,
        sent: bool,
        until: Option<i64>,
    ) -> Result<Turn, Fault> {
        device::remember(walk, &State { sent });
        let to = match whom {
            Whom::Known(id) => {
                let mut tx = walk.engine.store.read().await?;
                user::find(&mut tx, *id).await?.map(|row| row.email)
            }
            Whom::Typed => None,
        };
        Ok(Turn::Ask(Ask::Mail(AskMail { sent, to, until })))
    }

    /// The link was followed, or the letter is to be sent (again). The question stays.
    pub(super) async fn answer(&self, walk: &mut Walk<'_>) -> Result<Turn, Fault> {
        if let Some(opened) = walk.link.take() {
            return self.follow(walk, opened).await;
        }
        let Some(whom) = whom(walk) else {
            return Ok(Turn::Refuse(Refusal::NotProven));
        };
        if !self.can_send(walk) {
            return Ok(Turn::Refuse(Refusal::NoMail));
        }
        if let Some(until) = self.send(walk, &whom).await? {
            return Ok(Turn::Wrong(Mistake::TooMany { until }));
        }
        device::remember(walk, &State { sent: true });
        // Clients of authentik's are told by an error that the letter was sent.
        Ok(Turn::Wrong(Mistake::Said {
            field: "non_field_errors".to_owned(),
            text: SENT.to_owned(),
            code: SENT,
        }))
    }

    /// Whoever has the link reads the mail of its person.
    async fn follow(&self, walk: &mut Walk<'_>, opened: link::Opened) -> Result<Turn, Fault> {
        // The program itself opens the account: nobody may who is not signed in.
        let ctx = Context {
            actor: Actor::System,
            ..walk.ctx.clone()
        };
        let mut writing = Writing::begin(walk.engine, &ctx).await?;
        let spent = opened.spend(&mut writing.tx, walk.ctx.now).await?;
        let Some(row) = spent else {
            writing.commit().await?;
            return Ok(Turn::Lost);
        };
        if !row.is_active {
            if !self.activate_user_on_success {
                writing.commit().await?;
                return Ok(Turn::Refuse(Refusal::Inactive));
            }
            let (id, body) = (row.id.to_string(), json!({ "is_active": true }));
            match writing.amend(registered(USER), &id, &body).await {
                Ok(()) => {}
                Err(crate::resource::Refusal::Fault(fault)) => return Err(fault),
                Err(_) => return Ok(Turn::Refuse(Refusal::NotWritten)),
            }
        }
        writing.commit().await?;
        walk.run.prove(row.id, Proof::Mail, row.password_changed_at);
        walk.run.context.insert(IS_RESTORED.to_owned(), json!(true));
        walk.person = None;
        Ok(Turn::Passed)
    }

    fn can_send(&self, walk: &Walk<'_>) -> bool {
        let stage = walk.snapshot.stages.get(&self.pk).map(AsRef::as_ref);
        server::of_stage(walk.engine, stage).is_some() && walk.snapshot.public_url().is_some()
    }

    /// Sends a letter, or what looks like one from the outside; answers until when to wait if that
    /// was asked for too often.
    async fn send(&self, walk: &Walk<'_>, whom: &Whom) -> Result<Option<i64>, Fault> {
        let (engine, ctx) = (walk.engine, walk.ctx);
        let nobody = throttle::Subject::Nobody;
        let begun = throttle::begin(engine, ctx, nobody, &KnownBrowser::default()).await?;
        if let Attempt::Blocked { until } = begun {
            return Ok(Some(until));
        }
        let mut tx = engine.store.begin().await?;
        let asked = match whom {
            Whom::Known(id) => format!("id {id}"),
            Whom::Typed => format!("name {}", fold(&walk.run.identifier)),
        };
        if let Some(until) = self.count(walk, &mut tx, &asked).await? {
            return Ok(Some(until));
        }
        let found = match whom {
            Whom::Known(id) => user::find(&mut tx, *id).await?,
            Whom::Typed => walk.run.lookup.find(&mut tx, &walk.run.identifier).await?,
        };
        let row = found.filter(|row| is_for(walk, row));
        let whose = row.as_ref().map_or_else(
            || format!("nobody {}", fold(&walk.run.identifier)),
            |row| format!("account {}", row.id),
        );
        let of_stage = self.count(walk, &mut tx, &whose).await?;
        let row = row.filter(|_| of_stage.is_none());
        let to = row.as_ref().map_or("", |row| &row.email);
        let purse = whom.purse(walk);
        let of_mailbox = mail::bound::count(engine, &mut tx, to, purse, ctx.now).await?;
        let row = row.filter(|_| of_mailbox.is_none());
        self.post(walk, &mut tx, row.as_ref()).await?;
        engine.commit(tx).await?;
        Ok(None)
    }

    /// Counts a letter of this stage; answers until when to wait if there were too many.
    async fn count(&self, walk: &Walk<'_>, tx: &mut Tx, what: &str) -> Result<Option<i64>, Fault> {
        let window_ms = milliseconds(span(&self.recovery_cache_timeout, WINDOW));
        let limit = Limit {
            free: i64::from(self.recovery_max_attempts.max(1)),
            pause_ms: window_ms,
            window_ms,
        };
        let name = format!("letters {} {what}", self.pk);
        Ok(throttle::count(walk.engine, tx, &name, limit, walk.ctx.now).await?)
    }

    async fn post(&self, walk: &Walk<'_>, tx: &mut Tx, row: Option<&UserRow>) -> Result<(), Fault> {
        let lifetime = span(&self.token_expiry, LIFETIME).min(LIFETIME_MAX);
        let expires_at = walk.ctx.now.saturating_add(milliseconds(lifetime));
        let key = link::make(walk, tx, row, expires_at).await?;
        let path = format!("/if/flow/{}/?flow_token={key}", walk.flow.slug);
        let base = walk.snapshot.public_url();
        let url = base.and_then(|base| base.join(&path).ok());
        let text = |of: fn(&UserRow) -> &String| row.map(of).cloned().unwrap_or_default();
        let letter = Letter {
            subject: self.subject(walk),
            to: text(|row| &row.email),
            name: text(|row| &row.name),
            username: text(|row| &row.username),
            url: url.map(String::from),
            code: None,
            stage: Some(self.pk.clone()),
            template: None,
            written: None,
            expires_at,
        };
        match mail::post_counted(walk.engine, tx, &letter, walk.ctx.now).await {
            Ok(()) => Ok(()),
            Err(mail::Unsent::Fault(fault)) => Err(fault),
            Err(error) => Err(Fault::Broken(error.to_string())),
        }
    }

    /// What a letter is about: as its template says, else as the flow does.
    fn subject(&self, walk: &Walk<'_>) -> Subject {
        let otherwise = match &*walk.flow.designation {
            "enrollment" => Subject::AccountConfirmation,
            _ => Subject::PasswordReset,
        };
        Subject::of_template(&self.template).unwrap_or(otherwise)
    }
}

/// authentik's word for a letter that was sent.
pub(super) const SENT: &str = "email-sent";
/// authentik's name for a run that goes on by a link.
const IS_RESTORED: &str = "is_restored";

/// Whether a stage of this configuration could send anything.
pub(super) fn sends(engine: &Engine, stage: &model::Stage) -> bool {
    server::of_stage(engine, Some(stage)).is_some()
}

fn whom(walk: &Walk<'_>) -> Option<Whom> {
    if let Some(id) = walk.run.proven() {
        return Some(Whom::Known(id));
    }
    if !walk.run.identifier.is_empty() {
        return Some(Whom::Typed);
    }
    let visitor = walk.ctx.actor.person();
    visitor.map(|person| Whom::Known(person.id))
}

/// Whether somebody gets letters: a person with an address who may sign in, or has made the account
/// just now. A service has no mail of its own.
fn is_for(walk: &Walk<'_>, row: &UserRow) -> bool {
    let is_person = matches!(&*row.kind, "internal" | "external");
    is_person && !row.email.is_empty() && (row.is_active || walk.run.made(row))
}
