//! The user write stage: what was filled in becomes an account, or changes one.
//!
//! Owns whose account that may be. Leaves fields and values to the resource kernel. Rule: nobody's
//! account is written but the one that this run has proven or whose session this is, and both must
//! be the same (CVE-2022-46172, CVE-2023-26481); a new account is made only where nobody was named,
//! nobody is signed in and the flow is for enrollment (CVE-2022-46145).

mod fields;

use doorward_store::user::UserRow;
use doorward_store::{StoreError, Topic, change, user};
use serde::Deserialize;
use serde_json::{Map, Value, json};

use self::fields::Written;
use super::run::Proof;
use super::stage::Turn;
use super::walk::Walk;
use super::{Ask, Refusal, invitation, may_change};
use crate::engine::Fault;
use crate::event::{self, Action};
use crate::resource::write::Writing;
use crate::resource::{USER, registered};
use crate::session;

/// Who tells of it, in events.
const APP: &str = "authentik.stages.user_write";

/// `authentik_stages_user_write.userwritestage`
#[derive(Debug, Deserialize)]
#[serde(default)]
pub(super) struct UserWrite {
    name: String,
    user_creation_mode: CreationMode,
    create_users_as_inactive: bool,
    create_users_group: Option<String>,
    user_type: String,
    user_path_template: String,
}

/// When an account is made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
enum CreationMode {
    NeverCreate,
    CreateWhenRequired,
    AlwaysCreate,
}

impl Default for UserWrite {
    fn default() -> Self {
        Self {
            name: String::new(),
            user_creation_mode: CreationMode::CreateWhenRequired,
            create_users_as_inactive: true,
            create_users_group: None,
            user_type: "external".to_owned(),
            user_path_template: String::new(),
        }
    }
}

/// Whose account is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Whose {
    /// This person's.
    Of(i64),
    /// A new one.
    New,
}

/// The person that a run may change: the proven one, else the one who is signed in. Somebody who
/// was only named is nobody's proof.
pub(super) fn whose(walk: &Walk<'_>) -> Result<Whose, Refusal> {
    let session = walk.ctx.actor.person().map(|person| person.id);
    let proven = walk.run.proven();
    let is_somebody_else = proven.is_some() && session.is_some() && proven != session;
    let is_only_named = proven.is_none() && !walk.run.identifier.is_empty();
    if is_somebody_else || is_only_named {
        return Err(Refusal::NotProven);
    }
    Ok(proven.or(session).map_or(Whose::New, Whose::Of))
}

impl UserWrite {
    pub(super) async fn reach(&self, walk: &mut Walk<'_>) -> Result<Turn, Fault> {
        match self.target(walk) {
            Err(refusal) => Ok(Turn::Refuse(refusal)),
            // A page view writes nothing, whoever led the browser there.
            Ok(_) if !walk.answers => Ok(Turn::Ask(Ask::GoOn {
                name: self.name.clone(),
            })),
            Ok(target) => self.write(walk, target).await,
        }
    }

    fn target(&self, walk: &Walk<'_>) -> Result<Whose, Refusal> {
        let enrolls = walk.flow.designation == "enrollment";
        match (whose(walk)?, self.user_creation_mode) {
            (Whose::Of(_), CreationMode::AlwaysCreate) => Err(Refusal::SignedInAlready),
            // Somebody else's account at this browser would be overwritten.
            (Whose::Of(_), _) if enrolls && !walk.run.has(Proof::Enrolled) => {
                Err(Refusal::SignedInAlready)
            }
            (Whose::New, CreationMode::NeverCreate) => Err(Refusal::NotProven),
            (Whose::New, _) if !enrolls => Err(Refusal::NotProven),
            (target, _) => Ok(target),
        }
    }

    async fn write(&self, walk: &mut Walk<'_>, target: Whose) -> Result<Turn, Fault> {
        let mut data = walk.prompt_data();
        data.retain(|key, _| !may_change::is_closed(walk, key));
        let written = fields::of(&data);
        let encoded = match &written.password {
            None => None,
            Some(password) => match walk.engine.hashes.hash_new(password.clone()).await? {
                Ok(encoded) => Some(encoded),
                Err(_) => return Ok(Turn::Refuse(Refusal::NotWritten)),
            },
        };
        let mut writing = Writing::begin(walk.engine, walk.ctx).await?;
        if let Some(row) = walk.row.take()
            && !row.finish(&mut writing.tx).await?
        {
            return Ok(Turn::Lost);
        }
        if !invitation::spend(walk, &mut writing).await? {
            return Ok(Turn::Refuse(Refusal::NoInvitation));
        }
        let user = match self.save(walk, &mut writing, target, &written).await {
            Ok(user) => user,
            Err(crate::resource::Refusal::Fault(fault)) => return Err(fault),
            Err(refusal) => {
                tracing::info!(?refusal, "an account was not written");
                return Ok(Turn::Refuse(Refusal::NotWritten));
            }
        };
        self.finish(walk, writing, (target, user), encoded).await
    }

