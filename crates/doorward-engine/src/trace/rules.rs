//! What the bindings of an application said, one line each.
//!
//! Owns the words. Leaves what they said to `policy` and `access`. Rule: whoever reads a trace may see every
//! group and policy, so they are named.

use std::collections::{HashMap, HashSet};

use doorward_store::{group, user};

use super::line::{Line, Step, shown};
use super::{About, Fix};
use crate::engine::Engine;
use crate::model::{Application, EngineMode};
use crate::person::Person;
use crate::policy;
use crate::snapshot::Snapshot;

/// So many bindings are told one by one.
const TOLD_MAX: usize = 50;

/// Names of the groups and accounts that bindings are about.
#[derive(Default)]
pub(super) struct Names {
    groups: HashMap<String, String>,
    /// Every group whose members are administrators.
    admins: HashSet<String>,
    people: HashMap<i64, String>,
}

impl Engine {
    /// Those of `steps`; without the store their keys stand for them.
    pub(super) async fn names_in(&self, steps: &[policy::Step]) -> Names {
        let mut names = Names::default();
        if steps.is_empty() {
            return names;
        }
        let read = crate::outpost::patient(async {
            let mut tx = self.store.read().await?;
            if steps.iter().any(|step| step.binding.group.is_some()) {
                names.admins = group::administering(&mut tx).await?.into_iter().collect();
            }
            for step in steps.iter().take(TOLD_MAX) {
                let binding = &step.binding;
                if let Some(pk) = &binding.group
                    && let Some(row) = group::find(&mut tx, pk).await?
                {
                    names.groups.insert(pk.clone(), row.name);
                }
                if let Some(id) = binding.user
                    && let Some(row) = user::find(&mut tx, id).await?
                {
                    names.people.insert(id, row.username);
                }
            }
            Ok(())
        });
        if read.await.is_err() {
            tracing::debug!("a trace does without the names of groups");
        }
        names
    }
}

/// A line for each binding, and one for what all of them come to.
pub(super) fn lines(
    snapshot: &Snapshot,
    names: &Names,
    (application, person): (&Application, Option<&Person>),
    steps: &[policy::Step],
    is_open: bool,
) -> Vec<Line> {
    let told = steps.iter().take(TOLD_MAX);
    let mut lines: Vec<_> = told
        .map(|step| line(snapshot, names, person, step))
        .collect();
    let words = joined(steps, application.policy_engine_mode, is_open);
    let about = About::application(application);
    lines.push(if is_open {
        Line::pass(Step::Rules, words).about(about)
    } else {
        Line::fail(Step::Rules, words).about(about)
    });
    lines
}

fn joined(steps: &[policy::Step], mode: EngineMode, is_open: bool) -> &'static str {
    match (steps.is_empty(), mode, is_open) {
        (true, _, true) => "Nobody in particular is named: everybody who is signed in may open it.",
        (true, _, false) => {
            "Nobody in particular is named, and applications are closed unless somebody is."
        }
        (false, EngineMode::Any, true) => {
            "One of the rules has to let the account in, and one does."
        }
        (false, EngineMode::Any, false) => {
            "One of the rules has to let the account in, and none does."
        }
        (false, EngineMode::All, true) => {
            "All of the rules have to let the account in, and they do."
        }
        (false, EngineMode::All, false) => {
            "All of the rules have to let the account in, and not all do."
        }
    }
}

fn line(snapshot: &Snapshot, names: &Names, person: Option<&Person>, step: &policy::Step) -> Line {
    let binding = &step.binding;
    let (words, about, fix) = match (&binding.group, binding.user) {
        (Some(pk), _) => of_group(names, pk, person, step),
        (None, Some(id)) => of_account(names, id, step),
        (None, None) => of_policy(snapshot, step),
    };
    let made = if step.passing { Line::pass } else { Line::fail };
    let messages = step
        .messages
        .iter()
        .map(|said| format!("It says: {}", shown(said)));
    let mut line = made(Step::Rules, words)
        .about(about)
        .fix(fix)
        .notes(messages);
    line.took_us = step.took_us;
    line
}

type Told = (String, Option<About>, Option<Fix>);

fn of_group(names: &Names, pk: &str, person: Option<&Person>, step: &policy::Step) -> Told {
    let name = names.groups.get(pk).map_or(pk, String::as_str);
    let about = Some(About::new(crate::resource::GROUP, pk, name));
    let words = match (step.binding.negate, step.passing) {
        (false, true) => format!("Lets in the group “{name}”, and the account is in it."),
        (false, false) => format!("Lets in the group “{name}”, and the account is not in it."),
        (true, true) => format!("Keeps out the group “{name}”, and the account is not in it."),
        (true, false) => format!("Keeps out the group “{name}”, and the account is in it."),
    };
    let helps = !step.passing && !step.binding.negate;
    let makes_admins = names.admins.contains(pk);
    let fix = person.filter(|_| helps).map(|person| {
        if makes_admins {
            let who = &person.username;
            let words = format!(
                "Let in another group: whoever is in “{name}” administers Doorward, and so would {who}."
            );
            return Fix::Elsewhere { words };
        }
        Fix::AddToGroup {
            group: pk.to_owned(),
            group_name: name.to_owned(),
            person: person.id,
            username: person.username.to_string(),
        }
    });
    (words, about, fix)
}

fn of_account(names: &Names, id: i64, step: &policy::Step) -> Told {
    let name = names.people.get(&id).cloned();
    let name = name.unwrap_or_else(|| id.to_string());
    let about = Some(About::new(crate::resource::USER, id, &name));
    let words = match (step.binding.negate, step.passing) {
        (false, true) => format!("Lets in the account {name}, and it is that one."),
        (false, false) => format!("Lets in the account {name}, and it is another one."),
        (true, true) => format!("Keeps out the account {name}, and it is another one."),
        (true, false) => format!("Keeps out the account {name}, and it is that one."),
    };
    (words, about, None)
}

fn of_policy(snapshot: &Snapshot, step: &policy::Step) -> Told {
    let pk = step.binding.policy.as_deref().unwrap_or_default();
    let policy = snapshot.policies.get(pk);
    let name = policy.map_or("", |policy| &policy.name);
    let about = policy.map(|policy| About::new(&policy.kind, pk, name));
    let says = if step.passing { "yes" } else { "no" };
    let turned = if step.binding.negate {
        ", turned round,"
    } else {
        ""
    };
    let words = match &step.failure {
        Some(failure) => format!(
            "The rule “{name}” failed ({}), and that counts as {says}.",
            shown(failure)
        ),
        None => format!("The rule “{name}”{turned} says {says}."),
    };
    (words, about, None)
}
