//! Setting an authenticator app up: the key is shown, and kept once the app has shown a code.

use doorward_protocol::totp::{Digits, Key};
use serde::{Deserialize, Serialize};

use super::stage::Turn;
use super::walk::Walk;
use super::{Answer, Ask, Mistake, device};
use crate::authenticator::app;
use crate::engine::Fault;
use crate::person::Person;

pub use crate::authenticator::app::ForApp;

/// `authentik_stages_authenticator_totp.authenticatortotpstage`
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct SetUpApp {
    digits: String,
}

/// The key under way, sealed for the person it is for: whoever signs in meanwhile gets another.
#[derive(Serialize, Deserialize)]
struct Pending {
    user: i64,
    sealed: String,
}

const WRONG_CODE: &str = "Code does not match";

impl SetUpApp {
    pub(super) async fn reach(&self, walk: &mut Walk<'_>) -> Result<Turn, Fault> {
        let person = match device::may_set_up(walk).await? {
            Ok((person, _)) => person,
            Err(refusal) => return Ok(Turn::Refuse(refusal)),
        };
        let (key, digits) = self.key(walk, &person);
        let issuer = walk.snapshot.public_url();
        let issuer = issuer.as_ref().and_then(|url| url.host_str());
        let shown = app::for_app(&key, digits, issuer.unwrap_or("Doorward"), &person.username);
        Ok(Turn::Ask(Ask::App(shown)))
    }

    /// The key under way, or a new one.
    fn key(&self, walk: &mut Walk<'_>, person: &Person) -> (Key, Digits) {
        if let Some(pending) = pending(walk, person.id) {
            return pending;
        }
        let digits = match &*self.digits {
            "8" => Digits::Eight,
            _ => Digits::Six,
        };
        let key = Key::generate(digits);
        let sealed = app::seal(&walk.engine.keys, &about(walk), &key, digits);
        let user = person.id;
        device::remember(walk, &Pending { user, sealed });
        (key, digits)
    }

    pub(super) async fn answer(&self, walk: &mut Walk<'_>, answer: &Answer) -> Result<Turn, Fault> {
        let person = match device::may_set_up(walk).await? {
            Ok((person, _)) => person,
            Err(refusal) => return Ok(Turn::Refuse(refusal)),
        };
        let code = match answer.text("code") {
            Ok("") => return Ok(Turn::Wrong(Mistake::Missing("code"))),
            Ok(code) => code,
            Err(mistake) => return Ok(Turn::Wrong(mistake)),
        };
        let pending = pending(walk, person.id);
        let found = pending.and_then(|(key, digits)| {
            let step = key.step_of(code, walk.ctx.now)?;
            Some(((key, digits), step))
        });
        let Some(((key, digits), step)) = found else {
            return Ok(Turn::Wrong(Mistake::said("code", WRONG_CODE)));
        };
        let ctx = walk.ctx.acting_as(&person);
        let mut tx = walk.engine.store.begin().await?;
        if !device::is_first(walk, &mut tx, person.id).await? {
            device::note_set_up(walk, person.id);
            return Ok(Turn::Passed);
        }
        let device = app::keep(walk.engine, &mut tx, &ctx, person.id, (&key, digits), step).await?;
        walk.engine.commit(tx).await?;
        device::prove(walk, person.id, device);
        Ok(Turn::Passed)
    }
}

/// The key that was shown to this person in this run.
fn pending(walk: &Walk<'_>, user: i64) -> Option<(Key, Digits)> {
    let pending: Pending = device::remembered(walk)?;
    let is_theirs = pending.user == user;
    let sealed = is_theirs.then_some(pending.sealed)?;
    app::open(&walk.engine.keys, &about(walk), &sealed)
}

fn about(walk: &Walk<'_>) -> String {
    format!("set up {}", walk.run.id)
}
