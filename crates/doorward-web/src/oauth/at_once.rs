//! What OAuth answers before the router: documents that were made before, and userinfo for tokens in
//! memory.
//!
//! Whatever is not exactly that, and whatever a browser's page of another origin asks, is left to the
//! router. Rules of [decision 9](../../../../docs/decisions/0009-known-people-before-the-router.md):
//! nothing here waits, asks the store or writes a log line, and nothing is answered that the router would
//! answer otherwise.

use std::panic::{AssertUnwindSafe, catch_unwind};

use axum::response::Response;
use doorward_engine::first_run;
use http::header::{AUTHORIZATION, ORIGIN};
use http::{Method, Request};

use super::{bearer, documents, userinfo};
use crate::state::AppState;

/// The answer, if it can be given at once; `None` leaves the request, whatever it is, to the router.
pub fn at_once<B>(state: &AppState, request: &Request<B>) -> Option<Response> {
    let path = request.uri().path().strip_prefix("/application/o/")?;
    if request.method() != Method::GET || request.uri().query().is_some() {
        return None;
    }
    catch_unwind(AssertUnwindSafe(|| answer(state, request, path))).ok()?
}

fn answer<B>(state: &AppState, request: &Request<B>, path: &str) -> Option<Response> {
    let headers = request.headers();
    let snapshot = state.engine.snapshot_ref();
    // On the host of an application that is carried these paths are its own; before set-up there is nothing.
    if headers.contains_key(ORIGIN)
        || snapshot.outpost.carries()
        || first_run::is_open(&state.engine)
    {
        return None;
    }
    if path == "userinfo/" {
        headers.get(AUTHORIZATION)?;
        let token = bearer::plain(headers).ok()??;
        let now = (state.clock)();
        let (client, said) = state
            .engine
            .oauth_userinfo_at_once(&snapshot, &token, now)?;
        return Some(userinfo::said(said, client, headers));
    }
    let (slug, rest) = path.split_once('/')?;
    let client = snapshot.oauth.of_application(slug)?;
    match rest {
        "jwks/" => Some(documents::keys(client, (state.clock)(), headers)),
        ".well-known/openid-configuration" => {
            let issuer = Some(client).filter(|client| client.is_issuer())?;
            let document = issuer.discovery(&snapshot)?;
            Some(documents::discovered(document, client, headers))
        }
        _ => None,
    }
}
