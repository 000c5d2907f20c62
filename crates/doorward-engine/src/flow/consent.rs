//! The consent stage: whether an application may know what it asks for.
//!
//! Rule: only an answer that repeats this question's own token is one; what the proven or signed-in
//! person agreed to counts for that application, for these permissions, and as long as the stage
//! says.

use doorward_protocol::{duration, encoding};
use doorward_store::consent::{self, ConsentRow};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::stage::Turn;
use super::walk::Walk;
use super::{Answer, Ask, Mistake};
use crate::engine::Fault;

/// The question whether somebody agrees.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AskConsent {
    /// The sentence above the permissions; may be empty.
    pub header: String,
    /// What was agreed to before.
    pub permissions: Vec<Permission>,
    /// What is new.
    pub additional: Vec<Permission>,
    /// What the answer has to repeat.
    pub token: String,
}

/// The person has to agree, although the flow has no stage that asks, or one that remembers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Insist {
    /// Once: what was agreed to before will do.
    Once,
    /// Now, whatever was agreed to before.
    Always,
}

/// Stands among a run's stages for the question that its flow does not ask.
pub(super) const INSISTED: &str = "consent";

/// Something that an application may know.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Permission {
    /// Its word, such as `email`.
    pub id: String,
    /// What people read.
    pub name: String,
}

/// `authentik_stages_consent.consentstage`
#[derive(Debug, Deserialize)]
#[serde(default)]
pub(super) struct Consent {
    mode: Mode,
    consent_expire_in: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Mode {
    AlwaysRequire,
    Permanent,
    Expiring,
}

impl Default for Consent {
    fn default() -> Self {
        Self {
            mode: Mode::Expiring,
            consent_expire_in: "weeks=4".to_owned(),
        }
    }
}

impl Consent {
    pub(super) async fn reach(&self, walk: &mut Walk<'_>) -> Result<Turn, Fault> {
        let wanted = wanted(walk);
        let agreed = self.agreed(walk).await?;
        let is_new = |one: &Permission| !agreed.iter().flatten().any(|id| *id == one.id);
        // Without permissions any earlier agreement will do; with some, each has to be in one.
        if !agreed.is_empty() && !wanted.iter().any(is_new) {
            walk.run.agreed = who(walk);
            return Ok(Turn::Passed);
        }
        // Beside nothing agreed to before, nothing is new.
        let (additional, permissions) = wanted
            .into_iter()
            .partition(|one| !agreed.is_empty() && is_new(one));
        let header = walk
            .run
            .context
            .get("consent_header")
            .and_then(Value::as_str);
        Ok(Turn::Ask(Ask::Consent(AskConsent {
            header: header.unwrap_or_default().to_owned(),
            permissions,
            additional,
            token: token(walk),
        })))
    }

    pub(super) async fn answer(&self, walk: &mut Walk<'_>, answer: &Answer) -> Result<Turn, Fault> {
        let said = match answer.text("token") {
            Ok(said) => said,
            Err(mistake) => return Ok(Turn::Wrong(mistake)),
        };
        let is_asked = walk.run.stage_state.is_some();
        if !is_asked || !encoding::constant_time_eq(said.as_bytes(), token(walk).as_bytes()) {
            return Ok(Turn::Wrong(Mistake::Said {
                field: "token".to_owned(),
                text: "Invalid consent token, re-showing prompt".to_owned(),
                code: "invalid",
            }));
        }
        self.remember(walk).await?;
        walk.run.agreed = who(walk);
        Ok(Turn::Passed)
    }

    /// What the person agreed to before, consent by consent.
    async fn agreed(&self, walk: &Walk<'_>) -> Result<Vec<Vec<String>>, Fault> {
        let (Some(user), Some(application)) = (who(walk), &walk.run.application) else {
            return Ok(Vec::new());
        };
        if self.mode == Mode::AlwaysRequire || walk.run.insist == Some(Insist::Always) {
            return Ok(Vec::new());
        }
        let mut tx = walk.engine.store.read().await?;
        let rows = consent::of_user(&mut tx, user, application, walk.ctx.now).await?;
        let words = |row: ConsentRow| row.permissions.split(' ').map(str::to_owned).collect();
        Ok(rows.into_iter().map(words).collect())
    }

    /// Nobody in particular, or no application: it is asked again the next time.
    async fn remember(&self, walk: &Walk<'_>) -> Result<(), Fault> {
        let (Some(user_id), Some(application)) = (who(walk), &walk.run.application) else {
            return Ok(());
        };
        let span = duration::parse(&self.consent_expire_in).map_or(0, |span| span.as_millis());
        let expires_at = match self.mode {
            Mode::AlwaysRequire => return Ok(()),
            Mode::Permanent => None,
            Mode::Expiring => Some(walk.ctx.now.saturating_add(span.max(0))),
        };
        let ids: Vec<_> = wanted(walk).into_iter().map(|one| one.id).collect();
        let row = ConsentRow {
            id: 0,
            user_id,
            application: application.clone(),
            permissions: ids.join(" "),
            expires_at,
            created_at: walk.ctx.now,
        };
        let mut tx = walk.engine.store.begin().await?;
        consent::save(&mut tx, &row).await?;
        walk.engine.commit(tx).await?;
        Ok(())
    }
}

/// Who agrees.
fn who(walk: &Walk<'_>) -> Option<i64> {
    let session = walk.ctx.actor.person().map(|person| person.id);
    walk.run.proven().or(session)
}

/// What the application asks for, as whoever sent the person here has written it down.
fn wanted(walk: &Walk<'_>) -> Vec<Permission> {
    let before = walk
        .run
        .errand
        .as_ref()
        .map(|errand| errand.permissions.clone());
    let asked = before.or_else(|| walk.run.context.get("consent_permissions").cloned());
    asked
        .and_then(|asked| serde_json::from_value(asked).ok())
        .unwrap_or_default()
}

/// This question's token, made once.
fn token(walk: &mut Walk<'_>) -> String {
    let fresh = || json!({ "token": encoding::random_token(24) });
    let state = walk.run.stage_state.get_or_insert_with(fresh);
    state["token"].as_str().unwrap_or_default().to_owned()
}