    /// The account's fields; answers its key.
    async fn save(
        &self,
        walk: &Walk<'_>,
        writing: &mut Writing<'_>,
        target: Whose,
        written: &Written,
    ) -> Result<i64, crate::resource::Refusal> {
        let kind = registered(USER);
        match target {
            Whose::Of(id) => {
                let row = user::find(&mut writing.tx, id).await?;
                let row = row.filter(|row| walk.run.still_counts(row));
                let row = row.ok_or(crate::resource::Refusal::Forbidden)?;
                let body = written.change(&row.attributes);
                writing.amend(kind, &id.to_string(), &body).await?;
                Ok(id)
            }
            Whose::New => {
                let body = self.new_account(walk, written);
                let key = writing.insert(kind, &body, None).await?;
                Ok(key.parse().unwrap_or_default())
            }
        }
    }

    /// Groups, folder and type only ever come from the stage and from policies, never from a form.
    fn new_account(&self, walk: &Walk<'_>, written: &Written) -> Value {
        let said = |key: &str| walk.run.context.get(key).and_then(Value::as_str);
        let path = said("user_path").unwrap_or(&self.user_path_template);
        let mut body = written.change("{}");
        body["name"] = json!(written.name.clone().unwrap_or_default());
        body["username"] = json!(written.username.as_ref().or(written.email.as_ref()));
        body["path"] = json!(if path.is_empty() { "users" } else { path });
        body["type"] = json!(said("user_type").unwrap_or(&self.user_type));
        body["is_active"] = json!(!self.create_users_as_inactive);
        body["groups"] = json!(self.groups(&walk.run.context));
        body
    }

    fn groups(&self, context: &Map<String, Value>) -> Vec<String> {
        let said = context.get("groups").and_then(Value::as_array);
        let said = said.into_iter().flatten().filter_map(|group| {
            let id = group.as_str().or_else(|| group.get("pk")?.as_str())?;
            Some(id.to_owned())
        });
        self.create_users_group
            .clone()
            .into_iter()
            .chain(said)
            .collect()
    }

    /// Password, sessions, event; then the run knows whose it is.
    async fn finish(
        &self,
        walk: &mut Walk<'_>,
        mut writing: Writing<'_>,
        (target, id): (Whose, i64),
        encoded: Option<String>,
    ) -> Result<Turn, Fault> {
        if let Some(encoded) = &encoded {
            set_password(walk, &mut writing, id, encoded).await?;
        }
        let Some(row) = user::find(&mut writing.tx, id).await? else {
            return Ok(Turn::Refuse(Refusal::NotWritten));
        };
        let (is_new, has_password) = (target == Whose::New, encoded.is_some());
        tell(walk, &mut writing, &row, (is_new, has_password)).await?;
        writing.commit().await?;
        if is_new {
            walk.run.prove(id, Proof::Enrolled, row.password_changed_at);
        }
        if walk.run.has(Proof::Enrolled) {
            walk.run.left_at = Some(row.version);
        }
        if is_new || has_password {
            walk.run.password_of = row.password_changed_at;
        }
        walk.person = None;
        Ok(Turn::Passed)
    }
}

/// Whoever was signed in with the old one elsewhere is not any more.
async fn set_password(
    walk: &Walk<'_>,
    writing: &mut Writing<'_>,
    id: i64,
    encoded: &str,
) -> Result<(), Fault> {
    let (engine, now, tx) = (walk.engine, walk.ctx.now, &mut writing.tx);
    let session = walk.visit.session.as_ref();
    let here = session.map_or("", |session| &*session.id);
    engine.set_password(tx, id, encoded, now).await?;
    session::end_all_of(tx, id, here, now).await?;
    change::record(tx, Topic::User, id, now).await?;
    Ok(())
}

/// Tells what was done.
async fn tell(
    walk: &Walk<'_>,
    writing: &mut Writing<'_>,
    row: &UserRow,
    (is_new, has_password): (bool, bool),
) -> Result<(), StoreError> {
    let told =
        json!({ "username": row.username, "pk": row.id, "created": is_new, "flow": walk.run.flow });
    let password = has_password.then_some(Action::PasswordSet);
    for action in std::iter::once(Action::UserWrite).chain(password) {
        let (tx, told) = (&mut writing.tx, told.clone());
        event::record(walk.engine, tx, walk.ctx, action, APP, told).await?;
    }
    Ok(())
}
