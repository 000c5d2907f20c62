//! Who may do what: one function for every kind and every verb.
//!
//! Rule: whatever is not allowed here is refused, and what somebody may not see does not exist for
//! them. Roles and object permissions will be asked here, and nowhere else.

use super::kind::{Kind, Storage};
use super::kinds::device::ADMIN_PATH;
use super::refusal::Refusal;
use crate::context::Actor;
use crate::model::Outpost;
use crate::person::Person;
use crate::snapshot::Snapshot;

/// What somebody wants to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verb {
    /// See the list.
    List,
    /// See one.
    View,
    /// Make one.
    Create,
    /// Change one.
    Change,
    /// Remove one.
    Delete,
    /// See a secret of one.
    Reveal,
    /// Set a token's key.
    SetKey,
}

/// How far the permission reaches.
#[derive(Debug)]
pub enum Grant {
    /// Every object.
    Everything,
    /// Only what belongs to the caller.
    Own,
    /// Only what this outpost serves.
    Outpost(std::sync::Arc<Outpost>),
    /// None, and why.
    Refused(Refusal),
}

/// An object as permissions see it.
#[derive(Clone, Copy, Debug)]
pub struct Subject<'a> {
    /// Its key.
    pub id: &'a str,
    /// Whose it is, if it is somebody's.
    pub owner: Option<i64>,
}

/// What `actor` may do with objects of `kind`; with `object` given, with that one.
pub fn permitted(
    actor: &Actor,
    verb: Verb,
    kind: &'static Kind,
    object: Option<Subject<'_>>,
    snapshot: &Snapshot,
) -> Grant {
    let person = match actor {
        Actor::Anonymous => return Grant::Refused(Refusal::NotAuthenticated),
        Actor::System => return Grant::Everything,
        Actor::Person(person) if person.is_superuser => return Grant::Everything,
        Actor::Person(person) => person,
    };
    let grant = match outpost_of(person, snapshot) {
        Some(outpost) => for_outpost(verb, kind, outpost),
        None => for_owner(verb, kind),
    };
    match object {
        Some(object) => for_object(grant, person, verb, kind, object),
        None => grant,
    }
}

/// The outpost whose service account this is.
pub fn outpost_of(person: &Person, snapshot: &Snapshot) -> Option<std::sync::Arc<Outpost>> {
    if &*person.kind != "internal_service_account" {
        return None;
    }
    let is_theirs =
        |outpost: &Outpost| super::kinds::outpost::account_name(&outpost.pk) == *person.username;
    snapshot
        .outposts
        .iter()
        .find(|outpost| is_theirs(outpost))
        .cloned()
}

fn for_outpost(verb: Verb, kind: &Kind, outpost: std::sync::Arc<Outpost>) -> Grant {
    match (verb, kind.model) {
        // An outpost that lists what it has no part in sees nothing, not an error.
        (Verb::List, _)
        | (
            Verb::View,
            "authentik_outposts.outpost"
            | "authentik_providers_proxy.proxyprovider"
            | super::USER
            | "authentik_crypto.certificatekeypair",
        )
        | (Verb::Reveal, "authentik_crypto.certificatekeypair") => Grant::Outpost(outpost),
        (Verb::Create, "authentik_events.event") => Grant::Everything,
        _ => Grant::Refused(Refusal::Forbidden),
    }
}

fn for_owner(verb: Verb, kind: &Kind) -> Grant {
    match (kind.storage, verb) {
        (Storage::Tokens, Verb::SetKey) => Grant::Refused(Refusal::Forbidden),
        // Their admins' addresses are not there for anybody else.
        (Storage::Devices(_), _) if kind.path.starts_with(ADMIN_PATH) => {
            Grant::Refused(Refusal::Forbidden)
        }
        (
            Storage::Devices(_)
            | Storage::Tokens
            | Storage::Sessions
            | Storage::Consents
            | Storage::Grants(_),
            _,
        )
        | (Storage::Users, Verb::View) => Grant::Own,
        _ => Grant::Refused(Refusal::Forbidden),
    }
}

/// Whether an outpost has anything to do with an object.
pub fn serves(outpost: &Outpost, kind: &Kind, id: &str, snapshot: &Snapshot) -> bool {
    match kind.model {
        "authentik_outposts.outpost" => outpost.pk == id,
        "authentik_providers_proxy.proxyprovider" => id
            .parse()
            .is_ok_and(|id: i64| outpost.providers.contains(&id)),
        "authentik_crypto.certificatekeypair" => outpost.providers.iter().any(|provider| {
            let object = snapshot.object(
                "authentik_providers_proxy.proxyprovider",
                &provider.to_string(),
            );
            object.is_some_and(|object| {
                object
                    .config
                    .get("certificate")
                    .is_some_and(|one| one == id)
            })
        }),
        _ => false,
    }
}

