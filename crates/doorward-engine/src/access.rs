//! May this person open this application, as far as people and groups decide?
//!
//! Owns what bindings of people and groups say, at once and without asking anybody. Leaves policies
//! to `policy`; where some are bound, that decides. Superusers are not exempt. Rule: a policy that is
//! asked for here nevertheless counts as its binding's `failure_result`.

use std::sync::Arc;

use crate::model::{Application, EngineMode, PolicyBinding};
use crate::person::Person;
use crate::policy::Step;
use crate::policy::combine::{Reading, combine};
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

/// What each binding on `application` says to `person`, in their order; policies are not asked.
pub fn steps(
    snapshot: &Snapshot,
    person: &Person,
    application: &Application,
    now: i64,
) -> Vec<Step> {
    let bindings = snapshot.bindings_of(&application.pk).iter();
    let counting = bindings.filter(|one| counts(one, now));
    let step = |binding: &Arc<PolicyBinding>| Step {
        binding: Arc::clone(binding),
        passing: says(binding, Some(person)).unwrap_or(binding.failure_result),
        messages: Vec::new(),
        failure: None,
        took_us: None,
    };
    counting.map(step).collect()
}

/// Whether an application on which nothing is bound lets everybody in.
pub fn is_open_by_default(snapshot: &Snapshot) -> bool {
    let system = snapshot.settings.get(names::SYSTEM);
    let flag = system.and_then(|system| system["flags"]["core_default_app_access"].as_bool());
    flag.unwrap_or(true)
}

/// What enabled `bindings` say; `None` if none says anything.
fn result<'a>(
    bindings: impl Iterator<Item = &'a PolicyBinding>,
    mode: EngineMode,
    person: Option<&Person>,
    now: i64,
) -> Option<bool> {
    let reading = |binding: &PolicyBinding| match says(binding, person) {
        Some(passes) => Reading::Fixed(passes),
        None => Reading::Asked(binding.failure_result),
    };
    let counting = bindings.filter(|one| counts(one, now));
    combine(&counting.map(reading).collect::<Vec<_>>(), mode)
}

pub(crate) fn counts(binding: &PolicyBinding, now: i64) -> bool {
    binding.enabled && !is_expired(binding, now)
}

/// `None` for a policy binding.
pub(crate) fn says(binding: &PolicyBinding, person: Option<&Person>) -> Option<bool> {
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
        let mia = mia(&["media", "admins"]);
        let result = result(bindings.iter(), mode, Some(&mia), 1000);
        assert_eq!(result.unwrap_or(true), expected);
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
        let result = result([group("media")].iter(), EngineMode::Any, None, 0);
        assert_eq!(result, Some(false));
    }
}
