//! People as decisions see them: one compact record each, shared by all their sessions.
//!
//! Owns the cache of people. Rule: a record that a change has touched is marked stale in place, so
//! whoever still holds it asks again.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::{Arc, OnceLock, RwLock, Weak};

use doorward_protocol::encoding;
use doorward_protocol::forward_auth::PersonHeaders;
use doorward_store::{StoreError, group, user};
use serde_json::{Map, Value};

use crate::engine::Engine;

/// One person or service account with everything that decides what they may do.
#[derive(Debug)]
pub struct Person {
    /// Integer key.
    pub id: i64,
    /// The other key.
    pub uuid: Box<str>,
    /// Hex SHA-256 of `<id>-<install id>`: what apps know them by.
    pub uid: Box<str>,
    /// Login name.
    pub username: Box<str>,
    /// Display name.
    pub name: Box<str>,
    /// Address, may be empty.
    pub email: Box<str>,
    /// A person who is not may do nothing.
    pub is_active: bool,
    /// In a superuser group, directly or not.
    pub is_superuser: bool,
    /// `internal`, `external`, `service_account`, `internal_service_account`.
    pub kind: Box<str>,
    /// Every group they are in, directly or not, by name.
    pub groups: Box<[GroupRef]>,
    /// Their own attribute `upn`; a group's is nobody's name.
    pub upn: Option<Box<str>>,
    /// The groups' attributes merged by name, their own on top.
    pub attributes: Map<String, Value>,
    /// No two records of this process share one: decisions are cached under it.
    pub serial: u32,
    pub(crate) headers: OnceLock<PersonHeaders>,
    stale: AtomicBool,
}

/// A group that somebody is in.
#[derive(Debug, PartialEq, Eq)]
pub struct GroupRef {
    /// uuid.
    pub id: Box<str>,
    /// Name.
    pub name: Box<str>,
}

impl Person {
    /// Whether something changed since this was read.
    pub fn is_stale(&self) -> bool {
        self.stale.load(Ordering::Acquire)
    }

    /// Whether they are in the group with this uuid.
    pub fn is_in(&self, group: &str) -> bool {
        self.groups.iter().any(|one| &*one.id == group)
    }
}

/// Everybody who is in use right now.
#[derive(Default)]
pub(crate) struct People {
    known: RwLock<HashMap<i64, Weak<Person>>>,
}

impl People {
    fn get(&self, id: i64) -> Option<Arc<Person>> {
        let known = self.known.read().expect("no holder of this lock panics");
        known
            .get(&id)
            .and_then(Weak::upgrade)
            .filter(|person| !person.is_stale())
    }

    /// Of two records that were read at once only the last is known here, so the other is stale: no
    /// change could reach it any more.
    fn insert(&self, person: &Arc<Person>) {
        let mut known = self.known.write().expect("no holder of this lock panics");
        if known.len() == known.capacity() {
            known.retain(|_, person| person.strong_count() > 0);
        }
        let former = known.insert(person.id, Arc::downgrade(person));
        if let Some(former) = former.and_then(|weak| weak.upgrade()) {
            former.stale.store(true, Ordering::Release);
        }
    }

    /// Marks one record stale; an id that is no number means everybody.
    pub(crate) fn forget(&self, subject: &str) {
        let Ok(id) = subject.parse::<i64>() else {
            return self.forget_all();
        };
        let person = self
            .known
            .write()
            .expect("no holder of this lock panics")
            .remove(&id);
        if let Some(person) = person.and_then(|weak| weak.upgrade()) {
            person.stale.store(true, Ordering::Release);
        }
    }

    pub(crate) fn forget_all(&self) {
        for (_, person) in self
            .known
            .write()
            .expect("no holder of this lock panics")
            .drain()
        {
            if let Some(person) = person.upgrade() {
                person.stale.store(true, Ordering::Release);
            }
        }
    }
}

