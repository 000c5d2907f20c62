//! The invitation stage, and what an invitation is worth at this moment.
//!
//! Rule: an invitation counts only in the flow it was made for (CVE-2022-23555) and before it ends
//! (CVE-2025-64708), read when it is used and not when somebody cleaned up; one that works once is
//! deleted in the transaction of what it was used for, so that of many one wins.

use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::Refusal;
use super::stage::Turn;
use super::walk::Walk;
use crate::engine::Fault;
use crate::event::{self, Action};
use crate::resource::registered;
use crate::resource::value::milliseconds;
use crate::resource::write::{Found, Writing};
use crate::snapshot::Object;

/// The model of invitations.
pub(crate) const INVITATION: &str = "authentik_stages_invitation.invitation";

/// `authentik_stages_invitation.invitationstage`
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct InvitationStage {
    continue_flow_without_invitation: bool,
}

impl InvitationStage {
    pub(super) fn reach(&self, walk: &mut Walk<'_>) -> Turn {
        let token = walk.run.invitation.clone().or_else(|| filled_in(walk));
        let found = token.filter(|id| live(walk, id).is_some());
        walk.run.invited = found.is_some();
        walk.run.invitation = found;
        if walk.run.invited || self.continue_flow_without_invitation {
            Turn::Passed
        } else {
            Turn::Refuse(Refusal::NoInvitation)
        }
    }
}

/// A token that somebody typed into a form before.
fn filled_in(walk: &Walk<'_>) -> Option<String> {
    let token = walk.run.prompt_data()?.get("token")?.as_str()?;
    Some(token.trim().to_owned())
}

/// The token in an address, if it can be one.
pub(super) fn token(text: &str) -> Option<String> {
    let id = uuid::Uuid::try_parse(text).ok()?.to_string();
    (id == text).then_some(id)
}

/// The invitation, if it counts for this flow now.
fn live<'a>(walk: &'a Walk<'_>, id: &str) -> Option<&'a Object> {
    let object = walk.snapshot.object(INVITATION, id)?;
    counts(object, &walk.flow.pk, walk.ctx.now).then_some(object)
}

/// Whether the run came with an invitation that counts now and was made for this flow and no other.
pub(super) fn is_for_this_flow(walk: &Walk<'_>) -> bool {
    let object = walk.run.invitation.as_deref().and_then(|id| live(walk, id));
    object.is_some_and(|object| {
        object
            .config
            .get("flow")
            .is_some_and(|flow| *flow == *walk.flow.pk)
    })
}

/// Whether an invitation has ended.
pub(crate) fn is_over(object: &Object, now: i64) -> bool {
    ends_at(object).is_some_and(|at| at <= now)
}

/// When an invitation ends, Unix milliseconds; in the past if that cannot be read.
pub(crate) fn ends_at(object: &Object) -> Option<i64> {
    let expires = object.config.get("expires").and_then(Value::as_str);
    expires.map(|at| milliseconds(at).unwrap_or(i64::MIN))
}

fn counts(object: &Object, flow: &str, now: i64) -> bool {
    let only = object.config.get("flow").and_then(Value::as_str);
    !is_over(object, now) && only.is_none_or(|only| only == flow)
}

/// What an invitation brings along, if the run has one.
pub(super) fn fixed_data(walk: &Walk<'_>) -> Option<Map<String, Value>> {
    let id = walk.run.invitation.as_ref().filter(|_| walk.run.invited)?;
    let object = walk.snapshot.object(INVITATION, id)?;
    object.config.get("fixed_data")?.as_object().cloned()
}

/// Uses the run's invitation within `writing`; answers whether there was still one, or none was
/// needed.
pub(super) async fn spend(walk: &mut Walk<'_>, writing: &mut Writing<'_>) -> Result<bool, Fault> {
    if !std::mem::take(&mut walk.run.invited) {
        return Ok(true);
    }
    let id = walk.run.invitation.take().unwrap_or_default();
    let found = writing.world.object(INVITATION, &id).cloned();
    let Some(object) = found.filter(|one| counts(one, &walk.flow.pk, walk.ctx.now)) else {
        return Ok(false);
    };
    let data = object.config.get("fixed_data").and_then(Value::as_object);
    let data = data.cloned().unwrap_or_default();
    let told = json!({ "invitation": object.config.get("name") });
    let groups = joined(walk, &object).await?;
    let is_single = object.config.get("single_use") == Some(&Value::Bool(true));
    if is_single {
        let removed = writing
            .remove_found(registered(INVITATION), &Found::Object(object))
            .await;
        match removed {
            Ok(()) => {}
            Err(crate::resource::Refusal::Fault(fault)) => return Err(fault),
            Err(_) => return Ok(false),
        }
    }
    let before = walk.run.prompt_data().cloned().unwrap_or_default();
    walk.run.fill_in(data);
    walk.run.fill_in(before);
    join(walk, groups);
    let app = "authentik.stages.invitation";
    event::record(
        walk.engine,
        &mut writing.tx,
        walk.ctx,
        Action::InvitationUsed,
        app,
        told,
    )
    .await?;
    Ok(true)
}

/// The groups that an invitation brings along. It gives no more than whoever made it could: somebody who
/// is no administrator (any more) puts nobody anywhere.
async fn joined(walk: &Walk<'_>, object: &Object) -> Result<Vec<Value>, Fault> {
    let groups = object.config.get("groups").and_then(Value::as_array);
    let groups = groups.cloned().unwrap_or_default();
    let made_by = object.config.get("created_by").and_then(Value::as_i64);
    let (false, Some(maker)) = (groups.is_empty(), made_by) else {
        return Ok(groups);
    };
    let maker = walk.engine.person(maker).await?;
    let may = maker.is_some_and(|maker| maker.is_superuser && maker.is_active);
    Ok(if may { groups } else { Vec::new() })
}

/// Where the stage that writes the account looks for groups, beside those that a policy has put there.
fn join(walk: &mut Walk<'_>, groups: Vec<Value>) {
    if groups.is_empty() {
        return;
    }
    let said = walk
        .run
        .context
        .entry("groups")
        .or_insert_with(|| json!([]));
    match said {
        Value::Array(said) => said.extend(groups),
        other => *other = groups.into(),
    }
}
