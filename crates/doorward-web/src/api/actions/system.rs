//! What belongs to no object: configuration, version, settings, who am I, counts.

use axum::Router;
use axum::extract::{Path, State};
use axum::routing::{delete, get, post, put};
use doorward_engine::resource::actions::{application, event, outpost, system, user};
use doorward_engine::resource::permit::{signed_in, superuser};
use doorward_engine::resource::{self, Errors, Mode, Refusal};
use http::HeaderMap;
use serde_json::{Map, Value, json};

use crate::api::Answer;
use crate::api::answer::{nothing, ok};
use crate::api::caller::{Body, Caller};
use crate::state::AppState;

/// The version of authentik whose contract we answer; clients compare it with their own.
pub(crate) const CONTRACT_VERSION: &str = "2026.8.3";

pub(super) fn routes() -> Router<AppState> {
    Router::new()
        .route("/api/v3/admin/apps/", get(apps))
        .route("/api/v3/admin/models/", get(models))
        .route(
            "/api/v3/admin/settings/",
            get(settings).put(put_settings).patch(patch_settings),
        )
        .route("/api/v3/admin/system/", get(info).post(info))
        .route("/api/v3/admin/version/", get(version))
        .route("/api/v3/admin/version/history/", get(history))
        .route("/api/v3/admin/version/history/{key}/", get(history_one))
        .route(
            "/api/v3/core/authenticated_sessions/bulk_delete/",
            delete(end_sessions),
        )
        .route("/api/v3/core/brands/current/", get(brand))
        .route("/api/v3/core/transactional/applications/", put(transaction))
        .route("/api/v3/core/users/me/", get(me))
        .route("/api/v3/core/users/paths/", get(paths))
        .route("/api/v3/core/users/service_account/", post(service_account))
        .route("/api/v3/events/events/actions/", get(event_actions))
        .route("/api/v3/events/events/stats/", get(event_stats))
        .route("/api/v3/events/events/top_per_user/", get(event_top))
        .route("/api/v3/events/events/volume/", get(event_volume))
        .route("/api/v3/flows/instances/cache_info/", get(cache_info))
        .route("/api/v3/flows/instances/cache_clear/", post(cache_clear))
        .route("/api/v3/policies/all/cache_info/", get(cache_info))
        .route("/api/v3/policies/all/cache_clear/", post(cache_clear))
        .route(
            "/api/v3/outposts/instances/default_settings/",
            get(outpost_defaults),
        )
        .route("/api/v3/outposts/proxy/", get(outpost_proxy))
        .route("/api/v3/root/config/", get(config))
        .route("/api/v3/stages/all/user_settings/", get(user_settings))
}

async fn apps(caller: Caller) -> Answer {
    Ok(ok(&system::apps(&caller.ctx)?))
}

async fn models(caller: Caller) -> Answer {
    Ok(ok(&system::models(&caller.ctx)?))
}

async fn settings(State(state): State<AppState>, caller: Caller) -> Answer {
    Ok(ok(&system::settings(&state.engine, &caller.ctx)?))
}

async fn put_settings(State(state): State<AppState>, caller: Caller, Body(body): Body) -> Answer {
    Ok(ok(&system::change_settings(
        &state.engine,
        &caller.ctx,
        &body,
        Mode::Put,
    )
    .await?))
}

async fn patch_settings(State(state): State<AppState>, caller: Caller, Body(body): Body) -> Answer {
    Ok(ok(&system::change_settings(
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
        "brand": system::current_brand(&state.engine, &host)["matched_domain"],
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

async fn brand(State(state): State<AppState>, caller: Caller) -> Answer {
    let host = caller
        .asked
        .host
        .as_ref()
        .map(|host| host.name.clone())
        .unwrap_or_default();
    Ok(ok(&system::current_brand(&state.engine, &host)))
}

async fn transaction(State(state): State<AppState>, caller: Caller, Body(body): Body) -> Answer {
    let answer = application::create_with_provider(&state.engine, &caller.ctx, &body).await?;
    Ok(ok(&answer))
}

async fn me(caller: Caller) -> Answer {
    Ok(ok(&user::me(&caller.ctx)?))
}

async fn paths(State(state): State<AppState>, caller: Caller) -> Answer {
    Ok(ok(&user::paths(&state.engine, &caller.ctx).await?))
}

async fn service_account(
    State(state): State<AppState>,
    caller: Caller,
    Body(body): Body,
) -> Answer {
    Ok(ok(&user::service_account(
        &state.engine,
        &caller.ctx,
        &body,
    )
    .await?))
}

async fn event_actions(caller: Caller) -> Answer {
    Ok(ok(&event::actions(&caller.ctx)?))
}

async fn event_stats(State(state): State<AppState>, caller: Caller) -> Answer {
    Ok(ok(&event::stats(
        &state.engine,
        &caller.ctx,
        &caller.params,
    )
    .await?))
}

async fn event_top(caller: Caller) -> Answer {
    Ok(ok(&event::top_per_user(&caller.ctx)?))
}

async fn event_volume(State(state): State<AppState>, caller: Caller) -> Answer {
    Ok(ok(&event::volume(
        &state.engine,
        &caller.ctx,
        &caller.params,
    )
    .await?))
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
async fn config() -> Answer {
    Ok(ok(&json!({
        "error_reporting": {
            "enabled": false,
            "sentry_dsn": "",
            "environment": "doorward",
            "send_pii": false,
            "traces_sample_rate": 0.0,
        },
        "capabilities": [],
        "cache_timeout": 300,
        "cache_timeout_flows": 300,
        "cache_timeout_policies": 300,
        "cache_timeout_reputation": 300,
    })))
}

async fn user_settings(caller: Caller) -> Answer {
    signed_in(&caller.ctx.actor)?;
    Ok(ok(&json!([])))
}
