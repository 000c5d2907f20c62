//! Why somebody may open an application or may not: every step, for the operator.
//!
//! Owns the account of one decision, as `doorward explain` and the API show it. Rule: it asks what a
//! login would ask, and changes nothing.

use std::net::IpAddr;

use serde_json::{Value, json};

use super::combine::{Reading, combine};
use super::{Address, AddressError, Question, Step, Verdict};
use crate::context::{ClientSource, Context};
use crate::engine::Engine;
use crate::model::{Application, EngineMode};
use crate::person::Person;
use crate::snapshot::Snapshot;

const PUBLIC: &str = "Open to everybody: this path is public.";

impl Engine {
    /// The account of `person` opening `application`, from `ip` and at `address` if they are given.
    ///
    /// # Errors
    ///
    /// If `address` leads to no application, or to another one.
    pub async fn explain(
        &self,
        ctx: &Context,
        application: &Application,
        person: &Person,
        ip: Option<IpAddr>,
        address: Option<&Address>,
    ) -> Result<Value, AddressError> {
        let snapshot = self.snapshot();
        let ctx = circumstances(ctx, ip);
        let provider = application.provider;
        let app = match address {
            Some(address) => Some(address.app_of(&snapshot, application)?),
            None => provider.and_then(|pk| snapshot.outpost.of_provider(pk)),
        };
        let public = app.zip(address).filter(|(app, asked)| asked.is_public(app));
        let without_login = match app {
            Some(app) => self.admits_nobody(&snapshot, app, &ctx).await,
            None => false,
        };
        let question = Question::new(&snapshot, &ctx, Some(person)).trial();
        let verdict = self.may_open(&question, application).await;
        let decided_by = || decided_by(application, person, &verdict);
        Ok(json!({
            "application": application.slug,
            "user": &*person.username,
            "client_ip": ctx.client_ip.to_string(),
            "passing": public.is_some() || verdict.passing,
            "decided_by": public.map_or_else(decided_by, |_| PUBLIC.to_owned()),
            "public": public.is_some(),
            "no_login_needed": public.is_some() || without_login,
            "messages": verdict.messages,
            "steps": verdict.steps.iter().map(|one| step(&snapshot, person, one)).collect::<Vec<_>>(),
        }))
    }
}

/// The same, from `ip`. A check knows no path, as its answer is remembered for all of them.
fn circumstances(ctx: &Context, ip: Option<IpAddr>) -> Context {
    Context {
        client_ip: ip.unwrap_or(ctx.client_ip),
        client_source: ip.map_or(ctx.client_source, |_| ClientSource::Proxy),
        line: None,
        ..ctx.clone()
    }
}

/// The rule in one sentence.
fn decided_by(application: &Application, person: &Person, verdict: &Verdict) -> String {
    if !person.is_active {
        return "The account is disabled.".to_owned();
    }
    if verdict.steps.is_empty() {
        let may = if verdict.passing { "may" } else { "may not" };
        return format!("Nothing is bound: everybody who is signed in {may} open it.");
    }
    let mode = application.policy_engine_mode;
    match deciding(&verdict.steps, mode, verdict.passing) {
        Some(step) => {
            let says = if step.passing { "yes" } else { "no" };
            format!(
                "Binding {} says {says}, and that decides.",
                step.binding.order
            )
        }
        None if mode == EngineMode::All => "Every binding says yes.".to_owned(),
        None => "No binding says yes, and one has to.".to_owned(),
    }
}

/// With `any` the first that says yes, with `all` the first that says no: the one without which it
/// would be otherwise stands alone. People and groups count as one, so in `all` any of them may be it.
fn deciding(steps: &[Step], mode: EngineMode, passing: bool) -> Option<&Step> {
    let decides = |step: &&Step| step.passing == passing && (mode == EngineMode::Any) == passing;
    let found = steps.iter().find(decides)?;
    let reading = |step: &Step| match step.binding.policy {
        Some(_) => Reading::Asked(step.passing),
        None => Reading::Fixed(step.passing),
    };
    let all: Vec<_> = steps.iter().map(reading).collect();
    debug_assert_eq!(combine(&all, mode), Some(passing));
    Some(found)
}

fn step(snapshot: &Snapshot, person: &Person, step: &Step) -> Value {
    let binding = &step.binding;
    let (kind, name) = match (&binding.policy, &binding.group, binding.user) {
        (Some(pk), ..) => {
            let policy = snapshot.policies.get(pk);
            (
                "policy",
                policy.map_or_else(|| pk.clone(), |policy| policy.name.clone()),
            )
        }
        (None, Some(pk), _) => {
            let own = person.groups.iter().find(|one| *one.id == **pk);
            (
                "group",
                own.map_or_else(|| pk.clone(), |one| one.name.to_string()),
            )
        }
        (None, None, user) => ("user", user.map_or_else(String::new, |id| id.to_string())),
    };
    json!({
        "binding": binding.pk, "order": binding.order, "kind": kind, "name": name,
        "negate": binding.negate, "passing": step.passing, "messages": step.messages,
        "failure": step.failure,
    })
}
