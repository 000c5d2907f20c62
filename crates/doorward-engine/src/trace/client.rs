//! What a request of a client leaves: a browser at the authorization endpoint, a client at the token
//! endpoint.
//!
//! Owns the words of what was found. Leaves finding it to `oauth`. Rule: of a request the client's public
//! name and the address without its query are told, and of an answer its code and our own sentence.

use doorward_protocol::oauth::ErrorCode;
use doorward_protocol::redirect::registered::UriRefusal;

use super::door::{Seen, person_line, who};
use super::line::{Line, Step, not_reached_after, path_of, shown};
use super::{About, Cause, Draft, Fix, Noted, Outcome, rules};
use crate::access;
use crate::engine::Engine;
use crate::oauth::{Answer, Authorization, Client, PageRefusal};
use crate::person::Person;
use crate::policy;
use crate::snapshot::Snapshot;

/// What a client's request came to.
#[derive(Clone, Copy)]
pub enum ClientOutcome<'a> {
    /// It cannot be answered to the client.
    Page(&'a PageRefusal),
    /// The client is told why not: its word and our sentence.
    Told(&'a str, &'a str),
    /// Somebody has to sign in.
    SignIn,
    /// Somebody who may not.
    Refused(&'a [policy::Step]),
    /// They may.
    Allowed,
}

/// A decision about a client's request.
#[derive(Clone, Copy)]
pub struct AtClient<'a> {
    /// The request.
    pub seen: Seen<'a>,
    /// The configuration that decided.
    pub snapshot: &'a Snapshot,
    /// The name that the client gave.
    pub client_id: &'a str,
    /// The client, if somebody is called so.
    pub client: Option<&'a Client>,
    /// Who is signed in.
    pub person: Option<&'a Person>,
    /// What it came to.
    pub outcome: ClientOutcome<'a>,
}

impl<'a> ClientOutcome<'a> {
    /// What the authorization endpoint answers.
    pub fn of(answered: &'a Authorization) -> Option<Self> {
        match answered {
            Authorization::Page(told) => Some(Self::Page(&told.refusal)),
            Authorization::Answer(answer) => Some(Self::answered(answer)),
            Authorization::SignIn { .. } => Some(Self::SignIn),
            Authorization::Run { .. } => Some(Self::Allowed),
            Authorization::Refused { steps, .. } => Some(Self::Refused(steps)),
            Authorization::Slow { .. } => Some(Self::Told(
                "temporarily_unavailable",
                "The application asks again and again in this session.",
            )),
        }
    }

    /// What the client is told in an answer.
    pub fn answered(answer: &'a Answer) -> Self {
        let value = |wanted: &str| {
            let mut pairs = answer.parameters.iter();
            pairs
                .find(|(name, _)| name == wanted)
                .map(|(_, value)| &**value)
        };
        match value("error") {
            Some(error) => Self::Told(error, value("error_description").unwrap_or_default()),
            None => Self::Allowed,
        }
    }

    /// What the client is told at the token endpoint; whoever waits is told nothing new.
    pub fn told(code: ErrorCode, why: &'a str) -> Option<Self> {
        let word = code.word();
        let waits = matches!(word, "authorization_pending" | "slow_down");
        (!waits).then_some(Self::Told(word, why))
    }

    fn outcome(self) -> Outcome {
        match self {
            Self::Told("access_denied", _) | Self::Refused(_) => Outcome::Refused,
            Self::Told(error, _) if asks_somebody(error) => Outcome::SignIn,
            Self::Page(_) | Self::Told(..) => Outcome::Misconfigured,
            Self::SignIn => Outcome::SignIn,
            Self::Allowed => Outcome::Allowed,
        }
    }

    fn why(self) -> &'a str {
        match self {
            Self::Page(PageRefusal::NoClient) => "no client",
            Self::Page(PageRefusal::UnknownClient) => "unknown client",
            Self::Page(PageRefusal::RedirectUri { asked, .. }) => {
                asked.split(['?', '#']).next().unwrap_or_default()
            }
            Self::Page(PageRefusal::Pushed) => "pushed",
            Self::Page(PageRefusal::NoAddress) => "no address",
            Self::Told(_, why) => why,
            Self::SignIn => "sign in",
            Self::Refused(_) | Self::Allowed => "",
        }
    }
}

/// The client asked that nobody be asked anything (`prompt=none`), and somebody would have to be.
fn asks_somebody(error: &str) -> bool {
    matches!(
        error,
        "login_required" | "consent_required" | "interaction_required"
    )
}

