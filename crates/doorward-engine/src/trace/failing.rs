//! What a request leaves that comes to no application, or to none that can be opened: an untrusted peer, a
//! host that nobody has, a store that does not answer.
//!
//! Owns the words of it. Leaves requests that do come to one to `door`. Rule: what mends it is named where
//! one thing does.

use doorward_protocol::host::Host;

use super::door::Seen;
use super::line::{Line, Step, not_reached_after};
use super::ring::UNKNOWN;
use super::{About, Cause, Draft, Fix, Noted, Outcome};
use crate::engine::Engine;
use crate::model::ProxyMode;
use crate::outpost::App;
use crate::snapshot::Snapshot;

/// So many candidates for a host are named.
const CANDIDATES_MAX: usize = 5;

/// Why a request comes to no application, or to none that can be opened.
#[derive(Clone, Copy, Debug)]
pub enum Failing<'a> {
    /// Its peer is no trusted proxy.
    UntrustedPeer,
    /// The proxy does not say what it has to say.
    Unreadable(&'a str),
    /// No application has the host.
    UnknownHost(&'a Host),
    /// Nobody knows where people sign in.
    NoPublicAddress(&'a App),
    /// The browser keeps no cookie, or clocks disagree.
    GoesRound(&'a App),
    /// The store did not answer.
    Unavailable(&'a App),
}

impl Engine {
    /// Leaves a trace of a request that comes to no application.
    pub fn trace_failing(&self, snapshot: &Snapshot, seen: &Seen<'_>, why: Failing<'_>) {
        let ctx = seen.ctx;
        let app = why.app();
        // A host is the client's own word: it tells causes apart only where it is what is told.
        let about = match why {
            Failing::UnknownHost(_) => seen.host,
            _ => app.map_or("", |app| &app.application.pk),
        };
        let cause = Cause {
            way: seen.way,
            outcome: why.outcome(),
            client: ctx.client_ip,
            application: about,
            person: None,
            why: why.word(),
        };
        if self.traces.note(&cause, &ctx.request_id, ctx.now) == Noted::New {
            let draft = why.draft(snapshot, seen);
            self.traces.add(&cause, &ctx.request_id, ctx.now, draft);
        }
    }
}

impl<'a> Failing<'a> {
    fn app(&self) -> Option<&'a App> {
        match self {
            Self::NoPublicAddress(app) | Self::GoesRound(app) | Self::Unavailable(app) => Some(app),
            Self::UntrustedPeer | Self::Unreadable(_) | Self::UnknownHost(_) => None,
        }
    }

    fn outcome(&self) -> Outcome {
        match self {
            Self::Unavailable(_) => Outcome::Unavailable,
            _ => Outcome::Misconfigured,
        }
    }

    fn word(&self) -> &'static str {
        match self {
            Self::UntrustedPeer => "untrusted peer",
            Self::Unreadable(reason) if reason.contains("missing") => "missing",
            Self::Unreadable(_) => "unreadable",
            Self::UnknownHost(_) => UNKNOWN,
            Self::NoPublicAddress(_) => "no public address",
            Self::GoesRound(_) => "goes round",
            Self::Unavailable(_) => "unavailable",
        }
    }

    fn draft(&self, snapshot: &Snapshot, seen: &Seen<'_>) -> Draft {
        let mut lines = vec![seen.line()];
        if let Some(app) = self.app() {
            let words = format!("{} is the address of {}.", seen.host, app.application.name);
            let about = About::application(&app.application);
            lines.push(Line::pass(Step::Application, words).about(about));
        }
        let failed = self.line(snapshot, seen);
        if failed.step == Step::Request {
            lines.clear();
        }
        let step = failed.step;
        lines.push(failed);
        lines.extend(not_reached_after(step));
        lines.push(self.end());
        Draft {
            way: seen.way,
            outcome: self.outcome(),
            application: self.app().map(|app| About::application(&app.application)),
            person: None,
            client: seen.ctx.client_ip.to_string(),
            asked: seen.asked(),
            lines,
        }
    }

    fn line(&self, snapshot: &Snapshot, seen: &Seen<'_>) -> Line {
        match self {
            Self::UntrustedPeer => {
                let words = format!(
                    "{} asked whether a request may pass, and is no trusted proxy: nothing that it says \
                     is believed.",
                    seen.peer
                );
                let prefix = if seen.peer.is_ipv4() { 32 } else { 128 };
                let network = format!("{}/{prefix}", seen.peer);
                let line = Line::fail(Step::Request, words).fix(Fix::TrustProxy { network });
                line.notes(seen.notes())
            }
            Self::Unreadable(reason) => {
                let words = format!("{} does not say what was asked: {reason}.", seen.proxy);
                let told = "Look at what the proxy is set up to send: docs/reverse-proxies.md has it for \
                            each.";
                let fix = Fix::Elsewhere {
                    words: told.to_owned(),
                };
                Line::fail(Step::Request, words)
                    .fix(fix)
                    .notes(seen.notes())
            }
            Self::UnknownHost(host) => unknown_host(snapshot, host),
            Self::NoPublicAddress(_) => {
                let words = "Nobody knows at which address people sign in.";
                let told = "Set DOORWARD_BASE_URL, or base_url in the system settings.";
                let fix = Fix::Elsewhere {
                    words: told.to_owned(),
                };
                Line::fail(Step::Session, words).fix(fix)
            }
            Self::GoesRound(_) => {
                let words = "Somebody signed in and came back three times without the cookie of the \
                             start: the browser does not keep cookies of this site, or the clocks of \
                             browser and server disagree.";
                Line::fail(Step::Session, words)
            }
            Self::Unavailable(_) => {
                let words = "The store did not answer in time, so nobody could be looked up.";
                Line::fail(Step::Session, words)
            }
        }
    }

    fn end(&self) -> Line {
        let words = match self {
            Self::UnknownHost(_) => "Not let in: nothing is set up at this host.",
            Self::Unavailable(_) => "Not let in: try again in a moment.",
            Self::GoesRound(_) => "Not let in: signing in does not come to an end.",
            _ => "Not let in: something is set up wrongly.",
        };
        Line::fail(Step::Outcome, words)
    }
}

/// No application has this host: what comes nearest, and why it is not that.
pub(super) fn unknown_host(snapshot: &Snapshot, host: &Host) -> Line {
    let words = format!("No application of the built-in gateway has the host {host}.");
    let line = Line::fail(Step::Application, words);
    let mut notes = Vec::new();
    let mut fix = None;
    let mut candidates: Vec<_> = snapshot.proxy_providers.values().collect();
    candidates.sort_unstable_by_key(|one| one.pk);
    for provider in candidates {
        let url = url::Url::parse(&provider.external_host).ok();
        let named = url.as_ref().and_then(url::Url::host_str);
        let named = named.and_then(|named| Host::parse(named).ok());
        let Some(named) = named.filter(|named| named.name == host.name) else {
            continue;
        };
        let (note, mends) =
            lost_candidate(snapshot, provider, host, url.and_then(|url| url.port()));
        fix = fix.or(mends);
        notes.push(format!(
            "The provider “{}” has {}: {note}",
            provider.name, named.name
        ));
        if notes.len() == CANDIDATES_MAX {
            break;
        }
    }
    let fix = fix.unwrap_or_else(|| Fix::NewApplication {
        host: host.to_string(),
    });
    line.notes(notes).fix(fix)
}

/// Why a provider with the host is not asked.
fn lost_candidate(
    snapshot: &Snapshot,
    provider: &crate::model::ProxyProvider,
    host: &Host,
    port: Option<u16>,
) -> (String, Option<Fix>) {
    if !snapshot.application_of_provider.contains_key(&provider.pk) {
        let fix = Fix::Elsewhere {
            words: format!("Give the provider “{}” an application.", provider.name),
        };
        return ("no application uses it.".to_owned(), Some(fix));
    }
    let outpost = snapshot.embedded_outpost();
    if let Some(outpost) = outpost
        && !outpost.providers.contains(&provider.pk)
    {
        let fix = Fix::ServeProvider {
            outpost: outpost.pk.clone(),
            provider: provider.pk,
            name: provider.name.clone(),
        };
        return (
            "the built-in gateway does not serve it.".to_owned(),
            Some(fix),
        );
    }
    if provider.mode == ProxyMode::Proxy {
        let told = "its requests are carried by Doorward itself, so no proxy has to ask.";
        return (told.to_owned(), None);
    }
    let asked = host.port.filter(|port| !matches!(port, 80 | 443));
    if asked == port {
        return ("another provider has the same host.".to_owned(), None);
    }
    let fix = Fix::SetHost {
        provider: provider.pk,
        name: provider.name.clone(),
        address: format!("https://{host}"),
    };
    let told = match port {
        Some(port) => format!("it is at the port {port}."),
        None => "it is at the usual port.".to_owned(),
    };
    (told, Some(fix))
}
