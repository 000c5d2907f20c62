//! What kinds can do besides the seven operations, and what belongs to no kind.
//!
//! [`ROUTES`] names them all for the OpenAPI file; a test compares it with the router.

mod one;
mod system;

use axum::Router;

use crate::state::AppState;

/// An operation beyond the registry's: method, path below `/api/v3`, operation id, whether nobody
/// needs to be signed in.
pub(super) type Route = (&'static str, &'static str, &'static str, bool);

/// Every one of them.
pub(super) const ROUTES: &[Route] = &[
    ("get", "/admin/apps/", "admin_apps_list", false),
    ("get", "/admin/models/", "admin_models_list", false),
    ("get", "/admin/settings/", "admin_settings_retrieve", false),
    ("put", "/admin/settings/", "admin_settings_update", false),
    (
        "patch",
        "/admin/settings/",
        "admin_settings_partial_update",
        false,
    ),
    ("get", "/admin/system/", "admin_system_retrieve", false),
    ("post", "/admin/system/", "admin_system_create", false),
    ("get", "/admin/version/", "admin_version_retrieve", false),
    (
        "get",
        "/admin/version/history/",
        "admin_version_history_list",
        false,
    ),
    (
        "get",
        "/admin/version/history/{id}/",
        "admin_version_history_retrieve",
        false,
    ),
    (
        "get",
        "/core/applications/{slug}/check_access/",
        "core_applications_check_access_retrieve",
        false,
    ),
    (
        "delete",
        "/core/authenticated_sessions/bulk_delete/",
        "core_authenticated_sessions_bulk_delete_destroy",
        false,
    ),
    (
        "get",
        "/core/brands/current/",
        "core_brands_current_retrieve",
        true,
    ),
    (
        "post",
        "/core/groups/{group_uuid}/add_user/",
        "core_groups_add_user_create",
        false,
    ),
    (
        "post",
        "/core/groups/{group_uuid}/remove_user/",
        "core_groups_remove_user_create",
        false,
    ),
    (
        "get",
        "/core/tokens/{identifier}/view_key/",
        "core_tokens_view_key_retrieve",
        false,
    ),
    (
        "post",
        "/core/tokens/{identifier}/set_key/",
        "core_tokens_set_key_create",
        false,
    ),
    (
        "put",
        "/core/transactional/applications/",
        "core_transactional_applications_update",
        false,
    ),
    ("get", "/core/users/me/", "core_users_me_retrieve", false),
    (
        "get",
        "/core/users/paths/",
        "core_users_paths_retrieve",
        false,
    ),
    (
        "post",
        "/core/users/service_account/",
        "core_users_service_account_create",
        false,
    ),
    (
        "post",
        "/core/users/{id}/recovery/",
        "core_users_recovery_create",
        false,
    ),
    (
        "post",
        "/core/users/{id}/set_password/",
        "core_users_set_password_create",
        false,
    ),
    (
        "post",
        "/core/users/{id}/set_password_hash/",
        "core_users_set_password_hash_create",
        false,
    ),
    (
        "get",
        "/crypto/certificatekeypairs/{kp_uuid}/view_certificate/",
        "crypto_certificatekeypairs_view_certificate_retrieve",
        false,
    ),
    (
        "get",
        "/crypto/certificatekeypairs/{kp_uuid}/view_private_key/",
        "crypto_certificatekeypairs_view_private_key_retrieve",
        false,
    ),
    (
        "get",
        "/events/events/actions/",
        "events_events_actions_list",
        false,
    ),
    (
        "get",
        "/events/events/stats/",
        "events_events_stats_retrieve",
        false,
    ),
    (
        "get",
        "/events/events/top_per_user/",
        "events_events_top_per_user_list",
        false,
    ),
    (
        "get",
        "/events/events/volume/",
        "events_events_volume_list",
        false,
    ),
    (
        "get",
        "/flows/executor/{flow_slug}/",
        "flows_executor_get",
        true,
    ),
    (
        "post",
        "/flows/executor/{flow_slug}/",
        "flows_executor_solve",
        true,
    ),
    (
        "get",
        "/flows/instances/cache_info/",
        "flows_instances_cache_info_retrieve",
        false,
    ),
    (
        "post",
        "/flows/instances/cache_clear/",
        "flows_instances_cache_clear_create",
        false,
    ),
    (
        "get",
        "/flows/instances/{slug}/diagram/",
        "flows_instances_diagram_retrieve",
        false,
    ),
    (
        "get",
        "/flows/instances/{slug}/export/",
        "flows_instances_export_retrieve",
        false,
    ),
    (
        "get",
        "/flows/instances/{slug}/execute/",
        "flows_instances_execute_retrieve",
        false,
    ),
    (
        "get",
        "/outposts/instances/default_settings/",
        "outposts_instances_default_settings_retrieve",
        false,
    ),
    (
        "get",
        "/outposts/instances/{uuid}/health/",
        "outposts_instances_health_list",
        false,
    ),
    ("get", "/outposts/proxy/", "outposts_proxy_list", false),
    (
        "get",
        "/policies/all/cache_info/",
        "policies_all_cache_info_retrieve",
        false,
    ),
    (
        "post",
        "/policies/all/cache_clear/",
        "policies_all_cache_clear_create",
        false,
    ),
    ("get", "/root/config/", "root_config_retrieve", true),
    ("get", "/schema/", "schema_retrieve", true),
    (
        "get",
        "/stages/all/user_settings/",
        "stages_all_user_settings_list",
        false,
    ),
];

/// Their routes.
pub(super) fn routes() -> Router<AppState> {
    Router::new().merge(one::routes()).merge(system::routes())
}