impl Engine {
    /// The person with this id, from the cache or the store.
    ///
    /// # Errors
    ///
    /// Only if the database fails.
    pub async fn person(&self, id: i64) -> Result<Option<Arc<Person>>, StoreError> {
        if let Some(person) = self.people.get(id) {
            return Ok(Some(person));
        }
        let epoch = self.epoch();
        let Some(person) = self.load_person(id).await? else {
            return Ok(None);
        };
        let person = Arc::new(person);
        self.people.insert(&person);
        if self.epoch() != epoch {
            // A change overlapped with the read: good for this answer, not for the next one.
            person.stale.store(true, Ordering::Release);
        }
        Ok(Some(person))
    }

    async fn load_person(&self, id: i64) -> Result<Option<Person>, StoreError> {
        let mut tx = self.store.read().await?;
        let Some(row) = user::find(&mut tx, id).await? else {
            return Ok(None);
        };
        let groups = group::of_user(&mut tx, id).await?;
        Ok(Some(person(&row, &groups, &self.snapshot_ref().install_id)))
    }
}

/// Puts a record together from its rows.
pub fn person(row: &user::UserRow, groups: &[group::GroupRow], install_id: &str) -> Person {
    let attributes = merged(row, groups);
    let own = object(&row.attributes);
    let upn = own.get("upn").and_then(Value::as_str).map(Into::into);
    Person {
        id: row.id,
        uuid: row.uuid.as_str().into(),
        uid: uid(row.id, install_id).into(),
        username: row.username.as_str().into(),
        name: row.name.as_str().into(),
        email: row.email.as_str().into(),
        is_active: row.is_active,
        is_superuser: row.is_active && groups.iter().any(|group| group.is_superuser),
        kind: row.kind.as_str().into(),
        groups: groups
            .iter()
            .map(|group| GroupRef {
                id: group.id.as_str().into(),
                name: group.name.as_str().into(),
            })
            .collect(),
        attributes,
        upn,
        serial: SERIALS.fetch_add(1, Ordering::Relaxed),
        headers: OnceLock::new(),
        stale: AtomicBool::new(false),
    }
}

/// The groups' attributes in the order of their names, the user's own on top.
pub(crate) fn merged(row: &user::UserRow, groups: &[group::GroupRow]) -> Map<String, Value> {
    let mut attributes = Map::new();
    for group in groups {
        merge(&mut attributes, object(&group.attributes));
    }
    merge(&mut attributes, object(&row.attributes));
    attributes
}

static SERIALS: AtomicU32 = AtomicU32::new(1);

/// What apps know a user by: authentik's `hashed_user_id`, so that accounts survive the move.
pub fn uid(id: i64, install_id: &str) -> String {
    encoding::hex(encoding::sha256(format!("{id}-{install_id}").as_bytes()))
}

pub(crate) fn object(text: &str) -> Map<String, Value> {
    serde_json::from_str(text).unwrap_or_default()
}

/// Deep merge: objects are joined, anything else is replaced.
pub(crate) fn merge(base: &mut Map<String, Value>, over: Map<String, Value>) {
    for (key, value) in over {
        match (base.get_mut(&key), value) {
            (Some(Value::Object(below)), Value::Object(above)) => merge(below, above),
            (_, value) => drop(base.insert(key, value)),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use doorward_store::{Topic, change};

    use crate::testing::{NOW, add_user, every_engine};

    #[tokio::test]
    async fn a_change_reaches_every_record_of_a_person_that_was_read_at_once() {
        for (engine, _store) in every_engine().await {
            add_user(&engine, 7, "mia").await;
            let mut read = Vec::new();
            for _ in 0..2 {
                read.push(Arc::new(engine.load_person(7).await.unwrap().unwrap()));
            }
            for person in &read {
                engine.people.insert(person);
            }
            let kept = engine.person(7).await.unwrap().unwrap();
            assert!(Arc::ptr_eq(&kept, &read[1]) && !kept.is_stale());
            let mut tx = engine.store.begin().await.unwrap();
            change::record(&mut tx, Topic::User, 7, NOW).await.unwrap();
            engine.commit(tx).await.unwrap();
            assert!(read.iter().all(|person| person.is_stale()));
        }
    }
}
