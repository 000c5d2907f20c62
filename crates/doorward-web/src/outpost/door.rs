//! Start, callback and sign-out on the host of an application.
//!
//! They come directly where the proxy has a route for the outpost, and otherwise inside the check:
//! both are the same [`Door`]. Rule: cookies are set here, for this host or its domain, and a login
//! that cannot be finished begins again instead of ending in an error.

use axum::extract::{Request, State};
use axum::response::{IntoResponse, Response};
use doorward_engine::outpost::{
    App, Arrival, Callback, Misconfiguration, START_COOKIE_LIFE_S, count_return,
};
use doorward_engine::trace::{Failing, Seen, Way};
use doorward_engine::{Context, Snapshot};
use doorward_protocol::cookie::{self, SetCookie};
use doorward_protocol::forward_auth::{OUTPOST_PREFIX, start_target};
use doorward_protocol::host::Host;
use http::header::SET_COOKIE;
use http::request::Parts;
use http::{HeaderMap, StatusCode};

use super::check::COOKIES_MAX;
use super::{START_COOKIE, answer};
use crate::extract::Asked;
use crate::pages::{Message, SignedOut};
use crate::respond::{Failure, found};
use crate::state::AppState;

/// So many logins may be under way at once in one browser; the oldest gives way.
const STARTS_MAX: usize = 8;

/// `P/start`
pub(super) async fn start(
    State(state): State<AppState>,
    asked: Asked,
    request: Request,
) -> Response {
    open(&state, &asked, &request.into_parts().0, Errand::Start).await
}

/// `P/callback`
pub(super) async fn callback(
    State(state): State<AppState>,
    asked: Asked,
    request: Request,
) -> Response {
    open(&state, &asked, &request.into_parts().0, Errand::Callback).await
}

/// `P/sign_out`
pub(super) async fn sign_out(
    State(state): State<AppState>,
    asked: Asked,
    request: Request,
) -> Response {
    open(&state, &asked, &request.into_parts().0, Errand::SignOut).await
}

enum Errand {
    Start,
    Callback,
    SignOut,
}

async fn open(state: &AppState, asked: &Asked, parts: &Parts, errand: Errand) -> Response {
    let snapshot = state.engine.snapshot();
    let found = asked
        .host
        .as_ref()
        .and_then(|host| Some((host, snapshot.outpost.at_door(host)?)));
    let Some((host, app)) = found else {
        return answer::unknown_host(state, asked.host.as_ref(), true);
    };
    let query = parts.uri.query().unwrap_or_default();
    let (ctx, headers, snapshot) = (&asked.ctx, &parts.headers, &*snapshot);
    let door = Door {
        state,
        snapshot,
        app,
        ctx,
        host,
        headers,
        query,
    };
    let answered = match errand {
        Errand::Start => door.start().await,
        Errand::Callback => door.callback().await,
        Errand::SignOut => door.sign_out().await,
    };
    answered.unwrap_or_else(IntoResponse::into_response)
}

/// A browser at the door of an application.
pub(super) struct Door<'a> {
    pub(super) state: &'a AppState,
    pub(super) snapshot: &'a Snapshot,
    pub(super) app: &'a App,
    pub(super) ctx: &'a Context,
    pub(super) host: &'a Host,
    pub(super) headers: &'a HeaderMap,
    pub(super) query: &'a str,
}

