//! What would happen if: the same lines for a request that nobody has sent.
//!
//! Owns the question and the order of the answers. Leaves the rules to `policy`. Rule: it is tried out, so
//! nothing is sent, written or counted, and it supposes nothing but a live session of the person.

use std::net::IpAddr;
use std::sync::Arc;

use doorward_store::{StoreError, user};

use super::door::{person_line, who};
use super::failing::unknown_host;
use super::line::{Line, Step, not_reached_after};
use super::{About, Draft, Outcome, Way, rules};
use crate::context::{ClientSource, Context};
use crate::engine::Engine;
use crate::model::Application;
use crate::outpost::App;
use crate::person::Person;
use crate::policy::{Address, Question};
use crate::resource::Refusal;
use crate::resource::permit::superuser;
use crate::snapshot::Snapshot;

/// What somebody would open.
#[derive(Clone, Copy, Debug)]
pub enum What<'a> {
    /// An address.
    Address(&'a Address),
    /// An application, wherever it is.
    Application(&'a Arc<Application>),
}

/// A request that nobody has sent.
#[derive(Clone, Copy)]
pub struct WhatIf<'a> {
    /// What would be opened.
    pub what: What<'a>,
    /// By whom; `None` is somebody who is not signed in.
    pub person: Option<&'a Person>,
    /// From where.
    pub client: Option<IpAddr>,
    /// When, Unix milliseconds.
    pub at: Option<i64>,
}

/// A time as people and browsers write it, Unix milliseconds; without a zone it is UTC.
pub fn instant(text: &str) -> Option<i64> {
    if let Ok(at) = text.parse::<jiff::Timestamp>() {
        return Some(at.as_millisecond());
    }
    let time: jiff::civil::DateTime = text.parse().ok()?;
    let at = jiff::tz::Offset::UTC.to_timestamp(time).ok()?;
    Some(at.as_millisecond())
}

/// What was found of it so far.
struct Found<'a> {
    application: Arc<Application>,
    app: Option<&'a Arc<App>>,
}

impl Engine {
    /// What would come of it, for those who may see why.
    ///
    /// # Errors
    ///
    /// [`Refusal`] for those who may not.
    pub async fn asked_what_if(&self, ctx: &Context, asked: &WhatIf<'_>) -> Result<Draft, Refusal> {
        superuser(&ctx.actor)?;
        Ok(self.what_if(ctx, asked).await)
    }

    /// The account with this login name.
    ///
    /// # Errors
    ///
    /// Only if the database fails.
    pub async fn person_named(&self, username: &str) -> Result<Option<Arc<Person>>, StoreError> {
        let mut tx = self.store.read().await?;
        let row = user::find_by_username(&mut tx, username).await?;
        drop(tx);
        match row {
            Some(row) => self.person(row.id).await,
            None => Ok(None),
        }
    }

    async fn what_if(&self, ctx: &Context, asked: &WhatIf<'_>) -> Draft {
        let snapshot = self.snapshot();
        let ctx = circumstances(ctx, asked);
        let mut draft = begun(&ctx, asked);
        let found = match found(&snapshot, asked.what) {
            Ok(found) => found,
            Err(line) => {
                draft.lines.push(*line);
                draft.lines.extend(not_reached_after(Step::Application));
                return ended(draft, Outcome::Misconfigured);
            }
        };
        draft.way = found.way();
        draft.application = Some(About::application(&found.application));
        draft.lines.push(found.line());
        draft.lines.push(found.path(asked.what));
        if found.is_public(asked.what) {
            draft.lines.extend(not_reached_after(Step::Path));
            return ended(draft, Outcome::Public);
        }
        let open = match found.app {
            Some(app) => self.admits_nobody(&snapshot, app, &ctx).await,
            None => false,
        };
        if open {
            let words = "From this network nobody has to be signed in.";
            draft.lines.push(Line::pass(Step::Path, words));
        }
        let Some(person) = asked.person else {
            let words = "Nobody is signed in.";
            draft.lines.push(if open {
                Line::not_reached(Step::Session, words)
            } else {
                Line::fail(Step::Session, words)
            });
            draft.lines.extend(not_reached_after(Step::Session));
            return ended(
                draft,
                if open {
                    Outcome::Public
                } else {
                    Outcome::SignIn
                },
            );
        };
        let outcome = self
            .judged(&snapshot, &ctx, (&found, person), &mut draft)
            .await;
        ended(
            draft,
            if open && !outcome.is_open() {
                Outcome::Public
            } else {
                outcome
            },
        )
    }

