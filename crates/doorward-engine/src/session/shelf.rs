//! Where sessions and access tokens in use are kept: a map by the hash of their secret, cut into
//! shards.
//!
//! Small and plain on purpose: some 60 bytes an entry where a general cache takes 400, and a look is
//! one lock of one shard. Rule: nothing here decides; what is on the shelf may be dead, and whoever
//! takes it asks.

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};
use std::sync::{Arc, RwLock};

/// SHA-256 of a cookie's or a token's secret.
pub(crate) type Digest = [u8; 32];

const SHARDS: usize = 64;
/// So many are kept at most in all; the others are read again when they come.
const CAPACITY: usize = 500_000;

/// Things of one sort.
pub(crate) struct Shelf<V> {
    /// So many in each shard.
    room: usize,
    shards: Box<[RwLock<Shard<V>>]>,
}

type Shard<V> = HashMap<Digest, Arc<V>, BuildHasherDefault<TakeDigest>>;

/// A digest is as random as a hash can be: its first bytes are taken as they are.
#[derive(Default)]
struct TakeDigest(u64);

impl Hasher for TakeDigest {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        if let Some(head) = bytes.first_chunk() {
            self.0 = u64::from_le_bytes(*head);
        }
    }

    /// The length of a digest says nothing.
    fn write_usize(&mut self, _length: usize) {}
}

impl<V> Default for Shelf<V> {
    fn default() -> Self {
        Self::holding(CAPACITY)
    }
}

impl<V> Shelf<V> {
    /// For so many at most.
    pub(crate) fn holding(capacity: usize) -> Self {
        Self {
            room: capacity / SHARDS,
            shards: (0..SHARDS).map(|_| RwLock::default()).collect(),
        }
    }

    /// The shard is chosen by a byte that the map inside does not use.
    fn shard(&self, digest: &Digest) -> &RwLock<Shard<V>> {
        &self.shards[usize::from(digest[31]) % SHARDS]
    }

    pub(crate) fn get(&self, digest: &Digest) -> Option<Arc<V>> {
        let shard = self
            .shard(digest)
            .read()
            .expect("no holder of this lock panics");
        shard.get(digest).cloned()
    }

    /// A full shard lets any one entry go.
    pub(crate) fn insert(&self, digest: Digest, value: Arc<V>) {
        self.insert_if(digest, value, || true);
    }

    /// The same, if `counts` says so while nothing can be taken off: whatever is taken off later meets
    /// what was put on.
    pub(crate) fn insert_if(&self, digest: Digest, value: Arc<V>, counts: impl FnOnce() -> bool) {
        let mut shard = self
            .shard(&digest)
            .write()
            .expect("no holder of this lock panics");
        if !counts() {
            return;
        }
        if shard.len() >= self.room
            && let Some(any) = shard.keys().next().copied()
        {
            shard.remove(&any);
        }
        shard.insert(digest, value);
    }

    pub(super) fn remove(&self, digest: &Digest) {
        self.shard(digest)
            .write()
            .expect("no holder of this lock panics")
            .remove(digest);
    }

    /// Keeps what `keep` says, one shard at a time.
    pub(crate) fn retain(&self, keep: impl Fn(&V) -> bool) {
        for shard in &self.shards {
            let mut shard = shard.write().expect("no holder of this lock panics");
            shard.retain(|_, value| keep(value));
            let room = shard.len() * 2;
            shard.shrink_to(room);
        }
    }

    pub(super) fn len(&self) -> usize {
        self.shards
            .iter()
            .map(|shard| shard.read().expect("no holder of this lock panics").len())
            .sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn digest(number: u32) -> Digest {
        doorward_protocol::encoding::sha256(&number.to_le_bytes())
    }

    #[test]
    fn what_is_put_on_the_shelf_is_found_until_it_is_taken_off() {
        let shelf = Shelf::default();
        (0..1000).for_each(|number| shelf.insert(digest(number), Arc::new(number)));
        assert!((0..1000).all(|number| shelf.get(&digest(number)).as_deref() == Some(&number)));
        shelf.remove(&digest(7));
        shelf.retain(|number| number % 2 == 1);
        assert_eq!(shelf.get(&digest(7)), None);
        assert_eq!(shelf.get(&digest(8)), None);
        assert_eq!(shelf.len(), 499);
    }

    #[test]
    fn a_full_shelf_lets_others_go_and_does_not_grow() {
        let shelf = Shelf::default();
        let place = |number: u32| {
            let mut digest = digest(number);
            digest[31] = 0;
            digest
        };
        let room = u32::try_from(CAPACITY / SHARDS).unwrap();
        (0..room + 100).for_each(|number| shelf.insert(place(number), Arc::new(number)));
        assert_eq!(shelf.len(), CAPACITY / SHARDS);
        assert!(
            shelf.get(&place(room + 99)).is_some(),
            "the newest is there"
        );
    }
}