impl Door<'_> {
    /// Begins a login: a sealed cookie here, a sealed request to the public address.
    pub(super) async fn start(&self) -> Result<Response, Failure> {
        let engine = &self.state.engine;
        engine.store_answers(self.ctx.now).await?;
        let target = self.app.target(start_target(self.query).as_deref());
        let tries = self.number("again");
        let started = engine.outpost_start(self.snapshot, self.app, &target, tries, self.ctx.now);
        let Some(started) = started else {
            let what = Misconfiguration::NoPublicAddress(self.app);
            engine.outpost_misconfigured(self.ctx, what);
            self.failing(Failing::NoPublicAddress(self.app));
            return Ok(self
                .state
                .pages
                .respond(&no_address(self.snapshot.setup_done)));
        };
        let mut response = found(&started.location);
        let name = format!("{START_COOKIE}{}", started.id);
        for old in self.surplus_starts() {
            set(&mut response, self.start_cookie(SetCookie::expired(old)));
        }
        let cookie = SetCookie::new(&name, &started.value).max_age_s(START_COOKIE_LIFE_S);
        set(&mut response, self.start_cookie(cookie));
        Ok(response)
    }

    /// Finishes a login: the app's own cookie, and on to where the person wanted to go.
    pub(super) async fn callback(&self) -> Result<Response, Failure> {
        let (start, ticket) = (self.value("start"), self.value("ticket"));
        let plain = start.len() <= 32 && start.bytes().all(|byte| byte.is_ascii_hexdigit());
        let name = format!("{START_COOKIE}{}", if plain { start } else { "" });
        let target = start_target(self.query).unwrap_or_default();
        let callback = Callback {
            start,
            ticket,
            host: self.host,
            tries: self.number("again"),
            target: &target,
        };
        let cookies = cookie::find(self.headers, &name).take(COOKIES_MAX);
        let engine = &self.state.engine;
        let arrival = engine
            .outpost_arrive(self.app, callback, cookies, self.ctx.now)
            .await?;
        count_return(&self.app.provider, arrival.how());
        match arrival {
            Arrival::In { token, target } => {
                let target = self.app.target(Some(&target));
                let mut response = found(target.as_str());
                set(&mut response, self.start_cookie(SetCookie::expired(&name)));
                self.drop_domain_cookie(&mut response);
                let cookie = SetCookie::new(&self.app.cookie_name, &token);
                set(
                    &mut response,
                    self.app_cookie(cookie.max_age_s(self.app.validity_s)),
                );
                Ok(response)
            }
            Arrival::Restart { location } => Ok(found(&location)),
            Arrival::Lost => {
                self.failing(Failing::GoesRound(self.app));
                Ok(self.state.pages.respond(&self.lost()))
            }
        }
    }

    /// Leads to the question on the public address; with nothing to end, says so and tidies up.
    pub(super) async fn sign_out(&self) -> Result<Response, Failure> {
        let tokens = cookie::find(self.headers, &self.app.cookie_name);
        let tokens: Vec<&str> = tokens.take(COOKIES_MAX).collect();
        let engine = &self.state.engine;
        let (app, host, now) = (self.app, self.host, self.ctx.now);
        if let Some(question) = engine
            .outpost_leave(self.snapshot, app, host, &tokens, now)
            .await?
        {
            return Ok(found(&question));
        }
        let everything = self.value("done") == "all";
        let library = self
            .snapshot
            .public_url()
            .and_then(|url| url.join("/if/user/").ok());
        let mut response = self.state.pages.respond(&SignedOut {
            app: (!everything).then(|| self.app.application.name.clone()),
            apps_url: library.filter(|_| !everything).map(String::from),
            login_url: self.app.external.to_string(),
        });
        self.drop_domain_cookie(&mut response);
        set(
            &mut response,
            self.app_cookie(SetCookie::expired(&self.app.cookie_name)),
        );
        Ok(response)
    }

    /// One value of the query that needs no decoding; empty if it is missing.
    fn value(&self, name: &str) -> &str {
        let pairs = self
            .query
            .split('&')
            .filter_map(|pair| pair.split_once('='));
        pairs
            .filter(|(key, _)| *key == name)
            .map(|(_, value)| value)
            .next()
            .unwrap_or_default()
    }

    fn number(&self, name: &str) -> u8 {
        self.value(name).parse().unwrap_or_default()
    }

    /// The cookies of logins that are late or too many.
    fn surplus_starts(&self) -> Vec<&str> {
        let engine = &self.state.engine;
        let ours = cookie::pairs(self.headers).filter_map(|(name, value)| {
            let id = name.strip_prefix(START_COOKIE)?;
            let at = engine
                .outpost_start_expires(id, value, self.ctx.now)
                .unwrap_or_default();
            Some((at, name))
        });
        let mut ours: Vec<(i64, &str)> = ours.collect();
        ours.sort_unstable_by_key(|(at, _)| std::cmp::Reverse(*at));
        let keep = ours
            .iter()
            .take(STARTS_MAX - 1)
            .take_while(|(at, _)| *at > 0)
            .count();
        ours.into_iter().skip(keep).map(|(_, name)| name).collect()
    }

    /// Sent to the outpost's own paths only, so that no backend sees it.
    fn start_cookie<'c>(&'c self, cookie: SetCookie<'c>) -> SetCookie<'c> {
        self.app_cookie(cookie).path(OUTPOST_PREFIX)
    }

    fn app_cookie<'c>(&'c self, cookie: SetCookie<'c>) -> SetCookie<'c> {
        cookie
            .domain(self.app.cookie_domain.as_deref())
            .secure(self.app.is_https)
    }

    /// A provider that once covered a domain leaves a cookie there that would shadow the host's.
    fn drop_domain_cookie(&self, response: &mut Response) {
        let former = self.app.provider.cookie_domain.as_str();
        if self.app.cookie_domain.is_none() && self.host.is_under(former) {
            let cookie = SetCookie::expired(&self.app.cookie_name).secure(self.app.is_https);
            set(response, cookie.domain(Some(former)));
        }
    }

    fn failing(&self, why: Failing<'_>) {
        let host = self.host.to_string();
        let way = if self.app.upstream.is_some() {
            Way::Proxy
        } else {
            Way::ForwardAuth
        };
        let seen = Seen {
            ctx: self.ctx,
            way,
            peer: self.ctx.client_ip,
            peer_is_trusted: true,
            proxy: "",
            method: "GET",
            scheme: self.app.external.scheme(),
            host: &host,
            path: OUTPOST_PREFIX,
            forwarded: &[],
        };
        let engine = &self.state.engine;
        engine.trace_failing(self.snapshot, &seen, why);
    }

    /// The third time in a row: something between us and the browser keeps cookies away.
    fn lost(&self) -> Message {
        let text = format!(
            "Signing in to {} at {} did not come to an end. Most often the browser does not keep \
             the cookies of this site, or the clocks of browser and server disagree.",
            self.app.application.name, self.host
        );
        Message::new(
            StatusCode::BAD_REQUEST,
            "Signing in does not come to an end",
            text,
        )
        .with_next_step("Try again", self.app.external.as_str())
        .with_reference(&*self.ctx.request_id)
    }
}

/// Nobody knows at which address people sign in: before set-up, or after a bootstrap without one.
fn no_address(setup_done: bool) -> Message {
    let (title, text) = if setup_done {
        (
            "The public address is not known",
            "Doorward cannot tell where its sign-in page is. Set DOORWARD_BASE_URL, or base_url in \
             the system settings, or authentik_host of the embedded outpost.",
        )
    } else {
        (
            "The set-up is not finished",
            "Nobody can sign in yet. The server's log has a line with \"initial setup\": the \
             address in it makes the first administrator.",
        )
    };
    Message::new(StatusCode::SERVICE_UNAVAILABLE, title, text).with_next_step("Try again", "/")
}

#[expect(
    clippy::needless_pass_by_value,
    reason = "a builder is used up where it ends"
)]
fn set(response: &mut Response, cookie: SetCookie<'_>) {
    match cookie.header() {
        Ok(value) => drop(response.headers_mut().append(SET_COOKIE, value)),
        Err(error) => tracing::error!(reason = %error, "a cookie cannot be set"),
    }
}
