//! What belongs to no object: configuration, version, settings, who am I, counts.

use axum::extract::{Path, State};
use doorward_engine::resource::actions::{application, brand, media, outpost, settings, system};
use doorward_engine::resource::permit::{signed_in, superuser};
use doorward_engine::resource::{self, Errors, Holds, Mode, Refusal};
use http::HeaderMap;
use serde_json::{Map, Value, json};

use crate::api::Answer;
use crate::api::answer::{nothing, ok};
use crate::api::caller::{Body, Caller};
use crate::api::route::{Gives, Needed, Parameter, Route};
use crate::state::AppState;

/// The version of authentik whose contract we answer; clients compare it with their own.
pub(crate) const CONTRACT_VERSION: &str = "2026.8.3";

pub(super) fn routes() -> Vec<Route> {
    let mut all = Vec::from(of_admin());
    all.extend(of_core());
    all.extend(of_outposts());
    all.extend(of_caches());
    all.extend(of_the_rest());
    all.extend(of_the_executor());
    all
}

fn of_admin() -> [Route; 10] {
    let info_at = "/admin/system/";
    let settings_at = "/admin/settings/";
    let history_at = "/admin/version/history/";
    [
        Route::get("/admin/apps/", "admin_apps_list", Gives::Many("App")).to(apps),
        Route::get("/admin/models/", "admin_models_list", Gives::Many("App")).to(models),
        Route::get(
            settings_at,
            "admin_settings_retrieve",
            Gives::One("Settings"),
        )
        .to(read_settings),
        Route::put(settings_at, "admin_settings_update", Gives::One("Settings"))
            .schema("SettingsRequest")
            .to(put_settings),
        Route::patch(
            settings_at,
            "admin_settings_partial_update",
            Gives::One("Settings"),
        )
        .schema("PatchedSettingsRequest")
        .to(patch_settings),
        Route::get(info_at, "admin_system_retrieve", Gives::One("SystemInfo")).to(info),
        Route::post(info_at, "admin_system_create", Gives::One("SystemInfo")).to(info),
        Route::get(
            "/admin/version/",
            "admin_version_retrieve",
            Gives::One("Version"),
        )
        .to(version),
        Route::get(
            history_at,
            "admin_version_history_list",
            Gives::Many("VersionHistory"),
        )
        .to(history),
        Route::get(
            "/admin/version/history/{id}/",
            "admin_version_history_retrieve",
            Gives::One("VersionHistory"),
        )
        .to(history_one),
    ]
}

fn of_core() -> [Route; 3] {
    [
        Route::delete(
            "/core/authenticated_sessions/bulk_delete/",
            "core_authenticated_sessions_bulk_delete_destroy",
            Gives::One("BulkDeleteSessionResponse"),
        )
        .needs(Needed::list("user_pks", Holds::Integer))
        .to(end_sessions),
        Route::get(
            "/core/brands/current/",
            "core_brands_current_retrieve",
            Gives::One("CurrentBrand"),
        )
        .anonymous()
        .to(current_brand),
        Route::put(
            "/core/transactional/applications/",
            "core_transactional_applications_update",
            Gives::One("TransactionApplicationResponse"),
        )
        .form(&application::TRANSACTION)
        .to(transaction),
    ]
}

const PAGE: &[Parameter] = &[
    ("name", Holds::Text),
    ("ordering", Holds::Text),
    ("page", Holds::Integer),
    ("page_size", Holds::Integer),
    ("search", Holds::Text),
];

fn of_outposts() -> [Route; 2] {
    [
        Route::get(
            "/outposts/instances/default_settings/",
            "outposts_instances_default_settings_retrieve",
            Gives::One("OutpostDefaultConfig"),
        )
        .to(outpost_defaults),
        Route::get(
            "/outposts/proxy/",
            "outposts_proxy_list",
            Gives::One("PaginatedProxyOutpostConfigList"),
        )
        .query(PAGE)
        .to(outpost_proxy),
    ]
}

