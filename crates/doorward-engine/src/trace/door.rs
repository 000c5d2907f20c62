//! What a request at the door of a guarded application leaves: a proxy's check, one that we carry, or the
//! page on the public address that lets in.
//!
//! Owns the words of what was found. Leaves finding it to `outpost` and the web. Rule: nothing is made or
//! asked for a cause that was told a moment ago.

use std::net::IpAddr;

use doorward_protocol::encoding;
use doorward_store::{StoreError, session, user};

use super::line::{Line, Step, path_of, shown};
use super::{About, Cause, Draft, Fix, Noted, Outcome, Way, Who, rules};
use crate::access;
use crate::context::{ClientSource, Context};
use crate::engine::Engine;
use crate::model::ProxyMode;
use crate::outpost::{App, Missing, patient};
use crate::person::Person;
use crate::policy;
use crate::snapshot::Snapshot;

/// So many groups are named.
const GROUPS_MAX: usize = 20;

/// A request as the web saw it.
#[derive(Clone, Copy)]
pub struct Seen<'a> {
    /// Its circumstances.
    pub ctx: &'a Context,
    /// Which way it came.
    pub way: Way,
    /// The other end of the connection.
    pub peer: IpAddr,
    /// Whether its forwarded headers count.
    pub peer_is_trusted: bool,
    /// Which proxy spoke; empty if none did.
    pub proxy: &'a str,
    /// `GET`
    pub method: &'a str,
    /// `https`
    pub scheme: &'a str,
    /// `sonarr.home.lan`
    pub host: &'a str,
    /// As it came; the query is never told.
    pub path: &'a str,
    /// Which headers about the original request were there.
    pub forwarded: &'a [&'static str],
}

/// Whether a path needs somebody at all.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PathRule {
    /// It does.
    Guarded,
    /// The provider lets everybody at it.
    Public,
    /// A browser asks for permission (CORS), and the provider lets that through.
    Preflight,
    /// A rule lets everybody in from that network.
    Network,
}

/// What became of the question for a session.
#[derive(Clone, Copy, Debug)]
pub enum SessionFound<'a> {
    /// The application's.
    Session,
    /// The one on the public address.
    SignedIn,
    /// Credentials of the request itself.
    Credentials,
    /// None, and why; with the cookies that came.
    Missing(Missing, &'a [&'a str]),
    /// Nobody had to ask.
    NotAsked,
}

/// A decision at the door of an application.
#[derive(Clone, Copy)]
pub struct AtDoor<'a> {
    /// The request.
    pub seen: Seen<'a>,
    /// The configuration that decided.
    pub snapshot: &'a Snapshot,
    /// The application.
    pub app: &'a App,
    /// Its path.
    pub path: PathRule,
    /// Its session.
    pub session: SessionFound<'a>,
    /// Whose that is.
    pub person: Option<&'a Person>,
    /// What each binding said, where they were asked one by one.
    pub steps: &'a [policy::Step],
    /// What it ended in.
    pub outcome: Outcome,
    /// The answer's status.
    pub status: u16,
}

impl Engine {
    /// Whether a request that would be let in at once is to go the long way this time, which leaves a
    /// trace: one in half a minute.
    pub fn wants_trace_sample(&self, now: i64) -> bool {
        self.traces.wants_sample(now)
    }

    /// Leaves a trace of a decision at the door; nothing is done for one that was told a moment ago.
    pub async fn trace_door(&self, at: &AtDoor<'_>) {
        let ctx = at.seen.ctx;
        let cause = at.cause();
        if self.traces.note(&cause, &ctx.request_id, ctx.now) == Noted::Counted {
            return;
        }
        let lost = match at.session {
            SessionFound::Missing(Missing::NoSession, tokens) => {
                self.lost(at.app, tokens, ctx.now).await
            }
            _ => Lost::Unknown,
        };
        let steps = at.steps_told();
        let names = self.names_in(&steps).await;
        let at = AtDoor {
            steps: &steps,
            ..*at
        };
        let draft = at.draft(&lost, &names);
        self.traces.add(&cause, &ctx.request_id, ctx.now, draft);
    }

