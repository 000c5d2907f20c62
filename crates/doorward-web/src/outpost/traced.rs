//! What a request at the door leaves for the operator: the facts that the wire knows.
//!
//! Leaves words, bounds and what is kept to `engine::trace`. Rule: no value of a cookie, of a header or
//! of the query is handed on.

use std::net::IpAddr;

use doorward_engine::outpost::App;
use doorward_engine::policy::Step;
use doorward_engine::trace::{AtDoor, Failing, Outcome, PathRule, Seen, SessionFound, Way};
use doorward_engine::{Context, Person, Snapshot};
use doorward_protocol::cookie;
use doorward_protocol::forward_auth::{OriginalRequest, Proxy};
use http::request::Parts;
use http::{HeaderMap, StatusCode};

use super::check::COOKIES_MAX;
use super::verdict::{Proof, Verdict, Visit};
use crate::extract::Asked;
use crate::state::AppState;

/// What proxies say of a request, named when it is there.
const FORWARDED: [&str; 9] = [
    "x-forwarded-proto",
    "x-forwarded-host",
    "x-forwarded-uri",
    "x-forwarded-method",
    "x-forwarded-for",
    "x-original-url",
    "x-original-uri",
    "x-original-method",
    "forwarded",
];

/// The facts of one request, read once.
pub(super) struct Traced<'a> {
    state: &'a AppState,
    ctx: &'a Context,
    way: Way,
    peer: IpAddr,
    peer_is_trusted: bool,
    proxy: &'static str,
    method: String,
    scheme: &'static str,
    host: String,
    path: String,
    forwarded: Vec<&'static str>,
}

fn forwarded(headers: &HeaderMap) -> Vec<&'static str> {
    let there = |name: &&str| headers.contains_key(*name);
    FORWARDED.into_iter().filter(there).collect()
}

impl<'a> Traced<'a> {
    /// A proxy's check.
    pub(super) fn check(
        state: &'a AppState,
        asked: &'a Asked,
        proxy: Proxy,
        original: &OriginalRequest<'_>,
        parts: &Parts,
    ) -> Self {
        Self {
            proxy: proxy.name(),
            way: Way::ForwardAuth,
            ..Self::carried(state, asked, original, &parts.headers)
        }
    }

    /// A request that we carry.
    pub(super) fn carried(
        state: &'a AppState,
        asked: &'a Asked,
        original: &OriginalRequest<'_>,
        headers: &HeaderMap,
    ) -> Self {
        Self {
            state,
            ctx: &asked.ctx,
            way: Way::Proxy,
            peer: asked.peer,
            peer_is_trusted: asked.peer_is_trusted,
            proxy: "",
            method: original.method.to_owned(),
            scheme: original.scheme.as_str(),
            host: original.host.to_string(),
            path: original.path_and_query.to_owned(),
            forwarded: forwarded(headers),
        }
    }

    /// A check that does not say what was asked, or whose word does not count: what it says of itself.
    pub(super) fn unread(
        state: &'a AppState,
        asked: &'a Asked,
        proxy: Proxy,
        parts: &Parts,
    ) -> Self {
        Self {
            state,
            ctx: &asked.ctx,
            way: Way::ForwardAuth,
            peer: asked.peer,
            peer_is_trusted: asked.peer_is_trusted,
            proxy: proxy.name(),
            method: parts.method.to_string(),
            scheme: if asked.is_https { "https" } else { "http" },
            host: asked.host_text(),
            path: parts.uri.path().to_owned(),
            forwarded: forwarded(&parts.headers),
        }
    }

    fn seen(&self) -> Seen<'_> {
        Seen {
            ctx: self.ctx,
            way: self.way,
            peer: self.peer,
            peer_is_trusted: self.peer_is_trusted,
            proxy: self.proxy,
            method: &self.method,
            scheme: self.scheme,
            host: &self.host,
            path: &self.path,
            forwarded: &self.forwarded,
        }
    }

    /// It comes to no application, or to none that can be opened.
    pub(super) fn failing(&self, snapshot: &Snapshot, why: Failing<'_>) {
        let engine = &self.state.engine;
        engine.trace_failing(snapshot, &self.seen(), why);
    }

    /// What the door said.
    pub(super) async fn door(&self, visit: &Visit<'_>, verdict: &Verdict, status: StatusCode) {
        let tokens = cookie::find(visit.headers, &visit.app.cookie_name);
        let tokens: Vec<&str> = tokens.take(COOKIES_MAX).collect();
        let (path, session, person, steps, outcome) = told(verdict, &tokens);
        let at = AtDoor {
            seen: self.seen(),
            snapshot: visit.snapshot,
            app: visit.app,
            path,
            session,
            person,
            steps,
            outcome,
            status: status.as_u16(),
        };
        self.state.engine.trace_door(&at).await;
    }
}

type Told<'v> = (
    PathRule,
    SessionFound<'v>,
    Option<&'v Person>,
    &'v [Step],
    Outcome,
);

fn told<'v>(verdict: &'v Verdict, tokens: &'v [&'v str]) -> Told<'v> {
    match verdict {
        Verdict::In(admitted, proof) => {
            let session = match proof {
                Proof::Session => SessionFound::Session,
                Proof::Credentials => SessionFound::Credentials,
            };
            let person = Some(&*admitted.person);
            (PathRule::Guarded, session, person, &[], Outcome::Allowed)
        }
        Verdict::Public(rule) => (*rule, SessionFound::NotAsked, None, &[], Outcome::Public),
        Verdict::Refused(person, steps) => (
            PathRule::Guarded,
            SessionFound::Session,
            Some(person),
            steps,
            Outcome::Refused,
        ),
        Verdict::Nobody(_, why) => (
            PathRule::Guarded,
            SessionFound::Missing(*why, tokens),
            None,
            &[],
            Outcome::SignIn,
        ),
    }
}

/// Somebody on the public address who may not open an application behind a proxy.
pub(super) async fn refused(
    state: &AppState,
    asked: &Asked,
    snapshot: &Snapshot,
    app: &App,
    (person, steps): (&Person, &[Step]),
) {
    let host = app.external.host_str().unwrap_or_default();
    let seen = Seen {
        ctx: &asked.ctx,
        way: if app.upstream.is_some() {
            Way::Proxy
        } else {
            Way::ForwardAuth
        },
        peer: asked.peer,
        peer_is_trusted: asked.peer_is_trusted,
        proxy: "",
        method: "GET",
        scheme: app.external.scheme(),
        host,
        path: app.external.path(),
        forwarded: &[],
    };
    let at = AtDoor {
        seen,
        snapshot,
        app,
        path: PathRule::Guarded,
        session: SessionFound::SignedIn,
        person: Some(person),
        steps,
        outcome: Outcome::Refused,
        status: StatusCode::FORBIDDEN.as_u16(),
    };
    state.engine.trace_door(&at).await;
}
