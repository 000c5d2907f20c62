//! Recovery codes: shown once, kept when the person says that they have them.

use doorward_protocol::recovery_code;
use doorward_protocol::seal::Purpose;
use serde::{Deserialize, Serialize};

use super::stage::Turn;
use super::walk::Walk;
use super::{Ask, device};
use crate::authenticator::codes;
use crate::engine::Fault;

/// `authentik_stages_authenticator_static.authenticatorstaticstage`
#[derive(Debug, Deserialize)]
#[serde(default)]
pub(super) struct SetUpCodes {
    token_count: usize,
    token_length: usize,
}

impl Default for SetUpCodes {
    fn default() -> Self {
        Self {
            token_count: 6,
            token_length: 12,
        }
    }
}

/// The codes under way, sealed for the person they are for.
#[derive(Serialize, Deserialize)]
struct Pending {
    user: i64,
    sealed: String,
}

/// Most codes of a list.
const COUNT_MAX: usize = 50;

impl SetUpCodes {
    pub(super) async fn reach(&self, walk: &mut Walk<'_>) -> Result<Turn, Fault> {
        let user = match device::may_set_up(walk).await? {
            Ok((person, _)) => person.id,
            Err(refusal) => return Ok(Turn::Refuse(refusal)),
        };
        let codes = pending(walk, user).unwrap_or_else(|| self.generate(walk, user));
        let shown = codes.iter().map(|code| recovery_code::shown(code));
        Ok(Turn::Ask(Ask::Codes(shown.collect())))
    }

    fn generate(&self, walk: &mut Walk<'_>, user: i64) -> Vec<String> {
        let count = self.token_count.clamp(1, COUNT_MAX);
        let codes = codes::generate(count, self.token_length);
        let clear = codes.join("\n");
        let sealed =
            walk.engine
                .keys
                .seal(Purpose::AtRest, about(walk).as_bytes(), clear.as_bytes());
        device::remember(walk, &Pending { user, sealed });
        codes
    }

    pub(super) async fn answer(&self, walk: &mut Walk<'_>) -> Result<Turn, Fault> {
        let person = match device::may_set_up(walk).await? {
            Ok((person, _)) => person,
            Err(refusal) => return Ok(Turn::Refuse(refusal)),
        };
        let Some(codes) = pending(walk, person.id) else {
            return self.reach(walk).await;
        };
        let list = codes::hash(walk.engine, &codes).await?;
        let ctx = walk.ctx.acting_as(&person);
        let mut tx = walk.engine.store.begin().await?;
        if !device::is_first(walk, &mut tx, person.id).await? {
            device::note_set_up(walk, person.id);
            return Ok(Turn::Passed);
        }
        let device = codes::keep(walk.engine, &mut tx, &ctx, person.id, &list).await?;
        walk.engine.commit(tx).await?;
        device::prove(walk, person.id, device);
        Ok(Turn::Passed)
    }
}

/// The codes that were shown to this person in this run.
fn pending(walk: &Walk<'_>, user: i64) -> Option<Vec<String>> {
    let pending: Pending = device::remembered(walk)?;
    let is_theirs = pending.user == user;
    let sealed = is_theirs.then_some(pending.sealed)?;
    let about = about(walk);
    let clear = walk
        .engine
        .keys
        .open(Purpose::AtRest, about.as_bytes(), &sealed)
        .ok()?;
    let clear = String::from_utf8(clear).ok()?;
    Some(clear.lines().map(str::to_owned).collect())
}

fn about(walk: &Walk<'_>) -> String {
    format!("codes {}", walk.run.id)
}