    /// What became of the session behind cookies that lead to none any more.
    async fn lost(&self, app: &App, tokens: &[&str], now: i64) -> Lost {
        let read = patient(async {
            let mut tx = self.store.read().await?;
            for token in tokens {
                let hash = encoding::base64url(encoding::sha256(token.as_bytes()));
                // What has run out may be there yet.
                let Some(row) = session::find_app(&mut tx, &hash, 0).await? else {
                    continue;
                };
                let parent = session::find(&mut tx, &row.session_id, 0).await?;
                let Some(parent) = parent else { continue };
                let account = user::find(&mut tx, parent.user_id).await?;
                return Ok(match account {
                    Some(account) if !account.is_active => {
                        Lost::Inactive(account.id, account.username)
                    }
                    _ if row.provider_id != app.provider.pk => Lost::Unknown,
                    _ if row.expires_at <= now => Lost::Expired,
                    _ if parent.expires_at <= now => Lost::SignInExpired,
                    _ => Lost::Unused,
                });
            }
            Ok::<_, StoreError>(Lost::Unknown)
        });
        read.await.unwrap_or(Lost::Unknown)
    }
}

/// What became of a session.
enum Lost {
    /// It has run out.
    Expired,
    /// The sign-in that it hangs on has.
    SignInExpired,
    /// Nobody used that for too long.
    Unused,
    /// Its account is disabled.
    Inactive(i64, String),
    /// Ended, taken back, or never ours.
    Unknown,
}

