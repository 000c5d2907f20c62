//! May this person open this application, this flow, this stage? The bindings decide.
//!
//! Engine semantics of authentik: user and group bindings together make one result, each policy
//! binding makes one more, and the target's mode joins them. No bindings: allowed, for applications
//! unless the setting `core_default_app_access` says no. Superusers are not exempt. Rule: what cannot be evaluated counts as the binding's `failure_result`.

use crate::model::{Application, EngineMode, PolicyBinding};
use crate::person::Person;
use crate::snapshot::{Snapshot, names};

/// The answer, with the reasons when it is no.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Decision {
    /// They may.
    Allowed,
    /// They may not.
    Denied(Denial),
}

/// Why not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Denial {
    /// The account is disabled.
    Inactive,
    /// The bindings do not let them in.
    Bindings,
}

impl Decision {
    /// Whether they may.
    pub fn is_allowed(&self) -> bool {
        matches!(self, Self::Allowed)
    }
}

/// Whether `person` may open `application`.
pub fn check(
    snapshot: &Snapshot,
    person: &Person,
    application: &Application,
    now: i64,
) -> Decision {
    if !person.is_active {
        return Decision::Denied(Denial::Inactive);
    }
    let bindings = snapshot
        .bindings_of(&application.pk)
        .iter()
        .map(AsRef::as_ref);
    let result = result(bindings, application.policy_engine_mode, Some(person), now);
    if result.unwrap_or_else(|| is_open_by_default(snapshot)) {
        return Decision::Allowed;
    }
    Decision::Denied(Denial::Bindings)
}

/// The bindings on `application` that say no to `person`, in their order: for whoever may know why.
pub fn refusals<'a>(
    snapshot: &'a Snapshot,
    person: &Person,
    application: &Application,
    now: i64,
) -> Vec<&'a PolicyBinding> {
    let bindings = snapshot.bindings_of(&application.pk).iter();
    let counting = bindings.filter(|one| counts(one, now));
    let refusing = counting.filter(|one| !says(one, Some(person)).unwrap_or(one.failure_result));
    refusing.map(AsRef::as_ref).collect()
}

/// Whether an application on which nothing is bound lets everybody in.
fn is_open_by_default(snapshot: &Snapshot) -> bool {
    let system = snapshot.settings.get(names::SYSTEM);
    let flag = system.and_then(|system| system["flags"]["core_default_app_access"].as_bool());
    flag.unwrap_or(true)
}

/// Whether enabled `bindings` let `person` (or nobody) pass. No bindings let everybody pass.
pub fn passes<'a>(
    bindings: impl Iterator<Item = &'a PolicyBinding>,
    mode: EngineMode,
    person: Option<&Person>,
    now: i64,
) -> bool {
    result(bindings, mode, person, now).unwrap_or(true)
}

/// What enabled `bindings` say; `None` if none says anything.
fn result<'a>(
    bindings: impl Iterator<Item = &'a PolicyBinding>,
    mode: EngineMode,
    person: Option<&Person>,
    now: i64,
) -> Option<bool> {
    let mut fixed = Vec::new();
    let mut results = Vec::new();
    for binding in bindings.filter(|one| counts(one, now)) {
        match says(binding, person) {
            Some(passes) => fixed.push(passes),
            // No policy kind can be evaluated yet: the binding's failure result stands.
            None => results.push(binding.failure_result),
        }
    }
    if !fixed.is_empty() {
        results.push(join(&fixed, mode));
    }
    (!results.is_empty()).then(|| join(&results, mode))
}

fn join(results: &[bool], mode: EngineMode) -> bool {
    match mode {
        EngineMode::Any => results.contains(&true),
        EngineMode::All => !results.contains(&false),
    }
}

fn counts(binding: &PolicyBinding, now: i64) -> bool {
    binding.enabled && !is_expired(binding, now)
}

