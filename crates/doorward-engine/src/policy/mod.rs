//! Policies: whether a request may pass what they are bound to.
//!
//! Owns the evaluation of bindings with its order, timeouts, messages and failures. Leaves the people
//! and groups of a binding to `access`, and what each kind says to its own file. Rules: whatever
//! fails is the binding's `failure_result` and leaves an event (CVE-2024-47070: an error is never a
//! skip); an expression that can do I/O never runs inside a check, where its result of the login
//! counts.

pub mod combine;
pub(crate) mod declared;
mod explain;
mod expression;
mod listed;
mod password;
pub mod rule;
mod tell;

#[cfg(test)]
mod tests;

use std::collections::HashMap;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use doorward_store::user;
use serde_json::Value;

use crate::access::{counts, is_open_by_default, says};
use crate::context::Context;
use crate::engine::Engine;
use crate::expression::Kind;
use crate::model::{Application, EngineMode, PolicyBinding};
use crate::person::Person;
use crate::snapshot::Snapshot;
use combine::{Reading, combine};
pub use rule::{Policy, Rule};

/// How long the answer of an expression is believed, milliseconds: authentik's
/// `cache.timeout_policies`.
pub const BRIEFLY_MS: i64 = 300_000;
/// So deep may policies ask policies.
const DEPTH_MAX: u8 = 3;
/// A binding may wait so long at most, whatever it says.
const TIMEOUT_MAX_S: u64 = 60;
/// What the person is told; what went wrong is for the operator.
const FAILED: &str = "A rule could not be evaluated.";
const MESSAGES_MAX: usize = 50;

/// The circumstances of a decision.
#[derive(Clone, Copy)]
pub struct Question<'a> {
    /// The configuration.
    pub snapshot: &'a Snapshot,
    /// When and from where.
    pub ctx: &'a Context,
    /// Whom it is about.
    pub person: Option<&'a Person>,
    /// What they want to open.
    pub application: Option<&'a Application>,
    /// The flow they are in.
    pub flow: Option<&'a FlowFacts>,
    /// Inside a check: what policies with I/O said at the login, by binding.
    pub at_login: Option<&'a HashMap<String, bool>>,
    /// How many policies have asked one another to come here.
    pub depth: u8,
}

/// A running flow, as policies see it.
#[derive(Clone, Debug, Default)]
pub struct FlowFacts {
    /// uuid.
    pub pk: String,
    /// In addresses.
    pub slug: String,
    /// Its context (api-and-model.md 3.5): name, how to read it, value.
    pub context: Vec<(String, Kind, Value)>,
}

/// How long a decision may be remembered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Lasting {
    /// Not at all.
    Never,
    /// For [`BRIEFLY_MS`].
    Briefly,
    /// Until the person or the configuration changes.
    Always,
}

/// What one policy says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ruling {
    /// Yes or no.
    pub passing: bool,
    /// For the person.
    pub messages: Vec<String>,
    /// For the operator: level and text.
    pub logs: Vec<(String, String)>,
    /// How long it holds.
    pub lasting: Lasting,
    /// Whether it may have asked the server or the network for more.
    pub did_io: bool,
    /// What it changed in the flow's context.
    pub context: serde_json::Map<String, Value>,
}

impl Ruling {
    pub(crate) fn plain(passing: bool) -> Self {
        Self {
            passing,
            messages: Vec::new(),
            logs: Vec::new(),
            lasting: Lasting::Never,
            did_io: false,
            context: serde_json::Map::new(),
        }
    }

    fn no(message: &str) -> Self {
        Self {
            messages: vec![message.to_owned()],
            ..Self::plain(false)
        }
    }

    fn lasting(self, lasting: Lasting) -> Self {
        Self { lasting, ..self }
    }
}

/// What came of one binding.
#[derive(Clone, Debug)]
pub struct Step {
    /// The binding.
    pub binding: Arc<PolicyBinding>,
    /// Its result, after `negate`.
    pub passing: bool,
    /// What the policy said.
    pub messages: Vec<String>,
    /// Why it could not answer, if so.
    pub failure: Option<String>,
}