fn of_caches() -> [Route; 4] {
    let cleared = |path, id| Route::post(path, id, Gives::Nothing).to(cache_clear);
    let counted = |path, id| Route::get(path, id, Gives::One("Cache")).to(cache_info);
    [
        counted(
            "/flows/instances/cache_info/",
            "flows_instances_cache_info_retrieve",
        ),
        cleared(
            "/flows/instances/cache_clear/",
            "flows_instances_cache_clear_create",
        ),
        counted(
            "/policies/all/cache_info/",
            "policies_all_cache_info_retrieve",
        ),
        cleared(
            "/policies/all/cache_clear/",
            "policies_all_cache_clear_create",
        ),
    ]
}

fn of_the_rest() -> [Route; 2] {
    [
        Route::get(
            "/root/config/",
            "root_config_retrieve",
            Gives::One("Config"),
        )
        .anonymous()
        .to(config),
        Route::get("/schema/", "schema_retrieve", Gives::One("OpenApi"))
            .anonymous()
            .to(super::super::serve_schema),
    ]
}

/// Answered by `web::flow`.
fn of_the_executor() -> [Route; 2] {
    let (path, gives) = ("/flows/executor/{flow_slug}/", Gives::One("ChallengeTypes"));
    [
        Route::get(path, "flows_executor_get", gives)
            .anonymous()
            .needs(Needed::one("query", Holds::Text)),
        Route::post(path, "flows_executor_solve", gives)
            .anonymous()
            .needs(Needed::one("query", Holds::Text))
            .schema("FlowChallengeResponseRequest"),
    ]
}

async fn apps(caller: Caller) -> Answer {
    Ok(ok(&system::apps(&caller.ctx)?))
}

async fn models(caller: Caller) -> Answer {
    Ok(ok(&system::models(&caller.ctx)?))
}

async fn read_settings(State(state): State<AppState>, caller: Caller) -> Answer {
    Ok(ok(&settings::settings(&state.engine, &caller.ctx)?))
}

async fn put_settings(State(state): State<AppState>, caller: Caller, Body(body): Body) -> Answer {
    Ok(ok(&settings::change_settings(
        &state.engine,
        &caller.ctx,
        &body,
        Mode::Put,
    )
    .await?))
}

async fn patch_settings(State(state): State<AppState>, caller: Caller, Body(body): Body) -> Answer {
    Ok(ok(&settings::change_settings(
        &state.engine,
        &caller.ctx,
        &body,
        Mode::Patch,
    )
    .await?))
}

/// Header values that say nothing secret are shown; the others are not.
fn harmless(headers: &HeaderMap) -> Value {
    const SHOWN: &[&str] = &[
        "host",
        "user-agent",
        "accept",
        "x-forwarded-for",
        "x-forwarded-proto",
        "x-forwarded-host",
    ];
    let shown = SHOWN.iter().filter_map(|name| {
        Some((
            (*name).to_owned(),
            json!(headers.get(*name)?.to_str().ok()?),
        ))
    });
    Value::Object(shown.collect::<Map<_, _>>())
}

async fn info(State(state): State<AppState>, caller: Caller, headers: HeaderMap) -> Answer {
    superuser(&caller.ctx.actor)?;
    let snapshot = state.engine.snapshot();
    let host = caller
        .asked
        .host
        .as_ref()
        .map(ToString::to_string)
        .unwrap_or_default();
    let embedded = snapshot.embedded_outpost();
    let embedded_host = embedded
        .and_then(|outpost| outpost.config["authentik_host"].as_str())
        .unwrap_or_default();
    let base = snapshot
        .base_url
        .as_ref()
        .map_or("", |url| url.as_str().trim_end_matches('/'));
    Ok(ok(&json!({
        "http_headers": harmless(&headers),
        "http_host": host,
        "http_is_secure": caller.asked.is_https,
        "runtime": {
            "python_version": "",
            "environment": "doorward",
            "architecture": std::env::consts::ARCH,
            "platform": std::env::consts::OS,
            "uname": format!("Doorward {}", env!("CARGO_PKG_VERSION")),
            "openssl_version": "AWS-LC",
            "openssl_fips_enabled": null,
            "authentik_version": CONTRACT_VERSION,
        },
        "brand": brand::current_brand(&state.engine, &host)["matched_domain"],
        "server_time": resource::value::rfc3339(caller.ctx.now),
        "embedded_outpost_disabled": embedded.is_none(),
        "embedded_outpost_host": embedded_host,
        "base_url": base,
    })))
}

