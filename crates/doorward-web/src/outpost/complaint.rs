//! Checks that cannot be answered because something is set up wrongly: the operator is told.
//!
//! Owns the answer, the log line, the count and the event of each cause. Rule: none is ever a pass,
//! and what a client can cause over and over is counted each time and told once.

use axum::response::Response;
use doorward_engine::Context;
use doorward_engine::outpost::{Misconfiguration, Unanswered, count_unanswered};
use doorward_protocol::forward_auth::{OriginalError, Proxy};
use doorward_protocol::host::Host;
use http::request::Parts;

use super::answer;
use crate::extract::Asked;
use crate::state::AppState;

/// Somebody outside the trusted networks: their word about the request counts for nothing.
pub(super) fn stranger(state: &AppState, asked: &Asked) -> Response {
    count_unanswered(Unanswered::Misconfigured);
    let what = Misconfiguration::UntrustedPeer;
    state.engine.outpost_misconfigured(&asked.ctx, what);
    answer::misconfigured("it asks from an address that is not a trusted proxy")
}

/// An unknown host is 404 also when the rest is missing, as on the outpost's own router.
pub(super) fn unreadable(
    state: &AppState,
    proxy: Proxy,
    parts: &Parts,
    asked: &Asked,
    error: OriginalError,
) -> Response {
    let said = parts.headers.get("x-forwarded-host");
    let host = said.and_then(|host| Host::parse(host.to_str().ok()?).ok());
    let unknown = host.filter(|host| state.engine.snapshot_ref().outpost.find(host).is_none());
    if let (Some(host), OriginalError::Missing(_)) = (unknown, error) {
        unknown_host(state, &asked.ctx, &host);
        return answer::unknown_host(state, Some(&host), false);
    }
    count_unanswered(Unanswered::Misconfigured);
    let (reason, reference) = (error.to_string(), &*asked.ctx.request_id);
    tracing::warn!(
        request.id = reference,
        proxy = proxy.name(),
        reason,
        "a check cannot be read"
    );
    let reason = reason.as_str();
    let proxy = proxy.name();
    let what = Misconfiguration::Unreadable { proxy, reason };
    state.engine.outpost_misconfigured(&asked.ctx, what);
    answer::misconfigured(reason)
}

/// No application has this host: all of them are one to the metrics.
pub(super) fn unknown_host(state: &AppState, ctx: &Context, host: &Host) {
    count_unanswered(Unanswered::UnknownHost);
    tracing::info!(request.id = &*ctx.request_id, http.host = %host, "nobody set up this host");
    let what = Misconfiguration::UnknownHost(host);
    state.engine.outpost_misconfigured(ctx, what);
}