/// A decision with every step.
#[derive(Clone, Debug)]
pub struct Verdict {
    /// Whether they may pass.
    pub passing: bool,
    /// For the person, in the order of the bindings.
    pub messages: Vec<String>,
    /// Each binding that counted, in order.
    pub steps: Vec<Step>,
    /// How long it may be remembered.
    pub lasting: Lasting,
    /// What policies with I/O said, by binding.
    pub with_io: HashMap<String, bool>,
    /// Inside a check: a policy with I/O was never asked; only a login can decide.
    pub needs_login: bool,
    /// What the flow's context is to hold from now on.
    pub context: serde_json::Map<String, Value>,
}

impl<'a> Question<'a> {
    /// About a person (or nobody), here and now.
    pub fn new(snapshot: &'a Snapshot, ctx: &'a Context, person: Option<&'a Person>) -> Self {
        Self {
            snapshot,
            ctx,
            person,
            application: None,
            flow: None,
            at_login: None,
            depth: 0,
        }
    }

    fn deeper(&self) -> Option<Self> {
        let depth = self.depth + 1;
        (depth <= DEPTH_MAX).then_some(Self { depth, ..*self })
    }
}

impl Engine {
    /// What the bindings on `target` say; `empty` if there are none.
    pub async fn decide(
        &self,
        question: &Question<'_>,
        target: &str,
        mode: EngineMode,
        empty: bool,
    ) -> Verdict {
        let mut verdict = Verdict::begin();
        let mut readings = Vec::new();
        let bindings = question.snapshot.bindings_of(target).iter();
        for binding in bindings.filter(|one| counts(one, question.ctx.now)) {
            readings.push(self.read(question, binding, &mut verdict).await);
        }
        verdict.passing = combine(&readings, mode).unwrap_or(empty);
        verdict.messages.truncate(MESSAGES_MAX);
        verdict
    }

    /// Whether the question's person may open `application`; a disabled account may not.
    pub async fn may_open(&self, question: &Question<'_>, application: &Application) -> Verdict {
        if question.person.is_some_and(|person| !person.is_active) {
            return Verdict::begin();
        }
        let question = Question {
            application: Some(application),
            ..*question
        };
        let empty = is_open_by_default(question.snapshot);
        let mode = application.policy_engine_mode;
        self.decide(&question, &application.pk, mode, empty).await
    }

    async fn read(
        &self,
        question: &Question<'_>,
        binding: &Arc<PolicyBinding>,
        verdict: &mut Verdict,
    ) -> Reading {
        if binding.expiring {
            verdict.lasting = Lasting::Never;
        }
        if let Some(passing) = says(binding, question.person) {
            verdict.step(binding, passing, Vec::new(), None);
            return Reading::Fixed(passing);
        }
        let ruling = self.ask(question, binding).await;
        Reading::Asked(self.note(question, binding, ruling, verdict))
    }

    /// Writes down what a policy said, and what that means.
    fn note(
        &self,
        question: &Question<'_>,
        binding: &Arc<PolicyBinding>,
        ruling: Result<Asked, String>,
        verdict: &mut Verdict,
    ) -> bool {
        match ruling {
            Ok(Asked::AtLogin(Some(passing))) => {
                verdict.step(binding, passing, Vec::new(), None);
                passing
            }
            Ok(Asked::AtLogin(None)) => {
                verdict.needs_login = true;
                verdict.lasting = Lasting::Never;
                false
            }
            Ok(Asked::Now(ruling)) => verdict.take(binding, ruling),
            Err(failure) => {
                self.tell_policy_failure(question, binding, &failure);
                verdict
                    .with_io
                    .insert(binding.pk.clone(), binding.failure_result);
                verdict.lasting = Lasting::Never;
                let messages = vec![FAILED.to_owned()];
                verdict.step(binding, binding.failure_result, messages, Some(failure));
                binding.failure_result
            }
        }
    }

