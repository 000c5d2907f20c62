//! Setting codes by mail up: an address is typed, a code goes there, and the address is kept once
//! the code has come back.
//!
//! Rule: a page view mails nothing, and nobody learns by it which addresses are in use: what is kept
//! is the person's own.

use std::sync::Arc;

use doorward_store::user::fold;
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::stage::Turn;
use super::walk::Walk;
use super::{Answer, Ask, Mistake, Refusal, device};
use crate::authenticator::email::{self, Mailbox, NewCode};
use crate::engine::Fault;
use crate::mail::Purse;
use crate::person::Person;
use crate::resource::field::{Field, FieldType};
use crate::resource::{World, value};
use crate::throttle;

/// Where codes are to go.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ForMailbox {
    /// Where a code has gone; `None` while an address is asked for.
    pub sent_to: Option<String>,
    /// The address of the account, to begin with.
    pub suggestion: String,
}

impl ForMailbox {
    /// Where a code has gone, with most of it hidden, as clients show it.
    pub fn masked(&self) -> Option<String> {
        self.sent_to.as_deref().map(email::masked)
    }
}

/// `authentik_stages_authenticator_email.authenticatoremailstage`
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct SetUpEmail {
    /// The stage's own uuid.
    pk: String,
}

/// The address under way, and for whom.
#[derive(Serialize, Deserialize)]
struct Pending {
    user: i64,
    email: String,
}

const WRONG_CODE: &str = "Code does not match";
const KNOWN: &str = "This address is set up already.";
const ADDRESS: Field = Field::new("email", "Address", FieldType::Email);

impl SetUpEmail {
    pub(super) async fn reach(&self, walk: &mut Walk<'_>) -> Result<Turn, Fault> {
        let person = match device::may_set_up(walk).await? {
            Ok((person, _)) => person,
            Err(refusal) => return Ok(Turn::Refuse(refusal)),
        };
        if !email::can_send(walk.engine, &self.pk) {
            return Ok(Turn::Refuse(Refusal::NoMail));
        }
        Ok(Turn::Ask(ask(walk, &person)))
    }

    pub(super) async fn answer(&self, walk: &mut Walk<'_>, answer: &Answer) -> Result<Turn, Fault> {
        let (person, devices) = match device::may_set_up(walk).await? {
            Ok(both) => both,
            Err(refusal) => return Ok(Turn::Refuse(refusal)),
        };
        let (code, to) = match (answer.text("code"), answer.text("email")) {
            (Ok(code), Ok(to)) => (code.trim(), to.trim()),
            (Err(mistake), _) | (_, Err(mistake)) => return Ok(Turn::Wrong(mistake)),
        };
        match pending(walk, person.id) {
            Some(pending) if !code.is_empty() => self.confirm(walk, &person, pending, code).await,
            Some(_) if to.is_empty() => Ok(Turn::Wrong(Mistake::Missing("code"))),
            _ => {
                let is_known = devices
                    .iter()
                    .filter_map(email::mailbox)
                    .any(|one| fold(&one.email) == fold(to));
                if is_known {
                    return Ok(Turn::Wrong(Mistake::said("email", KNOWN)));
                }
                self.send(walk, &person, to).await
            }
        }
    }

    /// Mails a code to an address.
    async fn send(&self, walk: &mut Walk<'_>, person: &Person, to: &str) -> Result<Turn, Fault> {
        let checked = value::check(&ADDRESS, &json!(to), &World::of(&walk.snapshot));
        match checked {
            Ok(_) if to.is_empty() => return Ok(Turn::Wrong(Mistake::Missing("email"))),
            Ok(_) => {}
            Err(messages) => return Ok(Turn::Wrong(Mistake::said("email", messages.join(" ")))),
        }
        if !email::can_send(walk.engine, &self.pk) {
            return Ok(Turn::Refuse(Refusal::NoMail));
        }
        let mailbox = self.mailbox(to);
        let new = NewCode {
            person,
            to: &mailbox,
            about: &about(walk, to),
            purse: Purse::People,
        };
        let mut tx = walk.engine.store.begin().await?;
        let too_many = email::send(walk.engine, &mut tx, walk.ctx, new).await?;
        if let Some(until) = too_many {
            return Ok(Turn::Wrong(Mistake::TooMany { until }));
        }
        walk.engine.commit(tx).await?;
        let (user, email) = (person.id, to.to_owned());
        device::remember(walk, &Pending { user, email });
        Ok(Turn::Ask(ask(walk, person)))
    }

    /// The code has come back.
    async fn confirm(
        &self,
        walk: &mut Walk<'_>,
        person: &Arc<Person>,
        pending: Pending,
        code: &str,
    ) -> Result<Turn, Fault> {
        let counted = match device::count(walk, person.id, 1).await? {
            Ok(counted) => counted,
            Err(mistake) => return Ok(Turn::Wrong(mistake)),
        };
        let mut tx = walk.engine.store.begin().await?;
        let about = about(walk, &pending.email);
        if !email::use_code(walk.engine, &mut tx, &about, code, walk.ctx.now).await? {
            return Ok(Turn::Wrong(Mistake::said("code", WRONG_CODE)));
        }
        throttle::give_back(walk.engine, &mut tx, &counted).await?;
        let mailbox = self.mailbox(&pending.email);
        let ctx = walk.ctx.acting_as(person);
        let device = email::keep(walk.engine, &mut tx, &ctx, person.id, &mailbox).await?;
        walk.engine.commit(tx).await?;
        device::prove(walk, person.id, device);
        Ok(Turn::Passed)
    }

    fn mailbox(&self, email: &str) -> Mailbox {
        Mailbox {
            email: email.to_owned(),
            stage: self.pk.clone(),
        }
    }
}

fn ask(walk: &Walk<'_>, person: &Person) -> Ask {
    Ask::Mailbox(ForMailbox {
        sent_to: pending(walk, person.id).map(|pending| pending.email),
        suggestion: person.email.to_string(),
    })
}

/// The address that a code went to, for this person in this run.
fn pending(walk: &Walk<'_>, user: i64) -> Option<Pending> {
    let pending: Pending = device::remembered(walk)?;
    (pending.user == user).then_some(pending)
}

fn about(walk: &Walk<'_>, email: &str) -> String {
    format!("set up {} {}", walk.run.id, fold(email))
}
