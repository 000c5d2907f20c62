//! Pictures of a bucket that were read a moment ago: a page shows several, and each would be a way to
//! the bucket and back.
//!
//! Rule: so many bytes at most, and none older than [`FRESH`], which is also how long another server's
//! removal (or one in the middle of a read) may go unnoticed; no file ever takes another's place. Who may
//! see a file is asked before.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::{Duration, Instant};

use super::MediaName;

/// Browsers keep pictures for longer.
const FRESH: Duration = Duration::from_mins(1);
/// So many bytes of pictures.
const BYTES_MAX: usize = 32 * 1024 * 1024;

/// Pictures, and when they were read.
type Known = HashMap<MediaName, (Instant, Arc<[u8]>)>;

/// What was read.
#[derive(Default)]
pub(crate) struct Memory {
    known: Mutex<Known>,
}

impl Memory {
    pub(super) fn find(&self, name: &MediaName) -> Option<Vec<u8>> {
        let known = self.locked().get(name).cloned();
        let fresh = known.filter(|(since, _)| since.elapsed() < FRESH);
        fresh.map(|(_, bytes)| bytes.to_vec())
    }

    pub(super) fn keep(&self, name: &MediaName, bytes: &[u8]) {
        let mut known = self.locked();
        known.retain(|_, (since, _)| since.elapsed() < FRESH);
        let held: usize = known.values().map(|(_, bytes)| bytes.len()).sum();
        if held + bytes.len() > BYTES_MAX {
            known.clear();
        }
        known.insert(name.clone(), (Instant::now(), bytes.into()));
    }

    pub(super) fn forget(&self, name: &MediaName) {
        self.locked().remove(name);
    }

    fn locked(&self) -> MutexGuard<'_, Known> {
        self.known.lock().expect("no holder of this lock panics")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pictures_are_kept_for_a_minute_and_within_their_bytes() {
        let memory = Memory::default();
        let name = |number: usize| MediaName::parse(&format!("p{number}.png")).expect("a name");
        memory.keep(&name(0), b"x");
        assert_eq!(memory.find(&name(0)), Some(b"x".to_vec()));
        memory.forget(&name(0));
        assert_eq!(memory.find(&name(0)), None);
        let large = vec![0; 4 * 1024 * 1024];
        for number in 0..20 {
            memory.keep(&name(number), &large);
            let held: usize = memory.locked().values().map(|(_, bytes)| bytes.len()).sum();
            assert!(held <= BYTES_MAX, "{number}");
            assert!(memory.find(&name(number)).is_some());
        }
        let since = Instant::now().checked_sub(FRESH).expect("a moment");
        memory
            .locked()
            .insert(name(99), (since, Arc::from(*b"old")));
        assert_eq!(memory.find(&name(99)), None);
    }
}