    /// Asks a policy, as long as its binding waits.
    async fn ask(&self, question: &Question<'_>, binding: &PolicyBinding) -> Result<Asked, String> {
        let pk = binding.policy.as_deref().unwrap_or_default();
        let policy = question.snapshot.policies.get(pk);
        let policy = policy.ok_or("the policy does not exist any more")?;
        if let Some(results) = question.at_login
            && self.may_do_io(&policy.rule).await
        {
            return Ok(Asked::AtLogin(results.get(&binding.pk).copied()));
        }
        let patience = Duration::from_secs(binding.timeout.clamp(1, TIMEOUT_MAX_S));
        let asked = tokio::time::timeout(patience, self.rule_on(question, policy)).await;
        asked
            .unwrap_or_else(|_| Err(format!("no answer within {} seconds", patience.as_secs())))
            .map(Asked::Now)
    }

    /// What a policy says, whatever it is bound to. Boxed, because policies ask policies.
    ///
    /// # Errors
    ///
    /// Why it cannot say anything.
    pub fn rule_on<'a>(
        &'a self,
        question: &'a Question<'a>,
        policy: &'a Policy,
    ) -> Pin<Box<dyn Future<Output = Result<Ruling, String>> + Send + 'a>> {
        Box::pin(self.ruling(question, policy))
    }

    async fn ruling(&self, question: &Question<'_>, policy: &Policy) -> Result<Ruling, String> {
        match &policy.rule {
            Rule::Expression { expression } => self.evaluate(question, expression).await,
            Rule::Dummy(rule) => Ok(Ruling::plain(rule.result).lasting(Lasting::Always)),
            Rule::Password(rule) => password::password(rule, question),
            Rule::PasswordExpiry(rule) => {
                let changed_at = self.password_changed_at(question).await?;
                Ok(password::expiry(rule, changed_at, question.ctx.now))
            }
            Rule::Groups(rule) => Ok(declared::groups(rule, question).lasting(Lasting::Always)),
            Rule::Networks(rule) => declared::networks(rule, question),
            Rule::Hours(rule) => declared::hours(rule, question.ctx.now),
            Rule::EmailDomains(rule) => {
                Ok(declared::email_domains(rule, question).lasting(Lasting::Always))
            }
            Rule::Unreadable(why) => Err(why.clone()),
        }
    }

    async fn may_do_io(&self, rule: &Rule) -> bool {
        match rule {
            Rule::Expression { expression } => {
                let facts = self.expressions.facts(expression).await;
                // A text that cannot be read fails by itself.
                facts.is_ok_and(|facts| facts.does_io)
            }
            _ => false,
        }
    }

    async fn password_changed_at(&self, question: &Question<'_>) -> Result<i64, String> {
        let person = question.person.ok_or("nobody is signed in")?;
        let row = async {
            let mut tx = self.store.read().await?;
            user::find(&mut tx, person.id).await
        };
        let row = row.await.map_err(|error| error.to_string())?;
        row.map(|row| row.password_changed_at)
            .ok_or_else(|| "the account is gone".to_owned())
    }
}

enum Asked {
    /// It answered.
    Now(Ruling),
    /// It may not be asked here; what it said at the login, if it was asked then.
    AtLogin(Option<bool>),
}

impl Verdict {
    fn begin() -> Self {
        Self {
            passing: false,
            messages: Vec::new(),
            steps: Vec::new(),
            lasting: Lasting::Always,
            with_io: HashMap::new(),
            needs_login: false,
            context: serde_json::Map::new(),
        }
    }

    /// `negate` turns the result round, not the messages.
    fn take(&mut self, binding: &Arc<PolicyBinding>, ruling: Ruling) -> bool {
        let passing = ruling.passing != binding.negate;
        self.lasting = self.lasting.min(ruling.lasting);
        if ruling.did_io {
            self.with_io.insert(binding.pk.clone(), passing);
        }
        self.context.extend(ruling.context);
        self.step(binding, passing, ruling.messages, None);
        passing
    }

    fn step(
        &mut self,
        binding: &Arc<PolicyBinding>,
        passing: bool,
        messages: Vec<String>,
        failure: Option<String>,
    ) {
        self.messages.extend(messages.iter().cloned());
        self.steps.push(Step {
            binding: Arc::clone(binding),
            passing,
            messages,
            failure,
        });
    }
}
