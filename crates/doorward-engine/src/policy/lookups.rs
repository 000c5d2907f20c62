//! Names and addresses that expressions ask for, remembered for a moment.
//!
//! Rule: what the name servers said is believed for three minutes, as in authentik; a
//! failure for a moment only, so that a name server that is gone keeps nobody waiting each time.

use std::collections::HashMap;
use std::sync::Mutex;
use std::time::{Duration, Instant};

use serde_json::Value;

use super::{resolve, reverse};

const BELIEVED: Duration = Duration::from_mins(3);
const FAILURE_BELIEVED: Duration = Duration::from_secs(10);
const ANSWERS_MAX: usize = 32;

/// What was found.
#[derive(Default)]
pub(crate) struct Lookups {
    known: Mutex<HashMap<String, Said>>,
}

#[derive(Clone)]
struct Said {
    at: Instant,
    what: Result<Value, String>,
}

impl Said {
    fn is_believed(&self) -> bool {
        let age = self.at.elapsed();
        age < if self.what.is_ok() {
            BELIEVED
        } else {
            FAILURE_BELIEVED
        }
    }
}

impl Lookups {
    pub(super) async fn addresses(&self, asked: &Value) -> Result<Value, String> {
        let key = format!("addresses {asked}");
        self.known_or(key, resolve::addresses(asked)).await
    }

    pub(super) async fn name(&self, asked: &Value) -> Result<Value, String> {
        let key = format!("name {asked}");
        self.known_or(key, reverse::name(asked)).await
    }

    async fn known_or(
        &self,
        key: String,
        asking: impl Future<Output = Result<Value, String>>,
    ) -> Result<Value, String> {
        let known = self.locked().get(&key).cloned();
        if let Some(known) = known.filter(Said::is_believed) {
            return known.what;
        }
        let what = asking.await;
        let mut all = self.locked();
        if all.len() >= ANSWERS_MAX {
            all.retain(|_, said| said.is_believed());
        }
        if all.len() >= ANSWERS_MAX {
            all.clear();
        }
        let at = Instant::now();
        let said = Said {
            at,
            what: what.clone(),
        };
        all.insert(key, said);
        what
    }

    fn locked(&self) -> std::sync::MutexGuard<'_, HashMap<String, Said>> {
        self.known.lock().expect("no holder of this lock panics")
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use serde_json::json;

    use super::*;

    /// api-and-model.md 6.2: three minutes, 32 entries; a failure for ten seconds.
    #[tokio::test]
    async fn an_answer_is_asked_for_once_a_failure_again_soon_and_few_are_kept() {
        let (lookups, asked) = (Lookups::default(), AtomicUsize::new(0));
        let look = async |key: &str, answer: Result<Value, String>| {
            let asking = async {
                asked.fetch_add(1, Ordering::Relaxed);
                answer
            };
            lookups.known_or(key.to_owned(), asking).await
        };
        let age = |key: &str, by: Duration| {
            let mut all = lookups.locked();
            let said = all.get_mut(key).expect("it was asked");
            said.at = said.at.checked_sub(by).expect("a moment");
        };
        let no = || Err("no".to_owned());
        assert_eq!(look("a", no()).await, no());
        assert_eq!(look("a", Ok(json!(1))).await, no());
        assert_eq!(asked.load(Ordering::Relaxed), 1);
        age("a", FAILURE_BELIEVED);
        assert_eq!(look("a", Ok(json!(1))).await, Ok(json!(1)));
        age("a", FAILURE_BELIEVED);
        assert_eq!(look("a", Ok(json!(2))).await, Ok(json!(1)));
        assert_eq!(asked.load(Ordering::Relaxed), 2);
        age("a", BELIEVED);
        assert_eq!(look("a", Ok(json!(2))).await, Ok(json!(2)));
        for number in 0..100 {
            look(&number.to_string(), Ok(json!(number)))
                .await
                .expect("it");
            assert!(lookups.locked().len() <= ANSWERS_MAX);
        }
    }
}
