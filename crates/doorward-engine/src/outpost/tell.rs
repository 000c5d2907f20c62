//! What the outpost tells an operator through events, beside the logins: a check that the set-up of
//! a proxy leaves unanswered, and a person who was refused.
//!
//! These are the only rows that a check causes. Rule: they are written after the answer, and
//! however many requests come, one cause is told once in ten minutes and few causes in all.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use doorward_protocol::host::Host;
use doorward_store::StoreError;
use serde_json::{Value, json};

use super::App;
use crate::context::Context;
use crate::engine::Engine;
use crate::event::{self, Action};

/// How long a cause that was told is not told again, in milliseconds.
const PAUSE_MS: i64 = 600_000;
/// So many causes of each sort are told within the pause.
const TOLD_MAX: usize = 20;
/// Where the events come from, in authentik's words.
const SOURCE: &str = "authentik.providers.proxy";

/// Why a check cannot be answered: the set-up is wrong.
#[derive(Clone, Copy, Debug)]
pub enum Misconfiguration<'a> {
    /// The proxy does not say what it has to say.
    Unreadable {
        /// Which proxy asked.
        proxy: &'static str,
        /// What is wrong, in a few words.
        reason: &'a str,
    },
    /// No application has this host.
    UnknownHost(&'a Host),
    /// The proxy's address is not among the trusted ones.
    UntrustedPeer,
    /// Nobody knows where people sign in.
    NoPublicAddress(&'a App),
}

impl Misconfiguration<'_> {
    fn sort(&self) -> &'static str {
        match self {
            Self::Unreadable { .. } => "unreadable",
            Self::UnknownHost(_) => "unknown host",
            Self::UntrustedPeer => "untrusted peer",
            Self::NoPublicAddress(_) => "no public address",
        }
    }

    /// What makes two of a sort the same.
    fn subject(&self, ctx: &Context) -> String {
        match self {
            Self::Unreadable { proxy, reason } => format!("{proxy} {reason}"),
            Self::UnknownHost(host) => host.to_string(),
            Self::UntrustedPeer => ctx.client_ip.to_string(),
            Self::NoPublicAddress(_) => String::new(),
        }
    }

    /// What the event says; no header and no query of the request is part of it.
    fn told(&self) -> Value {
        match self {
            Self::Unreadable { proxy, reason } => json!({
                "message": format!("A check of {proxy} cannot be answered: {reason}."), "proxy": proxy,
            }),
            Self::UnknownHost(host) => json!({
                "message": format!("No application of the embedded outpost has the host {host}."),
                "host": host.to_string(),
            }),
            Self::UntrustedPeer => json!({
                "message": "A check came from an address that is not a trusted proxy.",
            }),
            Self::NoPublicAddress(app) => json!({
                "message": "The public address is not known, so nobody can sign in.",
                "provider": app.provider.name,
            }),
        }
    }
}