/// What a caller may not even see is unknown to them; what they see and may not change is forbidden.
fn for_object(
    grant: Grant,
    person: &Person,
    verb: Verb,
    kind: &'static Kind,
    object: Subject<'_>,
) -> Grant {
    let is_own = object.owner == Some(person.id);
    match grant {
        Grant::Own if is_own => Grant::Own,
        Grant::Refused(_) if is_own && verb != Verb::View && kind.storage == Storage::Users => {
            Grant::Refused(Refusal::Forbidden)
        }
        Grant::Refused(Refusal::Forbidden) if verb == Verb::SetKey && is_own => {
            Grant::Refused(Refusal::Forbidden)
        }
        Grant::Own | Grant::Refused(_) => Grant::Refused(Refusal::NotFound {
            model: kind.verbose,
        }),
        other => other,
    }
}

/// What `actor` may do with things that no kind describes: everything or nothing.
pub fn nothing(actor: &Actor, snapshot: &Snapshot) -> Grant {
    match actor {
        Actor::Anonymous => Grant::Refused(Refusal::NotAuthenticated),
        Actor::Person(person) if !person.is_superuser => match outpost_of(person, snapshot) {
            Some(outpost) => Grant::Outpost(outpost),
            None => Grant::Refused(Refusal::Forbidden),
        },
        Actor::Person(_) | Actor::System => Grant::Everything,
    }
}

/// Refuses everybody but superusers, for what no kind describes.
///
/// # Errors
///
/// [`Refusal::NotAuthenticated`] or [`Refusal::Forbidden`].
pub fn superuser(actor: &Actor) -> Result<(), Refusal> {
    match actor {
        Actor::Anonymous => Err(Refusal::NotAuthenticated),
        actor if actor.is_superuser() => Ok(()),
        _ => Err(Refusal::Forbidden),
    }
}

/// Refuses only those who have not signed in.
///
/// # Errors
///
/// [`Refusal::NotAuthenticated`].
pub fn signed_in(actor: &Actor) -> Result<(), Refusal> {
    match actor {
        Actor::Anonymous => Err(Refusal::NotAuthenticated),
        Actor::Person(_) | Actor::System => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::resource::{USER, kind, registry};
    use crate::{blueprint, testing};

    const VERBS: [Verb; 7] = [
        Verb::List,
        Verb::View,
        Verb::Create,
        Verb::Change,
        Verb::Delete,
        Verb::Reveal,
        Verb::SetKey,
    ];

    async fn actor(engine: &crate::Engine, id: i64) -> Actor {
        Actor::Person(
            engine
                .person(id)
                .await
                .expect("an answer")
                .expect("a person"),
        )
    }

    #[tokio::test]
    async fn nobody_may_do_anything_and_people_never_everything() {
        let store = doorward_store::testing::sqlite().await;
        let engine = testing::engine(&store.store).await;
        blueprint::apply_defaults(&engine, testing::NOW)
            .await
            .expect("the defaults");
        testing::add_user(&engine, 77, "mia").await;
        let (snapshot, mia) = (engine.snapshot(), actor(&engine, 77).await);
        for kind in registry() {
            for verb in VERBS {
                for owner in [None, Some(77), Some(78)] {
                    let subject = Some(Subject { id: "78", owner });
                    let nobody = permitted(&Actor::Anonymous, verb, kind, subject, &snapshot);
                    assert!(matches!(nobody, Grant::Refused(Refusal::NotAuthenticated)));
                    let hers = permitted(&mia, verb, kind, subject, &snapshot);
                    let is_own = owner == Some(77);
                    assert!(
                        matches!(hers, Grant::Refused(_)) || is_own && matches!(hers, Grant::Own),
                        "{verb:?} {} {owner:?}: {hers:?}",
                        kind.model
                    );
                }
            }
        }
    }

    #[tokio::test]
    async fn what_somebody_may_not_see_does_not_exist_for_them() {
        let store = doorward_store::testing::sqlite().await;
        let engine = testing::engine(&store.store).await;
        testing::add_user(&engine, 77, "mia").await;
        let (snapshot, mia) = (engine.snapshot(), actor(&engine, 77).await);
        let users = kind(USER).expect("a kind");
        let asked = |verb, owner| {
            let subject = Some(Subject {
                id: "1",
                owner: Some(owner),
            });
            permitted(&mia, verb, users, subject, &snapshot)
        };
        assert!(matches!(asked(Verb::View, 77), Grant::Own));
        assert!(matches!(
            asked(Verb::Change, 77),
            Grant::Refused(Refusal::Forbidden)
        ));
        for verb in [Verb::View, Verb::Change, Verb::Delete] {
            assert!(matches!(
                asked(verb, 78),
                Grant::Refused(Refusal::NotFound { .. })
            ));
        }
    }
}