    async fn judged(
        &self,
        snapshot: &Snapshot,
        ctx: &Context,
        (found, person): (&Found<'_>, &Person),
        draft: &mut Draft,
    ) -> Outcome {
        let words = "A live session of the person is supposed.";
        draft.lines.push(Line::pass(Step::Session, words));
        draft.lines.push(person_line(person));
        if !person.is_active {
            draft.lines.extend(not_reached_after(Step::Person));
            return Outcome::Refused;
        }
        let question = Question::new(snapshot, ctx, Some(person)).trial();
        let verdict = self.may_open(&question, &found.application).await;
        let names = self.names_in(&verdict.steps).await;
        let of = (&*found.application, Some(person));
        let lines = rules::lines(snapshot, &names, of, &verdict.steps, verdict.passing);
        draft.lines.extend(lines);
        if verdict.passing {
            Outcome::Allowed
        } else {
            Outcome::Refused
        }
    }
}

fn circumstances(ctx: &Context, asked: &WhatIf<'_>) -> Context {
    Context {
        now: asked.at.unwrap_or(ctx.now),
        client_ip: asked.client.unwrap_or(ctx.client_ip),
        client_source: asked
            .client
            .map_or(ctx.client_source, |_| ClientSource::Proxy),
        line: None,
        ..ctx.clone()
    }
}

fn begun(ctx: &Context, asked: &WhatIf<'_>) -> Draft {
    let what = match asked.what {
        What::Address(address) => address.shown(),
        What::Application(application) => application.name.clone(),
    };
    let when = jiff::Timestamp::from_millisecond(ctx.now).unwrap_or_default();
    let words = format!(
        "Supposed: {what}, from {}, at {}.",
        ctx.client_ip,
        when.strftime("%Y-%m-%d %H:%M UTC")
    );
    Draft {
        way: Way::ForwardAuth,
        outcome: Outcome::Misconfigured,
        application: None,
        person: asked.person.map(who),
        client: ctx.client_ip.to_string(),
        asked: what,
        lines: vec![Line::pass(Step::Request, words)],
    }
}

fn found<'s>(snapshot: &'s Snapshot, what: What<'_>) -> Result<Found<'s>, Box<Line>> {
    match what {
        What::Application(application) => {
            let provider = application.provider;
            Ok(Found {
                application: Arc::clone(application),
                app: provider.and_then(|pk| snapshot.outpost.of_provider(pk)),
            })
        }
        What::Address(address) => {
            let host = address.host();
            if let Some(app) = snapshot.outpost.at_door(host) {
                return Ok(Found {
                    application: Arc::clone(&app.application),
                    app: Some(app),
                });
            }
            let launched = |one: &&Arc<Application>| {
                let url = url::Url::parse(&one.meta_launch_url).ok();
                url.as_ref().and_then(url::Url::host_str) == Some(&host.name)
            };
            let mut all: Vec<_> = snapshot.applications.values().filter(launched).collect();
            all.sort_unstable_by_key(|one| &one.slug);
            let application = all.first().map(|one| Arc::clone(one));
            let missing = || Box::new(unknown_host(snapshot, host));
            let application = application.ok_or_else(missing)?;
            Ok(Found {
                app: None,
                application,
            })
        }
    }
}

impl Found<'_> {
    fn way(&self) -> Way {
        match self.app {
            Some(app) if app.upstream.is_some() => Way::Proxy,
            Some(_) => Way::ForwardAuth,
            None => Way::OpenIdConnect,
        }
    }

    fn line(&self) -> Line {
        let name = &self.application.name;
        let words = match (self.app, self.application.provider) {
            (Some(_), _) => format!("It is {name}, which has a sign-in page in front."),
            (None, Some(_)) => format!("It is {name}, which sends people here by itself."),
            (None, None) => {
                format!("It is {name}, which has no provider: nothing here stands before it.")
            }
        };
        Line::pass(Step::Application, words).about(About::application(&self.application))
    }

    fn is_public(&self, what: What<'_>) -> bool {
        match (what, self.app) {
            (What::Address(address), Some(app)) => address.is_public(app),
            _ => false,
        }
    }

    fn path(&self, what: What<'_>) -> Line {
        let words = match (what, self.app) {
            (_, None) => "The application itself says what of it is open to everybody.",
            (What::Application(_), _) => {
                "No path was named, so one is supposed that is not public."
            }
            (What::Address(_), Some(_)) if self.is_public(what) => {
                "This path is open to everybody."
            }
            (What::Address(_), Some(_)) => {
                "This path is not public, so somebody has to be signed in."
            }
        };
        Line::pass(Step::Path, words)
    }
}

fn ended(mut draft: Draft, outcome: Outcome) -> Draft {
    draft.outcome = outcome;
    let words = match outcome {
        Outcome::Allowed => "Would be let in.",
        Outcome::Public => "Would be let in, whoever it is.",
        Outcome::SignIn => "Would be sent to sign in.",
        Outcome::Refused => "Would be refused.",
        Outcome::Misconfigured | Outcome::Unavailable => "Nothing is set up there.",
    };
    draft.lines.push(if outcome.is_open() {
        Line::pass(Step::Outcome, words)
    } else {
        Line::fail(Step::Outcome, words)
    });
    draft
}
