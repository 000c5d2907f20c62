//! Signing out: whether to, and what is over.

use axum::response::Response;
use doorward_engine::flow::{AppInfo, Challenge};
use serde_json::Value;

use super::{insert, with_user};
use crate::flow::page::Scene;
use crate::look;
use crate::pages::{Person, SignOutConfirm, SignedOut};

pub(super) fn json(challenge: &Challenge) -> Value {
    let mut body = with_user(challenge);
    let AppInfo {
        name, launch_url, ..
    } = challenge.flow.application.clone().unwrap_or_default();
    let said = |text: String| Some(text).filter(|text| !text.is_empty());
    insert(&mut body, "application_name", said(name));
    insert(&mut body, "application_launch_url", said(launch_url));
    body["brand_name"] = look::current().brand.into();
    body["overview_url"] = "/if/user/".into();
    body["invalidation_flow_url"] = "/flows/-/default/invalidation/".into();
    body
}

/// The page that asks whether to sign out.
pub(super) fn sign_out(scene: &Scene<'_>, challenge: &Challenge) -> Response {
    let person = scene.visitor.person();
    scene.respond(&SignOutConfirm {
        person: person.map(|person| Person::new(&*person.name, &*person.username)),
        app_name: challenge
            .flow
            .application
            .as_ref()
            .map(|app| app.name.clone()),
        csrf: scene.csrf.clone(),
        action: scene.action.clone(),
        central_choice: false,
        back_url: "/if/user/".to_owned(),
        form_action_origin: scene.to.origin.clone(),
    })
}

/// The page after an application's session has ended.
pub(super) fn page(scene: &Scene<'_>, challenge: &Challenge) -> Response {
    let signed_in = scene.visitor.session.is_some();
    let app = challenge.flow.application.as_ref();
    scene.respond(&SignedOut {
        app: app.map(|app| app.name.clone()),
        apps_url: signed_in.then(|| "/if/user/".to_owned()),
        login_url: "/flows/-/default/authentication/".to_owned(),
    })
}
