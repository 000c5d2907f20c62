//! The stages that people set up for themselves.

use serde_json::{Value, json};

use crate::snapshot::{Object, Snapshot};

const PASSWORD: &str = "authentik_stages_password.passwordstage";

/// Password stages whose flow changes the password, as authentik's own pages list them.
pub fn user_settings(snapshot: &Snapshot) -> Vec<Value> {
    let stages = snapshot.objects(PASSWORD).iter();
    stages
        .filter_map(|stage| setting(stage, snapshot))
        .collect()
}

fn setting(stage: &Object, snapshot: &Snapshot) -> Option<Value> {
    snapshot.flow(stage.config.get("configure_flow")?.as_str()?)?;
    Some(json!({
        "object_uid": stage.id,
        "component": "ak-user-settings-password",
        "title": "Change Password",
        "configure_url": format!("/flows/-/configure/{}/", stage.id),
        "icon_url": "",
    }))
}
