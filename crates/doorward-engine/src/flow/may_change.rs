//! What of their own account people may change in their settings.
//!
//! Rule: as authentik's default policy says: the attribute `goauthentik.io/user/can-change-…` of the
//! person or their groups, else the system setting `default_user_change_…`; only the name is free
//! when neither speaks. What may not be changed is shown and keeps its value, whatever is sent.

use super::user_write::{Whose, whose};
use super::walk::Walk;

/// Fields of an account that settings may close.
const GUARDED: [(&str, bool); 3] = [("username", false), ("name", true), ("email", false)];

/// Whether `field` of the account is closed to whom this run belongs to. Only flows in which people
/// set up things for themselves are bound by it: elsewhere the operator has put the form there.
pub(super) fn is_closed(walk: &Walk<'_>, field: &str) -> bool {
    let guarded = GUARDED.iter().find(|(name, _)| *name == field);
    let Some((_, otherwise)) = guarded else {
        return false;
    };
    let is_own = matches!(whose(walk), Ok(Whose::Of(_)));
    if !is_own || walk.flow.designation != "stage_configuration" {
        return false;
    }
    let person = walk.person.as_ref().or(walk.ctx.actor.person());
    let said = person.and_then(|person| {
        let name = format!("goauthentik.io/user/can-change-{field}");
        person.attributes.get(&name)?.as_bool()
    });
    let setting = || {
        walk.snapshot
            .lets_people_change(field)
            .unwrap_or(*otherwise)
    };
    !said.unwrap_or_else(setting)
}

/// What the account holds for a field of a form now, for whoever changes their own.
pub(super) fn current(walk: &Walk<'_>, key: &str) -> Option<String> {
    let person = walk.person.as_ref().or(walk.ctx.actor.person())?;
    match key {
        "username" => Some(person.username.to_string()),
        "name" => Some(person.name.to_string()),
        "email" => Some(person.email.to_string()),
        _ => {
            // Other attributes may be a group's, and must not become the person's own by being shown.
            let name = key.strip_prefix("attributes.settings.")?;
            let settings = person.attributes.get("settings")?;
            settings.get(name)?.as_str().map(str::to_owned)
        }
    }
}
