//! The cookies of a sign-in: the run's, the session's, the known browser's.

use axum::response::Response;
use doorward_engine::authenticator::Remembered;
use doorward_engine::flow::{ProvenDevice, RUN_MS, SessionChange, SignedIn, Visit};
use doorward_engine::throttle::KnownBrowser;
use doorward_protocol::cookie::{self, CookieError, SetCookie};
use http::header::SET_COOKIE;
use http::{HeaderMap, HeaderValue};

use super::destination::Destination;
use crate::csrf;
use crate::extract::{Visitor, session_cookie, session_cookie_ended};
use crate::state::AppState;

/// The name of the cookie that marks a known browser; authentik's.
const DEVICE: &str = "authentik_device";
/// The name of the cookie that remembers a device that was proven; authentik's.
const PROVEN: &str = "authentik_mfa";
/// Before a run's handle.
const RUN: &str = "doorward_run_";
/// So many runs a browser keeps at once; the oldest go first.
const RUNS_MAX: usize = 5;

/// The browser as the engine wants to know it.
pub(super) fn visit(
    state: &AppState,
    visitor: &Visitor,
    headers: &HeaderMap,
    to: &Destination,
    may_act: bool,
) -> Visit {
    let sealed = cookie::find(headers, DEVICE).next().unwrap_or_default();
    let browser = KnownBrowser::open(&state.engine.keys, sealed);
    let proven = cookie::find(headers, PROVEN).next().unwrap_or_default();
    let host = visitor.asked.host.as_ref();
    Visit {
        host: host.map(ToString::to_string).unwrap_or_default(),
        proven_device: Remembered::open(&state.engine.keys, proven),
        session: visitor.session.clone(),
        browser,
        next: to.next.clone(),
        gate: to.gate.clone(),
        may_act,
    }
}

/// The value that the browser keeps under `handle`.
pub(super) fn run<'a>(headers: &'a HeaderMap, handle: &str) -> Option<&'a str> {
    let name = format!("{RUN}{handle}");
    cookie::pairs(headers)
        .find(|(found, _)| *found == name)
        .map(|(_, value)| value)
}

/// Cookies to be set with a response.
pub(super) struct Jar {
    secure: bool,
    lines: Vec<HeaderValue>,
}

impl Jar {
    pub(super) fn new(secure: bool) -> Self {
        Self {
            secure,
            lines: Vec::new(),
        }
    }

    /// Keeps a run, and lets the oldest ones of a browser with many tabs go.
    pub(super) fn keep_run(
        &mut self,
        headers: &HeaderMap,
        handle: &str,
        value: &str,
    ) -> Result<(), CookieError> {
        let name = format!("{RUN}{handle}");
        let line = SetCookie::new(&name, value)
            .secure(self.secure)
            .max_age_s(RUN_MS / 1000);
        self.lines.push(line.header()?);
        let others = cookie::pairs(headers).map(|(name, _)| name);
        let others: Vec<_> = others
            .filter(|other| other.starts_with(RUN) && *other != name)
            .collect();
        let too_many = (others.len() + 1).saturating_sub(RUNS_MAX);
        for old in others.into_iter().take(too_many) {
            self.expire(old);
        }
        Ok(())
    }

    /// Takes a finished run away.
    pub(super) fn drop_run(&mut self, handle: &str) {
        self.expire(&format!("{RUN}{handle}"));
    }

    fn expire(&mut self, name: &str) {
        // A name that cannot be written was never ours.
        self.lines
            .extend(SetCookie::expired(name).secure(self.secure).header());
    }

    /// A device that was proven.
    pub(super) fn proven_device(&mut self, proven: Option<&ProvenDevice>) {
        if let Some(proven) = proven {
            let line = SetCookie::new(PROVEN, &proven.sealed).secure(self.secure);
            self.lines.extend(line.max_age_s(proven.max_age_s).header());
        }
    }

    /// What happened to the session.
    pub(super) fn session(&mut self, state: &AppState, change: &SessionChange) {
        match change {
            SessionChange::Keep => {}
            SessionChange::SignedIn(signed_in) => self.signed_in(state, signed_in),
            SessionChange::SignedOut => {
                self.lines.push(session_cookie_ended(self.secure));
                self.lines.push(csrf::api_cookie_ended(self.secure));
            }
        }
    }

    fn signed_in(&mut self, state: &AppState, new: &SignedIn) {
        let (keys, secure, age) = (&state.engine.keys, self.secure, new.max_age_s);
        self.lines
            .push(session_cookie(keys, &new.sid, &new.uid, secure, age));
        self.lines
            .push(csrf::api_cookie(keys, &new.session_id, secure, age));
        let device = SetCookie::new(DEVICE, &new.browser).secure(secure);
        if new.browser_max_age_s > 0 {
            self.lines
                .extend(device.max_age_s(new.browser_max_age_s).header());
        }
    }

    /// Adds the cookies to a response.
    pub(super) fn with(self, mut response: Response) -> Response {
        for line in self.lines {
            response.headers_mut().append(SET_COOKIE, line);
        }
        response
    }
}
