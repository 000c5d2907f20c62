//! Checks that cannot be answered because something is set up wrongly: the operator is told.
//!
//! Owns the answer, the log line, the count and the event of each cause. Rule: none is ever a pass,
//! and what a client can cause over and over is counted each time and told once.

use axum::response::Response;
use doorward_engine::Context;
use doorward_engine::outpost::{Misconfiguration, Unanswered, count_unanswered};
use doorward_engine::trace::Failing;
use doorward_protocol::forward_auth::{OriginalError, Proxy};
use doorward_protocol::host::Host;
use http::request::Parts;

use super::answer;
use super::traced::Traced;
use crate::extract::Asked;
use crate::state::AppState;

/// Somebody outside the trusted networks: their word about the request counts for nothing.
pub(super) fn stranger(state: &AppState, proxy: Proxy, parts: &Parts, asked: &Asked) -> Response {
    count_unanswered(Unanswered::Misconfigured);
    let what = Misconfiguration::UntrustedPeer;
    state.engine.outpost_misconfigured(&asked.ctx, what);
    Traced::unread(state, asked, proxy, parts)
        .failing(&state.engine.snapshot(), Failing::UntrustedPeer);
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
    let traced = Traced::unread(state, asked, proxy, parts);
    let snapshot = state.engine.snapshot();
    if let (Some(host), OriginalError::Missing(_)) = (unknown, error) {
        unknown_host(state, &asked.ctx, &host);
        traced.failing(&snapshot, Failing::UnknownHost(&host));
        return answer::unknown_host(state, Some(&host), false);
    }
    count_unanswered(Unanswered::Misconfigured);
    let (reason, proxy) = (error.to_string(), proxy.name());
    let reason = reason.as_str();
    traced.failing(&snapshot, Failing::Unreadable(reason));
    let what = Misconfiguration::Unreadable { proxy, reason };
    if state.engine.outpost_misconfigured(&asked.ctx, what) {
        let reference = &*asked.ctx.request_id;
        tracing::warn!(
            request.id = reference,
            proxy,
            reason,
            "a check cannot be read"
        );
    }
    answer::misconfigured(reason)
}

/// No application has this host: all of them are one to the metrics.
pub(super) fn unknown_host(state: &AppState, ctx: &Context, host: &Host) {
    count_unanswered(Unanswered::UnknownHost);
    tracing::info!(request.id = &*ctx.request_id, http.host = %host, "nobody set up this host");
    let what = Misconfiguration::UnknownHost(host);
    state.engine.outpost_misconfigured(ctx, what);
}

#[cfg(test)]
mod tests {
    use doorward_protocol::trust::TrustedProxies;

    use super::*;
    use crate::pages::Pages;
    use crate::testing::Log;

    #[tokio::test]
    async fn a_check_that_cannot_be_read_is_logged_once_in_ten_minutes_for_each_reason() {
        let store = doorward_store::testing::sqlite().await;
        let state = AppState::new(crate::Parts {
            engine: doorward_engine::testing::engine(&store.store).await,
            pages: Pages::new(None),
            trusted_proxies: TrustedProxies::default(),
            clock: || doorward_engine::testing::NOW,
        });
        let (parts, ()) = http::Request::new(()).into_parts();
        let asked = Asked::read(&state, &parts, "unread".into());
        let log = Log::open();
        let (one, other) = (
            OriginalError::Missing("x-forwarded-uri"),
            OriginalError::Duplicate("x-forwarded-uri"),
        );
        for error in [one, one, other, one, other] {
            let answer = unreadable(&state, Proxy::Traefik, &parts, &asked, error);
            assert!(answer.status().is_client_error() || answer.status().is_server_error());
        }
        let lines = log.lines_with("a check cannot be read");
        assert_eq!(lines.len(), 2, "{lines:?}");
    }
}