async fn version(caller: Caller) -> Answer {
    signed_in(&caller.ctx.actor)?;
    Ok(ok(&json!({
        "version_current": CONTRACT_VERSION,
        "version_latest": CONTRACT_VERSION,
        "version_latest_valid": true,
        "build_hash": "",
        "outdated": false,
        "outpost_outdated": false,
    })))
}

async fn history(State(state): State<AppState>, caller: Caller) -> Answer {
    superuser(&caller.ctx.actor)?;
    Ok(ok(&json!([history_entry(&state)])))
}

async fn history_one(
    State(state): State<AppState>,
    Path(key): Path<String>,
    caller: Caller,
) -> Answer {
    superuser(&caller.ctx.actor)?;
    if key != "1" {
        return Err(Refusal::NotFound {
            model: "Version history",
        }
        .into());
    }
    Ok(ok(&history_entry(&state)))
}

/// The set-up is the one upgrade that is remembered yet.
fn history_entry(state: &AppState) -> Value {
    let snapshot = state.engine.snapshot();
    let at = snapshot
        .settings
        .get("setup_done")
        .and_then(|done| done["at"].as_i64())
        .unwrap_or_default();
    json!({
        "id": 1,
        "timestamp": resource::value::rfc3339(at),
        "version": CONTRACT_VERSION,
        "build": format!("doorward-{}", env!("CARGO_PKG_VERSION")),
    })
}

async fn end_sessions(State(state): State<AppState>, caller: Caller) -> Answer {
    superuser(&caller.ctx.actor)?;
    let users: Option<Vec<i64>> = caller
        .params
        .all("user_pks")
        .map(|pk| pk.parse().ok())
        .collect();
    let users = users.filter(|users| !users.is_empty());
    let users = users.ok_or_else(|| Errors::one("user_pks", "A valid integer is required."))?;
    let deleted = resource::end_sessions_of(&state.engine, &caller.ctx, &users).await?;
    Ok(ok(&json!({ "deleted": deleted })))
}

async fn current_brand(State(state): State<AppState>, caller: Caller) -> Answer {
    let host = caller
        .asked
        .host
        .as_ref()
        .map(|host| host.name.clone())
        .unwrap_or_default();
    Ok(ok(&brand::current_brand(&state.engine, &host)))
}

async fn transaction(State(state): State<AppState>, caller: Caller, Body(body): Body) -> Answer {
    let answer = application::create_with_provider(&state.engine, &caller.ctx, &body).await?;
    Ok(ok(&answer))
}

/// There is no cache of plans or policies that could be stale; there is nothing to count.
async fn cache_info(caller: Caller) -> Answer {
    superuser(&caller.ctx.actor)?;
    Ok(ok(&json!({ "count": 0 })))
}

async fn cache_clear(caller: Caller) -> Answer {
    superuser(&caller.ctx.actor)?;
    Ok(nothing())
}

async fn outpost_defaults(caller: Caller) -> Answer {
    signed_in(&caller.ctx.actor)?;
    Ok(ok(&json!({ "config": resource::outpost_defaults() })))
}

async fn outpost_proxy(State(state): State<AppState>, caller: Caller) -> Answer {
    Ok(ok(&outpost::proxy_configs(
        &state.engine,
        &caller.ctx,
        &caller.params,
    )?))
}

/// What clients ask first; anybody may.
async fn config(State(state): State<AppState>) -> Answer {
    let geo = &state.engine.settings.geo;
    let named = [
        ("can_save_media", media::can_save(&state.engine)),
        ("can_geo_ip", geo.knows_places()),
        ("can_asn", geo.knows_networks()),
    ];
    let capabilities: Vec<&str> = named
        .into_iter()
        .filter(|(_, has)| *has)
        .map(|(name, _)| name)
        .collect();
    Ok(ok(&json!({
        "error_reporting": {
            "enabled": false,
            "sentry_dsn": "",
            "environment": "doorward",
            "send_pii": false,
            "traces_sample_rate": 0.0,
        },
        "capabilities": capabilities,
        "cache_timeout": 300,
        "cache_timeout_flows": 300,
        "cache_timeout_policies": 300,
        "cache_timeout_reputation": 300,
    })))
}
