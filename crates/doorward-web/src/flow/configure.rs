//! The flows in which people set something up for themselves.

use doorward_engine::Snapshot;
use doorward_engine::brand::FlowUse;
use serde_json::Value;

use super::entry::default_flow;
use crate::extract::Asked;

/// The flow of one's profile: the brand's, else authentik's default if it is there.
pub(crate) fn settings_flow(snapshot: &Snapshot, asked: &Asked) -> Option<String> {
    let chosen = default_flow(snapshot, asked, FlowUse::UserSettings);
    chosen
        .map(str::to_owned)
        .or_else(|| known(snapshot, "default-user-settings-flow"))
}

/// The flow that deletes one's account, if the brand has one.
pub(crate) fn unenrollment_flow(snapshot: &Snapshot, asked: &Asked) -> Option<String> {
    let brand = snapshot.brand(&asked.host_text())?;
    named(snapshot, brand.flow_unenrollment.as_deref())
}

/// The flow of one's password: a password stage's, else authentik's default if it is there.
pub(crate) fn password_flow(snapshot: &Snapshot) -> Option<String> {
    let stages = snapshot.objects("authentik_stages_password.passwordstage");
    let mut flows = stages.iter().filter_map(|stage| {
        named(
            snapshot,
            stage.config.get("configure_flow").and_then(Value::as_str),
        )
    });
    flows
        .next()
        .or_else(|| known(snapshot, "default-password-change"))
}

fn named(snapshot: &Snapshot, pk: Option<&str>) -> Option<String> {
    Some(snapshot.flow(pk?)?.slug.clone())
}

fn known(snapshot: &Snapshot, slug: &str) -> Option<String> {
    snapshot.flows.contains_key(slug).then(|| slug.to_owned())
}