/// `None` for a policy binding.
fn says(binding: &PolicyBinding, person: Option<&Person>) -> Option<bool> {
    let matches = match (&binding.group, binding.user) {
        (Some(group), _) => person.is_some_and(|person| person.is_in(group)),
        (None, Some(user)) => person.is_some_and(|person| person.id == user),
        (None, None) => return None,
    };
    Some(matches != binding.negate)
}

/// An expiry that cannot be read counts as past.
fn is_expired(binding: &PolicyBinding, now: i64) -> bool {
    let Some(expires) = binding.expires.as_deref().filter(|_| binding.expiring) else {
        return false;
    };
    expires
        .parse::<jiff::Timestamp>()
        .map_or(true, |at| at.as_millisecond() <= now)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::person::person;
    use doorward_store::{group::GroupRow, user::UserRow};

    fn mia(groups: &[&str]) -> Person {
        let row = UserRow {
            id: 7,
            uuid: String::new(),
            username: "mia".into(),
            username_key: "mia".into(),
            name: String::new(),
            name_key: String::new(),
            email: String::new(),
            email_key: String::new(),
            is_active: true,
            kind: "internal".into(),
            path: "users".into(),
            attributes: "{}".into(),
            password: "!".into(),
            password_changed_at: 0,
            last_login_at: None,
            created_at: 0,
            updated_at: 0,
            version: 1,
        };
        let groups: Vec<_> = groups
            .iter()
            .map(|name| GroupRow {
                id: (*name).to_owned(),
                num_pk: 0,
                name: (*name).to_owned(),
                name_key: (*name).to_owned(),
                is_superuser: *name == "admins",
                attributes: "{}".into(),
                created_at: 0,
                updated_at: 0,
                version: 1,
            })
            .collect();
        person(&row, &groups, "install")
    }

    fn group(name: &str) -> PolicyBinding {
        PolicyBinding {
            group: Some(name.into()),
            enabled: true,
            ..PolicyBinding::default()
        }
    }

    fn policy(failure_result: bool) -> PolicyBinding {
        PolicyBinding {
            policy: Some("p".into()),
            enabled: true,
            failure_result,
            ..PolicyBinding::default()
        }
    }

    #[track_caller]
    fn decided(bindings: &[PolicyBinding], mode: EngineMode, expected: bool) {
        assert_eq!(
            passes(
                bindings.iter(),
                mode,
                Some(&mia(&["media", "admins"])),
                1000
            ),
            expected
        );
    }

    #[test]
    fn bindings_decide_as_authentiks_engine_does() {
        use EngineMode::{All, Any};
        let negated = PolicyBinding {
            negate: true,
            ..group("media")
        };
        let disabled = PolicyBinding {
            enabled: false,
            ..group("other")
        };
        let expired = PolicyBinding {
            expiring: true,
            expires: Some("1970-01-01T00:00:01Z".into()),
            ..group("media")
        };
        let user = PolicyBinding {
            user: Some(7),
            enabled: true,
            ..PolicyBinding::default()
        };
        decided(&[], Any, true);
        decided(&[group("media")], Any, true);
        decided(&[group("other")], Any, false);
        decided(&[group("other"), group("media")], Any, true);
        decided(&[group("other"), group("media")], All, false);
        decided(std::slice::from_ref(&negated), Any, false);
        decided(std::slice::from_ref(&disabled), Any, true);
        decided(std::slice::from_ref(&user), All, true);
        decided(&[policy(false)], Any, false);
        decided(&[policy(true)], Any, true);
        decided(&[group("media"), policy(false)], All, false);
        decided(&[group("media"), policy(false)], Any, true);
        // An expired binding contributes nothing: what remains decides.
        decided(&[expired, group("other")], Any, false);
    }

    #[test]
    fn superusers_are_not_exempt() {
        decided(&[group("other")], EngineMode::Any, false);
    }

    #[test]
    fn nobody_passes_no_subject_binding() {
        assert!(!passes([group("media")].iter(), EngineMode::Any, None, 0));
    }
}
