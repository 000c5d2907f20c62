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
    let component = "ak-user-settings-password";
    Some(own_setting(&stage.id, component, "Change Password"))
}

/// A stage that people set up for themselves, as authentik's user interface lists it.
pub(super) fn own_setting(stage: &str, component: &str, title: &str) -> Value {
    json!({
        "object_uid": stage,
        "component": component,
        "title": title,
        "configure_url": format!("/flows/-/configure/{stage}/"),
        "icon_url": "",
    })
}
