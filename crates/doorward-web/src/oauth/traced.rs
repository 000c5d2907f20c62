//! What a client's request leaves for the operator: the facts that the wire knows.
//!
//! Leaves words, bounds and what is kept to `engine::trace`. Rule: of the parameters the client's name alone
//! is handed on.

use doorward_engine::Snapshot;
use doorward_engine::trace::{AtClient, ClientOutcome, Seen, Way};

use crate::extract::Asked;
use crate::state::AppState;

/// A client's request at `path` in the name of `id`, and what it came to.
pub(super) async fn client(
    state: &AppState,
    asked: &Asked,
    snapshot: &Snapshot,
    (path, id): (&str, &str),
    outcome: ClientOutcome<'_>,
) {
    let host = asked.host_text();
    let seen = Seen {
        ctx: &asked.ctx,
        way: Way::OpenIdConnect,
        peer: asked.peer,
        peer_is_trusted: asked.peer_is_trusted,
        proxy: "",
        method: if path == super::AUTHORIZE {
            "GET"
        } else {
            "POST"
        },
        scheme: if asked.is_https { "https" } else { "http" },
        host: &host,
        path,
        forwarded: &[],
    };
    let at = AtClient {
        seen,
        snapshot,
        client_id: id,
        client: snapshot.oauth.named(id).map(AsRef::as_ref),
        person: asked.ctx.actor.person().map(AsRef::as_ref),
        outcome,
    };
    state.engine.trace_client(&at).await;
}
