//! Lists of things that Doorward does not have yet: empty, so that official clients go on.
//!
//! Rule: superusers see an empty list, everybody else what they would see anywhere else; nothing can
//! be created, and the lists of types never name what cannot be made.

use axum::Router;
use axum::routing::get;
use doorward_engine::resource::permit::superuser;
use doorward_engine::resource::validate::WHOLE;
use doorward_engine::resource::{Errors, Refusal};
use serde_json::json;

use super::Answer;
use super::answer::ok;
use super::caller::Caller;
use crate::state::AppState;

/// Empty lists in pages.
pub(super) const PAGES: &[&str] = &[
    "/core/applications/requestable/",
    "/core/application_entitlements/requestable/",
    "/enterprise/license/",
    "/events/notifications/",
    "/events/rules/",
    "/events/transports/",
    "/outposts/service_connections/all/",
    "/rbac/roles/",
    "/tasks/schedules/",
    "/tasks/tasks/",
];
/// Empty lists without pages.
pub(super) const ARRAYS: &[&str] = &[
    "/outposts/service_connections/all/types/",
    "/sources/all/types/",
    "/sources/all/user_settings/",
];
/// Stages of authentik's paid version: none, and none can be made.
const ENTERPRISE: &[&str] = &["/stages/account_lockdown/", "/stages/mtls/"];
/// The license that nobody needs.
pub(super) const LICENSE: &str = "/enterprise/license/summary/";

pub(super) fn routes() -> Router<AppState> {
    let pages = PAGES.iter().fold(Router::new(), |router, path| {
        router.route(&address(path), get(page))
    });
    let arrays = ARRAYS.iter().fold(pages, |router, path| {
        router.route(&address(path), get(array))
    });
    let enterprise = ENTERPRISE.iter().fold(arrays, |router, path| {
        router.route(&address(path), get(page).post(needs_enterprise))
    });
    enterprise.route(&address(LICENSE), get(license))
}

fn address(path: &str) -> String {
    format!("/api/v3{path}")
}

async fn page(caller: Caller) -> Answer {
    superuser(&caller.ctx.actor)?;
    Ok(ok(&json!({
        "pagination": {
            "next": 0, "previous": 0, "count": 0, "current": 1, "total_pages": 1, "start_index": 0, "end_index": 0,
        },
        "results": [],
        "autocomplete": {},
    })))
}

/// In the words that clients know.
async fn needs_enterprise(caller: Caller) -> Answer {
    superuser(&caller.ctx.actor)?;
    let message = "Enterprise is required to create/update this object.";
    Err(Refusal::from(Errors::one(WHOLE, message)).into())
}

async fn array(caller: Caller) -> Answer {
    superuser(&caller.ctx.actor)?;
    Ok(ok(&json!([])))
}

async fn license(caller: Caller) -> Answer {
    superuser(&caller.ctx.actor)?;
    Ok(ok(&json!({
        "internal_users": 0,
        "external_users": 0,
        "status": "unlicensed",
        "latest_valid": "1970-01-01T00:00:00Z",
        "license_flags": [],
    })))
}