impl<'a> AtDoor<'a> {
    fn cause(&self) -> Cause<'a> {
        Cause {
            way: self.seen.way,
            outcome: self.outcome,
            client: self.seen.ctx.client_ip,
            application: &self.app.application.pk,
            person: self.person.map(|person| person.id),
            why: self.why(),
        }
    }

    /// What each binding said; of people and groups it is known without asking.
    fn steps_told(&self) -> Vec<policy::Step> {
        let is_known = self.outcome == Outcome::Allowed && !self.app.asks_policies;
        let person = self.person.filter(|_| is_known && self.steps.is_empty());
        let Some(person) = person else {
            return self.steps.to_vec();
        };
        let now = self.seen.ctx.now;
        access::steps(self.snapshot, person, &self.app.application, now)
    }

    fn why(&self) -> &'static str {
        match (self.path, self.session) {
            (PathRule::Public, _) => "public",
            (PathRule::Preflight, _) => "preflight",
            (PathRule::Network, _) => "network",
            (PathRule::Guarded, SessionFound::Missing(why, _)) => match why {
                Missing::NoCookie => "no cookie",
                Missing::NoSession => "no session",
                Missing::Moved => "moved",
                Missing::Another => "another",
                Missing::Inactive => "inactive",
                Missing::AskedAtLogin => "asked at login",
                Missing::WrongCredentials => "wrong credentials",
            },
            (PathRule::Guarded, _) => "",
        }
    }

    fn draft(&self, lost: &Lost, names: &rules::Names) -> Draft {
        let mut lines = vec![self.seen.line(), self.application(), self.path_line()];
        lines.extend(self.seen.scheme_line(self.app));
        let (session, person) = self.who(lost);
        lines.push(session);
        lines.extend(person);
        lines.extend(self.rules(names));
        lines.sort_by_key(|line| line.step);
        lines.push(self.end());
        Draft {
            way: self.seen.way,
            outcome: self.outcome,
            application: Some(About::application(&self.app.application)),
            person: self.person.map(who),
            client: self.seen.ctx.client_ip.to_string(),
            asked: self.seen.asked(),
            lines,
        }
    }

    fn application(&self) -> Line {
        let (app, host) = (self.app, self.seen.host);
        let how = match app.provider.mode {
            ProxyMode::ForwardDomain => format!(
                "{host} lies in the domain “{}” of {}.",
                app.provider.cookie_domain, app.application.name
            ),
            _ => format!("{host} is the address of {}.", app.application.name),
        };
        Line::pass(Step::Application, how).about(About::application(&app.application))
    }

    fn path_line(&self) -> Line {
        let provider = &self.app.provider;
        let about = About::new(
            "authentik_providers_proxy.proxyprovider",
            provider.pk,
            &provider.name,
        );
        let words = match self.path {
            PathRule::Guarded if provider.skip_path_regex.trim().is_empty() => {
                "No path is open to everybody, so somebody has to be signed in."
            }
            PathRule::Guarded => "None of the public paths fits, so somebody has to be signed in.",
            PathRule::Public => "This path is open to everybody.",
            PathRule::Preflight => {
                "A browser asks for permission beforehand (CORS), which is let through."
            }
            PathRule::Network => "A rule lets everybody in from this network.",
        };
        Line::pass(Step::Path, words).about(about)
    }

    fn who(&self, lost: &Lost) -> (Line, Option<Line>) {
        let person = self.person.map(person_line);
        match self.session {
            SessionFound::NotAsked => {
                let none = |step| Line::not_reached(step, "Nobody has to be signed in here.");
                (none(Step::Session), Some(none(Step::Person)))
            }
            SessionFound::Session => {
                let words = "A session of the application came with it, and it counts.";
                (Line::pass(Step::Session, words), person)
            }
            SessionFound::SignedIn => {
                let words = "The browser is signed in here.";
                (Line::pass(Step::Session, words), person)
            }
            SessionFound::Credentials => {
                let words = "The request brought an app password, and it counts.";
                (Line::pass(Step::Session, words), person)
            }
            SessionFound::Missing(..) if self.outcome == Outcome::Public => {
                let none = |step| Line::not_reached(step, "Nobody has to be signed in here.");
                (none(Step::Session), Some(none(Step::Person)))
            }
            SessionFound::Missing(why, _) => {
                let line = self.missing(why, lost);
                (line, Some(self.nobody(why, lost)))
            }
        }
    }

    fn missing(&self, why: Missing, lost: &Lost) -> Line {
        let words = match (why, lost) {
            (Missing::NoCookie, _) => return self.no_cookie(),
            (Missing::NoSession, Lost::Expired) => {
                "The application's session has run out: it is time to sign in again."
            }
            (Missing::NoSession, Lost::SignInExpired) => {
                "The sign-in behind the session has run out: it is time to sign in again."
            }
            (Missing::NoSession, Lost::Unused) => {
                "The session was not used for too long: it is time to sign in again."
            }
            (Missing::NoSession | Missing::Inactive, Lost::Inactive(..)) => {
                "The session does not count, because its account is disabled."
            }
            (Missing::NoSession, Lost::Unknown) => {
                "A cookie came, and it leads to no session: somebody signed out, the session was \
                 ended, or the cookie is of another installation."
            }
            (Missing::Moved, _) => {
                "The session is bound to where it began, and this client is elsewhere: it was ended."
            }
            (Missing::Another, _) => "The session that came is for another application.",
            (Missing::Inactive, _) => "Somebody is known, but the account is disabled.",
            (Missing::AskedAtLogin, _) => {
                "A rule that only a sign-in can ask has not been asked yet: it is time to sign in \
                 again."
            }
            (Missing::WrongCredentials, _) => {
                "The request brought a user name with an app password, or a token, and they do not fit."
            }
        };
        Line::fail(Step::Session, words)
    }

    /// The first time it is as it should be; a cookie that can never come is told.
    fn no_cookie(&self) -> Line {
        let app = self.app;
        let words =
            "No cookie of the application came: nobody is signed in to it with this browser.";
        let line = Line::fail(Step::Session, words);
        let is_domain = app.provider.mode == ProxyMode::ForwardDomain;
        if !is_domain || app.cookie_domain.is_some() {
            return line;
        }
        let host = app.external.host_str().unwrap_or_default();
        let domain = &app.provider.cookie_domain;
        let words = format!(
            "No cookie of the application came, and none can: its cookie domain “{domain}” does not \
             cover its own address {host}, so browsers keep the cookie for {host} alone."
        );
        let fix = format!(
            "Set the cookie domain of the provider {} to one that both {host} and {} end with.",
            app.provider.name, self.seen.host
        );
        Line {
            words,
            ..line.fix(Fix::Elsewhere { words: fix })
        }
    }

    fn nobody(&self, why: Missing, lost: &Lost) -> Line {
        if let Lost::Inactive(person, username) = lost {
            return inactive_line(*person, username);
        }
        match (why, self.person) {
            (Missing::Inactive, Some(person)) => person_line(person),
            _ => Line::not_reached(Step::Person, "Nobody is known yet."),
        }
    }

    fn rules(&self, names: &rules::Names) -> Vec<Line> {
        let asked = matches!(self.outcome, Outcome::Allowed | Outcome::Refused);
        if !asked {
            return vec![Line::not_reached(Step::Rules, "Not asked.")];
        }
        let application = &*self.app.application;
        let is_open = self.outcome == Outcome::Allowed;
        if is_open && self.steps.is_empty() && self.app.asks_policies {
            let words = "The rules let the account in, now or a moment ago.";
            let about = About::application(application);
            return vec![Line::pass(Step::Rules, words).about(about)];
        }
        let about = (application, self.person);
        rules::lines(self.snapshot, names, about, self.steps, is_open)
    }

    fn end(&self) -> Line {
        let status = self.status;
        match self.outcome {
            Outcome::Allowed => {
                let words = format!("Let in ({status}), with the headers about the person.");
                Line::pass(Step::Outcome, words)
            }
            Outcome::Public => {
                let words = format!("Let in ({status}), as nobody: the headers are empty.");
                Line::pass(Step::Outcome, words)
            }
            Outcome::SignIn if (300..400).contains(&status) => {
                Line::pass(Step::Outcome, format!("Sent to sign in ({status})."))
            }
            Outcome::SignIn => {
                let words = format!(
                    "Told to sign in ({status}): the request is of a script or another program, which \
                     follows no login page."
                );
                Line::fail(Step::Outcome, words)
            }
            _ => Line::fail(Step::Outcome, format!("Refused ({status}).")),
        }
    }
}