impl Engine {
    /// Leaves a trace of a client's request; nothing is done for one that was told a moment ago.
    pub async fn trace_client(&self, at: &AtClient<'_>) {
        let ctx = at.seen.ctx;
        let cause = at.cause();
        if self.traces.note(&cause, &ctx.request_id, ctx.now) == Noted::Counted {
            return;
        }
        let steps = at.steps();
        let names = self.names_in(&steps).await;
        let draft = at.draft(&steps, &names);
        self.traces.add(&cause, &ctx.request_id, ctx.now, draft);
    }
}

impl<'a> AtClient<'a> {
    fn cause(&self) -> Cause<'a> {
        Cause {
            way: self.seen.way,
            outcome: self.outcome.outcome(),
            client: self.seen.ctx.client_ip,
            application: self.client.map_or("", |client| &client.application.pk),
            person: self.person.map(|person| person.id),
            why: self.outcome.why(),
        }
    }

    /// Of people and groups it is known without asking what they say.
    fn steps(&self) -> Vec<policy::Step> {
        match (self.outcome, self.client, self.person) {
            (ClientOutcome::Refused(steps), ..) => steps.to_vec(),
            (ClientOutcome::Allowed, Some(client), Some(person)) => {
                let bindings = self.snapshot.bindings_of(&client.application.pk);
                if bindings.iter().any(|one| one.policy.is_some()) {
                    return Vec::new();
                }
                let now = self.seen.ctx.now;
                access::steps(self.snapshot, person, &client.application, now)
            }
            _ => Vec::new(),
        }
    }

    fn draft(&self, steps: &[policy::Step], names: &rules::Names) -> Draft {
        let mut lines = vec![self.seen.line()];
        let failed = self.failed_before();
        if let Some(line) = failed {
            let step = line.step;
            lines.extend(self.passed_before(step));
            lines.push(line);
            lines.extend(not_reached_after(step));
        } else {
            lines.extend(self.passed_before(Step::Rules));
            lines.extend(self.rules(steps, names));
        }
        lines.push(self.end());
        Draft {
            way: self.seen.way,
            outcome: self.outcome.outcome(),
            application: self.client.map(|one| About::application(&one.application)),
            person: self.person.map(who),
            client: self.seen.ctx.client_ip.to_string(),
            asked: self.asked(),
            lines,
        }
    }

    fn asked(&self) -> String {
        match self.client {
            Some(client) => format!("{} ({})", client.application.name, self.seen.asked()),
            None => self.seen.asked(),
        }
    }

    /// The questions before `step`, which came out well.
    fn passed_before(&self, step: Step) -> Vec<Line> {
        let mut lines = Vec::new();
        if step > Step::Application
            && let Some(client) = self.client
        {
            let words = format!(
                "The client “{}” is {}, and it may be answered where it wants to be.",
                shown(self.client_id),
                client.application.name
            );
            lines.push(Line::pass(Step::Application, words).about(provider_of(client)));
        }
        if step > Step::Path {
            lines.push(Line::pass(Step::Path, "What it asks for can be answered."));
        }
        if step > Step::Session {
            lines.push(match self.person {
                Some(_) => Line::pass(Step::Session, "The browser is signed in here."),
                None => Line::not_reached(Step::Session, "Nobody has to be signed in here."),
            });
        }
        if step > Step::Person {
            lines.extend(self.person.map(person_line));
        }
        lines
    }

    fn failed_before(&self) -> Option<Line> {
        match self.outcome {
            ClientOutcome::Page(refusal) => Some(self.page(refusal)),
            ClientOutcome::Told(error, why) => Some(self.told(error, why)),
            ClientOutcome::SignIn => {
                let words = if self.person.is_some() {
                    "Somebody is signed in, and the application wants them to sign in once more."
                } else {
                    "No session came with it: nobody is signed in with this browser."
                };
                Some(Line::fail(Step::Session, words))
            }
            ClientOutcome::Refused(_) | ClientOutcome::Allowed => None,
        }
    }

    fn page(&self, refusal: &PageRefusal) -> Line {
        let named = shown(self.client_id);
        let line = |words: String| Line::fail(Step::Application, words);
        match refusal {
            PageRefusal::NoClient => {
                line("The application does not say which one it is (client_id).".to_owned())
            }
            PageRefusal::UnknownClient => line(format!(
                "Nobody is called “{named}” (client_id): the application is set up with another name, or \
                 it was deleted here."
            )),
            PageRefusal::RedirectUri { asked, why } => self.redirect(asked, why),
            PageRefusal::Pushed => line(
                "The request was sent ahead (request_uri), and it is too old, was used, or is another \
                 client's."
                    .to_owned(),
            ),
            PageRefusal::NoAddress => {
                let told = "Set DOORWARD_BASE_URL, or base_url in the system settings.";
                let fix = Fix::Elsewhere {
                    words: told.to_owned(),
                };
                line("The public address of this server is not known.".to_owned()).fix(fix)
            }
        }
    }

    fn redirect(&self, asked: &str, why: &UriRefusal) -> Line {
        let words = format!(
            "It wants to be answered at {}, which cannot be used: {why}.",
            path_of(asked)
        );
        let line = Line::fail(Step::Application, words);
        let Some(client) = self.client else {
            return line;
        };
        let compared = client.compared(asked);
        let registered = compared.iter().map(|one| {
            let address = path_of(one.registered);
            format!("Registered is {address}")
        });
        // What follows a `?` may sign somebody in, and is not kept.
        let is_plain = !asked.contains(['?', '#']) && *why == UriRefusal::Unregistered;
        // Anybody can ask to be answered anywhere: a button is only for where the app is known to be.
        let is_theirs = compared
            .iter()
            .any(|one| is_same_origin(one.registered, asked));
        let allow = || Fix::AllowRedirect {
            provider: client.provider.pk,
            address: asked.to_owned(),
        };
        let elsewhere = || {
            Fix::Elsewhere {
            words: "Nothing is registered at that host. If it is the application's own, add the address to \
                    its redirect addresses yourself."
                .to_owned(),
        }
        };
        let fix = is_plain.then(|| if is_theirs { allow() } else { elsewhere() });
        line.notes(registered).about(provider_of(client)).fix(fix)
    }

    /// Which question it is that the client is told about.
    fn told(&self, error: &str, why: &str) -> Line {
        let words = if why.is_empty() {
            format!("The client is told {error}.")
        } else {
            shown(why)
        };
        let step = match error {
            "login_required" | "consent_required" | "interaction_required" => Step::Session,
            "access_denied" => Step::Rules,
            "invalid_client" => Step::Application,
            _ => Step::Path,
        };
        let note = format!("The client is told “{}”.", shown(error));
        Line::fail(step, words)
            .notes([note])
            .about(self.client.map(provider_of))
    }

    fn rules(&self, steps: &[policy::Step], names: &rules::Names) -> Vec<Line> {
        let Some(client) = self.client else {
            return Vec::new();
        };
        let is_open = matches!(self.outcome, ClientOutcome::Allowed);
        let application = &*client.application;
        let bindings = self.snapshot.bindings_of(&application.pk);
        if is_open && steps.is_empty() && bindings.iter().any(|one| one.policy.is_some()) {
            let about = About::application(application);
            return vec![Line::pass(Step::Rules, "The rules let the account in.").about(about)];
        }
        let of = (application, self.person);
        rules::lines(self.snapshot, names, of, steps, is_open)
    }

    fn end(&self) -> Line {
        match self.outcome {
            ClientOutcome::Allowed => Line::pass(
                Step::Outcome,
                "Let in: the application is answered, or the person is asked whether they agree.",
            ),
            ClientOutcome::SignIn => Line::pass(Step::Outcome, "Sent to sign in."),
            ClientOutcome::Refused(_) => {
                Line::fail(Step::Outcome, "Refused (403), and told so on a page.")
            }
            ClientOutcome::Page(_) => Line::fail(
                Step::Outcome,
                "Refused (400), and told on a page: nothing was sent to the application.",
            ),
            ClientOutcome::Told(error, _) => {
                let words = format!("Refused: the application is told “{}”.", shown(error));
                Line::fail(Step::Outcome, words)
            }
        }
    }
}

fn provider_of(client: &Client) -> About {
    About::new(
        crate::resource::OAUTH2_PROVIDER,
        client.provider.pk,
        &client.provider.name,
    )
}

fn is_same_origin(one: &str, other: &str) -> bool {
    let origin = |text: &str| url::Url::parse(text).ok().map(|url| url.origin());
    origin(one).is_some_and(|known| known.is_tuple() && Some(known) == origin(other))
}
