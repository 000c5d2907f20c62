//! Policies: whether a request may pass what they are bound to.
//!
//! Owns the words of it: the question, the ruling of one policy, the verdict of all. Leaves the order of
//! bindings to `decide`, their people and groups to `access`, and what each kind says to its own file. Rules: whatever
//! fails is the binding's `failure_result` and leaves an event (CVE-2024-47070: an error is never a
//! skip); an expression that can do I/O never runs inside a check, where its result of the login
//! counts.

mod address;
mod answer;
mod check_password;
pub mod combine;
mod decide;
pub(crate) mod declared;
mod event;
mod explain;
mod expression;
mod geoip;
mod history;
mod letter;
mod listed;
mod lookups;
mod password;
mod reputation;
mod resolve;
mod reverse;
pub mod rule;
mod seen;
mod spent;
mod tell;
mod token;

#[cfg(test)]
mod tests;

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::Arc;

use serde_json::Value;

use crate::context::{ClientSource, Context};
use crate::expression::Kind;
use crate::model::{Application, PolicyBinding};
use crate::person::Person;
use crate::snapshot::Snapshot;
pub use address::{Address, AddressError};
pub(crate) use expression::told_application;
pub(crate) use history::HISTORY_MAX;
pub(crate) use lookups::Lookups;
pub use rule::{Policy, Rule};
pub(crate) use seen::told_group;
pub use spent::Spent;

/// How long the answer of an expression is believed, milliseconds: authentik's
/// `cache.timeout_policies`.
pub const BRIEFLY_MS: i64 = 300_000;
/// So deep may policies ask policies.
const DEPTH_MAX: u8 = 3;
const MESSAGES_MAX: usize = 50;
/// Whoever tries out could guess, for nothing is counted.
const TRIED_OUT: &str = "no password is looked at while this is tried out";

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
    /// Somebody tries it out, or looks at a list: nothing is sent, written or counted. A letter or an
    /// event passes for done, a token is none; a password is not looked at.
    pub is_trial: bool,
    /// What the evaluation has used up that this is part of.
    pub spent: Option<&'a Spent>,
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

    /// It asked the store or the network.
    fn with_io(self) -> Self {
        Self {
            did_io: true,
            ..self
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
    /// How long a policy took to answer, microseconds.
    pub took_us: Option<u64>,
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
            is_trial: false,
            spent: None,
        }
    }

    /// The name of whom it is about, else the one that was typed in this flow.
    fn named(&self) -> Option<&'a str> {
        let typed = || {
            let mut context = self.flow?.context.iter();
            let typed = context.find(|(key, ..)| key == "pending_user_identifier");
            typed.and_then(|(.., name)| name.as_str())
        };
        self.person.map(|person| &*person.username).or_else(typed)
    }

    /// The same, tried out.
    #[must_use]
    pub fn trial(self) -> Self {
        Self {
            is_trial: true,
            ..self
        }
    }

    fn deeper(&self) -> Option<Self> {
        let depth = self.depth + 1;
        (depth <= DEPTH_MAX).then_some(Self { depth, ..*self })
    }
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
            took_us: None,
        });
    }
}

/// The client's address.
///
/// # Errors
///
/// If a trusted proxy gave it in a form that cannot be read: so that "not from here" does not pass
/// either (CVE-2024-47070).
fn readable_address(question: &Question<'_>) -> Result<IpAddr, String> {
    match question.ctx.client_source {
        ClientSource::Unreadable => Err("the client's address cannot be read".to_owned()),
        _ => Ok(question.ctx.client_ip.to_canonical()),
    }
}