/// What was told, and when.
#[derive(Debug, Default)]
pub(crate) struct Told(Mutex<HashMap<(&'static str, String), i64>>);

impl Told {
    /// Whether this may be told now; from then on it is.
    pub(crate) fn admits(&self, sort: &'static str, subject: String, now: i64) -> bool {
        self.admits_of(sort, subject, TOLD_MAX, now)
    }

    /// The same with another bound, for what not everybody can cause.
    pub(crate) fn admits_of(
        &self,
        sort: &'static str,
        subject: String,
        most: usize,
        now: i64,
    ) -> bool {
        let mut told = self.lately(now);
        let of_sort = told.keys().filter(|(known, _)| *known == sort).count();
        let key = (sort, subject);
        let is_new = of_sort < most && !told.contains_key(&key);
        if is_new {
            told.insert(key, now);
        }
        is_new
    }

    /// The same of one of several that strangers can speak of: `each` for one of them, and once all
    /// together are `most` only its first, so that none hides another.
    pub(crate) fn admits_each(
        &self,
        (sort, of): (&'static str, i64),
        subject: &str,
        (each, most): (usize, usize),
        now: i64,
    ) -> bool {
        let mut told = self.lately(now);
        let whose = format!("{of} ");
        let all: Vec<_> = told.keys().filter(|(known, _)| *known == sort).collect();
        let own = all
            .iter()
            .filter(|(_, subject)| subject.starts_with(&whose));
        let own = own.count();
        let has_room = own == 0 || (own < each && all.len() < most);
        let key = (sort, format!("{whose}{subject}"));
        let is_new = has_room && !told.contains_key(&key);
        if is_new {
            told.insert(key, now);
        }
        is_new
    }

    fn lately(&self, now: i64) -> MutexGuard<'_, HashMap<(&'static str, String), i64>> {
        let mut told = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        told.retain(|_, at| (0..PAUSE_MS).contains(&(now - *at)));
        told
    }
}

impl Engine {
    /// Tells the operator that a check could not be answered because of the set-up; answers whether
    /// this was news, so that a log need not say more often what an event says.
    pub fn outpost_misconfigured(&self, ctx: &Context, what: Misconfiguration<'_>) -> bool {
        let is_news = self.told.admits(what.sort(), what.subject(ctx), ctx.now);
        if is_news {
            self.tell(ctx, (SOURCE, Action::ConfigurationError), what.told());
        }
        is_news
    }

    /// Tells that the person who acts was shown that they may not open `app`.
    pub fn outpost_refused(&self, ctx: &Context, app: &App) {
        let Some(person) = ctx.actor.person() else {
            return;
        };
        let subject = format!("{} {}", person.id, app.application.pk);
        if self.told.admits("refused", subject, ctx.now) {
            let told = json!({ "result": { "passing": false }, "application": {
                "pk": &app.application.pk, "name": &app.application.name,
                "model_name": "application", "app": "authentik_core",
            } });
            self.tell(ctx, (SOURCE, Action::PolicyExecution), told);
        }
    }

    /// Writes an event that no answer waits for.
    pub(crate) fn tell(&self, ctx: &Context, what: (&'static str, Action), told: Value) {
        let (engine, ctx) = (self.clone(), ctx.clone());
        tokio::spawn(async move {
            if let Err(error) = engine.write(&ctx, what, told).await {
                tracing::debug!(%error, "an event that no answer waits for was not written");
            }
        });
    }

    async fn write(
        &self,
        ctx: &Context,
        (source, action): (&str, Action),
        told: Value,
    ) -> Result<(), StoreError> {
        let mut tx = self.store.begin().await?;
        event::record(self, &mut tx, ctx, action, source, told).await?;
        self.commit(tx).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_cause_is_told_once_in_ten_minutes_and_few_causes_in_all() {
        let told = Told::default();
        assert!(told.admits("a", "x".into(), 0));
        assert!(!told.admits("a", "x".into(), PAUSE_MS - 1));
        let admitted = (0..1000).filter(|n| told.admits("a", n.to_string(), PAUSE_MS - 1));
        assert_eq!(admitted.count(), TOLD_MAX - 1);
        assert!(
            told.admits("b", "x".into(), PAUSE_MS - 1),
            "sorts do not silence each other"
        );
        assert!(told.admits("a", "x".into(), PAUSE_MS));
        assert!(told.0.lock().unwrap().len() <= 2 * TOLD_MAX);
    }

    #[test]
    fn whatever_is_said_of_one_of_them_the_others_are_told_of_too() {
        let told = Told::default();
        let bounds = (10, 100);
        let said = |of, subject: &str, now| told.admits_each(("a", of), subject, bounds, now);
        let count = |of| (0..1000).filter(|n| said(of, &n.to_string(), 0)).count();
        assert_eq!(count(1), 10);
        assert!(said(2, "x", 0) && !said(2, "x", PAUSE_MS - 1));
        // 1 does not begin 11, and all together end at a hundred, but for the first of each.
        let all: usize = (10..200).map(count).sum();
        assert_eq!(all, 8 * 10 + 9 + 181);
        assert!(said(1, "x", PAUSE_MS), "later again");
    }
}