pub(super) fn who(person: &Person) -> Who {
    Who {
        id: person.id,
        username: person.username.to_string(),
    }
}

/// Whose it is, and whether that account counts.
pub(super) fn person_line(person: &Person) -> Line {
    if !person.is_active {
        return inactive_line(person.id, &person.username);
    }
    let names = person.groups.iter().take(GROUPS_MAX);
    let names: Vec<_> = names.map(|group| &*group.name).collect();
    let more = person.groups.len().saturating_sub(GROUPS_MAX);
    let groups = match (names.is_empty(), more) {
        (true, _) => "in no group".to_owned(),
        (false, 0) => format!("in {}", names.join(", ")),
        (false, more) => format!("in {} and {more} more", names.join(", ")),
    };
    let words = format!("{}, active, {groups}.", person.username);
    let about = About::new(crate::resource::USER, person.id, &person.username);
    Line::pass(Step::Person, words).about(about)
}

fn inactive_line(person: i64, username: &str) -> Line {
    let words = format!("The account {username} is disabled, and opens nothing.");
    let about = About::new(crate::resource::USER, person, username);
    let fix = Fix::ActivateAccount {
        person,
        username: username.to_owned(),
    };
    Line::fail(Step::Person, words).about(about).fix(fix)
}

impl Seen<'_> {
    pub(super) fn asked(&self) -> String {
        format!("{}{}", shown(self.host), path_of(self.path))
    }

    pub(super) fn line(&self) -> Line {
        let from = match self.proxy {
            "" => format!("from {}", self.ctx.client_ip),
            proxy => format!(
                "from {}, asked about by {proxy} at {}",
                self.ctx.client_ip, self.peer
            ),
        };
        let words = format!(
            "{} {}://{}, {from}.",
            shown(self.method),
            self.scheme,
            self.asked()
        );
        Line::pass(Step::Request, words).notes(self.notes())
    }

    pub(super) fn notes(&self) -> Vec<String> {
        let mut notes = Vec::new();
        if !self.forwarded.is_empty() {
            let names = self.forwarded.join(", ");
            notes.push(if self.peer_is_trusted {
                format!("{names} came, and count: {} is a trusted proxy.", self.peer)
            } else {
                format!(
                    "{names} came, and do not count: {} is no trusted proxy.",
                    self.peer
                )
            });
        }
        match self.ctx.client_source {
            ClientSource::Unreadable => notes.push(
                "The proxy named the client in a way that cannot be read: the address is its own."
                    .to_owned(),
            ),
            ClientSource::Claimed => notes.push(
                "The client's address stands first in a list of proxies, where a client can put its \
                 own word."
                    .to_owned(),
            ),
            ClientSource::Connection | ClientSource::Proxy | ClientSource::Outpost => {}
        }
        notes
    }

    /// `http` to an application of `https`: its cookie does not come.
    fn scheme_line(&self, app: &App) -> Option<Line> {
        if self.scheme != "http" || !app.is_https {
            return None;
        }
        let words = format!(
            "The request came as http, and the address of {} is https: browsers send its cookie by \
             https alone.",
            app.application.name
        );
        let told = "Let the proxy lead http to https, or say X-Forwarded-Proto: https where it ends \
                    TLS.";
        let fix = Fix::Elsewhere {
            words: told.to_owned(),
        };
        Some(Line::fail(Step::Application, words).fix(fix))
    }
}
